"""The prices of some sessions of a file, cut out of everything that was read of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, cast

import numpy as np
import numpy.typing as npt

from shortside.by_session.cut_tables import CutTable
from shortside.by_session.kept_tables import KeptTables, TablesAtHand
from shortside.corporate_actions.night_steps import Steps
from shortside.doubts import Doubt
from shortside.listings import Dates, Flags, Floats, Indexes, Listings, Texts
from shortside.net_changes import NetChanges
from shortside.prices.priced_spans import PricedSpans, longest_holes


class PricesRead(Protocol):
    """Everything read of a file of prices, which has its tables by their names as well. T sessions, N names."""

    @property
    def symbols(self) -> Texts:
        """(N,) in the file's spelling."""

    @property
    def holes(self) -> Steps:
        """The closes before which a name had none for more than a few sessions, and had one before that."""

    @property
    def kept_tables(self) -> KeptTables:
        """The tables of all sessions."""

    @property
    def closes_until(self) -> npt.NDArray[np.int16]:
        """(T + 1, N) how many closes of each name there are before each session."""

    @property
    def newest_close(self) -> npt.NDArray[np.int16]:
        """(T, N) the newest session with a close of the name, up to each; −1 before its first."""

    @property
    def next_close(self) -> npt.NDArray[np.int16]:
        """(T, N) the first session with a close of the name, from each on; T after its last."""


@dataclass(frozen=True, eq=False, kw_only=True)
class PriceTable:
    """Prices as printed, wide. T sessions, N names in the order of their spelling.

    Its tables are cut out of what was read when they are asked for, of all names or of some.
    """

    symbols: Texts
    """(N,) in the file's spelling."""
    exchanges: Texts
    """(N,) of each name's last session."""
    sessions: Dates
    net_changes: NetChanges | None
    """Where previous closes part from the closes of the sessions before; None where the file has no net change."""
    doubts: tuple[Doubt, ...]
    """Sessions whose prices are not their own."""
    notes: tuple[str, ...]
    cutting: Cutting
    """How the tables are cut."""

    @cached_property
    def close(self) -> Floats:
        """(T, N) float32 USD a share, the day's own close; NaN where there was none."""
        return self.of("close")

    @cached_property
    def volume(self) -> Floats:
        """(T, N) float32 shares traded that session; NaN unknown."""
        return self.of("volume")

    @cached_property
    def shares_outstanding(self) -> Floats:
        """(T, N) float32 shares; NaN unknown."""
        return self.of("shares_outstanding")

    @cached_property
    def official(self) -> Floats:
        """(T, N) float32 USD, close less net change, before any session was judged; NaN where the file has none."""
        return self.of("official")

    @cached_property
    def spans(self) -> PricedSpans:
        """When each name was priced."""
        return self.cutting.spans()

    def of(self, table: str, columns: Indexes | None = None) -> Floats:
        """One of the tables by its name; of some names only, in the order given and as often as given, or of all."""
        names = self.cutting.names
        return self.cutting.table(table, names if columns is None else names[columns])

    def figures(self, table: str, rows: Indexes, columns: Indexes) -> Floats:
        """(n,) figures of one of the tables by its name, each of a session and a name."""
        return self.cutting.figures(table, rows, self.cutting.names[columns])

    def together(self, table: str, origins: Indexes, others: Floats) -> Floats:
        """(T, n) one of the tables by its name, of some names and of others that are none of them.

        Where what was read is kept for further days, it is a `CutTable`: an array once all of it is asked for.

        Args:
            table: the name.
            origins: (n,) which name each is; −1 of one of the others.
            others: (T, m) the table of the others, in their order.
        """
        cutting = self.cutting
        if cutting.is_kept and cutting.kept is None:
            kept = getattr(cutting.prices, table)[cutting.rows]
            return cast(Floats, CutTable(kept, np.where(origins >= 0, cutting.names[origins], -1), others))
        whole = self.of(table, np.maximum(origins, 0))
        whole[:, origins < 0] = others
        return whole

    def longest_holes(self, columns: Indexes) -> Indexes:
        """(n,) the most sessions in a row without a close between two of each name; 0 where there are but a few."""
        cutting = self.cutting
        if cutting.kept is not None:
            return longest_holes(~np.isnan(self.of("close", columns)))
        place = np.full(len(cutting.prices.symbols), -1)
        place[cutting.names[columns]] = np.arange(len(columns))
        holes = cutting.prices.holes.within(cutting.rows, place)
        longest = np.zeros(len(columns), np.int64)
        np.maximum.at(longest, holes.columns, holes.rows - holes.befores - 1)
        return longest

    def at_hand(self, listings: Listings, origins: Indexes) -> TablesAtHand | None:
        """Which of the tables that were read listings have as they were; None where prices were left out of them.

        Args:
            listings: made of these tables, of the same sessions.
            origins: (n,) the name here whose tables each of the listings' has; −1 of one whose tables are others.
        """
        cutting, spans = self.cutting, self.spans
        if cutting.kept is not None:
            return None
        place = np.full(len(cutting.prices.symbols), -1)
        same = np.flatnonzero(origins >= 0)
        place[cutting.names[origins[same]]] = same
        return TablesAtHand(
            kept=cutting.prices.kept_tables,
            listings=listings,
            rows=cutting.rows,
            origins=np.where(origins >= 0, cutting.names[origins], -1),
            place=place,
            first_priced=spans.first[origins],
            last_priced=spans.last[origins],
        )


@dataclass(frozen=True, eq=False, slots=True)
class Cutting:
    """Which sessions and names of what was read a table holds, and which of its prices it leaves out."""

    prices: PricesRead
    rows: slice
    """The sessions between the two days."""
    names: Indexes
    """(N,) the names with a row in them, ascending."""
    is_strange: Flags | None
    """(T, all names) closes that are another session's, in the sessions between the two days; None where none is."""
    kept: Indexes | None
    """Which of these sessions have a close that is left; None for all."""
    is_kept: bool
    """Whether what was read is kept for further days."""

    def table(self, name: str, names: Indexes) -> Floats:
        """One of the tables of what was read: the sessions kept, some of the names."""
        values: Floats = getattr(self.prices, name)[self.rows]
        if self.kept is None or self.is_strange is None:
            return values.take(names, axis=1)
        table = np.empty((len(self.kept), len(names)), values.dtype)
        # Between two sessions that are left out all are taken at once.
        breaks = np.flatnonzero(np.diff(self.kept) > 1) + 1
        for run in np.split(np.arange(len(self.kept)), breaks) if len(self.kept) else ():
            stretch = values[self.kept[run[0]] : self.kept[run[-1]] + 1]
            np.take(stretch, names, axis=1, out=table[run[0] : run[-1] + 1], mode="clip")
        if name in _JUDGED:
            for row in np.flatnonzero(self.is_strange[self.kept].any(axis=1)).tolist():
                table[row, self.is_strange[self.kept[row], names]] = np.nan
        return table

    def figures(self, name: str, rows: Indexes, names: Indexes) -> Floats:
        """(n,) figures of one of the tables, each of one of the sessions kept and of a name."""
        at = rows if self.kept is None else self.kept[rows]
        figures: Floats = getattr(self.prices, name)[self.rows][at, names]
        if self.is_strange is not None and name in _JUDGED:
            figures[self.is_strange[at, names]] = np.nan
        return figures

    def spans(self) -> PricedSpans:
        """When each name was priced, among the sessions kept."""
        if self.kept is not None:
            return PricedSpans.of(~np.isnan(self.table("close", self.names)))
        prices, names, start = self.prices, self.names, self.rows.start
        first = prices.next_close[start, names].astype(np.int64) - start
        last = prices.newest_close[self.rows.stop - 1, names].astype(np.int64) - start
        # A name whose every close is unknown spans all sessions.
        nothing = last < 0
        first[nothing], last[nothing] = 0, self.rows.stop - start - 1
        closes = prices.closes_until
        known = closes[self.rows.stop, names].astype(np.int64) - closes[start, names]
        return PricedSpans(first, last, last - first + 1 - known)


_JUDGED: Final = ("close", "volume", "told")
"""The tables of which nothing is known where a close is another session's."""
