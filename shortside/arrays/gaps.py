"""Fills the gaps of tables with the nearest known row of each column."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np

from shortside.listings import Flags, Floats, Indexes

FEW_NAMES: Final = 2_048
"""Up to so many names it takes less to look for all gaps at once than to go through session by session."""


@dataclass(frozen=True, eq=False, slots=True)
class GapRuns:
    """The unknown cells of a table of T rows, by column, and the runs of them that follow one another. G cells, R runs.

    What stands before and after a run is known, as far as there is a row.
    """

    rows: Indexes
    """(G,) the row of each cell."""
    columns: Indexes
    """(G,) its column, ascending."""
    lengths: Indexes
    """(R,) cells of each run, which stand together."""
    before: Indexes
    """(R,) the row before each run; −1 of one that begins the table."""
    after: Indexes
    """(R,) the row after each run; T of one that ends it."""
    of_columns: Indexes
    """(R,) the column of each run."""

    @classmethod
    def of(cls, is_gap: Flags) -> GapRuns:
        """The runs of (T, N) flags."""
        total = max(len(is_gap), 1)
        # Of a table whose columns lie side by side in memory, cells that follow one another are neighbours.
        columns, rows = np.divmod(np.flatnonzero(np.ascontiguousarray(is_gap.T)), total)
        begins = np.ones(len(rows), bool)
        begins[1:] = (np.diff(rows) != 1) | (columns[1:] != columns[:-1])
        first = np.flatnonzero(begins)
        lengths = np.diff(np.append(first, len(rows)))
        return cls(rows, columns, lengths, rows[first] - 1, rows[first] + lengths, columns[first])


def carry_gaps(values: Floats) -> Floats:
    """Fill the gaps of (T, N) values in place, forward from the last known row, then backward from the first.

    Returns them.
    """
    if values.shape[1] > FEW_NAMES:
        carry_forward(values)
        carry_forward(values[::-1])
        return values
    gaps = GapRuns.of(np.isnan(values))
    # A column that is nothing but a gap is filled with itself.
    source = np.where(gaps.before >= 0, gaps.before, np.minimum(gaps.after, len(values) - 1))
    values[gaps.rows, gaps.columns] = np.repeat(values[source, gaps.of_columns], gaps.lengths)
    return values


def carry_forward(values: Floats) -> None:
    """Fill the gaps of (T, N) values in place from the last known row above."""
    if values.shape[1] <= FEW_NAMES:
        gaps = GapRuns.of(np.isnan(values))
        source = np.maximum(gaps.before, 0)
        values[gaps.rows, gaps.columns] = np.repeat(values[source, gaps.of_columns], gaps.lengths)
        return
    for before, row in itertools.pairwise(values):
        # The gaps of a row are few, and putting values in by a mask looks at all others as well.
        gaps_of_row = np.flatnonzero(np.isnan(row))
        row[gaps_of_row] = before[gaps_of_row]


def with_gaps_carried(values: Floats) -> Floats:
    """(T, N) values with gaps filled forward from the last known row, then backward from the first."""
    return carry_gaps(values.copy())
