"""What whoever reads or fetches is handed: a clock, and a listener who is told how far the work is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Gives the present moment, always with a zone. Made in `tui`; nobody below it asks the time otherwise."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, in words, and how many of how many steps are behind us."""


def no_progress(_words: str, _done: int, _total: int) -> None:
    """Takes what a `Progress` is told and does nothing with it; the default where nobody watches."""
