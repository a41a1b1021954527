"""The document of the user's own positions, `snapshot book`, beside what the crowd made on the same days."""

from __future__ import annotations

from dataclasses import fields as fields_of
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from shortside.own.figures import OwnBook, OwnFigures
from shortside.own.positions import NOT_PRICED
from shortside.own.remarks import remarks_on
from shortside.own.totals import OwnShare, OwnTotals, totals_of
from shortside.words.group_words import tier_word
from tui.documents.kind import Document, DocumentContent, DocumentRequest, Record
from tui.documents.values import records, rounded_ratio, usd
from tui.errors import SourceError
from widgets.fields import Field, PageColumn, Unit
from widgets.format import count, days, dollars, percent
from widgets.own_words import positions_words

if TYPE_CHECKING:
    from tui.settings.own_rows import RowProblem

MOST_PROBLEMS_IN_A_SENTENCE: Final = 3


def _exit_cell(record: Record, width: int, glyphs: Any) -> str:
    """Sessions, which are more than none however few shares there are."""
    value = record["exit_days"]
    if value is not None and 0 < value < 0.05:
        return "<0.1".rjust(width)
    return days(value, width, glyphs=glyphs)


def _shares_cell(record: Record, width: int, glyphs: Any) -> str:
    return count(record["shares"], width, glyphs=glyphs)


OWN_FIELDS: Final = (
    Field(
        "symbol", Unit.WORDS, "ticker; of a name without a price here as it was written", page=PageColumn("symbol", 7)
    ),
    Field("name", Unit.WORDS, "company; null where no source names it"),
    Field("account", Unit.WORDS, "as in the file; null where it names none"),
    Field("line", Unit.COUNT, "the row's line in the file; null of `total`"),
    Field("entry_date", Unit.DAY, "the day it was entered", page=PageColumn("entered", 10)),
    Field("entry_shares", Unit.NUMBER, "as in the file: negative is short, positive long"),
    Field("entry_price", Unit.NUMBER, "USD a share, as in the file"),
    Field(
        "shares",
        Unit.NUMBER,
        "on the split basis of `as_of`; null without a price",
        page=PageColumn("shares", 10, written=_shares_cell),
    ),
    Field("entry_price_now", Unit.NUMBER, "`entry_price` on the split basis of `as_of`", page=PageColumn("from", 8)),
    Field("price", Unit.NUMBER, "USD a share, to eight places", page=PageColumn("price", 8)),
    Field("price_date", Unit.DAY, "the day of `price`; earlier than `as_of` where that brought none"),
    Field(
        "value",
        Unit.DOLLARS,
        "`shares` × `price`: negative for a short; null without a price, and once the name stopped trading",
    ),
    Field(
        "profit",
        Unit.DOLLARS,
        "since entry: `shares` × (`price` − `entry_price_now`) + `distributed`; gross of borrow and commissions",
        page=PageColumn("P&L", 8, is_signed=True),
    ),
    Field(
        "profit_ratio",
        Unit.RATIO,
        "`profit` / (`entry_shares` without their sign × `entry_price`)",
        page=PageColumn("P&L %", 7, is_signed=True),
    ),
    Field(
        "distributed",
        Unit.DOLLARS,
        "part of `profit`: distributions of 5 % of the price or more since entry, negative where a short owes them",
    ),
    Field(
        "profit_today",
        Unit.DOLLARS,
        "of the last session; since entry where it was entered then; null without a close before it, or a price in it",
        page=PageColumn("today", 8, is_signed=True),
    ),
    Field("profit_today_ratio", Unit.RATIO, "`profit_today` / what the position was worth before"),
    Field(
        "crowd_profit",
        Unit.DOLLARS,
        "what all shorts of the name made from the close before `entry_date` on, less the distributions they owe;"
        " null where shares short are not known from then on",
    ),
    Field(
        "crowd_profit_ratio",
        Unit.RATIO,
        "`crowd_profit` / their average short interest of those days",
        page=PageColumn("crowd %", 7, is_signed=True),
    ),
    Field("crowd_distributed", Unit.DOLLARS, "part of `crowd_profit`, negative"),
    Field("crowd_profit_today", Unit.DOLLARS, "what all shorts of the name made in the last session"),
    Field(
        "carry", Unit.DOLLARS, "a year at today's borrow fee, negative; null where no fee is known, and of a long one"
    ),
    Field("carry_ratio", Unit.RATIO, "the annual fee, negative: it is a cost", page=PageColumn("carry", 6)),
    Field(
        "exit_days",
        Unit.NUMBER,
        "sessions that closing takes at `exit_volume` of the average volume",
        page=PageColumn("exit d", 6, written=_exit_cell),
    ),
    Field("short_interest_share", Unit.RATIO, "of all shares short of the name; null of a long position"),
    Field("squeeze", Unit.NUMBER, "0 to 100, as in names", page=PageColumn("sqz", 4)),
    Field("crowding", Unit.NUMBER, "0 to 100, as in names"),
    Field("crowding_decile", Unit.COUNT, "1 to 10; 10 are the most crowded tenth of all names with a score"),
    Field("tier", Unit.WORDS, "by `tier_basis`; null without a price"),
    Field("remarks", Unit.WORDS, "why figures are null or of an earlier day, in words"),
)


def book_content(asked: DocumentRequest) -> DocumentContent:
    """The document of the user's own positions; docs/contract.md describes it by `own_content` of the catalog."""
    from tui.settings.own_file import own_file, read_own_file
    from tui.sources.own_book import fitted

    board, loaded, options = asked.board, asked.loaded, asked.options
    found = fitted(read_own_file(own_file(options)), board, loaded, options)
    book = found.book
    if not book.placed.positions:
        raise SourceError(f"none of your own positions can be shown: {_sentence(found.problems)}")
    figures = book.figures()
    totals = totals_of(book, figures)
    remarks = [remarks_on(book, figures, row) for row in range(len(book.placed.positions))]
    rows = records(OWN_FIELDS, (_Row(own_row(book, figures, row, remarks[row])) for row in range(len(remarks))))
    content = {
        "exit_volume": options.exit_volume,
        "book_written_at": None if found.written_at is None else found.written_at.isoformat(),
        "rows": rows,
        "total": records(OWN_FIELDS, [_Row(_total_row(totals))])[0],
        "sums": _sums(totals),
        "problems": [{"line": one.line or None, "words": one.words} for one in found.problems],
        "notes": _notes(rows, found.problems),
    }
    return DocumentContent(content, loaded.inputs)


class _Row:
    """A row whose keys are attributes; what it lacks is unknown."""

    def __init__(self, values: Record) -> None:
        self._values = values

    def __getattr__(self, key: str) -> Any:
        return self._values.get(key)


def own_row(book: OwnBook, figures: OwnFigures, row: int, remarks: tuple[str, ...]) -> Record:
    """Everything that is known of a position, by the keys of the document."""
    placed, board = book.placed, book.board
    position, column = placed.positions[row], int(placed.columns[row])
    market, is_priced = board.market, column != NOT_PRICED
    known = {field.name: float(getattr(figures, field.name)[row]) for field in fields_of(OwnFigures)}
    last = min(int(market.last_priced[column]), len(market.sessions) - 1) if is_priced else 0
    day: date = market.sessions[-1 if is_priced and book.is_quoted[row] else last].astype(date)
    return known | {
        "symbol": str(market.symbols[column]) if is_priced else position.symbol,
        "name": str(market.names[column]) if is_priced else "",
        "account": position.account,
        "line": position.line,
        "entry_date": position.entry_date,
        "entry_shares": position.shares,
        "entry_price": position.price,
        "shares": float(placed.shares[row]),
        "entry_price_now": float(placed.entry_price[row]),
        "price_date": day if is_priced else None,
        "tier": board.scheme.labels[int(figures.tier_codes[row])] if is_priced else "",
        "remarks": "; ".join(remarks),
    }


def _total_row(totals: OwnTotals) -> Record:
    return {
        "symbol": "total",
        "value": totals.net,
        "profit": totals.profit,
        "profit_ratio": totals.profit_ratio,
        "profit_today": totals.profit_today,
        "carry": totals.carry,
    }


def _sums(totals: OwnTotals) -> Record:
    in_dollars = ("short_dollars", "long_dollars", "gross", "net")
    counts = ("shorts", "longs", "names", "without_price", "ended")
    unknown = ("profit_unknown", "profit_today_unknown", "carry_unknown")
    return {
        **{key: usd(getattr(totals, key)) for key in in_dollars},
        **{key: getattr(totals, key) for key in (*counts, *unknown)},
        "by_tier": [_share("tier", one) for one in totals.by_tier],
        "by_decile": [_share("decile", one) for one in totals.by_decile],
    }


def _share(key: str, one: OwnShare) -> Record:
    return {key: one.label, "short_dollars": usd(one.dollars), "share": rounded_ratio(one.share)}


def _notes(rows: list[Record], problems: tuple[RowProblem, ...]) -> list[str]:
    said = [f"{record['symbol']} (line {record['line']}): {record['remarks']}" for record in rows if record["remarks"]]
    return [*(problem.sentence for problem in problems), *said]


def _sentence(problems: tuple[RowProblem, ...]) -> str:
    first = "; ".join(problem.sentence for problem in problems[:MOST_PROBLEMS_IN_A_SENTENCE])
    more = len(problems) - MOST_PROBLEMS_IN_A_SENTENCE
    return (first or "the file has no rows below its first line") + (f"; and {more} more" if more > 0 else "")


def book_headline(document: Document) -> str:
    """How many positions there are, and of how many dollars."""
    sums = document["sums"]
    return positions_words(sums["shorts"], sums["longs"], sums["gross"])


def book_summary(document: Document, glyphs: Any) -> list[str]:
    """Where one's own short dollars lie, and how many figures no sum holds."""
    sums = document["sums"]
    said = []
    for key, words in (("tier", "by tier"), ("decile", "by decile of crowding, 10 the most crowded")):
        parts = (
            f"{tier_word(one[key])} {dollars(one['short_dollars'], 8, glyphs=glyphs).strip()}"
            f" {percent(one['share'], 6, False, decimals=0, glyphs=glyphs).strip()}"
            for one in sums[f"by_{key}"]
        )
        if text := ", ".join(parts):
            said.append(f"short dollars {words}: {text}")
    unknown = {"P&L": "profit_unknown", "today": "profit_today_unknown", "borrow fee": "carry_unknown"}
    counted = ", ".join(f"{words} {sums[key]:,}" for words, key in unknown.items() if sums[key])
    return [*said, f"unknown, and in no sum: {counted}"] if counted else said
