"""The line over the keys that says what happened last, for some minutes."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip
from textual.timer import Timer

from shortside.sessions import NEW_YORK
from tui.screens.happenings import Happening
from widgets.format import GLYPHS_UNICODE, Glyphs, fit, width_of
from widgets.lines import Line, fit_line
from widgets.moments import ReaderTime, moment_wordings
from widgets.panel import StyleNames

LEAST_HEIGHT_FOR_EVENTS = 24
"""Lines of the screen from which on one of them may tell the last event."""


def event_line(happening: Happening, width: int, here: tzinfo = NEW_YORK, glyphs: Glyphs = GLYPHS_UNICODE) -> Line:
    """When it happened, in New York and where there is room here, what, and how to get rid of the line."""
    times = moment_wordings(happening.at, ReaderTime(happening.at, here), glyphs=glyphs)
    needed = width_of(happening.words) + 4
    at = f" {next((time for time in times if width_of(time) + needed <= width), times[-1])}  "
    end = "  esc clears "
    room = width - width_of(at)
    words = happening.words.replace("…", glyphs.ellipsis) if glyphs.is_ascii else happening.words
    line: Line = [(at, "muted"), (fit(words, min(width_of(words), room), glyphs=glyphs), _style(happening))]
    spare = room - width_of(words) - width_of(end)
    return fit_line([*line, (" " * spare + end, "muted")] if spare >= 0 else line, width, glyphs)


def _style(happening: Happening) -> str:
    return "warning" if happening.is_alarm else "plain"


class EventLine(StyleNames, can_focus=False):
    """One line that tells the last event for `SHOWN_SECONDS`; it takes no room while there is none."""

    DEFAULT_CSS = "EventLine { height: 1; display: none; } EventLine.-told { display: block; }"
    SHOWN_SECONDS: ClassVar[float] = 300.0

    def __init__(self, glyphs: Glyphs = GLYPHS_UNICODE, here: tzinfo = NEW_YORK, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs, self._here = glyphs, here
        self._timer: Timer | None = None
        self.happening: Happening | None = None
        """What it tells; None while there is nothing."""

    def tell(self, happening: Happening) -> None:
        """Tell something that happened, in place of what did before."""
        self._stop()
        self.happening = happening
        self.set_class(True, "-told")
        self.refresh(Region(0, 0, self.size.width, 1))
        self._timer = self.set_timer(self.SHOWN_SECONDS, self.clear, name="event")

    def clear_after(self, moment: datetime) -> None:
        """Tell nothing that happened later, for a recording went back to before it."""
        if self.happening is not None and self.happening.at > moment:
            self.clear()

    def clear(self) -> None:
        """Tell nothing any more, and give the line back."""
        self._stop()
        self.happening = None
        self.set_class(False, "-told")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        line = [] if self.happening is None else event_line(self.happening, width, self._here, self._glyphs)
        return self.strip_of(fit_line(line, width, self._glyphs))
