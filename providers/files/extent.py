"""Tells where a folder's prices end without reading them, from what a Parquet file says of itself at its end."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import IO

from providers.files.folder import PRICE_NAMES


def last_day(directory: Path) -> date | None:
    """The last day a folder has a price of; None where its file of prices does not say so by itself.

    Whatever is wrong with the folder is left to be told by whoever reads it.
    """
    path = directory / PRICE_NAMES[0]
    # Unlike a path's own question, this one has an answer where a folder may not be entered or a name is too long.
    return last_day_of_prices(path) if os.path.isfile(path) else None


def last_day_of_prices(prices: Path | IO[bytes]) -> date | None:
    """The last day a Parquet file of prices has one of; None where it does not say so by itself, or is none."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(prices)
    except (OSError, UnicodeEncodeError, pa.ArrowException):
        return None
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(place) for group in groups for place in range(group.num_columns)]
    days = [column.statistics for column in columns if column.path_in_schema == "date"]
    ends = [one.max for one in days if one is not None and one.has_min_max and type(one.max) is date]
    return max(ends) if ends and len(ends) == len(groups) else None
