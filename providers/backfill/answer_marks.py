"""Writes down what an answer said of what it was asked for: rows without a close say that there was none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from shortside.datasets import Quality
from shortside.listings import Flags
from shortside.sessions import session_days
from shortside.snapshot import Snapshot

LEAST_NAMES_WITH_CLOSES: Final = 3
"""Names with closes from which on a session that all of them lack was left out of the answer."""

MOST_SESSIONS_MARKED_SINGLY: Final = 30
"""Sessions of which each is marked, whoever was asked for."""


def with_marks(names: Sequence[str], answer: Snapshot | None, first: date, last: date) -> pd.DataFrame:
    """The rows of an answer, and rows without a close: how far each name was asked for, and when it did not trade.

    A session that the whole answer left out between two others, or at its end, is not marked: it was not answered.
    Nor is a name that came garbled.

    Args:
        names: those asked for.
        answer: what came; None where none of them has any close.
        first: the first session asked for.
        last: the last one.
    """
    rows = None if answer is None else answer.frame
    asked = list(names) if answer is None or answer.quality is Quality.OK else sorted(set(answer.frame["symbol"]))
    sessions = session_days(first, last)
    held, is_priced = _held(rows, asked, sessions)
    told = ~_left_out(held, is_priced)
    # Of a name without any close in a long span its two ends say enough: how far it was asked for.
    is_marked = told[:, None] & (is_priced | (len(sessions) <= MOST_SESSIONS_MARKED_SINGLY))
    is_marked[:1] = True
    is_marked[np.flatnonzero(told)[-1:]] = True
    days, columns = np.nonzero(is_marked & ~held)
    marks = pd.DataFrame(
        {
            "date": sessions[days].astype("datetime64[s]"),
            "symbol": np.array(asked, object)[columns],
            "exchange": "",
            "close": np.nan,
            "volume": np.nan,
            "shares_out": np.nan,
        }
    )
    return marks if rows is None else pd.concat([rows, marks], ignore_index=True)


def _held(
    rows: pd.DataFrame | None, asked: Sequence[str], sessions: np.ndarray[tuple[int], np.dtype[np.datetime64]]
) -> tuple[Flags, Flags]:
    """(sessions, names) which closes came, and (names,) who has any at all, later ones counted."""
    held = np.zeros((len(sessions), len(asked)), bool)
    is_priced = np.zeros(len(asked), bool)
    if rows is None or not len(rows):
        return held, is_priced
    place = {symbol: column for column, symbol in enumerate(asked)}
    columns = np.array([place[symbol] for symbol in rows["symbol"]], np.int64)
    days = rows["date"].to_numpy().astype("datetime64[D]")
    is_priced[columns] = True
    at = np.searchsorted(sessions, days)
    inside = at < len(sessions)
    inside[inside] = sessions[at[inside]] == days[inside]
    held[at[inside], columns[inside]] = True
    return held, is_priced


def _left_out(held: Flags, is_priced: Flags) -> Flags:
    """(sessions,) which of them the answer left out for everybody; before its first close nobody can tell."""
    is_there = held.any(axis=1)
    if np.count_nonzero(is_priced) < LEAST_NAMES_WITH_CLOSES:
        return np.zeros(len(held), bool)
    return np.asarray(np.maximum.accumulate(is_there) & ~is_there)
