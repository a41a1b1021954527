"""Plans what to ask for so that the archive holds a span of sessions: pure arithmetic, nothing is asked here.

Live data come first, so that a screen has something to show; then history, settlements from the oldest on and closes
from the most shorted name on. Closes come from the best that the keys open: Alpaca's bars of each name, else Massive's
whole sessions as far back as a free key sees, else Yahoo's restated ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from providers import alpaca
from providers.archive.holdings import Holdings
from providers.archive.spans import Span
from providers.catalog import (
    ALPACA,
    CARDS,
    FINRA_SHORT_INTEREST,
    MASSIVE,
    NASDAQ_DIRECTORY,
    NASDAQ_SCREENER,
    NASDAQ_SPLITS,
    SEC_FAILS,
    YAHOO_SPARK,
)
from providers.finra import short_interest as finra_short_interest
from providers.sec.fails import half_months
from providers.yahoo import spark as yahoo_spark
from shortside.sessions import FIRST_DAY, last_completed_session, new_york_date, sessions_between
from shortside.settlement import cycles_between, settlement_dates_between

NAMES_AT_A_STEP: Final = 10 * yahoo_spark.SYMBOLS_A_REQUEST
"""Names whose closes are asked for and stored together: a few seconds that an interruption can cost at most."""
TYPICAL_NAMES: Final = 9_000
"""How many names a whole market is taken to have before its lists are known."""
MASSIVE_REACH: Final = timedelta(days=725)
"""How far back a free key of Massive sees: two years, less what a clock may be off and a slow run may take."""
COUNTS_AT_A_STEP: Final = 5
"""Names whose share counts are asked for and stored together: a minute at the pace of a free key."""
MOST_COUNTED_NAMES: Final = 300
"""Names whose share counts one backfill asks for, the most shorted first: an hour at the pace of a free key."""
_CYCLE_REACH: Final = timedelta(days=40)


def keyless(provider: str) -> bool:
    """Whether a provider, by its name in the catalog, may be asked without any key."""
    return not CARDS[provider].keys


WantedCount = tuple[str, date]
"""A name whose share count is wanted, and the day it should speak of."""


class StepKind(StrEnum):
    """What a step asks for."""

    SCREENER = "prices and sectors of today"
    DIRECTORY = "symbols"
    CYCLE = "short interest"
    SPLITS = "splits"
    CLOSES = "closes"
    BARS = "closes and volumes"
    SESSION = "whole session"
    COUNTS = "share counts"
    FAILS = "fails to deliver"


STEPS_ASKED_BY_NAME: Final = frozenset({StepKind.CLOSES, StepKind.BARS})
"""The steps that bring closes of named securities, not of a whole session."""
STEPS_THAT_BRING_CLOSES: Final = STEPS_ASKED_BY_NAME | {StepKind.SESSION}
"""The steps that bring closes: by name, or a whole session at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to ask for, stored as a whole."""

    ask: StepKind
    provider: str
    """Its name in the configuration."""
    requests: int
    """How many requests it takes, if none has to be repeated."""
    day: date | None = None
    """The settlement date, the session, or the first day wanted."""
    until: date | None = None
    """The last session wanted, of closes."""
    file: str = ""
    """The half-month, of fails."""
    symbols: tuple[str, ...] = ()
    """The names, of closes; none where the list of names is still to come."""
    counted: tuple[WantedCount, ...] = ()
    """The names and days, of share counts."""

    @property
    def is_estimate(self) -> bool:
        """Whether the number of requests is a guess, because nobody knows the names yet."""
        return self.ask in STEPS_ASKED_BY_NAME and not self.symbols

    @property
    def thing(self) -> str:
        """The file or day it asks for, by which what cannot be had is named; empty for many names."""
        return self.file or str(self.day or "")

    @property
    def words(self) -> str:
        """What is asked for, for a progress bar."""
        names = len(self.symbols or self.counted)
        detail = self.file or (f"of {names} names" if names else str(self.day or ""))
        return f"{self.ask.value} {detail}".strip()


def plan(
    holdings: Holdings,
    *,
    since: date,
    until: date | None = None,
    moment: datetime,
    symbols: Sequence[str] | None,
    with_fails: bool = True,
    asked: Callable[[str], bool] = keyless,
    counted: Sequence[WantedCount] = (),
    is_patient: bool = False,
) -> tuple[Step, ...]:
    """What is missing, in the order to ask for it; empty when nothing is.

    Args:
        holdings: what is there.
        since: the first session wanted.
        until: the last one; None for the newest that is over.
        moment: the present.
        symbols: the names whose closes are wanted, the most important first; None while their list is not known.
        with_fails: whether the SEC may be asked, which wants to know whom it serves.
        asked: whether a provider, by its name, is switched on and, where it wants a key, has one.
        counted: the names without a share count, the most important first, each with a day of the past.
        is_patient: whether what a source left out is not asked for again before the next session is over.

    Raises:
        CalendarRangeError: a day is outside the shipped calendar.
    """
    newest = last_completed_session(moment)
    last = min(until or newest, newest)
    fails = _fails(holdings, since, last, new_york_date(moment)) if with_fails else []
    steps = (
        *steps_for_lists(holdings, since=since, until=last, moment=moment),
        *_priced(holdings, since, last, moment, symbols, asked, is_patient),
        *_counts(counted),
        *fails,
    )
    return tuple(step for step in steps if asked(step.provider))


def steps_for_lists(holdings: Holdings, *, since: date, until: date, moment: datetime) -> tuple[Step, ...]:
    """The steps of `plan` that bring the lists of names, such as the directory, and need no list themselves."""
    today = new_york_date(moment)
    steps = []
    if not holdings.looked & {today, last_completed_session(moment)}:
        steps.append(Step(ask=StepKind.SCREENER, provider=NASDAQ_SCREENER.name, requests=2))
    if not holdings.directory & {today, last_completed_session(moment)}:
        steps.append(Step(ask=StepKind.DIRECTORY, provider=NASDAQ_DIRECTORY.name, requests=1))
    cycles = _cycles(holdings, since, until, moment)
    steps += cycles[-1:]
    if holdings.splits is None or holdings.splits[0] > since or holdings.splits[1] < today:
        steps.append(Step(ask=StepKind.SPLITS, provider=NASDAQ_SPLITS.name, requests=1, day=since))
    return (*steps, *cycles[:-1])


def requests_by_provider(steps: Iterable[Step]) -> dict[str, int]:
    """How many requests each provider gets."""
    requests: dict[str, int] = defaultdict(int)
    for step in steps:
        requests[step.provider] += step.requests
    return dict(requests)


def _cycles(holdings: Holdings, since: date, until: date, moment: datetime) -> list[Step]:
    """From the settlement on or before the first session to the first on or after the last, as far as published."""
    before = settlement_dates_between(max(since - _CYCLE_REACH, FIRST_DAY), since)
    cycles = cycles_between(before[-1] if before else since, max(until, since) + _CYCLE_REACH)
    # Positions between two settlements need both; those after the last session's own are of no use.
    beyond = next((place for place, cycle in enumerate(cycles, 1) if cycle.settlement_date >= until), len(cycles))
    return [
        Step(
            ask=StepKind.CYCLE,
            provider=FINRA_SHORT_INTEREST.name,
            requests=1 if cycle.settlement_date >= finra_short_interest.FIRST_FILE else 5,
            day=cycle.settlement_date,
        )
        for cycle in cycles[:beyond]
        if cycle.published_at <= moment and cycle.settlement_date not in holdings.settlements
    ]


def _priced(
    holdings: Holdings,
    since: date,
    until: date,
    moment: datetime,
    symbols: Sequence[str] | None,
    asked: Callable[[str], bool],
    is_patient: bool,
) -> list[Step]:
    """Closes of the sessions that lack them, from the best source there is."""
    sessions = [day for day in sessions_between(since, until) if day not in holdings.closed]
    if asked(ALPACA.name):
        # A free account sees a session some minutes later than its bell; the screener has that one.
        newest = last_completed_session(moment - alpaca.TAPE_DELAY)
        return _by_name(holdings, [day for day in sessions if day <= newest], symbols, _BARS, is_patient)
    whole: list[date] = []
    if asked(MASSIVE.name):
        today = new_york_date(moment)
        # A free key sees a session the morning after.
        whole = [day for day in sessions if today - MASSIVE_REACH <= day < today]
    rest = [day for day in sessions if day not in set(whole)]
    # From the newest on: what is far back may be beyond the plan.
    days = [Step(ask=StepKind.SESSION, provider=MASSIVE.name, requests=1, day=day) for day in reversed(whole)]
    return [*days, *_by_name(holdings, rest, symbols, _CLOSES, is_patient)]


@dataclass(frozen=True, slots=True)
class _ByName:
    """How a source that is asked by names is asked."""

    ask: StepKind
    provider: str
    names: int
    """Names at a step."""
    requests: Callable[[int, int], int]
    """How many requests some names and sessions take."""


_CLOSES: Final = _ByName(
    StepKind.CLOSES,
    YAHOO_SPARK.name,
    NAMES_AT_A_STEP,
    lambda names, _sessions: -(-names // yahoo_spark.SYMBOLS_A_REQUEST),
)
_BARS: Final = _ByName(
    StepKind.BARS,
    ALPACA.name,
    alpaca.SYMBOLS_AT_ONCE,
    lambda names, sessions: (
        -(-min(names, alpaca.SYMBOLS_AT_ONCE) * sessions // alpaca.BARS_A_PAGE) * -(-names // alpaca.SYMBOLS_AT_ONCE)
    ),
)


def _by_name(
    holdings: Holdings, sessions: list[date], symbols: Sequence[str] | None, way: _ByName, is_patient: bool
) -> list[Step]:
    if not sessions:
        return []
    if symbols is None:
        span = sessions[0], sessions[-1]
        return [_step(way, (), span, way.requests(TYPICAL_NAMES, len(sessions)))]
    wanted: dict[Span, list[str]] = defaultdict(list)
    spans: dict[tuple[Span, ...], Span | None] = {}
    for symbol in symbols:
        held = holdings.held(symbol, way.provider, is_patient)
        if held is None:
            continue
        if held not in spans:
            missing = [day for day in sessions if not any(first <= day <= last for first, last in held)]
            spans[held] = (missing[0], missing[-1]) if missing else None
        gap = spans[held]
        if gap is not None:
            wanted[gap].append(symbol)
    return [
        _step(way, names, gap, way.requests(len(names), len(sessions_between(*gap))))
        for gap, everybody in sorted(wanted.items())
        for start in range(0, len(everybody), way.names)
        if (names := tuple(everybody[start : start + way.names]))
    ]


def _step(way: _ByName, symbols: tuple[str, ...], span: Span, requests: int) -> Step:
    return Step(ask=way.ask, provider=way.provider, requests=requests, day=span[0], until=span[1], symbols=symbols)


def _counts(counted: Sequence[WantedCount]) -> list[Step]:
    chosen = counted[:MOST_COUNTED_NAMES]
    blocks = [tuple(chosen[at : at + COUNTS_AT_A_STEP]) for at in range(0, len(chosen), COUNTS_AT_A_STEP)]
    return [Step(ask=StepKind.COUNTS, provider=MASSIVE.name, requests=len(block), counted=block) for block in blocks]


def _fails(holdings: Holdings, since: date, until: date, today: date) -> list[Step]:
    """Half-months that should be posted by now, oldest first; half a month is one file."""
    held = {half_months(day, day)[0] for day in holdings.fails}
    return [
        Step(ask=StepKind.FAILS, provider=SEC_FAILS.name, requests=1, file=name)
        for name in half_months(since, until)
        if name not in held and _posted_on(name) <= today
    ]


def _posted_on(name: str) -> date:
    """When a half-month appears: the first about the end of its month, the second about the 15th of the next."""
    first = date(int(name[8:12]), int(name[12:14]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return following - timedelta(days=1) if name.endswith("a") else following.replace(day=15)
