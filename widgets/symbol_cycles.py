"""The panel of one name's settlement cycles: shares and dollars short, and what changed them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import ClassVar

from textual.binding import BindingType

from shortside.board import Board
from shortside.dollar_units import unit_and_decimals
from shortside.one_name.history import Cycle, NameHistory, name_history, shown_cycles
from widgets.columns import TableColumn
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, days, in_unit, known_figure, money, short_date
from widgets.formula import FINRA_RULE_4560, Formula
from widgets.panel_description import PanelDescription
from widgets.tick_table import Cell, StillRows, TickTable


def _figure(key: str, title: str, width: int, tooltip: str, priority: int = 0) -> TableColumn:
    """A column that may lose a cell of room on a narrow screen and gains a few on a wide one."""
    return TableColumn(
        key=key, title=title, width=width, min_width=width - 1, max_width=width + 3, priority=priority, tooltip=tooltip
    )


COLUMNS = (
    TableColumn(key="settlement", title="settled", width=9, is_pinned=True, tooltip="Settlement date"),
    TableColumn(key="published", title="publ.", width=9, min_width=6, priority=3, tooltip="Day FINRA published it"),
    _figure("shares_short", "shares", 7, "Shares short, on today's split basis"),
    _figure("change", "change", 7, "Shares, against the settlement before"),
    _figure("price_effect", "price $", 8, "What the price did to the short dollars: minus the P&L"),
    _figure("new_short", "new $", 8, "Shorting (+) and covering (−), US dollars"),
    _figure("short_interest", "SI $", 7, "Short interest at the settlement's close, US dollars"),
    TableColumn(
        key="days_to_cover", title="DTC", width=4, priority=2, tooltip="Shares short over FINRA's volume of the cycle"
    ),
    _figure("revised_from", "first", 7, "As first published, where FINRA revised it since", 1),
    TableColumn(key="mark", title="", width=5, align="left", tooltip="later: published after the day in view"),
)
LATER_CYCLE_WORD = "later"
_WIDTHS = {column.key: column.width for column in COLUMNS}


class CyclesSource(StillRows):
    """The rows of the table of settlement cycles, formatted when they come into view."""

    def __init__(self, cycles: Sequence[Cycle], last_session: date, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.cycles = cycles
        self.last_session = last_session
        self.glyphs = glyphs
        self.share_unit, self._share_decimals = _largest(
            amount for cycle in cycles for amount in (cycle.shares_short, cycle.revised_from)
        )
        self.dollar_unit, self._dollar_decimals = _largest(
            amount for cycle in cycles for amount in (cycle.short_interest, cycle.price_effect, cycle.new_short)
        )

    @property
    def row_count(self) -> int:
        """The number of settlements, a row each."""
        return len(self.cycles)

    def whole(self, row: int) -> list[Cell]:
        """A cycle's dates, shares and dollars; one the view does not know shows only what was published."""
        cycle, glyphs = self.cycles[row], self.glyphs
        is_later = _comes_later(cycle, self.last_session)
        style = "estimate" if is_later else "plain"
        effect, new = (cycle.price_effect, cycle.new_short) if cycle.is_known else (None, None)
        return [
            (_with_year(cycle.settlement_date, glyphs), style),
            (short_date(cycle.published, 6, glyphs=glyphs).rjust(9), "estimate" if is_later else "muted"),
            (self._shares(cycle.shares_short), style),
            (self._shares(cycle.change, signed=True), style),
            (self._dollars(effect, 7, signed=True).rjust(8), style),
            (self._dollars(new, 7, signed=True).rjust(8), style),
            (self._dollars(cycle.short_interest, 6).rjust(7), style),
            (days(cycle.days_to_cover, 4, glyphs=glyphs), style),
            (self._shares(cycle.revised_from) if cycle.revised_from is not None else " " * 7, "warning"),
            ((LATER_CYCLE_WORD if is_later else "").ljust(5), "warning"),
        ]

    def _shares(self, amount: float | None, signed: bool = False) -> str:
        text = in_unit(amount, 6, self.share_unit, signed, decimals=self._share_decimals, glyphs=self.glyphs)
        return text.rjust(7)

    def _dollars(self, amount: float | None, width: int, signed: bool = False) -> str:
        return in_unit(amount, width, self.dollar_unit, signed, decimals=self._dollar_decimals, glyphs=self.glyphs)


def _largest(amounts: Iterable[float | None]) -> tuple[str, int]:
    """The unit and the decimals that suit the largest of some amounts, known or not."""
    known = (abs(figure) for figure in map(known_figure, amounts) if figure is not None)
    return unit_and_decimals(max(known, default=0.0))


def _worked_example(board: Board, column: int, glyphs: Glyphs) -> tuple[str, ...]:
    """The newest cycle whose parts are all known."""
    for newer, older in pairwise(name_history(board, column).cycles):
        effect, new, end, start = newer.price_effect, newer.new_short, newer.short_interest, older.short_interest
        if newer.is_known and effect is not None and new is not None and end is not None and start is not None:
            parts = f"price {money(effect, glyphs)}, new {money(new, glyphs)}"
            ends = f"{money(start, glyphs, signed=False)} → {money(end, glyphs, signed=False)}"
            return (f"{full_day(older.settlement_date)} to {full_day(newer.settlement_date)}: {ends} = {parts}",)
    return ()


class SymbolCycles(TickTable, inherit_bindings=False):
    """The panel with the settlement cycles of one name, the newest first."""

    # A row opens nothing: Enter is left to the screen.
    BINDINGS: ClassVar[list[BindingType]] = [
        binding for binding in TickTable.BINDINGS if getattr(binding, "action", "") != "choose"
    ]
    description = PanelDescription(
        id="cycles",
        title="Settlement cycles",
        formula=Formula(
            title="Settlement cycles",
            formula="SI − SI before = price effect + new short\nprice effect = −P&L\n"
            "DTC = Q / FINRA's volume of the cycle",
            words="One row a settlement, the newest first. “first” is the figure as first published where FINRA "
            "revised it since. “later” marks a cycle published after the day in view: only with hindsight is "
            "it there and used.",
            source=FINRA_RULE_4560,
        ),
        worked_example_of_name=_worked_example,
    )

    def __init__(
        self,
        *,
        title: str | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            COLUMNS,
            title=title,
            empty_words="FINRA never reported short interest of this name",
            glyphs=glyphs,
            name=name,
            id=id,
            classes=classes,
        )

    def show_history(self, history: NameHistory, has_ended: bool) -> int:
        """Show the cycles of a name from the top; returns the number of regions repainted."""
        cycles = shown_cycles(history, has_ended)
        last_session: date = history.sessions[-1].astype(date)
        reported = sum(cycle.shares_short is not None for cycle in cycles)
        later = sum(cycle.published > last_session for cycle in cycles)
        words = [f"{reported} reported"]
        if later:
            words.append(f"later: published after {short_date(last_session, 6).strip()}")
        self.note = f" {self.glyphs.separator} ".join(words) if cycles else ""
        # What FINRA never revised, and what is not ahead of the day in view, leaves its room to the others.
        empty = set() if any(cycle.revised_from is not None for cycle in cycles) else {"revised_from"}
        empty |= set() if any(_comes_later(cycle, last_session) for cycle in cycles) else {"mark"}
        self.lay_out([column.key for column in COLUMNS if column.key not in empty])
        source = CyclesSource(cycles, last_session, self.glyphs)
        shares = f"shares in {source.share_unit}" if source.share_unit else "shares"
        parts = (self.description.title, shares, f"${source.dollar_unit}")
        self.title = f" {self.glyphs.separator} ".join(parts)
        return self.set_source(source)


def _comes_later(cycle: Cycle, last_session: date) -> bool:
    """Whether a cycle is there, or its publication, only with hindsight."""
    return cycle.published > last_session or not cycle.is_known


def _with_year(day: date, glyphs: Glyphs) -> str:
    return f"{short_date(day, 6, glyphs=glyphs).strip()} {day.year % 100:02d}".rjust(_WIDTHS["settlement"])
