"""The bottom line: the keys that matter now, or the filter while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widgets import Input

from widgets.format import GLYPHS_UNICODE, Glyphs, width_of
from widgets.panel import Line, StyleNames, fit_line

Keys = Sequence[tuple[str, str]]
"""Pairs of key and what it does, the most needed first."""


def key_line(keys: Keys, words: str, width: int) -> Line:
    """As many keys as fit whole, and at the right end what was last said."""
    line: Line = [(" ", "plain")]
    room = width - 2 - (width_of(words) + 2 if words else 0)
    used = 0
    for key, meaning in keys:
        cells = width_of(key) + 1 + width_of(meaning) + 2
        if used + cells > room:
            break
        line += [(key, "accent"), (f" {meaning}  ", "muted")]
        used += cells
    if words:
        line += [(" " * max(room - used, 0), "plain"), (f" {words} ", "title")]
    return line


class KeyLine(StyleNames, can_focus=False):
    """One line of keys; `say` puts a short word at its right end until the next one."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; background: $panel; }"

    def __init__(self, keys: Keys, glyphs: Glyphs = GLYPHS_UNICODE, id: str | None = None) -> None:
        super().__init__(id=id)
        named = [("Enter" if key == "⏎" else key, meaning) for key, meaning in keys]
        self._keys, self._words, self._glyphs = named if glyphs.is_ascii else keys, "", glyphs

    def say(self, words: str) -> None:
        """Show a word at the right end."""
        if words != self._words:
            self._words = words
            self.refresh(Region(0, 0, self.size.width, 1))

    @property
    def words(self) -> str:
        """What stands there now."""
        return self._words

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        return self.strip_of(fit_line(key_line(self._keys, self._words, width), width, self._glyphs))


class FilterLine(Input):
    """Where a filter is typed; every letter goes into it, Enter keeps it, Esc takes it back."""

    DEFAULT_CSS = """
    FilterLine { height: 1; dock: bottom; border: none; padding: 0 1; background: $panel; display: none; }
    FilterLine.-open { display: block; }
    FilterLine:focus { border: none; }
    """
    BINDINGS: ClassVar = [("escape", "abandon", "Clear the filter"), ("down", "keep", "To the rows")]

    class Closed(Message):
        """Typing ended; `text` is the filter that stays."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, id: str | None = None) -> None:
        super().__init__(placeholder="symbol or name — Enter keeps, Esc clears", id=id, compact=True)

    def open(self) -> None:
        """Show the line and take the keys."""
        self.add_class("-open")
        # At once: `focus` waits its turn, and the next key would still go to the table.
        self.screen.set_focus(self)

    def action_abandon(self) -> None:
        """Forget what was typed."""
        self.value = ""
        self._close()

    def action_keep(self) -> None:
        """Keep what was typed."""
        self._close()

    async def action_submit(self) -> None:
        """Enter keeps what was typed."""
        self._close()

    def _close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed(self.value))
