"""The screen of one's own positions: opened by a key, sorted, live, read again, and a line of it on a name's screen."""

from __future__ import annotations

import re
import weakref
from itertools import count

import numpy as np
from board_examples import screen_text
from monitor_examples import loaded_market, monitor, opened, settled
from snapshot_examples import write_own_positions
from support_terminal import running

from tui import quiet_collection
from tui.screens.my_book import MyBookScreen
from tui.screens.my_book_panels import EmptyBook, PositionRemark, RowProblems
from tui.screens.symbol import SymbolScreen
from tui.screens.symbol_head import OwnPositionLine
from widgets.own_table import OwnTable
from widgets.own_words import share_words
from widgets.panel import Panel

BOOK = """\
symbol,shares,price,date,account
AAA,-1000,20,2023-01-20,main
BBB,-500,10,2023-02-01,hedge
CCC,200,15,2023-02-10,
NOPE,-5,3,2023-02-01,
DDD,-1x,3,2023-02-01,
"""


async def book_opened(app, pilot):
    """The screen of own positions, once it shows some."""
    await opened(app, pilot)
    await pilot.press("B")
    await settled(app, pilot, lambda: isinstance(app.screen, MyBookScreen) and app.screen.query_one(OwnTable).row_count)
    return app.screen


def column(screen, key):
    table = screen.query_one(OwnTable)
    return [table.cell_text(row, key) for row in range(table.row_count)]


async def test_b_shows_the_positions_the_bad_rows_and_the_sums_and_sorts_them_by_any_column(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await book_opened(app, pilot)
        assert set(column(screen, "symbol")) == {"AAA", "BBB", "CCC", "NOPE"}
        assert "line 6: shares '-1x' is no number" in screen.query_one(RowProblems).text
        assert "3 shorts, 1 long" in screen.query_one(OwnTable).title
        assert "total" in screen.query_one("#sums", Panel).text
        assert "unknown: P&L 1" in screen.query_one("#sums", Panel).text
        await pilot.resize_terminal(80, 24)
        await settled(app, pilot, lambda: screen.query_one("#sums", Panel).size == (80, 4))
        narrow = screen.query_one("#sums", Panel).text
        assert "…" not in narrow, "what one line has no room for stands in a second one"
        assert "unknown: P&L 1" in narrow.splitlines()[0]
        assert re.search(r"· long \S+$", narrow.splitlines()[1].rstrip())
        await pilot.resize_terminal(200, 50)
        await settled(app, pilot, lambda: screen.query_one("#sums", Panel).size == (200, 3))
        await pilot.press("end")
        # Signs and days as the table writes them, not as the file does.
        assert "NOPE −5 at 3.00 on 1 Feb 2023, line 5" in screen.query_one(PositionRemark).text
        assert "no price of NOPE here" in screen.query_one(PositionRemark).text
        table = screen.query_one(OwnTable)
        table.action_move_column(-99)
        await pilot.press("s")
        assert column(screen, "symbol") == ["AAA", "BBB", "CCC", "NOPE"]
        await pilot.press("S")
        assert column(screen, "symbol") == ["NOPE", "CCC", "BBB", "AAA"]
        table.sort_positions("crowding")
        assert column(screen, "symbol")[-1] == "NOPE"
        await pilot.press("q")
        assert type(app.screen).__name__ == "MainScreen"


async def test_t_shows_the_rows_of_a_name_as_one_and_the_sums_stay(tmp_path):
    write_own_positions(tmp_path, BOOK + "AAA,-200,30,2023-02-10,hedge\naaa,100,25,2023-02-10,\n")
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await book_opened(app, pilot)
        table, sums = screen.query_one(OwnTable), screen.query_one("#sums", Panel)
        assert column(screen, "symbol").count("AAA") == 3
        said = sums.text
        await pilot.press("t")
        assert sorted(column(screen, "symbol")) == ["AAA", "BBB", "CCC", "NOPE"]
        at = column(screen, "symbol").index("AAA")
        assert column(screen, "shares")[at] == "−1,100"
        assert column(screen, "account")[at] == "3 accounts"
        assert "names together" in table.title
        assert sums.text == said
        await pilot.press("t")
        assert column(screen, "symbol").count("AAA") == 3


async def test_enter_opens_the_name_with_a_line_of_the_position_which_other_names_lack(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await book_opened(app, pilot)
        screen.query_one(OwnTable).move_to(column(screen, "symbol").index("BBB"))
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen.query(OwnPositionLine))
        line = app.screen.query_one(OwnPositionLine)
        await settled(app, pilot, lambda: "−500 from 10.00 on 1 Feb" in line.text)
        assert "of my book" in "\n".join(screen_text(app))
        await pilot.press("escape")
        assert app.screen is screen
        await pilot.press("escape")
        app.screen.open_symbol("EEE")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen) and app.screen._own is not None)
        assert not app.screen.query_one(OwnPositionLine).display


async def test_a_tick_moves_the_figures_of_its_names_and_the_sums_and_no_other_cell(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path, quotes=True)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await book_opened(app, pilot)
        table, sums = screen.query_one(OwnTable), screen.query_one("#sums", Panel)
        before = {
            key: dict(zip(column(screen, "symbol"), column(screen, key), strict=True)) for key in ("profit", "price")
        }
        said = sums.text
        market = app.board.market
        at = int(np.flatnonzero(market.symbols == "BBB")[0])
        touched: list[int] = []
        update = table.update_rows

        def noted(rows):
            touched.extend(rows)
            return update(rows)

        table.update_rows = noted
        app.tick(np.array([at]), app.board.book.price[[at]] * 2)
        after = {key: dict(zip(column(screen, "symbol"), column(screen, key), strict=True)) for key in before}
        assert [column(screen, "symbol")[row] for row in touched] == ["BBB"]
        for key in before:
            changed = {symbol for symbol in before[key] if before[key][symbol] != after[key][symbol]}
            assert changed == {"BBB"}, key
        assert sums.text != said


async def test_the_screen_follows_its_file(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("B")
        await settled(app, pilot, lambda: isinstance(app.screen, MyBookScreen) and app.screen.has_class("-empty"))
        screen = app.screen
        words = screen.query_one(EmptyBook).text
        assert "There is no file of your own positions yet." in words
        assert "symbol,shares,price,date,account" in words
        write_own_positions(tmp_path, BOOK)
        screen.query_one(RowProblems).post_message(RowProblems.LookWanted())
        await settled(app, pilot, lambda: screen.query_one(OwnTable).row_count == 4)
        assert not screen.has_class("-empty")
        (tmp_path / "book.csv").unlink()
        screen.query_one(RowProblems).post_message(RowProblems.LookWanted())
        await settled(app, pilot, lambda: screen.has_class("-empty"))


async def test_at_any_size_no_figure_is_cut(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await book_opened(app, pilot)
        for size in ((80, 24), (40, 12), (24, 6), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            text = "\n".join(screen_text(app))
            assert not re.search(r"\bnan\b|None|#", text), text
            assert "AAA" in text


async def test_another_way_to_count_shares_gives_another_crowd_and_keeps_the_cursor(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await book_opened(app, pilot)
        table = screen.query_one(OwnTable)
        table.move_to(2)
        symbol, crowd = column(screen, "symbol")[2], column(screen, "crowd_profit")
        await pilot.press("p")
        await settled(app, pilot, lambda: column(screen, "crowd_profit") != crowd)
        assert column(screen, "symbol")[table.cursor_row] == symbol


async def test_no_picture_is_taken_while_the_terminal_may_still_show_the_positions(tmp_path):
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)

    def shown():
        return "\n".join("".join(line.glyphs) for line in app.differ.shadow.shown() or ())

    async with running(app, (120, 40)) as pilot:
        assert app._is_public()
        await book_opened(app, pilot)
        assert "−1,000" in shown()
        assert not app._is_public()
        # From here on no frame is sent before somebody says so: the terminal is on a slow line.
        app.differ.clock, app.differ.max_frames_per_second = count(0.0, 1.0).__next__, 1e-9
        await pilot.press("q")
        await settled(app, pilot, lambda: type(app.screen).__name__ == "MainScreen")
        assert "−1,000" in shown()
        assert not app._is_public()
        app.differ.max_frames_per_second = None
        app.flush_display()
        assert "−1,000" not in shown()
        assert app._is_public()


async def test_a_market_that_was_shown_beside_the_positions_goes_when_another_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(quiet_collection, "SECONDS_OF_QUIET", 0.01)
    write_own_positions(tmp_path, BOOK)
    app = monitor(tmp_path)

    def read_anew():
        newer = loaded_market()
        app.adopt(newer, newer.desk.board(app.board.view))

    async with app.run_test(size=(120, 40)) as pilot:
        screen = await book_opened(app, pilot)
        held = weakref.ref(app.board)
        read_anew()
        await settled(app, pilot, lambda: screen._fitted.book.board is app.board)
        await pilot.press("q")
        read_anew()
        await settled(app, pilot, lambda: held() is None)


def test_a_share_that_is_more_than_none_is_never_written_as_nothing():
    assert share_words(0.00003, 7, "") == "  <0.01"
    assert share_words(0.0005, 7, "%") == "  0.05%"
    assert share_words(0.0, 7, "").strip() == "0.00"
    assert share_words(float("nan"), 7, "").strip() == "—"
