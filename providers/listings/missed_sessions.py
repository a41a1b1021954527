"""Says which sessions of the exchange no close is held for."""

from __future__ import annotations

from shortside.listings import Dates
from shortside.sessions import CalendarRangeError, sessions_between
from shortside.words.spelt_out import spelt_out


def session_notes(sessions: Dates) -> tuple[str, ...]:
    """A note on the sessions that are missing between the first and the last; none where none is.

    Args:
        sessions: those with any close, ascending; at least one.
    """
    first, last = sessions[0].astype(object), sessions[-1].astype(object)
    try:
        missing = sorted(set(sessions_between(first, last)) - set(sessions.astype(object)))
    except CalendarRangeError as error:
        return (f"missing sessions cannot be told: {error}",)
    if not missing:
        return ()
    if len(missing) == 1:
        return (f"{missing[0]} was a session; no close of any name is held for it",)
    return (f"{len(missing)} sessions have no prices: {spelt_out(missing)}",)
