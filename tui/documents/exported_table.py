"""A table that is exported: its head, its columns with their units, and its rows; made of names or of a document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from tui.documents.formats import flat_record, grouped
from tui.documents.kind import Document, DocumentKind, DocumentRequest, Record
from tui.documents.records import document_head, document_of
from tui.documents.values import value_of
from widgets.fields import Unit

if TYPE_CHECKING:
    from widgets.board_figures import FigureColumn

NAMES_SCHEMA = "shortside.board/1"
"""Stamps the table of names as it stood on a screen."""
MARKET_TABLE_SCHEMA = "shortside.market-table/1"
"""Stamps a table of the market as it stood on a screen."""


class ExportedTable(NamedTuple):
    """Everything a format needs to write a table down."""

    name: str
    """What the file is called after, such as `names`."""
    document: Document
    """The whole as JSON has it, with its rows."""
    units: dict[str, Unit]
    """The columns' keys, from left to right, with their units."""
    rows: list[Record]
    """The rows, flat: a key of `units` each."""
    words: Sequence[str]
    """What is shown, in words: the day, the window, the order, the filter."""


class ShownNames(NamedTuple):
    """The table of names as it stands at one moment."""

    columns: Sequence[FigureColumn]
    sort: str
    """The key the names are ranked by; with a minus before it the smallest come first."""
    filter: str
    """The condition on the names; empty for none."""
    tiers: Sequence[str] | None
    """The tiers whose names are shown; None for all."""
    sector: str | None
    """The sector whose names are shown; None for all."""


def table_of_names(asked: DocumentRequest, shown: ShownNames) -> ExportedTable:
    """The table of names as it stood when its columns were taken. Takes tenths of a second for all names."""
    values = [[value_of(column.unit, value) for value in column.values()] for column in shown.columns]
    keys = [column.key for column in shown.columns]
    records = [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]
    head = document_head(NAMES_SCHEMA, asked)
    document = {
        **head,
        "sort": shown.sort,
        "where": shown.filter or None,
        "tiers": None if shown.tiers is None else list(shown.tiers),
        "sector": shown.sector,
        "columns": keys,
        "names": len(records),
        "rows": records,
        "inputs": [one.as_record() for one in asked.loaded.inputs],
    }
    words = [*head_words(head), f"by {shown.sort}"]
    words += [f"where {shown.filter}"] if shown.filter else []
    words += [f"tiers {', '.join(shown.tiers)}"] if shown.tiers is not None else []
    words += [f"sector {shown.sector or 'unknown'}"] if shown.sector is not None else []
    flat = [flat_record(record) for record in records]
    units = {column.key: column.unit for column in shown.columns}
    return ExportedTable("names", document, _flat_units(units, flat), flat, words)


def table_of_document(kind: DocumentKind, asked: DocumentRequest) -> ExportedTable:
    """A document of `snapshot` as a table, every row with the group it belongs to.

    Raises:
        SourceError: there is nothing to write.
    """
    document, _ = document_of(kind, asked)
    rows = [{"group": group, **flat_record(record)} for group, record in grouped(document)]
    units = {"group": Unit.WORDS, **{field.key: field.unit for field in kind.fields()}}
    return ExportedTable(kind.name, document, _flat_units(units, rows), rows, head_words(document))


def _flat_units(units: dict[str, Unit], rows: Sequence[Record]) -> dict[str, Unit]:
    """The units of flat rows: the parts of a score are numbers."""
    if not rows:
        return units
    return {key: units.get(key, Unit.NUMBER if key.partition(".")[0] in units else Unit.AS_IT_IS) for key in rows[0]}


def head_words(head: Record) -> list[str]:
    """The day, window, tiers and source of a document, a phrase each."""
    window: Any = head["window"]
    simulated = ", SIMULATED" if head["simulated"] else ""
    return [
        f"as of {head['as_of']}",
        f"{window['name']} from {window['start']} to {window['end']}",
        f"tiers by {head['tier_basis']}, positions {head['positions']}, {head['known']}",
        f"source {head['source']}{simulated}",
    ]
