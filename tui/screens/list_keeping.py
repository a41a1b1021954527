"""A mixin for the monitor that keeps own lists: reads them when they changed, and changes them one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tui.screens.base import MarketScreen
from tui.screens.happenings import News

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import App

    from tui.settings.list_shelf import Lists, ListShelf

    AnyApp = App[Any]
else:
    AnyApp = object

Result = TypeVar("Result")
SECONDS_BETWEEN_LOOKS_AT_LISTS: Final = 2.0
"""How often it is looked whether a file of a list changed."""


class ListKeeping(AnyApp):
    """A mixin for the monitor; lists are read and written in threads, and told on the event loop."""

    shelf: ListShelf | None = None
    """Reads and writes the lists; None until the market is read."""
    current_list: str = ""
    """The list that names are put on; empty for the first one."""
    _list_turn: asyncio.Lock | None = None
    _listed: tuple[Lists, str, tuple[str, ...]] | None = None
    """The lists, the current one, and the symbols of all of them."""

    def note(self, news: Iterable[News]) -> object:
        """Keep what happened, and tell the last of it; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def say_error(self, words: str) -> None:
        """Show what went wrong; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    @property
    def lists(self) -> Lists:
        """The lists as they were read last."""
        from tui.settings.list_shelf import Lists

        return Lists() if self.shelf is None else self.shelf.now

    def choose_list(self, name: str) -> None:
        """Have names put on this list from now on."""
        self.current_list = name

    def listed_symbols(self) -> tuple[str, ...]:
        """The symbols of own lists, each once, those of the current list first."""
        from tui.settings.list_shelf import symbols_first

        lists, current = self.lists, self.current_list
        if self._listed is None or self._listed[0] is not lists or self._listed[1] != current:
            self._listed = lists, current, symbols_first(lists, current)
        return self._listed[2]

    def begin_to_look_at_lists(self) -> None:
        """Tell what is wrong with the lists, and look from now on whether they changed."""
        self._tell_complaints(())
        self.set_interval(SECONDS_BETWEEN_LOOKS_AT_LISTS, self.look_at_lists, name="lists")

    def look_at_lists(self) -> None:
        """Read the lists whose files changed, in a thread, and show them."""
        look: Any = self._look
        self.run_worker(look, exit_on_error=False, group="lists", name="lists", exclusive=True)

    def change_lists(
        self, change: Callable[[ListShelf], Result], told: Callable[[Result], object] = lambda _result: None
    ) -> None:
        """Change the lists in a thread, in the order in which it was asked for; say why where that cannot be.

        Args:
            change: changes them. May block, and raise what `ReportedError` is.
            told: called on the event loop with what `change` returned, once the screens show it.
        """
        work: Any = self._change(change, told)
        self.run_worker(work, exit_on_error=False, group="list changes", name="change lists")

    async def _look(self) -> None:
        shelf = self.shelf
        if shelf is not None:
            before = shelf.now
            if await asyncio.to_thread(shelf.look):
                self._show_lists(before)

    async def _change(self, change: Callable[[ListShelf], Result], told: Callable[[Result], object]) -> None:
        from tui.errors import ReportedError

        shelf = self.shelf
        if shelf is None:
            return
        self._list_turn = self._list_turn or asyncio.Lock()
        async with self._list_turn:
            before = shelf.now
            try:
                result = await asyncio.to_thread(change, shelf)
            except ReportedError as error:
                self.say_error(str(error))
                return
            finally:
                if shelf.now is not before:
                    self._show_lists(before)
            told(result)

    def _show_lists(self, before: Lists) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, MarketScreen):
                screen.lists_changed()
        self._tell_complaints(before.complaints)

    def _tell_complaints(self, before: tuple[str, ...]) -> None:
        self.note([News(f"list {words}", is_alarm=True) for words in self.lists.complaints if words not in before])
