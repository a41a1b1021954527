"""A mixin for the monitor that copies to the clipboard of whoever sits at the terminal, whatever lies between."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from shortside.words.plain_text import printable
from tui.terminal.textual_parts import driver_of, remember_copied

if TYPE_CHECKING:
    from textual.app import App

    from tui.terminal.kind import TerminalKind

    AnyApp = App[Any]
else:
    AnyApp = object

MOST_COPIED_BYTES: Final = 74_994
"""What common terminals take of a clipboard's text: a hundred thousand characters of base64."""


class Clipboard(AnyApp):
    """A mixin for the monitor; what is copied steers no terminal that it is pasted into."""

    kind: TerminalKind

    def copy_to_clipboard(self, text: str) -> None:
        """Hand a text of one line to the terminal's clipboard (OSC 52)."""
        self._hand_over(_pasteable(text))

    def copy_lines(self, text: str) -> str:
        """Hand lines to the terminal's clipboard, as many as it takes; returns what was copied, in words."""
        lines = [f"{_pasteable(line)}\n" for line in text.splitlines()]
        taken, used = 0, 0
        for line in lines:
            used += len(line.encode())
            if used > MOST_COPIED_BYTES:
                break
            taken += 1
        self._hand_over("".join(lines[:taken]))
        rows, there = max(taken - 1, 0), max(len(lines) - 1, 0)
        if taken < len(lines):
            return f"copied the first {rows:,} of {there:,} rows: a clipboard takes no more through a terminal"
        return f"copied {rows:,} {'row' if rows == 1 else 'rows'} with a head"

    def _hand_over(self, text: str) -> None:
        remember_copied(self, text)
        driver = driver_of(self)
        if driver is not None:
            driver.write(self.kind.clipboard(b64encode(text.encode()).decode()))


def _pasteable(line: str) -> str:
    """A line whose tabs part the cells of a row, with nothing else that steers a terminal it is pasted into."""
    return "\t".join(map(printable, line.split("\t")))
