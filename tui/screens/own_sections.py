"""Reads the tables of the configuration file that are about screens, and says what is wrong with each."""

from __future__ import annotations

from typing import Any, NamedTuple

from textual.app import App

from tui.screens.column_boards import settled_by_file
from tui.screens.own_keys import read_keys, whole_keymap
from tui.screens.own_themes import read_themes
from tui.settings.section_tables import KeyPath, SectionMistake, SectionTables
from tui.terminal.own_theme import OwnTheme
from widgets.key_names import ChangedKeys
from widgets.settled_columns import SettledColumns


class OwnSections(NamedTuple):
    """What a user settled for the screens."""

    keys: ChangedKeys = {}
    """The keys of bindings that have others than the built-in ones."""
    keymap: ChangedKeys = {}
    """What Textual is to be given for them."""
    themes: tuple[OwnTheme, ...] = ()
    """The themes of one's own that can be read."""
    columns: SettledColumns = {}
    """The columns of tables that have others than the built-in ones."""
    mistakes: tuple[SectionMistake, ...] = ()
    """What is wrong in the file; the table it stands in counts for nothing."""


def sections_after(before: OwnSections, now: OwnSections) -> OwnSections:
    """What is in force after a change of the file: where something in it is wrong, that stays as it was."""
    wrong = {mistake.path[:1] for mistake in now.mistakes} | {mistake.path[:2] for mistake in now.mistakes}
    keys = before if ("keys",) in wrong else now
    kept = [theme for theme in before.themes if ("themes", theme.name) in wrong or ("themes",) in _whole(now)]
    columns = {board: own for board, own in before.columns.items() if ("columns", board) in wrong}
    if ("columns",) in _whole(now):
        columns = dict(before.columns)
    return now._replace(
        keys=keys.keys, keymap=keys.keymap, themes=(*now.themes, *kept), columns={**now.columns, **columns}
    )


def _whole(sections: OwnSections) -> frozenset[KeyPath]:
    """The tables that are none at all."""
    return frozenset(mistake.path for mistake in sections.mistakes if len(mistake.path) == 1)


def read_sections(tables: SectionTables, app: type[App[Any]]) -> OwnSections:
    """What stands in the tables.

    Args:
        tables: the tables as TOML has them.
        app: whose bindings are everywhere.
    """
    keys, mistakes = read_keys(tables, app)
    themes, poor = read_themes(tables)
    columns, odd = settled_by_file(tables)
    return OwnSections(keys, whole_keymap(keys, app), themes, columns, (*mistakes, *poor, *odd))
