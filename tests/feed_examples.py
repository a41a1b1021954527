"""Feeds, clocks and archives for tests of what keeps the market fresh."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd

from providers.catalog import Card, Host
from providers.feeds.feed import Delivery, Feed, Ledger
from providers.feeds.schedule import Daily, InSession, Schedule
from providers.http.client import Fetched
from providers.http.traffic import Exchange
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from shortside.snapshot import Snapshot

THURSDAY = datetime(2023, 9, 7, 12, tzinfo=NEW_YORK)


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    now: datetime = THURSDAY

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def loop_clock(start: datetime = THURSDAY, pace: float = 1.0) -> Callable[[], datetime]:
    """A clock that goes as the running loop does; make it inside the loop."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    return lambda: (start + timedelta(seconds=(loop.time() - began) * pace)).astimezone(UTC)


def snapshot(as_of: date, fetched_at: datetime, *, dataset: Dataset = Dataset.REFERENCE, rows: int = 3) -> Snapshot:
    names = [f"N{index}" for index in range(rows)]
    frame = pd.DataFrame({"symbol": names, "close": 1.0, "volume": 10.0})
    return Snapshot(dataset=dataset, frame=frame, as_of=as_of, fetched_at=fetched_at, source="example")


def card(name: str = "example", dataset: Dataset = Dataset.REFERENCE) -> Card:
    return Card(
        name=name,
        title=name.capitalize(),
        hosts=(Host(name=f"{name}.test", seconds_between=0, published_limit="none"),),
        datasets=(dataset,),
        cadence="daily",
        attribution=f"Source: {name}",
        terms="none",
    )


@dataclass
class Source:
    """Answers as it is told to, one outcome a look; the last one for good."""

    clock: Callable[[], datetime]
    outcomes: Sequence[Any] = ()
    asked: list[datetime] = field(default_factory=list)
    stored: list[Delivery] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def ask(self) -> Delivery:
        self.asked.append(self.clock())
        if self.gate is not None:
            await self.gate.wait()
        outcome = self.outcomes[min(len(self.asked), len(self.outcomes)) - 1] if self.outcomes else None
        if isinstance(outcome, BaseException):
            raise outcome
        day = outcome if isinstance(outcome, date) else self.clock().astimezone(NEW_YORK).date()
        return Delivery(fetched=(Fetched(snapshot=snapshot(day, self.clock())),))

    async def store(self, delivery: Delivery) -> None:
        self.stored.append(delivery)


def feed_of(
    source: Source,
    *,
    name: str = "example",
    schedule: Schedule | None = None,
    dataset: Dataset = Dataset.REFERENCE,
    ledger: Ledger | None = None,
    **rest: Any,
) -> Feed:
    return Feed(
        card=card(name, dataset),
        dataset=dataset,
        schedule=schedule or InSession(step=timedelta(minutes=5)),
        ask=source.ask,
        store=rest.pop("store", source.store),
        clock=source.clock,
        ledger=ledger or Ledger(),
        chance=lambda: 0.0,
        **rest,
    )


def exchange(seconds: float = 0.2, at: datetime = THURSDAY) -> Exchange:
    return Exchange(
        at=at, method="GET", url="", attempt=1, is_conditional=False, status=200, size=1, seconds=seconds, complaint=""
    )


DAILY = Daily(hour=time(7))
