"""Writes the cells of one name in the table of names that need more than a line of `widgets.name_columns`."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from shortside.arrays.ranked_values import distinct
from shortside.board import Board
from shortside.listings import Floats, Indexes
from shortside.name_figures import is_mostly_of_float, price_at_start, settled_knots, short_interest_change
from widgets.figure_rows import dollar_style, gain_style
from widgets.format import (
    Figure,
    Glyphs,
    NoFigure,
    days,
    fit,
    in_unit,
    percent,
    price,
    short_date,
    width_of,
    with_age_letter,
)
from widgets.sparkline import MOST_TREND_WIDTH, TREND_WIDTH, Sparkline, level_sign
from widgets.tick_table import Cell
from widgets.trend_scale import common_bound

MOST_NAMES_WITH_CLOSES: Final = 512
"""For how many names the closes along the window are kept."""
PRICE_POINTS: Final = 2 * MOST_TREND_WIDTH - 1
"""Closes along the window that are drawn: two a cell in the widest line."""
SYMBOL_WIDTH: Final = 6
"""Cells of the column of symbols: five letters and a sign."""
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


class NameWriter:
    """Writes the cells of a board's names; a name is given by its column of the board's vectors.

    Args:
        board: whose figures; it may tick.
        glyphs: the signs to draw with.
    """

    def __init__(self, board: Board, glyphs: Glyphs) -> None:
        self.board: Board = board
        self.glyphs: Glyphs = glyphs
        """The signs the cells are drawn with."""
        self._closes: dict[int, list[float]] = {}
        self._is_of_float = is_mostly_of_float(board)
        self._has_ended = board.market.has_ended
        self._settled = settled_knots(board)[-MOST_TREND_WIDTH:]
        points = np.linspace(board.window.start, board.window.end, PRICE_POINTS)
        self._price_rows: Indexes = distinct(np.round(points).astype(np.int64))

    @cached_property
    def _settled_change(self) -> Floats:
        return short_interest_change(self.board)

    @cached_property
    def _fee_changes(self) -> Mapping[str, Floats]:
        board = self.board
        return {"fee_change_1d": board.fee_change_1d, "fee_change_1w": board.fee_change_1w}

    def net_profit(self, column: int) -> Cell:
        """P&L of the days whose borrow fee is known, less what the borrow cost on them."""
        net = float(self.board.net_profit_of(np.array([column]))[0])
        return self.amount(net, 10, True), "plain" if math.isnan(net) else "gain" if net > 0 else "loss"

    @cached_property
    def _start_price(self) -> Floats:
        return price_at_start(self.board)

    def of(self, vector: Floats, column: int) -> float:
        """A name's figure in one of the Board's vectors."""
        return float(vector[column])

    def held(self, vector: Floats, column: int) -> Figure:
        """A figure of a position, which does not apply to a name that stopped trading: there is none left."""
        return self._held(column, float(vector[column]))

    def _held(self, column: int, value: float) -> Figure:
        return NoFigure.NOT_APPLICABLE if self._has_ended[column] else value

    def amount(self, value: Figure, width: int, signed: bool = False, decimals: int = 1) -> str:
        """Dollars of a name in the unit that the title of the column names."""
        return in_unit(value, width, self.board.units.names, signed, decimals=decimals, glyphs=self.glyphs)

    def symbol(self, column: int) -> Cell:
        """The ticker, with signs: in doubt, its shorts may be bought in by force, it stopped trading.

        A long ticker has room for one sign only, and the first of them is that of a doubt: money may not be there.
        """
        symbol, style, signs = str(self.board.market.symbols[column]), "title", ""
        threshold = self.board.market.threshold
        if threshold is not None and threshold.is_listed[column]:
            # Its shorts may be bought in by force.
            signs, style = "!" if self.glyphs.is_ascii else "‡", "warning"
        if self._has_ended[column]:
            # In front of the name stands when: a long name would push the date out of its column.
            signs, style = signs + ("x" if self.glyphs.is_ascii else "†"), "muted"
        if column in self.board.doubt_words:
            signs, style = "?" + signs, "warning"
        return fit(symbol + signs[: max(SYMBOL_WIDTH - width_of(symbol), 0)], SYMBOL_WIDTH, glyphs=self.glyphs), style

    def name(self, column: int) -> Cell:
        """The company's name; where it stopped trading, after its last day."""
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

    def tier(self, column: int) -> Cell:
        """The name's tier by market cap."""
        scheme, glyphs = self.board.scheme, self.glyphs
        tier = scheme.labels[self.board.tier_codes[column]]
        return fit(glyphs.missing if tier == scheme.unclassified else tier, 5, glyphs=glyphs), "muted"

    def sector(self, column: int) -> Cell:
        """The name's sector, shortened to its column."""
        market, glyphs = self.board.market, self.glyphs
        sector = market.sector_names[int(market.sectors[column])]
        return fit(SECTOR_WORDS.get(sector, sector) or glyphs.missing, 10, glyphs=glyphs), "muted"

    def short_ratio(self, column: int) -> Cell:
        """Per cent short; a letter marks those measured otherwise than the column's title says."""
        glyphs = self.glyphs
        if self._has_ended[column]:
            return fit(glyphs.not_applicable, 5, "right", glyphs) + " ", "plain"
        of_float = float(self.board.short_float_ratio[column])
        has_float = math.isfinite(of_float)
        ratio = of_float if has_float else float(self.board.short_outstanding_ratio[column])
        letter = " " if has_float == self._is_of_float or not math.isfinite(ratio) else "f" if has_float else "s"
        return percent(ratio, 5, False, mark="", glyphs=glyphs) + letter, "plain"

    def days_to_cover(self, column: int) -> Cell:
        """Days to cover; `c` marks those over FINRA's volume of the cycle, where our own is not known."""
        value = self.held(self.board.days_to_cover, column)
        is_marked = self.board.market.is_volume_of_cycle[column] and isinstance(value, float) and math.isfinite(value)
        return days(value, 4, glyphs=self.glyphs) + ("c" if is_marked else " "), "plain"

    def borrow_fee(self, column: int) -> Cell:
        """The annual fee in per cent."""
        borrow = self.board.market.borrow
        fee = self._held(column, math.nan if borrow is None else float(borrow.fee[column]))
        return percent(fee, 5, False, mark="", glyphs=self.glyphs), "plain"

    def fee_change(self, key: str, column: int) -> Cell:
        """What the annual fee changed by, in points of a per cent, as the Board's figure of that name has it."""
        change = self._held(column, float(self._fee_changes[key][column]))
        return percent(change, 6, mark="", glyphs=self.glyphs), "plain"

    def profit(self, column: int) -> Cell:
        """P&L of the window: its sign and colour say which way, an arrow would be read as that of the figure before."""
        profit = float(self.board.profit[column])
        return self.amount(profit, 9, True).rjust(10), dollar_style(profit)

    def profit_ratio(self, column: int) -> Cell:
        """P&L over average short interest."""
        board = self.board
        average = float(board.short_interest_total[column]) / (board.window.length + 1)
        ratio = float(board.profit[column]) / average if average else math.nan
        return percent(ratio, 7, mark="", glyphs=self.glyphs), gain_style(ratio)

    def profit_today(self, column: int) -> Cell:
        """P&L of the last session; unknown where it brought no price."""
        board = self.board
        # Without a price today nothing is known of today, which the totals count as nothing.
        today = self._held(column, math.nan if board.is_stale[column] else float(board.profit_today[column]))
        return self.amount(today, 8, True), dollar_style(today)

    def price_change_today(self, column: int) -> Cell:
        """Per cent the price moved since the close before; unknown without that close, or without a price today."""
        board, market = self.board, self.board.market
        is_unknown = not market.is_today_known or market.lacks_close_before[column] or board.is_stale[column]
        before = math.nan if is_unknown or len(market.sessions) < 2 else float(market.close[-2, column])
        return self._change(float(board.book.price[column]), before)

    def price_change(self, column: int) -> Cell:
        """Per cent the price moved in the window."""
        market, end = self.board.market, self.board.window.end
        is_live = end == len(market.sessions) - 1
        now = float(self.board.book.price[column] if is_live else market.close[end, column])
        return self._change(now, float(self._start_price[column]), 7)

    def _change(self, now: float, before: float, width: int = 6) -> Cell:
        """Plain, not green or red: those say whether the shorts gained."""
        change = now / before - 1 if before > 0 else math.nan
        return percent(change, width, mark="", glyphs=self.glyphs), "plain"

    def price(self, column: int) -> Cell:
        """The last price; a letter says that it is not of the last session."""
        text = price(float(self.board.book.price[column]), 9, glyphs=self.glyphs)
        if self._has_ended[column]:
            return text, "muted"
        if self.board.is_stale[column]:
            return with_age_letter(text, STALE_LETTER), "stale"
        return text, "plain"

    def short_trend(self, column: int) -> Cell:
        """Shares short at the last settlements as a line, with a gap where the name was not reported."""
        positions = self.board.book.positions
        reported = [
            float(positions.shares[knot, column]) if positions.is_reported[knot, column] else math.nan
            for knot in self._settled
        ]
        bounds = self._bounds(reported, self.short_bound)
        return Sparkline(reported, TREND_WIDTH, self.glyphs, has_cell_each=True, bounds=bounds), "muted"

    def price_trend(self, column: int) -> Cell:
        """The price along the window as a sparkline."""
        prices = self._prices(column)
        bounds = self._bounds(prices, self.price_bound)
        return Sparkline(prices, TREND_WIDTH, self.glyphs, bounds=bounds), "accent"

    @cached_property
    def short_bound(self) -> float:
        """How far from its oldest figure a line of shares short may go on the common scale, as a fraction."""
        if not self.glyphs.has_common_scale:
            return math.nan
        positions, held = self.board.book.positions, self.board.was_held
        shares = np.where(positions.is_reported[self._settled], positions.shares[self._settled], np.nan)
        return common_bound(shares[:, held])

    @cached_property
    def price_bound(self) -> float:
        """How far from its oldest close a line of prices may go on the common scale, as a fraction."""
        if not self.glyphs.has_common_scale:
            return math.nan
        return common_bound(self.board.market.close[self._price_rows][:, self.board.was_held])

    def _bounds(self, series: list[float], bound: float) -> tuple[float, float] | None:
        """The ends of the common scale around a series' oldest figure; None where each has a scale of its own."""
        oldest = next((figure for figure in series if math.isfinite(figure)), math.nan)
        if not self.glyphs.has_common_scale or not oldest > 0:
            return None
        return oldest * (1 - bound), oldest * (1 + bound)

    def _prices(self, column: int) -> list[float]:
        """Closes along the window while the name had any; the last one live."""
        market = self.board.market
        last = int(market.last_priced[column])
        closes = self._closes.get(column)
        if closes is None:
            if len(self._closes) >= MOST_NAMES_WITH_CLOSES:
                self._closes.clear()
            first = int(market.first_priced[column])
            closes = self._closes[column] = [
                float(market.close[row, column]) if first <= row <= last else math.nan for row in self._price_rows
            ]
        if len(self._price_rows) and self._price_rows[-1] == last == len(market.sessions) - 1:
            return [*closes[:-1], float(self.board.book.price[column])]
        return closes

    def market_cap(self, column: int) -> Cell:
        """What all shares are worth at the last price."""
        cap = float(self.board.market.counted_shares[column]) * float(self.board.book.price[column])
        return self.amount(cap, 9, decimals=0), "plain"

    def short_interest_change(self, column: int) -> Cell:
        """Shares short against the settlement before."""
        return percent(self._held(column, float(self._settled_change[column])), 8, mark="", glyphs=self.glyphs), "plain"

    def factors(self, column: int) -> Cell:
        """The four factors of crowding as bars side by side, in their order; what is missing drops out of the score."""
        levels = self.board.crowding.factors[:, column]
        return " ".join(level_sign(float(level), 0, 10, self.glyphs) for level in levels), "muted"
