"""What the archive knows of one name's off-exchange short selling, session by session, from whichever look says it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from providers.archive.vintages import Archive, ArchiveError, Vintage
from shortside.datasets import Dataset
from shortside.one_name.short_volume import SoldShort
from shortside.sessions import in_utc, new_york_date

_THREADS: Final = 2
"""Arrow unpacks without the interpreter, so two at a time are nearly twice as quick."""
_COLUMNS: Final = ("date", "symbol", "short_volume", "total_volume")


ONE_YEAR: Final = timedelta(days=365)


def year_of(archive: Archive, symbol: str, moment: datetime) -> SoldShort:
    """A name's off-exchange short selling in the year before a moment, oldest first. Blocks; raises ArchiveError."""
    return sold_short(archive, symbol, moment, new_york_date(moment) - ONE_YEAR)


def sold_short(archive: Archive, symbol: str, moment: datetime, since: date | None = None) -> SoldShort:
    """A name's sessions, oldest first; empty where nothing is known of it. Blocks: a year is 250 files.

    A session may stand in its own file and in a history of single names; of several looks the last is believed.

    Args:
        archive: where the looks are.
        symbol: in our spelling.
        moment: what became known after it is left out.
        since: the first session wanted; None for all.

    Raises:
        ArchiveError: a look can no longer be read.
    """
    known = [one for one in archive.vintages(Dataset.SHORT_VOLUME) if one.known_at <= in_utc(moment)]
    wanted = [one for one in known if since is None or one.as_of >= since]
    ranked = sorted(wanted, key=lambda one: (one.known_at, one.fetched_at))
    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(partial(_of, symbol=symbol), ranked))
    table = pa.concat_tables(found) if found else _EMPTY_SCHEMA
    days = table["date"].to_numpy().astype("datetime64[D]")
    # Reversed, so that the first of equal days is the last that was known of it.
    sessions, place = np.unique(days[::-1], return_index=True)
    chosen = len(days) - 1 - place
    kept = chosen if since is None else chosen[sessions >= np.datetime64(since, "D")]
    return SoldShort(
        symbol=symbol,
        sessions=days[kept],
        short=table["short_volume"].to_numpy()[kept],
        total=table["total_volume"].to_numpy()[kept],
    )


def _of(vintage: Vintage, symbol: str) -> pa.Table:
    try:
        with pq.ParquetFile(vintage.path) as file:
            rows = file.read(columns=list(_COLUMNS))
        return (
            rows.filter(pc.equal(rows["symbol"], symbol)).select(_EMPTY_SCHEMA.column_names).cast(_EMPTY_SCHEMA.schema)
        )
    except (OSError, pa.ArrowException) as error:
        raise ArchiveError(f"{vintage.path} can no longer be read: {error}") from error


_EMPTY_SCHEMA: Final = pa.schema(
    [("date", pa.timestamp("s")), ("short_volume", pa.float64()), ("total_volume", pa.float64())]
).empty_table()
