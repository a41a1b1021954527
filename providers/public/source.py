"""Reads the market from the archive that public sources fill; nothing is asked of anybody here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from providers.archive.absences import absence_notes
from providers.base import Clock, Progress, no_progress
from providers.listings import cache as listings_cache
from providers.ordinary_files import whole_name
from shortside.datasets import Dataset
from shortside.listings import Listings
from shortside.sessions import NEW_YORK, in_utc, last_completed_session, new_york_date
from shortside.settlement import latest_published

STEPS: Final = 4
READING_VERSION: Final = 4
"""Changes whenever the same archive is read as other listings, so that no copy of the older reading is used."""
DATASETS: Final = (
    Dataset.PRICES,
    Dataset.SHORT_INTEREST,
    Dataset.REFERENCE,
    Dataset.SPLITS,
    Dataset.SHARES_OUTSTANDING,
    Dataset.FAILS,
    Dataset.BORROW,
    Dataset.THRESHOLD,
)
"""What listings are made of. Live quotes too, but only until there are closes of the screener, and only their words."""
PACKED_LOANS: Final = "borrow_days/*.loans"
"""Files in which the archive keeps a day's looks at stock loans; `providers.archive.loan_packing` writes them."""
STAMP_FORM: Final = "%Y%m%dT%H%M%S.%fZ"
"""The form in which a vintage's file name begins: the moment of its look, UTC."""


class PublicProvider:
    """The listed market as its public sources gave it, as it could be known at a moment.

    Point in time holds: with the knowledge of a moment, what is read is what a program would have that had watched
    until then and stopped. A copy of the arrays in `cache` makes the next start quick; a new vintage makes a new copy.
    """

    name: Final = "public"
    is_simulated: Final = False

    def __init__(
        self,
        root: Path,
        *,
        clock: Clock,
        cache: Path | None = None,
        complain: Callable[[str], None] = lambda _: None,
    ) -> None:
        """A provider of one archive; nothing is read yet.

        Args:
            root: the archive's folder; it need not exist.
            clock: the present, after which nothing is known.
            cache: where copies of the arrays may be kept; None keeps none.
            complain: told, in a sentence, of a copy that could not be used or kept.
        """
        self.root = root
        self.cache = cache
        self.complain = complain
        self._clock = clock

    def read_listings(
        self,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = no_progress,
    ) -> Listings:
        """The listed market as the archive has it, as published: nothing is restated. Blocks.

        Args:
            knowledge: a moment, or a day that counts to its end in New York; the present by default.
            since: the first session wanted; None for as far back as there are closes.
            until: the last session wanted; None for the newest that is over.
            progress: told how far the reading is.

        Raises:
            NoDataError: the archive has no closes or no short interest for that span.
            MalformedError: a vintage is damaged; the message names it.
            ArchiveError: a vintage can no longer be read.
        """
        return self.read_and_keep(knowledge=knowledge, since=since, until=until, progress=progress)[0]

    def read_and_keep(
        self,
        *,
        knowledge: date | None = None,
        since: date | None = None,
        until: date | None = None,
        progress: Progress = no_progress,
    ) -> tuple[Listings, str]:
        """The listings `read_listings` gives, and the key under which another process finds their copy in the cache."""
        moment = self._moment_of(knowledge)
        key = _key(self.root, moment, since, until)
        progress("looking for a copy", 0, STEPS)
        listings = self.copy_under(key)
        if listings is None:
            # A copy needs neither pandas nor pyarrow, which are half a second of the start.
            from providers.archive.vintages import Archive
            from providers.public.listings import ArchiveView, read_archive

            view = ArchiveView(archive=Archive(self.root), moment=moment, since=since, until=until)
            listings = read_archive(view, self.name, progress)
            if self.cache is not None:
                listings_cache.save_listings(listings, self.cache, key, self.complain)
        progress("ready", STEPS, STEPS)
        return listings, key

    def key_of(self, *, since: date | None, until: date | None, knowledge: date | None = None) -> str:
        """Under what the copy of a day's, or the present moment's, listings is kept; a new vintage makes another."""
        return _key(self.root, self._moment_of(knowledge), since, until)

    def _moment_of(self, knowledge: date | None) -> datetime:
        return in_utc(self._clock() if knowledge is None else _moment(knowledge))

    def copy_under(self, key: str) -> Listings | None:
        """The listings kept under a key, mapped into memory; None if there is no copy one could trust."""
        return None if self.cache is None else listings_cache.load_listings(self.cache, key, self.complain)


def _moment(knowledge: date) -> datetime:
    if isinstance(knowledge, datetime):
        return knowledge
    return datetime.combine(knowledge, time.max, NEW_YORK)


def _key(root: Path, moment: datetime, since: date | None, until: date | None) -> str:
    """A digest of everything the result depends on; of the moment, only what it admits.

    A vintage's content is part of its name and never changes, so names are enough.
    """
    stamp = in_utc(moment).strftime(STAMP_FORM)
    vintages = [
        [path.relative_to(root).as_posix(), path.name <= stamp]
        for dataset in DATASETS
        for path in sorted((root / dataset.value).glob("*/*.parquet"))
    ]
    # Of a day that is over the looks at stock loans are one file, and none of it comes later.
    vintages += [[path.name, path.name <= f"{new_york_date(moment)}"] for path in sorted(root.glob(PACKED_LOANS))]
    admitted = [last_completed_session(moment), latest_published(moment).settlement_date, since, until]
    said = absence_notes(root, new_york_date(moment))
    inputs = [READING_VERSION, whole_name(root), vintages, [str(day) for day in admitted], said]
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
