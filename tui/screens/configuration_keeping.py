"""A mixin for the monitor that has keys, themes and columns of the user's own in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.base import MarketScreen
from tui.screens.happenings import News
from tui.screens.key_line import KeyLine
from widgets.key_names import KeymapApp
from widgets.settled_columns import NOTHING_SETTLED, ColumnsApp, SettledColumns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import App

    from tui.screens.own_sections import OwnSections
    from tui.settings.configuration import Options
    from tui.settings.last_view import LastView
    from tui.settings.section_tables import SectionMistake

    AnyApp = App[Any]
else:
    AnyApp = object


class ConfigurationKeeping(KeymapApp, ColumnsApp, AnyApp):
    """A mixin for the monitor; the tables of the file are read in a thread."""

    options: Options
    chosen_columns: SettledColumns = NOTHING_SETTLED
    """The columns of tables over the main screen that were chosen by key; of none where all were chosen again."""
    _left: LastView | None
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

    def tell_mistakes(self) -> None:
        """Say what is wrong in the tables, once there is a line to say it on."""
        if self._own is not None:
            self.note([News(mistake.brief, is_alarm=True) for mistake in self._own.mistakes])

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
