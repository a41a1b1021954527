"""A mixin for the monitor that behaves where the terminal is a page in a browser, which no shell started."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tui.terminal.display import DifferentialDisplay
from tui.terminal.textual_parts import driver_of

if TYPE_CHECKING:
    from tui.terminal.kind import TerminalKind

_HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")


class OnPage(DifferentialDisplay):
    """A mixin for the monitor; at a terminal it changes nothing."""

    kind: TerminalKind

    def watch_theme(self) -> None:
        """Draw in the colours of the new theme, and have the page's margins wear its background."""
        super().watch_theme()
        self.wear_ground()

    def wear_ground(self) -> None:
        """Tell a page which colour it is to have where no cell is (OSC 11)."""
        driver, ground = driver_of(self), self.theme_variables.get("background", "")
        if self.kind.is_page and driver is not None and _HEX.fullmatch(ground):
            driver.write(f"\x1b]11;{ground}\x07")

    def action_suspend_process(self) -> None:
        """Stop for the shell; a page has none, so it says how it is left and found again."""
        if self.kind.is_page:
            self.say_words("there is no shell behind a page: close it, and it opens where you left it")
        else:
            super().action_suspend_process()

    def say_words(self, words: str) -> None:
        """Show a word at the right end of the key line for a moment."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; the monitor answers.
