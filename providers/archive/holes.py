"""Finds the closes that sources left out of their answers although they have them: those are asked for again.

An answer without a name, or without a session, says nothing of either: Yahoo leaves out live names and whole sessions
at random. So a span that was asked for is held only as far as closes came, while the name is listed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from providers.archive.spans import Span
from shortside.listings import Dates, Flags, Indexes
from shortside.sessions import CalendarRangeError, session_days

LEAST_ANSWERED_RATIO: Final = 0.5
"""Fraction of the names asked for below which it is the session that is missing, and not single names."""
ANSWERS_THAT_SETTLE: Final = 2
"""Answers that lack a session of a name which trades in every one, until it is believed that it did not trade."""


@dataclass(frozen=True, eq=False, slots=True)
class ClosesAnswer:
    """What one vintage of closes says of names and sessions. Rows run in parallel."""

    symbols: Sequence[str]
    codes: Indexes
    """Of each row, whose it is: an index into `symbols`."""
    days: Dates
    has_close: Flags
    """Whether there was a close; else the row says: asked for, and there was none."""

    @staticmethod
    def of(table: pa.Table) -> ClosesAnswer:
        """The rows of a vintage; `symbol` must be a dictionary."""
        if table.num_rows == 0:
            return ClosesAnswer([], np.empty(0, np.int64), np.empty(0, "datetime64[D]"), np.empty(0, bool))
        symbols = table["symbol"].unify_dictionaries().combine_chunks()
        return ClosesAnswer(
            symbols.dictionary.to_pylist(),
            symbols.indices.to_numpy().astype(np.int64),
            table["date"].cast(pa.date32()).to_numpy().astype("datetime64[D]"),
            pc.fill_null(pc.greater(table["close"], 0), False).to_numpy(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedNames:
    """What is known of the names from elsewhere."""

    listed: Collection[str]
    """Those that are listed now."""
    busy: Collection[str] = frozenset()
    """Those of them that trade in every session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holes:
    """What is to be asked for again."""

    by_name: Mapping[str, frozenset[date]] = field(default_factory=dict)
    """The sessions of each name that lie within what was asked for and have no close from anybody."""
    missed: tuple[date, ...] = ()
    """The sessions that are missing for most names, oldest first."""
    doubted: frozenset[str] = frozenset()
    """The names that lack single sessions although they trade in every one: a second question settles it."""


def holes_of(
    answers: Sequence[ClosesAnswer], asked: Mapping[str, Sequence[Span]], names: ListedNames, closed: Collection[date]
) -> Holes:
    """The holes in what was asked for.

    A name's sessions before its first close are none: it may not have been listed yet. Where an answer says of a
    session that there was no close, that is believed, unless most names say so or the name trades in every session.

    Args:
        answers: the closes that came, of every source that is asked by names.
        asked: the spans each name was asked for, of all of them together.
        names: what is known of them.
        closed: sessions whose closes are there from elsewhere, for everybody.
    """
    spans = [span for own in asked.values() for span in own]
    if not spans:
        return Holes()
    try:
        sessions = session_days(min(first for first, _ in spans), max(last for _, last in spans))
    except CalendarRangeError:
        return Holes()
    place = {symbol: column for column, symbol in enumerate(asked)}
    silent = np.zeros((len(sessions), len(place)), np.int16)
    held = np.zeros(silent.shape, bool)
    for answer in answers:
        _take(answer, sessions, place, held, silent)
    is_elsewhere = np.isin(sessions, np.array(sorted(closed), "datetime64[D]"))
    wanted = _asked(sessions, asked) & held.any(axis=0) & ~is_elsewhere[:, None]
    counts, totals = (held & wanted).sum(axis=1), wanted.sum(axis=1)
    is_missed = (totals > 0) & (counts < LEAST_ANSWERED_RATIO * totals)
    rows = np.arange(len(sessions))[:, None]
    is_listed, is_busy = (np.fromiter((one in group for one in asked), bool) for group in (names.listed, names.busy))
    alive = (rows >= _first_row(held, is_missed)) & (is_listed | (rows <= _last_row(held)))
    is_lacking = wanted & ~held & alive
    is_unanswered = is_lacking & (is_missed[:, None] | (silent == 0))
    is_doubted = is_lacking & ~is_unanswered & is_busy & (silent < ANSWERS_THAT_SETTLE)
    symbols = list(asked)
    return Holes(
        by_name=_by_name(sessions, is_unanswered | is_doubted, symbols),
        missed=tuple(sessions[is_missed].astype(object)),
        doubted=frozenset(symbols[column] for column in np.flatnonzero(is_doubted.any(axis=0))),
    )


def _asked(sessions: Dates, asked: Mapping[str, Sequence[Span]]) -> Flags:
    """(sessions, names) whether it was asked for."""
    is_asked = np.zeros((len(sessions), len(asked)), bool)
    for column, spans in enumerate(asked.values()):
        for first, last in spans:
            begin = int(np.searchsorted(sessions, np.datetime64(first, "D")))
            end = int(np.searchsorted(sessions, np.datetime64(last, "D"), "right"))
            is_asked[begin:end, column] = True
    return is_asked


def _take(
    answer: ClosesAnswer, sessions: Dates, place: Mapping[str, int], held: Flags, silent: npt.NDArray[np.int16]
) -> None:
    """Note in (sessions, names) tables which closes came, and how often it was said that there was none."""
    columns = np.array([place.get(symbol, -1) for symbol in answer.symbols], np.int64)[answer.codes]
    rows = np.searchsorted(sessions, answer.days)
    inside = (columns >= 0) & (rows < len(sessions))
    inside[inside] = sessions[rows[inside]] == answer.days[inside]
    came, none = inside & answer.has_close, inside & ~answer.has_close
    held[rows[came], columns[came]] = True
    silent[rows[none], columns[none]] += 1


def _first_row(held: Flags, is_missed: Flags) -> Indexes:
    """(names,) the row from which a name's sessions count: its first close, or the missing sessions right before it."""
    reaches = np.arange(len(is_missed) + 1)
    for row in range(1, len(reaches)):
        if is_missed[row - 1]:
            reaches[row] = reaches[row - 1]
    return np.asarray(reaches[held.argmax(axis=0)])


def _last_row(held: Flags) -> Indexes:
    return np.asarray(len(held) - 1 - held[::-1].argmax(axis=0))


def _by_name(sessions: Dates, is_hole: Flags, symbols: Sequence[str]) -> dict[str, frozenset[date]]:
    columns = np.flatnonzero(is_hole.any(axis=0)).tolist()
    return {symbols[column]: frozenset(sessions[is_hole[:, column]].astype(object)) for column in columns}
