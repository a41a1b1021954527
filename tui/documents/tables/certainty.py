"""The document `certainty`: what the figures of each tier rest on, and how far they may be off."""

from __future__ import annotations

from typing import Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.tables.cells import measured, tier_in_words
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

CERTAINTY_FIELDS: Final = (
    Field(
        "tier", Unit.WORDS, "a tier, or `total`", lambda row: row.label, PageColumn("tier", 8, written=tier_in_words)
    ),
    Field("names", Unit.COUNT, "held short at some time in the window", page=PageColumn("names", 6)),
    Field("profit", Unit.DOLLARS, "P&L over the window", page=PageColumn("P&L", 8, is_signed=True)),
    Field(
        "noise",
        Unit.DOLLARS,
        "half the width of what `profit` may be if shares moved one way between settlements",
        page=PageColumn("±", 7),
    ),
    Field("profit_step", Unit.DOLLARS, "P&L with each settlement's shares held until the next"),
    Field("profit_linear", Unit.DOLLARS, "P&L with shares on a straight line between two settlements"),
    Field(
        "method_difference",
        Unit.DOLLARS,
        "`profit_linear` − `profit_step`",
        page=PageColumn("lin−step", 8, is_signed=True),
    ),
    Field("short_interest", Unit.DOLLARS, "at the close of `window.end`", page=PageColumn("SI $", 7)),
    Field(
        "late_names",
        Unit.COUNT,
        "still short, with shares of a settlement before the last one known",
        page=PageColumn("late", 5),
    ),
    Field("late_short_interest", Unit.DOLLARS, "their part of `short_interest`", page=PageColumn("late $", 7)),
    Field(
        "late_ratio",
        Unit.RATIO,
        "`late_short_interest` / `short_interest`: the share of the total that is a cycle late",
        page=PageColumn("late %", 7),
    ),
    Field(
        "estimated_names", Unit.COUNT, "whose tier rests on an estimate of the share count", page=PageColumn("est", 5)
    ),
    Field("estimated_short_interest", Unit.DOLLARS, "their part of `short_interest`"),
    Field("doubtful_names", Unit.COUNT, "that something is doubtful of", page=PageColumn("doubt", 6)),
    Field(
        "doubtful",
        Unit.DOLLARS,
        "what hangs on the doubts, without regard to the sign; of unknown stakes nothing",
        page=PageColumn("doubt $", 7),
    ),
)


def certainty_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window and tiers."""
    from shortside.tables.certainty import Certainty

    table = Certainty(measured(asked.board))
    total = table.total()
    content: Record = {"rows": records(CERTAINTY_FIELDS, table.rows())}
    if total is not None:
        content["total"] = records(CERTAINTY_FIELDS, [total])[0]
    return DocumentContent(content, asked.loaded.inputs)


def certainty_summary(document: Document, glyphs: Any) -> list[str]:
    """What the total rests on, in a sentence."""
    from widgets.format import money, percent

    total = document.get("total")
    if total is None:
        return []
    noise, late, estimated, doubtful = (
        money(total[key], glyphs, signed=False)
        for key in ("noise", "late_short_interest", "estimated_short_interest", "doubtful")
    )
    part = percent(total["late_ratio"], 8, glyphs=glyphs).strip()
    return [
        f"P&L {money(total['profit'], glyphs)}, give or take {noise}; linear less step "
        f"{money(total['method_difference'], glyphs)}; {late} ({part}) of short interest rest on "
        f"{total['late_names']:,} names a cycle late, {estimated} on estimated share counts; doubts: {doubtful} in "
        f"{total['doubtful_names']:,} names"
    ]
