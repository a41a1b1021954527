"""What keys, clicks, pastes and sizes at random do to the monitor, and whether it can be left afterwards.

    python -m benchmarks.monkey --sessions 1000 --events 500 --seed 1 [--minutes 25]
    python -m benchmarks.monkey --sessions 1000 --events 500 --into docs/campaigns/monkey.json [--processes 1] [--anew]

Sessions take turns with five sizes and two markets: the demo, and a folder whose names try to steer a terminal. Events
come in bursts, as of a key held down. A session in which an error was noted, or that was not left two seconds (of the
processor) after three hundred Enters and `q` in one write, is printed with its number; `--only NUMBER` plays it again.
1 where there was any.

Ten sessions share a process. With `--into` each is written to a file, and a later call plays those that are not there.
docs/campaigns/monkey.json has the sessions of every night so far, and `python -m docs.make_campaigns` writes them into
docs/reliability.md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from traceback import format_exception
from typing import Any, Final, NamedTuple
from unittest import mock

from textual import events
from textual.pilot import Pilot

from benchmarks._campaign import Settings, in_processes, keep, read_kept
from benchmarks._hostile_folder import NAMES, write_hostile_folder
from benchmarks._timing import seconds_given, table_text
from tui.app import Monitor
from tui.faults import Faults
from tui.settings.configuration import configured
from tui.terminal.input_sequences import InputSequences
from tui.terminal.key_reader import heard_in
from tui.terminal.textual_parts import KeyParser
from widgets.crowded import CrowdedTable

SIZES: Final = ((40, 12), (80, 24), (120, 40), (200, 60), (300, 80))
ODD_SIZES: Final = ((1, 1), (2, 500), (500, 2), (20, 5), (60, 18), (1000, 200))
KEYS: Final = (
    *("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~", "\x1b[H", "\x1b[F", "\x1b[1;2A", "\x1b[1;2D"),
    *("\x1b", "\x1b", "\x1b", "\r", "\r", "\r", "\t", "\x1b[Z", "\x7f", "\x10", "\x10", "\x1bOP"),
    *("/", "/", "?", "x", "i", "c", "]"),
    *"123456789zzssStTwWbpvVyYjjkkgGhlmnrdeaaAAEuqJK+-=[<>{}LLBBPPXoD. ",
    *("\x04", "\x15", "\x01", "\x0b", "\x17", "\x13"),
)  # fmt: skip
PALETTE_WORDS: Final = (
    "window", "since:2023-02-01", "tier", "sector", "sort by", "panel", "screen", "theme", "basis", "zz", "a", "",
    "quit", "roll-up", "crowding > 50 & tier = small", "KX", "[/]",
)  # fmt: skip
TEXTS: Final = (*NAMES, "AAPL\nMSFT", "\x1b[200~nested\x1b[201~", "1" * 5000, "\x00\x01\x02", "crowding > ", "((((")
RAW: Final = (
    "\x1b[?62;22c",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b[<0;5;5M",
    "\x1b[<0;999;999m",
    "\x1b[M!!!",
    "\x1bP>|x\x1b\\",
    "\x1b[I",
    "\x1b[O",
)
SECONDS_TO_LEAVE: Final = 2.0
SECONDS_TO_WAIT: Final = 300.0
"""How long it may take meanwhile, processor or not, where a processor is to be had."""
LONGEST_SESSION: Final = 900.0
"""Seconds, where a processor is to be had, after which a session is called stuck."""
BURSTS: Final = (1, 1, 2, 5, 10, 20, 40)
"""Events of which each comes before the one before it is answered."""
TURNS: Final = (0, 1, 3, 10, None)
"""Turns of the event loop between two bursts; None until all is answered."""
SESSIONS_A_PROCESS: Final = 10
"""The caches of Textual hold a monitor that was left, and what was frozen for the collector is never collected: a user
has one monitor in a process, and many of them would fill the memory."""


class Session(NamedTuple):
    """What became of one session."""

    size: tuple[int, int]
    source: str
    faults: tuple[str, ...]
    seconds_to_leave: float
    """Until it was left; infinite if it was not in time."""


class Terminal:
    """What a terminal sends, as the monitor's driver would read it."""

    def __init__(self, app: Monitor) -> None:
        self._app, self._sequences, self._parser = app, InputSequences(), KeyParser()

    def type(self, text: str) -> None:
        """Have text read in one piece; nothing follows it."""
        pieces = list(self._sequences.feed(text))
        if (last := self._sequences.give_up()) is not None:
            pieces.append(last)
        for message in [message for piece in pieces for message in heard_in(self._parser, piece)]:
            self._app.post_message(message)

    def mouse(self, chosen: random.Random) -> None:
        """Move, click once or more, or turn the wheel somewhere on the screen."""
        width, height = self._app.size
        x, y = chosen.randrange(max(width, 1)), chosen.randrange(max(height, 1))
        kinds = chosen.choice([
            (events.MouseMove,), (events.MouseDown, events.MouseUp), (events.MouseDown, events.MouseUp) * 2,
            (events.MouseScrollDown,), (events.MouseScrollUp,) * 3, (events.MouseDown,), (events.MouseUp,),
        ])  # fmt: skip
        for kind in kinds:
            button = chosen.choice((1, 1, 1, 2, 3))
            self._app.post_message(kind(None, x, y, 0, 0, button, False, False, False, screen_x=x, screen_y=y))


async def one_event(app: Monitor, pilot: Any, terminal: Terminal, chosen: random.Random, clock: list[float]) -> None:
    """Something that a person, a cat or a window manager does."""
    what = chosen.random()
    if what < 0.62:
        terminal.type("".join(chosen.choices(KEYS, k=chosen.choice((1, 1, 1, 2, 4)))))
    elif what < 0.80:
        terminal.mouse(chosen)
    elif what < 0.86:
        terminal.type(
            f"\x10{chosen.choice(PALETTE_WORDS)}{chosen.choice(('', chr(13), chr(27), chr(27) + '[B' + chr(13)))}"
        )
    elif what < 0.91:
        app.post_message(events.Paste(chosen.choice(TEXTS)))
    elif what < 0.94:
        terminal.type(f"/{chosen.choice(PALETTE_WORDS)}{chosen.choice(('', chr(13), chr(27)))}")
    elif what < 0.96:
        terminal.type(chosen.choice(RAW))
    else:
        await pilot.resize_terminal(*chosen.choice((*SIZES, *ODD_SIZES)))
    if chosen.random() < 0.1:
        clock[0] += 0.25
        app.beat()


@contextmanager
def nobody_waits() -> Iterator[None]:
    """Have the pilot wait for nothing: it would give up after thirty seconds of the clock, however busy the machine."""

    async def at_once(*_given: object) -> bool:
        await asyncio.sleep(0)
        return True

    with mock.patch.object(Pilot, "_wait_for_screen", at_once), mock.patch.object(Pilot, "pause", at_once):
        yield


async def one_too_many(limit: float) -> None:
    """End after so many seconds, where a processor is to be had.

    Raises:
        TimeoutError: they are over.
    """
    deadline = seconds_given() + limit
    while seconds_given() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(1)
    raise TimeoutError(f"stuck for {limit:.0f} s")


async def session(number: int, seed: int, count: int, folder: Path, home: Path) -> Session:
    """Play one session, and leave."""
    size, source = kind_of(number)
    arguments = {"source": source} | ({"data": str(folder)} if source == "files" else {})
    variables = {"SHORTSIDE_HOME": str(home / str(number)), "XDG_CACHE_HOME": str(home / "cache")}
    moment, clock = datetime(2026, 3, 2, 15, tzinfo=UTC), [0.0]
    app = Monitor(configured(arguments, variables).options, lambda: moment + timedelta(seconds=clock[0]))
    noted: list[str] = []
    note = Faults.note

    def also_here(faults: Faults, error: BaseException) -> str:
        noted.append("".join(format_exception(error)[-6:]))
        return note(faults, error)

    seconds = float("inf")
    with mock.patch.object(Faults, "note", also_here), nobody_waits():
        playing = asyncio.ensure_future(played(app, size, random.Random(f"{seed} {number}"), count, clock))
        watching = asyncio.ensure_future(one_too_many(LONGEST_SESSION))
        await asyncio.wait((playing, watching), return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            noted.append(f"stuck: {app.screen_stack}")
        watching.cancel()
        playing.cancel()
        try:
            seconds = await playing
        except asyncio.CancelledError:
            pass
        # Whatever ends the program that is no wish to leave is what is looked for.
        except Exception as error:
            noted.append("".join(format_exception(error)[-6:]))
    if seconds > SECONDS_TO_LEAVE:
        noted.append(f"not left within {SECONDS_TO_LEAVE:.0f} s of the processor: {seconds:.1f} s")
        seconds = float("inf")
    return Session(size, source, tuple(noted), seconds)


async def answered(app: Monitor, turns: int | None) -> None:
    """Let the event loop turn so often; where no number is given, until all is taken in and every key answered."""
    for _ in range(turns or 0):
        await asyncio.sleep(0)
    if turns is not None:
        return
    taken_in = asyncio.Event()
    # It is called behind all that was posted before.
    app.call_later(taken_in.set)
    await taken_in.wait()
    while app.keys_wait:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def played(app: Monitor, size: tuple[int, int], chosen: random.Random, count: int, clock: list[float]) -> float:
    """Have so many events happen; the seconds of the processor until the monitor was left."""
    leave = app.exit
    # It presses `q` and finds Quit in the palette, too, and shall go on until its events are over.
    app.exit = lambda *_codes, **_more: None  # type: ignore[method-assign]
    async with app.run_test(size=size) as pilot:
        while app.board is None or not app.screen.query(CrowdedTable):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        terminal, left = Terminal(app), count
        while left:
            burst = min(left, chosen.choice(BURSTS))
            left -= burst
            for _ in range(burst):
                await one_event(app, pilot, terminal, chosen, clock)
            if app.size != size:
                # A window of a thousand columns is drawn for seconds; what comes of its sizes is seen meanwhile.
                await pilot.resize_terminal(*size)
            await answered(app, chosen.choice(TURNS))
        await answered(app, None)
        if app.size != size:
            # The last burst asked for another size, and the monitor had not heard of it before all was answered.
            await pilot.resize_terminal(*size)
            await answered(app, None)
        app.exit = leave  # type: ignore[method-assign]
        # Of the processor: what else the machine does is none of the monitor's.
        began, deadline = time.process_time(), seconds_given() + SECONDS_TO_WAIT
        # From wherever it has got to: back to the first screen, where a name is opened, left, and the program.
        terminal.type("\x1b\x1b\x1b\x1b\x1b\x1b" + "\r" * 300 + "qqqqqqqq")
        while app.return_code is None and seconds_given() < deadline:  # noqa: ASYNC110
            # The pilot would wait for panels that are on their way out.
            await asyncio.sleep(0.005)
        seconds = time.process_time() - began
        if app.return_code is None:
            seconds = float("inf")
            app.exit(0)
    return seconds


def play(number: int, seed: int, count: int, place: str) -> tuple[int, Session]:
    """Play one session in this process; its number, and what became of it."""
    return number, asyncio.run(session(number, seed, count, Path(place) / "folder", Path(place)))


def read_sessions(file: Path | None, settings: Settings) -> dict[int, Session]:
    """What a file holds of earlier calls, by number."""
    return {
        int(number): Session(*kind_of(int(number)), tuple(faults), float("inf") if seconds is None else seconds)
        for number, (seconds, *faults) in read_kept(file, settings).items()
    }


def keep_sessions(file: Path | None, settings: Settings, sessions: Mapping[int, Session]) -> None:
    """Put the file: of each session the seconds until it was left, null where it was not, and its faults."""
    results = {
        str(number): [round(one.seconds_to_leave, 2) if isfinite(one.seconds_to_leave) else None, *one.faults]
        for number, one in sorted(sessions.items())
    }
    keep(file, settings, results, in_a_line=10)


def kind_of(number: int) -> tuple[tuple[int, int], str]:
    """The size and the market of a session."""
    return SIZES[number % len(SIZES)], ("demo", "files")[number // len(SIZES) % 2]


def play_in_processes(
    asked: argparse.Namespace, settings: Settings, played_ones: dict[int, Session], place: str
) -> None:
    """Play what has not been played yet, and keep what came of each."""
    deadline = time.monotonic() + asked.minutes * 60
    given = (
        (number, asked.seed, asked.events, place)
        for number in range(asked.sessions)
        if number not in played_ones and time.monotonic() < deadline
    )
    for number, one in in_processes(play, given, asked.processes, SESSIONS_A_PROCESS):
        played_ones[number] = one
        keep_sessions(asked.into, settings, played_ones)
        say_faults(number, one)


def say_faults(number: int, one: Session) -> None:
    """Print the first faults of a session."""
    for fault in one.faults[:3]:
        print(f"session {number} {one.size} {one.source}:\n{fault}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play sessions and print the table; 1 where anything went wrong."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sessions", type=int, default=1000)
    options.add_argument("--events", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=float("inf"), help="begin no further ones after so many")
    options.add_argument("--only", type=int, help="this one, here and now")
    options.add_argument("--into", type=Path, help="write what came of each to this file, and play those not in it")
    options.add_argument("--anew", action="store_true", help="forget what the file holds")
    options.add_argument("--processes", type=int, default=1)
    asked = options.parse_args(arguments)
    settings = {"seed": asked.seed, "events": asked.events}
    played_ones = {} if asked.anew else read_sessions(asked.into, settings)
    with tempfile.TemporaryDirectory() as place:
        write_hostile_folder(Path(place) / "folder")
        if asked.only is not None:
            played_ones = dict([play(asked.only, asked.seed, asked.events, place)])
            say_faults(asked.only, played_ones[asked.only])
        else:
            # Who has seen enough gets the table of what was played.
            with suppress(KeyboardInterrupt):
                play_in_processes(asked, settings, played_ones, place)
    played = list(played_ones.values())
    print(sessions_table(played, asked.events))
    return 1 if any(one.faults for one in played) else 0


def sessions_table(played: Sequence[Session], events: int) -> str:
    """A row a market and size, and one for all."""
    rows = [
        _row(source, size, [one for one in played if (one.source, one.size) == (source, size)], events)
        for source in ("demo", "files")
        for size in SIZES
    ]
    head = ("market", "size", "sessions", "events", "errors noted", "not left in 2 s", "slowest to leave")
    return table_text(head, [*rows, _row("all", None, played, events)])


def _row(source: str, size: tuple[int, int] | None, some: Sequence[Session], count: int) -> tuple[str, ...]:
    left = [one.seconds_to_leave for one in some if one.seconds_to_leave < SECONDS_TO_LEAVE]
    kinds = Counter(fault.startswith("not left") for one in some for fault in one.faults)
    return (
        source,
        "all" if size is None else f"{size[0]}×{size[1]}",
        f"{len(some):,}",
        f"{len(some) * count:,}",
        f"{kinds[False]:,}",
        f"{len(some) - len(left):,}",
        f"{max(left):.2f} s" if left else "",
    )


if __name__ == "__main__":
    raise SystemExit(main())
