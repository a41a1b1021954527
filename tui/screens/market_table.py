"""The record that describes a table of the market, and what is made of it for the screen at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from shortside.windows import Window
from tui.documents.kind import Document, DocumentRequest, Record
from tui.documents.tables.rows import TableRows
from widgets.fields import Field
from widgets.formula import Formula

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.documents.exported_table import ExportedTable


class GroupOfNames(NamedTuple):
    """The names that a row is the sum of."""

    tiers: frozenset[str] = frozenset()
    """Empty for all tiers."""
    sector: str | None = None
    """Empty for names without a sector; None for all."""


@dataclass(frozen=True, kw_only=True)
class MarketTable:
    """One table of the market. A record of `MARKET_TABLES` is all that a new one needs."""

    name: str
    """Its name in commands, in files that are exported, and among the tables whose columns can be settled."""
    words: str
    """What the list of tables and the palette call it."""
    document: str
    """The document of `snapshot` that it belongs to, by the word after `snapshot`."""
    fields: Sequence[Field]
    """The keys of its rows; its columns are those with a place on the page, then the others where there is room."""
    formula: Formula
    """What `i` explains."""
    rows: Callable[[Board, Document], TableRows]
    """Makes its rows of a Board and the document of it. Called in a thread."""
    limit: int = 1
    """How many names the document is made with, where only its sums are wanted; 0 for all, where its rows are."""
    is_of_names: bool = True
    """Whether its dollars are of names, in the unit of names; otherwise of groups."""
    is_descending: bool = True
    """Whether its own order, which is that of the document, begins with the largest of `sorted_by`."""
    sorted_by: str = ""
    """The key its own order is by; empty where that is no order of one column."""
    order_words: str = ""
    """What its own order is by where that is no order of one column, for its title."""
    span: str = ""
    """What it is of where the view's window is without effect on it; empty where it is of that window."""
    summary: Callable[[Document, Record | None, Any], list[str]] | None = None
    """Writes sentences that stand over it, of the document and the row under the cursor, with some glyphs."""
    group: Callable[[Record], GroupOfNames | None] | None = None
    """Which names a row is the sum of; None for a table of names, where a row leads to its name."""
    nothing: str = "nothing in this window"
    """What it says where it has no rows, in words without a figure."""
    fill: str = "FINRA publishes each settlement's short interest seven sessions after it"
    """What would fill it where its document has nothing to tell, behind the document's own complaint."""


class MadeTable(NamedTuple):
    """A table at one moment: its rows, the document they belong to, and the windows they are of."""

    table: MarketTable
    asked: DocumentRequest
    document: Document
    """The document without its doubts and inputs; empty where there is nothing to tell."""
    rows: TableRows
    sort: tuple[str, bool] | None
    """The key its rows are sorted by, and whether the largest lead; None for their own order."""
    order: Sequence[int]
    """The places of the rows, from the first line down."""
    known_keys: Sequence[str]
    """The columns that any row has a figure in."""
    before: Window | None = None
    """The window of the same kind before; None where it is not whole."""
    complaint: str = ""
    """Why there is nothing to tell, in words."""

    def sentences(self, record: Record | None, glyphs: Any) -> list[str]:
        """What stands over the table, with the cursor on a row."""
        if self.complaint or self.table.summary is None:
            return []
        return self.table.summary(self.document, record, glyphs)


def made_table(table: MarketTable, asked: DocumentRequest, sort: tuple[str, bool] | None = None) -> MadeTable:
    """Make a table of a Board at the prices of the moment. Takes hundredths of a second: called in a thread.

    Args:
        table: which one.
        asked: the Board, and the market it shows.
        sort: the key to sort by, and whether the largest lead; None for the table's own order.
    """
    from shortside.tables.window_flow import window_before
    from tui.documents.catalog import document_kind
    from tui.documents.records import document_head
    from tui.errors import SourceError

    limited = asked._replace(options=asked.options._replace(limit=table.limit))
    kind = document_kind(table.document)
    try:
        document = {**document_head(kind.schema, limited), **kind.make(limited).content}
    except SourceError as error:
        nothing = no_rows(table)
        return MadeTable(table, limited, {}, nothing, sort, (), nothing.known_keys(), complaint=str(error))
    rows = table.rows(asked.board, document)
    order = range(rows.count) if sort is None else rows.order(sort[0], descends=sort[1])
    return MadeTable(table, limited, document, rows, sort, order, rows.known_keys(), window_before(asked.board))


def no_rows(table: MarketTable) -> TableRows:
    """The columns of a table without a row."""
    return TableRows(table.fields, {field.key: () for field in table.fields})


def exported_market_table(made: MadeTable, keys: Sequence[str]) -> ExportedTable:
    """A table as it stands: its rows in their order, the columns that have a place, and what they are of."""
    from tui.documents.exported_table import MARKET_TABLE_SCHEMA, ExportedTable, head_words
    from tui.documents.records import document_head

    head = document_head(MARKET_TABLE_SCHEMA, made.asked)
    records = [made.rows.record(place) for place in made.order]
    key, descends = made.sort or (made.table.sorted_by, made.table.is_descending)
    sort = f"{'' if descends else '-'}{key}" if key else ""
    rows = [{key: record[key] for key in keys} for record in records]
    units = {field.key: field.unit for field in made.rows.fields}
    document = {
        **head,
        "table": made.table.name,
        "sort": sort or None,
        "columns": list(keys),
        "rows": rows,
        "inputs": [one.as_record() for one in made.asked.loaded.inputs],
    }
    words = [*head_words(head), *([f"by {sort}"] if sort else [])]
    return ExportedTable(made.table.name, document, {key: units[key] for key in keys}, rows, words)
