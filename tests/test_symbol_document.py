"""`shortside snapshot symbol` says what the name's own screen says, and why a symbol has none."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from distribution_examples import EX_DATE, spun_off
from market_data import short_interest, write_market
from market_examples import listings_of, splits_of

from shortside.board import Desk
from shortside.corporate_actions.distributions import with_distributions
from shortside.market import market_of
from shortside.view import View
from tui.documents.kind import DocumentRequest
from tui.documents.one_name import CYCLE_FIELDS, MORE_FIELDS, nearest_symbols, symbol_document
from widgets.exported_names import name_fields
from widgets.name_index import NameIndex

EVENING = datetime(2023, 3, 31, 21, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def silent_folder(tmp_path_factory):
    """The small market, in which FINRA never reports TRUE."""
    reports = short_interest()
    return write_market(tmp_path_factory.mktemp("silent") / "market", reports=reports[reports["symbol"] != "TRUE"])


def test_its_figures_are_those_of_the_names_document(document):
    name = document("symbol", "na")
    row = next(one for one in document("names", "--limit", "0")["rows"] if one["symbol"] == "NA")
    assert name["schema"] == "shortside.symbol/1"
    assert (name["symbol"], name["as_of"]) == ("NA", "2023-03-01")
    assert list(name["figures"]) == [field.key for field in (*name_fields(), *MORE_FIELDS)]
    assert {key: name["figures"][key] for key in row} == row


def test_its_rows_are_the_settlements_with_what_was_made_and_added_between_them(document):
    rows = document("symbol", "AAPL")["rows"]
    assert list(rows[0]) == [field.key for field in CYCLE_FIELDS]
    assert [(row["settlement_date"], row["published"], row["shares_short"]) for row in rows] == [
        ("2023-02-15", "2023-02-27", 1_003),
        ("2023-01-31", "2023-02-09", 1_002),
        ("2023-01-13", "2023-01-25", 1_001),
        ("2022-12-30", "2023-01-11", 1_000),
    ]
    newest, before = rows[:2]
    grown = newest["short_interest"] - before["short_interest"]
    assert newest["new_short"] - newest["profit"] == pytest.approx(grown, abs=0.02)
    # The first settlement is before the first close: what it was worth, and what was made since, nobody knows.
    assert [rows[-1][key] for key in ("short_interest", "profit", "new_short", "shares_change")] == [None] * 4


def test_a_settlement_published_later_is_there_and_no_figure_rests_on_it(ask):
    code, out, _ = ask("symbol", "AAPL", "--as-of", "2023-02-24", "--known", "as-known", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert next(row["settlement_date"] for row in found["rows"] if row["is_known"]) == "2023-01-31"
    assert found["figures"]["shares_known_to"] == "2023-01-31"


def test_of_a_name_nobody_ever_reported_no_position_is_known(ask, silent_folder):
    code, out, err = ask("symbol", "TRUE", "--format", "json", data=silent_folder)
    found = json.loads(out)
    assert (code, err, found["rows"]) == (0, "", [])
    assert (found["figures"]["shares_are"], found["figures"]["price"]) == ("never reported", pytest.approx(3.475))
    unknown = ("shares_short", "short_interest", "profit", "profit_low", "new_short", "new_short_30d", "crowding")
    assert [found["figures"][key] for key in unknown] == [None] * len(unknown)


def test_a_split_and_what_is_doubtful_of_it_are_told_of_this_name_only(document):
    found = document("symbol", "AAPL")
    assert {one["symbol"] for one in found["doubtful"]} == {"AAPL"}
    assert [one["rule"] for one in found["doubtful"]] == ["unmoved_split"] * 2
    # Neither was applied.
    assert (found["splits"], found["distributions"]) == ([], [])


def document_of_first_name(listings):
    """The content of the document of the first name of listings."""
    market = market_of(with_distributions(listings))
    desk = Desk(market)
    # A recording keeps nothing else of a name, so nothing else is looked for.
    loaded: Any = SimpleNamespace(inputs=(), recording="kept", market=market, clock=lambda: EVENING)
    options: Any = SimpleNamespace(source="demo", as_of=None)
    return symbol_document(DocumentRequest(desk.board(View()), loaded, options, subject="S000")).content


def test_a_distribution_is_told_with_its_part_of_the_price():
    # 66 was counted as 49.60: 16.40 of 66 dollars were distributed.
    listings = spun_off()
    (told,) = document_of_first_name(listings)["distributions"]
    assert told["session"] == str(listings.sessions[EX_DATE])
    assert told["price_ratio"] == pytest.approx(16.4 / 66)


def test_a_split_is_told_with_its_first_session_and_what_earlier_prices_are_multiplied_by():
    close = np.where(np.arange(40) < 30, 100.0, 50.0)[:, None] * np.ones((1, 3))
    close[:, 1:] = 10.0
    listings = listings_of(close, np.full((3, 3), 1e6))
    split = splits_of(listings.sessions, [(0, 30, 0.5)])
    found = document_of_first_name(replace(listings, splits=split))
    assert found["splits"] == [{"session": str(listings.sessions[30]), "price_factor": 0.5}]
    assert found["figures"]["price"] == 50.0


@pytest.mark.parametrize(
    ("symbol", "words"),
    [
        ("SPY", "SPY is left out: an ETF"),
        ("abr^d", "ABR^D is left out: a preferred share"),
        ("ZZT.WS", "ZZT.WS is left out: a warrant"),
        ("APPL", "APPL: no such symbol here; the nearest: AAPL"),
        ("apple", "APPLE: no such symbol here; the nearest: AAPL"),
        ("QQQQ", "QQQQ: no such symbol here"),
    ],
)
def test_a_symbol_without_a_document_ends_in_four_and_says_why(ask, symbol, words):
    assert ask("symbol", symbol) == (4, "", f"shortside: {words}\n")


def test_what_was_typed_reaches_the_terminal_without_its_controls(ask):
    code, out, err = ask("symbol", "\x1b[31mGME" + "a" * 5_000)
    assert (code, out) == (4, "")
    assert err.endswith("\n")
    assert err[:-1].isprintable()
    assert "[31MGMEAAA" in err


def test_a_spelling_of_other_houses_is_understood(document):
    assert document("symbol", "brk/b")["symbol"] == "BRK.B"
    assert document("symbol", "BRK-B")["symbol"] == "BRK.B"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(("symbol",), "snapshot symbol needs one SYMBOL"), (("names", "AAPL"), "nothing stands after it: AAPL")],
)
def test_a_document_is_asked_for_with_what_it_is_about_and_nothing_else(ask, words, complaint):
    code, out, err = ask(*words)
    assert (code, out) == (2, "")
    assert complaint in err


def test_lines_of_ndjson_begin_with_the_figures(ask):
    lines = [json.loads(line) for line in ask("symbol", "NA", "--format", "ndjson")[1].splitlines()]
    assert [line["group"] for line in lines] == ["name", "row", "row", "row", "row"]
    assert lines[0]["shares_short"] == lines[1]["shares_short"] == 4_003


def test_the_nearest_symbols_are_a_few_and_each_is_one_of_the_market():
    index = NameIndex(market_of(spun_off()))
    symbols = set(map(str, index.market.symbols))
    for written in ("", "S", "S0001", "ZZZZZZ" * 1_000, "\u00e9", "COMPANY", *symbols):
        near = nearest_symbols(index, written)
        assert len(near) == len(set(near)) <= 5
        assert set(near) <= symbols
