"""A real Redis server of a test's own, on a port of its own in a temporary folder; and seats at it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import PATIENCE, OverdueError

from providers.archive.live_quotes import Quotes, read_quotes
from providers.desk.address import DeskAddress, desk_address
from providers.desk.standing import DeskStanding, read_standing
from providers.feeds.attention import SharedAttention
from tui.polling.desk_seat import DeskSeat

NOW = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
PROGRAMS = ("redis-server", "valkey-server")


class DeskServer:
    """A server that keeps nothing on a disk: killed, it comes back empty."""

    def __init__(self, folder: Path, *options: str, is_encrypted: bool = False) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            pytest.skip(f"none of {', '.join(PROGRAMS)} is installed")
        self._folder, self._options, self._program = folder, options, program
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._ports = ["--port", "0", "--tls-port"] if is_encrypted else ["--port"]
        self.start()

    @property
    def address(self) -> DeskAddress:
        return desk_address(f"redis://127.0.0.1:{self.port}")

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [
            self._program,
            *self._ports,
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        log = self._folder / "server.log"
        self._process = subprocess.Popen(
            [*command, "--dir", str(self._folder), "--logfile", str(log), *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # One of its own, as on a machine of its own: Linux shares its processors out among sessions.
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.01)
        words = log.read_text() if log.is_file() else "nothing"
        raise OverdueError(f"the server does not listen; its log says {words}")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None


@contextmanager
def desk_server(folder: Path, *options: str, is_encrypted: bool = False) -> Iterator[DeskServer]:
    """A server until the end of the block; skips where none is installed."""
    server = DeskServer(folder, *options, is_encrypted=is_encrypted)
    try:
        yield server
    finally:
        server.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def until(is_so: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Wait for something to be so while the loop goes on; what it gave then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := is_so():
            return found
        await asyncio.sleep(0.02)
    raise OverdueError(f"it did not come to be so within {seconds:.0f} s")


class Member:
    """A seat at a desk with an archive of its own, and what it was heard to do."""

    def __init__(self, root: Path, address: DeskAddress, **options: Any) -> None:
        root.mkdir(exist_ok=True)
        self.root, self.turns, self.holds = root, 0, False
        self.attention = SharedAttention(root)
        self.seat = DeskSeat(address, lambda: None, root, options.pop("clock", lambda: NOW), self.attention, **options)
        self.task: asyncio.Task[None] | None = None

    async def hold(self) -> None:
        """Stands for polling: asks nobody."""
        self.turns, self.holds = self.turns + 1, True
        try:
            await asyncio.Event().wait()
        finally:
            self.holds = False

    def vintages(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*.parquet")}


@asynccontextmanager
async def seated(*members: Member) -> Any:
    """The members at their desk until the end of the block; one that broke fails the test."""
    for member in members:
        member.task = asyncio.create_task(member.seat.sit(member.hold))
    try:
        yield members
    finally:
        # One that broke says why, rather than what somebody waited for in vain.
        broken = [member.task for member in members if member.task is not None and member.task.done()]
        await asyncio.gather(*(left(member) for member in members))
        await asyncio.gather(*broken)


async def left(member: Member) -> None:
    """Have a member leave as one that quits does."""
    if member.task is not None:
        member.task.cancel()
        await asyncio.gather(member.task, return_exceptions=True)
        member.task = None


def desk_words(server: DeskServer, *words: Any, **options: Any) -> Any:
    """What the server answers to a command."""
    import redis

    with redis.Redis(port=server.port, socket_timeout=PATIENCE, **options) as client:
        return client.execute_command(*words)


def quotes(price: float, *symbols: str) -> Quotes:
    count = len(symbols)
    return Quotes(
        source="yahoo_spark",
        as_of=NOW.date(),
        fetched_at=NOW,
        symbols=symbols,
        prices=np.full(count, price),
        volumes=np.full(count, np.nan),
        moments=np.full(count, NOW.timestamp()),
    )


def prices_of(root: Path) -> dict[str, float]:
    path = root / "live" / "yahoo_spark.npz"
    if not path.is_file():
        return {}
    found = read_quotes(path)
    return dict(zip(found.symbols, found.prices.tolist(), strict=True))


def said_of(root: Path) -> DeskStanding:
    """How a member's seat stands, as its terminals read it."""
    return read_standing(root) or DeskStanding()
