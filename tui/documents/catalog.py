"""The one list of documents that `shortside snapshot` prints, with the functions that make them.

A new document is one more record of `DOCUMENTS`: the command line and its help, every format, the page for people,
docs/contract.md and the tests read the list. The command line does so at each start, so that whatever is heavy is
imported where a document is made. Long because the list is.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

from shortside.words.group_words import tier_word
from tui.documents.kind import Document, DocumentContent, DocumentKind, DocumentRequest, Record
from tui.documents.table_kinds import TABLE_KINDS
from tui.documents.values import records, usd
from widgets.fields import Field, PageColumn, Unit

if TYPE_CHECKING:
    from datetime import datetime

    from shortside.board import Board
    from shortside.breadth import Breadth
    from tui.settings.configuration import Options


def _board(asked: DocumentRequest) -> Board:
    """What is asked of, where any position is known: without one every figure would be a zero that means unknown.

    Raises:
        SourceError: no settlement was public by the day in view.
    """
    from tui.errors import SourceError

    board = asked.board
    if board.measured_to is None:
        raise SourceError(f"no settlement of short interest that was public by {board.market.last_session} is there")
    return board


# -- tiers and sectors --------------------------------------------------------------------------------------------


def _tier_cell(record: Record, width: int, glyphs: Any) -> str:
    """The tier and from which market cap on: `mega ≥ 200B`."""
    from widgets.format import dollars, fit

    bound = record.get("lower_bound")
    words = f"{record['tier']} ≥ {dollars(bound, 5, glyphs=glyphs).strip()}" if bound else tier_word(record["tier"])
    return fit(words, width, glyphs=glyphs)


def _band_cell(record: Record, width: int, glyphs: Any) -> str:
    """Half of what lies between the least and the most P&L."""
    from widgets.format import dollars

    high, low = record["profit_high"], record["profit_low"]
    return dollars(None if high is None or low is None else (high - low) / 2, width, glyphs=glyphs)


GROUP_FIELDS: Final = (
    Field("names", Unit.COUNT, "names held short at some time in the window", page=PageColumn("names", 6)),
    Field(
        "average_short_interest",
        Unit.DOLLARS,
        "mean over the window's sessions and the one before it",
        page=PageColumn("avg SI", 7),
    ),
    Field("short_interest_start", Unit.DOLLARS, "at the close of `window.start`"),
    Field("short_interest_end", Unit.DOLLARS, "at the close of `window.end`"),
    Field(
        "profit",
        Unit.DOLLARS,
        "gross mark-to-market P&L of the shorts, price only",
        page=PageColumn("P&L", 8, is_signed=True),
    ),
    Field("profit_low", Unit.DOLLARS, "the least it may be if shares moved one way between settlements"),
    Field("profit_high", Unit.DOLLARS, "the most it may be", page=PageColumn("±", 6, written=_band_cell)),
    Field(
        "profit_ratio",
        Unit.RATIO,
        "`profit` / `average_short_interest`; may exceed 1",
        page=PageColumn("P&L %", 8, is_signed=True),
    ),
    Field(
        "new_short",
        Unit.DOLLARS,
        "shorting less covering in the window, at the prices of the days",
        page=PageColumn("new short", 9, is_signed=True),
    ),
    Field(
        "new_short_30d",
        Unit.DOLLARS,
        "shorting less covering over the last 30 calendar days",
        page=PageColumn("new 30d", 8, is_signed=True),
    ),
    Field(
        "new_short_prior_30d",
        Unit.DOLLARS,
        "shorting less covering over the 30 calendar days before those; null where no settlement is known from then",
        page=PageColumn("prior 30d", 9, is_signed=True),
    ),
    Field("financing", Unit.DOLLARS, "estimate of the borrow's cost over the window, where a fee is known; else null"),
    Field("new_short_cycle", Unit.DOLLARS, "shorting less covering in the cycle; null without two settlements"),
    Field("new_short_prior_cycle", Unit.DOLLARS, "shorting less covering in the cycle before; null without one"),
)
TIER_FIELDS: Final = (
    Field(
        "tier",
        Unit.WORDS,
        "`mega large mid small micro nano unclassified` (in text `unknown`); `mega+large`, `mid`, `small+micro+nano`; "
        "`total`",
        lambda row: row.label,
        PageColumn("tier", 19, written=_tier_cell),
    ),
    Field("lower_bound", Unit.AS_IT_IS, "least market cap, USD; null for groups without one"),
    *GROUP_FIELDS,
    Field(
        "migration",
        Unit.DOLLARS,
        "P&L here which the caps at the window's start would have put into other tiers",
        page=PageColumn("migrated", 8, is_signed=True),
    ),
    Field("gaining_names_ratio", Unit.RATIO, "share of the names whose shorts made money"),
)
SECTOR_FIELDS: Final = (
    Field(
        "sector", Unit.WORDS, "by Nasdaq's scheme; `unknown`; `total`", lambda row: row.label, PageColumn("sector", 22)
    ),
    *GROUP_FIELDS,
    Field("share_of_short_interest", Unit.RATIO, "of all short dollars at the end"),
    Field(
        "gaining_names_ratio", Unit.RATIO, "share of the names whose shorts made money", page=PageColumn("gained", 6)
    ),
)


def tiers_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the tiers from the largest down, then `unclassified`, whose share count is unknown.

    `rollup` are the three groups S3 Partners prints, and the unclassified; `total` is all of them. `reconciliation` is
    the identity of the total: `start` + `new_short` − `profit` = `end`, with the `residual` left over. A position that
    was short before its first close or report in the window is not new: it has no start and no new shorts but those
    after that close. `appeared` is what such positions were worth then, and all of the residual but rounding;
    `appeared_names` are their symbols, the largest first. The P&L of `1d` is null while the session before lacks its
    closes. `left_out` counts the securities not in stock totals, by reason (`etf preferred warrant unit right note
    fund`, and `no_price` for what looks like a stock and has no price here). With `--list`, `list` is the own list and
    `listed` its sums, a row like the others; its names are in their tiers, too.
    """
    from shortside.rows import tier_table
    from tui.documents.chosen_names import listed_record

    board = _board(asked)
    table = tier_table(board, with_trends=False)
    identity = table.reconciliation
    content = {
        "rows": records(TIER_FIELDS, table.rows),
        "rollup": records(TIER_FIELDS, table.rollup),
        "total": records(TIER_FIELDS, [table.total])[0],
        "reconciliation": {
            "start": usd(identity.start),
            "new_short": usd(identity.new_short),
            "profit": usd(identity.profit),
            "end": usd(identity.end),
            "residual": usd(identity.residual),
            "appeared": usd(identity.appeared),
            "appeared_names": list(identity.appeared_names),
        },
        **listed_record(asked, TIER_FIELDS),
        "left_out": board.left_out,
    }
    return DocumentContent(content, asked.loaded.inputs)


def sectors_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` by sector, the most shorted first, and `total`; `listed` and `left_out` as of the tiers."""
    from shortside.rows import sector_rows, tier_table
    from tui.documents.chosen_names import listed_record

    board = _board(asked)
    content = {
        "rows": records(SECTOR_FIELDS, sector_rows(board)),
        "total": records(SECTOR_FIELDS, [tier_table(board, with_trends=False).total])[0],
        **listed_record(asked, SECTOR_FIELDS),
        "left_out": board.left_out,
    }
    return DocumentContent(content, asked.loaded.inputs)


# -- names --------------------------------------------------------------------------------------------------------


def _name_fields() -> tuple[Field, ...]:
    from widgets.exported_names import name_fields

    return name_fields()


def _orders() -> str:
    from widgets.exported_names import name_orders

    return (
        f"`--sort` takes `{' '.join(name_orders())}`. Filters apply after scoring. docs/conditions.md explains what"
        " `--where` takes."
    )


def _ranked(document: Document) -> str:
    return f"{len(document['rows']):,} of {document['names']:,} by {document['sort']}"


def names_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the names held short in the window, ranked by `sort` and cut at `--limit` (25; 0 is all).

    The largest come first, with a minus before `sort` the smallest; unknown ones last either way, equal ones by symbol.
    `names` counts them before the cut. `crowding_version` stamps the score. With `--where`, `where` is the condition as
    it was understood, with the names of this page; with `--symbols` and of the symbols of `--list`, `absent`
    says why one has no row; with `--list`, `list` is its name; with `--columns`, `columns` lists the keys there are.
    """
    import numpy as np

    from shortside.crowding import CROWDING_VERSION
    from tui.documents.chosen_names import absent_symbols, is_chosen, is_found, is_listed, of_own_list
    from tui.settings.options import words_of_list
    from widgets.exported_names import name_orders, name_values
    from widgets.name_conditions import filter_words
    from widgets.name_index import NameIndex

    board, options, sort = _board(asked), asked.options, asked.options.sort
    values = np.asarray(name_orders()[sort.removeprefix("-")](board), np.float64)
    chosen, index = is_chosen(board, options.tier, options.sector), NameIndex(board.market)
    content: Record = {"crowding_version": CROWDING_VERSION, "sort": sort}
    if options.where is not None:
        chosen &= is_found(board, index, options.where, asked.lists)
        content["where"] = filter_words(options.where, board, index, asked.lists)
    symbols: tuple[str, ...] = ()
    if options.list is not None:
        content["list"], is_on_list = of_own_list(board, index, options.list, asked.lists)
        chosen &= is_on_list
        symbols += asked.lists[content["list"]].symbols
    if options.symbols is not None:
        chosen &= is_listed(index, words_of_list(options.symbols))
        symbols += words_of_list(options.symbols)
    if symbols:
        content["absent"] = absent_symbols(board, index, symbols, chosen)
    fields = _name_fields()
    if options.columns is not None:
        by_key, keys = {field.key: field for field in fields}, words_of_list(options.columns)
        fields = tuple(by_key[key] for key in keys)
        content["columns"] = list(keys)
    order = board.order(values, not sort.startswith("-"), chosen)
    shown = order[: options.limit] if options.limit else order
    values_of = name_values(board, shown, [field.key for field in fields])
    content |= {"names": len(order), "rows": records(fields, values_of)}
    return DocumentContent(content, asked.loaded.inputs)


# -- breadth ------------------------------------------------------------------------------------------------------

BREADTH_FIELDS: Final = (
    Field("tier", Unit.WORDS, "a tier, or `total`", page=PageColumn("tier", 14, written=_tier_cell)),
    Field("names", Unit.COUNT, "names held short at some time in the window", page=PageColumn("names", 6)),
    Field("names_gaining", Unit.COUNT, "those whose shorts made money", page=PageColumn("gained", 7)),
    Field("names_losing", Unit.COUNT, "those whose shorts lost money", page=PageColumn("lost", 7)),
    Field("names_flat", Unit.COUNT, "those whose shorts did neither", page=PageColumn("flat", 6)),
    Field("gaining_names_ratio", Unit.RATIO, "`names_gaining` / `names`", page=PageColumn("gained %", 8)),
    Field(
        "dollars_gaining",
        Unit.DOLLARS,
        "average short interest of the names whose shorts made money",
        page=PageColumn("$ gained", 9),
    ),
    Field(
        "dollars_losing",
        Unit.DOLLARS,
        "average short interest of those whose shorts lost money",
        page=PageColumn("$ lost", 9),
    ),
    Field(
        "dollars_flat",
        Unit.DOLLARS,
        "average short interest of those whose shorts did neither",
        page=PageColumn("$ flat", 8),
    ),
    Field(
        "gaining_dollars_ratio",
        Unit.RATIO,
        "`dollars_gaining` / the sum of all three",
        page=PageColumn("$ gained %", 10),
    ),
)


def breadth_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` per tier, and `total`: names and, separately, short dollars; `indexes` has the members of each index.

    Members are those at `window.start`, by dated membership where the folder `index` of a market folder has it (docs,
    below), and else estimated by market-cap rank of that close: the 500 largest, ranks 1 to 1,000, 1,001 to 3,000, and
    the 100 largest listed at Nasdaq outside the sector Finance. `membership` says which. A list of one day is used for
    a year from it, never before it.
    """
    import numpy as np

    from shortside.breadth import breadth as breadth_of
    from tui.documents.tables.index_breadth import index_records

    board = _board(asked)
    average, labels = board.average_short_interest, board.scheme.labels
    everyone = np.zeros(len(board.market.symbols), np.int64)
    by_tier = breadth_of(board.profit, average, board.tier_codes, len(labels), board.included)
    total = breadth_of(board.profit, average, everyone, 1, board.included)
    rows = records(BREADTH_FIELDS, [_breadth_row(by_tier, row, label) for row, label in enumerate(labels)])
    sums = records(BREADTH_FIELDS, [_breadth_row(total, 0, "total")])[0]
    if not board.is_window_known:
        # Where nobody's P&L is known, neither is who made any.
        rows = [{**dict.fromkeys(row), "tier": row["tier"]} for row in rows]
        sums = {**dict.fromkeys(sums), "tier": sums["tier"]}
    content = {"rows": rows, "total": sums, "indexes": index_records(board, asked.options)}
    return DocumentContent(content, asked.loaded.inputs)


def _breadth_row(found: Breadth, row: int, label: str) -> SimpleNamespace:
    return SimpleNamespace(
        tier=label,
        names=found.names[row],
        names_gaining=found.gaining[row],
        names_losing=found.losing[row],
        names_flat=found.flat[row],
        gaining_names_ratio=found.gaining_names_ratio[row],
        dollars_gaining=found.gaining_dollars[row],
        dollars_losing=found.losing_dollars[row],
        dollars_flat=found.flat_dollars[row],
        gaining_dollars_ratio=found.gaining_dollars_ratio[row],
    )


def _breadth_summary(document: Document, glyphs: Any) -> list[str]:
    from tui.documents.tables.index_breadth import indexes_summary

    return indexes_summary(document, glyphs)


def _breadth_remark() -> str:
    from tui.documents.tables.index_breadth import indexes_remark

    return indexes_remark()


# -- flows --------------------------------------------------------------------------------------------------------


def _flow_fields() -> tuple[Field, ...]:
    from tui.documents.tables.flows import FLOW_FIELDS

    return FLOW_FIELDS


def _flow_summary(document: Document, glyphs: Any) -> list[str]:
    from tui.documents.tables.flows import flows_summary

    return flows_summary(document, glyphs)


def _flow_remark() -> str:
    from tui.documents.tables.flows import flows_remark

    return flows_remark()


def flows_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are exchange-traded funds, the largest first; `segments` are their sums.

    A fund makes and takes back shares at net asset value, so a change of their number is money: `flow` of a day is
    (shares − shares the day before) × `nav`. A count is printed the next morning by nine: `as-known`, the newest on an
    evening is that of the session before. A flow is null where the count it starts from is not known. Funds are in no
    total of the other documents. No row at all ends in 4. A week is five sessions; weeks are counted back from
    `count_date` and do not overlap. Sums of `segments` are dollars of the funds that are known on its newest
    `count_date`; `unknown` names per figure those that are not, and a segment with one in `flow_5d` has no rank.
    """
    from tui.documents.tables.flows import flows_document

    return flows_document(asked)


# -- feeds --------------------------------------------------------------------------------------------------------


FEED_FIELDS: Final = (
    Field("dataset", Unit.WORDS, "what it holds", lambda age: age.dataset.value, PageColumn("dataset", 18)),
    Field("as_of", Unit.DAY, "the day it speaks of", page=PageColumn("as of", 10, place=1)),
    Field(
        "published_at",
        Unit.MOMENT,
        "when its source made it public",
        page=PageColumn("published", 16, place=1),
    ),
    Field(
        "fetched_at",
        Unit.MOMENT,
        "when it was fetched",
        page=PageColumn("fetched", 16, place=1),
    ),
    Field("source", Unit.WORDS, "who gave it", page=PageColumn("source", 8)),
    Field(
        "freshness",
        Unit.WORDS,
        "how old that is, in words",
        lambda age: age.freshness.words,
        PageColumn("freshness (UTC)", 22, place=1),
    ),
    Field("state", Unit.WORDS, "`current late stale unknown`", lambda age: age.freshness.state.value),
    Field("missed", Unit.COUNT, "publications of its source since", lambda age: age.freshness.missed),
    Field("due_next", Unit.MOMENT, "when its source publishes next", lambda age: age.freshness.due_next),
)


def feeds_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the inputs, each with its two clocks.

    `repaired_share_counts` and `splits_applied` are counted; `unexplained_splits` are symbols whose P&L may be wrong;
    `notes` are what else is known to be wrong.
    """
    from tui.documents.board_notes import board_notes

    market, inputs = asked.board.market, asked.loaded.inputs
    content = {
        "rows": records(FEED_FIELDS, inputs),
        "repaired_share_counts": len(market.repaired_share_counts),
        "splits_applied": market.splits_applied,
        "unexplained_splits": list(market.unexplained_splits),
        "notes": [*asked.loaded.notes, *board_notes(asked.board)],
    }
    return DocumentContent(content, inputs)


# -- publications -------------------------------------------------------------------------------------------------


def _published_fields() -> tuple[Field, ...]:
    from tui.documents.published import PUBLISHED_FIELDS

    return PUBLISHED_FIELDS


def published_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the names held short between two settlements, the largest builds and covers first, cut at `--limit`.

    A file of FINRA's against what was carried until it came. `settlement` and `settlement_before` are the two dates,
    `published` the day the file was due, `due_at` the minute, `seen_at` when it was fetched first (null where nobody
    kept that) and `late_seconds` how much later than due that was (null where nobody looked on that evening).
    `prices_to` is the day up to which prices are followed. With `--cycle` the market is read as it stood on the evening
    of publication; without, the newest publication known on the day in view is told at that day's prices. `names`
    counts the names before the cut. `sums` has the `total`, `tiers` and `sectors` of all of them, whose keys stand
    below: start + new + turned up + price = end, to the cent. A cycle that is not there ends in 4, and the nearest is
    named.
    """
    from tui.documents.published import publication_document

    return publication_document(asked)


def _published_options(options: Options, now: datetime) -> Options:
    from tui.sources.publications import options_of_publication

    return options_of_publication(options, now)


def _published_headline(document: Document) -> str:
    from tui.documents.published_page import published_headline

    return published_headline(document)


def _published_summary(document: Document, glyphs: Any) -> list[str]:
    from tui.documents.published_page import published_summary

    return published_summary(document, glyphs)


def _published_remark() -> str:
    from tui.documents.published import SUM_FIELDS

    keys = "\n".join(f"| `{field.key}` | {field.meaning} |" for field in SUM_FIELDS)
    return f"Each of `sums.total`, `sums.tiers` and `sums.sectors` has\n\n| key | meaning |\n|---|---|\n{keys}"


# -- one name -----------------------------------------------------------------------------------------------------


def _cycle_fields() -> tuple[Field, ...]:
    from tui.documents.one_name import CYCLE_FIELDS

    return CYCLE_FIELDS


def symbol_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the settlements of one name, the newest first, as its own screen shows them.

    `shortside snapshot symbol GME`; `brk/b` and `BRK-B` are BRK.B. `figures` is everything the screen says of the
    name. `splits` are those applied to the sessions in view, each with its first session on the new basis and
    `price_factor`, by which earlier prices are multiplied; null where the source keeps none. `distributions` are the
    days on which the price went without a part of itself (`price_ratio`) that shorts owe to the lender. `doubtful` is
    what is doubtful of this name. NDJSON has the line of `figures` first, with the group `name`; CSV has the
    settlements only. A symbol that is none ends in 4 with the nearest ones, and so does a fund or another security that
    is left out, with the reason.
    """
    from tui.documents.one_name import symbol_document

    _board(asked)
    return symbol_document(asked)


def _symbol_headline(document: Document) -> str:
    from tui.documents.one_name import symbol_headline

    return symbol_headline(document)


def _symbol_summary(document: Document, glyphs: Any) -> list[str]:
    from tui.documents.one_name import symbol_summary

    return symbol_summary(document, glyphs)


def _symbol_remark() -> str:
    from tui.documents.one_name import symbol_remark

    return symbol_remark()


# -- own positions ------------------------------------------------------------------------------------------------


def _own_fields() -> tuple[Field, ...]:
    from tui.documents.own_positions import OWN_FIELDS

    return OWN_FIELDS


def _own_headline(document: Document) -> str:
    from tui.documents.own_positions import book_headline

    return book_headline(document)


def _own_summary(document: Document, glyphs: Any) -> list[str]:
    from tui.documents.own_positions import book_summary

    return book_summary(document, glyphs)


def own_content(asked: DocumentRequest) -> DocumentContent:
    """`rows` are the user's own positions, in the order of the file; `total` is their sum, an unknown one in no sum.

    The file is `--book`, or `book.csv` beside the configuration file. A long position (a hedge) is in `gross`, `net`
    and P&L, and in nothing that is said of shorts: fees, shares of short interest, tiers and deciles. `sums` has the
    dollars, how many figures are unknown, and by tier and by decile of crowding where the short dollars lie.
    `problems` are the rows that could not be read or are not of the days in view, each with its line. There are two
    clocks: prices are of `as_of`, positions of `book_written_at`, when the file was written. Without a file, or a row
    in it that counts, it ends in 4.
    """
    from tui.documents.own_positions import book_content

    return book_content(asked)


DOCUMENTS: Final = (
    DocumentKind(
        name="tiers",
        words="P&L, short interest and new short dollars per market-cap tier",
        title="Short P&L by market-cap tier",
        fields=lambda: TIER_FIELDS,
        make=tiers_content,
        options=("list",),
    ),
    DocumentKind(
        name="names",
        words="the most crowded names, or by any other column",
        title="Names held short",
        fields=_name_fields,
        make=names_content,
        options=("sort", "limit", "tier", "sector", "where", "symbols", "list", "columns"),
        headline=_ranked,
        remark=_orders,
    ),
    DocumentKind(
        name="symbol",
        words="one name: all its figures, and every settlement",
        title="Name",
        fields=_cycle_fields,
        make=symbol_content,
        subject="SYMBOL",
        headline=_symbol_headline,
        summary=_symbol_summary,
        remark=_symbol_remark,
    ),
    DocumentKind(
        name="sectors",
        words="P&L, short interest and new short dollars per sector",
        title="Short P&L by sector",
        fields=lambda: SECTOR_FIELDS,
        make=sectors_content,
        options=("list",),
    ),
    DocumentKind(
        name="breadth",
        words="how many shorts gained, lost or stood still",
        title="How many shorts gained",
        fields=lambda: BREADTH_FIELDS,
        make=breadth_content,
        summary=_breadth_summary,
        remark=_breadth_remark,
    ),
    *TABLE_KINDS,
    DocumentKind(
        name="flows",
        words="money into and out of exchange-traded funds, by segment, with the rank of the latest week",
        title="Money into and out of funds",
        fields=_flow_fields,
        make=flows_content,
        summary=_flow_summary,
        remark=_flow_remark,
    ),
    DocumentKind(
        name="published",
        words="what a publication of short interest changed",
        title="Published",
        fields=_published_fields,
        make=published_content,
        options=("limit", "cycle"),
        headline=_published_headline,
        summary=_published_summary,
        settled=_published_options,
        remark=_published_remark,
    ),
    DocumentKind(
        name="feeds",
        words="the inputs and how old they are",
        title="Inputs",
        fields=lambda: FEED_FIELDS,
        make=feeds_content,
        has_inputs=False,
    ),
    DocumentKind(
        name="book",
        words="your own positions, beside what the crowd made on the same days",
        title="My book",
        fields=_own_fields,
        make=own_content,
        headline=_own_headline,
        summary=_own_summary,
    ),
)
"""Every document, in the order in which `--help` names them."""


def document_kind(name: str) -> DocumentKind:
    """The document called `name` on the command line.

    Raises:
        KeyError: there is none.
    """
    for kind in DOCUMENTS:
        if kind.name == name:
            return kind
    raise KeyError(name)
