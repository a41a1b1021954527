"""The sequences that have a terminal ring or show a notice, through whatever stands between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shortside.words.plain_text import printable
from tui.terminal.kind import TerminalKind

BELL: Final = "\x07"
LONGEST_NOTICE: Final = 200
"""Signs of a notice: desktops cut longer ones, and multiplexers drop what is too long."""


def notice(kind: TerminalKind, way: str, title: str, words: str, signs: Mapping[int, str] | None = None) -> str:
    """What is sent to the terminal.

    Args:
        kind: what stands between: tmux and screen hand the sequences on only where they are wrapped, and tmux only with
            `allow-passthrough on`. The bell they hand on by themselves.
        way: `bell`, `osc9` (iTerm2, kitty, WezTerm, Windows Terminal) or `osc777` (urxvt, foot, Ghostty, VTE).
        title: what rang.
        words: what it says; cleaned of what would end the sequence or steer the terminal.
        signs: other signs for some, where the terminal has only ASCII.
    """
    if way == "bell":
        return BELL
    title, words = (
        " ".join(printable(text).split()).translate(signs or {})[:LONGEST_NOTICE] for text in (title, words)
    )
    if way == "osc777":
        # The title ends at the first semicolon, the words at the end of the sequence.
        return _wrapped(kind, f"\x1b]777;notify;{title.replace(';', ',')};{words}{BELL}")
    # ConEmu and those after it take a number and a semicolon for another command, such as a bar of progress.
    return _wrapped(kind, f"\x1b]9;{f'{title}: {words}'.replace(';', ',')}{BELL}")


def _wrapped(kind: TerminalKind, sequence: str) -> str:
    if kind.multiplexer == "tmux":
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if kind.multiplexer == "screen":
        return f"\x1bP{sequence}\x1b\\"
    return sequence
