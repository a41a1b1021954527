"""What a terminal says of itself is never taken for keys, however late and in however many pieces it comes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS

from tui.terminal.input_sequences import (
    KEY_SECONDS,
    MOST_OF_A_STRING,
    PASTE_BEGINS,
    PASTE_ENDS,
    REPLY_SECONDS,
    InputSequences,
    PieceKind,
)
from tui.terminal.key_reader import messages_of
from tui.terminal.textual_parts import KeyParser

REPLIES = [
    "\x1b[?62;22c",
    "\x1b[?1;2c",
    "\x1b[>41;354;0c",
    "\x1bP!|00000000\x1b\\",
    "\x1bP>|XTerm(390)\x1b\\",
    "\x1bP1+r544e=787465726d\x1b\\",
    "\x1b]11;rgb:1e1e/1e1e/1e1e\x07",
    "\x1b]10;rgb:c5c5/c8c8/c6c6\x1b\\",
    "\x1b]52;c;cXVpdA==\x1b\\",
    "\x1b[?0u",
    "\x1b[8;24;80t",
    "\x1b[0n",
    "\x1b[?997;1n",
    "\x1b[2;1$y",
    "\x1b[?2026;0$y",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17c",
]
KEYS = ["j", "q", "\x1b[A", "\x1bOP", "\x1b[[A", "\x1b[3~", "\x1b[1;5C", "\x1b[113;5u", "\x1bf", "\r", "é", "\x1b[6~"]


def messages(*reads: str) -> list[object]:
    """The messages of text that comes in so many reads, after each of which nothing is waited for."""
    sequences, parser = InputSequences(), KeyParser()
    made: list[object] = []
    for text in reads:
        for piece in sequences.feed(text):
            made += messages_of(parser, piece)
    if (last := sequences.give_up()) is not None:
        made += messages_of(parser, last)
    return made


def keys(*reads: str) -> list[str]:
    return [message.key for message in messages(*reads) if isinstance(message, events.Key)]


def cut(text: str, places: list[int]) -> list[str]:
    """Text in the pieces that lie between places."""
    ends = sorted({place % (len(text) + 1) for place in places} | {0, len(text)})
    return [text[first:after] for first, after in pairwise(ends)]


@pytest.mark.parametrize("reply", REPLIES)
def test_a_reply_is_no_key(reply):
    assert keys("j", reply, "k") == ["j", "k"]


PARTS = st.one_of(*(st.tuples(st.sampled_from(texts), st.just(is_key)) for texts, is_key in ((REPLIES, 0), (KEYS, 1))))


@given(st.lists(PARTS, max_size=8), st.lists(st.integers(0, 400), max_size=30))
def test_replies_among_keys_in_any_pieces_leave_the_keys(parts, places):
    whole = "".join(text for text, _ in parts)
    typed = [key for text, is_key in parts if is_key for key in keys(text)]
    assert keys(*cut(whole, places)) == typed


@pytest.mark.parametrize("sequence", [key for key in ANSI_SEQUENCES_KEYS if len(key) > 1 and key != "\x1b\x1b"])
def test_every_key_textual_knows_is_the_key_it_was(sequence):
    plain = [message.key for message in KeyParser().feed(sequence) if isinstance(message, events.Key)]
    assert keys(sequence) == plain


def test_the_mouse_the_focus_and_a_resize_come_through():
    kinds = [
        type(message).__name__ for message in messages("\x1b[<0;10;5M\x1b[<0;10;5m\x1b[I\x1b[O\x1b[48;24;80;480;1280t")
    ]
    assert kinds == ["MouseDown", "MouseUp", "AppFocus", "AppBlur", "Resize"]


def test_a_terminal_that_can_send_whole_frames_is_heard():
    assert [type(message).__name__ for message in messages("\x1b[?2026;2$y")] == ["TerminalSupportsSynchronizedOutput"]


@given(st.text("0123456789;:<=>?", max_size=40), st.sampled_from("cntxyz{|}"))
def test_of_control_sequences_only_those_of_keys_are_keys(parameters, final):
    sequence = f"\x1b[{parameters}{final}"
    assert len(keys(sequence)) == (sequence in ANSI_SEQUENCES_KEYS)


def test_a_paste_that_holds_escapes_makes_no_keys():
    [paste] = messages(f"{PASTE_BEGINS}AAPL\x1b[31m q\x1b", f"[2{PASTE_ENDS}")
    assert isinstance(paste, events.Paste)
    assert paste.text == "AAPL[31m q[2"


def test_letters_after_a_paste_are_keys_again():
    assert keys(PASTE_BEGINS + "a", "b" + PASTE_ENDS[:3], PASTE_ENDS[3:] + "q") == ["q"]


WAITING = {
    **dict.fromkeys(["\x1b", "\x1b[", "\x1bO", "\x1b[3$"], KEY_SECONDS),
    **dict.fromkeys(["\x1b[?62;2", "\x1b]11;rgb", "\x1b[1;"], REPLY_SECONDS),
    "j": None,
}


@pytest.mark.parametrize(("begun", "seconds"), WAITING.items())
def test_what_may_be_a_key_waits_shortly_and_a_begun_reply_long(begun, seconds):
    sequences = InputSequences()
    list(sequences.feed(begun))
    assert sequences.seconds_held == seconds


def test_esc_alone_is_a_key_and_a_begun_reply_is_dropped():
    assert keys("\x1b") == ["escape"]
    assert keys("\x1b[3$") == ["shift+delete"]
    assert keys("\x1b[?62;2") == []
    assert keys("\x1b]11;rgb:1e") == []


def test_esc_before_a_sequence_is_a_key_of_its_own():
    assert keys("\x1b\x1b[A") == ["escape", "up"]


def test_a_string_without_an_end_is_given_up_and_holds_little():
    sequences = InputSequences()
    assert list(sequences.feed("\x1b]11;" + "0" * 3 * MOST_OF_A_STRING)) == []
    assert [piece.kind for piece in sequences.feed("j")] == [PieceKind.TYPED]


@given(st.lists(st.text("\x1b[]OP\\?;0123456789ABcmq~$\x07 ", max_size=20), max_size=6))
def test_anything_is_taken_apart_without_an_error(reads):
    messages(*reads)
