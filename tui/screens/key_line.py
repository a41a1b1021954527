"""The lowest line of the screen: the keys that matter now, and what was last said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.key_names import key_hint, key_in_ascii
from widgets.lines import Line, fit_line
from widgets.panel import StyleNames

KeyWords = Sequence[tuple[str, str]]
"""Pairs of a key and what it does, the most needed first; keys of bindings by their ids, as `widgets.key_names` has
them."""


def key_line(keys: KeyWords, words: str, width: int, style: str = "title") -> Line:
    """As many keys as fit whole, and at the right end what was last said."""
    line: Line = [(" ", "plain")]
    words = fit(words, min(width_of(words), width - 3))
    room = width - 2 - (width_of(words) + 2 if words else 0)
    used = 0
    for key, meaning in keys:
        cells = width_of(key) + 1 + width_of(meaning) + 2
        if used + cells > room:
            break
        line += [(key, "accent"), (f" {meaning}  ", "muted")]
        used += cells
    if words:
        line += [(" " * max(room - used, 0), "plain"), (f" {words} ", style)]
    return line


class KeyLine(StyleNames, can_focus=False):
    """One line of keys; `say` puts a short word at its right end for a moment, `hold` and `warn` until the next one."""

    DEFAULT_CSS = "KeyLine { height: 1; dock: bottom; background: $panel; }"

    SAID_SECONDS: ClassVar = 4.0
    """How long a message stays that nothing went wrong with."""

    def __init__(self, keys: KeyWords, glyphs: Glyphs = GLYPHS_UNICODE, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hush_timer: Timer | None = None
        self._keys, self._words, self._style, self._glyphs = keys, "", "title", glyphs
        self._named: KeyWords | None = None
        """The keys as they are in force; None until they are asked for."""

    def show_keys(self, keys: KeyWords) -> None:
        """Show other keys from now on."""
        if keys != self._keys:
            self._keys = keys
            self.keys_changed()

    def keys_changed(self) -> None:
        """Show the keys as they are in force now."""
        self._named = None
        self.refresh(Region(0, 0, self.size.width, 1))

    def say(self, words: str) -> None:
        """Show a short message at the right end of the line, for a few seconds."""
        self._say(words, "title")
        if words and self.is_attached:
            self._hush_timer = self.set_timer(self.SAID_SECONDS, partial(self._say, "", "title"), name="hush")

    def hold(self, words: str) -> None:
        """Show words at the right end of the line until others take their place."""
        self._say(words, "title")

    def warn(self, words: str) -> None:
        """Show a message on what went wrong at the right end of the line."""
        self._say(words, "warning")

    def _say(self, words: str, style: str) -> None:
        if self._hush_timer is not None:
            self._hush_timer.stop()
            self._hush_timer = None
        if words != self._words:
            self._words, self._style = words, style
            self.refresh(Region(0, 0, self.size.width, 1))

    @property
    def keys(self) -> KeyWords:
        """The keys the line shows, as they are in force and as far as there is room."""
        if self._named is None:
            self._named = [(key_hint(self, key), key_hint(self, meaning)) for key, meaning in self._keys]
        return self._named

    @property
    def words(self) -> str:
        """The message at the right end of the line."""
        return self._words

    def render_line(self, y: int) -> Strip:
        width, keys = self.size.width, self.keys
        if self._glyphs.is_ascii:
            keys = [(key_in_ascii(key), meaning) for key, meaning in keys]
        return self.strip_of(fit_line(key_line(keys, self._words, width, self._style), width, self._glyphs))
