"""What keys, clicks, pastes and sizes at random do to the monitor, and whether it can be left afterwards.

    python -m benchmarks.monkey --sessions 1000 --events 500 --seed 1 [--minutes 25]

Sessions take turns with five sizes and two markets: the demo, and a folder whose names try to steer a terminal. A
session in which an error was noted, or that was not left two seconds (of the processor) after three hundred Enters and
`q` in one write, is printed with its number; `--only NUMBER` plays it again. 1 where there was any.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from traceback import format_exception
from typing import Any, Final, NamedTuple
from unittest import mock

from textual import events

from benchmarks._hostile_folder import NAMES, write_hostile_folder
from benchmarks._timing import print_table
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
"""How long the clock may run meanwhile, on a machine that does other things, too."""
LONGEST_SESSION: Final = 1800.0
"""Seconds after which a session is called stuck."""


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
    for _ in range(chosen.choice((0, 0, 1, 3, 10, 30))):
        await asyncio.sleep(0)


async def session(number: int, seed: int, count: int, folder: Path, home: Path) -> Session:
    """Play one session, and leave."""
    chosen, clock = random.Random(f"{seed} {number}"), [0.0]
    size, source = SIZES[number % len(SIZES)], ("demo", "files")[number // len(SIZES) % 2]
    arguments = {"source": source} | ({"data": str(folder)} if source == "files" else {})
    variables = {"SHORTSIDE_HOME": str(home / str(number)), "XDG_CACHE_HOME": str(home / "cache")}
    moment = datetime(2026, 3, 2, 15, tzinfo=UTC)
    app = Monitor(configured(arguments, variables).options, lambda: moment + timedelta(seconds=clock[0]))
    noted: list[str] = []
    note = Faults.note

    def also_here(faults: Faults, error: BaseException) -> str:
        noted.append("".join(format_exception(error)[-6:]))
        return note(faults, error)

    listening = mock.patch.object(Faults, "note", also_here)
    listening.start()
    leave, seconds = app.exit, float("inf")
    # It presses `q` and finds Quit in the palette, too, and shall go on until its events are over.
    app.exit = lambda *_codes, **_more: None  # type: ignore[method-assign]
    try:
        async with asyncio.timeout(LONGEST_SESSION), app.run_test(size=size) as pilot:
            while app.board is None or not app.screen.query(CrowdedTable):
                await pilot.pause(0.01)
            terminal = Terminal(app)
            for _ in range(count):
                await one_event(app, pilot, terminal, chosen, clock)
            while app.keys_wait:
                await pilot.pause(0.01)
            app.exit = leave  # type: ignore[method-assign]
            # Of the processor: what else the machine does is none of the monitor's.
            began, deadline = time.process_time(), time.monotonic() + SECONDS_TO_WAIT
            # From wherever it has got to: back to the first screen, where a name is opened, left, and the program.
            terminal.type("\x1b\x1b\x1b\x1b\x1b\x1b" + "\r" * 300 + "qqqqqqqq")
            while app.return_code is None and time.monotonic() < deadline:  # noqa: ASYNC110
                # The pilot would wait for panels that are on their way out.
                await asyncio.sleep(0.005)
            seconds = time.process_time() - began
            if app.return_code is None or seconds > SECONDS_TO_LEAVE:
                seconds = float("inf")
                noted.append(f"not left: {app.screen_stack} focus {app.focused!r}")
                app.exit(0)
    # Whatever ends the program that is no wish to leave is what is looked for.
    except Exception as error:
        noted.append("".join(format_exception(error)[-6:]))
    finally:
        listening.stop()
    return Session(size, source, tuple(noted), seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play sessions and print the table; 1 where anything went wrong."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sessions", type=int, default=1000)
    options.add_argument("--events", type=int, default=500)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--minutes", type=float, default=600.0)
    options.add_argument("--only", type=int)
    asked = options.parse_args(arguments)
    played: list[Session] = []
    deadline = time.monotonic() + asked.minutes * 60
    with tempfile.TemporaryDirectory() as place:
        folder = write_hostile_folder(Path(place) / "folder")
        for number in range(asked.sessions) if asked.only is None else [asked.only]:
            if time.monotonic() > deadline:
                break
            try:
                one = asyncio.run(session(number, asked.seed, asked.events, folder, Path(place)))
            except KeyboardInterrupt:
                # Who has seen enough gets the table of what was played.
                break
            played.append(one)
            for fault in one.faults[:3]:
                print(f"session {number} {one.size} {one.source}:\n{fault}", flush=True)
    rows = []
    for source in ("demo", "files", "all"):
        for size in (*SIZES, None) if source != "all" else (None,):
            some = [one for one in played if (source in ("all", one.source)) and size in (None, one.size)]
            if source != "all" and size is None:
                continue
            rows.append(_row(source, size, some, asked.events))
    print_table(("market", "size", "sessions", "events", "errors noted", "not left in 2 s", "slowest to leave"), rows)
    return 1 if any(one.faults for one in played) else 0


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
