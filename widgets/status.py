"""The head of the screen: the view, its source, the age of prices and short interest, and the next publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from shortside.freshness import FreshnessState
from shortside.named_windows import window_title
from shortside.sessions import NEW_YORK, MarketState, market_state, new_york_date
from widgets.format import GLYPHS_UNICODE, Glyphs, short_date
from widgets.lines import Line, Run, fit_line
from widgets.moments import ReaderTime, here_words, moment_wordings
from widgets.panel import Panel

if TYPE_CHECKING:
    from shortside.freshness import InputAge
    from shortside.positions import Knowledge, PositionsMethod
    from shortside.tiers import TierBasis
    from shortside.windows import Window

WIDE_GAP, NARROW_GAP, MARGINS = 3, 2, 2
WIDTH_OF_WIDE_GAPS = 100
STATE_STYLES = {
    FreshnessState.CURRENT: "plain",
    FreshnessState.LATE: "warning",
    FreshnessState.STALE: "warning",
    FreshnessState.UNKNOWN: "warning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFacts:
    """The state of a recording that is played: its source, speed, and why it does not run."""

    source: str
    """The source that was recorded."""
    speed: float | None = None
    """How many times faster than life it runs; None where it is not played but shown as it ended."""
    state: str = ""
    """Why it does not run, in a word or three; empty while it does."""
    played: float | None = None
    """How much of its time has passed, from 0 to 1; None where it is not played."""
    length: timedelta = timedelta()
    """How long it is."""


class HeadAlarm(NamedTuple):
    """One kind of trouble with the data, as the head says it."""

    word: str
    """The word for it, such as `refused`."""
    names: tuple[str, ...] = ()
    """The feeds that are in it, or what is wrong with all of them; none where that is not known in a word."""
    is_failure: bool = False
    """Whether the figures could not be renewed; otherwise they are old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusFacts:
    """Everything that the head of the screen shows."""

    source: str
    """The source that the market comes from."""
    is_simulated: bool
    moment: datetime
    """Now, with a zone: for the clock, the market's state and the countdown."""
    here: tzinfo = NEW_YORK
    """The reader's zone: its time stands beside New York's where it is another and there is room."""
    this_year: int | None = field(default=None, kw_only=True)
    """The reader's year, where `moment` is not the present: a day of another year is never without its own."""
    last_session: date
    """The day the figures speak of."""
    is_live: bool
    """Whether that day's session still moves them."""
    is_today_known: bool = field(default=True, kw_only=True)
    """Whether the session before it has its closes."""
    window: Window
    basis: TierBasis
    positions: PositionsMethod
    knowledge: Knowledge
    hindsight_to: date | None = field(default=None, kw_only=True)
    """The day of the last publication the figures rest on, where the day they speak of could not know it."""
    short_interest: InputAge
    """`as_of` is the settlement date."""
    prices: InputAge
    doubtful_key: str = "x"
    """The key that shows what is doubtful or left out."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Securities not in the totals, by reason, the most frequent first."""
    replay: ReplayFacts | None = None
    """How the recording is played, if the market is out of one."""
    past: str = ""
    """The word for a past evening that is shown instead of the present; empty while that is shown."""
    day_note: str = ""
    """That the day is not the one asked for, or how long ago it was where it is not the present; else empty."""
    rests_on_doubtful_session: bool = False
    """Whether the window holds a session whose prices are not its own."""
    alarms: tuple[HeadAlarm, ...] = ()
    """What is wrong with the feeds, the gravest first; empty while nothing is."""
    alarm_key: str = ""
    """The key of the panel that says more of them."""


@dataclass(frozen=True, slots=True)
class HeadPart:
    """A piece of the head's text, in wordings from the longest to the shortest."""

    wordings: tuple[str, ...]
    style: str
    ranks: tuple[int, ...] = ()
    """How soon each wording gives way to the next; the highest of all parts goes first."""


def status_lines(facts: StatusFacts, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> list[Line]:
    """Two lines of exactly `width` cells; where they are narrow, what is least needed is shortened, then left out."""
    return [_joined(parts, width, glyphs) for parts in (_first(facts, glyphs), _second(facts, glyphs))]


def countdown(due: datetime | None, moment: datetime) -> str:
    """How long until a moment, in New York's days or, on its own day, in hours and minutes: `5 d`, `3 h`, `20 min`."""
    if due is None:
        return ""
    days = (new_york_date(due) - new_york_date(moment)).days
    if days > 0:
        return f"{days} d"
    minutes = max(int((due - moment).total_seconds() // 60), 0)
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def _first(facts: StatusFacts, glyphs: Glyphs) -> list[HeadPart]:
    basis, method = facts.basis.value.upper(), facts.positions.value.upper()
    return [
        *_marks(facts, glyphs),
        HeadPart(("shortside", ""), "title", (29,)),
        *_source_part(facts),
        *_day_parts(facts),
        _clock_part(facts, glyphs),
        _window_part(facts, glyphs),
        HeadPart((f"tiers by cap at {basis}", f"tiers {basis}", basis), "plain", (30, 12)),
        HeadPart((f"shares {method}", method), "plain", (14,)),
        *_knowledge_part(facts),
    ]


def _marks(facts: StatusFacts, glyphs: Glyphs) -> list[HeadPart]:
    """What is never left out: that figures are invented, recorded, or know the future."""
    marks: list[HeadPart] = []
    if facts.is_simulated:
        marks.append(HeadPart(("SIM simulated market", "SIM"), "warning", (28,)))
    if facts.replay is not None:
        marks.append(_replay_part(facts.replay, glyphs))
    if facts.past:
        marks.append(HeadPart((f"{facts.past} as known (0: now)", facts.past), "warning", (27,)))
    if facts.hindsight_to is not None:
        day = _day(facts.hindsight_to, facts.last_session)
        marks.append(HeadPart((f"HINDSIGHT to {day}", f"HINDSIGHT {day}", "HINDSIGHT"), "warning", (17, 8)))
    return marks


def _day_parts(facts: StatusFacts) -> list[HeadPart]:
    """The day the figures speak of, and that it is another than was asked for."""
    shown = facts.last_session
    day = f"{shown:%a} {_day(shown)}"
    # Where there is little room the year goes, unless it is not the one a reader takes for granted.
    short = day if shown.year == (facts.this_year or facts.moment.year) else f"{day} {shown.year % 100:02d}"
    note = [HeadPart((facts.day_note, "OLD"), "warning", (12,))] if facts.day_note else []
    return [HeadPart((f"{day} {shown.year}", short, short[4:]), "title", (26, 10)), *note]


def _window_part(facts: StatusFacts, glyphs: Glyphs) -> HeadPart:
    window = facts.window
    name, cut = window_title(window.name), " cut" if window.is_cut else ""
    # A hole in the sessions is never left out: the day after it is of two.
    cut += f" missed {window.missed}" if window.missed else ""
    # A session that is left out is missed; one whose prices contradict themselves is in the figures.
    is_doubtful = facts.rests_on_doubtful_session and not window.missed
    cut += " doubtful" * is_doubtful
    span = _span(window.start_date, window.end_date, glyphs)
    style = "warning" if window.missed or is_doubtful else "plain"
    return HeadPart((f"{name} {span}{cut}", f"{name}{cut}"), style, (15,))


def pane_status_line(facts: StatusFacts, width: int, glyphs: Glyphs = GLYPHS_UNICODE) -> Line:
    """One line of exactly `width` cells for a terminal with little room: what is wrong, the day, and the window."""
    short, prices = facts.short_interest.freshness, facts.prices.freshness
    ages = [
        HeadPart((f"{what} {age.state.value.upper()}", f"{what} {age.state.letter}"), "warning", (22,))
        for what, age in (("SI", short), ("PX", prices))
        if age.state is not FreshnessState.CURRENT
    ]
    parts = [
        *_marks(facts, glyphs),
        *_alarm_part(facts),
        *ages,
        *_day_parts(facts),
        _clock_part(facts, glyphs),
        _window_part(facts, glyphs),
        *_knowledge_part(facts),
    ]
    return _joined(parts, width, glyphs)


def _knowledge_part(facts: StatusFacts) -> list[HeadPart]:
    """How much is known; hindsight stands at the head of the line instead."""
    if facts.hindsight_to is not None:
        return []
    words = facts.knowledge.words
    return [HeadPart((words, words.removeprefix("as ")), "plain", (17,))]


def _source_part(facts: StatusFacts) -> list[HeadPart]:
    """A replay says itself what it is of."""
    if facts.replay is not None:
        return []
    return [HeadPart((f"source {facts.source}", facts.source), "accent", (18,))]


def _clock_part(facts: StatusFacts, glyphs: Glyphs) -> HeadPart:
    """New York's time with what its market does, and where the reader's zone is another his time behind it."""
    # A recording has its own clock, which runs at any speed: it is worth its seconds.
    is_played, state = facts.replay is not None, market_state(facts.moment)
    read = ReaderTime(facts.moment)
    named, time = moment_wordings(facts.moment, read, has_seconds=is_played, glyphs=glyphs)
    here = here_words(facts.moment, facts.here, has_seconds=is_played)
    wordings = (f"{named} {state.value}", f"{time} {state.value}", *_shortest(facts, time))
    if not here:
        return HeadPart(wordings, _style(state), (19, 11))
    return HeadPart((f"{wordings[0]} {glyphs.separator} {here}", *wordings), _style(state), (31, 19, 11))


def _shortest(facts: StatusFacts, time: str) -> tuple[str, ...]:
    """What is left of the clock where there is little room: of a recording the time, else whether New York trades."""
    return (time,) if facts.replay is not None else (market_state(facts.moment).value,)


def _replay_part(replay: ReplayFacts, glyphs: Glyphs) -> HeadPart:
    pace = "" if replay.speed is None else f" {'x' if glyphs.is_ascii else '×'}{replay.speed:g}"
    words = f" {replay.state}" if replay.state else pace
    of, short = f"REPLAY of {replay.source}{words}", f"REPLAY{words}"
    if replay.played is None:
        return HeadPart((of, short, "REPLAY"), "warning", (27, 9))
    if replay.played >= 1.0:
        # Where it stands is said by the state: at its end.
        whole = f"{of} {glyphs.separator} {length_words(replay.length)}"
        return HeadPart((whole, of, short, "REPLAY"), "warning", (28, 27, 9))
    # Not rounded up: all of it is played at its end only.
    share = f"{int(replay.played * 100)}" + ("%" if glyphs.is_ascii else " %")
    where = f"{of} {glyphs.separator} {share} of {length_words(replay.length)}"
    return HeadPart((where, f"{of} {share}", f"{short} {share}", short, "REPLAY"), "warning", (28, 27, 10, 9))


def length_words(length: timedelta) -> str:
    """A span of time in its two largest units: `6 h 30`, `45 min`, `2 d 3 h`, `30 s`."""
    seconds = int(length.total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3_600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes:02d}" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _second(facts: StatusFacts, glyphs: Glyphs) -> list[HeadPart]:
    short, prices, shown = facts.short_interest, facts.prices, facts.last_session
    settled = _day(short.as_of, shown)
    fresh = short.freshness
    style = STATE_STYLES[fresh.state]
    parts = [
        HeadPart((f"SI {fresh.state.value.upper()}", f"SI {fresh.state.letter}"), style, (22,)),
        HeadPart((f"settled {settled}", settled, ""), "plain", (23, 1)),
    ]
    if short.published_at is not None:
        day = _day(new_york_date(short.published_at), shown)
        parts.append(HeadPart((f"published {day}", f"pub {day}", ""), "plain", (25, 3)))
    if fresh.due_next is not None:
        day, left = _day(new_york_date(fresh.due_next), shown), countdown(fresh.due_next, facts.moment)
        nexts = f"next {day} in {left}", f"next {day} ({left})", f"next {left}", ""
        parts.append(HeadPart(nexts, "plain", (21, 13, 2)))
    if fresh.missed is not None:
        parts.append(HeadPart((f"missed {fresh.missed}", f"m{fresh.missed}"), style, (20,)))
    return [
        *parts,
        _price_part(facts, prices),
        *_alarm_part(facts),
        *_left_out(facts.left_out, facts.doubtful_key, glyphs),
    ]


def _alarm_part(facts: StatusFacts) -> list[HeadPart]:
    """The troubles of feeds: each with its feed, or how many; of the gravest the word is never left out."""
    if not facts.alarms:
        return []
    first, *others = facts.alarms
    said = ", ".join(alarm_words(one) for one in facts.alarms)
    others_count = sum(max(len(one.names), 1) for one in others)
    more = f" +{others_count}" if others_count else ""
    counted = f"{first.word.upper()} {len(first.names)}" if len(first.names) > 1 else first.word.upper()
    why = f" ({facts.alarm_key}: why)" if facts.alarm_key else ""
    wordings = (said + why, said, alarm_words(first) + more, counted)
    return [HeadPart(wordings, "warning" if first.is_failure else "accent", (29, 28, 10))]


def alarm_words(alarm: HeadAlarm) -> str:
    """A trouble with the feed it is of, or how many: `REFUSED Yahoo spark`, `STALE 2 feeds`, `UNPOLLED`."""
    word = alarm.word.upper()
    if len(alarm.names) > 1:
        return f"{word} {len(alarm.names)} feeds"
    return f"{word} {alarm.names[0]}" if alarm.names else word


def _left_out(left_out: Mapping[str, int], key: str, glyphs: Glyphs) -> list[HeadPart]:
    total = sum(left_out.values())
    if not total:
        return []
    reasons = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in list(left_out.items())[:3])
    more = f", {'...' if glyphs.is_ascii else '…'}" if len(left_out) > 3 else ""
    short = f"left out {total:,}"
    wordings = (f"{short} ({reasons}{more}; {key}: why)", f"{short} names ({key}: why)", short, "")
    return [HeadPart(wordings, "muted", (30, 24, 11))]


def _price_part(facts: StatusFacts, prices: InputAge) -> HeadPart:
    state = prices.freshness.state
    kind = "LIVE" if facts.is_live else "CLOSE"
    day = _day(prices.as_of, facts.last_session)
    late = "" if state is FreshnessState.CURRENT else f" {state.value.upper()}"
    missed = prices.freshness.words if late else ""
    # The words, then their letter: that a price is old is never left out.
    letter = f" {state.letter}" if late else ""
    # A gap right before the day is the newest figures' business; one further back is not.
    gap = "" if facts.is_today_known else " day before missing"
    mark = "" if facts.is_today_known else " gap"
    wordings = (
        f"PX {kind} {day}{late} {missed}".rstrip() + gap,
        f"PX {kind} {day}{letter}{mark}",
        f"PX {day}{letter}{mark}",
    )
    return HeadPart(wordings, STATE_STYLES[state] if facts.is_today_known else "warning", (26, 15))


def _joined(parts: Sequence[HeadPart], width: int, glyphs: Glyphs) -> Line:
    """The parts with gaps between them: the highest rank gives way first."""
    chosen = [0] * len(parts)
    gap = WIDE_GAP if width >= WIDTH_OF_WIDE_GAPS else NARROW_GAP

    def shown() -> list[tuple[str, str]]:
        texts = [(part.wordings[index], part.style) for part, index in zip(parts, chosen, strict=True)]
        return [one for one in texts if one[0]]

    def length() -> int:
        return sum(cell_len(text) + gap for text, _ in shown()) - gap + MARGINS

    while length() > width:
        loose = [place for place, part in enumerate(parts) if chosen[place] < len(part.ranks)]
        if not loose:
            break
        chosen[max(loose, key=lambda place: parts[place].ranks[chosen[place]])] += 1
    # One long wording that gave way may leave room for shorter ones.
    for place in sorted((place for place in range(len(parts)) if chosen[place]), key=lambda place: parts[place].ranks):
        chosen[place] -= 1
        if length() > width:
            chosen[place] += 1
    texts = shown()
    line: list[Run] = [(" ", "plain")]
    for place, (text, style) in enumerate(_fitting(texts, width - 1, gap)):
        line += [(" " * gap if place else "", "plain"), (text, style)]
    return fit_line(line, width, glyphs)


def _fitting(texts: Sequence[tuple[str, str]], width: int, gap: int) -> list[tuple[str, str]]:
    """As many parts as there is room for, whole."""
    kept: list[tuple[str, str]] = []
    used = -gap
    for text, style in texts:
        used += cell_len(text) + gap
        if used > width:
            break
        kept.append((text, style))
    return kept


def _style(state: MarketState) -> str:
    return "accent" if state is MarketState.OPEN else "plain"


def _arrow(glyphs: Glyphs) -> str:
    return "to" if glyphs.is_ascii else "→"


def _day(day: date | None, reference: date | None = None) -> str:
    """A day, with its year where that is not the reference's."""
    return "never" if day is None else short_date(day, 9, reference=reference).strip()


def _span(start: date, end: date, glyphs: Glyphs) -> str:
    """Two days, both with their years where these differ: `30 Dec 22 → 7 Sep 23`."""
    return f"{_day(start, end)} {_arrow(glyphs)} {_day(end, start)}"


class StatusHead(Panel, can_focus=False):
    """The two lines at the top of every screen; one where there is room for no more."""

    DEFAULT_CSS = """
    StatusHead {
        height: 2;
        border: none;
        &.-ascii { border: none; }
    }
    """

    def __init__(
        self,
        *,
        glyphs: Glyphs = GLYPHS_UNICODE,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(glyphs=glyphs, name=name, id=id, classes=classes)
        self._facts: StatusFacts | None = None

    def show(self, facts: StatusFacts) -> int:
        """Show these facts; returns how many regions are repainted."""
        self._facts = facts
        return self.redraw()

    def draw(self, width: int, height: int) -> list[Line]:
        if self._facts is None:
            return []
        if height == 1:
            return [pane_status_line(self._facts, width, self.glyphs)]
        return status_lines(self._facts, width, self.glyphs)
