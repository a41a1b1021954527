"""Group totals: dollars summed per tier or sector, kept current tick by tick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shortside.listings import Floats, Indexes

MEASURES = (
    "names",
    "profit",
    "profit_low",
    "profit_high",
    "new_short",
    "appeared",
    "short_interest_start",
    "short_interest_end",
    "short_interest_total",
    "profit_today",
    "new_short_30d",
    "new_short_prior_30d",
    "new_short_cycle",
    "new_short_prior_cycle",
    "gaining",
    "losing",
    "gaining_dollars",
    "losing_dollars",
    "financing",
    "financed_names",
)
"""What is added up, in the order of the rows of `GroupTotals.values`; dollars but for the counts of names."""
_PLACE = {measure: place for place, measure in enumerate(MEASURES)}


@dataclass(frozen=True, eq=False, slots=True)
class GroupTotals:
    """Sums per group. Only dollars and counts: a ratio is divided when a row is made, never stored."""

    values: Floats
    """(measures, groups) float64."""

    @staticmethod
    def of(codes: Indexes, figures: Floats, groups: int) -> GroupTotals:
        """Sum each measure of the names `(measures, n)` into the groups their codes name."""
        # One pass over all measures: for a tick's few names the calls would cost more than the sums.
        places = (codes + groups * np.arange(len(figures))[:, None]).ravel()
        sums = np.bincount(places, figures.ravel(), groups * len(figures)).astype(np.float64)
        return GroupTotals(sums.reshape(len(figures), groups))

    def plus(self, codes: Indexes, figures: Floats) -> GroupTotals:
        """With some names' figures added (negated: taken away)."""
        return GroupTotals(self.values + GroupTotals.of(codes, figures, self.values.shape[1]).values)

    def __getitem__(self, measure: str) -> Floats:
        return np.asarray(self.values[_PLACE[measure]])

    def merged(self, groups: tuple[int, ...]) -> dict[str, float]:
        """The sums of several groups as one, measure by measure."""
        column = self.values[:, list(groups)].sum(axis=1)
        return dict(zip(MEASURES, column.tolist(), strict=True))

    def with_measures(self, replaced: dict[str, Floats]) -> GroupTotals:
        """Some measures' rows exchanged."""
        values = self.values.copy()
        for measure, row in replaced.items():
            values[_PLACE[measure]] = row
        return GroupTotals(values)
