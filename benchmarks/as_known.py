"""Tells whether a day in the past is shown out of nothing that was published after it.

    python -m benchmarks.as_known FOLDER [--dates N] [--known as-known|revised]

A market folder is cut to what was public on each of some days, and every document is made of the whole folder and of
what was cut out of it. They have to be the same, byte for byte. What differs is printed with the largest difference of
dollars; the exit code is 1 then. With `--known revised` it is seen how far hindsight is from what was known.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from providers.files.folder import BORROW_NAME, RAW_NAME, files_of
from providers.files.funds import CLOSES_NAMES
from providers.files.index_members import FOLDER, INTERVALS_NAME, MEMBERS_NAME
from shortside.sessions import session_days
from shortside.settlement import cycle_of
from tui.documents.catalog import document_kind
from tui.documents.formats import as_json
from tui.documents.kind import DocumentRequest
from tui.documents.records import document_of
from tui.settings.configuration import configured
from tui.sources.load import load

DOCUMENTS: Final = ("tiers", "names", "sectors", "breadth", "feeds")
WINDOWS: Final = ("ytd", "30d")
FIRST, LAST = date(2022, 1, 10), date(2023, 9, 12)
NOW: Final = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)
"""The present of every run: later than any day looked at, and the same for both folders."""
TOLD_AGAIN: Final = {"shares_after": None, "shares_corrected_on": None, "status": "pending"}
"""What a list of splits said of one whose share count had not been corrected yet."""


def cut_to(folder: Path, day: date, target: Path) -> Path:
    """A folder with what another held, and what had been published, by the evening of a day.

    Prices and descriptions are of their day, FINRA's reports of the day of their publication, splits of their ex-date;
    when a share count was corrected is known from that day on, and that somebody left an index from the day on which.
    """
    target.mkdir(parents=True)
    for name, column in (("prices", "date"), ("reference", "valid_from")):
        _cut_table(folder / f"{name}.parquet", target, pc.field(column) <= pa.scalar(day))
    for name in ("short_interest", "wsj_float"):
        public = [one for one in _settlements(folder / f"{name}.parquet") if is_public(one, day)]
        _cut_table(folder / f"{name}.parquet", target, pc.field("settlement_date").isin(public))
    for name in CLOSES_NAMES:
        if (folder / name).is_file():
            closes = pd.read_csv(folder / name, dtype=str, keep_default_na=False)
            closes[closes["date"] <= str(day)].to_csv(target / name, index=False)
    if (folder / "splits.csv").is_file():
        _known_splits(pd.read_csv(folder / "splits.csv", dtype=str, keep_default_na=False), day).to_csv(
            target / "splits.csv", index=False
        )
    _cut_index_members(folder / FOLDER, day, target / FOLDER)
    for path in _dated_files(folder, day):
        copy = target / path.relative_to(folder)
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)
    same_age(target)
    return target


def is_public(settlement: date, day: date) -> bool:
    """Whether FINRA had published a settlement by the evening of a day."""
    return cycle_of(settlement).publication_date <= day


def same_age(folder: Path) -> None:
    """Every file as if written at one moment: documents say when the newest input was."""
    for path in folder.rglob("*"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def documents(folder: Path, day: date, home: Path, known: str = "as-known") -> Iterator[tuple[str, str]]:
    """Every document of a folder as of a day in every window, by name."""
    for window in WINDOWS:
        texts = {"source": "files", "data": str(folder), "as_of": str(day), "window": window, "known": known}
        options = configured({**texts, "limit": "0", "sort": "profit"}, {"SHORTSIDE_HOME": str(home)}).options
        loaded = load(options, lambda: NOW)
        request = DocumentRequest(loaded.desk.board(loaded.view), loaded, options)
        for name in DOCUMENTS:
            yield f"{name} {window}", as_json(document_of(document_kind(name), request)[0])


def largest_difference(ours: Any, theirs: Any, place: str = "") -> tuple[float, str]:
    """The largest difference of two figures at the same place of two documents, and the place."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = {*ours, *theirs}
        return max((largest_difference(ours.get(k), theirs.get(k), f"{place}.{k}") for k in keys), default=(0.0, ""))
    if isinstance(ours, list) and isinstance(theirs, list):
        one, other = (_keyed(rows) for rows in (ours, theirs))
        return largest_difference(one, other, place)
    numbers = [0.0 if one is None else one for one in (ours, theirs)]
    if all(type(one) in (int, float) for one in numbers):
        return abs(numbers[0] - numbers[1]), place
    return (0.0, "") if ours == theirs else (1e-9, place)


def _keyed(rows: list[Any]) -> dict[str, Any]:
    """Rows by what they are of, so that a name that is missing shifts no other."""
    keys = ("symbol", "tier", "sector", "dataset")
    return {
        str(next((row[key] for key in keys if key in row), place)) if isinstance(row, dict) else str(row): row
        for place, row in enumerate(rows)
    }


def _cut_table(path: Path, target: Path, condition: pc.Expression) -> None:
    if path.is_file():
        table = pq.read_table(path, filters=condition)
        pq.write_table(table, target / path.name, compression="zstd")


def _cut_index_members(folder: Path, day: date, target: Path) -> None:
    for path in files_of(folder) if folder.is_dir() else ():
        target.mkdir(exist_ok=True)
        members = MEMBERS_NAME.fullmatch(path.name)
        if members and members[2] <= f"{day:%Y%m%d}":
            shutil.copyfile(path, target / path.name)
        if INTERVALS_NAME.fullmatch(path.name):
            stays = pd.read_csv(path, dtype=str, keep_default_na=False)
            is_spoken_of = max(stays["start_date"].max(), stays["end_date"].max()) >= str(day)
            stays = stays[stays["start_date"] <= str(day)].copy()
            stays.loc[stays["end_date"] > str(day), "end_date"] = ""
            if is_spoken_of:
                # A stay of no length: what was written down on that evening speaks of that day, too.
                written = pd.DataFrame({"ticker": ["WRITTEN"], "start_date": [f"{day}"], "end_date": [f"{day}"]})
                stays = pd.concat([stays, written])
            stays.to_csv(target / path.name, index=False)


def _settlements(path: Path) -> list[date]:
    if not path.is_file():
        return []
    days: list[date] = pc.unique(pq.read_table(path, columns=["settlement_date"])["settlement_date"]).to_pylist()
    return days


def _known_splits(splits: pd.DataFrame, day: date) -> pd.DataFrame:
    """The splits of which the ex-date had come, without what was found out about them later."""
    known = splits[splits["ex_date"] <= str(day)].copy()
    is_later = (known["shares_corrected_on"] > str(day)) | (known["status"] == "never_matched")
    for column, text in TOLD_AGAIN.items():
        known.loc[is_later, column] = text or ""
    return known


def _dated_files(folder: Path, day: date) -> Iterator[Path]:
    for path in (*files_of(folder), *files_of(folder / "raw"), *files_of(folder / "borrow")):
        reports, borrow = RAW_NAME.fullmatch(path.name), BORROW_NAME.fullmatch(path.name)
        if reports and is_public(datetime.strptime(reports[1], "%Y%m%d").replace(tzinfo=UTC).date(), day):
            yield path
        if borrow and borrow[1] <= f"{day:%Y%m%d}":
            yield path


def days_between(first: date, last: date, count: int) -> list[date]:
    """So many sessions, spread over a span."""
    sessions = session_days(first, last).astype(object)
    return [sessions[round(place * (len(sessions) - 1) / max(count - 1, 1))] for place in range(count)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare; returns 1 where anything differs."""
    import json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dates", type=int, default=20)
    parser.add_argument("--known", default="as-known", choices=("as-known", "revised"))
    options = parser.parse_args(arguments)
    differing = 0
    for day in days_between(FIRST, LAST, options.dates):
        with tempfile.TemporaryDirectory() as name:
            home = Path(name) / "home"
            cut = dict(documents(cut_to(options.folder, day, Path(name) / "cut"), day, home))
            worst, places = (0.0, ""), []
            for title, text in documents(options.folder, day, home, options.known):
                ours, theirs = (json.loads(one) for one in (text, cut[title]))
                # When its files were written is no figure of the market's.
                found = largest_difference(_ageless(ours), _ageless(theirs))
                places += [f"{title}{found[1]}"] if found[0] else []
                worst = max(worst, (found[0], f"{title}{found[1]}"))
        differing += bool(places)
        print(f"{day}  {len(places):2} documents differ, at most by {worst[0] / 1e6:,.1f} mm  {worst[1]}", flush=True)
    return int(differing > 0)


def _ageless(document: Any) -> Any:
    if isinstance(document, dict):
        return {key: _ageless(value) for key, value in document.items() if key != "fetched_at"}
    return [_ageless(one) for one in document] if isinstance(document, list) else document


if __name__ == "__main__":
    sys.exit(main())
