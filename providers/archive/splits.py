"""Tells which splits are known at a moment, of several calendars, none of them twice."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from providers.archive.vintages import Archive, Vintage, best_last
from providers.catalog import MASSIVE, NASDAQ_SPLITS
from shortside.datasets import Dataset
from shortside.schema import SPLITS

CALENDARS_BY_TRUST: Final = (NASDAQ_SPLITS.name, MASSIVE.name)
"""Whom to believe, the first before the second: Yahoo's closes were taken back to what was paid by Nasdaq's calendar,
so that is the one they stand on."""
SAME_SPLIT_WITHIN: Final = pd.Timedelta(days=7)
"""Ex-dates of two calendars this near, with the same ratio, are one split: it would otherwise be applied twice."""
RATIO_TOLERANCE: Final = 0.02
"""Fraction by which two calendars' ratios of one split may differ."""


def splits_of(archive: Archive, moment: datetime) -> pd.DataFrame:
    """Every split known at a moment, rows as `SPLITS` has them.

    Of one calendar's looks the later is believed: a split that was only announced when a later look no longer had it
    did not take place. Of two calendars the first says what it knows, and the other adds what it lacks.
    """
    looks = archive.vintages(Dataset.SPLITS)
    known: pd.DataFrame | None = None
    for source in CALENDARS_BY_TRUST:
        rows = _of_one(archive, [one for one in looks if one.source == source], moment)
        if rows is not None:
            known = rows if known is None else pd.concat([known, _further(rows, known)], ignore_index=True)
    if known is None:
        return SPLITS.conform(pd.DataFrame({column.name: [] for column in SPLITS.columns}, dtype=object), "no splits")
    return known


def _of_one(archive: Archive, vintages: list[Vintage], moment: datetime) -> pd.DataFrame | None:
    """What one calendar knew; where two looks differ, the later is believed."""
    # A later look may hold splits nobody knew of then. Only a past that was filled in afterwards has nothing else.
    looks = best_last([one for one in vintages if one.fetched_at <= moment] or vintages, moment)
    frames = []
    for place, vintage in enumerate(looks):
        rows = archive.read(vintage).frame
        is_sure = rows["ex_date"] <= pd.Timestamp(vintage.as_of)
        frames.append(rows if place == len(looks) - 1 else rows[is_sure])
    if not frames:
        return None
    rows = pd.concat(frames, ignore_index=True)
    return rows.drop_duplicates(["symbol", "ex_date"], keep="last").reset_index(drop=True)


def _further(rows: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows that are no split already known, under the same day or one near it with the same ratio."""
    pairs = rows.reset_index(names="row").merge(
        known[["symbol", "ex_date", "simple_ratio"]], on="symbol", suffixes=("", "_known")
    )
    apart = (pairs["ex_date"] - pairs["ex_date_known"]).abs()
    ratio = np.abs(pairs["simple_ratio"] / pairs["simple_ratio_known"] - 1)
    is_same = (apart == pd.Timedelta(0)) | ((apart <= SAME_SPLIT_WITHIN) & ~(ratio > RATIO_TOLERANCE))
    further: pd.DataFrame = rows.drop(index=pairs["row"][is_same].unique())
    return further
