"""What is stored stays stored, whole, once, and whatever else lies there does no harm."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import PATIENCE

from providers.archive.look_times import look_times
from providers.archive.vintages import Archive, ArchiveError
from providers.durable import write_once
from shortside.datasets import Dataset
from shortside.snapshot import Snapshot

DAY = date(2023, 8, 15)
LOOKED = datetime(2023, 8, 24, 20, 41, tzinfo=UTC)


def look(shares=(1, 2, 3), *, as_of=DAY, after=timedelta(), published_at=None, source="finra", dataset=None):
    return Snapshot(
        dataset=dataset or Dataset.SHORT_INTEREST,
        frame=pd.DataFrame({"symbol": ["A", "NA", "TRUE"][: len(shares)], "short_interest": list(shares)}),
        as_of=as_of,
        published_at=published_at,
        fetched_at=LOOKED + after,
        source=source,
        attribution="Source: FINRA",
        notes=("one note",),
    )


def files_of(archive):
    return sorted(path for path in archive.root.rglob("*") if path.is_file())


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def test_what_is_read_is_what_was_appended(archive):
    stored = look(published_at=LOOKED - timedelta(minutes=1))
    vintage = archive.append(stored)
    assert vintage.path.parent == archive.root / "short_interest" / "2023-08-15"
    again = archive.read(vintage)
    assert again.frame["symbol"].tolist() == ["A", "NA", "TRUE"]
    assert again.frame["short_interest"].tolist() == [1, 2, 3]
    for field in ("dataset", "as_of", "published_at", "fetched_at", "source", "quality", "attribution", "notes"):
        assert getattr(again, field) == getattr(stored, field), field


def test_a_look_that_saw_the_same_is_not_doubled(archive):
    first = archive.append(look())
    assert archive.append(look(after=timedelta(hours=1))) == first
    assert files_of(archive) == [first.path]


def test_the_same_rows_of_another_source_or_day_are_another_vintage(archive):
    archive.append(look())
    archive.append(look(source="nasdaq"))
    archive.append(look(as_of=date(2023, 8, 31)))
    assert len(files_of(archive)) == 3


def test_a_restated_figure_is_a_further_vintage_and_the_first_is_kept(archive):
    first = archive.append(look((1, 2, 3)))
    before = first.path.read_bytes()
    second = archive.append(look((1, 2, 4), after=timedelta(days=14)))
    assert archive.vintages(Dataset.SHORT_INTEREST, DAY) == [first, second]
    assert archive.latest(Dataset.SHORT_INTEREST) == second
    assert first.path.read_bytes() == before


def test_the_past_is_seen_as_it_was_known_then(archive):
    first = archive.append(look((1, 2, 3)))
    archive.append(look((1, 2, 4), after=timedelta(days=14)))
    assert archive.latest(Dataset.SHORT_INTEREST, known_by=LOOKED + timedelta(days=13)) == first
    assert archive.latest(Dataset.SHORT_INTEREST, known_by=LOOKED - timedelta(seconds=1)) is None


def test_rows_fetched_years_later_were_known_when_they_were_published(archive):
    vintage = archive.append(look(published_at=LOOKED - timedelta(days=700)))
    assert archive.latest(Dataset.SHORT_INTEREST, known_by=LOOKED - timedelta(days=600)) == vintage


def test_the_newest_day_comes_last_even_when_it_was_stored_first(archive):
    newest = archive.append(look(as_of=date(2023, 8, 31)))
    archive.append(look(after=timedelta(days=3)))
    assert archive.latest(Dataset.SHORT_INTEREST) == newest


def test_datasets_do_not_mix(archive):
    archive.append(look())
    assert archive.vintages(Dataset.PRICES) == []
    assert archive.latest(Dataset.PRICES) is None


def test_an_archive_that_is_not_there_yet_is_empty(archive):
    assert archive.vintages(Dataset.SHORT_INTEREST) == []
    assert archive.complaints == []


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
def test_a_file_cut_off_is_passed_over_with_a_word(archive, kept):
    sound = archive.append(look())
    torn = archive.append(look((7, 8, 9)))
    body = torn.path.read_bytes()
    torn.path.write_bytes(body[: kept if isinstance(kept, int) else int(len(body) * kept)])
    assert archive.vintages(Dataset.SHORT_INTEREST) == [sound]
    assert len(archive.complaints) == 1
    assert torn.path.name in archive.complaints[0]


def test_foreign_and_unfinished_files_are_passed_over_with_a_word(archive):
    sound = archive.append(look())
    folder = sound.path.parent
    (folder / "notes.txt").write_text("hello")
    (folder / ".partial-abc").write_bytes(sound.path.read_bytes())
    pd.DataFrame({"a": [1]}).to_parquet(folder / "mine.parquet")
    (folder / "a folder").mkdir()
    shutil.copytree(folder, folder.parent / "2023-08-31")
    (folder.parent / "README").write_text("hello")
    assert archive.vintages(Dataset.SHORT_INTEREST) == [sound]
    assert len(archive.complaints) == 9
    assert any("its writing was not finished" in complaint for complaint in archive.complaints)
    assert any("it is no vintage of ours" in complaint for complaint in archive.complaints)
    assert any("it is short_interest of 2023-08-15" in complaint for complaint in archive.complaints)


def test_a_torn_vintage_can_be_appended_again(archive):
    vintage = archive.append(look())
    vintage.path.write_bytes(b"")
    again = archive.append(look(after=timedelta(hours=1)))
    assert archive.read(again).frame["short_interest"].tolist() == [1, 2, 3]


def test_reading_a_vintage_whose_rows_are_damaged_says_so(archive):
    vintage = archive.append(look())
    body = bytearray(vintage.path.read_bytes())
    body[4:40] = b"\xff" * 36
    vintage.path.write_bytes(body)
    with pytest.raises(ArchiveError, match=r"can no longer be read"):
        archive.read(vintage)


@pytest.mark.parametrize("obstacle", ["archive", "archive/short_interest"])
def test_an_archive_that_cannot_be_written_says_so_and_loses_nothing(tmp_path, obstacle):
    # A file where a folder should be: unlike permissions, it also stops root.
    place = tmp_path / obstacle
    place.parent.mkdir(exist_ok=True)
    place.write_text("in the way")
    with pytest.raises(ArchiveError, match=r"cannot be written .*; nothing stored was lost"):
        Archive(tmp_path / "archive").append(look())
    assert place.read_text() == "in the way"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_says_so(archive):
    vintage = archive.append(look())
    vintage.path.parent.chmod(0o500)
    try:
        with pytest.raises(ArchiveError, match="cannot be written"):
            archive.append(look((4, 5, 6)))
        assert archive.vintages(Dataset.SHORT_INTEREST) == [vintage]
    finally:
        vintage.path.parent.chmod(0o700)


def test_a_writer_that_fails_leaves_neither_a_file_nor_a_trace(tmp_path):
    def fill_the_disk(file):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_once(tmp_path / "target", fill_the_disk)
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_written_over(tmp_path):
    (tmp_path / "target").write_bytes(b"first")
    write_once(tmp_path / "target", lambda file: file.write(b"second"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"first"]


# Imports what an archive takes once, and forks the programs.
APPENDING = """
import os, sys
from datetime import timedelta
from pathlib import Path
from test_archive import Archive, look

root = Path(sys.argv[1])
for number in (0, 1, 2, 0, 1, 2):
    if not os.fork():
        Archive(root).append(look((number, 0, 0), after=timedelta(seconds=number)))
        os._exit(0)
print([os.waitpid(-1, 0)[1] for _ in range(6)])
"""


def test_several_programs_append_at_once_and_lose_nothing(archive, repository):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(repository), str(repository / "tests")])}
    command = [sys.executable, "-c", APPENDING, str(archive.root)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert done.stdout == "[0, 0, 0, 0, 0, 0]\n", done.stderr
    seen = {archive.read(one).frame["short_interest"][0] for one in archive.vintages(Dataset.SHORT_INTEREST)}
    assert seen == {0, 1, 2}
    assert archive.complaints == []


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 4),
            st.lists(st.integers(0, 2**40), min_size=1, max_size=3),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_distinct_look_is_kept_and_the_latest_is_never_older(tmp_path_factory, looks):
    archive = Archive(tmp_path_factory.mktemp("archive"))
    for days, hours, shares in looks:
        archive.append(look(shares, as_of=DAY + timedelta(days=days), after=timedelta(hours=hours)))
        archive.append(look(shares, as_of=DAY + timedelta(days=days), after=timedelta(hours=hours)))
    vintages = archive.vintages(Dataset.SHORT_INTEREST)
    stored = {(one.as_of, tuple(archive.read(one).frame["short_interest"])) for one in vintages}
    assert stored == {(DAY + timedelta(days=days), tuple(shares)) for days, _, shares in looks}
    assert len(vintages) == len(stored)
    latest = archive.latest(Dataset.SHORT_INTEREST)
    assert latest is not None
    assert all((one.as_of, one.known_at) <= (latest.as_of, latest.known_at) for one in vintages)


def test_when_a_day_was_looked_at_is_told_by_names_alone(archive):
    """Whatever else lies there has no moment; no file is opened."""
    first, later = archive.append(look()), archive.append(look((4, 5), after=timedelta(days=1)))
    archive.append(look(as_of=date(2023, 8, 31), after=timedelta(days=19)))
    first.path.write_bytes(b"no Parquet at all")
    for name in (".part-x.parquet", "20230824T204100.000000Z-abc.txt", "soon-abc.parquet"):
        (later.path.parent / name).write_bytes(b"")
    (archive.root / "short_interest" / "lost+found").mkdir()
    (archive.root / "short_interest" / "2023-09-15").mkdir()
    assert look_times(archive.root, Dataset.SHORT_INTEREST) == {
        DAY: (LOOKED, LOOKED + timedelta(days=1)),
        date(2023, 8, 31): (LOOKED + timedelta(days=19),),
    }
    assert look_times(archive.root / "elsewhere", Dataset.SHORT_INTEREST) == {}
