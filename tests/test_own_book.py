"""Own positions on a market: whose rows they are, which count on which day, and `shortside snapshot book`."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from market_examples import listings_of
from snapshot_examples import OWN_POSITIONS, write_own_positions

from shortside.board import Desk
from shortside.market import market_of
from shortside.own.positions import NOT_PRICED, OwnPosition
from shortside.view import View
from tui.settings.configuration import configured
from tui.sources.own_book import OwnBookReader, held_columns

NOW = datetime(2023, 2, 15, 21, tzinfo=UTC)
ROW = [
    *("symbol", "name", "account", "line", "entry_date", "entry_shares", "entry_price", "shares", "entry_price_now"),
    *("price", "price_date", "value", "profit", "profit_ratio", "distributed", "profit_today", "profit_today_ratio"),
    *("crowd_profit", "crowd_profit_ratio", "crowd_distributed", "crowd_profit_today", "carry", "carry_ratio"),
    *("exit_days", "short_interest_share", "squeeze", "crowding", "crowding_decile", "tier", "remarks"),
]
SUMS = [
    *("short_dollars", "long_dollars", "gross", "net", "shorts", "longs", "names", "without_price", "ended"),
    *("profit_unknown", "profit_today_unknown", "carry_unknown", "by_tier", "by_decile"),
]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A home with a file of own positions."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    write_own_positions(tmp_path / "home")
    return tmp_path / "home"


def market(symbols, close=None):
    close = np.full((30, len(symbols)), 10.0) if close is None else close
    return market_of(listings_of(close, np.full((3, len(symbols)), 1000.0), symbols=symbols))


def held(symbol, day=date(2023, 1, 10)):
    return OwnPosition(symbol=symbol, shares=-1.0, price=1.0, entry_date=day, line=2)


def symbols_of(shown, *written):
    columns = held_columns([held(symbol) for symbol in written], shown)
    return [None if column == NOT_PRICED else str(shown.symbols[column]) for column in columns.tolist()]


# -- symbols ----------------------------------------------------------------------------------------------------------


def test_a_symbol_is_found_however_a_broker_writes_it():
    shown = market(["AAPL", "ABR^D", "BRK.B", "NA"])
    assert symbols_of(shown, "BRK.B", "BRK/B", "brk b", "BRK-B", "BRKB", "Brk.b") == ["BRK.B"] * 6
    assert symbols_of(shown, "abr^d", "ABR PRD", "ABR$D", "na", "nope") == ["ABR^D", "ABR^D", "ABR^D", "NA", None]


def test_a_name_that_is_spelt_so_goes_before_one_that_only_sounds_so():
    assert symbols_of(market(["BRK.B", "BRKB"]), "BRKB", "BRK.B") == ["BRKB", "BRK.B"]


def test_a_symbol_means_the_company_that_had_it_on_the_day_of_entry():
    close = np.full((30, 2), 10.0)
    close[12:, 0], close[:15, 1] = np.nan, np.nan
    shown = market(["DBD~2023-01", "DBD"], close)
    early, late = (held_columns([held("dbd", day)], shown)[0] for day in (date(2023, 1, 10), date(2023, 2, 1)))
    assert [str(shown.symbols[column]) for column in (early, late)] == ["DBD~2023-01", "DBD"]


# -- days -------------------------------------------------------------------------------------------------------------


def fitted(tmp_path, rows, as_of=None, simulated=False):
    """What the reader makes of rows on a market that ends on 2023-02-14, looked at the day after."""
    write_own_positions(tmp_path / "home", f"symbol,shares,price,date\n{rows}\n")
    given = {"as_of": as_of} if as_of else {}
    options = configured(given, dict(os.environ)).options
    listings = listings_of(np.full((29, 1), 10.0), [[1000.0]] * 3, symbols=["AAA"], is_simulated=simulated)
    board = Desk(market_of(listings)).board(View())
    loaded = SimpleNamespace(clock=lambda: NOW, market=board.market)
    return OwnBookReader(options).read(board, loaded)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("AAA,-1,9,2023-01-02", "entered on 2023-01-02, before the first session here, 2023-01-03"),
        ("AAA,-1,9,2023-02-16", "date 2023-02-16 is in the future"),
    ],
)
def test_a_day_outside_the_market_is_named_with_its_line_and_the_others_count(tmp_path, row, words):
    found = fitted(tmp_path, f"{row}\nAAA,-1,9,2023-02-15")
    (problem,) = found.problems
    assert problem.sentence.startswith(f"line 2: {words}")
    assert [one.line for one in found.book.placed.positions] == [3]


def test_on_a_day_in_the_past_what_was_entered_later_is_left_out_and_said(tmp_path):
    found = fitted(tmp_path, "AAA,-1,9,2023-02-01\nAAA,-1,9,2023-02-10", as_of="2023-02-03")
    assert [one.sentence for one in found.problems] == [
        "line 3: entered on 2023-02-10, after the day in view, 2023-02-03: left out"
    ]
    assert len(found.book.placed.positions) == 1


# -- reading again ----------------------------------------------------------------------------------------------------


def test_the_file_is_read_again_when_it_changed_and_not_before(tmp_path, home):
    options = configured({}, dict(os.environ)).options
    reader = OwnBookReader(options)
    board = Desk(market(["AAPL"])).board(View())
    loaded = SimpleNamespace(clock=lambda: NOW + timedelta(days=30), market=board.market)
    assert reader.has_changed()
    first = reader.read(board, loaded)  # type: ignore[arg-type]
    assert not reader.has_changed()
    assert reader.read(board, loaded) is first  # type: ignore[arg-type]
    write_own_positions(home, OWN_POSITIONS + "AAPL,-7,130,2023-02-01,\n")
    assert reader.has_changed()
    assert len(reader.read(board, loaded).book.placed.positions) == 4  # type: ignore[arg-type]
    (home / "book.csv").unlink()
    gone = reader.read(board, loaded)  # type: ignore[arg-type]
    assert (gone.complaint, gone.book.placed.positions) == ("There is no file of your own positions yet.", ())


def test_a_file_of_something_else_is_not_named_line_by_line(tmp_path):
    found = fitted(tmp_path, "\n".join(["rubbish,,,"] * 1_000))
    assert len(found.problems) == 101
    assert found.problems[-1].sentence == "and 900 more rows that do not count"


def test_what_is_computed_anew_for_another_view_asks_no_disk(home):
    options = configured({}, dict(os.environ)).options
    reader = OwnBookReader(options)
    board = Desk(market(["AAPL"])).board(View())
    loaded = SimpleNamespace(clock=lambda: NOW, market=board.market)
    assert reader.fitted_to(board, loaded) is None  # type: ignore[arg-type]
    first = reader.read(board, loaded)  # type: ignore[arg-type]
    (home / "book.csv").unlink()
    assert reader.fitted_to(board, loaded) is first  # type: ignore[arg-type]


# -- the document -----------------------------------------------------------------------------------------------------


def test_the_document_has_exactly_the_promised_keys(document):
    book = document("book")
    assert book["schema"] == "shortside.book/1"
    assert list(book)[-10:] == [
        *("exit_volume", "book_written_at", "rows", "total", "sums", "problems", "notes"),
        *("doubtful", "doubtful_left_out", "inputs"),
    ]
    assert all(list(row) == ROW for row in [*book["rows"], book["total"]])
    assert list(book["sums"]) == SUMS


def test_the_figures_of_the_document_are_those_of_its_own_prices(document):
    book = document("book")
    apple, hedge, unknown = book["rows"]
    assert (apple["symbol"], hedge["symbol"], unknown["symbol"]) == ("AAPL", "BRK.B", "NOPE")
    assert apple["profit"] == pytest.approx(-100 * (apple["price"] - 130.50), abs=0.01)
    assert apple["carry"] == pytest.approx(0.0025 * apple["value"], abs=0.01)
    assert hedge["profit"] == pytest.approx(10 * (hedge["price"] - hedge["entry_price_now"]), abs=0.01)
    assert [unknown[key] for key in ("price", "value", "profit", "tier")] == [None] * 4
    sums, total = book["sums"], book["total"]
    assert total["profit"] == pytest.approx(apple["profit"] + hedge["profit"], abs=0.01)
    assert sums["short_dollars"] == pytest.approx(-apple["value"], abs=0.01)
    assert sums["gross"] == pytest.approx(hedge["value"] - apple["value"], abs=0.01)
    assert (sums["shorts"], sums["longs"], sums["without_price"], sums["profit_unknown"]) == (2, 1, 1, 1)
    assert datetime.fromisoformat(book["book_written_at"]).tzinfo is not None


def test_the_crowd_s_dollars_are_those_of_the_window_since_the_day_of_entry(document):
    apple = document("book")["rows"][0]
    names = {row["symbol"]: row for row in document("names", "--window", "since:2023-02-21", "--limit", "0")["rows"]}
    assert apple["crowd_profit"] == pytest.approx(names["AAPL"]["profit"], abs=0.01)
    assert apple["crowd_profit_ratio"] == pytest.approx(names["AAPL"]["profit_ratio"], abs=1e-7)


def test_exit_days_are_those_of_the_chosen_part_of_the_volume(document):
    usual, quick = document("book")["rows"][0], document("book", "--exit-volume", "20%")["rows"][0]
    assert usual["exit_days"] == pytest.approx(2 * quick["exit_days"])


def test_rows_that_cannot_be_read_are_in_the_document_and_complained_of(ask, home):
    write_own_positions(home, OWN_POSITIONS + "AAPL,many,3,2023-02-21,\n")
    code, out, err = ask("book", "--format", "json")
    assert code == 0
    assert json.loads(out)["problems"] == [{"line": 5, "words": "shares 'many' is no number"}]
    assert "line 5: shares 'many' is no number" in err


def test_as_of_a_day_leaves_out_what_was_entered_later(ask):
    code, out, err = ask("book", "--as-of", "2023-02-17", "--format", "json")
    assert code == 0
    assert [row["symbol"] for row in json.loads(out)["rows"]] == ["BRK.B"]
    assert "line 2: entered on 2023-02-21, after the day in view, 2023-02-17: left out" in err


def test_the_page_says_where_the_short_dollars_lie_and_what_no_sum_holds(ask):
    _, out, _ = ask("book")
    assert "2 shorts, 1 long" in out
    assert "short dollars by tier: " in out
    assert "unknown, and in no sum: P&L 1, today 1" in out
    assert "no price of NOPE here" in out


def test_without_a_book_it_ends_in_4_with_words(ask, home):
    (home / "book.csv").unlink()
    code, out, err = ask("book", "--format", "json")
    assert (code, out) == (4, "")
    assert f"there is no file of your own positions: {home / 'book.csv'}" in err


def test_a_pipe_in_its_place_ends_in_4_at_once(ask, home):
    (home / "book.csv").unlink()
    os.mkfifo(home / "book.csv")
    code, _, err = ask("book")
    assert code == 4
    assert "it is no ordinary file" in err


def test_a_book_of_bad_rows_ends_in_4_and_names_them(ask, home):
    write_own_positions(home, "symbol,shares,price,date\nAAPL,x,1,2023-02-21\n")
    code, _, err = ask("book")
    assert code == 4
    assert "line 2: shares 'x' is no number" in err


@pytest.mark.parametrize("way", ["option", "variable"])
def test_another_file_is_named_by_option_and_variable(ask, monkeypatch, tmp_path, way):
    other = write_own_positions(tmp_path / "other", "symbol,shares,price,date\nNA,-3,1.5,2023-02-21\n")
    if way == "variable":
        monkeypatch.setenv("SHORTSIDE_BOOK", str(other))
    words = ["--book", str(other)] if way == "option" else []
    code, out, _ = ask("book", "--format", "json", *words)
    assert code == 0
    assert [row["symbol"] for row in json.loads(out)["rows"]] == ["NA"]


def test_a_formula_in_an_account_reaches_no_spreadsheet(ask, home):
    write_own_positions(home, 'symbol,shares,price,date,account\nAAPL,-1,1,2023-02-21,"+cmd|x"\n')
    _, out, _ = ask("book", "--format", "csv")
    assert ",'+cmd|x," in out
