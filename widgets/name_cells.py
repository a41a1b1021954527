"""The cells of one name of a board, of which those that no price can change are written once.

A beat of the market moves a dozen names in view, and most of what stands in their rows stays what it was.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from shortside.board import Board
from shortside.listings import Floats, Indexes
from shortside.name_figures import is_mostly_of_float, settled_knots, short_interest_change
from widgets.format import Absence, Figure, Glyphs, count, days, dollars, fit, number, percent, price, short_date, stale
from widgets.name_columns import crowded_columns
from widgets.records import directed, dollar_style, style_of
from widgets.sparkline import sparkline
from widgets.tick_table import Cell

COLUMN_KEYS: Final = tuple(column.key for column in crowded_columns())
"""What the cells of a name are, in the order of the table's columns."""
MOVED_BY_PRICES: Final = frozenset({
    "tier", "short_interest", "new_short_30d", "profit", "profit_ratio", "profit_today", "price", "price_trend",
    "market_cap",
})  # fmt: skip
MOVING: Final = frozenset(place for place, key in enumerate(COLUMN_KEYS) if key in MOVED_BY_PRICES)
"""The places of the cells that `Board.tick` can change: they hold as long as the name's live figures do."""
SCORED: Final = tuple(place for place, key in enumerate(COLUMN_KEYS) if key in {"crowding", "factors"})
"""The places of the cells that `Board.rescore` can change."""
OF_THE_MARKET: Final = frozenset(
    place for place, key in enumerate(COLUMN_KEYS) if key in {"symbol", "name", "sector", "borrow_fee", "exchange"}
)
"""The places of the cells that are the same in every view of a market."""
OF_THE_BOOK: Final = OF_THE_MARKET | frozenset(
    place
    for place, key in enumerate(COLUMN_KEYS)
    if key in {"crowding", "short_ratio", "days_to_cover", "short_trend", "short_interest_change", "factors"}
)
"""And of those that are the same for every window and tier basis."""
MOST_KNOWN: Final = 512
"""Names whose cells are kept; who scrolls through a whole market shall not fill the memory with texts."""
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


class NameCells:
    """Writes the cells of a board's names.

    Args:
        board: whose figures; it may tick.
        glyphs: the signs to draw with.
        before: those of another view of the market, which may have written cells that hold here, too.
    """

    def __init__(self, board: Board, glyphs: Glyphs, before: NameCells | None = None) -> None:
        self.board = board
        self._glyphs = glyphs
        self._known: dict[int, list[Cell | None]] = {} if before is None else before._still_true(board, glyphs)
        self._live: dict[int, tuple[float, ...]] = {}
        """What each name's moving cells were written of."""
        self._closes: dict[int, list[float]] = {}
        self._is_of_float = is_mostly_of_float(board)
        self._has_ended = board.market.has_ended
        self._settled = settled_knots(board)[-SPARK_POINTS:]
        points = np.linspace(board.window.start, board.window.end, SPARK_POINTS)
        self._price_rows: Indexes = np.unique(np.round(points).astype(np.int64))
        written: Mapping[str, Callable[[int], Cell]] = {
            "symbol": self._symbol,
            "name": self._name,
            "tier": self._tier,
            "sector": self._sector,
            "crowding": self._crowding,
            "short_interest": self._short_interest,
            "short_ratio": self._ratio,
            "days_to_cover": self._days_to_cover,
            "borrow_fee": self._borrow_fee,
            "new_short_30d": self._new_short,
            "profit": self._profit,
            "profit_ratio": self._profit_ratio,
            "profit_today": self._profit_today,
            "price": self._price,
            "short_trend": self._short_trend,
            "price_trend": self._price_trend,
            "market_cap": self._market_cap,
            "short_interest_change": self._short_interest_change,
            "exchange": self._exchange,
            "factors": self._factors,
        }
        self._writers = [written.get(key) for key in COLUMN_KEYS]

    @cached_property
    def _change(self) -> Floats:
        return short_interest_change(self.board)

    def _still_true(self, board: Board, glyphs: Glyphs) -> dict[int, list[Cell | None]]:
        """The cells written here that say the same of another board."""
        if board.market is not self.board.market or glyphs is not self._glyphs:
            return {}
        is_same_book = board.book is self.board.book and board.crowding is self.board.crowding
        kept = OF_THE_BOOK if is_same_book else OF_THE_MARKET
        return {
            column: [cell if place in kept else None for place, cell in enumerate(cells)]
            # A copy: another thread may ask while cells are written here.
            for column, cells in list(self._known.items())
        }

    @property
    def glyphs(self) -> Glyphs:
        """The signs the cells are drawn with."""
        return self._glyphs

    @glyphs.setter
    def glyphs(self, glyphs: Glyphs) -> None:
        self._glyphs = glyphs
        self.forget()

    def forget(self) -> None:
        """Write every cell anew when it is next asked for."""
        self._known.clear()

    def forget_scores(self) -> None:
        """The same for those that `Board.rescore` can change."""
        for known in self._known.values():
            for place in SCORED:
                known[place] = None

    def cells(self, column: int, rank: int, places: Sequence[int]) -> list[Cell]:
        """A name's cells at some places of `COLUMN_KEYS`.

        Args:
            column: the name, by its column of the board's vectors.
            rank: its place in the order, from 1; the one cell that is not the name's but the row's.
            places: which cells, in which order.
        """
        known = self._known.get(column)
        if known is None:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
                self._live.clear()
            known = self._known[column] = [None] * len(COLUMN_KEYS)
        live = self._live_figures(column)
        if self._live.get(column) != live:
            self._live[column] = live
            for place in MOVING:
                known[place] = None
        cells = []
        for place in places:
            cell = known[place]
            if cell is None:
                write = self._writers[place]
                cell = (count(rank, 5, glyphs=self._glyphs), "muted") if write is None else write(column)
                if write is not None:
                    known[place] = cell
            cells.append(cell)
        return cells

    def _live_figures(self, column: int) -> tuple[float, ...]:
        """All that the moving cells of a name are made of.

        The price alone would not do: all Boards of a desk share it, and one that was made while it moved learns of it
        a little later.
        """
        board = self.board
        return (
            board.book.price[column], board.short_interest[column], board.new_short_30d[column], board.profit[column],
            board.profit_today[column], board.tier_codes[column], board.is_stale[column],
        )  # fmt: skip

    def _held(self, column: int, value: float) -> Figure:
        """What can only be said of a position that is still there."""
        return Absence.NOT_APPLICABLE if self._has_ended[column] else value

    def _symbol(self, column: int) -> Cell:
        symbol, style = str(self.board.market.symbols[column]), "title"
        threshold = self.board.market.threshold
        if threshold is not None and threshold.is_listed[column]:
            # Its shorts may be bought in by force.
            symbol, style = symbol + ("!" if self._glyphs.is_ascii else "‡"), "warning"
        if self._has_ended[column]:
            # In front of the name stands when: a long name would push the date out of its column.
            symbol, style = symbol + ("x" if self._glyphs.is_ascii else "†"), "muted"
        return fit(symbol, 6, glyphs=self._glyphs), style

    def _name(self, column: int) -> Cell:
        market = self.board.market
        name = short_name(str(market.names[column]))
        if not self._has_ended[column]:
            return name, "plain"
        ended = short_date(self._last_priced(column), 9, reference=market.last_session).strip()
        return f"{ended} {name}", "muted"

    def _last_priced(self, column: int) -> date:
        market = self.board.market
        day: date = market.sessions[min(int(market.last_priced[column]), len(market.sessions) - 1)].astype(date)
        return day

    def _tier(self, column: int) -> Cell:
        scheme, glyphs = self.board.scheme, self._glyphs
        tier = scheme.labels[self.board.tier_codes[column]]
        return fit(glyphs.missing if tier == scheme.unclassified else tier, 5, glyphs=glyphs), "muted"

    def _sector(self, column: int) -> Cell:
        market, glyphs = self.board.market, self._glyphs
        sector = market.sector_names[int(market.sectors[column])]
        return fit(SECTOR_WORDS.get(sector, sector) or glyphs.missing, 10, glyphs=glyphs), "muted"

    def _crowding(self, column: int) -> Cell:
        score = self._held(column, float(self.board.crowding.score[column]))
        return number(score, 6, glyphs=self._glyphs), "accent"

    def _short_interest(self, column: int) -> Cell:
        value = self._held(column, float(self.board.short_interest[column]))
        return dollars(value, 7, glyphs=self._glyphs), "plain"

    def _ratio(self, column: int) -> Cell:
        """Per cent short; a letter marks those measured otherwise than the column's title says."""
        glyphs = self._glyphs
        if self._has_ended[column]:
            return fit(glyphs.not_applicable, 5, "right", glyphs) + " ", "plain"
        of_float = float(self.board.short_float_ratio[column])
        has_float = math.isfinite(of_float)
        ratio = of_float if has_float else float(self.board.short_outstanding_ratio[column])
        letter = " " if has_float == self._is_of_float or not math.isfinite(ratio) else "f" if has_float else "s"
        return percent(ratio, 5, False, mark="", glyphs=glyphs) + letter, "plain"

    def _days_to_cover(self, column: int) -> Cell:
        value = self._held(column, float(self.board.days_to_cover[column]))
        return days(value, 5, glyphs=self._glyphs), "plain"

    def _borrow_fee(self, column: int) -> Cell:
        borrow = self.board.market.borrow
        fee = self._held(column, math.nan if borrow is None else float(borrow.fee[column]))
        return percent(fee, 5, False, mark="", glyphs=self._glyphs), "plain"

    def _new_short(self, column: int) -> Cell:
        return dollars(float(self.board.new_short_30d[column]), 8, signed=True, glyphs=self._glyphs), "plain"

    def _profit(self, column: int) -> Cell:
        profit = float(self.board.profit[column])
        return directed(profit, 9, None, self._glyphs), dollar_style(profit)

    def _profit_ratio(self, column: int) -> Cell:
        board = self.board
        average = float(board.short_interest_total[column]) / (board.window.length + 1)
        ratio = float(board.profit[column]) / average if average else math.nan
        return percent(ratio, 7, glyphs=self._glyphs), style_of(ratio)

    def _profit_today(self, column: int) -> Cell:
        board = self.board
        # Without a price today nothing is known of today, which the totals count as nothing.
        today = self._held(column, math.nan if board.is_stale[column] else float(board.profit_today[column]))
        return dollars(today, 8, signed=True, glyphs=self._glyphs), dollar_style(today)

    def _price(self, column: int) -> Cell:
        text = price(float(self.board.book.price[column]), 9, glyphs=self._glyphs)
        if self._has_ended[column]:
            return text, "muted"
        if self.board.is_stale[column]:
            return stale(text, STALE_LETTER), "stale"
        return text, "plain"

    def _short_trend(self, column: int) -> Cell:
        """Shares short at the last settlements, a gap where the name was not reported."""
        positions = self.board.book.positions
        reported = [
            float(positions.shares[knot, column]) if positions.is_reported[knot, column] else math.nan
            for knot in self._settled
        ]
        return sparkline(reported, SPARK_POINTS, self._glyphs), "muted"

    def _price_trend(self, column: int) -> Cell:
        return sparkline(self._prices(column), SPARK_POINTS, self._glyphs), "accent"

    def _prices(self, column: int) -> list[float]:
        """Closes along the window while the name had any; the last one live."""
        market = self.board.market
        last = int(market.last_priced[column])
        closes = self._closes.get(column)
        if closes is None:
            if len(self._closes) >= MOST_KNOWN:
                self._closes.clear()
            first = int(market.first_priced[column])
            closes = self._closes[column] = [
                float(market.close[row, column]) if first <= row <= last else math.nan for row in self._price_rows
            ]
        if len(self._price_rows) and self._price_rows[-1] == last == len(market.sessions) - 1:
            return [*closes[:-1], float(self.board.book.price[column])]
        return closes

    def _market_cap(self, column: int) -> Cell:
        cap = float(self.board.market.counted_shares[column]) * float(self.board.book.price[column])
        return dollars(cap, 7, glyphs=self._glyphs), "plain"

    def _short_interest_change(self, column: int) -> Cell:
        return percent(self._held(column, float(self._change[column])), 7, glyphs=self._glyphs), "plain"

    def _exchange(self, column: int) -> Cell:
        return fit(str(self.board.market.exchanges[column]).upper(), 6, glyphs=self._glyphs), "muted"

    def _factors(self, column: int) -> Cell:
        """The four factors of crowding as levels, in their order; what is missing drops out of the score."""
        levels = [float(level) for level in self.board.crowding.factors[:, column]]
        missing = self._glyphs.missing
        drawn = [
            sparkline([level], 1, self._glyphs, low=0, high=10) if math.isfinite(level) else missing for level in levels
        ]
        return "".join(drawn).ljust(7), "muted"
