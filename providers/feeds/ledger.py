"""Counts the requests of each feed a day, also across programs: what a budget is kept by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Final

from providers.feeds.state import FeedState
from providers.http.traffic import Exchange
from shortside.sessions import new_york_date

_GAPS: Final = " gaps"


@dataclass(slots=True)
class LookCost:
    """What one look at a source took so far."""

    feed: str = ""
    """Whose it is, in the ledger."""
    requests: int = 0
    size: int | None = None
    """Bytes received; None where nobody counts them, as over FTP."""


_looking: ContextVar[LookCost] = ContextVar("looking")


class Ledger:
    """Counts every feed's requests of the day; its `heard` is what `Clients` are told to report to."""

    def __init__(self, earlier: Iterable[FeedState] = ()) -> None:
        """A ledger that goes on where another process left off.

        Args:
            earlier: the last states written.
        """
        self._entries = {state.name: (state.day, state.requests_today, state.latency) for state in earlier}

    def heard(self, exchange: Exchange) -> None:
        """Count a request to the feed in whose task it was made."""
        look = _looking.get(None) or LookCost()
        look.size = (look.size or 0) + exchange.size
        self.count(look.feed, new_york_date(exchange.at), 1, exchange.seconds)

    def count(self, name: str, day: date, requests: int, latency: float | None) -> None:
        """Count requests to a feed."""
        if (look := _looking.get(None)) is not None:
            look.requests += requests
        self._entries[name] = (day, self.requests(name, day) + requests, latency)

    @contextmanager
    def asking(self, name: str) -> Iterator[LookCost]:
        """Count what is asked in the block to a feed; what it took by itself is counted along."""
        look = LookCost(name)
        token = _looking.set(look)
        try:
            yield look
        finally:
            _looking.reset(token)

    @contextmanager
    def errand(self, name: str) -> Iterator[LookCost]:
        """Count what is asked in the block to a feed's gaps: those are shown, but no part of its budget."""
        with self.asking(name + _GAPS) as look:
            yield look

    def requests(self, name: str, day: date) -> int:
        """Requests of a day that count towards a feed's budget; 0 for any day but the last."""
        known = self._entries.get(name)
        return known[1] if known is not None and known[0] == day else 0

    def all_requests(self, name: str, day: date) -> int:
        """Requests of a day that were made for a feed, those for its gaps included."""
        return self.requests(name, day) + self.requests(name + _GAPS, day)

    def latency(self, name: str) -> float | None:
        """Seconds the last request took."""
        known = self._entries.get(name)
        return known[2] if known is not None else None
