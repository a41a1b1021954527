"""Reads Massive's answers: bars, last prices, splits, FINRA's figures resold, and what a name counted on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.catalog import MASSIVE
from providers.errors import MalformedError, NoDataError, PendingError
from providers.events import Events
from providers.listings.symbols import from_massive
from providers.parsing.boundary import parser
from providers.parsing.entry import (
    QUOTES,
    cells_of,
    column_of,
    enter,
    leave_out,
    part_of,
    read_each,
    read_json,
    record_of,
    require_rows,
    rows_of,
    with_unsaid_counts,
)
from shortside.column_cells import numbers_in, numbers_of
from shortside.datasets import Dataset
from shortside.schema import LARGEST_NUMBERS, PRICES, SHORT_INTEREST, SPLITS, Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK, is_session
from shortside.words.spelt_out import spelt_out

OWN_HOSTS: Final = frozenset({"api.massive.com", "api.polygon.io"})
"""Where a page may say the next one is; the key goes nowhere else."""
FEWEST_BARS: Final = 3_000
"""Fewer names than ever traded on a day; a shorter answer is cut."""
RESOLD_SHORT_INTEREST: Final = FrameSchema(
    Dataset.SHORT_INTEREST,
    (
        SHORT_INTEREST.column("settlement_date"),
        SHORT_INTEREST.column("symbol"),
        SHORT_INTEREST.column("short_interest"),
        Column(name="avg_daily_volume", kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=SHORT_INTEREST.key,
)
"""FINRA's short interest as it is resold: without names, classes, previous figures and flags."""
RESOLD_SHORT_VOLUME: Final = FrameSchema(
    Dataset.SHORT_VOLUME,
    (
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="short_volume", kind=ColumnKind.MONEY, unit="shares", minimum=0),
        Column(name="short_exempt_volume", kind=ColumnKind.MONEY, unit="shares", minimum=0),
        Column(name="total_volume", kind=ColumnKind.MONEY, unit="shares", minimum=0),
    ),
    key=("symbol", "date"),
)
"""FINRA's daily short volume as it is resold; fractions of shares are possible."""
PAST_SHARE_COUNTS: Final = FrameSchema(
    Dataset.SHARES_OUTSTANDING,
    (
        Column(name="symbol", kind=ColumnKind.TEXT),
        Column(name="date", kind=ColumnKind.DATE),
        Column(name="name", kind=ColumnKind.TEXT, is_nullable=True),
        Column(name="shares_outstanding", kind=ColumnKind.SHARES, unit="shares", is_nullable=True, minimum=0),
    ),
    key=("symbol", "date"),
)
"""Share counts of single names on days of the past; a row without a count says that Massive was asked and has none."""
_events: Final = Events("parsing")
LATEST_MILLISECOND: Final = 4_102_444_800_000
"""The first of January 2100: a later moment is no bar's."""
FEWEST_SHARES: Final = 100_000
"""A smaller count is a mistake of scale, or of a shell."""


@parser("Massive bars")
def parse_grouped(body: bytes, day: date, fewest: int = FEWEST_BARS) -> pd.DataFrame:
    """Every name's bar of a day, rows as `PRICES` has them.

    Raises:
        NoDataError: there was no trading that day; PendingError: there was, and the bars are not there yet.
        MalformedError: it is garbled, short, adjusted, or of another day.
    """
    where = f"Massive bars of {day}"
    record = _good(body, where)
    given = record.get("results") or []
    rows = rows_of(given, where)
    if record.get("resultsCount") != len(given):
        raise MalformedError(f"has {len(given):,} rows and says {record.get('resultsCount')}", where=where)
    if not rows:
        raise (PendingError if is_session(day) else NoDataError)(f"Massive has no bars of {day}")
    if record.get("adjusted") is not False:
        raise MalformedError("is adjusted for splits, and was asked for as traded", where=where)
    require_rows(len(rows), fewest, where)
    stamps = pd.Series(numbers_in(cells_of(rows, "t")))
    days = (
        pd.to_datetime(stamps.where(stamps.between(0, LATEST_MILLISECOND)), unit="ms", utc=True)
        .dt.tz_convert(NEW_YORK)
        .dt.date
    )
    is_other = (days != day).to_numpy()
    if is_other.any():
        complaint = MalformedError("has bars of another day", where=where, column="t")
        leave_out(int(is_other.sum()), len(rows), complaint)
        rows = [row for row, other in zip(rows, is_other, strict=True) if not other]
    frame = pd.DataFrame(
        {
            "date": pd.Timestamp(day),
            "symbol": _symbols(rows, "T"),
            "exchange": "",
            "close": column_of(rows, "c"),
            # Fractional shares are counted since 2025.
            "volume": numbers_in(cells_of(rows, "v")).round(),
            "shares_out": np.nan,
        }
    )
    return enter(PRICES, _once(frame, where), where)


def _once(bars: pd.DataFrame, where: str) -> pd.DataFrame:
    """Each name's bar; of two bars of a name the one with the greater volume, which is said in the log."""
    is_repeated = bars["symbol"].duplicated(keep=False)
    if not is_repeated.any():
        return bars
    names = spelt_out(bars["symbol"][is_repeated].unique())
    _events.warning("names_twice", where=where, names=names, taken="the greater volume")
    fullest = bars.sort_values("volume", ascending=False, kind="stable", na_position="last")
    return fullest.drop_duplicates("symbol").sort_index()


@parser("Massive snapshots")
def parse_last_prices(body: bytes) -> pd.DataFrame:
    """Last prices, rows as `QUOTES` has them; names that have not traded today are left out.

    Raises:
        NoDataError: nothing has traded: snapshots are emptied at 03:30 and fill from 04:00 on.
        MalformedError: it is garbled.
    """
    where = "Massive snapshots"
    entries = rows_of(_good(body, where).get("tickers"), where)
    rows = read_each(entries, lambda entry: _quote(entry, where), where)
    quotes = pd.DataFrame([row for row in rows if row["price"] and row["quoted_at"]])
    if quotes.empty:
        raise NoDataError("Massive has no last prices; they are emptied at 03:30 and fill from 04:00 on")
    # A plan without volume says zero, which is not known to be none.
    volume = pd.Series(numbers_of(quotes["volume"])).round().replace(0, np.nan)
    return enter(QUOTES, quotes.assign(volume=volume), where)


def _quote(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    trade, minute, day, before = (part_of(entry, name, where) for name in ("lastTrade", "min", "day", "prevDay"))
    updated = entry.get("updated")
    return {
        "symbol": from_massive(str(entry.get("ticker") or "")),
        # Plans without trades still have the minute.
        "price": trade.get("p") or minute.get("c") or day.get("c"),
        "previous_close": before.get("c") or None,
        "volume": day.get("v"),
        "quoted_at": updated // 10**9 if isinstance(updated, int) else None,
    }


@parser("Massive splits")
def parse_splits(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of splits as `SPLITS` has them, and where the next page is.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive splits"
    rows, following = _page(body, where)
    before, after = (numbers_in(cells_of(rows, name)) for name in ("split_from", "split_to"))
    is_odd = ~((before > 0) & (after > 0))
    if is_odd.any():
        complaint = MalformedError("has a split that makes no sense", where=where, column="split_from+split_to")
        leave_out(int(is_odd.sum()), len(rows), complaint)
    # Two of the largest and least numbers divide to infinity, which the schema leaves out.
    with np.errstate(all="ignore"):
        ratio = before / after
    named = pd.DataFrame(
        {
            "symbol": _symbols(rows, "ticker"),
            "ex_date": [None if day is None else str(day) for day in column_of(rows, "execution_date")],
            "simple_ratio": ratio,
        }
    )[~is_odd]
    return enter(
        SPLITS, with_unsaid_counts(named.drop_duplicates(["symbol", "ex_date"]), MASSIVE.name), where
    ), following


@parser("Massive short interest")
def parse_short_interest(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of short interest as `RESOLD_SHORT_INTEREST` has it, and where the next page is; the order means nothing.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive short interest"
    rows, following = _page(body, where)
    columns = {name: cells_of(rows, name) for name in ("settlement_date", "short_interest", "avg_daily_volume")}
    return enter(RESOLD_SHORT_INTEREST, {"symbol": _symbols(rows, "ticker"), **columns}, where), following


@parser("Massive short volume")
def parse_short_volume(body: bytes) -> tuple[pd.DataFrame, str | None]:
    """A page of daily short volume as `RESOLD_SHORT_VOLUME` has it, and where the next page is.

    Its ratio is in per cent, and is not read: it follows from the volumes.

    Raises:
        MalformedError: it is garbled.
    """
    where = "Massive short volume"
    rows, following = _page(body, where)
    columns = {name: cells_of(rows, name) for name in ("date", "short_volume", "total_volume")}
    columns |= {"symbol": _symbols(rows, "ticker"), "short_exempt_volume": cells_of(rows, "exempt_volume")}
    return enter(RESOLD_SHORT_VOLUME, columns, where), following


@parser("Massive details")
def parse_details(body: bytes, symbol: str, day: date) -> dict[str, Any]:
    """A name's row of `PAST_SHARE_COUNTS`: of the listed class, or of all classes in its terms.

    Raises:
        MalformedError: it is garbled.
    """
    where = f"Massive details of {symbol}"
    found = part_of(_good(body, where), "results", where)
    # Whole numbers only: a count in words, or a truth value, is no count.
    told: list[Any] = [found.get(name) for name in ("share_class_shares_outstanding", "weighted_shares_outstanding")]
    counts = [
        count
        for count in told
        if type(count) in {int, float} and FEWEST_SHARES <= count <= LARGEST_NUMBERS[ColumnKind.SHARES]
    ]
    return {
        "symbol": symbol,
        "date": pd.Timestamp(day),
        "name": str(found.get("name") or ""),
        "shares_outstanding": round(counts[0]) if counts else np.nan,
    }


def _symbols(rows: list[dict[str, Any]], field: str) -> npt.NDArray[np.object_]:
    """(rows,) our spelling of each record's name; the empty text where it has none."""
    names = [from_massive(str("" if name is None else name)) for name in column_of(rows, field)]
    return np.array(names, object)


def _good(body: bytes, where: str) -> dict[str, Any]:
    record = record_of(read_json(body, where), where)
    if record.get("status") not in {"OK", "DELAYED"}:
        raise MalformedError(f"says {str(record.get('status'))[:40]!r}", where=where)
    return record


def _page(body: bytes, where: str) -> tuple[list[dict[str, Any]], str | None]:
    record = _good(body, where)
    following = record.get("next_url")
    if following is not None and urlsplit(str(following)).hostname not in OWN_HOSTS:
        raise MalformedError("says that its next page is on another host", where=where)
    return rows_of(record.get("results") or [], where), following
