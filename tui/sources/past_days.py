"""Makes the market of a past evening: at once out of the listings read last, then as it was known on that evening."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from shortside.positions import Knowledge
from shortside.sessions import CalendarRangeError, is_session, next_session, previous_session, session_on_or_before
from shortside.settlement import cycles_between
from tui.errors import SourceError
from tui.memory import give_memory_back
from tui.sources.loaded_market import SourceData, loaded_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

MOST_EVENINGS_KEPT: Final = 3
"""Markets of past evenings that are kept for a step back; each is as large as the one on the screen."""
CYCLE_SEARCH: Final = timedelta(days=60)
"""Within so many days of any there is a publication of short interest."""


class PastEvening(NamedTuple):
    """The market of a past evening."""

    loaded: LoadedMarket
    is_as_known: bool
    """Whether all of it is as it was asked for. Otherwise prices and positions are as known then, and splits, names and
    floats are those of the listings read last."""


class PastDays:
    """The markets of past evenings, the last few of them kept. Its methods block: call them in a thread.

    Args:
        options: of the market that is watched.
        listings: reads what that market is made of.
        load: reads the market of options with a day, as `tui.sources.load.load`.
    """

    def __init__(
        self,
        options: Options,
        listings: Callable[[], SourceData],
        load: Callable[[Options], LoadedMarket],
    ) -> None:
        self._options, self._listings, self._load = options, listings, load
        self._cutting, self._reading, self._keeping = Lock(), Lock(), Lock()
        # Of each kind one at a time; what takes seconds to read holds up no step.
        self._given: SourceData | None = None
        self._kept: OrderedDict[tuple[date, Knowledge], PastEvening] = OrderedDict()

    @property
    def days_kept(self) -> set[date]:
        """The days of which something is kept."""
        return {day for day, _ in list(self._kept)}

    def evening(self, day: date, knowledge: Knowledge = Knowledge.AS_KNOWN) -> PastEvening:
        """The market of a day's evening, out of the listings read last where they hold that day.

        Args:
            day: the day.
            knowledge: as known on that evening, or with hindsight.

        Raises:
            SourceError: the source has nothing on that day.
        """
        with self._cutting:
            kept = self._kept.get((day, knowledge))
            if kept is not None:
                return self._keep(day, knowledge, kept)
            given = self._given = self._given or self._listings()
            # What was public on one day knows nothing of what was told later of another.
            is_held = knowledge is Knowledge.AS_KNOWN or self._options.as_of is None
            if is_held and np.isin(np.datetime64(day, "D"), given.listings.sessions):
                # Simulated prices are known as they are, and hindsight is all that was read last: neither is read anew.
                is_final = given.listings.is_simulated or knowledge is Knowledge.REVISED
                return self._keep(day, knowledge, PastEvening(self._cut(given, day, knowledge), is_final))
        return self._keep(day, knowledge, PastEvening(self._read(day, knowledge), True))

    def is_final(self, day: date, knowledge: Knowledge) -> bool:
        """Whether what was made last of an evening is all of it as it is asked for; not, where it is not kept."""
        kept = self._kept.get((day, knowledge))
        return knowledge is Knowledge.REVISED or (kept is not None and kept.is_as_known)

    def evening_as_known(self, day: date, is_wanted: Callable[[], bool] = lambda: True) -> PastEvening | None:
        """The market of a day's evening, of nothing that was not known on it. May take seconds.

        Args:
            day: the day.
            is_wanted: asked when the readings before this one are over; where it is false, nothing is read, and None
                returned.

        Raises:
            SourceError: the source has nothing on that day.
        """
        known = Knowledge.AS_KNOWN
        with self._reading:
            kept = self._kept.get((day, known))
            if kept is not None and kept.is_as_known:
                return self._keep(day, known, kept)
            return self._keep(day, known, PastEvening(self._read(day, known), True)) if is_wanted() else None

    def _cut(self, given: SourceData, day: date, knowledge: Knowledge) -> LoadedMarket:
        closed = SourceData(listings=given.listings, clock=given.clock)
        return loaded_of(closed, self._of_day(day, knowledge))

    def _read(self, day: date, knowledge: Knowledge) -> LoadedMarket:
        loaded = self._load(self._of_day(day, knowledge))
        if loaded.market.last_session != day:
            raise SourceError(
                f"there are no closes of {day} here; the nearest before it are of {loaded.market.last_session}"
            )
        return loaded

    def _of_day(self, day: date, knowledge: Knowledge) -> Options:
        return self._options._replace(as_of=day, known=knowledge.value)

    def _keep(self, day: date, knowledge: Knowledge, evening: PastEvening) -> PastEvening:
        with self._keeping:
            self._kept[day, knowledge] = evening
            self._kept.move_to_end((day, knowledge))
            is_full = len(self._kept) > MOST_EVENINGS_KEPT
            if is_full:
                self._kept.popitem(last=False)
        if is_full:
            give_memory_back()
        return evening


def session_beside(day: date, steps: int, sessions: Sequence[date]) -> date | None:
    """The session one step before or after a day; None after the last one.

    Args:
        day: from where.
        steps: 1 or −1.
        sessions: those with closes, ascending; before the first of them the exchange's calendar tells.

    Raises:
        SourceError: the calendar does not reach so far back.
    """
    if steps > 0:
        if sessions and day >= sessions[0]:
            place = bisect_right(sessions, day)
            return sessions[place] if place < len(sessions) else None
        return next_session(day)
    place = bisect_left(sessions, day) - 1
    if 0 <= place < len(sessions):
        return sessions[place]
    try:
        return previous_session(day)
    except CalendarRangeError as error:
        raise SourceError(str(error)) from error


def publication_beside(day: date, steps: int, last: date) -> date | None:
    """The evening of the publication of short interest before or after a day; None after the last session.

    Raises:
        SourceError: the calendar does not reach so far.
    """
    try:
        around = cycles_between(day - CYCLE_SEARCH, day + CYCLE_SEARCH)
        evenings = sorted({session_on_or_before(one.publication_date) for one in around})
    except CalendarRangeError as error:
        raise SourceError(str(error)) from error
    found = [one for one in evenings if (one > day if steps > 0 else one < day)]
    if steps > 0:
        return found[0] if found and found[0] <= last else None
    if not found:
        raise SourceError(f"the calendar knows no publication before {day}")
    return found[-1]


def refused_day(text: str, sessions: Sequence[date]) -> str:
    """Why a text is no day that can be shown, with the nearest that is; empty where it is one.

    Args:
        text: as it was typed.
        sessions: those with closes, ascending; earlier days may be there to be read.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return f"a date is written as {sessions[-1]}" if sessions else "a date is written as YYYY-MM-DD"
    if not sessions:
        return "there are no closes here"
    if day > sessions[-1]:
        return f"there are no closes of {day}; the nearest are of {sessions[-1]}"
    if day >= sessions[0]:
        if day in sessions:
            return ""
        place = bisect_left(sessions, day)
        nearest = min(sessions[place - 1], sessions[place], key=lambda one: abs(one - day))
        return f"{day} is no session with closes; the nearest is {nearest}"
    try:
        return "" if is_session(day) else f"{day} is no session; the nearest is {_nearest_session(day)}"
    except CalendarRangeError as error:
        return str(error)


def _nearest_session(day: date) -> date:
    before, after = previous_session(day), next_session(day)
    return before if day - before <= after - day else after
