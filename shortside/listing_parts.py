"""Takes some of the names out of listings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from shortside.listings import Indexes, Listings

BY_SESSION: Final = ("close", "volume", "shares_outstanding")
BY_SETTLEMENT: Final = ("shares_short", "shares_short_previous", "is_revised", "split_flag", "reported_volume")
BY_NAME: Final = ("symbols", "names", "exchanges", "sectors", "industries", "countries", "float_shares")


def blank_tables(sessions: int, names: int) -> dict[str, Any]:
    """(T, N) tables by session that hold nothing and take no memory, for listings whose own lie elsewhere."""
    return {name: np.broadcast_to(np.float32(np.nan), (sessions, names)) for name in BY_SESSION}


def of_names(listings: Listings, columns: Indexes) -> Listings:
    """The listings of some names, in their order, with blank tables by session.

    Args:
        listings: of all.
        columns: ascending.
    """
    place = np.full(len(listings.symbols), -1)
    place[columns] = np.arange(len(columns))
    splits, changes, lending = listings.splits, listings.net_changes, listings.lending
    is_split = place[splits.column] >= 0
    fields: dict[str, Any] = {name: getattr(listings, name)[columns] for name in BY_NAME}
    fields |= {name: getattr(listings, name).take(columns, axis=1) for name in BY_SETTLEMENT}
    fields |= blank_tables(len(listings.sessions), len(columns))
    return replace(
        listings,
        **fields,
        splits=replace(
            splits,
            column=place[splits.column[is_split]],
            ex_date=splits.ex_date[is_split],
            price_factor=splits.price_factor[is_split],
            shares_before=splits.shares_before[is_split],
            shares_after=splits.shares_after[is_split],
            shares_corrected_on=splits.shares_corrected_on[is_split],
        ),
        net_changes=None if changes is None else changes.of(place[changes.column] >= 0, place[changes.column]),
        borrow=None if listings.borrow is None else listings.borrow.spread(lambda values: values[columns]),
        lending=None
        if lending is None
        else replace(lending, is_lent=lending.is_lent[columns], is_easy=lending.is_easy[columns]),
        symbol_changes=None if listings.symbol_changes is None else listings.symbol_changes.moved(place),
    )
