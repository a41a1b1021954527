"""The new-short panel: bars to both sides of nothing, on one scale, with the settlements they rest on."""

from __future__ import annotations

from datetime import date

import pytest
from board_examples import (
    Alone,
    any_table,
    any_unit,
    assert_well_drawn,
    board_of,
    listings,
    screen_text,
    text_of,
    tier_table_of,
)
from hypothesis import given
from hypothesis import strategies as st

from shortside.datasets import Dataset
from shortside.positions import Knowledge, PositionsMethod
from shortside.view import View
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.new_short import (
    NewShortPanel,
    SettlementSpan,
    bar,
    bar_sides,
    new_short_lines,
    round_scale,
    settlement_span,
)
from widgets.panel import Trouble

SPAN = SettlementSpan(first=date(2023, 7, 31), last=date(2023, 8, 31), is_held=False, knowledge="as revised")
HELD = SettlementSpan(
    first=date(2023, 7, 31),
    last=date(2023, 8, 15),
    is_held=True,
    knowledge="as known",
    cycle=(date(2023, 7, 31), date(2023, 8, 15)),
)


def texts_at(width: int, height: int = 12, span: SettlementSpan = SPAN, **changes) -> list[str]:
    return [text_of(line) for line in new_short_lines(tier_table_of(**changes), span, width, height, unit="B")]


def test_a_tier_shows_its_bar_its_figure_and_the_thirty_days_before():
    header, mega, *_ = texts_at(36)
    assert header == "  cover ◂ 0 ▸ short    30 d   prior "
    assert mega == " mega     │███████▋   +6.69   −7.00 "


def test_shorting_grows_right_and_covering_left_of_one_axis():
    lines = texts_at(40, large={"new_short_30d": -6.69e9}, mid={"new_short_30d": 0.0})
    axes = {line.index("│") for line in lines if "│" in line}
    assert len(axes) == 1
    (axis,) = axes
    assert "█" in lines[1][axis:]
    assert "█" not in lines[1][:axis]
    assert "█" in lines[2][:axis]
    assert "−6.69" in lines[2]
    assert "█" not in lines[3]


def test_the_axis_moves_only_when_the_market_turns():
    assert bar_sides([5.0, 1.0], 11) == bar_sides([900.0, -0.5], 11) == (2, 8)
    assert bar_sides([5.0, -3.0], 11) == bar_sides([-5.0, 2.0], 11) == (5, 5)
    assert bar_sides([-5.0, -3.0], 11) == (8, 2)
    assert bar_sides([5.0], 6) == (0, 0)


@given(st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=8), st.integers(7, 60))
def test_every_bar_stays_inside_its_cells(figures, cells):
    sides = bar_sides(figures, cells)
    assert sum(sides) + 1 == cells
    scale = round_scale(max(map(abs, figures)))
    for figure in figures:
        drawn = bar(figure, scale, sides, GLYPHS_UNICODE)
        assert len(drawn) == cells
        assert drawn[sides[0]] == "│"
        assert "«" not in drawn
        assert "»" not in drawn


@pytest.mark.parametrize(("largest", "scale"), [(0.0, 1.0), (6.69e9, 7e9), (12.9e9, 15e9), (1.0, 1.0), (9.9e9, 10e9)])
def test_the_scale_is_a_round_number_not_below_the_largest_bar(largest, scale):
    assert round_scale(largest) == pytest.approx(scale)


def test_the_total_has_no_bar_and_the_settlements_stand_below_it():
    lines = texts_at(36)
    assert lines[9].startswith(" all ")
    assert "│" not in lines[9]
    assert lines[-1].strip() == "cycles 31 Jul → 31 Aug, as revised"


def test_where_the_last_days_are_held_the_newest_cycle_stands_beside_them_with_its_dates():
    lines = texts_at(36, 11, HELD, mega={"new_short_cycle": 5.18e9})
    assert lines[0] == "  cover ◂ 0 ▸ short    30 d   cycle "
    assert lines[1] == " mega     │███████▋   +6.69   +5.18 "
    assert [line.strip() for line in lines[-2:]] == [
        "cycles 31 Jul → 15 Aug, as known",
        "cycle 31 Jul → 15 Aug, then held",
    ]
    assert texts_at(26, 11, HELD)[-1].strip() == "cycle 31 Jul → 15 Aug"
    assert len(lines) == 11
    assert HELD.title("B") == "New short $B, 30 d to 15 Aug"


def test_where_there_is_room_both_cycles_and_both_thirty_days_stand_in_columns():
    changes = {"new_short_cycle": 5.18e9, "new_short_prior_cycle": -43.6e9}
    header, mega, *_ = texts_at(80, 11, HELD, mega=changes)
    assert header.split()[-5:] == ["30", "d", "prior", "cycle", "before"]
    assert mega.split()[-4:] == ["+6.69", "−7.00", "+5.18", "−43.60"]
    assert texts_at(80)[0].split()[-1] == "prior", "no cycle is known"


def test_settlements_of_a_line_go_past_the_windows_end_and_those_of_a_step_do_not():
    linear = settlement_span(board_of(View(window="30d", knowledge=Knowledge.REVISED)))
    step = settlement_span(board_of(View(window="30d", positions=PositionsMethod.STEP, knowledge=Knowledge.REVISED)))
    assert linear.first == step.first
    assert linear.last is not None
    assert step.last is not None
    assert step.last < linear.last
    assert linear.words.endswith(", as revised")


def test_what_is_known_on_the_day_ends_with_the_last_publication():
    board = board_of(View(window="30d", knowledge=Knowledge.AS_KNOWN))
    span = settlement_span(board)
    assert span.is_held
    assert span.words.endswith(", as known")
    assert span.last is not None
    assert span.title("") == f"New short $, 30 d to {span.last.day} {span.last:%b}"
    assert span.cycle is not None
    assert span.cycle[1] == span.last


def test_without_any_settlement_nothing_is_claimed():
    every = listings()
    kept = ("settlements", "published", "shares_short", "shares_short_previous", "is_revised", "split_flag")
    board = board_of(**{field: getattr(every, field)[:0] for field in (*kept, "reported_volume")})
    assert settlement_span(board).words == "no settlement known, as known"
    assert settlement_span(board).cycle_words == ""
    assert settlement_span(board).title("M") == "New short $M, 30 d"


@given(any_table(), st.integers(1, 130), st.integers(1, 16), st.booleans(), st.sampled_from([SPAN, HELD]), any_unit)
def test_no_figure_breaks_a_line(table, width, height, is_rolled_up, span, unit):
    for glyphs in (GLYPHS_UNICODE, GLYPHS_ASCII):
        lines = new_short_lines(table, span, width, height, unit=unit, is_rolled_up=is_rolled_up, glyphs=glyphs)
        assert_well_drawn(lines, width)
        assert not glyphs.is_ascii or "".join(map(text_of, lines)).isascii()


async def test_the_panel_shows_a_boards_tiers_and_repaints_nothing_twice():
    panel = NewShortPanel()
    app = Alone(panel)
    async with app.run_test(size=(40, 14)) as pilot:
        board = board_of()
        panel.digit = "2"
        panel.show(board)
        await pilot.pause()
        assert f"New short ${board.units.sums}, 30 d" in screen_text(app)[0]
        assert any("▸mega " in line for line in screen_text(app))
        assert panel.show(board) == 0
        panel.is_rolled_up = True
        await pilot.pause()
        assert "small+" in panel.text


@pytest.mark.parametrize("is_late", [False, True])
def test_that_shares_are_held_is_said_quietly_until_a_newer_settlement_is_overdue(is_late):
    lines = new_short_lines(tier_table_of(), HELD, 40, 14, unit="B", is_late=is_late)
    said = {style for line in lines for text, style in line if "cycle" in text and "held" in text}
    assert said == {"accent" if is_late else "muted"}
    assert "held" in "".join(map(text_of, lines))


async def test_an_overdue_settlement_lifts_the_settlements_and_another_trouble_does_not():
    panel = NewShortPanel()
    async with Alone(panel).run_test(size=(60, 16)):
        panel.show(board_of())

        def styles() -> set[str]:
            return {style for line in panel.lines for text, style in line if "cycles " in text}

        assert styles() == {"muted"}
        panel.show_trouble(Trouble("L", "prices missed 1 session", dataset=Dataset.PRICES))
        assert styles() == {"muted"}
        panel.show_trouble(Trouble("L", "short interest missed 1 publication", dataset=Dataset.SHORT_INTEREST))
        assert styles() == {"accent"}
        panel.show_trouble(None)
        assert styles() == {"muted"}
