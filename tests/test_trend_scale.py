"""Sparklines on one scale: a line that moves more looks so, and the title says how far the scale goes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from monitor_examples import monitor, opened, settled

from widgets.crowded import CrowdedTable
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.name_columns import crowded_columns
from widgets.sparkline import sparkline
from widgets.trend_scale import LEAST_BOUND, common_bound

BLOCKS = replace(GLYPHS_UNICODE, has_braille=False)


def test_the_scale_holds_nine_names_of_ten_whatever_they_are_worth():
    figures = np.array([np.full(10, 200.0), 200.0 * (1 + np.array([0.1] * 9 + [5.0]))])
    assert common_bound(figures) == pytest.approx(0.6), "between the ninth name's 10 % and the tenth's 500 %"
    assert common_bound(figures[:, :9]) == pytest.approx(0.1)
    assert common_bound(figures[:, :9] * 1e6) == pytest.approx(0.1)


def test_the_scale_begins_at_the_oldest_known_figure_and_a_name_without_one_has_no_say():
    figures = np.array([[math.nan, math.nan], [100.0, math.nan], [75.0, math.nan]])
    assert common_bound(figures) == pytest.approx(0.25)
    assert common_bound(np.full((3, 2), math.nan)) == LEAST_BOUND
    assert common_bound(np.empty((0, 4))) == LEAST_BOUND


@pytest.mark.parametrize("glyphs", [GLYPHS_UNICODE, BLOCKS, GLYPHS_ASCII])
def test_on_one_scale_a_small_move_stays_in_the_middle_and_a_large_one_is_cut_at_the_end(glyphs):
    small, large = [100.0, 101.0, 99.0, 100.0], [100.0, 150.0, 400.0, 900.0]
    bounds = 50.0, 150.0
    assert sparkline(small, 6, glyphs) != sparkline(small, 6, glyphs, bounds)
    flat = sparkline([100.0] * 4, 6, glyphs, bounds)
    assert sparkline([100.0, 101.0, 101.0, 100.0], 6, glyphs, bounds) == flat
    assert sparkline(large, 6, glyphs, bounds) == sparkline([100.0, 150.0, 150.0, 150.0], 6, glyphs, bounds)


def test_without_braille_a_line_is_of_signs_of_several_heights_that_keep_clear_of_the_row_above():
    line = sparkline([1, 2, 3, 4, 5], 6, BLOCKS)
    assert line == "▁▂▃▄▅◂"
    assert "█" not in line


def test_titles_and_explanations_say_which_scale_it_is():
    own, common = crowded_columns("ytd"), crowded_columns("ytd", False, "", 0.4, 0.25)
    titles = {one.key: one.title for one in own}
    assert (titles["short_trend"], titles["price_trend"]) == ("SI cycle", "price")
    by_key = {one.key: one for one in common}
    assert (by_key["short_trend"].title, by_key["price_trend"].title) == ("SI ±40%", "px ±25%")
    assert "40% to both sides of the oldest" in by_key["short_trend"].tooltip


async def test_o_draws_all_lines_on_one_scale_and_d_without_braille(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)

        def title():
            return next(column.title for column in table.columns if column.key == "short_trend")

        def has_braille():
            return any("\u2800" < sign < "\u2900" for sign in table.cell_text(0, "price_trend"))

        assert title() == "SI cycle"
        await pilot.press("o")
        await settled(app, pilot, lambda: title().startswith("SI ±"))
        assert has_braille()
        await pilot.press("d")
        await settled(app, pilot, lambda: not has_braille())
        await pilot.press("o", "d")
        await settled(app, pilot, lambda: title() == "SI cycle" and has_braille())
