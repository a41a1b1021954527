"""What a list of stock loans said of one name, look after look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from shortside.listings import Flags, Floats

Moments = npt.NDArray[np.datetime64]
"""`datetime64[us]`, UTC."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class LoanPath:
    """One name at every look, in the order in which the looks became known. (M,) each."""

    symbol: str
    source: str
    known_at: Moments
    """When the list was made public."""
    fetched_at: Moments
    """When we looked."""
    is_listed: Flags
    """Whether the name was on the list; where not, nothing else is known of it."""
    fee: Floats
    """A fraction a year; NaN unknown."""
    available: Floats
    """Shares; NaN unknown."""
    is_capped: Flags
    """Whether `available` is only a lower bound."""
    unread: int = 0
    """How many older looks are still to be read."""

    def __len__(self) -> int:
        """How many looks there are."""
        return len(self.known_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLook:
    """What one look said of one name."""

    known_at: datetime
    fetched_at: datetime
    is_listed: bool
    fee: float = np.nan
    """A fraction a year; NaN unknown."""
    available: float = np.nan
    """Shares; NaN unknown."""
    is_capped: bool = False


def path_of_looks(symbol: str, source: str, looks: Sequence[NameLook], unread: int = 0) -> LoanPath:
    """The path that some looks make, in the order in which they became known."""
    return LoanPath(
        symbol=symbol,
        source=source,
        known_at=_moments([look.known_at for look in looks]),
        fetched_at=_moments([look.fetched_at for look in looks]),
        is_listed=np.array([look.is_listed for look in looks], bool),
        fee=np.array([look.fee for look in looks], np.float64),
        available=np.array([look.available for look in looks], np.float64),
        is_capped=np.array([look.is_capped for look in looks], bool),
        unread=unread,
    )


def _moments(moments: Sequence[datetime]) -> Moments:
    return np.array([moment.astimezone(UTC).replace(tzinfo=None) for moment in moments], "datetime64[us]")
