"""The coefficients by vintage: each fitted on the evenings whose outcomes were public by then, and known from then on.

On a day in the past only those count that could be known that day, so that a record made of them is out of sample.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from shortside.evidence.squeeze_chances import SqueezeModel, coefficients
from shortside.market import Market


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class SqueezeVintage:
    """The coefficients that could be known from one day on."""

    known_from: date
    """The first day on which the outcomes of all evenings they were fitted on were public."""
    first: date
    """The first evening they were fitted on."""
    last: date
    """The last one."""
    evenings: int
    rows: int
    """Names times evenings whose outcome is known."""
    squeezes: int
    model: SqueezeModel
    """Of all factors."""
    volatility_alone: SqueezeModel
    """Of volatility alone."""

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> SqueezeVintage:
        """The vintage that a record of the file of coefficients describes.

        Raises:
            KeyError: a part of it is missing.
        """
        return cls(
            known_from=date.fromisoformat(record["known_from"]),
            first=date.fromisoformat(record["first"]),
            last=date.fromisoformat(record["last"]),
            evenings=record["evenings"],
            rows=record["rows"],
            squeezes=record["squeezes"],
            model=SqueezeModel.of_record(record["model"]),
            volatility_alone=SqueezeModel.of_record(record["volatility_alone"]),
        )

    def as_record(self) -> dict[str, Any]:
        """The record of the file of coefficients."""
        return {
            **{key: getattr(self, key).isoformat() for key in ("known_from", "first", "last")},
            **{key: getattr(self, key) for key in ("evenings", "rows", "squeezes")},
            **{key: getattr(self, key).as_record() for key in ("model", "volatility_alone")},
        }


@lru_cache(maxsize=1)
def shipped_vintages() -> tuple[SqueezeVintage, ...]:
    """All vintages that are shipped, the oldest first; there is at least one."""
    return tuple(SqueezeVintage.of_record(one) for one in coefficients()["vintages"])


def vintage_known_on(day: date) -> SqueezeVintage | None:
    """The newest vintage that could be known on a day; None before the first."""
    place = bisect_right([one.known_from for one in shipped_vintages()], day)
    return shipped_vintages()[place - 1] if place else None


def vintage_of(market: Market) -> SqueezeVintage | None:
    """The vintage by which a market's names are judged; of a simulated one the newest, for nothing real is told."""
    return shipped_vintages()[-1] if market.is_simulated else vintage_known_on(market.last_session)
