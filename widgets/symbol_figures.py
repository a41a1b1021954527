"""The panel of one name's figures, in as many columns as fit, with a cursor on the one to explain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive

from widgets.figures import FIGURE_WIDTH, FigureGroup, FigureLine
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, fit_figure, width_of
from widgets.formulas import FORMULAS
from widgets.lines import Line, Run, fit_line
from widgets.panel_description import PanelDescription
from widgets.scrolled_panel import ScrolledPanel

LABEL_WIDTH = 13
MARKER_WIDTH = 1
LEAST_COLUMN_WIDTH = MARKER_WIDTH + LABEL_WIDTH + 1 + FIGURE_WIDTH
"""Cells of a marker, a label and a figure; a wider column also holds formula and date."""
COLUMN_GAP = 1


def _key(keys: str, action: str, identifier: str, description: str, tooltip: str) -> Binding:
    return Binding(keys, action, description, id=identifier, tooltip=tooltip, show=False)


class SymbolFigures(ScrolledPanel, inherit_bindings=False):
    """The panel of one name's figures in groups. The cursor stands on one of them, which `i` explains."""

    description = PanelDescription(
        id="figures",
        title="Figures",
        formula=FORMULAS["short_interest"],
        figure="short_interest",
    )
    leaving = ""

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("down,j", "move(1)", "figures.down", "Down", "Go to the next figure"),
        _key("up,k", "move(-1)", "figures.up", "Up", "Go to the figure before"),
        _key("home,g", "move(-999)", "figures.first", "First", "Go to the first figure"),
        _key("end,G", "move(999)", "figures.last", "Last", "Go to the last figure"),
    ]

    cursor: reactive[int] = reactive(0, init=False, repaint=False)
    """The figure under the cursor, counted from 0 through all groups."""

    def __init__(
        self,
        *,
        title: str | None = None,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._entries: list[FigureLine | str] = []
        self._figures: list[FigureLine] = []
        self._places: list[tuple[int, int]] = []
        self._rows = 0
        self._column_width = 0

    @property
    def explained(self) -> PanelDescription | str:
        """The key of the figure under the cursor."""
        return self._figures[self.cursor].key if self._figures else self.description

    @property
    def current(self) -> FigureLine | None:
        """The line of the figure under the cursor."""
        return self._figures[self.cursor] if self._figures else None

    def show_groups(self, groups: Sequence[FigureGroup]) -> int:
        """Show these figures; returns the number of regions repainted."""
        self._entries = []
        for group in groups:
            self._entries += [group.heading, *group.lines]
        self._figures = [entry for entry in self._entries if isinstance(entry, FigureLine)]
        # A panel without a place is not drawn, and its figures stood elsewhere.
        self._places, self._rows = [], 0
        self.cursor = min(self.cursor, max(len(self._figures) - 1, 0))
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        columns = self._lay_out(width, height)
        blank: Run = (" " * self._column_width, "plain")
        grid: list[list[list[Run]]] = [[[blank] for _ in range(columns)] for _ in range(self._rows)]
        for entry, (column, row) in zip(self._entries, self._places, strict=True):
            grid[row][column] = fit_line(self._written(entry), self._column_width, self.glyphs)
        gap: Run = (" " * COLUMN_GAP, "plain")
        return [fit_line([run for cell in cells for run in (*cell, gap)][:-1], width, self.glyphs) for cells in grid]

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._figures) - 1))

    def watch_cursor(self) -> None:
        self.redraw()
        if self._figures and self._rows:
            row = self._places[self._entries.index(self._figures[self.cursor])][1]
            top = self.scroll_offset.y
            if not top <= row < top + self.size.height:
                # A heading belongs to its first figure.
                target = max(row - 1, 0) if row < top else row - self.size.height + 1
                self.scroll_to(y=target, animate=False, force=True)

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or not self._column_width:
            return
        clicked = (offset.x // (self._column_width + COLUMN_GAP), offset.y + self.scroll_offset.y)
        for entry, place in zip(self._entries, self._places, strict=True):
            if place == clicked and isinstance(entry, FigureLine):
                self.cursor = self._figures.index(entry)

    def action_move(self, figures: int) -> None:
        self.cursor += figures

    def _lay_out(self, width: int, height: int) -> int:
        """Choose the columns: one with its formulas if all figures fit below each other, else as many as needed."""
        most = max(1, (width + COLUMN_GAP) // (LEAST_COLUMN_WIDTH + COLUMN_GAP))
        count, headings = len(self._entries), len(self._entries) - len(self._figures)
        has_gaps = count + headings - 1 <= height
        rows = max(count + headings if has_gaps else min(height, count), 1)
        places, columns = _placed(self._entries, rows, has_gaps)
        while columns > most:
            rows += 1
            places, columns = _placed(self._entries, rows, has_gaps)
        self._places = places
        self._rows = max((row for _, row in places), default=-1) + 1
        self._column_width = (width - (columns - 1) * COLUMN_GAP) // columns
        return columns

    def _written(self, entry: FigureLine | str) -> list[Run]:
        if isinstance(entry, str):
            rule = "-" if self.glyphs.is_ascii else "─"
            return [(f"{entry} ", "title"), (rule * max(self._column_width - len(entry) - 1, 0), "shade")]
        is_cursor = self.has_focus and entry is self.current
        runs: list[Run] = [
            (self.glyphs.cursor if is_cursor else " ", "accent"),
            (fit(entry.label, LABEL_WIDTH, glyphs=self.glyphs), "accent" if is_cursor else "muted"),
            (" " + fit_figure(entry.text, FIGURE_WIDTH), entry.style),
        ]
        words = _words(entry.words, self._column_width - LEAST_COLUMN_WIDTH - 1)
        return [*runs, (" ", "plain"), (words, "header")] if words else runs


def _placed(entries: Sequence[FigureLine | str], rows: int, has_gaps: bool) -> tuple[list[tuple[int, int]], int]:
    """The (column, row) of every entry with `rows` rows a column, and how many columns that takes.

    A heading never stands at the foot of a column, away from its figures.
    """
    places: list[tuple[int, int]] = []
    column = row = 0
    for entry in entries:
        if isinstance(entry, str):
            row += 1 if has_gaps and row else 0
            if row >= rows - 1 and row:
                column, row = column + 1, 0
        elif row >= rows:
            column, row = column + 1, 0
        places.append((column, row))
        row += 1
    return places, column + 1


def _words(ways: Sequence[str], room: int) -> str:
    """The longest way to say it that fits whole: a date cut in half would say another one."""
    return next((words for words in ways if width_of(words) <= room), "")
