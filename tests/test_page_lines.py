"""A page of text is as wide as a narrow terminal, and says which columns it has no room for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.documents.page_lines import (
    LEAST_PAGE_WIDTH,
    PAGE_WIDTH,
    Paragraph,
    broken_into_lines,
    columns_that_fit,
    width_of_page,
    without_room_words,
)
from tui.terminal.plain_words import columns_of_output
from widgets.fields import Field, PageColumn, Unit

COLUMNS = [
    (Field(key, Unit.NUMBER, "a figure"), PageColumn(key, width))
    for key, width in (("symbol", 8), ("first", 10), ("second", 20), ("third", 10))
]


def keys(columns):
    return [field.key for field, _ in columns]


def test_a_file_and_a_pipe_have_a_page_of_its_full_width_and_a_terminal_its_own(monkeypatch, capsys):
    assert columns_of_output() is None, "output is captured here"
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert columns_of_output() == 80
    widths = [width_of_page(columns) for columns in (None, 20, 80, 300)]
    assert widths == [PAGE_WIDTH, LEAST_PAGE_WIDTH, 80, PAGE_WIDTH]


def test_paragraphs_are_broken_and_lines_of_a_table_are_not():
    table = "symbol " * 20
    assert broken_into_lines([table, Paragraph("one two three")], 9) == [table, "one two", "  three"]


def test_columns_on_the_right_give_way_and_that_of_the_order_stays():
    assert keys(columns_that_fit(COLUMNS, 51)[0]) == ["symbol", "first", "second", "third"]
    assert columns_that_fit(COLUMNS, 50)[1] == ["third"]
    kept, lost = columns_that_fit(COLUMNS, 50, pinned="third")
    assert (keys(kept), lost) == (["symbol", "first", "third"], ["second"])
    assert without_room_words([]) == []
    assert "no room for: second;" in without_room_words(lost)[0]


@given(st.integers(20, 120), st.sampled_from(["", "first", "third"]))
def test_whatever_is_kept_fits_and_nothing_is_lost_in_silence(width, pinned):
    kept, lost = columns_that_fit(COLUMNS, width, pinned)
    assert sum(page.width + 1 for _, page in kept) - 1 <= width
    assert sorted([*keys(kept), *lost]) == sorted(keys(COLUMNS))
