"""Curves stand where their values are, gaps stay gaps, and every line is as wide as the panel."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.chart import Series, Stroke, braille_chart, date_ticks, legend, nice_ticks
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs
from widgets.panel import Line


def drawn(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def curve(values: list[float], kind: Stroke = "line", axis="left") -> Series:
    return Series(label="curve", x=range(len(values)), values=values, kind=kind, axis=axis)


@given(
    st.lists(st.floats(min_value=-1e12, max_value=1e12) | st.just(math.nan), max_size=40),
    st.integers(min_value=0, max_value=60),
    st.integers(min_value=0, max_value=12),
    st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII]),
)
def test_a_chart_fills_its_rectangle(values: list[float], width: int, height: int, glyphs: Glyphs):
    both = [curve(values), curve(values[::-1], "dashed", "right"), curve(values, "dots", "right")]
    lines = drawn(braille_chart(both, width, height, shaded_from=30, x_ticks=[(3, "3 Sep")], glyphs=glyphs))
    assert len(lines) == height
    assert all(cell_len(line) == width for line in lines)
    assert not any("nan" in line for line in lines)
    if glyphs is GLYPHS_ASCII:
        assert all(line.isascii() for line in lines)


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    lines = drawn(braille_chart([curve([0, 1, 2, 3])], 4, 5, glyphs=GLYPHS_ASCII))
    assert lines[:4] == ["   *", "  * ", " *  ", "*   "]


def test_a_gap_in_the_values_is_a_gap_in_the_line():
    lines = drawn(braille_chart([curve([1, 1, math.nan, 1, 1])], 5, 3, glyphs=GLYPHS_ASCII))
    assert sorted(lines[:2]) == ["     ", "** **"]


def test_an_estimate_is_dashed_and_what_is_known_is_a_dot():
    flat = [1.0] * 9
    lines = drawn(braille_chart([curve(flat, "dashed")], 9, 3, glyphs=GLYPHS_ASCII))
    assert "- - - - -" in lines
    known = [1.0 if index % 4 == 0 else math.nan for index in range(9)]
    lines = drawn(braille_chart([curve(known, "dots"), curve(flat, "dashed")], 9, 3, glyphs=GLYPHS_ASCII))
    assert "o - o - o" in lines, "dots are drawn over lines, whatever the order"


def test_each_axis_has_its_own_scale_and_labels():
    lines = drawn(
        braille_chart(
            [curve([10.0, 20.0]), curve([1e9, 2e9], "dashed", "right")],
            60,
            13,
            left_format=lambda value: f"{value:.0f}",
        )
    )
    assert lines[0].startswith("20┤")
    assert lines[0].endswith("├2.00B")
    assert lines[11].startswith("10┤")
    assert lines[11].endswith("├1.00B")


def test_what_is_not_published_yet_is_shaded():
    lines = braille_chart([curve([float(value) for value in range(11)])], 11, 4, shaded_from=5)
    shaded = [text for line in lines for text, style in line if style == "shade"]
    assert shaded
    assert all(set(text) == {"░"} for text in shaded)
    assert drawn(lines)[2][6:] == "░░░░░"
    assert "░" not in drawn(lines)[0][:6]


def test_the_time_axis_leaves_out_labels_that_would_touch():
    ticks = [(0.0, "1 Sep"), (2.0, "3 Sep"), (8.0, "9 Sep")]
    lines = drawn(braille_chart([curve([1.0] * 21)], 21, 3, x_ticks=ticks, glyphs=GLYPHS_ASCII))
    assert lines[-1].split() == ["1", "Sep", "9", "Sep"]


def test_nothing_to_draw_says_so():
    assert "no data" in "\n".join(drawn(braille_chart([], 20, 5)))
    assert "no data" in "\n".join(drawn(braille_chart([curve([math.nan, math.nan])], 20, 5)))


@given(st.floats(min_value=-1e12, max_value=1e12), st.floats(min_value=1e-3, max_value=1e12), st.integers(1, 12))
def test_ticks_are_few_ascending_and_inside(low: float, length: float, count: int):
    ticks = nice_ticks(low, low + length, count)
    assert len(ticks) <= count
    assert ticks == sorted(ticks)
    slack = abs(low) * 1e-9 + length * 1e-9
    assert all(low - slack <= tick <= low + length + slack for tick in ticks)


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (date(2022, 11, 15), date(2023, 4, 3), ["Dec 22", "Jan 23", "Feb", "Mar", "Apr"]),
        (date(2023, 9, 1), date(2023, 9, 7), [f"{day} Sep" for day in range(1, 8)]),
    ],
)
def test_dates_are_labelled_by_day_or_month(first: date, last: date, labels: list[str]):
    ticks = date_ticks(first, last, 60)
    assert [label for _, label in ticks] == labels
    assert all(first.toordinal() <= place <= last.toordinal() for place, _ in ticks)


def test_a_legend_names_each_curve_beside_a_sample():
    text = "".join(piece for piece, _ in legend([curve([1.0], "dots", "right")], GLYPHS_ASCII))
    assert text.strip() == "o curve (right)"
