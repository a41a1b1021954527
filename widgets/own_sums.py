"""Lines about the user's own positions: their sum, where the short dollars lie, and the one line of a single name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from itertools import accumulate

import numpy as np

from shortside.own.figures import OwnBook
from shortside.own.names import OwnNames, ShownBook
from shortside.own.totals import OwnShare, OwnTotals
from shortside.words.group_words import tier_word
from widgets.figure_rows import dollar_style, gain_style
from widgets.format import GLYPHS_UNICODE, Glyphs, count, days, money, percent, price, short_date, width_of
from widgets.lines import Line, Run
from widgets.own_words import share_words

LABEL_WIDTH = 9


def sums_lines(totals: OwnTotals, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """P&L and dollars of all, in two lines where one is too short; short dollars by tier, and by decile of crowding."""
    return [
        *_total_lines(totals, width, glyphs),
        _shares_line("tiers", totals.by_tier, tier_word, width, glyphs),
        _shares_line("crowding", totals.by_decile, _decile_words, width, glyphs),
    ]


def _total_lines(totals: OwnTotals, width: int, glyphs: Glyphs) -> list[Line]:
    unknown = {"P&L": totals.profit_unknown, "today": totals.profit_today_unknown, "fee": totals.carry_unknown}
    missing = ", ".join(f"{words} {number:,}" for words, number in unknown.items() if number)
    parts: list[list[Run]] = [
        [
            ("P&L ", "muted"),
            (money(totals.profit, glyphs), dollar_style(totals.profit)),
            (f" {percent(totals.profit_ratio, 8, glyphs=glyphs).strip()}", gain_style(totals.profit_ratio)),
        ],
        [("today ", "muted"), (money(totals.profit_today, glyphs), dollar_style(totals.profit_today))],
        [("unknown: ", "muted"), (missing, "warning")] if missing else [],
        [("net ", "muted"), (money(totals.net, glyphs), "plain")],
        [("carry a year ", "muted"), (money(totals.carry, glyphs), "plain")] if math.isfinite(totals.carry) else [],
        [("short ", "muted"), (money(totals.short_dollars, glyphs, signed=False), "plain")],
        [("long ", "muted"), (money(totals.long_dollars, glyphs, signed=False), "plain")],
    ]
    kept = [part for part in parts if part]
    first = _parts_that_fit(kept, width - LABEL_WIDTH - 1, glyphs)
    lines = [_joined(f"{'total':<{LABEL_WIDTH}}", kept[:first], width, glyphs)]
    if first < len(kept):
        lines.append(_joined(" " * LABEL_WIDTH, kept[first:], width, glyphs))
    return lines


def _shares_line(label: str, shares: Sequence[OwnShare], words: object, width: int, glyphs: Glyphs) -> Line:
    named = words if callable(words) else str
    parts: list[list[Run]] = [
        [
            (f"{named(one.label)} ", "muted"),
            (percent(one.share, 6, False, decimals=0, glyphs=glyphs).strip(), "plain"),
            (f" {money(one.dollars, glyphs, signed=False)}", "muted"),
        ]
        for one in shares
    ]
    return _joined(f"{label:<{LABEL_WIDTH}}", parts, width, glyphs)


def _decile_words(label: str) -> str:
    return {"10": "top decile", "1": "1st", "2": "2nd", "3": "3rd"}.get(
        label, f"{label}th" if label.isdigit() else label
    )


def _parts_that_fit(parts: Sequence[Sequence[Run]], room: int, glyphs: Glyphs) -> int:
    """How many parts fit whole beside each other, with room left at the line's end; one always counts."""
    ends = accumulate(width_of(f" {glyphs.separator} ") + sum(width_of(text) for text, _ in part) for part in parts)
    return max(sum(end - width_of(f" {glyphs.separator} ") <= room - 2 for end in ends), 1)


def _joined(label: str, parts: Sequence[Sequence[Run]], width: int, glyphs: Glyphs) -> Line:
    """A label and as many parts as fit whole; a sign at the end says that there are more."""
    line: Line = [(f" {label}", "title")]
    used = width_of(label) + 1
    for place, part in enumerate(parts):
        gap = f" {glyphs.separator} " if place else ""
        cells = width_of(gap) + sum(width_of(text) for text, _ in part)
        if used + cells > width - 2:
            line.append((f" {glyphs.ellipsis}", "muted"))
            break
        line += [(gap, "shade"), *part]
        used += cells
    return line


def own_line(book: OwnBook, rows: Sequence[int], width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> Line:
    """One line on the user's positions in a name; of several rows what they are together.

    Args:
        book: all positions.
        rows: those in the name, at least one.
        width: the cells of the line.
        glyphs: the signs to write with.
    """
    names = OwnNames(book) if len(rows) > 1 else None
    shown: ShownBook = names or book
    at = int(rows[0]) if names is None else int(names.group[rows[0]])
    figures, placed = shown.figures(), shown.placed
    held, ratio, crowd = placed.shares[at], float(figures.profit_ratio[at]), float(figures.crowd_profit_ratio[at])
    exits, share, carry = figures.exit_days[at], figures.short_interest_share[at], figures.carry[at]
    of_rows = f" in {len(rows)} rows" if names is not None else ""
    parts: list[list[Run]] = [
        [
            (count(float(held), 12, glyphs=glyphs).strip(), "plain"),
            (of_rows + _entered_words(shown, at, glyphs), "muted"),
        ],
        [
            ("P&L ", "muted"),
            (money(float(figures.profit[at]), glyphs), dollar_style(float(figures.profit[at]))),
            (f" {percent(ratio, 8, glyphs=glyphs).strip()}", gain_style(ratio)),
        ],
        [
            ("today ", "muted"),
            (money(float(figures.profit_today[at]), glyphs), dollar_style(float(figures.profit_today[at]))),
        ],
        [("crowd ", "muted"), (percent(crowd, 9, glyphs=glyphs).strip(), gain_style(crowd))],
        [("exit ", "muted"), (_days_words(float(exits), glyphs), "plain")] if np.isfinite(exits) else [],
        [("of SI ", "muted"), (share_words(float(share), 8, "%", glyphs).strip(), "plain")]
        if np.isfinite(share)
        else [],
        [("carry a year ", "muted"), (money(float(carry), glyphs), "plain")] if np.isfinite(carry) else [],
    ]
    return _joined("mine ", [part for part in parts if part], width, glyphs)


def _days_words(value: float, glyphs: Glyphs) -> str:
    """Sessions, which are more than none however few shares there are."""
    return "<0.1 d" if 0 < value < 0.05 else f"{days(value, 6, glyphs=glyphs).strip()} d"


def _entered_words(book: ShownBook, row: int, glyphs: Glyphs) -> str:
    day: date = book.placed.positions[row].entry_date
    entered = short_date(day, 9, reference=book.board.market.last_session, glyphs=glyphs).strip()
    word = "since" if isinstance(book, OwnNames) else "on"
    return f" from {price(float(book.placed.entry_price[row]), 9, glyphs=glyphs).strip()} {word} {entered}"
