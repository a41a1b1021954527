"""What kind of terminal this is, read from the environment: how many colours, how slow, how it takes a clipboard."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, MutableMapping
from typing import Final, NamedTuple

# Terminals of one colour whose terminfo has no `setaf`; Textual would send them sixteen.
UNCOLOURED: Final = re.compile(r"^(vt\d+|ansi-m|xterm-mono|screen-mono|.*-m)$")
OLD: Final = re.compile(r"^vt\d")
TRUECOLOR_FAMILIES: Final = ("kitty", "alacritty", "foot", "wezterm", "ghostty", "iterm2", "xterm-direct")


class TerminalKind(NamedTuple):
    """Everything that is decided by `TERM`, `COLORTERM`, `NO_COLOR` and where we run."""

    is_dumb: bool = False
    """It cannot move its cursor: text only."""
    colours: str | None = "truecolor"
    """Rich's name of its colour system: `truecolor`, `256`, `standard` for sixteen; None for no colour at all."""
    is_ascii: bool = False
    """It draws no other signs: a terminal from before Unicode, or a locale with another encoding."""
    is_remote: bool = False
    """We run at the far end of an SSH connection."""
    multiplexer: str = ""
    """`tmux` or `screen` when one stands between us and the terminal: it swallows what it does not know."""

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> TerminalKind:
        """What the environment says. An empty variable is as good as none (no-color.org says so of NO_COLOR)."""
        name = environment.get("TERM", "")
        return cls(
            is_dumb=name in ("", "dumb", "unknown"),
            colours=_colours(name, environment),
            is_ascii=bool(OLD.match(name)) or _has_other_encoding(environment),
            is_remote=bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")),
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
    """Tell Textual, which reads its variables when it is imported, what it would get wrong by itself.

    It takes an empty NO_COLOR for a wish and answers a real one with 24-bit greys; we draw without colour ourselves.
    """
    environment.pop("NO_COLOR", None)
    environment.setdefault("TEXTUAL_COLOR_SYSTEM", kind.colours or "standard")


def is_terminal(file: int) -> bool:
    """Whether a file descriptor is a terminal; False when it is closed."""
    try:
        return os.isatty(file)
    except OSError:
        return False


def _colours(name: str, environment: Mapping[str, str]) -> str | None:
    if environment.get("NO_COLOR") or UNCOLOURED.match(name):
        return None
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "truecolor"
    if name.startswith(TRUECOLOR_FAMILIES) or name.endswith("-direct"):
        return "truecolor"
    return "256" if name.endswith("-256color") else "standard"


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
