"""Who is asked, and how politely: one entry per host, each slower than its publisher allows.

The published figures are in docs/data.md; where a publisher names none, the pace is what independent clients get by on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from shortside.datasets import Dataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A server and our manners towards it."""

    name: str
    """Its name on the network."""
    seconds_between: float
    """The least time between the starts of two requests; there are no bursts."""
    published_limit: str
    """What the publisher allows, in words."""
    at_once: int = 8
    """Most requests in flight."""
    is_browser_wanted: bool = False
    """Whether it hangs or refuses unless the reader calls itself a browser."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every request."""
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    """Longest silence while an answer is awaited or under way."""
    answer_seconds: float = 240.0
    """Longest time for a whole answer, however steadily it trickles."""
    attempts: int = 4
    """How often one request is sent before we give up: transport failures, 5xx and short throttles only."""
    throttle_seconds: float = 30.0
    """How long we keep quiet after a 429 that does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a screen, the poller and docs/data.md say of a provider."""

    name: str
    """Its name in the configuration."""
    title: str
    """Its name for people."""
    hosts: tuple[Host, ...]
    datasets: tuple[Dataset, ...]
    cadence: str
    """When it has something new, in words; New York time."""
    attribution: str
    """The words its terms ask us to show."""
    terms: str
    """What its terms allow, in one sentence."""


CDN_FINRA: Final = Host(
    name="cdn.finra.org",
    # Bursts are answered with the same 403 as a missing file, which would pass for "not posted yet".
    seconds_between=1.0,
    published_limit="none published; bursts are refused",
)
API_FINRA: Final = Host(
    name="api.finra.org",
    seconds_between=0.2,
    published_limit="20 requests a second; 5,000 rows and 3 MB a page",
    headers={"Accept": "application/json"},
)
API_NASDAQ: Final = Host(
    name="api.nasdaq.com",
    seconds_between=1.0,
    published_limit="none published",
    at_once=2,
    is_browser_wanted=True,
    headers={
        "Accept": "application/json, text/plain, */*",
        "Accept-Language": "en-US,en;q=0.9",
        "Origin": "https://www.nasdaq.com",
        "Referer": "https://www.nasdaq.com/",
    },
)
NASDAQ_TRADER: Final = Host(
    name="www.nasdaqtrader.com",
    seconds_between=2.0,
    published_limit="none published",
    at_once=1,
)
