"""Tells which publications a market may use: for a day in the past those by then, for today those by now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from shortside.listings import Listings
from shortside.positions import Knowledge
from shortside.sessions import NEW_YORK, last_completed_session, new_york_date, previous_session
from shortside.settlement import PUBLICATION_TIME
from tui.settings.configuration import Options


def knowledge_of(options: Options, now: datetime) -> Knowledge | None:
    """The state of knowledge for a day in the past; None for the present, which has only one."""
    if options.as_of is None or options.as_of >= new_york_date(now):
        return None
    return Knowledge(options.known)


def published_by(now: datetime) -> date:
    """The last day whose publication is out at a moment: today only from the hour on at which FINRA publishes."""
    clock = now.astimezone(NEW_YORK)
    return clock.date() - timedelta(days=clock.time() < PUBLICATION_TIME)


def known_on(listings: Listings, options: Options, now: datetime) -> date | None:
    """Today, where the last session is the newest or its close alone is late; None, for that session, in the past."""
    if options.as_of is not None or not len(listings.sessions):
        return None
    newest = previous_session(last_completed_session(now))
    last: date = listings.sessions[-1].astype(date)
    return max(last, new_york_date(now)) if last >= newest else None
