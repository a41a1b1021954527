"""Feeds, clocks and archives for tests of what keeps the market fresh."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pandas as pd

from providers.catalog import Card, Host, Limit
from providers.feeds.feed import Delivery, Feed, FeedPast, FeedPlan, FeedTools
from providers.feeds.ledger import Ledger
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
    # What every dataset needs that is stored by a test; its figures are never looked at.
    words = {"name": "N", "exchange": "N", "close": 1.0, "volume": 10.0, "short_interest": 5.0, "simple_ratio": 2.0}
    frame = pd.DataFrame({"symbol": names, "ex_date": pd.Timestamp(as_of), **words})
    return Snapshot(dataset=dataset, frame=frame, as_of=as_of, fetched_at=fetched_at, source="example")


def card(name: str = "example", dataset: Dataset = Dataset.REFERENCE) -> Card:
    return Card(
        name=name,
        title=name.capitalize(),
        publisher=name,
        hosts=(Host(name=f"{name}.test", seconds_between=0, limit=Limit("none", requests=1_000, seconds=1)),),
        datasets=(dataset,),
        gives="rows",
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
    complaints: tuple[str, ...] = ()
    """What is missing of every answer."""

    async def ask(self) -> Delivery:
        self.asked.append(self.clock())
        if self.gate is not None:
            await self.gate.wait()
        outcome = self.outcomes[min(len(self.asked), len(self.outcomes)) - 1] if self.outcomes else None
        if isinstance(outcome, BaseException):
            raise outcome
        day = outcome if isinstance(outcome, date) else self.clock().astimezone(NEW_YORK).date()
        return Delivery(fetched=(Fetched(snapshot=snapshot(day, self.clock())),), complaints=self.complaints)

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
    """A feed of a source; `rest` are further fields of its card, its plan, its tools and its past, by their names."""
    own = card(name, dataset)._replace(**_of(rest, Card._fields))
    plan = FeedPlan(
        card=own,
        dataset=dataset,
        schedule=schedule or InSession(step=timedelta(minutes=5)),
        ask=source.ask,
        **_of(rest, ("budget", "lag", "meter")),
    )
    tools = FeedTools(
        clock=source.clock,
        ledger=ledger or Ledger(),
        chance=lambda: 0.0,
        **{"store": source.store, **_of(rest, ("store", "wake"))},
    )
    past = FeedPast(state=rest.pop("earlier", None), **_of(rest, ("as_of",)))
    assert not rest, f"no part of a feed has {', '.join(rest)}"
    return Feed(plan, tools, past)


def _of(rest: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Those of some keyword arguments that are left, and are then no longer."""
    return {name: rest.pop(name) for name in names if name in rest}


def exchange(seconds: float = 0.2, at: datetime = THURSDAY) -> Exchange:
    return Exchange(
        at=at, method="GET", url="", attempt=1, is_conditional=False, status=200, size=1, seconds=seconds, complaint=""
    )


DAILY = Daily(hour=time(7))
