"""Frames reach the terminal whole and in order, and a terminal that takes nothing holds nobody up."""

import asyncio
import os
import pty
import termios
import tty
from collections.abc import Iterator
from typing import NamedTuple, TextIO

import pytest
from waiting import bytes_arriving, bytes_within

from tui.terminal.frame_writer import FrameWriter


class Line(NamedTuple):
    """A pty: the far end, and the stream a program has of the near one."""

    far: int
    stream: TextIO


@pytest.fixture
def line() -> Iterator[Line]:
    far, near = pty.openpty()
    tty.setraw(near, termios.TCSANOW)
    with open(near, "w", encoding="utf-8") as stream:
        yield Line(far, stream)
    try:
        os.close(far)
    except OSError:
        return  # The test has hung up itself.


def writer_of(line: Line, lost: list[str]) -> FrameWriter:
    writer = FrameWriter.of(line.stream, asyncio.get_running_loop(), lambda: lost.append("lost"))
    assert writer is not None
    return writer


async def test_a_frame_is_on_the_line_before_the_next_step_of_the_loop(line: Line) -> None:
    writer = writer_of(line, [])
    writer.write("\x1b[H−1.42B ▼")
    assert bytes_within(line.far).decode() == "\x1b[H−1.42B ▼"
    assert writer.waiting == 0
    writer.close()


async def test_what_a_stalled_terminal_did_not_take_follows_in_order_when_it_does(line: Line) -> None:
    writer = writer_of(line, [])
    frames = [f"{number:06}" * 4000 for number in range(12)]
    for frame in frames:
        writer.write(frame)
    assert writer.waiting > 1, "a pty takes some 64 kB that nobody reads"
    taken = b""
    while len(taken) < sum(map(len, frames)):
        taken += await bytes_arriving(line.far)
    assert taken.decode() == "".join(frames)
    assert writer.waiting == 0
    writer.close()


async def test_other_openings_of_the_terminal_keep_waiting(line: Line) -> None:
    writer = writer_of(line, [])
    assert os.get_blocking(line.stream.fileno())
    writer.close()


async def test_a_terminal_that_takes_nothing_does_not_hold_up_the_end(line: Line) -> None:
    writer = writer_of(line, [])
    writer.write("x" * 500_000)
    began = asyncio.get_running_loop().time()
    writer.close()
    assert asyncio.get_running_loop().time() - began < 5


async def test_a_terminal_that_is_gone_is_said_once_and_writing_is_in_vain(line: Line) -> None:
    lost: list[str] = []
    writer = writer_of(line, lost)
    os.close(line.far)
    writer.write("frame")
    writer.write("frame")
    assert lost == ["lost"]
    assert writer.waiting == 0
    writer.close()


@pytest.fixture
def nowhere() -> Iterator[TextIO]:
    with open(os.devnull, "w", encoding="utf-8") as stream:
        yield stream


async def test_a_stream_that_is_no_terminal_is_left_to_textual(nowhere: TextIO) -> None:
    assert FrameWriter.of(nowhere, asyncio.get_running_loop(), lambda: None) is None
