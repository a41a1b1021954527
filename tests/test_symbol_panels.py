"""The panels of the symbol screen, each by itself: figures against their records, absences, cycles, curves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from market_examples import listings_of, random_listings
from rich.cells import cell_len
from textual.app import App

from shortside.board import Board, Desk
from shortside.listings import Borrow, LendingList, ThresholdStatus
from shortside.market import market_of
from shortside.one_name.history import name_history, shown_cycles
from shortside.one_name.short_volume import SoldShort
from shortside.positions import Knowledge, PositionsMethod
from shortside.rows import name_rows
from shortside.view import View
from tui.screens.explain import explanation
from tui.screens.panels import PANELS
from tui.screens.symbol_head import threshold_words
from widgets.crowded_rows import CrowdedRows
from widgets.figures import FigureLine, factor_bar, figure_groups
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, UNITS, dollars, percent, shares
from widgets.formulas import FORMULAS, ascii_words
from widgets.name_index import NameIndex
from widgets.symbol_chart import SymbolChart
from widgets.symbol_cycles import COLUMNS, LATER_CYCLE_WORD, CyclesSource, SymbolCycles
from widgets.symbol_figures import SymbolFigures

SESSIONS = 60
CYCLES = 7
VIEW = View()


def board_of(close, short, view=VIEW, **changes) -> Board:
    return Desk(market_of(listings_of(close, short, **changes))).board(view)


def plain_board(view=VIEW, **changes) -> Board:
    """Three names: an ordinary one, one FINRA never reported, one that stopped trading at 3.00."""
    close = np.stack([np.linspace(10, 20, SESSIONS), np.full(SESSIONS, 5.0), np.full(SESSIONS, 3.0)], axis=1)
    close[30:, 2] = np.nan
    short = np.stack([np.linspace(1e6, 2e6, CYCLES), np.full(CYCLES, np.nan), np.full(CYCLES, 5e5)], axis=1)
    short[4:, 2] = np.nan
    return board_of(close, short, view, symbols=["ONE", "TWO", "GONE"], **changes)


def lines_of(board: Board, column: int, glyphs=GLYPHS_UNICODE) -> dict[str, FigureLine]:
    groups = figure_groups(board, name_history(board, column), glyphs)
    return {line.key: line for group in groups for line in group.lines}


def borrow_of(fee: float, available: float, is_capped: bool) -> Borrow:
    return Borrow(
        fee=np.full(3, fee),
        available=np.full(3, available),
        is_capped=np.full(3, is_capped),
        as_of=np.datetime64("2023-03-28"),
        source="a list",
    )


async def drawn(panel, size, show) -> str:
    class OnePanel(App[None]):
        def compose(self):
            yield panel

    app = OnePanel()
    async with app.run_test(size=size) as pilot:
        show(panel)
        await pilot.pause()
        return "\n".join(panel.render_line(y).text for y in range(panel.size.height))


def test_every_figure_says_what_the_record_says():
    board = plain_board()
    lines, row = lines_of(board, 0), name_rows(board, np.array([0]))[0]
    assert lines["shares_short"].text == shares(row.shares_short, 9).strip()
    assert lines["short_interest"].text == dollars(row.short_interest, 9).strip()
    assert lines["short_outstanding_ratio"].text == percent(row.short_outstanding_ratio, 9, signed=False).strip()
    assert lines["days_to_cover"].text == f"{row.days_to_cover:.1f}"
    assert lines["profit"].text == dollars(row.profit, 7, signed=True).strip()
    assert lines["new_short_30d"].text == dollars(row.new_short_30d, 7, signed=True).strip()
    assert lines["crowding"].text == f"{row.crowding:.0f}"


def test_the_dollars_are_worked_with_the_numbers_of_the_name():
    board = plain_board()
    row = name_rows(board, np.array([0]))[0]
    worked_example = lines_of(board, 0)["short_interest"].worked_example
    assert worked_example == f"{row.shares_short:,.0f} × {row.price:,.2f} = {row.short_interest:,.0f} USD"


def test_a_name_never_reported_has_unknown_figures_and_not_zeros():
    lines = lines_of(plain_board(), 1)
    for key in (
        "shares_short",
        "short_interest",
        "days_to_cover",
        "profit",
        "new_short_30d",
        "profit_ratio",
        "crowding",
    ):
        assert lines[key].text == "—", key
    assert lines["price"].text == "5.00"


def test_a_name_that_stopped_trading_has_no_position_to_measure_but_keeps_what_it_earned():
    close = np.stack([np.full(SESSIONS, 5.0), np.linspace(9, 0.1, SESSIONS)], axis=1)
    close[30:, 1] = np.nan
    board = board_of(close, np.full((CYCLES, 2), 1e6))
    lines = lines_of(board, 1)
    assert lines["shares_short"].text == lines["short_interest"].text == "n/a"
    assert lines["profit"].text.startswith("+")
    assert lines["profit_today"].text == "n/a"


def test_a_figure_known_to_be_nothing_is_a_zero():
    close = np.full((SESSIONS, 1), 5.0)
    lines = lines_of(board_of(close, np.full((CYCLES, 1), 1e6)), 0)
    assert lines["profit"].text == lines["new_short_30d"].text == "0"


def test_both_shares_of_the_float_carry_the_day_of_the_float():
    board = plain_board(float_shares=np.array([4e6, np.nan, np.nan]), float_as_of=np.datetime64("2023-01-31"))
    lines = lines_of(board, 0)
    held = name_rows(board, np.array([0]))[0].shares_short
    assert lines["short_float_ratio"].text == percent(held / 4e6, 9, signed=False).strip()
    assert lines["short_tradable_ratio"].text == percent(held / (4e6 + held), 9, signed=False).strip()
    assert any("31 Jan" in words for words in lines["short_float_ratio"].words)


def test_an_old_float_is_named_as_the_reason():
    board = plain_board(float_shares=np.full(3, 4e6), float_as_of=np.datetime64("2021-06-30"))
    lines = lines_of(board, 0)
    assert lines["short_float_ratio"].text == "—"
    assert "float of 30 Jun 21 is too old" in lines["short_float_ratio"].words


@pytest.mark.parametrize(("is_capped", "expected"), [(True, ">10.0M"), (False, "10.0M")])
def test_a_capped_inventory_is_marked_as_a_lower_bound(is_capped, expected):
    lines = lines_of(plain_board(borrow=borrow_of(0.05, 1e7, is_capped)), 0)
    assert lines["borrow_available"].text == expected
    assert lines["borrow_fee"].text == "5.00%"
    assert any("28 Mar" in words for words in lines["borrow_fee"].words)


def threshold_of(*listed: bool | None) -> ThresholdStatus:
    since = [np.datetime64("2023-03-22") if one else np.datetime64("NaT") for one in listed]
    return ThresholdStatus(
        is_listed=np.array([bool(one) for one in listed]),
        is_known=np.array([one is not None for one in listed]),
        since=np.array(since, "datetime64[D]"),
        as_of=np.datetime64("2023-03-28"),
    )


def test_on_a_list_not_on_it_and_no_list_read_are_three_answers():
    board = plain_board(threshold=threshold_of(True, False, None))
    lines = [lines_of(board, column)["on_threshold_list"] for column in range(3)]
    assert [line.text for line in lines] == ["yes", "no", "—"]
    assert "since 22 Mar, list of 28 Mar" in lines[0].words
    assert [row.on_threshold_list for row in name_rows(board, np.arange(3))] == [True, False, None]
    assert lines_of(plain_board(), 0)["on_threshold_list"].text == "—"


def test_a_list_of_last_month_says_nothing():
    old = replace(threshold_of(True, True, True), as_of=np.datetime64("2023-01-31"))
    assert lines_of(plain_board(threshold=old), 0)["on_threshold_list"].text == "—"


def test_a_name_on_a_list_bears_a_mark_in_the_list_of_names():
    board = plain_board(threshold=threshold_of(True, False, None))
    assert threshold_words(board, 0) == "on the threshold list since 22 Mar 2023"
    assert threshold_words(board, 1) == ""
    for glyphs, sign in ((GLYPHS_UNICODE, "ONE‡"), (GLYPHS_ASCII, "ONE!")):
        rows = CrowdedRows(board, NameIndex(board.market), glyphs)
        rows.sort("symbol", is_descending=False)
        marks = [rows.cells(row)[1][0].strip() for row in range(rows.row_count)]
        assert sign in marks


def sold(sessions: int) -> SoldShort:
    days = np.arange("2022-06-01", "2024-06-01", dtype="datetime64[D]")[:sessions]
    short = np.linspace(40, 59, sessions) if sessions else np.empty(0)
    return SoldShort(symbol="ONE", sessions=days, short=short, total=np.full(sessions, 100.0))


def test_what_is_sold_short_off_exchange_stands_beside_what_is_usual():
    board = plain_board()
    groups = figure_groups(board, name_history(board, 0), GLYPHS_UNICODE, sold(20))
    assert groups[-1].heading == "off exchange"
    ratio, mean, rank = groups[-1].lines
    assert (ratio.text, mean.text, rank.text) == ("59.0%", "49.5%", "95.0%")
    assert ratio.worked_example == "59 / 100 = 59.00%"
    explained = explanation(board, "short_volume_ratio", 0, GLYPHS_UNICODE, sold(20))
    assert explained.figure == "last session 59.0%"


@pytest.mark.parametrize("sessions", [0, 4])
def test_too_few_sessions_give_no_mean_and_no_rank(sessions):
    board = plain_board()
    ratio, mean, rank = figure_groups(board, name_history(board, 0), GLYPHS_UNICODE, sold(sessions))[-1].lines
    assert (mean.text, rank.text) == ("—", "—")
    assert (ratio.text == "—") == (sessions == 0)


def test_without_a_look_at_it_the_group_is_left_out():
    board = plain_board()
    assert "off exchange" not in [group.heading for group in figure_groups(board, name_history(board, 0))]


def test_without_stock_loan_data_the_group_says_so_and_the_factor_drops_out():
    lines = lines_of(plain_board(), 0)
    assert lines["borrow_fee"].text == "—"
    assert "no data" in lines["borrow_fee"].words
    assert "drops out" in lines["stock_loan"].words


@pytest.mark.parametrize(
    ("is_lent", "is_easy", "word"),
    [(1.0, 1.0, "easy"), (1.0, 0.0, "hard"), (0.0, 0.0, "not lent"), (np.nan, np.nan, "—")],
)
def test_a_second_broker_s_word_stands_under_the_fee_with_its_day(is_lent, is_easy, word):
    assert "borrow_easy" not in lines_of(plain_board(), 0)
    count = len(plain_board().market.symbols)
    day = plain_board().market.sessions[-2]
    lending = LendingList(is_lent=np.full(count, is_lent), is_easy=np.full(count, is_easy), as_of=day, source="alpaca")
    line = lines_of(plain_board(lending=lending), 0)["borrow_easy"]
    assert line.text == word
    assert any("alpaca" in words for words in line.words)


def test_a_tier_told_from_volume_says_so_and_no_cap_is_claimed():
    board = plain_board(estimated_counts=(str(plain_board().market.symbols[0]),))
    line = lines_of(board, 0)["market_cap"]
    assert line.text == "—"
    assert any(words.endswith(", by its volume") for words in line.words)
    assert lines_of(board, 1)["market_cap"].text != "—"


@pytest.mark.parametrize(
    ("settlements", "positions", "expected"),
    [
        (7, PositionsMethod.LINEAR, "estimate from 15 Mar on"),
        (7, PositionsMethod.STEP, "held since 15 Mar"),
        (3, PositionsMethod.LINEAR, "held since 31 Jan"),
    ],
)
def test_shares_between_settlements_are_called_an_estimate_or_held(settlements, positions, expected):
    # 60 sessions end on 30 March; the settlements are 30 Dec, 13 and 31 Jan, 15 and 28 Feb, 15 and 31 Mar.
    close, short = np.full((SESSIONS, 1), 5.0), np.full((settlements, 1), 1e6)
    assert (
        expected
        in lines_of(board_of(close, short, View(positions=positions, knowledge=Knowledge.REVISED)), 0)[
            "shares_short"
        ].words
    )


def test_every_figure_has_a_formula_and_fits_its_column():
    for column in range(3):
        for key, line in lines_of(plain_board(borrow=borrow_of(0.05, 1e7, True)), column).items():
            assert FORMULAS[key].formula
            assert cell_len(line.text) <= 9


def test_a_terminal_of_ascii_gets_only_ascii():
    for line in lines_of(plain_board(), 0, GLYPHS_ASCII).values():
        assert line.text.isascii(), line
        assert all(words.isascii() for words in line.words), line
    for formula in (*FORMULAS.values(), *(place.panel.description.formula for place in PANELS)):
        assert ascii_words(formula.formula + formula.words + formula.short).isascii(), formula.title


@pytest.mark.parametrize(("value", "cells"), [(0.0, 0), (5.0, 5), (10.0, 10)])
def test_a_factor_bar_is_as_long_as_the_factor(value, cells):
    assert factor_bar(value) == "━" * cells


@settings(max_examples=25)
@given(listings=random_listings())
def test_no_name_of_any_market_prints_a_nan(listings):
    board = Desk(market_of(listings)).board(View())
    for column in range(len(board.market.symbols)):
        history = name_history(board, column)
        for group in figure_groups(board, history):
            for line in group.lines:
                assert "nan" not in f"{line.text} {line.words} {line.worked_example}".lower()
        source = CyclesSource(shown_cycles(history, False), board.market.last_session)
        for row in range(source.row_count):
            assert "nan" not in "".join(text for text, _ in source.cells(row))


# -- cycles -------------------------------------------------------------------------------------------------------


def test_a_cycle_row_splits_the_change_of_dollars_into_price_and_new():
    board = plain_board()
    history = name_history(board, 0)
    complete = [cycle for cycle in history.cycles if cycle.new_short is not None and cycle.short_interest is not None]
    newer, older = complete[0], complete[1]
    assert newer.short_interest
    assert older.short_interest
    assert newer.price_effect
    assert newer.new_short
    assert newer.short_interest - older.short_interest == pytest.approx(newer.price_effect + newer.new_short)
    source = CyclesSource(history.cycles, board.market.last_session)
    cells = dict(zip([c.key for c in COLUMNS], source.cells(history.cycles.index(newer)), strict=True))
    assert newer.change
    for key, amount, unit in (
        ("new_short", newer.new_short, source.dollar_unit),
        ("change", newer.change, source.share_unit),
    ):
        written = float(cells[key][0].replace("−", "-"))
        assert written == pytest.approx(amount / 1000.0 ** UNITS.index(unit), abs=0.005)


def test_the_cycles_of_a_name_have_one_unit_of_shares_and_one_of_dollars_which_the_title_names():
    shares = np.array([500.0, 1e3, 5e4, 1.234e6, 84.25e6, 1e6])[:, None]
    board = board_of(np.full((SESSIONS, 1), 20.0), shares)
    panel = SymbolCycles()
    source = CyclesSource(shown_cycles(name_history(board, 0), False), board.market.last_session)
    assert (source.share_unit, source.dollar_unit) == ("M", "B")
    assert [source.cells(row)[2][0].strip() for row in range(6)][::-1] == [
        "<0.01", "<0.01", "0.05", "1.23", "84.25", "1.00",
    ]  # fmt: skip
    panel.show_history(name_history(board, 0), False)
    assert panel.title == "Settlement cycles · shares in M · $B"


def test_the_cycles_stand_newest_first():
    days = [cycle.settlement_date for cycle in shown_cycles(name_history(plain_board(), 0), False)]
    assert days == sorted(days, reverse=True)


def test_a_cycle_published_after_the_day_in_view_is_marked_and_its_split_left_open():
    view = View(knowledge=Knowledge.AS_KNOWN)
    board = board_of(np.linspace(5, 9, 40)[:, None], np.linspace(1e6, 2e6, 6)[:, None], view)
    history = name_history(board, 0)
    source = CyclesSource(history.cycles, board.market.last_session)
    for row, cycle in enumerate(history.cycles):
        cells = {column.key: cell for column, cell in zip(COLUMNS, source.cells(row), strict=True)}
        is_later = cycle.published > board.market.last_session
        assert (cells["mark"][0].strip() == LATER_CYCLE_WORD) is is_later
        if is_later:
            assert cells["new_short"][0].strip() == "—"
    assert any(cycle.published > board.market.last_session for cycle in history.cycles)


def test_a_settlement_that_skipped_the_name_is_a_dash_between_two_figures():
    short = np.linspace(1e6, 2e6, CYCLES)[:, None].copy()
    short[3] = np.nan
    board = board_of(np.full((SESSIONS, 1), 5.0), short)
    history = name_history(board, 0)
    source = CyclesSource(shown_cycles(history, False), board.market.last_session)
    texts_of_shares = [source.cells(row)[2][0].strip() for row in range(source.row_count)]
    assert texts_of_shares.count("—") == 1
    assert texts_of_shares.index("—") == CYCLES - 1 - 3


def test_a_revised_figure_shows_what_was_first_published():
    short = np.full((CYCLES, 1), 1e6)
    previous, revised = np.full((CYCLES, 1), np.nan), np.zeros((CYCLES, 1), bool)
    previous[3], revised[3] = 1.5e6, True
    board = board_of(np.full((SESSIONS, 1), 5.0), short, shares_short_previous=previous, is_revised=revised)
    history = name_history(board, 0)
    source = CyclesSource(history.cycles, board.market.last_session)
    firsts = [source.cells(row)[8][0].strip() for row in range(source.row_count)]
    assert [first for first in firsts if first] == ["1.000"]


def test_a_name_that_ended_has_no_rows_after_its_last_report():
    board = plain_board()
    cycles = shown_cycles(name_history(board, 2), bool(board.market.has_ended[2]))
    assert len(cycles) == 4
    assert shown_cycles(name_history(board, 1), False) == ()


async def test_columns_with_nothing_in_any_cycle_leave_their_room_to_the_others():
    history, table = name_history(plain_board(), 0), SymbolCycles()
    last = history.sessions[-1].astype(date)
    known = replace(history.cycles[0], published=last, is_known=True, revised_from=None)
    found = []

    def show(panel):
        for more in ([], [replace(known, revised_from=5.0)], [replace(known, published=last + timedelta(days=1))]):
            panel.show_history(replace(history, cycles=(known, *more)), False)
            found.append([column.title for column in panel.laid_out[8:]])

    await drawn(table, (80, 8), show)
    assert found[:3] == [[], ["first"], [""]]


async def test_a_name_without_cycles_says_so():
    board = plain_board()
    text = await drawn(SymbolCycles(), (90, 12), lambda panel: panel.show_history(name_history(board, 1), False))
    assert "FINRA never reported" in text


@pytest.mark.parametrize("width", [60, 78, 90, 140])
async def test_no_figure_of_the_cycles_is_cut_at_any_width(width):
    board = plain_board()
    text = await drawn(SymbolCycles(), (width, 12), lambda panel: panel.show_history(name_history(board, 0), False))
    assert "#" not in text
    assert "…" not in text


# -- figures panel ------------------------------------------------------------------------------------------------


def show_figures(board: Board, column: int):
    return lambda panel: panel.show_groups(figure_groups(board, name_history(board, column)))


@pytest.mark.parametrize("size", [(80, 14), (40, 40), (66, 56), (30, 20), (120, 8)])
async def test_every_figure_is_on_the_panel_whatever_its_shape(size):
    board = plain_board()
    panel = SymbolFigures()
    await drawn(panel, size, show_figures(board, 0))
    whole = panel.text
    for line in lines_of(board, 0).values():
        assert line.label in whole
        assert line.text in whole
    assert "nan" not in whole


async def test_no_heading_stands_at_the_foot_of_a_column():
    board = plain_board()
    panel = SymbolFigures()
    await drawn(panel, (80, 14), show_figures(board, 0))
    last = panel.text.split("\n")[-1]
    assert not any(heading in last for heading in ("position", "new short $", "short P&L", "crowding", "borrow"))


async def test_the_cursor_names_the_formula_it_stands_on():
    board = plain_board()
    panel = SymbolFigures()

    class OnePanel(App[None]):
        def compose(self):
            yield panel

    app = OnePanel()
    async with app.run_test(size=(40, 20)) as pilot:
        show_figures(board, 0)(panel)
        panel.focus()
        await pilot.press("j", "down")
        assert panel.explained == "price"
        await pilot.press("G")
        assert panel.explained == "on_threshold_list"
        assert "available" in "\n".join(panel.render_line(y).text for y in range(panel.size.height))
        await pilot.press("g", "k")
        assert panel.explained == "shares_short"


# -- chart --------------------------------------------------------------------------------------------------------


def braille_count(text: str) -> int:
    return sum(0x2800 < ord(sign) <= 0x28FF for sign in text)


async def test_the_chart_has_a_dot_for_every_settlement_in_view_and_shades_what_follows():
    board = plain_board(View(knowledge=Knowledge.REVISED))
    history = name_history(board, 0)
    text = await drawn(SymbolChart(), (100, 24), lambda panel: panel.show_history(history))
    plot = text.split("\n", 2)[2]
    assert plot.count("●") == len(history.settled) == 5
    shaded = [line.index("░") for line in plot.split("\n") if "░" in line]
    dots = [line.rindex("●") for line in plot.split("\n") if "●" in line]
    assert min(shaded) > max(dots)


async def test_the_two_curves_share_one_time_axis():
    board = plain_board()
    panel = SymbolChart()
    await drawn(panel, (100, 24), lambda chart: chart.show_history(name_history(board, 0)))
    axes = [min(map(line.find, set("│┤") & set(line))) for line in panel.text.split("\n") if set("│┤") & set(line)]
    assert len(set(axes)) == 1
    assert "short P&L since" in panel.text


async def test_a_low_chart_leaves_the_profit_to_the_price():
    board = plain_board()
    panel = SymbolChart()
    await drawn(panel, (78, 9), lambda chart: chart.show_history(name_history(board, 0)))
    assert "short P&L" not in panel.text
    assert braille_count(panel.text) > 20


async def test_a_name_never_reported_has_a_price_line_and_no_dots():
    board = plain_board()
    panel = SymbolChart()
    await drawn(panel, (78, 20), lambda chart: chart.show_history(name_history(board, 1)))
    assert "●" not in panel.text
    assert panel.note == "no short interest known"
    assert "nan" not in panel.text


async def test_a_single_session_can_be_drawn():
    board = board_of(np.full((1, 1), 5.0), np.full((1, 1), 1e6))
    panel = SymbolChart()
    await drawn(panel, (60, 16), lambda chart: chart.show_history(name_history(board, 0)))
    assert "nan" not in panel.text
