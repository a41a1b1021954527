"""Who types a symbol gets it first, or is told why it has no row and how to get the names back."""

from __future__ import annotations

import numpy as np
import pytest
from board_examples import SYMBOLS, Alone, board_of, screen_text
from market_examples import texts

from shortside.listings import UnpricedSecurities
from shortside.universe import SecurityKind
from widgets.absent_names import KIND_WORDS, why_absent
from widgets.crowded import CrowdedTable
from widgets.crowded_rows import CrowdedRows
from widgets.format import GLYPHS_UNICODE
from widgets.name_index import NameIndex

NAMES = [
    "Apple Inc. Common Stock", "Krispy Kreme Inc. Common Stock", "Spyglass Holdings Inc. Common Stock",
    "Ford Motor Company Common Stock", "First Republic Bank Common Stock", "Great Beyond ETF",
    "Nano Labs Ltd American Depositary Shares", "NVIDIA Corporation Common Stock", "Stalled Shares Plc",
    "Tesla Inc. Common Stock", "Upstart Holdings Inc. Common stock", "Zero Short Corp.",
]  # fmt: skip
UNPRICED = UnpricedSecurities(
    symbols=texts(["SPY", "qqq", "ODD"]),
    names=texts(["SPDR S&P 500 ETF TRUST", "Invesco QQQ Trust, Series 1", "Odd Lots Inc. Common Stock"]),
    market_classes=texts(["ARCA", "BZX", "NNM"]),
    shares_short=np.array([1e8, 1e8, 1e6]),
    settlement_date=np.array(["2023-08-15"] * 3, "datetime64[D]"),
)


@pytest.fixture(scope="module")
def board():
    return board_of(names=texts(NAMES), unpriced=UNPRICED)


def found(board, text: str, tiers=None) -> list[str]:
    rows = CrowdedRows(board, NameIndex(board.market), GLYPHS_UNICODE)
    rows.sort("symbol", False, text, tiers)
    return [str(board.market.symbols[column]) for column in rows.order]


def test_a_symbol_that_is_typed_is_not_answered_by_names_it_happens_to_stand_in(board):
    assert found(board, "spy") == ["CVNA"], "Spyglass begins with it, Krispy only holds it"
    assert found(board, "kris") == ["BYND"]
    assert found(board, "RISP") == ["BYND"], "no symbol: a part of a word will do"


def test_names_with_a_word_that_begins_so_come_before_those_that_hold_it_within_one(board):
    assert found(board, "st")[:2] == ["STAL", "AAPL"], "the symbol, then Common Stock"
    assert found(board, "epub") == ["FRC"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SPY", "SPY is left out: an ETF"),
        (" qqq ", "QQQ is left out: an ETF"),
        ("odd", "ODD is left out: no price here"),
        ("gme", "GME is left out: an ETF"),
        ("zero", "ZERO: nobody is known to have been short in the window"),
        ("XYZZY", ""),
        ("AAPL", ""),
        ("", ""),
    ],
)
def test_a_symbol_without_a_row_is_told_why(board, text, words):
    assert why_absent(board, NameIndex(board.market), text, None) == words


def test_a_symbol_of_another_tier_is_told_which(board):
    tier = board.scheme.labels[int(board.tier_codes[SYMBOLS.index("NVDA")])]
    index = NameIndex(board.market)
    assert why_absent(board, index, "nvda", {"nano"}) == f"NVDA is in another tier: {tier}"
    assert why_absent(board, index, "nvda", {tier}) == ""


def test_every_kind_of_security_that_is_no_stock_has_its_words():
    stocks = {SecurityKind.COMMON.label, SecurityKind.ADR.label}
    assert {kind.label for kind in SecurityKind} - stocks == set(KIND_WORDS) - {"no_price"}


async def test_an_empty_table_says_what_was_asked_why_it_is_not_there_and_how_to_get_back(board):
    table = CrowdedTable()
    app = Alone(table)
    async with app.run_test(size=(120, 12)) as pilot:
        table.show(board)
        for text, tiers, said in (
            ("qqq", None, "no name matches 'qqq' · QQQ is left out: an ETF · Esc shows all names again"),
            ("xyzzy", {"mega"}, "no name matches 'xyzzy' in mega · Esc shows all names again"),
            ("", set(), "no name is in no tier · Esc shows all names again"),
        ):
            table.set_filter(text)
            table.set_tiers(None if tiers is None else frozenset(tiers))
            await pilot.pause()
            assert said in screen_text(app)[2]
        table.set_tiers(None)
        table.set_filter("spy")
        await pilot.pause()
        assert "1 name · by crowding ▾ · filter 'spy' · SPY is left out: an ETF" in screen_text(app)[0]
        table.set_filter("aapl")
        assert "left out" not in table.title
