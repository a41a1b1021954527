"""The words of the row under a table's cursor, whole: what its cell has no room for stands in the lines below it."""

from __future__ import annotations

from widgets.format import fit
from widgets.lines import Line
from widgets.panel import Panel
from widgets.wrapped import lines_of_words


class RowWords(Panel, can_focus=False):
    """Two lines below a table, for words that its column cuts; of what does not fit them either the end is marked."""

    DEFAULT_CSS = "RowWords, RowWords.-ascii { height: 2; border: none; }"
    words = ""

    def say(self, words: str) -> None:
        """Show the words of another row."""
        if words != self.words:
            self.words = words
            self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        """The words, wrapped."""
        parts = lines_of_words(self.words, max(width - 3, 10))
        if len(parts) > height > 0:
            parts = [*parts[: height - 1], f"{parts[height - 1]} {parts[height]}"]
        return [[(fit(f" {part}", max(width - 1, 1), glyphs=self.glyphs), "plain")] for part in parts]
