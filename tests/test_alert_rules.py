"""Rules of alerts are read from TOML; each mistake is told with its place and what is nearest, and stops no other."""

import stat
import tomllib
from datetime import time, timedelta
from pathlib import Path

import pytest

from shortside.alerts.quiet import QuietHours
from shortside.alerts.rules import (
    Change,
    CountMoving,
    Crossing,
    Doubtful,
    FeedDark,
    FigureMoving,
    NamesCrossing,
    Published,
    SumCrossing,
)
from shortside.conditions.reading import read_condition
from shortside.conditions.syntax import Comparison
from shortside.datasets import Dataset
from tui.alerts.files import AlertFileError, OwnAlerts, change_own, read_alerts, read_own
from tui.alerts.offers import filter_condition, offers
from tui.alerts.rule_tables import alerts_of
from tui.commands.alert_findings import alert_findings
from tui.commands.config import show
from tui.settings.configuration import configured
from tui.settings.keys import secrets_of_user
from tui.settings.rule_files import rules_file
from widgets.name_conditions import condition_figures

FILE = Path("config.toml")
CANARY = "canary-4711"


def read(*tables, environment=None, **more):
    return alerts_of(FILE, list(tables), condition_figures(), environment or {}, **more)


def rule(**table):
    found = read({"name": "one", **table})
    assert not found.mistakes, found.mistakes
    return found.alerts[0].rule


def mistake(**table):
    found = read({"name": "one", "when": "crowding > 90", **table}, {"name": "two", "when": "crowding > 90"})
    assert [alert.rule.name for alert in found.alerts] == ["two"], "the other rules go on"
    return str(found.mistakes[0])


# -- what a rule may watch -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "on", "subject"),
    [
        ("publication arrived", "", Published(Dataset.SHORT_INTEREST)),
        ("Threshold arrived", "", Published(Dataset.THRESHOLD)),
        ("fee moved by 5%", "", FigureMoving("borrow_fee", Change(0.05, is_relative=False))),
        ("availability moved by 50%", "", FigureMoving("available", Change(0.5, is_relative=True))),
        ("price moved by 3", "", FigureMoving("price", Change(3.0, is_relative=False))),
        ("price", "changes by 10%", FigureMoving("price", Change(0.1, is_relative=True))),
        ("short_interest", "changes by 200M", FigureMoving("short_interest", Change(2e8, is_relative=False))),
        ("feed dark for 30m", "", FeedDark("", timedelta(minutes=30))),
        ("feed sec_fails dark for 2h", "", FeedDark("sec_fails", timedelta(hours=2))),
        ("list My banks profit below -1M", "", SumCrossing("list My banks", Comparison.BELOW, -1e6)),
        ("book profit > 250k", "", SumCrossing("book", Comparison.ABOVE, 2.5e5)),
    ],
)
def test_every_kind_of_event_can_be_watched(when, on, subject):
    assert rule(when=when, on=on).subject == subject


def test_any_condition_can_be_watched_as_names_enter_it_leave_it_or_grow_in_number():
    condition = read_condition("crowding > 90 & tier = small", condition_figures())
    when = "crowding > 90 & tier = small"
    assert rule(when=when).subject == NamesCrossing(condition, Crossing.ENTERS)
    assert rule(when=when, on="leaves").subject == NamesCrossing(condition, Crossing.LEAVES)
    assert rule(when=when, on="changes by 10").subject == CountMoving(condition, Change(10.0, is_relative=False))
    assert rule(when=when, on="changes by 20%").subject == CountMoving(condition, Change(0.2, is_relative=True))
    entered = rule(when="threshold list entered").subject
    assert entered == NamesCrossing(read_condition("on_threshold_list", condition_figures()), Crossing.ENTERS)


def test_a_rule_says_how_long_it_is_silent_and_when_and_on_what_it_rests():
    found = rule(when="crowding > 90", cooldown="2h", quiet="22:00-07:00 here", also=["stale", "simulated"])
    assert found.cooldown == timedelta(hours=2)
    assert found.quiet == QuietHours(time(22), time(7), is_here=True)
    assert found.also == {Doubtful.STALE, Doubtful.SIMULATED}
    assert rule(when="crowding > 90").also == frozenset(), "never on doubtful data unless asked"


def test_a_rule_that_changed_its_text_is_another_and_one_with_other_ways_is_not():
    text = rule(when="crowding > 90").text
    assert rule(when="crowding > 91").text != text
    assert rule(when="crowding > 90", among="tier = small").text != text
    assert rule(when="crowding > 90", on="leaves").text != text
    assert rule(when="crowding > 90", cooldown="1d", ways=["osc9"], quiet="22:00-07:00").text == text


# -- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"when": "crowdin > 90"}, "alerts 1 (one): when: no figure is called 'crowdin' (at 1); nearest: crowding"),
        ({"when": "crowding > 90 & fee > 20"}, "when: borrow_fee is a percentage: write 20%, not '20' (at 23)"),
        ({"when": "crowding >"}, "when: the end cannot stand here: a word or words in \"\" can (at 11)"),
        ({"when": "publication arived"}, "nearest: publication arrived"),
        ({"when": "fee moved by 5"}, "when: borrow_fee moves by points: write 5% (at 14)"),
        ({"when": "sector moved by 5"}, "when: sector is a text and moves by no amount (at 17)"),
        ({"when": "price moved by 0"}, "when: a move is more than nothing: '0' (at 16)"),
        ({"when": "feed dark for ever"}, "when: 'ever' is no span such as 30m or 2h (at 15)"),
        ({"when": "fail arrived"}, "no publication is called 'fail'"),
        ({"when": "book profit below 5%"}, "when: P&L is in dollars: write -1M, not '5%' (at 19)"),
        ({"when": 5}, "when: must be a text"),
        ({"on": "entrs"}, "on: 'entrs' is none of enters, leaves, changes by X; nearest: enters"),
        ({"on": "changes by x"}, "on: the number of names changes by names"),
        ({"when": "feed dark for 1h", "on": "enters"}, "leave `on` out"),
        ({"among": "tir = small"}, "among: no figure is called 'tir' (at 1); nearest: tier"),
        ({"window": "31d"}, "window: must be one of"),
        ({"window": "since:x"}, "window: since:x: not a date"),
        ({"cooldown": "5"}, "cooldown: must be a number and a unit"),
        ({"quiet": "22-7"}, "quiet: must be hours"),
        ({"ways": ["bel"]}, "ways: 'bel' is none of bell, osc9, osc777, command, webhook, apprise; nearest: bell"),
        ({"ways": ["webhook"]}, "ways: webhook needs a key webhook that says where to"),
        ({"command": "rm -rf /"}, "command: must be a program and its arguments"),
        ({"webhook": f"http://example.org/{CANARY}"}, "webhook: must be an address with https"),
        ({"webhook": f"https://[{CANARY}/"}, "webhook: is no address"),
        ({"webhook": "env:NOT_SET"}, "webhook: the variable NOT_SET is not set"),
        ({"headers": {"A b": CANARY}}, "headers: holds a sign that no header has"),
        ({"headers": {"A": f"{CANARY}\n"}, "webhook": "https://example.org"}, ""),
        ({"also": ["staled"]}, "also: 'staled' is none of"),
        ({"cooldwn": "5m"}, "there is no key cooldwn; nearest: cooldown"),
        ({"name": " "}, "name: must have 1 to 60 signs"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_what_is_nearest(table, words):
    if not words:
        assert read({"name": "one", "when": "crowding > 90", **table}).alerts, "white space at its end is no part of it"
        return
    told = mistake(**table)
    assert words in told
    assert told.startswith("config.toml: alerts 1")
    assert CANARY not in told


def test_names_are_given_once_and_tables_are_tables():
    found = read({"name": "one", "when": "crowding > 90"}, {"name": "one", "when": "crowding > 91"})
    assert [str(one) for one in found.mistakes] == ["config.toml: alerts 2 (one): name: another rule is called so"]
    for tables in ({"name": "one"}, [5], "x"):
        found = alerts_of(FILE, tables, condition_figures(), {})
        assert [str(one) for one in found.mistakes] == ["config.toml: alerts: must be tables, each begun by [[alerts]]"]


def test_addresses_and_headers_are_shown_nowhere():
    table = {
        "name": "one", "when": "crowding > 90", "webhook": f"https://example.org/{CANARY}",
        "headers": {"Authorization": "env:TOKEN"}, "apprise": [f"json://{CANARY}"], "command": ["true"],
    }  # fmt: skip
    ways = read(table, environment={"TOKEN": CANARY}).alerts[0].ways
    assert CANARY not in repr(ways) + str(ways) + ways.words
    assert ways.words == "bell, command, webhook, apprise"
    assert ways.webhook is not None
    assert ways.webhook.reveal().endswith(CANARY)
    assert ways.headers["Authorization"].reveal() == CANARY


# -- files -----------------------------------------------------------------------------------------------------------

TOML = f"""
window = "30d"
[[alerts]]
name = "Crowded"
when = "crowding > 90"
webhook = "https://example.org/{CANARY}"
headers = {{Authorization = "env:TOKEN"}}
[[alerts]]
name = "Bad"
when = "crowdin > 90"
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text(TOML)
    monkeypatch.setenv("TOKEN", f"{CANARY}-token")
    return tmp_path


def options_of(home):
    return configured({}, {"SHORTSIDE_HOME": str(home)}).options


def test_a_bad_rule_keeps_nothing_else_of_the_file_from_being_read(home):
    options = options_of(home)
    assert options.window == "30d"
    found = read_alerts(options, condition_figures(), {"TOKEN": "x"})
    assert [alert.rule.name for alert in found.alerts] == ["Crowded"]
    place = f"{home / 'config.toml'}: alerts 2 (Bad): when: no figure is called 'crowdin' (at 1); nearest: crowding"
    assert [str(one) for one in found.mistakes] == [place]


def test_doctor_and_config_show_tell_the_mistakes_and_no_secret(home, capsys):
    configuration = configured({}, {"SHORTSIDE_HOME": str(home)})
    (home / "config.toml").chmod(0o644)
    found = alert_findings(configuration.options, {"TOKEN": CANARY})
    words = [f"{one.level.value} {one.words}" for one in found]
    assert words[0] == "ok 1 rule"
    assert "alerts 2 (Bad): when: no figure is called 'crowdin' (at 1); nearest: crowding" in words[1]
    assert words[2].endswith("holds addresses or headers of alerts, and others may read it")
    assert show(configuration, with_origin=True) == 0
    shown = capsys.readouterr().out
    assert f'# {home / "config.toml"}: alerts 1\n[[alerts]]\nname = "Crowded"' in shown
    assert 'webhook = "…"' in shown
    assert 'headers = {Authorization = "env:TOKEN"}' in shown
    assert [one["name"] for one in tomllib.loads(shown)["alerts"]] == ["Crowded", "Bad"]
    assert "# mistake:" in shown
    assert CANARY not in shown + "".join(words)


def test_the_addresses_of_alerts_are_struck_out_of_whatever_is_kept(home):
    (home / "alerts.toml").write_text(f'[[alerts]]\nname = "x"\nwhen = "y"\napprise = ["mailto://{CANARY}-mail"]\n')
    secrets = secrets_of_user(options_of(home))
    assert {f"https://example.org/{CANARY}", f"{CANARY}-token", f"mailto://{CANARY}-mail"} <= set(secrets)


def test_rules_made_by_key_stand_in_a_file_of_their_own_that_is_whole_and_private(home):
    options = options_of(home)
    file = rules_file(options)
    table = {"name": 'a "b"\x1b', "when": "price moved by 10%", "among": 'symbol = "null"', "ways": ["bell", "osc9"]}
    change_own(file, lambda own: OwnAlerts((*own.tables, table), ("Crowded",)))
    assert (home / "config.toml").read_text() == TOML
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_own(file) == OwnAlerts((table,), ("Crowded",))
    found = read_alerts(options, condition_figures(), {"TOKEN": "x"})
    assert [(alert.rule.name, alert.is_on) for alert in found.alerts] == [("Crowded", False), ('a "b"', True)]


def test_a_file_of_rules_that_cannot_be_read_is_named_and_left_as_it_is(home):
    file = rules_file(options_of(home))
    file.write_text("alerts = 5")
    with pytest.raises(AlertFileError, match="alerts must be tables"):
        change_own(file, lambda own: own)
    file.write_text("[[alerts]\n")
    with pytest.raises(AlertFileError, match="this is not TOML"):
        change_own(file, lambda own: own)
    assert file.read_text() == "[[alerts]\n"
    found = read_alerts(options_of(home), condition_figures(), {"TOKEN": "x"})
    assert [alert.rule.name for alert in found.alerts] == ["Crowded"]
    assert any("this is not TOML" in str(one) for one in found.mistakes)


# -- what can be made by key -----------------------------------------------------------------------------------------


def test_what_is_offered_can_be_read_as_it_is_written_and_is_not_offered_twice():
    figures = condition_figures()
    filtered = filter_condition("crowding > 90 | te", frozenset({"small", "unclassified"}), "Finance", figures)
    assert filtered == "(crowding > 90 | te) & tier in (small, null) & sector = Finance"
    made = offers("BRK/B", filtered, (), figures, (Doubtful.SIMULATED,))
    found = read(*(offer.table for offer in made))
    assert not found.mistakes
    assert len(found.alerts) == len(made) == 8
    assert {alert.rule.among_words for alert in found.alerts[2:]} == {"symbol = BRK/B"}
    assert all(alert.rule.also == {Doubtful.SIMULATED} for alert in found.alerts)
    assert offers("BRK/B", filtered, [alert.rule for alert in found.alerts], figures) == []


@pytest.mark.parametrize("symbol", ["NULL", "unknown", "A B", "TRUE", "in", "crowding"])
def test_a_name_is_meant_whatever_it_is_called(symbol):
    table = offers(symbol, "", (), condition_figures())[0].table
    found = rule(**{**table, "name": "one"})
    assert found.among == read_condition(f'symbol = "{symbol}"', condition_figures())


@pytest.mark.parametrize("text", ["", "te", "crowding >", '"unclosed'])
def test_a_search_for_names_is_no_condition_to_watch(text):
    assert filter_condition(text, None, None, condition_figures()) == ""
