"""The screen of the tables of the market: its rows are those of the documents, and everything is done by keyboard."""

from __future__ import annotations

import csv
import threading
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from board_examples import screen_text
from monitor_examples import NOW, loaded_market, monitor, opened, settled
from past_examples import DAYS, travelling
from squeeze_examples import LISTINGS as RECORDED
from waiting import PATIENCE

from providers.files.funds import no_closes, no_splits
from shortside.board import Desk
from shortside.evidence.evenings import as_known, evenings_of
from shortside.evidence.record import record_of
from shortside.evidence.squeeze_vintages import shipped_vintages
from shortside.funds.figures import FundData
from shortside.market import market_of
from shortside.view import View
from tui.documents.catalog import document_kind
from tui.documents.kind import DocumentRequest
from tui.documents.tables.rows import TableRows, rows_of_records
from tui.screens.column_chooser import ColumnChooser
from tui.screens.key_line import KeyLine
from tui.screens.market_table import made_table
from tui.screens.market_table_columns import MarketTableRows, columns_of_fields, meaning_in_words
from tui.screens.market_tables import MARKET_TABLES, market_table
from tui.screens.symbol import SymbolScreen
from tui.screens.tables import MarketTickTable, TablesScreen, TableSums
from tui.settings.configuration import configured
from widgets.crowded import CrowdedTable
from widgets.fields import Field, PageColumn, Unit
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE, width_of

FIELDS = (
    Field("tier", Unit.WORDS, "a tier", page=PageColumn("tier", 8)),
    Field("new", Unit.DOLLARS, "what is `new`; null where `tier` is", page=PageColumn("new $", 8, is_signed=True)),
    Field("new_before", Unit.DOLLARS, "before `window.start`"),
)

MADE_AT_ONCE = [table for table in MARKET_TABLES if table.document != "evidence"]
"""Every table but those of the record, which takes seconds to be walked through and has tests of its own."""


def made_up_funds(sessions) -> FundData:
    """Two funds that take a hundred new shares a session at ten dollars, and one whose last count is missing."""
    days = pd.concat(
        pd.DataFrame(
            {
                "date": sessions[: len(sessions) - late].astype("datetime64[s]"),
                "symbol": symbol,
                "nav": 10.0,
                "shares_outstanding": 1e6 + 100.0 * np.arange(len(sessions) - late),
            }
        )
        for symbol, late in (("SPY", 0), ("IWM", 0), ("IJR", 1))
    )
    return FundData(days=days, closes=no_closes(), splits=no_splits(), fetched_at=NOW, source="files")


@pytest.fixture(scope="module")
def asked():
    """The ten made-up names over the last thirty days."""
    loaded = loaded_market()
    loaded.desk.kept["fund_data"] = made_up_funds(loaded.market.sessions)
    options = configured({}, {"SHORTSIDE_HOME": "/nowhere"}).options
    return DocumentRequest(loaded.desk.board(View(window="30d")), loaded, options)


# -- rows and columns -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "document"), [("shorting", "shorting"), ("winners", "winners"), ("losers", "winners")]
)
def test_rows_kept_by_columns_are_those_of_the_document(asked, name, document):
    content = document_kind(document).make(asked._replace(options=asked.options._replace(limit=0))).content
    rows = content["rows"]
    if document == "winners":
        best = rows[: content["winners"]]
        rows = best if name == "winners" else rows[len(best) :][::-1]
    made = made_table(market_table(name), asked).rows
    assert made.count == len(rows) > 0
    for place, row in enumerate(rows):
        record = made.record(place)
        assert list(record) == list(row)
        for key, value in row.items():
            # A document's price effect is rounded so that the identity holds of figures in cents.
            assert record[key] == (pytest.approx(value, abs=0.011) if isinstance(value, float) else value), key


@pytest.mark.parametrize("table", MADE_AT_ONCE, ids=lambda table: table.name)
@pytest.mark.parametrize("glyphs", [GLYPHS_UNICODE, GLYPHS_ASCII], ids=["unicode", "ascii"])
def test_every_table_has_rows_whose_cells_fit_its_columns_and_can_be_put_in_every_order(asked, table, glyphs):
    made = made_table(table, asked)
    columns = columns_of_fields(table.fields)
    assert [column.key for column in columns] == [field.key for field in made.rows.fields]
    assert len({column.title for column in columns}) == len(columns)
    assert made.rows.count or table.name == "migration"
    source = MarketTableRows(made.rows, range(made.rows.count), "M", table.is_of_names, glyphs)
    for row in range(source.row_count):
        for column, (text, _) in zip(columns, source.whole(row), strict=True):
            assert width_of(text) <= max(column.width, column.most_width)
            assert text.isascii() or not glyphs.is_ascii
    for column in columns:
        assert sorted(made.rows.order(column.key, descends=True)) == list(range(made.rows.count))
    assert all(made.sentences(made.rows.record(0) if made.rows.count else None, glyphs))


def test_unknown_rows_stand_last_and_sums_behind_all_in_either_order():
    records = [
        {"tier": tier, "new": new, "new_before": None}
        for tier, new in (("mega", 2.0), ("mid", None), ("small", 3.0), ("total", 5.0))
    ]
    rows = rows_of_records(FIELDS, records, ranks={"mega": 0, "mid": 1, "small": 2}, totals=1)
    assert rows.order("new", descends=True) == [2, 0, 1, 3]
    assert rows.order("new", descends=False) == [0, 2, 1, 3]
    # Tiers have an order of their own: by the alphabet mid would stand before mega's end.
    assert rows.order("tier", descends=True) == [2, 1, 0, 3]
    assert [rows.is_total(place) for place in range(4)] == [False, False, False, True]
    assert rows.known_keys() == ["tier", "new"], "what nobody knows has no column"
    assert rows.place_of(("small",)) == 2
    assert rows.place_of(("nano",)) is None


def test_a_column_is_named_and_explained_by_the_titles_of_the_page():
    tier, new, before = columns_of_fields(FIELDS)
    assert (tier.is_pinned, tier.align, new.align) == (True, "left", "right")
    assert before.title == "new before", "the one before of a column that the page has"
    assert before.priority > new.priority > tier.priority, "where there is little room it goes first"
    assert meaning_in_words(FIELDS[1].meaning, {"new": "new $", "tier": "tier"}) == (
        "What is new $; unknown where tier is"
    )
    assert before.tooltip == "Before the window's start"
    cells = MarketTableRows(
        TableRows(FIELDS, {"tier": ["mid"], "new": [float("nan")], "new_before": [2e6]}), [0], "M", True, GLYPHS_UNICODE
    ).whole(0)
    assert [text.strip() for text, _ in cells] == ["mid", "—", "+2.0"]


# -- in the monitor ---------------------------------------------------------------------------------------------------


def stands(app, name: str, window: str = "") -> bool:
    """Whether a table is on the screen, of a window."""
    screen = app.screen
    made = screen._made if isinstance(screen, TablesScreen) else None
    return (
        made is not None
        and made.table.name == name
        and screen._shown is made.table
        and not screen._is_making
        and window in ("", made.asked.board.window.name)
    )


async def at_table(app, pilot, name: str = "shorting") -> TablesScreen:
    """Open the screen with a table."""
    main = await opened(app, pilot)
    main.action_market_tables(name)
    await settled(app, pilot, lambda: stands(app, name))
    found: TablesScreen = app.screen
    return found


def shown_column(app, key: str) -> list[str]:
    table = app.screen.query_one(MarketTickTable)
    return [table.cell_text(row, key) for row in range(table.row_count)]


async def test_one_key_shows_the_tables_with_their_sums_and_both_windows(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_table(app, pilot)
        text = "\n".join(screen_text(app))
        assert f"Shorting and covering · ${app.board.units.names}" in text
        assert "[shorting and covering]" in text
        said = screen.query_one(TableSums).text
        assert "short interest" in said
        assert "30D 30 Jan 2023 → 1 Mar 2023 · no whole window before it" in said
        assert "1/10" in text
        assert not screen.query_one("#tables").display
        await pilot.press("right_square_bracket", "right_square_bracket", "left_square_bracket")
        await settled(app, pilot, lambda: stands(app, MARKET_TABLES[1].name))
        assert f"[{MARKET_TABLES[1].words}]" in "\n".join(screen_text(app)), "the tabs move along"


async def test_a_table_that_is_not_of_the_window_says_what_it_is_of_and_names_no_window(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_table(app, pilot, "fund-flows")
        said = screen.query_one(TableSums).text
        assert said.splitlines()[0].strip() == market_table("fund-flows").span
        assert "30D" not in said
    assert {one.document for one in MARKET_TABLES if one.span} == {"evidence", "flows"}
    assert all(one.span for one in MARKET_TABLES if one.document in ("evidence", "flows"))


async def test_the_list_at_the_left_leads_to_every_table_and_enter_into_it(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot)
        await pilot.press("shift+tab", "j", "j")
        await settled(app, pilot, lambda: stands(app, MARKET_TABLES[2].name))
        assert screen._list.has_focus
        await pilot.press("enter")
        assert screen._rows.has_focus
        await pilot.press("escape", "M")
        await settled(app, pilot, lambda: stands(app, MARKET_TABLES[2].name))


async def test_rows_are_sorted_by_any_column_and_the_cursor_stays_on_its_name(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot, "winners")
        table = screen.query_one(MarketTickTable)
        by_profit = shown_column(app, "symbol")
        await pilot.press("j", *"hhhhhh", "s")
        await settled(app, pilot, lambda: shown_column(app, "symbol") == sorted(by_profit))
        assert table.cell_text(table.cursor_row, "symbol") == by_profit[1]
        assert "symbol▴" in "\n".join(screen_text(app))
        await pilot.press("S")
        await settled(app, pilot, lambda: shown_column(app, "symbol") == sorted(by_profit, reverse=True))
        assert table.cell_text(table.cursor_row, "symbol") == by_profit[1]
        await pilot.press("right_square_bracket", "left_square_bracket")
        await settled(app, pilot, lambda: stands(app, "winners"))
        assert shown_column(app, "symbol") == sorted(by_profit, reverse=True), "each table keeps its order"


async def test_enter_opens_a_name_and_goes_on_through_those_of_the_table(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot)
        symbols = shown_column(app, "symbol")
        await pilot.press("j", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == symbols[1]
        await pilot.press("right_square_bracket")
        await settled(app, pilot, lambda: app.screen.symbol == symbols[2])
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is screen)


async def test_enter_on_a_sum_shows_its_names(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await at_table(app, pilot, "shorting-tiers")
        tier = shown_column(app, "label")[1]
        await pilot.press("j", "enter")
        await settled(app, pilot, lambda: bool(app.screen.query(CrowdedTable)))
        assert app.screen.query_one(CrowdedTable).tiers == frozenset({tier})
        await pilot.press("M")
        await settled(app, pilot, lambda: stands(app, "shorting-tiers"))
        await pilot.press("end", "enter")
        await settled(app, pilot, lambda: bool(app.screen.query(CrowdedTable)))
        assert app.screen.query_one(CrowdedTable).tiers is None, "the row of the sums is of all names"


async def test_the_window_and_the_basis_change_under_it(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot)
        await pilot.press("w")
        await settled(app, pilot, lambda: stands(app, "shorting", "mtd"))
        said = screen.query_one(TableSums).text
        assert "MTD 28 Feb 2023 → 1 Mar 2023 · before it 31 Jan 2023 → 28 Feb 2023" in said
        await pilot.press("b")
        await settled(app, pilot, lambda: "tiers START" in screen.query_one(TableSums).text)


async def test_on_a_past_evening_it_is_of_that_evening(tmp_path):
    app = travelling(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await at_table(app, pilot)
        app.go_to_day(DAYS[-2])
        await settled(app, pilot, lambda: "→ 30 Mar 2023" in screen.query_one(TableSums).text)
        assert "PAST" in "\n".join(screen_text(app))
        assert screen._loaded.market.last_session == DAYS[-2]
        app.action_past_now()
        await settled(app, pilot, lambda: "→ 31 Mar 2023" in screen.query_one(TableSums).text)


async def test_the_columns_of_each_table_are_chosen_by_key(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot, "shorting-tiers")
        app.choose_columns_of("shorting-tiers", ("label", "covered", "shorted"))
        assert [column.key for column in screen._rows.visible_columns] == ["label", "covered", "shorted"]
        await pilot.press("right_square_bracket")
        await settled(app, pilot, lambda: stands(app, "shorting-sectors"))
        assert "new_short" in [column.key for column in screen._rows.visible_columns]
        await pilot.press("c")
        await settled(app, pilot, lambda: isinstance(app.screen, ColumnChooser))


def test_where_shares_are_held_the_sentence_says_why_nothing_is_new(asked):
    late = made_table(market_table("shorting"), asked._replace(board=asked.loaded.desk.board(View(window="1d"))))
    assert "shares are held since" in late.sentences(None, GLYPHS_UNICODE)[0]
    assert "shares are held since" not in made_table(market_table("shorting"), asked).sentences(None, GLYPHS_UNICODE)[0]


async def test_prices_move_the_table_while_it_is_looked_at_and_nothing_once_it_is_left(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot)
        before = dict(zip(shown_column(app, "symbol"), shown_column(app, "end"), strict=True))
        symbol = shown_column(app, "symbol")[3]
        column = np.flatnonzero(app.board.market.symbols == symbol)
        app.tick(column, app.board.book.price[column] * 2)
        assert dict(zip(shown_column(app, "symbol"), shown_column(app, "end"), strict=True)) == before
        assert screen._timer is not None, "made anew a few seconds later, and not with each price"
        made, timer = screen._made, screen._timer
        screen._make_after_ticks()
        timer.stop()
        await settled(app, pilot, lambda: screen._made is not made and stands(app, "shorting"))
        after = dict(zip(shown_column(app, "symbol"), shown_column(app, "end"), strict=True))
        assert {one for one in before if before[one] != after[one]} == {symbol}
        made = screen._made
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is not screen)
        screen.board_ticked(column)
        screen.set_board(app.board)
        screen._make_after_ticks()
        assert screen._made is made
        assert not screen._is_making
        assert not screen._timer


async def test_without_a_settlement_it_says_what_would_fill_it(tmp_path):
    loaded = loaded_market()
    loaded.market = replace(loaded.market, known_on=np.datetime64("2023-01-05"))
    loaded.desk = Desk(loaded.market)
    app = monitor(tmp_path, loader=lambda *_, **__: loaded)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot, lambda: app.board is not None and bool(app.screen.query(CrowdedTable)))
        await pilot.press("M")
        await settled(app, pilot, lambda: stands(app, "shorting"))
        text = "\n".join(screen_text(app))
        said = " ".join(app.screen.query_one(TableSums).text.split())
        assert "no settlement of short interest that was public by 2023-03-01" in said
        assert "FINRA publishes each settlement's short interest seven sessions after it" in said
        assert "nothing is known yet" in text
        await pilot.press("X", "enter", "s", "y", "i", "escape")
        assert app.screen.query_one(MarketTickTable).row_count == 0


async def test_the_table_is_explained_and_exported_as_it_stands(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await at_table(app, pilot, "losers")
        await pilot.press("i")
        await settled(app, pilot, lambda: app.screen is not screen and "noise: of" in "\n".join(screen_text(app)))
        await pilot.press("escape")
        await settled(app, pilot, lambda: stands(app, "losers"))
        by_loss = shown_column(app, "symbol")
        await pilot.press(*"hhhhhh", "s")
        await settled(app, pilot, lambda: shown_column(app, "symbol") == sorted(by_loss))
        await pilot.press("X", "enter")
        line = screen.query_one(KeyLine)
        await settled(app, pilot, lambda: " rows in " in line.words or " row in " in line.words)
        (path,) = (app.options.paths.state / "exports").glob("*")
        assert path.name == f"shortside-losers-{app.board.market.last_session}-simulated.csv"
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert [row["symbol"] for row in rows] == shown_column(app, "symbol")
        assert list(rows[0]) == [column.key for column in screen._rows.laid_out]
        assert all(float(row["profit"]) < 0 for row in rows)


async def test_the_palette_finds_every_table_by_its_name(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        titles = [f"Table {table.words[:1].upper()}{table.words[1:]}" for table in MARKET_TABLES]
        assert set(titles) <= set(commands)
        commands["Table Certainty"].callback()
        await settled(app, pilot, lambda: stands(app, "certainty"))


# -- the record of the scores -----------------------------------------------------------------------------------------


async def test_a_table_that_takes_long_is_said_to_be_read_until_it_is_there(tmp_path, monkeypatch):
    is_free = threading.Event()

    def slowly(table, asked, sort):
        assert is_free.wait(PATIENCE)
        return made_table(table, asked, sort)

    app = monitor(tmp_path)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await at_table(app, pilot)
        monkeypatch.setattr("tui.screens.tables.SECONDS_OF_PATIENCE", 0.0)
        monkeypatch.setattr("tui.screens.tables.made_table", slowly)
        screen.show_table("certainty")
        await settled(app, pilot, lambda: "reading the certainty" in screen_text(app)[-1])
        table = screen.query_one(MarketTickTable)
        assert (table.title, table.row_count) == (f"Certainty · ${app.board.units.sums}", 0), "no figure of another"
        assert screen.query_one(TableSums).text.strip() == ""
        screen.show_table("record-scores")
        assert table.title == "Record of the scores"
        assert "reading the record of the scores" in table.empty_words
        screen.show_table("certainty")
        is_free.set()
        await settled(app, pilot, lambda: stands(app, "certainty"))
        assert "reading" not in screen_text(app)[-1]


RECORD_TABLES = ("record-scores", "record-said", "record-evenings", "record-tenths")


@pytest.mark.parametrize("name", RECORD_TABLES)
def test_the_record_has_tables_that_any_column_can_sort(asked, monkeypatch, name):
    evenings = list(evenings_of(lambda day: as_known(RECORDED, day), RECORDED, market_of(RECORDED)))
    record = record_of(evenings, lambda _: shipped_vintages()[0])
    monkeypatch.setattr("tui.sources.evidence._made", lambda options, clock: record)
    made = made_table(market_table(name), asked_anew(asked))
    assert made.complaint == ""
    assert made.rows.count > 0
    for field in made.rows.fields:
        for descends in (True, False):
            assert sorted(made.rows.order(field.key, descends=descends)) == list(range(made.rows.count))
    assert columns_of_fields(made.rows.fields)
    rows = MarketTableRows(made.rows, list(range(made.rows.count)), "M", False, GLYPHS_UNICODE)
    assert all(rows.whole(place) for place in range(made.rows.count))
    group = market_table(name).group
    assert group is not None
    assert group(made.rows.record(0)) is None


@pytest.mark.parametrize("name", RECORD_TABLES)
def test_a_history_too_short_for_a_record_says_what_would_fill_it(asked, monkeypatch, name):
    monkeypatch.setattr("tui.sources.evidence._made", lambda options, clock: None)
    made = made_table(market_table(name), asked_anew(asked))
    assert "no publication has an outcome yet" in made.complaint
    assert made.rows.count == 0


def test_the_record_of_a_recording_knows_nothing_after_the_moment_that_is_played(asked, monkeypatch):
    days = []
    monkeypatch.setattr("tui.sources.evidence._made", lambda options, clock: days.append(options.as_of))
    for is_replayed in (True, False):
        market = replace(asked.board.market, is_replayed=is_replayed)
        made_table(market_table("record-scores"), asked._replace(board=Desk(market).board(View(window="30d"))))
    assert days == [asked.board.market.last_session, None]


def asked_anew(asked):
    """The same of a Desk that has no record yet."""
    return asked._replace(board=Desk(asked.board.market).board(asked.board.view))
