"""Makes a history and a name's path out of looks that are all in memory, as a folder's or a simulated market's are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from math import isnan

from shortside.listings import Texts
from shortside.loans.history import ONE_DAY, ONE_WEEK, LoanHistory, LoanState, history_of
from shortside.loans.path import LoanPath, NameLook, path_of_looks


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
    looks = []
    for state in states:
        fee, available = float(state.fee[column]), float(state.available[column])
        looks.append(
            NameLook(
                known_at=state.known_at,
                fetched_at=state.fetched_at,
                is_listed=not (isnan(fee) and isnan(available)),
                fee=fee,
                available=available,
                is_capped=bool(state.is_capped[column]),
            )
        )
    return path_of_looks(symbol, source, looks)
