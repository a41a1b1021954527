"""Workbooks as State Street lays out a fund's days, made by hand: nobody has recorded one for us."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from xml.sax.saxutils import escape

HEADER = ("Date", "NAV", "Shares Outstanding", "Total Net Assets")
NOTES = ((), ("Past performance is not a reliable indicator of future performance.",))
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}'
)
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(rows: Sequence[Sequence[Any]], sheet: str | None = None, **parts: str) -> bytes:
    """A workbook with one sheet: texts in place, figures as figures, None as no cell."""
    written = []
    for number, row in enumerate(rows, 1):
        cells = []
        for column, cell in zip("ABCDEFGH", row, strict=False):
            if isinstance(cell, str):
                cells.append(f'<c r="{column}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
            elif cell is not None:
                cells.append(f'<c r="{column}{number}"><v>{cell}</v></c>')
        written.append(f'<row r="{number}">{"".join(cells)}</row>')
    body = sheet or f'<?xml version="1.0"?><worksheet {_MAIN}><sheetData>{"".join(written)}</sheetData></worksheet>'
    relation = '<Relationship Id="rId1" Type="{}/{}" Target="{}"/></Relationships>'
    content = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELATIONS.format(relation.format(_KIND, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<?xml version="1.0"?><workbook {_MAIN} xmlns:r="{_KIND}"><sheets>'
        '<sheet name="navhist" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELATIONS.format(relation.format(_KIND, "worksheet", "worksheets/sheet1.xml")),
        "xl/worksheets/sheet1.xml": body,
        **parts,
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def day_words(day: date) -> str:
    """A day as the workbooks write it: `07-Sep-2023`."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{day.day:02d}-{months[day.month - 1]}-{day.year}"


def days(counts: Sequence[float], last: date = date(2023, 9, 6), nav: float = 10.0) -> list[tuple[Any, ...]]:
    """Rows of a fund, the newest first, a day each back from the last, all at one net asset value."""
    newest = list(reversed(counts))
    return [(day_words(last - timedelta(days=back)), nav, one, one * nav) for back, one in enumerate(newest)]


def nav_history(
    rows: Sequence[Sequence[Any]], fund: str = "SPY", header: Sequence[Any] = HEADER, notes: Sequence[Any] = NOTES
) -> bytes:
    """A fund's workbook."""
    above = (("Fund Name:", "A Fund"), ("Ticker Symbol:", fund), ())
    return workbook([*above, header, *rows, *notes])
