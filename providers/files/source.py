"""Reads the market from a folder of the user's own data; `providers/files/folder.py` has the layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from providers.base import Progress, no_progress
from providers.files.folder import MarketFolder, market_folder
from providers.listings import cache as listings_cache
from shortside.listings import Listings

STEPS: Final = 4
READING_VERSION: Final = 7
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
        from providers.files.listings import read_folder

        listings = read_folder(folder, self.name, knowledge, since, until, progress)
        if self.cache is not None:
            listings_cache.save_listings(listings, self.cache, key, self.complain)
        progress("ready", STEPS, STEPS)
        return listings


def _key(folder: MarketFolder, *options: date | None) -> str:
    """A digest of everything the result depends on."""
    inputs = [
        READING_VERSION,
        str(folder.directory.resolve()),
        folder.fingerprint(),
        [str(option) for option in options],
    ]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
