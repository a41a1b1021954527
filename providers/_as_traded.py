"""Takes a source's split adjustment back, so that its closes are what was paid on the day.

Yahoo restates its whole history at every split. Our prices are the day's own, as FINRA's shares are: mixing the two
would show a squeeze or a crash at every split.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd


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
