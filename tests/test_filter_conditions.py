"""The filter takes conditions: what is typed, what it comes to, and nothing lost by a mistake."""

from __future__ import annotations

import pytest
from board_examples import board_of
from monitor_examples import monitor, opened, settled

from shortside.conditions.completion import completions
from shortside.conditions.errors import ConditionError
from shortside.conditions.matching import matches
from shortside.conditions.reading import read_condition
from shortside.conditions.writing import condition_text
from shortside.lists.names import NameList
from tui.screens.filter_bar import FilterBar, FilterLine
from widgets.crowded import CrowdedTable
from widgets.name_conditions import BoardNames, condition_figures, filter_of_list, filter_words, read_filter
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


async def test_a_kept_filter_goes_on_saying_how_many_names_there_are(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table, bar = screen.query_one(CrowdedTable), screen.query_one(FilterBar)
        await typed(pilot, "crowding > 50")
        await pilot.press("enter")
        await settled(app, pilot, lambda: table.has_focus)
        every = table.row_count
        table.set_tiers(frozenset({"small"}))
        await settled(app, pilot, lambda: bar.words.split()[0] == str(table.row_count))
        assert 0 < table.row_count < every


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
    return BoardNames(board, NameIndex(board.market), {"watch": NameList("AAPL\n")})


def test_every_figure_can_be_asked_of_a_board_by_each_of_its_names():
    board = board_of()
    names = names_of(board)
    for figure in condition_figures().all:
        for name in (figure.key, *figure.short_forms):
            for text in (f"{name} = null", f"{name} != null"):
                condition = read_filter(text, board, names._index, names._lists)
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


# -- own lists ----------------------------------------------------------------------------------------------------

OWN = {
    name: NameList(text)
    for name, text in {
        "banks": "FRC\nSPY\n",
        "cars": "tsla\nF\ncvna\n",
        "dear": "where: borrow_fee > 20%\n",
        "big cars": "where: list:cars & tier in (mega, large)\n",
        "around": "where: list:about\n",
        "about": "where: list = around | crowding > 3\n",
        "wrong": "where: crwding > 3\n",
        "null": "GME\n",
    }.items()
}
SOUND = {name: OWN[name] for name in ("banks", "cars", "dear", "big cars", "null")}


def listed(text, lists=SOUND):
    board = board_of()
    index = NameIndex(board.market)
    found = matches(read_filter(text, board, index, lists), BoardNames(board, index, lists))
    return {str(symbol) for symbol in board.market.symbols[found]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("list:banks", {"FRC"}),
        ("list = Cars", {"TSLA", "F", "CVNA"}),
        ("List : cars & !(symbol = F)", {"TSLA", "CVNA"}),
        ("list in (banks, cars)", {"FRC", "TSLA", "F", "CVNA"}),
        ('list:"null"', {"GME"}),
        ("list ~ ar & symbol = F", {"F"}),
        ("list:dear", {"BYND"}),
        ("list:big cars", {"TSLA", "F"}),
        ("tier = mega & list != cars", {"AAPL", "NVDA"}),
    ],
)
def test_names_are_found_by_the_own_lists_they_are_on(text, names):
    assert listed(text) == names


def test_a_name_is_on_a_list_or_is_not_and_of_a_condition_it_may_be_unknown():
    everyone = listed("list = null | list != null")
    assert len(everyone) == 12
    assert listed("!list:cars") == everyone - {"TSLA", "F", "CVNA"}
    assert listed("list = null") == everyone - {"FRC", "TSLA", "F", "CVNA", "GME", "BYND"}
    assert listed("!list:dear") == set(), "nobody knows the other fees"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("list:bnaks", "no list is called 'bnaks' (at 6); nearest: banks"),
        ("list:", "the end cannot stand here"),
        ("list > banks", "list is a text and has no order"),
        ("list:around", "the list around speaks of itself"),
        ("tier = mega | list:wrong", "list wrong: no figure is called 'crwding'"),
        ("list ~ o", "list around: the list around speaks of itself"),
    ],
)
def test_a_list_that_is_not_there_or_is_no_condition_is_said(text, words):
    with pytest.raises(ConditionError) as caught:
        listed(text, OWN)
    assert words in str(caught.value)


def test_lists_are_written_and_completed_by_their_names():
    board = board_of()
    index = NameIndex(board.market)
    assert filter_words("list:big cars", board, index, SOUND) == "list = big cars"
    assert filter_words('list:"null"', board, index, SOUND) == 'list = "null"'
    names = BoardNames(board, index, SOUND)

    def offered(text):
        return [(one.text, text[: one.begins_at]) for one in completions(text, condition_figures(), names.vocabulary)]

    assert offered("crowding > 5 & list:b") == [("banks", "crowding > 5 & list:"), ("big cars", "crowding > 5 & list:")]
    assert offered("list = n") == [('"null"', "list = ")]
    assert offered("list:big c") == [("big cars", "list:")]
    assert offered("list:banks") == []
    assert [filter_of_list(name) for name in ("banks", "null", "a & b")] == [
        "list:banks", 'list:"null"', 'list:"a & b"',
    ]  # fmt: skip


def test_a_chain_of_lists_has_a_bound():
    chain = {f"l{place}": NameList(f"where: list:l{place + 1}\n") for place in range(12)} | {"l12": NameList("GME\n")}
    assert listed("list:l4", chain) == {"GME"}
    with pytest.raises(ConditionError, match="10 deep at most"):
        listed("list:l0", chain)
