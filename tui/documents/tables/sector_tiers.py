"""The document `sector-tiers`: P&L and short interest of each sector in each tier."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from shortside.words.group_words import sector_word, tier_word
from tui.documents.kind import Document, DocumentContent, DocumentRequest
from tui.documents.tables.cells import measured, sector_in_words, tier_in_words
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.board import Board

SECTOR_TIER_FIELDS: Final = (
    Field(
        "sector", Unit.WORDS, "by Nasdaq's scheme; `unknown`", page=PageColumn("sector", 22, written=sector_in_words)
    ),
    Field("tier", Unit.WORDS, "by the cap `tier_basis` says", page=PageColumn("tier", 8, written=tier_in_words)),
    Field("names", Unit.COUNT, "held short at some time in the window", page=PageColumn("names", 6)),
    Field("average_short_interest", Unit.DOLLARS, "mean over the window", page=PageColumn("avg SI", 9)),
    Field("short_interest", Unit.DOLLARS, "at the close of `window.end`", page=PageColumn("SI $", 9)),
    Field("profit", Unit.DOLLARS, "P&L over the window", page=PageColumn("P&L", 9, is_signed=True)),
    Field(
        "profit_ratio",
        Unit.RATIO,
        "`profit` / `average_short_interest`; may exceed 1",
        page=PageColumn("P&L %", 8, is_signed=True),
    ),
)


def sector_tier_rows(board: Board) -> list[SimpleNamespace]:
    """A row per sector and tier with names: the most shorted sector first, its tiers from the largest down."""
    from shortside.breadth import quotient
    from shortside.sector_tiers import sector_tiers

    table = sector_tiers(board)
    ratio = quotient(table.profit, table.average_short_interest)
    return [
        SimpleNamespace(
            sector=sector,
            tier=tier,
            names=table.names[row, column],
            average_short_interest=table.average_short_interest[row, column],
            short_interest=table.short_interest[row, column],
            profit=table.profit[row, column] if board.is_window_known else None,
            profit_ratio=ratio[row, column] if board.is_window_known else None,
        )
        for row, sector in enumerate(table.sectors)
        for column, tier in enumerate(table.tiers)
        if table.names[row, column]
    ]


def sector_tiers_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window and tiers."""
    rows = sector_tier_rows(measured(asked.board))
    return DocumentContent({"rows": records(SECTOR_TIER_FIELDS, rows)}, asked.loaded.inputs)


def sector_tiers_summary(document: Document, glyphs: Any) -> list[str]:
    """What all cells add up to, and in which of them the most was made and lost."""
    from widgets.format import money

    rows = document["rows"]
    known = [row for row in rows if row["profit"] is not None]
    if not known:
        return []
    best, worst = (pick(known, key=lambda row: row["profit"]) for pick in (max, min))
    sums = (sum(row[key] for row in known) for key in ("short_interest", "profit"))
    worth, profit = money(next(sums), glyphs, signed=False), money(next(sums), glyphs)
    ends = (
        f"{word} {sector_word(row['sector'])} {tier_word(row['tier'])} {money(row['profit'], glyphs)}"
        for word, row in (("most in", best), ("least in", worst))
    )
    return [f"{len(rows):,} cells add up to P&L {profit} on short interest {worth}; {', '.join(ends)}"]
