"""A mixin for the monitor that saves the main screen, so that the next start can show it at once.

Rows of the user's own positions get into no file: while they may stand on the terminal, nothing of it is taken.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from providers.events import Events
from tui.screens.base import MarketScreen
from tui.terminal.display import DifferentialDisplay

if TYPE_CHECKING:
    from textual.screen import Screen

    from tui.screens.past_keys import ShownDay
    from tui.sources.loaded_market import LoadedMarket
    from tui.terminal.frame_json import FrameKeeper, Row

_display = Events("display")
SECONDS_BETWEEN_SAVED_SCREENS = 60.0
"""How often the screen is saved."""


class PrivateRows(Enum):
    """Whether the terminal may show rows of the user's own positions."""

    NONE = "none of them"
    WANTED = "a screen with them is open"
    LEFT = "that screen was left, and the one below may not have been sent"


class PictureKeeping(DifferentialDisplay):
    """A mixin for the monitor; a screen is taken on the event loop, and written in a thread."""

    loaded: LoadedMarket | None
    past: ShownDay | None
    _pictures: FrameKeeper | None = None
    """Keeps the main screen for the next start, once it has been shown."""
    _unsaved = ""
    """Why the screen could not be saved for the next start, in words; empty when it was."""
    _private_rows = PrivateRows.NONE

    def terminal_rows(self) -> list[Row] | None:
        """What the terminal shows, row by row; None while it is not known, or shows own positions still."""
        from tui.terminal.frame_json import frame_rows

        lines = self.differ.shadow.shown() if self._is_public() else None
        return None if lines is None else frame_rows(lines)

    def take_frame(self, screen: Screen[Any], frame: Any) -> None:
        """Send a frame, and mind whether rows of the user's own positions may stand on the terminal."""
        is_whole = hasattr(frame, "strips") and frame.region.size == self.size
        if any(isinstance(one, MarketScreen) and one.is_private for one in self.screen_stack):
            self._private_rows = PrivateRows.WANTED
        elif is_whole and self._private_rows is PrivateRows.WANTED:
            # Nothing of the screen that was left is to be shown; it may be shown still until the frame is sent.
            self._private_rows = PrivateRows.LEFT
        super().take_frame(screen, frame)
        self._is_public()

    def save_screen(self) -> None:
        """Write the saved screen for the next start, if there is a place for it."""
        complaint = self._pictures.save() if self._pictures is not None else ""
        if complaint and complaint != self._unsaved:
            _display.warning("screen_not_saved", reason=complaint)
        self._unsaved = complaint

    def _capture_screen(self) -> None:
        from tui.screens.main import MainScreen

        if self._pictures is None or self.loaded is None or self.past is not None or not self.is_running:
            return
        # The next start of a recording begins elsewhere in it, and nothing of what it tells is written.
        if self.loaded.market.is_replayed:
            return
        if isinstance(self.screen, MainScreen) and self._is_public():
            self._pictures.take(self.differ.shadow.shown(), self.loaded.clock())

    def _is_public(self) -> bool:
        """Whether the terminal shows nothing of the user's own positions any more, on a slow line too."""
        if self._private_rows is PrivateRows.LEFT and self.differ.shadow.is_sent:
            self._private_rows = PrivateRows.NONE
        return self._private_rows is PrivateRows.NONE

    def _save_screen_aside(self) -> None:
        self._capture_screen()
        # To write a screen down takes as long as three keys.
        self.run_worker(self.save_screen, thread=True, exit_on_error=False, group="picture", name="picture")
