"""The head in one line over a screen that covers the panels: what figures are of never leaves the terminal."""

from __future__ import annotations

from tui.screens.base import MarketScreen
from widgets.format import GLYPHS_UNICODE, Glyphs
from widgets.status import StatusHead


class HeadLine(StatusHead):
    """The day, window and marks of the market that the screens below show, kept current."""

    DEFAULT_CSS = "HeadLine { height: 1; dock: top; }"

    def __init__(self, glyphs: Glyphs = GLYPHS_UNICODE) -> None:
        super().__init__(glyphs=glyphs, id="head-line")

    def on_mount(self) -> None:
        """Show the head, and again whenever its clock shows another minute."""
        self.say_what_is_shown()
        self.set_interval(1.0, self.say_what_is_shown, name="head-line")

    def say_what_is_shown(self) -> None:
        """Say which day and window the screens below show at this moment."""
        for screen in self.app.screen_stack:
            facts = screen.head_facts() if isinstance(screen, MarketScreen) else None
            if facts is not None:
                self.show(facts)
                return
