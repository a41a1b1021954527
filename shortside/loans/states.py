"""Makes a history and a name's path out of looks that are all in memory, as a folder's or a simulated market's are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from shortside.listings import Texts
from shortside.loans.history import ONE_DAY, ONE_WEEK, LoanHistory, LoanState, history_of
from shortside.loans.path import LoanPath, Moments


def history_of_states(symbols: Texts, source: str, states: Sequence[LoanState]) -> LoanHistory:
    """The history that some looks make, at least one, in the order in which they became known."""
    now = states[-1]
    last_of_day = {state.as_of: state for state in states}
    return history_of(
        symbols,
        source,
        last_of_day.values(),
        now=now,
        day_ago=_newest(states, now.known_at - ONE_DAY),
        week_ago=_newest(states, now.known_at - ONE_WEEK),
    )


def _newest(states: Sequence[LoanState], moment: datetime) -> LoanState | None:
    return next((state for state in reversed(states) if state.known_at <= moment), None)


def path_of_states(symbol: str, column: int, source: str, states: Sequence[LoanState]) -> LoanPath:
    """The path of the name in a column of the looks; one whose fee and shares are unknown was not on the list."""
    fee = np.array([state.fee[column] for state in states], np.float64)
    available = np.array([state.available[column] for state in states], np.float64)
    return LoanPath(
        symbol=symbol,
        source=source,
        known_at=_moments([state.known_at for state in states]),
        fetched_at=_moments([state.fetched_at for state in states]),
        is_listed=np.isfinite(fee) | np.isfinite(available),
        fee=fee,
        available=available,
        is_capped=np.array([state.is_capped[column] for state in states], bool),
    )


def _moments(moments: Sequence[datetime]) -> Moments:
    return np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], "datetime64[us]")
