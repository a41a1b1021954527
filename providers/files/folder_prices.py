"""Holds what was read of a file of prices, wide, and cuts from it the sessions of some day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from providers.errors import NoDataError
from providers.files.price_table import Cutting, PriceTable
from shortside.arrays.ranked_values import distinct
from shortside.by_session.kept_tables import KeptTables
from shortside.corporate_actions.night_steps import Steps, places_of
from shortside.listings import Dates, Flags, Floats, Indexes, Texts
from shortside.net_changes import NetChanges, are_misdated, follows_previous_session, net_changes_of
from shortside.prices.misdated_sessions import SessionJudgement, SessionSigns, judge_sessions

FEW_SESSIONS: Final = 20
"""Sessions without a close that need no remembering: a name may hardly trade."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FolderPrices:
    """Everything read of a file of prices, wide: as much as was asked for. T sessions, N names.

    A table cut from it for a day is the one that a reading of only those sessions gives.
    """

    file_name: str
    extent: tuple[int, int] | None
    """The first and the last day of the whole file, as days since 1970; None where it holds no row."""
    symbols: Texts
    """(N,) in the file's spelling, in its order."""
    exchange_words: Texts
    exchanges: npt.NDArray[np.int16]
    """(T, N) the place among `exchange_words`; −1 where the file has no row."""
    sessions: Dates
    close: Floats
    """(T, N) float32 USD; NaN where there was none, or where it was printed as 0."""
    volume: Floats
    shares_outstanding: Floats
    official: Floats
    """(T, N) float32 USD, close less net change."""
    zero_closes: Indexes
    """(T,) closes that were printed as 0."""
    repeats: Indexes
    """(T,) rows that were there before, word for word."""
    is_kept: bool = False
    """Whether tables are cut of it for further days."""

    @cached_property
    def net_changes(self) -> NetChanges | None:
        """The net changes of all sessions, none of them judged."""
        return net_changes_of(self.sessions, self.close, self.official, self._is_next)

    @cached_property
    def holes(self) -> Steps:
        """The closes before which a name had none for more than a few sessions, and had one before that."""
        newest, rows = self.newest_close, np.arange(1, len(self.close), dtype=np.int16)[:, None]
        missing = rows - newest[:-1] - 1
        is_after = (newest[1:] == rows) & (newest[:-1] >= 0) & (missing > FEW_SESSIONS)
        before, columns = places_of(is_after)
        return Steps(
            columns, newest[before, columns].astype(np.int64), before + 1, missing[before, columns].astype(float)
        )

    @cached_property
    def kept_tables(self) -> KeptTables:
        """The tables of all sessions, none of which is judged."""
        return KeptTables(self.close, self.volume, self.shares_outstanding)

    @cached_property
    def _is_next(self) -> Flags:
        return follows_previous_session(self.sessions)

    @cached_property
    def _rows_until(self) -> npt.NDArray[np.int16]:
        """(T + 1, N) how many rows of each name there are before each session."""
        counts = np.zeros((len(self.sessions) + 1, len(self.symbols)), np.int16)
        np.cumsum(self.exchanges >= 0, axis=0, out=counts[1:])
        return counts

    @cached_property
    def _newest_row(self) -> npt.NDArray[np.int16]:
        """(T, N) the newest session with a row of the name, up to each; −1 before its first."""
        rows = np.where(self.exchanges >= 0, np.arange(len(self.sessions), dtype=np.int16)[:, None], np.int16(-1))
        return np.asarray(np.maximum.accumulate(rows, axis=0))

    @cached_property
    def closes_until(self) -> npt.NDArray[np.int16]:
        """(T + 1, N) how many closes of each name there are before each session."""
        counts = np.zeros((len(self.sessions) + 1, len(self.symbols)), np.int16)
        np.cumsum(~np.isnan(self.close), axis=0, out=counts[1:])
        return counts

    @cached_property
    def newest_close(self) -> npt.NDArray[np.int16]:
        """(T, N) the newest session with a close of the name, up to each; −1 before its first."""
        rows = np.where(np.isnan(self.close), np.int16(-1), np.arange(len(self.sessions), dtype=np.int16)[:, None])
        return np.asarray(np.maximum.accumulate(rows, axis=0))

    @cached_property
    def next_close(self) -> npt.NDArray[np.int16]:
        """(T, N) the first session with a close of the name, from each on; T after its last."""
        total = np.int16(len(self.sessions))
        rows = np.where(np.isnan(self.close), total, np.arange(total, dtype=np.int16)[:, None])
        return np.asarray(np.minimum.accumulate(rows[::-1], axis=0)[::-1])

    def table(self, since: date | None, until: date | None) -> PriceTable:
        """The prices from one day to another, both included.

        Raises:
            NoDataError: there are no prices in that span; the sentence says where the file's own begin and end.
        """
        span = day_number(since, -(2**31)), day_number(until, 2**31 - 1)
        days = self.sessions.astype(np.int64)
        rows = slice(int(np.searchsorted(days, span[0])), int(np.searchsorted(days, span[1], "right")))
        if rows.start >= rows.stop:
            raise NoDataError(_emptiness(self.file_name, self.extent, span))
        names = np.flatnonzero(self._rows_until[rows.stop] > self._rows_until[rows.start])
        cutting, changes = Cutting(self, rows, names, None, None, self.is_kept), self._changes_of(rows, names)
        judged = self._judged(rows, changes)
        if judged.is_strange is not None:
            # A session of which nothing is left is a hole, like one that was never there.
            is_left: Flags = np.isfinite(self.close[rows]) & ~judged.is_strange
            kept = np.flatnonzero(is_left.any(axis=1))
            cutting = replace(cutting, is_strange=judged.is_strange, kept=kept)
            changes = self._changes_left(cutting)
        return PriceTable(
            symbols=self.symbols[names],
            exchanges=self.exchange_words[self.exchanges[self._newest_row[rows.stop - 1, names], names]],
            sessions=self.sessions[rows] if cutting.kept is None else self.sessions[rows][cutting.kept],
            net_changes=changes,
            doubts=tuple(one.doubt for one in judged.misdated),
            notes=(*self._notes(rows), *(one.sentence for one in judged.misdated)),
            cutting=cutting,
        )

    @property
    def told(self) -> Floats:
        """(T, N) the official closes, of which those of a strange session are left out as its closes are."""
        return self.official

    @cached_property
    def _signs(self) -> SessionSigns:
        return SessionSigns.of(self.close, self.official, self._is_next)

    def _judged(self, rows: slice, changes: NetChanges | None) -> SessionJudgement:
        """The sessions of some rows whose prices are another's."""
        if changes is None or not are_misdated(changes.contradicted, changes.compared).any():
            return SessionJudgement()
        is_next = self._is_next[rows].copy()
        is_next[0] = False
        return judge_sessions(
            self.sessions[rows], self.close[rows], self.official[rows], is_next, self._signs.within(rows)
        )

    def _changes_left(self, cutting: Cutting) -> NetChanges | None:
        """The net changes of the sessions that are left, which are those of the file where nothing was left out.

        Only a session that lost a close, and the one after it, tells another thing than it does in the file.
        """
        kept, is_strange, changes = cutting.kept, cutting.is_strange, self.net_changes
        assert kept is not None
        assert is_strange is not None
        assert changes is not None
        sessions, at = self.sessions[cutting.rows][kept], kept + cutting.rows.start
        is_next = np.zeros(len(kept), bool)
        is_next[1:] = self._is_next[at[1:]] & (np.diff(kept) == 1)
        lost = np.asarray(is_strange.any(axis=1))[kept]
        has_changed = lost.copy()
        has_changed[1:] |= lost[:-1]
        asked = np.flatnonzero(has_changed & is_next)
        about = distinct(np.concatenate([asked - 1, asked]))
        few = replace(cutting, kept=kept[about])
        anew = net_changes_of(
            sessions[about],
            few.table("close", cutting.names),
            few.table("told", cutting.names),
            np.isin(about, asked),
        )
        is_told = self._is_told[at] & ~lost
        if not is_next.any() or not (is_told.any() or np.isfinite(few.table("told", cutting.names)).any()):
            return None
        place = np.zeros(len(self.symbols), np.int64)
        place[cutting.names] = np.arange(len(cutting.names))
        found = np.isin(changes.session, sessions[is_next & ~has_changed])
        compared, contradicted = (np.where(is_next, one[at], 0) for one in (changes.compared, changes.contradicted))
        columns, days, ratios = place[changes.column[found]], changes.session[found], changes.ratio[found]
        if anew is not None:
            columns, days = np.append(columns, anew.column), np.append(days, anew.session)
            ratios = np.append(ratios, anew.ratio)
            compared[asked] = anew.compared[np.isin(about, asked)]
            contradicted[asked] = anew.contradicted[np.isin(about, asked)]
        else:
            compared[asked] = contradicted[asked] = 0
        order = np.argsort(days, kind="stable")
        return NetChanges(
            column=columns[order],
            session=days[order],
            ratio=ratios[order],
            compared=compared,
            contradicted=contradicted,
        )

    @cached_property
    def _is_told(self) -> Flags:
        """(T,) sessions with any net change."""
        return np.asarray(np.isfinite(self.official).any(axis=1))

    def _changes_of(self, rows: slice, names: Indexes) -> NetChanges | None:
        """The net changes of some sessions: of the first of them nothing is known, for nothing is before it."""
        changes = self.net_changes
        if changes is None or not self._is_next[rows.start + 1 : rows.stop].any():
            return None
        inside = slice(
            int(np.searchsorted(changes.session, self.sessions[rows.start], "right")),
            int(np.searchsorted(changes.session, self.sessions[rows.stop - 1], "right")),
        )
        if inside.start == inside.stop and not np.isfinite(self.official[rows][:, names]).any():
            return None
        place = np.zeros(len(self.symbols), np.int64)
        place[names] = np.arange(len(names))
        compared, contradicted = changes.compared[rows].copy(), changes.contradicted[rows].copy()
        compared[0] = contradicted[0] = 0
        return NetChanges(
            column=place[changes.column[inside]],
            session=changes.session[inside],
            ratio=changes.ratio[inside],
            compared=compared,
            contradicted=contradicted,
        )

    def _notes(self, rows: slice) -> tuple[str, ...]:
        repeats, zeros = int(self.repeats[rows].sum()), int(self.zero_closes[rows].sum())
        notes: tuple[str, ...] = ()
        if repeats:
            notes += (f"{repeats} rows of {self.file_name} are there twice, word for word, and count once",)
        if zeros:
            # A close of nothing is the screener's word for no trade; a company of no shares is its word for unknown.
            notes += (f"{zeros} closes of 0 in {self.file_name} are taken for unknown",)
        return notes


def day_number(day: date | None, default: int) -> int:
    """A day as days since 1970; the default where there is none."""
    return default if day is None else int(np.datetime64(day, "D").astype(np.int64))


def _emptiness(file_name: str, extent: tuple[int, int] | None, span: tuple[int, int]) -> str:
    if extent is None:
        return f"{file_name} holds no prices at all"
    first, last = (np.datetime64(day, "D") for day in extent)
    since, until = span
    if until < extent[0]:
        return f"{file_name} begins on {first}; there is nothing on or before {np.datetime64(until, 'D')}"
    if since > extent[1]:
        return f"{file_name} ends on {last}; there is nothing on or after {np.datetime64(since, 'D')}"
    return f"{file_name} has no session from {np.datetime64(since, 'D')} to {np.datetime64(until, 'D')}"
