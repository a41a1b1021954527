"""What is on the screen before anything is read: the name, what is being read, how far."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.screen import Screen

from tui.key_line import KeyLine
from widgets._format import Glyphs
from widgets._panel import Line, Panel


class Progress(Panel, can_focus=False):
    """The words of what is being read over a bar of how far it is."""

    DEFAULT_CSS = "Progress { border: none; height: 1fr; }"

    def __init__(self, source: str, glyphs: Glyphs) -> None:
        super().__init__(glyphs=glyphs, id="progress")
        self._source, self._words, self._share = source, "opening", 0.0

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
        ]


class OpeningScreen(Screen[None]):
    """Live from the first frame: keys work while the market is read."""

    def __init__(self, source: str, glyphs: Glyphs) -> None:
        super().__init__()
        self._source, self._glyphs = source, glyphs

    def compose(self) -> ComposeResult:
        yield Progress(self._source, self._glyphs)
        yield KeyLine([("?", "keys"), ("q", "quit")], self._glyphs)

    def show_progress(self, words: str, done: int, total: int) -> None:
        """Pass it on."""
        self.query_one(Progress).show(words, done, total)
