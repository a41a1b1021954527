"""Makes the report of a day: what stands on its page, before it is written as Markdown or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from shortside.name_figures import settled_knots
from shortside.words.group_words import UNKNOWN, tier_word
from tui.documents.catalog import document_kind
from tui.documents.kind import Document, DocumentKind, DocumentRequest, Record
from tui.documents.records import document_of, recording_record
from tui.documents.text import LEFT_ALIGNED_UNITS, attribution_words, knowledge_words, page_cell, recording_words
from widgets.format import GLYPHS_UNICODE, dollars

if TYPE_CHECKING:
    from shortside.board import Board

CROWDED_NAMES: Final = 20
RANKED_NAMES: Final = 10
MOST_DOUBTS: Final = 20
WIDEST_CELL: Final = 60
SETTLEMENTS: Final = 12
"""How many settlements a line of shares short goes back at most."""


class ReportSeries(NamedTuple):
    """Figures in a row, the oldest first; None is unknown. Drawn as a small line."""

    values: tuple[float | None, ...]


Cell = str | ReportSeries


class ReportTable(NamedTuple):
    """A table of a report."""

    titles: tuple[str, ...]
    are_words: tuple[bool, ...]
    """Which columns are aligned left."""
    rows: tuple[tuple[Cell, ...], ...]
    sums: tuple[tuple[Cell, ...], ...] = ()
    """Rows below the others that sum them up."""


class Bars(NamedTuple):
    """Amounts as bars to both sides of an axis."""

    title: str
    labels: tuple[str, ...]
    values: tuple[float | None, ...]
    words: tuple[str, ...]
    """The amounts as they stand beside the bars."""


class Curve(NamedTuple):
    """A figure along days."""

    title: str
    days: tuple[str, ...]
    values: tuple[float | None, ...]
    low: str
    high: str
    last: str


Part = ReportTable | Bars | Curve | str
"""A part of a section; a text is a paragraph."""


class ReportSection(NamedTuple):
    """A heading and what stands below it."""

    title: str
    parts: tuple[Part, ...]


class DayReport(NamedTuple):
    """A report of one day, of one source."""

    title: str
    warnings: tuple[str, ...]
    """What must be read first: invented figures, a recording, hindsight, another day than was asked for."""
    words: tuple[str, ...]
    """What is shown, and when the page was made."""
    sections: tuple[ReportSection, ...]
    attribution: tuple[str, ...]
    """Whom the sources' terms ask to be named."""


def day_report(asked: DocumentRequest, made_at: datetime) -> DayReport:
    """The report of a board.

    Args:
        asked: the board, and the own list in its options, which gets a section of its own.
        made_at: when it is made.

    Raises:
        SourceError: no settlement of short interest was public by the day in view.
    """
    # What a configuration file says of `snapshot names` is not said of a report.
    whole = asked.options._replace(tier=None, sector=None, where=None, symbols=None, columns=None)
    asked = asked._replace(options=whole)
    without_list = asked._replace(options=whole._replace(list=None))
    tiers, sectors = _document("tiers", asked), _document("sectors", without_list)
    sections = [
        ReportSection("Short P&L by cap tier", (*_groups("tiers", tiers, "tier"), _curve(asked.board))),
        ReportSection("New short", _new_short(tiers, without_list)),
        ReportSection("Short P&L by sector", _groups("sectors", sectors, "sector")),
        *_listed(asked),
        ReportSection("Crowded names", (_ranked(without_list, "crowding", CROWDED_NAMES),)),
        ReportSection("Best shorts", (_ranked(without_list, "profit", RANKED_NAMES),)),
        ReportSection("Worst shorts", (_ranked(without_list, "-profit", RANKED_NAMES),)),
        ReportSection("Doubts", _doubts(tiers)),
        ReportSection("Inputs", (_inputs(tiers), *_notes(without_list))),
    ]
    return DayReport(
        f"The US short side on {tiers['as_of']}",
        _warnings(tiers),
        _head_words(tiers, made_at),
        tuple(sections),
        tuple(attribution_words(tiers)),
    )


def _document(name: str, asked: DocumentRequest) -> Document:
    document, _ = document_of(document_kind(name), asked)
    if asked.loaded.recording is not None:
        document["recording"] = recording_record(asked.loaded.recording)
    return document


def _warnings(document: Document) -> tuple[str, ...]:
    found = ["SIMULATED: every company, price and position is invented"] if document["simulated"] else []
    if document["hindsight_to"] is not None:
        found.append(knowledge_words(document))
    found += recording_words(document)
    return (*found, *filter(None, (document["day_note"], document["window_note"])))


def _head_words(document: Document, made_at: datetime) -> tuple[str, ...]:
    window, cycle = document["window"], document["cycle"]
    return (
        f"Window {window['name']}: from the close of {window['start']} to that of {window['end']}",
        f"Tiers by {document['tier_basis']}, positions {document['positions']}, {document['known']}",
        f"Settlements {cycle['start']} to {cycle['end']}; source {document['source']}",
        f"Made {made_at:%Y-%m-%d %H:%M} UTC by shortside",
    )


def _table(kind: DocumentKind, rows: Sequence[Record], sums: Sequence[Record] = ()) -> ReportTable:
    """The columns that a document has on its page for people, without their padding."""
    placed = [(field, field.page) for field in kind.fields() if field.page is not None]
    columns = sorted(placed, key=lambda column: column[1].place)

    def cells(record: Record) -> tuple[Cell, ...]:
        # Wide, because a page has no cells and shall cut no name.
        wide = [(field, page._replace(width=max(page.width, WIDEST_CELL))) for field, page in columns]
        return tuple(page_cell(field, page, record, GLYPHS_UNICODE).strip() for field, page in wide)

    return ReportTable(
        tuple(page.title for _, page in columns),
        tuple(field.unit in LEFT_ALIGNED_UNITS for field, _ in columns),
        tuple(map(cells, rows)),
        tuple(map(cells, sums)),
    )


def _groups(name: str, document: Document, key: str) -> tuple[Part, ...]:
    sums = [*document.get("rollup", ()), document["total"]]
    sums += [document["listed"]] if "listed" in document else []
    bars = _bars("P&L, USD", document["rows"], key, "profit")
    return _table(document_kind(name), document["rows"], sums), bars, *_identity(document)


def _identity(document: Document) -> tuple[str, ...]:
    if "reconciliation" not in document:
        return ()
    found = document["reconciliation"]
    start, end = (_dollars(found[part], is_signed=False) for part in ("start", "end"))
    new, profit, residual = (_dollars(found[part]) for part in ("new_short", "profit", "residual"))
    return (f"Short interest at the start {start} + new short ({new}) − P&L ({profit}) = {end}; residual {residual}.",)


def _bars(title: str, rows: Sequence[Record], key: str, figure: str) -> Bars:
    values = tuple(row[figure] for row in rows)
    return Bars(title, tuple(tier_word(row[key] or UNKNOWN) for row in rows), values, tuple(map(_dollars, values)))


def _dollars(value: float | None, *, is_signed: bool = True) -> str:
    return dollars(value, 12, is_signed, glyphs=GLYPHS_UNICODE).strip()


def _curve(board: Board) -> Curve:
    """P&L of all tiers since the window began."""
    totals = board.tier_trends.sum(axis=1)
    sessions = board.market.sessions[np.asarray(board.trend_sessions())]
    known = [float(value) if np.isfinite(value) else None for value in totals]
    there = [value for value in known if value is not None]
    low, high = (min(there), max(there)) if there else (None, None)
    last = known[-1] if known else None
    return Curve(
        "P&L of all shorts since the window began, USD",
        tuple(map(str, sessions)),
        tuple(known),
        _dollars(low),
        _dollars(high),
        _dollars(last),
    )


def _new_short(tiers: Document, asked: DocumentRequest) -> tuple[Part, ...]:
    return (
        _bars("Last 30 days, USD", tiers["rows"], "tier", "new_short_30d"),
        _bars("The 30 days before, USD", tiers["rows"], "tier", "new_short_prior_30d"),
        "Where most was built over the last 30 days:",
        _ranked(asked, "new_short_30d", RANKED_NAMES),
        "Where most was covered:",
        _ranked(asked, "-new_short_30d", RANKED_NAMES),
    )


def _listed(asked: DocumentRequest) -> list[ReportSection]:
    if asked.options.list is None:
        return []
    options = asked.options._replace(limit=0, sort="short_interest")
    document = _document("names", asked._replace(options=options))
    absent = document.get("absent", {})
    parts: list[Part] = [_with_settlements(asked.board, document)]
    parts += [f"Without a row: {'; '.join(f'{symbol}: {why}' for symbol, why in absent.items())}"] if absent else []
    return [ReportSection(f"List {document['list']}", tuple(parts))]


def _ranked(asked: DocumentRequest, sort: str, count: int) -> ReportTable:
    document = _document("names", asked._replace(options=asked.options._replace(sort=sort, limit=count)))
    return _with_settlements(asked.board, document)


def _with_settlements(board: Board, document: Document) -> ReportTable:
    """A table of names with shares short at the last settlements as a line at its end."""
    table = _table(document_kind("names"), document["rows"])
    place = {str(symbol): column for column, symbol in enumerate(board.market.symbols)}
    lines = [_settled_shares(board, place[record["symbol"]]) for record in document["rows"]]
    rows = tuple((*row, line) for row, line in zip(table.rows, lines, strict=True))
    return ReportTable((*table.titles, "shares short"), (*table.are_words, True), rows)


def _settled_shares(board: Board, column: int) -> ReportSeries:
    positions = board.book.positions
    knots = settled_knots(board)[-SETTLEMENTS:]
    return ReportSeries(
        tuple(float(positions.shares[at, column]) if positions.is_reported[at, column] else None for at in knots)
    )


def _doubts(document: Document) -> tuple[Part, ...]:
    found = document["doubtful"]
    if not found:
        return ("Nothing is in doubt.",)
    more = len(found) - MOST_DOUBTS + document["doubtful_left_out"]
    rows = tuple(
        (
            one["symbol"] or GLYPHS_UNICODE.missing,
            one["rule"].replace("_", " "),
            one["session"],
            _dollars(one["dollars"], is_signed=False),
            one["evidence"],
        )
        for one in found[:MOST_DOUBTS]
    )
    titles = ("symbol", "rule", "session", "at stake", "evidence")
    rest = (f"And {more:,} more, on which less hangs.",) if more > 0 else ()
    return ReportTable(titles, (True, True, True, False, True), rows), *rest


def _inputs(document: Document) -> ReportTable:
    def cells(one: Record) -> tuple[Cell, ...]:
        moments = ((one[key] or "—")[:16].replace("T", " ") for key in ("published_at", "fetched_at"))
        return one["dataset"].replace("_", " "), one["as_of"] or "—", *moments, one["source"], one["freshness"]

    titles = ("input", "speaks of", "published", "fetched (UTC)", "source", "age")
    return ReportTable(titles, (True,) * len(titles), tuple(map(cells, document["inputs"])))


def _notes(asked: DocumentRequest) -> tuple[str, ...]:
    return tuple(_document("feeds", asked)["notes"])
