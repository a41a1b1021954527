"""Asks for a past day whose evening is to be shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from textual.app import App

from tui.screens.prompt import ask_for_text
from tui.sources.past_days import refused_day
from widgets.format import GLYPHS_UNICODE, Glyphs


def ask_for_day(
    app: App[Any],
    question: str,
    sessions: Sequence[date],
    then: Callable[[date | None], object],
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> None:
    """Ask over the screen that is shown for a session.

    Args:
        app: the monitor.
        question: what the day is for, such as `Compare with`.
        sessions: those with closes, ascending; earlier days may be there to be read.
        then: called with the day, or None for the newest there is; not at all where nobody gives one.
        glyphs: the signs to draw with.
    """

    def typed(text: str) -> None:
        day = date.fromisoformat(text.strip())
        then(None if day == sessions[-1] else day)

    def refused(text: str) -> str:
        return refused_day(text, sessions)

    ask_for_text(app, question, typed, refusal=refused, placeholder=f"{sessions[-1]}", glyphs=glyphs)
