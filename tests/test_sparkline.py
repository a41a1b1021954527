"""Block characters show what is known, and leave blank what is not."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs
from widgets.sparkline import diverging_bar, sparkline

any_glyphs = st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII])


@given(st.lists(st.floats(), max_size=60), st.integers(min_value=0, max_value=20), any_glyphs)
def test_a_sparkline_fills_its_width_with_levels_and_blanks(values: list[float], width: int, glyphs: Glyphs):
    text = sparkline(values, width, glyphs)
    assert cell_len(text) == width
    assert set(text) <= {" ", *glyphs.spark}
    if width and not any(math.isfinite(value) for value in values):
        assert text.strip() == ""


def test_eight_steps_take_eight_levels():
    assert sparkline(range(8), 8) == "▁▂▃▄▅▆▇█"
    assert sparkline(numpy.arange(8.0), 8, GLYPHS_ASCII) == GLYPHS_ASCII.spark


def test_a_missing_value_is_a_blank_and_not_the_lowest_level():
    assert sparkline([0.0, math.nan, 1.0], 3) == "▁ █"


def test_a_series_that_does_not_move_stands_at_middle_height():
    assert sparkline([5.0, 5.0, 5.0], 3) == "▄▄▄"


def test_a_long_series_keeps_the_newest_known_value_of_each_run():
    assert sparkline([0, 7, 0, 0, 7, 7], 3) == "█▁█"
    assert sparkline([0.0, 7.0, math.nan, math.nan], 2) == "▄ "
    assert sparkline([0.0, 3.5, 7.0, math.nan], 2) == "▁█"


def test_a_short_series_stands_at_the_right():
    assert sparkline([0.0, 1.0], 5) == "   ▁█"


def test_a_given_scale_holds_the_levels_still():
    assert sparkline([0.0, 4.0, 99.0], 3, low=0.0, high=8.0) == "▁▅█"


@given(
    st.one_of(st.none(), st.floats()),
    st.floats(min_value=0, allow_infinity=False, allow_nan=False),
    st.integers(min_value=0, max_value=15),
    any_glyphs,
)
def test_a_bar_keeps_its_width_and_its_side(value, scale: float, half_width: int, glyphs: Glyphs):
    text = diverging_bar(value, scale, half_width, glyphs)
    assert cell_len(text) == 2 * half_width + 1
    assert text[half_width] == glyphs.bar_axis
    left, right = text[:half_width], text[half_width + 1 :]
    if value is not None and math.isfinite(value):
        assert (left if value >= 0 else right).strip() == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "     │     "),
        (2.0, "     │█    "),
        (3.3, "     │█▋   "),
        (-3.3, "   ▐█│     "),
        (-3.9, "   ██│     "),
        (-2.3, "   ▕█│     "),
        (10.0, "     │█████"),
        (-10.0, "█████│     "),
        (10.1, "     │████»"),
        (-99.0, "«████│     "),
        (math.nan, "     │—    "),
        (None, "     │—    "),
    ],
)
def test_a_bar_is_as_long_as_its_amount(value: float | None, text: str):
    assert diverging_bar(value, 10.0, 5) == text


@given(st.floats(min_value=0, max_value=1), st.integers(min_value=1, max_value=12))
def test_a_bar_to_the_left_is_within_a_third_of_a_cell_of_the_truth(share: float, half_width: int):
    lengths = {" ": 0.0, "▕": 0.125, "▐": 0.5, "█": 1.0}
    drawn = sum(lengths[sign] for sign in diverging_bar(-share, 1.0, half_width)[:half_width])
    assert abs(drawn - share * half_width) <= 0.26
