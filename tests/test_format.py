"""Figures keep their width, their size and their sign, whatever they are."""

import math
import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from widgets import format as formatting
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, Glyphs, NoFigure

UNITS = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
any_float = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(min_value=-1e13, max_value=1e13),
    st.integers(min_value=-(10**13), max_value=10**13).map(float),
)
any_figure = st.one_of(any_float, st.none(), st.sampled_from(NoFigure))
any_glyphs = st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII])
FORMATS = [
    lambda value, width, glyphs: formatting.dollars(value, width, True, glyphs=glyphs),
    lambda value, width, glyphs: formatting.dollars(value, width, unit="B", decimals=2, glyphs=glyphs),
    lambda value, width, glyphs: formatting.shares(value, width, glyphs=glyphs),
    lambda value, width, glyphs: formatting.count(value, width, glyphs=glyphs),
    lambda value, width, glyphs: formatting.percent(value, width, glyphs=glyphs),
    lambda value, width, glyphs: formatting.number(value, width, decimals=3, glyphs=glyphs),
    lambda value, width, glyphs: formatting.price(value, width, glyphs=glyphs),
    lambda value, width, glyphs: formatting.days(value, width, glyphs=glyphs),
    lambda value, width, glyphs: formatting.age(value, width, glyphs=glyphs),
]


def read(text: str) -> float:
    """The number a reader takes from a figure with a unit."""
    text = text.strip().replace("−", "-").replace(",", "")
    match = re.fullmatch(r"([+-]?[0-9.]+(?:e\d+)?)([KMBT]?)", text)
    assert match, text
    return float(match[1]) * UNITS[match[2]]


@given(any_figure, st.integers(min_value=0, max_value=20), any_glyphs)
def test_every_figure_fills_exactly_its_cells_and_never_says_nan(value, width: int, glyphs: Glyphs):
    for formatted in FORMATS:
        text = formatted(value, width, glyphs)
        assert cell_len(text) == width
        assert "nan" not in text.lower()
        assert "inf" not in text.lower()
        if glyphs is GLYPHS_ASCII:
            assert text.isascii()


# What is printed of a figure next to the largest float cannot be read back as one.
@given(any_float.filter(lambda value: abs(value) < 1e300), st.integers(min_value=1, max_value=14))
def test_a_dollar_figure_says_its_size_or_nothing(value: float, width: int):
    text = formatting.dollars(value, width)
    if "#" in text:
        assert text == "#" * width
        assert width < 7, "seven cells hold any amount"
    elif abs(value) >= 1:
        assert 0.6 <= read(text) / value <= 1.5
    else:
        assert abs(read(text)) <= 1


@given(any_float.filter(math.isfinite), st.integers(min_value=7, max_value=14))
def test_a_signed_figure_always_prints_its_sign_unless_it_is_zero(value: float, width: int):
    text = formatting.dollars(value, width, signed=True).strip()
    if any(digit in text for digit in "123456789"):
        assert text[0] == ("−" if value < 0 else "+")
    else:
        assert text == "0"


@given(any_float.filter(lambda value: math.isfinite(value) and abs(value) < 1e4))
def test_a_percentage_reads_as_a_hundred_times_its_ratio(ratio: float):
    text = formatting.percent(ratio, 12, decimals=2).strip().removesuffix("%")
    if abs(ratio * 100) < 1e5:
        assert read(text) == pytest.approx(ratio * 100, abs=0.0051)
    else:
        assert read(text) == pytest.approx(ratio * 100, rel=0.01)


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (148.4e9, 7, " 148.4B"),
        (1.42e9, 7, " +1.42B"),
        (-54.05e9, 7, "−54.05B"),
        (841e6, 7, "  +841M"),
        (12_300.0, 7, " +12.3K"),
        (999.6e6, 7, " +1.00B"),
        (999_949.0, 7, "  +1.00M"[1:]),
        (0.0, 7, "      0"),
        (1e300, 7, " +1e300"),
    ],
)
def test_dollars_carry_the_unit_that_suits_them(value: float, width: int, text: str):
    assert formatting.dollars(value, width, signed=value != 148.4e9) == text


def test_what_does_not_fit_loses_decimals_then_goes_up_a_unit_then_is_hidden():
    assert [formatting.dollars(-54.05e9, width) for width in (7, 6, 5, 4, 3)] == [
        "−54.05B",
        "−54.0B",
        " −54B",
        "−54B",
        "###",
    ]
    assert formatting.dollars(996e6, 3) == " 1B"
    assert formatting.dollars(600e6, 3) == "###", "600 million is not a billion"
    assert formatting.count(1_234_567, 6) == " 1.23M"[:6]
    assert formatting.percent(8.3996, 8, decimals=2) == "+839.96%"
    assert formatting.percent(8.3996, 5, decimals=2) == "+840%"


def test_a_column_of_one_unit_keeps_it():
    column = [formatting.dollars(value, 8, True, unit="B", decimals=2) for value in (-54.05e9, 0.13e9, 0.0, 1e12)]
    assert column == [" −54.05B", "  +0.13B", "   0.00B", "+1000.0B"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (20_953.1e6, "+20,953.1"), (-402.7e6, "   −402.7"), (0.06e6, "     +0.1"), (0.04e6, "    +<0.1"),
        (-1.0, "    −<0.1"), (0.0, "      0  "), (1e-9, "      0  "), (math.nan, "        —"),
    ],
)  # fmt: skip
def test_a_column_whose_title_names_the_unit_writes_all_in_it(value: float, text: str):
    assert formatting.in_unit(value, 9, "M", True) == text


def test_what_is_too_long_for_a_named_unit_loses_commas_then_decimals_then_says_another_unit():
    written = [formatting.in_unit(20_953.1e6, width, "M") for width in (8, 7, 6, 5, 4, 3)]
    assert written == ["20,953.1", "20953.1", " 20953", "20953", " 21B", "21B"]
    assert formatting.in_unit(-12_451.0, 9, "", True) == "  −12,451", "plain dollars have no decimals"
    assert formatting.in_unit(0.3e6, 5, "M", decimals=0) == "   <1"


@given(any_float, st.integers(1, 14), st.sampled_from(["", "K", "M", "B", "T"]), st.integers(0, 3), st.booleans())
def test_no_amount_shows_as_nothing_and_nothing_as_an_amount(value, width, unit, decimals, signed):
    text = formatting.in_unit(value, width, unit, signed, decimals=decimals)
    assert len(text) == width
    shown = text.strip()
    if math.isfinite(value) and "#" not in shown and "e" not in shown:
        is_nothing = not any("1" <= sign <= "9" for sign in shown)
        assert is_nothing == (abs(value) < 0.5)
        assert (formatting.GLYPHS_UNICODE.minus in shown) == (value <= -0.5)


def test_the_four_absences_look_different():
    missing = formatting.dollars(math.nan, 6)
    not_applicable = formatting.dollars(NoFigure.NOT_APPLICABLE, 6)
    old = formatting.with_age_letter(formatting.dollars(0.0, 6), "d")
    zero = formatting.dollars(0.0, 6)
    assert [missing, not_applicable, old, zero] == ["     —", "   n/a", "    0d", "     0"]
    assert formatting.dollars(None, 6) == formatting.dollars(NoFigure.MISSING, 6) == missing
    assert formatting.percent(NoFigure.NOT_APPLICABLE, 2) == " ·"


@pytest.mark.parametrize("value", [0.0, -0.0, -0.04, 0.04])
def test_what_rounds_to_zero_has_no_sign(value: float):
    assert formatting.number(value, 5, True, decimals=1) == "  0.0"
    assert formatting.percent(value / 100, 6) == "  0.0%"
    assert formatting.direction(0.0) == " "


def test_a_stale_figure_without_room_keeps_its_digits():
    assert formatting.with_age_letter("841M", "d") == "841M"
    assert formatting.with_age_letter("841M", "d", 6) == " 841Md"


@given(any_float, any_glyphs)
def test_a_direction_is_one_cell_and_points_the_way_of_the_value(value: float, glyphs: Glyphs):
    text = formatting.direction(value, glyphs=glyphs)
    if math.isfinite(value) and value != 0:
        assert text == (glyphs.up if value > 0 else glyphs.down)
    else:
        assert text == " "


def test_a_direction_within_its_dead_band_is_none():
    assert formatting.direction(-0.4, dead_band=0.5) == " "
    assert formatting.direction(-0.6, dead_band=0.5) == "▼"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.7, " 0.7"), (11.9, "11.9"), (99.96, " 100"), (999.4, " 999"), (999.6, ">999"), (math.inf, ">999")],
)
def test_days_to_cover_stop_at_three_digits(value: float, text: str):
    assert formatting.days(value, 4) == text


def test_a_date_names_its_year_only_where_it_is_another():
    reference = date(2023, 9, 7)
    assert formatting.short_date(reference, 9, reference=reference) == "    7 Sep"
    assert formatting.short_date(date(2022, 12, 30), 9, reference=reference) == "30 Dec 22"
    assert formatting.short_date(date(2022, 12, 30), 6, reference=reference) == "30 Dec"
    assert formatting.short_date(None, 6) == "     —"
    assert formatting.short_date(NoFigure.NOT_APPLICABLE, 6) == "   n/a"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(12.9, " 12s"), (240, "  4m"), (3 * 3_600, "  3h"), (2 * 86_400, "  2d"), (-5, "  0s"), (math.nan, "   —")],
)
def test_an_age_rounds_down_to_its_unit(seconds: float, text: str):
    assert formatting.age(seconds, 4) == text
    if math.isfinite(seconds):
        assert formatting.age(timedelta(seconds=seconds), 4) == text


@given(st.text(), st.integers(min_value=0, max_value=30), st.sampled_from(["left", "right"]))
def test_a_name_of_any_script_fills_exactly_its_cells(name: str, width: int, align):
    text = formatting.fit(name, width, align)
    assert cell_len(text) == width
    assert text.isprintable()


def test_a_wide_name_is_cut_at_a_cell_and_not_at_a_character():
    assert formatting.fit("台積電", 6) == "台積電"
    assert formatting.fit("台積電", 5) == "台積…"
    assert formatting.fit("台積電", 4) == "台 …"
    assert formatting.fit("a\x1b[31mb\nc", 8) == "a[31mb c"


def test_both_sets_of_glyphs_are_one_cell_wide_and_one_is_ascii():
    for glyphs in (GLYPHS_UNICODE, GLYPHS_ASCII):
        assert " " not in glyphs.levels + glyphs.heights
        assert not set("▆▇█") & set(glyphs.levels + glyphs.bar_line), "a full cell touches the row above"
        signs = [glyphs.minus, glyphs.missing, glyphs.ellipsis, glyphs.up, glyphs.down, glyphs.cursor, glyphs.dot]
        signs += [
            *glyphs.levels,
            *glyphs.heights,
            glyphs.newest,
            *glyphs.bar_line,
            *glyphs.bar_right,
            *(sign for _, sign in glyphs.bar_left),
            glyphs.shade,
        ]
        assert all(cell_len(sign) == 1 for sign in signs)
        assert all(sign.isascii() for sign in signs) == glyphs.is_ascii
