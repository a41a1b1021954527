"""Writes a history for a person: a chart of its periods, a table of their groups, and what the figures rest on."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from shortside.words.plain_text import printable
from tui.documents.history import HISTORY_FIELDS, TOTAL, new_short_cell
from tui.documents.kind import Document, Record
from tui.documents.page_lines import PAGE_WIDTH, Paragraph, broken_into_lines, columns_that_fit, without_room_words
from tui.documents.text import LEFT_ALIGNED_UNITS, as_ascii, attribution_words, page_cell
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs, count, dollars, fit, money
from widgets.sparkline import diverging_bar

HALF_BAR, LEAST_HALF_BAR = 11, 1
"""Cells at each side of the axis of a bar, on a page as wide as one in a file, and at the least."""
SIDES_OF_BARS: Final = (
    (7, ("lost", "gained"), ("covered", "shorted")),
    (5, ("lost", "made"), ("cover", "short")),
    (1, ("-", "+"), ("-", "+")),
)
"""What stands over the sides of the two axes, by the cells there have to be at each side, the longest words first."""
CELLS_BESIDE_BARS: Final = 54
"""Cells of a line of the chart without its bars: two days, three figures, two axes, and what parts them."""


def history_text(document: Document, is_ascii: bool = False, width: int = PAGE_WIDTH) -> str:
    """The history as a page of text of so many cells; in ASCII signs only where `is_ascii`. There is no colour."""
    glyphs = GLYPHS_ASCII if is_ascii else GLYPHS_UNICODE
    lines = [
        *_title(document),
        "",
        *_chart(document, glyphs, width),
        "",
        *_table(document, glyphs, width),
        "",
        *_foot(document, glyphs),
    ]
    page = "\n".join(printable(line).rstrip() for line in broken_into_lines(lines, width)) + "\n"
    return as_ascii(page) if is_ascii else page


def _title(document: Document) -> list[str]:
    first = document["rows"][0]["period_start"]
    known = "as revised: hindsight" if document["known"] == "revised" else f"as known on {document['as_of']}"
    words = [
        f"History by {document['by']}, every {document['every']} · {document['until']} from the close of {first}",
        f"tiers by {document['tier_basis']} of each period · positions {document['positions']} · {known}",
    ]
    simulated = ["SIMULATED: every company, price and position is invented"] if document["simulated"] else []
    notes = [f"NOTE: {document['day_note']}"] if document["day_note"] else []
    notes += [f"NOTE: left out, for {lack}" for lack in document["lacks"]]
    return simulated + [line for one in notes for line in _wrapped(one)] + _wrapped(" · ".join(words))


def _chart(document: Document, glyphs: Glyphs, width: int) -> list[str]:
    """A line for each period: its short interest, and P&L and new shorts as bars to either side of an axis."""
    totals = [row for row in document["rows"] if row["group"] == TOTAL]
    scales = {key: max((abs(row[key]) for row in totals), default=0.0) or 1.0 for key in ("profit", "new_short")}
    half = max(min((width - CELLS_BESIDE_BARS) // 4, HALF_BAR), LEAST_HALF_BAR)
    made, built = next(words for least, *words in SIDES_OF_BARS if half >= least)
    titles = f"{'from':10} {'to':10} {'SI at end':>9} {'P&L':>8} {_about_axis(*made, half)} {'new short':>9}"
    title = f"{titles} {_about_axis(*built, half)}"
    lines = [title, _rule(len(title), glyphs)]
    for row in totals:
        bars = [diverging_bar(row[key], scale, half, glyphs) for key, scale in scales.items()]
        lines.append(
            f"{row['period_start']} {row['period_end']} {dollars(row['short_interest_end'], 9, glyphs=glyphs)} "
            f"{dollars(row['profit'], 8, True, glyphs=glyphs)} {bars[0]} "
            f"{new_short_cell(row, 9, glyphs)} {bars[1]}"
        )
    return lines


def _about_axis(left: str, right: str, half: int) -> str:
    """A word at each side of the axis of bars, of so many cells each."""
    return f"{left:>{half}} {right:{half}}"


def _table(document: Document, glyphs: Glyphs, page_width: int) -> list[str]:
    placed = [(field, field.page) for field in HISTORY_FIELDS if field.page is not None]
    columns, lost = columns_that_fit(placed, page_width)
    titles = [
        fit(page.title or document["by"], page.width, "left" if field.unit in LEFT_ALIGNED_UNITS else "right")
        for field, page in columns
    ]
    lines = [" ".join(titles)]
    width = len(lines[0])
    for _, rows in groupby(document["rows"], lambda row: (row["period_start"], row["period_end"])):
        lines.append(_rule(width, glyphs))
        # A group without a name has nothing to tell a person; programs find it all the same.
        told = (row for row in rows if row["names"] or row["group"] == TOTAL)
        lines += [" ".join(page_cell(field, page, row, glyphs) for field, page in columns) for row in told]
    return [*lines, *without_room_words(lost)]


def _foot(document: Document, glyphs: Glyphs) -> list[str]:
    total = document["sums"][-1]
    lines = _wrapped(
        f"all periods: P&L {money(total['profit'], glyphs)}, new short {money(total['new_short'], glyphs)}, "
        f"turned up and not new {money(total['appeared'], glyphs, signed=False)}"
    )
    if document["measured_to"] is not None and document["measured_to"] < document["until"]:
        lines += _wrapped(
            f"short interest is measured to {document['measured_to']}; after it shares are held, and nothing is new"
        )
    lines += _left_out(document["rows"], glyphs)
    return [*lines, *attribution_words(document)]


def _left_out(rows: list[Record], glyphs: Glyphs) -> list[str]:
    totals = [row for row in rows if row["group"] == TOTAL]
    worst = max(totals, key=lambda row: row["left_out_names"])
    if not worst["left_out_names"]:
        return []
    value = (
        ""
        if worst["left_out_dollars"] is None
        else (f", {money(worst['left_out_dollars'], glyphs, signed=False)} at their last prices")
    )
    unvalued = worst["left_out_unvalued"]
    of_them = f", of {count(unvalued, 5, glyphs=glyphs).strip()} nobody knows the dollars" if unvalued else ""
    return _wrapped(
        f"left out for want of a price: at most {worst['left_out_names']:,} reported names, "
        f"in {worst['period_start']} to {worst['period_end']}{value}{of_them}"
    )


def _rule(width: int, glyphs: Glyphs) -> str:
    return ("-" if glyphs.is_ascii else "─") * width


def _wrapped(text: str) -> list[str]:
    return [Paragraph(text)]
