"""The filter takes conditions: what is typed, what it comes to, and nothing lost by a mistake."""

from __future__ import annotations

import pytest
from board_examples import board_of
from monitor_examples import monitor, opened, settled

from shortside.conditions.errors import ConditionError
from shortside.conditions.matching import matches
from shortside.conditions.reading import read_condition
from shortside.conditions.writing import condition_text
from tui.screens.filter_bar import FilterBar, FilterLine
from widgets.crowded import CrowdedTable
from widgets.name_conditions import BoardNames, condition_figures, filter_words, read_filter
from widgets.name_index import NameIndex


async def typed(pilot, text):
    await pilot.press("slash", *({" ": "space", ">": "greater_than_sign", "=": "equals_sign"}.get(c, c) for c in text))


async def test_a_condition_filters_the_names_while_it_is_typed(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table, bar = screen.query_one(CrowdedTable), screen.query_one(FilterBar)
        every = table.row_count
        await typed(pilot, "crowding > 50")
        await settled(app, pilot, lambda: table.filter_text == "crowding > 50")
        assert 0 < table.row_count < every
        assert bar.words == f"{table.row_count} names"
        scores = table._required().board.crowding.score
        assert all(scores[table.column_at(row)] > 50 for row in range(table.row_count))


async def test_a_mistake_leaves_the_names_and_the_text_and_says_what_is_wrong(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table, bar, line = screen.query_one(CrowdedTable), screen.query_one(FilterBar), screen.query_one(FilterLine)
        every = table.row_count
        await typed(pilot, "tier = smal")
        await pilot.press("enter")
        await settled(app, pilot, lambda: "nearest: small" in bar.words)
        assert (line.value, table.row_count) == ("tier = smal", every)
        assert line.has_focus
        await pilot.press("l", "enter")
        await settled(app, pilot, lambda: table.has_focus)
        assert table.filter_text == "tier = small"
        assert table.row_count < every


async def test_tab_completes_the_last_word_and_then_the_next_that_fits(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        line = screen.query_one(FilterLine)
        await typed(pilot, "new")
        for written in ("new_short_30d", "new_short", "new_short_cycle", "new_short_30d"):
            await pilot.press("tab")
            await settled(app, pilot, lambda written=written: line.value == written)
        assert line.has_focus


def names_of(board):
    return BoardNames(board, NameIndex(board.market))


def test_every_figure_can_be_asked_of_a_board_by_each_of_its_names():
    board = board_of()
    names = names_of(board)
    for figure in condition_figures().all:
        for name in (figure.key, *figure.short_forms):
            for text in (f"{name} = null", f"{name} != null"):
                condition = read_filter(text, board, names._index)
                assert condition_text(condition, condition_figures()) == text.replace(name, figure.key)
        figures = names.figures(figure.key)
        assert len(getattr(figures, "words", figures)) > 0


def test_the_words_of_tiers_sectors_and_exchanges_are_those_of_the_market():
    board = board_of()
    names = names_of(board)
    assert list(names.vocabulary("tier")) == [label for label in board.scheme.labels if label != "unclassified"]
    unknown = matches(read_filter("tier = unknown", board, names._index), names)
    assert [str(one) for one in board.market.symbols[unknown]] == ["STAL"]
    assert "" not in names.vocabulary("sector")
    with pytest.raises(ConditionError, match=r"no tier is called 'smal'.*nearest: small"):
        read_condition("tier = smal", condition_figures(), names.vocabulary)
    assert filter_words("crowd>9|cap = null", board, names._index) == "crowding > 9 | market_cap = null"
