"""The round of windows: those with a name, and the `since:` window that somebody asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from monitor_examples import monitor, opened, settled

from shortside.named_windows import window_names
from shortside.view import View

SINCE = "since:2023-03-01"


def round_of(view, steps):
    """The windows that so many steps from a view show, one after another."""
    windows = []
    for _ in range(abs(steps)):
        view = view.next_window(1 if steps > 0 else -1)
        windows.append(view.window)
    return windows


def test_without_a_since_window_the_round_is_the_named_ones():
    assert round_of(View(window="1d"), len(window_names())) == [*window_names()[1:], "1d"]
    assert round_of(View(window="1d"), -2) == [window_names()[-1], window_names()[-2]]


def test_a_since_window_stays_in_the_round_in_both_directions():
    whole_round = [*window_names(), SINCE]
    assert round_of(View(window=SINCE), len(whole_round)) == whole_round
    assert round_of(View(window=SINCE), -len(whole_round)) == [*reversed(window_names()), SINCE]


def test_of_two_since_windows_the_newer_one_stays():
    view = replace(View(window=SINCE), window="since:2023-02-01").next_window()
    assert (view.window, view.next_window(-1).window) == (window_names()[0], "since:2023-02-01")


@pytest.mark.parametrize("change", ["next_basis", "next_positions", "next_knowledge"])
def test_another_choice_does_not_forget_the_since_window(change):
    view = getattr(View(window=SINCE).next_window(), change)()
    assert view.next_window(-1).window == SINCE


async def test_a_since_window_of_the_command_line_comes_back_on_the_screen(tmp_path):
    app = monitor(tmp_path, window=SINCE)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        assert app.board.view.window == SINCE
        await pilot.press("w")
        await settled(app, pilot, lambda: app.board.view.window == window_names()[0])
        await pilot.press("W")
        await settled(app, pilot, lambda: app.board.view.window == SINCE)
        assert app.board.window.start_date.isoformat() == "2023-02-28"
