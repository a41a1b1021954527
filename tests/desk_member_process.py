"""A member of a desk without a screen. Run by tests, as a program; it ends with its standard input.

    PYTHONPATH=. python tests/desk_member_process.py ARCHIVE PORT

Prints HOLDING when it begins to poll, and LOST when it no longer does.
"""

import asyncio
import sys
from pathlib import Path

from desk_server import NOW

from providers.desk.address import desk_address
from providers.feeds.attention import SharedAttention
from tui.polling.desk_seat import DeskSeat


async def main(root: Path, port: str) -> None:
    seat = DeskSeat(desk_address(f"redis://127.0.0.1:{port}"), lambda: None, root, lambda: NOW, SharedAttention(root))

    async def hold() -> None:
        print("HOLDING", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            print("LOST", flush=True)

    sitting = asyncio.create_task(seat.sit(hold))
    await asyncio.to_thread(sys.stdin.read)
    sitting.cancel()
    await asyncio.gather(sitting, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
