"""What kind of security a listing is, told from its symbol and name, and which kinds count as stock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import Final

import numpy as np

from shortside.listings import Flags, Indexes, Texts

MOST_NAMES_KEPT: Final = 2**15
"""Names whose kind is kept; a market of all that is listed has half as many."""


class SecurityKind(IntEnum):
    """Kinds of listed security. Stock totals hold `COMMON` and `ADR`; the rest is left out, counted and switchable."""

    COMMON = 0
    ADR = 1
    ETF = 2
    FUND = 3
    PREFERRED = 4
    WARRANT = 5
    UNIT = 6
    RIGHT = 7
    NOTE = 8

    @property
    def label(self) -> str:
        """The word printed in `left_out` and on the screen."""
        return self.name.lower()


STOCK_KINDS = frozenset({SecurityKind.COMMON, SecurityKind.ADR})
"""The default universe (METHOD section 3)."""

# Order matters: the first pattern that fits decides. A warrant's name may say "ordinary share" (what it buys), an ADR's
# "preferred shares" or "the right to receive" (what it stands for), a preferred's "depositary shares", a partnership's
# "common units": the narrower words are asked first.
_PATTERNS: tuple[tuple[SecurityKind, re.Pattern[str]], ...] = (
    (SecurityKind.WARRANT, re.compile(r"\bwarrants?\b|\bwts?\b")),
    (SecurityKind.ETF, re.compile(r"\betfs?\b|\betns?\b|\bproshares\b|\bishares\b|\bspdr\b")),
    (
        SecurityKind.NOTE,
        re.compile(r"\bnotes?\b|\bdebentures?\b|\bbonds?\b.*\bdue\b|\bsenior .*\bdue 20\d\d|% .*\bdue 20\d\d"),
    ),
    (SecurityKind.ADR, re.compile(r"\bamerican deposit[ao]ry\b|\bads\b|\badrs?\b")),
    # What ends as common shares is not preferred, however the company is called: Preferred Bank Common Stock.
    (
        SecurityKind.PREFERRED,
        re.compile(
            r"^(?!.*\b(common stock|common shares?|ordinary shares?)$)"
            r".*(\bpreferred\b|\bpreference\b|\bpfd\b|\bpref\b|\bperpetual\b.*\bseries\b|"
            r"\bdepositary shares?\b.*\b(interest|series|%))"
        ),
    ),
    # A master limited partnership's common units are its stock, and so are a royalty trust's.
    (
        SecurityKind.UNIT,
        re.compile(
            r"^(?!.*\b(common|partner\w*|partnership|l\.?p\.?|depositary|beneficial|trust)\s*\b.*\bunits?\b)"
            r"(?!.*\bunits? (rep|of beneficial)).*\bunits?\b"
        ),
    ),
    (SecurityKind.RIGHT, re.compile(r"^(?!.*\b(common stock|common shares?|ordinary shares?)$).*\brights?\b")),
    # A property company may be called an income trust, a fund of properties is called a fund. A business development
    # company lends, files as a company does and is stock, though some are called funds: the words tell most of them.
    (
        SecurityKind.FUND,
        re.compile(
            r"^(?!.*\b(lending (fund|trust)|bdc)\b)(?!(msc income|firsthand technology value) fund\b).*\bfunds?\b|"
            r"^(?!.*\b(realty|propert\w+)\b).*\b(municipal|muni|income|bond|credit|rate|yield|term|opportunit\w+|"
            r"premium|total return|dividend|capital and income|quality) (income )?trust\b"
        ),
    ),
)  # fmt: skip


# Most names hold none of the words above: a few plain searches settle them, for a tenth of what the pattern costs.
_HINTS = ("warrant", "wt", "etf", "etn", "shares", "spdr", "note", "debenture", "bond", "due", "pref", "pfd",
          "perpetual", "deposit", "unit", "right", "fund", "trust", "ads", "adr")  # fmt: skip
_TELLING = re.compile(
    r"warrant|\bwts?\b|\bet[fn]s?\b|proshares|ishares|spdr|note|debenture|bond|\bdue\b|prefer|\bpfd\b|\bpref\b|"
    r"perpetual|depositary|depository|unit|right|fund|trust|\bads\b|\badrs?\b"
)


def kind_of(symbol: str, name: str) -> SecurityKind:
    """The kind one symbol and name point to; `COMMON` when nothing else does.

    The screener writes preferreds with a caret (`ABR^D`); the names carry the rest ("... Warrant", "... Units").
    """
    return SecurityKind.PREFERRED if "^" in symbol else kind_by_name(name)


# The names of one market are asked for again whenever another day of it is shown.
@lru_cache(maxsize=MOST_NAMES_KEPT)
def kind_by_name(name: str) -> SecurityKind:
    """The kind that a name alone points to; `COMMON` when it does to none."""
    words = name.lower()
    if not any(hint in words for hint in _HINTS) or not _TELLING.search(words):
        return SecurityKind.COMMON
    for kind, pattern in _PATTERNS:
        if pattern.search(words):
            return kind
    return SecurityKind.COMMON


def kinds_of(symbols: Texts, names: Texts) -> Indexes:
    """`kind_of` for aligned vectors. (N,) int64 codes of `SecurityKind`."""
    kinds = np.fromiter(map(kind_by_name, names.tolist()), np.int64, len(names))
    kinds[np.fromiter(["^" in symbol for symbol in symbols.tolist()], bool, len(symbols))] = SecurityKind.PREFERRED
    return kinds


def members(kinds: Indexes, chosen: Iterable[SecurityKind] = STOCK_KINDS) -> Flags:
    """(N,) whether each name is of a chosen kind."""
    return np.isin(kinds, [int(kind) for kind in chosen])


# Exchanges where FINRA's files hold exchange-traded funds and hardly anything else.
_FUND_EXCHANGES = frozenset({"ARCA", "BZX"})


@lru_cache(maxsize=MOST_NAMES_KEPT)
def kind_of_unpriced(symbol: str, name: str, market_class: str) -> str:
    """Why a reported security has no place in stock totals: its kind, or `no_price` when it looks like a stock.

    FINRA cuts issue names at 30 characters, so a fund's last word is often gone: the exchange decides then.
    """
    kind = kind_of(symbol, name)
    if kind in STOCK_KINDS:
        return SecurityKind.ETF.label if market_class in _FUND_EXCHANGES else "no_price"
    return kind.label
