"""What a publication changed in a few lines: over its tables, and in the line that tells of its arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from shortside.publications.sums import PublicationSums
from shortside.sessions import NEW_YORK
from tui.screens.publication_page import PublicationGroup, PublicationPage
from widgets.figures import full_day
from widgets.format import GLYPHS_UNICODE, Glyphs, money, percent, short_date
from widgets.lines import Line, Piece, fit_pieces
from widgets.panel import Panel
from widgets.publication_cells import arrow_of

MOST_OWN_NAMES: Final = 12
"""How many names of the current list are called; the table has all of them."""


def summary_title(page: PublicationPage, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Which settlement, when its file was due or seen, whether late, and against which."""
    one, separator = page.publication, f" {glyphs.separator} "
    seen, words = page.arrival.seen_at, [f"PUBLISHED {full_day(one.published)}"]
    late = page.arrival.late_by
    if seen is not None and late is not None:
        words[0] += f" {seen.astimezone(NEW_YORK):%H:%M:%S}"
    words += [f"settlement {full_day(one.settlement)}", f"against {full_day(one.settlement_before)}"]
    if late:
        words.append(f"LATE {lateness(late)}")
    return separator.join(words)


def lateness(late: timedelta) -> str:
    """A time by which something was late: `7 s`, `12 min`, `3 h 5 min`."""
    seconds = round(late.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def arrival_words(page: PublicationPage, glyphs: Glyphs = GLYPHS_UNICODE, key: str = "P") -> str:
    """What the event line says when a publication arrives; the key that opens it comes before the figures."""
    one, total = page.publication, page.total
    day = short_date(one.settlement, 9, reference=one.prices_to, glyphs=glyphs).strip()
    end = money(total.short_interest_end, glyphs, signed=False)
    late = page.arrival.late_by
    words = [
        f"PUBLISHED settlement {day}, {key} opens it: SI {end}",
        f"new {money(total.new_short, glyphs)}",
        f"price {money(total.price_effect, glyphs)}",
        *([f"LATE {lateness(late)}"] if late else []),
    ]
    return ", ".join(words)


def summary_lines(
    page: PublicationPage, width: int, *, is_compared: bool, glyphs: Glyphs = GLYPHS_UNICODE
) -> list[Line]:
    """The identity, what moved, what was revised, who is trapped and who is right; pieces that do not fit go whole."""
    one, total = page.publication, page.total
    start, end = (
        money(value, glyphs, signed=False) for value in (total.short_interest_start, total.short_interest_end)
    )
    identity: list[Piece] = [
        [(" short interest ", "muted"), (f"{start} {arrow_of(glyphs)} {end}", "title")],
        _figure("new", total.new_short, glyphs, "title"),
        _figure("price", total.price_effect, glyphs),
    ]
    if total.turned_up:
        identity.append(_figure("turned up", total.turned_up, glyphs))
    if is_compared:
        identity.append(_figure("new in the cycle before", total.new_short_before, glyphs))
    identity.append([("   names ", "muted"), (f"{total.names:,}", "plain")])
    moved: list[Piece] = [
        _counted(" built", total.built_names, total.built, glyphs),
        _counted("   covered", total.covered_names, total.covered, glyphs),
        _counted("   entered", total.entered_names, total.entered, glyphs),
        _counted("   left", total.left_names, total.left, glyphs),
        [("   no row ", "muted"), (f"{total.held_names:,}", "plain")],
    ]
    carried = money(total.carried, glyphs, signed=False)
    style = "warning" if total.revised_names else "muted"
    revised: list[Piece] = [
        [(" revised in this file ", "muted"), (_revised_words(total, glyphs), style)],
        [("   carried until then ", "muted"), (carried, "plain")],
    ]
    mine = [] if page.first_list is None else [_own_line(page, page.first_list, width, glyphs)]
    to = short_date(one.prices_to, 9, reference=one.settlement, glyphs=glyphs).strip()
    return [
        *mine,
        fit_pieces(identity, width, glyphs),
        fit_pieces(moved, width, glyphs),
        fit_pieces(revised, width, glyphs),
        _called(
            f" trapped, price up at {to} ", total.trapped_names, total.trapped, page.trapped, "loss", width, glyphs
        ),
        _called(" right, price down  ", total.right_names, total.right, page.right, "gain", width, glyphs),
    ]


def _revised_words(total: PublicationSums, glyphs: Glyphs) -> str:
    return f"{total.revised_names:,} {money(total.revised, glyphs)}" if total.revised_names else "none"


def _figure(words: str, value: float | None, glyphs: Glyphs, style: str = "plain") -> Piece:
    return [(f"   {words} ", "muted"), (money(value, glyphs), style)]


def _counted(words: str, names: int, value: float, glyphs: Glyphs) -> Piece:
    return [(f"{words} ", "muted"), (f"{names:,} {money(value, glyphs)}", "plain")]


def _own_line(page: PublicationPage, mine: PublicationGroup, width: int, glyphs: Glyphs) -> Line:
    """How many names of one's own list moved, and the largest of them with what was added or covered."""
    sums, figures = mine.sums, page.figures
    moved = sums.built_names + sums.covered_names
    if not sums.names:
        return fit_pieces(
            [[(f" {mine.words} ", "accent"), ("none of its names is held short here", "muted")]], width, glyphs
        )
    pieces: list[Piece] = [
        [(f" {mine.words} ", "accent"), (f"{moved:,} of {sums.names:,} moved ", "plain")],
        [(f"{money(sums.new_short, glyphs)}", "title")],
    ]
    for column in page.order(mine)[:MOST_OWN_NAMES].tolist():
        row = figures.row(column)
        change = percent(row.change_ratio, 7, glyphs=glyphs).strip()
        pieces.append([(f"   {row.symbol} ", "plain"), (change, "muted"), (f" {row.move.word}", "muted")])
    return fit_pieces(pieces, width, glyphs)


def _called(
    words: str, names: int, value: float, symbols: Sequence[str], style: str, width: int, glyphs: Glyphs
) -> Line:
    """How many names, their dollars, and the largest of them by symbol, as many as there is room for."""
    pieces: list[Piece] = [[(words, "muted"), (f"{names:>5,} {money(value, glyphs):>7}", style)]]
    pieces += [[("  ", "plain"), (symbol, "plain")] for symbol in symbols]
    return fit_pieces(pieces, width, glyphs)


class PublicationSummary(Panel, can_focus=False):
    """The lines over the tables of a publication."""

    page: PublicationPage | None = None
    is_compared = False
    """Whether the cycle before stands beside it."""

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines, as many as there is room for."""
        if self.page is None:
            return [[(" reading the publication", "muted")]]
        return summary_lines(self.page, width, is_compared=self.is_compared, glyphs=self.glyphs)
