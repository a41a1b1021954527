"""Nasdaq's threshold list: securities listed there that sellers have failed to deliver for days.

https://www.nasdaqtrader.com/trader.aspx?id=RegSHOThreshold; a file a session, made at eleven in the evening.
"""

from __future__ import annotations

import asyncio
from datetime import date

from providers.catalog import NASDAQ_THRESHOLD, NASDAQ_TRADER
from providers.errors import BlockedError, NoDataError, PendingError, SentElsewhereError
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.nasdaq.trader_ftp import TraderFtp
from providers.thresholds.common import fetched_list, parse_list, snapshot_of


class NasdaqThreshold:
    """Fetches Nasdaq's threshold list of one session at a time."""

    def __init__(self, clients: Clients, ftp_address: str | None = None) -> None:
        """A provider that has asked nothing yet.

        Args:
            clients: where its host is found.
            ftp_address: `HOST:PORT` that stands for the site's FTP server.
        """
        self._clients = clients
        self._ftp = TraderFtp(clients, NASDAQ_THRESHOLD.name, ftp_address)

    async def fetch(self, session: date) -> Fetched:
        """The list of a session.

        Raises:
            PendingError: it is not posted yet.
            BlockedError: the site asks whether we are a robot, and its FTP server gives nothing either.
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
        except BlockedError as error:
            try:
                body = await self._ftp.instead(error, f"regsho/{name}")
            except NoDataError as missing:
                raise PendingError(f"{NASDAQ_TRADER.name} has no {name} yet ({missing})") from missing
            rows, made_at = await asyncio.to_thread(parse_list, body, name, session)
            now = self._clients.moment()
            return Fetched(snapshot=snapshot_of(rows, NASDAQ_THRESHOLD, session, min(made_at, now), now))
        return fetched_list(answer, NASDAQ_THRESHOLD, session)
