"""Reads the optional files of a market folder: what names are, their splits, their float and their borrow fees."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from providers.errors import MalformedError
from providers.files.folder import BORROW_NAME
from providers.files.split_list import read_split_list
from providers.ibkr import list_file
from providers.listings.symbols import NO_COLUMN, SymbolJoin, canonical
from providers.parsing.columns import read_columns
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.listings import Borrow, Dates, Floats, Splits, Texts
from shortside.schema import FLOAT, REFERENCE
from shortside.settlement import cycle_of, is_settlement_date

TEXT_COLUMNS = ("name", "sector", "industry", "country")


def read_reference(
    path: Path | None, symbols: Texts, until: np.datetime64 | Dates, knowledge: date | None = None
) -> dict[str, Texts]:
    """Name, sector, industry and country of each symbol as of a day; (N,) each, empty where unknown.

    The row that holds on that day counts, or the symbol's first where it was described only later.

    Args:
        path: the file; None where there is none.
        symbols: (N,) canonical.
        until: the day, or (N,) each one's own.
        knowledge: what was described after this day is not known; None for all there is.
    """
    texts = {name: np.full(len(symbols), "", object) for name in TEXT_COLUMNS}
    if path is None:
        return texts
    place_of = {symbol: place for place, symbol in enumerate(symbols)}
    days = np.broadcast_to(until, len(symbols))
    first = np.full(len(symbols), np.datetime64("9999-01-01"))
    held = np.full(len(symbols), np.datetime64("0001-01-01"))
    for columns in read_columns(path, REFERENCE):
        places = np.array(
            [place_of.get(canonical(symbol), NO_COLUMN) for symbol in columns.vocabularies["symbol"]], np.int64
        )[columns.arrays["symbol"]]
        valid_from = columns.arrays["valid_from"]
        is_known = np.ones(len(places), bool) if knowledge is None else valid_from <= np.datetime64(knowledge, "D")
        rows = np.flatnonzero((places != NO_COLUMN) & is_known)
        rows = rows[np.argsort(valid_from[rows], kind="stable")]
        # Backwards, so that the earliest row is the last to be written; then the rows that hold, in order.
        early = rows[::-1][valid_from[rows[::-1]] < first[places[rows[::-1]]]]
        early = early[held[places[early]] == np.datetime64("0001-01-01")]
        current = rows[(valid_from[rows] <= days[places[rows]]) & (valid_from[rows] >= held[places[rows]])]
        for chosen, best in ((early, first), (current, held)):
            best[places[chosen]] = valid_from[chosen]
            for name in TEXT_COLUMNS:
                texts[name][places[chosen]] = columns.vocabularies[name][columns.arrays[name][chosen]]
    return texts


def read_splits(path: Path | None, symbols: Texts, until: np.datetime64, knowledge: date | None = None) -> Splits:
    """The splits with an ex-date on or before a day, also those whose ratio cannot be or that another row contradicts.

    A share count that was never corrected, or not yet, has no date and no figure after.

    Args:
        path: the file; None where there is none.
        symbols: (N,) canonical.
        until: the last ex-date wanted.
        knowledge: what was corrected after this day was not yet; None for all there is.
    """
    if path is None:
        return Splits.none()
    place_of = {symbol: place for place, symbol in enumerate(symbols)}
    events = read_split_list(path)
    column = np.array([place_of.get(canonical(symbol), NO_COLUMN) for symbol in events["symbol"]], np.int64)
    ex_date = events["ex_date"].to_numpy().astype("datetime64[D]")
    ratio = events["simple_ratio"].to_numpy()
    is_kept = (column != NO_COLUMN) & (ex_date <= until)
    status = events["status"].to_numpy()
    corrected_on = np.where(
        status == "ok_same_day", ex_date, events["shares_corrected_on"].to_numpy().astype("datetime64[D]")
    )
    is_uncorrected = np.isin(status, ("never_matched", "pending"))
    if knowledge is not None:
        is_uncorrected |= corrected_on > np.datetime64(knowledge, "D")
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
    path: Path | None, join: SymbolJoin, until: date, knowledge: date | None = None
) -> tuple[Floats, np.datetime64, tuple[str, ...]]:
    """Public float of each name on the newest day not after `until`, that day (NaT for none), and notes.

    A float is printed beside FINRA's report of its settlement, so that it is known no sooner. With `knowledge`, what
    was printed after that day is left out.
    """
    rows = _float_rows(path, np.datetime64(until, "D"))
    if knowledge is not None and len(rows):
        rows = rows[rows["day"].map(lambda day: _is_printed(day.date(), knowledge))]
    if not len(rows):
        return join.spread([], np.empty(0))[0], np.datetime64("NaT", "D"), ()
    day = rows["day"].max()
    rows = rows[rows["day"] == day].drop_duplicates("symbol")
    public_float = rows["public_float"].to_numpy(np.float64)
    is_impossible = public_float <= 0
    notes = (f"{int(is_impossible.sum())} floats of zero or less in the newest list are taken for unknown",)
    (known,) = join.spread(rows["symbol"].tolist(), np.where(is_impossible, np.nan, public_float))
    return known, np.datetime64(day.date(), "D"), notes if is_impossible.any() else ()


def _is_printed(day: date, knowledge: date) -> bool:
    """Whether a float of a day was public on another; one of no settlement is known from its own day on."""
    return (cycle_of(day).publication_date if is_settlement_date(day) else day) <= knowledge


def _float_rows(path: Path | None, until: np.datetime64) -> pd.DataFrame:
    frames = [pd.DataFrame({"symbol": [], "day": [], "public_float": []})]
    for columns in read_columns(path, FLOAT) if path else ():
        rows = np.flatnonzero(columns.arrays["settlement_date"] <= until)
        if len(rows):
            frames.append(
                pd.DataFrame(
                    {
                        "symbol": columns.vocabularies["symbol"][columns.arrays["symbol"][rows]],
                        "day": columns.arrays["settlement_date"][rows],
                        "public_float": columns.arrays["public_float"][rows],
                    }
                )
            )
    return pd.concat(frames[1:], ignore_index=True) if len(frames) > 1 else frames[0]


def read_borrow_look(paths: tuple[Path, ...], join: SymbolJoin, until: date) -> tuple[Borrow | None, tuple[str, ...]]:
    """The newest look at the stock loan desk not after `until` that is whole, and notes on those that are not."""
    notes: tuple[str, ...] = ()
    for path in reversed(paths):
        name = BORROW_NAME.fullmatch(path.name)
        if name is None or name[1] > f"{until:%Y%m%d}":
            continue
        try:
            look = list_file.parse_borrow_list(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name)
        except (MalformedError, OSError, *GZIP_DAMAGE) as error:
            # Borrow fees are an extra: an older look, or none, is better than no market.
            notes += (f"{path.name} is passed over: {error}",)
            continue
        rows = look.rows
        fee, available, is_capped = join.spread(
            rows["symbol"].tolist(), rows["fee"].to_numpy(), rows["available"].to_numpy(), rows["is_capped"].to_numpy()
        )
        as_of = np.datetime64(look.as_of, "D")
        source = f"Interactive Brokers, {name[2][:2]}:{name[2][2:]} New York"
        return Borrow(fee=fee, available=available, is_capped=is_capped == 1, as_of=as_of, source=source), notes
    return None, notes
