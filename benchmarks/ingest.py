"""How long it takes to read publishers' answers through every check, and to store them for good.

    python -m benchmarks.ingest [--shared ../shared] [--repeats 15]

Without `--shared` the answers are made of noise in the publishers' formats; with it they are FINRA's own files, and the
screener's list is as long as the real one. Storing is shown without and with the wait for the disk.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd

from benchmarks._bodies import (
    SESSION,
    SETTLEMENT,
    screener_answer,
    sessions_before,
    short_interest_file,
    short_volume_file,
)
from benchmarks._timing import Timed, print_table, timed
from providers.archive.short_volume import sold_short
from providers.archive.vintages import Archive
from providers.finra import short_volume as finra_short_volume
from providers.finra.short_interest_file import parse_short_interest_file
from providers.nasdaq import screener as nasdaq_screener
from providers.parsing.entry import read_json
from providers.parsing.pipes import piped_table
from shortside.datasets import Dataset
from shortside.snapshot import Snapshot

MOMENT = datetime(2023, 9, 7, 22, tzinfo=UTC)
THREADS = 2
Row = tuple[str, int, Timed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bodies:
    """One answer of each kind, and the day it is of."""

    short_interest: bytes
    settlement: date
    short_volume: bytes
    session: date
    screener: bytes


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--shared", type=Path, help="the reference material; noise without it")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--rows", type=int, default=20_000, help="securities of a settlement")
    parser.add_argument("--sessions", type=int, default=500, help="sessions of short volume")
    options = parser.parse_args(arguments)
    bodies = real_bodies(options.shared) if options.shared else noise_bodies(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        rows = [
            *short_interest_rows(bodies, Path(folder), options.repeats),
            *screener_rows(bodies, Path(folder), options.repeats),
            *short_volume_rows(bodies, Path(folder), options.repeats, options.sessions),
        ]
    print_table(
        ("", "rows", "CPU, least ms", "wall, least ms", "wall, median ms", "M rows/s, wall"),
        [
            (
                what,
                f"{size:,}",
                f"{took.processor:,.1f}",
                f"{took.least:,.1f}",
                f"{took.median:,.1f}",
                f"{size / took.least / 1e3:,.2f}",
            )
            for what, size, took in rows
        ],
    )


def noise_bodies(rows: int) -> Bodies:
    """Answers in the proportions of the real ones."""
    return Bodies(
        short_interest=short_interest_file(rows),
        settlement=SETTLEMENT,
        short_volume=short_volume_file(rows // 2),
        session=SESSION,
        screener=screener_answer(rows * 7 // 20),
    )


def real_bodies(shared: Path) -> Bodies:
    """FINRA's own files; of Nasdaq's there is no recording, so its list is noise of its length."""
    market = shared / "market"
    return Bodies(
        short_interest=gzip.decompress((market / "raw" / "shrt20230815.csv.gz").read_bytes()),
        settlement=date(2023, 8, 15),
        short_volume=gzip.decompress((market / "regsho" / "CNMSshvol20210604.txt.gz").read_bytes()),
        session=date(2021, 6, 4),
        screener=screener_answer(7_467),
    )


def short_interest_rows(bodies: Bodies, folder: Path, repeats: int) -> Iterator[Row]:
    """A settlement."""

    def read() -> pd.DataFrame:
        return parse_short_interest_file(bodies.short_interest, "short interest", settlement_date=bodies.settlement)

    yield from _stages("short interest", read, Dataset.SHORT_INTEREST, bodies.settlement, folder, repeats)


def screener_rows(bodies: Bodies, folder: Path, repeats: int) -> Iterator[Row]:
    """The screener's list."""
    dated = nasdaq_screener.DatedCloses(session=SESSION, previous_closes={})

    def read() -> pd.DataFrame:
        return nasdaq_screener.parse_screener(bodies.screener, "screener", dated, 1)

    size = len(read())
    yield "screener: the JSON alone", size, timed(lambda: read_json(bodies.screener, "screener"), repeats)
    yield from _stages("screener", read, Dataset.PRICES, SESSION, folder, repeats)


def short_volume_rows(bodies: Bodies, folder: Path, repeats: int, sessions: int) -> Iterator[Row]:
    """One session, many sessions as they are caught up with, and the archive's answer for all of them."""

    def read() -> pd.DataFrame:
        return finra_short_volume.parse_session(bodies.short_volume, "short volume", bodies.session, 1)

    yield from _stages("short volume", read, Dataset.SHORT_VOLUME, bodies.session, folder, repeats)
    rows = read()
    few = max(1, repeats // 5)

    lines = bodies.short_volume.rstrip().rpartition(b"\n")[0]

    def many(step: Callable[[], object]) -> None:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(lambda _: step(), range(sessions)))

    size = sessions * len(rows)
    yield f"short volume: {sessions} files parsed in {THREADS} threads", size, timed(lambda: many(read), few, 0)
    alone = partial(many, lambda: piped_table(lines, finra_short_volume.TYPES))
    yield "short volume: of that Arrow's parser", size, timed(alone, few, 0)
    volumes = [name for name in finra_short_volume.TYPES if name.endswith("Volume")]
    others = partial(many, lambda: pd.read_csv(io.BytesIO(lines), sep="|", usecols=volumes, engine="c"))
    yield "short volume: pandas' C parser, the volumes alone", size, timed(others, few, 0)
    archive = Archive(folder / "sessions")
    for day in sessions_before(bodies.session, sessions):
        archive.append(_look(rows.assign(date=pd.Timestamp(day)), Dataset.SHORT_VOLUME, day))
    symbol = str(rows["symbol"].iloc[len(rows) // 2])
    asked = partial(sold_short, archive, symbol, MOMENT)
    yield f"short volume: one name in {sessions} stored sessions", sessions * len(rows), timed(asked, few)


def _stages(
    what: str, read: Callable[[], pd.DataFrame], dataset: Dataset, day: date, folder: Path, repeats: int
) -> Iterator[Row]:
    """Parsing, storing, and both; each time into an archive that has nothing yet."""
    rows = read()
    size, fresh = len(rows), count()

    def store(frame: pd.DataFrame) -> None:
        Archive(folder / f"{what} {next(fresh)}").append(_look(frame, dataset, day))

    yield f"{what}: parsed", size, timed(read, repeats)
    stored = timed(lambda: store(rows), repeats)
    yield f"{what}: stored", size, stored
    [written] = (folder / f"{what} 0").rglob("*.parquet")
    content = written.read_bytes()
    syncing = timed(lambda: _synced(folder / "synced", content), repeats)
    yield f"{what}: of that the disk ({len(content) / 1e3:,.0f} kB synced)", size, syncing
    yield f"{what}: parsed and stored", size, timed(lambda: store(read()), repeats)


def _look(rows: pd.DataFrame, dataset: Dataset, day: date) -> Snapshot:
    return Snapshot(dataset=dataset, frame=rows, as_of=day, fetched_at=MOMENT, source="benchmark")


def _synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


if __name__ == "__main__":
    main()
