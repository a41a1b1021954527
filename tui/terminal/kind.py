"""Reads from the environment what kind of terminal this is: its colours, signs, clipboard, and whether it is remote."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from typing import Final, NamedTuple

# Terminals of one colour whose terminfo has no `setaf`; Textual would send them sixteen.
TERMINALS_WITHOUT_COLOUR: Final = re.compile(r"^(vt(?!.*color|525)\d.*|.*-m|.*-mono)$")
VT_TERMINALS: Final = re.compile(r"^vt\d")
TERMINALS_OF_EIGHT_COLOURS: Final = re.compile(r"^(linux|eterm|cygwin|ansi|pcansi|sun|dtterm|fbterm|vt\d|.*-8color)")
"""Terminals without bright colours of their own: the sequences of the other eight mean something else, or nothing."""
TERMINALS_OF_TRUE_COLOUR: Final = re.compile(
    r"^(xterm-)?(kitty|alacritty|foot|wezterm|ghostty|iterm2|contour|rio)|-direct"
)
TERMINALS_OF_256_COLOURS: Final = re.compile(r"[-+.]256col|^mintty")


class TerminalKind(NamedTuple):
    """What a terminal can do, by `TERM`, `COLORTERM`, `NO_COLOR`, the locale and SSH."""

    is_dumb: bool = False
    """The terminal cannot move its cursor, so that it shows text only."""
    colours: str | None = "truecolor"
    """`truecolor`, `256`, `standard` for sixteen, `8`; None for no colour at all."""
    has_italics: bool = True
    """The terminal slants italic text; others show it green, or in reverse."""
    is_ascii: bool = False
    """The terminal draws ASCII only: it is from before Unicode, or the locale has another encoding."""
    is_remote: bool = False
    """The program runs at the far end of an SSH connection."""
    is_page: bool = False
    """The terminal is a page in a browser, which no shell started."""
    multiplexer: str = ""
    """`tmux` or `screen` when one stands between us and the terminal: it swallows what it does not know."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> TerminalKind:
        """The kind of terminal by the environment. An empty variable counts as unset (see no-color.org)."""
        name = environment.get("TERM", "")
        return cls(
            is_dumb=name in ("", "dumb", "unknown"),
            colours=_colours(name, environment),
            has_italics=not name.startswith(("linux", "screen", "vt")) or bool(environment.get("TMUX")),
            is_ascii=bool(VT_TERMINALS.match(name)) or _has_other_encoding(environment),
            is_remote=bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")),
            is_page=bool(environment.get("SHORTSIDE_VISITOR")),
            multiplexer=_multiplexer(name, environment),
        )

    def clipboard(self, encoded: str) -> str:
        """The sequence (OSC 52) that hands base64 text to the terminal's clipboard, wrapped for what stands between.

        tmux takes OSC 52 itself when `set-clipboard` is `on`; with `external`, its default, it only lets its own copy
        mode do so, and what is wrapped passes if `allow-passthrough` is on. So tmux is sent both. screen cuts what
        it passes on at 768 bytes, hence the pieces.
        """
        plain = f"\x1b]52;c;{encoded}\x07"
        if self.multiplexer == "tmux":
            return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        if self.multiplexer == "screen":
            pieces = [plain[start : start + 700] for start in range(0, len(plain), 700)]
            return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
        return plain


def settle_environment(environment: MutableMapping[str, str], kind: TerminalKind) -> None:
    """Set the variables that Textual reads when it is imported, where it would misread the environment.

    It takes an empty NO_COLOR for a wish and answers a real one with 24-bit greys; we draw without colour ourselves.
    """
    environment.pop("NO_COLOR", None)
    known = kind.colours if kind.colours in ("truecolor", "256") else "standard"
    environment.setdefault("TEXTUAL_COLOR_SYSTEM", known)


def is_terminal(file: int) -> bool:
    """Whether a file descriptor is a terminal; False when it is closed."""
    try:
        return os.isatty(file)
    except OSError:
        return False


def _colours(name: str, environment: Mapping[str, str]) -> str | None:
    if environment.get("NO_COLOR") or TERMINALS_WITHOUT_COLOUR.match(name):
        return None
    # What GNU screen hands on of the terminal it was started in is not true of itself, nor of where TERM came from.
    is_told = not name.startswith("screen") or environment.get("TMUX")
    if is_told and environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if TERMINALS_OF_TRUE_COLOUR.search(name):
        return "truecolor"
    if TERMINALS_OF_256_COLOURS.search(name):
        return "256"
    return "8" if TERMINALS_OF_EIGHT_COLOURS.match(name) else "standard"


def _has_other_encoding(environment: Mapping[str, str]) -> bool:
    """Whether the locale names an encoding that is not Unicode's; one that names none says nothing."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environment.get(name)), "")
    encoding = locale.partition(".")[2].partition("@")[0]
    return bool(encoding) and encoding.lower().replace("-", "") != "utf8"


def _multiplexer(name: str, environment: Mapping[str, str]) -> str:
    # TMUX does not cross SSH, TERM does: at the far end its name is all there is to go by.
    if environment.get("TMUX") or name.startswith("tmux"):
        return "tmux"
    return "screen" if environment.get("STY") or name.startswith("screen") else ""
