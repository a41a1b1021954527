"""Whether a settlement was published in time, as far as somebody was there to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from shortside.sessions import NEW_YORK, in_utc
from shortside.settlement import cycle_of

LAST_LOOK: Final = time(20)
"""Until when, New York time, FINRA is asked on the evening of publication. A file seen later was there for nobody
knows how long: the monitor may not have been open."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a settlement was due, and when its file was seen first."""

    due_at: datetime
    """16:40 New York time of the day the calendar says, in UTC."""
    seen_at: datetime | None
    """When the file was fetched first; None where nobody kept that."""

    @property
    def late_by(self) -> timedelta | None:
        """How many whole seconds later than due it was seen, 0 for in time; None where nobody was there to see."""
        if self.seen_at is None:
            return None
        evening = datetime.combine(self.due_at.astimezone(NEW_YORK).date(), LAST_LOOK, NEW_YORK)
        if self.seen_at > evening:
            return None
        return timedelta(seconds=max((self.seen_at - self.due_at) // timedelta(seconds=1), 0))


def arrival_of(settlement: date, seen_at: datetime | None) -> Arrival:
    """The arrival of a settlement's file.

    Raises:
        NotASettlementDateError: nobody reports the positions of that day.
    """
    return Arrival(cycle_of(settlement).published_at, None if seen_at is None else in_utc(seen_at))
