"""The members of a desk that have no screen: one that polls a made-up market, and many that only listen.

    python -m benchmarks._desk_members poll ARCHIVE PORT NAMES
    python -m benchmarks._desk_members listen FOLDER PORT HOW_MANY

The poller says HOLDING, and a second after the word `go` on its standard input stores new prices of so many names each
second, as a feed does. Listeners say READY, and at the end of their input the number of each message with how late it
was, in milliseconds, and the seconds of processor they used since they were ready.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from datetime import datetime
from pathlib import Path

import numpy as np

from providers.archive.live_quotes import Quotes, write_quotes
from providers.archive.vintages import Archive
from providers.desk.address import desk_address
from providers.desk.connection import DeskConnection
from providers.desk.entries import Beat, news_of
from providers.desk.layout import NEWS
from providers.desk.price_columns import columns_of
from providers.feeds.attention import SharedAttention
from shortside.datasets import Dataset
from shortside.sessions import in_utc
from tui.clock import clock_set_to
from tui.polling.desk_seat import DeskSeat

SOURCE = "made_up"
NOW = datetime.fromisoformat("2023-09-07T17:30:00-04:00")
CLOCK = clock_set_to(NOW)
"""The day of the reference market; every member has this clock."""


def names_of(root: Path, how_many: int) -> tuple[str, ...]:
    """Names of the market that an archive has."""
    archive = Archive(root)
    newest = archive.latest(Dataset.PRICES)
    assert newest is not None
    return tuple(archive.read(newest).frame["symbol"][:how_many])


def prices(names: tuple[str, ...], beat: int) -> Quotes:
    """New prices of all names; their moment is the machine's, by which it is told how late they are."""
    return Quotes(
        source=SOURCE,
        as_of=NOW.date(),
        fetched_at=in_utc(CLOCK()),
        symbols=names,
        prices=np.full(len(names), 10.0 + beat / 100),
        volumes=np.arange(len(names)) + 1.0,
        moments=np.full(len(names), time.time()),
    )


async def poll(root: Path, port: int, names: int) -> None:
    """Be the poller; the prices take the way of any feed's: into the archive, and from there to the desk."""
    symbols = await asyncio.to_thread(names_of, root, names)
    seat = DeskSeat(desk_address(f"redis://127.0.0.1:{port}"), lambda: None, root, CLOCK, SharedAttention(root))
    is_going = asyncio.Event()

    async def hold() -> None:
        print("HOLDING", flush=True)
        await is_going.wait()
        beat, at = 0, asyncio.get_running_loop().time() + 1.0
        while True:
            await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
            at, beat = at + 1.0, beat + 1
            quotes = prices(symbols, beat)
            await asyncio.to_thread(write_quotes, root, quotes)
            seat.stored()

    sitting = asyncio.create_task(seat.sit(hold))
    sitting.add_done_callback(lambda task: task.cancelled() or print(task.exception(), file=sys.stderr, flush=True))
    if "go" in await asyncio.to_thread(sys.stdin.readline):
        is_going.set()
    await asyncio.to_thread(sys.stdin.read)
    sitting.cancel()
    await asyncio.gather(sitting, return_exceptions=True)


async def _listen_alone(port: int, late: list[tuple[int, float]], is_ready: asyncio.Semaphore) -> None:
    async with DeskConnection(desk_address(f"redis://127.0.0.1:{port}")) as connection:
        heard = await connection.subscribed(NEWS)
        is_ready.release()
        checked: tuple[str, ...] = ()
        while True:
            message = await heard.next(30.0)
            news = None if message is None else news_of(message)
            if isinstance(news, Beat):
                # Read and checked as any member does; two hundred archives on two cores are left out.
                change = news.changes[0]
                columns = columns_of(change, checked)
                checked, made_at = columns.symbols, float(columns.moments.max())
                late.append((change.number, 1e3 * (time.time() - made_at)))


async def listen(_folder: Path, port: int, how_many: int) -> None:
    """Be so many members, each with a connection and a subscription of its own."""
    late: list[tuple[int, float]] = []
    is_ready = asyncio.Semaphore(0)
    tasks = [asyncio.create_task(_listen_alone(port, late, is_ready)) for _ in range(how_many)]
    for _ in tasks:
        await is_ready.acquire()
    before = _processor_seconds()
    print("READY", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps({"late": late, "seconds": _processor_seconds() - before}), flush=True)


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    asyncio.run({"poll": poll, "listen": listen}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
