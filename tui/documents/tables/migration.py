"""The document `migration`: which names changed their tier within the window, and what they took along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.tables.cells import measured, tier_in_words
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.tables.migration import TierBridge


def _tiers_cell(record: Record, width: int, glyphs: Any) -> str:
    """The tier before and after: `mid → small`."""
    from shortside.words.group_words import tier_word
    from widgets.format import fit
    from widgets.publication_cells import arrow_of

    words = f"{tier_word(record['tier_start'])} {arrow_of(glyphs)} {tier_word(record['tier_end'])}"
    return fit(words, width, glyphs=glyphs)


MOVED_FIELDS: Final = (
    Field("symbol", Unit.WORDS, "the ticker", page=PageColumn("symbol", 8)),
    Field("name", Unit.WORDS, "the security's name", page=PageColumn("name", 24)),
    Field("tier_start", Unit.WORDS, "by the cap at `window.start`", page=PageColumn("tier", 15, written=_tiers_cell)),
    Field("tier_end", Unit.WORDS, "by the cap at `window.end`"),
    Field("sector", Unit.WORDS, "by Nasdaq's scheme; null where it is unknown"),
    Field(
        "cap_start",
        Unit.DOLLARS,
        "at the close of `window.start`; null without a price or share count then: the tier is that of the first cap "
        "there is",
        page=PageColumn("cap then", 9),
    ),
    Field("cap_end", Unit.DOLLARS, "at the close of `window.end`", page=PageColumn("cap now", 9)),
    Field(
        "profit",
        Unit.DOLLARS,
        "P&L over the window: in `tier_end` by the basis `end`, in `tier_start` by the basis `start`",
        page=PageColumn("P&L", 9, is_signed=True),
    ),
    Field("short_interest", Unit.DOLLARS, "at the close of `window.end`", page=PageColumn("SI $", 8)),
)
"""The keys of the rows, a name each."""
BRIDGE_FIELDS: Final = (
    Field("tier", Unit.WORDS, "a tier", lambda row: row.label, PageColumn("tier", 8, written=tier_in_words)),
    Field("names_start", Unit.COUNT, "of this tier by the cap at `window.start`", page=PageColumn("names then", 10)),
    Field("names_in", Unit.COUNT, "that came in", page=PageColumn("in", 5)),
    Field("names_out", Unit.COUNT, "that went out", page=PageColumn("out", 5)),
    Field("names_end", Unit.COUNT, "of this tier by the cap at `window.end`", page=PageColumn("now", 5)),
    Field("profit_start", Unit.DOLLARS, "P&L by the basis `start`", page=PageColumn("P&L start", 9, is_signed=True)),
    Field("profit_in", Unit.DOLLARS, "P&L of the names that came in", page=PageColumn("+ in", 8, is_signed=True)),
    Field("profit_out", Unit.DOLLARS, "P&L of the names that went out", page=PageColumn("- out", 8, is_signed=True)),
    Field(
        "profit_end",
        Unit.DOLLARS,
        "P&L by the basis `end`: start + in − out, to the cent",
        page=PageColumn("= P&L end", 9, is_signed=True),
    ),
    Field("short_interest_start", Unit.DOLLARS, "at `window.end`, in the names of this tier at `window.start`"),
    Field("short_interest_in", Unit.DOLLARS, "at `window.end`, in the names that came in"),
    Field("short_interest_out", Unit.DOLLARS, "at `window.end`, in the names that went out"),
    Field(
        "short_interest_end",
        Unit.DOLLARS,
        "at `window.end`, in the names of this tier then",
        page=PageColumn("SI $", 8),
    ),
)
"""The keys of `tiers`."""
MOVE_FIELDS: Final = (
    Field("tier_start", Unit.WORDS, "from which tier"),
    Field("tier_end", Unit.WORDS, "to which"),
    Field("names", Unit.COUNT, "that went"),
    Field("profit", Unit.DOLLARS, "P&L over the window that they took along"),
    Field("short_interest", Unit.DOLLARS, "at the close of `window.end`"),
)
"""The keys of `moves`."""


def migration_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window; the view's own tier basis is without effect."""
    from shortside.tables.migration import Migration

    table, limit = Migration(measured(asked.board)), asked.options.limit
    order = table.order()
    content: Record = {
        "names": len(order),
        "tiers": bridge_records(table.bridges),
        "moves": records(MOVE_FIELDS, table.moves),
        "rows": records(MOVED_FIELDS, [table.name(column) for column in (order[:limit] if limit else order).tolist()]),
    }
    return DocumentContent(content, asked.loaded.inputs)


def bridge_records(bridges: Sequence[TierBridge]) -> list[Record]:
    """The records of `tiers`: start + in − out = end holds of figures in cents.

    Both ends are those of `tiers` by their basis; the cent that rounding leaves over is told with what came in.
    """
    found = records(BRIDGE_FIELDS, bridges)
    for record in found:
        for measure in ("profit", "short_interest"):
            start, went, end = (record[f"{measure}_{part}"] for part in ("start", "out", "end"))
            record[f"{measure}_in"] = round(end - start + went, 2) + 0.0
    return found


def migration_headline(document: Document) -> str:
    """What follows the title of the page: how many names moved."""
    return f"{len(document['rows']):,} of {document['names']:,} names that moved"


def migration_summary(document: Document, glyphs: Any) -> list[str]:
    """How each tier's P&L by its start becomes that by its end, and the largest moves."""
    from shortside.words.group_words import tier_word
    from widgets.format import money
    from widgets.publication_cells import arrow_of

    def usd(value: float) -> str:
        return money(value, glyphs, signed=True)

    lines = []
    for one in document["tiers"]:
        noun = "name" if one["names_in"] == 1 else "names"
        came = f"{usd(one['profit_in'])} with {one['names_in']:,} {noun} in"
        went = f"{usd(-one['profit_out'])} with {one['names_out']:,} out"
        parts = f"{usd(one['profit_start'])} by start, {came}, {went}"
        lines.append(f"{tier_word(one['tier'])}: {parts}: {usd(one['profit_end'])} by end")
    arrow = arrow_of(glyphs)
    moves = (
        f"{tier_word(one['tier_start'])} {arrow} {tier_word(one['tier_end'])} {one['names']:,} ({usd(one['profit'])})"
        for one in document["moves"][:6]
    )
    return [*lines, f"largest moves: {', '.join(moves)}"] if document["moves"] else lines


def migration_remark() -> str:
    """What docs/contract.md says of the bridges and the moves."""
    tables = []
    for key, fields in (("tiers", BRIDGE_FIELDS), ("moves", MOVE_FIELDS)):
        rows = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in fields)
        tables.append(f"Each of `{key}` has\n\n| key | meaning |\n|---|---|\n{rows}")
    return "\n\n".join(tables)
