"""Makes the snapshot of a provider's rows, with the name and the attribution that the catalog has of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from providers.catalog import Card
from shortside.datasets import Dataset, Quality
from shortside.snapshot import Snapshot

if TYPE_CHECKING:
    import pandas as pd


def snapshot_by(
    card: Card,
    dataset: Dataset,
    rows: pd.DataFrame,
    *,
    as_of: date,
    fetched_at: datetime,
    published_at: datetime | None = None,
    quality: Quality = Quality.OK,
    notes: Iterable[str] = (),
) -> Snapshot:
    """One look at a dataset of a provider, given by its card; the rest is as `Snapshot` has it."""
    return Snapshot(
        dataset=dataset,
        frame=rows,
        as_of=as_of,
        published_at=published_at,
        fetched_at=fetched_at,
        source=card.name,
        quality=quality,
        attribution=card.attribution,
        notes=tuple(notes),
    )
