"""Reads the keys of a terminal on the event loop instead of in a thread."""

from __future__ import annotations

import asyncio
import os
import select
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable
from functools import partial

from textual.message import Message

from tui.terminal.textual_parts import KeyParser

MOST_READ = 4096
"""Bytes read at once; a paste is longer and comes in pieces."""


class KeyReader:
    """Reads keys on the event loop, and has Textual's parser make messages of them.

    Args:
        file: the terminal's file descriptor.
        loop: that of the app.
        take: is given each message.
        lost: called when nobody sits at the terminal any more.
        failed: called when what was typed could not be parsed, in words; nothing is read here any more.
    """

    def __init__(
        self,
        file: int,
        loop: asyncio.AbstractEventLoop,
        take: Callable[[Message], None],
        lost: Callable[[], None],
        failed: Callable[[str], None],
    ) -> None:
        self._file, self._loop = file, loop
        self._take, self._lost, self._failed = take, lost, failed
        self._parser = KeyParser()
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._wait: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to read keys.

        Raises:
            OSError: the loop cannot wait for such a file.
        """
        self._loop.add_reader(self._file, self._read)

    def stop(self) -> None:
        """Stop reading keys."""
        self._loop.remove_reader(self._file)
        if self._wait is not None:
            self._wait.cancel()

    def _read(self) -> None:
        # Somebody else may have read it since the loop woke (a shell, while we were stopped): never wait here.
        if not select.select([self._file], [], [], 0)[0]:
            return
        try:
            data = os.read(self._file, MOST_READ)
        except OSError:
            data = b""
        if not data:
            # A pty whose other end is closed.
            self.stop()
            self._lost()
            return
        text = self._decode(data)
        # The parser takes no text for the end; half a letter is none yet.
        if text:
            self._hand_on(partial(self._parser.feed, text))

    def _hand_on(self, parse: Callable[[], Iterable[Message]]) -> None:
        try:
            messages = parse()
            # An escape alone may be the key, or the first sign of a sequence: the parser gives it a moment.
            left = self._parser.seconds_left()
        # The parser is one Textual keeps for itself and may be another thing tomorrow: Textual can read by itself.
        except Exception as error:
            self.stop()
            self._failed(f"{type(error).__name__}: {error}")
            return
        for message in messages:
            self._take(message)
        if self._wait is not None:
            self._wait.cancel()
            self._wait = None
        if left is not None:
            self._wait = self._loop.call_later(left + 0.001, self._time_is_up)

    def _time_is_up(self) -> None:
        self._wait = None
        self._hand_on(self._parser.tick)
