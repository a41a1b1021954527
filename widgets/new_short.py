"""The panel of new short dollars of the last 30 days by cap tier, as bars to both sides of zero."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from textual.reactive import reactive

from shortside.datasets import Dataset
from widgets.figure_rows import SUM_DECIMALS
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, in_unit, money, short_date
from widgets.formula import S3_DEFINITION, Formula
from widgets.lines import Line, fit_line
from widgets.list_panel import Entry, ListPanel, NamesChosen
from widgets.panel import Trouble
from widgets.panel_description import PanelDescription
from widgets.sparkline import diverging_bar
from widgets.tier_profit import tier_rows, tier_words, tiers_in

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow, TierTable

LABEL_WIDTH, FIGURE_WIDTH = 7, 7
MOST_BAR_CELLS, LEAST_BAR_CELLS = 49, 7
# label, figure and prior, each followed by a gap, and a margin at either side
CELLS_BESIDE_BARS = 2 + LABEL_WIDTH + 1 + 1 + FIGURE_WIDTH + 1 + FIGURE_WIDTH
CELLS_OF_CYCLES = 2 * (1 + FIGURE_WIDTH)
"""Cells that the figures of both settlement cycles take beside the bars."""
LEAST_BAR_CELLS_BESIDE_CYCLES = 15
"""Cells of a bar from which on there is room for both cycles."""


class _SideColumn(NamedTuple):
    """A column beside the 30 days."""

    title: str
    value: Callable[[GroupRow], float]


PRIOR_30_DAYS_COLUMN = _SideColumn("prior", lambda row: row.new_short_prior_30d)
CYCLE_COLUMN = _SideColumn("cycle", lambda row: row.new_short_cycle)
PRIOR_CYCLE_COLUMN = _SideColumn("before", lambda row: row.new_short_prior_cycle)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSpan:
    """Which settlements the shares short of a window come from."""

    first: date | None
    """The settlement at or before the window's start; None where none is known from so far back."""
    last: date | None
    """The newest settlement the window's last figure rests on; None where there is none at all."""
    is_held: bool
    """Whether the window ends after it, so that its figure is held: no newer one is known."""
    knowledge: str
    """`as revised` or `as known`."""
    cycle: tuple[date, date] | None = None
    """The last two settlements known by the window's end; None where there are no two."""

    @property
    def words(self) -> str:
        """The settlements in words, for the panel: `cycles 31 Jul → 31 Aug, as revised`."""
        if self.last is None:
            return f"no settlement known, {self.knowledge}"
        until = short_date(self.last, 6).strip()
        since = "?" if self.first is None else short_date(self.first, 6).strip()
        return f"cycles {since} → {until}, {self.knowledge}"

    @property
    def cycle_words(self) -> str:
        """The days of the newest cycle, and that its end is all that is known of the days after; empty without one."""
        if self.cycle is None:
            return ""
        since, until = (short_date(day, 6).strip() for day in self.cycle)
        return f"cycle {since} → {until}{', then held' if self.is_held else ''}"

    def title(self, unit: str) -> str:
        """The title of the 30 days, with the last settlement where its figure is held: `New short $B, 30 d to …`."""
        until = f" to {short_date(self.last, 6).strip()}" if self.is_held and self.last is not None else ""
        return f"New short ${unit}, 30 d{until}"


def settlement_span(board: Board) -> SettlementSpan:
    """The settlements behind the 30 days of a board."""
    # Imported late: the first paint of the screen must not wait for numpy.
    import numpy as np

    from shortside.positions import settlement_date_of

    positions, window = board.book.positions, board.window_30d
    knowledge = board.view.knowledge.words
    count = len(positions.knots)
    first = positions.interval(window.start)
    last = positions.interval(window.end)
    if positions.progress(window.end) > 0:
        last += 1

    def day(knot: int) -> date | None:
        return settlement_date_of(board.market, positions, knot) if 0 <= knot < count else None

    newest = int(np.searchsorted(positions.knots, len(board.market.sessions))) - 1
    ends = day(newest - 1), day(newest)
    return SettlementSpan(
        first=day(first),
        last=day(last),
        is_held=count > 0 and positions.is_held(window.end),
        knowledge=knowledge,
        cycle=None if ends[0] is None or ends[1] is None else (ends[0], ends[1]),
    )


def new_short_lines(
    table: TierTable,
    span: SettlementSpan,
    width: int,
    height: int,
    *,
    unit: str,
    is_rolled_up: bool = False,
    is_late: bool = False,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """The panel's lines: a bar per tier, its figure and that of the 30 days before, the total, the settlements.

    All bars share one scale, a round number, so that they keep their length until something outgrows it. Where the last
    of the 30 days are held, and not measured, the newest cycle stands beside them; where there is room, both cycles do.
    The settlements are told quietly, unless a newer one is overdue (`is_late`).
    """
    rows = tier_rows(table, is_rolled_up)
    figures = [row.new_short_30d for row in rows]
    columns = _columns(span, width)
    taken = CELLS_BESIDE_BARS + (CELLS_OF_CYCLES if len(columns) > 1 else 0)
    scale = round_scale(max((abs(figure) for figure in figures), default=0.0))
    sides = bar_sides(figures, min(MOST_BAR_CELLS, width - taken))
    lines = [_header(width, sides, columns, glyphs)]
    lines += [_row(row, columns, unit, scale, width, sides, glyphs) for row in rows]
    said = _cycle_said(span, width)
    spare = _spare_lines(rows, span, width, height)
    if spare >= 1:
        sign = "-" if glyphs.is_ascii else "─"
        lines.append(
            fit_line(
                [(" ", "plain"), (sign * min(max(width - 2, 0), taken - 2 + sum(sides) + any(sides)), "shade")],
                width,
                glyphs,
            )
        )
    lines.append(_row(table.total, columns, unit, None, width, sides, glyphs))
    if spare >= 2:
        lines.append(fit_line([], width, glyphs))
    style = "accent" if is_late else "muted"
    lines.append(_words_line(span.words, style, width, glyphs))
    if said:
        lines.append(_words_line(said, style, width, glyphs))
    return lines


def _cycle_said(span: SettlementSpan, width: int) -> str:
    return span.cycle_words if CYCLE_COLUMN in _columns(span, width) else ""


def _spare_lines(rows: Sequence[GroupRow], span: SettlementSpan, width: int, height: int) -> int:
    """Lines left over by the header, the tiers, the total and the settlements."""
    return height - len(rows) - 3 - bool(_cycle_said(span, width))


def _columns(span: SettlementSpan, width: int) -> tuple[_SideColumn, ...]:
    """What stands beside the 30 days."""
    if span.cycle is None:
        return (PRIOR_30_DAYS_COLUMN,)
    if width >= CELLS_BESIDE_BARS + CELLS_OF_CYCLES + LEAST_BAR_CELLS_BESIDE_CYCLES:
        return PRIOR_30_DAYS_COLUMN, CYCLE_COLUMN, PRIOR_CYCLE_COLUMN
    return (CYCLE_COLUMN,) if span.is_held else (PRIOR_30_DAYS_COLUMN,)


def round_scale(largest: float) -> float:
    """The least round number (1, 1.5, 2, 3, 5, 7 times a power of ten) not below a figure, at least 1."""
    if not largest > 1 or not math.isfinite(largest):
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 1.5, 2, 3, 5, 7, 10, 15) if step * power >= largest)


def bar_sides(figures: Sequence[float], cells: int) -> tuple[int, int]:
    """How many cells bars get at the left of the axis (covering) and at the right (shorting).

    Half each, unless one side has hardly anything to show: it then keeps a fifth. There are but these three
    places for the axis, so that it moves only when the market turns.
    """
    if cells < LEAST_BAR_CELLS:
        return 0, 0
    covering = max((-figure for figure in figures), default=0.0)
    shorting = max(figures, default=0.0)
    small = max(1, (cells - 1) // 5)
    if max(covering, 0.0) <= shorting * small / (cells - 1 - small):
        return small, cells - 1 - small
    if max(shorting, 0.0) <= covering * small / (cells - 1 - small):
        return cells - 1 - small, small
    return (cells - 1) // 2, cells - 1 - (cells - 1) // 2


def bar(value: float, scale: float, sides: tuple[int, int], glyphs: Glyphs) -> str:
    """A diverging bar whose scale fills the longer side."""
    longer = max(sides)
    drawn = diverging_bar(value, scale, longer, glyphs)
    return drawn[longer - sides[0] : longer + 1 + sides[1]]


def _header(width: int, sides: tuple[int, int], columns: Sequence[_SideColumn], glyphs: Glyphs) -> Line:
    left, right = ("<", ">") if glyphs.is_ascii else ("◂", "▸")
    line: Line = [(" " * (LABEL_WIDTH + 2), "header")]
    if any(sides):
        # The zero stands over the axis; the words at its sides are shortened until they fit.
        room = LABEL_WIDTH + 2 + sides[0]
        before = next(one for one in (f"covering {left} ", f"cover {left} ", f"{left} ", "") if len(one) <= room)
        after = next(one for one in (f" {right} shorting", f" {right} short", f" {right}", "") if len(one) <= sides[1])
        line = [(before.rjust(room) + "0" + after.ljust(sides[1]), "header"), (" ", "header")]
    line.append(("30 d".rjust(FIGURE_WIDTH), "header"))
    for column in columns:
        line += [(" ", "header"), (column.title.rjust(FIGURE_WIDTH), "header")]
    return fit_line(line, width, glyphs)


def _row(
    row: GroupRow,
    columns: Sequence[_SideColumn],
    unit: str,
    scale: float | None,
    width: int,
    sides: tuple[int, int],
    glyphs: Glyphs,
) -> Line:
    """A tier's line; the total, which would dwarf the others, has no bar."""
    style = "total" if scale is None else "plain"
    label = fit(tier_words(row.label, LABEL_WIDTH), LABEL_WIDTH, glyphs=glyphs)
    line: Line = [(" ", "plain"), (label, style), (" ", "plain")]
    if any(sides):
        drawn = " " * (sum(sides) + 1) if scale is None else bar(row.new_short_30d, scale, sides, glyphs)
        line += [(drawn, "accent"), (" ", "plain")]
    line.append((in_unit(row.new_short_30d, FIGURE_WIDTH, unit, True, decimals=SUM_DECIMALS, glyphs=glyphs), style))
    for column in columns:
        figure = in_unit(column.value(row), FIGURE_WIDTH, unit, True, decimals=SUM_DECIMALS, glyphs=glyphs)
        line += [(" ", "plain"), (figure, style if column is CYCLE_COLUMN else "muted")]
    return fit_line(line, width, glyphs)


def _words_line(text: str, style: str, width: int, glyphs: Glyphs) -> Line:
    text = text.replace("→", "to") if glyphs.is_ascii else text
    # Dates are not cut in half: what explains them goes first.
    wordings = (text, re.split("[,:]", text)[0], "")
    fits = next((one for one in wordings if len(one) + 1 < width), "")
    return fit_line([(" ", "plain"), (fits, style)], width, glyphs)


def _worked_example(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    """The sums of both spans of 30 days, with their days."""
    from shortside.rows import tier_table
    from widgets.figures import full_day

    total = tier_table(board, with_trends=False).total
    spans = ((board.window_30d, total.new_short_30d), (board.window_prior, total.new_short_prior_30d))
    return tuple(
        f"{full_day(window.start_date)} to {full_day(window.end_date)}: {money(amount, glyphs)}"
        for window, amount in spans
    )


class NewShortPanel(ListPanel):
    """New short dollars of 30 days by cap tier; each opens its names."""

    description = PanelDescription(
        id="new-short",
        title="New short $, 30 d",
        formula=Formula(
            title="New short dollars, 30 days",
            formula="Σ names Σ days (Q(t) − Q(t−1)) · P(t)",
            words="Right of the axis is shorting, left is covering. Beside it the 30 days before. After the last "
            "known settlement shares are held, so those days add nothing until the next one is published.",
            source=S3_DEFINITION,
        ),
        worked_example=_worked_example,
        rests_on=(Dataset.SHORT_INTEREST, Dataset.PRICES, Dataset.QUOTES, Dataset.SHARES_OUTSTANDING),
    )

    kept_lines = 1
    is_rolled_up: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether S3's three groups stand for the tiers."""
    _shown: tuple[TierTable, SettlementSpan] | None = None
    _unit = ""
    _is_late = False

    def show(self, board: Board) -> int:
        """Show a board's tiers; returns how many regions are repainted."""
        from shortside.rows import tier_table

        span = settlement_span(board)
        self._shown, self._unit = (tier_table(board, with_trends=False), span), board.units.sums
        self.title = span.title(self._unit)
        return self.redraw()

    def watch_is_rolled_up(self) -> None:
        self.redraw()

    def entries_at(self, width: int, height: int) -> list[Entry]:
        if self._shown is None:
            return []
        table, span = self._shown
        rows = tier_rows(table, self.is_rolled_up)
        under_rule = 1 if _spare_lines(rows, span, width, height) >= 1 else 0
        return [
            *(Entry(row.label, y) for y, row in enumerate(rows, 1)),
            Entry(table.total.label, len(rows) + 1 + under_rule),
        ]

    def choose(self, key: str) -> None:
        self.post_message(NamesChosen(self, key, tiers_in(key)))

    def list_lines(self, width: int, height: int) -> list[Line]:
        if self._shown is None:
            return []
        table, span = self._shown
        return new_short_lines(
            table,
            span,
            width,
            height,
            unit=self._unit,
            is_rolled_up=self.is_rolled_up,
            is_late=self._is_late,
            glyphs=self.glyphs,
        )

    def show_trouble(self, trouble: Trouble | None) -> None:
        """Say in the border what is wrong with the data, and lift the settlements where a newer one is overdue."""
        super().show_trouble(trouble)
        is_late = trouble is not None and trouble.dataset is Dataset.SHORT_INTEREST
        if is_late != self._is_late:
            self._is_late = is_late
            self.redraw()
