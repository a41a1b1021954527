"""On which of the threshold lists in an archive one name stands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import numpy as np
import pyarrow as pa

from providers.archive.vintages import Archive, columns_of, newest_of_each_day
from providers.listings.symbols import squashed
from providers.thresholds.common import LISTED_ON
from shortside.datasets import Dataset
from shortside.one_name.threshold_days import ThresholdDays
from shortside.sessions import in_utc

_COLUMNS: Final = ("symbol", "is_threshold")


def threshold_days(
    archive: Archive, symbol: str, exchange: str, moment: datetime, until: date | None = None
) -> ThresholdDays:
    """The lists of an exchange as known at a moment, and which of them have a name. Blocks.

    Args:
        archive: where the lists are.
        symbol: in our spelling.
        exchange: where the name is listed; of another exchange's lists it is never on.
        moment: lists made later are not known.
        until: the last day wanted.

    Raises:
        ArchiveError: a list can no longer be read.
    """
    sources = tuple(source for source, exchanges in LISTED_ON.items() if exchange in exchanges)
    stored = [one for one in archive.vintages(Dataset.THRESHOLD) if until is None or one.as_of <= until]
    days: list[date] = []
    listed: list[bool] = []
    for source in sources:
        for vintage in newest_of_each_day((one for one in stored if one.source == source), in_utc(moment)):
            days.append(vintage.as_of)
            listed.append(_has(columns_of(vintage, _COLUMNS), squashed(symbol)))
    order = np.argsort(np.array(days, "datetime64[D]"), kind="stable")
    return ThresholdDays(
        symbol=symbol,
        sources=sources,
        days=np.array(days, "datetime64[D]")[order],
        is_listed=np.array(listed, bool)[order],
    )


def _has(rows: pa.Table, spelling: str) -> bool:
    pairs = zip(rows["symbol"].to_pylist(), rows["is_threshold"].to_pylist(), strict=True)
    return any(is_threshold and squashed(symbol) == spelling for symbol, is_threshold in pairs)
