"""The one list of the tables of the market that `M` shows. A new table is one more record."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from shortside.words.group_words import UNKNOWN
from tui.documents.catalog import BREADTH_FIELDS
from tui.documents.evidence import (
    BUCKET_FIELDS,
    DECILE_FIELDS,
    EVENING_FIELDS,
    NO_HISTORY,
    RANKING_FIELDS,
    decile_records,
    evidence_summary,
)
from tui.documents.kind import Document, Record
from tui.documents.tables.certainty import CERTAINTY_FIELDS, certainty_summary
from tui.documents.tables.flows import FLOW_FIELDS, SEGMENT_TABLE_FIELDS, flows_summary
from tui.documents.tables.index_breadth import INDEX_FIELDS, indexes_summary
from tui.documents.tables.migration import BRIDGE_FIELDS, MOVED_FIELDS, migration_summary
from tui.documents.tables.sector_tiers import SECTOR_TIER_FIELDS, sector_tiers_summary
from tui.documents.tables.shorting import SHORTING_FIELDS, SHORTING_SUM_FIELDS, shorting_rows, shorting_summary
from tui.documents.tables.winners import WINNER_FIELDS, winner_rows, winners_summary
from tui.screens.market_table import GroupOfNames, MarketTable
from widgets.formula import OUR_OWN_CHOICE, S3_DEFINITION, Formula

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.documents.tables.rows import TableRows

TOTAL_LABEL: Final = "total"
Summary = Callable[[Document, Record | None, Any], list[str]]


def _sentences(summary: Callable[[Document, Any], list[str]], most: int | None = None) -> Summary:
    """The sentences of a document's page, whichever row the cursor is on."""
    return lambda document, _, glyphs: summary(document, glyphs)[:most]


def _bridge_of_tier(document: Document, record: Record | None, glyphs: Any) -> list[str]:
    """How the P&L of the tier under the cursor becomes that by its end."""
    tiers = [one["tier"] for one in document["tiers"]]
    if record is None or record["tier"] not in tiers:
        return []
    return [migration_summary(document, glyphs)[tiers.index(record["tier"])]]


def _largest_moves(document: Document, record: Record | None, glyphs: Any) -> list[str]:
    """Between which tiers the most P&L moved."""
    return migration_summary(document, glyphs)[len(document["tiers"]) :]


def _of_index(document: Document, record: Record | None, glyphs: Any) -> list[str]:
    """What is said of the index under the cursor."""
    found = [one for one in document["indexes"] if record is not None and one["index"] == record["index"]]
    return indexes_summary({"indexes": found}, glyphs)


def _of_row(key: str, part: str, summary: Callable[[Document, Any], list[str]]) -> Summary:
    """The sentence on what is named under the key of the row under the cursor, of those on a part of the document."""

    def sentence(document: Document, record: Record | None, glyphs: Any) -> list[str]:
        mine = [one for one in document[part] if record is not None and one[key] == record[key]]
        return summary({part: mine}, glyphs)

    return sentence


def _of_document(key: str, fields: Any, *, total: str = "") -> Callable[[Board, Document], TableRows]:
    """Rows that stand in the document, and the one that sums them."""

    def rows(board: Board, document: Document) -> TableRows:
        from tui.documents.tables.rows import rows_of_records, tier_ranks

        found: Any = document
        for part in key.split("."):
            found = found[part]
        sums: Any = document["sums"]["total"] if total == "sums" else document.get(total)
        totals = [] if sums is None else [sums]
        return rows_of_records(fields, [*found, *totals], ranks=tier_ranks(board), totals=len(totals))

    return rows


def _tier_of(key: str) -> Callable[[Record], GroupOfNames]:
    """The names of the tier that stands under a key; all of them on the row of the sums."""
    return lambda record: GroupOfNames() if record[key] == TOTAL_LABEL else GroupOfNames(frozenset({record[key]}))


def _of_no_names(record: Record) -> None:
    """A row that no list of names belongs to: of a fund, or of many evenings at once."""


def _sector_of(key: str) -> Callable[[Record], GroupOfNames]:
    """The names of the sector that stands under a key; all of them on the row of the sums."""

    def group(record: Record) -> GroupOfNames:
        if record[key] == TOTAL_LABEL:
            return GroupOfNames()
        return GroupOfNames(sector="" if record[key] == UNKNOWN else record[key])

    return group


def _sector_and_tier(record: Record) -> GroupOfNames:
    return GroupOfNames(frozenset({record["tier"]}), _sector_of("sector")(record).sector)


_SHORTING: Final = Formula(
    title="Shorting and covering",
    formula="start + new + turned up + price = end\nnew = Σ (Q(t) − Q(t−1)) · P(t)   over the window",
    words="New is shorting (above zero) less covering (below), each day at its own price; price is what the price "
    "added to shares already short, their P&L with the sign turned. A position that stood there before its first "
    "close or report in the window has turned up: it is not new, and its own new is unknown. Beside it stands the "
    "window of the same kind before, where that is whole. Shares are known twice a month: after the last settlement "
    "known they are held, so that nothing is new then.",
    source=S3_DEFINITION,
)
_WINNERS: Final = Formula(
    title="Winners and losers",
    formula="gross = Σ −Q(t−1) · (P(t) − P(t−1)) − distributed\nnet = gross − mean of SI · fee · days / 360",
    words="What the shorts of a name made or lost on paper, without what was distributed, which they owe. Net is less "
    "the borrow at the fee known last, an estimate; a name without a fee has none. Between two settlements nobody "
    "knows when shares changed hands: ± is half the width of what P&L may be if they moved one way only, and “sure” "
    "says that it is of one sign wherever in that band it lies.",
    source=S3_DEFINITION,
)
_MIGRATION: Final = Formula(
    title="Migration between tiers",
    formula="by start + in − out = by end   for each tier",
    words="A name that fell is small because it fell. Sums by the cap at the window's end and by the cap at its start "
    "differ by what the names carried that moved between, and by nothing else. The basis of the view is without effect "
    "here: both ends are looked at.",
    source=OUR_OWN_CHOICE,
)
_CERTAINTY: Final = Formula(
    title="How certain the figures are",
    formula="± = half of (most − least) over one-way paths\nlate % = SI of names late / SI",
    words="The band of P&L between settlements; what the two methods between settlements make of it; how much short "
    "interest rests on names that the last settlement's file has no row of, so that an older figure is carried; names "
    "whose share count is an estimate; and what hangs on doubts, without regard to the sign.",
    source=OUR_OWN_CHOICE,
)
_SECTOR_TIERS: Final = Formula(
    title="Sectors by tier",
    formula="Σ over the names of a sector in a tier",
    words="Rows add up to the sectors, and by the basis start or end to the tiers, too; by daily a name counts in the "
    "tier of the last close. Dollars are added first and divided last.",
    source=S3_DEFINITION,
)

_FLOWS: Final = Formula(
    title="Money into and out of funds",
    formula="flow = Σ (shares(t) − shares(t−1)) · NAV(t)\nrank = 1 + weeks of a year with a larger flow",
    words="A fund makes and takes back shares at net asset value. A count is printed the next morning. A week is five "
    "sessions, counted back from the newest count: rank 1 is the largest inflow of a year, and “most in 10 wk” says "
    "that the tenth week before was the last as extreme, 10+ that counts end there. Segments are sums of dollars; of "
    "one with an unknown fund the week has no rank.",
    source=OUR_OWN_CHOICE,
)
_NO_FUNDS: Final = "FUND_flows.csv in the folder, or the next morning's look of --source public"

_EVIDENCE: Final = Formula(
    title="What the scores prove",
    formula="squeeze: max P(t+1 … t+21) > 1.25 · P(t)  and  Q two publications on < 0.9 · Q\n"
    "AUC = chance that a squeeze stands above another name",
    words="Every publication of your own history whose outcome is public, scored as it was known on its evening with "
    "coefficients fitted only on what was public before: out of sample. Said is the mean probability, came "
    "the frequency of squeezes. Likely are names of at least 8 %, or the ten most likely ones. docs/evidence.md has "
    "the record walk forward.",
    source=OUR_OWN_CHOICE,
)
_WHOLE_HISTORY: Final = "of all your history whose outcome is public, whatever the window"
_SPANS_OF_FLOWS: Final = "of the sessions up to each fund's newest count, whatever the window"
_BREADTH: Final = Formula(
    title="How many shorts gained",
    formula="gained % = names whose shorts made money / names",
    words="Names and, separately, the dollars short in them: a few large names may lose while most gain.",
    source=OUR_OWN_CHOICE,
)
_INDEXES: Final = Formula(
    title="Members of indexes",
    formula="by cap = Σ return · cap / Σ cap   at the window's start",
    words="The members of each index at the window's start, and the shorts in them, beside the index's own fund. Where "
    "no dated list of members is known they are estimated by rank of market cap, and “membership” says so. The fund's "
    "return has its price only.",
    source=OUR_OWN_CHOICE,
)


def _tenths(board: Board, document: Document) -> TableRows:
    """The tenths of every score."""
    from tui.documents.tables.rows import rows_of_records

    return rows_of_records(DECILE_FIELDS, decile_records(document))


MARKET_TABLES: Final = (
    MarketTable(
        name="shorting",
        words="shorting and covering",
        document="shorting",
        fields=SHORTING_FIELDS,
        formula=_SHORTING,
        rows=lambda board, _: shorting_rows(board),
        order_words="by size of new $",
        summary=_sentences(shorting_summary, most=1),
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="shorting-tiers",
        words="shorting by tier",
        document="shorting",
        fields=SHORTING_SUM_FIELDS,
        formula=_SHORTING,
        rows=_of_document("sums.tiers", SHORTING_SUM_FIELDS, total="sums"),
        is_of_names=False,
        summary=_sentences(shorting_summary, most=1),
        group=_tier_of("label"),
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="shorting-sectors",
        words="shorting by sector",
        document="shorting",
        fields=SHORTING_SUM_FIELDS,
        formula=_SHORTING,
        rows=_of_document("sums.sectors", SHORTING_SUM_FIELDS, total="sums"),
        is_of_names=False,
        summary=_sentences(shorting_summary, most=1),
        group=_sector_of("label"),
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="winners",
        words="winners",
        document="winners",
        fields=WINNER_FIELDS,
        formula=_WINNERS,
        rows=lambda board, _: winner_rows(board, is_losing=False),
        sorted_by="profit",
        summary=_sentences(winners_summary),
        nothing="no short made anything in this window",
    ),
    MarketTable(
        name="losers",
        words="losers",
        document="winners",
        fields=WINNER_FIELDS,
        formula=_WINNERS,
        rows=lambda board, _: winner_rows(board, is_losing=True),
        sorted_by="profit",
        is_descending=False,
        summary=_sentences(winners_summary),
        nothing="no short lost anything in this window",
    ),
    MarketTable(
        name="sector-tiers",
        words="sectors by tier",
        document="sector-tiers",
        fields=SECTOR_TIER_FIELDS,
        formula=_SECTOR_TIERS,
        rows=_of_document("rows", SECTOR_TIER_FIELDS),
        summary=_sentences(sector_tiers_summary),
        group=_sector_and_tier,
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="migration-tiers",
        words="migration of tiers",
        document="migration",
        fields=BRIDGE_FIELDS,
        formula=_MIGRATION,
        rows=_of_document("tiers", BRIDGE_FIELDS),
        is_of_names=False,
        summary=_bridge_of_tier,
        group=_tier_of("tier"),
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="migration",
        words="names that moved",
        document="migration",
        fields=MOVED_FIELDS,
        formula=_MIGRATION,
        order_words="by size of P&L",
        rows=_of_document("rows", MOVED_FIELDS),
        limit=0,
        summary=_largest_moves,
        nothing="no name held short moved to another tier in this window",
    ),
    MarketTable(
        name="certainty",
        words="certainty",
        document="certainty",
        fields=CERTAINTY_FIELDS,
        formula=_CERTAINTY,
        rows=_of_document("rows", CERTAINTY_FIELDS, total="total"),
        is_of_names=False,
        summary=_sentences(certainty_summary),
        group=_tier_of("tier"),
        nothing="no name is held short in this window",
    ),
    MarketTable(
        name="breadth",
        words="breadth by tier",
        document="breadth",
        fields=BREADTH_FIELDS,
        formula=_BREADTH,
        rows=_of_document("rows", BREADTH_FIELDS, total="total"),
        is_of_names=False,
        group=_tier_of("tier"),
    ),
    MarketTable(
        name="indexes",
        words="breadth of indexes",
        document="breadth",
        fields=INDEX_FIELDS,
        formula=_INDEXES,
        rows=_of_document("indexes", INDEX_FIELDS),
        is_of_names=False,
        summary=_of_index,
    ),
    MarketTable(
        name="fund-segments",
        words="fund flows by segment",
        document="flows",
        span=_SPANS_OF_FLOWS,
        fields=SEGMENT_TABLE_FIELDS,
        formula=_FLOWS,
        rows=_of_document("segments", SEGMENT_TABLE_FIELDS),
        is_of_names=False,
        summary=_of_row("segment", "segments", flows_summary),
        group=_of_no_names,
        nothing="no fund's share count is known",
        fill=_NO_FUNDS,
    ),
    MarketTable(
        name="fund-flows",
        words="fund flows",
        document="flows",
        span=_SPANS_OF_FLOWS,
        fields=FLOW_FIELDS,
        formula=_FLOWS,
        rows=_of_document("rows", FLOW_FIELDS),
        is_of_names=False,
        summary=_of_row("segment", "segments", flows_summary),
        group=_of_no_names,
        nothing="no fund's share count is known",
        fill=_NO_FUNDS,
    ),
    MarketTable(
        name="record-scores",
        words="record of the scores",
        document="evidence",
        span=_WHOLE_HISTORY,
        fields=RANKING_FIELDS,
        formula=_EVIDENCE,
        rows=_of_document("rankings", RANKING_FIELDS),
        is_of_names=False,
        summary=_sentences(evidence_summary, most=1),
        group=_of_no_names,
        nothing=NO_HISTORY,
    ),
    MarketTable(
        name="record-said",
        words="said, and what came",
        document="evidence",
        span=_WHOLE_HISTORY,
        fields=BUCKET_FIELDS,
        formula=_EVIDENCE,
        rows=_of_document("calibration", BUCKET_FIELDS),
        is_of_names=False,
        group=_of_no_names,
        nothing=NO_HISTORY,
    ),
    MarketTable(
        name="record-evenings",
        words="record by evening",
        document="evidence",
        span=_WHOLE_HISTORY,
        fields=EVENING_FIELDS,
        formula=_EVIDENCE,
        rows=_of_document("rows", EVENING_FIELDS),
        limit=0,
        is_of_names=False,
        group=_of_no_names,
        nothing=NO_HISTORY,
    ),
    MarketTable(
        name="record-tenths",
        words="tenths of the scores",
        document="evidence",
        span=_WHOLE_HISTORY,
        fields=DECILE_FIELDS,
        formula=_EVIDENCE,
        rows=_tenths,
        is_of_names=False,
        group=_of_no_names,
        nothing=NO_HISTORY,
    ),
)
"""In the order of the screen's list."""


def market_table(name: str) -> MarketTable:
    """The table of a name; the first where there is none, as of a name that another version remembered."""
    return next((table for table in MARKET_TABLES if table.name == name), MARKET_TABLES[0])
