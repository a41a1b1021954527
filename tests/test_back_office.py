"""The back office does the heavy work, ends with its monitor, and is missed only by how long a key waits."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from public_archive import SINCE, fill
from virtual_time import run
from waiting import PATIENCE, line_within, started

from providers.archive.vintages import Archive
from providers.base import no_progress
from providers.feeds.state import Letter
from providers.public.source import PublicProvider
from shortside.datasets import Dataset
from shortside.snapshot import Snapshot
from tui.clock import system_clock
from tui.errors import SourceError
from tui.polling.watch import Polling, PublicWatch
from tui.processes import back_office
from tui.processes.back_office import MOST_STARTS, BackOffice, OfficeClosedError, OfficeReading, greeting_of
from tui.processes.messages import line_of
from tui.settings.configuration import configured

NOW = datetime(2023, 3, 2, 23, 0, tzinfo=UTC)
TESTS = Path(__file__).parent
OFFICE = (sys.executable, str(TESTS / "office_process.py"))
pidfd = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the system cannot tell when a process ends")


def clock():
    return NOW


def options_of(home):
    return configured({}, {"SHORTSIDE_HOME": str(home)}).options


def greeted(home, command=None):
    greeting = begin_in(home)
    return BackOffice(greeting) if command is None else BackOffice(greeting, command)


def begin_in(home):
    """The order to begin in a folder that holds everything."""
    return greeting_of(options_of(home), clock)


def reading_of(office, home):
    options = options_of(home)
    return OfficeReading(office, options.paths.archive, options.paths.cache / "listings", clock)


@pytest.fixture
def home(tmp_path):
    fill(Archive(tmp_path / "archive"), NOW.date())
    return tmp_path


@pytest.fixture
def office(home):
    office = greeted(home)
    yield office
    office.close()


def same_listings(one, other):
    return (
        one.symbols.tolist() == other.symbols.tolist()
        and np.array_equal(one.sessions, other.sessions)
        and np.array_equal(one.close, other.close, equal_nan=True)
        and np.array_equal(one.shares_short, other.shares_short, equal_nan=True)
    )


def test_what_the_office_assembles_is_what_the_monitor_would_have(home, office):
    steps = []
    listings = reading_of(office, home).read_listings(
        since=SINCE, until=None, progress=lambda words, done, total: steps.append(words)
    )
    assert same_listings(listings, PublicProvider(home / "archive", clock=clock).read_listings(since=SINCE))
    assert isinstance(listings.close.base, np.memmap)
    assert "reading closes" in steps


def test_a_names_year_is_read_by_the_office_as_by_the_monitor(home, office):
    days = np.arange("2023-02-20", "2023-03-02", dtype="datetime64[D]")
    frame = pd.DataFrame({"date": days.astype("datetime64[s]")}).assign(
        symbol="GME", short_volume=1.5, short_exempt_volume=0.0, total_volume=4.0, market="B,Q"
    )
    look = Snapshot(
        dataset=Dataset.SHORT_VOLUME, frame=frame, as_of=days[-1].item(), fetched_at=NOW, source="finra_reg_sho_daily"
    )
    Archive(home / "archive").append(look)
    nobody = greeted(home, ("/no/such/program",))
    for reading in (reading_of(office, home), reading_of(nobody, home)):
        history = reading.sold_short("GME")
        assert np.array_equal(history.sessions, days)
        assert history.ratio.tolist() == [0.375] * len(days)
        assert len(reading.sold_short("NOBODY").sessions) == 0


def test_a_copy_that_lies_there_needs_no_office(home):
    options = options_of(home)
    cache = options.paths.cache / "listings"
    PublicProvider(options.paths.archive, clock=clock, cache=cache).read_listings(since=SINCE)
    nobody = greeted(home, ("/no/such/program",))
    assert reading_of(nobody, home).read_listings(since=SINCE, until=None, progress=no_progress).symbols.size
    assert nobody.process is None


def test_an_archive_with_nothing_in_it_is_told_in_words(tmp_path):
    office = greeted(tmp_path)
    try:
        with pytest.raises(SourceError, match="no closes"):
            reading_of(office, tmp_path).read_listings(since=None, until=None, progress=no_progress)
    finally:
        office.close()


@pytest.mark.parametrize(
    "command",
    [
        ("/no/such/program",),
        (sys.executable, "-c", "pass"),
        (sys.executable, "-c", "import sys; sys.stdin.readline(); sys.stdin.readline(); print('{', flush=True)"),
    ],
)
def test_without_an_office_the_monitor_assembles_by_itself(home, command):
    office = greeted(home, command)
    with pytest.raises(OfficeClosedError):
        office.read(SINCE, None, no_progress, lambda _: None)
    assert reading_of(office, home).read_listings(since=SINCE, until=None, progress=no_progress).symbols.size
    office.close()


def test_a_closed_office_is_not_opened_again(home, office):
    assert office.open()
    office.close()
    assert not office.open()
    with pytest.raises(OfficeClosedError):
        office.read(SINCE, None, no_progress, lambda _: None)


@pytest.mark.parametrize("command", [("/no/such/program",), (sys.executable, "-c", "pass")])
def test_a_monitor_without_an_office_polls_by_itself(tmp_path, command):
    made = asyncio.Event()

    async def story():
        loop = asyncio.get_running_loop()

        def make(ledger, earlier):
            loop.call_soon_threadsafe(made.set)
            raise OSError("far enough")

        watch = PublicWatch(tmp_path, clock, make, office=BackOffice(begin_in(tmp_path), command))
        watch.start(lambda _: None)
        await made.wait()
        await watch.stop()

    run(story())


def test_an_office_that_keeps_ending_is_given_up(tmp_path):
    begun = tmp_path / "begun"
    script = f"open({str(begun)!r}, 'a').write('x')"
    run(BackOffice(begin_in(tmp_path), (sys.executable, "-c", script)).poll())
    assert len(begun.read_text()) == MOST_STARTS


def test_an_office_that_ends_before_it_is_spoken_to_is_started_as_often_before_it_is_given_up(tmp_path, monkeypatch):
    begun, told = tmp_path / "begun", back_office._is_handed_over

    def too_late(process, wish):
        process.wait(PATIENCE)
        return told(process, wish)

    monkeypatch.setattr(back_office, "_is_handed_over", too_late)
    script = f"open({str(begun)!r}, 'a').write('x')"
    run(BackOffice(begin_in(tmp_path), (sys.executable, "-c", script)).poll())
    assert len(begun.read_text()) == MOST_STARTS


async def until(reached):
    async with asyncio.timeout(60):
        # Another process, which has no event of ours to set.
        while not reached():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def never_made():
    raise AssertionError("the monitor polls itself")


async def test_the_office_polls_and_goes_on_after_it_was_killed(tmp_path):
    root = tmp_path / "archive"
    office = BackOffice(begin_in(tmp_path), OFFICE, restart_seconds=0.0)
    watch = PublicWatch(root, lambda: datetime(2023, 9, 7, 21, 30, tzinfo=UTC), lambda *_: never_made(), office=office)
    noticed: set[Dataset] = set()
    watch.start(noticed.update)
    await until(lambda: watch.is_polling and noticed and watch.states())
    assert watch.holder() is None
    await until(lambda: watch.states()[0].letter is Letter.CURRENT)
    first = office.process
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: watch.is_polling and office.process not in (None, first))
    await watch.stop()
    assert office.process is None


async def test_an_office_that_is_started_anew_while_the_archive_is_gone_makes_none_in_its_place(tmp_path):
    root, away = tmp_path / "archive", tmp_path / "away"
    office = BackOffice(begin_in(tmp_path), OFFICE, restart_seconds=0.0)
    watch = PublicWatch(root, lambda: datetime(2023, 9, 7, 21, 30, tzinfo=UTC), lambda *_: never_made(), office=office)
    watch.start(lambda _: None)
    await until(lambda: watch.is_polling)
    first = office.process
    assert first is not None
    root.rename(away)
    os.kill(first, signal.SIGKILL)
    # The new process says by itself why it does not poll, having never seen the archive.
    await until(lambda: office.process not in (None, first) and office.polling.trouble == "archive gone")
    assert not watch.is_polling
    assert not root.exists(), "a thin archive in its place would pass for the whole one"
    away.rename(root)
    await until(lambda: watch.is_polling)
    await watch.stop()


async def test_a_user_who_wants_a_poll_reaches_the_office(tmp_path):
    root = tmp_path / "archive"
    office = BackOffice(begin_in(tmp_path), OFFICE)
    watch = PublicWatch(root, lambda: datetime(2023, 9, 7, 21, 30, tzinfo=UTC), lambda *_: Polling, office=office)  # type: ignore[arg-type]
    watch.start(lambda _: None)
    await until(lambda: watch.is_polling and watch.states() and watch.states()[0].succeeded_at)
    stamp = (root / "feeds.json").stat().st_mtime_ns
    watch.poll_now()
    await until(lambda: (root / "feeds.json").stat().st_mtime_ns != stamp)
    await watch.stop()


PARENT = """
import sys
import time
from tui.processes.back_office import BackOffice
from tui.processes.messages import order_of
office = BackOffice(order_of({greeting!r}), {command!r})
assert office.open()
print(office.process, flush=True)
sys.stdin.read()
"""


@pidfd
def test_an_office_whose_monitor_is_killed_ends(tmp_path):
    script = PARENT.format(greeting=line_of(begin_in(tmp_path)), command=OFFICE)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}
    with started(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    ) as parent:
        handle = os.pidfd_open(int(line_within(parent.stdout)))
        try:
            assert not select.select([handle], [], [], 0)[0]
            parent.kill()
            assert select.select([handle], [], [], 30)[0], "it outlived its monitor"
        finally:
            os.close(handle)


MONITOR = """
import json, sys
from datetime import datetime
from pathlib import Path
import tui.polling.fresh_market
from tui.processes.back_office import BackOffice
from tui.processes.back_office import OfficeReading
from tui.sources.load import load_public
from tui.settings.configuration import configured
from tui.processes.messages import order_of
home, greeting, now = sys.argv[1], order_of(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
options = configured({}, {"SHORTSIDE_HOME": home}).options
office = BackOffice(greeting)
reading = OfficeReading(office, options.paths.archive, options.paths.cache / "listings", lambda: now)
loaded = load_public(options, lambda: now, reading=reading)
assert len(loaded.desk.board(loaded.view).short_interest)
office.close()
print(json.dumps([name for name in ("pandas", "pyarrow", "httpx", "stamina") if name in sys.modules]))
"""


def test_a_monitor_with_an_office_has_no_pandas_in_its_memory(home):
    words = [
        sys.executable,
        "-c",
        MONITOR,
        str(home),
        line_of(begin_in(home)),
        NOW.isoformat(),
    ]
    answer = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=TESTS.parent)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == []


def test_the_machines_clock_is_the_offices_own(home):
    assert greeting_of(options_of(home), system_clock).now is None
    assert greeting_of(options_of(home), clock).now == NOW


def test_a_key_in_the_environment_is_not_in_what_the_office_is_told(home, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_ORTEX_KEY", "a-canary-in-a-coal-mine")
    assert "canary" not in line_of(begin_in(home))


def test_an_office_that_says_what_is_no_report_is_ended(home):
    script = "import sys; sys.stdin.readline(); print('[1]', flush=True); sys.stdin.read()"
    office = greeted(home, (sys.executable, "-c", script))
    with pytest.raises(OfficeClosedError):
        office.read(SINCE, None, no_progress, lambda _: None)
    office.close()
