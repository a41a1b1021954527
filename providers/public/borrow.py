"""Reads what is known of stock loan from the archive: fees from whom they come first, and one broker's word on lending.

Sources are ranked per figure. A fee is Interactive Brokers', whose list has every name on one footing; ORTEX's, an
average over all loans of the market, stands in for a name that list lacks. Alpaca prints no fee: its flags are a figure
of their own. Estimates of ORTEX's are in the archive for whoever reads it, and never become short interest here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from providers.archive.loan_looks import LoanLooks, LoansAt
from providers.archive.vintages import Archive, Vintage, best_last, columns_of, newest_of_each_day
from providers.catalog import ALPACA, IBKR_BORROW, ORTEX
from providers.listings.symbols import SymbolJoin
from shortside.datasets import Dataset
from shortside.listings import Borrow, Floats, LendingList
from shortside.loans.history import ONE_DAY, ONE_WEEK, may_stand
from shortside.market import BORROW_DAYS

OLDEST_FEE: Final = timedelta(days=BORROW_DAYS)
"""A fee older than that says nothing about today's."""


def read_borrow(archive: Archive, moment: datetime, join: SymbolJoin, last: date) -> Borrow | None:
    """The fees and inventories of the newest looks by a session; None where there is none.

    Args:
        archive: where the looks are.
        moment: looks made public later are not known.
        join: finds our names.
        last: the last session in view.
    """
    listed = _listed(archive, moment, join, last)
    fees = _ortex_fees(archive, moment, last)
    if fees.empty:
        return listed
    (theirs,) = join.spread(fees["symbol"].tolist(), fees["fee"].to_numpy(np.float64))
    day = np.datetime64(fees["date"].max(), "D")
    if listed is None:
        unknown = np.full(len(theirs), np.nan)
        none = np.zeros(len(theirs), bool)
        return Borrow(fee=theirs, available=unknown, is_capped=none, as_of=day, source=ORTEX.name)
    is_added = np.isnan(listed.fee) & ~np.isnan(theirs)
    if not is_added.any():
        return listed
    # The fee of one source less an earlier one of another would be no change.
    return replace(
        listed.with_earlier(lambda fee: np.where(is_added, np.nan, fee)),
        fee=np.where(is_added, theirs, listed.fee),
        source=f"{listed.source}, {ORTEX.name} for {is_added.sum()} names",
    )


def read_lending(archive: Archive, moment: datetime, join: SymbolJoin, last: date) -> LendingList | None:
    """Alpaca's flags of the newest look by a session; None where there is none."""
    look = _newest(archive, moment, ALPACA.name, last)
    if look is None:
        return None
    frame = archive.read(look).frame
    flags = (frame[name].to_numpy(np.float64) for name in ("is_shortable", "is_easy_to_borrow"))
    is_lent, is_easy = join.spread(frame["symbol"].tolist(), *flags)
    return LendingList(is_lent=is_lent, is_easy=is_easy, as_of=np.datetime64(look.as_of, "D"), source=look.source)


def _listed(archive: Archive, moment: datetime, join: SymbolJoin, last: date) -> Borrow | None:
    looks = LoanLooks(archive)
    look = looks.at(moment, last)
    if look is None:
        return None
    loans = look.loans
    columns: Sequence[Floats] = [loans.fee, loans.available, loans.is_capped.astype(np.float64)]
    fee, available, is_capped = join.spread(_symbols(look), *columns)

    def fee_before(span: timedelta) -> Floats | None:
        before = looks.at(look.known_at - span)
        if before is None or not may_stand(before.known_at, look.known_at - span):
            return None
        (values,) = join.spread(_symbols(before), before.loans.fee)
        return values

    return Borrow(
        fee=fee,
        available=available,
        is_capped=is_capped == 1,
        as_of=np.datetime64(look.as_of, "D"),
        source=IBKR_BORROW.name,
        fee_day_ago=fee_before(ONE_DAY),
        fee_week_ago=fee_before(ONE_WEEK),
    )


def _symbols(look: LoansAt) -> list[str]:
    return [symbol.decode("utf-8", "replace") for symbol in look.loans.symbols.tolist()]


def _newest(archive: Archive, moment: datetime, source: str, last: date) -> Vintage | None:
    own = [one for one in archive.vintages(Dataset.BORROW) if one.source == source]
    looks = [one for one in newest_of_each_day(own, moment) if one.as_of <= last]
    return looks[-1] if looks else None


def _ortex_fees(archive: Archive, moment: datetime, last: date) -> pd.DataFrame:
    """`symbol`, `date`, `fee`: of each name ORTEX was asked about, the newest fee by the session."""
    looks = [
        one
        for one in archive.vintages(Dataset.BORROW)
        if one.source == ORTEX.name and one.known_at <= moment and one.as_of >= last - OLDEST_FEE
    ]
    frames = [
        columns_of(one, ["symbol", "date", "fee"]).to_pandas()
        for one in best_last(looks, moment)
        # Of the answers about one name some hold its availability instead.
        if "fee" in pq.read_schema(one.path).names
    ]
    if not frames:
        return pd.DataFrame({"symbol": [], "date": [], "fee": []})
    rows = pd.concat(frames, ignore_index=True).dropna(subset=["fee"])
    rows = rows[(rows["date"] <= pd.Timestamp(last)) & (rows["date"] >= pd.Timestamp(last - OLDEST_FEE))]
    # The last look at a day is believed, the newest day counts.
    newest: pd.DataFrame = rows.drop_duplicates(["symbol", "date"], keep="last").sort_values("date")
    return newest.drop_duplicates("symbol", keep="last")
