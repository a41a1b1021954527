"""Takes the input of a terminal apart: what is typed, whole control sequences, pasted text, and a device's replies.

A terminal that is asked what it can do answers in the stream of the keys. Over a slow line an answer comes late and in
pieces, and a parser that gives up after a tenth of a second takes its rest for keys: `CSI ? 62 ; 22 c` pressed 2 twice
and copied a symbol. The grammar is that of ECMA-48, sections 5.4 and 5.6: a control sequence ends with its final byte,
a string with ST, or BEL as xterm has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from textual.constants import ESCAPE_DELAY

ESC: Final = "\x1b"
PASTE_BEGINS: Final = "\x1b[200~"
PASTE_ENDS: Final = "\x1b[201~"
MOST_OF_A_SEQUENCE: Final = 32
"""Characters; the longest that any key or mouse sends is shorter, and Textual makes keys of one that is longer."""
MOST_OF_A_STRING: Final = 4096
"""Characters that are kept of a reply that has not ended; no terminal says more."""
KEY_SECONDS: Final = ESCAPE_DELAY
"""How long what may be a key of its own waits for more."""
REPLY_SECONDS: Final = 2.0
"""How long what nobody can type waits for its end, after which it is dropped."""

# An old mouse report, a function key of the console of Linux, and what ECMA-48 calls a control sequence.
_CONTROL = re.compile(r"\x1b\[M[^\x1b]{3}|\x1b\[\[[A-E]|\x1b\[(?!M|\[[A-E]?)[0-?]*[ -/]*[@-~]")
_BEGUN_CONTROL = re.compile(r"\x1b\[(M[^\x1b]{0,2}|\[|[0-?]*[ -/]*)")
_SINGLE_SHIFT = re.compile(r"\x1bO[0-9;]*[ -~]")
_BEGUN_SINGLE_SHIFT = re.compile(r"\x1bO[0-9;]*")
_STRING_BEGINS = re.compile(r"\x1b(\][0-9LlI]|P[0-9;>=!|+$]|[_^X][ -~])")
_STRING_ENDS = re.compile(r"\x07|\x1b\\|\x18|\x1a")
# Keys of rxvt end with what is a byte in the middle for everyone else.
_MAY_BE_A_KEY = re.compile(r"\x1b(\[\[?|O|\[[0-9]+\$|[\]P_^X])?")
_MODE_OF_ECMA = re.compile(r"\x1b\[[0-9;]*\$y")


class PieceKind(Enum):
    """What a piece of the input is."""

    TYPED = "letters, control characters, and Esc or Alt with one of them"
    SEQUENCE = "a whole control sequence: a key, the mouse, or a reply"
    PASTED = "text between the marks of a paste, with them"


class Piece(NamedTuple):
    """A piece of the input that is complete."""

    kind: PieceKind
    text: str


class InputSequences:
    """Takes input apart as it comes; what is not complete is held until more comes or its time is up."""

    def __init__(self) -> None:
        self._held = ""
        self._is_pasting = False

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that are complete with this text, in their order; strings that only replies use are dropped."""
        rest, self._held = self._held + text, ""
        while rest:
            piece, length = self._next(rest)
            if length == 0:
                self._held = rest[: MOST_OF_A_STRING + 1]
                return
            if piece is not None:
                yield piece
            rest = rest[length:]

    def give_up(self) -> Piece | None:
        """What was held and is a key of its own after all; what nobody types is dropped."""
        held, self._held = self._held, ""
        return Piece(PieceKind.TYPED, held) if held and _MAY_BE_A_KEY.fullmatch(held) else None

    @property
    def seconds_held(self) -> float | None:
        """How long more is waited for; None where nothing is held, or a paste goes on."""
        if not self._held or self._is_pasting:
            return None
        return KEY_SECONDS if _MAY_BE_A_KEY.fullmatch(self._held) else REPLY_SECONDS

    def _next(self, rest: str) -> tuple[Piece | None, int]:
        """The first piece, None if it is dropped, and how many characters it takes; 0 if it is not complete."""
        if self._is_pasting:
            return self._next_of_paste(rest)
        if rest[0] != ESC:
            until = rest.find(ESC)
            typed = rest if until < 0 else rest[:until]
            return Piece(PieceKind.TYPED, typed), len(typed)
        if len(rest) == 1:
            return None, 0
        if rest[1] == "[":
            return self._next_control(rest)
        if rest[1] == "O":
            return self._next_of(rest, _SINGLE_SHIFT, _BEGUN_SINGLE_SHIFT)
        if rest[1] in "]P_^X":
            return self._next_string(rest)
        # Esc twice is Esc and the begin of something; any other sign was typed with Alt.
        length = 1 if rest[1] == ESC else 2
        return Piece(PieceKind.TYPED, rest[:length]), length

    def _next_control(self, rest: str) -> tuple[Piece | None, int]:
        piece, length = self._next_of(rest, _CONTROL, _BEGUN_CONTROL)
        if piece is None or piece.kind is not PieceKind.SEQUENCE:
            return piece, length
        if piece.text == PASTE_BEGINS:
            self._is_pasting = True
            return Piece(PieceKind.PASTED, piece.text), length
        is_foreign = length > MOST_OF_A_SEQUENCE or _MODE_OF_ECMA.fullmatch(piece.text) or piece.text == PASTE_ENDS
        return (None if is_foreign else piece), length

    def _next_of(self, rest: str, whole: re.Pattern[str], begun: re.Pattern[str]) -> tuple[Piece | None, int]:
        if (match := whole.match(rest)) is not None:
            return Piece(PieceKind.SEQUENCE, match.group()), match.end()
        match = begun.match(rest)
        length = match.end() if match is not None else 2
        if length == len(rest):
            # As long as this no key is, and a reply would have ended.
            return None, 0 if length <= MOST_OF_A_STRING else length
        # Broken off by something that cannot be in it: Alt with [ or O is a key, anything longer is dropped.
        return (Piece(PieceKind.TYPED, rest[:2]) if length == 2 else None), length

    def _next_string(self, rest: str) -> tuple[Piece | None, int]:
        if len(rest) == 2:
            return None, 0
        if _STRING_BEGINS.match(rest) is None:
            return Piece(PieceKind.TYPED, rest[:2]), 2
        if (end := _STRING_ENDS.search(rest, 2)) is not None:
            return None, end.end()
        escape = rest.find(ESC, 2)
        if 0 <= escape < len(rest) - 1:
            # Another sequence begins in the middle: this one was broken off.
            return None, escape
        return None, 0 if len(rest) <= MOST_OF_A_STRING else len(rest)

    def _next_of_paste(self, rest: str) -> tuple[Piece | None, int]:
        """Pasted text without Esc, which would make keys of what follows it."""
        end = rest.find(PASTE_ENDS)
        if end >= 0:
            self._is_pasting = False
            return Piece(PieceKind.PASTED, _without_escapes(rest[:end]) + PASTE_ENDS), end + len(PASTE_ENDS)
        kept = next((size for size in range(len(PASTE_ENDS) - 1, 0, -1) if rest.endswith(PASTE_ENDS[:size])), 0)
        length = len(rest) - kept
        return (Piece(PieceKind.PASTED, _without_escapes(rest[:length])) if length else None), length


def _without_escapes(text: str) -> str:
    return text.replace(ESC, "")
