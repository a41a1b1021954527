"""Alerts and journal on the screen: made and switched by key, rung in the terminal, kept over a restart."""

import asyncio
import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest
from alert_examples import aged
from board_examples import screen_text
from monitor_examples import NOW, Quotes, loaded_market, monitor, opened, settled
from past_examples import DAYS, travelling

from shortside.datasets import Dataset
from shortside.freshness import FreshnessState
from tui.alerts import desk as alert_desk
from tui.alerts.delivery import AlertDelivery
from tui.alerts.desk import AlertDesk
from tui.alerts.files import read_own
from tui.alerts.journal import FILE_NAME, Journal
from tui.alerts.memory_file import memory_path
from tui.screens import alert_keys
from tui.screens.alerts import AlertScreen
from tui.screens.happenings import News
from tui.screens.journal import JournalScreen
from tui.screens.symbol import SymbolScreen
from tui.settings.rule_files import rules_file
from tui.terminal import textual_parts
from widgets.row_words import RowWords

CANARY = "canary-4711"
RULE = '[[alerts]]\nname = "Up"\nwhen = "price moved by 10%"\namong = "symbol = AAA"\nalso = ["simulated", "stale"]\n'


@pytest.fixture
def beats(monkeypatch):
    """Prices move when a test says so, and looks follow soon."""
    wanted: list[float] = []

    def tick(self, elapsed_seconds):
        if not wanted:
            return np.empty(0, np.int64), np.empty(0)
        self.price = self.price * wanted.pop()
        return np.arange(len(self.price)), self.price

    monkeypatch.setattr(Quotes, "tick", tick)
    monkeypatch.setattr(alert_desk, "SECONDS_BETWEEN_LOOKS", 0.05)
    monkeypatch.setattr(alert_desk, "SECONDS_BETWEEN_LOOKS_AT_REST", 0.05)
    return wanted


class Written:
    """Stands in for the terminal of a monitor."""

    def __init__(self):
        self.signals = []

    def write(self, data):
        if data.startswith(("\x07", "\x1b]9", "\x1b]777")):
            self.signals.append(data)


def rows(app):
    return [line for line in screen_text(app) if "[x]" in line or "[ ]" in line or " + " in line]


def with_rules(tmp_path, text=RULE):
    (tmp_path / "config.toml").write_text(text)
    return monitor(tmp_path, quotes=True)


async def looked(app, pilot):
    """Wait until the rules were looked at."""
    await settled(
        app, pilot, lambda: app.alerts is not None and bool(app.alerts.facts()) and app.alerts._watch.memories
    )


async def test_a_rule_rings_in_the_terminal_the_line_and_the_journal_and_once_over_a_restart(
    tmp_path, monkeypatch, beats
):
    terminal = Written()
    monkeypatch.setattr(textual_parts, "driver_of", lambda _app: terminal)
    rule = RULE + 'ways = ["bell", "osc9"]\n'
    app = with_rules(tmp_path, rule)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await looked(app, pilot)
        assert terminal.signals == []
        beats.append(1.2)
        await settled(app, pilot, lambda: len(terminal.signals) == 2)
        assert terminal.signals[0] == "\x07"
        assert terminal.signals[1].startswith("\x1b]9;shortside: Up: AAA ")
        await settled(app, pilot, lambda: any("alert Up: AAA" in line for line in screen_text(app)))
        await settled(app, pilot, (tmp_path / "state" / FILE_NAME).exists)
    (entry,) = Journal(tmp_path / "state").read()[0]
    assert (entry.kind, entry.rule, entry.symbols, entry.source) == ("alert", "Up", ("AAA",), "demo")
    assert entry.words.startswith("Up: AAA ")
    # The market of the next start is at the first one's prices again: that is a move, too, and within the cooldown.
    again = with_rules(tmp_path, rule)
    again.clock = lambda: NOW + timedelta(minutes=4)
    async with again.run_test(size=(120, 40)) as pilot:
        await opened(again, pilot)
        await looked(again, pilot)
        assert len(terminal.signals) == 2
        again.clock = lambda: NOW + timedelta(minutes=6)
        await settled(again, pilot, lambda: len(terminal.signals) == 4)


async def test_a_publication_that_a_market_read_anew_brings_rings(tmp_path, monkeypatch, beats):
    terminal = Written()
    monkeypatch.setattr(textual_parts, "driver_of", lambda _app: terminal)
    app = with_rules(tmp_path, '[[alerts]]\nname = "SI"\nwhen = "publication arrived"\nalso = ["simulated"]\n')
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        for day in (date(2023, 2, 28), date(2023, 3, 15)):
            newer = loaded_market(quotes=True)
            newer.inputs = (aged(FreshnessState.CURRENT, Dataset.SHORT_INTEREST, day),)
            app.adopt(newer, newer.desk.board(app.board.view))
            known = float(day.toordinal())
            await settled(app, pilot, lambda known=known: app.alerts is not None and anchor_of(app, "SI") == known)
        # What else is said of the publication may follow in the line over the keys.
        words = "alert SI: short interest of 15 Mar arrived"
        await settled(app, pilot, lambda: words in [one.words for one in app.happenings])
        assert terminal.signals == ["\x07"]


async def test_a_past_day_that_is_shown_rings_nothing_and_the_present_rings_underneath(tmp_path, monkeypatch):
    # Looked at when the test says so, and not between.
    monkeypatch.setattr(alert_desk, "SECONDS_BETWEEN_LOOKS", 3_600.0)
    (tmp_path / "config.toml").write_text(RULE)
    app = travelling(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await settled(app, pilot, lambda: app.alerts is not None and bool(app.alerts.alerts))
        await app.alerts.look()
        column = app.loaded.market.symbols.tolist().index("AAA")
        price = app.board.book.price[column]
        assert anchor_of(app, "Up", column) == price
        app.go_to_day(DAYS[5])
        await settled(app, pilot, lambda: app.past is not None and app.past.day == DAYS[5])
        then = app.past.board.book.price[app.past.loaded.market.symbols.tolist().index("AAA")]
        assert abs(then / price - 1) > 0.1, "from the present to that day it would have rung"
        await app.alerts.look()
        assert [one.words for one in app.happenings if one.rule] == []
        assert anchor_of(app, "Up", column) == price
        app.tick(np.array([column]), np.array([1.2 * price]))
        await app.alerts.look()
        (rung,) = [one.words for one in app.happenings if one.rule]
        assert rung == f"alert Up: AAA {1.2 * price:.2f} from {price:.2f}: price"
        assert app.past.day == DAYS[5], "and the past day stays where it is"


def anchor_of(app, name, place=0):
    """What a rule told last of its one figure, or of the name in a place of the market."""
    memory = app.alerts._watch.memories.get(name) if app.alerts._watch is not None else None
    return None if memory is None or not len(memory.anchors) else memory.anchors[place]


async def test_a_mistake_is_told_at_the_start_and_the_other_rules_are_looked_at(tmp_path):
    app = with_rules(tmp_path, '[[alerts]]\nname = "Bad"\nwhen = "crowdin > 90"\n' + RULE)
    async with app.run_test(size=(200, 60)) as pilot:
        await opened(app, pilot)
        await looked(app, pilot)
        words = [one.words for one in app.happenings]
        assert any(
            "alerts 1 (Bad): when: no figure is called 'crowdin' (at 1); nearest: crowding" in one for one in words
        )
        assert [facts.alert.rule.name for facts in app.alerts.facts()] == ["Up"]


async def test_several_rules_that_ring_together_are_one_bell_and_an_entry_each(tmp_path, monkeypatch, beats):
    terminal = Written()
    monkeypatch.setattr(textual_parts, "driver_of", lambda _app: terminal)
    rules = [RULE.replace('"Up"', f'"Up {number}"') + 'ways = ["bell", "osc777"]\n' for number in range(20)]
    app = with_rules(tmp_path, "".join(rules))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await looked(app, pilot)
        beats.append(1.2)
        await settled(app, pilot, lambda: len(terminal.signals) == 21)
        assert terminal.signals.count("\x07") == 1
        await settled(app, pilot, lambda: len(Journal(tmp_path / "state").read()[0]) == 20)
    assert [one.rule for one in Journal(tmp_path / "state").read()[0]] == [f"Up {number}" for number in range(20)]


# -- by key ----------------------------------------------------------------------------------------------------------


async def test_an_alert_is_made_of_the_name_under_the_cursor_in_two_keys(tmp_path):
    (tmp_path / "config.toml").write_text('window = "30d"\n')
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        symbol = main.symbol_under_cursor()
        await pilot.press("A", "enter")
        await settled(app, pilot, lambda: app.alerts is not None and len(app.alerts.alerts) == 1)
        await settled(app, pilot, lambda: any(f"made: {symbol} price ±10%" in line for line in screen_text(app)))
        own = read_own(rules_file(app.options))
        assert own.tables[0]["among"] == f"symbol = {symbol}"
        assert own.tables[0]["also"] == ["simulated"], "made in the demo market, it rings there"
        assert (tmp_path / "config.toml").read_text() == 'window = "30d"\n'
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)


async def test_an_alert_is_made_of_the_filter_that_stands(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        main.table.set_filter("price > 5 & tier != mega")
        await pilot.press("A", "enter")
        await settled(app, pilot, lambda: app.alerts is not None and len(app.alerts.alerts) == 1)
        own = read_own(rules_file(app.options))
        assert (own.tables[0]["when"], own.tables[0]["on"]) == ("price > 5 & tier != mega", "enters")


async def test_a_rule_is_switched_off_and_on_and_one_made_by_key_is_deleted_when_asked_twice(tmp_path):
    app = with_rules(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await looked(app, pilot)
        await pilot.press("A", "enter", "end")
        await settled(app, pilot, lambda: len(app.alerts.alerts) == 2)
        await pilot.press("end", "space")
        await settled(app, pilot, lambda: not app.alerts.alerts[1].is_on)
        await settled(app, pilot, lambda: any("[ ]" in line for line in rows(app)))
        await pilot.press("space")
        await settled(app, pilot, lambda: app.alerts.alerts[1].is_on)
        await settled(app, pilot, lambda: not any("[ ]" in line for line in rows(app)))
        await pilot.press("d")
        await settled(app, pilot, lambda: any("d again deletes" in line for line in screen_text(app)))
        await pilot.press("d")
        await settled(app, pilot, lambda: len(app.alerts.alerts) == 1)
        await pilot.press("end", "d")
        await settled(app, pilot, lambda: any("Up stands in config.toml" in line for line in screen_text(app)))
        assert (tmp_path / "config.toml").read_text() == RULE


async def test_the_condition_and_the_words_that_a_table_cuts_stand_whole_below_it(tmp_path):
    when = "crowding > 95 & tier in (small, micro) & price_change_today > 5% & fee > 20%"
    app = with_rules(tmp_path, f'[[alerts]]\nname = "Up"\nwhen = "{when}"\n')
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await settled(app, pilot, lambda: app.alerts is not None and bool(app.alerts.facts()))
        await pilot.press("A", "end")
        await settled(app, pilot, lambda: f"Up: {when}" in " ".join(app.screen.query_one(RowWords).text.split()))
        await pilot.press("escape", "E")
        await settled(
            app,
            pilot,
            lambda: any(
                "nothing yet; alerts, publications and feeds in trouble will stand here" in line
                for line in screen_text(app)
            ),
        )
        told = "Yahoo spark: refused: HTTP 403 Forbidden, three times within the last hour; asked again at 16:40 NY"
        app.note([News(told, is_alarm=True)])
        await settled(app, pilot, lambda: told in " ".join(app.screen.query_one(RowWords).text.split()))


async def test_a_file_of_rules_that_is_broken_is_said_and_not_written_over(tmp_path):
    (tmp_path / "alerts.toml").write_text("[[alerts]\n")
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        await settled(app, pilot, lambda: app.alerts is not None and bool(app.alerts.mistakes))
        await pilot.press("A", "enter")
        await settled(app, pilot, lambda: any("this is not TOML" in line for line in screen_text(app)))
        assert (tmp_path / "alerts.toml").read_text() == "[[alerts]\n"


@pytest.mark.parametrize("keys", [("A", "escape", "E", "q"), ("A", "enter", "escape", "E", "E")])
async def test_quick_keys_on_both_screens_lead_back(tmp_path, keys):
    app = with_rules(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        await pilot.press(*keys)
        await settled(app, pilot, lambda: app.screen is main)
        assert not app.faults.words


async def test_on_a_name_the_alerts_are_of_that_name(tmp_path):
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("down", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.has_panels)
        symbol = app.screen.symbol
        await pilot.press("A")
        await settled(app, pilot, lambda: isinstance(app.screen, AlertScreen) and len(rows(app)) == 6)
        assert all(symbol in line for line in rows(app))


# -- the journal -----------------------------------------------------------------------------------------------------


async def test_the_journal_shows_what_happened_before_now_and_while_it_is_open(tmp_path, monkeypatch):
    monkeypatch.setattr(JournalScreen, "SECONDS_BETWEEN_READINGS", 0.1)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        app.note([News("short interest of 31 Aug arrived"), News("Yahoo spark: refused", is_alarm=True)])
        await pilot.press("E")
        await settled(app, pilot, lambda: any("Yahoo spark: refused" in line for line in screen_text(app)))
        kinds = [line.split()[2] for line in screen_text(app) if "17:00" in line and "NY" not in line]
        assert kinds == ["trouble", "event"], "the newest first"
        app.note([News("alert Up: AAA", is_alarm=True, rule="Up", names=("AAA",))])
        await settled(app, pilot, lambda: any("alert    Up: AAA" in line for line in screen_text(app)))
        await pilot.press("home", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == "AAA"
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)


async def test_what_happens_last_is_in_the_journal_too(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        app.note([News("first")])
        app.note([News("last")])
        app.exit(0)
    assert [one.words for one in Journal(tmp_path / "state").read()[0]] == ["first", "last"]


async def test_a_journal_that_cannot_be_written_ends_nothing_and_is_said(tmp_path):
    file = tmp_path / "state" / FILE_NAME
    file.mkdir(parents=True)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        app.note([News("short interest of 31 Aug arrived")])
        await pilot.press("E")
        await settled(app, pilot, lambda: any("the journal cannot be read" in line for line in screen_text(app)))
        assert any("short interest of 31 Aug arrived" in line for line in screen_text(app)), "what this run knows"
        assert not app.faults.words
        file.rmdir()
        app.note([News("one more split found")])
        await settled(app, pilot, lambda: len(Journal(tmp_path / "state").read()[0]) == 2)


# -- the desk by itself ----------------------------------------------------------------------------------------------


class Stage:
    """Stands in for the monitor."""

    def __init__(self, options):
        self.options, self.now = options, NOW
        self.loaded = loaded_market(quotes=True)
        self.quotes = Quotes(self.loaded.market)
        self.lists = SimpleNamespace(by_name={})
        self.here, self.rings, self.troubles, self.errors = UTC, [], [], []

    def clock(self):
        return self.now

    def poll_facts(self):
        return [], None

    def rang(self, ring):
        self.rings.append(ring.text)

    def alert_trouble(self, words):
        self.troubles.append(words)

    def note_error(self, error):
        self.errors.append(error)


@pytest.fixture
def stage_of(tmp_path):
    def of(text=RULE, **options):
        (tmp_path / "config.toml").write_text(text)
        return Stage(monitor(tmp_path, **options).options)

    return of


async def test_of_two_monitors_one_rings_and_the_other_goes_on_where_it_stopped(stage_of):
    first, second = stage_of(), stage_of()
    desks = [AlertDesk(stage, environment={}) for stage in (first, second)]
    for desk in desks:
        await desk.read()
        await desk.look()
    assert [desk.is_ringing_here for desk in desks] == [True, False]
    for desk, stage in zip(desks, (first, second), strict=True):
        columns, prices = stage.quotes.tick(0)
        stage.loaded.desk.tick(columns, prices)
        desk.moved(columns)
        await desk.look()
    assert (len(first.rings), len(second.rings)) == (1, 0)
    await desks[0].stop()
    second.now += timedelta(minutes=10)
    await desks[1].look()
    assert desks[1].is_ringing_here
    assert second.rings == [], "what the first one told is not told once more"
    assert [facts.told_at for facts in desks[1].facts()] == [NOW], "and it is known when that was"
    columns, prices = second.quotes.tick(0)
    second.loaded.desk.tick(columns, prices)
    desks[1].moved(columns)
    await desks[1].look()
    assert len(second.rings) == 1
    await desks[1].stop()
    assert not [*first.errors, *second.errors]


async def test_a_monitor_of_a_past_day_rings_only_for_rules_that_ask_for_hindsight(stage_of):
    asked = RULE.replace('"Up"', '"Asked"').replace('"stale"]', '"stale", "hindsight"]')
    stage = stage_of(RULE + asked, as_of="2023-02-10")
    desk = AlertDesk(stage, environment={})
    await desk.read()
    await desk.look()
    columns, prices = stage.quotes.tick(0)
    stage.loaded.desk.tick(columns, prices)
    desk.moved(columns)
    await desk.look()
    assert [words.partition(":")[0] for words in stage.rings] == ["Asked"]
    assert [facts.withheld for facts in desk.facts()] == ["hindsight", ""]
    await desk.stop()
    assert stage.errors == []


async def test_rules_that_change_while_it_runs_are_read_again_and_a_wrong_file_loses_none(stage_of, tmp_path):
    stage = stage_of()
    desk = AlertDesk(stage, environment={})
    await desk.read()
    await desk.look()
    file = tmp_path / "config.toml"
    # The size changes each time: a clock of the disk may stand still between two writes.
    file.write_text(RULE + '[[alerts]]\nname = "Down"\nwhen = "price < 5"\n')
    await desk.look_at_files()
    assert [alert.rule.name for alert in desk.alerts] == ["Up", "Down"]
    columns, prices = stage.quotes.tick(0)
    stage.loaded.desk.tick(columns, prices)
    desk.moved(columns)
    await desk.look()
    assert len(stage.rings) == 1, "what was remembered of the rule that stayed still is"
    file.write_text("[[alerts]\n")
    await desk.look_at_files()
    assert [alert.rule.name for alert in desk.alerts] == ["Up", "Down"]
    assert "this is not TOML, so its alerts stay as they were" in stage.troubles[-1]
    (tmp_path / "alerts.toml").write_text('off = ["Up"]\n')
    await desk.look_at_files()
    assert [alert.is_on for alert in desk.alerts] == [False, True]
    file.unlink()
    await desk.look_at_files()
    assert desk.alerts == ()
    await desk.stop()
    assert stage.errors == []


async def test_the_first_rule_that_somebody_else_makes_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(alert_keys, "SECONDS_BETWEEN_LOOKS_FOR_RULES", 0.05)
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        assert app.alerts is None, "no rules cost no desk"
        (tmp_path / "alerts.toml").write_text(RULE)
        await settled(app, pilot, lambda: app.alerts is not None and len(app.alerts.alerts) == 1)


async def test_killed_after_it_rang_it_rings_no_more_than_once_more(stage_of, tmp_path):
    stage = stage_of()
    desk = AlertDesk(stage, environment={})
    await desk.read()
    await desk.look()
    columns, prices = stage.quotes.tick(0)
    stage.loaded.desk.tick(columns, prices)
    desk.moved(columns)
    await desk.look()
    assert len(stage.rings) == 1
    # No `stop`: what rang was kept at once.
    kept = json.loads(memory_path(stage.options).read_bytes())
    assert kept["rules"]["Up"]["told_at"] == NOW.isoformat()
    desk._file.release()
    again = stage_of()
    again.loaded.desk.tick(columns, prices)
    second = AlertDesk(again, environment={})
    await second.read()
    await second.look()
    assert again.rings == []
    await second.stop()


async def test_what_was_learned_without_ringing_is_kept_at_the_end(stage_of):
    price = float(stage_of().quotes.price[1])
    rule = f'[[alerts]]\nname = "Over"\nwhen = "price > {0.95 * price:.4f}"\namong = "symbol = AAA"\n'
    stage = stage_of(f'{rule}also = ["simulated", "stale"]\n')
    desk = AlertDesk(stage, environment={})
    await desk.read()
    await desk.look()
    # It leaves, which is not told, within the seconds between two keepings.
    stage.loaded.desk.tick(np.array([1]), np.array([0.9 * price]))
    desk.moved(np.array([1]))
    await desk.look()
    await desk.stop()
    again: Any = Stage(stage.options)
    second = AlertDesk(again, environment={})
    await second.read()
    await second.look()
    assert (stage.rings, len(again.rings)) == ([], 1), "it came again while nobody looked"
    await second.stop()


async def test_an_address_stands_in_no_file_but_its_own_and_in_no_words(stage_of, tmp_path):
    hook = f'webhook = "https://hooks.example.org/{CANARY}"\nheaders = {{Authorization = "{CANARY}-header"}}\n'
    stage = stage_of(RULE + hook)
    transport = httpx.MockTransport(lambda request: httpx.Response(403, text=f"no: {request.url} {request.headers}"))
    sender = AlertDelivery("demo", {}, stage.alert_trouble, transport)
    desk = AlertDesk(stage, delivery=sender, environment={})
    await desk.read()
    await desk.look()
    columns, prices = stage.quotes.tick(0)
    stage.loaded.desk.tick(columns, prices)
    desk.moved(columns)
    await desk.look()
    async with asyncio.timeout(20):
        await sender.settled()
    await desk.stop()
    assert stage.troubles == ["alert Up: webhook was not taken: HTTP 403"]
    assert CANARY not in repr(desk.facts()) + str(stage.rings)
    others = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "config.toml"]
    assert others
    assert [path for path in others if CANARY.encode() in path.read_bytes()] == []


async def test_a_clock_that_jumps_stops_no_look(stage_of):
    stage = stage_of()
    desk = AlertDesk(stage, environment={})
    await desk.read()
    told = []
    for moment in (NOW, NOW + timedelta(days=9), NOW - timedelta(days=9), datetime(2023, 11, 5, 6, 30, tzinfo=UTC)):
        stage.now = moment
        columns, prices = stage.quotes.tick(0)
        stage.loaded.desk.tick(columns, prices)
        desk.moved(columns)
        await desk.look()
        told.append(len(stage.rings))
    assert told == [0, 1, 1, 2], "after nine days back the silence of five minutes begins anew"
    await desk.stop()
    assert stage.errors == []
