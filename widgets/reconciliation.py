"""Writes the identity under the tiers: short interest at the start + new short − P&L = short interest at the end."""

from __future__ import annotations

import math
from datetime import date
from typing import TYPE_CHECKING

from rich.cells import cell_len

from shortside.words.spelt_out import spelt_out
from widgets.figure_rows import common_unit, sentence_dollars
from widgets.format import GLYPHS_UNICODE, Glyphs, short_date
from widgets.lines import Line, fit_line

if TYPE_CHECKING:
    from shortside.rows import Reconciliation

REASON_OF_A_RESIDUAL = "inputs disagree: a split not applied, or a name that came or went"
MOST_SYMBOLS_NAMED = 3
"""How many symbols of positions that appeared within the window are named; the rest are counted."""
FIGURE_WIDTH = 12


def reconciliation_line(
    identity: Reconciliation,
    start_date: date,
    end_date: date,
    width: int,
    *,
    label: str = "",
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> Line:
    """The identity in one line, in the longest wording that fits.

    Args:
        identity: the four figures, USD.
        start_date: the day of the first, the window's start.
        end_date: the day of the last.
        width: terminal cells of the line.
        label: whose identity it is, where it is not everyone's.
        glyphs: the signs to draw with.
    """
    style = _style(identity)
    wordings = _lines_longest_first(identity, start_date, end_date, label, glyphs)
    text = next((text for text in wordings if cell_len(text) <= width), "")
    return fit_line([(text, style)], width, glyphs)


def reconciliation_lines(
    identity: Reconciliation,
    start_date: date,
    end_date: date,
    width: int,
    room: int,
    *,
    label: str = "",
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """The identity in one line, and where that has no place for the whole reason, in a second one, if there is room.

    Args:
        identity: the four figures, USD.
        start_date: the day of the first, the window's start.
        end_date: the day of the last.
        width: terminal cells of a line.
        room: the lines there are, one or more.
        label: whose identity it is, where it is not everyone's.
        glyphs: the signs to draw with.
    """
    why = reason(identity).replace("…", glyphs.ellipsis)
    line = reconciliation_line(identity, start_date, end_date, width, label=label, glyphs=glyphs)
    if room < 2 or identity.holds or why in "".join(text for text, _ in line):
        return [line]
    wordings = _figures_longest_first(identity, start_date, end_date, label, glyphs)
    figures = next((text for text in wordings if cell_len(text) <= width), "")
    return [fit_line([(text, _style(identity))], width, glyphs) for text in (figures, why)]


def verdict(identity: Reconciliation, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """`off 0 ✓`, or by how much the identity does not hold; ✓ too where positions that turned up are all of it."""
    yes, no = ("ok", "!!") if glyphs.is_ascii else ("✓", "✗")
    if identity.holds:
        return f"off 0.0 {yes}"
    off = sentence_dollars(identity.residual, 9, None, signed=True, glyphs=glyphs).strip()
    return f"off {off} {yes if identity.is_explained else no}"


def reason(identity: Reconciliation) -> str:
    """Why the identity leaves a residual: whose positions appeared without being new, else that inputs disagree."""
    if math.isnan(identity.residual):
        return "unknown: the session before lacks its closes"
    if not identity.is_explained:
        return REASON_OF_A_RESIDUAL
    names = identity.appeared_names
    return f"not new, no close before: {spelt_out(names, MOST_SYMBOLS_NAMED)}" if names else "not new, no close before"


def _style(identity: Reconciliation) -> str:
    return "muted" if identity.holds or identity.is_explained else "warning"


def _figures_longest_first(identity: Reconciliation, start: date, end: date, label: str, glyphs: Glyphs) -> list[str]:
    """The identity without a reason: with its days, without them, then less and less of it."""
    unit = _unit(identity)

    def money(value: float) -> str:
        text = sentence_dollars(value, FIGURE_WIDTH, unit, decimals=1, glyphs=glyphs).strip()
        return f"({text})" if text.startswith(glyphs.minus) else text

    minus, judged = glyphs.minus, verdict(identity, glyphs)
    first, new, profit, last = map(money, (identity.start, identity.new_short, identity.profit, identity.end))
    whose = f"{label}: " if label else ""
    begins, ends = _day(start, end, glyphs), _day(end, end, glyphs)
    full = f"{whose}SI {begins} {first} + new {new} {minus} P&L {profit} = SI {ends} {last}"
    bare = f"{whose}SI {first} + new {new} {minus} P&L {profit} = {last}"
    sign = judged.rsplit(" ", 1)[1]
    return [f"{full}  {judged}", f"{bare}  {judged}", f"{bare} {sign}", judged, sign]


def _lines_longest_first(identity: Reconciliation, start: date, end: date, label: str, glyphs: Glyphs) -> list[str]:
    wordings = _figures_longest_first(identity, start, end, label, glyphs)
    if identity.holds:
        return wordings
    full, bare, *_ = wordings
    whose, judged = f"{label}: " if label else "", verdict(identity, glyphs)
    why = reason(identity).replace("…", glyphs.ellipsis)
    said = [f"{full} {why}", f"{bare} {why}", f"{whose}{judged} {why}"]
    if not identity.is_explained:
        return [*said, *wordings]
    # What is explained is no alarm: rather the figures, and whose they are, than the reason where there is no room.
    names = identity.appeared_names[:1]
    more = f", {glyphs.ellipsis}" if len(identity.appeared_names) > 1 else ""
    whom = [f"{full} {names[0]}{more}", f"{bare} {names[0]}{more}"] if names else []
    return [*said[:2], *whom, *wordings]


def _unit(identity: Reconciliation) -> str:
    return common_unit((identity.start, identity.new_short, identity.profit, identity.end))


def _day(day: date, reference: date, glyphs: Glyphs) -> str:
    # Both ends of a window of a year or less are told apart without their years.
    is_far = (reference - day).days > 360
    return short_date(day, 9, reference=reference if is_far else None, glyphs=glyphs).strip()
