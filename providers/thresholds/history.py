"""Which of the market's names are on a threshold list, since when, and of which that can be said at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np

from providers.archive.vintages import Archive, Vintage, newest_of_each_day
from providers.listings.symbols import NO_COLUMN, JoinSide, SymbolJoin
from providers.thresholds.common import LISTED_ON
from shortside.datasets import Dataset
from shortside.listings import Listings, ThresholdStatus
from shortside.sessions import previous_session

LISTS_LOOK_BACK: Final = timedelta(days=60)
"""How far back lists are read: a name that has been on one for longer began "at least" then."""


def threshold_of(archive: Archive, moment: datetime, listings: Listings) -> ThresholdStatus | None:
    """The newest lists as known at a moment, by name; None if none was read in the days before the last session.

    Args:
        archive: where the lists are.
        moment: lists made later are not known.
        listings: whose names they are told for; symbols as they are today.
    """
    last = listings.sessions[-1].astype(object)
    stored = [one for one in archive.vintages(Dataset.THRESHOLD) if last - LISTS_LOOK_BACK <= one.as_of <= last]
    by_source = {source: [one for one in stored if one.source == source] for source in LISTED_ON}
    lists = {source: newest_of_each_day(vintages, moment) for source, vintages in by_source.items()}
    newest = [one[-1].as_of for one in lists.values() if one]
    if not newest:
        return None
    names = listings.symbols.tolist()
    join = SymbolJoin(JoinSide(symbols=names, names=listings.names.tolist(), exchanges=listings.exchanges.tolist()))
    is_known = np.zeros(len(names), bool)
    since = np.full(len(names), "NaT", "datetime64[D]")
    for source, vintages in lists.items():
        # A list that was not read lately says nothing of today, though the others' were.
        if not vintages or vintages[-1].as_of < max(newest):
            continue
        is_known |= np.isin(listings.exchanges.astype(str), list(LISTED_ON[source]))
        for symbol, first in _runs(archive, vintages).items():
            [column] = join.columns(JoinSide(symbols=[symbol], names=[""], exchanges=[min(LISTED_ON[source])]))
            if column != NO_COLUMN:
                is_known[column], since[column] = True, np.datetime64(first, "D")
    return ThresholdStatus(
        is_listed=~np.isnat(since), is_known=is_known, since=since, as_of=np.datetime64(max(newest), "D")
    )


def _runs(archive: Archive, vintages: list[Vintage]) -> Mapping[str, date]:
    """The first session of the unbroken run of lists, up to the newest, that each of its securities is on.

    A list that was not read breaks the run: nobody knows what was on it.
    """
    runs: dict[str, date] = {}
    session = None
    for vintage in reversed(vintages):
        if session is not None and vintage.as_of != previous_session(session):
            break
        frame = archive.read(vintage).frame
        listed = set(frame.loc[frame["is_threshold"], "symbol"])
        still = listed if session is None else {symbol for symbol in listed if runs.get(symbol) == session}
        if not still:
            break
        runs.update(dict.fromkeys(still, vintage.as_of))
        session = vintage.as_of
    return runs
