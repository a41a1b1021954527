"""The preview shows the name under the cursor, its figures and its rank among peers, once no key waits."""

import math

import numpy as np
from board_examples import SYMBOLS, board_of
from monitor_examples import monitor, opened
from textual.app import App
from waiting import patiently

from shortside.one_name.peers import peers_of, rank_among
from widgets.format import GLYPHS_ASCII
from widgets.lines import Line
from widgets.name_preview import NamePreview, preview_lines


async def reached(pilot, holds):
    """Wait until something holds."""
    for _ in patiently():
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError("never reached")


def text_of(symbol: str, width=60, height=40, **changes) -> list[str]:
    lines = preview_lines(board_of(), SYMBOLS.index(symbol), width, height, **changes)
    return ["".join(text for text, _ in line) for line in lines]


def test_peers_share_sector_and_tier_and_stand_by_crowding():
    board = board_of()
    for column in range(len(SYMBOLS)):
        peers = peers_of(board, column)
        assert column in peers
        assert {(board.market.sectors[at], board.tier_codes[at]) for at in peers} == {
            (board.market.sectors[column], board.tier_codes[column])
        }
        scores = board.crowding.score[peers]
        known = scores[np.isfinite(scores)]
        assert (np.diff(known) <= 0).all()


def test_a_rank_counts_the_known_and_an_unknown_has_none():
    values, peers = np.array([5.0, 9.0, math.nan, 7.0]), np.array([0, 1, 2, 3])
    assert [rank_among(values, peers, column) for column in peers] == [(3, 3), (1, 3), None, (2, 3)]


def test_a_preview_has_chart_figures_and_peers_with_the_name_marked():
    lines = text_of("TSLA")
    board = board_of()
    assert lines[0].endswith("mega · unknown")
    assert any(0x2800 < ord(sign) <= 0x28FF for line in lines for sign in line)
    peers = peers_of(board, SYMBOLS.index("TSLA"))
    assert f" peers by sector and tier: {len(peers)}" in lines
    marked = [line for line in lines if line.startswith("▸")]
    assert len(marked) == 1
    assert "TSLA" in marked[0]


def test_a_preview_fits_every_height_and_every_name():
    for symbol in SYMBOLS:
        for height in (1, 6, 12, 20, 60):
            lines = text_of(symbol, height=height, glyphs=GLYPHS_ASCII)
            assert len(lines) <= height
            assert all(line.isascii() and "nan" not in line.split() for line in lines)


class CountedPreview(NamePreview):
    def __init__(self) -> None:
        super().__init__()
        self.drawn_columns: list[int | None] = []

    def draw(self, width: int, height: int) -> list[Line]:
        self.drawn_columns.append(self._column)
        return super().draw(width, height) if self._board is not None else []


class OnePreview(App[None]):
    def compose(self):
        yield CountedPreview()


async def test_of_many_moves_the_last_one_alone_is_drawn():
    app = OnePreview()
    async with app.run_test(size=(64, 44)) as pilot:
        preview = app.query_one(CountedPreview)
        preview.drawn_columns.clear()
        board = board_of()
        for column in range(len(SYMBOLS)):
            preview.follow(board, column)
        assert preview.drawn_columns == [], "no key waits for a chart"
        await reached(pilot, lambda: SYMBOLS[-1] in preview.title)
        assert set(preview.drawn_columns) == {len(SYMBOLS) - 1}


async def test_the_preview_follows_the_cursor_where_there_is_room_and_a_key_switches_it(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await opened(app, pilot)
        preview, table = screen.query_one(NamePreview), screen.table

        def shows(row: int) -> bool:
            symbol = table.cell_text(row, "symbol").rstrip("?‡†")
            return preview.title.startswith(f"{symbol}  ") and "peers" in preview.text

        await reached(pilot, lambda: shows(0))
        await pilot.press("down", "down")
        await reached(pilot, lambda: shows(2))
        narrow = table.size.width
        await pilot.press("V")
        await reached(pilot, lambda: not preview.display and table.size.width > narrow)
        await pilot.press("V")
        await reached(pilot, lambda: preview.display and shows(2))
        await pilot.resize_terminal(179, 50)
        await reached(pilot, lambda: not preview.display)


async def test_a_filter_that_nobody_fits_leaves_nobody_in_the_preview(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await opened(app, pilot)
        preview = screen.query_one(NamePreview)
        await reached(pilot, lambda: "peers" in preview.text)
        await pilot.press("slash", *"zzzz")
        await reached(pilot, lambda: preview.title == "" and preview.text.strip() == "")
        await pilot.press("escape")
        await reached(pilot, lambda: "peers" in preview.text)


async def test_a_slow_line_has_no_preview(tmp_path):
    app = monitor(tmp_path, low_bandwidth="yes")
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("V", "V")
        assert not screen.query_one(NamePreview).display


async def test_the_list_alone_on_the_screen_and_the_feeds_alone_have_it_whole(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await opened(app, pilot)
        await pilot.press("3")
        await reached(pilot, lambda: screen.table.outer_size.width == 200)
        await pilot.press("6")
        await reached(pilot, lambda: not screen.table.display and screen.query_one("#feeds").outer_size.width == 200)
