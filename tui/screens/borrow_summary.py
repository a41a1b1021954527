"""The lines over the tables of the cost of borrowing, and what `i` explains of them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shortside.datasets import Dataset
from shortside.loans.history import LoanState
from shortside.sessions import NEW_YORK
from shortside.tables.borrow import BorrowSums
from shortside.words.group_words import tier_word
from tui.screens.borrow_page import BorrowPage
from widgets.format import GLYPHS_UNICODE, Glyphs, money, percent, short_date
from widgets.formula import Formula
from widgets.lines import Line, Piece, Run, fit_pieces
from widgets.panel import Panel
from widgets.panel_description import PanelDescription

BORROW_DESCRIPTION: Final = PanelDescription(
    id="borrow",
    title="Cost of borrowing",
    formula=Formula(
        title="Cost of borrowing",
        formula="carry a day = SI · fee / 360;  net = Σ (−Q·ΔP − Q·P·fee · days / 360)",
        words="Fees are one broker's list, indicative. A day's carry is at the last fee; what was paid is counted"
        " day by day, Q and P of the session before and the fee that stood on its evening, over the calendar days to"
        " the next. A look stands for at most four days, over a weekend with a holiday; days without a fee are in no"
        " sum, so that net P&L is of the other days alone, and `of it` is their share of the dollar-days. 1d and 1w are"
        " the fee less that of the look that stood 24 hours or seven days before the newest. Fee & price up: both above"
        " a week ago, the most added carry first. Gone to none: shares once, none at the newest look; not known is not"
        " none. Price only: no distributions, no rebates.",
        source="S3 Partners and Interactive Brokers (fee / 360); what is left out is our own choice",
    ),
    rests_on=(Dataset.BORROW, Dataset.PRICES, Dataset.QUOTES, Dataset.SHORT_INTEREST),
)


def borrow_title(page: BorrowPage, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Whose list, when it became known and when it was looked at."""
    now, separator = page.history.now, f" {glyphs.separator} "
    known, looked = (_clock(one) for one in (now.known_at, now.fetched_at))
    return separator.join(("BORROW", page.history.source, f"list of {known}", f"looked at {looked[-5:]}"))


def _clock(moment: datetime) -> str:
    there = moment.astimezone(NEW_YORK)
    return f"{there.day} {there:%b %Y %H:%M}"


def borrow_lines(page: BorrowPage, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """The carry of the book, what was paid in the window, the carry by tier, and how far the looks reach."""
    total, window, history = page.table.total(), page.table.board.window, page.history
    known = _share(total.known_ratio, glyphs)
    covered = _share(total.covered_ratio, glyphs)
    start = short_date(window.start_date, 9, reference=window.end_date, glyphs=glyphs).strip()
    carry: list[Piece] = [
        [(" carry a day ", "muted"), (_usd(total.carry_day, glyphs), "title")],
        [("   average fee ", "muted"), (percent(total.fee, 6, False, glyphs=glyphs).strip(), "plain")],
        [("   known of ", "muted"), (known, "plain"), (" of the short dollars", "muted")],
    ]
    paid: list[Piece] = [
        [(f" since {start} paid ", "muted"), (_usd(total.paid, glyphs), "title")],
        [("  P&L ", "muted"), (money(total.profit_covered, glyphs), "plain")],
        [("  net ", "muted"), (money(total.net, glyphs), "title")],
        [("  on ", "muted"), (covered, _cover_style(total)), (" of dollar-days", "muted")],
    ]
    tiers: list[Piece] = [[(" a day by tier", "muted")]]
    tiers += [
        [(f"  {tier_word(one.label)} ", "muted"), (_usd(one.carry_day, glyphs), "plain")]
        for one in page.table.by_tier()
    ]
    first = history.days[0].astype(object)
    since = short_date(first, 9, reference=window.end_date, glyphs=glyphs).strip()
    looks: list[Piece] = [
        [(" looks since ", "muted"), (since, "plain"), (f", {len(history.days):,} days", "muted")],
        [("  a day ago ", "muted"), _then(history.day_ago)],
        [("  a week ago ", "muted"), _then(history.week_ago)],
    ]
    return [fit_pieces(one, width, glyphs) for one in (carry, paid, tiers, looks)]


def _then(look: LoanState | None) -> Run:
    """When a look of before became known; a warning where there is none."""
    if look is None:
        return "no look", "warning"
    there = look.known_at.astimezone(NEW_YORK)
    return f"{there.day} {there:%b %H:%M}", "plain"


def _usd(value: float | None, glyphs: Glyphs) -> str:
    return money(value, glyphs, signed=False)


def _share(value: float | None, glyphs: Glyphs) -> str:
    return percent(value, 6, False, glyphs=glyphs).strip()


def _cover_style(total: BorrowSums) -> str:
    """A warning where much of the window is not known."""
    return "plain" if (total.covered_ratio or 0.0) > 0.9 else "warning"


class BorrowSummary(Panel, can_focus=False):
    """The lines over the tables of the cost of borrowing."""

    page: BorrowPage | None = None
    why_empty = "reading the looks at the list of stock loans"
    """What is said while there is no page."""

    def draw(self, width: int, height: int) -> list[Line]:
        """The lines, as many as there is room for."""
        if self.page is not None:
            return borrow_lines(self.page, width, self.glyphs)
        import textwrap

        return [[(f" {words}", "muted")] for words in textwrap.wrap(self.why_empty, max(width - 2, 20))]
