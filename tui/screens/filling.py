"""The screen over an archive that makes no market: what it lacks, what filling it takes, and how far that is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, Protocol

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.errors import ReportedError
from tui.processes.back_office import OfficeClosedError
from tui.screens.key_line import KeyLine, KeyWords
from tui.screens.panel_readiness import PanelReadiness
from widgets.format import GLYPHS_UNICODE, Glyphs, full_date
from widgets.key_names import key_words
from widgets.lines import Line
from widgets.panel import Panel
from widgets.wrapped import lines_of_words

if TYPE_CHECKING:
    from providers.base import Progress
    from tui.processes.messages import FillingEnded, PlannedRequests

OFFER_KEYS: Final = (("{filling.fill:f}", "fill it now"), ("{filling.leave:q}", "leave"), ("{app.help:?}", "keys"))
FILLING_KEYS: Final = (
    ("{filling.stop:esc}", "stop, and open what is there"),
    ("{filling.leave:q}", "leave"),
    ("{app.help:?}", "keys"),
)
MOST_COMPLAINTS_SHOWN: Final = 3
TITLE_WIDTH: Final = 28


class ArchiveFiller(Protocol):
    """Fills the archive; a back office does. Every method but `stop_filling` blocks until it is done."""

    def plan_filling(self, since: date) -> Sequence[PlannedRequests]:
        """What it takes to fill it from a day on."""

    def fill(self, since: date, progress: Progress) -> FillingEnded:
        """Fill it from a day on."""

    def stop_filling(self) -> None:
        """End the filling when what is under way is stored."""


class FillingPanel(Panel, can_focus=False):
    """What is lacking, and either the plan or how far the filling is."""

    DEFAULT_CSS = "FillingPanel { border: none; height: 1fr; }"

    def __init__(self, archive: Path, lack: str, since: date, complaints: Sequence[str], glyphs: Glyphs) -> None:
        super().__init__(glyphs=glyphs, id="filling")
        self._archive, self._lack, self._since = archive, lack, since
        self.complaints = tuple(complaints)
        self.plan: Sequence[PlannedRequests] | None = None
        """What is asked of each provider; None while it is counted."""
        self.done: tuple[str, int, int] | None = None
        """What is asked for, and how many requests of how many were made; None while nothing is."""
        self.is_stopping = False

    def draw(self, width: int, height: int) -> list[Line]:
        lines: list[Line] = [[], [(" shortside", "title"), ("  public archive", "muted")], []]
        lines += _words(f"{self._archive} {self._lack}: there is no market to show yet.", "plain", width)
        lines += [[], *(self._offer(width) if self.done is None else self._progress(width))]
        for complaint in self.complaints[:MOST_COMPLAINTS_SHOWN]:
            lines += _words(complaint, "loss", width)
        if len(self.complaints) > MOST_COMPLAINTS_SHOWN:
            lines += _words(f"and {len(self.complaints) - MOST_COMPLAINTS_SHOWN} more", "loss", width)
        return lines

    def _offer(self, width: int) -> list[Line]:
        if self.plan is None:
            return [] if self.complaints else _words("counting what it takes to fill it", "muted", width)
        if not self.plan:
            return _words("nothing more can be asked for; see shortside doctor", "warning", width)
        lines = _words(f"To fill it from {full_date(self._since)} on, politely, takes", "plain", width)
        for one in self.plan:
            lines.append(_plan_line(one.title, one.requests, one.seconds, one.is_estimate, width))
        about = any(one.is_estimate for one in self.plan)
        requests = sum(one.requests for one in self.plan)
        # Hosts are asked side by side: the slowest of them is what one waits for.
        lines.append(_plan_line("in all", requests, self.seconds, about, width, "total"))
        said = key_words(
            self,
            "{filling.fill:f} fills it now. What is stored stays: {filling.stop:Esc} stops, and the next time goes on "
            "from there.",
        )
        return [*lines, [], *_words(said, "accent", width), []]

    @property
    def seconds(self) -> float:
        """How long the whole plan takes."""
        return max((one.seconds for one in self.plan or ()), default=0.0)

    def _progress(self, width: int) -> list[Line]:
        words, sent, total = self.done or ("", 0, 0)
        share = min(sent / total, 1.0) if total else 0.0
        full, empty = ("#", ".") if self.glyphs.is_ascii else ("━", "─")
        room = min(48, max(width - 4, 1))
        filled = round(room * share)
        left = "" if self.is_stopping else f", {duration_words(self.seconds * (1 - share))} left"
        counted = f"{sent:,} of {total:,} requests{left}"
        what = "stopping when what is under way is stored" if self.is_stopping else words
        return [
            [(" ", "plain"), (full * filled, "accent"), (empty * (room - filled), "shade")],
            *_words(counted, "plain", width),
            *_words(what, "muted", width),
            [],
        ]


class FillingScreen(PanelReadiness, Screen[bool]):
    """Offers to fill an archive that makes no market; dismissed with whether it is to be read again.

    Args:
        filler: counts and fills.
        archive: the folder that is filled.
        lack: what it has nothing of, such as `holds no closes`.
        since: from which day on it is filled.
        complaints: what went wrong the time before.
        glyphs: the signs to draw with.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "fill", "fill it now", id="filling.fill", tooltip="Ask the providers for what is missing"),
        Binding("escape", "stop", "stop", id="filling.stop", tooltip="End the filling; what is stored stays"),
        Binding("q", "back", "leave", id="filling.leave", tooltip="Leave; what is stored stays"),
    ]

    def __init__(
        self,
        filler: ArchiveFiller,
        archive: Path,
        lack: str,
        since: date,
        complaints: Sequence[str] = (),
        glyphs: Glyphs = GLYPHS_UNICODE,
    ) -> None:
        super().__init__()
        self._filler, self._since, self._glyphs = filler, since, glyphs
        self._panel = FillingPanel(archive, lack, since, complaints, glyphs)
        self.complaints: tuple[str, ...] = ()
        """What went wrong with the filling."""

    def compose(self) -> ComposeResult:
        yield self._panel
        yield KeyLine(OFFER_KEYS, self._glyphs, id="keys")

    def fill_panels(self) -> None:
        """Count what it takes, once the panel is there."""
        self._panel.redraw()
        self.run_worker(self._count(), exit_on_error=False, group="filling", name="count")

    async def _count(self) -> None:
        try:
            self._panel.plan = await asyncio.to_thread(self._filler.plan_filling, self._since)
        except (ReportedError, OfficeClosedError) as error:
            self._panel.complaints = (_why(error),)
        self._panel.redraw()

    def action_fill(self) -> None:
        """Begin to fill; a second time nothing happens."""
        if self._panel.done is None and self._panel.plan:
            self._panel.done, self._panel.complaints = ("beginning", 0, 0), ()
            self._show_keys(FILLING_KEYS)
            self.run_worker(self._fill(), exit_on_error=False, group="filling", name="fill")

    async def _fill(self) -> None:
        told = self._in_loop(self._show_progress)
        try:
            ended = await asyncio.to_thread(self._filler.fill, self._since, told)
        except (ReportedError, OfficeClosedError) as error:
            self._panel.done, self._panel.is_stopping = None, False
            self._panel.complaints = (_why(error),)
            self._show_keys(OFFER_KEYS)
            return
        self.complaints = ended.complaints
        self.dismiss(True)

    def _in_loop(self, show: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
        loop = asyncio.get_running_loop()

        def told(words: str, done: int, total: int) -> None:
            # Whoever watched may have left, and the loop with him.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(show, words, done, total)

        return told

    def _show_progress(self, words: str, done: int, total: int) -> None:
        if self.has_panels and self._panel.done is not None:
            self._panel.done = words, done, total
            self._panel.redraw()

    def _show_keys(self, keys: KeyWords) -> None:
        if self.has_panels:
            self.query_one(KeyLine).show_keys(keys)
            self._panel.redraw()

    def action_stop(self) -> None:
        """Have the filling end when what is under way is stored."""
        if self._panel.done is not None and not self._panel.is_stopping:
            self._panel.is_stopping = True
            self._panel.redraw()
            self._filler.stop_filling()

    def action_back(self) -> None:
        """Leave; nothing that is stored is lost."""
        self.dismiss(False)


def _why(error: Exception) -> str:
    return str(error) or "it cannot be filled here; use: shortside backfill"


def _words(words: str, style: str, width: int) -> list[Line]:
    return [[(f" {part}", style)] for part in lines_of_words(words, width - 2)]


def _plan_line(title: str, requests: int, seconds: float, is_estimate: bool, width: int, style: str = "plain") -> Line:
    """A provider with its requests and their time; the time goes where there is no room."""
    counted = f"{'about ' if is_estimate else ''}{requests:,}"
    room = min(TITLE_WIDTH, max(width - 16, 8))
    line: Line = [(f"   {title[:room]:<{room}}", style if style == "total" else "muted"), (f"{counted:>12}", style)]
    if width >= room + 45:
        noun = "request" if requests == 1 else "requests"
        line.append((f" {noun:<8}  {duration_words(seconds):>14}", style))
    return line


def duration_words(seconds: float) -> str:
    """How long something takes, as one says it beforehand: `under a minute`, `about 15 min`, `about 1 h 10 min`."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    if minutes < 60:
        return f"about {minutes} min"
    return f"about {minutes // 60} h {minutes % 60} min"
