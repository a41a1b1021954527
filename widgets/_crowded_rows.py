"""The names of a board in a chosen order, each written as a table's row when it is looked at.

Apart from the table because it needs numpy, which the first paint of the screen must not wait for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from analytics.board import Board
from analytics.listings import Floats, Indexes, Texts
from analytics.market import Market
from widgets._format import (
    Absence,
    Figure,
    Glyphs,
    count,
    days,
    dollars,
    fit,
    number,
    percent,
    price,
    short_date,
    stale,
)
from widgets._records import directed, dollar_style, style_of
from widgets._sparkline import sparkline
from widgets._tick_table import Cell

SPARK_POINTS: Final = 8
STALE_LETTER: Final = "s"
_LEGAL_WORDS = re.compile(
    r",?\s+(class [a-z]\b|series [a-z]\b|common (stock|shares?)|ordinary shares?|american depositary|depositary|ads\b"
    r"|adr\b|inc\.?(?=\s|$)|corp(oration)?\.?(?=\s|$)|ltd\.?(?=\s|$)|plc(?=\s|$)|\(de\)).*$",
    re.IGNORECASE,
)
SECTOR_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Basic Materials": "Materials",
        "Consumer Discretionary": "Cons Disc",
        "Consumer Staples": "Staples",
        "Health Care": "Health",
        "Industrials": "Industrial",
        "Miscellaneous": "Misc",
        "Real Estate": "Real Est",
        "Telecommunications": "Telecom",
    }
)
"""Sectors whose names are longer than their column."""


@lru_cache(maxsize=16_384)
def short_name(name: str) -> str:
    """A company's name without legal form and share class: `Upstart` for `Upstart Inc. Class A Common Stock`."""
    return _LEGAL_WORDS.sub("", name) or name


class NameIndex:
    """Symbols and names of a market, ready to be sorted and searched."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._symbols = [str(symbol).upper() for symbol in market.symbols]
        self._both = [
            f"{symbol}\n{str(name).upper()}" for symbol, name in zip(self._symbols, market.names, strict=True)
        ]
        self.column_of: Mapping[str, int] = {str(symbol): place for place, symbol in enumerate(market.symbols)}
        """Where each symbol stands."""

    @cached_property
    def symbol_ranks(self) -> Indexes:
        """(N,) place of each symbol in the alphabet."""
        return _ranks(self.market.symbols)

    @cached_property
    def name_ranks(self) -> Indexes:
        """(N,) place of each name in the alphabet, capitals or not."""
        return _ranks(np.array([str(name).casefold() for name in self.market.names], object))

    @cached_property
    def exchange_ranks(self) -> Indexes:
        """(N,) exchanges in alphabetical order."""
        return np.unique(self.market.exchanges.astype(str), return_inverse=True)[1].astype(np.int64)

    def matches(self, text: str) -> Indexes:
        """(N,) how well each name fits a filter: 0 is the symbol itself, 1 begins it, 2 holds it, 3 does not fit."""
        wanted = text.strip().upper()

        def match(symbol: str, both: str) -> int:
            if symbol.startswith(wanted):
                return 0 if symbol == wanted else 1
            return 2 if wanted in both else 3

        return np.fromiter(map(match, self._symbols, self._both), np.int64, len(self._symbols))


def _ranks(texts: Texts) -> Indexes:
    ranks = np.empty(len(texts), np.int64)
    # Sorting Python strings is quicker than widening them all to numpy's fixed width.
    ranks[sorted(range(len(texts)), key=texts.__getitem__)] = np.arange(len(texts))
    return ranks


def short_ratio(board: Board) -> Floats:
    """(N,) shares short over the float where it is known, over shares outstanding where it is not."""
    of_float = board.short_float_ratio
    return np.where(np.isfinite(of_float), of_float, board.short_outstanding_ratio)


def is_mostly_of_float(board: Board) -> bool:
    """Whether the float is known for most names held, so that the column is named for it."""
    held = board.was_held
    return bool(np.isfinite(board.short_float_ratio[held]).sum() * 2 > held.sum())


def short_interest_change(board: Board) -> Floats:
    """(N,) shares short at the last known settlement over those at the one before, less one; NaN unknown."""
    known = _settled(board)
    if len(known) < 2:
        return np.full(len(board.market.symbols), np.nan)
    shares = np.where(board.book.positions.is_reported[known[-2:]], board.book.positions.shares[known[-2:]], np.nan)
    before = np.where(shares[0] > 0, shares[0], np.nan)
    return np.asarray(shares[1] / before - 1)


def _settled(board: Board) -> Indexes:
    """The knots that have settled by the last session."""
    return np.flatnonzero(board.book.positions.knots <= len(board.market.sessions) - 1)


VECTORS: Final[Mapping[str, Callable[[Board, NameIndex], Floats | Indexes]]] = MappingProxyType(
    {
        "symbol": lambda _, index: index.symbol_ranks,
        "name": lambda _, index: index.name_ranks,
        "tier": lambda board, _: board.tier_codes,
        "sector": lambda board, _: board.market.sectors,
        "crowding": lambda board, _: board.crowding.score,
        "short_interest": lambda board, _: board.short_interest,
        "short_ratio": lambda board, _: short_ratio(board),
        "days_to_cover": lambda board, _: board.days_to_cover,
        "borrow_fee": lambda board, _: board.borrow_fee,
        "new_short_30d": lambda board, _: board.new_short_30d,
        "profit": lambda board, _: board.profit,
        "profit_ratio": lambda board, _: board.profit_ratio,
        "profit_today": lambda board, _: board.profit_today,
        "price": lambda board, _: board.book.price,
        "market_cap": lambda board, _: board.market_cap,
        "short_interest_change": lambda board, _: short_interest_change(board),
        "exchange": lambda _, index: index.exchange_ranks,
        "squeeze": lambda board, _: board.crowding.squeeze,
    }
)
"""What each column is sorted by."""


class CrowdedRows:
    """A `TableSource` over the names of a board that were held short, sorted and filtered."""

    def __init__(self, board: Board, index: NameIndex, glyphs: Glyphs) -> None:
        self.board = board
        self.index = index
        self.glyphs = glyphs
        self.order: Indexes = np.empty(0, np.int64)
        """The columns of the board's vectors, in the order of the rows."""
        self._row_of: Indexes = np.full(len(board.market.symbols), -1, np.int64)
        self._is_of_float = is_mostly_of_float(board)
        self._has_ended = board.market.has_ended
        self._change = short_interest_change(board)
        self._cycle_lines: dict[tuple[int, bool], str] = {}
        self._settled = _settled(board)[-SPARK_POINTS:]
        points = np.linspace(board.window.start, board.window.end, SPARK_POINTS)
        self._price_rows: Indexes = np.unique(np.round(points).astype(np.int64))

    @property
    def row_count(self) -> int:
        return len(self.order)

    def sort(self, sort_key: str, is_descending: bool, text: str = "", tiers: frozenset[str] | None = None) -> None:
        """Put the names in order: unknown last, ties by symbol, what a filter fits best before what it fits less.

        Args:
            sort_key: one of `VECTORS`.
            is_descending: whether the largest comes first.
            text: only names whose symbol or name holds it.
            tiers: only names of these tiers; None for all.
        """
        board = self.board
        among = board.was_held
        if tiers is not None:
            labels = board.scheme.labels
            among &= np.isin(board.tier_codes, [place for place, label in enumerate(labels) if label in tiers])
        classes = self.index.matches(text) if text.strip() else None
        if classes is not None:
            among &= classes < 3
        chosen = np.flatnonzero(among)
        keys = np.asarray(VECTORS[sort_key](board, self.index), np.float64)[chosen]
        keys = np.where(np.isfinite(keys), -keys if is_descending else keys, np.inf)
        by = [self.index.symbol_ranks[chosen], keys]
        if classes is not None:
            by.append(np.minimum(classes[chosen], 2))
        self.order = chosen[np.lexsort(by)]
        self._row_of.fill(-1)
        self._row_of[self.order] = np.arange(len(self.order))

    def rows_of(self, columns: Indexes) -> list[int]:
        """The rows of some of the board's columns; those left out have none."""
        rows = self._row_of[columns]
        return [int(row) for row in rows[rows >= 0]]

    def row_of(self, symbol: str) -> int | None:
        """The row of a symbol, if it is among them."""
        column = self.index.column_of.get(symbol)
        if column is None or self._row_of[column] < 0:
            return None
        return int(self._row_of[column])

    def cells(self, row: int) -> list[Cell]:
        """A name's cells, one for each of `widgets.crowded.crowded_columns`."""
        column = int(self.order[row])
        board, glyphs = self.board, self.glyphs
        crowding = float(board.crowding.score[column])
        has_ended = bool(self._has_ended[column])
        new_short, profit = float(board.new_short_30d[column]), float(board.profit[column])

        def held(value: float) -> Figure:
            """What can only be said of a position that is still there."""
            return Absence.NOT_APPLICABLE if has_ended else value

        return [
            (count(row + 1, 5, glyphs=glyphs), "muted"),
            *self._identity(column, has_ended),
            (number(held(crowding), 6, glyphs=glyphs), "accent"),
            (dollars(held(float(board.short_interest[column])), 7, glyphs=glyphs), "plain"),
            (self._ratio(column, has_ended), "plain"),
            (days(held(float(board.days_to_cover[column])), 5, glyphs=glyphs), "plain"),
            (percent(held(self._fee(column)), 5, False, mark="", glyphs=glyphs), "plain"),
            (dollars(new_short, 8, signed=True, glyphs=glyphs), "plain"),
            (directed(profit, 9, None, glyphs), dollar_style(profit)),
            *self._profits(column, profit, held),
            self._price(column, has_ended),
            (self._cycle_line(column), "muted"),
            (sparkline(self._prices(column), SPARK_POINTS, glyphs), "accent"),
            (dollars(self._cap(column), 7, glyphs=glyphs), "plain"),
            (percent(held(float(self._change[column])), 7, glyphs=glyphs), "plain"),
            (fit(str(board.market.exchanges[column]).upper(), 6, glyphs=glyphs), "muted"),
            (self._factors(column), "muted"),
        ]

    def _identity(self, column: int, has_ended: bool) -> list[Cell]:
        board, glyphs = self.board, self.glyphs
        market = board.market
        name = short_name(str(market.names[column]))
        symbol, style = str(market.symbols[column]), "title"
        if market.threshold is not None and market.threshold.is_listed[column]:
            # Its shorts may be bought in by force.
            symbol, style = symbol + ("!" if glyphs.is_ascii else "‡"), "warning"
        if has_ended:
            dagger = "x" if glyphs.is_ascii else "†"
            # In front: a long name would push the date out of its column.
            symbol, style = symbol + dagger, "muted"
            name = f"{short_date(self._last_priced(column), 9, reference=market.last_session).strip()} {name}"
        tier = board.scheme.labels[int(board.tier_codes[column])]
        sector = market.sector_names[int(market.sectors[column])]
        return [
            (fit(symbol, 6, glyphs=glyphs), style),
            (name, "muted" if has_ended else "plain"),
            (fit(glyphs.missing if tier == board.scheme.unclassified else tier, 5, glyphs=glyphs), "muted"),
            (fit(SECTOR_WORDS.get(sector, sector) or glyphs.missing, 10, glyphs=glyphs), "muted"),
        ]

    def _last_priced(self, column: int) -> date:
        market = self.board.market
        day: date = market.sessions[min(int(market.last_priced[column]), len(market.sessions) - 1)].astype(date)
        return day

    def _ratio(self, column: int, has_ended: bool) -> str:
        """Per cent short; a letter marks those measured otherwise than the column's title says."""
        if has_ended:
            return fit(self.glyphs.not_applicable, 5, "right", self.glyphs) + " "
        of_float = float(self.board.short_float_ratio[column])
        has_float = math.isfinite(of_float)
        ratio = of_float if has_float else float(self.board.short_outstanding_ratio[column])
        letter = " " if has_float == self._is_of_float or not math.isfinite(ratio) else "f" if has_float else "s"
        return percent(ratio, 5, False, mark="", glyphs=self.glyphs) + letter

    def _fee(self, column: int) -> float:
        borrow = self.board.market.borrow
        return math.nan if borrow is None else float(borrow.fee[column])

    def _profits(self, column: int, profit: float, held: Callable[[float], Figure]) -> list[Cell]:
        board = self.board
        average = float(board.short_interest_total[column]) / (board.window.length + 1)
        ratio = profit / average if average else math.nan
        # Without a price today nothing is known of today, which the totals count as nothing.
        today = held(math.nan if board.is_stale[column] else float(board.profit_today[column]))
        return [
            (percent(ratio, 7, glyphs=self.glyphs), style_of(ratio)),
            (dollars(today, 8, signed=True, glyphs=self.glyphs), dollar_style(today)),
        ]

    def _price(self, column: int, has_ended: bool) -> Cell:
        text = price(float(self.board.book.price[column]), 9, glyphs=self.glyphs)
        if has_ended:
            return text, "muted"
        if bool(self.board.is_stale[column]):
            return stale(text, STALE_LETTER), "stale"
        return text, "plain"

    def _cycle_line(self, column: int) -> str:
        """Shares short at the last settlements, drawn; kept, because no tick moves them."""
        key = column, self.glyphs.is_ascii
        line = self._cycle_lines.get(key)
        if line is None:
            line = self._cycle_lines[key] = sparkline(self._reported(column), SPARK_POINTS, self.glyphs)
        return line

    def _reported(self, column: int) -> list[float]:
        """Shares short at the last settlements, NaN where the name was not reported."""
        positions = self.board.book.positions
        return [
            float(positions.shares[knot, column]) if positions.is_reported[knot, column] else math.nan
            for knot in self._settled
        ]

    def _prices(self, column: int) -> list[float]:
        """Closes along the window while the name had any; the last one live."""
        market = self.board.market
        first, last = int(market.first_priced[column]), int(market.last_priced[column])
        closes = [float(market.close[row, column]) if first <= row <= last else math.nan for row in self._price_rows]
        if len(self._price_rows) and self._price_rows[-1] == last == len(market.sessions) - 1:
            closes[-1] = float(self.board.book.price[column])
        return closes

    def _cap(self, column: int) -> float:
        return float(self.board.market.shares_outstanding[column]) * float(self.board.book.price[column])

    def _factors(self, column: int) -> str:
        """The four factors of crowding as levels, in their order; what is missing drops out of the score."""
        levels = [float(level) for level in self.board.crowding.factors[:, column]]
        missing = self.glyphs.missing
        drawn = [
            sparkline([level], 1, self.glyphs, low=0, high=10) if math.isfinite(level) else missing for level in levels
        ]
        return "".join(drawn).ljust(7)
