"""A keymap of one's own is in force whole or not at all, and every place that names a key names the one in force."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import tomllib
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import monitor, opened, settled
from textual.app import App
from textual.binding import Binding
from textual.command import Command, CommandList
from textual.dom import DOMNode
from textual.screen import Screen

import tui.screens
import widgets
from tui.__main__ import main
from tui.app import Monitor
from tui.commands.doctor import section_findings
from tui.screens.event_line import EventLine
from tui.screens.help import HelpPanel
from tui.screens.key_catalog import SCREENS_WITH_KEYS, bound_keys, every_binding
from tui.screens.key_line import KeyLine
from tui.screens.own_keys import WAYS_OUT, key_named, read_keys, written_key
from tui.screens.own_sections import read_sections
from tui.settings.section_tables import SectionTables, sections_of
from tui.terminal.textual_parts import bindings_of_class
from widgets.crowded import CrowdedTable
from widgets.key_names import KEY_TEMPLATE, key_in_ascii, shown_key

FILE = Path("config.toml")
KNOWN = every_binding(Monitor)


def read(text: str):
    """The keys in a configuration file, and what is wrong with it, each as words."""
    changed, mistakes = read_keys(sections_of(FILE, text, tomllib.loads(text)), Monitor)
    return changed, [str(mistake) for mistake in mistakes]


def sections_mistakes(text: str):
    """What is wrong in the tables of a configuration file."""
    return read_sections(sections_of(FILE, text, tomllib.loads(text)), Monitor).mistakes


def every_class() -> list[type[DOMNode]]:
    """Every class of the program that can have bindings."""
    for package in (tui.screens, widgets):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")
    found: list[type[DOMNode]] = [DOMNode]
    for kind in found:
        found += [one for one in kind.__subclasses__() if one not in found]
    return [kind for kind in found if kind.__module__.startswith(("tui.", "widgets."))]


# -- the list -----------------------------------------------------------------------------------------------------


def test_every_binding_of_every_class_has_an_id_that_is_on_the_list():
    for kind in every_class():
        own = list(vars(kind).get("BINDINGS", ()))
        assert all(isinstance(one, Binding) and one.id in KNOWN and one.description for one in own), kind


def test_every_screen_is_on_the_list():
    listed = {one.screen for one in SCREENS_WITH_KEYS}
    with_keys = {kind for kind in every_class() if issubclass(kind, Screen) and vars(kind).get("BINDINGS")}
    bases = {base for kind in listed for base in kind.__mro__[1:]}
    assert with_keys - bases <= listed


def test_an_id_means_one_thing():
    meanings: dict[str, set[str]] = {}
    for kind in every_class():
        for bound in bound_keys(kind) if issubclass(kind, App | Screen) else ():
            meanings.setdefault(bound.binding, set()).add(bound.words)
    del meanings[""]
    assert {binding: words for binding, words in meanings.items() if len(words) > 1} == {}


def test_every_hint_in_the_program_names_a_binding_with_its_built_in_keys(repository: Path):
    found = 0
    sentence = {"Esc": "esc", "Enter": "⏎", "ctrl+s": "^s"}
    for file in (*(repository / "tui").rglob("*.py"), *(repository / "widgets").glob("*.py")):
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source if KEY_TEMPLATE.search(source.replace("{{", "{")) else "")
        texts = [one.value for one in ast.walk(tree) if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        for binding, words in chain.from_iterable(map(KEY_TEMPLATE.findall, texts)):
            keys = {shown_key(key) for key in KNOWN[binding][0].keys}
            said = {sentence.get(word, word) for word in words.replace(" or ", " ").split()}
            assert said <= keys, (file.name, binding, words)
            found += 1
    assert found > 100


def test_a_key_is_shown_as_textual_shows_it():
    app = App[None]()
    for bound, _ in KNOWN.values():
        for key in bound.keys:
            assert shown_key(key) == app.get_key_display(Binding(key, ""))


# -- the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('"names.sort" = "O"', ""),
        ("names.sort = 'O'", ""),
        ('"app.help" = ["?", "f1"]', ""),
        ('"app.quit" = ["q", "f10"]', ""),
        ('"names.sort" = "alt+s"', ""),
        ('"nams.sort" = "O"', "there is no binding nams.sort; nearest: names.sort"),
        ('"sort" = "O"', "there is no binding sort"),
        ('"names.sort" = "o"', "'o' is names.scale on the main screen already"),
        ('"view.window" = "f8"', "'F8' is view.window_back on the main screen already"),
        ('"view.window" = "m"', "'m' is sectors.map on the main screen already"),
        ('"names.sort" = "tab"', "'tab' is Focus Next on the main screen already"),
        ('"names.sort" = "ctrl+q"', "'^q' is Quit on the main screen already"),
        ('"names.sort" = "q"', "q leads out of every screen, and can mean nothing else"),
        ('"view.basis" = "escape"', "esc leads out of every screen"),
        ('"names.sort" = "ctrl+c"', "ctrl+c leads out of every screen"),
        ('"app.quit" = "Q"', "must keep q, which leads out"),
        ('"app.back" = "f9"', "must keep esc, which leads out"),
        ('"app.interrupt" = "f9"', "must keep ctrl+c, which leads out"),
        ('"explain.close" = "i"', "must keep esc or q, which leads out"),
        ('"app.commands" = "K"', "'K' could not be typed anywhere any more"),
        ('"filter.save" = "K"', "'K' would be a letter of what one types"),
        ('"names.sort" = "shift+o"', "no terminal sends a key 'shift+o'; nearest: O"),
        ('"names.sort" = "ctrl+i"', "no terminal sends a key 'ctrl+i'; nearest: tab"),
        ('"names.sort" = "esc"', "no terminal sends a key 'esc'; nearest: escape"),
        ('"names.sort" = ""', "no terminal sends a key ''"),
        ('"names.sort" = []', "must have 1 to 8 keys"),
        ('"names.sort" = 7', "must be a key such as"),
        ('"names.sort" = ["O", 7]', "must be a key such as"),
    ],
)
def test_a_key_is_taken_or_refused_with_its_line_and_why(line, words):
    changed, mistakes = read(f'# mine\n[keys]\n"view.window_back" = "f8"\n{line}\n')
    if words:
        # All of the table is refused: half a keymap is nobody's.
        assert changed == {}
        assert any(one.startswith("config.toml: line 4: keys.") and words in one for one in mistakes), mistakes
    else:
        assert (len(changed), mistakes) == (2, [])


def test_two_keys_change_places_when_both_are_named():
    text = '[keys]\n"names.sort" = "o"\n"names.scale" = "s"\n"sectors.sort" = "o"\n'
    assert read(text)[0] == {"names.sort": ("o",), "names.scale": ("s",), "sectors.sort": ("o",)}


async def test_what_shares_a_key_keeps_it_when_the_other_gets_another(tmp_path):
    # `T` asks for a day, and where a recording is played for a time; the first is `D` now.
    (tmp_path / "config.toml").write_text('[keys]\n"past.date" = "D"\n')
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        app.replay = SimpleNamespace(look=lambda: None, stop=lambda: None)
        assert app.screen.active_bindings["T"].binding.id == "replay.moment"
        assert "D" not in app.screen.active_bindings
        app.replay = None
        assert app.screen.active_bindings["D"].binding.id == "past.date"
        assert "T" not in app.screen.active_bindings


def test_a_file_without_the_table_imports_nothing_for_it(repository: Path, tmp_path: Path):
    sections = sections_of(tmp_path, 'window = "5d"\n', {"window": "5d"})
    assert not sections.are_there
    assert sections.lines == {}


keys_written = st.one_of(
    st.sampled_from(["o", "O", "q", "escape", "ctrl+c", "f9", "?", "ctrl+i", "tab", "alt+x", "/", "k", " "]),
    st.text(max_size=8),
)
values = st.recursive(
    st.one_of(keys_written, st.lists(keys_written, max_size=10), st.integers(), st.none(), st.booleans()),
    lambda inner: st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
tables = st.one_of(
    st.dictionaries(st.one_of(st.sampled_from(sorted(KNOWN)), st.text(max_size=12)), values, max_size=3), values
)


@given(tables)
def test_whatever_stands_in_the_table_is_refused_in_words_or_leaves_every_way_out(table):
    changed, mistakes = read_keys(SectionTables(FILE, keys=table), Monitor)
    assert not (changed and mistakes)
    assert all(str(one).isprintable() and len(str(one)) < 400 for one in mistakes)
    for binding, (bound, _) in KNOWN.items():
        keys = changed.get(binding, bound.keys)
        assert keys
        out = set(bound.keys) & set(WAYS_OUT)
        assert bool(set(keys) & set(WAYS_OUT)) == bool(out)
        assert set(keys) & set(WAYS_OUT) <= out


@given(keys_written)
def test_a_key_that_can_be_named_is_written_as_it_is_read(text):
    key = key_named(text)
    assert not key or key_named(written_key(key)) == key


# -- the commands -------------------------------------------------------------------------------------------------


def test_config_keys_prints_a_table_that_gives_the_built_in_keys(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "keys"]) == 0
    text = capsys.readouterr().out
    changed, mistakes = read(text)
    assert mistakes == []
    assert changed == {binding: bound.keys for binding, (bound, _) in KNOWN.items()}


def test_a_mistake_is_told_by_every_command_that_looks_at_the_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text('[keys]\n"names.sort" = "o"\n')
    told = f"{tmp_path / 'config.toml'}: line 2: keys.\"names.sort\": 'o' is names.scale on the main screen already"
    assert main(["config", "keys"]) == 3
    shown = capsys.readouterr()
    assert told in shown.err
    assert '"names.sort" = "s"' in shown.out
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr()
    assert f"# mistake: {told}" in shown.out
    assert '[keys]\n"names.sort" = "o"\n' in shown.out
    tomllib.loads(shown.out)


def test_doctor_says_each_mistake_and_what_to_do():
    (found,) = section_findings(sections_mistakes('[keys]\n"names.sort" = "o"\n'))
    assert "line 2: keys.\"names.sort\": 'o' is names.scale" in found.words
    assert section_findings(()) == []


# -- the screens --------------------------------------------------------------------------------------------------

OWN = """\
[keys]
"names.sort" = "O"
"app.help" = "f1"
"panel.2" = ["f6", "2"]
"names.filter" = "k"
"table.up" = "up"
"list.up" = "up"
"panel.up" = "up"
"app.commands" = "f4"
"filter.save" = "f3"
"explain.close" = ["escape", "f12"]
"""


async def test_the_new_keys_work_and_the_old_ones_do_not(tmp_path):
    (tmp_path / "config.toml").write_text(OWN)
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        was = table.is_descending
        await pilot.press("s", "question_mark", "slash", "ctrl+p")
        await pilot.pause()
        assert (app.screen, table.is_descending) == (screen, was)
        assert table.has_focus
        await pilot.press("O")
        await settled(app, pilot, lambda: table.is_descending is not was)
        # The help is `f1`, and lists the keys in force.
        await pilot.press("f1")
        await settled(app, pilot, lambda: app.screen.query(HelpPanel) and app.screen.query_one(HelpPanel).text)
        text = app.screen.query_one(HelpPanel).text
        assert re.search(r"^ +O sort ", text, re.MULTILINE)
        assert re.search(r"^ +F1 keys ", text, re.MULTILINE)
        assert not re.search(r"^ +s sort ", text, re.MULTILINE)


async def test_every_place_that_names_a_key_names_the_one_in_force(tmp_path):
    (tmp_path / "config.toml").write_text(OWN)
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.pause()
        assert {("O", "sort"), ("F1", "keys"), ("k", "filter"), ("q", "quit"), ("w", "window")} <= {
            *screen.query_one(KeyLine).keys
        }
        titles = [str(panel.border_title).strip(" ▸")[:4] for panel in screen.query("#new-short, #crowded")]
        assert titles == ["F6 2", "3 Cr"]
        assert screen.query_one(KeyLine).words == "F1 every key · i explains a figure · k finds a name"
        await pilot.press("k")
        await settled(app, pilot, lambda: ("F3", "save as list") in screen.query_one(KeyLine).keys)
        await pilot.press("escape", "i")
        await settled(app, pilot, lambda: app.screen is not screen)
        await pilot.press("escape", "f4")
        await settled(app, pilot, lambda: app.screen.query(CommandList) and app.screen.query_one(CommandList).options)
        helps = [str(one.hit.help) for one in app.screen.query_one(CommandList).options if isinstance(one, Command)]
        assert any(one.startswith("O  Sort by the column") for one in helps)


async def test_a_wrong_keymap_is_told_and_the_built_in_one_stays(tmp_path):
    (tmp_path / "config.toml").write_text('[keys]\n"names.sort" = "O"\n"app.help" = "s"\n')
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        await settled(app, pilot, lambda: list(app.happenings))
        (told,) = app.happenings
        assert told.is_alarm
        assert told.words in screen.query_one(EventLine).render_line(0).text
        assert told.words.startswith("config.toml: line 3: keys.\"app.help\": 's' is ")
        table = screen.query_one(CrowdedTable)
        was = table.is_descending
        await pilot.press("O")
        assert table.is_descending is was
        await pilot.press("s")
        await settled(app, pilot, lambda: table.is_descending is not was)


async def test_what_is_bound_on_a_screen_is_what_the_list_has_for_it(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot)
        # A digit leads to a panel, the others to a screen that Esc closes.
        for keys in ("1", "4", "3 enter", "i", "x", "c", "L", "A"):
            await pilot.press(*keys.split())
            await pilot.pause()
            (place,) = (one for one in SCREENS_WITH_KEYS if type(app.screen) is one.screen)
            kinds: list[type[DOMNode]] = [Monitor, place.screen, *place.widgets]
            allowed = {bound.binding for kind in kinds for bound in bound_keys(kind)}
            assert {one.binding.id or "" for one in app.screen.active_bindings.values()} <= allowed | {""}
            if app.screen is not app.screen_stack[1]:
                await pilot.press("escape")
                await pilot.pause()


def test_bindings_are_read_off_a_class_as_textual_binds_them():
    assert {one.id for one in bindings_of_class(CrowdedTable) if one.key in ("s", "S")} == {
        "names.sort",
        "names.reverse",
    }


def test_keys_without_an_ascii_sign_are_named_and_not_taken_for_others():
    assert key_in_ascii("⏎") == "Enter"
    assert key_in_ascii("← →") == "left right", "< and > go back and on in time"
    assert key_in_ascii("] [") == "] ["
