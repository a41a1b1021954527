"""The memory and the open files of a monitor whose market is read anew again and again, while names are looked at.

    python -m benchmarks.rereads [--data FOLDER --as-of YYYY-MM-DD] [--times 50]

Before each reading a name's own screen is opened, and left after it: such a screen keeps what it showed until somebody
collects it. A row every tenth of the way; the last one is the most there ever was, beside what there was at first.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks._timing import memory_now, print_table
from tui.memory import give_memory_back, keep_little

SECONDS_BETWEEN = 10.0
"""Longer than the monitor waits for a quiet moment, and for what a screen that was left still had planned."""


def open_files() -> int:
    """Descriptors this process holds."""
    return len(os.listdir("/proc/self/fd"))


async def measured(arguments: dict[str, str], moment: datetime, times: int, home: str) -> list[tuple[str, ...]]:
    """Read a market anew so many times, and weigh the process."""
    from tui.app import Monitor
    from tui.settings.configuration import configured
    from tui.sources.boards import board_for
    from tui.sources.load import load
    from widgets.crowded import CrowdedTable

    options = configured(arguments, {"SHORTSIDE_HOME": home}).options
    app = Monitor(options, lambda: moment)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.board is None or not app.screen.query(CrowdedTable):
            await pilot.pause(0.01)
        await pilot.pause(SECONDS_BETWEEN)
        first = most = memory_now()
        rows = [("0", f"{first:,.0f}", "1.00", str(open_files()))]
        for time in range(1, times + 1):
            await pilot.press("enter")
            await pilot.pause()
            loaded, board = await board_for(app, await asyncio.to_thread(load, options, lambda: moment))
            app.adopt(loaded, board)
            del loaded, board
            await pilot.press("q")
            await asyncio.to_thread(give_memory_back)
            most = max(most, memory_now())
            await pilot.pause(SECONDS_BETWEEN)
            if time % max(times // 10, 1) == 0:
                rows.append((str(time), f"{memory_now():,.0f}", f"{memory_now() / first:.2f}", str(open_files())))
    return [*rows, ("the most", f"{most:,.0f}", f"{most / first:.2f}", "")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data")
    options.add_argument("--as-of", default="2023-09-07")
    options.add_argument("--times", type=int, default=50)
    asked = options.parse_args(arguments)
    if sys.platform != "linux":
        print("only Linux tells what a process holds")
        return 0
    keep_little()
    given = {"source": "demo"}
    if asked.data:
        given = {"source": "files", "data": asked.data, "as_of": asked.as_of}
    moment = datetime.fromisoformat(asked.as_of).replace(hour=21, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as home:
        print_table(
            ("markets read anew", "MB", "of the first", "open files"),
            asyncio.run(measured(given, moment, asked.times, home)),
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
