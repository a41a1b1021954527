"""The screens that explain: live keys, formulas with worked numbers, what is left out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from market_examples import listings_of, texts
from textual.app import App
from textual.binding import Binding

from shortside.board import Board, Desk
from shortside.listings import UnpricedSecurities
from shortside.market import market_of
from shortside.rows import name_rows, tier_table
from shortside.sessions import NEW_YORK, in_utc
from shortside.view import View
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainPanel, ExplainScreen, explanation, explanation_lines
from tui.screens.help import HelpPanel, HelpScreen, KeyGroup, KeyHelp, help_lines, live_keys
from tui.screens.left_out import securities_left_out
from tui.screens.panels import PANELS
from tui.screens.symbol import SYMBOL_PANELS, SymbolScreen
from widgets.crowded import CrowdedTable
from widgets.formulas import FORMULAS, ascii_words
from widgets.moments import ReaderTime
from widgets.panel import Panel
from widgets.panel_description import PanelDescription
from widgets.symbol_chart import SymbolChart
from widgets.symbol_cycles import SymbolCycles
from widgets.tick_table import TickTable
from widgets.tier_profit import TierProfitPanel

SESSIONS = 40
DESCRIPTIONS = [
    *(place.panel.description for place in PANELS),
    *(panel.description for panel in SYMBOL_PANELS),
]


def example_board() -> Board:
    """Two stocks, a warrant, a preferred never reported, and an unpriced fund and stock."""
    close = np.linspace(10, 20, SESSIONS)[:, None] * np.ones(4)
    short = np.linspace(1e6, 2e6, 5)[:, None] * np.ones(4)
    short[:, 3] = np.nan
    unpriced = UnpricedSecurities(
        symbols=texts(["FUND", "LOST"]),
        names=texts(["Some Index ETF", "Lost Company Common Stock"]),
        market_classes=texts(["ARCA", "NYSE"]),
        shares_short=np.array([7e6, 3e5]),
        settlement_date=np.array(["2023-02-15", "2023-02-28"], "datetime64[D]"),
    )
    names = ["One Common Stock", "Two Common Stock", "Three Inc. Warrant", "Four 5% Preferred Stock"]
    listings = listings_of(
        close, short, symbols=["ONE", "TWO", "THRW", "FOUR^A"], names=texts(names), unpriced=unpriced
    )
    return Desk(market_of(listings)).board(View())


class Host(App[None]):
    """A program with a few keys of its own."""

    BINDINGS: ClassVar = [
        Binding("w", "next_window", "window", id="view.window", tooltip="The next window"),
        Binding("question_mark", "help", "keys", id="app.help"),
        Binding("f9", "forbidden", "forbidden", id="app.forbidden"),
        Binding("f8", "new", "new thing", id="novelty.new"),
    ]

    def __init__(self, board: Board) -> None:
        super().__init__()
        self.board = board

    def on_mount(self) -> None:
        self.push_screen(SymbolScreen(self.board, np.array([0, 1])))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "forbidden"

    def action_next_window(self) -> None:
        """Never pressed here."""

    def action_new(self) -> None:
        """Never pressed here."""

    def action_forbidden(self) -> None:
        """Never allowed here."""

    def action_help(self) -> None:
        self.push_screen(HelpScreen())


# -- keys ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("panel", ["1", "2", "3"])
async def test_the_help_lists_every_active_binding_of_screen_and_focus(panel):
    app = Host(example_board())
    async with app.run_test(size=(120, 60)) as pilot:
        if panel != "2":
            await pilot.press(panel)
        active = [one for one in app.screen.active_bindings.values() if one.enabled and one.binding.id]
        await pilot.press("question_mark")
        help_text = app.screen.query_one(HelpPanel).text
        for one in active:
            assert app.get_key_display(one.binding) in help_text, one
            assert one.binding.description[:13].lower() in help_text.lower(), one


async def test_the_help_is_that_of_the_focused_panel():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)) as pilot:
        figures = {group.heading: group for group in live_keys(app.screen)}
        await pilot.press("c")
        cycles = {group.heading: group for group in live_keys(app.screen)}
        (moves,) = (group for heading, group in cycles.items() if heading.startswith("move in 3 Settlement cycles"))
        assert "page down" in {entry.description for entry in moves.entries}
        assert "page down" not in {entry.description for entry in figures["move in 2 Figures"].entries}


async def test_the_help_begins_with_what_one_wants_to_do_and_ends_with_moving_and_leaving():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)):
        headings = [group.heading for group in live_keys(app.screen)]
        assert headings[:2] == ["find a name and look closer", "see it another way"]
        assert headings[-3:] == ["move in 2 Figures", "leave", "and more"]
        assert "explain" in {entry.description for entry in live_keys(app.screen)[0].entries}


async def test_a_key_on_nobody_s_list_is_in_the_help_all_the_same():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)):
        assert [entry.description for entry in live_keys(app.screen)[-1].entries] == ["new thing"]


async def test_what_textual_binds_by_itself_is_not_in_the_help():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("question_mark")
        assert "focus next" not in app.screen.query_one(HelpPanel).text.lower()


async def test_keys_of_one_action_share_a_line():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)):
        entries = [entry for group in live_keys(app.screen) for entry in group.entries]
        down = next(entry for entry in entries if entry.description == "down")
        assert down.keys == ("↓", "j")


def test_words_longer_than_the_line_go_on_below_it():
    words = "Only names with these letters, or of a condition: crowding > 90"
    group = KeyGroup(heading="find", entries=(KeyHelp(keys=("/",), description="filter", tooltip=words),))
    lines = ["".join(text for text, _ in line) for line in help_lines((group,), 50)]
    said = " ".join(" ".join(lines).split())
    assert f"/ filter {words} " in said, "whole, and in its own order"
    assert max(map(len, lines)) <= 50
    brief = ["".join(text for text, _ in line) for line in help_lines((group,), 36)]
    assert sum("filter" in line for line in brief) == 1
    assert "…" in next(line for line in brief if "filter" in line), "where lines are short the name has to do"


async def test_the_border_counts_the_lines_that_are_hidden_below():
    app = Host(example_board())
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        panel = app.screen.query_one(HelpPanel)
        hidden = len(panel.lines) - panel.size.height
        assert panel.note.startswith(f"{hidden} more lines")
        await pilot.press("j")
        await pilot.pause()
        assert panel.note.startswith(f"{hidden - 1} more lines")
        await pilot.press("G")
        await pilot.pause()
        assert panel.note == "Esc closes"


async def test_a_forbidden_action_is_not_in_the_help():
    app = Host(example_board())
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press("question_mark")
        assert "forbidden" not in app.screen.query_one(HelpPanel).text


@pytest.mark.parametrize("key", ["escape", "question_mark", "q"])
async def test_the_help_closes_and_leaves_the_focus_where_it_was(key):
    app = Host(example_board())
    async with app.run_test(size=(80, 24)) as pilot:
        below, focused = app.screen, app.screen.focused
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.press(key)
        assert app.screen is below
        assert below.focused is focused


async def test_the_help_scrolls_to_its_last_line_on_a_small_terminal():
    app = Host(example_board())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark", "G")
        await pilot.pause()
        panel = app.screen.query_one(HelpPanel)
        shown = "\n".join(panel.render_line(y).text for y in range(panel.size.height))
        assert "a published settlement" in shown


# -- explanations -------------------------------------------------------------------------------------------------


def words_of(board: Board, about: PanelDescription | str, column: int | None = None, width: int = 80) -> str:
    lines = explanation_lines(explanation(board, about, column), width)
    return "\n".join("".join(text for text, _ in line) for line in lines)


def test_a_figure_is_explained_with_formula_numbers_and_days():
    board = example_board()
    row = name_rows(board, np.array([0]))[0]
    words = words_of(board, "short_interest", 0)
    assert "SI = Q · P" in words
    assert f"{row.shares_short:,.0f} × {row.price:,.2f} = {row.short_interest:,.0f} USD" in words
    assert "Q shares short" in words
    assert "published" in words
    assert "2023" in words


def test_the_tier_panel_is_explained_with_the_total():
    board = example_board()
    total = tier_table(board, with_trends=False).total
    assert f"{total.profit_ratio:.1%}".replace("-", "−") in words_of(board, TierProfitPanel.description)


def test_the_identity_is_explained_with_its_remainder():
    words = words_of(example_board(), TierProfitPanel.description)
    assert "only rounding" in words


@pytest.mark.parametrize("about", [*sorted(FORMULAS), *DESCRIPTIONS], ids=lambda about: getattr(about, "id", about))
@pytest.mark.parametrize("width", [40, 76])
def test_everything_with_a_formula_can_be_explained_of_a_name_and_of_the_market(about, width):
    board = example_board()
    for column in (None, 0, 3):
        words = words_of(board, about, column, width)
        assert "nan" not in words.lower().replace("finan", "").replace("tenan", "")
        assert max(map(len, words.split("\n"))) <= width


@pytest.mark.parametrize("table", [CrowdedTable, SymbolCycles], ids=lambda table: table.__name__)
def test_a_table_is_explained_column_by_column_in_ascii_too(table):
    explained = explanation(example_board(), table.description, columns=table().explained_columns)
    lines = ["".join(text for text, _ in line) for line in explanation_lines(explained, 120)]
    at = lines.index(" columns")
    for line, (title, words) in zip(lines[at + 1 :], table().explained_columns, strict=False):
        assert line.split() == f"{title} {words}".split()
    assert all(ascii_words(line).isascii() for line in lines[at:] if line)


def test_what_has_no_formula_is_an_error():
    with pytest.raises(KeyError):
        explanation(example_board(), "luck")


def test_when_a_source_was_read_is_told_by_new_yorks_clock_and_by_the_readers():
    board = example_board()
    read_at = in_utc(datetime.fromisoformat(board.market.fetched_at))
    later = ReaderTime(read_at + timedelta(days=2), ZoneInfo("Asia/Tokyo"))
    said = dict(explanation(board, "profit", 0, read=later).inputs)["source"]
    there, here = read_at.astimezone(NEW_YORK), read_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert f", read {there.day} {there:%b %H:%M} NY · " in said
    assert said.endswith(f"{here:%H:%M} here")


async def test_the_key_explains_the_figure_under_the_cursor():
    app = Host(example_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("j", "i")
        assert isinstance(app.screen, ExplainScreen)
        panel = app.screen.query_one(ExplainPanel)
        assert panel.title == FORMULAS["short_interest"].title
        assert "SIM" in panel.note
        await pilot.press("escape")
        assert isinstance(app.screen, SymbolScreen)


@pytest.mark.parametrize(("digit", "panel"), [("1", SymbolChart), ("3", SymbolCycles)], ids=["chart", "cycles"])
async def test_the_key_explains_the_focused_panel(digit, panel):
    app = Host(example_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(digit, "i")
        assert app.screen.query_one(ExplainPanel).title == panel.description.formula.title


# -- left out -----------------------------------------------------------------------------------------------------


def test_the_securities_left_out_are_as_many_as_the_market_counts():
    board = example_board()
    counts = board.left_out
    listed = [one.reason for one in securities_left_out(board)]
    assert {reason: listed.count(reason) for reason in set(listed)} == counts
    assert counts == {"etf": 1, "no_price": 1, "preferred": 1, "warrant": 1}


async def test_the_names_follow_the_reason_under_the_cursor():
    app = Host(example_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("x")
        assert isinstance(app.screen, DoubtfulScreen)
        reasons, names = app.screen.query_one("#kinds", TickTable), app.screen.query_one("#names", TickTable)
        assert [reasons.cell_text(row, "count") for row in range(6)] == ["0", "4", "1", "1", "1", "1"]
        assert names.row_count == 4
        await pilot.press("j")
        await pilot.pause()
        assert names.row_count == 1
        assert names.cell_text(0, "symbol") == "FUND"
        assert names.cell_text(0, "shares_short") == "7.00M"
        assert names.cell_text(0, "settled") == "15 Feb 23"


async def test_a_security_never_reported_short_is_not_shown_as_zero():
    app = Host(example_board())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("x")
        names = app.screen.query_one("#names", TickTable)
        row = next(row for row in range(names.row_count) if names.cell_text(row, "symbol") == "FOUR^A")
        assert names.cell_text(row, "shares_short") == "n/a"
        assert names.cell_text(row, "reason") == "preferred"


async def test_enter_goes_to_the_names_and_escape_leaves():
    app = Host(example_board())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("x", "enter")
        assert app.screen.focused is app.screen.query_one("#names", TickTable)
        await pilot.press("escape")
        assert isinstance(app.screen, SymbolScreen)


async def test_a_market_of_stocks_only_says_that_nothing_is_left_out():
    board = Desk(market_of(listings_of(np.full((5, 1), 2.0), np.full((1, 1), 1e6)))).board(View())

    class Bare(App[None]):
        def on_mount(self) -> None:
            self.push_screen(DoubtfulScreen(board))

    app = Bare()
    async with app.run_test(size=(100, 30)):
        names = app.screen.query_one("#names", TickTable)
        assert names.row_count == 0
        assert "every security is a stock" in names.render_line(1).text


def test_panels_are_lines_of_known_styles():
    lines = explanation_lines(explanation(example_board(), "profit", 0), 80)
    styles = {style for line in lines for _, style in line}
    assert styles <= {name.removeprefix("style--") for name in Panel.COMPONENT_CLASSES}
