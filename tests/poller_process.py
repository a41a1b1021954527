"""A terminal without a screen: polls or follows an archive until its standard input ends. Run by tests, as a program.

    PYTHONPATH=. python tests/poller_process.py ARCHIVE UPSTREAM [stall]

Prints a line for everything that happens; with `stall` it stops for ever in the middle of its first vintage.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from providers.archive import vintages
from providers.archive.vintages import Archive
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.http.receipts import ReceiptFile
from providers.registry import public_feeds
from shortside.sessions import NEW_YORK
from tui.clock import clock_set_to
from tui.polling.watch import Polling, PublicWatch

FEEDS = ("finra_short_interest", "nasdaq_screener")


def say(*words: object) -> None:
    print(*words, flush=True)


class Stalling:
    """Stands for pyarrow's writer: writes half a file, says so, and never comes back."""

    def __getattr__(self, name: str) -> Any:
        return getattr(pq, name)

    def write_table(self, table: Any, file: Any, **_: Any) -> None:
        file.write(b"PAR1" + b"\0" * 4096)
        file.flush()
        say("STALLED")
        sys.stdin.read()


async def main(root: Path, upstream: str, is_stalling: bool) -> None:
    clock = clock_set_to(datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK))
    if is_stalling:
        setattr(vintages, "pq", Stalling())  # noqa: B010 - no re-export for the type checker

    def make(ledger, earlier):
        clients = Clients(
            clock=clock,
            upstream=upstream,
            heard=ledger.heard,
            validators=ReceiptFile(root / "receipts.json"),
        )
        surroundings = Surroundings(clients=clients, archive=Archive(root), clock=clock, ledger=ledger, earlier=earlier)
        # One that stalls has nothing else on its way then.
        wanted = FEEDS[:1] if is_stalling else FEEDS
        feeds = [feed for feed in public_feeds(surroundings) if feed.name in wanted]
        say("HOLDING")
        return Polling(clients=clients, feeds=feeds)

    watch = PublicWatch(root, clock, make)
    watch.start(lambda datasets: say("NEW", *sorted(datasets)))
    say("READY")
    await asyncio.to_thread(sys.stdin.read)
    await watch.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], "stall" in sys.argv))
