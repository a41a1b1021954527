"""The panel of short P&L by cap tier, with the identity that proves the sums."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.reactive import reactive

from shortside.datasets import Dataset
from shortside.named_windows import window_title
from shortside.words.group_words import tier_word
from widgets.columns import TableColumn
from widgets.figure_rows import RowCell, dollar_style, gain_style, profit_cell, row_lines, sum_cell, worth_cell
from widgets.format import GLYPHS_UNICODE, Glyphs, NoFigure, count, dollars, fit, money, percent
from widgets.formula import S3_DEFINITION, Formula
from widgets.lines import Line, fit_line
from widgets.list_panel import Entry, ListPanel, NamesChosen
from widgets.panel_description import PanelDescription
from widgets.reconciliation import reconciliation_lines
from widgets.sparkline import sparkline

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.rows import GroupRow, TierTable
    from shortside.windows import Window

COLUMNS = (
    TableColumn(key="tier", title="tier", width=7, align="left", priority=0),
    TableColumn(key="bound", title="cap", width=5, priority=10),
    TableColumn(key="names", title="names", width=5, priority=7),
    TableColumn(key="average", title="avg SI", width=6, priority=3),
    TableColumn(key="profit", title="P&L", width=9, max_width=10, priority=1),
    TableColumn(key="band", title="±", width=4, max_width=5, priority=9),
    TableColumn(key="ratio", title="P&L %", width=6, max_width=7, priority=2),
    TableColumn(key="today", title="today", width=6, priority=4),
    TableColumn(key="share", title="% SI", width=5, max_width=6, priority=8),
    TableColumn(key="migration", title="migr", width=7, priority=6),
    TableColumn(key="trend", title="trend", width=8, align="left", min_width=6, max_width=24, priority=5),
)
GROUP_COLUMN = TableColumn(key="tier", title="tiers", width=12, align="left", min_width=7, max_width=19, priority=0)
"""The column in place of tier and cap for S3's groups, which have long names and no bound of their own."""
NEW_SHORT_COLUMN = TableColumn(key="new_short", title="new 30d", width=7, priority=3)
ALL_COLUMN_KEYS = tuple(column.key for column in (*COLUMNS, NEW_SHORT_COLUMN))
UNIT_WORDS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}


def tier_rows(table: TierTable, is_rolled_up: bool) -> tuple[GroupRow, ...]:
    """The rows of the panel: the tiers or S3's three groups, and the unclassified."""
    return table.rollup if is_rolled_up else table.rows


def tier_words(label: str, width: int = 99) -> str:
    """A row's label for the screen: `mega & large`, where it is narrow `mega+`; `unknown` for the unclassified."""
    parts = ("all" if label == "total" else tier_word(label)).split("+")
    full = " & ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
    if len(full) <= width or len(parts) == 1:
        return full
    joined = "+".join(parts)
    return joined if len(joined) <= width else f"{parts[0]}+"


def tiers_in(label: str) -> frozenset[str]:
    """The tiers a row stands for; none for the total, which leaves nothing out."""
    return frozenset() if label == "total" else frozenset(label.split("+"))


def tier_profit_lines(
    table: TierTable,
    window: Window,
    width: int,
    height: int,
    *,
    unit: str,
    is_rolled_up: bool = False,
    has_new_short: bool = False,
    cursor: int | None = None,
    chosen: Collection[str] = (),
    listed: GroupRow | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """The panel's lines: a row per tier, the total, and the identity of the total or of the row under the cursor.

    Args:
        table: the figures.
        window: whose days the identity names.
        width: terminal cells of each line.
        height: lines there is room for; the rule goes first, then the space above the identity.
        unit: that of all dollars, which the panel's title names.
        is_rolled_up: whether S3's three groups stand for the tiers.
        has_new_short: whether new short dollars of 30 days are the last column, where they have no panel beside.
        cursor: the row under the cursor, the total last; None for none.
        chosen: the tiers the names are filtered by.
        listed: an own list, below the total where the space above the identity leaves room for it; None for none.
        glyphs: the signs to draw with.
    """
    rows = tier_rows(table, is_rolled_up)
    columns = _columns(is_rolled_up, has_new_short, glyphs)
    bounds = [_bound(table.rows, place, glyphs) if not is_rolled_up else "" for place in range(len(rows))]
    spare = height - len(rows) - 3  # header, total and identity
    lines = row_lines(
        columns,
        [_cells(row, bound, unit, columns, glyphs) for row, bound in zip(rows, bounds, strict=True)],
        width,
        total=_cells(table.total, "", unit, columns, glyphs),
        has_rule=spare >= 1,
        cursor=cursor,
        marked=[place for place, row in enumerate(rows) if chosen and tiers_in(row.label) <= set(chosen)],
        glyphs=glyphs,
    )
    if spare >= 2 and listed is not None:
        lines.append(row_lines(columns, [_listed_cells(listed, columns, glyphs)], width, glyphs=glyphs)[1])
        spare -= 1
    identity = _identity(table, rows, window, width, max(spare, 1), cursor, glyphs)
    if spare > len(identity):
        lines.append(fit_line([], width, glyphs))
    return [*lines, *identity]


def _identity(
    table: TierTable,
    rows: Sequence[GroupRow],
    window: Window,
    width: int,
    room: int,
    cursor: int | None,
    glyphs: Glyphs,
) -> list[Line]:
    identity, label = table.reconciliation, ""
    if cursor is not None and cursor < len(rows):
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import reconciliation_of

        identity, label = reconciliation_of(rows[cursor]), tier_words(rows[cursor].label)
    days = window.start_date, window.end_date
    lines = reconciliation_lines(identity, *days, width - 2, room, label=label, glyphs=glyphs)
    return [fit_line([(" ", "plain"), *line], width, glyphs) for line in lines]


def _columns(is_rolled_up: bool, has_new_short: bool, glyphs: Glyphs) -> list[TableColumn]:
    first = (GROUP_COLUMN,) if is_rolled_up else COLUMNS[:2]
    columns = [*first, *COLUMNS[2:], *((NEW_SHORT_COLUMN,) if has_new_short else ())]
    return [replace(column, title="+-") if glyphs.is_ascii and column.key == "band" else column for column in columns]


def _cells(row: GroupRow, bound: str, unit: str, columns: Sequence[TableColumn], glyphs: Glyphs) -> list[RowCell]:
    cells = dict(zip(ALL_COLUMN_KEYS, _every_cell(row, bound, unit, glyphs), strict=True))
    return [cells[column.key] for column in columns]


def _listed_cells(row: GroupRow, columns: Sequence[TableColumn], glyphs: Glyphs) -> list[RowCell]:
    """The cells of an own list, whose dollars bear letters: they may be too few for the unit of the tiers."""
    cells = dict(zip(ALL_COLUMN_KEYS, _every_cell(row, "", "", glyphs), strict=True))
    cells["tier"] = (lambda width: fit(row.label, width, glyphs=glyphs), "accent")
    signed = {"profit": row.profit, "today": row.profit_today, "new_short": row.new_short_30d}
    for key, value in ({"average": row.average_short_interest, "band": row.band} | signed).items():
        cells[key] = _with_letter(value, key in signed, cells[key][1], glyphs)
    cells["migration"] = (lambda width: " " * width, "plain")
    return [cells[column.key] for column in columns]


def _with_letter(value: float, is_signed: bool, style: str, glyphs: Glyphs) -> RowCell:
    return lambda width: dollars(value, width, is_signed, glyphs=glyphs), style


def _every_cell(row: GroupRow, bound: str, unit: str, glyphs: Glyphs) -> list[RowCell]:
    # A tier without names has no rate of return: the question does not arise.
    ratio = row.profit_ratio if row.names else NoFigure.NOT_APPLICABLE
    trend = row.trend if row.names else ()
    return [
        (lambda width: fit(tier_words(row.label, width), width, glyphs=glyphs), "plain"),
        (bound.rjust, "muted"),
        (lambda width: count(row.names, width, glyphs=glyphs), "plain"),
        worth_cell(row.average_short_interest, unit, "plain", glyphs),
        profit_cell(row.profit, unit, glyphs=glyphs),
        worth_cell(row.band, unit, "muted", glyphs),
        (lambda width: percent(ratio, width, mark="", glyphs=glyphs), gain_style(ratio)),
        sum_cell(row.profit_today, unit, dollar_style(row.profit_today), glyphs),
        (lambda width: percent(row.share_of_short_interest, width, False, mark="", glyphs=glyphs), "plain"),
        sum_cell(row.migration, unit, "muted", glyphs),
        (lambda width: sparkline(trend, width, glyphs), "accent"),
        sum_cell(row.new_short_30d, unit, "plain", glyphs),
    ]


def _bound(rows: Sequence[GroupRow], place: int, glyphs: Glyphs) -> str:
    """A tier's least cap; the smallest tier has none, and is known by what it lies below."""
    bound = rows[place].lower_bound
    if bound is None:
        return ""
    if bound:
        return (">" if glyphs.is_ascii else "≥") + _cap(bound)
    above = rows[place - 1].lower_bound if place else None
    return f"<{_cap(above)}" if above else ""


def _cap(bound: float) -> str:
    unit = max((unit for unit, size in UNIT_WORDS.items() if bound >= size), key=UNIT_WORDS.__getitem__, default="")
    return f"{bound / UNIT_WORDS.get(unit, 1.0):.3g}{unit}"


def panel_title(board: Board, is_rolled_up: bool, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The panel's title: what the rows are, the unit of all dollars, window and basis."""
    what = "cap group" if is_rolled_up else "cap tier"
    basis = f"tier by cap at {board.view.basis.value.upper()}"
    parts = f"Short P&L by {what}", f"${board.units.sums}", window_title(board.view.window), basis
    return f" {glyphs.separator} ".join(parts)


def _worked_example(board: Board, glyphs: Glyphs) -> tuple[str, ...]:
    """P&L of all tiers over their short interest, its band, and the identity with what is left over."""
    from shortside.rows import appeared_symbols, reconciliation_of, tier_table

    total = tier_table(board, with_trends=False).total
    sums = reconciliation_of(total)
    average = money(total.average_short_interest, glyphs, signed=False)
    ratio = percent(total.profit_ratio, 8, glyphs=glyphs).strip()
    bounds = f"{money(total.profit_low, glyphs)} to {money(total.profit_high, glyphs)}"
    start, end = money(sums.start, glyphs, signed=False), money(sums.end, glyphs, signed=False)
    verdict = "only rounding" if sums.holds else "positions that turned up" if sums.is_explained else "inputs disagree"
    lines = (
        f"P&L {money(total.profit, glyphs)} / average SI {average} = {ratio}",
        f"band {bounds}: ± {money(total.band, glyphs, signed=False)}",
        f"{start} + ({money(sums.new_short, glyphs)}) - ({money(sums.profit, glyphs)}) = {end}",
        f"left over: {sums.residual:,.2f} USD, {verdict}",
    )
    if not sums.appeared:
        return lines
    return (*lines, f"turned up without being new: {sums.appeared:,.2f} USD of {', '.join(appeared_symbols(board))}")


class TierProfitPanel(ListPanel):
    """Short P&L by cap tier; each opens its names, the total all of them."""

    description = PanelDescription(
        id="tiers",
        title="Short P&L by cap tier",
        formula=Formula(
            title="Short P&L by cap tier",
            formula="P&L = Σ names Σ days −Q(t−1) · (P(t) − P(t−1))\nP&L % = P&L / mean of SI\n± = half the band\n"
            "SI(start) + new short − P&L = SI(end)",
            words="Dollars are summed per name and day, then grouped. The tier basis changes the answer: by end, a "
            "name that fell is small because it fell; by start, tiers are those before the window; daily uses "
            "each previous close. Names without a share count have a row of their own, `unknown`, so the rows "
            "add up to the total. The last line is an identity, exact for every name, so what is left over is "
            "rounding. Anything more means that inputs disagree: a split not applied, a name that appeared or "
            "vanished.",
            source=S3_DEFINITION,
        ),
        worked_example=_worked_example,
        rests_on=(Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST, Dataset.SHARES_OUTSTANDING),
    )

    kept_lines = 1
    is_rolled_up: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether S3's three groups stand for the tiers."""
    has_new_short: reactive[bool] = reactive(False, init=False, repaint=False)
    """Whether new short dollars are a column here, for screens without their own panel."""
    chosen: reactive[frozenset[str]] = reactive(frozenset(), init=False, repaint=False)
    """The tiers the names are filtered by; empty for all."""

    listed: GroupRow | None = None
    """The own list that is shown below the total, where there is room; None for none."""
    _board: Board | None = None
    _table: TierTable | None = None

    def show(self, board: Board) -> int:
        """Show a board's tiers; returns how many regions are repainted."""
        # Imported late: the first paint of the screen must not wait for numpy.
        from shortside.rows import tier_table

        self._board, self._table = board, tier_table(board)
        self.title = panel_title(board, self.is_rolled_up, self.glyphs)
        return self.redraw()

    def forget_market(self) -> None:
        """Let go of the board whose tiers are shown."""
        self._board = self._table = self.listed = None

    def list_lines(self, width: int, height: int) -> list[Line]:
        if self._board is None or self._table is None:
            return []
        return tier_profit_lines(
            self._table,
            self._board.window,
            width,
            height,
            unit=self._board.units.sums,
            is_rolled_up=self.is_rolled_up,
            has_new_short=self.has_new_short,
            cursor=self.cursor if self.has_focus else None,
            chosen=self.chosen,
            listed=self.listed,
            glyphs=self.glyphs,
        )

    def entries_at(self, width: int, height: int) -> list[Entry]:
        if self._table is None:
            return []
        labels = [row.label for row in (*tier_rows(self._table, self.is_rolled_up), self._table.total)]
        # The total stands below its rule, where there is room for one.
        rule = 1 if height - len(labels) - 2 >= 1 else 0
        return [Entry(label, y + rule * (y == len(labels))) for y, label in enumerate(labels, 1)]

    def choose(self, key: str) -> None:
        self.post_message(NamesChosen(self, key, tiers_in(key)))

    def watch_is_rolled_up(self) -> None:
        if self._board is not None:
            self.title = panel_title(self._board, self.is_rolled_up, self.glyphs)
        self.redraw()

    def watch_has_new_short(self) -> None:
        self.redraw()

    def watch_chosen(self) -> None:
        self.redraw()
