"""What was recorded is what is played: the same boards at every moment, on the screen and in documents, and marked."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from threading import current_thread, main_thread
from typing import Any

import numpy as np
import pytest
from feed_examples import HandClock, loop_clock
from played_recording import Boards, Played, options_of, settled, vectors
from recording_examples import HEAD, OPENS, SESSION, SYMBOLS, market, tick, write_recording
from virtual_time import run

from providers.recording.source import ReplayProvider
from providers.recording.writer import RecordingWriter
from shortside.groups import MEASURES
from shortside.rows import tier_table
from tui.__main__ import main
from tui.app import Monitor
from tui.commands.recorder import Recorder, take_down_session
from tui.polling.first_to_end import until_first
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainPanel, ExplainScreen
from tui.screens.help import HelpScreen, live_keys
from tui.screens.main import MainScreen
from tui.screens.symbol import SymbolScreen
from tui.screens.symbol_head import SymbolHead
from tui.sources.load import load, source_data
from tui.sources.loaded_market import loaded_of
from tui.sources.recording_places import event_beside, market_beside, place_at
from tui.sources.replay import ReplayedMarket, at_its_end, from_its_beginning
from widgets.crowded import CrowdedTable
from widgets.status import StatusHead
from widgets.tick_table import TickTable

pytestmark = pytest.mark.slow

KEYS = {"space", "full_stop", "plus", "equals_sign", "minus", "n"}


# -- the demo, recorded and played ------------------------------------------------------------------------------------


async def recorded(options, path):
    """Half a minute of the demo, on a loop whose time is its own."""
    clock = loop_clock()
    given = source_data(options, clock, is_watched=True)
    assert given.live is not None
    head = replace(HEAD, began_at=given.clock(), terms=())
    with RecordingWriter(path, head) as writer:
        recorder = Recorder(writer)
        recorder.note_market(given)
        await recorder.write()
        await until_first(
            [take_down_session(given, given.live, clock, recorder), recorder.write_on(), asyncio.sleep(30.1)]
        )
        await recorder.write()
        writer.close(given.clock())
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Half a minute of the demo of seed 7, ten times as fast as life."""
    home = tmp_path_factory.mktemp("demo")
    options = options_of(home, seed="7", speed="10")
    return options, run(recorded(options, home / "session"))


def assert_same_boards(one, other):
    expected = vectors(other)
    for name, values in vectors(one).items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)


def test_the_boards_of_a_replay_are_those_of_the_session_at_every_moment(demo):
    options, path = demo
    recording = ReplayProvider(path).read_recording()
    assert recording.is_whole
    assert len(recording.tick_at) == 121
    given = from_its_beginning(recording, speed=10.0)
    played: Any = loaded_of(given, options)
    played.live.meet(played.market.symbols.tolist(), 0)
    session: Any = loaded_of(source_data(options, HandClock(), is_watched=True), options)
    boards = [one.desk.board(one.view) for one in (played, session)]
    assert_same_boards(*boards)
    opens = session.live.moment(0.0)
    for place in range(len(recording.tick_at)):
        played.live.step()
        boards[0].tick(*played.live.tick(0.0))
        seconds = (recording.moment(place) - opens).total_seconds() / options.speed
        boards[1].tick(*session.live.tick(seconds))
        assert played.clock() == recording.moment(place)
        assert_same_boards(*boards)
    for board in boards:
        board.rescore()
    assert_same_boards(*boards)
    assert tier_table(boards[0]) == tier_table(boards[1])


def test_going_back_gives_every_sum_of_the_market_to_the_cent(demo):
    options, path = demo
    recording = ReplayProvider(path).read_recording()
    jumped, played = Boards(recording, options), Boards(recording, options)
    jumped.go(place_at(recording, recording.ended_at))
    points = (5, 60, 119)
    kept = {}
    while played.playback.place.tick < points[-1]:
        played.go(event_beside(recording, played.playback.place, 1))
        if played.playback.place.tick in points:
            kept[played.playback.place] = {name: values.copy() for name, values in vectors(played.board).items()}
    # Dollars times sessions, of which only the mean over the window is ever shown.
    summed, sessions = list(MEASURES).index("short_interest_total"), played.board.window.length + 1
    for place, expected in reversed(kept.items()):
        jumped.go(place)
        found = vectors(jumped.board)
        for name in ("tiers", "sectors"):
            found[name], expected[name] = found[name].copy(), expected[name].copy()
            found[name][summed] /= sessions
            expected[name][summed] /= sessions
        for name in found.keys() - {"crowding"}:
            np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=0.005, err_msg=name)


def test_a_snapshot_of_it_is_the_state_at_its_end(demo):
    options, path = demo
    recording = ReplayProvider(path).read_recording()
    played: Any = loaded_of(from_its_beginning(recording, 1e6), options)
    played.live.meet(played.market.symbols.tolist(), 0)
    board = played.desk.board(played.view)
    board.tick(*played.live.tick(1.0))
    assert played.live.has_ended
    ended = load(options_of(path.parent, source="replay", data=str(path)), HandClock())
    assert ended.market.is_live
    assert ended.clock() == recording.ended_at
    np.testing.assert_array_equal(ended.desk.board(ended.view).short_interest, board.short_interest)


def test_an_earlier_day_of_it_is_shown_as_it_was_then(demo, capsys, monkeypatch):
    _, path = demo
    monkeypatch.setenv("SHORTSIDE_HOME", str(path.parent))
    words = ["--as-of", "2023-09-07", "--seed", "7", "--format", "json"]
    documents = []
    for source in (["--source", "replay", "--data", str(path)], ["--source", "demo"]):
        assert main(["snapshot", "tiers", *source, *words]) == 0
        documents.append(json.loads(capsys.readouterr().out))
    played, session = documents
    recording = played.pop("recording")
    assert (recording["source"], recording["is_whole"]) == ("demo", True)
    assert (played.pop("source"), session.pop("source")) == ("replay", "demo")
    assert played == session


@pytest.mark.parametrize("panel", ["tiers", "names", "sectors", "breadth", "feeds"])
def test_every_document_says_that_it_is_a_replay_and_a_simulation(tmp_path, capsys, monkeypatch, panel):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    words = ["--source", "replay", "--data", str(write_recording(tmp_path / "session"))]
    assert main(["snapshot", panel, *words, "--window", "5d", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["source"], document["simulated"], document["as_of"]) == ("replay", True, "2023-03-02")
    assert document["recording"] == {
        "source": "demo",
        "began_at": "2023-03-02T14:30:00+00:00",
        "ended_at": "2023-03-02T14:32:00+00:00",
        "is_whole": True,
    }
    assert main(["snapshot", panel, *words, "--window", "5d"]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith("SIMULATED")
    assert second == "REPLAY: a recording of demo as it stood 2023-03-02 09:32:00 New York"


def test_the_prices_of_the_end_are_in_the_document(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    words = ["--source", "replay", "--data", str(write_recording(tmp_path / "session")), "--format", "json"]
    assert main(["snapshot", "names", *words, "--window", "1d"]) == 0
    rows = {row["symbol"]: row for row in json.loads(capsys.readouterr().out)["rows"]}
    # A hundred thousand shares each; the second market closed at 11, 16.5 and 22, then they traded as recorded.
    assert {symbol: row["short_interest"] for symbol, row in rows.items()} == {
        "AAA": 1_110_000,
        "BBB": 1_610_000,
        "CCC": 2_100_000,
    }


def test_a_recording_cut_off_says_so_in_documents_and_on_standard_error(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    path = write_recording(tmp_path / "session", ended_at=None)
    assert main(["snapshot", "tiers", "--source", "replay", "--data", str(path), "--format", "json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["recording"]["is_whole"] is False
    assert captured.err == ("shortside: session breaks off after 09:31:30 New York, 2 Mar 2023; it plays until there\n")


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["--source", "replay"], 2, "needs a recording; name it with --data FILE"),
        (["--source", "replay", "--data", "nothing.rec"], 4, "there is no file nothing.rec"),
        (["--source", "replay", "--data", "noise.rec"], 4, "noise.rec: is no recording of shortside"),
        (["--source", "replay", "--data", "begun.rec"], 4, "before its market was written"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence_with_its_code(
    tmp_path, capsys, monkeypatch, words, code, complaint
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / "noise.rec").write_bytes(b"noise" * 1_000)
    write_recording(tmp_path / "begun.rec", [], ended_at=None)
    assert main(["snapshot", "tiers", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert complaint in captured.err


# -- for the screen ---------------------------------------------------------------------------------------------------


class StageDouble:
    """A monitor that remembers what it was given to show."""

    clock = HandClock()
    loaded = board = view = None

    def __init__(self, options):
        self.options = options
        self.prepared_in: list[str] = []
        self.adopted: asyncio.Queue[Any] = asyncio.Queue()

    def preparing(self):
        return [lambda _board: self.prepared_in.append(current_thread().name)]

    def adopt(self, loaded, board):
        self.adopted.put_nowait((loaded, board))

    def replay_changed(self):
        """Nobody looks."""


async def test_a_vintage_comes_with_everything_its_screen_shows_already_computed(tmp_path):
    options = options_of(tmp_path)
    recording = ReplayProvider(write_recording(tmp_path / "session")).read_recording()
    playback: Any = from_its_beginning(recording, 1.0).live
    stage: Any = StageDouble(options)
    replayed = ReplayedMarket(stage, playback)
    playback.meet(list(recording.symbols), 0)
    playback.go(market_beside(recording, playback.place, 1))
    async with asyncio.timeout(30):
        replayed.look()
        loaded, board = await stage.adopted.get()
    assert board.view == loaded.view
    assert "tier_trends" in vars(board), "else they are computed on the event loop when the panel asks"
    [thread] = stage.prepared_in
    assert thread != main_thread().name


# -- on the screen ----------------------------------------------------------------------------------------------------


@pytest.fixture
def played(tmp_path):
    return Played(tmp_path, write_recording(tmp_path / "session"))


async def test_a_recording_plays_by_its_own_clock_and_says_what_it_is(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=1)
        assert (played.price("AAA"), played.price("BBB")) == (10.6, 15.5)
        played.app.screen._update_clock()
        head = played.head()
        assert "SIM simulated market" in head
        assert "REPLAY of demo ×1" in head
        assert "09:30:01 NY OPEN" in head


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (112, 34)])
async def test_however_narrow_the_head_says_sim_replay_and_the_time(played, size):
    async with played.app.run_test(size=size) as pilot:
        await played.opened(pilot)
        await pilot.press("space")
        await pilot.pause()
        assert {"SIM", "REPLAY"} <= set(played.head().split())
        assert "09:30:00" in played.head()
        if size[0] >= 80:
            assert "REPLAY paused" in played.head()


async def test_space_holds_it_and_lets_it_go_on(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=0)
        await pilot.press("space")
        assert played.words() == "paused"
        await played.pass_time(pilot, seconds=30)
        assert played.price("AAA") == 10.5
        assert "REPLAY of demo paused" in played.head()
        await pilot.press("space")
        assert played.words() == "goes on"
        await played.pass_time(pilot, seconds=2)
        assert played.price("AAA") == 10.7
        assert "paused" not in played.head()


async def test_a_full_stop_goes_one_tick_further_and_holds_there(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=0)
        await pilot.press("full_stop")
        assert (played.price("AAA"), played.price("BBB")) == (10.6, 15.5)
        await pilot.press("full_stop")
        assert (played.price("AAA"), played.price("BBB")) == (10.6, 15.7)
        await played.pass_time(pilot, seconds=30)
        assert played.price("AAA") == 10.6
        assert played.words() == "one step"


async def test_plus_and_minus_change_the_speed_and_the_head_tells_it(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("plus", "plus", "equals_sign")
        assert played.playback.speed == 10.0
        assert played.words() == "10 times life"
        assert "REPLAY of demo ×10" in played.head()
        await pilot.press("minus")
        await pilot.pause()
        assert "REPLAY of demo ×5" in played.head()
        await played.pass_time(pilot, seconds=0.4)
        assert played.playback.now() == OPENS + timedelta(seconds=2)


async def test_the_speed_of_the_command_line_is_the_first(tmp_path):
    played = Played(tmp_path, write_recording(tmp_path / "session"), speed="30")
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=1)
        assert played.playback.now() == OPENS + timedelta(seconds=30)


async def test_n_brings_the_next_vintage_on_the_screen_and_says_when_none_is_left(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        before = played.app.loaded.market
        await pilot.press("n")
        assert played.words() == "the next vintage"
        await settled(pilot, lambda: played.app.loaded.market is not before)
        assert played.playback.market == 1
        # The close of the session before, until its first tick is played.
        await played.pass_time(pilot, seconds=0)
        assert [played.price(symbol) for symbol in SYMBOLS] == [11.1, 16.1, 22.0]
        assert float(played.app.board.market.close[-2, 0]) == 11.0
        await pilot.press("n")
        assert played.words() == "no vintage is left"


async def test_a_vintage_whose_moment_comes_is_shown_and_a_name_in_view_stays(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        table = played.app.screen.query_one(CrowdedTable)
        table.move_to(table.row_of("BBB"))
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(played.app.screen, SymbolScreen))
        await played.pass_time(pilot, seconds=70)
        await settled(pilot, lambda: played.playback.market == 1)
        await played.pass_time(pilot, seconds=0)
        assert played.app.screen.symbol == "BBB"
        assert played.price("BBB") == 16.1


async def test_at_its_end_it_says_so_and_stays(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await played.pass_time(pilot, seconds=70)
        await settled(pilot, lambda: played.playback.market == 1)
        await played.pass_time(pilot, seconds=500)
        assert played.words() == "the recording ends here"
        assert "REPLAY of demo ended" in played.head()
        prices = [played.price(symbol) for symbol in SYMBOLS]
        await pilot.press("full_stop")
        await played.pass_time(pilot, hours=3)
        assert [played.price(symbol) for symbol in SYMBOLS] == prices == [11.1, 16.1, 21.0]
        assert played.playback.now() == OPENS + timedelta(seconds=120)
        assert played.app.is_running


async def test_one_that_was_cut_off_says_so_at_once_and_where_it_ends(tmp_path):
    played = Played(tmp_path, write_recording(tmp_path / "session", SESSION[:2], ended_at=None))
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        assert [note.message for note in played.app._notifications] == [
            "session breaks off after 09:30:02 New York, 2 Mar 2023; it plays until there"
        ]
        await played.pass_time(pilot, seconds=10)
        assert played.words() == "the recording breaks off here"
        assert "REPLAY of demo breaks off here" in played.head()


async def test_a_market_that_cannot_be_read_any_more_is_said_and_the_one_before_stays(played, tmp_path):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        (tmp_path / "session").write_bytes(b"gone")
        await pilot.press("n")
        await settled(pilot, lambda: "was changed while it was read" in played.words())
        assert played.playback.market == 0
        await played.pass_time(pilot, seconds=30)
        assert played.price("AAA") == 10.7
        assert played.app.is_running


async def test_the_keys_are_in_the_help_and_the_palette_of_a_replay_and_nowhere_else(played, tmp_path):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        assert set(played.app.screen.active_bindings) >= KEYS
        entries = [entry for group in live_keys(played.app.screen) for entry in group.entries]
        helped = {entry.description: entry.tooltip for entry in entries}
        assert helped["pause"] == "Hold the recording, or let it go on"
        assert {"step", "faster", "slower", "next vintage"} <= set(helped)
        titles = {command.title for command in played.app.get_system_commands(played.app.screen)}
        assert {"Pause", "Step", "Faster", "Slower", "Next vintage"} <= titles
        await pilot.press("question_mark")
        assert isinstance(played.app.screen, HelpScreen)
    whole = load(options_of(tmp_path, source="replay", data=str(tmp_path / "session"), window="5d"), HandClock())
    still: Any = Monitor(options_of(tmp_path), HandClock(), loader=lambda *_a, **_k: replace(whole, recording=None))
    still_market = replace(whole.market, is_replayed=False)
    object.__setattr__(whole, "market", still_market)
    async with still.run_test(size=(160, 50)) as pilot:
        # Not only the table: a key that wants figures is none before the screen shows some.
        await settled(pilot, lambda: isinstance(still.screen, MainScreen) and still.screen.head_facts() is not None)
        # This one compares where nothing is played.
        assert set(still.screen.active_bindings) & KEYS == {"equals_sign"}
        assert still.screen.active_bindings["equals_sign"].binding.id == "names.compare"
        titles = {command.title for command in still.get_system_commands(still.screen)}
        assert not {"Pause", "Step", "Faster", "Slower", "Next vintage"} & titles
        await pilot.press("space", "full_stop", "plus", "n")
        assert still.is_running


async def test_on_a_name_the_letters_change_the_speed_and_the_signs_the_chart(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("enter")
        await settled(pilot, lambda: isinstance(played.app.screen, SymbolScreen))
        playback, before = played.app.replay.playback, played.app.replay.playback.speed
        await pilot.press("plus")
        assert playback.speed == before
        await pilot.press("f")
        await settled(pilot, lambda: playback.speed > before)
        await pilot.press("F")
        await settled(pilot, lambda: playback.speed == before)


async def test_every_screen_of_a_replay_is_marked(played):
    async with played.app.run_test(size=(160, 50)) as pilot:
        await played.opened(pilot)
        await pilot.press("i")
        await settled(pilot, lambda: isinstance(played.app.screen, ExplainScreen))
        assert "SIM REPLAY" in played.app.screen.query_one(ExplainPanel).note
        await pilot.press("escape", "x")
        await settled(pilot, lambda: isinstance(played.app.screen, DoubtfulScreen))
        assert played.app.screen.query_one("#kinds", TickTable).note == "SIM REPLAY"
        await pilot.press("escape", "enter")
        await settled(pilot, lambda: isinstance(played.app.screen, SymbolScreen))
        assert " SIM REPLAY " in played.app.screen.query_one(SymbolHead).text
        await pilot.press("space")
        assert played.words() == "paused"


async def test_a_past_day_of_a_recording_stands_still(tmp_path):
    path = write_recording(tmp_path / "session")
    options = options_of(tmp_path, source="replay", data=str(path), window="5d", as_of="2023-03-01")
    app: Any = Monitor(options, HandClock())
    async with app.run_test(size=(160, 50)) as pilot:
        await settled(pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        await settled(pilot, lambda: "REPLAY of demo" in app.screen.query_one(StatusHead).text)
        assert (app.replay, app.pulse) == (None, None)
        assert app.loaded.market.last_session.isoformat() == "2023-03-01"


def test_a_recording_of_a_market_that_does_not_run_plays_to_its_end(tmp_path):
    path = write_recording(tmp_path / "session", [(market(live_day=None),)])
    recording = ReplayProvider(path).read_recording()
    loaded: Any = loaded_of(from_its_beginning(recording, 1.0), options_of(tmp_path, window="5d"))
    assert not loaded.market.is_live
    loaded.live.meet(list(SYMBOLS), 0)
    loaded.live.tick(500.0)
    assert loaded.live.has_ended
    assert not loaded_of(at_its_end(recording), options_of(tmp_path, window="5d")).market.is_live


def test_of_several_prices_the_last_one_stands_at_the_end(tmp_path):
    path = write_recording(tmp_path / "session", [(market(), tick(1.0, AAA=9.0), tick(2.0, AAA=8.0, BBB=7.0))])
    given = at_its_end(ReplayProvider(path).read_recording())
    assert given.prices == {"AAA": 8.0, "BBB": 7.0}
