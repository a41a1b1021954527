"""Lines and bars show what is known, and leave blank what is not."""

import math

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs
from widgets.sparkline import Sparkline, diverging_bar, level_sign, sparkline

KNOTS = "⣤⠶⠛"
any_glyphs = st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII])


def is_drawing(sign: str, glyphs: Glyphs) -> bool:
    return sign in glyphs.heights + glyphs.newest if glyphs.is_ascii else 0x2800 < ord(sign) <= 0x28FF


@given(st.lists(st.floats(), max_size=60), st.integers(min_value=0, max_value=20), any_glyphs)
def test_a_sparkline_fills_its_width_with_a_line_and_blanks(values: list[float], width: int, glyphs: Glyphs):
    text = sparkline(values, width, glyphs)
    assert cell_len(text) == width
    assert all(sign == " " or is_drawing(sign, glyphs) for sign in text)
    if not any(math.isfinite(value) for value in values):
        assert text.strip() == ""


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=60), st.integers(1, 20))
def test_a_line_ends_in_a_knot_and_has_no_other(values: list[float], width: int):
    line = sparkline(values, width)
    assert line[-1] in KNOTS
    assert not set(line[:-1]) & set(KNOTS)


def test_a_rise_is_a_line_from_the_lower_left_that_ends_in_a_knot():
    assert sparkline(range(7), 4) == "⣀⠔⠊⠛"
    assert sparkline(numpy.arange(8.0), 8) == "⣀⣀⠤⠤⠒⠒⠉⠛"
    assert sparkline(range(5), 6, GLYPHS_ASCII) == "_.-*'<"


def test_the_knot_stands_where_the_newest_value_does():
    assert [sparkline([0.0, 3.0, newest], 3)[-1] for newest in (0.0, 1.0, 2.0, 3.0)] == ["⣤", "⠶", "⠶", "⠛"]


def test_a_missing_value_is_a_blank_and_not_the_lowest_level():
    assert sparkline([0.0, math.nan, 1.0], 3) == "⣀ ⠛"
    assert sparkline([0.0, math.nan, 1.0], 4, GLYPHS_ASCII) == "_ '<"


def test_a_series_that_ends_early_has_its_knot_where_it_ends():
    assert sparkline([0.0, 1.0, math.nan], 3) == "⣀⠛ "
    assert sparkline([0.0, 1.0, math.nan], 4, GLYPHS_ASCII) == "_'< "


def test_a_series_that_does_not_move_stands_at_middle_height():
    assert sparkline([5.0, 5.0, 5.0], 3) == "⠒⠒⠶"
    assert sparkline([5.0, 5.0, 5.0], 4, GLYPHS_ASCII) == "---<"


def test_a_long_series_keeps_the_newest_known_value_of_each_run():
    assert sparkline([0, 0, 7, 7, 0, 0, 0, 7, 0], 2) == "⢱⣤"
    assert sparkline([0.0, 7.0, math.nan, 0.0, math.nan, 7.0], 2) == "⢱⠛"


def test_a_short_series_stands_at_the_right():
    assert sparkline([0.0, 1.0], 5) == "   ⣀⠛"


def test_a_wider_line_shows_more_of_a_series():
    whole, each = Sparkline(range(24), 8, GLYPHS_UNICODE), Sparkline(range(24), 8, GLYPHS_UNICODE, has_cell_each=True)
    assert whole == whole.at(8) == sparkline(range(24), 8)
    assert whole.at(16) == sparkline(range(24), 16)
    assert each == sparkline(range(16, 24), 8), "the newest eight, a cell each"
    assert each.at(12) == sparkline(range(12, 24), 12)


def test_a_level_is_a_bar_that_never_fills_its_cell():
    assert [level_sign(value, 0, 10) for value in (-1, 0, 5, 10, 99, math.nan)] == ["▁", "▁", "▃", "▅", "▅", "—"]
    assert level_sign(10, 0, 10, GLYPHS_ASCII) == "#"


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
