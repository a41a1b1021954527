"""A panel of lines that is a list: a cursor goes through its entries, and Enter opens the one under it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from widgets.format import width_of
from widgets.lines import Line, Patch, Run, patches_of
from widgets.panel import Panel


class Entry(NamedTuple):
    """Something in a panel that can be chosen, and the cells it takes."""

    key: str
    """What it is; the cursor stays on it when the entries are drawn in another order."""
    y: int
    """Its line of the content."""
    x: int = 0
    """Its first cell; a run of the line begins there, and the sign of the cursor takes its place."""
    width: int = 9999
    """Its cells, as far as the panel is wide; a run of the line ends with them."""


class NamesChosen(Message):
    """The names of a group were asked for, by Enter or a double click on its row."""

    def __init__(self, panel: ListPanel, label: str, tiers: frozenset[str], sector: str | None = None) -> None:
        super().__init__()
        self.panel = panel
        """The panel it happened in."""
        self.label = label
        """The row's label."""
        self.tiers = tiers
        """The tiers whose names are asked for; empty for all."""
        self.sector = sector
        """The sector whose names are asked for, empty for names that have none; None for all."""

    @property
    def control(self) -> ListPanel:
        """The panel, for `on` selectors."""
        return self.panel


class ListPanel(Panel, inherit_bindings=False):
    """A panel some of whose lines, or parts of lines, are entries of a list.

    A subclass draws its lines in `list_lines`, says in `entries_at` where entries stand, and opens one in `choose`.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", id="list.down", tooltip="Go one row down", show=False),
        Binding("up,k", "move(-1)", "Up", id="list.up", tooltip="Go one row up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="list.page_down", tooltip="Go one screen down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="list.page_up", tooltip="Go one screen up", show=False),
        Binding("home,g", "move(-9999)", "First", id="list.first", tooltip="Go to the first row", show=False),
        Binding("end,G", "move(9999)", "Last", id="list.last", tooltip="Go to the last row", show=False),
        Binding("left", "sideways(-1)", "Left", id="list.left", tooltip="Go one column left", show=False),
        Binding("right", "sideways(1)", "Right", id="list.right", tooltip="Go one column right", show=False),
        Binding("enter", "choose", "Open", id="list.choose", tooltip="Open the row under the cursor"),
    ]

    cursor: reactive[int] = reactive(0, init=False, repaint=False)
    """The entry under the cursor, by its place among all."""

    _entries: Sequence[Entry] = ()
    _followed: str | None = None

    def list_lines(self, width: int, height: int) -> list[Line]:
        """The lines, without the cursor, for a content area of `width` × `height` cells."""
        raise NotImplementedError  # Not abstract, for a widget has Textual's metaclass.

    def entries_at(self, width: int, height: int) -> Sequence[Entry]:
        """What can be chosen in those lines; the key of an entry is no other's."""
        raise NotImplementedError  # Not abstract, for a widget has Textual's metaclass.

    def choose(self, key: str) -> None:
        """Open the entry of this key."""
        raise NotImplementedError  # Not abstract, for a widget has Textual's metaclass.

    @property
    def entry(self) -> Entry | None:
        """The entry under the cursor; None where there are no entries."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    def draw(self, width: int, height: int) -> list[Line]:
        lines = self.list_lines(width, height)
        entry = self.entry
        if entry is not None and self.has_focus and entry.y < len(lines):
            lines[entry.y] = self._marked(lines[entry.y], entry)
        return lines

    def redraw(self) -> int:
        width, height = self.size
        if width:
            self._entries = list(self.entries_at(width, height))
            self._follow()
        return super().redraw()

    def _follow(self) -> None:
        """Keep the cursor on its entry, which may have moved or gone."""
        before = self.cursor
        places = [place for place, entry in enumerate(self._entries) if entry.key == self._followed]
        at = places[0] if places else max(0, min(before, len(self._entries) - 1))
        if at != before:
            self.set_reactive(ListPanel.cursor, at)
            self.refresh()

    def _marked(self, line: Line, entry: Entry) -> Line:
        x, marked = 0, list(line)
        for place, (text, _) in enumerate(line):
            # A sign that is there already, such as that of a chosen row, gives way to the cursor's.
            if x == entry.x and text and not text.strip(f" {self.glyphs.dot}"):
                marked[place] = (self.glyphs.cursor + text[1:], "accent")
                return marked
            x += width_of(text)
        return marked

    def _span(self, row: int) -> tuple[int, int] | None:
        """The cells of a line of the content that have the cursor's background; None for none."""
        entry = self.entry
        if entry is None or entry.y != row or not self.has_focus:
            return None
        return entry.x, min(entry.x + entry.width, self.size.width)

    def patches_at(self, row: int, line: Sequence[Run], regions: Iterable[Region]) -> list[Patch]:
        span = self._span(row)
        if span is None:
            return super().patches_at(row, line, regions)
        cut: list[Region] = []
        for region in regions:
            ends = [region.x, *(end for end in span if region.x < end < region.right), region.right]
            cut += [Region(x, region.y, after - x, 1) for x, after in pairwise(ends) if after > x]
        return [patch._replace(is_cursor=span[0] <= patch.x < span[1]) for patch in patches_of(line, cut)]

    def render_line(self, y: int) -> Strip:
        strip = super().render_line(y)
        row = self.row_at(y)
        span = self._span(row)
        if span is None or row >= len(self.lines):
            return strip
        line = self.lines[row]
        begins = list(accumulate([width_of(text) for text, _ in line], initial=0))
        first, after = (bisect_left(begins, cell) for cell in span)
        return Strip.join(
            [self.strip_of(line[:first]), self.strip_of(line[first:after], True), self.strip_of(line[after:])]
        )

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self._entries) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        places = [self._entries[place] for place in (old, new) if place < len(self._entries)]
        self._followed = None if self.entry is None else self.entry.key
        self.redraw()
        self._bring_into_view()
        self.refresh(*(Region(0, entry.y - self.scroll_offset.y, self.size.width, 1) for entry in places))

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self.redraw()
        if self.entry is not None:
            self.refresh(Region(0, self.entry.y - self.scroll_offset.y, self.size.width, 1))

    def _bring_into_view(self) -> None:
        entry = self.entry
        if entry is None:
            return
        kept, height, top = self.kept_lines, self.size.height, self.scroll_offset.y
        if entry.y < top + kept or entry.y == min(one.y for one in self._entries):
            at = max(0, entry.y - kept)
        elif entry.y == max(one.y for one in self._entries):
            at = int(self.max_scroll_y)  # What stands below the last row belongs to it.
        elif entry.y >= top + height:
            at = entry.y - height + 1
        else:
            return
        if at != top:
            self.scroll_to(y=at, animate=False, force=True)

    def action_move(self, rows: int) -> None:
        """Go some rows down, or up, in the column of the entry under the cursor."""
        entry = self.entry
        if entry is None:
            return
        column = sorted((one.y, place) for place, one in enumerate(self._entries) if one.x == entry.x)
        at = column.index((entry.y, self.cursor)) + rows
        self.cursor = column[max(0, min(at, len(column) - 1))][1]

    def action_page(self, screens: int) -> None:
        """Go a screen down, or up."""
        self.action_move(screens * max(1, self.size.height - self.kept_lines - 1))

    def action_sideways(self, columns: int) -> None:
        """Go to the entry beside, in the next column of entries that there is."""
        entry = self.entry
        if entry is None:
            return
        beside = [one.x for one in self._entries if (one.x - entry.x) * columns > 0]
        if beside:
            x = min(beside, key=lambda x: abs(x - entry.x))
            places = [place for place, one in enumerate(self._entries) if one.x == x]
            self.cursor = min(places, key=lambda place: abs(self._entries[place].y - entry.y))

    def action_choose(self) -> None:
        """Open the entry under the cursor."""
        if self.entry is not None:
            self.choose(self.entry.key)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the entry under the mouse; twice opens it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        row = self.row_at(offset.y)
        for place, entry in enumerate(self._entries):
            if entry.y == row and entry.x <= offset.x < entry.x + entry.width:
                self.cursor = place
                if event.chain == 2:
                    self.action_choose()
