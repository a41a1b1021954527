"""Opens the demo market on a terminal nobody looks at, goes through its screens, and takes a picture of each.

The clock stands, and the market is the same one at the same moment each time, so every run sees the same figures.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any, Final
from zoneinfo import ZoneInfo

from textual import events
from textual.driver import Driver
from textual.geometry import Size
from textual.pilot import Pilot
from textual.widgets import Input

from docs._screen_list import OPENING, SCREENS, PictureGroup
from docs._screen_picture import ScreenPicture, picture_of
from shortside.lists.names import NameList
from shortside.market import NoSessionError
from tui.alerts.journal import Journal, JournalEntry
from tui.app import Monitor
from tui.first_start import hints_of_first_start
from tui.settings.configuration import Options, configured
from tui.settings.list_shelf import ListShelf
from tui.settings.own_file import own_file
from tui.settings.rule_files import rules_file
from tui.sources.load import load
from tui.sources.loaded_market import LoadedMarket
from tui.terminal.kind import TerminalKind

OPENED_AT: Final = datetime(2023, 9, 8, 13, 30, tzinfo=UTC)
"""When the demo's session opens."""
WATCHED: Final = timedelta(minutes=47)
"""How long into the session the pictures are taken."""
HERE: Final = ZoneInfo("Europe/London")
"""Where the reader sits: not where the machine stands, and not in New York, so that both clocks are seen."""
QUIET_SECONDS: Final = 0.08
"""Longer than a widget waits for a cursor to rest before it draws."""
BRIEF_SECONDS: Final = 0.01
"""Enough between two keys."""
LISTS: Final = {
    "squeezed": "where: crowding > 90 & tier in (small, micro)\n",
    "retail": "# group: Retail\nNAL\nLCE\n# group: Others\nDCR\nSPY\n",
}
"""Own lists of whoever reads the pictures, by their names."""
OWN_POSITIONS: Final = """\
symbol,shares,price,date,account
LCE,-12000,34.10,2023-08-02,main
LRDL,-4000,39.75,2023-06-14,main
SAMS,-250000,5.42,2023-08-21,main
MONN,-3500,36.20,2023-09-08,second
CRN,1500,40.05,2023-07-06,hedge
QZXV,-100,9.80,2023-08-02,second
LRDL,-2x00,41.00,2023-07-20,second
"""
"""The book of whoever reads the pictures: a row with each thing that can be said of one."""
ALERTS: Final = """\
off = ["Squeezes"]
[[alerts]]
name = "Crowded small caps"
when = "crowding > 95 & tier in (small, micro)"
also = ["simulated"]
ways = ["bell", "osc9"]
[[alerts]]
name = "Squeezes"
when = "squeeze > 90 & price_change_today > 5%"
quiet = "22:00-07:00 here"
[[alerts]]
name = "LCE price ±10%"
when = "price moved by 10%"
among = "symbol = LCE"
also = ["simulated"]
"""
"""The alerts of whoever reads the pictures."""
JOURNAL: Final = (
    ("event", "short interest of 31 Aug arrived", timedelta(days=-1, hours=7), ()),
    ("trouble", "Yahoo spark: refused: HTTP 403", timedelta(hours=-2), ()),
    ("event", "Yahoo spark answered again", timedelta(hours=-1, minutes=-48), ()),
    ("alert", "Crowded small caps: 2 names: LCE, NAL: crowding > 95", timedelta(minutes=12), ("LCE", "NAL")),
)
"""What the journal of that reader holds: the kind, the words, how long after the opening bell, and names."""
SIGNS: Final = {"slash": "/", "question_mark": "?"}
"""What keys with names of their own type."""
MOST_ROUNDS: Final = 2_000


class StandingClock:
    """A moment that moves only when told to."""

    def __init__(self) -> None:
        self.moment = OPENED_AT

    def __call__(self) -> datetime:
        """The moment, until it is moved."""
        return self.moment


class BlindDriver(Driver):
    """A terminal that nobody looks at: frames are made for it as for any other, and dropped."""

    def write(self, data: str) -> None:
        """Drop what is written."""

    def start_application_mode(self) -> None:
        """Tell the app its size, as any terminal does."""
        size = Size(*(self._size or (80, 24)))
        self.send_message(events.Resize(size, size))

    def stop_application_mode(self) -> None:
        """Do nothing, as nothing was begun."""

    def disable_input(self) -> None:
        """Do nothing, as nobody types."""


class DemoMorning:
    """The demo market 47 minutes after its opening bell, read once for every start of the program.

    Args:
        home: a folder for what the program keeps; empty at first.
    """

    def __init__(self, home: Path) -> None:
        self.home, self.clock = home, StandingClock()
        self._starts = count(1)

    def options(self, group: PictureGroup, theme: str) -> Options:
        """What the program is started with."""
        # A mark comes and goes by seconds that nobody holds still.
        given = {
            "theme": theme,
            "low_bandwidth": "false",
            "still": "true",
            **dict.fromkeys(group.looks.options, "true"),
        }
        # Each start has a home of its own: what one leaves there is no concern of the next picture.
        options = configured(given, {"SHORTSIDE_HOME": str(self.home / str(next(self._starts)))}).options
        lists = ListShelf(options.paths)
        for name, text in LISTS.items():
            lists.save(name, NameList(text))
        own_file(options).write_text(OWN_POSITIONS)
        rules_file(options).write_text(ALERTS)
        Journal(options.paths.state).append(
            JournalEntry(at=OPENED_AT + after, kind=kind, words=words, source="demo", symbols=symbols)
            for kind, words, after, symbols in JOURNAL
        )
        # Said at a first start only; they would cover the keys.
        hints_of_first_start(options.paths.state)
        return options

    @cached_property
    def loaded(self) -> LoadedMarket:
        """The market, with the prices of that moment: what a program started now would not see move."""
        options = configured({}, {"SHORTSIDE_HOME": str(self.home)}).options
        loaded = load(options, self.clock, is_watched=True)
        board = loaded.desk.board(loaded.view)
        assert loaded.live is not None
        board.tick(*loaded.live.tick(WATCHED.total_seconds()))
        board.crowding = board.scored()
        self.clock.moment += WATCHED
        return loaded

    def monitor(self, group: PictureGroup, theme: str, driver: type[Driver] = BlindDriver) -> Monitor:
        """The program, about to start."""
        loaded = self.loaded
        kind = TerminalKind(colours=group.looks.colours)
        app = Monitor(self.options(group, theme), self.clock, loader=lambda *_, **__: loaded, kind=kind, here=HERE)
        app.driver_class = driver
        return app

    def opening(self, group: PictureGroup, theme: str, is_over: Event, driver: type[Driver] = BlindDriver) -> Monitor:
        """The program, reading its market until the event is set."""

        def read(_options: Options, _clock: object, progress: Any, **_how: object) -> LoadedMarket:
            progress("simulating a market", 1, 2)
            is_over.wait(30)
            raise NoSessionError("nobody waits any more")

        kind = TerminalKind(colours=group.looks.colours)
        app = Monitor(self.options(group, theme), self.clock, loader=read, kind=kind, here=HERE)
        app.driver_class = driver
        return app


async def pictures_of(
    morning: DemoMorning, group: PictureGroup, driver: type[Driver] = BlindDriver
) -> AsyncIterator[tuple[ScreenPicture, Monitor]]:
    """The pictures of a group, each with the program that shows it at that moment.

    Args:
        morning: the market.
        group: which screens, at which size and in what looks.
        driver: the terminal.
    """
    first = group.themes[0][0]
    async with running(morning.monitor(group, first, driver), group.size) as pilot:
        await reached(pilot, "MainScreen")
        for theme, screen, name in group.pictures():
            if screen != OPENING:
                await worn(pilot, theme)
                async with shown(pilot, screen):
                    yield picture(pilot, name), monitor_of(pilot)
    for theme, screen, name in group.pictures():
        if screen == OPENING:
            is_over = Event()
            async with running(morning.opening(group, theme, is_over, driver), group.size) as pilot:
                await reached(pilot, "OpeningScreen")
                yield picture(pilot, name), monitor_of(pilot)
                is_over.set()


@asynccontextmanager
async def running(app: Monitor, size: tuple[int, int]) -> AsyncIterator[Pilot[Any]]:
    """The program on its terminal."""
    # Neither which frames are held back nor how many bytes a second they cost is left to the wall clock.
    app.differ.max_frames_per_second = None
    app.differ.clock = count(0, 1_000).__next__
    async with app.run_test(headless=False, size=size) as pilot:
        yield pilot


async def worn(pilot: Pilot[Any], theme: str) -> None:
    """Wear a theme, unless it is worn already."""
    if pilot.app.theme != theme:
        pilot.app.theme = theme
        await settled(pilot)


@asynccontextmanager
async def shown(pilot: Pilot[Any], name: str) -> AsyncIterator[None]:
    """Go from the main screen to another by its keys, and back at the end of the block."""
    screen = next(one for one in SCREENS if one.name == name)
    for key in screen.keys:
        await pressed(pilot, key)
        if key.isdigit() and not pilot.app.screen.has_class("-solo"):
            await pressed(pilot, key)
    await reached(pilot, screen.kind)
    yield
    for key in screen.back:
        await pressed(pilot, key)


def picture(pilot: Pilot[Any], name: str) -> ScreenPicture:
    """What the terminal shows now."""
    app = monitor_of(pilot)
    lines = app.differ.shadow.shown()
    assert lines is not None, "some cells of the terminal were never written"
    return picture_of(name, lines, app.current_theme.dark)


def monitor_of(pilot: Pilot[Any]) -> Monitor:
    """The program under the pilot."""
    assert isinstance(pilot.app, Monitor)
    return pilot.app


async def pressed(pilot: Pilot[Any], key: str) -> None:
    """Press a key, and wait until it is answered."""
    # The pilot's own way looks at the processor's time, and takes ten times as long.
    pilot.app.post_message(events.Key(key, SIGNS.get(key, key if len(key) == 1 else None)))
    await settled(pilot)


async def reached(pilot: Pilot[Any], kind: str) -> None:
    """Wait until a screen of this class is the uppermost, and at rest.

    Raises:
        TimeoutError: It did not come.
    """
    for _ in range(MOST_ROUNDS):
        await settled(pilot, QUIET_SECONDS)
        if type(pilot.app.screen).__name__ == kind:
            return
    raise TimeoutError(f"{pilot.app.screen} is there, and no {kind}")


async def settled(pilot: Pilot[Any], seconds: float = BRIEF_SECONDS) -> None:
    """Wait until nothing worked on the screen for so long, and no cursor blinks on it.

    Raises:
        TimeoutError: It never came to rest.
    """
    app, quiet = monitor_of(pilot), 0
    for _ in range(MOST_ROUNDS):
        before = app.differ.frames_written
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await pilot.pause(seconds / 2)
        at_rest = before == app.differ.frames_written and not any(worker.is_running for worker in app.workers)
        quiet = quiet + 1 if at_rest else 0
        if quiet == 2:
            return
    raise TimeoutError("the screen never came to rest")
