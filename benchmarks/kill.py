"""What is left of an archive when the process that writes it is killed, again and again, at moments of chance.

    PYTHONPATH=.:tests python -m benchmarks.kill --kills 300 [--seed 1]

A process stores one look after another as polling and backfilling do: the vintage, then its receipt, then how the feeds
are doing. It says so when each is stored, and is ended by SIGKILL. Then everything it said is looked for, row by row,
and the next one goes on in the same folder. `lost` should be nought, and `left over` counts unfinished files, which are
passed over.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import public_archive

from benchmarks._timing import print_table
from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.durable import PARTIAL_PREFIX
from providers.feeds.states_file import read_states, write_states
from providers.http.receipts import Receipt, ReceiptFile
from shortside.datasets import Dataset

DAY: Final = date(2023, 2, 28)
LONGEST_LIFE_SECONDS: Final = 0.25
"""Of a process, from its first stored look."""
START_SECONDS: Final = 60.0
"""Within which a process has stored something."""


def stored(root: Path, number: int) -> None:
    """Store one look, which is told by its number, as a poller does."""
    at = public_archive.evening(DAY) + timedelta(seconds=number)
    Archive(root).append(public_archive.fails([(DAY, f"N{number}", 1.0 + number)], at))
    ReceiptFile(root / "receipts.json").keep([Receipt(key=f"{number}", sha256=f"{number:064d}")])
    write_states(root / "feeds.json", ())


def write_until_killed(root: Path, number: int, voice: int) -> None:
    """Hold the lease, store looks from a number on, and say the number of each once it is stored."""
    lease = Lease(root, lambda: public_archive.evening(DAY))
    if not lease.acquire():
        os.write(voice, b"no lease\n")
        return
    while True:
        stored(root, number)
        os.write(voice, f"{number}\n".encode())
        number += 1


def said_before_death(root: Path, number: int, seconds: float) -> list[str]:
    """Let a process write for some seconds from its first word on, and kill it; what it said."""
    hears, voice = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            write_until_killed(root, number, voice)
        finally:
            os._exit(1)
    os.close(voice)
    select.select([hears], [], [], START_SECONDS)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(hears, "rb") as heard:
        return heard.read().decode().split()


def kept(root: Path) -> set[int]:
    """The numbers of the looks that can be read, rows and all."""
    archive = Archive(root)
    frames = [archive.read(one).frame for one in archive.vintages(Dataset.FAILS, DAY)]
    return {int(frame["symbol"].iloc[0][1:]) for frame in frames if frame["price"].iloc[0] >= 1.0}


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill as often as asked and print the table; 1 where anything was lost."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args(arguments)
    chance = random.Random(asked.seed)
    looks = lost = stuck = receipts_lost = left_over = 0
    kills_here = 25
    for first in range(0, asked.kills, kills_here):
        with tempfile.TemporaryDirectory() as folder:
            root, number, told = Path(folder) / "archive", 0, set[int]()
            for _ in range(min(kills_here, asked.kills - first)):
                words = said_before_death(root, number, chance.uniform(0, LONGEST_LIFE_SECONDS))
                numbers = {int(word) for word in words if word.isdigit()}
                stuck += not numbers
                told |= numbers
                number = max(told, default=0) + 2
            read_states(root / "feeds.json")
            receipts = ReceiptFile(root / "receipts.json", print)
            looks += len(told)
            lost += len(told - kept(root))
            receipts_lost += sum(receipts.get(str(one)) is None for one in told)
            left_over += sum(PARTIAL_PREFIX in path.name for path in root.rglob("*"))
    head = ("kills", "looks said to be stored", "lost", "receipts lost", "starts that stored nothing", "left over")
    print_table(head, [tuple(f"{one:,}" for one in (asked.kills, looks, lost, receipts_lost, stuck, left_over))])
    return 1 if lost or receipts_lost or stuck else 0


if __name__ == "__main__":
    raise SystemExit(main())
