"""Cboe's threshold list: securities listed on BZX, funds for the most part, that sellers have failed to deliver.

https://www.cboe.com/us/equities/market_statistics/reg_sho_threshold/; a file a session, made the morning after.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from providers.catalog import CBOE_THRESHOLD, CDN_CBOE
from providers.http.client import Fetched
from providers.http.clients import Clients
from providers.http.verdicts import Form
from providers.thresholds.common import fetched_list, parse_list

LIST_FOLDER: Final = "/resources/us/equities/market-statistics/reg-sho-threshold"


class CboeThreshold:
    """Fetches Cboe's threshold list of one session at a time."""

    def __init__(self, clients: Clients) -> None:
        """A provider that has asked nothing yet."""
        self._clients = clients

    async def fetch(self, session: date) -> Fetched:
        """The list of a session.

        Raises:
            PendingError: it is not posted yet.
            MalformedError: it is cut off, garbled, or of another day.
            ProviderError: as `Client.get`.
        """
        name = f"bzx_equities_reg_sho_threshold_{session:%Y%m%d}.txt"
        answer = await self._clients.of(CDN_CBOE, CBOE_THRESHOLD.name).get(
            f"{LIST_FOLDER}/{name}",
            lambda body: parse_list(body, name, session),
            form=Form.TEXT,
            is_expected=True,
            is_conditional=True,
        )
        return fetched_list(answer, CBOE_THRESHOLD, session)
