"""Waits that end: what a test waits for in real time comes within a limit, or the test fails and says so.

Nothing else in tests waits for a pipe, a socket, a thread or a process by itself: test_time_limits.py sees to it.
"""

import asyncio
import os
import select
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any, Final

PATIENCE: Final = 120.0
"""Seconds for what takes a second or two on a machine with nothing else to do."""


class OverdueError(AssertionError):
    """What a test waited for did not come."""


def bytes_within(file: int, seconds: float = PATIENCE) -> bytes:
    """What there is to read, as soon as there is anything; empty at the end. It blocks."""
    ready, _, _ = select.select([file], [], [], max(0.0, seconds))
    if not ready:
        raise OverdueError(f"nothing came within {seconds:.1f} s")
    return os.read(file, 65536)


async def bytes_arriving(file: int, seconds: float = PATIENCE) -> bytes:
    """What there is to read, as soon as there is anything, while the event loop goes on."""
    loop = asyncio.get_running_loop()
    is_ready = asyncio.Event()
    loop.add_reader(file, is_ready.set)
    try:
        async with asyncio.timeout(seconds):
            await is_ready.wait()
    except TimeoutError as error:
        raise OverdueError(f"nothing came within {seconds:.1f} s") from error
    finally:
        loop.remove_reader(file)
    return os.read(file, 65536)


def patiently(seconds: float = PATIENCE) -> Iterator[None]:
    """One turn after the other for as long as a test is patient: a count of turns is little where much else runs."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield


def line_within(pipe: IO[str] | None, seconds: float = PATIENCE) -> str:
    """The next line of a pipe that nobody reads in another way; cut short, or empty, where the pipe ends."""
    assert pipe is not None
    deadline, line = time.monotonic() + seconds, bytearray()
    while not line.endswith(b"\n"):
        if not select.select([pipe.fileno()], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise OverdueError(f"no line came within {seconds:.1f} s, only {line.decode()!r}")
        # A byte at a time: what is read beyond the line would be lost to the next call.
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        line += byte
    return line.decode()


def accepted_within(listener: socket.socket, seconds: float = PATIENCE) -> socket.socket:
    """The next connection, silent for no longer than that either."""
    listener.settimeout(seconds)
    connection, _ = listener.accept()
    connection.settimeout(seconds)
    return connection


def reaped(process: int, seconds: float = PATIENCE) -> int:
    """The status of a child that was killed or is about to end, as `os.waitpid` gives it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            return status
        select.select([], [], [], 0.01)
    raise OverdueError(f"process {process} did not end within {seconds:.1f} s")


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program with pipes for text, which is killed, if it still runs, and reaped at the end of the block."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        process.kill()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
        process.wait(PATIENCE)
