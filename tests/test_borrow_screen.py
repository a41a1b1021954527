"""The screen of the cost of borrowing by keyboard, at eighty columns and where there is nothing to show."""

from __future__ import annotations

from datetime import date, datetime, time
from types import SimpleNamespace

import numpy as np
import pytest
from board_examples import screen_text
from loan_market import write_looks
from monitor_examples import SYMBOLS, loaded_market, monitor, opened, settled, small_market

from shortside.board import Desk
from shortside.named_windows import WINDOWS
from shortside.sessions import NEW_YORK
from tui.screens.borrow import BorrowScreen
from tui.screens.borrow_page import BorrowReader
from tui.screens.borrow_summary import BorrowSummary
from tui.screens.explain import ExplainScreen
from tui.screens.loan_path import LoanPathScreen
from tui.screens.symbol import SymbolScreen
from widgets.tick_table import TickTable

LAST = date(2023, 3, 1)
"""The last session of the ten names."""
LOOKS = (
    (date(2023, 2, 22), {"AAA": (1.0, 500), "BBB": (90.0, 700), "CCC": (0.25, 900)}),
    (date(2023, 2, 28), {"AAA": (2.0, 500), "BBB": (80.0, 0), "CCC": (0.25, 900)}),
    (LAST, {"AAA": (5.0, 400), "BBB": (70.0, 0), "CCC": (0.25, 900), "DDD": ("NA", "NA")}),
)


def load(_options, _clock, _progress, **_how):
    loaded = loaded_market()
    loaded.recording = None
    return loaded


@pytest.fixture
def app(tmp_path):
    return monitor(tmp_path / "home", loader=load, source="files", data=str(write_looks(tmp_path / "data", LOOKS)))


def shown(app) -> str:
    return "\n".join(screen_text(app))


def table(app, name="names") -> TickTable:
    found: TickTable = app.screen.query_one(f"#{name}", TickTable)
    return found


def symbols(app) -> list[str]:
    names = table(app)
    return [names.cell_text(row, "symbol").strip() for row in range(names.row_count)]


async def borrowing(app, pilot, key="C"):
    await opened(app, pilot)
    await pilot.press(key)
    await settled(app, pilot, lambda: isinstance(app.screen, BorrowScreen) and bool(table(app).row_count))


async def test_one_key_opens_the_fees_the_highest_first_with_their_clocks_and_sum(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await borrowing(app, pilot)
        assert symbols(app) == ["BBB", "AAA", "CCC"]
        text = shown(app)
        assert "list of 1 Mar 2023 16:30" in text
        assert "SIM" in text
        assert "70.0%" in text
        assert "a week ago 22 Feb 16:30" in text
        assert "none" in table(app).cell_text(0, "available")
        main = app.screen_stack[-2]
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)


async def test_the_groups_lead_to_what_rises_what_ran_out_and_each_tier(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await borrowing(app, pilot)
        page = app.screen._page
        words = [group.words for group in page.groups]
        assert words[:4] == ["hardest", "fee & price up", "gone to none", "the book"]
        table(app, "groups").focus()
        await pilot.press("down")
        prices = {symbol: page.table.price_change_week[SYMBOLS.index(symbol)] for symbol in ("AAA", "BBB", "CCC")}
        assert symbols(app) == [symbol for symbol in ("AAA",) if prices[symbol] > 0]
        await pilot.press("down")
        assert symbols(app) == ["BBB"]
        assert table(app).cell_text(0, "since").strip() == "28 Feb"
        await pilot.press("down")
        assert len(symbols(app)) == page.groups[3].sums.names > 3


async def test_enter_opens_the_name_and_esc_leads_back(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await borrowing(app, pilot)
        await pilot.press("down", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == "AAA"
        await pilot.press("escape")
        await settled(app, pilot, lambda: isinstance(app.screen, BorrowScreen))


async def test_on_a_name_the_same_key_opens_its_fee_day_by_day(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await borrowing(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        await pilot.press("C")
        await settled(app, pilot, lambda: isinstance(app.screen, LoanPathScreen) and bool(table(app, "days").row_count))
        days = table(app, "days")
        rows = [[days.cell_text(row, key).strip() for key in ("day", "fee", "change", "available")] for row in range(3)]
        assert rows == [
            ["1 Mar 23", "70.0%", "−10.0%", "none"],
            ["28 Feb 23", "80.0%", "−10.0%", "none"],
            ["22 Feb 23", "90.0%", "—", "700"],
        ]
        assert "3 looks on 3 days, 22 Feb 2023 to 1 Mar 2023" in shown(app)
        await pilot.press("escape")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))


async def test_s_sorts_by_the_column_in_brackets_and_again_turns_it_round(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await borrowing(app, pilot)
        table(app, "groups").focus()
        await pilot.press("down", "down", "down", "enter")
        await settled(app, pilot, lambda: app.focused is table(app))
        orders = {"symbol": ["AAA", "BBB", "CCC"], "fee_change_week": ["AAA", "CCC", "BBB"], "none_since": ["BBB"]}
        for sort_key, first in orders.items():
            app.screen._sort = (sort_key, sort_key == "symbol")
            ask = TickTable.SortRequested(table(app), sort_key)
            app.screen.on_tick_table_sort_requested(ask)
            once = symbols(app)
            assert once[: len(first)] == first, sort_key
            app.screen.on_tick_table_sort_requested(ask)
            turned = symbols(app)
            assert sorted(turned) == sorted(once)
            # What is unknown stands last either way.
            assert turned[: len(first)] == (["QQQA", "III", "HHH"] if sort_key == "symbol" else first[::-1]), sort_key


async def test_another_window_changes_what_was_paid_and_keeps_the_fees(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await borrowing(app, pilot)
        before = app.screen._page
        await pilot.press("w")
        await settled(app, pilot, lambda: app.screen._page is not before)
        after = app.screen._page
        assert after.table.board.window.name != before.table.board.window.name in {one.name for one in WINDOWS}
        assert after.history is before.history
        np.testing.assert_array_equal(after.table.fee, before.table.fee)


async def test_i_explains_the_figures_and_the_columns(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await borrowing(app, pilot)
        await pilot.press("i")
        await settled(app, pilot, lambda: isinstance(app.screen, ExplainScreen))
        text = " ".join(shown(app).split())
        assert "carry a day = SI" in text
        assert "not known is not none" in text


@pytest.mark.parametrize(
    ("looks", "words"),
    [
        ((), "put files borrow/ibkr_usa_YYYYMMDD_HHMM.txt there"),
        (((date(2023, 1, 4), {"AAA": (1.0, 5)}),), "the newest look at the list of stock loans is of 2023-01-04"),
    ],
)
async def test_where_there_is_nothing_the_screen_says_what_would_fill_it(tmp_path, looks, words):
    app = monitor(tmp_path / "home", loader=load, source="files", data=str(write_looks(tmp_path / "data", looks)))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("C")
        await settled(
            app,
            pilot,
            lambda: isinstance(app.screen, BorrowScreen) and words in app.screen.query_one(BorrowSummary).why_empty,
        )
        assert words.split()[0] in shown(app)
        assert table(app).row_count == 0


async def test_a_screen_that_is_left_while_it_reads_is_left(app):
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("C", "escape")
        await settled(app, pilot, lambda: app.screen is main)
        assert app.screen.has_panels


def test_a_past_evening_has_the_looks_known_then_and_the_present_those_of_now(tmp_path):
    present, past = load(None, None, None), load(None, None, None)
    past.market = small_market(as_of=date(2023, 2, 24))
    past.desk = Desk(past.market)
    options = monitor(tmp_path / "home", source="files", data=str(write_looks(tmp_path / "data", LOOKS))).options

    def history(shown):
        stage = SimpleNamespace(options=options, loaded=present, shown=shown, view=present.view)
        return BorrowReader(stage).page().history

    assert history(present).now.known_at == datetime.combine(LAST, time(16, 30), NEW_YORK)
    then = history(past)
    assert then.now.known_at == datetime.combine(date(2023, 2, 22), time(16, 30), NEW_YORK)
    assert then.week_ago is None
    assert np.isnat(then.none_since).all()


async def test_every_column_of_dollars_has_one_unit_which_its_title_names(app):
    async with app.run_test(size=(200, 40)) as pilot:
        await borrowing(app, pilot)
        names = table(app)
        titles = {column.key: column.title for column in names.columns}
        by_hand = {"carry": ("carry_day", 1), "added": ("added_carry_day", 1), "paid": ("paid", 1)}
        page = app.screen._page
        for key, (figure, decimals) in by_hand.items():
            unit = titles[key].partition("$")[2]
            power = 1000.0 ** ("", "K", "M", "B").index(unit)
            for row, symbol in enumerate(symbols(app)):
                value = getattr(page.table, figure)[SYMBOLS.index(symbol)] / power
                text = names.cell_text(row, key).replace(",", "").replace("−", "-")
                if np.isfinite(value) and value and not text.startswith("<"):
                    assert float(text) == pytest.approx(value, abs=0.51 * 0.1 ** (decimals if unit else 0)), (key, text)
        carries = page.table.carry_day[np.isfinite(page.table.carry_day)]
        assert carries.max() / carries[carries > 0].min() > 100, "the smallest of them had a letter of its own"
