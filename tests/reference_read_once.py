"""The reference market for tests that only want its listings: decoded once a worker, and cut to a span for each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from providers.base import Progress, no_progress
from providers.files.source import FilesProvider, KeptFolder
from shortside.listings import Listings

Reading = Callable[..., Listings]


def read_once(directory: Path, read: Reading = FilesProvider.read_listings) -> Reading:
    """A `FilesProvider.read_listings` that reads one folder once and every other one as `read` does.

    What a kept folder gives for a day is what a reading for that day alone gives; test_walk.py compares the two.
    """
    kept: list[KeptFolder] = []

    def read_listings(
        self: FilesProvider,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = no_progress,
    ) -> Listings:
        if self.directory.absolute() != directory:
            return read(self, knowledge=knowledge, since=since, until=until, progress=progress)
        if not kept:
            kept.append(KeptFolder(directory))
        return kept[0].read_listings(knowledge=knowledge, since=since, until=until, progress=progress)

    return read_listings
