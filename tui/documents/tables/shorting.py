"""The document `shorting`: who was sold short and covered in the window, beside the window before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.tables.cells import label_in_words, measured, tier_in_words
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.listings import Indexes
    from shortside.tables.shorting import Shorting, ShortingName, ShortingSums
    from tui.documents.tables.rows import TableRows

IDENTITY_FIELDS: Final = (
    Field("start", Unit.DOLLARS, "sold short at the close of `window.start`", page=PageColumn("start $", 7)),
    Field(
        "new_short",
        Unit.DOLLARS,
        "shorting less covering, at the prices of the days; null where the position stood there before its first close "
        "or report in the window",
        page=PageColumn("new $", 8, is_signed=True),
    ),
    Field("turned_up", Unit.DOLLARS, "positions that stood there before their first close or report: what is not new"),
    Field(
        "price_effect",
        Unit.DOLLARS,
        "what the price added: end − start − new − turned up",
        page=PageColumn("price $", 8, is_signed=True),
    ),
    Field("end", Unit.DOLLARS, "sold short at the close of `window.end`", page=PageColumn("SI $", 7)),
)
BEFORE_FIELDS: Final = (
    Field(
        "new_short_before",
        Unit.DOLLARS,
        "`new_short` of the window before, `window_before`; null where that is not whole",
        page=PageColumn("new before", 10, is_signed=True),
    ),
    Field("price_effect_before", Unit.DOLLARS, "`price_effect` of the window before; null where that is not whole"),
)
SHORTING_FIELDS: Final = (
    Field("symbol", Unit.WORDS, "the ticker", page=PageColumn("symbol", 8)),
    Field("name", Unit.WORDS, "the security's name"),
    Field("tier", Unit.WORDS, "by the cap `tier_basis` says", page=PageColumn("tier", 7, written=tier_in_words)),
    Field("sector", Unit.WORDS, "by Nasdaq's scheme; null where it is unknown"),
    *IDENTITY_FIELDS,
    Field(
        "new_short_ratio",
        Unit.RATIO,
        "`new_short` / `start`; null where nothing was short then",
        page=PageColumn("new %", 8, is_signed=True),
    ),
    Field(
        "float_ratio",
        Unit.RATIO,
        "shares sold short less those covered, over the public float; null where that is unknown or older than 200 "
        "days",
        page=PageColumn("% float", 8, is_signed=True),
    ),
    Field(
        "outstanding_ratio",
        Unit.RATIO,
        "the same shares over the shares outstanding; null where those are an estimate",
        page=PageColumn("% out", 8, is_signed=True),
    ),
    *BEFORE_FIELDS,
    Field(
        "new_after",
        Unit.DOLLARS,
        "of a position that turned up, what was sold short less covered after its first close or report: here part of "
        "`turned_up`, in the sums of `new_short`; null for all others",
    ),
)
"""The keys of the rows, a name each."""
SHORTING_SUM_FIELDS: Final = (
    Field("label", Unit.WORDS, "`total`, a tier, or a sector", page=PageColumn("group", 22, written=label_in_words)),
    Field("names", Unit.COUNT, "held short at some time in the window", page=PageColumn("names", 6)),
    *IDENTITY_FIELDS,
    Field(
        "shorted",
        Unit.DOLLARS,
        "`new_short` of the names sold short on balance",
        page=PageColumn("shorted", 8, is_signed=True),
    ),
    Field(
        "covered",
        Unit.DOLLARS,
        "`new_short` of the names covered on balance; below zero",
        page=PageColumn("covered", 8, is_signed=True),
    ),
    Field("new_short_ratio", Unit.RATIO, "`new_short` / `start`", page=PageColumn("new %", 8, is_signed=True)),
    Field(
        "float_ratio",
        Unit.RATIO,
        "`new_short` over the float's worth at the window's end, of the `float_names` names whose float is known",
        page=PageColumn("% float", 8, is_signed=True),
    ),
    Field("float_names", Unit.COUNT, "names whose float is known"),
    *BEFORE_FIELDS,
)
"""The keys of sums."""


def shorting_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window."""
    from shortside.tables.shorting import Shorting

    table, limit = Shorting(measured(asked.board)), asked.options.limit
    rows = _largest(table, limit)
    before = table.before
    content: Record = {
        "window_before": None
        if before is None
        else {"start": before.window.start_date.isoformat(), "end": before.window.end_date.isoformat()},
        "names": int(table.board.was_held.sum()),
        "sums": {
            "total": _sums([table.total()])[0],
            "tiers": _sums(table.by_tier()),
            "sectors": _sums(table.by_sector()),
        },
        "rows": _to_the_cent(records(SHORTING_FIELDS, rows)),
    }
    return DocumentContent(content, asked.loaded.inputs)


def _largest(table: Shorting, limit: int) -> list[ShortingName]:
    """The names of which most was sold short or covered, in dollars, the largest first; unknown ones last."""
    order = _order(table)
    return [table.name(column) for column in (order[:limit] if limit else order).tolist()]


def _order(table: Shorting) -> Indexes:
    import numpy as np

    return table.board.order(np.abs(table.new_short))


def shorting_rows(board: Board) -> TableRows:
    """Every name of the document, with what it says of each, at the prices of the moment."""
    import numpy as np

    from shortside.breadth import quotient
    from shortside.tables.shorting import Shorting
    from tui.documents.tables.rows import rows_of_names

    table = Shorting(board)
    now, before = table.now, table.before
    unknown = np.full(len(board.market.symbols), np.nan)
    vectors = {
        "start": now.start,
        "new_short": table.new_short,
        "turned_up": np.where(now.has_turned_up, now.end - now.start - now.price_effect, 0.0),
        "new_after": table.new_after,
        "price_effect": now.price_effect,
        "end": now.end,
        "new_short_ratio": quotient(table.new_short, now.start),
        "float_ratio": table.float_ratio,
        "outstanding_ratio": table.outstanding_ratio,
        "new_short_before": unknown if before is None else np.where(before.has_turned_up, np.nan, before.new_short),
        "price_effect_before": unknown if before is None else before.price_effect,
    }
    return rows_of_names(board, SHORTING_FIELDS, _order(table), vectors)


def _sums(rows: list[ShortingSums]) -> list[Record]:
    return _to_the_cent(records(SHORTING_SUM_FIELDS, rows))


def _to_the_cent(found: list[Record]) -> list[Record]:
    """Records whose price effect is such that start + new + turned up + price = end holds of figures in cents."""
    for record in found:
        new = record["new_short"] or 0.0
        record["price_effect"] = round(record["end"] - record["start"] - new - record["turned_up"], 2) + 0.0
    return found


def shorting_headline(document: Document) -> str:
    """What follows the title of the page: against which window, and how many of the names are shown."""
    before = document["window_before"]
    shown = f"{len(document['rows']):,} of {document['names']:,} names"
    return shown if before is None else f"against {before['start']} to {before['end']} · {shown}"


def shorting_summary(document: Document, glyphs: Any) -> list[str]:
    """The sums of the page for people, a sentence each."""
    from shortside.words.group_words import tier_word
    from widgets.format import money
    from widgets.publication_cells import arrow_of

    sums = document["sums"]
    total = sums["total"]

    def usd(value: float | None, is_signed: bool = True) -> str:
        return money(value, glyphs, signed=is_signed)

    turned_up = f", turned up {usd(total['turned_up'])}" if total["turned_up"] else ""
    before = "" if total["new_short_before"] is None else f"; new in the window before {usd(total['new_short_before'])}"
    measured_to = document["measured_to"]
    is_held = measured_to is not None and measured_to <= document["window"]["start"]
    held = (
        f"; shares are held since {measured_to}, the last settlement known, so that nothing is new" if is_held else ""
    )
    lines = [
        f"short interest {usd(total['start'], False)} {arrow_of(glyphs)} {usd(total['end'], False)}: "
        f"shorted {usd(total['shorted'])}, covered {usd(total['covered'])}, so new {usd(total['new_short'])}"
        f"{turned_up}; price {usd(total['price_effect'])}{before}{held}"
    ]
    for title, groups in (("tiers", sums["tiers"]), ("sectors", sums["sectors"])):
        words = (f"{tier_word(one['label'])} {usd(one['new_short'])}" for one in groups)
        lines.append(f"new short by {title}: {', '.join(words)}")
    return lines


def shorting_remark() -> str:
    """What docs/contract.md says of the sums."""
    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in SHORTING_SUM_FIELDS)
    return f"Each of `sums.total`, `sums.tiers` and `sums.sectors` has\n\n| key | meaning |\n|---|---|\n{keys}"
