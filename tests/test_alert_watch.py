"""What rings as a market moves: each kind of rule, what withholds it, cooldowns, restarts, and failures of one rule."""

import os
import random
import signal
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType

import numpy as np
import pytest
from alert_examples import NOON, Watched, aged, loaded_dozen
from board_examples import SYMBOLS, listings
from waiting import bytes_within, reaped

import tui.alerts.seen
from shortside.alerts.memory import RuleMemory
from shortside.board import Desk
from shortside.datasets import Dataset
from shortside.freshness import FreshnessState
from shortside.listings import ThresholdStatus
from shortside.lists.names import NameList
from shortside.market import market_of
from shortside.positions import Knowledge
from shortside.view import View
from tui.alerts.journal import Journal, JournalEntry
from tui.alerts.memory_file import MemoryFile, memory_path
from tui.settings.configuration import configured
from widgets.feed_facts import PollFacts, PollLine

CHEAP = {"name": "Cheap", "when": "price < 10"}


def test_names_that_cross_in_one_beat_are_one_message_with_a_count_and_the_first_few():
    watched = Watched(CHEAP)
    watched.prices(AAPL=20, BYND=20, CVNA=20, F=20, GME=20, NVDA=20)
    assert watched.prices(AAPL=9, BYND=9, CVNA=9, F=9, GME=9) == [
        "Cheap: 5 names: F, AAPL, BYND and 2 more: price < 10"
    ]
    assert watched.prices(AAPL=8) == [], "once"
    assert watched.prices(NVDA=9) == ["Cheap: NVDA: price < 10"]


def test_names_ring_as_they_leave_where_that_is_asked_for():
    watched = Watched({**CHEAP, "on": "leaves"})
    watched.prices(AAPL=9, NVDA=9)
    assert watched.prices(AAPL=20, NVDA=21) == ["Cheap: 2 names: NVDA, AAPL: no longer price < 10"]


def test_a_figure_rings_with_where_it_came_from():
    watched = Watched({"name": "Moved", "when": "price moved by 10%", "among": "symbol in (GME, F)"})
    watched.prices(GME=20, AAPL=100, F=10)
    assert watched.prices(GME=22.5, AAPL=200) == ["Moved: GME 22.50 from 20.00: price"]
    assert watched.prices(GME=20.3, F=10.9) == []
    assert watched.prices(GME=20.2, F=11) == ["Moved: 2 names: F 11.00 from 10.00, GME 20.20 from 22.50: price"]


def test_how_many_names_there_are_is_watched_too():
    watched = Watched({"name": "Many", "when": "price < 10", "on": "changes by 2"})
    watched.prices(AAPL=20, BYND=20, CVNA=20)
    before = watched.watch.memories["Many"].anchors[0]
    assert watched.prices(AAPL=9) == []
    assert watched.prices(BYND=9) == [f"Many: {before + 2:.0f} names, {before:.0f} before: price < 10"]


def test_a_publication_rings_once_and_names_what_it_says_of_some():
    watched = Watched(
        {"name": "SI", "when": "publication arrived"},
        {"name": "GME SI", "when": "publication arrived", "among": "symbol = GME"},
    )
    watched.loaded.inputs = (aged(FreshnessState.CURRENT, Dataset.SHORT_INTEREST, date(2023, 3, 31)),)
    assert watched.look() == []
    watched.loaded.inputs = (aged(FreshnessState.CURRENT, Dataset.SHORT_INTEREST, date(2023, 4, 14)),)
    texts = [ring.text for ring in watched.look()]
    assert texts[0] == "SI: short interest of 14 Apr arrived"
    assert texts[1].startswith("GME SI: short interest of 14 Apr arrived: GME ")
    assert texts[1].endswith(" short")
    # A day in the past is no publication, and coming back from it neither.
    watched.loaded.inputs = (aged(FreshnessState.CURRENT, Dataset.SHORT_INTEREST, date(2023, 3, 31)),)
    assert watched.look() == []
    watched.loaded.inputs = (aged(FreshnessState.CURRENT, Dataset.SHORT_INTEREST, date(2023, 4, 14)),)
    assert watched.look() == []


def feed(name, letter, looked_at):
    return PollFacts(name=name, title=name.upper(), letter=letter, looked_at=looked_at)


def test_a_feed_rings_once_it_has_been_dark_for_its_time_and_again_after_it_was_well():
    watched = Watched({"name": "Dark", "when": "feed dark for 30m"})
    told = []
    for letter, minutes in (("C", 0), ("E", 29), ("E", 30), ("E", 60), ("C", 0), ("E", 45), ("S", 99)):
        watched.more = {"feeds": [feed("spark", letter, NOON - timedelta(minutes=minutes)), feed("sec", "C", NOON)]}
        told.append([ring.text for ring in watched.look()])
    assert told == [[], [], ["Dark: SPARK dark for 30m"], [], [], ["Dark: SPARK dark for 30m"], []]
    watched.more = {"feeds": [feed("sec", "C", NOON)], "line": PollLine(is_unpolled=False)}
    watched.look()
    watched.more["line"] = PollLine(is_unpolled=True)
    assert [ring.text for ring in watched.look()] == ["Dark: polling dark for 30m"]


def test_a_threshold_list_rings_for_a_name_that_gets_on_it_and_not_for_one_never_looked_for():
    watched = Watched({"name": "Listed", "when": "threshold list entered"})
    nobody, everybody = np.zeros(len(SYMBOLS), bool), np.ones(len(SYMBOLS), bool)

    def on_list(*symbols, known=everybody):
        is_listed = np.isin(SYMBOLS, symbols)
        day = np.datetime64("2023-04-14", "D")
        status = ThresholdStatus(is_listed=is_listed, is_known=known, since=np.full(len(SYMBOLS), day), as_of=day)
        watched.loaded.market = replace(watched.loaded.market, threshold=status)
        watched.loaded.desk = Desk(watched.loaded.market)
        return [ring.text for ring in watched.look()]

    assert on_list("GME", known=nobody | (np.array(SYMBOLS) == "GME")) == []
    assert on_list("GME", "F") == [], "nobody knew whether F was on one"
    assert on_list("GME", "F", "NVDA") == ["Listed: NVDA: threshold list entered"]


def test_the_profit_of_a_list_rings_as_it_falls_below_an_amount():
    watched = Watched({"name": "Loss", "when": "list mine profit below -1k", "window": "5d"})
    watched.more = {"lists": {"Mine": NameList("AAPL\nGME")}}
    watched.prices(AAPL=1, GME=1)
    told = watched.prices(AAPL=1e6)
    assert len(told) == 1
    assert told[0].startswith("Loss: list mine P&L −")
    assert told[0].endswith(", below −1.00K")
    assert watched.prices(AAPL=2e6) == []


def test_the_profit_of_the_own_book_rings_without_a_figure_of_it():
    profits = iter([-5e5, -2e6, -3e6])
    watched = Watched({"name": "Book", "when": "book profit below -1M"})
    watched.more = {"own_profit": lambda board, loaded: next(profits)}
    assert [[ring.text for ring in watched.look()] for _ in range(3)] == [[], ["Book: book P&L below −1.00M"], []]


# -- what withholds a rule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flag", "changes", "more"),
    [
        ("simulated", {"is_simulated": True}, {}),
        ("replayed", {"is_replayed": True}, {}),
        ("hindsight", {}, {"is_past": True}),
        ("hindsight", {"knowledge": Knowledge.REVISED}, {}),
    ],
)
def test_a_market_that_is_none_of_today_rings_only_for_rules_that_ask_for_it(flag, changes, more):
    rules = ({**CHEAP, "also": ["stale"]}, {**CHEAP, "name": "Asked", "also": ["stale", flag]})
    watched = Watched(*rules, knowledge=changes.pop("knowledge", None))
    watched.loaded.market = replace(watched.loaded.market, **{"is_simulated": False, **changes})
    watched.more = more
    watched.prices(AAPL=20)
    assert watched.prices(AAPL=9) == ["Asked: AAPL: price < 10"]
    assert watched.watch.withheld["Cheap"] == flag
    assert watched.watch.withheld["Asked"] == ""


def test_a_rule_rests_on_no_stale_input_and_rings_for_what_crossed_meanwhile_once_it_is_fresh(monkeypatch):
    states = {Dataset.PRICES: FreshnessState.STALE, Dataset.SHORT_INTEREST: FreshnessState.CURRENT}
    inputs = [aged(state, dataset, date(2023, 4, 14)) for dataset, state in states.items()]
    monkeypatch.setattr(tui.alerts.seen, "inputs_of", lambda *_: inputs)
    rules = [{**CHEAP, "also": ["simulated"]}, {"name": "SI", "when": "days_to_cover > 5", "also": ["simulated"]}]
    watched = Watched(*rules)
    watched.prices(AAPL=20)
    assert watched.watch.withheld == {"Cheap": "stale prices", "SI": ""}
    inputs[0] = aged(FreshnessState.LATE, Dataset.PRICES, date(2023, 4, 14))
    assert watched.prices(AAPL=20) == [], "how old inputs are is looked at every twenty seconds"
    assert watched.watch.withheld["Cheap"] == "stale prices"
    watched.look(seconds=20)
    assert watched.watch.withheld["Cheap"] == ""
    inputs[0] = aged(FreshnessState.STALE, Dataset.PRICES, date(2023, 4, 14))
    watched.look(seconds=20)
    assert watched.prices(AAPL=9) == []
    inputs[0] = aged(FreshnessState.CURRENT, Dataset.PRICES, date(2023, 4, 14))
    assert [ring.text for ring in watched.look(seconds=20)] == ["Cheap: AAPL: price < 10"]


def test_quotes_whose_every_feed_fails_are_stale(monkeypatch):
    monkeypatch.setattr(tui.alerts.seen, "inputs_of", lambda *_: [])
    watched = Watched({**CHEAP, "also": ["simulated"]})
    spark = PollFacts(name="spark", title="Spark", letter="B", dataset=Dataset.QUOTES)
    well = replace(spark, name="alpaca", letter="C")
    watched.more = {"feeds": [spark, well]}
    watched.look()
    assert watched.watch.withheld["Cheap"] == ""
    watched.more = {"feeds": [spark, replace(well, letter="S")]}
    watched.look(seconds=20)
    assert watched.watch.withheld["Cheap"] == "stale prices"


def test_a_price_of_yesterday_is_no_move_until_the_session_brings_one(monkeypatch):
    monkeypatch.setattr(tui.alerts.seen, "inputs_of", lambda *_: [])
    rules = [
        {"name": "Moved", "when": "price moved by 10%", "among": "symbol in (STAL, GME)", "also": ["simulated"]},
        {"name": "Many", "when": "price < 19", "on": "changes by 2", "also": ["simulated"]},
    ]
    watched = Watched(*rules)
    watched.prices(STAL=20, GME=20)
    # Read anew, the market has yesterday's close of a name until it is quoted.
    again = watched.restarted(*rules)
    again.loaded = loaded_dozen()
    again.loaded.desk.tick(np.array([SYMBOLS.index("GME")]), np.array([20.0]))
    assert again.look() == []
    stalled = SYMBOLS.index("STAL")
    assert abs(again.loaded.desk.board(View()).book.price[stalled] / 20 - 1) > 0.2
    assert again.prices(STAL=21) == []
    assert again.prices(STAL=23) == ["Moved: STAL 23.00 from 20.00: price"]
    # Before any quote nothing is counted: yesterday both closed below 19.
    market = again.loaded.market
    before = replace(market, last_priced=np.minimum(market.last_priced, len(market.sessions) - 2))
    again.loaded.market, again.loaded.desk = before, Desk(before)
    assert again.look() == []
    assert again.watch.memories["Many"].anchors[0] == watched.watch.memories["Many"].anchors[0]


def test_a_figure_that_goes_missing_is_no_crossing_unless_asked_for():
    fee = {"when": "fee > 20%", "on": "leaves"}
    rules = ({"name": "Known", **fee}, {"name": "Asked", **fee, "also": ["stale", "simulated", "missing"]})
    watched = Watched(*rules)
    assert watched.look() == []
    market = watched.loaded.market
    assert market.borrow is not None
    watched.loaded.market = replace(market, borrow=replace(market.borrow, fee=np.full(len(SYMBOLS), np.nan)))
    watched.loaded.desk = Desk(watched.loaded.market)
    assert [ring.text for ring in watched.look()] == ["Asked: BYND: no longer fee > 20%"]


# -- clocks, restarts, failures --------------------------------------------------------------------------------------


def test_a_cooldown_holds_over_a_restart_and_ends_where_the_clock_was_set_back(tmp_path):
    rule = {**CHEAP, "cooldown": "1h"}
    watched = Watched(rule)
    watched.prices(AAPL=20, GME=20)
    assert len(watched.prices(AAPL=9)) == 1
    file = MemoryFile(tmp_path / "alerts" / "demo.json")
    assert file.write(watched.watch.memories) == ""
    again = Watched(rule, memories=file.read()[0])
    again.loaded, again.now = watched.loaded, watched.now + timedelta(minutes=30)
    assert again.prices(GME=9) == [], "silent still"
    assert [ring.text for ring in again.look(seconds=1_830)] == ["Cheap: GME: price < 10"], "held, not lost"
    again.now -= timedelta(days=30)
    assert again.prices(GME=20) == []
    assert again.prices(GME=9) == []
    again.now += timedelta(hours=1)
    assert [ring.text for ring in again.look()] == ["Cheap: GME: price < 10"]


def test_quiet_hours_hold_back_until_their_end():
    watched = Watched({**CHEAP, "quiet": "11:00-13:00 New York"})
    watched.prices(AAPL=20, GME=20)
    assert watched.prices(AAPL=9, GME=9) == []
    assert watched.prices(GME=20) == []
    watched.now = datetime(2023, 4, 17, 17, tzinfo=UTC)
    assert [ring.text for ring in watched.look()] == ["Cheap: AAPL: price < 10"]


def test_what_crossed_while_the_program_was_away_rings_at_its_first_look_and_once():
    watched = Watched(CHEAP)
    watched.prices(AAPL=20, GME=20)
    watched.prices(GME=9)
    again = watched.restarted(CHEAP)
    assert again.prices(AAPL=9) == ["Cheap: AAPL: price < 10"]
    assert watched.restarted(CHEAP).look() == []


def test_a_rule_whose_text_changed_starts_anew_and_one_that_was_off_too():
    watched = Watched(CHEAP)
    watched.prices(AAPL=20)
    changed = watched.restarted({**CHEAP, "when": "price < 11"})
    assert changed.prices(AAPL=9) == [], "in at the first look"
    off = Watched(CHEAP, memories=watched.watch.memories, off=("Cheap",))
    off.loaded = watched.loaded
    assert off.look() == []
    assert off.watch.memories == {}


def test_another_market_of_other_names_in_another_order_is_compared_by_symbol():
    watched = Watched(CHEAP)
    watched.prices(AAPL=20, TSLA=20, ZERO=20)
    order = np.array([SYMBOLS.index(symbol) for symbol in ("ZERO", "TSLA", "AAPL")])
    made = listings()
    fewer = replace(
        made,
        **{
            name: getattr(made, name)[order]
            for name in ("symbols", "names", "exchanges", "sectors", "industries", "countries", "float_shares")
        },
        **{
            name: getattr(made, name)[:, order]
            for name in (
                *("close", "volume", "shares_outstanding", "shares_short", "shares_short_previous", "is_revised"),
                *("split_flag", "reported_volume"),
            )
        },
        borrow=None,
    )
    market = market_of(fewer, is_live=True)
    watched.loaded.market, watched.loaded.desk = market, Desk(market)
    watched.loaded.desk.tick(np.arange(3), np.array([9.0, 20.0, 9.0]))
    assert sorted(watched.look()[0].keys) == ["AAPL", "ZERO"]


def test_a_failure_of_one_rule_is_told_once_and_the_others_ring():
    rules = [
        {"name": "Gone", "when": "list nowhere profit below -1"},
        {"name": "Tier", "when": "tier = smal"},
        {"name": "Window", "when": "profit > 0", "window": "since:1990-01-01"},
        CHEAP,
    ]
    watched = Watched(*rules)
    watched.prices(AAPL=20)
    assert watched.prices(AAPL=9) == ["Cheap: AAPL: price < 10"]
    assert watched.watch.complaints[:2] == [
        "alert Gone cannot be looked at: there is no list nowhere",
        "alert Tier cannot be looked at: no tier is called 'smal' (at 8); nearest: small",
    ]
    assert len(watched.watch.complaints) == len({*watched.watch.complaints}) <= 3
    watched.more = {"lists": MappingProxyType({"nowhere": NameList("AAPL")})}
    watched.look()
    assert watched.watch.withheld["Gone"] == ""


def test_an_error_nobody_foresaw_ends_no_look():
    watched = Watched({"name": "Book", "when": "book profit below -1"}, CHEAP)

    def fails(board, loaded):
        raise ZeroDivisionError("division by zero")

    watched.more = {"own_profit": fails}
    watched.prices(AAPL=20)
    assert watched.prices(AAPL=9) == ["Cheap: AAPL: price < 10"]
    assert watched.watch.complaints == ["alert Book cannot be looked at: ZeroDivisionError: division by zero"]


# -- the file of what was told ---------------------------------------------------------------------------------------


def test_what_was_told_is_kept_whole_and_a_broken_file_is_put_aside_with_a_word(tmp_path):
    watched = Watched(CHEAP, {"name": "SI", "when": "price moved by 10%"})
    watched.prices(AAPL=9)
    file = MemoryFile(tmp_path / "alerts" / "demo.json")
    assert file.read() == ({}, "")
    assert file.write(watched.watch.memories) == ""
    assert not watched.watch.is_changed
    kept, words = file.read()
    assert words == ""
    assert {name: memory.as_record() for name, memory in kept.items()} == {
        name: memory.as_record() for name, memory in watched.watch.memories.items()
    }
    content = file.path.read_bytes()
    for broken in (content[:-20], b"[]", b'{"form": 2, "names": [], "rules": {}}', b"[" * 9_999, b"\xff"):
        file.path.write_bytes(broken)
        kept, words = file.read()
        assert kept == {}
        assert words.startswith("what alerts told last could not be understood, so they start anew")
        assert file.path.with_name("demo.json.broken").read_bytes() == broken


def test_every_source_folder_and_past_day_has_a_memory_of_its_own(tmp_path):
    environment = {"SHORTSIDE_HOME": str(tmp_path)}
    asked = [
        {"source": "demo"}, {"source": "demo", "as_of": "2023-02-10"}, {"source": "public"},
        {"source": "files", "data": "/a"}, {"source": "files", "data": "/b"},
        {"source": "files", "data": "/a", "as_of": "2023-02-10"},
    ]  # fmt: skip
    paths = [memory_path(configured(options, environment).options) for options in asked]
    assert len(set(paths)) == len(asked)
    assert {path.parent for path in paths} == {tmp_path / "state" / "alerts"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_a_kill_in_the_middle_of_writing_loses_neither_what_was_told_nor_an_entry_of_the_journal(tmp_path):
    """Whatever was said to be kept is there after each of many kills, and nothing is half there."""
    file, journal = MemoryFile(tmp_path / "alerts" / "demo.json"), Journal(tmp_path)
    chosen, kept = random.Random(15), 0
    keep_and_say(file, journal, 0, -1)
    for _ in range(KILLS):
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            while True:
                kept += 1
                keep_and_say(file, journal, kept, writing)
        os.close(writing)
        # After its first entry, at any moment of one of the next.
        said = bytes_within(reading)
        time.sleep(chosen.random() * 0.003)
        os.kill(child, signal.SIGKILL)
        reaped(child)
        while more := bytes_within(reading):
            said += more
        os.close(reading)
        kept += len(said)
        memories, words = file.read()
        entries, broken = journal.read()
        assert (words, broken) == ("", 0)
        # The one under way when it was killed may be there or not.
        assert memories["Cheap"].anchors[0] in (kept, kept + 1)
        assert [int(one.words.split()[0]) for one in entries[: kept + 1]] == list(range(kept + 1))
        assert len(entries) in (kept + 1, kept + 2)
        kept = len(entries) - 1


KILLS = 40
"""Each costs a fork; `python -m benchmarks.kill` kills the writers of the archive as often as one likes."""


def keep_and_say(file, journal, number, told):
    """Keep a memory and an entry of a number, and say that it was done by a byte."""
    memory = RuleMemory("rule", [f"N{place}" for place in range(200)])
    memory.anchors[:] = number
    assert file.write({"Cheap": memory}) == ""
    journal.append([JournalEntry(at=NOON, kind="event", words=f"{number} {'x' * 400}")])
    if told >= 0:
        os.write(told, b"x")


def test_only_one_monitor_rings_and_the_next_one_goes_on_when_it_is_gone(tmp_path):
    first, second = (MemoryFile(tmp_path / "alerts" / "demo.json") for _ in range(2))
    assert first.is_ours()
    assert not second.is_ours()
    first.release()
    assert second.is_ours()
    assert not first.is_ours()
    second.release()
