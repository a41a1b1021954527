"""The feeds that a key of Massive opens: whole sessions, splits, and FINRA's figures where FINRA itself fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final

import pandas as pd

from providers.archive.holdings import SINCE
from providers.archive.vintages import Archive
from providers.errors import NoDataError, PendingError
from providers.feeds.feed import Ask, Delivery, Feed
from providers.feeds.schedule import AfterSession, Daily, OfficeHours, OnPublication
from providers.feeds.setting import LIVE, Setting, feed_of, newest_held, newest_posted
from providers.finra import short_interest as finra_short_interest
from providers.finra import short_volume as finra_short_volume
from providers.keyed.keys import Keys
from providers.keyed.refusals import PlanError
from providers.listings.symbols import squashed
from providers.massive import massive
from providers.nasdaq.splits import splits_since
from shortside.datasets import Dataset
from shortside.sessions import new_york_date, previous_session
from shortside.settlement import latest_published

CARD: Final = massive.CARD
DAYS: Final = replace(CARD, title="Massive whole sessions", datasets=(Dataset.PRICES,))
SPLITS: Final = replace(CARD, name="massive_splits", title="Massive splits", datasets=(Dataset.SPLITS,))
QUOTES: Final = replace(CARD, name="massive_quotes", title="Massive last prices", datasets=(Dataset.QUOTES,))
RESOLD: Final = replace(
    CARD, name="massive_short_interest", title="Massive short interest", datasets=(Dataset.SHORT_INTEREST,)
)
RESOLD_VOLUME: Final = replace(
    CARD, name="massive_short_volume", title="Massive short volume", datasets=(Dataset.SHORT_VOLUME,)
)
NEXT_MORNING: Final = timedelta(hours=16)
"""From the bell until a free key sees the session, and we have asked."""
QUOTED_AT_MOST: Final = 200
"""Names whose last prices are asked for: one request a minute."""
NAMED: Final = 5
"""Names that differ which are spelt out."""


def massive_feeds(setting: Setting, keys: Keys) -> list[Feed]:
    """All of Massive's. Blocks while the archive is looked through.

    A free key has five requests a minute: the host's pace keeps to it, and what is wanted soonest comes first.
    """
    rows = {} if setting.fewest_rows is None else {"fewest_bars": setting.fewest_rows}
    provider, source = massive.Massive(setting.clients, keys, **rows), CARD.name
    morning = OfficeHours(step=timedelta(hours=1), last=time(11))
    return [
        feed_of(setting, DAYS, Dataset.PRICES, morning, _days(setting, provider), 20, source=source, lag=NEXT_MORNING),
        feed_of(setting, QUOTES, Dataset.QUOTES, LIVE, _quotes(setting, provider), 800, source=source),
        feed_of(setting, SPLITS, Dataset.SPLITS, Daily(hour=time(7)), _splits(setting, provider), 20, source=source),
        feed_of(
            setting, RESOLD, Dataset.SHORT_INTEREST, OnPublication(), _resold(setting, provider), 40, source=source
        ),
        feed_of(
            setting, RESOLD_VOLUME, Dataset.SHORT_VOLUME, _AFTER_FINRA, _volume(setting, provider), 40, source=source
        ),
    ]


_AFTER_FINRA: Final = AfterSession(first=time(19), step=timedelta(hours=1))
"""FINRA posts by 18:00 and is given an hour."""


def _days(setting: Setting, provider: massive.Massive) -> Ask:
    """The last session before today, as a free key sees it the next morning; one request for the whole market."""

    async def ask() -> Delivery:
        session = previous_session(new_york_date(setting.clock()))
        held = await asyncio.to_thread(newest_held, setting.archive, (Dataset.PRICES,), CARD.name)
        if held is not None and held.as_of >= session:
            raise NoDataError(f"Massive's session of {session} is there")
        return Delivery(fetched=(await provider.grouped(session),))

    return ask


def _quotes(setting: Setting, provider: massive.Massive) -> Ask:
    refused_on: date | None = None

    async def ask() -> Delivery:
        nonlocal refused_on
        today, symbols = new_york_date(setting.clock()), setting.watched()[:QUOTED_AT_MOST]
        if not symbols:
            raise NoDataError("there are no names yet whose prices are wanted")
        if refused_on == today:
            raise NoDataError("the plan of Massive's key has no last prices; it is asked again tomorrow")
        try:
            return Delivery(fetched=(await provider.snapshots(symbols),))
        except PlanError as error:
            # No trouble of the source's: a free key has none, and a question a minute would be a nuisance.
            refused_on = today
            raise NoDataError(str(error)) from error

    return ask


def _splits(setting: Setting, provider: massive.Massive) -> Ask:
    async def ask() -> Delivery:
        since = await asyncio.to_thread(splits_since, setting)
        fetched = await provider.splits(since)
        if fetched.snapshot is None:
            return Delivery(fetched=(fetched,))
        noted = replace(fetched.snapshot, notes=(*fetched.snapshot.notes, f"{SINCE}{since}"))
        return Delivery(fetched=(replace(fetched, snapshot=noted),))

    return ask


def _resold(setting: Setting, provider: massive.Massive) -> Ask:
    """The newest settlement as Massive resells it: a second witness, and the only one while FINRA fails."""

    async def ask() -> Delivery:
        settlement = latest_published(setting.clock()).settlement_date
        try:
            fetched = await provider.short_interest(settlement)
        except PendingError:
            raise
        except NoDataError as error:
            raise PendingError(f"Massive does not have the settlement of {settlement} yet") from error
        assert fetched.snapshot is not None
        words = await asyncio.to_thread(_disagreement, setting.archive, settlement, fetched.snapshot.frame)
        return Delivery(fetched=(fetched,), complaints=(words,) if words else ())

    return ask


def _disagreement(archive: Archive, settlement: date, resold: pd.DataFrame) -> str:
    """Which names have another position at Massive than in FINRA's first file of that day; empty where none has.

    Read as FINRA writes symbols, without separators.
    """
    looks = archive.vintages(Dataset.SHORT_INTEREST, settlement)
    own = [one for one in looks if one.source == finra_short_interest.CARD.name]
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
    names = ", ".join(map(str, differing.index[:NAMED])) + (", …" if len(differing) > NAMED else "")
    return f"{len(differing):,} of {len(both):,} names of {settlement} are not as FINRA has them: {names}"


def _volume(setting: Setting, provider: massive.Massive) -> Ask:
    """The newest session's short volume, where FINRA's own file is not there an hour after it should be."""

    async def ask() -> Delivery:
        session = newest_posted(setting.clock())
        looks = await asyncio.to_thread(setting.archive.vintages, Dataset.SHORT_VOLUME, session)
        if any(one.source == finra_short_volume.CARD.name for one in looks):
            raise NoDataError(f"FINRA's own short volume of {session} is there; Massive's is for when it is not")
        return Delivery(fetched=(await provider.short_volume(session),))

    return ask
