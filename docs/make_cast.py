"""Write the moving pictures of the demo: `python -m docs.make_cast`. It drives the real program in its own terminal.

`docs/screens/demo.cast` holds what the program wrote and when (asciicast v2), for `asciinema play`, and
`docs/screens/demo.svg` the same story in a few scenes, for a page. The market and its clock are the same at every run;
when a price ticks is left to the machine, so two runs differ in that.
"""

from __future__ import annotations

import argparse
import codecs
import json
import os
import re
import sys
import tempfile
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks._pty import Program
from benchmarks._screen import Emulator
from docs._moving_picture import Scene, moving_picture

FOLDER: Final = Path(__file__).parent / "screens"
NAME: Final = "demo"
COLUMNS: Final = 110
ROWS: Final = 32
BEGINS_AT: Final = "2023-09-08T10:17:00-04:00"
"""The moment of the session at which the program is started."""
ENVIRONMENT: Final = {
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
    "TZ": "America/New_York",
    "SHORTSIDE_NOW": BEGINS_AT,
}
SAID_OF_THE_TERMINAL: Final = re.compile(
    r"\x1b\[\?(?:1049|2026|2004|1000|1002|1003|1004|1005|1006|1015|1016|2048|7)[hl]|\x1b\[[<>=?][0-9;]*[uc]"
    r"|\x1b\[\?[0-9;]*\$p|\x1b\[c|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"
)
"""Questions and modes that are between the program and its own terminal: who plays a cast must not be left in them."""
FRAME_SECONDS: Final = 0.03
"""What arrives within this time is one picture."""


class Step(NamedTuple):
    """What is typed, and how long its outcome is looked at."""

    title: str
    """What the reader sees, for the marks of a player."""
    keys: tuple[str, ...]
    seconds: float
    words: str
    """What stands on the screen then."""
    looks: int = 1
    """How many scenes the picture for a page has of it; each shows what ticked meanwhile."""


STORY: Final = (
    Step("The market's short side, live", (), 3.6, "Crowded shorts", 4),
    Step("By the cap names had when the year began", ("b",), 3.0, "tier by cap at START", 2),
    Step(
        "Back, and only crowded small caps",
        ("b", "b", "/", *"crowding > 90 & tier = small", "\r"),
        3.0,
        "filter 'crowding > 90",
    ),
    Step("One name", ("j", "j", "\r"), 3.5, "Settlement cycles"),
    Step("How its figures come about", ("i",), 3.5, "rests on"),
    Step("The tables of the whole market", ("\x1b", "q", "M"), 3.0, "Shorting and covering"),
    Step("What a publication changed", ("\x1b", "P"), 3.0, "PUBLISHED"),
)
ESCAPE_SECONDS: Final = 0.6
"""After Esc the program waits for the rest of a sequence that might begin so."""
TYPING_SECONDS: Final = 0.07


class Take(NamedTuple):
    """A recorded run."""

    chunks: Sequence[tuple[float, bytes]]
    """What the program wrote, and when after the first picture was whole; what came before is at zero."""
    marks: Sequence[tuple[float, str]]
    seconds: float


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    taken = take()
    for suffix, text in (("cast", cast(taken)), ("svg", moving_picture(scenes(taken)))):
        path = folder / f"{NAME}.{suffix}"
        path.write_text(text, encoding="utf-8")
        print(f"{path.name}  {len(text.encode()) // 1024} KiB", file=sys.stderr)


def take(story: Sequence[Step] = STORY) -> Take:
    """Run the program through a story.

    Raises:
        TimeoutError: a screen did not come.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "SHORTSIDE_HOME": home, **ENVIRONMENT}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        with Program([sys.executable, "-m", "tui", "--fresh"], environment, COLUMNS, ROWS) as program:
            program.wait_for(story[0].words)
            program.watch(1.0)
            began, marks = program.now(), []
            for step in story:
                marks.append((program.now() - began, step.title))
                _type(program, step.keys)
                program.wait_for(step.words, 10)
                program.watch(step.seconds)
            chunks = [(max(0.0, at - began), data) for at, data in program.chunks]
            return Take(chunks, marks, program.now() - began)


def _type(program: Program, keys: Sequence[str]) -> None:
    for key in keys:
        program.send(key)
        program.watch(ESCAPE_SECONDS if key == "\x1b" else TYPING_SECONDS)


def cast(taken: Take) -> str:
    """The run as an asciicast of version 2."""
    head = {
        "version": 2,
        "width": COLUMNS,
        "height": ROWS,
        "title": "shortside: the demo",
        "env": {"TERM": ENVIRONMENT["TERM"]},
    }
    events = [*((at, "o", text) for at, text in pictures(taken)), *((at, "m", title) for at, title in taken.marks)]
    lines = [head, *([round(at, 3), kind, text] for at, kind, text in sorted(events, key=lambda event: event[0]))]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def pictures(taken: Take) -> Iterator[tuple[float, str]]:
    """What the program wrote, in pieces that arrived together, without what it says to a terminal of its own."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    began, joined = 0.0, "\x1b[2J"
    for at, data in taken.chunks:
        if at - began > FRAME_SECONDS and not re.search(r"\x1b[^a-zA-Z]*$", joined):
            yield began, SAID_OF_THE_TERMINAL.sub("", joined)
            began, joined = at, ""
        joined += decoder.decode(data)
    yield began, SAID_OF_THE_TERMINAL.sub("", joined)
    yield taken.seconds, "\x1b[?25h"


def scenes(taken: Take) -> list[Scene]:
    """The screen at the end of each step, and a few times while it is looked at."""
    ends = [at for at, _ in taken.marks[1:]] + [taken.seconds]
    looked = [
        (end - step.seconds * (step.looks - number) / step.looks, end)
        for end, step in zip(ends, STORY, strict=True)
        for number in range(step.looks)
    ]
    emulator, found, written = Emulator(COLUMNS, ROWS), [], deque(pictures(taken))
    for (at, end), (following, _) in zip(looked, [*looked[1:], (taken.seconds, 0.0)], strict=True):
        while written and written[0][0] <= at:
            emulator.feed(written.popleft()[1].encode())
        found.append(Scene(emulator.rows(), min(following, end) - at))
    return found


if __name__ == "__main__":
    main()
