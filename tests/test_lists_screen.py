"""Own lists in the monitor: shown in two keys, changed by one, kept in files that anything may edit."""

from __future__ import annotations

import numpy as np
import pytest
from board_examples import group_row
from market_examples import listings_of
from monitor_examples import loaded_market, monitor, opened, settled

from providers.feeds.attention import Attention, AttentionNote, SharedAttention
from shortside.board import Desk
from shortside.lists.names import NameList
from shortside.market import market_of
from tui.polling.names_in_view import NamesInView
from tui.screens.filter_bar import FilterLine
from tui.screens.key_line import KeyLine
from tui.screens.list_rows import ShownList, TierRows
from tui.screens.listed_names import ListedPanel
from tui.screens.lists import ListsScreen
from tui.screens.prompt import PromptScreen, QuestionScreen
from tui.screens.symbol import SymbolScreen
from tui.settings.last_view import read_view, view_file
from widgets.crowded import CrowdedTable
from widgets.format import width_of
from widgets.tier_profit import TierProfitPanel


def folder_of(app):
    return app.options.paths.configuration.parent / "lists"


def write(app, **lists):
    folder_of(app).mkdir(parents=True, exist_ok=True)
    for name, text in lists.items():
        (folder_of(app) / f"{name}.txt").write_text(text)


def shown(table):
    return sorted(str(table.cell_symbol(row)) for row in range(table.row_count))


async def at(app, pilot, kind):
    await settled(app, pilot, lambda: isinstance(app.screen, kind) and app.screen.has_panels)
    return app.screen


async def typed(pilot, text):
    await pilot.press(*("space" if sign == " " else "full_stop" if sign == "." else sign for sign in text))


async def test_own_symbols_are_two_keys_away_and_those_that_are_not_in_the_market_say_why(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="AAA\nCCC\nSPY\n")
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("L", "enter")
        await settled(app, pilot, lambda: app.screen is screen and table.row_count == 2)
        assert shown(table) == ["AAA", "CCC"]
        assert table.has_focus
        assert (table.filter_text, table.applied_list) == ("list:mine", "mine")
        assert "SPY: no such symbol here" in table.title
        assert screen.query_one(FilterLine).value == "list:mine"
        tiers = screen.query_one(TierProfitPanel)
        await settled(app, pilot, lambda: tiers.listed is not None)
        board = app.board
        places = [list(board.market.symbols).index(one) for one in ("AAA", "CCC")]
        assert (tiers.listed.label, tiers.listed.profit) == ("mine", board.profit[places].sum())
        assert any(text.startswith("mine") for line in tiers.lines for text, _ in line)
        await pilot.press("escape")
        await settled(app, pilot, lambda: table.row_count == 10)
        assert tiers.listed.label == "mine", "names are put on it"
        app.choose_list("gone")
        screen.show_sums()
        assert tiers.listed is None


async def test_a_puts_the_name_under_the_cursor_on_the_list_and_takes_it_off(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        table, line = screen.query_one(CrowdedTable), screen.query_one(KeyLine)
        first, second = table.cell_symbol(0), table.cell_symbol(1)
        await pilot.press("a", "down", "a")
        await settled(app, pilot, lambda: line.words == f"{second} on watch, 2 names")
        assert (folder_of(app) / "watch.txt").read_text() == f"{first}\n{second}\n"
        await pilot.press("a")
        await settled(app, pilot, lambda: line.words == f"{second} off watch, 1 name")
        assert app.lists.by_name["watch"].symbols == (first,)
        await pilot.press("enter")
        name = await at(app, pilot, SymbolScreen)
        await pilot.press("a")
        await settled(app, pilot, lambda: name.query_one(KeyLine).words == f"{second} on watch, 2 names")


async def test_the_heading_of_a_group_is_shown_whole_however_long(tmp_path):
    app = monitor(tmp_path)
    heading = "Names of 2021 " * 8
    write(app, mine=f"# group: {heading}\nAAA\nCCC\n")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("L")
        screen = await at(app, pilot, ListsScreen)
        await settled(app, pilot, lambda: screen.query_one("#listed").shown is not None and screen._figures)
        await settled(app, pilot, lambda: "AAA" in screen.query_one("#listed").text)
        assert heading.strip() in " ".join(screen.query_one("#listed").text.split())


async def test_the_lists_screen_shows_the_dollars_of_each_list_over_those_of_the_tiers(tmp_path):
    app = monitor(tmp_path)
    write(app, hot="where: crowding > 50\n", mine="# group: Banks\nAAA\nCCC\nSPY\n", bad="where: crwding > 5\n")
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("L")
        screen = await at(app, pilot, ListsScreen)
        lists, tiers = screen.query_one("#lists"), screen.query_one("#list-tiers")
        await settled(app, pilot, lambda: lists.cell_text(2, "short_interest"))
        board = app.board
        places = [list(board.market.symbols).index(one) for one in ("AAA", "CCC")]
        figures = screen._figures["mine"]
        assert figures.row.short_interest_end == board.short_interest[places].sum()
        assert figures.row.profit == board.profit[places].sum()
        assert figures.row.new_short_30d == board.new_short_30d[places].sum()
        assert [one.words for one in figures.absent] == ["SPY: no such symbol here"]
        assert [lists.cell_text(row, "names") for row in range(3)] == [
            "",
            f"{int((board.crowding.score > 50).sum())}",
            "2/3",
        ]
        assert "nearest: crowding" in lists.cell_text(0, "what")
        tiers_label = tiers.cell_text(0, "name")
        whole = tiers.cell_text(tiers.row_count - 1, "short_interest")
        assert (tiers.cell_text(tiers.row_count - 1, "name"), whole != "") == ("all", True)
        await pilot.press("end")
        await settled(app, pilot, lambda: screen.query_one("#listed").shown.name == "mine")
        below = ["".join(text for text, _ in line).strip() for line in screen.query_one("#listed").lines]
        assert below[1] == "Banks"
        assert [line.split()[0] for line in below[2:4]] == ["AAA", "CCC"]
        assert below[4] == "SPY: no such symbol here"
        await pilot.press("home", "w")
        await settled(app, pilot, lambda: app.board is not board and "MTD" in lists.title)
        await pilot.press("down", "enter")
        await settled(app, pilot, lambda: app.screen.query(CrowdedTable))
        table = app.screen.query_one(CrowdedTable)
        assert table.filter_text == "list:hot"
        await pilot.press("escape", "L", "tab", "enter")
        await settled(app, pilot, lambda: table.tiers == {tiers_label})
        main = app._market_commands()
        assert {"List bad", "List hot", "List mine"} <= {one.title for one in main[0].commands()}
        next(one for one in main[0].commands() if one.title == "List mine").callback()
        await settled(app, pilot, lambda: table.filter_text == "list:mine")


async def test_a_market_that_is_read_anew_is_counted_by_its_own_names(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="III\nBBB\n")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("L")
        screen = await at(app, pilot, ListsScreen)
        lists = screen.query_one("#lists")
        await settled(app, pilot, lambda: lists.cell_text(0, "names") == "2/2")
        close = np.linspace(10.0, 20.0, 80).reshape(40, 2)
        shares = np.full((5, 2), 1e6)
        fewer = market_of(listings_of(close, shares, symbols=["AAA", "BBB"]))
        loaded = loaded_market()
        loaded.market, loaded.desk = fewer, Desk(fewer)
        app.adopt(loaded, loaded.desk.board(loaded.view))
        await settled(app, pilot, lambda: lists.cell_text(0, "names") == "1/2")
        assert screen._figures["mine"].row.short_interest_end == app.board.short_interest[1]


async def test_a_file_that_changed_is_read_again_and_one_that_broke_keeps_the_last_good_list(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="AAA\n")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("L", "enter")
        await settled(app, pilot, lambda: table.row_count == 1)
        write(app, mine="AAA\nBBB\n")
        app.look_at_lists()
        await settled(app, pilot, lambda: shown(table) == ["AAA", "BBB"])
        (folder_of(app) / "mine.txt").write_bytes(b"\xff\xff")
        app.look_at_lists()
        await settled(app, pilot, lambda: len(app.happenings) == 1)
        [told] = app.happenings
        assert (told.words, told.is_alarm) == ("list mine.txt: it is no UTF-8 text; the list is as it was", True)
        assert shown(table) == ["AAA", "BBB"]


async def test_a_filter_is_saved_as_a_list_under_a_name(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("slash", *("aa"), "ctrl+s")
        await at(app, pilot, PromptScreen)
        await typed(pilot, "a.a/b")
        await pilot.press("enter")
        assert isinstance(app.screen, PromptScreen), "a name has no /"
        await pilot.press("backspace", "backspace", "enter")
        await settled(app, pilot, lambda: app.screen is screen and "a.a" in app.lists.by_name)
        assert (folder_of(app) / "a.a.txt").read_text() == "where: aa\n"
        table = screen.query_one(CrowdedTable)
        table.set_filter("list:a.a")
        assert shown(table) == ["AAA"]


async def test_lists_are_made_renamed_and_deleted_in_the_screen_and_deleting_is_asked_first(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="AAA\nBBB\n")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        await pilot.press("L", "enter")
        await settled(app, pilot, lambda: table.applied_list == "mine")
        await pilot.press("L")
        await at(app, pilot, ListsScreen)
        await pilot.press("r")
        await at(app, pilot, PromptScreen)
        await typed(pilot, " 2")
        await pilot.press("enter")
        await settled(app, pilot, lambda: table.filter_text == "list:mine 2")
        assert app.current_list == "mine 2"
        await pilot.press("n")
        await at(app, pilot, PromptScreen)
        await typed(pilot, "new")
        await pilot.press("enter")
        await settled(app, pilot, lambda: app.current_list == "new")
        await pilot.press("d")
        await at(app, pilot, QuestionScreen)
        await pilot.press("n")
        await at(app, pilot, ListsScreen)
        assert list(app.lists.by_name) == ["mine 2", "new"]
        await pilot.press("d")
        await at(app, pilot, QuestionScreen)
        await pilot.press("y")
        await settled(app, pilot, lambda: list(app.lists.by_name) == ["mine 2"])
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is screen)
        assert shown(table) == ["AAA", "BBB"]


async def test_an_export_is_imported_in_the_screen(tmp_path):
    app = monitor(tmp_path)
    (tmp_path / "export.csv").write_text("Account 1\n\nSymbol,Qty\nBBB,-5\nDDD,-7\n")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("L", "i")
        prompt = await at(app, pilot, PromptScreen)
        prompt.query_one("#prompt").value = str(tmp_path / "export.csv")
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, PromptScreen) and app.screen is not prompt)
        await pilot.press("enter")
        await settled(app, pilot, lambda: "export" in app.lists.by_name)
        assert app.lists.by_name["export"].symbols == ("BBB", "DDD")
        await settled(app, pilot, lambda: isinstance(app.screen, ListsScreen) and app.current_list == "export")


async def test_the_next_start_shows_the_list_that_was_shown_and_puts_names_on_the_one_it_did(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="AAA\nBBB\n", other="CCC\n")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("L", "down", "enter")
        await settled(app, pilot, lambda: app.current_list == "other")
        await settled(app, pilot, lambda: screen.query_one(CrowdedTable).row_count == 1)
        await pilot.press("q")
    view, words = read_view(view_file(app.options))
    assert view is not None
    assert (words, view.filter, view.name_list) == ("", "list:other", "other")


async def test_listed_names_are_polled_before_the_most_shorted_those_of_the_current_list_first(tmp_path):
    app = monitor(tmp_path)
    write(app, one="EEE\nSPY\n", two="fff\nAAA\n", hot="where: crowding > 0\n")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        names = NamesInView(app)
        assert names.watched()[:3] == ["EEE", "FFF", "AAA"]
        assert len(set(names.watched())) == len(names.watched()) == 10
        app.choose_list("two")
        assert names.attention().watched[:3] == ("FFF", "AAA", "EEE")
        # Whoever polls, this terminal, its back office or that of another, reads what each of them looks at.
        own, other = AttentionNote(tmp_path), AttentionNote(tmp_path)
        own.write(names.attention())
        other.write(Attention(watched=("TSLA", "GME")))
        heard = SharedAttention(tmp_path)
        heard.look()
        assert {"FFF", "TSLA"} == set(heard.watched()[:2])
        assert set(heard.watched()[2:5]) >= {"AAA", "GME"}
        own.close()
        other.close()


def test_a_condition_of_wide_signs_is_broken_by_the_cells_it_takes():
    panel, words = ListedPanel(), "\u77ed\u8ce3" * 30
    loaded = loaded_market()
    panel.board = loaded.desk.board(loaded.view)
    panel.shown = ShownList("wide", NameList(f"where: {words}\n"), None, is_current=False, is_applied=False)
    lines = ["".join(text for text, _ in line) for line in panel.draw(30, 10)]
    assert max(map(width_of, lines)) <= 30
    assert "".join(lines).replace(" ", "") == f"where:{words}"


async def test_the_dollars_of_lists_have_one_unit_and_those_of_the_tiers_theirs(tmp_path):
    app = monitor(tmp_path)
    write(app, mine="AAA\nCCC\n", small="BBB\n")
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("L")
        screen = await at(app, pilot, ListsScreen)
        lists, tiers = screen.query_one("#lists"), screen.query_one("#list-tiers")
        await settled(app, pilot, lambda: lists.cell_text(1, "short_interest").strip())
        for table in (lists, tiers):
            assert "$" in table.title
            written = [
                table.cell_text(row, key) for row in range(table.row_count)
                for key in ("short_interest", "profit", "today", "new_short")
            ]  # fmt: skip
            assert any(one.strip() for one in written)
            assert not [one for one in written if set(one) & set("KMBT")], "no letter of their own"


@pytest.mark.parametrize(
    ("largest", "profit", "written"),
    [
        (57_597.7e6, -33_616.0e6, ["57,598", "2,205", "−33,616", "−555"]),
        (9_999.9e6, -9_616.0e6, ["9,999.9", "2,205.4", "−9,616.0", "−555.3"]),
    ],
)
def test_sums_of_five_digits_keep_their_commas_at_eighty_columns(largest, profit, written):
    rows = [
        group_row("mega", short_interest_end=largest, profit=profit),
        group_row("small", short_interest_end=2_205.4e6, profit=-555.3e6),
    ]
    table = TierRows(rows, "M")
    cells = [[table.whole(row)[place][0].strip() for row in range(2)] for place in (4, 6)]
    assert [*cells[0], *cells[1]] == written
