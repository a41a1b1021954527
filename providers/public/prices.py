"""Lays the archive's closes, volumes and share counts out wide, sessions by names, as known at a moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import compress
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.archive.holdings import is_screener, names_of_market
from providers.archive.vintages import Archive, Vintage, best_last, newest_of_each_day
from providers.catalog import ALPACA, MASSIVE, NASDAQ_SCREENER, YAHOO_SPARK
from providers.errors import MalformedError, NoDataError
from providers.listings.symbols import NO_COLUMN, squashed
from providers.nasdaq.screener import SCREENER
from providers.parsing.columns import Columns, read_columns
from providers.sec.fails import FAILS
from shortside.datasets import Dataset
from shortside.listings import Dates, Flags, Floats, Indexes, Texts
from shortside.net_changes import NetChanges, follows_previous_session, net_changes_of
from shortside.prices.misdated_sessions import MisdatedSession, judge_sessions
from shortside.schema import PRICES, FrameSchema
from shortside.sessions import last_completed_session

VALUES: Final = ("close", "volume", "shares_out", "official")
"""`official` is the close of the session before as a look at the screener tells it: close less net change."""
SOURCES_BY_TRUST: Final = tuple(card.name for card in (YAHOO_SPARK, NASDAQ_SCREENER, MASSIVE, ALPACA))
"""Whom to believe of a figure that several have, the best last: bars are of the whole tape and as they were paid, the
screener's last sale may lack the auction, and Yahoo's history is restated and was taken back."""
SCREENER_CLOSES: Final = FrameSchema(
    Dataset.PRICES, tuple(map(SCREENER.column, ("symbol", "close", "volume", "shares_out", "net_change"))), ("symbol",)
)
"""The columns of a look at the screener that prices are made of."""
MOST_CELLS: Final = 2**26
"""Sessions times names of an archive: five years of fifty thousand names. Some twelve thousand are listed."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class WidePrices:
    """Prices as paid. T sessions, N names; NaN is unknown."""

    symbols: Texts
    """(N,) ours, in alphabetical order."""
    sessions: Dates
    """(T,) sessions with any close."""
    close: Floats
    """(T, N) float32 USD a share as paid; NaN unknown."""
    volume: Floats
    """(T, N) float32 shares traded; NaN unknown."""
    shares_outstanding: Floats
    """(T, N) float32, only on sessions with a look at the screener: as printed, lags and all."""
    net_changes: NetChanges | None = None
    """Where the screener's previous closes part from the closes before; None where no two sessions can be compared."""
    misdated: tuple[MisdatedSession, ...] = ()
    """Sessions whose net changes do not fit. Closes that are another session's are not among these."""


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """Some rows of a vintage, of sessions in view."""

    name: Array
    """Numbers of names."""
    day: Array
    """`datetime64[D]`."""
    values: tuple[Array, ...]
    """As `VALUES` says; the last one only of a look at the screener."""


def wide_prices(archive: Archive, moment: datetime, since: date | None, until: date | None) -> WidePrices:
    """The closes of the sessions from one day to another, of names that have any.

    A close is known from its bell on, whenever we looked: what was paid does not change. Of several sources of one
    close the best is believed, by `SOURCES_BY_TRUST`, and of several looks of one source the last by the moment.

    Args:
        archive: where the vintages are.
        moment: sessions that were not over then are left out.
        since: the first day; None for no limit.
        until: the last day; None for no limit.

    Raises:
        NoDataError: the archive holds no closes of that span.
        MalformedError: a vintage is damaged, or the vintages name so many names that no memory holds their table.
    """
    newest = last_completed_session(moment)
    span = np.datetime64(since or date.min, "D"), np.datetime64(min(until or newest, newest), "D")
    names, pieces = _Names(), list[_Piece]()
    for vintage in ranked(archive.vintages(Dataset.PRICES), moment):
        is_of_everything = vintage.source == MASSIVE.name
        if is_of_everything and names.market is None:
            names.market = _market(archive, moment)
        found = (_piece(columns, vintage, span, names, of_market=is_of_everything) for columns in _columns(vintage))
        pieces += [piece for piece in found if piece is not None]
    days = np.unique(np.concatenate([piece.day for piece in pieces])) if pieces else np.empty(0, "datetime64[D]")
    if not len(days):
        raise NoDataError(f"the archive {archive.root} holds no closes from {since or 'any day'} to {span[1]}")
    seen = names.seen_in(pieces)
    if len(days) * len(seen) > MOST_CELLS:
        raise MalformedError(
            f"closes of {len(seen):,} names in {len(days):,} sessions, more than trade", where=f"{archive.root}"
        )
    return _judged(pieces, seen, days)


def ranked(vintages: Iterable[Vintage], moment: datetime) -> list[Vintage]:
    """The vintages, the best to be believed last."""
    place = {source: rank for rank, source in enumerate(SOURCES_BY_TRUST)}
    return sorted(best_last(vintages, moment), key=lambda one: place.get(one.source, -1))


def _market(archive: Archive, moment: datetime) -> Callable[[str], bool]:
    """Whether a name is of interest in a session of everything that trades: no fund is."""
    market = frozenset(map(squashed, names_of_market(archive, moment) or ()))
    return lambda symbol: squashed(symbol) in market


def _columns(vintage: Vintage) -> list[Columns]:
    return list(read_columns(vintage.path, SCREENER_CLOSES if is_screener(vintage) else PRICES))


class _Names:
    """Names by the numbers they have here: every session has ten thousand of them, and they are the same ones."""

    def __init__(self) -> None:
        self.market: Callable[[str], bool] | None = None
        """Whether a name is of interest in a session of everything that trades; None where that was not asked yet."""
        self._numbers: dict[str, int] = {}
        self._is_of_market: Flags = np.empty(0, bool)
        """Of the first so many numbers, as far as `market` was asked."""

    def numbers(self, symbols: Array) -> Indexes:
        """The number of each symbol; one that has none yet gets the next."""
        texts = symbols.tolist()
        found = list(map(self._numbers.get, texts))
        if None in found:
            for symbol in texts:
                self._numbers.setdefault(symbol, len(self._numbers))
            found = [self._numbers[symbol] for symbol in texts]
        return np.array(found, np.int64)

    def are_of_market(self, numbers: Indexes) -> Flags:
        """Whether the names of some numbers are of the market."""
        assert self.market is not None, "the market is known before it is asked"
        new = list(self._numbers)[len(self._is_of_market) :]
        if new:
            self._is_of_market = np.append(self._is_of_market, np.array(list(map(self.market, new)), bool))
        return self._is_of_market[numbers]

    def seen_in(self, pieces: Iterable[_Piece]) -> dict[str, int]:
        """The names that have a row in some pieces, and their numbers."""
        is_seen = np.zeros(len(self._numbers), bool)
        for piece in pieces:
            is_seen[piece.name] = True
        return dict(compress(self._numbers.items(), is_seen.tolist()))


def _piece(
    columns: Columns,
    vintage: Vintage,
    span: tuple[np.datetime64, np.datetime64],
    names: _Names,
    *,
    of_market: bool,
) -> _Piece | None:
    arrays = columns.arrays
    own_day = np.full(len(columns), vintage.as_of, "datetime64[D]")
    day = own_day if "date" not in arrays else arrays["date"].astype("datetime64[D]")
    # A row without a close only says that there was none to be had.
    is_used = (day >= span[0]) & (day <= span[1]) & (arrays["close"] > 0)
    if not is_used.any():
        return None
    number = names.numbers(columns.vocabularies["symbol"])
    if of_market:
        is_used &= names.are_of_market(number)[arrays["symbol"]]
    rows = np.flatnonzero(is_used)
    if not len(rows):
        return None
    values = [arrays[value][rows].astype(np.float32) for value in VALUES[:-1]]
    if "net_change" in arrays:
        values.append((arrays["close"][rows] - arrays["net_change"][rows]).astype(np.float32))
    return _Piece(number[arrays["symbol"][rows]], day[rows], tuple(values))


def _judged(pieces: Sequence[_Piece], names: dict[str, int], days: Dates) -> WidePrices:
    """The pieces laid out, without the closes that net changes prove to be another session's."""
    wide = _Wide(names, days)
    close, volume, shares_outstanding, official = wide.laid_out(pieces)
    first = judged = judge_sessions(days, close, official, follows_previous_session(days))
    if judged.is_strange is not None:
        # Somebody else may have the session's own closes: the screener's are not believed first.
        own = [
            wide.without(piece, judged.is_strange) if len(piece.values) == len(VALUES) else piece for piece in pieces
        ]
        close, volume, shares_outstanding, official = wide.laid_out(own)
        judged = judge_sessions(days, close, official, follows_previous_session(days))
    if judged.is_strange is not None:
        for values in (close, volume, official):
            values[judged.is_strange] = np.nan
    kept = np.isfinite(close).any(axis=1)
    shares_outstanding[shares_outstanding == 0] = np.nan
    sessions = days[kept]
    return WidePrices(
        symbols=wide.symbols,
        sessions=sessions,
        close=close[kept],
        volume=volume[kept],
        shares_outstanding=shares_outstanding[kept],
        net_changes=net_changes_of(sessions, close[kept], official[kept], follows_previous_session(sessions)),
        misdated=first.misdated,
    )


class _Wide:
    """Where rows of vintages stand in arrays of sessions by names."""

    def __init__(self, names: dict[str, int], days: Dates) -> None:
        self.days = days
        self.symbols: Texts = np.array(sorted(names), object)
        self._place_of_name = np.empty(max(names.values(), default=-1) + 1, np.int64)
        self._place_of_name[[names[symbol] for symbol in self.symbols]] = np.arange(len(names))
        self._place_of_day = np.zeros(int((days[-1] - days[0]).astype(np.int64)) + 1, np.int64)
        self._place_of_day[(days - days[0]).astype(np.int64)] = np.arange(len(days))

    def places(self, piece: _Piece) -> Array:
        """Where each row of a piece stands, counted along the rows of the arrays."""
        row = self._place_of_day[(piece.day - self.days[0]).astype(np.int64)]
        return np.asarray(row * len(self.symbols) + self._place_of_name[piece.name])

    def laid_out(self, pieces: Sequence[_Piece]) -> list[Floats]:
        """(T, N) an array for each of `VALUES`; of several values the last one counts."""
        wide: list[Floats] = [np.full((len(self.days), len(self.symbols)), np.nan, np.float32) for _ in VALUES]
        for piece in pieces:
            place = self.places(piece)
            for target, values in zip(wide, piece.values, strict=False):
                # One that knows less, as bars know no share count, takes nothing away.
                is_known = ~np.isnan(values)
                target.ravel()[place[is_known]] = values[is_known]
        return wide

    def without(self, piece: _Piece, is_strange: Flags) -> _Piece:
        """The rows of a piece that are not flagged."""
        kept = ~is_strange.ravel()[self.places(piece)]
        return _Piece(piece.name[kept], piece.day[kept], tuple(values[kept] for values in piece.values))


def with_fails_prices(
    prices: WidePrices, symbols: Sequence[str], archive: Archive, moment: datetime
) -> tuple[WidePrices, Flags]:
    """The prices with names that only the SEC's lists of fails price, and which of the names those are.

    The SEC prints beside a balance the close of the session before its settlement date; on days without fails there
    is none, and the last one is carried.

    Args:
        prices: what other sources have.
        symbols: the names to add.
        archive: where the lists are.
        moment: lists posted later are not known.
    """
    place_of = {squashed(symbol): place for place, symbol in enumerate(symbols)}
    added = np.full((len(prices.sessions), len(symbols)), np.nan, np.float32)
    for vintage in newest_of_each_day(archive.vintages(Dataset.FAILS), moment):
        for columns in read_columns(vintage.path, FAILS):
            places = [place_of.get(squashed(text), NO_COLUMN) for text in columns.vocabularies["symbol"]]
            name = np.array(places, np.int64)[columns.arrays["symbol"]]
            settled = columns.arrays["settlement_date"].astype("datetime64[D]")
            price = columns.arrays["price"]
            row = np.searchsorted(prices.sessions, settled) - 1
            # Beyond the last session nobody knows which session was the one before.
            is_used = (name != NO_COLUMN) & (price > 0) & (row >= 0) & (settled <= prices.sessions[-1])
            added[row[is_used], name[is_used]] = price[is_used]
    is_priced: Flags = np.asarray((added > 0).any(axis=0))
    texts = np.array([*symbols, ""], object)[:-1][is_priced]
    unknown = np.full((len(prices.sessions), len(texts)), np.nan, np.float32)
    whole = replace(
        prices,
        symbols=np.append(prices.symbols, texts),
        close=np.append(prices.close, added[:, is_priced], axis=1),
        volume=np.append(prices.volume, unknown, axis=1),
        shares_outstanding=np.append(prices.shares_outstanding, unknown, axis=1),
    )
    return whole, np.arange(len(whole.symbols)) >= len(prices.symbols)


def with_counts(
    prices: WidePrices, counts: Mapping[str, tuple[date, float]], splits: pd.DataFrame
) -> tuple[WidePrices, int]:
    """The prices with share counts of other days for the names that have none, and how many names those are.

    A count from within the sessions stands on its day; an earlier or later one on the nearest session, splits between
    the two undone.

    Args:
        prices: what other sources have.
        counts: by symbol, the day a count speaks of and the count.
        splits: as `SPLITS` has them.
    """
    outstanding = prices.shares_outstanding.copy()
    columns = [
        column
        for column in np.flatnonzero(np.isnan(outstanding).all(axis=0))
        if counts.get(prices.symbols[column], (None, np.nan))[1] > 0
    ]
    events: dict[str, list[tuple[np.datetime64, float]]] = defaultdict(list)
    days = splits["ex_date"].to_numpy().astype("datetime64[D]")
    for symbol, day, ratio in zip(splits["symbol"], days, splits["simple_ratio"], strict=True):
        if ratio > 0:
            events[symbol].append((day, ratio))
    for column in columns:
        spoken, count = counts[prices.symbols[column]]
        own = np.datetime64(spoken, "D")
        row = min(int(np.searchsorted(prices.sessions, own)), len(prices.sessions) - 1)
        for ex_date, ratio in events[prices.symbols[column]]:
            if own < ex_date <= prices.sessions[row]:
                count /= ratio
            elif prices.sessions[row] < ex_date <= own:
                count *= ratio
        outstanding[row, column] = count
    return replace(prices, shares_outstanding=outstanding), len(columns)
