"""Tells of which days a market folder has looks at a list of stock loans, by their files' names and no library."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from providers.files.folder import BORROW_NAME, files_of
from shortside.sessions import new_york_date


def newest_look_named(directory: Path, moment: datetime, until: date | None = None) -> date | None:
    """The day of the newest list by the names of the files, none of which is opened; None where there is none."""
    days = (day_named(path.name) for path in files_of(directory / "borrow"))
    last = min(new_york_date(moment), until or date.max)
    return max((day for day in days if day is not None and day <= last), default=None)


def day_named(name: str) -> date | None:
    """The day of a list by the name of its file; None where that is none."""
    found = BORROW_NAME.fullmatch(name)
    try:
        return None if found is None else date.fromisoformat(found[1])
    except ValueError:
        return None  # Eight digits that are no day.
