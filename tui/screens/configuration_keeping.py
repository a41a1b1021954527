"""A mixin for the monitor that has keys, themes and columns of the user's own in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tui.screens.base import MarketScreen
from tui.screens.happenings import News
from tui.screens.key_line import KeyLine
from widgets.key_names import KeymapApp

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import App

    from tui.screens.own_sections import OwnSections
    from tui.settings.configuration import Options
    from tui.settings.section_tables import SectionMistake

    AnyApp = App[Any]
else:
    AnyApp = object


class ConfigurationKeeping(KeymapApp, AnyApp):
    """A mixin for the monitor; the tables of the file are read in a thread."""

    options: Options
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
        if self.options.sections.are_there:
            from tui.screens.own_sections import read_sections

            self._own = read_sections(self.options.sections, type(self))

    def take_up_own_sections(self) -> None:
        """Have what was read at the start in force, before the first screen with figures is made."""
        if self._own is not None:
            self._use_keys(self._own)

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
