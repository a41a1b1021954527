"""Parses FINRA's short interest files, `shrtYYYYMMDD.csv`: pipe-delimited despite the name, latin-1, never quoted.

https://www.finra.org/finra-data/browse-catalog/equity-short-interest/files lists them; one file holds every listed
and over-the-counter issue of one settlement date, in FINRA's own spelling without separators.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

import pandas as pd
import pyarrow as pa

from providers.errors import MalformedError
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, leave_out
from providers.parsing.pipes import columns_in, piped_table
from shortside.schema import SHORT_INTEREST, SchemaError

COLUMNS: Final = MappingProxyType(
    {
        "settlementDate": "settlement_date",
        "symbolCode": "symbol",
        "issueName": "issue_name",
        "marketClassCode": "market_class",
        "currentShortPositionQuantity": "short_interest",
        "previousShortPositionQuantity": "prev_short_interest",
        "averageDailyVolumeQuantity": "avg_daily_volume",
        "stockSplitFlag": "split_flag",
        "revisionFlag": "revision_flag",
    }
)
"""FINRA's column names and ours. Its days to cover is floored at 1.00 and capped at 999.99, so it is not read."""
LONGEST_HEADER_BYTES: Final = 10_000
"""FINRA's has 330. One of a million empty names would be a million columns, which take half a gigabyte."""
NUMBERS: Final = ("short_interest", "prev_short_interest", "avg_daily_volume")
_THEIRS: Final = {ours: theirs for theirs, ours in COLUMNS.items()}
_TYPES: Final = {theirs: pa.int64() if ours in NUMBERS else pa.string() for theirs, ours in COLUMNS.items()} | {
    _THEIRS["settlement_date"]: pa.date32()
}


@parser("a short-interest file")
def parse_short_interest_file(
    body: bytes, where: str, *, settlement_date: date | None = None, forgives: bool = False
) -> pd.DataFrame:
    """The file's rows as `SHORT_INTEREST` has them, in the file's order.

    Args:
        body: the file, not compressed.
        where: its name, for errors.
        settlement_date: the day it is said to be of; rows of another are an error.
        forgives: whether a few rows that cannot be read are left out, as of a publisher's file; of a file in the user's
            own folder, which can be mended, the first of them is named instead.

    Raises:
        MalformedError: it is another kind of file, it was cut off, a cell makes no sense, or a row is there twice.
    """
    body = body.rstrip()
    if len(body) > LONGEST_HEADER_BYTES and b"\n" not in body[: LONGEST_HEADER_BYTES + 1]:
        raise MalformedError(f"begins with {body[:40].decode('latin-1')!r} and has no header", where=where, line=1)
    reports = _read_at_once(body, where)
    if reports is None:
        reports = _read_with_care(body, where, forgives=forgives)
    if settlement_date is not None:
        _require_day(reports, settlement_date, where)
    return reports


def _read_at_once(body: bytes, where: str) -> pd.DataFrame | None:
    """The rows of a file with nothing wrong in it; None for any other."""
    table = piped_table(body, _TYPES)
    if table is None:
        return None
    try:
        return SHORT_INTEREST.conform(columns_in(table, COLUMNS), where)
    except SchemaError:
        return None


def _read_with_care(body: bytes, where: str, *, forgives: bool = False) -> pd.DataFrame:
    """The rows of a file, or a sentence on the first line that is not as it should be; ten times slower."""
    body = _even_lines(body, where, forgives=forgives)
    rows = _split(body, where)
    missing = [column for column in COLUMNS if column not in rows.columns]
    if missing:
        beginning = body[:40].decode("latin-1")
        raise MalformedError(
            f"there is no such column; the file begins with {beginning!r}", where=where, column=missing[0]
        )
    rows = rows.rename(columns=dict(COLUMNS))
    # The file has no trailer: one that ends in half a cell was cut off, which is not one odd row among others.
    if forgives and not SHORT_INTEREST.odd_rows(rows.tail(1)).any():
        return enter(SHORT_INTEREST, rows, where, first_row=2, row_word="line")
    try:
        return SHORT_INTEREST.conform(rows, where, first_row=2, row_word="line")
    except SchemaError as error:
        raise MalformedError(
            error.reason, where=where, column=_THEIRS.get(error.column, error.column), line=error.row
        ) from error


def _even_lines(body: bytes, where: str, *, forgives: bool) -> bytes:
    """The lines with as many cells as the header: a file cut off in its last line would pass for shorter numbers."""
    lines = body.split(b"\n")
    bars = lines[0].count(b"|")
    uneven = [at for at, line in enumerate(lines) if line.count(b"|") != bars or not bars]
    if not uneven:
        return body
    cells, wanted = lines[uneven[0]].count(b"|") + 1, max(bars + 1, len(COLUMNS))
    complaint = MalformedError(f"has {cells} cells separated by | instead of {wanted}", where=where, line=uneven[0] + 1)
    if not forgives or not bars or uneven[-1] == len(lines) - 1:
        raise complaint
    leave_out(len(uneven), len(lines) - 1, complaint)
    return b"\n".join(line for line in lines if line.count(b"|") == bars)


def _split(body: bytes, where: str) -> pd.DataFrame:
    numbers = dict.fromkeys(map(_THEIRS.__getitem__, NUMBERS), "float64")
    try:
        return _cells(body, where, {**dict.fromkeys(COLUMNS, "object"), **numbers})
    except (ValueError, OverflowError):
        # Some number is none, or too large for one. Read all as text, and the schema finds the line; five times slower.
        return _cells(body, where, dict.fromkeys(COLUMNS, "object"))


def _cells(body: bytes, where: str, types: Mapping[str, str]) -> pd.DataFrame:
    try:
        # "NA" and "TRUE" are companies, and a name may hold a quotation mark: nothing is guessed, nothing unquoted.
        return pd.read_csv(
            io.BytesIO(body),
            sep="|",
            dtype=types,
            usecols=lambda column: column in COLUMNS,
            keep_default_na=False,
            quoting=csv.QUOTE_NONE,
            encoding="latin-1",
            skip_blank_lines=False,
            index_col=False,
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise MalformedError(f"is no FINRA short interest file: {error}", where=where) from error


def _require_day(reports: pd.DataFrame, settlement_date: date, where: str) -> None:
    is_other = (reports["settlement_date"] != pd.Timestamp(settlement_date)).to_numpy()
    if is_other.any():
        row = int(is_other.argmax())
        raise MalformedError(
            f"{reports['settlement_date'].iloc[row]:%Y-%m-%d} is not the {settlement_date} of the file's name",
            where=where,
            column="settlementDate",
            line=row + 2,
        )
