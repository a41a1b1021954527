"""The tier panel: figures in columns that stay, what is dropped where it is narrow, a cursor to choose a tier by."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from board_examples import (
    Alone,
    any_table,
    any_unit,
    assert_well_drawn,
    board_of,
    group_row,
    screen_text,
    text_of,
    tier_table_of,
)
from hypothesis import given
from hypothesis import strategies as st
from textual import on

from shortside.rows import Reconciliation, tier_table
from shortside.tiers import TierBasis
from shortside.view import View
from shortside.windows import Window
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.list_panel import NamesChosen
from widgets.reconciliation import reconciliation_line, reconciliation_lines
from widgets.tier_profit import TierProfitPanel, panel_title, tier_profit_lines, tier_words, tiers_in

WINDOW = Window(name="ytd", start=0, end=9, start_date=date(2022, 12, 30), end_date=date(2023, 9, 7))
glyph_sets = st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII])


class Listening(Alone):  # type: ignore[misc]  # test helpers are untyped to mypy
    """Keeps the tiers chosen."""

    @on(NamesChosen)
    def keep(self, message: NamesChosen) -> None:
        assert message.control is message.panel
        self.posted.append((message.label, message.tiers))


def texts_at(width: int, height: int = 12, **options) -> list[str]:
    return [text_of(line) for line in tier_profit_lines(tier_table_of(), WINDOW, width, height, unit="B", **options)]


def test_a_tier_shows_its_bound_worth_profit_band_share_and_migration_in_its_columns():
    header, mega, *_ = texts_at(80)
    assert header == "  tier      cap names avg SI       P&L    ±  P&L %  today  % SI    migr trend   "
    assert mega.startswith("  mega    ≥200B    43  148.4 ▼  −54.05  2.1  −36.4  +0.60  17.2   −3.97 ")


def test_the_total_stands_under_a_rule_and_the_identity_under_the_total():
    lines = texts_at(80)
    assert [line[2:9].strip() for line in lines[1:8]] == ["mega", "large", "mid", "small", "micro", "nano", "unknown"]
    assert set(lines[8].strip()) == {"─"}
    assert lines[9].startswith("  all ")
    assert lines[10].strip() == ""
    assert lines[11].strip() == "SI 30 Dec 130.0B + new (−14.1B) − P&L (−54.0B) = SI 7 Sep 170.0B  off 0.0 ✓"


def test_where_it_is_low_the_space_goes_first_and_then_the_rule():
    assert [len(texts_at(80, height)) for height in (14, 12, 11, 10)] == [12, 12, 11, 10]
    assert "─" in texts_at(80, 11)[8]
    assert not any("─" in line for line in texts_at(80, 10))


def test_an_own_list_takes_the_space_above_the_identity_with_letters_for_its_dollars():
    mine = group_row("mine", profit=-7.2e6, names=3)
    without, lines = texts_at(80), texts_at(80, listed=mine)
    assert lines[10].split()[:2] == ["mine", "3"]
    assert "−7.20M" in lines[10]
    assert [*lines[:10], *lines[11:]] == [*without[:10], *without[11:]]
    assert texts_at(80, 11, listed=mine) == texts_at(80, 11), "there is no room"
    assert texts_at(80, 14, listed=mine)[10:12] == [lines[10], without[10]]


def test_where_it_is_narrow_bounds_go_first_then_the_band_the_share_and_the_names():
    gone: list[str] = []
    for width in range(90, 50, -1):
        titles = texts_at(width)[0].replace("P&L %", "ratio").replace("avg SI", "avg").replace("% SI", "share").split()
        gone += [title for title in ("cap", "±", "share", "names") if title not in titles and title not in gone]
    assert gone == ["cap", "±", "share", "names"]


def test_new_short_dollars_are_the_last_column_where_they_have_no_panel():
    header, mega, *_ = texts_at(78, has_new_short=True)
    assert header.rstrip().endswith("new 30d")
    assert mega.rstrip().endswith("+6.69")
    assert "new 30d" not in texts_at(78)[0]


def test_the_rollup_shows_three_groups_and_the_unclassified_by_names_that_fit():
    wide = texts_at(90, is_rolled_up=True)
    assert [line[2:21].strip() for line in wide[1:5]] == ["mega & large", "mid", "small, micro & nano", "unknown"]
    assert [tier_words("small+micro+nano", width) for width in (19, 16, 6)] == [
        "small, micro & nano",
        "small+micro+nano",
        "small+",
    ]
    assert "cap" not in wide[0].split()


def test_a_tier_without_names_has_no_ratio_and_no_trend():
    table = tier_table_of(nano={"names": 0, "average_short_interest": 0.0, "profit": 0.0, "profit_ratio": None})
    nano = text_of(tier_profit_lines(table, WINDOW, 80, 12, unit="B")[6])
    assert "n/a" in nano
    assert not any(0x2800 <= ord(sign) <= 0x28FF for sign in nano)
    assert "▲" not in nano
    assert "▼" not in nano


def test_a_figure_too_small_for_the_unit_is_less_than_the_least_and_only_nothing_is_zero():
    table = tier_table_of(nano={"profit": 1.2e6, "profit_today": -0.4e6, "migration": 0.0})
    nano = text_of(tier_profit_lines(table, WINDOW, 80, 12, unit="B")[6])
    assert "▲  +<0.01" in nano
    assert "−<0.01" in nano
    assert " 0    " in nano, "nothing, under the other figures' units"


def test_the_points_of_a_column_stand_below_each_other():
    table = tier_table_of(nano={"profit": 1.2e6}, mid={"profit": -154.05e9}, micro={"profit": 0.0})
    lines = [text_of(line) for line in tier_profit_lines(table, WINDOW, 80, 12, unit="B")]
    right = lines[0].index("P&L") + 3
    assert [line[right - 9 : right].strip("▲▼ ") for line in lines[1:7]] == [
        "−54.05", "−54.05", "−154.05", "−54.05", "0", "+<0.01",
    ]  # fmt: skip
    assert {line[:right].rindex(".") for line in lines[1:5]} == {right - 3}
    assert lines[5][right - 4] == "0"


def test_every_figure_with_a_colour_has_its_sign():
    for line in tier_profit_lines(tier_table_of(small={"profit": 8.76e9}), WINDOW, 80, 12, unit="B"):
        for text, style in line:
            if style in {"gain", "loss"}:
                assert ("+" in text) == (style == "gain")
                assert ("−" in text) == (style == "loss")


@given(any_table(), st.integers(1, 140), st.integers(1, 16), st.booleans(), st.booleans(), glyph_sets, any_unit)
def test_no_figure_breaks_a_line(table, width, height, is_rolled_up, has_new_short, glyphs, unit):
    options = {
        "is_rolled_up": is_rolled_up,
        "has_new_short": has_new_short,
        "cursor": 2,
        "listed": table.rows[3] if width % 2 else None,
        "glyphs": glyphs,
        "unit": unit,
    }
    lines = tier_profit_lines(table, WINDOW, width, height, **options)
    assert_well_drawn(lines, width)
    if glyphs.is_ascii:
        assert "".join(map(text_of, lines)).isascii()


def test_columns_stay_where_they_are_when_figures_grow():
    grown = {label: {"profit": 123.4e9, "profit_ratio": 8.3996, "names": 9_999} for label in ("mega", "total")}
    before, after = texts_at(80)[0], text_of(tier_profit_lines(tier_table_of(**grown), WINDOW, 80, 12, unit="B")[0])
    assert before == after


def test_an_identity_that_does_not_hold_says_by_how_much_and_why():
    broken = Reconciliation(start=791.1e9, new_short=12e9, profit=-110.4e9, end=912.3e9)
    line = reconciliation_line(broken, date(2022, 12, 30), date(2023, 9, 7), 150)
    assert "off +1.20B ✗ inputs disagree: a split not applied" in text_of(line)
    assert line[0][1] == "warning"
    assert text_of(reconciliation_line(broken, date(2022, 12, 30), date(2023, 9, 7), 30)).strip() == "off +1.20B ✗"


def test_positions_that_turned_up_are_named_in_what_is_left_over_and_are_no_alarm():
    names = ("BBBB", "CCCC", "DDDD", "EEEE")
    identity = Reconciliation(start=1e9, new_short=0.0, profit=0.0, end=1.1e9, appeared=0.1e9, appeared_names=names)
    line = reconciliation_line(identity, date(2026, 8, 7), date(2026, 8, 14), 150)
    assert "off −100M ✓ not new, no close before: BBBB, CCCC, DDDD, …" in text_of(line)
    assert line[0][1] == "muted"
    narrow = text_of(reconciliation_line(identity, date(2026, 8, 7), date(2026, 8, 14), 76))
    assert narrow.strip() == "SI 7 Aug 1.0B + new 0 − P&L 0 = SI 14 Aug 1.1B  off −100M ✓ BBBB, …"
    narrower = text_of(reconciliation_line(identity, date(2026, 8, 7), date(2026, 8, 14), 54))
    assert narrower.strip() == "SI 1.0B + new 0 − P&L 0 = 1.1B  off −100M ✓ BBBB, …"
    unexplained = replace(identity, appeared=0.05e9)
    assert "✗ inputs disagree" in text_of(reconciliation_line(unexplained, date(2026, 8, 7), date(2026, 8, 14), 150))


def test_with_room_for_two_lines_all_who_turned_up_are_named_below_the_figures():
    names = ("BBBB", "CCCC", "DDDD")
    identity = Reconciliation(start=1e9, new_short=0.0, profit=0.0, end=1.1e9, appeared=0.1e9, appeared_names=names)
    days = date(2026, 8, 7), date(2026, 8, 14)
    said = [text_of(line).strip() for line in reconciliation_lines(identity, *days, 76, 2)]
    assert said == [
        "SI 7 Aug 1.0B + new 0 − P&L 0 = SI 14 Aug 1.1B  off −100M ✓",
        "not new, no close before: BBBB, CCCC, DDDD",
    ]
    assert len(reconciliation_lines(identity, *days, 76, 1)) == 1
    assert len(reconciliation_lines(identity, *days, 150, 2)) == 1, "one line has place for all of it"
    assert len(reconciliation_lines(replace(identity, end=1e9, appeared=0.0), *days, 30, 2)) == 1


@given(
    st.builds(Reconciliation, **dict.fromkeys(("start", "new_short", "profit", "end"), st.floats(-1e14, 1e14))),
    st.integers(1, 150),
    glyph_sets,
)
def test_an_identity_of_any_size_fits_any_width(identity, width, glyphs):
    line = reconciliation_line(identity, date(2022, 12, 30), date(2023, 9, 7), width, glyphs=glyphs)
    assert_well_drawn([line], width)


def test_a_long_window_names_the_year_it_starts_in():
    identity = Reconciliation(start=1e9, new_short=0.0, profit=0.0, end=1e9)
    assert "SI 6 Sep 22 1.0B" in text_of(reconciliation_line(identity, date(2022, 9, 6), date(2023, 9, 7), 100))


@pytest.mark.parametrize("basis", list(TierBasis))
def test_the_title_names_window_and_basis(basis):
    board = board_of(View(window="30d", basis=basis))
    assert panel_title(board, False) == f"Short P&L by cap tier · $B · 30D · tier by cap at {basis.value.upper()}"
    assert "cap group" in panel_title(board, True)


def test_a_row_stands_for_its_tiers_and_the_total_for_no_filter():
    assert tiers_in("mega+large") == {"mega", "large"}
    assert tiers_in("unclassified") == {"unclassified"}
    assert tiers_in("total") == frozenset()


async def test_enter_chooses_the_tier_under_the_cursor():
    panel = TierProfitPanel()
    app = Listening(panel)
    async with app.run_test(size=(84, 14)) as pilot:
        board = board_of()
        panel.show(board)
        panel.focus()
        await pilot.press("down", "down", "enter", "G", "enter", "g", "up", "enter")
        assert app.posted == [("mid", {"mid"}), ("total", frozenset()), ("mega", {"mega"})]
        panel.is_rolled_up = True
        await pilot.press("end", "k", "enter", "home", "enter")
        assert app.posted[3:] == [("unclassified", {"unclassified"}), ("mega+large", {"mega", "large"})]


async def test_the_cursor_shows_with_the_focus_and_the_identity_follows_it():
    panel, other = TierProfitPanel(), TierProfitPanel(id="other")
    app = Listening(panel, other)
    async with app.run_test(size=(100, 28)) as pilot:
        board = board_of()
        panel.show(board)
        other.focus()
        await pilot.pause()
        assert not any("▸" in line for line in screen_text(app)[1:14])
        panel.focus()
        await pilot.press("j", "j", "j")
        assert screen_text(app)[5].startswith("║▸ small")
        assert any("small: SI " in line for line in screen_text(app))
        await pilot.press("G")
        assert screen_text(app)[10].startswith("║▸ all")
        assert not any("small: SI " in line for line in screen_text(app))


async def test_a_double_click_chooses_and_the_filter_in_force_is_marked():
    panel = TierProfitPanel()
    app = Listening(panel)
    async with app.run_test(size=(84, 14)) as pilot:
        board = board_of()
        panel.show(board)
        await pilot.click(panel, offset=(5, 3), times=2)
        assert app.posted == [("large", {"large"})]
        panel.chosen = app.posted[0][1]
        panel.cursor = 0
        await pilot.pause()
        marked = [line for line in screen_text(app) if "●" in line]
        assert len(marked) == 1
        assert app.posted[0][0] in marked[0]


async def test_a_tick_repaints_only_the_figures_that_moved():
    panel = TierProfitPanel()
    async with Listening(panel).run_test(size=(84, 14)):
        board = board_of()
        panel.show(board)
        assert panel.show(board) == 0
        before = [list(line) for line in panel.lines]
        apple = np.flatnonzero(board.market.symbols == "AAPL")
        board.tick(apple, board.book.price[apple] * 1.001)
        regions = panel.show(board)
        moved = [place for place, line in enumerate(panel.lines) if line != before[place]]
        labels = [row.label for row in tier_table(board).rows]
        tier = labels.index(board.scheme.labels[int(board.tier_codes[apple[0]])])
        assert tier + 1 in moved, "its tier under the header"
        others = {place + 1 for place in range(len(labels)) if place != tier}
        assert not others & set(moved), "too little to change the others' part of the whole"
        assert 1 <= regions <= 3 * 8


def test_the_band_is_in_the_unit_of_the_profit_beside_it():
    row = group_row("mega", profit_low=-56.15e9, profit_high=-51.95e9)
    assert row.band == pytest.approx(2.1e9)
    assert " 2.1 " in texts_at(80)[1]
