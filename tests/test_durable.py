"""What is written in place of a file is there whole or not at all, for its owner alone, whatever dies in between."""

import os
import re
import stat
from pathlib import Path

import pytest

from providers.durable import PARTIAL_PREFIX, replace_file

PARTS = ("shortside", "providers", "widgets", "tui")


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    for content in (b"first", b"the second", b""):
        replace_file(tmp_path / "target", content)
        assert (tmp_path / "target").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


@pytest.mark.skipif(os.name != "posix", reason="no such bits here")
def test_it_is_its_owner_s_alone_whatever_the_umask_and_the_old_one_s_mode(tmp_path):
    before = os.umask(0)
    try:
        (tmp_path / "target").write_bytes(b"old")
        (tmp_path / "target").chmod(0o666)
        replace_file(tmp_path / "target", b"new")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "target").stat().st_mode) == 0o600


@pytest.mark.parametrize("is_synced", [False, True])
def test_where_it_cannot_be_the_old_file_is_whole_and_nothing_is_left_over(tmp_path, monkeypatch, is_synced):
    replace_file(tmp_path / "target", b"old")

    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space left"):
        replace_file(tmp_path / "target", b"new", is_synced=is_synced)
    assert (tmp_path / "target").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_one_that_must_outlive_a_power_cut_is_on_the_disk_before_its_name_is_and_the_name_after(tmp_path, monkeypatch):
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def noted_sync(handle: int) -> None:
        done.append("synced")
        sync(handle)

    def noted_rename(path: Path, target: Path) -> Path:
        done.append("renamed")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", noted_sync)
    monkeypatch.setattr(Path, "replace", noted_rename)
    replace_file(tmp_path / "target", b"dear", is_synced=True)
    assert done == ["synced", "renamed", *(["synced"] if hasattr(os, "O_DIRECTORY") else [])]
    done.clear()
    replace_file(tmp_path / "target", b"cheap")
    assert done == ["renamed"]


def test_nobody_else_writes_beside_a_file_and_renames(repository):
    own_way = re.compile(r"\bmkstemp\b|\bNamedTemporaryFile\b|\bos\.(replace|rename)\(")
    found = {
        module.relative_to(repository).as_posix()
        for part in PARTS
        for module in (repository / part).rglob("*.py")
        if own_way.search(module.read_text("utf-8"))
    }
    assert found == {"providers/durable.py"}
    assert PARTIAL_PREFIX.startswith(".")
