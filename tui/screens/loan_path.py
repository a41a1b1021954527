"""The screen of a name's borrow fee over time: its line, and what the list said at the end of each day."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from shortside.loans.days import PathDay, days_of
from shortside.loans.path import LoanPath
from shortside.market import BORROW_DAYS
from shortside.sessions import NEW_YORK
from tui.errors import ReportedError
from tui.screens.head_line import HeadLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.columns import TableColumn
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, count, fit, percent, shares, short_date
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.panel import Panel
from widgets.sparkline import sparkline
from widgets.tick_table import Cell, StillRows, TickTable

PATH_COLUMNS: Final = (
    TableColumn(key="day", title="day", width=10, align="left", is_pinned=True),
    TableColumn(key="fee", title="fee", width=8, tooltip="A year, at the day's last look"),
    TableColumn(key="change", title="change", width=8, tooltip="From the last look of the day before"),
    TableColumn(key="available", title="avail", width=8, priority=1, tooltip="Shares that can be borrowed"),
    TableColumn(key="low", title="low", width=8, priority=3, tooltip="The lowest fee of the day's looks"),
    TableColumn(key="high", title="high", width=8, priority=3, tooltip="The highest fee of the day's looks"),
    TableColumn(key="least", title="least", width=8, priority=4, tooltip="The fewest shares of the day's looks"),
    TableColumn(key="known", title="known", width=6, priority=2, tooltip="When the last look became known, New York"),
    TableColumn(key="looks", title="looks", width=5, priority=5),
)
READING: Final = "reading the looks at the list of stock loans"
NO_LOOKS: Final = (
    "no look at the list of stock loans is kept yet: each is, from the first one on that a monitor with "
    "--source public polls"
)


class PathDayRows(StillRows):
    """The days of a path as rows, the newest first."""

    def __init__(self, days: Sequence[PathDay], glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        self.days, self.glyphs = tuple(reversed(days)), glyphs

    @property
    def row_count(self) -> int:
        """The number of days, a row each."""
        return len(self.days)

    def whole(self, row: int) -> list[Cell]:
        """The cells of a row, in the order of `PATH_COLUMNS`."""
        one, glyphs = self.days[row], self.glyphs
        if not one.is_listed:
            blank: Cell = ("", "muted")
            return [(_dated(one, glyphs), "plain"), ("not on it".rjust(8), "warning"), *[blank] * 5, *self._clock(one)]
        return [
            (_dated(one, glyphs), "plain"),
            (percent(one.fee, 8, False, glyphs=glyphs), "title"),
            (percent(one.fee_change, 8, glyphs=glyphs), "plain"),
            (_shares(one.available, one.is_capped, glyphs), "warning" if one.available == 0 else "plain"),
            (percent(one.lowest_fee, 8, False, glyphs=glyphs), "muted"),
            (percent(one.highest_fee, 8, False, glyphs=glyphs), "muted"),
            (_shares(one.least_available, one.is_capped, glyphs), "muted"),
            *self._clock(one),
        ]

    def _clock(self, one: PathDay) -> list[Cell]:
        return [
            (f"{one.known_at.astimezone(NEW_YORK):%H:%M}".rjust(6), "muted"),
            (count(one.looks, 5, glyphs=self.glyphs), "muted"),
        ]


def _dated(one: PathDay, glyphs: Glyphs) -> str:
    return f"{short_date(one.day, 6, glyphs=glyphs).strip()} {one.day.year % 100:02d}".ljust(10)


def _shares(value: float | None, is_capped: bool, glyphs: Glyphs) -> str:
    if value == 0:
        return "none".rjust(8)
    text = shares(value, 7, glyphs=glyphs).strip()
    return (f">{text}" if is_capped else text).rjust(8)


class PathPanel(Panel, can_focus=False):
    """The fee and the shares available as lines, each on a scale of its own."""

    path: LoanPath | None = None
    words = READING
    """What is said while there is no path."""
    last_session: date | None = None
    """The last session of the market beside it."""

    def draw(self, width: int, height: int) -> list[Line]:
        """Two lines with their ends; or why there is none."""
        path, glyphs = self.path, self.glyphs
        if path is None or not len(path):
            return [[(f" {part}", "muted")] for part in textwrap.wrap(self.words, max(width - 2, 20))]
        room = max(width - 34, 8)
        days = days_of(path)
        fees = [float("nan") if one.fee is None else one.fee for one in days]
        left = [float("nan") if one.available is None else one.available for one in days]

        def ends(values: Sequence[float], written: Callable[[float], str]) -> str:
            known = [value for value in values if value == value]
            return f"{written(min(known))} to {written(max(known))}" if known else "unknown"

        def rate(value: float) -> str:
            return percent(value, 7, False, glyphs=glyphs).strip()

        def number(value: float) -> str:
            return shares(value, 7, glyphs=glyphs).strip()

        first, last = (full_day(one.day) for one in (days[0], days[-1]))
        looks = f" {len(path):,} looks on {len(days):,} days, {first} to {last}"
        looks += f"; {path.unread:,} older ones being read" if path.unread else ""
        return [
            *self._age(width),
            [(" fee       ", "muted"), (sparkline(fees, room, glyphs), "accent"), (f"  {ends(fees, rate)}", "plain")],
            [(" available ", "muted"), (sparkline(left, room, glyphs), "plain"), (f"  {ends(left, number)}", "plain")],
            [(fit(looks, width, glyphs=glyphs), "muted")],
        ]

    @property
    def days_old(self) -> int:
        """Days from the newest look to the last session, where so many that it says nothing about it; else 0."""
        if self.path is None or not len(self.path) or self.last_session is None:
            return 0
        days: int = (self.last_session - days_of(self.path)[-1].day).days
        return days if days > BORROW_DAYS else 0

    def _age(self, width: int) -> list[Line]:
        """That the looks are too old to say anything about the market beside them; nothing where they are not."""
        if self.last_session is None or not self.days_old:
            return []
        until = full_day(self.last_session)
        words = f" the newest is {self.days_old:,} days before {until}: it says nothing about the fee of that day"
        return [[(fit(words, width, glyphs=self.glyphs), "warning")]]


class LoanPathScreen(PanelReadiness, ModalScreen[None]):
    """The borrow fee of one name, day by day, over the screen below.

    Args:
        symbol: the name.
        read: reads its path, in paths that grow; taken in a thread.
        last_session: of the market the name is of.
        mark: what the market bears where it is not the present one: `SIM`.
        glyphs: the signs to draw with.
    """

    DEFAULT_CSS = """
    LoanPathScreen { align: center middle; background: $background 60%; }
    LoanPathScreen > Vertical { width: 97%; max-width: 110; height: 95%; }
    LoanPathScreen #path { height: 5; }
    LoanPathScreen #path.-old { height: 6; }
    LoanPathScreen #days { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,C,q", "close", "close", id="loans.close", tooltip="Back to the screen below"),
    ]
    AUTO_FOCUS = "#days"

    def __init__(
        self,
        symbol: str,
        read: Callable[[str], Iterator[LoanPath]],
        last_session: date | None = None,
        mark: str = "",
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__()
        self._symbol, self._read_paths, self._last_session = symbol, read, last_session
        self._mark, self._glyphs = mark, glyphs

    def compose(self) -> ComposeResult:
        glyphs = self._glyphs
        yield HeadLine(glyphs)
        with Vertical():
            yield PathPanel(title=f"{self._symbol}, what borrowing it cost", glyphs=glyphs, id="path")
            yield TickTable(PATH_COLUMNS, title="Day by day", empty_words=READING, glyphs=glyphs, id="days")

    def fill_panels(self) -> None:
        """Have the path read and shown."""
        panel = self.query_one(PathPanel)
        panel.note, panel.last_session = self._mark, self._last_session
        read: Any = self._read
        self.run_worker(read, exclusive=True, exit_on_error=False, group="path", name="path")

    async def _read(self) -> None:
        paths = self._read_paths(self._symbol)
        try:
            while (path := await asyncio.to_thread(next, paths, None)) is not None:
                if not self.has_panels:
                    return  # Left meanwhile: what is not read yet nobody wants.
                self._show(path, NO_LOOKS)
        except ReportedError as error:
            if self.has_panels:
                self._show(None, str(error))

    def _show(self, path: LoanPath | None, words: str) -> None:
        panel, table = self.query_one(PathPanel), self.query_one(TickTable)
        is_first = panel.path is None
        panel.path, panel.words, table.empty_words = path, words, "no looks"
        panel.set_class(panel.days_old > 0, "-old")
        panel.redraw()
        row = 0 if is_first else table.cursor_row
        table.set_source(PathDayRows([] if path is None else days_of(path), self._glyphs))
        table.move_to(row)
        table.note = f"{table.place}  {key_words(self, '{loans.close:Esc} closes')}"

    def on_tick_table_row_highlighted(self, event: TickTable.RowHighlighted) -> None:
        event.table.note = f"{event.table.place}  {key_words(self, '{loans.close:Esc} closes')}"

    def action_close(self) -> None:
        """Go back to the screen below."""
        self.dismiss(None)
