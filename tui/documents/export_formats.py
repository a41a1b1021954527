"""The one list of the forms in which the monitor exports what it shows, with the functions that write them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shortside.words.plain_text import printable
from tui.documents.formats import as_json, csv_field
from widgets.fields import Unit

if TYPE_CHECKING:
    from tui.documents.exported_table import ExportedTable


class ExportForm(NamedTuple):
    """One form of an export."""

    name: str
    """What the choice calls it, and what is remembered of it."""
    suffix: str
    """The end of the file's name; empty where there is no file."""
    words: str
    """What it is good for, in a line."""
    write: Callable[[ExportedTable], bytes] | None = None
    """Writes a table; None for a form of the whole screen."""


def csv_bytes(table: ExportedTable) -> bytes:
    """The table as CSV: a line of keys, then the rows; unknown is an empty field, a formula stands as text."""
    return _separated(table, ",", lambda words: words)


def tab_bytes(table: ExportedTable) -> bytes:
    """The table as lines with tabs between the fields, as spreadsheets paste them; otherwise as the CSV."""
    return _separated(table, "\t", lambda words: words.replace("\t", " "))


def _separated(table: ExportedTable, delimiter: str, cleaned: Callable[[str], str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(table.units)
    for row in table.rows:
        fields = (csv_field(row.get(key)) for key in table.units)
        writer.writerow([cleaned(field) if isinstance(field, str) else field for field in fields])
    return text.getvalue().encode()


def markdown_bytes(table: ExportedTable) -> bytes:
    """The table as a table of Markdown under a line that says what it shows; numbers as raw as in CSV."""
    are_words = [unit in (Unit.WORDS, Unit.DAY, Unit.MOMENT) for unit in table.units.values()]
    lines = [
        f"{markdown_text(', '.join(table.words))}",
        "",
        markdown_row([markdown_text(key) for key in table.units]),
        markdown_row([":---" if words else "---:" for words in are_words]),
        *(markdown_row([_markdown_field(row.get(key)) for key in table.units]) for row in table.rows),
        "",
    ]
    return "\n".join(lines).encode()


def markdown_row(cells: list[str]) -> str:
    """A row of a table of Markdown, of cells whose words are escaped already."""
    return f"| {' | '.join(cells)} |"


def _markdown_field(value: object) -> str:
    # Not `csv_field` for texts: no spreadsheet reads a formula here.
    return markdown_text(value) if isinstance(value, str) else "" if value is None else str(csv_field(value))


def markdown_text(text: str) -> str:
    """A text that others wrote, as Markdown shows it letter by letter: no link, no HTML, no end of a cell."""
    escaped = re.sub(r"&(?=#?\w+;)", "&amp;", printable(text)).replace("<", "&lt;").replace(">", "&gt;")
    # What makes a link out of bare words in several dialects: an address, `www.` and a mail's sign.
    escaped = re.sub(
        r"(?i)(?<=[a-z])://|(?<=\bwww)\.", lambda found: "".join(f"&#{ord(one)};" for one in found[0]), escaped
    )
    return re.sub(r"([\\`*_\[\]|~$])", r"\\\1", escaped).replace("@", "&#64;")


def json_bytes(table: ExportedTable) -> bytes:
    """The table as a document with its day, window, order, filter and inputs."""
    return as_json(table.document).encode()


def parquet_bytes(table: ExportedTable) -> bytes:
    """The table as Parquet: numbers as numbers, unknown as null, what it shows in the file's metadata."""
    import json

    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = [_arrow(unit, [row.get(key) for row in table.rows]) for key, unit in table.units.items()]
    about = {key: value for key, value in table.document.items() if key not in ("rows", "rollup", "total")}
    made = pa.table(dict(zip(table.units, columns, strict=True)))
    target = io.BytesIO()
    pq.write_table(made.replace_schema_metadata({"shortside": json.dumps(about, allow_nan=False)}), target)
    return target.getvalue()


def _arrow(unit: Unit, values: list[Any]) -> Any:
    import pyarrow as pa

    if unit in (Unit.DOLLARS, Unit.RATIO, Unit.NUMBER):
        return pa.array(values, pa.float64())
    if unit in (Unit.SHARES, Unit.COUNT):
        return pa.array(values, pa.int64())
    if unit is Unit.TRUTH:
        return pa.array(values, pa.bool_())
    if unit is Unit.AS_IT_IS and all(value is None or isinstance(value, int | float) for value in values):
        return pa.array(values, pa.float64())
    return pa.array([None if value is None else printable(str(value)) for value in values], pa.string())


EXPORT_FORMS: Final = (
    ExportForm("CSV", "csv", "for a spreadsheet: the table, raw numbers", csv_bytes),
    ExportForm("Parquet", "parquet", "for programs: the table, typed", parquet_bytes),
    ExportForm("Markdown", "md", "for a note: the table", markdown_bytes),
    ExportForm("JSON", "json", "for programs: the table with its day, window and inputs", json_bytes),
    ExportForm("clipboard", "", "to paste into a spreadsheet: the table", tab_bytes),
    ExportForm("SVG", "svg", "the screen as a drawing"),
    ExportForm("text", "txt", "the screen as text"),
)
"""Every form, in the order of the choice."""


def export_form(name: str) -> ExportForm:
    """The form called `name`; the first where none is, as in what another version remembered."""
    return next((form for form in EXPORT_FORMS if form.name == name), EXPORT_FORMS[0])
