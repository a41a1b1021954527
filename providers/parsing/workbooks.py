"""Reads the cells of an Excel workbook, row after row, within bounds that hold before anything is made of them.

A workbook is a zip of XML: a few kilobytes of it may unpack to gigabytes, and every tag becomes an object. So its parts
are unpacked once to be weighed and counted, and only then handed to openpyxl, which reads a sheet as a stream.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from providers.errors import MalformedError
from providers.parsing.unpacking import MEGABYTE, ZIP_DAMAGE, member_of, require_few_members, too_large

LARGEST_WORKBOOK_BYTES: Final = 32 * MEGABYTE
"""Of all parts of a workbook together, unpacked; thirty years of a fund's days have about 3 MB."""
MOST_TAGS: Final = 1_500_000
"""Of all parts together: each opens or closes an object. Thirty years of days have some 150,000."""
_DECLARATIONS: Final = (b"<!DOCTYPE", b"<!ENTITY")
"""What no spreadsheet needs, and what lets a text name itself a million times over."""
MOST_ROWS: Final = 60_000
"""Rows read of a sheet, eight times the days of thirty years."""


def rows_of_workbook(body: bytes, where: str, most_columns: int) -> Iterator[tuple[Any, ...]]:
    """The rows of a workbook's first sheet, each with so many cells: text, number, moment, truth or None.

    Args:
        body: the file.
        where: what to call it in an error.
        most_columns: cells of a row; those behind them are passed over.

    Raises:
        MalformedError: it is no workbook, was cut off, or holds more than a workbook of ours may.
    """
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _require_modest(body, where)
    # What it warns of is no business of a terminal's; for good, because filters are not a thread's own.
    warnings.filterwarnings("ignore", module=r"openpyxl\.")
    # A part that is no XML ends in ParseError, which is a SyntaxError, and a part that is not there in KeyError.
    unreadable = (InvalidFileException, SyntaxError, LookupError, TypeError, AttributeError, *ZIP_DAMAGE)
    try:
        workbook = load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        sheet = workbook.worksheets[0]
        # What the sheet says of its own size may be a lie.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_row=MOST_ROWS, max_col=most_columns, values_only=True):
            yield tuple(row)
    except unreadable as error:
        raise MalformedError(f"is no workbook: {ascii(str(error))[1:-1][:80]}", where=where) from error


def _require_modest(body: bytes, where: str) -> None:
    require_few_members(body, where)
    weight = tags = 0
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.infolist():
                part = member_of(archive, member, LARGEST_WORKBOOK_BYTES - weight, where)
                weight, tags = weight + len(part), tags + part.count(b"<")
                if any(one in part for one in _DECLARATIONS):
                    raise MalformedError("declares entities, which no workbook needs", where=where)
                if tags > MOST_TAGS:
                    raise MalformedError(f"holds more than {MOST_TAGS:,} tags", where=where)
    except ZIP_DAMAGE as error:
        raise MalformedError(f"is no workbook, or was cut off: {ascii(str(error))[1:-1][:80]}", where=where) from error
    if weight > LARGEST_WORKBOOK_BYTES:
        raise too_large(LARGEST_WORKBOOK_BYTES, where)
