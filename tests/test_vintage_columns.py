"""A vintage whose columns are somebody else's is passed over, whatever it says of itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from public_archive import evening, fill

import providers
import shortside
from providers.archive.vintage_columns import (
    DAY_COLUMNS,
    NEEDED_COLUMNS,
    NUMBER_COLUMNS,
    TEXT_COLUMNS,
    column_fault,
)
from providers.archive.vintages import Archive, ArchiveError, columns_of
from shortside.datasets import Dataset
from shortside.schema import ColumnKind, FrameSchema
from tui.__main__ import main

DAY = date(2023, 2, 28)


def schemas() -> Iterator[FrameSchema]:
    """Every schema of a module that can be imported here."""
    for room in (shortside, providers):
        for found in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            values = vars(importlib.import_module(found.name)).values()
            yield from (one for one in values if isinstance(one, FrameSchema))


def test_every_column_that_a_provider_gives_is_of_a_known_kind():
    columns = [column for schema in schemas() for column in schema.columns]
    assert len(columns) > 50
    kinds = {ColumnKind.TEXT: TEXT_COLUMNS, ColumnKind.DATE: DAY_COLUMNS}
    assert [one.name for one in columns if one.name not in kinds.get(one.kind, NUMBER_COLUMNS)] == []
    known = {one.name for one in columns}
    assert (TEXT_COLUMNS | DAY_COLUMNS | NUMBER_COLUMNS) - known == set(), "a column that nobody gives any more"


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pa.array(["x"]), "its column close holds string"),
        (pa.array([[1.0]]), "its column close holds list<item: double>"),
        (pa.nulls(1), "its column close holds null"),
        (pa.array([True]).dictionary_encode(), "its column close holds dictionary"),
    ],
)
def test_a_column_of_another_type_is_named(column, words):
    table = pa.table({"symbol": pa.array(["A"]), "close": column})
    assert column_fault(Dataset.PRICES, table.schema, 1).startswith(words)


def test_a_column_that_is_needed_is_missed_and_one_in_which_nothing_is_known_is_not():
    table = pa.table({"symbol": pa.array(["A"]).dictionary_encode(), "volume": pa.nulls(1)})
    assert column_fault(Dataset.PRICES, table.schema, 1) == "it has no column close"
    whole = table.append_column("close", pa.array([1]))
    assert column_fault(Dataset.PRICES, whole.schema, 1) == ""
    assert column_fault(Dataset.PRICES, pa.table({name: pa.nulls(0) for name in whole.column_names}).schema, 0) == ""


@pytest.mark.parametrize("dataset", [Dataset.PRICES, Dataset.SPLITS, Dataset.REFERENCE, Dataset.SHORT_INTEREST])
@pytest.mark.parametrize("words", [("backfill", "--dry-run", "--since", "2023-02-01"), ("doctor",)])
def test_every_command_passes_over_a_vintage_with_other_columns(tmp_path, monkeypatch, capsys, dataset, words):
    archive = Archive(tmp_path / "archive")
    fill(archive, DAY)
    path = archive.vintages(dataset)[-1].path
    table = pq.read_table(path)
    renamed = table.rename_columns([f"x{place}" for place in range(table.num_columns)])
    pq.write_table(renamed.replace_schema_metadata(table.schema.metadata), path)
    assert path not in [one.path for one in archive.vintages(dataset)]
    needed = sorted(NEEDED_COLUMNS[dataset])[0]
    assert archive.complaints == [f"{path} is passed over: it has no column {needed}"]
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_NOW", evening(DAY).isoformat())
    monkeypatch.setenv("SHORTSIDE_UPSTREAM", "http://127.0.0.1:1")
    assert main(list(words)) in (0, 1)
    said = capsys.readouterr()
    assert "an error of this program" not in said.out + said.err


def test_a_look_that_could_not_be_read_again_is_not_stored(tmp_path):
    archive = Archive(tmp_path / "archive")
    fill(archive, DAY)
    before = archive.vintages(Dataset.PRICES)
    held = archive.read(before[-1])
    with pytest.raises(ArchiveError, match=r"a look at prices by .* cannot be stored: it has no column close"):
        archive.append(replace(held, frame=held.frame.drop(columns="close")))
    assert archive.vintages(Dataset.PRICES) == before


def test_what_is_damaged_behind_its_foot_is_an_error_of_the_archive(tmp_path):
    archive = Archive(tmp_path / "archive")
    fill(archive, DAY)
    vintage = archive.vintages(Dataset.PRICES)[-1]
    content = vintage.path.read_bytes()
    vintage.path.write_bytes(content[:4] + bytes(1_000) + content[1_004:])
    with pytest.raises(ArchiveError, match="can no longer be read"):
        columns_of(vintage, ["symbol", "close"])
    with pytest.raises(ArchiveError, match="can no longer be read"):
        columns_of(archive.vintages(Dataset.SPLITS)[-1], ["no such column"], filters=[("symbol", "=", 1)])
