"""The program's clock: the machine's, or one that `SHORTSIDE_NOW` sets and that runs on from there."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from tui.errors import ConfigurationError

Clock = Callable[[], datetime]
"""A function that returns the present moment with its time zone."""
NOW_VARIABLE = "SHORTSIDE_NOW"


def system_clock() -> datetime:
    """The machine's present moment, in UTC."""
    return datetime.now(UTC)


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
        return system_clock
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(_refusal(text)) from error
    if moment.utcoffset() is None:
        raise ConfigurationError(_refusal(text))
    return clock_set_to(moment)


def _refusal(text: str) -> str:
    return f"{NOW_VARIABLE}={text}: a moment with its offset is needed, such as 2023-09-07T17:30:00-04:00"
