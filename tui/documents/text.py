"""Writes a document for a person: tables of at most a hundred columns, and below them what the figures rest on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from providers.catalog import CARDS, attribution
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from shortside.words.plain_text import printable
from shortside.words.spelt_out import spelt_out
from tui.documents.catalog import document_kind
from tui.documents.kind import Document, DocumentKind, Record
from tui.documents.page_lines import PAGE_WIDTH, Paragraph, broken_into_lines, columns_that_fit, without_room_words
from widgets.fields import Field, PageColumn, Unit
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs, count, dollars, fit, number, percent

LEFT_ALIGNED_UNITS: Final = frozenset({Unit.WORDS, Unit.DAY, Unit.MOMENT, Unit.TRUTH})
"""Units whose values are aligned left; figures are aligned right."""
CELLS: Final = {Unit.WORDS: 16, Unit.DOLLARS: 8, Unit.RATIO: 8, Unit.NUMBER: 7, Unit.TRUTH: 4, Unit.SCORES: 40}
"""The least width of a column that was asked for and has no place on the page, by its unit."""
_ASCII: Final = str.maketrans({"·": "|", "−": "-", "—": "-", "±": "~", "≥": ">", "…": "~", "→": ">"})


def page_cell(field: Field, page: PageColumn, record: Record, glyphs: Glyphs) -> str:
    """A record's cell in the column of a field, as its unit is written."""
    if page.written is not None:
        return page.written(record, page.width, glyphs)
    value, width = record[field.key], page.width
    if field.unit is Unit.DOLLARS:
        return dollars(value, width, page.is_signed, glyphs=glyphs)
    if field.unit is Unit.RATIO:
        return percent(value, width, page.is_signed, glyphs=glyphs)
    if field.unit is Unit.NUMBER:
        return number(value, width, decimals=1, glyphs=glyphs)
    if field.unit in (Unit.COUNT, Unit.SHARES):
        return count(value, width, glyphs=glyphs)
    if field.unit is Unit.MOMENT:
        return fit(_moment(value, glyphs), width)
    if field.unit is Unit.TRUTH:
        return fit(glyphs.missing if value is None else "yes" if value else "no", width, glyphs=glyphs)
    return fit(str(value or glyphs.missing), width, glyphs=glyphs)


def as_text(document: Document, is_ascii: bool = False, width: int = PAGE_WIDTH) -> str:
    """The document as a page of text of so many cells; in ASCII signs only where `is_ascii`.

    Columns that were asked for are all there, however wide they are; of the others those on the right give way.
    """
    glyphs = GLYPHS_ASCII if is_ascii else GLYPHS_UNICODE
    kind = document_kind(document["schema"].removeprefix("shortside.").partition("/")[0])
    summary = (
        []
        if kind.summary is None
        else ["", *(line for one in kind.summary(document, glyphs) for line in _wrapped(one))]
    )
    table = _table(kind, document, glyphs, width)
    lines = [*_title(kind, document), *summary, "", *table, "", *_footing(document, glyphs)]
    page = "\n".join(printable(line).rstrip() for line in broken_into_lines(lines, width)) + "\n"
    return as_ascii(page) if is_ascii else page


def as_ascii(page: str) -> str:
    """A page of text with the nearest ASCII sign for every other one."""
    return page.translate(_ASCII).encode("ascii", "replace").decode()


def _title(kind: DocumentKind, document: Document) -> list[str]:
    window = document["window"]
    words = [
        f"{kind.title} · {document['as_of']} · {window['name']} from the close of {window['start']}",
        f"tiers by {document['tier_basis']} · positions {document['positions']} · {knowledge_words(document)}",
    ]
    if kind.headline is not None:
        words[0] += f" · {kind.headline(document)}"
    notes = filter(None, (document.get("day_note"), document.get("window_note")))
    noted = [line for note in notes for line in _wrapped(f"NOTE: {note}")]
    simulated = ["SIMULATED: every company, price and position is invented"] if document["simulated"] else []
    return simulated + recording_words(document) + noted + _wrapped(" · ".join(words))


def knowledge_words(document: Document) -> str:
    """How much is known; of hindsight, to which publication it reaches."""
    reaches = document["hindsight_to"]
    return document["known"] if reaches is None else f"HINDSIGHT to {reaches} ({document['known']})"


def recording_words(document: Document) -> list[str]:
    """What is said of a recording before everything else."""
    if "recording" not in document:
        return []
    recording = document["recording"]
    ended = datetime.fromisoformat(recording["ended_at"]).astimezone(NEW_YORK)
    return _wrapped(f"REPLAY: a recording of {recording['source']} as it stood {ended:%Y-%m-%d %H:%M:%S} New York")


def _table(kind: DocumentKind, document: Document, glyphs: Glyphs, width: int) -> list[str]:
    columns, lost = _columns(kind, document), list[str]()
    if "columns" not in document:
        columns, lost = columns_that_fit(columns, width, pinned=str(document.get("sort") or "").lstrip("-"))
    # Words are on the left of their columns and so are their titles; figures and theirs on the right.
    titles = [
        fit(page.title, page.width, "left" if field.unit in LEFT_ALIGNED_UNITS else "right") for field, page in columns
    ]
    lines = [" ".join(titles)]
    single = [[document[key]] for key in ("total", "listed") if key in document]
    groups = [document["rows"], document.get("rollup", []), *single]
    rule = ("-" if glyphs.is_ascii else "─") * len(lines[0])
    for group in filter(None, groups):
        lines.append(rule)
        lines += [" ".join(page_cell(field, page, record, glyphs) for field, page in columns) for record in group]
    return [*lines, *without_room_words(lost)]


def _columns(kind: DocumentKind, document: Document) -> list[tuple[Field, PageColumn]]:
    """The columns of the table: those that were asked for, or those that have a place on the page."""
    if "columns" in document:
        by_key = {field.key: field for field in kind.fields()}
        return [
            (field, field.page or PageColumn(field.key, max(len(field.key), CELLS.get(field.unit, 12))))
            for field in (by_key[key] for key in document["columns"])
        ]
    placed = [(field, field.page) for field in kind.fields() if field.page is not None]
    return sorted(placed, key=lambda column: column[1].place)


def _footing(document: Document, glyphs: Glyphs) -> list[str]:
    lines: list[str] = []
    if "reconciliation" in document:
        names = document["reconciliation"]["appeared_names"]
        figures = {key: value for key, value in document["reconciliation"].items() if key != "appeared_names"}
        words = {key: dollars(value, 8, glyphs=glyphs).strip() for key, value in figures.items()}
        lines += _wrapped(
            f"reconciliation: start {words['start']} + new short {words['new_short']} {glyphs.minus} P&L "
            f"({words['profit']}) "
            f"= end {words['end']}, residual {words['residual']}"
        )
        if names:
            lines += _wrapped(
                f"residual: {words['appeared']} were short before their first close, and are not new: "
                f"{spelt_out(names)}"
            )
    if "new_short_cycle" in document.get("total", ()):
        lines += _cycle_words(document, glyphs)
    if document.get("left_out"):
        reasons = ", ".join(f"{number:,} {reason.replace('_', ' ')}" for reason, number in document["left_out"].items())
        lines += _wrapped(f"left out: {reasons}")
    if "notes" in document:
        for note in document["notes"]:
            lines += _wrapped(f"note: {note}")
    for sentence in input_sentences(document.get("inputs", ())):
        lines += _wrapped(sentence)
    return lines + attribution_words(document)


def _cycle_words(document: Document, glyphs: Glyphs) -> list[str]:
    """New shorts between the last two settlements, and up to which day those of 30 days are measured."""
    total, cycle = document["total"], document["cycle"]
    new, before = (
        dollars(total[key], 8, True, glyphs=glyphs).strip() for key in ("new_short_cycle", "new_short_prior_cycle")
    )
    measured = document["measured_to"]
    held = "" if measured in (None, document["as_of"]) else f"; 30d to {measured}, then held"
    words = f"new short of the cycle {cycle['start']} to {cycle['end']}: {new}, of the one before {before}"
    return _wrapped(words + held)


def input_sentences(inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    """How old each input is; where others of its dataset stand beside it, from whom it is, too."""
    given = Counter(one["dataset"] for one in inputs)
    sentences = []
    for one in inputs:
        card = CARDS.get(one["source"]) if given[one["dataset"]] > 1 else None
        by = f" by {card.title}" if card is not None else ""
        published = f", published {one['published_at'][:10]}" if one["published_at"] else ""
        fetched = f", fetched {one['fetched_at'][:10]}" if one["fetched_at"] else ""
        dataset = one["dataset"].replace("_", " ")
        sentences.append(f"{dataset} of {one['as_of']}{by}{published}{fetched}: {one['freshness']}")
    return sentences


def attribution_words(document: Document) -> list[str]:
    """Whom the sources' terms ask us to name; nobody, where nothing is theirs."""
    rows = document["inputs"] if "inputs" in document else document["rows"]
    figures = ((Dataset(one["dataset"]), one["source"]) for one in rows)
    words = attribution(figures, is_simulated=document["simulated"])
    return [words] if words else []


def _moment(text: str | None, glyphs: Glyphs) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M") if text else glyphs.missing


def _wrapped(text: str) -> list[str]:
    return [Paragraph(text)]
