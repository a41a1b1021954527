"""The next start is where one left off: whole or not at all, per source, and never a reason not to start."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import loaded_market, monitor, opened, settled
from waiting import reaped

from tui.app import Monitor
from tui.settings.configuration import configured
from tui.settings.last_view import LastView, options_as_left, read_view, view_file, write_view
from widgets.crowded import CrowdedTable

LEFT = LastView(
    window="mtd", tier_basis="start", positions="step", theme="day", sort="profit", is_descending=False,
    filter="crowding > 5", tiers=("mid", "small"), sector="Technology", is_rolled_up=True, symbol="AAA",
    column_order=("symbol", "profit", "crowding"), hidden_columns=("crowding",), has_preview=False,
    has_braille=False, has_common_scale=True,
)  # fmt: skip


def test_a_view_that_is_written_and_read_is_itself(tmp_path):
    file = tmp_path / "state" / "views" / "demo.json"
    assert write_view(file, LEFT) == ""
    assert read_view(file) == (LEFT, "")
    assert file.stat().st_mode & 0o777 == 0o600


def test_every_source_and_folder_has_a_view_of_its_own(tmp_path):
    home = {"SHORTSIDE_HOME": str(tmp_path)}
    asked = [{}, {"source": "files", "data": "/a"}, {"source": "files", "data": "/b"}, {"source": "public"}]
    files = {view_file(configured(one, home).options) for one in asked}
    assert len(files) == 4
    assert not any("/a" in str(file.relative_to(tmp_path)) for file in files), "a path is nobody's business"


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 99_000, b'"words"'])
def test_a_broken_file_is_put_aside_with_a_word_and_the_next_start_finds_none(tmp_path, content):
    file = tmp_path / "demo.json"
    file.write_bytes(content)
    view, words = read_view(file)
    assert view is None
    assert "could not be understood" in words
    assert file.with_name("demo.json.broken").read_bytes() == content, "nothing of it is lost"
    assert read_view(file) == (None, "")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (os.mkfifo, "no ordinary file"),
        (os.mkdir, "Is a directory"),
        (lambda path: path.write_bytes(b" " * 200_000), "larger than"),
        (lambda path: path.symlink_to(path), "symbolic links"),
    ],
)
def test_what_is_no_file_of_ours_is_not_read_holds_nobody_up_and_is_said(tmp_path, make, words):
    path = tmp_path / "demo.json"
    make(path)
    view, said = read_view(path)
    assert view is None
    assert words in said


async def test_a_window_that_this_market_does_not_have_is_no_reason_not_to_start(tmp_path):
    app = again(tmp_path, replace(LEFT, window="since:2031-01-02", filter="", sector=None, tiers=None))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        assert app.failure is None
        assert app.board.view.window == "ytd"
        assert app.board.view.basis.value == "start", "what this market has is as it was left"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*LastView.__dataclass_fields__, "other"]), ANYTHING))
def test_any_object_is_understood_as_far_as_its_keys_are_ours(found):
    from tui.settings.last_view import _view_of

    view = _view_of(found)
    assert isinstance(view.filter, str)
    assert isinstance(view.is_descending, bool)
    assert view.tiers is None or all(isinstance(one, str) for one in view.tiers)
    assert view.window is None or isinstance(view.window, str)


def test_arguments_and_environment_win_over_how_it_was_left_and_what_is_no_window_is_passed_over(tmp_path):
    home = {"SHORTSIDE_HOME": str(tmp_path)}
    assert options_as_left(configured({}, home), LEFT).window == "mtd"
    assert options_as_left(configured({"window": "1y"}, home), LEFT).window == "1y"
    assert options_as_left(configured({}, {**home, "SHORTSIDE_TIER_BASIS": "daily"}), LEFT).tier_basis == "daily"
    assert options_as_left(configured({}, home), replace(LEFT, window="7y")).window == "ytd"


def test_a_theme_that_the_file_asks_for_since_is_newer_than_the_one_that_was_left(tmp_path):
    home = {"SHORTSIDE_HOME": str(tmp_path)}
    left = replace(LEFT, theme="safe", theme_of_file=None)
    (tmp_path / "config.toml").write_text('theme = "day"\n')
    assert options_as_left(configured({}, home), left).theme == "day"
    # Left again while the file said so, the theme chosen by then is the newer one.
    assert options_as_left(configured({}, home), replace(left, theme_of_file="day")).theme == "safe"
    (tmp_path / "config.toml").write_text("")
    assert options_as_left(configured({}, home), replace(left, theme_of_file="day")).theme == "safe"


def again(home, left):
    """A monitor that begins as another was left."""
    configuration = configured({}, {"SHORTSIDE_HOME": str(home)})

    def load(asked, _clock, _progress, **_how):
        loaded = loaded_market()
        loaded.view = asked.view()
        return loaded

    from monitor_examples import NOW

    return Monitor(options_as_left(configuration, left), lambda: NOW, loader=load, left=left)


async def test_the_next_start_shows_what_was_left(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("b", "t", "S", "down", "down")
        await pilot.press("slash", "a", "enter")
        await settled(app, pilot, lambda: table.has_focus)
        await settled(app, pilot, lambda: app.board.view.basis.value == "start")
        followed = table.followed
        await pilot.press("q")
    view, words = read_view(view_file(app.options))
    assert words == ""
    assert view is not None
    assert (view.tier_basis, view.filter, view.is_rolled_up, view.is_descending) == ("start", "a", True, False)
    other = again(tmp_path, view)
    async with other.run_test(size=(120, 40)) as pilot:
        screen = await opened(other, pilot)
        table = screen.query_one(CrowdedTable)
        await settled(other, pilot, lambda: table.filter_text == "a")
        assert other.board.view.basis.value == "start"
        assert not table.is_descending
        assert table.followed == followed
        assert screen.query_one("#tiers").is_rolled_up
        assert screen.view_as_left(other.board.view, other.theme) == view


async def test_a_view_of_another_market_or_version_is_taken_up_as_far_as_it_fits(tmp_path):
    app = again(
        tmp_path, replace(LEFT, sort="beauty", tiers=("huge",), sector="Alchemy", theme="gone", filter="crwd > 1")
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot, lambda: app.board is not None and app.screen.query(CrowdedTable))
        table = app.screen.query_one(CrowdedTable)
        await settled(app, pilot, lambda: table.empty_words != "")
        assert (table.sort_key, table.tiers) == ("crowding", None)
        await pilot.press("escape", "escape")
        await settled(app, pilot, lambda: table.row_count == 10)


def test_a_kill_in_the_middle_of_writing_never_loses_a_view(tmp_path):
    file = tmp_path / "demo.json"
    write_view(file, LEFT)
    chosen = random.Random(15)
    for _ in range(40):
        child = os.fork()
        if not child:
            while True:
                write_view(file, replace(LEFT, filter="x" * chosen.randrange(5_000)))
        time.sleep(chosen.random() * 0.004)
        os.kill(child, signal.SIGKILL)
        reaped(child)
        view, words = read_view(file)
        assert words == ""
        assert view is not None
        assert view.sort == "profit"
    assert json.loads(file.read_text())["window"] == "mtd"
