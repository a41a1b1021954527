"""Reads what some names' first net changes in a file of prices were against: the official close of the day before."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from providers.listings.reused_symbols import symbol_on_tape
from providers.listings.unreported_renames import PreviousCloses
from providers.parsing.columns import csv_pieces
from shortside.listings import Floats, Indexes, Listings

COLUMNS = ["symbol", "date", "close", "netchange"]


def previous_closes_of(listings: Listings, path: Path) -> PreviousCloses:
    """A reader of the official close before the first session of some of the names; read only when it is called.

    Args:
        listings: whose names are asked for, in the file's own spelling but for their dots.
        path: the file of prices; without a net change in it every answer is NaN.
    """

    def previous_closes(columns: Indexes) -> Floats:
        first = listings.sessions[np.isfinite(listings.close[:, columns]).argmax(axis=0)]
        spelt = [symbol_on_tape(str(listings.symbols[column])).replace(".", "/") for column in columns]
        rows = _rows(path, sorted(set(spelt)))
        asked = pd.MultiIndex.from_arrays([spelt, pd.DatetimeIndex(first)])
        return np.full(len(columns), np.nan) if rows is None else rows.reindex(asked).to_numpy(np.float64)

    return previous_closes


def _rows(path: Path, spelt: list[str]) -> pd.Series[float] | None:
    """Close less net change by symbol and day; None where the file has no net change."""
    if path.suffix == ".parquet":
        if "netchange" not in pq.read_schema(path).names:
            return None
        rows: pd.DataFrame = pq.read_table(path, columns=COLUMNS, filters=[("symbol", "in", spelt)]).to_pandas()
    else:
        pieces = []
        for piece in csv_pieces(path):
            if "netchange" not in piece.columns:
                return None
            pieces.append(piece.loc[piece["symbol"].isin(spelt), COLUMNS])
        rows = pd.concat(pieces, ignore_index=True)
    close, change = (pd.to_numeric(rows[name], errors="coerce") for name in ("close", "netchange"))
    index = pd.MultiIndex.from_arrays([rows["symbol"].astype(object), pd.to_datetime(rows["date"])])
    official = pd.Series((close - change).to_numpy(np.float64), index=index)
    # A row that is there twice, word for word, counts once.
    return official[~official.index.duplicated()]
