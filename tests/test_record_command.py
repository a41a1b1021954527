"""`shortside record` writes what a monitor would have shown, asks nobody twice, and ends in a whole file."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from feed_examples import loop_clock
from market_data import write_market
from public_archive import SESSIONS, cycle, evening, fill
from recording_examples import HEAD, market, read_ticks, small_listings, tick
from replay_server import replay_server
from virtual_time import run
from waiting import PATIENCE, started

from providers.archive.lease import Lease
from providers.archive.live_quotes import Quotes, write_quotes
from providers.archive.vintages import Archive, sources_of
from providers.catalog import CARDS
from providers.recording.reader import Recording
from providers.recording.source import ReplayProvider
from providers.recording.writer import RecordingWriter
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from shortside.snapshot import Snapshot
from tui.__main__ import main
from tui.commands.recorder import PublicRecorder, Recorder
from tui.errors import SourceError
from tui.polling.first_to_end import until_first
from tui.polling.watch import PublicWatch
from tui.settings.configuration import configured
from tui.settings.options import duration
from tui.sources.loaded_market import SourceData

pytestmark = pytest.mark.slow

MAIL = "somebody@example.org"
KEY = "pk-4711-do-not-show"
ROOT = Path(__file__).parents[1]


def played(path: Path) -> Recording:
    return ReplayProvider(path).read_recording()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


# -- the command ------------------------------------------------------------------------------------------------------


def test_a_folder_of_files_is_recorded_as_it_is_at_once(tmp_path, capsys):
    folder, file = write_market(tmp_path / "market"), tmp_path / "session"
    assert main(["record", str(file), "--source", "files", "--data", str(folder), "--for", "2h"]) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        f"recording files into {file}; Ctrl-C ends it\n"
        "the figures remain their publishers': for yourself, not to be passed on\n"
    )
    assert "1 vintage, 0 ticks" in captured.out
    assert f"play it: shortside --source replay --data {file}" in captured.out
    documents = []
    for words in (["--source", "files", "--data", str(folder)], ["--source", "replay", "--data", str(file)]):
        assert main(["snapshot", "names", *words, "--limit", "0", "--format", "json"]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    of_paths = ("net_profit", "net_covered_ratio")
    # A recording keeps the newest fees alone, and no path of them.
    assert {row[key] for row in documents[1]["rows"] for key in of_paths} == {None}
    recorded, played = (
        [{key: value for key, value in row.items() if key not in of_paths} for row in document["rows"]]
        for document in documents
    )
    assert recorded == played
    assert main(["snapshot", "flows", "--source", "replay", "--data", str(file), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"][0]["fund"] == "SPY"


def test_nothing_secret_and_nobody_s_name_is_in_a_recording(tmp_path, monkeypatch):
    folder, file = write_market(tmp_path / "a folder of mine"), tmp_path / "session"
    monkeypatch.setenv("SHORTSIDE_MASSIVE_KEY", KEY)
    monkeypatch.setenv("SHORTSIDE_CONTACT", MAIL)
    assert main(["record", str(file), "--source", "files", "--data", str(folder)]) == 0
    body = file.read_bytes()
    with tarfile.open(file) as members:
        for member in members:
            content = members.extractfile(member)
            assert content is not None
            raw = content.read()
            body += gzip.decompress(raw) if member.name.endswith(".gz") else raw
    for secret in (KEY, MAIL, "a folder of mine", str(tmp_path), os.environ.get("USER", "nobody-at-all")):
        assert secret.encode() not in body
    head = played(file).head
    # The folder has a list of loans as the broker writes it beside FINRA's short interest.
    assert [one["title"] for one in head.terms] == ["FINRA short interest", "Interactive Brokers, stock loan"]
    assert "not commercial" in head.terms[0]["terms"] or "non-commercial" in head.terms[0]["terms"]


def test_the_demo_s_whole_session_ends_by_itself_at_the_closing_bell(tmp_path, capsys):
    file = tmp_path / "session"
    # A session of six and a half hours in less than half a second.
    assert main(["record", str(file), "--speed", "60000"]) == 0
    found = played(file)
    assert (found.is_whole, found.head.is_simulated, found.head.terms) == (True, True, ())
    assert found.ended_at == datetime(2023, 9, 8, 16, tzinfo=NEW_YORK)
    assert len(found.tick_at) >= 1
    assert "publishers" not in capsys.readouterr().err


def test_the_time_it_may_take_is_kept(tmp_path):
    file = tmp_path / "session"
    assert main(["record", str(file), "--for", "0.3s"]) == 0
    found = played(file)
    assert found.is_whole
    assert len(found.tick_at) >= 1
    assert found.ended_at < datetime(2023, 9, 8, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["there.rec"], 2, "there.rec is there already; a recording is never written over"),
        (["nowhere/at.rec"], 2, "there is no folder nowhere"),
        (["new.rec", "--as-of", "2023-09-01"], 2, "--as-of: a recording begins now"),
        (["new.rec", "--source", "replay", "--data", "there.rec"], 2, "a copy of its file"),
        (["new.rec", "--source", "files"], 2, "--data DIR"),
        (["new.rec", "--source", "public"], 4, "shortside backfill --since"),
        (["new.rec", "--for", "soon"], 2, "--for soon: must be a number and a unit, such as 90s, 30m or 2h"),
        ([], 2, "FILE"),
    ],
)
def test_what_cannot_be_recorded_is_said_in_a_sentence_and_leaves_no_file(
    tmp_path, capsys, monkeypatch, words, code, complaint
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.rec").write_text("mine")
    assert main(["record", *words]) == code
    assert complaint in capsys.readouterr().err
    assert not (tmp_path / "new.rec").exists()
    assert (tmp_path / "there.rec").read_text() == "mine"


def test_a_span_is_a_number_and_a_unit():
    assert [duration(text) for text in ("90s", "1.5h", "2d")] == [
        timedelta(seconds=90),
        timedelta(minutes=90),
        timedelta(days=2),
    ]


def _has_ticks(file: Path) -> bool:
    """Whether prices are on the disk; they are the last thing written."""
    if not file.exists():
        return False
    with file.open("rb") as body:
        body.seek(max(file.stat().st_size - 2**18, 0))
        return b"-ticks-" in body.read()


@contextmanager
def recording(file: Path, home: Path, *words: str):
    """The real command, once its first prices are on the disk."""
    variables = {**os.environ, "SHORTSIDE_HOME": str(home)}
    command = [sys.executable, "-m", "tui", "record", str(file), *words]
    with started(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE
        while not _has_ticks(file):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_order(tmp_path, home, number, code):
    file = tmp_path / "session"
    with recording(file, home) as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    assert "play it" in out
    assert "Traceback" not in err
    found = played(file)
    assert found.is_whole
    assert len(found.tick_at) >= 1


def test_killed_it_has_all_but_the_last_seconds_and_says_that_it_breaks_off(tmp_path, home):
    file = tmp_path / "session"
    with recording(file, home) as process:
        process.kill()
        process.wait(PATIENCE)
    found = played(file)
    assert len(found.tick_at) >= 1
    assert (found.is_whole, "breaks off after" in found.complaint) == (False, True)


# -- the public source ------------------------------------------------------------------------------------------------

BEFORE, TODAY = SESSIONS[-2], SESSIONS[-1]
OPEN = datetime(2023, 3, 1, 10, tzinfo=NEW_YORK)


def quotes(source="screener", minute=0, day=TODAY, **prices: float) -> Quotes:
    return Quotes(
        source=source,
        as_of=day,
        fetched_at=OPEN.astimezone(UTC) + timedelta(minutes=minute),
        symbols=tuple(prices),
        prices=np.array(list(prices.values())),
        volumes=np.full(len(prices), np.nan),
        moments=np.full(len(prices), OPEN.timestamp() + 60 * minute),
    )


class SilentWatch:
    """A watch that says only what a test has it say."""

    filling = complaint = ""
    is_stopped = False

    def start(self, on_listings, on_quotes):
        self.on_listings, self.on_quotes = on_listings, on_quotes

    async def stop(self):
        self.is_stopped = True


class Scene:
    """A public recorder on a loop whose time is its own, and what it is told."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.watch: Any = SilentWatch()
        self.complaints: list[str] = []
        self.days: list[date | None] = []
        self.level = 10.0
        self.sources: tuple[str, ...] = ()

    def read(self, live_day: date | None) -> SourceData:
        self.days.append(live_day)
        is_live = live_day is not None and live_day > date(2023, 3, 1)
        return SourceData(listings=small_listings(self.level), clock=self.clock, live_day=live_day if is_live else None)

    async def play(self, script: Callable[[Scene], Any], read: Any = None) -> Recording:
        self.clock = loop_clock(OPEN)
        given = self.read(None)
        with RecordingWriter(self.path, replace(HEAD, began_at=self.clock())) as writer:
            recorder = Recorder(writer)
            recorder.note_market(given)
            taker = PublicRecorder(
                given,
                self.watch,
                recorder,
                read=read or self.read,
                read_funds=lambda: None,
                read_sources=lambda datasets: dict.fromkeys(self.sources, "Source: somebody"),
                complain=self.complaints.append,
            )
            await until_first([taker.take_down(), recorder.write_on(), script(self)])
            await recorder.write()
            writer.close(self.clock())
        return played(self.path)


LIVE = date(2023, 3, 2)


def test_a_price_that_comes_late_is_not_recorded_over_a_newer_one(tmp_path):
    async def script(scene):
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes(day=LIVE, minute=20, AAA=10.5))
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes(source="delayed", day=LIVE, minute=5, AAA=9.0, BBB=15.5))
        await asyncio.sleep(1)

    found = run(Scene(tmp_path / "session").play(script))
    assert [prices for _, prices in read_ticks(found)] == [{"AAA": 10.5}, {"BBB": 15.5}]


def test_the_first_quote_of_a_session_brings_a_market_with_it_and_its_prices_after_it(tmp_path):
    async def script(scene):
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes(day=LIVE, AAA=10.5, ZZZ=1.0))
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes(day=LIVE, minute=5, AAA=10.5, BBB=15.5))
        await asyncio.sleep(1)

    scene = Scene(tmp_path / "session")
    found = run(scene.play(script))
    assert scene.days == [None, LIVE]
    assert [entry.live_day for entry in found.markets] == [None, LIVE]
    # What did not move is not said again, and of names that are not listed nothing is.
    assert [prices for _, prices in read_ticks(found)] == [{"AAA": 10.5}, {"BBB": 15.5}]
    assert found.markets[1].ticks_before == 0
    assert scene.watch.is_stopped


def test_a_new_vintage_is_noted_and_the_prices_of_the_moment_after_it(tmp_path):
    async def script(scene):
        scene.watch.on_quotes(quotes(day=LIVE, AAA=10.5, BBB=15.5))
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes("watched", minute=1, day=LIVE, BBB=15.7))
        scene.level = 11.0
        scene.watch.on_listings(frozenset({Dataset.BORROW}))
        scene.watch.on_listings(frozenset({Dataset.SHORT_INTEREST}))
        await asyncio.sleep(1)

    found = run(Scene(tmp_path / "session").play(script))
    assert [entry.ticks_before for entry in found.markets] == [0, 0, 2]
    assert [prices for _, prices in read_ticks(found)] == [
        {"AAA": 10.5, "BBB": 15.5},
        {"BBB": 15.7},
        {"AAA": 10.5, "BBB": 15.5},
        {"BBB": 15.7},
    ]
    assert found.listings(2).close[0, 0] == 11.0


def test_the_terms_of_a_source_that_comes_later_are_said_before_its_figures_and_once(tmp_path):
    async def script(scene):
        scene.watch.on_listings(frozenset({Dataset.SHORT_INTEREST}))
        await asyncio.sleep(1)
        scene.sources = ("massive", "somebody_new")
        for _ in range(2):
            scene.watch.on_listings(frozenset({Dataset.SHORT_INTEREST}))
            await asyncio.sleep(1)
        scene.watch.on_quotes(quotes("alpaca", day=LIVE, AAA=10.5))
        await asyncio.sleep(1)
        scene.watch.on_quotes(quotes("alpaca", day=LIVE, minute=1, AAA=10.6))
        await asyncio.sleep(1)

    found = run(Scene(tmp_path / "session").play(script))
    added = found.head.terms[len(HEAD.terms) :]
    assert [one["title"] for one in added] == ["Massive", "somebody_new", "Alpaca"]
    assert [one["attribution"] for one in added] == ["Prices: Massive", "Source: somebody", "Prices: Alpaca"]
    kinds = [member.kind for member in found.file.members if member.kind in {"market", "terms", "ticks"}]
    assert kinds == ["market", "market", "terms", "market", "market", "market", "terms", "ticks"]


def test_a_recording_of_the_archive_names_the_terms_of_every_source_in_it_and_of_no_other(tmp_path, home, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_NOW", evening(BEFORE, 21).isoformat())
    archive = Archive(home / "archive")
    fill(archive, BEFORE)
    empty = pd.DataFrame({"fund": ["IWM"], "symbol": ["AAA"]})
    others = {"ortex", "sec_frames", "of_another_version"}
    for source in sorted(others):
        archive.append(
            Snapshot(
                dataset=Dataset.INDEX_MEMBERS,
                frame=empty,
                as_of=BEFORE,
                fetched_at=evening(BEFORE, 20),
                source=source,
                attribution=f"Source: {source}",
            )
        )
    file = tmp_path / "session"
    with Lease(archive.root, lambda: evening(BEFORE, 21)) as lease:
        # Another terminal polls, so that this one asks nobody.
        assert lease.acquire()
        assert main(["record", str(file), "--source", "public", "--for", "0.5s"]) == 0
    terms = {one["title"]: one for one in played(file).head.terms}
    held = {vintage.source for dataset in Dataset for vintage in archive.vintages(dataset)}
    assert held > others
    assert terms.keys() == {CARDS[name].title if name in CARDS else name for name in held}
    for name in held & CARDS.keys():
        assert terms[CARDS[name].title]["terms"] == CARDS[name].terms
    assert terms["of_another_version"]["attribution"] == "Source: of_another_version"
    assert "does not know them" in terms["of_another_version"]["terms"]


def test_what_is_being_written_when_time_is_up_comes_before_the_rest(tmp_path):
    begun, may_end = asyncio.Event(), threading.Event()

    loop: Any = None

    class Slow(RecordingWriter):
        def write(self, happenings):
            loop.call_soon_threadsafe(begun.set)
            may_end.wait(PATIENCE)
            super().write(happenings)

    async def work():
        nonlocal loop
        loop = asyncio.get_running_loop()
        with Slow(tmp_path / "session", HEAD) as writer:
            recorder = Recorder(writer)
            recorder.note(market())
            writing = asyncio.ensure_future(recorder.write())
            await begun.wait()
            writing.cancel()
            recorder.note(tick(1.0, AAA=9.0))
            last = asyncio.ensure_future(recorder.write())
            await asyncio.sleep(0)
            may_end.set()
            await last
            writer.close(tick(2.0).at)

    asyncio.run(work())
    found = played(tmp_path / "session")
    assert [entry.ticks_before for entry in found.markets] == [0]
    assert [prices for _, prices in read_ticks(found)] == [{"AAA": 9.0}]


def test_news_behind_no_figure_and_prices_of_an_earlier_session_are_not_noted(tmp_path):
    async def script(scene):
        scene.watch.on_listings(frozenset({Dataset.SHORT_VOLUME}))
        scene.watch.on_quotes(quotes(day=date(2023, 2, 28), AAA=9.0))
        await asyncio.sleep(5)

    found = run(Scene(tmp_path / "session").play(script))
    assert (len(found.markets), len(found.tick_at)) == (1, 0)


def test_a_market_that_cannot_be_read_is_complained_of_and_the_recording_goes_on(tmp_path):
    def broken(_live_day):
        raise SourceError("the archive is damaged")

    async def script(scene):
        scene.watch.on_listings(frozenset({Dataset.PRICES}))
        await asyncio.sleep(5)

    scene = Scene(tmp_path / "session")
    found = run(scene.play(script, read=broken))
    assert scene.complaints == ["the archive is damaged"]
    assert (len(found.markets), found.is_whole) == (1, True)


def test_where_a_monitor_polls_the_recorder_asks_nobody_and_has_what_the_monitor_stored(tmp_path, home):
    archive = Archive(home / "archive")
    fill(archive, BEFORE)

    def never(*_arguments):
        raise AssertionError("two programs ask")

    async def work():
        clock = loop_clock(OPEN)
        options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(home)}).options
        from tui.sources.load import source_data

        with Lease(archive.root, clock) as lease:
            assert lease.acquire()
            watch = PublicWatch(archive.root, clock, never)
            watch.prime()
            given = source_data(options, clock)
            with RecordingWriter(tmp_path / "session", replace(HEAD, began_at=clock())) as writer:
                recorder = Recorder(writer)
                recorder.note_market(given)
                taker = PublicRecorder(
                    given,
                    watch,
                    recorder,
                    read=lambda live_day: source_data(options, clock, live_day=live_day),
                    read_funds=lambda: None,
                    read_sources=lambda datasets: sources_of(archive, datasets),
                    complain=never,
                )

                async def monitor():
                    await asyncio.sleep(2)
                    write_quotes(archive.root, quotes(AAPL=200.0, NA=2.0))
                    await asyncio.sleep(3)
                    archive.append(cycle(date(2023, 2, 15), evening(BEFORE, 20)))
                    await asyncio.sleep(3)

                await until_first([taker.take_down(), recorder.write_on(), monitor()])
                assert not watch.is_polling
                await recorder.write()
                writer.close(clock())

    run(work())
    found = played(tmp_path / "session")
    assert [entry.live_day for entry in found.markets][:2] == [None, TODAY]
    assert read_ticks(found)[0][1] == {"AAPL": 200.0, "NA": 2.0}


@pytest.mark.shared
def test_recording_the_public_source_beside_another_terminal_asks_nothing_twice(shared, tmp_path, home, monkeypatch):
    server = replay_server(shared, "--ftp-port", "0")
    try:
        archive = Archive(home / "archive")
        fill(archive, TODAY)
        monkeypatch.setenv("SHORTSIDE_NOW", "2023-03-01T18:00:00-05:00")
        monkeypatch.setenv("SHORTSIDE_UPSTREAM", server.upstream)
        monkeypatch.setenv("SHORTSIDE_UPSTREAM_FTP", f"127.0.0.1:{server.ftp_port}")
        words = ["--source", "public", "--for", "3s"]
        with Lease(archive.root, lambda: OPEN.astimezone(UTC)) as lease:
            assert lease.acquire()
            assert main(["record", str(tmp_path / "beside"), *words]) == 0
        assert server.log() == []
        assert played(tmp_path / "beside").is_whole
        # Alone, it is the one who asks.
        assert main(["record", str(tmp_path / "alone"), *words]) == 0
        assert server.log() != []
        assert played(tmp_path / "alone").is_whole
    finally:
        server.reset()
