"""The monitor's colour themes, each with one accent colour; no meaning is carried by colour alone.

What must be told apart has colours that a terminal of 256 has, too. What terminals of fewer show is named in
`tui.terminal.named_colours`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.theme import BUILTIN_THEMES, Theme

from tui.terminal.named_colours import LOOKS_IN_SIXTEEN

ANSI_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def _with_pure_text(theme: Theme) -> Theme:
    """The theme with text in its colours as they are: Textual would wash them out with a third of white, or black."""
    colours = {"accent": theme.accent, "success": theme.success, "error": theme.error, "warning": theme.warning}
    text = {f"text-{name}": colour for name, colour in colours.items() if colour is not None}
    return replace(theme, variables=text | theme.variables)


NIGHT_THEME: Final = _with_pure_text(
    Theme(
        name="night",
        primary="#5f87af",
        secondary="#5f87af",
        accent="#af875f",
        foreground="#c6c8cc",
        background="#0f1115",
        surface="#14171c",
        panel="#1a1e25",
        success="#87af87",
        warning="#ffd75f",
        error="#d78787",
        dark=True,
        variables={
            "border": "#3a3f4a",
            "text-accent": "#d7af5f",
            "text-muted": "#7c828e",
            "text-disabled": "#4a4f5a",
            "primary-muted": "#1f3347",
        },
    )
)
DAY_THEME: Final = _with_pure_text(
    Theme(
        name="day",
        primary="#2f5f8f",
        secondary="#2f5f8f",
        accent="#875f00",
        foreground="#20242a",
        background="#fafaf7",
        surface="#f2f2ee",
        panel="#e8e8e3",
        success="#005f00",
        warning="#875f00",
        error="#af0000",
        dark=False,
        variables={
            "border": "#b8b8b0",
            "text-muted": "#6a6f78",
            "text-disabled": "#b0b0a8",
            "primary-muted": "#ffffd7",
        },
    )
)
# Blue and orange are told apart with every common kind of colour blindness.
SAFE_THEME: Final = _with_pure_text(
    Theme(
        name="safe",
        primary="#5f87af",
        secondary="#5f87af",
        accent="#b2b2b2",
        foreground="#c6c8cc",
        background="#0f1115",
        surface="#14171c",
        panel="#1a1e25",
        success="#5fafff",
        warning="#ffff5f",
        error="#d78700",
        dark=True,
        variables={
            "border": "#3a3f4a",
            "text-accent": "#eeeeee",
            "text-muted": "#7c828e",
            "text-disabled": "#4a4f5a",
            "primary-muted": "#1f3347",
        },
    )
)


def _in_own_colours(name: str) -> Theme:
    """Textual's theme in the terminal's own sixteen, with what we name; it has no muted text, and red on blue."""
    theme, looks = BUILTIN_THEMES[name], LOOKS_IN_SIXTEEN[name]
    muted = _ansi(looks.muted)
    return _with_pure_text(
        replace(
            theme,
            accent=_ansi(looks.focus),
            success=_ansi(looks.gain),
            error=_ansi(looks.loss),
            warning=_ansi(looks.warning),
            variables=theme.variables | {"text-muted": muted, "text-disabled": muted, "primary-muted": "ansi_default"},
        )
    )


def _ansi(code: str) -> str:
    """Textual's name of the colour of an SGR parameter, `31` or `91`."""
    bright, number = divmod(int(code) - 30, 60)
    return f"ansi_{'bright_' if bright else ''}{ANSI_NAMES[number]}"


THEMES: Final = (NIGHT_THEME, DAY_THEME, SAFE_THEME, _in_own_colours("ansi-dark"), _in_own_colours("ansi-light"))
"""The monitor's themes; the last two use the terminal's own sixteen colours and background."""
DEFAULT_THEME: Final = NIGHT_THEME.name
