"""Reads Yahoo's series of bars, and takes their restatement for splits back."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from providers.errors import MalformedError, NoDataError, RefusedError
from shortside.sessions import NEW_YORK

_RANGES: Final = (
    (4, "5d"), (27, "1mo"), (88, "3mo"), (180, "6mo"), (364, "1y"), (729, "2y"), (1825, "5y"), (3650, "10y"),
)  # fmt: skip
"""Calendar days a range certainly covers, and its name."""


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


def as_traded(rows: pd.DataFrame, splits: pd.DataFrame, adjusted_to: date) -> pd.DataFrame:
    """The rows with closes and volumes on their own day's basis; a new frame.

    Args:
        rows: with `symbol`, `date`, `close` and `volume`, restated for every split up to `adjusted_to`.
        splits: as `shortside.schema.SPLITS` has them; splits without a ratio are passed over.
        adjusted_to: the day whose basis the rows are on.
    """
    is_applied = splits["simple_ratio"].gt(0) & splits["ex_date"].le(pd.Timestamp(adjusted_to))
    applied = splits[is_applied & splits["symbol"].isin(rows["symbol"].unique())]
    factor = np.ones(len(rows))
    days, places = rows["date"].to_numpy(), rows.groupby("symbol").indices
    for symbol, ex_date, ratio in zip(applied["symbol"], applied["ex_date"], applied["simple_ratio"], strict=True):
        own = places[symbol]
        factor[own[days[own] < np.datetime64(ex_date)]] *= ratio
    # The source's floats carry noise (151.72999573); no price in dollars has more than four places.
    return rows.assign(
        close=(rows["close"] / factor).round(4),
        volume=(rows["volume"] * factor).round(),
    )
