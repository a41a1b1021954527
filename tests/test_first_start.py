"""Three hints at the first start, until a key is pressed, and never again."""

from __future__ import annotations

from monitor_examples import monitor, opened

from tui.first_start import HINTS, hints_of_first_start
from tui.screens.key_line import KeyLine
from widgets.key_names import key_text


def test_the_hints_are_given_once(tmp_path):
    state = tmp_path / "state"
    assert hints_of_first_start(state) == HINTS
    assert hints_of_first_start(state) == ""


def test_where_nothing_can_be_written_they_are_given_and_nothing_fails(tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    assert hints_of_first_start(tmp_path / "state") == HINTS


async def test_the_key_line_says_them_until_the_first_key(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.pause()
        line = screen.query_one(KeyLine)
        assert line.words == key_text(HINTS)
        await pilot.press("j")
        assert line.words == ""
    again = monitor(tmp_path)
    async with again.run_test(size=(120, 40)) as pilot:
        screen = await opened(again, pilot)
        await pilot.pause()
        assert screen.query_one(KeyLine).words == ""
