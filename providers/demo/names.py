"""Invented companies: names, tickers and what else a directory of listings prints.

No name is a real company's: stems are coined from two lists of rare or made-up syllables. Tickers are short enough
to collide with real ones by chance; the best known are kept out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shortside.listings import Flags, Indexes, Texts

NAME_BEGINNINGS = (
    "Ald", "Ansel", "Arbor", "Brack", "Bryn", "Cald", "Carrow", "Corv", "Crest", "Dor", "Drav", "Dunn", "Elder",
    "Elm", "Fen", "Ferr", "Gald", "Garn", "Glen", "Gorse", "Grim", "Hal", "Hathor", "Hazel", "Holm", "Ingle",
    "Iver", "Jarr", "Jun", "Kest", "Kild", "Lark", "Lind", "Lorn", "Maud", "Merr", "Mor", "Nether", "Nor",
    "Orm", "Osk", "Pell", "Pend", "Quarr", "Quill", "Raven", "Rook", "Rusk", "Sabl", "Selk", "Sorrel", "Stav",
    "Tarn", "Thorn", "Torv", "Ulv", "Umber", "Vald", "Ver", "Vesk", "Wend", "Whin", "Wyr", "Yarr", "Zeph",
    "Zorn",
)  # fmt: skip
NAME_ENDINGS = (
    "a", "adel", "ander", "ane", "ara", "arden", "asche", "aven", "beck", "bourne", "brook", "combe", "crag",
    "dale", "denne", "enmoor", "erie", "essa", "eth", "fell", "garth", "gate", "hurst", "ian", "ica", "ine",
    "ith", "ium", "ix", "mark", "mere", "mond", "ora", "oth", "quay", "ridge", "shaw", "stead", "stone",
    "strand", "thwaite", "tide", "tora", "un", "vane", "wick", "wold", "yx",
)  # fmt: skip

# Famous enough to mislead, or unfit to print.
_AVOIDED = frozenset((
    "AAPL", "ABNB", "ADBE", "AMC", "AMD", "AMZN", "BA", "BAC", "BBBY", "BRK", "BYND", "C", "COIN", "COST",
    "CVNA", "CVX", "DIS", "F", "FRC", "GE", "GM", "GME", "GOOG", "GS", "HD", "IBM", "INTC", "IWM", "JNJ", "JPM",
    "KO", "LLY", "MA", "MCD", "META", "MRNA", "MS", "MSFT", "NFLX", "NKE", "NVDA", "ORCL", "PEP", "PFE", "PG",
    "PTON", "QQQ", "RIVN", "SIVB", "SNAP", "SPY", "T", "TSLA", "UBER", "UPST", "V", "WFC", "WMT", "X", "XOM",
    "ASS", "CUM", "DIE", "FAG", "FUK", "GOD", "KKK", "NIG", "SEX", "TIT",
))  # fmt: skip

_ENDINGS = (
    "Inc. Common Stock", "Corp. Common Stock", "Corporation Common Stock", "Inc. Class A Common Stock",
    "Holdings Inc. Common Stock", "Group Inc. Common Stock", "Ltd. Ordinary Shares", "plc Ordinary Shares",
    "Co. Common Stock",
)  # fmt: skip
_ENDING_ODDS = (0.36, 0.16, 0.10, 0.12, 0.09, 0.06, 0.05, 0.03, 0.03)
_ADR_ENDINGS = (
    "Ltd. American Depositary Shares", "plc American Depositary Shares", "S.A. American Depositary Shares",
    "N.V. American Depositary Shares",
)  # fmt: skip
_ADR_COUNTRIES = ("China", "United Kingdom", "Brazil", "Netherlands")


def company_stems(words: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A company name per sector word: "Brackmere Therapeutics". All differ.

    Args:
        words: the sector word each company carries.
        rng: where chance comes from.

    Raises:
        ValueError: more companies than stems.
    """
    stems = [head + tail for head in NAME_BEGINNINGS for tail in NAME_ENDINGS]
    places = rng.permutation(len(stems))
    # Two companies may share a stem ("Fenwick Foods", "Fenwick Power"), never the whole name.
    taken: set[str] = set()
    names: list[str] = []
    place = 0
    for word in words:
        while (name := f"{stems[places[place % len(stems)]]} {word}") in taken:
            place += 1
            if place > 50 * len(stems):
                raise ValueError(f"more companies than names: {len(words)}")
        place += 1
        taken.add(name)
        names.append(name)
    return names


def security_names(stems: Sequence[str], is_adr: Flags, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """The full security name and the country of each company."""
    endings = rng.choice(len(_ENDINGS), len(stems), p=_ENDING_ODDS)
    homes = rng.integers(len(_ADR_ENDINGS), size=len(stems))
    names = [
        f"{stem} {_ADR_ENDINGS[home] if adr else _ENDINGS[ending]}"
        for stem, adr, ending, home in zip(stems, is_adr.tolist(), endings.tolist(), homes.tolist(), strict=True)
    ]
    countries = [
        _ADR_COUNTRIES[home] if adr else "United States"
        for adr, home in zip(is_adr.tolist(), homes.tolist(), strict=True)
    ]
    return names, countries


def tickers(stems: Sequence[str], lengths: Indexes, rng: np.random.Generator, reserved: Sequence[str]) -> list[str]:
    """A ticker per company from its own letters, of the length asked for or longer. All differ.

    Args:
        stems: company names.
        lengths: (N,) wished number of letters, 1 to 5.
        rng: where chance comes from.
        reserved: tickers already given away.
    """
    taken = set(reserved) | _AVOIDED
    found = [""] * len(stems)
    letters = [stem.upper().replace(" ", "").replace("&", "")[:16] for stem in stems]
    sizes = np.array([len(own) - 1 for own in letters])
    wished = np.array(lengths)
    waiting = np.arange(len(stems))
    for attempt in range(60):
        if attempt > 6:
            # Short tickers run out first.
            wished[waiting] = np.minimum(np.maximum(wished[waiting] + (attempt % 8 == 7), 3), 5)
        # One draw for everyone still waiting: the first letter stays, the others keep their order.
        keys = rng.random((len(waiting), 15))
        keys[np.arange(15) >= sizes[waiting, None]] = 2
        picks = keys.argsort(axis=1)[:, :4].tolist()
        misses = []
        for company, length, pick in zip(waiting.tolist(), wished[waiting].tolist(), picks, strict=True):
            own = letters[company]
            ticker = own[0] + "".join([own[1 + place] for place in sorted(pick[: length - 1])])
            if ticker in taken or (length == 5 and ticker[-1] in "LPQRUWYZ"):
                misses.append(company)
                continue
            taken.add(ticker)
            found[company] = ticker
        if not misses:
            return found
        waiting = np.array(misses)
    raise ValueError(f"no ticker left for {stems[waiting[0]]}")


def texts(values: Sequence[str]) -> Texts:
    """Strings as an array of objects, which numpy would otherwise pad to one width."""
    out = np.empty(len(values), object)
    out[:] = values
    return out
