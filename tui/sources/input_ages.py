"""Tells of every input which day it speaks of, when it was published, and whether that is late for its source."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np

from shortside.datasets import Dataset
from shortside.freshness import Freshness, FreshnessState, InputAge, freshness
from shortside.market import Market
from shortside.positions import Knowledge
from shortside.sessions import NEW_YORK, in_utc, session_close
from shortside.settlement import PUBLICATION_TIME
from shortside.windows import missed_sessions

SPAN_OF_TOLD_HOLES = np.timedelta64(30, "D")
"""How many days back a session without closes is told with the age of the prices."""


def inputs_of(market: Market, knowledge: Knowledge, moment: datetime) -> tuple[InputAge, ...]:
    """The inputs behind a market's figures, as they stand at a moment.

    Args:
        market: what was read.
        knowledge: which settlements the figures use.
        moment: from when they are looked at.
    """
    fetched_at = in_utc(datetime.fromisoformat(market.fetched_at))
    inputs = []
    closed = market.last_session
    if market.is_live:
        # The session that still runs has quotes; prices and share counts are those of the one before it.
        inputs.append(_input(market, Dataset.QUOTES, closed, None, moment, moment))
        closed = market.sessions[-2].astype(date)
    prices = _input(market, Dataset.PRICES, closed, in_utc(session_close(closed)), fetched_at, moment)
    inputs.append(replace(prices, freshness=with_holes(prices.freshness, _holes(market))))
    inputs.append(_input(market, Dataset.SHARES_OUTSTANDING, closed, None, fetched_at, moment))
    settled = _last_settlement(market, knowledge)
    if settled is not None:
        settlement_date, published_at = settled
        inputs.insert(0, _input(market, Dataset.SHORT_INTEREST, settlement_date, published_at, fetched_at, moment))
    if market.borrow is not None:
        inputs.append(_input(market, Dataset.BORROW, market.borrow.as_of.astype(date), None, fetched_at, moment))
    return tuple(inputs)


def with_holes(found: Freshness, holes: int) -> Freshness:
    """The age of closes, with words on the sessions of the last month that have none."""
    if not holes or found.missed is None:
        return found
    missed = found.missed + holes
    return replace(found, missed=missed, words=f"missed {missed} session{'' if missed == 1 else 's'}")


def _holes(market: Market) -> int:
    """Sessions of the last month, which figures of 20 sessions and 30 days rest on, that have no closes."""
    start = int(np.searchsorted(market.sessions, market.sessions[-1] - SPAN_OF_TOLD_HOLES, "right")) - 1
    return missed_sessions(market.sessions[max(start, 0) :])


def too_old(inputs: Iterable[InputAge], max_age: timedelta, now: datetime) -> tuple[InputAge, ...]:
    """The inputs older than allowed whose source has published newer since.

    Short interest is two weeks old on the day it comes out: an input with nothing newer to be had is never too old.
    """
    return tuple(one for one in inputs if _age(one, now) > max_age and _is_behind(one, now))


def _age(one: InputAge, now: datetime) -> timedelta:
    """Since the end of the day the numbers speak of."""
    if one.as_of is None:
        return timedelta.max
    return in_utc(now) - datetime.combine(one.as_of + timedelta(days=1), datetime.min.time(), NEW_YORK)


def _is_behind(one: InputAge, now: datetime) -> bool:
    return freshness(one.dataset, one.as_of, now, seen_at=one.fetched_at).state is not FreshnessState.CURRENT


def _last_settlement(market: Market, knowledge: Knowledge) -> tuple[date, datetime] | None:
    """The newest settlement the figures use, and when it was published."""
    usable = np.ones(len(market.settlements), bool)
    if knowledge is Knowledge.AS_KNOWN:
        usable = market.published <= market.known_on
    # Positions between two settlements use both ends, but nothing beyond the first one after the last session.
    usable &= np.append([True], market.settlements < market.sessions[-1])[: len(usable)]
    if not usable.any():
        return None
    row = int(np.flatnonzero(usable)[-1])
    published = datetime.combine(market.published[row].astype(date), PUBLICATION_TIME, NEW_YORK)
    return market.settlements[row].astype(date), in_utc(published)


def _input(
    market: Market,
    dataset: Dataset,
    as_of: date,
    published_at: datetime | None,
    fetched_at: datetime,
    moment: datetime,
) -> InputAge:
    return InputAge(
        dataset=dataset,
        as_of=as_of,
        published_at=published_at,
        fetched_at=fetched_at,
        source=market.source,
        freshness=freshness(dataset, as_of, moment, seen_at=fetched_at),
    )
