"""The palette knows names, groups, windows, sorts, panels, screens and themes, and does what is chosen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from monitor_examples import monitor, opened, settled, type_at_once
from textual.command import Command, CommandList
from textual.widgets import Input

from shortside.positions import Knowledge, PositionsMethod
from shortside.tiers import TierBasis
from tui.screens.column_chooser import ColumnChooser
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.help import HelpScreen
from tui.screens.main import MainScreen
from tui.screens.market_commands import MOST_NAMES
from tui.screens.palette import MOST_FOUND, ActionPalette, commands_of, fitting
from tui.screens.symbol import SymbolScreen
from widgets.name_columns import SORT_WORDS, TABLE_COLUMNS
from widgets.name_index import NameIndex
from widgets.tier_profit import TierProfitPanel

pytestmark = pytest.mark.slow


def titles(app):
    """What the palette shows, from the top."""
    options = app.screen.query_one(CommandList).options
    return [option.hit.text for option in options if isinstance(option, Command)]


async def choose(app, pilot, words, over=(), until=lambda app: True):
    """Open the palette over other screens, type, and press Enter, all in one breath; the title that was done."""
    for key in over:
        type_at_once(app, key)
        await settled(app, pilot, lambda: not app.keys_wait)
    type_at_once(app, "ctrl+p", *words.replace(" ", "\0"))
    await settled(app, pilot, lambda: not app.keys_wait and isinstance(app.screen, ActionPalette))
    assert titles(app), words
    first = titles(app)[0]
    type_at_once(app, "enter")
    await settled(app, pilot, lambda: not isinstance(app.screen, ActionPalette) and until(app))
    await pilot.pause()
    return first


@pytest.fixture(autouse=True)
def spaces(monkeypatch):
    """A space among keys to be typed is a key of its own name."""
    from monitor_examples import SIGNS

    monkeypatch.setitem(SIGNS, "\0", " ")


async def test_a_symbol_is_found_first_and_opens_its_name_from_every_screen(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        for over in ((), ("enter",), ("question_mark",), ("x",), ("i",), ("c",), ("enter", "x")):
            first = await choose(app, pilot, "ccc", over, lambda app: isinstance(app.screen, SymbolScreen))
            assert first.startswith("CCC  CCC Holdings"), over
            assert app.screen.symbol == "CCC"
            assert app.screen_stack[1:] == [main, app.screen], over
            type_at_once(app, "escape")
            await settled(app, pilot, lambda: app.screen is main)


async def test_a_name_that_the_filter_hides_is_found_and_opened(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        type_at_once(app, "slash", *"bbb", "enter")
        await choose(app, pilot, "fff hold", until=lambda app: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == "FFF"


async def test_views_groups_sorts_panels_and_screens_are_found_and_done(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        table = main.table
        sector = app.board.market.sector_names[0]
        since = f"since:{app.board.market.sessions[3]}"
        done = {
            "window mtd": lambda _: app.view.window == "mtd",
            since: lambda _: app.view.window == since,
            "window 30d": lambda _: app.view.window == "30d",
            f"window {since}": lambda _: app.view.window == since,
            "basis start": lambda _: app.view.basis is TierBasis.START,
            "shares step": lambda _: app.view.positions is PositionsMethod.STEP,
            "vintage rev": lambda _: app.view.knowledge is Knowledge.REVISED,
            "tier nano": lambda _: table.tiers == frozenset({"nano"}) and 0 < table.row_count < 10,
            f"sector {sector.lower()}": lambda _: table.sector == sector and table.tiers is None,
            "roll-up three": lambda _: main.query_one(TierProfitPanel).is_rolled_up,
            "roll-up every": lambda _: not main.query_one(TierProfitPanel).is_rolled_up,
            "sort by symbol": lambda _: table.sort_key == "symbol",
            "sort by dtc": lambda _: table.sort_key == "days_to_cover",
            "panel sectors": lambda _: app.focused is main.query_one("#sectors"),
            "panel crowded": lambda _: app.focused is table and not main.has_class("-solo"),
            "panel feeds whole": lambda _: main.query_one("#feeds").has_class("-alone"),
            "screen help": lambda _: isinstance(app.screen, HelpScreen),
            "screen doubts": lambda _: isinstance(app.screen, DoubtfulScreen),
            "screen column": lambda _: isinstance(app.screen, ColumnChooser),
            "theme day": lambda _: app.theme == "day",
        }
        for words, reached in done.items():
            first = await choose(app, pilot, words, until=reached)
            assert words.split()[-1].removesuffix("s") in first.casefold()
            if not isinstance(app.screen, MainScreen):
                type_at_once(app, "escape")
                await settled(app, pilot, lambda: app.screen is main)


async def test_every_column_panel_tier_and_window_has_a_command(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        found = [command.title for command in app.get_system_commands(main)]
        assert len(set(found)) == len(found)
        for key, word in SORT_WORDS.items():
            title = next(column.title.strip() for column in main.name_columns if column.key == key)
            assert any(one in found for one in (f"Sort by {title} ({word})", f"Sort by {title}")), key
        assert {column.key for column in TABLE_COLUMNS if column.sort_word} == set(SORT_WORDS)
        for begins, count in (("Panel ", 12), ("Tier ", 7), ("Window ", 8 + 1), ("Basis ", 3)):
            assert len([one for one in found if one.startswith(begins)]) == count, begins


async def test_before_anything_is_typed_it_begins_with_what_can_be_done_and_moves_of_the_cursor_come_last(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        words = [command.title for command in commands_of(app, app.screen)]
        moves = ("Down", "Up", "Page down", "Half up", "First", "Last", "Left", "Right")
        first_move = min(words.index(one) for one in moves)
        assert {"Sort", "Filter", "Open", "Tables", "Borrow"} < set(words[:first_move])
        assert not {"Sort", "Filter", "Open", "Tables", "Borrow"} & set(words[first_move:])


async def test_what_nothing_fits_says_so_and_enter_does_nothing(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        main = await opened(app, pilot)
        type_at_once(app, "ctrl+p", *"zzzz", "enter", "down", "pagedown", "enter")
        await settled(app, pilot, lambda: not app.keys_wait)
        assert isinstance(app.screen, ActionPalette)
        assert titles(app) == []
        assert app.screen.query_one(Input).value == "zzzz"
        type_at_once(app, "escape", "escape")
        await settled(app, pilot, lambda: app.screen is main)


async def test_a_day_that_is_no_window_of_the_market_is_not_offered(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        commands, _ = app._market_commands()
        index = app._main.table.index
        for words in ("since:", "since:2023-02-30", "since:9999-12-31", "since:2023-02-3x", "since:٢٠٢٣-01-01"):
            assert commands.names(index, words)[0] == [], words


def test_the_nearest_titles_come_first():
    commands: Any = [SimpleNamespace(title=title) for title in ("Previous window", "Window YTD", "Rewindow", "Window")]
    assert [one.title for one in fitting(commands, "WINDOW")] == ["Window", "Window YTD", "Previous window", "Rewindow"]
    assert [one.title for one in fitting(commands, "ytd win")] == ["Window YTD"]


def many_names(count) -> Any:
    """A market of nothing but names."""
    random = np.random.default_rng(1)
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    symbols = np.array(["".join(random.choice(letters, 5)) + str(place) for place in range(count)], object)
    names = np.array([f"{symbol} Holdings\x1b]0;x\x07 [bold] Inc." for symbol in symbols], object)
    return SimpleNamespace(symbols=symbols, names=names, unpriced=SimpleNamespace(symbols=np.array([], object)))


def test_of_twenty_thousand_names_the_symbol_itself_comes_first_and_no_more_than_are_shown():
    index = NameIndex(many_names(20_000))
    symbol = str(index.market.symbols[777])
    for text in ("A", "HOLD", symbol[:2], symbol[:4], symbol, "INC. X", "B"):
        assert len(index.best(text, MOST_NAMES)) <= MOST_NAMES
    assert index.best(symbol, MOST_NAMES)[0] == 777


async def test_hostile_names_are_shown_clean_and_as_they_are_written(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        commands, main = app._market_commands()
        hostile: Any = SimpleNamespace(
            symbols=np.array(["[b]A", "B\x1b[2J"], object),
            names=np.array(["\x1b]52;c;x\x07[bold red]", "x\u202ey\n[/]"], object),
            unpriced=SimpleNamespace(symbols=np.array([], object)),
        )
        commands._symbols, commands._names = hostile.symbols, hostile.names
        index = NameIndex(hostile)
        palette = ActionPalette([], lambda text: commands.names(index, text))
        app.push_screen(palette)
        await settled(app, pilot, lambda: palette.has_panels)
        palette.query_one(Input).value = "b"
        await settled(app, pilot, lambda: len(titles(app)) == 2)
        for title in titles(app):
            assert title.isprintable()
            assert "\u202e" not in title
        assert any(title.startswith("[b]A") for title in titles(app))
        assert len(titles(app)) <= MOST_FOUND
        assert main in app.screen_stack


async def test_a_palette_that_is_going_searches_and_shows_nothing(tmp_path):
    asked: list[str] = []

    def names(text: str) -> tuple[tuple[()], tuple[()]]:
        asked.append(text)
        return (), ()

    app = monitor(tmp_path)
    async with app.run_test() as pilot:
        await opened(app, pilot)
        palette = ActionPalette([], names)
        app.push_screen(palette)
        await settled(app, pilot, lambda: palette.has_panels)
        palette.dismiss()
        await settled(app, pilot, lambda: palette not in app.screen_stack)
        asked.clear()

        # What a key leads to that was typed while the palette went.
        palette._gather_commands("a")
        palette._watch__list_visible()
        await palette._watch__show_busy()

        assert asked == []
