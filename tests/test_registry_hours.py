"""When each provider is asked, as its line of the registry says: early enough for who looks at the open, and seldom."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import httpx
import pytest
from feed_examples import HandClock
from provider_examples import clients_of

from providers.archive.vintages import Archive
from providers.feeds.feed import FeedPlan
from providers.feeds.ledger import Ledger
from providers.feeds.schedule import LastLook, due_at
from providers.feeds.surroundings import Surroundings
from providers.registry import REGISTRY
from shortside.sessions import NEW_YORK

THURSDAY = datetime(2023, 9, 7, 23, 30, tzinfo=NEW_YORK)
FIRST_LOOKS = {
    "nasdaq_screener": "Fri 08 09:30",
    "finra_short_interest": "Tue 12 16:30",
    "nasdaq_directory": "Fri 08 07:00",
    "nasdaq_splits": "Fri 08 07:00",
    "ibkr_borrow": "Fri 08 07:00",
    "finra_short_volume": "Fri 08 18:05",
    "sec_tickers": "Fri 08 07:00",
    "ishares_holdings": "Fri 08 09:00",
    "spdr_nav_history": "Fri 08 09:15",
    "sec_fails": "Fri 08 07:00",
    "sec_frames": "Mon 11 07:30",
    "nasdaq_threshold": "Fri 08 07:15",
    "nyse_threshold": "Fri 08 07:15",
    "cboe_threshold": "Fri 08 07:15",
    "finra_threshold": "Fri 08 07:15",
}
"""In New York, after a look at half past eleven on Thursday night that found all there was."""
HELD = {"finra_short_interest": date(2023, 8, 15)} | dict.fromkeys(
    ("nasdaq_threshold", "nyse_threshold", "cboe_threshold", "finra_threshold"), date(2023, 9, 6)
)
"""The day of what that was, where it was not Thursday itself."""
IN_SESSION = {"yahoo_spark"}
"""Asked for the names in view, as often as the screen moves."""


@pytest.fixture
async def plans(tmp_path: Path) -> dict[str, FeedPlan]:
    """What is polled of every provider that wants no key, by its name."""

    def nobody(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a plan asks nobody, and this asked {request.url}")

    clock = HandClock(THURSDAY)
    async with clients_of(nobody, clock=clock) as clients:
        surroundings = Surroundings(clients=clients, archive=Archive(tmp_path), clock=clock, ledger=Ledger())
        lines = [line for line in REGISTRY if not line.card.keys]
        return {line.card.name: plan for line in lines for plan in line.plans(surroundings)}


async def test_every_provider_has_its_hour_in_new_york(plans: dict[str, FeedPlan]):
    assert plans.keys() == FIRST_LOOKS.keys() | IN_SESSION
    found = {}
    for name in FIRST_LOOKS:
        seen = LastLook(as_of=HELD.get(name, THURSDAY.date()), looked_at=THURSDAY)
        found[name] = f"{due_at(plans[name].schedule, seen, THURSDAY).astimezone(NEW_YORK):%a %d %H:%M}"
    assert found == FIRST_LOOKS
