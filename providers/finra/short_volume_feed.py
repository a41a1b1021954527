"""Asks for the newest session of FINRA's short volume, and again for one that may be corrected."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, timedelta
from typing import Final

from providers.errors import PendingError, ProviderError
from providers.feeds.feed import Delivery
from providers.feeds.setting import Setting, newest_posted
from providers.finra import short_volume as finra_short_volume
from providers.finra import short_volume_api as finra_reg_sho_daily
from providers.http.client import Fetched
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, previous_session

CORRECTED_AFTER: Final = 3
"""Sessions after which a short-volume file is looked at once more; FINRA corrects within three days."""


OVERDUE_AFTER: Final = timedelta(hours=4)
"""How long after its hour a session's file is waited for, before the API is asked for its rows."""


class ShortVolumeFeed:
    """The newest session's short volume, and once more that of some sessions ago."""

    def __init__(
        self,
        setting: Setting,
        provider: finra_short_volume.FinraShortVolume,
        api: finra_reg_sho_daily.FinraRegShoDaily,
    ) -> None:
        self._setting, self._provider, self._api = setting, provider, api

    async def ask(self) -> Delivery:
        session = newest_posted(self._setting.clock())
        newest, complaints = await self._newest(session)
        earlier = previous_session(session, CORRECTED_AFTER)
        if complaints or not await asyncio.to_thread(self._setting.archive.vintages, Dataset.SHORT_VOLUME, earlier):
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
            posted_at = datetime.combine(session, finra_short_volume.POSTED, NEW_YORK)
            is_early = isinstance(error, PendingError) and self._setting.clock() < posted_at + OVERDUE_AFTER
            if is_early or finra_reg_sho_daily.CARD.name in self._setting.disabled:
                raise
            try:
                return await self._api.fetch_session(session), (str(error),)
            except ProviderError:
                raise error from None
