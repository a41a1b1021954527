"""Keys are read on the event loop: whole sequences, split ones, an escape alone, and the end of the line."""

import asyncio
import os
import pty
import select
import tty
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from textual import events
from textual.message import Message
from waiting import bytes_within

from tui.terminal.key_reader import KeyReader
from tui.terminal.textual_parts import KeyParser


class Typed:
    """What came of what was typed at a pty."""

    def __init__(self) -> None:
        self.far, self.near = pty.openpty()
        tty.setraw(self.near)
        self.messages: list[Message] = []
        self.lost = 0
        self.failures: list[str] = []
        loop = asyncio.get_running_loop()
        self.reader = KeyReader(self.near, loop, self.messages.append, self._lose, self.failures.append)
        self.reader.start()

    def _lose(self) -> None:
        self.lost += 1

    def type(self, text: bytes) -> None:
        os.write(self.far, text)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.messages if isinstance(message, events.Key)]

    async def until(self, condition: Callable[[], Any]) -> None:
        # Every message comes through the loop, and each of its turns may bring one.
        deadline = asyncio.get_running_loop().time() + 20
        while not condition() and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture
async def typed() -> AsyncIterator[Typed]:
    typed = Typed()
    yield typed
    typed.reader.stop()
    for file in (typed.far, typed.near):
        try:
            os.close(file)
        except OSError:
            continue  # The test has hung up itself.


async def test_keys_come_in_the_order_they_were_typed(typed: Typed) -> None:
    typed.type(b"j\x1b[Bk\x1b[6~]")
    await typed.until(lambda: len(typed.keys) == 5)
    assert typed.keys == ["j", "down", "k", "pagedown", "right_square_bracket"]


async def test_a_sequence_in_two_pieces_is_one_key(typed: Typed) -> None:
    typed.type(b"\x1b[")
    typed.type(b"A")
    await typed.until(lambda: typed.keys)
    assert typed.keys == ["up"]


async def test_an_escape_alone_is_the_key_after_a_moment(typed: Typed) -> None:
    typed.type(b"\x1b")
    await typed.until(lambda: typed.keys)
    assert typed.keys == ["escape"]


async def test_a_letter_in_two_bytes_may_come_apart(typed: Typed) -> None:
    for byte in "é".encode():
        typed.type(bytes([byte]))
        # Each is read alone.
        assert select.select([typed.near], [], [], 20)[0]
        await typed.until(lambda: not select.select([typed.near], [], [], 0)[0])
    await typed.until(lambda: typed.keys)
    assert typed.failures == []
    assert [message.character for message in typed.messages if isinstance(message, events.Key)] == ["é"]


async def test_bytes_that_are_no_text_do_not_end_the_reading(typed: Typed) -> None:
    typed.type(b"\xff\xfe")
    typed.type(b"q")
    await typed.until(lambda: "q" in typed.keys)


async def test_a_parser_that_fails_is_said_once_and_leaves_the_keys_to_somebody_else(
    typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def feed(_parser: KeyParser, text: str) -> list[Message]:
        raise TypeError(f"nobody knows {text}")

    monkeypatch.setattr(KeyParser, "feed", feed)
    typed.type(b"j")
    await typed.until(lambda: typed.failures)
    typed.type(b"k")
    for _ in range(20):
        await asyncio.sleep(0)
    assert typed.failures == ["TypeError: nobody knows j"]
    assert bytes_within(typed.near) == b"k", "it is still there for whoever reads now"


async def test_a_closed_terminal_is_said_once(typed: Typed) -> None:
    os.close(typed.far)
    await typed.until(lambda: typed.lost)
    await asyncio.sleep(0)
    assert typed.lost == 1


async def test_nothing_is_read_after_the_end(typed: Typed) -> None:
    typed.reader.stop()
    typed.type(b"j")
    for _ in range(20):
        await asyncio.sleep(0)
    assert typed.keys == []


async def test_a_file_that_cannot_be_watched_is_refused_at_once(tmp_path: Any) -> None:
    (tmp_path / "keys").write_bytes(b"jk")
    with (tmp_path / "keys").open("rb") as file:
        reader = KeyReader(file.fileno(), asyncio.get_running_loop(), lambda _: None, lambda: None, print)
        with pytest.raises(OSError, match="not permitted"):
            reader.start()


async def test_a_reply_that_comes_late_and_in_pieces_is_no_key(typed: Typed) -> None:
    for piece in (b"\x1b[?6", b"2;2", b"2c"):
        typed.type(piece)
        await typed.until(lambda: not select.select([typed.near], [], [], 0)[0])
    typed.type(b"j")
    await typed.until(lambda: typed.keys)
    assert typed.keys == ["j"]


async def test_a_reply_that_never_ends_is_dropped_and_later_keys_are_heard(typed: Typed) -> None:
    typed.type(b"\x1b[?62;2")
    # What ends it is a letter that no parameter has; it goes with the reply.
    typed.type(b"c")
    typed.type(b"j")
    await typed.until(lambda: typed.keys)
    assert typed.keys == ["j"]
