"""Parses Interactive Brokers' list of shortable stocks, `usa.txt`: one broker's indicative inventory.

    #BOF|2021.06.15|09:15:02
    #SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|
    AAPL|USD|APPLE INC|265598|XXXXXXX31005|-0.2100|0.2500|>10000000|
    #EOF|13026

The last line counts the rows; without it the file was cut off. Newer files add a FIGI at the end of each row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import pandas as pd

from analytics.schema import BORROW, SchemaError
from providers._errors import MalformedError

CAP_MARK: Final = ">"


@dataclass(frozen=True, eq=False, slots=True)
class BorrowLook:
    """One look at the list."""

    as_of: date
    """The day of the look, New York time."""
    rows: pd.DataFrame
    """As `BORROW` has them: fee a fraction a year, blank-separated symbols (`BRK B`)."""


def parse(body: bytes, where: str) -> BorrowLook:
    """The US dollar stocks of the list; bonds and retired symbols are left out.

    Raises:
        MalformedError: the file was cut off, its count is wrong, or a cell makes no sense.
    """
    lines = body.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")
    as_of = _day(lines[0], where)
    _require_whole(lines, where)
    header = lines[1].rstrip("|").split("|")
    table = _cells(lines[2:-1], header, where)
    is_wanted = (
        (table["CUR"] == "USD") & ~table["#SYM"].str.contains(".", regex=False) & ~table["#SYM"].str.match(r"\d")
    )
    # NA is unknown and 0 is none: two different answers.
    table = table[is_wanted].replace({"FEERATE": {"NA": ""}, "AVAILABLE": {"NA": ""}})
    try:
        rows = BORROW.conform(
            pd.DataFrame(
                {
                    "symbol": table["#SYM"],
                    "fee": table["FEERATE"],
                    "available": table["AVAILABLE"].str.lstrip(CAP_MARK),
                    "is_capped": table["AVAILABLE"].str.startswith(CAP_MARK),
                }
            ).drop_duplicates("symbol"),
            where,
            first_row=3,
            row_word="line",
        )
    except SchemaError as error:
        raise MalformedError.of_schema(error) from error
    return BorrowLook(as_of, rows.assign(fee=rows["fee"] / 100))


def _day(first: str, where: str) -> date:
    parts = first.split("|")
    if len(parts) < 2 or parts[0] != "#BOF":
        raise MalformedError("does not begin with #BOF", where=where, line=1)
    try:
        return datetime.strptime(parts[1], "%Y.%m.%d").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise MalformedError(f"{parts[1]!r} is not a day written YYYY.MM.DD", where=where, line=1) from error


def _require_whole(lines: list[str], where: str) -> None:
    if len(lines) < 3 or not lines[-1].startswith("#EOF|"):
        raise MalformedError("was cut off: its last line is not #EOF", where=where)
    counted = lines[-1].removeprefix("#EOF|").strip("|").strip()
    if counted != str(len(lines) - 3):
        raise MalformedError(f"was cut off: it has {len(lines) - 3} rows and says {counted}", where=where)


def _cells(lines: list[str], header: list[str], where: str) -> pd.DataFrame:
    """The cells as text. A name may hold a pipe, so a row is read from both ends."""
    for column in ("#SYM", "CUR", "NAME", "FEERATE", "AVAILABLE"):
        if column not in header:
            raise MalformedError("there is no such column", where=where, column=column, line=2)
    name = header.index("NAME")
    after_name = len(header) - name - 1
    rows = []
    for number, line in enumerate(lines, start=3):
        cells = line.removesuffix("|").split("|")
        if len(cells) < len(header):
            raise MalformedError(f"has {len(cells)} cells instead of {len(header)}", where=where, line=number)
        rows.append([*cells[:name], "|".join(cells[name:-after_name]), *cells[-after_name:]])
    return pd.DataFrame(rows, columns=header, dtype=object)
