"""Writes all that is known of one feed, or of one input, as the lines of a screen: complaint, clocks, polls, terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from widgets.columns import TableColumn
from widgets.feed_facts import FeedFacts, PollFacts, PollLine, PollOutcome, SourceTerms
from widgets.feed_letters import FEED_LETTERS, OFF_LETTER, letter_style
from widgets.figure_rows import RowCell, row_lines, words_cell
from widgets.format import GLYPHS_UNICODE, Glyphs, count, full_date, latency_text, latency_words
from widgets.moments import ReaderTime, moment_text, moment_words
from widgets.wrapped import lines_of_words

if TYPE_CHECKING:
    from datetime import datetime

    from widgets.lines import Line

THIS_TERMINAL = "this terminal"
"""How the polling of this program's own terminal is called."""
LABEL_WIDTH = 14
"""Cells of the words before a fact."""
LEAST_WIDTH_BESIDE_LABELS = 36
"""Columns from which on facts stand beside their labels; where there are fewer, they stand below."""
POLL_COLUMNS = (
    TableColumn(key="at", title="time NY", width=12, max_width=30),
    TableColumn(key="outcome", title="outcome", width=11, align="left"),
    TableColumn(key="rows", title="rows", width=9, min_width=6, priority=2),
    TableColumn(key="took", title="took", width=7, priority=1),
    TableColumn(key="reason", title="", width=10, align="left", max_width=160, priority=3),
)


class FeedFact(NamedTuple):
    """A fact of a feed behind its label: a moment, or words."""

    label: str
    value: datetime | str | None
    """None where it is not known."""
    more: str = ""
    """What stands behind it."""
    style: str = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """What the screen of one feed says."""

    title: str
    letter: str
    complaint: str = ""
    """What went wrong last, in its own words; empty where nothing did."""
    complained_at: datetime | None = None
    facts: tuple[FeedFact, ...] = ()
    polls: tuple[PollOutcome, ...] = ()
    polls_missing: str = ""
    """Why no polls are told, in words; empty where they are."""
    terms: SourceTerms
    attribution: str = ""


def poll_page(feed: PollFacts, total: PollLine) -> FeedPage:
    """The page of a feed that is polled.

    Args:
        feed: how it is doing.
        total: who polls.
    """
    is_off = feed.letter == OFF_LETTER
    asked = f"{feed.requests:,}" if feed.budget is None else f"{feed.requests:,} of {feed.budget:,}"
    nobody_asks = "never: nobody asks it" if is_off else "now: it is being asked"
    facts = [
        FeedFact("data of", full_date(feed.as_of), feed.age_words or feed.words if not is_off else ""),
        FeedFact("fetched", feed.answered_at),
        FeedFact("answered", feed.looked_at),
        FeedFact("next poll", feed.next_at or nobody_asks, style="plain" if feed.next_at else "muted"),
        FeedFact("took", latency_words(feed.latency)),
        FeedFact("asked today", f"{asked} requests"),
        *([FeedFact("failed", f"{feed.failures:,} in a row", style="loss")] if feed.failures else []),
        *([FeedFact("charged", feed.remark)] if feed.remark else []),
        FeedFact("polled by", _poller_words(total), style="loss" if total.complaint and not total.is_calm else "plain"),
    ]
    return FeedPage(
        title=feed.title,
        letter=feed.letter,
        complaint=feed.words if is_off else feed.complaint or (feed.words if feed.is_troubled else ""),
        complained_at=feed.complained_at,
        facts=tuple(facts),
        polls=feed.polls,
        polls_missing="" if feed.polls else "nobody asks it" if is_off else "none is remembered yet",
        terms=feed.terms,
        attribution=feed.attribution,
    )


def _poller_words(total: PollLine) -> str:
    if total.complaint:
        return total.complaint
    if not total.poller:
        return "nobody"
    return total.poller if total.poller == THIS_TERMINAL else f"{total.poller}; this terminal only watches"


def input_page(feed: FeedFacts) -> FeedPage:
    """The page of an input of the market, which nobody polls by that name."""
    age = feed.age
    facts = [
        FeedFact("data of", full_date(age.as_of), age.freshness.words),
        FeedFact("published", age.published_at),
        FeedFact("fetched", age.fetched_at),
        FeedFact("due next", age.freshness.due_next),
        *([FeedFact("rows", f"{age.rows:,}")] if age.rows is not None else []),
        FeedFact("source", "simulated by shortside" if feed.is_simulated else age.source),
    ]
    return FeedPage(
        title=age.dataset.value.replace("_", " "),
        letter=age.freshness.state.letter,
        complaint=feed.trouble,
        facts=tuple(facts),
        polls_missing=feed.renewed_by or "it is not polled",
        terms=feed.terms,
        attribution=feed.attribution,
    )


def feed_page_lines(
    page: FeedPage, width: int, read: ReaderTime | None = None, glyphs: Glyphs = GLYPHS_UNICODE
) -> list[Line]:
    """A page as lines of at most `width` cells: words wrapped, nothing cut but figures that do not fit."""
    letter = FEED_LETTERS.get(page.letter)
    word, meaning = (letter.word, letter.meaning) if letter else ("failed", "the last look failed")
    style = letter_style(page.letter)
    state = lines_of_words(f"{page.letter} {word}: {meaning}", width - 2)
    lines: list[Line] = [[(f" {part}", style)] for part in state]
    lines += _complaint_lines(page, width, read, glyphs)
    lines.append([])
    for fact in page.facts:
        lines += _fact_lines(fact, width, read, glyphs)
    lines += [[], [(" last polls", "title")]]
    lines += _poll_lines(page, width, read, glyphs)
    lines += [[], [(" terms", "title")], *_terms_lines(page, width, read, glyphs)]
    lines += [[], [(" letters", "title")], *letter_lines(width)]
    return lines


def _complaint_lines(page: FeedPage, width: int, read: ReaderTime | None, glyphs: Glyphs) -> list[Line]:
    """What went wrong, whole; quietly where the feed has recovered since."""
    if not page.complaint:
        return []
    is_over = page.letter in FEED_LETTERS and not FEED_LETTERS[page.letter].is_failure
    style = "muted" if is_over else "loss"
    lines: list[Line] = [[(f" {part}", style)] for part in lines_of_words(page.complaint, width - 2)]
    if page.complained_at is not None:
        said = "last complaint, of " if is_over else "said "
        at = moment_words(page.complained_at, width - 4 - len(said), read, glyphs)
        lines += [[(f"   {part}", "muted")] for part in lines_of_words(said + at, width - 4)]
    return lines


def _fact_lines(fact: FeedFact, width: int, read: ReaderTime | None, glyphs: Glyphs) -> list[Line]:
    room = width - 4 if width < LEAST_WIDTH_BESIDE_LABELS else width - LABEL_WIDTH - 2
    if fact.value is None:
        words = glyphs.missing
    elif isinstance(fact.value, str):
        words = fact.value
    else:
        words = moment_words(fact.value, room, read, glyphs)
    said = lines_of_words(f"{words}, {fact.more}" if fact.more else words, room) or [glyphs.missing]
    if width < LEAST_WIDTH_BESIDE_LABELS:
        return [[(f" {fact.label}", "muted")], *([(f"   {part}", fact.style)] for part in said)]
    label = f" {fact.label}".ljust(LABEL_WIDTH)
    return [
        [(label if place == 0 else " " * LABEL_WIDTH, "muted"), (part, fact.style)] for place, part in enumerate(said)
    ]


def _poll_lines(page: FeedPage, width: int, read: ReaderTime | None, glyphs: Glyphs) -> list[Line]:
    if not page.polls:
        return [[(f" {part}", "muted")] for part in lines_of_words(page.polls_missing, width - 2)]
    return row_lines(POLL_COLUMNS, [_poll_cells(poll, read, glyphs) for poll in page.polls], width, glyphs=glyphs)


def _poll_cells(poll: PollOutcome, read: ReaderTime | None, glyphs: Glyphs) -> list[RowCell]:
    letter = FEED_LETTERS.get(poll.letter)
    word = letter.word if letter else "failed"
    if letter is not None and not letter.is_failure and poll.is_unchanged:
        word = "unchanged"
    return [
        (lambda width: moment_text(poll.at, width, read, glyphs), "muted"),
        words_cell(f"{poll.letter} {word}", letter_style(poll.letter), glyphs),
        (lambda width: count(poll.rows, width, glyphs=glyphs), "plain"),
        (lambda width: latency_text(poll.seconds, width, glyphs), "muted"),
        words_cell(poll.reason, "muted", glyphs),
    ]


def _terms_lines(page: FeedPage, width: int, read: ReaderTime | None, glyphs: Glyphs) -> list[Line]:
    terms = page.terms
    facts = (
        FeedFact("publisher", terms.publisher),
        FeedFact("gives", terms.gives),
        FeedFact("when", terms.cadence),
        FeedFact("asked at", terms.hosts),
        FeedFact("named as", page.attribution),
        FeedFact("allowed", terms.terms),
    )
    known = [fact for fact in facts if fact.value]
    if not known:
        return [[(" none are known", "muted")]]
    return [line for fact in known for line in _fact_lines(fact, width, read, glyphs)]


def letter_lines(width: int) -> list[Line]:
    """The legend: every letter with its word and its meaning, wrapped."""
    lines: list[Line] = []
    for one in FEED_LETTERS.values():
        first, *rest = lines_of_words(f"{one.word}: {one.meaning}", width - 5)
        lines.append([(f"  {one.letter}", one.style), (f" {first}", "muted")])
        lines += [[(f"    {part}", "muted")] for part in rest]
    return lines
