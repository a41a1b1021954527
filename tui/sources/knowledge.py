"""Tells which publications a market may use: for a day in the past those by then, for today those by now."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from shortside.listings import Listings
from shortside.positions import Knowledge
from shortside.sessions import NEW_YORK, new_york_date
from shortside.settlement import PUBLICATION_TIME
from tui.settings.configuration import Options
from tui.sources.day_in_view import is_present


def knowledge_of(options: Options, now: datetime, last: date) -> Knowledge | None:
    """The state of knowledge for a day in the past; None for the present, which has only one.

    Args:
        options: with the day that was asked for, or none.
        now: the present moment.
        last: the newest session there is; where nobody asks for a day, a folder that ended long ago is past, too. An
            archive is only behind: what it lacks is on its way.
    """
    if options.as_of is None:
        is_past = options.source == "files" and not is_present(last, now)
    else:
        is_past = options.as_of < new_york_date(now)
    return Knowledge(options.known) if is_past else None


def published_by(now: datetime) -> date:
    """The last day whose publication is out at a moment: today only from the hour on at which FINRA publishes."""
    clock = now.astimezone(NEW_YORK)
    return clock.date() - timedelta(days=clock.time() < PUBLICATION_TIME)


def known_on(listings: Listings, options: Options, now: datetime) -> date | None:
    """Today, where the last session is the newest or its close alone is late; None, for that session, in the past."""
    if options.as_of is not None or not len(listings.sessions):
        return None
    last: date = listings.sessions[-1].astype(date)
    return max(last, new_york_date(now)) if is_present(last, now) else None


def moment_ages_are_measured_at(options: Options, now: datetime) -> datetime:
    """The moment from which the age of inputs is measured: of a day in the past, its evening."""
    return now if options.as_of is None else min(now, datetime.combine(options.as_of, time.max, NEW_YORK))
