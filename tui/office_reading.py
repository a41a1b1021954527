"""Hands over what the archive holds, the back office having read it; without one, this process reads it itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tui.clock import Clock
from tui.processes.back_office import BackOffice, OfficeClosedError, Progress

if TYPE_CHECKING:
    from shortside.listings import Listings
    from shortside.short_volume import SoldShort


class OfficeReading:
    """Hands over the archive's listings as `providers.public.source.PublicProvider` does, the back office having made them.

    Args:
        office: assembles them; where it cannot, this process does.
        root: the archive's folder.
        cache: where copies are kept.
        clock: the present moment.
        complain: told, in a sentence, what went wrong without stopping the reading.
    """

    def __init__(
        self,
        office: BackOffice,
        root: Path,
        cache: Path,
        clock: Clock,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._office, self._root, self._cache, self._clock, self._complain = office, root, cache, clock, complain

    def read_listings(self, *, since: date | None, until: date | None, progress: Progress) -> Listings:
        """The market as published, from one session to another, both included; None is no limit.

        Raises:
            SourceError: there is nothing, or it cannot be read.
            ProviderError: likewise, where this process had to do it.
        """
        from providers.public.source import PublicProvider

        provider = PublicProvider(self._root, clock=self._clock, cache=self._cache, complain=self._complain)
        listings = provider.copy_under(provider.key_of(since=since, until=until))
        if listings is None:
            with suppress(OfficeClosedError):
                listings = provider.copy_under(self._office.read(since, until, progress, self._complain))
        return listings or provider.read_listings(since=since, until=until, progress=progress)

    def sold_short(self, symbol: str) -> SoldShort:
        """As the back office has it; without one, this process reads the year itself.

        Raises:
            SourceError, ProviderError: the archive cannot be read.
        """
        with suppress(OfficeClosedError):
            return self._office.sold_short(symbol)
        from providers.archive.short_volume import year_of
        from providers.archive.vintages import Archive

        return year_of(Archive(self._root), symbol, self._clock())
