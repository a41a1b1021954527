"""Sends the terminal only the cells that differ from what it already shows.

Textual 8.2 repaints every region that was refreshed, each run of text inside its own colour and reset:
94 kB before a 120x40 screen settles, 24 kB for one scrolled row. `DifferentialDisplay` catches each frame,
keeps what it should look like beside what the terminal shows, and writes the difference.

What it needs of Textual's private parts stands in `tui.terminal.textual_parts`. Where those are not as tested, and
whenever anything is raised in here, Textual draws by itself for the rest of the session; `fallback_reason` says why.

What makes it safe:

- The shadow is forgotten whenever the terminal may have changed by itself: resize, suspend and resume, a
  new writer thread (the alternate screen was entered again), a renderable that is no compositor update.
- A cluster whose width terminals disagree on (emoji, combining marks, joiners) is followed by an absolute
  cursor move, and its line is rewritten from there to the end. CJK is trusted to be two cells, and never cut
  in half.
- A hardware scroll is only a guess about cost. The shadow is scrolled alike and then compared, so a bad
  guess costs bytes, never a wrong cell. Whole rows move inside DECSTBM margins by line feeds and RI, as on a
  VT100; panels beside the moving one are repaired, or, when that costs more, nothing is scrolled.
- Erasing with a coloured background needs "back colour erase"; `screen` and `tmux` do not promise it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ScreenStackError

from tui.terminal.brush import NO_ABILITIES, TerminalAbilities
from tui.terminal.cells import Line, Palette
from tui.terminal.compositor import LeanCompositor
from tui.terminal.direct_painter import DirectPainter
from tui.terminal.shadow import Shadow
from tui.terminal.textual_parts import (
    FrameHook,
    driver_of,
    is_batching,
    is_live,
    is_synchronised,
    lend_compositor,
    misfit,
    misfit_of,
    opening_of,
    return_compositor,
)

if TYPE_CHECKING:
    from textual.filter import LineFilter
    from textual.screen import Screen
    from textual.theme import Theme

MOST_FRAMES_WAITING = 8
"""Frames on their way to the terminal; while there are more, only the newest state is kept."""
STALLED_SECONDS = 0.05
SECONDS_OF_FRAMES_AFTER_A_KEY = 0.1
"""How long after a key its frames may come: the panel and the screen behind it are drawn one after the other."""

SYNC_START, SYNC_END = "\x1b[?2026h", "\x1b[?2026l"


@dataclass(slots=True, eq=False, repr=False)
class FrameDiffer:
    """The settings and counters of one app's display, and the shadow of what its terminal shows."""

    enabled: bool = True
    """Whether frames are compared; the flag `SHORTSIDE_DIFFER=0` clears it."""
    abilities: TerminalAbilities = NO_ABILITIES
    colour_system: str | None = "truecolor"
    """The colours of `Palette`; None sends no colour at all, only bold, reverse and other attributes."""
    max_frames_per_second: float | None = None
    """Frames that come sooner are held back, and only the newest state is sent."""
    has_italics: bool = True
    """Whether the terminal slants italic text."""
    signs: dict[int, str] | None = None
    """Other signs for some, such as `tui.terminal.ascii_signs.PlainSigns`."""
    clock: Callable[[], float] = time.monotonic
    """Seconds, for the frame budget and the rate."""
    fallback_reason: str | None = None
    """Why Textual draws by itself, or None while we do."""
    bytes_written: int = 0
    """Bytes of all frames we sent; frames Textual sent by itself are not counted."""
    frames_written: int = 0
    """How many frames we sent; a frame without a change is not sent."""
    shadow: Shadow = field(init=False)
    filter: LineFilter = field(init=False)
    """What makes Textual draw with our pens where it draws by itself."""
    _recent: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=4096))
    _sent_at: float | None = None
    _hurried_until: float = float("-inf")

    def wear(self, theme: Theme, variables: Mapping[str, str]) -> None:
        """Draw in this theme's colours from now on."""
        self.shadow.wear(theme, variables)

    def __post_init__(self) -> None:
        self.shadow = Shadow(self.abilities, Palette(self.colour_system, self.signs, self.has_italics))
        self.filter = self.shadow.filter()
        self.fallback_reason = self.fallback_reason or misfit() or None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], colour_system: str | None) -> FrameDiffer:
        """Settings by `SHORTSIDE_DIFFER`, `TERM` and `NO_COLOR` (which counts when it is not empty)."""
        return cls(
            enabled=environment.get("SHORTSIDE_DIFFER", "1") != "0",
            abilities=TerminalAbilities.of(environment),
            colour_system=None if environment.get("NO_COLOR") else colour_system,
        )

    def bytes_per_second(self, now: float, window: float = 10.0) -> float:
        """The mean over the last seconds on `clock`; NaN when Textual draws and we cannot tell."""
        if not self.enabled or self.fallback_reason is not None:
            return float("nan")
        return sum(size for sent_at, size in self._recent if now - window < sent_at <= now) / window

    def hurry(self) -> None:
        """Send the next frames at once, whatever the budget, because they answer a key."""
        self._hurried_until = self.clock() + SECONDS_OF_FRAMES_AFTER_A_KEY

    def wait(self) -> float:
        """Seconds until the frame budget allows the next frame; 0 when it does now."""
        if not self.max_frames_per_second or self._sent_at is None or self.clock() < self._hurried_until:
            return 0.0
        return max(0.0, self._sent_at + 1 / self.max_frames_per_second - self.clock())

    def count(self, frame: str) -> None:
        """Note that a frame was sent."""
        size, self._sent_at = len(frame.encode(errors="replace")), self.clock()
        self.bytes_written += size
        self.frames_written += 1
        self._recent.append((self._sent_at, size))


class DifferentialDisplay(FrameHook):
    """A mixin that sends an app's frames as differences: `class Monitor(DifferentialDisplay, App)`."""

    _opening: object = None
    _is_fit: bool = False
    _flush_timer: Any = None
    _flush_soon: Any = None
    _drawn_before: Sequence[Line] = ()

    @cached_property
    def painter(self) -> DirectPainter:
        """Brings cells of our own widgets to the terminal past the compositor."""
        return DirectPainter(self, self.differ.shadow)

    @property
    def is_painting(self) -> bool:
        """Whether the terminal shows what the shadow says, and more may be put there."""
        return self._is_fit and self.is_differing and not is_batching(self) and is_live(self)

    @property
    def is_differing(self) -> bool:
        """Whether frames are sent as differences; if not, Textual draws by itself."""
        return self.differ.enabled and self.differ.fallback_reason is None

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The line filters of Textual: none while we draw, because they would change our colours, else ours."""
        return () if self.is_differing else (self.differ.filter,)

    def send_soon(self) -> None:
        """Have what was laid on the shadow sent when whoever lays it is done."""
        if self._flush_soon is None:
            self._flush_soon = asyncio.get_running_loop().call_soon(self._send_laid)

    def _send_laid(self) -> None:
        self._flush_soon = None
        if self.is_painting:
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())
            self.post_display_hook()

    def adopt_display(self, lines: Sequence[Line]) -> None:
        """Say, before the app runs, that the terminal already shows these lines and will not be cleared."""
        self._drawn_before = lines

    @cached_property
    def differ(self) -> FrameDiffer:
        """The settings and counters of the display."""
        differ = self.make_differ()
        differ.wear(self.current_theme, self.theme_variables)
        return differ

    def make_differ(self) -> FrameDiffer:
        """The display's settings for this app; override it to have others, as for a slow line."""
        return FrameDiffer.from_environment(os.environ, self.console.color_system)

    def watch_theme(self) -> None:
        """Draw in the colours of the new theme."""
        self.differ.wear(self.current_theme, self.get_css_variables())

    def invalidate_display(self) -> None:
        """Say that the terminal's contents are unknown; everything is written again."""
        self.differ.shadow.forget_terminal()
        if self.differ.frames_written:
            try:
                self.screen.refresh()
            except ScreenStackError:
                return

    def serialise_shadow(self) -> bytes:
        """What draws the present screen on a cleared terminal; empty when the differ is off."""
        return self.differ.shadow.serialise().encode() if self.is_differing else b""

    def flush_display(self) -> None:
        """Send what the frame budget or a stalled terminal held back, if the terminal is ours to write to."""
        self._flush_timer = None
        if self.is_differing and is_live(self):
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())

    def take_frame(self, screen: Screen[Any], frame: Any) -> None:
        """Send the difference, or have Textual draw where this cannot be done."""
        if not self.is_differing or frame is None:
            self.draw_plainly(screen, frame)
            return
        if not self._is_fit and (reason := misfit_of(self, screen)):
            self.fall_back(reason)
            self.draw_plainly(screen, frame)
            return
        self._is_fit = True
        if is_batching(self) or not is_live(self):
            self.draw_plainly(screen, frame)
            return
        if not (hasattr(frame, "chops") or hasattr(frame, "strips")):
            self.draw_plainly(screen, frame)
            self.differ.shadow.forget_terminal()
            return
        try:
            lend_compositor(screen, LeanCompositor, self.fall_back)
            self._take_in(frame)
        # A differ that fails must never take the monitor down, whatever it stumbled on: Textual can draw.
        except Exception as error:
            self.fall_back(f"{type(error).__name__}: {error}")
        if self.is_differing:
            self._send_unless(STALLED_SECONDS if self._is_stalled() else self.differ.wait())
            self.post_display_hook()
        else:
            self.draw_plainly(screen, frame)

    def _take_in(self, frame: Any) -> None:
        # Every start of the driver, also after SIGTSTP or a bare SIGCONT, enters a blank alternate screen.
        opening = opening_of(driver_of(self))
        width, height = self.size
        if opening is not self._opening:
            is_first, self._opening = self._opening is None, opening
            drawn = self._drawn_before if is_first else ()
            if drawn and (len(drawn[0].glyphs), len(drawn)) == self.size:
                self.differ.shadow.adopt(drawn)
            else:
                self.differ.shadow.forget_terminal()
        self.differ.shadow.apply(frame, (width, height))

    def _is_stalled(self) -> bool:
        # A frame handed to a terminal that takes none blocks the event loop once thirty of them wait.
        return getattr(driver_of(self), "backlog", 0) > MOST_FRAMES_WAITING

    def _send_unless(self, wait: float) -> None:
        if not wait:
            self._send()
        elif self._flush_timer is None:
            # Not a timer of Textual's: one that is overdue when it starts never fires, and its frame would be lost.
            self._flush_timer = asyncio.get_running_loop().call_later(wait, self.flush_display)

    def _send(self) -> None:
        try:
            changes = self.differ.shadow.take_changes()
        except Exception as error:  # for the reason given in _display
            self.fall_back(f"{type(error).__name__}: {error}")
            return
        driver = driver_of(self)
        if not changes or driver is None:
            return
        column, row = self.screen.outer_size.clamp_offset(self.cursor_position)
        # The hidden cursor matters to input methods only: a widget that takes text has moved it from home.
        frame = changes + (f"\x1b[{row + 1};{column + 1}H" if row or column else "")
        if is_synchronised(self):
            frame = f"{SYNC_START}{frame}{SYNC_END}"
        self.differ.count(frame)
        driver.write(frame)
        driver.flush()

    def fall_back(self, reason: str) -> None:
        """Let Textual draw for the rest of the session, starting with a full repaint."""
        for screen in self.screen_stack:
            return_compositor(screen)
        self.differ.fallback_reason = reason
        self.log.warning(f"display differ off: {reason}")
        self.screen.refresh()

    async def on_resize(self, _event: events.Resize) -> None:
        # Terminals reflow as they like, and a resize there and back ends at a size Textual does not repaint.
        self.invalidate_display()

    @contextmanager
    def suspend(self) -> Iterator[None]:
        """Suspend the app as Textual does; afterwards the terminal's contents are unknown."""
        with super().suspend():
            yield
        self.invalidate_display()
