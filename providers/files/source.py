"""Reads the market from a folder of the user's own data; `providers/files/folder.py` has the layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from providers.base import Progress, no_progress
from providers.files.folder import MarketFolder, market_folder
from providers.listings import cache as listings_cache
from providers.ordinary_files import whole_name
from shortside.listings import Dates, Listings

if TYPE_CHECKING:
    from shortside.by_session.kept_tables import TablesAtHand

STEPS: Final = 4
READING_VERSION: Final = 8
"""Changes whenever the same files are read as other listings, so that no copy of the older reading is used."""


class FilesProvider:
    """The listed market as a folder of files has it.

    The first reading of a large folder takes seconds; a copy of the arrays in `cache` makes the next one quick. The
    copy is only as good as the inputs it was made of: any change of a file's size or time makes a new one.
    """

    name: Final = "files"
    is_simulated: Final = False

    def __init__(
        self, directory: Path, *, cache: Path | None = None, complain: Callable[[str], None] = lambda _: None
    ) -> None:
        """A provider of one folder; nothing is read yet.

        Args:
            directory: the folder.
            cache: where copies of the arrays may be kept; None keeps none.
            complain: told, in a sentence, of a copy that could not be used or kept.
        """
        self.directory = directory
        self.cache = cache
        self.complain = complain

    def read_listings(
        self,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = no_progress,
    ) -> Listings:
        """The listed market as the folder has it, as published: nothing is restated. Blocks.

        Settlements reach from the last on or before the first session to the first on or after the last session, if
        they are there and were published by `knowledge`.

        Raises:
            NoDataError: the folder holds no prices or no short interest for that span.
            MalformedError: a file is damaged or contradicts itself; the message names file, row and column.
            RefusedError: a file may not be read.
        """
        folder = market_folder(self.directory)
        key = _key(folder, knowledge, since, until)
        if self.cache is not None:
            progress("looking for a copy", 0, STEPS)
            listings = listings_cache.load_listings(self.cache, key, self.complain)
            if listings is not None:
                progress("ready", STEPS, STEPS)
                return listings
        # A copy needs neither pandas nor pyarrow, which are half a second of the start.
        from providers.files.contents import FolderContents
        from providers.files.listings import listings_of

        contents = FolderContents(folder, (since, until), advanced=lambda: progress("reading prices", 0, STEPS))
        listings, _ = listings_of(contents, self.name, knowledge, since, until, progress)
        if self.cache is not None:
            listings_cache.save_listings(listings, self.cache, key, self.complain)
        progress("ready", STEPS, STEPS)
        return listings


class KeptFolder:
    """The listed market of many days out of one reading of a folder's files, which are decoded once and kept.

    The listings of a day are those that `FilesProvider` reads for it, made by the same function of the same contents.
    """

    def __init__(self, directory: Path, since: date | None = None, until: date | None = None) -> None:
        """Look which files there are; they are read when listings are first asked for.

        Args:
            directory: the folder.
            since: the first session that will be asked for; None for any.
            until: the last one; None for any.

        Raises:
            NoDataError: there is no such folder, or it holds no prices or no short interest.
        """
        from providers.files.contents import FolderContents

        self.contents = FolderContents(market_folder(directory), (since, until), is_kept=True)
        self.at_hand: TablesAtHand | None = None
        """The tables behind the listings that were read last, where these are as they were printed."""

    def read_listings(
        self,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = no_progress,
    ) -> Listings:
        """The listed market of a span as it was known on a day; arguments and errors as of `FilesProvider`."""
        from providers.files.listings import listings_of

        listings, self.at_hand = listings_of(self.contents, FilesProvider.name, knowledge, since, until, progress)
        return listings

    def sessions(self) -> Dates:
        """The days that the folder has prices of, ascending."""
        from providers.files.prices import sessions_of_prices

        return sessions_of_prices(self.contents.folder.prices)

    def settlements(self) -> tuple[date, ...]:
        """The settlement dates that it has reports of, ascending."""
        from providers.files.short_interest import settlements_of_folder

        return settlements_of_folder(self.contents.folder.directory)


def _key(folder: MarketFolder, *options: date | None) -> str:
    """A digest of everything the result depends on."""
    inputs = [
        READING_VERSION,
        whole_name(folder.directory),
        folder.fingerprint(),
        [str(option) for option in options],
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
