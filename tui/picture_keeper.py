"""Keeps the main screen as it was last seen, as the first picture of the next start."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from shortside.sessions import NEW_YORK
from tui.terminal.picture import as_json, marked, paint_of, rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from tui.terminal.display import Line
    from tui.terminal.saved_frame import SavedFrames


class PictureKeeper:
    """The newest picture, until it is written.

    Args:
        frames: where it is written.
    """

    def __init__(self, frames: SavedFrames) -> None:
        self._frames = frames
        self._picture: tuple[list[Line], str] | None = None
        self._saving = Lock()

    def take(self, lines: list[Line] | None, moment: datetime) -> None:
        """Remember what the terminal shows; None is nothing.

        Args:
            lines: the shadow of the display.
            moment: when it was seen, in any zone.
        """
        if lines is not None:
            day = moment.astimezone(NEW_YORK)
            self._picture = lines, f"last seen {day.day} {day:%b %H:%M}"

    def save(self) -> str:
        """Write it down, for as long as three keys take; what stood in the way, in words.

        A full disk must not end a monitor: the next start just begins without a picture.
        """
        with self._saving:
            if self._picture is None:
                return ""
            lines = marked(*self._picture)
            size = len(lines[0].glyphs), len(lines)
            try:
                self._frames.save(size, paint_of(lines), as_json(rows_of(lines)))
            except OSError as error:
                return f"the last frame was not kept: {error}"
            return ""
