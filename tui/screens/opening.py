"""The opening screen: the saved last screen or the source's name, and how far the reading of the market is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.strip import Strip

from tui.screens.key_line import KeyLine
from tui.screens.panel_readiness import PanelReadiness
from widgets.format import Glyphs, fit
from widgets.lines import Line
from widgets.panel import Panel, StyleNames

if TYPE_CHECKING:
    from tui.terminal.frame_json import Row


class OpeningProgress(Panel, can_focus=False):
    """A progress bar under words that say what is being read."""

    DEFAULT_CSS = "OpeningProgress { border: none; height: 1fr; }"

    def __init__(self, source: str, glyphs: Glyphs) -> None:
        super().__init__(glyphs=glyphs, id="progress")
        self._source, self._words, self._share = source, "opening", 0.0
        self.waiting = ""
        """Which keys wait for the figures, in words; empty for none."""

    def show(self, words: str, done: int, total: int) -> None:
        """Say what is being read now."""
        self._words, self._share = words, done / total if total else 0.0
        self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The block stands a third of the way down, centred."""
        full, empty = ("#", ".") if self.glyphs.is_ascii else ("━", "─")
        room = min(48, max(width - 4, 1))
        filled = round(room * self._share)
        left = " " * max((width - room) // 2, 0)
        return [
            *([[]] * (height // 3)),
            [(left, "plain"), ("shortside", "title"), (f"  {self._source}", "muted")],
            [],
            [(left, "plain"), (full * filled, "accent"), (empty * (room - filled), "shade")],
            [(left, "plain"), (self._words, "muted")],
            [(left, "plain"), (self.waiting, "muted")],
        ]


class LastFrame(StyleNames, can_focus=False):
    """The saved last screen, marked as old, with the progress of the reading in its last line."""

    DEFAULT_CSS = "LastFrame { height: 1fr; }"

    def __init__(self, rows: Sequence[Row], glyphs: Glyphs) -> None:
        super().__init__(id="last-frame")
        self._rows, self._glyphs, self._words = rows, glyphs, ""
        self.waiting = ""
        """Which keys wait for the figures, in words; empty for none."""

    def show(self, words: str, done: int, total: int) -> None:
        """Say what is being read now."""
        self._words = f"{words} {done:,}/{total:,}" if total else words
        self.redraw()

    def redraw(self) -> None:
        """Draw the last line anew, the only one that changes."""
        self.refresh(Region(0, len(self._rows) - 1, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        from tui.terminal.frame_json import strip_of

        if y >= len(self._rows):
            return Strip.blank(self.size.width)
        strip = strip_of(self._rows[y])
        if y < len(self._rows) - 1 or not self._words:
            return strip
        mark = max(1, sum(len(text) for text, _ in self._rows[y][-2:]))
        room = max(0, strip.cell_length - mark)
        said = f"{self._words}, {self.waiting}" if self.waiting else self._words
        words = self.strip_of([(fit(f" {said}", room, glyphs=self._glyphs), "title")])
        return Strip([*words, *strip.crop(room)])


class OpeningScreen(PanelReadiness, Screen[None]):
    """The screen shown until the market is read; its keys work from the first frame on.

    Args:
        source: the name of what is read.
        glyphs: the signs everything is drawn with.
        last_frame: the picture of last time; shown while the terminal has its size.
    """

    DEFAULT_CSS = """
    OpeningScreen LastFrame { display: none; }
    OpeningScreen.-remembering LastFrame { display: block; }
    OpeningScreen.-remembering OpeningProgress, OpeningScreen.-remembering KeyLine { display: none; }
    """

    def __init__(self, source: str, glyphs: Glyphs, last_frame: Sequence[Row] = ()) -> None:
        super().__init__()
        self._source, self._glyphs, self._last_frame = source, glyphs, last_frame
        widths = {sum(len(text) for text, _ in row) for row in last_frame[-1:]}
        self._size_then = Size(widths.pop() if widths else 0, len(last_frame))
        self.set_class(bool(last_frame), "-remembering")

    def compose(self) -> ComposeResult:
        if self._last_frame:
            yield LastFrame(self._last_frame, self._glyphs)
        yield OpeningProgress(self._source, self._glyphs)
        yield KeyLine([("{app.help:?}", "keys"), ("{app.quit:q}", "quit")], self._glyphs)

    def on_resize(self) -> None:
        """Replace the saved screen by the progress bar when the terminal's size is no longer its own."""
        self.set_class(bool(self._last_frame) and self.app.size == self._size_then, "-remembering")

    def show_progress(self, words: str, done: int, total: int) -> None:
        """Show how far the reading of the market is."""
        if not self.has_panels:
            return
        self.query_one(OpeningProgress).show(words, done, total)
        for picture in self.query(LastFrame):
            picture.show(words, done, total)

    def show_waiting(self, keys: Sequence[str]) -> None:
        """Say which keys wait until the figures are there."""
        if not self.has_panels:
            return
        words = f"then {' '.join(keys)} (Esc forgets)" if keys else ""
        for part in (self.query_one(OpeningProgress), *self.query(LastFrame)):
            part.waiting = words
            part.redraw()
