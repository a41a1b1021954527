"""Reads a settlement that only a reseller has as FINRA's own file would say it, as far as that can be said.

Massive resells symbol, position and average volume. What a name is called, where it is listed and what it had before is
taken from FINRA's newest file before that day; a name that is not in it is left out, for nobody says whether it trades
on an exchange.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import numpy as np
import pandas as pd

from providers.archive.holdings import is_finra
from providers.archive.vintages import Archive, Vintage, newest_of_each_day
from providers.catalog import MASSIVE
from providers.listings.symbols import squashed
from providers.parsing.columns import Columns, columns_of
from shortside.datasets import Dataset
from shortside.schema import SHORT_INTEREST


def resold_cycles(archive: Archive, moment: datetime, wanted: Iterable[date]) -> dict[date, Vintage]:
    """The resold settlements known at a moment, of the days wanted, that FINRA's own files do not cover."""
    looks = archive.vintages(Dataset.SHORT_INTEREST)
    own = {one.as_of for one in looks if is_finra(one) and one.known_at <= moment}
    resold = (one for one in looks if one.source == MASSIVE.name)
    missing = set(wanted) - own
    return {one.as_of: one for one in newest_of_each_day(resold, moment) if one.as_of in missing}


def columns_of_resold(archive: Archive, vintage: Vintage, moment: datetime) -> Columns | None:
    """A resold settlement's rows in the columns of `SHORT_INTEREST`; None where there is no file of FINRA's before it.

    The previous position is the one FINRA printed then: a reseller tells of no revision and of no split.
    """
    finra = (one for one in archive.vintages(Dataset.SHORT_INTEREST) if is_finra(one) and one.as_of < vintage.as_of)
    earlier = newest_of_each_day(finra, moment)
    if not earlier:
        return None
    rows = archive.read(vintage).frame
    rows = rows.assign(key=[squashed(symbol) for symbol in rows["symbol"]]).drop_duplicates("key", keep=False)
    known = archive.read(earlier[-1]).frame
    known = known.assign(key=[squashed(symbol) for symbol in known["symbol"]]).drop_duplicates("key", keep=False)
    joined = rows[["key", "short_interest", "avg_daily_volume"]].merge(
        known[["key", "symbol", "issue_name", "market_class"]].assign(previous=known["short_interest"]), on="key"
    )
    frame = pd.DataFrame(
        {
            "settlement_date": np.full(len(joined), vintage.as_of, "datetime64[s]"),
            "symbol": joined["symbol"],
            "issue_name": joined["issue_name"],
            "market_class": joined["market_class"],
            "short_interest": joined["short_interest"],
            "prev_short_interest": joined["previous"],
            # FINRA prints nothing traded as zero.
            "avg_daily_volume": joined["avg_daily_volume"].fillna(0),
            "split_flag": False,
            "revision_flag": False,
        }
    )
    return columns_of(SHORT_INTEREST.conform(frame, vintage.path.name), SHORT_INTEREST, vintage.path.name)
