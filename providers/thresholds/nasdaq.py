"""Nasdaq's threshold list: securities listed there that sellers have failed to deliver for days.

https://www.nasdaqtrader.com/trader.aspx?id=RegSHOThreshold; a file a session, made at eleven in the evening.
"""

from __future__ import annotations

from datetime import date

from providers.catalog import NASDAQ_THRESHOLD, NASDAQ_TRADER
from providers.errors import PendingError, SentElsewhereError
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.thresholds.common import fetched_list, parse_list


class NasdaqThreshold:
    """Fetches Nasdaq's threshold list of one session at a time."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, session: date) -> Fetched:
        """The list of a session.

        Raises:
            PendingError: it is not posted yet.
            BlockedError: the site asks whether we are a robot, as it does after a few requests.
            MalformedError: it is cut off, garbled, or of another day.
            ProviderError: as `Client.get`.
        """
        name = f"nasdaqth{session:%Y%m%d}.txt"
        try:
            answer = await self._clients.of(NASDAQ_TRADER, NASDAQ_THRESHOLD.name).get(
                f"/dynamic/symdir/regsho/{name}",
                lambda body: parse_list(body, name, session),
                form=Form.TEXT,
                is_expected=True,
                is_conditional=True,
            )
        except SentElsewhereError as error:
            # A file that is not there is answered with a way to a page of the site, not with a 404.
            raise PendingError(f"{NASDAQ_TRADER.name} has no {name} yet ({error})") from error
        return fetched_list(answer, NASDAQ_THRESHOLD, session)
