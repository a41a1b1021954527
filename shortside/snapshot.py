"""What crosses the door from providers: one look at one dataset, with its two clocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from shortside.datasets import Dataset, Quality
from shortside.sessions import in_utc

if TYPE_CHECKING:
    import pandas as pd

LEFT_OUT_ATTRIBUTE: Final = "left_out"
"""The attribute of a frame that holds a sentence on each kind of row its parser left out."""


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
        left_out = self.frame.attrs.get(LEFT_OUT_ATTRIBUTE, ())
        object.__setattr__(self, "notes", tuple(dict.fromkeys((*self.notes, *left_out))))
        object.__setattr__(self, "fetched_at", in_utc(self.fetched_at, "fetched_at"))
        if self.published_at is not None:
            object.__setattr__(self, "published_at", in_utc(self.published_at, "published_at"))

    @property
    def rows(self) -> int:
        """How many rows the frame has."""
        return len(self.frame)
