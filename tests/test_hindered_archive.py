"""An archive that is gone, closed or full is told in words, is not made anew, and is kept again once that is over."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from feed_examples import HandClock, Source, feed_of, loop_clock
from virtual_time import run

from providers.archive.hindrances import GoneError, Hindrances, look_at_place, word_of
from providers.archive.lease import HOLDER_FILE_NAME, LOCK_FILE_NAME, Lease
from providers.archive.vintages import Archive, ArchiveError
from providers.feeds.states_file import write_states
from providers.http.clients import Clients
from tui.polling.facts import poll_line
from tui.polling.watch import SECONDS_BETWEEN_ARCHIVE_LOOKS, SECONDS_BETWEEN_TRIES, Polling, PublicWatch
from tui.screens.troubles import head_alarms
from widgets.status import alarm_words

NOBODY = 65_534
"""A user who owns nothing here."""


@contextmanager
def as_another_user():
    """Run as a user who is not root and owns nothing."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def watch_on(archive, clock, source, **feed):
    def make(ledger, earlier):
        clients = Clients(clock=clock, contact="reader@example.org")
        before = next(iter(earlier), None)
        return Polling(clients=clients, feeds=[feed_of(source, ledger=ledger, earlier=before, **feed)])

    return PublicWatch(archive, clock, make)


def head_of(watch):
    return [alarm_words(alarm) for alarm in head_alarms((), (), poll_line(watch))]


def test_an_archive_that_is_removed_is_not_made_anew_and_is_kept_again_once_it_is_back(tmp_path):
    archive, away = tmp_path / "archive", tmp_path / "away"

    async def work():
        source = Source(clock := loop_clock())
        watch = watch_on(archive, clock, source)
        watch.start(lambda _: None)
        await asyncio.sleep(5)
        assert watch.is_polling
        asked = len(source.asked)
        archive.rename(away)
        await asyncio.sleep(3)
        assert not watch.is_polling
        assert "is gone" in watch.complaint
        assert "since 20" in watch.complaint
        assert head_of(watch) == ["UNPOLLED archive gone"]
        await asyncio.sleep(120)
        watch.want_history("GME")
        assert not archive.exists(), "a thin archive in its place would pass for the whole one"
        assert len(source.asked) == asked
        away.rename(archive)
        await asyncio.sleep(5)
        assert watch.is_polling
        watch.want_history("GME")
        assert (watch.complaint, head_of(watch)) == ("", [])
        await asyncio.sleep(310)
        assert len(source.asked) > asked
        await watch.stop()

    run(work())


def test_two_terminals_never_poll_at_once_though_the_folder_of_the_lock_was_replaced(tmp_path):
    archive = tmp_path / "archive"

    async def work():
        source = Source(clock := loop_clock())
        one, other = watch_on(archive, clock, source), watch_on(archive, clock, source)
        one.start(lambda _: None)
        await asyncio.sleep(3)
        assert one.is_polling
        archive.rename(tmp_path / "away")
        archive.mkdir()
        other.start(lambda _: None)
        await asyncio.sleep(3 * SECONDS_BETWEEN_ARCHIVE_LOOKS + 1.5)
        assert [one.is_polling, other.is_polling] == [False, True]
        await asyncio.sleep(60)
        assert [one.is_polling, other.is_polling] == [False, True]
        assert one.complaint == ""
        await one.stop()
        await other.stop()

    run(work())


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "disk full"),
        (errno.EDQUOT, "quota used up"),
        (errno.EROFS, "archive read-only"),
        (errno.EACCES, "archive read-only"),
        (errno.ESTALE, "archive out of reach"),
        (errno.EIO, "archive out of reach"),
    ],
)
def test_while_nothing_can_be_written_nobody_is_asked_and_the_head_says_why(tmp_path, monkeypatch, number, word):
    is_full = False

    def written(path, states):
        if is_full:
            raise OSError(number, os.strerror(number))
        write_states(path, states)

    monkeypatch.setattr("tui.polling.watch.write_states", written)

    async def work():
        nonlocal is_full
        source = Source(clock := loop_clock())

        async def store(_delivery):
            if is_full:
                raise ArchiveError("the archive cannot be written") from OSError(number, os.strerror(number))

        watch = watch_on(tmp_path, clock, source, store=store)
        watch.start(lambda _: None)
        await asyncio.sleep(5)
        assert head_of(watch) == []
        is_full = True
        await asyncio.sleep(400)
        asked = len(source.asked)
        assert asked <= 2, "an answer that cannot be kept is not asked for"
        assert head_of(watch) == [f"TROUBLE {word}"]
        is_full = False
        await asyncio.sleep(2 * SECONDS_BETWEEN_TRIES)
        assert len(source.asked) == asked + 1, "what could not be kept is asked for as soon as it can"
        assert (watch.complaint, head_of(watch)) == ("", [])
        assert watch.states()[0].letter.value == "C"
        await watch.stop()

    run(work())


def test_only_the_vintage_did_not_fit_and_the_head_says_so(tmp_path):
    async def work():
        source = Source(clock := loop_clock())

        async def store(_delivery):
            raise ArchiveError("the archive cannot be written (No space left)") from OSError(errno.ENOSPC, "full")

        watch = watch_on(tmp_path, clock, source, store=store)
        watch.start(lambda _: None)
        await asyncio.sleep(5)
        assert head_of(watch) == ["TROUBLE disk full"]
        assert "what came cannot be kept" in watch.complaint
        await watch.stop()

    run(work())


@pytest.fixture
def open_folder():
    """A folder that every user of the machine can get to; those of pytest are this user's alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        if not all(one.stat().st_mode & 1 for one in folder.parents):
            pytest.skip("another user cannot get to the folder for temporary files")
        yield folder


def test_a_folder_that_may_not_be_written_is_told_and_a_note_of_who_polled_is_no_poller(open_folder):
    archive = open_folder / "archive"
    with Lease(archive, HandClock()) as lease:
        assert lease.acquire()
    (archive / LOCK_FILE_NAME).chmod(0o644)
    (archive / HOLDER_FILE_NAME).chmod(0o644)
    archive.chmod(0o555)

    async def work():
        source = Source(clock := loop_clock())
        watch = watch_on(archive, clock, source)
        watch.start(lambda _: None)
        await asyncio.sleep(5)
        assert head_of(watch) == ["UNPOLLED archive read-only"]
        assert watch.complaint.startswith("nobody")
        await watch.stop()

    with as_another_user():
        with pytest.raises(PermissionError):
            look_at_place(archive)
        run(work())
    look_at_place(archive)


def test_a_note_without_a_lock_is_nobody(tmp_path):
    lease, other = Lease(tmp_path, HandClock()), Lease(tmp_path, HandClock())
    with lease:
        lease.acquire()
        assert other.holder() is not None
    assert json.loads((tmp_path / HOLDER_FILE_NAME).read_text())["process"] == os.getpid()
    assert other.holder() is None


def test_a_vintage_is_not_stored_into_a_folder_made_anew(tmp_path):
    from feed_examples import THURSDAY, snapshot

    archive = Archive(tmp_path / "archive")
    archive.append(snapshot(THURSDAY.date(), THURSDAY))
    shutil.rmtree(archive.root)
    with pytest.raises(ArchiveError, match="was there and is gone") as caught:
        archive.append(snapshot(THURSDAY.date(), THURSDAY))
    assert word_of(caught.value) == "archive gone"
    assert not archive.root.exists()
    with pytest.raises(GoneError):
        look_at_place(archive.root)


def test_a_trouble_is_told_once_and_keeps_the_moment_it_began():
    clock = HandClock()
    hindrances = Hindrances(clock)
    hindrances.met("place", "it is gone", "archive gone")
    first = hindrances.first
    clock.now = clock.now.replace(year=2030)
    hindrances.met("place", "it is gone", "archive gone")
    assert hindrances.first is first
    assert first is not None
    assert "2030" not in first.words
    assert hindrances.over("place")
    assert not hindrances.over("place")
    assert hindrances.first is None
