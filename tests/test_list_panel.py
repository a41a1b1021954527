"""Panels that are lists: the cursor, what Enter opens, what stays where it is while lines are scrolled or redrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from board_examples import Alone, board_of, group_row, screen_text
from textual.geometry import Region

from shortside.rows import sector_rows
from widgets.format import GLYPHS_UNICODE
from widgets.lines import Line
from widgets.list_panel import Entry, ListPanel, NamesChosen
from widgets.movers import LEAST_MOVERS, Mover, Movers, movers_lines
from widgets.sectors import ORDERS, SectorsPanel, sorted_sectors
from widgets.tier_profit import TierProfitPanel


class Letters(ListPanel):
    """Two columns of letters under a heading that stays."""

    kept_lines = 1
    words = tuple("ABCDEFGHIJ")

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def list_lines(self, width: int, height: int) -> list[Line]:
        rows = [[("  ", "plain"), (f"{one}   ", "plain"), ("  ", "plain"), (f"{one}'", "plain")] for one in self.words]
        return [[("heading", "header")], *rows]

    def entries_at(self, width: int, height: int) -> list[Entry]:
        beside = [Entry(f"{word}'", y, 6) for y, word in enumerate(self.words, 1)]
        return [*(Entry(word, y, 0, 6) for y, word in enumerate(self.words, 1)), *beside]

    def choose(self, key: str) -> None:
        self.opened.append(key)


async def test_the_cursor_goes_by_rows_pages_ends_and_sideways_and_enter_opens_what_is_under_it():
    panel = Letters()
    async with Alone(panel).run_test(size=(30, 7)) as pilot:
        panel.focus()
        await pilot.press("j", "down", "k", "enter", "G", "enter", "pageup", "enter", "right", "enter", "home", "enter")
        assert panel.opened == ["B", "J", "G", "G'", "A'"]
        await pilot.press("end", "end", "down", "pagedown", "enter", "left", "left", "enter")
        assert panel.opened[5:] == ["J'", "J"]


async def test_the_heading_stays_while_the_rows_below_are_scrolled():
    panel = Letters()
    app = Alone(panel)
    async with app.run_test(size=(30, 7)) as pilot:
        panel.focus()
        await pilot.press("G")
        await pilot.pause()
        shown = screen_text(app)
        assert "heading" in shown[1]
        assert [line[3] for line in shown[2:6]] == list("GHIJ")
        assert "▸" in shown[5]
        await pilot.press("up", "up", "up", "up")
        await pilot.pause()
        assert [line[3] for line in screen_text(app)[2:6]] == list("FGHI")


async def test_the_cursor_stays_on_its_row_when_the_order_changes():
    panel = Letters()
    async with Alone(panel).run_test(size=(30, 14)) as pilot:
        panel.focus()
        await pilot.press("down", "down")
        panel.words = panel.words[::-1]
        panel.redraw()
        await pilot.press("enter")
        assert panel.opened == ["C"]


async def test_only_the_row_under_the_cursor_is_drawn_on_its_background_also_after_its_figures_changed():
    panel = Letters()
    async with Alone(panel).run_test(size=(30, 14)) as pilot:
        panel.focus()
        await pilot.press("down", "right")
        panel.words = ("A", "b", *panel.words[2:])
        panel.redraw()
        await pilot.pause()
        background = panel.style_named("plain", True).bgcolor
        lit = [
            "".join(piece.text for piece in panel.render_line(y) if piece.style and piece.style.bgcolor == background)
            for y in range(5)
        ]
        assert [text.strip() for text in lit] == ["", "", "▸ b'", "", ""]
        patches = panel.patches_at(2, panel.lines[2], [Region(0, 2, panel.size.width, 1)])
        assert [patch.is_cursor for patch in patches] == [False, True]


class Listening(Alone):  # type: ignore[misc]  # test helpers are untyped to mypy
    """An app that keeps what was chosen."""

    def __init__(self, *widgets) -> None:
        super().__init__(*widgets)
        self.chosen: list[tuple[str, str | None]] = []

    def on_names_chosen(self, message: NamesChosen) -> None:
        self.chosen.append((message.label, message.sector))


async def test_a_sector_opens_its_names_and_the_unknown_one_those_without_a_sector():
    panel = SectorsPanel()
    app = Listening(panel)
    async with app.run_test(size=(90, 14)) as pilot:
        board = board_of()
        panel.show(board)
        panel.focus()
        await pilot.press("enter", *[key for _ in sector_rows(board) for key in ("down", "enter")])
        labels = [row.label for row in sector_rows(board)]
        assert app.chosen[: len(labels)] == [(label, "" if label == "unknown" else label) for label in labels]


async def test_sectors_are_sorted_by_the_column_in_brackets_and_turned_round():
    panel = SectorsPanel()
    app = Listening(panel)
    async with app.run_test(size=(100, 14)) as pilot:
        board = board_of()
        panel.show(board)
        panel.focus()
        await pilot.press("right", "right", "s")
        profits = [row.profit for row in panel._rows]
        assert profits == sorted(profits, reverse=True)
        await pilot.pause()
        assert "P&L▾" in screen_text(app)[1]
        await pilot.press("s")
        assert [row.profit for row in panel._rows] == profits[::-1]
        await pilot.press(*["left"] * 9, "s")
        assert [row.label for row in panel._rows] == sorted(row.label for row in panel._rows)
        panel.show(board)
        assert [row.label for row in panel._rows] == sorted(row.label for row in panel._rows), "the order is kept"


@pytest.mark.parametrize("sort_key", ORDERS)
@pytest.mark.parametrize("is_descending", [True, False])
def test_what_is_unknown_of_a_sector_comes_last_in_every_order(sort_key, is_descending):
    unknown = group_row(
        "lacking", profit=float("nan"), profit_ratio=None, profit_today=float("nan"), new_short_30d=float("nan"),
        share_of_short_interest=None, gaining_names_ratio=None,
    )  # fmt: skip
    rows = [unknown, group_row("B", names=2), group_row("Z", names=1)]
    ordered = sorted_sectors(rows, sort_key, is_descending)
    if sort_key not in {"sector", "names", "short_interest"}:
        assert ordered[-1] is unknown
    assert sorted(row.label for row in ordered) == ["B", "Z", "lacking"]


def test_movers_fill_the_height_there_is_and_never_fewer_than_five():
    mover = Mover(symbol="F", name="Ford", profit=1e9, ratio=0.5)
    many = tuple(replace(mover, symbol=f"A{place}") for place in range(40))
    spans = [Movers(title=title, best=many, worst=many) for title in ("YTD", "today")]
    high = movers_lines(spans, 120, 50, GLYPHS_UNICODE, unit="M")
    assert len(high) <= 50
    assert "A21" in "".join(text for text, _ in high[22])
    low = movers_lines(spans, 40, 10, GLYPHS_UNICODE, unit="M")
    assert len(low) == 4 * (1 + LEAST_MOVERS) + 1


async def test_the_identity_below_the_total_comes_into_view_with_it():
    panel = TierProfitPanel()
    app = Alone(panel)
    async with app.run_test(size=(84, 8)) as pilot:
        panel.show(board_of())
        panel.focus()
        await pilot.press("G")
        await pilot.pause()
        assert "names" in screen_text(app)[1]
        assert "▸ all" in screen_text(app)[-3]
        assert "SI " in screen_text(app)[-2]
