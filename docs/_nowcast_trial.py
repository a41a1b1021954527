"""Tries whether shares short between settlements can be told better than by carrying the last ones, walk forward.

On the day of each settlement, before its report, its shares are told from the report before and from what traded since:
prices, volumes and, where a folder has FINRA's daily files, the part of the trading off exchange that was sold short.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from providers.errors import MalformedError, NoDataError
from providers.files.folder import files_of
from providers.files.short_volume import FOLDER, session_of_file
from providers.finra.short_volume import parse_session
from providers.listings.symbols import squashed
from providers.parsing.unpacking import GZIP_DAMAGE, LARGEST_BORROW_LIST_BYTES, document_in
from shortside.corporate_actions.splits import restate
from shortside.listings import Dates, Flags, Floats, Indexes, Listings
from shortside.universe import kinds_of, members

LEAST_DOLLARS = 10e6
"""USD short from which on a name is in the trial, as in the record of the squeezes."""
LEAST_SETTLEMENTS = 10
"""Settlements learnt from before the first is told."""
MOST_CHANGE = 0.5
"""Log changes beyond this are learnt from as this much: one leap would bend all the rest."""
PENALTY = 100.0
LEARNT_ANEW_AFTER = 5
"""Settlements after which what was learnt is learnt anew."""
USUAL_SESSIONS = 60
"""Sessions before the settlement carried, whose volume is the usual one."""
FACTORS = ("return", "volume", "largest day", "last change", "change before", "days to cover", "short volume")


@dataclass(frozen=True, eq=False, slots=True)
class Tellings:
    """Rows, one a name and settlement. n rows, F factors."""

    settlement: Indexes
    """(n,) which settlement is told."""
    factors: Floats
    """(F, n) as known on the day of that settlement; NaN unknown."""
    carried: Floats
    """(n,) shares of the settlement before."""
    came: Floats
    """(n,) shares that its report named."""
    price: Floats
    """(n,) USD on its day."""

    def error(self, told: Floats, rows: Any) -> float:
        """Dollars by which shares were told wrongly."""
        return float((np.abs(told - self.came[rows]) * self.price[rows]).sum())


def nowcast_trial(listings: Listings, flow: Floats | None) -> dict[str, Any]:
    """What each way of telling gets wrong, over what carrying the last report gets wrong.

    Args:
        listings: with settlements as first published.
        flow: (T, N) the part of the trading off exchange that was sold short; None where nobody has it.
    """
    rows = tellings_of(listings, flow)
    published = listings.published
    errors: dict[str, list[float]] = {"carried": [], "linear": [], "trees": []}
    learnt: _Learnt | None = None
    for at in np.unique(rows.settlement).tolist():
        own = rows.settlement == at
        known = published[rows.settlement] <= listings.settlements[at]
        if len(np.unique(rows.settlement[known])) < LEAST_SETTLEMENTS:
            continue
        if learnt is None or len(errors["carried"]) % LEARNT_ANEW_AFTER == 0:
            learnt = _Learnt(rows, known)
        errors["carried"].append(rows.error(rows.carried[own], own))
        for name, change in learnt.changes(own).items():
            errors[name].append(rows.error(rows.carried[own] * np.exp(change), own))
    carried = np.array(errors.pop("carried"))
    return {
        "settlements": len(carried),
        "rows": len(rows.carried),
        "carried_dollars": float(carried.sum()),
        "short_volume_sessions": 0 if flow is None else int(np.isfinite(flow).any(axis=1).sum()),
        "sessions": len(listings.sessions),
        "told": {
            name: {"error": float(np.sum(one) / carried.sum()), "better": int((np.array(one) < carried).sum())}
            for name, one in errors.items()
        },
    }


def tellings_of(listings: Listings, flow: Floats | None) -> Tellings:
    """The rows of every settlement but the first three, of stocks that were priced and reported all along."""
    restated = restate(listings)
    short, close = restated.shares_short, restated.close.astype(np.float64)
    rows = np.searchsorted(listings.sessions, listings.settlements, "right") - 1
    is_stock = members(kinds_of(listings.symbols, listings.names))
    parts = []
    for at in range(3, len(listings.settlements)):
        first, last = int(rows[at - 1]), int(rows[at])
        if first < USUAL_SESSIONS or last <= first or listings.settlements[at] > listings.sessions[-1]:
            continue
        factors = _factors_of(short[at - 3 : at], close, restated.volume, flow, (first, last))
        # All but the flow, which most folders have none of.
        usable = is_stock & (short[at - 1] * close[last] > LEAST_DOLLARS) & (short[at] > 0)
        usable &= np.isfinite(factors[:-1]).all(axis=0)
        parts.append((np.full(int(usable.sum()), at), factors[:, usable], short[at - 1, usable], short[at, usable],
                      close[last, usable]))  # fmt: skip
    columns = list(zip(*parts, strict=True))
    return Tellings(
        np.concatenate(columns[0]), np.concatenate(columns[1], axis=1), *(np.concatenate(one) for one in columns[2:])
    )


def _factors_of(short: Floats, close: Floats, volume: Floats, flow: Floats | None, span: tuple[int, int]) -> Floats:
    first, last = span
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        # Of a name without one volume the mean is unknown, and that is all there is to say.
        warnings.simplefilter("ignore", RuntimeWarning)
        usual = np.nanmean(volume[first - USUAL_SESSIONS + 1 : first + 1].astype(np.float64), axis=0)
        recent = np.nanmean(volume[first + 1 : last + 1].astype(np.float64), axis=0)
        days = np.diff(np.log(close[first : last + 1]), axis=0)
        sold = np.full(close.shape[1], np.nan)
        if flow is not None and np.isfinite(flow[first + 1 : last + 1]).any(axis=1).all():
            sold = np.nanmean(flow[first + 1 : last + 1], axis=0) - np.nanmean(
                flow[max(first - USUAL_SESSIONS + 1, 0) : first + 1], axis=0
            )
        return np.stack(
            [
                np.log(close[last] / close[first]),
                np.log(recent / usual),
                np.abs(days).max(axis=0),
                np.clip(np.log(short[-1] / short[-2]), -MOST_CHANGE, MOST_CHANGE),
                np.clip(np.log(short[-2] / short[-3]), -MOST_CHANGE, MOST_CHANGE),
                np.log(short[-1] / usual),
                sold,
            ]
        )


class _Learnt:
    """Two ways of telling the log change, learnt from what was known, each row weighed by its dollars."""

    def __init__(self, rows: Tellings, known: Flags) -> None:
        # A second of importing, for nobody who only reads this module.
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.linear_model import Ridge

        self._rows = rows
        # Of what nobody has there is nothing to learn.
        self._told = np.isfinite(rows.factors[:, known]).any(axis=1)
        change = np.clip(np.log(rows.came[known] / rows.carried[known]), -MOST_CHANGE, MOST_CHANGE)
        dollars = rows.carried[known] * rows.price[known]
        factors = rows.factors[self._told][:, known].T
        self._middle, self._width = np.nanmean(factors, axis=0), np.nanstd(factors, axis=0)
        self._linear = Ridge(alpha=PENALTY).fit(self._scaled(factors), change, sample_weight=dollars / dollars.mean())
        self._trees = HistGradientBoostingRegressor(
            loss="absolute_error", max_iter=60, max_leaf_nodes=8, random_state=0
        ).fit(factors, change, sample_weight=dollars)

    def changes(self, own: Flags) -> dict[str, Floats]:
        """The log changes of some rows by each way."""
        factors = self._rows.factors[self._told][:, own].T
        return {"linear": self._linear.predict(self._scaled(factors)), "trees": self._trees.predict(factors)}

    def _scaled(self, factors: Floats) -> Floats:
        return np.nan_to_num((factors - self._middle) / np.where(self._width > 0, self._width, 1.0))


def flow_of_folder(directory: Path, sessions: Dates, symbols: Any) -> Floats | None:
    """(T, N) the part of the trading off exchange that was sold short; None where the folder has no such file."""
    place = {squashed(str(symbol)): column for column, symbol in enumerate(symbols)}
    flow = np.full((len(sessions), len(symbols)), np.nan)
    for path in files_of(directory / FOLDER):
        day = session_of_file(path.name)
        row = -1 if day is None else int(np.searchsorted(sessions, np.datetime64(day, "D")))
        if day is None or row >= len(sessions) or sessions[row] != np.datetime64(day, "D"):
            continue
        try:
            told = parse_session(document_in(path, LARGEST_BORROW_LIST_BYTES), path.name, day, 1)
        except (MalformedError, NoDataError, OSError, *GZIP_DAMAGE):
            continue
        sums = told.groupby("symbol")[["short_volume", "total_volume"]].sum()
        columns = np.array([place.get(squashed(str(symbol)), -1) for symbol in sums.index], np.int64)
        ratio = (sums["short_volume"] / sums["total_volume"].where(sums["total_volume"] > 0)).to_numpy(np.float64)
        flow[row, columns[columns >= 0]] = ratio[columns >= 0]
    return flow if np.isfinite(flow).any() else None
