"""Takes over a vintage of another archive, byte for byte, where it is one and belongs where it is said to."""

from __future__ import annotations

import contextlib
import hashlib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from providers.archive.look_times import STAMP
from providers.archive.vintages import UNREADABLE, Archive, ArchiveError, Vintage, vintage_of
from providers.durable import make_folder_within, replace_file
from providers.errors import ProviderError
from providers.parsing.columns import require_modest_file
from shortside.datasets import Dataset

MOST_AHEAD: Final = timedelta(minutes=10)
"""By how much another machine's clock may run ahead of ours before its looks are not believed."""


def adopt(
    archive: Archive, dataset: Dataset, as_of: date, name: str, content: bytes, *, sha256: str, now: datetime
) -> Vintage | None:
    """Keep another archive's vintage; None where there is a sound one of that name, which stays as it is. Blocks.

    It is not synced to the disk: where it came from it can be had again, and one cut off by the power is passed over.

    Args:
        archive: which takes it over; its folder must be there.
        dataset: of what it is said to be.
        as_of: of which day it is said to be.
        name: its file's.
        content: the file.
        sha256: of the file, as it was announced.
        now: after which nothing was looked at.

    Raises:
        ArchiveError: it is no vintage, or another than it was said to be, or cannot be written.
    """
    target = archive.root / dataset.value / as_of.isoformat() / name
    where = f"{dataset.value} of {as_of}, {name}"
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ArchiveError(f"{where} is not taken over: its checksum is another than was announced")
    if is_sound(target):
        return None

    def require_fit(path: Path) -> None:
        vintage = vintage_of(path)
        wanted = f"{vintage.fetched_at.strftime(STAMP)}-{vintage.content[:8]}.parquet"
        if (vintage.dataset, vintage.as_of, wanted) != (dataset, as_of, name):
            raise ArchiveError(f"it says that it is {vintage.dataset.value} of {vintage.as_of}, {wanted}")
        if vintage.fetched_at > now + MOST_AHEAD:
            raise ArchiveError(f"it was looked at {vintage.fetched_at - now} from now")
        require_modest_file(path, pq.read_metadata(path))

    try:
        make_folder_within(archive.root, target.parent)
        replace_file(target, content, require=require_fit)
    except (*UNREADABLE, ProviderError) as error:
        raise ArchiveError(f"{where} is not taken over: {error}") from error
    return vintage_of(target)


def is_sound(path: Path) -> bool:
    """Whether a file of an archive is a whole vintage."""
    with contextlib.suppress(*UNREADABLE):
        vintage_of(path)
        return True
    return False
