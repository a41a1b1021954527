"""What happens is in the log, an event a line: nothing lost, nothing torn, nothing secret, and nobody waits for it."""

import asyncio
import io
import json
import logging
import os
import re
import signal
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time
from threading import Timer
from time import monotonic, sleep
from urllib.parse import quote

import httpx
import pytest
from feed_examples import HandClock, Source, exchange, feed_of, loop_clock, snapshot
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from mock_network import HTML, Network, ask
from monitor_examples import monitor, opened
from provider_examples import HOST
from support_terminal import PseudoTerminal
from virtual_time import run
from waiting import PATIENCE, line_within, started

from providers.archive.lease import Lease
from providers.archive.vintages import Archive
from providers.catalog import KeyName
from providers.errors import BlockedError, RefusedError, RestingError, ThrottledError, UnreachableError
from providers.events import LONGEST_VALUE, ROOT, Event, Events
from providers.feeds.feed import Delivery
from providers.feeds.ledger import Ledger
from providers.feeds.poller import Poller, PollerWork
from providers.feeds.schedule import Daily
from providers.http.client import Fetched
from providers.http.verdicts import Form
from providers.keyed.keys import Keys
from shortside.sessions import NEW_YORK
from tui.__main__ import main
from tui.errors import SourceError
from tui.event_log import LONGEST_LINE, EventLog, complaint_of_log, logged_run
from tui.faults import Faults
from tui.log_file import MOST_BYTES, MOST_FILES, LogFile
from tui.polling.assembly import public_polling
from tui.polling.in_back_office import main as back_office
from tui.processes.back_office import greeting_of, polling_options
from tui.processes.messages import line_of
from tui.settings.configuration import configured
from tui.settings.keys import secrets_beside

CANARY = "canary-4711/do+not show"
NOON = datetime(2023, 9, 7, 16, 30, tzinfo=UTC)
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error|critical) \d+ \w+ \w+( \w+=.*)?")
events = Events("example")


def log_in(folder, level="info", clock=lambda: NOON, secrets=tuple):
    return EventLog(folder, level, clock, secrets)


def written(folder):
    return LogFile(folder).last_lines(100_000)


def told(folder, *texts):
    """The lines of a log that was told texts, each in an event of its own."""
    with log_in(folder):
        for text in texts:
            events.info("said", text=text)
    return written(folder)


# -- what is in it ----------------------------------------------------------------------------------------------------


async def poll_over_a_weekend(home):
    """Three feeds from Friday's close until Monday morning: one that is well, one that is walled off, one throttled."""
    clock = loop_clock(datetime(2023, 9, 8, 16, tzinfo=NEW_YORK))
    daily = Daily(hour=time(7))
    feeds = [
        feed_of(Source(clock), name="well", schedule=daily),
        feed_of(Source(clock, [BlockedError("a wall\ninstead of data")]), name="walled", schedule=daily),
        feed_of(Source(clock, [ThrottledError("be quiet", retry_after=7_200.0)]), name="busy", schedule=daily),
    ]
    with log_in(home / "state", clock=clock):
        lease = Lease(home / "archive", clock)
        assert lease.acquire()
        poller = asyncio.create_task(Poller(PollerWork(feeds=feeds), clock=clock, nap=600.0).run())
        await asyncio.sleep(63 * 3_600)
        poller.cancel()
        await asyncio.wait([poller], timeout=60)
        lease.release()


def test_what_a_poller_did_on_saturday_can_be_read_on_monday(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    run(poll_over_a_weekend(tmp_path))
    assert main(["doctor", "--log", "100000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(LINE.fullmatch(line) for line in lines)
    assert "polling takeover" in lines[0]
    saturday = [line for line in lines if line.startswith("2023-09-09T")]
    assert any("outcome=B" in line and 'reason="a wall instead of data"' in line for line in saturday)
    assert any("feed=busy provider=busy host=busy.test outcome=T" in line for line in saturday)
    friday = next(line for line in lines if "feed=well" in line)
    assert re.search(
        r"info \d+ feeds poll feed=well .* outcome=C as_of=2023-09-08 rows=3 requests=0 ms=0 next=20", friday
    )
    assert "warning" in saturday[0]


def test_a_poll_is_told_with_what_it_took(tmp_path):
    async def look():
        clock, ledger = HandClock(), Ledger()

        async def ask():
            for _ in range(2):
                ledger.heard(replace(exchange(at=clock()), size=500))
            await asyncio.sleep(0.25)
            return Delivery(fetched=(Fetched(snapshot=snapshot(date(2023, 9, 7), clock())),), complaints=("odd row",))

        source = Source(clock)
        source.ask = ask
        with log_in(tmp_path, clock=clock):
            await feed_of(source, ledger=ledger).poll()

    run(look())
    [line] = written(tmp_path)
    assert "outcome=C as_of=2023-09-07 rows=3 requests=2 bytes=1000 ms=250 next=2023-09-07T16:05:00Z" in line
    assert line.endswith('reason="odd row"')


def test_an_error_of_ours_in_a_feed_is_of_the_gravest_level(tmp_path):
    async def look():
        clock = HandClock()
        with log_in(tmp_path, "error", clock):
            await feed_of(Source(clock, [UnreachableError("gone")])).poll()
            await feed_of(Source(clock, [ZeroDivisionError("0")])).poll()

    run(look())
    [line] = written(tmp_path)
    assert "outcome=E" in line
    assert 'reason="an error of this program, ZeroDivisionError: 0"' in line


def test_a_vintage_is_told_once_and_looks_that_saw_the_same_are_not(tmp_path):
    with log_in(tmp_path):
        for _ in range(2):
            Archive(tmp_path / "archive").append(snapshot(date(2023, 9, 7), NOON))
    [line] = written(tmp_path)
    assert "archive vintage dataset=reference as_of=2023-09-07 source=example rows=3 file=20230907T163000" in line


def test_an_error_nobody_foresaw_is_a_line_that_says_where_its_traceback_is(tmp_path, noted_errors):
    faults = Faults(tmp_path, lambda: NOON)
    with log_in(tmp_path):
        for _ in range(3):
            faults.note(ZeroDivisionError("secret words"))
    [line] = written(tmp_path)
    assert "error kind=ZeroDivisionError" in line
    assert f"traceback={tmp_path}/errors.log" in line
    assert "secret words" not in line
    noted_errors.clear()


@pytest.mark.parametrize(
    ("raised", "level", "ends"),
    [
        (None, "info", "code=0"),
        (SourceError("nothing there"), "warning", 'failure="SourceError: nothing there"'),
        (ZeroDivisionError("0"), "error", 'failure="ZeroDivisionError: 0"'),
        (KeyboardInterrupt(), "warning", "failure=KeyboardInterrupt"),
    ],
)
def test_a_run_is_told_from_its_beginning_to_its_end_however_it_ends(tmp_path, raised, level, ends):
    def command():
        with logged_run(log_in(tmp_path), "backfill", source="public") as one:
            if raised is not None:
                raise raised
            one.code = 0

    if raised is None:
        command()
    else:
        with pytest.raises(type(raised)):
            command()
    first, last = written(tmp_path)
    assert re.search(r"run start command=backfill version=\S+ source=public$", first)
    assert f" {level} {os.getpid()} run end command=backfill " in last
    assert ends in last


# -- one event, one line, no secret -----------------------------------------------------------------------------------


HOSTILE = [
    "two\nlines",
    "\r\n2023-01-01T00:00:00.000Z info 1 feeds poll",
    "\x1b]0;owned\x07",
    "\u202eevil",
    'a="b" \\',
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_one_event_is_one_clean_line_whatever_is_told(tmp_path, text):
    [line] = told(tmp_path, text)
    assert LINE.fullmatch(line)
    assert line.isprintable()


@given(st.text(), st.sampled_from(["", "k", "a b"]))
def test_any_text_is_one_bounded_printable_word(text, secret):
    words = Event("said", {"text": text}).words([secret])
    assert words.isprintable()
    assert len(words) <= len("said text=") + 2 * LONGEST_VALUE + 2
    assert secret not in words.removeprefix("said text=") or not secret


def test_a_line_is_bounded_and_a_value_too_and_a_secret_at_the_bound_leaves_no_part(tmp_path):
    text = "x" * (LONGEST_VALUE - 4) + CANARY
    with log_in(tmp_path, secrets=lambda: [CANARY]):
        events.info("said", **{f"text{number}": text for number in range(9)})
    [line] = written(tmp_path)
    assert len(line) == LONGEST_LINE
    assert "cana" not in line


@pytest.mark.parametrize(
    "text",
    [
        f"refused {CANARY} again",
        f"http://host/x?q={quote(CANARY, safe='')}&a=1",
        CANARY.replace("-", "\x1b-").replace(" ", "\n"),
        CANARY[:6] + "\u200b" + CANARY[6:],
    ],
)
def test_a_secret_is_struck_out_however_it_is_spelt(tmp_path, text):
    with log_in(tmp_path, secrets=lambda: ["", CANARY]):
        events.warning("said", text=text)
        logging.getLogger(f"{ROOT}.example").warning("a sentence: %s", text)
    lines = written(tmp_path)
    assert len(lines) == 2
    for line in lines:
        assert "4711" not in line
        assert "…" in line


@pytest.mark.parametrize(
    "text", [f"GET https://h/x?apikey={CANARY}", f"https://me:{CANARY[:11]}@h/", f"Authorization: Bearer {CANARY}"]
)
def test_what_looks_like_a_secret_is_struck_out_also_where_nobody_named_it(tmp_path, text):
    [line] = told(tmp_path, text)
    assert "canary" not in line


def test_keys_of_the_environment_and_of_the_key_file_get_into_no_line(tmp_path, monkeypatch):
    monkeypatch.setenv(KeyName.MASSIVE_KEY.value, "canary-environment")
    keys = tmp_path / "keys"
    keys.write_text(f"{KeyName.ORTEX_KEY.value}=canary-file\n")
    keys.chmod(0o600)
    with log_in(tmp_path, secrets=lambda: secrets_beside(tmp_path / "config.toml")):
        events.info("said", text="canary-environment and canary-file")
    [line] = written(tmp_path)
    assert "canary" not in line


def test_where_the_secrets_cannot_be_told_nothing_is_written_and_the_reason_is_said(tmp_path):
    def none_to_be_had():
        raise ValueError("a key file of another kind")

    with log_in(tmp_path, secrets=none_to_be_had) as log:
        events.info("said", text=CANARY)
        log.flush()
        assert "a key file of another kind" in complaint_of_log()
    assert written(tmp_path) == []


# -- levels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "kept"), [("error", 1), ("warning", 2), ("info", 3), ("debug", 4), ("off", 0)])
def test_events_of_the_level_and_graver_ones_are_kept(tmp_path, level, kept):
    with log_in(tmp_path / "state", level):
        for tell in (events.debug, events.info, events.warning, events.error):
            tell("said")
    assert len(written(tmp_path / "state")) == kept
    assert (tmp_path / "state").exists() is (level != "off")


def test_the_level_is_a_setting_and_reaches_the_back_office(tmp_path, monkeypatch):
    options = configured({"log_level": "debug"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    assert greeting_of(options, lambda: NOON).options.log_level == "debug"
    assert configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options.log_level == "info"


def test_without_a_log_nothing_is_said_on_the_terminal(repository):
    script = (
        "from providers.events import Events; Events('x').error('gone'); import logging; print(logging.root.handlers)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


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


# -- doctor -----------------------------------------------------------------------------------------------------------


def finding(home, capsys, *words):
    environment = ["--upstream", "http://127.0.0.1:9", "--format", "json", *words]
    main(["doctor", *environment])
    document = json.loads(capsys.readouterr().out)
    return next(one for one in document["findings"] if one["subject"] == "log")


def test_the_doctor_names_the_file_its_size_and_when_it_was_last_written(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    path = tmp_path / "state" / "shortside.log"
    assert finding(tmp_path, capsys)["finding"] == f"{path}: nothing yet; info and graver"
    told(tmp_path / "state", *["x" * 290] * 500)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    found = finding(tmp_path, capsys)
    assert found["level"] == "ok"
    assert found["finding"] == f"{path}: 0.2 MB, last written 07 Sep 2023 12:30 New York; info and graver"
    assert "shortside doctor --log" in found["advice"]
    monkeypatch.setenv("SHORTSIDE_LOG_LEVEL", "off")
    assert finding(tmp_path, capsys)["finding"].endswith("nothing is kept: log_level is off")


def test_the_doctor_warns_of_events_that_were_lost_and_of_what_is_no_log(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    LogFile(tmp_path / "state").append(["2023-09-07T16:30:00.000Z warning 1 log lost events=3 reason=full"])
    found = finding(tmp_path, capsys)
    assert found["level"] == "warning"
    assert "lost events=3" in found["finding"]
    (tmp_path / "state" / "shortside.log").unlink()
    (tmp_path / "state" / "shortside.log").mkdir()
    assert finding(tmp_path, capsys)["level"] == "warning"


def test_the_doctor_prints_the_last_events_two_hundred_unless_told_otherwise(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    LogFile(tmp_path / "state").append([f"line {number}" for number in range(500)])
    for words, count in (([], 200), (["7"], 7), (["9999"], 500)):
        assert main(["doctor", "--log", *words]) == 0
        assert capsys.readouterr().out.splitlines() == [f"line {number}" for number in range(500 - count, 500)]


def test_what_the_doctor_prints_steers_no_terminal_whoever_wrote_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "shortside.log").write_bytes(b"a\x1b]0;owned\x07b\r\xff\xfe\nc\n")
    assert main(["doctor", "--log"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert len(lines) == 3
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("word", ["0", "-3", "many"])
def test_a_number_of_events_that_cannot_be_is_a_usage_error(word, capsys):
    assert main(["doctor", f"--log={word}"]) == 2
    assert "must be a whole number from 1 up" in capsys.readouterr().err


def test_an_empty_log_is_said_to_be_empty(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["doctor", "--log"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "nothing is in the log yet" in said.err


# -- in the program ---------------------------------------------------------------------------------------------------


def test_a_host_that_fails_is_told_when_it_refuses_when_it_is_left_alone_and_when_it_answers_again(caplog):
    caplog.set_level(logging.INFO, ROOT)
    answers = [httpx.Response(403)] + [httpx.Response(200, content=HTML)] * 3 + [httpx.Response(200, json={})]

    async def question(clients):
        client = clients.of(HOST, "example")
        for _ in range(4):
            with pytest.raises(RefusedError):
                await client.get("/x", json.loads, form=Form.JSON)
        with pytest.raises(RestingError):
            await client.get("/x", json.loads, form=Form.JSON)
        client.wake()
        await client.get("/x", json.loads, form=Form.JSON)

    ask(Network(lambda _request: answers.pop(0), NOON), question)
    words = [str(record.msg) for record in caplog.records if record.name.startswith(ROOT)]
    assert [one.partition(" ")[0] for one in words] == ["refused"] * 4 + ["circuit_opened", "circuit_closed"]
    assert words[4] == f"circuit_opened host={HOST.name} failures=3 rest_seconds=30"


async def test_a_monitor_that_draws_or_reads_plainly_says_so_in_the_log(tmp_path, caplog):
    caplog.set_level(logging.INFO, ROOT)
    app = monitor(tmp_path)
    async with app.run_test() as pilot:
        await opened(app, pilot)
        app.fall_back("the terminal's cells\nare others")
        app.read_keys_plainly("a key of another kind")
    words = [str(record.msg) for record in caplog.records if record.name == f"{ROOT}.display"]
    assert words == [
        'drawn_plainly reason="the terminal\'s cells are others"',
        'keys_read_plainly reason="a key of another kind"',
    ]


@pytest.mark.terminal
@pytest.mark.parametrize(("end", "code"), [("q", 0), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_a_monitor_s_run_is_in_the_log_to_its_end_also_by_signal(repository, tmp_path, end, code):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "SHORTSIDE_HOME": str(tmp_path), "TERM": "xterm-256color",
        "LANG": "C.UTF-8", "PYTHONPATH": str(repository),
    }  # fmt: skip
    with PseudoTerminal([sys.executable, "-m", "tui"], environment, 100, 30) as program:
        program.wait_for_words("Crowded shorts")
        program.send(end) if isinstance(end, str) else program.signal(end)
        assert program.wait_for_end() == code
    lines = written(tmp_path / "state")
    assert all(LINE.fullmatch(line) for line in lines)
    assert re.search(r"run start command=monitor version=\S+ source=demo$", lines[0])
    assert any(re.search(r"market read names=\d+ ms=\d+$", line) for line in lines)
    assert f"run end command=monitor code={code} " in lines[-1]
