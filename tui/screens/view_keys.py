"""A mixin for the monitor that shows the market another way: another window, tier basis, estimate or vintage."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from textual.app import App
from textual.binding import Binding

from shortside.named_windows import window_names
from tui.screens.base import MarketScreen
from tui.sources.boards import prepared_board

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from textual.app import App

    from shortside.board import Board
    from shortside.view import View
    from tui.clock import Clock
    from tui.screens.base import MarketScreen
    from tui.screens.past_keys import ShownDay
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

    AnyApp = App[Any]
else:
    AnyApp = object


VIEW_BINDINGS: Final = (
    Binding("w", "next_window", "window", id="view.window", tooltip=f"{' '.join(window_names())}, in turn"),
    Binding("W", "previous_window", "window back", id="view.window_back", show=False, tooltip="The one before"),
    Binding("b", "next_basis", "basis", id="view.basis", tooltip="Tier by the cap at end, start, or day by day"),
    Binding("p", "next_positions", "shares", id="view.positions", tooltip="Shares between settlements: linear or step"),
    Binding("v", "next_knowledge", "vintage", id="view.knowledge", tooltip="As known on the day, or with hindsight"),
)


class ViewKeys(AnyApp):
    """A mixin for the monitor; Boards are made in threads, and only the newest wish counts."""

    options: Options
    clock: Clock
    loaded: LoadedMarket | None
    board: Board | None
    past: ShownDay | None
    _loader: Any
    _view: View | None
    _is_building: bool
    """Whether a Board is being made."""
    _moved_meanwhile: set[int]
    """Names whose prices moved while a Board was being made, by their columns."""
    # Said here, and not written as methods that raise: they would stand before those of the other mixins.
    rebuild_past: Callable[[], Coroutine[Any, Any, None]]
    _progress_from_thread: Callable[[str, int, int], None]

    def contained(self) -> AbstractContextManager[None]:
        """A block in which an error is noted and ends only the block; `Containment` overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def say_words(self, words: str) -> None:
        """Show a word for a moment; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _market_screens(self) -> list[MarketScreen[Any]]:
        """The screens that show the market, the lowest first; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    @property
    def view(self) -> View | None:
        """The view asked for last; its Board may still be in the making."""
        return self._view

    def change_view(self, view: View) -> None:
        """Show the market another way. The Board is made in a thread; only the newest wish counts."""
        self._view = view
        self._is_building = True
        # Not its coroutine: of two quick wishes the first one's would be dropped without ever being run.
        build: Any = self._build
        self.run_worker(build, exclusive=True, exit_on_error=False, group="view", name="view")

    async def _build(self) -> None:
        import numpy as np

        assert self.loaded is not None
        view = self._view
        assert view is not None
        if self.past is not None:
            # The present is made in this view when one goes back to it.
            await self.rebuild_past()
            self._is_building = False
            self._moved_meanwhile.clear()
            return
        if self.loaded.knowledge not in (None, view.knowledge):
            await self._read_for(view)
            return
        board = await asyncio.to_thread(prepared_board, self.loaded.desk, view, self.preparing())
        if self._moved_meanwhile:
            moved = np.fromiter(self._moved_meanwhile, np.int64)
            # The desk has the newest prices, and all its Boards share them; what rests on them is each Board's own.
            board.tick(moved, board.book.price[moved])
            self._moved_meanwhile.clear()
        self._is_building = False
        self.board = board
        if self.past is not None:
            # A past day, which came first, has other names in other columns; it is made in this view by who showed it.
            return
        for screen in self._market_screens():
            with self.contained():
                screen.set_board(board)

    async def _read_for(self, view: View) -> None:
        """Read the day anew for another state of knowledge: what was known then, or with hindsight."""
        options = self.options._replace(known=view.knowledge.value)
        read = partial(self._loader, options, self.clock, self._progress_from_thread, is_watched=True)
        loaded = await asyncio.to_thread(read)
        board = await asyncio.to_thread(prepared_board, loaded.desk, view, self.preparing())
        self._is_building = False
        self.adopt(replace(loaded, view=view), board)

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be got ready for a new Board in the thread that makes it."""
        return [one for screen in self._market_screens() for one in screen.preparing()]

    def action_next_window(self) -> None:
        """Show the next window of the list."""
        if self._view is not None:
            self.change_view(self._view.next_window())

    def action_previous_window(self) -> None:
        """Show the window before this one in the list."""
        if self._view is not None:
            self.change_view(self._view.next_window(-1))

    def action_next_basis(self) -> None:
        """Sort names into tiers by the next basis: market cap at the window's end, at its start, or daily."""
        if self._view is not None:
            self.change_view(self._view.next_basis())

    def action_next_positions(self) -> None:
        """Estimate positions between settlements by the other method: linear or step."""
        if self._view is not None:
            self.change_view(self._view.next_positions())

    def action_next_knowledge(self) -> None:
        """Show the day by the other state of knowledge: as known then, or revised."""
        if self.past is not None:
            self.say_words("a past day is shown as known then")
        elif self._view is not None:
            self.change_view(self._view.next_knowledge())
