"""Reads what the daily short sale volume files of a market folder say of one name."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Final

import numpy as np

from providers.errors import MalformedError, NoDataError
from providers.files.folder import files_of
from providers.finra.short_volume import POSTED_BY, parse_session
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.one_name.short_volume import SoldShort
from shortside.sessions import NEW_YORK

FOLDER: Final = "regsho"
NAME: Final = re.compile(r"CNMSshvol(\d{8})\.txt(\.gz)?")
"""FINRA's file of all its facilities together."""


def read_folder_short_volume(directory: Path, symbol: str, moment: datetime, since: date, until: date) -> SoldShort:
    """One name's sessions as known at a moment, oldest first; a file that is damaged is passed over.

    Raises:
        NoDataError: there is no file of the sessions wanted.
        RefusedError: the folder may not be read.
    """
    found: dict[date, tuple[float, float]] = {}
    files = 0
    for path in files_of(directory / FOLDER):
        session = session_of_file(path.name)
        if session is None or not since <= session <= until or _posted(session) > moment:
            continue
        try:
            rows = parse_session(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name, session, 1)
        except (MalformedError, NoDataError, OSError, *GZIP_DAMAGE):
            continue  # A session without a file is one nobody knows of, which is all that can be said of it.
        files += 1
        mine = rows[rows["symbol"] == symbol]
        if len(mine):
            found[session] = (float(mine["short_volume"].sum()), float(mine["total_volume"].sum()))
    if not files:
        raise NoDataError(
            f"the folder holds no short sale volume of the year: put {FOLDER}/CNMSshvolYYYYMMDD.txt there"
        )
    days = sorted(found)
    return SoldShort(
        symbol=symbol,
        sessions=np.array(days, "datetime64[D]"),
        short=np.array([found[day][0] for day in days], np.float64),
        total=np.array([found[day][1] for day in days], np.float64),
    )


def _posted(session: date) -> datetime:
    return datetime.combine(session, POSTED_BY, NEW_YORK)


def session_of_file(name: str) -> date | None:
    """The session that a file is of, by its name; None where it is no file of all facilities together."""
    match = NAME.fullmatch(name)
    try:
        return None if match is None else date.fromisoformat(match[1])
    except ValueError:
        return None
