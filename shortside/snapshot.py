"""What crosses the door from providers: one look at one dataset, with its two clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from shortside.sessions import in_utc

if TYPE_CHECKING:
    import pandas as pd

    from shortside.freshness import Freshness


class Dataset(StrEnum):
    """The kinds of data the program knows; the value is the name in JSON, files and configuration."""

    SHORT_INTEREST = "short_interest"
    """Shares short per name and settlement date, twice a month."""
    PRICES = "prices"
    """Daily closes and volumes."""
    REFERENCE = "reference"
    """Which securities exist: symbols, names, kinds, exchanges, sectors."""
    SPLITS = "splits"
    """Split ratios with their ex-dates."""
    SHARES_OUTSTANDING = "shares_outstanding"
    """Share counts per name and day."""
    BORROW = "borrow"
    """Fee, rebate and availability of stock loan."""
    SHORT_VOLUME = "short_volume"
    """Daily off-exchange short sale volume; not short interest."""
    THRESHOLD = "threshold"
    """Securities that sellers fail to deliver for days on end: Regulation SHO's lists, a session each."""
    FAILS = "fails"
    """Fails to deliver, published in half-months."""
    FUND_FLOWS = "fund_flows"
    """Shares outstanding and net asset values of exchange-traded funds."""
    INDEX_MEMBERS = "index_members"
    """Which names an index holds."""
    QUOTES = "quotes"
    """Last prices during the session."""


class Quality(Enum):
    """How a provider's answer turned out."""

    OK = "ok"
    """Complete, as far as the source lets one check."""
    EMPTY = "empty"
    """The source answered that it has no rows."""
    PENDING = "pending"
    """Expected on this day, but not posted yet."""
    BLOCKED = "blocked"
    """A wall of HTML or a denial instead of data."""
    ERROR = "error"
    """The answer failed or made no sense."""
    PARTIAL = "partial"
    """Some rows are known to be missing."""


def _as_day(day: date) -> date:
    # A datetime passes for a date but compares with none: reject it here, not three modules later.
    if isinstance(day, datetime):
        raise TypeError(f"as_of is a day, not a moment: {day.isoformat()}")
    return day


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Snapshot:
    """One successful look at one dataset.

    Equal only to itself: comparing frames cell by cell is neither cheap nor a truth value. Moments are
    stored in UTC whatever zone they came in.

    Raises:
        NaiveMomentError: a moment has no zone.
        TypeError: `as_of` is a moment instead of a day.
    """

    dataset: Dataset
    """What kind of rows these are."""
    frame: pd.DataFrame
    """The rows, already through their schema; never changed in place."""
    as_of: date
    """The day the numbers speak of."""
    published_at: datetime | None = None
    """When the source made them public; None where it does not say."""
    fetched_at: datetime
    """When we looked."""
    source: str
    """Which provider answered, by its name in the configuration."""
    quality: Quality = Quality.OK
    """How the answer turned out."""
    attribution: str = ""
    """The words the source's terms ask us to show, such as `Source: FINRA`."""
    notes: tuple[str, ...] = ()
    """What a careful reader should know, one sentence each."""

    def __post_init__(self) -> None:
        _as_day(self.as_of)
        object.__setattr__(self, "fetched_at", in_utc(self.fetched_at, "fetched_at"))
        if self.published_at is not None:
            object.__setattr__(self, "published_at", in_utc(self.published_at, "published_at"))

    @property
    def rows(self) -> int:
        """How many rows the frame has."""
        return len(self.frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputAge:
    """The two clocks of one input without its frame: what screens and the JSON `inputs` print.

    Every field but `dataset`, `source` and `freshness` is None for an input that never arrived.
    """

    dataset: Dataset
    """What kind of rows the input holds."""
    as_of: date | None = None
    """The day its numbers speak of."""
    published_at: datetime | None = None
    """When its source made them public."""
    fetched_at: datetime | None = None
    """When we looked."""
    source: str
    """Which provider answered, or was asked."""
    freshness: Freshness
    """How old that is for a source of this cadence."""
    rows: int | None = None
    """How many rows arrived."""

    def as_record(self) -> dict[str, str | None]:
        """The entry of the JSON contract: ISO dates, UTC moments, null for the unknown."""
        return {
            "dataset": self.dataset.value,
            "as_of": _iso(self.as_of),
            "published_at": _iso(self.published_at),
            "fetched_at": _iso(self.fetched_at),
            "source": self.source,
            "freshness": self.freshness.words,
        }


def _iso(when: date | datetime | None) -> str | None:
    return None if when is None else when.isoformat()
