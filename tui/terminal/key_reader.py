"""Reads the keys of a terminal on the event loop instead of in a thread."""

from __future__ import annotations

import asyncio
import os
import select
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable

from textual import events
from textual.message import Message

from tui.terminal.input_sequences import ESC, InputSequences, Piece, PieceKind
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
        self._sequences = InputSequences()
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
        self._hand_on(self._sequences.feed(self._decode(data)))

    def _hand_on(self, pieces: Iterable[Piece]) -> None:
        try:
            messages = [message for piece in pieces for message in heard_in(self._parser, piece)]
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
        # An escape alone may be the key, or the first sign of a sequence: it is given a moment.
        if (left := self._sequences.seconds_held) is not None:
            self._wait = self._loop.call_later(left, self._time_is_up)

    def _time_is_up(self) -> None:
        self._wait = None
        piece = self._sequences.give_up()
        self._hand_on([piece] if piece is not None else [])


class KeyBehindEscape(events.Event):
    """A key that stood right behind an Esc: both of them, or the key with Alt, for which a terminal sends the same.

    Which of the two was meant, who answers it decides: with Alt where something is bound to that, else both.
    """

    def __init__(self, with_alt: events.Key, both: tuple[events.Key, ...]) -> None:
        super().__init__()
        self.with_alt = with_alt
        self.both = both


def heard_in(parser: KeyParser, piece: Piece) -> list[Message]:
    """The messages of a piece of the input, with a word of doubt where it may be two keys."""
    messages = messages_of(parser, piece)
    if piece.kind is not PieceKind.TYPED or len(piece.text) != 2 or piece.text[0] != ESC or len(messages) != 1:
        return messages
    with_alt = messages[0]
    apart = [one for sign in piece.text for one in messages_of(parser, Piece(piece.kind, sign))]
    both = tuple(one for one in apart if isinstance(one, events.Key))
    if len(both) < 2 or not isinstance(with_alt, events.Key):
        return messages
    # Textual knows many keys without Alt only, Enter among them, and says nothing of the Esc before them.
    return list(both) if with_alt.key == both[1].key else [KeyBehindEscape(with_alt, both)]


def messages_of(parser: KeyParser, piece: Piece) -> list[Message]:
    """The messages of a piece of the input; none of a sequence that is no key and nothing Textual has asked for."""
    if not piece.text:
        return []
    messages = parser.feed(piece.text)
    if piece.kind is PieceKind.SEQUENCE and parser.is_incomplete:
        # A reply nobody knows: the parser would make a key of each of its letters.
        parser.give_up()
        return []
    if piece.kind is PieceKind.TYPED:
        messages += parser.give_up()
    return messages
