"""Tells from the archive what it holds, which names a market has, and which splits are known: what planning asks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from providers.archive.holes import ClosesAnswer, ListedNames, holes_of
from providers.archive.spans import Span, without
from providers.archive.vintages import Archive, Vintage, best_last, columns_of, newest_of_each_day
from providers.catalog import FINRA_SHORT_INTEREST, NASDAQ_DIRECTORY, NASDAQ_SCREENER, NASDAQ_SPLITS
from providers.listings.symbols import EXCHANGES, NO_COLUMN, JoinSide, SymbolJoin, squashed
from shortside.datasets import Dataset
from shortside.listings import Flags
from shortside.sessions import last_completed_session, new_york_date
from shortside.universe import STOCK_KINDS, kind_of, kind_of_unpriced

REPORT_COLUMNS: Final = ["symbol", "issue_name", "market_class", "short_interest"]
_STOCK_WORDS: Final = r"(?i)\b(?:common|ordinary|depositary|ads)\b"
_PREFERRED: Final = "[A-Z]{1,4}PR[A-Z]"
"""FINRA's spelling; cut after 30 letters, a preferred's name may say no more than its bank's."""
NO_PRICE: Final = "no_price"
"""What `kind_of_unpriced` says of a security that looks like a stock."""
ASSUMED_PRICE: Final = 10.0
"""USD a share by which a name without a price is ranked among the others, in dollars short."""


def holdings_of(archive: Archive, moment: datetime) -> Holdings:
    """What the archive has at a moment. Reads the keys of all closes: call it in a thread.

    Raises:
        ArchiveError: a vintage is damaged.
    """
    prices = archive.vintages(Dataset.PRICES)
    screened = [one for one in prices if is_screener(one)]
    found = _closes([one for one in prices if not is_screener(one)], last_completed_session(moment))
    closed = frozenset(one.as_of for one in screened) | found.whole
    listed = listed_now(archive, moment)
    names = ListedNames(listed=listed, busy=busy_names(archive, moment) & listed)
    holes = holes_of(found.answers, found.asked, names, closed)
    return Holdings(
        # A resold cycle only stands in until FINRA's own can be had.
        settlements=frozenset(one.as_of for one in archive.vintages(Dataset.SHORT_INTEREST) if is_finra(one)),
        closed=closed,
        looked=frozenset(one.as_of for one in (*screened, *quoted_looks(archive, moment))),
        directory=frozenset(one.as_of for one in archive.vintages(Dataset.REFERENCE) if is_directory(one)),
        splits=_splits_span(archive, moment),
        fails=frozenset(one.as_of for one in archive.vintages(Dataset.FAILS)),
        closes=found.closes,
        unknown=found.unknown,
        listed=listed,
        holes=holes.by_name,
        missed=holes.missed,
        doubted=holes.doubted,
        answered=found.answered,
    )


def listed_now(archive: Archive, moment: datetime) -> frozenset[str]:
    """The names that the newest look at the screener has; without one, those of the newest directory."""
    look = newest_screener(archive, moment)
    if look is None:
        look = newest_directory(archive, moment)
    return frozenset() if look is None else frozenset(look["symbol"])


def is_screener(vintage: Vintage) -> bool:
    """Whether it is a look at the whole market, in the screener's columns."""
    return vintage.source == NASDAQ_SCREENER.name


def is_finra(vintage: Vintage) -> bool:
    """Whether it is of FINRA's own short interest: not resold, and no estimate."""
    return vintage.source == FINRA_SHORT_INTEREST.name


def is_directory(vintage: Vintage) -> bool:
    """Whether it is Nasdaq's directory of symbols."""
    return vintage.source == NASDAQ_DIRECTORY.name


def quoted_looks(archive: Archive, moment: datetime) -> list[Vintage]:
    """The screener's looks at sessions that still ran then, of the last days only: there is one every five minutes."""
    days = sorted({last_completed_session(moment), new_york_date(moment)})
    looks = [one for day in days for one in archive.vintages(Dataset.QUOTES, day)]
    return [one for one in looks if is_screener(one)]


def newest_screener(archive: Archive, moment: datetime) -> pd.DataFrame | None:
    """The newest look at the whole market, live or closed, in the screener's columns."""
    looks = [one for one in archive.vintages(Dataset.PRICES) if is_screener(one)] + quoted_looks(archive, moment)
    return archive.read(best_last(looks, moment)[-1]).frame if looks else None


def newest_directory(archive: Archive, moment: datetime) -> pd.DataFrame | None:
    """The newest directory of symbols."""
    found = best_last((one for one in archive.vintages(Dataset.REFERENCE) if is_directory(one)), moment)
    return archive.read(found[-1]).frame if found else None


def newest_reports(archive: Archive, moment: datetime, *, dated: bool = False) -> pd.DataFrame:
    """The last report of each listed security: symbol, issue_name, market_class, short_interest; its day, if asked."""
    names = [*REPORT_COLUMNS, "settlement_date"] if dated else REPORT_COLUMNS
    cycles = newest_of_each_day(filter(is_finra, archive.vintages(Dataset.SHORT_INTEREST)), moment)
    frames = [columns_of(one, names).to_pandas() for one in cycles]
    if not frames:
        return pd.DataFrame({name: [] for name in names})
    reports: pd.DataFrame = pd.concat(frames, ignore_index=True).drop_duplicates("symbol", keep="last")
    return reports[reports["market_class"].isin(list(EXCHANGES))].reset_index(drop=True)


def names_of_market(archive: Archive, moment: datetime, off: Collection[str] = ()) -> tuple[str, ...] | None:
    """The names whose closes are worth having, the most shorted first; None until the lists are there.

    All the screener has, stocks of the directory it leaves out, and what FINRA lists as a stock and nobody else does:
    those are gone from the exchanges, and their shorts have earned the most.

    Args:
        archive: where the lists are.
        moment: later looks are not known.
        off: providers that are switched off, whose lists are not waited for.
    """
    screener, directory = newest_screener(archive, moment), newest_directory(archive, moment)
    reports = newest_reports(archive, moment)
    if screener is None and NASDAQ_SCREENER.name in off:
        screener = pd.DataFrame({"symbol": np.empty(0, object), "close": np.empty(0)})
    if directory is None and NASDAQ_DIRECTORY.name in off:
        directory = pd.DataFrame(
            {name: [] for name in ("symbol", "name", "exchange", "is_fund", "is_test")}, dtype=object
        )
    if screener is None or directory is None or reports.empty:
        return None
    own = set(screener["symbol"])
    known = directory[["symbol", "name", "exchange"]]
    is_stock = [
        symbol not in own and not is_fund and not is_test and kind_of(symbol, name) in STOCK_KINDS
        for symbol, name, is_fund, is_test in zip(
            known["symbol"], known["name"], directory["is_fund"], directory["is_test"], strict=True
        )
    ]
    symbols = [*screener["symbol"], *known["symbol"][is_stock]]
    close = np.append(screener["close"].to_numpy(np.float64), np.full(sum(is_stock), np.nan))
    everybody = JoinSide(
        symbols=[*symbols, *known["symbol"]], names=[""] * len(symbols) + [*known["name"]],
        exchanges=[""] * len(symbols) + [*known["exchange"]],
    )  # fmt: skip
    columns = SymbolJoin(everybody).columns(
        JoinSide(symbols=[*reports["symbol"]], names=[*reports["issue_name"]], exchanges=[*reports["market_class"]])
    )
    shares = reports["short_interest"].to_numpy(np.float64)
    dollars = np.zeros(len(symbols))
    is_ours = (columns != NO_COLUMN) & (columns < len(symbols))
    dollars[columns[is_ours]] = (shares * np.append(close, np.nan)[np.where(is_ours, columns, -1)])[is_ours]
    gone = left_out(reports[columns == NO_COLUMN], archive, moment)
    ranks = np.append(np.nan_to_num(dollars), gone["short_interest"].to_numpy(np.float64) * ASSUMED_PRICE)
    names = [*symbols, *gone["symbol"]]
    return tuple(names[place] for place in np.argsort(-ranks, kind="stable"))


def left_out(reports: pd.DataFrame, archive: Archive, moment: datetime) -> pd.DataFrame:
    """Those of the reports that look like stocks and that Nasdaq's directory lacks.

    Args:
        reports: with symbol, issue_name and market_class.
        archive: where the directory is.
        moment: of the directories the last by then is asked.
    """
    directory = newest_directory(archive, moment)
    listed = set() if directory is None else {squashed(symbol) for symbol in directory["symbol"]}
    missing = reports[~reports["symbol"].isin(listed)]
    return missing[look_like_stocks(missing)]


def gone_stocks(reports: pd.DataFrame, archive: Archive, moment: datetime) -> pd.DataFrame:
    """Those of the reports that are of stocks which have left the exchanges for certain.

    FINRA's newest file lacks them, too, or calls them a stock in so many words: one that left since then is still in
    it, and so is a fund that somebody forgot in the directory.
    """
    newest = newest_of_each_day(filter(is_finra, archive.vintages(Dataset.SHORT_INTEREST)), moment)[-1]
    still = columns_of(newest, ["symbol"]).column("symbol").to_pylist()
    missing = left_out(reports, archive, moment)
    is_preferred = missing["symbol"].str.fullmatch(_PREFERRED) & missing["market_class"].isin(["NYSE", "AMEX"])
    has_ended = ~missing["symbol"].isin(still) | missing["issue_name"].str.contains(_STOCK_WORDS)
    return missing[has_ended & ~is_preferred]


def look_like_stocks(reports: pd.DataFrame) -> Flags:
    """Which reports are of stocks, by symbol, issue_name and market_class; FINRA cuts names, so funds slip in."""
    rows = zip(reports["symbol"], reports["issue_name"], reports["market_class"], strict=True)
    return np.fromiter((kind_of_unpriced(*row) == NO_PRICE for row in rows), bool, len(reports))


def _splits_span(archive: Archive, moment: datetime) -> Span | None:
    """What the newest calendar spans; one of its splits a day is what New York has, so it begins near its first."""
    looks = [one for one in archive.vintages(Dataset.SPLITS) if one.source == NASDAQ_SPLITS.name]
    looks = best_last(looks, moment)
    if not looks:
        return None
    rows = archive.read(looks[-1])
    since = next((note.removeprefix(ASKED_SINCE) for note in rows.notes if note.startswith(ASKED_SINCE)), "")
    days = rows.frame["ex_date"].dropna()
    try:
        begin = date.fromisoformat(since) if since or days.empty else days.min().date()
    except ValueError:
        # A calendar that does not say from when on it was asked for is asked for again.
        return None
    return (begin, looks[-1].as_of)


ASKED_SINCE: Final = "asked for splits since "
"""Begins the note in a calendar of splits that says from which ex-date on it was asked for."""


def busy_names(archive: Archive, moment: datetime) -> frozenset[str]:
    """The names of which FINRA's newest report says that so many shares trade a day that they trade in every session.

    As the report spells them; with the few classes of stock that others spell otherwise it does without.
    """
    cycles = newest_of_each_day(filter(is_finra, archive.vintages(Dataset.SHORT_INTEREST)), moment)
    if not cycles:
        return frozenset()
    table = columns_of(cycles[-1], ["symbol", "avg_daily_volume"])
    return frozenset(table.filter(pc.greater_equal(table["avg_daily_volume"], BUSY_DAILY_VOLUME))["symbol"].to_pylist())


BUSY_DAILY_VOLUME: Final = 100_000
"""Average daily volume, shares, from which on a name trades in every session, unless it is halted."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Closes:
    """What the vintages of closes say they were asked for, and what came."""

    closes: dict[str, dict[str, tuple[Span, ...]]]
    """By source and symbol, the spans asked for."""
    unknown: dict[str, frozenset[str]]
    """By source, the symbols that never had a price."""
    answered: dict[str, frozenset[str]]
    """By source, the symbols asked for up to the newest session."""
    whole: frozenset[date]
    """Sessions of the whole market."""
    answers: list[ClosesAnswer]

    @property
    def asked(self) -> dict[str, list[Span]]:
        """The spans of each symbol, whoever was asked."""
        spans: dict[str, list[Span]] = defaultdict(list)
        for own in self.closes.values():
            for symbol, held in own.items():
                spans[symbol].extend(held)
        return spans


def _closes(vintages: list[Vintage], newest: date) -> _Closes:
    """What the vintages of closes hold; a row without a close says: asked for, and there was none.

    Args:
        vintages: all but the screener's.
        newest: the last session that is over.
    """
    spans: dict[str, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    priced: dict[str, set[str]] = defaultdict(set)
    answered: dict[str, set[str]] = defaultdict(set)
    answers: list[ClosesAnswer] = []
    whole: set[date] = set()
    for vintage in vintages:
        table = columns_of(vintage, ["symbol", "date", "close"], read_dictionary=["symbol"])
        if len(table) >= FEWEST_NAMES_OF_A_MARKET and set(pc.unique(table["date"].cast(pa.date32())).to_pylist()) == {
            vintage.as_of
        }:
            # A day of the whole market needs no span for each name, of which a year would have millions.
            whole.add(vintage.as_of)
            continue
        per_name = table.group_by("symbol").aggregate([("date", "min"), ("date", "max"), ("close", "count")])
        firsts, lasts = (per_name.column(f"date_{end}").cast(pa.date32()).to_pylist() for end in ("min", "max"))
        symbols, counts = per_name.column("symbol").to_pylist(), per_name.column("close_count").to_pylist()
        for symbol, first, last, count in zip(symbols, firsts, lasts, counts, strict=True):
            spans[vintage.source][symbol].append((first, last))
            if count:
                priced[vintage.source].add(symbol)
        answers.append(ClosesAnswer.of(table))
        if vintage.as_of >= newest:
            answered[vintage.source].update(symbols)
    return _Closes(
        closes={source: {symbol: tuple(held) for symbol, held in own.items()} for source, own in spans.items()},
        unknown={source: frozenset(own.keys() - priced[source]) for source, own in spans.items()},
        answered={source: frozenset(own) for source, own in answered.items()},
        whole=frozenset(whole),
        answers=answers,
    )


FEWEST_NAMES_OF_A_MARKET: Final = 3_000
"""Names with a close from which on a session counts as one of the whole market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the archive has, as far as planning asks."""

    settlements: frozenset[date] = frozenset()
    """Settlement dates whose whole market is there."""
    closed: frozenset[date] = frozenset()
    """Sessions whose closes are there for every stock: the screener's, and whole sessions of Massive's or Alpaca's."""
    looked: frozenset[date] = frozenset()
    """Sessions the screener was seen in, closed or not."""
    directory: frozenset[date] = frozenset()
    """Days of which there is a directory."""
    splits: Span | None = None
    """The ex-dates the newest calendar of splits spans; its end is the day of the look."""
    fails: frozenset[date] = frozenset()
    """The last days of the half-months that are there."""
    closes: Mapping[str, Mapping[str, tuple[Span, ...]]] = field(default_factory=dict)
    """By source and symbol, the spans it was asked for, with or without an answer."""
    unknown: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By source, the symbols that were asked for and never had a price there: at Yahoo those delisted, mostly."""
    listed: frozenset[str] = frozenset()
    """The symbols that are listed now: a source that left one out may have it all the same."""
    holes: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """By symbol, the sessions within its spans that nobody gave a close of, though it was listed."""
    missed: tuple[date, ...] = ()
    """The sessions of which hardly any name asked for has a close."""
    doubted: frozenset[str] = frozenset()
    """The symbols with holes that a second question settles: they trade in every session, and one is missing."""
    answered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By source, the symbols it was asked for up to the newest session: until the next one it has nothing to add."""

    def held(self, symbol: str, source: str, is_patient: bool = False) -> tuple[Span, ...] | None:
        """The spans of a name that a source need not be asked for; None if it never had the name.

        What another source has is there; what it does not have, this one may. A listed name that a source left out, or
        a session of it, is not held, however often it was asked for.

        Args:
            symbol: the name.
            source: who would be asked.
            is_patient: whether what was left out is not asked for again before the next session is over.
        """
        is_again = not (is_patient and symbol in self.answered.get(source, ()))
        spans: tuple[Span, ...] = ()
        if symbol not in self.unknown.get(source, ()):
            spans = self.closes.get(source, {}).get(symbol, ())
        elif symbol not in self.listed or not is_again:
            return None
        for other, held in self.closes.items():
            if other != source and symbol not in self.unknown.get(other, ()):
                spans += held.get(symbol, ())
        return without(spans, self.holes.get(symbol, ())) if is_again else spans
