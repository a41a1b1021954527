"""The feeds panel: every input with the day it speaks of, when it was published, and whether it is late.

Where somebody polls, how that goes as well: the requests of the day, the next look, and the last complaint in words.
Every row opens a screen of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import isfinite
from textwrap import wrap
from typing import Final

from textual.message import Message

from widgets.columns import TableColumn
from widgets.feed_facts import FeedFacts, PollFacts, PollLine
from widgets.feed_letters import FEED_LETTERS, OFF_LETTER, letter_style, letters_explained
from widgets.figure_rows import RowCell, row_lines, words_cell
from widgets.format import (
    GLYPHS_UNICODE,
    Glyphs,
    count,
    fit,
    fit_figure,
    latency_text,
    missing_text,
    short_date,
    width_of,
)
from widgets.formula import OUR_OWN_CHOICE, Formula
from widgets.lines import Line, fit_line
from widgets.list_panel import Entry, ListPanel
from widgets.moments import ReaderTime, moment_text, moment_wordings
from widgets.panel_description import PanelDescription
from widgets.wrapped import lines_of_words

MOMENT_WIDTH = 12
MOMENT_KEYS: Final = frozenset({"published", "fetched", "success", "next"})
"""The columns of clock times."""
LEAST_WIDTH_FOR_HERE: Final = 160
"""Columns from which on the reader's time stands beside New York's."""
COLUMNS = (
    TableColumn(key="state", title="", width=1, align="left"),
    TableColumn(key="dataset", title="dataset", width=18, align="left", min_width=8),
    TableColumn(key="source", title="source", width=10, align="left", min_width=6, max_width=24, priority=4),
    TableColumn(key="as_of", title="as of", width=9, priority=1),
    TableColumn(key="published", title="published NY", width=MOMENT_WIDTH, priority=5),
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


def feeds_lines(
    feeds: Sequence[FeedFacts],
    width: int,
    height: int,
    glyphs: Glyphs = GLYPHS_UNICODE,
    read: ReaderTime | None = None,
) -> list[Line]:
    """A line per input under a header, in the order given; moments are New York's, on a wide screen also here's."""
    newest = max((feed.age.as_of for feed in feeds if feed.age.as_of is not None), default=None)
    columns, rows = _columns(feeds), [_cells(feed, newest, read, glyphs) for feed in feeds]
    moments = [moment for feed in feeds for moment in (feed.age.published_at, feed.age.fetched_at)]
    columns = _with_room_for_moments(columns, moments, read, width)
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
    polled: Sequence[PollFacts],
    total: PollLine,
    width: int,
    read: ReaderTime | None = None,
    glyphs: Glyphs = GLYPHS_UNICODE,
) -> list[Line]:
    """A line per feed that is polled under a header, and one about the polling as a whole."""
    newest = max((feed.as_of for feed in polled if feed.as_of is not None), default=None)
    moments = [moment for feed in polled for moment in (feed.answered_at, feed.next_at)]
    columns = _with_room_for_moments(POLLED_COLUMNS, moments, read, width)
    lines = row_lines(columns, [_polled_cells(feed, newest, read, glyphs) for feed in polled], width, glyphs=glyphs)
    return [*lines, _total_line(total, width, glyphs)]


def _with_room_for_moments(
    columns: Sequence[TableColumn], moments: Iterable[datetime | None], read: ReaderTime | None, width: int
) -> list[TableColumn]:
    """The columns, those of clock times as wide as their longest needs: with the reader's time where there is room."""
    needed = MOMENT_WIDTH
    for moment in moments:
        if moment is not None:
            wordings = moment_wordings(moment, read, zone_word="")
            needed = max(needed, len(wordings[0 if width >= LEAST_WIDTH_FOR_HERE else -1]))
    return [replace(one, max_width=needed) if one.key in MOMENT_KEYS else one for one in columns]


def _cells(feed: FeedFacts, reference: date | None, read: ReaderTime | None, glyphs: Glyphs) -> list[RowCell]:
    age = feed.age
    state = age.freshness.state
    style = "loss" if feed.trouble else letter_style(state.letter)
    letter = ("!" if feed.trouble else "") or state.letter
    return [
        words_cell(letter, style, glyphs),
        words_cell(age.dataset.value.replace("_", " "), "plain", glyphs),
        (lambda width: source_text(feed, width, glyphs), "muted"),
        (lambda width: short_date(age.as_of, width, reference=reference, glyphs=glyphs), "plain"),
        (lambda width: moment_text(age.published_at, width, read, glyphs), "muted"),
        (lambda width: moment_text(age.fetched_at, width, read, glyphs), "muted"),
        (lambda width: freshness_text(feed.trouble or age.freshness.words, width, glyphs), style),
        (lambda width: count(age.rows, width, glyphs=glyphs), "plain"),
        words_cell(feed.attribution, "muted", glyphs),
    ]


def _polled_cells(feed: PollFacts, reference: date | None, read: ReaderTime | None, glyphs: Glyphs) -> list[RowCell]:
    style, is_off = letter_style(feed.letter), feed.letter == OFF_LETTER
    asked = f"{feed.requests:,}" if feed.budget is None else f"{feed.requests:,}/{feed.budget:,}"
    return [
        words_cell(feed.letter, style, glyphs),
        words_cell(feed.title, "plain", glyphs),
        (lambda width: short_date(feed.as_of, width, reference=reference, glyphs=glyphs), "plain"),
        (lambda width: count(feed.missed, width, glyphs=glyphs), "plain"),
        (lambda width: moment_text(feed.answered_at, width, read, glyphs), "muted"),
        (
            lambda width: missing_text(None, width, glyphs) if is_off else next_text(feed.next_at, width, read, glyphs),
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
        line.append((total.complaint, "accent" if total.is_calm else "loss"))
    else:
        line.append((f"polled by {total.poller}" if total.poller else "nobody polls", "muted"))
    if total.desk:
        line.append((f" {glyphs.dot} {total.desk}", "accent"))
    if total.filling:
        line.append((f" {glyphs.dot} filling {total.filling}", "plain"))
    return fit_line(line, width, glyphs)


def freshness_text(words: str, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """Words on freshness, such as `missed 0 publications`, without the last word where it does not fit."""
    if width_of(words) > width and words.startswith("missed "):
        words = words.rpartition(" ")[0]
    return fit(words, width, glyphs=glyphs)


def source_text(feed: FeedFacts, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> str:
    """The source of an input, `simulated` where its figures are made up; `SIM` where that does not fit."""
    if not feed.is_simulated:
        return fit(feed.age.source, width, glyphs=glyphs)
    return fit("simulated" if width >= len("simulated") else "SIM", width, glyphs=glyphs)


def next_text(
    moment: datetime | None, width: int, read: ReaderTime | None = None, glyphs: Glyphs = GLYPHS_UNICODE
) -> str:
    """When a feed is polled next; `now` while it is."""
    return "now".rjust(width) if moment is None else moment_text(moment, width, read, glyphs)


def rate_text(bytes_per_second: float) -> str:
    """The rate of bytes sent to the terminal: `2.4 kB/s`, `under 0.1 kB/s`.

    No finer: to tell a rate is sent over the line, too, and must not be news to itself.
    """
    return "under 0.1 kB/s" if bytes_per_second < 100 else f"{bytes_per_second / 1_000:.1f} kB/s"


class FeedsPanel(ListPanel):
    """The panel of feeds, where somebody polls, and of inputs with their age; each opens its own screen."""

    description = PanelDescription(
        id="feeds",
        title="Feeds",
        formula=Formula(
            title="Sources and their age",
            formula="missed = publications of the source since the day its rows speak of",
            words="Old is relative to how often a source publishes: short interest of 23 days ago is current while "
            "nothing newer is out, Friday's prices are current on Sunday. One publication missed is late, more is "
            "stale. {table.choose:Enter} on a feed shows its whole complaint, its last polls and its terms.",
            source=OUR_OWN_CHOICE,
        ),
    )

    class FeedChosen(Message):
        """A row was opened; `key` is its entry's, `listed` are the keys of all rows in their order."""

        def __init__(self, panel: FeedsPanel, key: str, listed: tuple[str, ...]) -> None:
            super().__init__()
            self.panel, self.key, self.listed = panel, key, listed

        @property
        def control(self) -> FeedsPanel:
            """The panel, for `on` selectors."""
            return self.panel

    kept_lines = 1
    _feeds: tuple[FeedFacts, ...] = ()
    _polled: tuple[PollFacts, ...] = ()
    _total = PollLine()
    _read: ReaderTime | None = None
    _display_words = ""

    @property
    def explained_columns(self) -> tuple[tuple[str, str], ...]:
        """The letters before the rows, each with its meaning."""
        return tuple((letter, f"{words}.") for letter, words in letters_explained())

    @property
    def letters(self) -> tuple[tuple[str, str], ...]:
        """The letters before the rows, for the help."""
        return letters_explained()

    def show(self, feeds: Sequence[FeedFacts], read: ReaderTime | None = None) -> int:
        """Show these inputs in this order, as somebody reads them then and there; returns how many regions change."""
        self._feeds, self._read = tuple(feeds), read
        return self.redraw()

    def show_polled(self, polled: Sequence[PollFacts], total: PollLine) -> int:
        """Show these feeds over the inputs; returns how many regions are repainted."""
        self._polled, self._total = tuple(polled), total
        return self.redraw()

    def show_rate(self, bytes_per_second: float) -> None:
        """Show in the border how many bytes a second the screen sends; nothing where that is not known."""
        self.note = f"screen {rate_text(bytes_per_second)}" if isfinite(bytes_per_second) else ""

    def show_display(self, words: str) -> int:
        """Show in the first line why Textual draws by itself; returns how many regions are repainted."""
        self._display_words = words
        return self.redraw()

    def list_lines(self, width: int, height: int) -> list[Line]:
        lines = self._said(width)
        if self._polled:
            lines += polled_lines(self._polled, self._total, width, self._read, self.glyphs)
        if self._feeds:
            lines += [[]] if self._polled else []
            lines += feeds_lines(self._feeds, width, height, self.glyphs, self._read)
        return lines + self._legend(width)

    def _said(self, width: int) -> list[Line]:
        """Why Textual draws by itself, over the heading, with which it stays."""
        words = wrap(self._display_words, max(width - 2, 20))
        self.kept_lines = len(words) + 1
        return [[("  ", "plain"), (fit(part, width - 2, glyphs=self.glyphs), "warning")] for part in words]

    def _legend(self, width: int) -> list[Line]:
        """The letters that stand before rows now, in words."""
        letters = [feed.letter for feed in self._polled] + [feed.age.freshness.state.letter for feed in self._feeds]
        known = [one for one in FEED_LETTERS.values() if one.letter in letters]
        words = f" {self.glyphs.separator} ".join(f"{one.letter} {one.word}" for one in known)
        return [[], *([(f"  {part}", "muted")] for part in lines_of_words(words, width - 3))] if words else []

    def entries_at(self, width: int, height: int) -> list[Entry]:
        y = len(wrap(self._display_words, max(width - 2, 20))) + 1
        entries = [Entry(feed_key(feed, place), y + place) for place, feed in enumerate(self._polled)]
        if self._polled:
            y += len(self._polled) + 3  # The line on the polling, an empty one, and the heading of the inputs.
        return entries + [Entry(input_key(feed), y + place) for place, feed in enumerate(self._feeds)]

    def select(self, key: str | None) -> None:
        """Put the cursor on the row of a key; nothing happens where there is none."""
        places = [place for place, entry in enumerate(self.entries_at(*self.size)) if entry.key == key]
        if places:
            self.cursor = places[0]

    def choose(self, key: str) -> None:
        listed = tuple(entry.key for entry in self.entries_at(*self.size))
        self.post_message(self.FeedChosen(self, key, listed))


def feed_key(feed: PollFacts, place: int = 0) -> str:
    """What a feed is called among the rows; by its place where it has no name."""
    return f"feed {feed.name or place}"


def input_key(feed: FeedFacts) -> str:
    """What an input is called among the rows."""
    return f"input {feed.age.dataset.value}"
