"""The protocol of the monitor for its sources: what they may ask of it, and where they hand over news."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from asyncio import Task
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from shortside.board import Board
    from shortside.listings import Floats, Indexes
    from shortside.view import View
    from tui.clock import Clock
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

Given = TypeVar("Given")


class Stage(Protocol):
    """What a source may ask of the monitor, and the methods by which it hands over news of the market."""

    @property
    def options(self) -> Options:
        """What is shown and how, as the user settled it."""

    @property
    def clock(self) -> Clock:
        """The present moment."""

    @property
    def loaded(self) -> LoadedMarket | None:
        """The market that is shown; None until one is read."""

    @property
    def board(self) -> Board | None:
        """The figures that are shown; None until there is a market."""

    @property
    def view(self) -> View | None:
        """The view asked for last; its Board may still be in the making."""

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be got ready for a new Board in the thread that makes it."""

    def symbol_in_view(self) -> str | None:
        """The name whose own screen is open; None where none is."""

    def listed_symbols(self) -> tuple[str, ...]:
        """The symbols of the user's own lists, each once, the most wanted first."""

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew, and a Board of it."""

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """Show that the names in these columns of the market have other prices."""

    def stand_at(self, columns: Indexes, prices: Floats) -> None:
        """Show the market at these prices of the names in these columns, and every other name at its close."""

    def contained(self) -> AbstractContextManager[None]:
        """Run a block in which an error is noted and shown, and ends only the block."""

    def containing(self, callback: Callable[[Given], object]) -> Callable[[Given], None]:
        """Wrap a callback so that its errors are noted and shown instead of raised to its caller."""

    def note_error(self, error: Exception) -> None:
        """Note an error, and show it if it is the first of its kind."""

    def note_task(self, task: Task[Any]) -> None:
        """Note the error of a finished task, unless it was cancelled. To be used as its done callback."""

    def feeds_changed(self) -> None:
        """Show the present state of polling."""

    def replay_changed(self) -> None:
        """Show that a recording was paused, goes on, or has ended."""
