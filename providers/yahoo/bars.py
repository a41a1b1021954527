"""Reads Yahoo's series of bars, and takes their restatement for splits back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError, NoDataError, RefusedError
from shortside.corporate_actions.plain_ratios import LARGEST_SPLIT_FACTOR
from shortside.sessions import NEW_YORK

Days = npt.NDArray[np.datetime64]
Floats = npt.NDArray[np.float64]

_RANGES: Final = (
    (4, "5d"), (27, "1mo"), (88, "3mo"), (180, "6mo"), (364, "1y"), (729, "2y"), (1825, "5y"), (3650, "10y"),
)  # fmt: skip
"""Calendar days a range certainly covers, and its name."""
ORDINARY_RETURN: Final = 1.1
"""A step by less, either way, is any day's return: it does not tell that a stock dividend of 5 % was left out."""


def range_since(since: date, today: date) -> str:
    """The shortest of Yahoo's ranges that reaches back to a day."""
    return next((name for days, name in _RANGES if (today - since).days <= days), "max")


def days_of(stamps: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """The New York days of moments in seconds since 1970; `datetime64[s]` at midnight."""
    local = pd.to_datetime(stamps, unit="s", utc=True).tz_convert(NEW_YORK).tz_localize(None)
    return local.to_numpy().astype("datetime64[D]").astype("datetime64[s]")


def stamps_of(value: Any, where: str) -> npt.NDArray[np.int64]:
    """The moments of a series, seconds since 1970; none where the series is null.

    Raises:
        MalformedError: something else stands there.
    """
    if value is None:
        return np.empty(0, np.int64)
    if not isinstance(value, list) or not all(type(stamp) is int for stamp in value):
        raise MalformedError("its timestamps are not whole seconds", where=where)
    return np.array(value, np.int64)


def numbers_of_series(value: Any, length: int, where: str) -> npt.NDArray[np.float64]:
    """A series of numbers with NaN for its nulls, which are common; all NaN where there is no series.

    Raises:
        MalformedError: it is not as long as its timestamps, or holds something else.
    """
    if value is None:
        return np.full(length, np.nan)
    if not isinstance(value, list) or len(value) != length:
        raise MalformedError(f"has {length} timestamps and another number of values", where=where)
    if not all(number is None or type(number) in {int, float} for number in value):
        raise MalformedError("holds something else than numbers", where=where)
    return np.array([np.nan if number is None else number for number in value], np.float64)


def require_no_error(answer: Any, service: str, where: str) -> None:
    """Let an answer pass that is no complaint: Yahoo packs those into the service's own envelope.

    Raises:
        NoDataError: Yahoo does not know the symbol.
        RefusedError: it did not like the question.
    """
    envelope = answer.get(service) if isinstance(answer, dict) else None
    error = envelope.get("error") if isinstance(envelope, dict) else None
    if isinstance(error, dict):
        words = str(error.get("description") or error.get("code"))[:160]
        raise (NoDataError if error.get("code") == "Not Found" else RefusedError)(f"{where}: Yahoo says {words!r}")


def as_traded(rows: pd.DataFrame, splits: pd.DataFrame, adjusted_to: date) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows with closes and volumes on their own day's basis, a new frame; and a note on each doubtful split.

    Yahoo announces splits that its closes never follow (yfinance's issues 1531 and 2002): taken back, a 1-for-190 would
    leave a hundredth of a cent. A split is taken back only where the step over its day is nearer to none in the
    restated reading of the closes than in the raw one.

    Args:
        rows: with `symbol`, `date`, `close` and `volume`, restated for splits up to `adjusted_to`.
        splits: as `shortside.schema.SPLITS` has them; splits without a possible ratio are passed over.
        adjusted_to: the day whose basis the rows are on.
    """
    is_possible_ratio = splits["simple_ratio"].between(1 / LARGEST_SPLIT_FACTOR, LARGEST_SPLIT_FACTOR)
    is_applied = is_possible_ratio & splits["ex_date"].le(pd.Timestamp(adjusted_to))
    applied = splits[is_applied & splits["symbol"].isin(rows["symbol"].unique())]
    factor, notes = np.ones(len(rows)), []
    days, closes = rows["date"].to_numpy(), rows["close"].to_numpy(np.float64)
    places = rows.groupby("symbol").indices
    ex_dates, ratios = applied["ex_date"].to_numpy(), applied["simple_ratio"].to_numpy(np.float64)
    for symbol, events in applied.groupby("symbol", sort=False).indices.items():
        own = np.asarray(places[symbol], np.int64)
        own = own[np.argsort(days[own], kind="stable")]
        for step in _steps(days[own], closes[own], ex_dates[events], ratios[events]):
            if step.verdict:
                notes.append(f"{symbol}: {step.words}, {step.verdict}: closes before are left as they are")
            else:
                factor[own[: step.place]] *= step.ratio
    # The source's floats carry noise (151.72999573); no price in dollars has more than four places.
    paid = rows.assign(
        close=(rows["close"] / factor).round(4),
        volume=(rows["volume"] * factor).round(),
    )
    return paid, tuple(notes)


@dataclass(frozen=True, slots=True)
class _Step:
    """The splits of one name between two of its closes."""

    place: int
    """Rows of the name before it."""
    ratio: float
    """What closes before are multiplied by."""
    words: str
    verdict: str
    """Why the closes before are taken to be as paid; empty where they are restated."""


def _steps(days: Days, closes: Floats, ex_dates: Days, ratios: Floats) -> list[_Step]:
    """What the closes of one name say of its splits; those between the same two closes are judged together."""
    found = []
    places = np.searchsorted(days, ex_dates)
    for place in np.unique(places[places > 0]).tolist():
        # One split that is listed twice is one.
        together = dict.fromkeys(
            (day, round(ratio, 9))
            for day, ratio in zip(ex_dates[places == place], ratios[places == place].tolist(), strict=True)
        )
        ratio = float(np.prod([ratio for _, ratio in together]))
        if len({day for day, _ in together}) < len(together):
            verdict = "which contradict each other"
        elif _is_raw(closes[:place], closes[place:], ratio):
            verdict = "which Yahoo's closes do not follow"
        else:
            verdict = ""
        words = " and ".join(f"price factor {ratio:g} on {day.astype('datetime64[D]')}" for day, ratio in together)
        found.append(_Step(place, ratio, f"a split of {words}", verdict))
    return found


def _is_raw(before: Floats, after: Floats, ratio: float) -> bool:
    """Whether the step between closes is rather a split by a ratio than an ordinary return; without one it is not."""
    before, after = before[before > 0], after[after > 0]
    if not len(before) or not len(after):
        return False
    step = float(np.log(after[0] / before[-1]))
    return bool(abs(step) > np.log(ORDINARY_RETURN) and abs(step - np.log(ratio)) < abs(step))
