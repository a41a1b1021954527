"""The log's files lose no line and tear none, whoever writes, whatever ends, and however full the disk is."""

import asyncio
import io
import os
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from threading import Timer
from time import monotonic, sleep

import pytest
from feed_examples import exchange, loop_clock, snapshot
from filelock import FileLock
from log_examples import LINE, NOON, events, log_in, written
from virtual_time import run
from waiting import PATIENCE, line_within, started

from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.poller import Poller, PollerWork
from providers.http.client import Fetched
from providers.keyed.keys import Keys
from shortside.sessions import NEW_YORK
from tui.event_log import complaint_of_log
from tui.log_file import MOST_BYTES, MOST_FILES, LogFile
from tui.polling.assembly import public_polling
from tui.polling.in_back_office import main as back_office
from tui.processes.back_office import greeting_of, polling_options
from tui.processes.messages import line_of
from tui.settings.configuration import configured

# -- the files --------------------------------------------------------------------------------------------------------


TELLS_MANY = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import tui.log_file
import tui.event_log
tui.log_file.MOST_BYTES = 700_000
# Losing nothing is tried here, not how fast a busy machine is.
tui.event_log.CLOSE_SECONDS = 100.0
from providers.events import Events
from tui.event_log import EventLog
name, events = sys.argv[2], Events("example")
with EventLog(Path(sys.argv[1]), "info", lambda: datetime.now(UTC)) as log:
    log.start()
    sys.stdin.readline()
    for number in range(10_000):
        events.info("counted", by=name, number=number)
print(log.complaint)
"""


def test_two_processes_that_write_ten_thousand_events_each_lose_none_and_tear_none(repository, tmp_path):
    command = [sys.executable, "-c", TELLS_MANY, str(tmp_path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": repository}
    with started([*command, "one"], **pipes) as one, started([*command, "other"], **pipes) as other:
        for process in (one, other):
            process.stdin.write("go\n")
            process.stdin.flush()
        assert [line_within(process.stdout) for process in (one, other)] == ["\n", "\n"]
    lines = written(tmp_path)
    assert all(LINE.fullmatch(line) for line in lines)
    numbers = {
        name: [int(line.rpartition("=")[2]) for line in lines if f"by={name} " in line] for name in ("one", "other")
    }
    assert numbers == {"one": list(range(10_000)), "other": list(range(10_000))}
    assert len(list(tmp_path.glob("shortside.log.[12]"))) == 2, "it was not large enough to rotate"


def test_the_oldest_lines_go_when_all_files_are_full_and_all_are_their_owner_s_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.log_file.MOST_BYTES", 1_000)
    log = LogFile(tmp_path / "state")
    before = os.umask(0)
    try:
        for number in range(200):
            log.append([f"line {number:040}"])
    finally:
        os.umask(before)
    files = sorted(path.name for path in (tmp_path / "state").glob("shortside.log*"))
    assert files == ["shortside.log", "shortside.log.1", "shortside.log.2", "shortside.log.lock"]
    for name in files:
        assert stat.S_IMODE((tmp_path / "state" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    lines = log.last_lines(10_000)
    assert lines == [f"line {number:040}" for number in range(200 - len(lines), 200)]
    assert 2 * 1_000 - 3 * 46 < log.size() <= MOST_FILES * 1_000
    assert log.last_lines(25) == lines[-25:]


def test_a_line_that_was_cut_off_by_a_power_failure_takes_no_other_with_it(tmp_path):
    (tmp_path / "shortside.log").write_bytes(b"half a l")
    LogFile(tmp_path).append(["whole"])
    assert written(tmp_path) == ["half a l", "whole"]


def test_a_link_in_its_place_is_not_followed_and_the_reason_is_told(tmp_path):
    (tmp_path / "other").write_text("mine")
    (tmp_path / "shortside.log").symlink_to(tmp_path / "other")
    with log_in(tmp_path) as log:
        events.info("said")
    assert "cannot be written" in log.complaint
    assert (tmp_path / "other").read_text() == "mine"


FILLS_THE_DISK = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from providers.events import Events
from tui.event_log import EventLog, complaint_of_log
events = Events("example")
with EventLog(Path(sys.argv[1]), "info", lambda: datetime.now(UTC)) as log:
    # A file that may not grow is the nearest to a full disk that a test may have: the last write is done in part.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
    for number in range(50):
        events.info("counted", number=number)
        log.flush()
    print(complaint_of_log())
    print(Path(sys.argv[1], "shortside.log").read_bytes().endswith(b"\\n"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(log.complaint)
"""


def test_what_a_full_disk_would_not_have_is_complained_of_and_written_whole_when_there_is_room(repository, tmp_path):
    command = [sys.executable, "-c", FILLS_THE_DISK, str(tmp_path)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True)
    complaint, is_whole, rest = done.stdout.split("\n")[:3]
    assert complaint.startswith(f"the log {tmp_path}/shortside.log cannot be written: ")
    assert (is_whole, rest, done.stderr) == ("True", "", "")
    lines = written(tmp_path)
    assert all(LINE.fullmatch(line) for line in lines)
    assert [int(line.rpartition("=")[2]) for line in lines] == list(range(50))


def test_a_folder_that_cannot_be_stops_nothing_and_what_is_lost_in_the_end_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr("tui.event_log.MOST_EVENTS_WAITING", 10)
    state = tmp_path / "state"
    state.write_text("in the way")
    with log_in(state) as log:
        log.start()
        for number in range(30):
            events.info("counted", number=number)
            log.flush()
        assert f"the log {state}/shortside.log cannot be written" in complaint_of_log()
        state.unlink()
    assert log.complaint == complaint_of_log() == ""
    lost, *kept = written(state)
    assert "warning" in lost
    assert "log lost events=20 reason=" in lost
    assert [int(line.rpartition("=")[2]) for line in kept] == list(range(20, 30))


def test_nobody_who_tells_an_event_waits_for_whoever_holds_the_file(tmp_path):
    with log_in(tmp_path) as log:
        log.start()
        with FileLock(tmp_path / "shortside.log.lock"):
            for number in range(1_000):
                events.info("counted", number=number)
            assert not (tmp_path / "shortside.log").exists()
    assert len(written(tmp_path)) == 1_000


def test_a_log_that_is_closed_waits_for_whoever_holds_the_file_a_while_and_then_says_what_is_missing(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("tui.log_file.LOCK_SECONDS", 0.05)
    for seconds, is_kept in ((PATIENCE, True), (0.2, False)):
        monkeypatch.setattr("tui.event_log.CLOSE_SECONDS", seconds)
        folder = tmp_path / str(is_kept)
        folder.mkdir()
        lock = FileLock(folder / "shortside.log.lock", thread_local=False)
        lock.acquire()
        leaving = Timer(0.3, lock.release)
        with log_in(folder) as log:
            events.info("said")
            leaving.start() if is_kept else None
        assert len(written(folder)) == is_kept
        assert bool(log.complaint) is not is_kept
        lock.release()


def test_a_week_of_a_poller_with_every_key_takes_less_than_one_of_three_files(tmp_path):
    names = ("ALPACA_KEY_ID", "ALPACA_SECRET_KEY", "MASSIVE_KEY", "ORTEX_KEY")
    keys = Keys({f"SHORTSIDE_{name}": "k" for name in names})
    arguments = {"upstream": "http://127.0.0.1:9", "contact": "reader@example.org"}
    options = polling_options(configured(arguments, {"SHORTSIDE_HOME": str(tmp_path)}).options)

    async def poll_for_a_day():
        clock, ledger = loop_clock(datetime(2023, 9, 11, tzinfo=NEW_YORK)), Ledger()

        async def ask():
            ledger.heard(exchange(at=clock()))
            return Delivery(fetched=(Fetched(snapshot=snapshot(clock().astimezone(NEW_YORK).date(), clock())),))

        async def store(_delivery):
            pass

        polling = public_polling(options, clock, keys=keys)(ledger, ())
        for feed in polling.feeds:
            feed._plan, feed._tools = replace(feed._plan, ask=ask), replace(feed._tools, store=store)
        work = PollerWork(feeds=polling.feeds)
        with log_in(tmp_path / "state", clock=clock) as log:
            log.start()
            poller = asyncio.create_task(Poller(work, clock=clock, ledger=ledger, nap=3_600.0).run())
            await asyncio.sleep(24 * 3_600)
            poller.cancel()
            await asyncio.wait([poller], timeout=60)
        await polling.clients.aclose()

    run(poll_for_a_day())
    log = LogFile(tmp_path / "state")
    assert len(log.last_lines(100_000)) > 1_000
    # A week has five sessions, and its weekend takes less than a sixth would. Two of the files are always full.
    assert 6 * log.size() < MOST_BYTES


# -- ends -------------------------------------------------------------------------------------------------------------


def office(repository, home):
    options = configured({"upstream": "http://127.0.0.1:9"}, {"SHORTSIDE_HOME": str(home)}).options
    process = started(
        [sys.executable, "-m", "tui.polling.in_back_office"],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(repository)},
    )
    return process, line_of(greeting_of(options, lambda: NOON)) + '{"type": "poll"}\n'


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (None, 0)])
def test_the_back_office_writes_into_the_same_log_however_it_is_ended(repository, tmp_path, number, code):
    process, orders = office(repository, tmp_path)
    with process as running:
        running.stdin.write(orders)
        running.stdin.flush()
        while '"is_polling":true' not in line_within(running.stdout):
            pass
        if number is None:
            running.stdin.close()
        else:
            running.send_signal(number)
        assert running.wait(PATIENCE) == code
        lines = written(tmp_path / "state")
    assert all(f" {running.pid} " in line for line in lines)
    assert 'run start command="back office"' in lines[0]
    assert any("polling takeover" in line for line in lines)


def test_what_a_back_office_told_before_it_was_killed_is_in_the_log(repository, tmp_path):
    process, orders = office(repository, tmp_path)
    with process as running:
        running.stdin.write(orders)
        running.stdin.flush()
        deadline = monotonic() + PATIENCE
        while not any("polling takeover" in line for line in written(tmp_path / "state")):
            assert monotonic() < deadline, "it tells nothing while it runs"
            sleep(0.01)
        running.kill()


def test_a_back_office_without_orders_keeps_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert back_office() == 0
    assert list(tmp_path.iterdir()) == []
