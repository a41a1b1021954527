"""The program's clock: the machine's, or one that `SHORTSIDE_NOW` sets and that runs on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo

from shortside.nyse_closures import FIRST_YEAR, LAST_YEAR
from tui.errors import ConfigurationError

Clock = Callable[[], datetime]
"""A function that returns the present moment with its time zone."""
EARLIEST_YEAR = FIRST_YEAR + 1
LATEST_YEAR = LAST_YEAR - 1
"""A year within the table of sessions: what came before and what comes next is asked for, too."""
NOW_VARIABLE = "SHORTSIDE_NOW"


def system_clock() -> datetime:
    """The machine's present moment, in UTC."""
    return datetime.now(UTC)


class MachineZone(tzinfo):
    """The machine's zone, which need not have a name that Python knows; right on either side of its daylight saving."""

    def fromutc(self, moment: datetime) -> datetime:
        """A moment, told in UTC, by the machine's clock."""
        return moment + self.utcoffset_at(moment.replace(tzinfo=UTC))

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """How far the machine's clock is ahead of UTC at a moment told by it; now where none is given."""
        return self.utcoffset_at(datetime.now(UTC) if moment is None else moment.replace(tzinfo=None).astimezone())

    @staticmethod
    def utcoffset_at(moment: datetime) -> timedelta:
        """How far the machine's clock is ahead of UTC at a moment with a zone."""
        return moment.astimezone().utcoffset() or timedelta()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """How much of the offset is daylight saving time: nobody asks."""
        return None

    def tzname(self, moment: datetime | None) -> str:
        """What the zone is called."""
        return "here"


def clock_set_to(moment: datetime, seconds: Callable[[], float] = time.monotonic) -> Clock:
    """A clock that stands at `moment` now and runs on from there.

    Args:
        moment: with a zone.
        seconds: a counter of seconds that never goes back.
    """
    began = seconds()
    return lambda: moment + timedelta(seconds=seconds() - began)


def clock_from_environment(environment: Mapping[str, str]) -> Clock:
    """The machine's clock, unless SHORTSIDE_NOW sets another.

    Raises:
        ConfigurationError: the variable holds no moment, or one without its zone.
    """
    text = environment.get(NOW_VARIABLE, "").strip()
    if not text:
        _require_known(system_clock(), "this machine's clock")
        return system_clock
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(_refusal(text)) from error
    if moment.utcoffset() is None:
        raise ConfigurationError(_refusal(text))
    _require_known(moment, NOW_VARIABLE)
    return clock_set_to(moment)


def _require_known(moment: datetime, what: str) -> None:
    """Let a moment pass of whose days the table of sessions knows.

    Raises:
        ConfigurationError: its year is another: what is due, and how old it is, nobody could tell.
    """
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ConfigurationError(
            f"{what} says {moment.year:04d}: sessions are known of the years {EARLIEST_YEAR} to {LATEST_YEAR}"
        )


def _refusal(text: str) -> str:
    return f"{NOW_VARIABLE}={text}: a moment with its offset is needed, such as 2023-09-07T17:30:00-04:00"
