"""Parses Interactive Brokers' list of shortable stocks, `usa.txt`: one broker's indicative inventory.

    #BOF|2021.06.15|09:15:02
    #SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|
    ABCD|USD|EXAMPLE INC|123456|-|-0.2000|0.2500|>10000000|
    #EOF|1

The last line counts the rows; without it the file was cut off. Newer files add a FIGI at the end of each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError
from providers.listings.symbols import JoinSide
from providers.parsing.boundary import parser
from providers.parsing.entry import enter, leave_out
from shortside.schema import BORROW, Column, ColumnKind, FrameSchema
from shortside.sessions import NEW_YORK

CAP_MARK: Final = ">"
COLUMNS: Final = ("#SYM", "CUR", "NAME", "REBATERATE", "FEERATE", "AVAILABLE")
"""Those that every list has."""
_BEGINS_WITH_DIGIT: Final = re.compile(r"\d")


BORROW_LIST: Final = FrameSchema(
    BORROW.dataset,
    (
        *BORROW.columns,
        Column(
            name="rebate", kind=ColumnKind.RATIO, unit="fraction a year; negative: the borrower pays", is_nullable=True
        ),
        Column(name="figi", kind=ColumnKind.TEXT, is_nullable=True),
    ),
    key=BORROW.key,
)
"""`BORROW` with what only this broker says: the rebate on cash collateral, and a key to join on."""


@dataclass(frozen=True, eq=False)
class BorrowLook:
    """One look at the list."""

    as_of: date
    """The day of the look, New York time."""
    made_at: datetime
    """When the broker made the list, New York time; the day's first moment where it does not say."""
    rows: pd.DataFrame
    """As `BORROW_LIST` has them: fee and rebate fractions a year, blank-separated symbols (`BRK B`)."""

    @cached_property
    def listed(self) -> JoinSide:
        """The symbols of the rows, to be joined with ours."""
        return JoinSide.of_symbols(self.rows["symbol"].tolist())


@parser("the stock-loan list")
def parse_borrow_list(body: bytes, where: str) -> BorrowLook:
    """The US dollar stocks of the list; bonds and retired symbols are left out.

    Raises:
        MalformedError: the file was cut off, its count is wrong, or a cell makes no sense.
    """
    lines = _lines(body)
    made_at = _moment(lines[0], where)
    _require_whole(lines, where)
    header = lines[1].rstrip("|").split("|")
    _require_columns(header, where)
    places: dict[str, int] = {name: header.index(name) for name in (*COLUMNS, "FIGI") if name in header}
    symbol_at, currency_at = places["#SYM"], places["CUR"]
    stocks: dict[str, list[str]] = {}
    for cells in _cells(lines[2:-1], header, where):
        symbol = cells[symbol_at]
        if cells[currency_at] == "USD" and "." not in symbol and not _BEGINS_WITH_DIGIT.match(symbol):
            stocks.setdefault(symbol, cells)

    def column(name: str) -> npt.NDArray[np.object_]:
        at = places[name]
        return np.fromiter((cells[at] for cells in stocks.values()), object, len(stocks))

    def known(name: str) -> npt.NDArray[np.object_]:
        # NA is unknown and 0 is none: two different answers.
        texts = column(name)
        texts[texts == "NA"] = ""
        return texts

    available = known("AVAILABLE").tolist()
    columns = {
        "symbol": column("#SYM"),
        "fee": known("FEERATE"),
        "available": np.array([text.lstrip(CAP_MARK) for text in available], object),
        "is_capped": np.array([text.startswith(CAP_MARK) for text in available], bool),
        "rebate": known("REBATERATE"),
        "figi": column("FIGI") if "FIGI" in places else np.full(len(stocks), "", object),
    }
    rows = enter(BORROW_LIST, columns, where, first_row=3, row_word="line")
    rows = rows.assign(fee=rows["fee"] / 100, rebate=rows["rebate"] / 100)
    return BorrowLook(made_at.date(), made_at, rows)


def cut_to(body: bytes, is_wanted: Callable[[str], bool], where: str) -> bytes:
    """The list with the rows of some symbols alone, as if the broker lent no others.

    Args:
        body: the list; its other rows are counted and not read.
        is_wanted: told a symbol as the list spells it.
        where: named in an error.

    Raises:
        MalformedError: the file was cut off, or its count is wrong.
    """
    lines = _lines(body)
    _require_whole(lines, where)
    rows = [line for line in lines[2:-1] if is_wanted(line.partition("|")[0])]
    return "\n".join([*lines[:2], *rows, f"#EOF|{len(rows)}"]).encode("latin-1")


def _lines(body: bytes) -> list[str]:
    return body.decode("latin-1").replace("\r\n", "\n").rstrip("\n").split("\n")


def _moment(first: str, where: str) -> datetime:
    parts = first.split("|")
    if len(parts) < 2 or parts[0] != "#BOF":
        raise MalformedError("does not begin with #BOF", where=where, line=1)
    try:
        day = datetime.strptime(parts[1], "%Y.%m.%d").replace(tzinfo=NEW_YORK)
    except ValueError as error:
        raise MalformedError(f"{parts[1]!r} is not a day written YYYY.MM.DD", where=where, line=1) from error
    clock = parts[2].strip() if len(parts) > 2 else ""
    try:
        return datetime.combine(day, time.fromisoformat(clock), NEW_YORK) if clock else day
    except ValueError as error:
        raise MalformedError(f"{clock!r} is not a time written HH:MM:SS", where=where, line=1) from error


def _require_whole(lines: list[str], where: str) -> None:
    if len(lines) < 3 or not lines[-1].startswith("#EOF|"):
        raise MalformedError("was cut off: its last line is not #EOF", where=where)
    counted = lines[-1].removeprefix("#EOF|").strip("|").strip()
    if counted != str(len(lines) - 3):
        raise MalformedError(f"was cut off: it has {len(lines) - 3} rows and says {counted}", where=where)


def _require_columns(header: list[str], where: str) -> None:
    for column in COLUMNS:
        if column not in header:
            raise MalformedError("there is no such column", where=where, column=column, line=2)
    for column in (*COLUMNS, "FIGI"):
        if header.count(column) > 1:
            raise MalformedError("there is more than one such column", where=where, column=column, line=2)


def _cells(lines: list[str], header: list[str], where: str) -> list[list[str]]:
    """The cells as text. A name may hold a pipe, so a row is read from both ends."""
    name = header.index("NAME")
    after_name = len(header) - name - 1
    rows, first = [], None
    for number, line in enumerate(lines, start=3):
        cells = line.removesuffix("|").split("|")
        if len(cells) < len(header):
            reason = f"has {len(cells)} cells instead of {len(header)}"
            first = first or MalformedError(reason, where=where, line=number)
            continue
        rows.append([*cells[:name], "|".join(cells[name:-after_name]), *cells[-after_name:]])
    if first is not None:
        leave_out(len(lines) - len(rows), len(lines), first)
    return rows
