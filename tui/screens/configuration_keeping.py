"""A mixin for the monitor that has keys, themes and columns of the user's own in force."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Final

from tui.screens.base import MarketScreen
from tui.screens.happenings import News
from tui.screens.key_line import KeyLine
from tui.screens.themes import DEFAULT_THEME
from widgets.key_names import KeymapApp
from widgets.settled_columns import NOTHING_SETTLED, ColumnsApp, SettledColumns

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from textual.app import App

    from tui.screens.own_sections import OwnSections
    from tui.settings.configuration import Configuration, Options
    from tui.settings.last_view import LastView
    from tui.settings.section_tables import SectionMistake, SectionTables
    from tui.settings.watched_file import FileLook, WatchedFile

    AnyApp = App[Any]
else:
    AnyApp = object

SECONDS_BETWEEN_LOOKS_AT_CONFIGURATION: Final = 2.0
"""How often it is looked whether the configuration file changed."""


class ConfigurationKeeping(KeymapApp, ColumnsApp, AnyApp):
    """A mixin for the monitor; the tables of the file are read in a thread."""

    options: Options
    watched_file: WatchedFile | None = None
    """Looks whether the configuration file changed; None where nobody does."""
    started_with: tuple[Mapping[str, str], Configuration] | None = None
    """What the command line gave, and what was settled with it; None where nobody is to look at the file."""
    chosen_columns: SettledColumns = NOTHING_SETTLED
    """The columns of tables over the main screen that were chosen by key; of none where all were chosen again."""
    _left: LastView | None
    _is_looking = False
    _own: OwnSections | None = None
    """What stands in the tables; None where the file has none."""

    def note(self, news: Iterable[News]) -> object:
        """Keep what happened, and tell the last of it; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def register_own_themes(self) -> Sequence[SectionMistake]:
        """Have the themes of the file to choose from, before the first paint; what is wrong with the others."""
        if self.options.sections.themes is None:
            return ()
        from tui.screens.own_themes import read_themes

        themes, mistakes = read_themes(self.options.sections)
        for theme in themes:
            self.register_theme(theme)
        return mistakes

    def read_own_sections(self) -> None:
        """Read the tables as they were in the file at the start. Blocks: it imports every screen."""
        if self._left is not None and self._left.board_columns:
            # In this thread, for it brings the screens of all these tables along.
            pass
        if self.options.sections.are_there:
            from tui.screens.own_sections import read_sections

            self._own = read_sections(self.options.sections, type(self))

    def take_up_own_sections(self) -> None:
        """Have what was read at the start in force, before the first screen with figures is made."""
        if self._own is not None:
            self._use_keys(self._own)
        if self._own is not None or (self._left is not None and self._left.board_columns):
            self._take_up_columns()

    @property
    def file_columns(self) -> SettledColumns:
        """The columns of tables that the configuration file settles."""
        return NOTHING_SETTLED if self._own is None else self._own.columns

    def is_newer_in_file(self, board: str) -> bool:
        """Whether the file settles a table otherwise than when the screen was left, or nobody left it yet."""
        settled = self.file_columns.get(board)
        left = () if self._left is None else self._left.columns_of_file
        now = None if settled is None else " ".join((board, *settled))
        return now != next((line for line in left if line.partition(" ")[0] == board), None)

    def choose_columns_of(self, board: str, columns: tuple[str, ...]) -> None:
        """Show these columns of a table from now on; the built-in ones where there are none."""
        self.chosen_columns = {**self.chosen_columns, board: columns}
        self._settle_columns()

    def _take_up_columns(self) -> None:
        """Begin with the columns that were chosen by key, where the file says nothing else since."""
        from tui.screens.column_boards import BOARDS

        keys = {board.name: set(board.names.values()) for board in BOARDS}
        for line in () if self._left is None else self._left.board_columns:
            board, *chosen = line.split(" ")
            if not self.is_newer_in_file(board):
                # Of another version: some of them may be gone.
                known = tuple(dict.fromkeys(key for key in chosen if key in keys.get(board, ())))
                if known or not chosen:
                    self.chosen_columns = {**self.chosen_columns, board: known}
        self._settle_columns()

    def _settle_columns(self) -> None:
        # Imported late: the first paint must not wait for tables.
        from widgets.tick_table import TickTable

        found = {**self.file_columns, **self.chosen_columns}
        self.settled_columns = {board: columns for board, columns in found.items() if columns}
        for screen in self.screen_stack:
            for table in screen.query(TickTable):
                table.settle_columns()

    # -- while it runs --------------------------------------------------------------------------------------------

    def begin_to_look_at_configuration(self) -> None:
        """Tell what is wrong in the file, and look from now on whether it changed."""
        self._tell_mistakes(())
        if self.started_with is not None:
            from tui.settings.watched_file import WatchedFile

            given, configuration = self.started_with
            self.watched_file = WatchedFile(given, os.environ, configuration)
            self.set_interval(SECONDS_BETWEEN_LOOKS_AT_CONFIGURATION, self.look_at_configuration, name="configuration")

    def look_at_configuration(self) -> None:
        """Read the file if it changed, in a thread, and take up what a running monitor can."""
        # Not a second time while a disk takes its time: what the first look has seen must not be lost.
        if not self._is_looking:
            self._is_looking = True
            look: Any = self._look_at_configuration
            self.run_worker(look, exit_on_error=False, group="configuration", name="configuration")

    async def _look_at_configuration(self) -> None:
        try:
            watched = self.watched_file
            look = None if watched is None else await asyncio.to_thread(watched.look)
            if look is not None:
                await self._answer_look(look)
        finally:
            self._is_looking = False

    async def _answer_look(self, look: FileLook) -> None:
        if look.configuration is None:
            self.note([News(f"{look.complaint}; what was settled before stays", is_alarm=True)])
            return
        sections = look.configuration.options.sections
        # In a thread: it imports every screen.
        is_there = sections.are_there or self._own is not None
        found = await asyncio.to_thread(_read_anew, sections, type(self)) if is_there else None
        self._take_up(look, sections, found)

    def _take_up(self, look: FileLook, sections: SectionTables, found: OwnSections | None) -> None:
        """Have what the file settles now in force as far as that is safe, and tell what came of it."""
        done, mistakes = [], () if self._own is None else self._own.mistakes
        self.options = self.options._replace(sections=sections)
        if found is not None:
            done = self._use_sections(found)
        if self._wear(look.theme):
            done.append("theme")
        later = f"{', '.join(look.later)}: at the next start" if look.later else ""
        words = "; ".join(filter(None, (f"{', '.join(done)} in force" if done else "", later)))
        if words:
            self.note([News(f"{sections.file.name}: {words}")])
        self._tell_mistakes(mistakes)

    def _use_sections(self, found: OwnSections) -> list[str]:
        """Have tables of the file in force; returns the names of those that are others now."""
        from tui.screens.own_sections import OwnSections, sections_after

        before = self._own or OwnSections()
        self._own = own = sections_after(before, found)
        done = []
        if own.keys != before.keys:
            self._use_keys(own)
            done.append("keys")
        if self._use_themes(before, own):
            done.append("colours")
        if self._use_columns(before, own):
            done.append("columns")
        return done

    def _use_themes(self, before: OwnSections, own: OwnSections) -> bool:
        """Have other themes to choose from; whether the one that is worn has other colours."""
        old = {theme.name: theme for theme in before.themes}
        changed = {theme.name for theme in own.themes if theme != old.get(theme.name)}
        for theme in own.themes:
            self.register_theme(theme)
        if self.theme not in changed:
            return False
        # A theme is worn anew only where it is another one than before.
        worn = self.theme
        self.theme = DEFAULT_THEME
        self.theme = worn
        return True

    def _wear(self, wanted: str | None) -> bool:
        """Wear the theme that is asked for now; whether it is another one."""
        if wanted is None or wanted == self.theme:
            return False
        if wanted not in self.available_themes:
            self.note([News(f"{self.options.sections.file.name}: there is no theme {wanted}", is_alarm=True)])
            return False
        self.theme = wanted
        return True

    def _use_columns(self, before: OwnSections, own: OwnSections) -> bool:
        """Show the columns that the file settles otherwise, over what was chosen by key before; whether there are."""
        boards = {*before.columns, *own.columns}
        changed = {board for board in boards if before.columns.get(board) != own.columns.get(board)}
        if changed:
            kept = {board: keys for board, keys in self.chosen_columns.items() if board not in changed}
            self.chosen_columns = kept
            self._settle_columns()
            for screen in self.screen_stack:
                if isinstance(screen, MarketScreen):
                    screen.columns_changed(frozenset(changed))
        return bool(changed)

    def _tell_mistakes(self, before: Collection[SectionMistake]) -> None:
        mistakes = () if self._own is None else self._own.mistakes
        self.note([News(one.brief, is_alarm=True) for one in mistakes if one not in before])

    def _use_keys(self, own: OwnSections) -> None:
        """Have bindings under these keys instead of the built-in ones, and name them so everywhere."""
        if own.keys == self.changed_keys:
            return
        self.changed_keys = own.keys
        self.set_keymap({binding: ",".join(keys) for binding, keys in own.keymap.items()})
        for screen in self.screen_stack:
            for line in screen.query(KeyLine):
                line.keys_changed()
            if isinstance(screen, MarketScreen):
                screen.keys_changed()


def _read_anew(sections: SectionTables, app: type[App[Any]]) -> OwnSections:
    """What stands in the tables of the file; imports every screen."""
    from tui.screens.own_sections import read_sections

    return read_sections(sections, app)
