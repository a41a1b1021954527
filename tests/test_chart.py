"""Curves stand where their values are, gaps stay gaps, and every line is as wide as the panel."""

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets.canvas import CurveForm, Stroke
from widgets.chart import Chart, Series, gutters, legend, line_chart, nice_ticks
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs
from widgets.lines import Line
from widgets.time_axis import EventMark, Span, date_ticks, label_line, rule_line


def drawn(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


FIRST = date(2023, 9, 4).toordinal()
"""A Monday."""


def curve(values: list[float], kind: Stroke = "line", axis="left", end="") -> Series:
    places = range(FIRST, FIRST + len(values))
    return Series(label="curve", x=places, values=values, kind=kind, axis=axis, end=end)


def plotted(series: list[Series], width: int, rows: int, **changes) -> list[str]:
    """The plot alone, without labels and axes."""
    shaded_from, ruled_at = changes.pop("shaded_from", None), changes.pop("ruled_at", None)
    chart = Chart(series, rows, **changes)
    return drawn(chart.lines(width, 0, 0, shaded_from=shaded_from, ruled_at=ruled_at))


@given(
    st.lists(st.floats(min_value=-1e12, max_value=1e12) | st.just(math.nan), max_size=40),
    st.integers(min_value=0, max_value=60),
    st.integers(min_value=0, max_value=12),
    st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII]),
    st.sampled_from(CurveForm),
)
def test_a_chart_fills_its_rectangle(values: list[float], width: int, height: int, glyphs: Glyphs, form: CurveForm):
    both = [curve(values, end="12.3"), curve(values[::-1], "dashed", "right"), curve(values, "dots", "right", "9")]
    mark = EventMark(place=FIRST + 3, sign="S")
    lines = drawn(line_chart(both, width, height, shaded_from=FIRST + 30, marks=[mark], glyphs=glyphs, form=form))
    assert len(lines) == height
    assert all(cell_len(line) == width for line in lines)
    assert not any("nan" in line for line in lines)
    if glyphs is GLYPHS_ASCII:
        assert all(line.isascii() for line in lines)


def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right():
    assert plotted([curve([0, 1, 2, 3])], 4, 4, glyphs=GLYPHS_ASCII) == ["   *", "  * ", " *  ", "*   "]


def test_a_line_is_drawn_of_half_blocks_where_a_font_has_no_braille():
    assert plotted([curve([0, 1, 2, 3])], 4, 2, form=CurveForm.BLOCKS) == ["  ▄▀", "▄▀  "]
    assert plotted([curve([0, 1, 2, 3])], 4, 4, form=CurveForm.BLOCKS, glyphs=GLYPHS_ASCII)[0] == "   *"


def test_a_gap_in_the_values_is_a_gap_in_the_line():
    lines = plotted([curve([1, 1, math.nan, 1, 1])], 5, 2, glyphs=GLYPHS_ASCII)
    assert sorted(lines) == ["     ", "** **"]


def test_an_estimate_is_dashed_and_what_is_known_is_a_dot():
    flat = [1.0] * 9
    assert "- - - - -" in plotted([curve(flat, "dashed")], 9, 2, glyphs=GLYPHS_ASCII)
    known = [1.0 if index % 4 == 0 else math.nan for index in range(9)]
    lines = plotted([curve(known, "dots"), curve(flat, "dashed")], 9, 2, glyphs=GLYPHS_ASCII)
    assert "o - o - o" in lines, "dots are drawn over lines, whatever the order"


def test_each_axis_has_its_own_scale_and_labels():
    both = [curve([10.0, 20.0]), curve([1e9, 2e9], "dashed", "right")]
    lines = drawn(line_chart(both, 60, 14, left_format=lambda value: f"{value:.0f}"))
    assert lines[0].startswith("20┤")
    assert lines[0].rstrip().endswith("├2.00B")
    assert lines[11].startswith("10┤")
    assert lines[11].rstrip().endswith("├1.00B")


@given(
    st.floats(min_value=-1e12, max_value=1e12),
    st.floats(min_value=1.0, max_value=1e12),
    st.integers(4, 20),
    st.sampled_from(CurveForm),
)
def test_an_axis_has_two_labels_at_least(low: float, length: float, rows: int, form: CurveForm):
    lines = drawn(line_chart([curve([low, low + length])], 60, rows + 2, left_format=lambda _: "1", form=form))
    assert sum(line.startswith("1┤") for line in lines) >= 2


def test_the_last_value_stands_at_the_right_edge_where_the_curve_ends():
    lines = drawn(line_chart([curve([3.0, 1.0, 2.0, math.nan], end="2.00")], 30, 7))
    assert [line.rstrip().endswith("◂2.00") for line in lines[:5]] == [False, False, True, False, False]


def test_two_last_values_at_one_height_are_both_read():
    both = [curve([1.0, 2.0], end="2.00"), curve([7.0, 9.0], axis="right", end="9M")]
    text = "\n".join(drawn(line_chart(both, 40, 8)))
    assert "◂2.00" in text
    assert "◂9M" in text


def test_charts_above_one_another_have_their_days_in_the_same_cells():
    charts = [Chart([curve([1e9, 2e9], end="x" * 6)], 5), Chart([curve([1.0, 2.0])], 5)]
    left, right = gutters(charts, 60)
    assert (left, right) == (charts[0].left_width, charts[0].right_width)
    assert charts[1].left_width < left
    assert {len(line) for chart in charts for line in drawn(chart.lines(60 - left - right, left, right))} == {60}


def test_labels_give_way_to_the_curve_where_it_is_narrow():
    both = [curve([1.0, 2.0]), curve([1e9, 2e9], axis="right")]
    assert gutters([Chart(both, 5)], 18)[1] == 0
    assert gutters([Chart(both, 5)], 12) == (0, 0)


def test_what_is_not_published_yet_is_shaded():
    lines = Chart([curve([float(value) for value in range(11)])], 3).lines(11, 0, 0, shaded_from=FIRST + 5)
    shaded = [text for line in lines for text, style in line if style == "shade"]
    assert shaded
    assert set(shaded) == {"░"}
    assert drawn(lines)[2][6:] == "░░░░░"
    assert "░" not in drawn(lines)[0][:6]


def test_the_line_of_a_reading_leaves_the_curve_in_sight():
    lines = plotted([curve([1.0, 2.0, 1.0])], 3, 3, glyphs=GLYPHS_ASCII, ruled_at=FIRST + 1)
    assert lines == [" * ", "*|*", "*|*"] or [line[1] for line in lines] == ["*", "|", "|"]


def test_the_time_axis_leaves_out_labels_that_would_touch():
    span = Span(0.0, 20.0, 21)
    line = label_line(span, [(0.0, "1 Sep"), (2.0, "3 Sep"), (8.0, "9 Sep")])
    assert drawn([line]) == ["1 Sep   9 Sep        "]


def test_the_rule_has_ticks_at_labels_and_mondays_and_the_marks_of_events():
    span = Span(float(FIRST), FIRST + 13.0, 14)
    marks = [EventMark(place=FIRST + 3, sign="S"), EventMark(place=FIRST + 99, sign="X")]
    ticks = [(FIRST + 1.0, "5 Sep")]
    assert drawn([rule_line(span, ticks, marks, FIRST + 9.0)]) == ["┴┬─S───┴─▲────"]
    assert drawn([rule_line(span, ticks, marks, None, GLYPHS_ASCII)]) == ["'+-S---'------"]


def test_nothing_to_draw_says_so():
    assert "no data" in "\n".join(drawn(line_chart([], 20, 5)))
    assert "no data" in "\n".join(drawn(line_chart([curve([math.nan, math.nan])], 20, 5)))


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
        (date(2022, 11, 15), date(2023, 4, 3), ["1 Dec 22", "1 Jan 23", "1 Feb", "1 Mar", "1 Apr"]),
        (date(2023, 9, 1), date(2023, 9, 7), ["1 Sep 23", *(f"{day} Sep" for day in range(2, 8))]),
    ],
)
def test_dates_are_labelled_by_day_or_month(first: date, last: date, labels: list[str]):
    ticks = date_ticks(first, last, 60)
    assert [label for _, label in ticks] == labels
    assert all(first.toordinal() <= place <= last.toordinal() for place, _ in ticks)


def test_a_legend_names_each_curve_beside_a_sample():
    text = "".join(piece for piece, _ in legend([curve([1.0], "dots", "right")], GLYPHS_ASCII))
    assert text.strip() == "o curve (right)"
