"""Asks for the newest session of FINRA's short volume, and again for one that may be corrected."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Final

from providers.catalog import FINRA_REG_SHO_DAILY
from providers.errors import PendingError, ProviderError
from providers.feeds.feed import Ask, Delivery
from providers.feeds.surroundings import Surroundings
from providers.finra import short_volume as finra_short_volume
from providers.finra import short_volume_api as finra_reg_sho_daily
from providers.http.client import Fetched
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, previous_session

CORRECTED_AFTER: Final = 3
"""Sessions after which a short-volume file is looked at once more; FINRA corrects within three days."""


FILE_OVERDUE_AFTER: Final = timedelta(hours=4)
"""How long after its hour a session's file is waited for, before the API is asked for its rows."""


def short_volume_feed(surroundings: Surroundings) -> Ask:
    """Asks FINRA for the newest session's off-exchange short volume, and once more for that of some sessions ago."""
    return ShortVolumeFeed(surroundings).ask


class ShortVolumeFeed:
    """FINRA's short volume of the newest session, and the corrected one of `CORRECTED_AFTER` sessions before it."""

    def __init__(self, surroundings: Surroundings) -> None:
        """A feed that has asked nothing yet."""
        self._surroundings = surroundings
        self._provider = finra_short_volume.FinraShortVolume(surroundings.clients, **surroundings.least())
        self._api = finra_reg_sho_daily.FinraRegShoDaily(surroundings.clients, **surroundings.least())

    async def ask(self) -> Delivery:
        """What is new, with what went wrong on the way in words; raises ProviderError."""
        session = finra_short_volume.newest_posted(self._surroundings.clock())
        newest, complaints = await self._newest(session)
        earlier = previous_session(session, CORRECTED_AFTER)
        if complaints or not await asyncio.to_thread(
            self._surroundings.archive.vintages, Dataset.SHORT_VOLUME, earlier
        ):
            return Delivery(fetched=(newest,), complaints=complaints)
        try:
            return Delivery(fetched=(newest, await self._provider.fetch_session(earlier)))
        except ProviderError as error:
            return Delivery(fetched=(newest,), complaints=(str(error),))

    async def _newest(self, session: date) -> tuple[Fetched, tuple[str, ...]]:
        """The session's file; in its place the API's eight pages, once the file is refused or overdue."""
        try:
            return await self._provider.fetch_session(session), ()
        except ProviderError as error:
            # The CDN says the same of a file that is not there yet and of one it will not give just now.
            posted_at = datetime.combine(session, finra_short_volume.POSTED_BY, NEW_YORK)
            is_early = isinstance(error, PendingError) and self._surroundings.clock() < posted_at + FILE_OVERDUE_AFTER
            if is_early or FINRA_REG_SHO_DAILY.name in self._surroundings.disabled:
                raise
            try:
                return await self._api.fetch_session(session), (str(error),)
            except ProviderError:
                raise error from None
