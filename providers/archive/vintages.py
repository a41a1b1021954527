"""Keeps every look at every dataset, append-only: nothing that was looked at is ever changed or lost.

    root/<dataset>/<as_of>/<fetched_at>-<sha8>.parquet

Looks at stock loans are packed by the day, look for look: `providers/archive/loan_packing.py`.
A restated figure is a further vintage of the same day, so the past can be seen as it was known then. A file appears
whole or not at all, and several programs may append at once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from providers.archive.hindrances import GoneError
from providers.archive.look_times import STAMP
from providers.archive.vintage_columns import column_fault
from providers.durable import PARTIAL_PREFIX, make_folder, sync_folder, write_once
from providers.errors import ProviderError
from providers.events import Events
from providers.ordinary_files import RECORD_DAMAGE, require_ordinary
from providers.parsing.columns import require_modest_file
from shortside.datasets import Dataset, Quality
from shortside.sessions import believable, in_utc
from shortside.snapshot import Snapshot
from shortside.words.plain_text import printable

_events: Final = Events("archive")
FORMAT: Final = "shortside.vintage/1"
_META: Final = b"shortside"
_SAMPLE: Final = 1_024
"""Rows by which a column is judged to repeat itself."""


class ArchiveError(ProviderError):
    """The archive could not be written or a vintage in it could not be read."""


class _ForeignError(Exception):
    """A file in the archive is no vintage."""


UNREADABLE: Final = (*RECORD_DAMAGE, pa.ArrowException, _ForeignError)
"""What reading a file of the archive raises that is damaged, of another version, or none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vintage:
    """What a stored look says of itself, without its rows: dataset, day, moments, source."""

    path: Path
    dataset: Dataset
    as_of: date
    """The day the numbers speak of."""
    published_at: datetime | None
    fetched_at: datetime
    source: str
    attribution: str
    """The words its source's terms ask us to show."""
    content: str
    """SHA-256 of the rows and their source; equal for looks that saw the same."""

    @property
    def known_at(self) -> datetime:
        """When the numbers became known: their publication, or our look where the source does not say."""
        return self.published_at or self.fetched_at


class Archive:
    """The vintages under one folder.

    Files that are no vintages, cut off, or still being written are passed over; `complaints` has a sentence on each.
    """

    def __init__(self, root: Path) -> None:
        """An archive in a folder, which is made with the first vintage."""
        self.root = root
        self._was_there = root.is_dir()
        self.complaints: list[str] = []
        """What was passed over in the last listing, one sentence each."""

    def append(self, snapshot: Snapshot, *, may_return: bool = False) -> Vintage:
        """Keep a look; one that saw what is stored already is that vintage, and nothing is written.

        Args:
            snapshot: the look.
            may_return: whether what was seen may be what it was once more, after it was otherwise: then the look is
                compared with the newest of its source alone.

        Raises:
            ArchiveError: the folder cannot be written, or the look has not the columns of its dataset. What was
                stored before is untouched.
        """
        table = pa.Table.from_pandas(snapshot.frame, preserve_index=False).combine_chunks()
        if fault := column_fault(snapshot.dataset, table.schema, table.num_rows):
            raise ArchiveError(f"a look at {snapshot.dataset.value} by {snapshot.source} cannot be stored: {fault}")
        content = _content(table, snapshot.source)
        held = self.vintages(snapshot.dataset, snapshot.as_of)
        if may_return:
            held = [one for one in held if one.source == snapshot.source][-1:]
        for vintage in held:
            if vintage.content == content:
                return vintage
        folder = self._folder(snapshot.dataset, snapshot.as_of)
        target = folder / f"{snapshot.fetched_at.strftime(STAMP)}-{content[:8]}.parquet"
        metadata = {**(table.schema.metadata or {}), _META: json.dumps(_record(snapshot, content)).encode()}
        try:
            self._make(folder)
            write_once(
                target,
                lambda file: pq.write_table(
                    table.replace_schema_metadata(metadata), file, compression="zstd", use_dictionary=_repetitive(table)
                ),
            )
        except OSError as error:
            raise ArchiveError(
                f"the archive {self.root} cannot be written ({error.strerror or error}); nothing stored was lost"
            ) from error
        _events.info(
            "vintage",
            dataset=snapshot.dataset.value,
            as_of=snapshot.as_of,
            source=snapshot.source,
            rows=snapshot.rows,
            file=target.name,
        )
        return vintage_of(target)

    def vintages(
        self, dataset: Dataset, as_of: date | None = None, without: Collection[str] = frozenset()
    ) -> list[Vintage]:
        """The vintages of a dataset, or of one day of it: oldest day first, then in the order they became known.

        Args:
            dataset: of which.
            as_of: of this day only.
            without: names of files that are not opened, for who has asked knows what they hold.
        """
        self.complaints.clear()
        everything = self._listed(self.root / dataset.value)
        folders = everything if as_of is None else [self._folder(dataset, as_of)]
        found = [vintage for folder in folders for vintage in self._sound(folder, dataset, without)]
        return sorted(found, key=lambda one: (one.as_of, one.known_at, one.fetched_at, one.content))

    def latest(self, dataset: Dataset, as_of: date | None = None, known_by: datetime | None = None) -> Vintage | None:
        """The newest day's newest vintage; None if there is none.

        Args:
            dataset: of which.
            as_of: of this day only.
            known_by: leave out what became known after this moment.

        Raises:
            NaiveMomentError: `known_by` has no zone.
        """
        moment = None if known_by is None else in_utc(known_by, "known_by")
        known = [one for one in self.vintages(dataset, as_of) if moment is None or one.known_at <= moment]
        return known[-1] if known else None

    def read(self, vintage: Vintage) -> Snapshot:
        """The look a vintage keeps, rows and all.

        Raises:
            ArchiveError: its file is gone or damaged.
        """
        try:
            record = _metadata(vintage.path)
            require_modest_file(vintage.path, pq.read_metadata(vintage.path))
            return Snapshot(
                dataset=vintage.dataset,
                frame=pq.read_table(vintage.path, partitioning=None).to_pandas(),
                as_of=vintage.as_of,
                published_at=vintage.published_at,
                fetched_at=vintage.fetched_at,
                source=vintage.source,
                quality=Quality(record["quality"]),
                attribution=vintage.attribution,
                notes=tuple(map(str, record["notes"])),
            )
        except (*UNREADABLE, ProviderError) as error:
            raise ArchiveError(f"{vintage.path} can no longer be read: {error}") from error

    def _folder(self, dataset: Dataset, as_of: date) -> Path:
        return self.root / dataset.value / as_of.isoformat()

    def _make(self, folder: Path) -> None:
        if self._was_there and not self.root.is_dir():
            raise GoneError(self.root)
        self._was_there = True
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        make_folder(folder)
        for one in missing:
            sync_folder(one.parent)

    def _listed(self, folder: Path) -> list[Path]:
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            self.complaints.append(f"{folder} is passed over: {error.strerror or error}")
            return []

    def _sound(self, folder: Path, dataset: Dataset, without: Collection[str]) -> list[Vintage]:
        sound: list[Vintage] = []
        for path in self._listed(folder):
            if path.name in without:
                continue
            if path.name.startswith(PARTIAL_PREFIX):
                self.complaints.append(f"{path} is passed over: its writing was not finished")
                continue
            try:
                vintage = vintage_of(path)
                if (vintage.dataset, vintage.as_of.isoformat()) != (dataset, folder.name):
                    raise _ForeignError(f"it is {vintage.dataset.value} of {vintage.as_of}")
            except UNREADABLE as error:
                words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                self.complaints.append(f"{path} is passed over: {(words.splitlines() or ['it cannot be read'])[0]}")
                continue
            sound.append(vintage)
        return sound


def record_of(vintage: Vintage) -> dict[str, Any]:
    """All that a vintage's file says of itself.

    Raises:
        ArchiveError: the file is gone or damaged.
    """
    try:
        return _metadata(vintage.path)
    except UNREADABLE as error:
        raise ArchiveError(f"{vintage.path} can no longer be read: {error}") from error


def columns_of(vintage: Vintage, names: Sequence[str], **options: Any) -> pa.Table:
    """Some columns of a vintage, without the rest of it.

    Args:
        vintage: whose.
        names: of which columns.
        options: as `pyarrow.parquet.read_table` takes them, such as `filters`.

    Raises:
        ArchiveError: its file is gone or damaged, or has no such columns.
    """
    try:
        require_ordinary(vintage.path)
        return pq.read_table(vintage.path, columns=list(names), partitioning=None, **options)
    except UNREADABLE as error:
        raise ArchiveError(f"{vintage.path} can no longer be read: {error}") from error


def _repetitive(table: pa.Table) -> list[str]:
    """The columns whose values repeat: a dictionary of values that are all different takes half of the writing."""
    sample = table.slice(0, _SAMPLE)
    return [name for name in sample.column_names if 4 * len(sample[name].unique()) <= sample.num_rows]


def _content(table: pa.Table, source: str) -> str:
    """A digest of names, types and values; of the pandas metadata only what changes them."""
    digest = hashlib.sha256(source.encode())
    sink = pa.BufferOutputStream()
    bare = table.replace_schema_metadata(None)
    with pa.ipc.new_stream(sink, bare.schema) as stream:
        stream.write_table(bare)
    digest.update(sink.getvalue())
    return digest.hexdigest()


def _record(snapshot: Snapshot, content: str) -> dict[str, Any]:
    published_at = snapshot.published_at
    return {
        "format": FORMAT,
        "dataset": snapshot.dataset.value,
        "as_of": snapshot.as_of.isoformat(),
        "published_at": None if published_at is None else published_at.isoformat(),
        "fetched_at": snapshot.fetched_at.isoformat(),
        "source": snapshot.source,
        "quality": snapshot.quality.value,
        "attribution": snapshot.attribution,
        "notes": list(snapshot.notes),
        "content": content,
    }


def _metadata(path: Path) -> dict[str, Any]:
    """What a vintage says of itself, from the foot of its file, which a file cut off no longer has."""
    return _foot(path)[0]


def _foot(path: Path) -> tuple[dict[str, Any], pa.Schema, int]:
    """What a vintage says of itself, the types of its columns, and how many rows it has."""
    require_ordinary(path)
    with pq.ParquetFile(path) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
    raw = (schema.metadata or {}).get(_META)
    try:
        record = json.loads(raw) if raw is not None else None
    except (ValueError, RecursionError) as error:
        raise _ForeignError("it is no vintage of ours") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise _ForeignError("it is no vintage of ours")
    return record, schema, rows


def vintage_of(path: Path) -> Vintage:
    """What a vintage's file says of itself; raises one of `UNREADABLE` where it is none."""
    record, schema, rows = _foot(path)
    published_at = record.get("published_at")
    try:
        vintage = Vintage(
            path=path,
            dataset=Dataset(record["dataset"]),
            as_of=believable(date.fromisoformat(record["as_of"])),
            published_at=None if published_at is None else _moment(published_at),
            fetched_at=_moment(record["fetched_at"]),
            source=_text(record, "source"),
            attribution=_text(record, "attribution"),
            content=_text(record, "content"),
        )
    except KeyError as error:
        raise _ForeignError(f"what it says of itself lacks {error.args[0]}") from error
    if fault := column_fault(vintage.dataset, schema, rows):
        raise _ForeignError(fault)
    return vintage


def _moment(text: str) -> datetime:
    return believable(in_utc(datetime.fromisoformat(text)))


def _text(record: dict[str, Any], name: str) -> str:
    if not isinstance(record[name], str):
        raise _ForeignError(f"its {name} is no text")
    return printable(record[name])


def sources_of(archive: Archive, datasets: Iterable[Dataset] = Dataset) -> dict[str, str]:
    """Every source that some datasets have a vintage of, with the attribution its newest came with. Blocks.

    Args:
        archive: where the vintages are.
        datasets: of which; all of them by default.
    """
    return {one.source: one.attribution for dataset in datasets for one in archive.vintages(dataset)}


def best_last(vintages: Iterable[Vintage], moment: datetime) -> list[Vintage]:
    """The vintages as they are to be believed, the best last: looks made after the moment come first."""
    ranked = sorted(vintages, key=lambda one: (one.fetched_at, one.content))
    made = [one for one in ranked if one.fetched_at <= moment]
    later = [one for one in ranked if one.fetched_at > moment]
    return later[::-1] + made


def newest_of_each_day(vintages: Iterable[Vintage], moment: datetime) -> list[Vintage]:
    """One vintage a day, oldest day first: of those published by the moment the last one seen by it."""
    public = sorted((one for one in vintages if one.known_at <= moment), key=lambda one: one.as_of)
    return [best_last(list(same), moment)[-1] for _, same in groupby(public, key=lambda one: one.as_of)]
