"""The file settles the columns of tables, the key `c` chooses them, and the newer of the two is shown."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import NOW, loaded_market, monitor, opened, settled

from tui.__main__ import main
from tui.app import Monitor
from tui.screens.board_screen import BoardScreen
from tui.screens.column_boards import BOARDS, board_named, choice_of, column_name, settled_by_file
from tui.screens.column_chooser import ColumnChooser
from tui.settings.configuration import configured
from tui.settings.last_view import options_as_left, read_view, view_file
from tui.settings.section_tables import SectionTables, sections_of
from widgets.columns import TableColumn
from widgets.crowded import CrowdedTable
from widgets.settled_columns import with_settled
from widgets.tick_table import TickTable

FILE = Path("config.toml")
OWN = '[columns]\nnames = ["symbol", "profit", "crowding"]\nlists = ["today", "profit"]\n'


def read(text: str):
    """The columns in a configuration file, and what is wrong with it, each as words."""
    found, mistakes = settled_by_file(sections_of(FILE, text, tomllib.loads(text)))
    return found, [str(mistake) for mistake in mistakes]


# -- the table of the file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('names = ["symbol", "crowdng"]', "columns.names: names has no column crowdng; nearest: crowding"),
        ('names = ["symbol", "DTC"]', "names has no column DTC; nearest: days_to_cover"),
        ('compare = ["profit_c"]', "compare has no column profit_c; nearest: profit_"),
        ('name = ["symbol"]', "columns.name: no table is called name; nearest: names"),
        ('"my book" = ["symbol"]', "no table is called my book; nearest: book"),
        ('names = ["symbol", "symbol"]', "symbol stands there twice"),
        ("names = []", 'must be a list of columns: ["rank", …]'),
        ('names = "symbol"', "must be a list of columns"),
        ("names = [7]", "must be a list of columns"),
    ],
)
def test_a_table_is_refused_with_its_line_and_why_and_the_others_are_taken(line, words):
    found, mistakes = read(f'[columns]\nbook = ["symbol", "profit"]\n{line}\n')
    assert found == {"book": ("symbol", "profit")}
    (mistake,) = mistakes
    assert mistake.startswith("config.toml: line 3: columns.")
    assert words in mistake


def test_what_is_pinned_comes_first_where_it_is_not_listed():
    columns = [TableColumn(key=key, title=key, width=5, is_pinned=key == "b", priority=9) for key in "abcd"]
    assert [(one.key, one.priority) for one in with_settled(columns, ("d", "a"))] == [("b", 0), ("d", 1), ("a", 2)]
    choice = choice_of(("d", "a"), columns)
    assert (choice.shown, choice.order) == (("b", "d", "a"), ("b", "d", "a", "c"))


values = st.recursive(
    st.one_of(st.text(max_size=8), st.sampled_from(["symbol", "profit", "crowding"]), st.integers(), st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=6,
)
boards = st.one_of(st.sampled_from([board.name for board in BOARDS]), st.text(max_size=8))


@given(st.one_of(st.dictionaries(boards, values, max_size=4), values))
def test_whatever_stands_in_the_table_is_refused_in_words_or_names_columns_there_are(table):
    found, mistakes = settled_by_file(SectionTables(FILE, columns=table))
    assert all(str(one).isprintable() and len(str(one)) < 400 for one in mistakes)
    for name, keys in found.items():
        board = board_named(name)
        assert board is not None
        assert set(keys) <= set(board.names.values())
        assert len(set(keys)) == len(keys) > 0
        # Of whatever is settled there is a table to be drawn, with all that is pinned in it.
        shown = [column.key for column in with_settled(board.columns, keys)]
        assert {column.key for column in board.columns if column.is_pinned} | set(keys) == set(shown)


def test_config_columns_prints_a_table_that_gives_what_is_built_in(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "columns"]) == 0
    found, mistakes = read(capsys.readouterr().out)
    assert mistakes == []
    assert found == {board.name: tuple(column.key for column in board.columns) for board in BOARDS}
    (tmp_path / "config.toml").write_text('[columns]\nnames = ["symbl"]\nbook = ["symbol", "profit"]\n')
    assert main(["config", "columns"]) == 3
    shown = capsys.readouterr()
    assert 'book = ["symbol", "profit"]' in shown.out
    assert "config.toml: line 2: columns.names: names has no column symbl; nearest: symbol" in shown.err


def test_every_column_has_a_name_of_its_own():
    for board in BOARDS:
        assert len({column_name(column.key) for column in board.columns}) == len(board.columns)


# -- on the screen ------------------------------------------------------------------------------------------------


def shown_in(table: TickTable) -> list[str]:
    return [column.key for column in table.visible_columns]


def again(home: Path) -> Monitor:
    """A monitor that begins as the one before was left."""
    configuration = configured({}, {"SHORTSIDE_HOME": str(home)})
    left, _ = read_view(view_file(configuration.options))
    assert left is not None
    options = options_as_left(configuration, left)
    return Monitor(options, lambda: NOW, loader=lambda *_, **__: loaded_market(), left=left)


async def columns_of_names(app: Monitor, *keys: str) -> list[str]:
    """The columns of the names after some keys; the monitor is left, so that it keeps its view."""
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        shown = shown_in(screen.query_one(CrowdedTable))
        await pilot.press("q")
    return shown


async def test_the_file_settles_the_names_until_c_chooses_and_c_until_the_file_says_otherwise(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    assert await columns_of_names(monitor(tmp_path)) == ["symbol", "profit", "crowding"]
    assert await columns_of_names(again(tmp_path)) == ["symbol", "profit", "crowding"]
    # By key the profit is hidden: the newer choice, also at the next start.
    assert await columns_of_names(again(tmp_path), "c", "down", "space", "escape") == [*("symbol", "crowding")]
    assert await columns_of_names(again(tmp_path)) == ["symbol", "crowding"]
    file.write_text('[columns]\nnames = ["symbol", "price"]\n')
    assert await columns_of_names(again(tmp_path)) == ["symbol", "price"]
    file.write_text("")
    assert len(await columns_of_names(again(tmp_path))) > 10


async def test_the_columns_of_another_table_are_settled_and_chosen_and_remembered(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text(OWN)
    pinned = ["current", "applied", "name"]

    async def columns_of_lists(app: Monitor, *keys: str) -> list[str]:
        async with app.run_test(size=(160, 40)) as pilot:
            await opened(app, pilot)
            await pilot.press("L")
            await settled(app, pilot, lambda: isinstance(app.screen, BoardScreen) and app.screen.has_panels)
            board = app.screen
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            shown = shown_in(board.query_one("#lists", TickTable))
            # The dollars of the tiers stay below those of the lists.
            assert shown_in(board.query_one("#list-tiers", TickTable)) == shown
            await pilot.press("escape", "q")
        return shown

    assert await columns_of_lists(monitor(tmp_path)) == [*pinned, "today", "profit"]
    # Behind what is pinned stands the first that can be hidden.
    assert await columns_of_lists(again(tmp_path), "c", "down", "down", "down", "space", "escape") == [
        *pinned,
        "profit",
    ]
    assert await columns_of_lists(again(tmp_path)) == [*pinned, "profit"]
    file.write_text(OWN.replace("today", "names"))
    assert await columns_of_lists(again(tmp_path)) == [*pinned, "names", "profit"]


async def test_the_chooser_shows_what_the_file_settled(tmp_path):
    (tmp_path / "config.toml").write_text(OWN)
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("c")
        await settled(app, pilot, lambda: isinstance(app.screen, ColumnChooser) and app.screen.has_panels)
        assert isinstance(app.screen, ColumnChooser)
        assert app.screen.choice.shown == ("symbol", "profit", "crowding")


async def test_a_view_of_a_version_with_other_columns_is_taken_up_as_far_as_it_fits(tmp_path):
    (tmp_path / "config.toml").write_text("")
    await columns_of_names(monitor(tmp_path))
    configuration = configured({}, {"SHORTSIDE_HOME": str(tmp_path)})
    left, _ = read_view(view_file(configuration.options))
    assert left is not None
    left = replace(left, board_columns=("compare symbol beauty tier", "gone symbol", "book beauty", ""))
    app = Monitor(configuration.options, lambda: NOW, loader=lambda *_, **__: loaded_market(), left=left)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        assert app.settled_columns == {"compare": ("symbol", "tier")}
