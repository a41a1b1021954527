"""The one list of the screens with keys, and what is bound on each: what a keymap of the user's own may change.

A new screen is a record here; its bindings are read off its class and those of its panels.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from textual.app import App
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui.screens.alerts import AlertScreen
from tui.screens.borrow import BorrowScreen
from tui.screens.column_chooser import ColumnChooser
from tui.screens.compare import CompareScreen
from tui.screens.doubtful import DoubtfulScreen
from tui.screens.explain import ExplainPanel, ExplainScreen
from tui.screens.export import ExportScreen
from tui.screens.feed import FeedPanel, FeedScreen
from tui.screens.filling import FillingScreen
from tui.screens.filter_bar import FilterLine
from tui.screens.help import HelpPanel, HelpScreen
from tui.screens.journal import JournalScreen
from tui.screens.listed_names import ListedPanel
from tui.screens.lists import ListsScreen
from tui.screens.loan_path import LoanPathScreen
from tui.screens.main import MainScreen
from tui.screens.my_book import MyBookScreen
from tui.screens.name_records import NameRecordsScreen
from tui.screens.opening import OpeningScreen
from tui.screens.panels import PANELS
from tui.screens.prompt import PromptScreen, QuestionScreen
from tui.screens.published import PublishedScreen
from tui.screens.symbol import SYMBOL_PANELS, SymbolScreen
from tui.screens.tables import MarketTickTable, TablesScreen
from tui.terminal.textual_parts import bindings_of_class
from widgets.own_table import OwnTable
from widgets.tick_table import TickTable


class BoundKeys(NamedTuple):
    """A binding of a class with all its keys."""

    binding: str
    """Its id; empty for what Textual binds by itself."""
    keys: tuple[str, ...]
    """The built-in keys, by Textual's names."""
    words: str
    tooltip: str = ""
    has_priority: bool = False
    """Whether it is looked up before the widget that has the focus sees the key."""


class LiveKeys(NamedTuple):
    """What is bound at the same time while a widget has the focus."""

    widget: tuple[BoundKeys, ...]
    below: tuple[BoundKeys, ...]
    """Of the screen and the app."""
    is_typed_into: bool
    """Whether the widget is a line of text."""


class KeyScreen(NamedTuple):
    """A screen, and what may have the focus on it."""

    words: str
    """What it is called."""
    screen: type[Screen[Any]]
    widgets: tuple[type[DOMNode], ...] = ()

    def live_together(self, app: type[App[Any]]) -> Iterator[LiveKeys]:
        """What is bound at the same time, for each widget that may have the focus; for none where there is none."""
        # Of what lies below a modal screen, only what has priority is looked up.
        is_modal = issubclass(self.screen, ModalScreen)
        below = (*bound_keys(self.screen), *(one for one in bound_keys(app) if one.has_priority or not is_modal))
        if not self.widgets:
            yield LiveKeys((), below, False)
        for widget in self.widgets:
            yield LiveKeys(bound_keys(widget), below, issubclass(widget, Input))


SCREENS_WITH_KEYS = (
    KeyScreen("the main screen", MainScreen, (*(place.panel for place in PANELS), FilterLine)),
    KeyScreen("the screen of a name", SymbolScreen, SYMBOL_PANELS),
    KeyScreen("my book", MyBookScreen, (OwnTable,)),
    KeyScreen("the lists", ListsScreen, (TickTable, ListedPanel)),
    KeyScreen("the publication", PublishedScreen, (TickTable,)),
    KeyScreen("the cost of borrowing", BorrowScreen, (TickTable,)),
    KeyScreen("the path of a name's fee", LoanPathScreen, (TickTable,)),
    KeyScreen("what is kept of a name", NameRecordsScreen, (TickTable,)),
    KeyScreen("the comparison", CompareScreen, (TickTable,)),
    KeyScreen("the tables of the market", TablesScreen, (MarketTickTable, TickTable)),
    KeyScreen("the screen of a feed", FeedScreen, (FeedPanel,)),
    KeyScreen("the alerts", AlertScreen, (TickTable,)),
    KeyScreen("the journal", JournalScreen, (TickTable,)),
    KeyScreen("what is doubtful", DoubtfulScreen, (TickTable,)),
    KeyScreen("the columns", ColumnChooser, (TickTable,)),
    KeyScreen("the export", ExportScreen, (TickTable,)),
    KeyScreen("an explanation", ExplainScreen, (ExplainPanel,)),
    KeyScreen("the help", HelpScreen, (HelpPanel,)),
    KeyScreen("a line that asks", PromptScreen, (Input,)),
    KeyScreen("a question", QuestionScreen),
    KeyScreen("the filling of the archive", FillingScreen),
    KeyScreen("the opening screen", OpeningScreen),
)
"""Every screen of the program."""


@cache
def bound_keys(kind: type[DOMNode]) -> tuple[BoundKeys, ...]:
    """The bindings of a class with those it inherits, each with all its keys."""
    found: dict[tuple[str, str], BoundKeys] = {}
    for one in bindings_of_class(kind):
        name = one.id or "", one.action
        before = found.get(name)
        keys = (one.key,) if before is None else tuple(dict.fromkeys((*before.keys, one.key)))
        found[name] = BoundKeys(one.id or "", keys, one.description, one.tooltip, one.priority)
    return tuple(found.values())


@cache
def every_binding(app: type[App[Any]]) -> dict[str, tuple[BoundKeys, str]]:
    """All bindings with an id, each with the first screen that has it; those of the app are `everywhere`."""
    found: dict[str, tuple[BoundKeys, str]] = {}
    for bound, words in _each(app):
        if bound.binding:
            found.setdefault(bound.binding, (bound, words))
    places = list(dict.fromkeys(words for _, words in found.values()))
    return dict(sorted(found.items(), key=lambda item: places.index(item[1][1])))


def _each(app: type[App[Any]]) -> Iterator[tuple[BoundKeys, str]]:
    yield from ((bound, "everywhere") for bound in bound_keys(app))
    tables = bound_keys(TickTable)
    for one in SCREENS_WITH_KEYS:
        yield from ((bound, one.words) for bound in bound_keys(one.screen))
    yield from ((bound, "every table") for bound in tables)
    for one in SCREENS_WITH_KEYS:
        for widget in one.widgets:
            yield from ((bound, one.words) for bound in bound_keys(widget))
