"""The document `borrow`: who is hardest to borrow, whose fee and price rise, what ran out, what the book costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.tables.cells import measured
from tui.documents.values import records
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from shortside.loans.history import LoanHistory, LoanState
    from shortside.tables.borrow import BorrowName, BorrowTable

HARDEST, RISING, GONE = "hardest", "rising", "gone"


def _available_cell(record: Record, width: int, glyphs: Any) -> str:
    """Shares that can be borrowed: `none` for zero, `>10M` where it is a lower bound."""
    from widgets.format import fit, shares

    available = record["available"]
    if available == 0:
        return fit("none", width, "right", glyphs=glyphs)
    text = shares(available, width - 1, glyphs=glyphs).strip()
    return fit(f">{text}" if record["is_capped"] else text, width, "right", glyphs=glyphs)


def _of_name(key: str) -> Callable[[tuple[str, BorrowName]], Any]:
    """A function that takes a figure from a section's name."""
    return lambda row: getattr(row[1], key)


COST_FIELDS: Final = (
    Field(
        "paid", Unit.DOLLARS, "Σ short interest × fee / 360 over the window's days whose fee is known; null for none"
    ),
    Field("profit_covered", Unit.DOLLARS, "gross P&L of those days"),
    Field(
        "net",
        Unit.DOLLARS,
        "`profit_covered` − `paid`; null where no day of the window has a fee",
        page=PageColumn("net P&L", 8, is_signed=True),
    ),
    Field(
        "covered_ratio",
        Unit.RATIO,
        "share of the window's dollar-days whose fee is known: what `paid`, `profit_covered` and `net` speak of",
        page=PageColumn("of it", 5),
    ),
)
BORROW_FIELDS: Final = (
    Field(
        "section",
        Unit.WORDS,
        "`hardest` the highest fees; `rising` fee and price above those of a week ago, the most added carry first; "
        "`gone` shares to lend once and none now, the largest short interest first; a name may stand in each",
        lambda row: row[0],
        PageColumn("", 8),
    ),
    Field("symbol", Unit.WORDS, "the ticker", lambda row: row[1].symbol, PageColumn("symbol", 8)),
    *(
        Field(key, unit, words, _of_name(key), page)
        for key, unit, words, page in (
            ("name", Unit.WORDS, "the security's name", None),
            ("tier", Unit.WORDS, "by the cap `tier_basis` says", None),
            ("sector", Unit.WORDS, "by Nasdaq's scheme; null where it is unknown", None),
            ("short_interest", Unit.DOLLARS, "at the last price", PageColumn("SI $", 7)),
            ("fee", Unit.RATIO, "a year, as the list said last", PageColumn("fee", 7)),
            (
                "fee_change_day",
                Unit.RATIO,
                "`fee` − that of the look that stood 24 hours before; null where either is unknown",
                PageColumn("1d", 7, is_signed=True),
            ),
            (
                "fee_change_week",
                Unit.RATIO,
                "`fee` − that of the look that stood seven days before; null where either is unknown",
                PageColumn("1w", 7, is_signed=True),
            ),
            (
                "available",
                Unit.SHARES,
                "that can be borrowed; 0 is none, null unknown",
                PageColumn("avail", 7, written=_available_cell),
            ),
            ("is_capped", Unit.TRUTH, "whether `available` is only a lower bound", None),
            (
                "none_since",
                Unit.DAY,
                "the first day whose last look has no shares, where there were some before",
                PageColumn("none since", 10),
            ),
            ("available_before", Unit.SHARES, "at the last look before `none_since` that had some", None),
            ("price", Unit.NUMBER, "the last, USD", None),
            ("price_change_day", Unit.RATIO, "from the close of the day of the look a day ago", None),
            (
                "price_change_week",
                Unit.RATIO,
                "from the close of the day of the look a week ago",
                PageColumn("price 1w", 8, is_signed=True),
            ),
            ("carry_day", Unit.DOLLARS, "`short_interest` × `fee` / 360", PageColumn("carry/d", 7)),
            ("added_carry_day", Unit.DOLLARS, "`short_interest` × `fee_change_week` / 360", None),
        )
    ),
    *(field._replace(value=_of_name(field.key)) for field in COST_FIELDS),
)
"""The keys of the rows, a name each."""
BORROW_SUM_FIELDS: Final = (
    Field("label", Unit.WORDS, "`total`, or a tier"),
    Field("names", Unit.COUNT, "sold short"),
    Field("known_names", Unit.COUNT, "those whose fee is known"),
    Field("short_interest", Unit.DOLLARS, "at the last price"),
    Field("known_ratio", Unit.RATIO, "share of it whose fee is known"),
    Field("carry_day", Unit.DOLLARS, "what a day costs at the last fees, where they are known"),
    Field("fee", Unit.RATIO, "the average fee of the dollars whose fee is known"),
    *COST_FIELDS,
)
"""The keys of sums."""


def borrow_document(asked: DocumentRequest) -> DocumentContent:
    """The content of the document, of the Board's window and the source's looks as known at its moment."""
    from shortside.tables.borrow import BorrowTable
    from tui.sources.loans import loan_history

    history = loan_history(asked.options, asked.loaded)
    table, limit = BorrowTable(measured(asked.board), history), asked.options.limit
    orders = {HARDEST: table.hardest(), RISING: table.rising(), GONE: table.gone()}
    rows = [
        (section, table.name(column))
        for section, order in orders.items()
        for column in (order[:limit] if limit else order).tolist()
    ]
    content: Record = {
        "source": history.source,
        **_clocks(history),
        "names": {section: len(order) for section, order in orders.items()},
        "sums": borrow_sums(table),
        "rows": records(BORROW_FIELDS, rows),
    }
    return DocumentContent(content, asked.loaded.inputs)


def borrow_sums(table: BorrowTable) -> Record:
    """The carry of the whole book and of each tier."""
    return {
        "total": records(BORROW_SUM_FIELDS, [table.total()])[0],
        "tiers": records(BORROW_SUM_FIELDS, table.by_tier()),
    }


def _clocks(history: LoanHistory) -> Record:
    """When the looks became known and were made, and from which day on there is a path."""

    def known_at(look: LoanState | None) -> str | None:
        return None if look is None else look.known_at.isoformat()

    return {
        "known_at": known_at(history.now),
        "fetched_at": history.now.fetched_at.isoformat(),
        "day_ago_known_at": known_at(history.day_ago),
        "week_ago_known_at": known_at(history.week_ago),
        "path_since": str(history.days[0]),
        "days": len(history.days),
    }


def borrow_headline(document: Document) -> str:
    """What follows the title of the page: whose list, and when it became known."""
    from datetime import datetime

    from shortside.sessions import NEW_YORK

    known = datetime.fromisoformat(document["known_at"]).astimezone(NEW_YORK)
    return f"{document['source']}, list of {known:%d %b %Y %H:%M} New York"


def borrow_summary(document: Document, glyphs: Any) -> list[str]:
    """The carry of the book, of what share of its dollars it is known, and how far the path reaches."""
    from shortside.words.group_words import tier_word
    from widgets.format import money, percent

    total, names = document["sums"]["total"], document["names"]

    def share(value: float | None) -> str:
        return percent(value, 6, False, glyphs=glyphs).strip()

    lines = [
        f"carry {money(total['carry_day'], glyphs, signed=False)} a day, of {share(total['known_ratio'])} of the short "
        f"dollars; average fee {share(total['fee'])}",
        f"since {document['window']['start']}: paid {money(total['paid'], glyphs, signed=False)}, P&L of the same days "
        f"{money(total['profit_covered'], glyphs)}, net {money(total['net'], glyphs)}, of "
        f"{share(total['covered_ratio'])} of the dollar-days; looks since {document['path_since']}",
    ]
    tiers = (
        f"{tier_word(one['label'])} {money(one['carry_day'], glyphs, signed=False)}"
        for one in document["sums"]["tiers"]
    )
    lines.append(f"carry a day by tier: {', '.join(tiers)}")
    lines.append(
        f"{names[HARDEST]:,} names with a fee, {names[RISING]:,} with fee and price up, {names[GONE]:,} gone to none"
    )
    return lines


def borrow_remark() -> str:
    """What docs/contract.md says of the sums."""
    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in BORROW_SUM_FIELDS)
    return f"`sums.total` and each of `sums.tiers` have\n\n| key | meaning |\n|---|---|\n{keys}"
