"""An archive that makes no market: the monitor says what is lacking, offers to fill it, fills it, and opens it."""

from __future__ import annotations

import threading
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from monitor_examples import NOW, loaded_market, opened, settled
from waiting import PATIENCE

from tui import exit_codes
from tui.app import Monitor
from tui.errors import ArchiveLackError, SourceError
from tui.processes.back_office import OfficeClosedError
from tui.processes.messages import FillingEnded, PlannedRequests
from tui.screens.filling import FillingPanel, FillingScreen, duration_words
from tui.screens.key_line import KeyLine
from tui.settings.configuration import configured

PLAN = (
    PlannedRequests(title="FINRA short interest", requests=16, seconds=8.0),
    PlannedRequests(title="Yahoo spark", requests=450, seconds=900.0, is_estimate=True),
)


class Filler:
    """A back office that fills an archive when it is told to go on."""

    def __init__(self, plan=PLAN) -> None:
        self.plan, self.may_go_on, self.is_stopped = plan, threading.Event(), False
        self.progress: Any = None
        self.wanted: list[date] = []
        self.outcome: FillingEnded | Exception = FillingEnded(number=1, requests=466, rows=9_000)

    def plan_filling(self, since):
        self.wanted.append(since)
        if isinstance(self.plan, Exception):
            raise self.plan
        return self.plan

    def fill(self, since, progress):
        self.wanted.append(since)
        self.progress = progress
        assert self.may_go_on.wait(PATIENCE)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def stop_filling(self):
        self.is_stopped = True
        self.may_go_on.set()


class Fresh:
    """Polls nobody."""

    primed = 0
    is_started = False

    def prime(self):
        self.primed += 1

    def start(self):
        self.is_started = True

    async def stop(self):
        pass

    def facts(self):
        from widgets.feed_facts import PollLine

        return [], PollLine(poller="this terminal")


@pytest.fixture
def filler() -> Filler:
    return Filler()


@pytest.fixture
def fresh() -> Fresh:
    return Fresh()


@pytest.fixture
def monitor(tmp_path, monkeypatch, filler, fresh):
    """A monitor whose archive makes no market until it is read as often as `lacks` says."""

    def made(lacks: int = 1, **options) -> Monitor:
        left = [lacks]

        def load(_options, _clock, progress, **_how):
            progress("reading", 1, 2)
            left[0] -= 1
            if left[0] >= 0:
                raise ArchiveLackError("the archive holds no closes; fill it")
            return loaded_market()

        reading = SimpleNamespace(office=filler)
        monkeypatch.setattr("tui.polling.fresh_market.fresh_market", lambda _stage: (fresh, reading))
        given = configured({"source": "public", **options}, {"SHORTSIDE_HOME": str(tmp_path)}).options
        return Monitor(given, lambda: NOW, loader=load)

    return made


async def offered(app, pilot) -> FillingPanel:
    await settled(app, pilot, lambda: isinstance(app.screen, FillingScreen) and app.screen.query(FillingPanel))
    panel: FillingPanel = app.screen.query_one(FillingPanel)
    return panel


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 14)])
async def test_an_archive_that_makes_no_market_says_what_it_lacks_and_what_filling_takes(monitor, filler, size):
    app = monitor()
    async with app.run_test(size=size) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        text = " ".join(panel.text.split())
        assert "holds no closes, no short interest" in text
        assert "from 30 Dec" in text
        assert "about 450" in text
        assert "about 466" in text
        if size[0] >= 80:
            assert "about 15 min" in text
        assert app.screen.query_one(KeyLine).keys[0] == ("f", "fill it now")
        assert filler.wanted == [date(NOW.year - 1, 12, 30)]
        assert max(map(len, panel.text.splitlines())) <= size[0]


async def test_f_fills_shows_how_far_it_is_and_opens_the_market(monitor, filler, fresh):
    app = monitor()
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        await pilot.press("f", "f")
        await settled(app, pilot, lambda: filler.progress is not None)
        filler.progress("closes of 200 names", 233, 466)
        await settled(app, pilot, lambda: "233 of 466 requests, about 8 min left" in panel.text)
        assert "closes of 200 names" in panel.text
        assert not fresh.is_started
        filler.may_go_on.set()
        await opened(app, pilot)
        assert fresh.is_started
        assert fresh.primed == 1, "what was stored meanwhile is no news"
        assert len(filler.wanted) == 2, "a second f asks nobody"


async def test_esc_stops_and_what_is_there_is_opened(monitor, filler):
    app = monitor()
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        await pilot.press("escape")
        assert not filler.is_stopped, "nothing to stop yet"
        await pilot.press("f")
        await settled(app, pilot, lambda: filler.progress is not None)
        await pilot.press("escape", "escape")
        await opened(app, pilot)
        assert filler.is_stopped


async def test_where_what_is_there_is_still_too_little_it_is_offered_again_with_what_went_wrong(monitor, filler):
    filler.outcome = FillingEnded(number=1, requests=3, rows=0, complaints=("splits: no answer",) * 5)
    app = monitor(lacks=2)
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        await pilot.press("f")
        filler.may_go_on.set()
        await settled(app, pilot, lambda: isinstance(app.screen, FillingScreen) and "and 2 more" in text_of(app))
        again = app.screen.query_one(FillingPanel)
        assert again is not panel
        assert again.text.count("splits: no answer") == 3
        await settled(app, pilot, lambda: again.plan is not None)
        filler.outcome = FillingEnded(number=2, requests=3, rows=7)
        await pilot.press("f")
        await opened(app, pilot)


def text_of(app) -> str:
    return "".join(panel.text for panel in app.screen.query(FillingPanel))


@pytest.mark.parametrize("is_filling", [False, True])
async def test_q_leaves_with_the_code_of_no_data_and_says_why(monitor, filler, is_filling):
    app = monitor()
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        if is_filling:
            await pilot.press("f")
            await settled(app, pilot, lambda: filler.progress is not None)
        await pilot.press("q")
        filler.may_go_on.set()
        await settled(app, pilot, lambda: not app.is_running or app.return_code is not None)
    assert app.return_code == exit_codes.NO_DATA
    assert isinstance(app.failure, ArchiveLackError)


@pytest.mark.parametrize(
    ("error", "words"),
    [(SourceError("desk's process 4711 is asking"), "process 4711"), (OfficeClosedError(), "shortside backfill")],
)
async def test_a_filling_that_cannot_begin_says_why_and_may_be_tried_again(monitor, filler, error, words):
    filler.outcome = error
    filler.may_go_on.set()
    app = monitor()
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: panel.plan is not None)
        await pilot.press("f")
        await settled(app, pilot, lambda: words in panel.text)
        assert app.screen.query_one(KeyLine).keys[0][0] == "f"
        filler.outcome = FillingEnded(number=1, requests=1, rows=1)
        await pilot.press("f")
        await opened(app, pilot)


async def test_what_cannot_be_counted_is_said(monitor, filler):
    filler.plan = SourceError("a vintage is damaged")
    app = monitor()
    async with app.run_test(size=(100, 30)) as pilot:
        panel = await offered(app, pilot)
        await settled(app, pilot, lambda: "a vintage is damaged" in panel.text)
        await pilot.press("f")
        assert filler.progress is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under a minute"),
        (29, "under a minute"),
        (61, "about 1 min"),
        (900, "about 15 min"),
        (4_200, "about 1 h 10 min"),
    ],
)  # fmt: skip
def test_a_duration_is_said_as_one_says_it_beforehand(seconds, words):
    assert duration_words(seconds) == words
