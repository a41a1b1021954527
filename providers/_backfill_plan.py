"""Plans what to ask for so that the archive holds a span of sessions: pure arithmetic, nothing is asked here.

Live data come first, so that a screen has something to show; then history, settlements from the oldest on and closes
from the most shorted name on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from analytics.sessions import FIRST_DAY, last_completed_session, new_york_date, sessions_between
from analytics.settlement import cycles_between, settlement_dates_between
from providers import (
    finra_short_interest,
    nasdaq_directory,
    nasdaq_screener,
    nasdaq_splits,
    sec_fails,
    yahoo_spark,
)
from providers.sec_fails import half_months

NAMES_AT_A_STEP: Final = 10 * yahoo_spark.BLOCK
"""Names whose closes are asked for and stored together: a few seconds that an interruption can cost at most."""
TYPICAL_NAMES: Final = 9_000
"""How many names a whole market is taken to have before its lists are known."""
_CYCLE_REACH: Final = timedelta(days=40)

Span = tuple[date, date]
"""First and last day, both included."""


class Ask(StrEnum):
    """What a step asks for."""

    SCREENER = "prices and sectors of today"
    DIRECTORY = "symbols"
    CYCLE = "short interest"
    SPLITS = "splits"
    CLOSES = "closes"
    FAILS = "fails to deliver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to ask for, stored as a whole."""

    ask: Ask
    provider: str
    """Its name in the configuration."""
    requests: int
    """How many requests it takes, if none has to be repeated."""
    day: date | None = None
    """The settlement date, or the first day wanted."""
    until: date | None = None
    """The last session wanted, of closes."""
    file: str = ""
    """The half-month, of fails."""
    symbols: tuple[str, ...] = ()
    """The names, of closes; none where the list of names is still to come."""

    @property
    def is_estimate(self) -> bool:
        """Whether the number of requests is a guess, because nobody knows the names yet."""
        return self.ask is Ask.CLOSES and not self.symbols

    @property
    def words(self) -> str:
        """What is asked for, for a progress bar."""
        detail = self.file or (f"of {len(self.symbols)} names" if self.symbols else str(self.day or ""))
        return f"{self.ask.value} {detail}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the archive has, as far as planning asks."""

    settlements: frozenset[date] = frozenset()
    """Settlement dates whose whole market is there."""
    closed: frozenset[date] = frozenset()
    """Sessions whose closes are there for every stock, by the screener."""
    looked: frozenset[date] = frozenset()
    """Sessions the screener was seen in, closed or not."""
    directory: frozenset[date] = frozenset()
    """Days of which there is a directory."""
    splits: Span | None = None
    """The ex-dates the newest calendar of splits spans; its end is the day of the look."""
    fails: frozenset[date] = frozenset()
    """The last days of the half-months that are there."""
    closes: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """By symbol, the spans it was asked for, with or without an answer."""
    unknown: frozenset[str] = frozenset()
    """Symbols that were asked for and never had a price: delisted, mostly."""


def plan(
    holdings: Holdings,
    *,
    since: date,
    until: date | None = None,
    moment: datetime,
    symbols: Sequence[str] | None,
    with_fails: bool = True,
) -> tuple[Step, ...]:
    """What is missing, in the order to ask for it; empty when nothing is.

    Args:
        holdings: what is there.
        since: the first session wanted.
        until: the last one; None for the newest that is over.
        moment: the present.
        symbols: the names whose closes are wanted, the most important first; None while their list is not known.
        with_fails: whether the SEC may be asked, which wants to know whom it serves.

    Raises:
        CalendarRangeError: a day is outside the shipped calendar.
    """
    newest = last_completed_session(moment)
    last = min(until or newest, newest)
    fails = _fails(holdings, since, last, new_york_date(moment)) if with_fails else []
    return (*lists(holdings, since=since, until=last, moment=moment), *_closes(holdings, since, last, symbols), *fails)


def lists(holdings: Holdings, *, since: date, until: date, moment: datetime) -> tuple[Step, ...]:
    """The part of `plan` that needs no list of names, and that the list of names is made from."""
    today = new_york_date(moment)
    steps = []
    if not holdings.looked & {today, last_completed_session(moment)}:
        steps.append(Step(ask=Ask.SCREENER, provider=nasdaq_screener.CARD.name, requests=2))
    if not holdings.directory & {today, last_completed_session(moment)}:
        steps.append(Step(ask=Ask.DIRECTORY, provider=nasdaq_directory.CARD.name, requests=1))
    cycles = _cycles(holdings, since, until, moment)
    steps += cycles[-1:]
    if holdings.splits is None or holdings.splits[0] > since or holdings.splits[1] < today:
        steps.append(Step(ask=Ask.SPLITS, provider=nasdaq_splits.CARD.name, requests=1, day=since))
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
            ask=Ask.CYCLE,
            provider=finra_short_interest.CARD.name,
            requests=1 if cycle.settlement_date >= finra_short_interest.FIRST_FILE else 5,
            day=cycle.settlement_date,
        )
        for cycle in cycles[:beyond]
        if cycle.published_at <= moment and cycle.settlement_date not in holdings.settlements
    ]


def _closes(holdings: Holdings, since: date, until: date, symbols: Sequence[str] | None) -> list[Step]:
    sessions = [day for day in sessions_between(since, until) if day not in holdings.closed]
    if not sessions:
        return []
    if symbols is None:
        blocks = -(-TYPICAL_NAMES // yahoo_spark.BLOCK)
        return [_closes_step((), (sessions[0], sessions[-1]), blocks)]
    wanted: dict[Span, list[str]] = defaultdict(list)
    spans: dict[tuple[Span, ...], Span | None] = {}
    for symbol in symbols:
        if symbol in holdings.unknown:
            continue
        held = holdings.closes.get(symbol, ())
        if held not in spans:
            missing = [day for day in sessions if not any(first <= day <= last for first, last in held)]
            spans[held] = (missing[0], missing[-1]) if missing else None
        span = spans[held]
        if span is not None:
            wanted[span].append(symbol)
    return [
        _closes_step(tuple(names[start : start + NAMES_AT_A_STEP]), span)
        for span, names in sorted(wanted.items())
        for start in range(0, len(names), NAMES_AT_A_STEP)
    ]


def _closes_step(symbols: tuple[str, ...], span: Span, blocks: int | None = None) -> Step:
    return Step(
        ask=Ask.CLOSES,
        provider=yahoo_spark.CARD.name,
        requests=-(-len(symbols) // yahoo_spark.BLOCK) if blocks is None else blocks,
        day=span[0],
        until=span[1],
        symbols=symbols,
    )


def _fails(holdings: Holdings, since: date, until: date, today: date) -> list[Step]:
    """Half-months that should be posted by now, oldest first; half a month is one file."""
    held = {half_months(day, day)[0] for day in holdings.fails}
    return [
        Step(ask=Ask.FAILS, provider=sec_fails.CARD.name, requests=1, file=name)
        for name in half_months(since, until)
        if name not in held and _posted_on(name) <= today
    ]


def _posted_on(name: str) -> date:
    """When a half-month appears: the first about the end of its month, the second about the 15th of the next."""
    first = date(int(name[8:12]), int(name[12:14]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return following - timedelta(days=1) if name.endswith("a") else following.replace(day=15)
