"""Every input with its two clocks: what day it speaks of and when it became known, and whether it is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from analytics.freshness import FreshnessState
from analytics.sessions import NEW_YORK
from widgets._columns import Column
from widgets._format import GLYPHS_UNICODE, Glyphs, absent, count, fit_figure, short_date
from widgets._panel import Line, Panel
from widgets._records import RecordCell, record_lines, words_cell

if TYPE_CHECKING:
    from analytics.snapshot import InputAge

MOMENT_WIDTH = 12
COLUMNS = (
    Column(key="state", title="", width=1, align="left"),
    Column(key="dataset", title="dataset", width=18, align="left", min_width=8),
    Column(key="source", title="source", width=10, align="left", min_width=5, max_width=24, priority=4),
    Column(key="as_of", title="as of", width=9, priority=1),
    Column(key="published", title="published", width=MOMENT_WIDTH, priority=5),
    Column(key="fetched", title="fetched NY", width=MOMENT_WIDTH, priority=3),
    Column(key="words", title="freshness", width=22, align="left", min_width=14, max_width=40, priority=2),
    Column(key="rows", title="rows", width=9, priority=6),
    Column(key="attribution", title="terms", width=20, align="left", min_width=10, max_width=80, priority=7),
)
STYLES = {
    FreshnessState.CURRENT: "plain",
    FreshnessState.LATE: "warning",
    FreshnessState.STALE: "warning",
    FreshnessState.UNKNOWN: "muted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """One input as the panel shows it."""

    age: InputAge
    attribution: str = ""
    """The words its source's terms ask us to show."""
    trouble: str = ""
    """Why the last look failed, in words; empty when it did not. Stands in place of the freshness."""


def feeds_lines(feeds: Sequence[FeedFacts], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A line per input under a header, in the order given; moments are New York's."""
    newest = max((feed.age.as_of for feed in feeds if feed.age.as_of is not None), default=None)
    return record_lines(COLUMNS, [_cells(feed, newest, glyphs) for feed in feeds], width, glyphs=glyphs)


def _cells(feed: FeedFacts, reference: date | None, glyphs: Glyphs) -> list[RecordCell]:
    age = feed.age
    state = age.freshness.state
    style = "loss" if feed.trouble else STYLES[state]
    letter = ("!" if feed.trouble else "") or state.letter
    return [
        words_cell(letter, style, glyphs),
        words_cell(age.dataset.value.replace("_", " "), "plain", glyphs),
        words_cell(age.source, "muted", glyphs),
        (lambda width: short_date(age.as_of, width, reference=reference, glyphs=glyphs), "plain"),
        (lambda width: moment_text(age.published_at, width, glyphs), "muted"),
        (lambda width: moment_text(age.fetched_at, width, glyphs), "muted"),
        words_cell(feed.trouble or age.freshness.words, style, glyphs),
        (lambda width: count(age.rows, width, glyphs=glyphs), "plain"),
        words_cell(feed.attribution, "muted", glyphs),
    ]


def moment_text(moment: datetime | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A moment by New York's clock: `24 Aug 16:40`; without its hour where that does not fit."""
    if moment is None:
        return absent(None, width, glyphs)
    local = moment.astimezone(NEW_YORK)
    text = f"{short_date(local.date(), 6).strip()} {local:%H:%M}"
    return text.rjust(width) if len(text) <= width else fit_figure(short_date(local.date(), 6).strip(), width)


class FeedsPanel(Panel):
    """What the figures are made of, and how old it is."""

    def __init__(
        self,
        *,
        title: str = "6 Feeds",
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(title=title, glyphs=glyphs, name=name, id=id, classes=classes)
        self._feeds: tuple[FeedFacts, ...] = ()

    def show(self, feeds: Sequence[FeedFacts]) -> int:
        """Show these inputs in this order; returns how many regions are repainted."""
        self._feeds = tuple(feeds)
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        return feeds_lines(self._feeds, width, height, self.glyphs) if self._feeds else []
