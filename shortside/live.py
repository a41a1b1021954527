"""Changes listings for the moment they are looked at from: a session that still runs, settlements not yet public."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import numpy as np

from shortside.listings import Listings


def with_live_row(listings: Listings, day: date) -> Listings:
    """Listings with one more session, which begins where the last one closed.

    Closes and share counts are the last session's; the volume is unknown, so that averages leave the day out.

    Raises:
        ValueError: the day is not after the last session.
    """
    session = np.datetime64(day, "D")
    if not len(listings.sessions) or session <= listings.sessions[-1]:
        last = listings.sessions[-1] if len(listings.sessions) else "nothing"
        raise ValueError(f"{day} does not follow {last}")
    return replace(
        listings,
        sessions=np.append(listings.sessions, session),
        close=np.concatenate([listings.close, listings.close[-1:]]),
        volume=np.concatenate([listings.volume, np.full_like(listings.volume[-1:], np.nan)]),
        shares_outstanding=np.concatenate([listings.shares_outstanding, listings.shares_outstanding[-1:]]),
    )


def public_on(listings: Listings, day: date) -> Listings:
    """Listings without the settlements that were published after a day."""
    is_public = listings.published <= np.datetime64(day, "D")
    if is_public.all():
        return listings
    per_settlement = {
        "settlements",
        "published",
        "shares_short",
        "shares_short_previous",
        "is_revised",
        "split_flag",
        "reported_volume",
    }
    kept: dict[str, Any] = {
        field.name: getattr(listings, field.name)[is_public]
        for field in fields(listings)
        if field.name in per_settlement
    }
    return replace(listings, **kept)
