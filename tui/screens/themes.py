"""Themes: calm, one accent colour, sense never carried by colour alone."""

from __future__ import annotations

from textual.theme import Theme

NIGHT = Theme(
    name="night",
    primary="#5f87af",
    secondary="#5f87af",
    accent="#d7af5f",
    foreground="#c6c8cc",
    background="#0f1115",
    surface="#14171c",
    panel="#1a1e25",
    success="#7fb785",
    warning="#d7af5f",
    error="#d98080",
    dark=True,
    variables={"border": "#3a3f4a", "text-muted": "#7c828e", "text-disabled": "#4a4f5a", "primary-muted": "#22384d"},
)
DAY = Theme(
    name="day",
    primary="#2f5f8f",
    secondary="#2f5f8f",
    accent="#8a5a00",
    foreground="#20242a",
    background="#fafaf7",
    surface="#f2f2ee",
    panel="#e8e8e3",
    success="#2c6e35",
    warning="#8a5a00",
    error="#a83232",
    dark=False,
    variables={"border": "#b8b8b0", "text-muted": "#6a6f78", "text-disabled": "#b0b0a8", "primary-muted": "#c8d8e8"},
)
# Blue and orange are told apart with every common kind of colour blindness.
SAFE = Theme(
    name="safe",
    primary="#5f87af",
    secondary="#5f87af",
    accent="#e0e0e0",
    foreground="#c6c8cc",
    background="#0f1115",
    surface="#14171c",
    panel="#1a1e25",
    success="#56b4e9",
    warning="#f0e442",
    error="#e69f00",
    dark=True,
    variables={"border": "#3a3f4a", "text-muted": "#7c828e", "text-disabled": "#4a4f5a", "primary-muted": "#22384d"},
)
THEMES = (NIGHT, DAY, SAFE)
DEFAULT = NIGHT.name
ANSI = ("ansi-dark", "ansi-light")
"""Textual's themes in the terminal's own sixteen colours, whatever they are, on its own background."""
