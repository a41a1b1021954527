"""The feeds panel: every input with the day it speaks of, when it was published, and whether it is late.

Where somebody polls, how that goes as well: the requests of the day, the next look, and the last complaint in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from widgets.columns import TableColumn
from widgets.feed_letters import OFF_LETTER, is_failure_letter, letter_style
from widgets.figure_rows import RowCell, row_lines, words_cell
from widgets.format import GLYPHS_UNICODE, Glyphs, count, fit, fit_figure, missing_text, short_date, width_of
from widgets.formula import OUR_OWN_CHOICE, Formula
from widgets.panel import Line, Panel, fit_line
from widgets.panel_description import PanelDescription

if TYPE_CHECKING:
    from shortside.freshness import InputAge

MOMENT_WIDTH = 12
COLUMNS = (
    TableColumn(key="state", title="", width=1, align="left"),
    TableColumn(key="dataset", title="dataset", width=18, align="left", min_width=8),
    TableColumn(key="source", title="source", width=10, align="left", min_width=5, max_width=24, priority=4),
    TableColumn(key="as_of", title="as of", width=9, priority=1),
    TableColumn(key="published", title="published", width=MOMENT_WIDTH, priority=5),
    TableColumn(key="fetched", title="fetched NY", width=MOMENT_WIDTH, priority=3),
    TableColumn(key="words", title="freshness", width=22, align="left", min_width=14, max_width=40, priority=2),
    TableColumn(key="rows", title="rows", width=9, priority=6),
    TableColumn(key="attribution", title="terms", width=20, align="left", min_width=10, max_width=80, priority=7),
)
COLUMN_PLACES: Final = {column.key: place for place, column in enumerate(COLUMNS)}
POLLED_COLUMNS = (
    TableColumn(key="state", title="", width=1, align="left"),
    TableColumn(key="feed", title="feed", width=20, align="left", min_width=8, max_width=24),
    TableColumn(key="as_of", title="as of", width=9, priority=1),
    TableColumn(key="missed", title="missed", width=6, priority=5, tooltip="publications since"),
    TableColumn(key="success", title="answered NY", width=MOMENT_WIDTH, priority=3),
    TableColumn(key="next", title="next NY", width=MOMENT_WIDTH, priority=2),
    TableColumn(key="latency", title="took", width=7, priority=7),
    TableColumn(
        key="requests", title="asked", width=9, priority=6, tooltip="requests today, and how many polling may make"
    ),
    TableColumn(key="words", title="state", width=24, align="left", min_width=14, max_width=110, priority=1),
    TableColumn(key="attribution", title="terms", width=20, align="left", min_width=10, max_width=80, priority=8),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """One input as the panel shows it."""

    age: InputAge
    attribution: str = ""
    """The words its source's terms ask us to show."""
    trouble: str = ""
    """Why the last look failed, in words; empty when it did not. Stands in place of the freshness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """One feed that is polled, as the panel shows it."""

    dataset: Dataset | None = None
    """The dataset that the feed brings."""
    letter: str
    """How it is doing, one of `widgets.feed_letters.FEED_LETTERS`."""
    title: str
    as_of: date | None = None
    missed: int | None = None
    """How many publications were missed since; None where that is unknown."""
    answered_at: datetime | None = None
    """When the feed last answered with what it was asked for."""
    next_at: datetime | None = None
    """When the feed is polled next; None while it is being polled."""
    latency: float | None = None
    """Seconds the last request took."""
    requests: int = 0
    """How many requests were made today."""
    budget: int | None = None
    """How many requests a day polling may make."""
    words: str = ""
    """How fresh the feed's data are or, where the last poll failed, why."""
    attribution: str = ""

    @property
    def is_troubled(self) -> bool:
        """Whether the last poll of the feed failed."""
        return is_failure_letter(self.letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLine:
    """What is said of the polling as a whole, under the feeds."""

    poller: str = ""
    """Who polls: `this terminal`, `process 4711 on desk`; empty where nobody does."""
    filling: str = ""
    """Which gap is being filled; empty when none is."""
    complaint: str = ""
    """Why nobody polls, in words; empty while somebody does."""
    is_unpolled: bool = False
    """Whether nobody has polled for so long that it is no mere change of hands."""


def feeds_lines(feeds: Sequence[FeedFacts], width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """A line per input under a header, in the order given; moments are New York's."""
    newest = max((feed.age.as_of for feed in feeds if feed.age.as_of is not None), default=None)
    columns, rows = _columns(feeds), [_cells(feed, newest, glyphs) for feed in feeds]
    chosen = [[row[COLUMN_PLACES[column.key]] for column in columns] for row in rows]
    return row_lines(columns, chosen, width, glyphs=glyphs)


def _columns(feeds: Sequence[FeedFacts]) -> list[TableColumn]:
    """Counts only where there is one, and whom the figures are owed to never cut: half of it names nobody."""
    longest = max((width_of(feed.attribution) for feed in feeds), default=0)
    has_counts = any(feed.age.rows is not None for feed in feeds)
    columns = [column for column in COLUMNS if has_counts or column.key != "rows"]
    return [
        replace(column, min_width=max(column.least_width, min(longest, column.most_width)))
        if column.key == "attribution"
        else column
        for column in columns
    ]


def polled_lines(
    polled: Sequence[PollFacts], total: PollLine, width: int, height: int, glyphs: Glyphs = GLYPHS_UNICODE
) -> list[Line]:
    """A line per feed that is polled under a header, and one about the polling; as many as fit, the last one always."""
    newest = max((feed.as_of for feed in polled if feed.as_of is not None), default=None)
    lines = row_lines(POLLED_COLUMNS, [_polled_cells(feed, newest, glyphs) for feed in polled], width, glyphs=glyphs)
    return [*lines[: max(height - 1, 1)], _total_line(total, width, glyphs)]


def _cells(feed: FeedFacts, reference: date | None, glyphs: Glyphs) -> list[RowCell]:
    age = feed.age
    state = age.freshness.state
    style = "loss" if feed.trouble else letter_style(state.letter)
    letter = ("!" if feed.trouble else "") or state.letter
    return [
        words_cell(letter, style, glyphs),
        words_cell(age.dataset.value.replace("_", " "), "plain", glyphs),
        words_cell(age.source, "muted", glyphs),
        (lambda width: short_date(age.as_of, width, reference=reference, glyphs=glyphs), "plain"),
        (lambda width: moment_text(age.published_at, width, glyphs), "muted"),
        (lambda width: moment_text(age.fetched_at, width, glyphs), "muted"),
        (lambda width: freshness_text(feed.trouble or age.freshness.words, width, glyphs), style),
        (lambda width: count(age.rows, width, glyphs=glyphs), "plain"),
        words_cell(feed.attribution, "muted", glyphs),
    ]


def _polled_cells(feed: PollFacts, reference: date | None, glyphs: Glyphs) -> list[RowCell]:
    style, is_off = letter_style(feed.letter), feed.letter == OFF_LETTER
    asked = f"{feed.requests:,}" if feed.budget is None else f"{feed.requests:,}/{feed.budget:,}"
    return [
        words_cell(feed.letter, style, glyphs),
        words_cell(feed.title, "plain", glyphs),
        (lambda width: short_date(feed.as_of, width, reference=reference, glyphs=glyphs), "plain"),
        (lambda width: count(feed.missed, width, glyphs=glyphs), "plain"),
        (lambda width: moment_text(feed.answered_at, width, glyphs), "muted"),
        (
            lambda width: missing_text(None, width, glyphs) if is_off else next_text(feed.next_at, width, glyphs),
            "plain",
        ),
        (lambda width: latency_text(feed.latency, width, glyphs), "muted"),
        (lambda width: asked.rjust(width) if len(asked) <= width else fit_figure(f"{feed.requests:,}", width), "muted"),
        (lambda width: freshness_text(feed.words, width, glyphs), style),
        words_cell(feed.attribution, "muted", glyphs),
    ]


def _total_line(total: PollLine, width: int, glyphs: Glyphs) -> Line:
    line: Line = [("  ", "plain")]
    if total.complaint:
        line.append((total.complaint, "loss"))
    else:
        line.append((f"polled by {total.poller}" if total.poller else "nobody polls", "muted"))
    if total.filling:
        line.append((f" {glyphs.dot} filling {total.filling}", "plain"))
    return fit_line(line, width, glyphs)


def freshness_text(words: str, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Words on freshness, such as `missed 0 publications`, without the last word where it does not fit."""
    if width_of(words) > width and words.startswith("missed "):
        words = words.rpartition(" ")[0]
    return fit(words, width, glyphs=glyphs)


def next_text(moment: datetime | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """When a feed is polled next; `now` while it is."""
    return "now".rjust(width) if moment is None else moment_text(moment, width, glyphs)


def rate_text(bytes_per_second: float) -> str:
    """The rate of bytes sent to the terminal: `2.4 kB/s`, `under 0.1 kB/s`.

    No finer: to tell a rate is sent over the line, too, and must not be news to itself.
    """
    return "under 0.1 kB/s" if bytes_per_second < 100 else f"{bytes_per_second / 1_000:.1f} kB/s"


def latency_text(seconds: float | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """How long a request took: `84 ms`, `2.1 s`."""
    if seconds is None:
        return missing_text(None, width, glyphs)
    text = f"{seconds * 1_000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    return text.rjust(width) if len(text) <= width else fit_figure(text, width)


def moment_text(moment: datetime | None, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """A moment by New York's clock: `24 Aug 16:40`; without its hour where that does not fit."""
    if moment is None:
        return missing_text(None, width, glyphs)
    local = moment.astimezone(NEW_YORK)
    text = f"{short_date(local.date(), 6).strip()} {local:%H:%M}"
    return text.rjust(width) if len(text) <= width else fit_figure(short_date(local.date(), 6).strip(), width)


class FeedsPanel(Panel):
    """The panel of inputs with their age and, where somebody polls, of the feeds."""

    description = PanelDescription(
        id="feeds",
        title="Feeds",
        formula=Formula(
            title="Sources and their age",
            formula="missed = publications of the source since the day its rows speak of",
            words="Old is relative to how often a source publishes: short interest of 23 days ago is current while "
            "nothing newer is out, Friday's prices are current on Sunday. One publication missed is late, more is "
            "stale.",
            source=OUR_OWN_CHOICE,
        ),
    )

    _feeds: tuple[FeedFacts, ...] = ()
    _polled: tuple[PollFacts, ...] = ()
    _total = PollLine()
    _display_words = ""

    def show(self, feeds: Sequence[FeedFacts]) -> int:
        """Show these inputs in this order; returns how many regions are repainted."""
        self._feeds = tuple(feeds)
        return self.redraw()

    def show_polled(self, polled: Sequence[PollFacts], total: PollLine) -> int:
        """Show these feeds under the inputs; returns how many regions are repainted."""
        self._polled, self._total = tuple(polled), total
        return self.redraw()

    def show_rate(self, bytes_per_second: float) -> None:
        """Show in the border how many bytes a second the screen sends; nothing where that is not known."""
        self.note = f"screen {rate_text(bytes_per_second)}" if isfinite(bytes_per_second) else ""

    def show_display(self, words: str) -> int:
        """Show in the first line why Textual draws by itself; returns how many regions are repainted."""
        self._display_words = words
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        said: list[Line] = [
            [("  ", "plain"), (fit(words, width - 2, glyphs=self.glyphs), "warning")]
            for words in wrap(self._display_words, max(width - 2, 20))
        ]
        return [*said, *self._draw_feeds(width, height - len(said))]

    def _draw_feeds(self, width: int, height: int) -> list[Line]:
        lines = feeds_lines(self._feeds, width, height, self.glyphs) if self._feeds else []
        if not self._polled:
            return lines
        # Where both do not fit, the feeds go first: their letters say how old the inputs are, too.
        left = height - len(lines) - 1
        if lines and left >= len(self._polled) + 2:
            blank: Line = [(" " * width, "plain")]
            return [*lines, blank, *polled_lines(self._polled, self._total, width, left, self.glyphs)]
        return polled_lines(self._polled, self._total, width, height, self.glyphs)
