"""When an archive's vintages were fetched, by the names of their files alone: none is opened."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from providers.durable import PARTIAL_PREFIX
from shortside.datasets import Dataset

STAMP: Final = "%Y%m%dT%H%M%S.%fZ"
"""How the moment of a look stands at the head of its file's name, in UTC."""
VINTAGE_SUFFIX: Final = ".parquet"
"""The ending of a finished vintage's file name."""


def look_times(root: Path, dataset: Dataset) -> dict[date, tuple[datetime, ...]]:
    """The moments of the looks at each day of a dataset, ascending; what has another name is passed over.

    Raises:
        OSError: the folder is there and cannot be listed.
    """
    folder = root / dataset.value
    if not folder.is_dir():
        return {}
    found: dict[date, tuple[datetime, ...]] = {}
    for day in sorted(path for path in folder.iterdir() if path.is_dir()):
        moments = tuple(sorted(filter(None, (_moment_of(path.name) for path in day.iterdir()))))
        as_of = _day_of(day.name)
        if as_of is not None and moments:
            found[as_of] = moments
    return found


def _day_of(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _moment_of(name: str) -> datetime | None:
    stamp, _, rest = name.partition("-")
    if not rest.endswith(VINTAGE_SUFFIX) or name.startswith(PARTIAL_PREFIX):
        return None
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
