"""What passes between us and a host, written down: each request, and their sums. No secret is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from providers.http.circuit import CircuitState
from shortside.sessions import new_york_date

SECRET_HEADERS: Final = ("authorization", "apca-api-key-id", "apca-api-secret-key", "ortex-api-key")
"""Headers whose values are keys; a service may echo one in what it complains of."""


def secrets_of(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The keys a request carries, with and without the word before them (`Bearer …`)."""
    values = [headers[name] for name in SECRET_HEADERS if headers.get(name)]
    return tuple(part for value in values for part in (value, value.rpartition(" ")[2]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request that really went out; what a request log writes down."""

    at: datetime
    """When it went out, UTC."""
    method: str
    url: str
    """Without secrets."""
    attempt: int
    """1 for the first try."""
    is_conditional: bool
    """Whether the host could answer "not modified"."""
    status: int | None
    """None where no answer came."""
    size: int
    """Bytes of the body on the wire."""
    seconds: float
    """Until the whole answer was there, or was given up."""
    complaint: str
    """What was wrong, in words; empty if nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What has passed between us and a host; for the feeds panel."""

    requests_today: int = 0
    """Requests sent on the New York day of the last one, retries included."""
    requests: int = 0
    """Requests sent since the program started."""
    size: int = 0
    """Bytes received since the program started, on the wire."""
    latency: float | None = None
    """Seconds the last answer took; None before the first."""
    succeeded_at: datetime | None = None
    """When the host last answered as it should, UTC."""
    complaint: str = ""
    """The last thing that went wrong, in words; stays until something else does."""
    complained_at: datetime | None = None
    """When that was, UTC."""
    state: CircuitState = CircuitState.CLOSED
    """Whether the host is asked at all."""
    asks_again_in: float = 0.0
    """Seconds until it is asked again, where it is left alone or wants quiet."""


def no_request_log(_exchange: Exchange) -> None:
    """Takes a request and writes it nowhere; the default where nobody keeps a log."""


class Tally:
    """The counters while they are counted."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._day = date.min

    def sent(self, moment: datetime) -> None:
        """A request is on its way."""
        day = new_york_date(moment)
        today = self.counters.requests_today + 1 if day == self._day else 1
        self._day = day
        self.counters = replace(self.counters, requests_today=today, requests=self.counters.requests + 1)

    def ended(self, size: int, seconds: float) -> None:
        """A request is over, well or badly."""
        self.counters = replace(self.counters, size=self.counters.size + size, latency=seconds)

    def succeeded(self, moment: datetime) -> None:
        """A call brought what it was made for, or a plain no."""
        self.counters = replace(self.counters, succeeded_at=moment)

    def failed(self, complaint: str, moment: datetime) -> None:
        """A call came to nothing, for a reason in words."""
        self.counters = replace(self.counters, complaint=complaint, complained_at=moment)
