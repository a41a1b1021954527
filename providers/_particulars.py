"""Reads the optional files of a market folder: what names are, their splits, their float and their borrow fees."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.listings import Borrow, Dates, Floats, Splits, Texts
from analytics.schema import FLOAT, REFERENCE, SPLITS
from providers import _ibkr_borrow
from providers._columns import read_columns, read_frame
from providers._errors import MalformedError
from providers._market_folder import BORROW_NAME
from providers._symbols import NOWHERE, Listed, canonical, columns_of

TEXTS = ("name", "sector", "industry", "country")


def read_reference(path: Path | None, symbols: Texts, until: np.datetime64) -> dict[str, Texts]:
    """Name, sector, industry and country of each symbol as of a day; (N,) each, empty where unknown.

    The row that holds on that day counts, or the symbol's first where it was described only later.

    Args:
        path: the file; None where there is none.
        symbols: (N,) canonical.
        until: the day.
    """
    texts = {name: np.full(len(symbols), "", object) for name in TEXTS}
    if path is None:
        return texts
    place_of = {symbol: place for place, symbol in enumerate(symbols)}
    first = np.full(len(symbols), np.datetime64("9999-01-01"))
    held = np.full(len(symbols), np.datetime64("0001-01-01"))
    for columns in read_columns(path, REFERENCE):
        places = np.array(
            [place_of.get(canonical(symbol), NOWHERE) for symbol in columns.vocabularies["symbol"]], np.int64
        )[columns.arrays["symbol"]]
        valid_from = columns.arrays["valid_from"]
        rows = np.flatnonzero(places != NOWHERE)
        rows = rows[np.argsort(valid_from[rows], kind="stable")]
        # Backwards, so that the earliest row is the last to be written; then the rows that hold, in order.
        early = rows[::-1][valid_from[rows[::-1]] < first[places[rows[::-1]]]]
        early = early[held[places[early]] == np.datetime64("0001-01-01")]
        current = rows[(valid_from[rows] <= until) & (valid_from[rows] >= held[places[rows]])]
        for chosen, best in ((early, first), (current, held)):
            best[places[chosen]] = valid_from[chosen]
            for name in TEXTS:
                texts[name][places[chosen]] = columns.vocabularies[name][columns.arrays[name][chosen]]
    return texts


def read_splits(path: Path | None, symbols: Texts, until: np.datetime64) -> Splits:
    """The splits with an ex-date on or before a day and a ratio one can use.

    A share count that was never corrected, or not yet, has no date and no figure after.
    """
    if path is None:
        return Splits.none()
    place_of = {symbol: place for place, symbol in enumerate(symbols)}
    events = read_frame(path, SPLITS)
    column = np.array([place_of.get(canonical(symbol), NOWHERE) for symbol in events["symbol"]], np.int64)
    ex_date = events["ex_date"].to_numpy().astype("datetime64[D]")
    ratio = events["simple_ratio"].to_numpy()
    is_kept = (column != NOWHERE) & (ex_date <= until) & (ratio > 0)
    status = events["status"].to_numpy()
    corrected_on = np.where(
        status == "ok_same_day", ex_date, events["shares_corrected_on"].to_numpy().astype("datetime64[D]")
    )
    is_uncorrected = np.isin(status, ("never_matched", "pending"))
    corrected_on[is_uncorrected] = np.datetime64("NaT")
    after = np.where(is_uncorrected, np.nan, events["shares_after"].to_numpy())
    return Splits(
        column=column[is_kept],
        ex_date=ex_date[is_kept],
        price_factor=ratio[is_kept],
        shares_before=events["shares_before"].to_numpy()[is_kept],
        shares_after=after[is_kept],
        shares_corrected_on=corrected_on[is_kept],
    )


def read_float(
    path: Path | None, symbols: Texts, names: Texts, exchanges: Texts, until: date
) -> tuple[Floats, np.datetime64, tuple[str, ...]]:
    """Public float of each name on the newest day not after `until`, that day (NaT for none), and notes."""
    known = np.full(len(symbols), np.nan)
    day, notes = np.datetime64("NaT", "D"), ()
    if path is None:
        return known, day, notes
    rows = pd.concat(
        [
            pd.DataFrame(
                {
                    "symbol": columns.vocabularies["symbol"][columns.arrays["symbol"]],
                    "day": columns.arrays["settlement_date"],
                    "public_float": columns.arrays["public_float"],
                }
            )
            for columns in read_columns(path, FLOAT)
        ]
    )
    rows = rows[rows["day"] <= pd.Timestamp(until)]
    if not len(rows):
        return known, day, notes
    day = rows["day"].max().to_datetime64().astype("datetime64[D]")
    rows = rows[rows["day"] == rows["day"].max()].drop_duplicates("symbol")
    impossible = int((rows["public_float"] <= 0).sum())
    if impossible:
        notes = (f"{impossible} floats of zero or less in {path.name} are taken for unknown",)
    return _joined(rows["symbol"], rows["public_float"].where(rows["public_float"] > 0), symbols, names, exchanges), day, notes


def _joined(theirs: pd.Series, values: pd.Series, symbols: Texts, names: Texts, exchanges: Texts) -> Floats:
    unknown = [""] * len(theirs)
    columns = columns_of(
        Listed(symbols=list(theirs), names=unknown, exchanges=unknown),
        Listed(symbols=list(symbols), names=list(names), exchanges=list(exchanges)),
    )
    wide = np.full(len(symbols), np.nan)
    wide[columns[columns != NOWHERE]] = values.to_numpy(np.float64)[columns != NOWHERE]
    return wide


def read_borrow(
    paths: tuple[Path, ...], symbols: Texts, names: Texts, exchanges: Texts, until: date
) -> tuple[Borrow | None, tuple[str, ...]]:
    """The newest look at the stock loan desk not after `until` that is whole, and notes on those that are not."""
    notes: tuple[str, ...] = ()
    for path in reversed(paths):
        name = BORROW_NAME.fullmatch(path.name)
        if name is None or name[1] > f"{until:%Y%m%d}":
            continue
        try:
            body = path.read_bytes()
            look = _ibkr_borrow.parse(gzip.decompress(body) if path.suffix == ".gz" else body, path.name)
        except (MalformedError, EOFError, zlib.error, OSError) as error:
            # Borrow fees are an extra: an older look, or none, is better than no market.
            notes += (f"{path.name} is passed over: {error}",)
            continue
        rows = look.rows
        return Borrow(
            fee=_joined(rows["symbol"], rows["fee"], symbols, names, exchanges),
            available=_joined(rows["symbol"], rows["available"], symbols, names, exchanges),
            is_capped=_joined(rows["symbol"], rows["is_capped"], symbols, names, exchanges) == 1,
            as_of=np.datetime64(look.as_of, "D"),
            source=f"Interactive Brokers, {datetime.strptime(name[2], '%H%M').replace(tzinfo=UTC):%H:%M} New York",
        ), notes
    return None, notes
