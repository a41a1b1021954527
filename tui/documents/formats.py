"""Writes a document for programs: JSON, CSV or one JSON object a line.

JSON gives a name as its source spells it, every sign but ASCII escaped; CSV has no escapes, so it is cleaned.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from shortside.words.plain_text import spreadsheet_text
from tui.documents.kind import Document, Record

_HEAD = ("schema", "as_of", "simulated")


def as_json(document: Document) -> str:
    """The whole document as indented JSON."""
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def as_ndjson(document: Document) -> str:
    """The document as NDJSON: a row a line, each with its schema, day and group, so that lines can be mixed."""
    head = {key: document[key] for key in _HEAD}
    figures = [("name", document["figures"])] if "figures" in document else []
    rows = ({**head, "group": group, **record} for group, record in (*figures, *grouped(document)))
    return "".join(json.dumps(row, allow_nan=False) + "\n" for row in rows)


def as_csv(document: Document) -> str:
    """The document as CSV with a line of column names; unknown is an empty field, true and false are words."""
    text = io.StringIO()
    rows = [
        {"as_of": document["as_of"], "simulated": document["simulated"], "group": group, **flat_record(record)}
        for group, record in grouped(document)
    ]
    if not rows:
        return ""
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: csv_field(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def as_line(document: Document) -> str:
    """The whole document as one line of JSON."""
    return json.dumps(document, allow_nan=False) + "\n"


def grouped(document: Document) -> Iterator[tuple[str, Record]]:
    """Every row with the group it belongs to: `row` (of tiers, `tier`), `rollup`, `total`, `list`."""
    first = "tier" if "rollup" in document else "row"
    for record in document["rows"]:
        yield first, record
    for record in document.get("rollup", ()):
        yield "rollup", record
    if "total" in document:
        yield "total", document["total"]
    if "listed" in document:
        yield "list", document["listed"]


def flat_record(record: Record) -> Record:
    """Nested figures as columns of their own: `crowding_factors.illiquidity`."""
    flat: Record = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update({f"{key}.{inner}": within for inner, within in value.items()})
        else:
            flat[key] = value
    return flat


def csv_field(value: object) -> object:
    """A value as a field of CSV: no exponents, true and false as words, texts guarded from being formulas."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # Spreadsheets of some tongues read 1e-08 as text.
        text = repr(value)
        return f"{value:.8f}" if "e" in text else text
    # Only texts: a loss begins with a minus, too.
    return spreadsheet_text(value) if isinstance(value, str) else value
