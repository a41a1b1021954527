"""The feeds that a key of Massive opens: whole sessions, splits, and FINRA's figures where FINRA itself fails."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta
from typing import Final

import pandas as pd

from providers.archive.vintages import Archive
from providers.catalog import FINRA_SHORT_INTEREST, FINRA_SHORT_VOLUME, MASSIVE
from providers.errors import NoDataError, PendingError
from providers.feeds.feed import Ask, Delivery, FeedPlan
from providers.feeds.schedule import AfterSession, Daily, OfficeHours, OnPublication
from providers.feeds.surroundings import LIVE_QUOTES_SCHEDULE, Surroundings, names_to_quote, newest_held
from providers.finra.short_volume import newest_posted
from providers.keyed.refusals import PlanError
from providers.listings.symbols import squashed
from providers.massive import massive
from providers.nasdaq.splits import calendar_question
from shortside.datasets import Dataset
from shortside.sessions import new_york_date, previous_session
from shortside.settlement import latest_published
from shortside.words.spelt_out import spelt_out

NEXT_MORNING: Final = timedelta(hours=16)
"""From the bell until a free key sees the session, and we have asked."""
DIFFERING_NAMES_SPELT_OUT: Final = 5
"""Names whose position differs from FINRA's that a complaint spells out, the largest first."""


def massive_feeds(surroundings: Surroundings) -> list[FeedPlan]:
    """Plans what is polled of Massive: whole sessions, last prices, splits, and FINRA's figures as it resells them.

    A free key has five requests a minute: the host's pace keeps to it, and what is wanted soonest comes first.
    """
    provider = massive.Massive(surroundings.clients, surroundings.keys, **surroundings.least("fewest_bars"))
    return [
        FeedPlan(
            card=MASSIVE.part("Massive whole sessions", Dataset.PRICES),
            dataset=Dataset.PRICES,
            schedule=OfficeHours(step=timedelta(hours=1), last=time(11)),
            ask=_days(surroundings, provider),
            budget=20,
            lag=NEXT_MORNING,
        ),
        FeedPlan(
            card=MASSIVE.part("Massive last prices", Dataset.QUOTES, name="massive_quotes"),
            dataset=Dataset.QUOTES,
            schedule=LIVE_QUOTES_SCHEDULE,
            ask=_quotes(surroundings, provider),
            budget=800,
        ),
        FeedPlan(
            card=MASSIVE.part("Massive splits", Dataset.SPLITS, name="massive_splits"),
            dataset=Dataset.SPLITS,
            schedule=Daily(hour=time(7)),
            ask=calendar_question(surroundings, provider.splits),
            budget=20,
        ),
        FeedPlan(
            card=MASSIVE.part("Massive short interest", Dataset.SHORT_INTEREST, name="massive_short_interest"),
            dataset=Dataset.SHORT_INTEREST,
            schedule=OnPublication(),
            ask=_resold(surroundings, provider),
            budget=40,
        ),
        FeedPlan(
            card=MASSIVE.part("Massive short volume", Dataset.SHORT_VOLUME, name="massive_short_volume"),
            dataset=Dataset.SHORT_VOLUME,
            schedule=_AFTER_FINRA,
            ask=_volume(surroundings, provider),
            budget=40,
        ),
    ]


_AFTER_FINRA: Final = AfterSession(first=time(19), step=timedelta(hours=1))
"""FINRA posts by 18:00 and is given an hour."""


def _days(surroundings: Surroundings, provider: massive.Massive) -> Ask:
    """The last session before today, as a free key sees it the next morning; one request for the whole market."""

    async def ask() -> Delivery:
        session = previous_session(new_york_date(surroundings.clock()))
        held = await asyncio.to_thread(newest_held, surroundings.archive, (Dataset.PRICES,), MASSIVE.name)
        if held is not None and held.as_of >= session:
            raise NoDataError(f"Massive's session of {session} is there")
        return Delivery(fetched=(await provider.grouped(session),))

    return ask


def _quotes(surroundings: Surroundings, provider: massive.Massive) -> Ask:
    refused_on: date | None = None

    async def ask() -> Delivery:
        nonlocal refused_on
        today, symbols = new_york_date(surroundings.clock()), names_to_quote(surroundings)
        if refused_on == today:
            raise NoDataError("the plan of Massive's key has no last prices; it is asked again tomorrow")
        try:
            return Delivery(fetched=(await provider.snapshots(symbols),))
        except PlanError as error:
            # No trouble of the source's: a free key has none, and a question a minute would be a nuisance.
            refused_on = today
            raise NoDataError(str(error)) from error

    return ask


def _resold(surroundings: Surroundings, provider: massive.Massive) -> Ask:
    """The newest settlement as Massive resells it: a second witness, and the only one while FINRA fails."""

    async def ask() -> Delivery:
        settlement = latest_published(surroundings.clock()).settlement_date
        try:
            fetched = await provider.short_interest(settlement)
        except PendingError:
            raise
        except NoDataError as error:
            raise PendingError(f"Massive does not have the settlement of {settlement} yet") from error
        assert fetched.snapshot is not None
        words = await asyncio.to_thread(_disagreement, surroundings.archive, settlement, fetched.snapshot.frame)
        return Delivery(fetched=(fetched,), complaints=(words,) if words else ())

    return ask


def _disagreement(archive: Archive, settlement: date, resold: pd.DataFrame) -> str:
    """Which names have another position at Massive than in FINRA's first file of that day; empty where none has.

    Read as FINRA writes symbols, without separators.
    """
    looks = archive.vintages(Dataset.SHORT_INTEREST, settlement)
    own = [one for one in looks if one.source == FINRA_SHORT_INTEREST.name]
    if not own:
        return ""
    theirs = pd.Series(resold["short_interest"].to_numpy(), resold["symbol"].map(squashed))
    frame = archive.read(own[-1]).frame
    ours = pd.Series(frame["short_interest"].to_numpy(), frame["symbol"].map(squashed))
    # A symbol that two names come down to proves nothing.
    both = pd.concat(
        [one[~one.index.duplicated(keep=False)] for one in (ours, theirs)],
        axis=1,
        join="inner",
        keys=["ours", "theirs"],
    )
    differing = both[both["ours"] != both["theirs"]].sort_values("ours", ascending=False)
    if differing.empty:
        return ""
    names = spelt_out(differing.index, DIFFERING_NAMES_SPELT_OUT)
    return f"{len(differing):,} of {len(both):,} names of {settlement} are not as FINRA has them: {names}"


def _volume(surroundings: Surroundings, provider: massive.Massive) -> Ask:
    """The newest session's short volume, where FINRA's own file is not there an hour after it should be."""

    async def ask() -> Delivery:
        session = newest_posted(surroundings.clock())
        looks = await asyncio.to_thread(surroundings.archive.vintages, Dataset.SHORT_VOLUME, session)
        if any(one.source == FINRA_SHORT_VOLUME.name for one in looks):
            raise NoDataError(f"FINRA's own short volume of {session} is there; Massive's is for when it is not")
        return Delivery(fetched=(await provider.short_volume(session),))

    return ask
