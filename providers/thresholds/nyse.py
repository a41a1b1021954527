"""The threshold list of NYSE, NYSE American and NYSE Arca, in one answer.

https://www.nyse.com/regulation/threshold-securities. The service makes the list up as it is asked: for a session it
has not published it answers with an empty list, so an empty one is not believed before the session's evening is over.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

import pandas as pd

from providers.catalog import NYSE_THRESHOLD, WWW_NYSE
from providers.errors import PendingError
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.parsing.boundary import parser
from providers.thresholds.common import fetched_list, parse_list
from shortside.sessions import NEW_YORK, new_york_date

PATH: Final = "/api/regulatory/threshold-securities/download"
HOUR_OF_MADE_UP_LISTS: Final = time(21, 5)
"""The hour, to the second, that an answer for a session without a list bears."""


class NyseThreshold:
    """Fetches NYSE's threshold list of one session at a time."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, session: date) -> Fetched:
        """The list of a session that is over; of the day itself nothing is asked.

        Raises:
            PendingError: it is not there yet.
            MalformedError: it is cut off, garbled, or of another day.
            ProviderError: as `Client.get`.
        """
        if new_york_date(self._clients.moment()) <= session:
            raise PendingError(f"{WWW_NYSE.name} has the list of {session} the day after")
        where = f"{WWW_NYSE.name}, {session}"
        answer = await self._clients.of(WWW_NYSE, NYSE_THRESHOLD.name).get(
            PATH,
            lambda body: parse_nyse_list(body, where, session),
            form=Form.TEXT,
            params={"selectedDate": f"{session}", "market": ""},
            is_expected=True,
            is_conditional=True,
        )
        return fetched_list(answer, NYSE_THRESHOLD, session)


@parser("NYSE's threshold list")
def parse_nyse_list(body: bytes, where: str, session: date) -> tuple[pd.DataFrame, datetime]:
    """NYSE's answer as `THRESHOLD` has it, and when the list was made, UTC; an empty one counts as not there yet.

    Raises:
        PendingError: the list is empty and bears the hour of those that are made up.
        MalformedError: as `parse_list`.
    """
    rows, made_at = parse_list(body, where, session)
    if not len(rows) and made_at.astimezone(NEW_YORK).time() == HOUR_OF_MADE_UP_LISTS:
        raise PendingError(f"{where}: there is no list yet")
    return rows, made_at
