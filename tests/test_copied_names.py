"""A row is copied as plain numbers for a spreadsheet, and the word that says so goes away."""

from __future__ import annotations

import asyncio
import math
import re

import numpy as np
import pytest
from board_examples import SYMBOLS, Alone, board_of
from textual.app import App, ComposeResult
from waiting import PATIENCE

from tui.screens.key_line import KeyLine
from widgets.crowded import CrowdedTable
from widgets.name_column_type import Copied
from widgets.name_columns import COLUMNS_ON_REQUEST, TABLE_COLUMNS

COPIED = [
    column.key for column in TABLE_COLUMNS if column.copied is not Copied.NOT and column.key not in COLUMNS_ON_REQUEST
]


async def copies() -> dict[str, dict[str, str]]:
    """The copied row of each symbol, by column."""
    board = board_of()
    table = CrowdedTable()
    async with Alone(table).run_test(size=(80, 12)):
        table.show(board)
        rows = [table.row_text(row).split("\t") for row in range(table.row_count)]
        with pytest.raises(LookupError):
            table.row_text(99)
    assert {len(row) for row in rows} == {len(COPIED)}
    return {row[COPIED.index("symbol")]: dict(zip(COPIED, row, strict=True)) for row in rows}


async def test_a_copied_row_is_plain_numbers_without_arrows_blocks_or_units():
    board = board_of()
    for symbol, row in (await copies()).items():
        for column in TABLE_COLUMNS:
            if column.key in row and isinstance(column.copied, Copied):
                assert re.fullmatch(r"(-?\d+(\.\d+)?)?", row[column.key]), (symbol, column.key)
        at = SYMBOLS.index(symbol)
        profit = float(row["profit"])
        assert profit == round(float(board.profit[at]))


async def test_copied_figures_are_those_of_the_board_in_the_units_of_the_titles():
    board, rows = board_of(), await copies()
    at = SYMBOLS.index("BYND")
    assert rows["BYND"]["borrow_fee"] == "31"
    assert rows["BYND"]["name"] == "Beyond Meat Inc. Common Stock"
    assert math.isclose(float(rows["BYND"]["price"]), float(board.book.price[at]), abs_tol=1e-4)
    assert math.isclose(float(rows["BYND"]["profit_ratio"]), float(board.profit_ratio[at]) * 100, abs_tol=0.006)
    assert float(rows["BYND"]["short_interest"]) == round(float(board.short_interest[at]))


async def test_what_is_unknown_or_does_not_apply_is_copied_as_nothing():
    rows = await copies()
    assert rows["AAPL"]["borrow_fee"] == ""
    assert rows["FRC"]["short_interest"] == "", "it stopped trading"
    assert rows["FRC"]["symbol"] == "FRC", "without its sign"
    assert rows["STAL"]["profit_today"] == ""
    assert np.isfinite(float(rows["FRC"]["profit"]))


async def gone(line: KeyLine) -> None:
    """Return once nothing is said any more."""
    for _ in range(int(PATIENCE / 0.01)):
        if not line.words:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"{line.words!r} stays")


class Line(App[None]):
    def compose(self) -> ComposeResult:
        yield KeyLine([("s", "sort")])


async def test_what_is_said_goes_away_after_a_while_and_hints_and_warnings_stay(monkeypatch):
    monkeypatch.setattr(KeyLine, "SAID_SECONDS", 0.02)
    async with Line().run_test(size=(60, 3)) as pilot:
        line = pilot.app.query_one(KeyLine)
        line.say("copied")
        line.say("copied again")
        assert line.words == "copied again"
        await gone(line)
        for stay, words in ((line.hold, "w another window"), (line.warn, "something went wrong")):
            line.say("copied")
            stay(words)
            await asyncio.sleep(0.06)
            assert line.words == words
