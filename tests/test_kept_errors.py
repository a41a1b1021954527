"""Errors nobody foresaw are said once each, and kept in a file that is private, bounded and without secrets."""

from __future__ import annotations

import gc
import os
import stat
import weakref
from datetime import UTC, datetime

import pytest

from providers.durable import replace_file
from tui.faults import ENTRY_MARK, LONGEST_LINE, MOST_BYTES, MOST_KINDS, Faults, append, error_kind_of
from tui.settings.configuration import configured
from tui.settings.keys import secrets_of_user

NOON = datetime(2023, 9, 7, 16, 30, tzinfo=UTC)


@pytest.fixture
def faults(tmp_path, noted_errors):
    """A book of its own; what these tests note is what they are about."""
    yield Faults(tmp_path / "state", lambda: NOON)
    noted_errors.clear()


def raised(error):
    try:
        raise error
    except type(error) as caught:
        return caught


def divided():
    try:
        return 1 / 0
    except ZeroDivisionError as caught:
        return caught


def test_an_error_is_said_once_and_counted_always(faults):
    words = [faults.note(divided()) for _ in range(500)]
    assert words[0] == "an error in test kept errors (ZeroDivisionError); figures go on"
    assert set(words[1:]) == {""}
    assert faults.total == 500
    faults.save()
    assert faults.path.read_text().count(ENTRY_MARK) == 1


def test_another_class_or_another_place_is_another_kind(faults):
    first = faults.note(divided())
    assert faults.note(raised(KeyError("a")))
    assert faults.note(raised(ValueError("a")))
    assert not faults.note(raised(ValueError("b"))), "what it says does not make it another"
    assert first.endswith("figures go on")


def test_the_place_is_our_innermost_line_though_another_library_raised_it(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        replace_file(tmp_path / "missing" / "errors.log", b"")
    name, ours, innermost = error_kind_of(caught.value)
    assert name == "FileNotFoundError"
    assert ours.startswith("providers.durable:")
    assert innermost.startswith("tempfile:")


def test_endless_kinds_are_counted_and_neither_said_nor_kept(faults):
    kinds = [type(f"Odd{number}Error", (Exception,), {}) for number in range(MOST_KINDS + 30)]
    said = [faults.note(raised(kind("odd"))) for kind in kinds]
    assert sum(map(bool, said)) == MOST_KINDS
    assert faults.total == MOST_KINDS + 30
    faults.save()
    assert faults.path.read_text().count(ENTRY_MARK) == MOST_KINDS


def test_what_is_kept_has_its_moment_its_cause_and_its_lines_of_code(faults):
    try:
        try:
            divided_by = 0
            _ = 1 / divided_by
        except ZeroDivisionError as cause:
            raise LookupError("no such column") from cause
    except LookupError as error:
        faults.note(error)
    assert faults.save() == ""
    text = faults.path.read_text()
    assert text.startswith(f"{ENTRY_MARK}2023-09-07T16:30:00+0000 shortside ")
    assert "_ = 1 / divided_by" in text
    assert "ZeroDivisionError: division by zero" in text
    assert "LookupError: no such column" in text
    assert text.count(ENTRY_MARK) == 1
    faults.save()
    assert faults.path.read_text() == text, "nothing is written twice"


def test_the_file_is_for_its_owner_only_also_where_it_was_for_others(faults):
    faults.path.parent.mkdir()
    faults.path.write_text("before\n")
    faults.path.chmod(0o644)
    faults.note(divided())
    faults.save()
    assert stat.S_IMODE(os.stat(faults.path).st_mode) == 0o600
    assert faults.path.read_text().startswith("before\n")


def test_a_folder_that_is_made_for_it_is_private(faults):
    faults.note(divided())
    faults.save()
    assert stat.S_IMODE(os.stat(faults.path.parent).st_mode) == 0o700


def test_a_link_in_its_place_is_not_followed_and_the_reason_is_told(faults, tmp_path):
    target = tmp_path / "other"
    target.write_text("mine")
    faults.path.parent.mkdir()
    faults.path.symlink_to(target)
    faults.note(divided())
    assert "could not be written" in faults.save()
    assert target.read_text() == "mine"


def test_what_could_not_be_written_is_told_in_words_and_written_when_it_can_be(faults):
    faults.path.parent.write_text("in the way")
    faults.note(divided())
    for _ in range(2):
        assert faults.summary().startswith(f"{faults.path} could not be written")
    faults.path.parent.unlink()
    assert faults.summary().endswith(f"what happened is in {faults.path}")
    assert "ZeroDivisionError" in faults.path.read_text()


def test_no_secret_and_no_control_character_gets_into_the_file(tmp_path, noted_errors):
    faults = Faults(tmp_path, lambda: NOON, lambda: ["TOPSECRET", ""])
    faults.note(raised(OSError("GET https://host/x?apikey=abc123&a=1 said \x1b]0;owned\x07 TOPSECRET")))
    faults.note(raised(ValueError("Authorization: Bearer eyJhbGci.x-y; " + "long " * 500)))
    faults.save()
    noted_errors.clear()
    text = faults.path.read_text()
    for forbidden in ("abc123", "TOPSECRET", "eyJhbGci", "\x1b", "\x07"):
        assert forbidden not in text
    assert "https://host/x" in text
    assert max(map(len, text.splitlines())) <= LONGEST_LINE


def test_the_users_keys_are_among_the_secrets(tmp_path, monkeypatch):
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    monkeypatch.setenv("SHORTSIDE_MASSIVE_KEY", "in-the-environment")
    file = options.paths.configuration.with_name("keys")
    file.write_text("SHORTSIDE_ORTEX_KEY=in-the-file\n")
    file.chmod(0o600)
    assert set(secrets_of_user(options)) == {"in-the-environment", "in-the-file"}
    file.chmod(0o644)
    assert set(secrets_of_user(options)) == {"in-the-environment"}, "a file others may read is not used"


def test_a_very_deep_error_is_kept_short(faults):
    def deeper():
        deeper()

    try:
        deeper()
    except RecursionError as error:
        faults.note(error)
    faults.save()
    assert len(faults.path.read_text().splitlines()) < 200


def test_the_file_stays_bounded_and_keeps_the_newest_from_a_beginning(tmp_path):
    path = tmp_path / "errors.log"
    entry = f"{ENTRY_MARK}one\n" + "x" * 200 + "\n"
    for number in range(2 * MOST_BYTES // len(entry)):
        append(path, entry.replace("one", f"number {number}"))
    text = path.read_text()
    assert len(text) <= MOST_BYTES
    assert text.startswith(f"{ENTRY_MARK}number ")
    assert f"{ENTRY_MARK}number {2 * MOST_BYTES // len(entry) - 1}\n" in text
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


class Weighty:
    """Stands for a market, which a frame of the traceback holds."""


def test_neither_the_error_nor_what_its_frames_hold_is_kept_in_memory(faults, noted_errors):
    def fail():
        market = Weighty()
        held.append(weakref.ref(market))
        raise ValueError("with a market in hand")

    held: list[weakref.ref[Weighty]] = []
    try:
        fail()
    except ValueError as error:
        faults.note(error)
    noted_errors.clear()
    gc.collect()
    assert held[0]() is None


def test_what_is_said_at_the_end_names_the_count_and_the_file(faults):
    assert faults.summary() == ""
    assert not faults.path.exists()
    faults.note(divided())
    assert faults.summary() == f"an error since the start; what happened is in {faults.path}"
    for _ in range(1199):
        faults.note(divided())
    assert faults.summary() == f"1,200 errors since the start; what happened is in {faults.path}"
