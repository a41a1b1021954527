"""What the palette offers of a market: its names, tiers and sectors, windows and other views, sorts, and panels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual.app import App, SystemCommand

from shortside.named_windows import SINCE_FORM, SINCE_PREFIX, WINDOWS, WindowError, window_title
from shortside.positions import Knowledge, PositionsMethod
from shortside.tiers import TierBasis
from shortside.windows import window_of
from shortside.words.group_words import sector_word, tier_word
from shortside.words.plain_text import printable
from tui.screens.panels import PANELS
from widgets.name_columns import SORT_WORDS, TABLE_COLUMNS

if TYPE_CHECKING:
    from shortside.board import Board
    from shortside.view import View
    from tui.screens.main import MainScreen
    from tui.screens.palette import SymbolsFirst
    from widgets.name_index import NameIndex

Do = Callable[[], object]
MOST_NAMES: Final = 20
"""How many names are offered for a text."""


class MarketCommands:
    """Everything of a market that can be gone to by name, from whatever screen lies over the main one.

    Args:
        app: asked for its screens.
        main: the main screen, where names, groups, sorts and panels are.
        board: the view of the market.
        view: the view asked for last.
        change_view: takes another one.
    """

    def __init__(
        self, app: App[Any], main: MainScreen, board: Board, view: View, change_view: Callable[[View], None]
    ) -> None:
        self._app, self._main, self._view, self._change = app, main, view, change_view
        market = board.market
        # Not the board itself: drawn commands outlive their palette in caches, and would keep the market that was.
        self._symbols, self._names, self._sessions = market.symbols, market.names, market.sessions
        self._tiers, self._sectors = board.scheme.labels, market.sector_names

    def commands(self) -> Iterator[SystemCommand]:
        """Everything but names."""
        yield from self._views()
        yield from self._groups()
        yield from self._lists()
        yield from self._sorts()
        yield from self._panels()
        yield from self._tables()
        for words, is_rolled_up in (("three groups", True), ("every tier", False)):
            yield self._there(f"Roll-up {words}", f"Show {words}", partial(self._main.roll_up, is_rolled_up))
        yield self._there("Screen help", "Every key that works on the main screen", self._run("app.help"))
        yield self._there("Screen doubts", "What is uncertain or left out, and why", self._run("doubtful"))
        words = "Fees over time, what ran out, and what the book's borrow costs"
        yield self._there("Screen cost of borrowing", words, self._run("borrow"))
        yield self._there("Screen column chooser", "Which columns the names have", self._run("columns"))

    def names(self, index: NameIndex, text: str) -> SymbolsFirst:
        """The names called as was typed, and up to twenty others that fit; a day for a window that begins on it."""
        wanted = text.strip().upper()
        called_so = [self._since(text)] if self._since_words(text) else []
        exact = index.column_of_upper.get(wanted)
        if exact is not None:
            called_so.append(self._name(exact))
        return called_so, [self._name(column) for column in index.best(wanted, MOST_NAMES) if column != exact]

    def _name(self, column: int) -> SystemCommand:
        symbol = str(self._symbols[column])
        words = f"{printable(symbol)}  {printable(str(self._names[column]))}"
        return self._there(words, "Open this name", partial(self._main.open_symbol, symbol, "by name"))

    # -- views ----------------------------------------------------------------------------------------------------

    def _views(self) -> Iterator[SystemCommand]:
        for window in WINDOWS:
            yield self._view_of(f"Window {window_title(window.name)}", window.words, window=window.name)
        if self._view.since_window:
            yield self._since(self._view.since_window)
        for basis, words in zip(TierBasis, ("at the end", "at the start", "day by day"), strict=True):
            yield self._view_of(f"Basis {basis}", f"Tiers by the market cap {words} of the window", basis=basis)
        for positions in PositionsMethod:
            yield self._view_of(f"Shares {positions}", f"Between settlements: {positions}", positions=positions)
        for knowledge in Knowledge:
            yield self._view_of(f"Vintage {knowledge}", f"Short interest {knowledge}", knowledge=knowledge)

    def _view_of(self, title: str, words: str, **changes: Any) -> SystemCommand:
        return SystemCommand(title, words[:1].upper() + words[1:], lambda: self._change(replace(self._view, **changes)))

    def _since(self, text: str) -> SystemCommand:
        window = self._since_words(text)
        return self._view_of(f"Window {window}", "since that day", window=window)

    def _since_words(self, text: str) -> str:
        """The `since:` window that a text names, where the market has it; empty otherwise."""
        window = text.strip().lower().removeprefix("window").strip()
        if not window.startswith(SINCE_PREFIX) or len(window) != len(SINCE_FORM):
            return ""
        try:
            window_of(window, self._sessions)
        except WindowError:
            return ""
        return window

    # -- places of the main screen --------------------------------------------------------------------------------

    def _groups(self) -> Iterator[SystemCommand]:
        show = self._main.show_group
        for label in self._tiers:
            title = f"Tier {tier_word(label)}"
            yield self._there(title, "Only the names of this tier", partial(show, frozenset({label}), None))
        for sector in self._sectors:
            title = f"Sector {printable(sector_word(sector))}"
            yield self._there(title, "Only the names of this sector", partial(show, frozenset(), sector))

    def _lists(self) -> Iterator[SystemCommand]:
        for name in self._main.own_lists:
            title = f"List {printable(name)}"
            yield self._there(title, "Only the names of this own list", partial(self._main.show_list, name))

    def _sorts(self) -> Iterator[SystemCommand]:
        titles = {column.key: column.title.strip() for column in self._main.name_columns}
        for key in (column.key for column in TABLE_COLUMNS if column.key in SORT_WORDS):
            title, words = titles[key], SORT_WORDS[key]
            yield self._there(
                f"Sort by {title}" if title.casefold() == words.casefold() else f"Sort by {title} ({words})",
                f"Order the names by {words}", partial(self._main.sort_by, key),
            )  # fmt: skip

    def _panels(self) -> Iterator[SystemCommand]:
        for panel in (place.panel.description for place in PANELS):
            words = panel.words[:1].upper() + panel.words[1:]
            yield self._there(f"Panel {words}", f"To the panel {panel.words}", partial(self._main.go_to, panel.id))
            yield self._there(
                f"Panel {words} on the whole screen", f"The panel {panel.words} and no other",
                partial(self._main.go_to, panel.id, is_alone=True),
            )  # fmt: skip

    def _tables(self) -> Iterator[SystemCommand]:
        from tui.screens.market_tables import MARKET_TABLES

        for table in MARKET_TABLES:
            words = table.words[:1].upper() + table.words[1:]
            show = partial(self._main.action_market_tables, table.name)
            yield self._there(f"Table {words}", table.formula.title, show)

    def _run(self, action: str) -> Do:
        return partial(self._app.run_action, action, self._main)

    def _there(self, title: str, words: str, act: Do) -> SystemCommand:
        """A command that leaves what lies over the main screen first."""

        def go() -> None:
            stack = self._app.screen_stack
            if self._main in stack:
                for screen in reversed(stack[stack.index(self._main) + 1 :]):
                    screen.dismiss()
                self._app.call_later(act)

        return SystemCommand(title, words, go)
