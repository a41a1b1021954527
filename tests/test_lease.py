"""One terminal of a machine asks; when it dies, however it dies, the next one takes over."""

import subprocess
import sys
from datetime import UTC

import pytest
from feed_examples import THURSDAY, HandClock, Source, feed_of
from virtual_time import run
from waiting import PATIENCE, line_within, started

from providers.archive.lease import HOLDER_FILE_NAME, LOCK_FILE_NAME, RETRY_SECONDS, Lease
from providers.http.clients import Clients
from tui.polling.watch import Polling, PublicWatch

HOLD = """
import sys
from pathlib import Path
from tui.clock import system_clock
from providers.archive.lease import Lease
lease = Lease(Path(sys.argv[1]), system_clock)
print(lease.acquire(), flush=True)
sys.stdin.read()
"""


def test_two_leases_on_one_archive_are_held_by_one(tmp_path):
    archive = tmp_path / "not" / "there" / "yet"
    one, other = Lease(archive, HandClock()), Lease(archive, HandClock())
    assert one.acquire()
    assert one.acquire()
    assert not other.acquire()
    one.release()
    assert not one.is_held
    assert other.acquire()
    other.release()


def test_a_lease_in_a_block_is_given_up_at_its_end(tmp_path):
    with Lease(tmp_path, HandClock()) as lease:
        lease.acquire()
    assert Lease(tmp_path, HandClock()).acquire()


def test_the_holder_says_who_it_is(tmp_path):
    one, other = Lease(tmp_path, HandClock()), Lease(tmp_path, HandClock())
    assert other.holder() is None
    with one:
        one.acquire()
        holder = other.holder()
    assert holder is not None
    assert holder.words.startswith("process ")
    assert holder.since == THURSDAY.astimezone(UTC)
    (tmp_path / HOLDER_FILE_NAME).write_text("{")
    assert other.holder() is None


def test_a_folder_that_cannot_be_locked_is_a_complaint(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    complaints: list[str] = []
    assert not Lease(blocked, HandClock(), complaints.append).acquire()
    assert LOCK_FILE_NAME in complaints[0]


def test_a_killed_holder_leaves_nothing_to_clear_away(tmp_path, repository):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with started(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert line_within(holder.stdout) == "True\n"
        lease = Lease(tmp_path, HandClock())
        assert not lease.acquire()
        holder.kill()
        holder.wait(PATIENCE)
        # The system gave the lock back with the process: no waiting, no time-out.
        assert lease.acquire()
        lease.release()


def watch_on(archive, clock, sources):
    """A watch whose one feed notes who asked."""

    def make(ledger, earlier):
        clients = Clients(clock=clock, upstream="http://127.0.0.1:9")
        before = next(iter(earlier), None)
        return Polling(clients=clients, feeds=[feed_of(sources, ledger=ledger, earlier=before)])

    return PublicWatch(archive, clock, make)


def test_who_waits_takes_over_within_five_seconds_and_doubles_no_request(tmp_path):
    async def work():
        import asyncio

        from feed_examples import loop_clock

        clock = loop_clock()
        source = Source(clock)
        one, other = watch_on(tmp_path, clock, source), watch_on(tmp_path, clock, source)
        one.start(lambda _: None)
        await asyncio.sleep(3)
        other.start(lambda _: None)
        await asyncio.sleep(60)
        assert (one.is_polling, other.is_polling) == (True, False)
        assert other.holder() is not None
        assert [state.name for state in other.states()] == ["example"]
        await one.stop()
        await asyncio.sleep(RETRY_SECONDS + 0.5)
        assert (one.is_polling, other.is_polling) == (False, True)
        await asyncio.sleep(300)
        await other.stop()
        return source.asked

    asked = run(work())
    # At the start, and five minutes later by the heir.
    assert len(asked) == 2
    assert (asked[1] - asked[0]).total_seconds() == pytest.approx(300, abs=6)
