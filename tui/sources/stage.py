"""What whoever reads, plays or polls a market may ask of the monitor that shows it, and what it tells the monitor."""

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
    from tui.sources.given import Loaded

Given = TypeVar("Given")


class Stage(Protocol):
    """The monitor as its sources see it: what is on the screen now, and where news of the market is handed over."""

    @property
    def options(self) -> Options:
        """What is shown and how, as the user settled it."""

    @property
    def clock(self) -> Clock:
        """The present moment."""

    @property
    def loaded(self) -> Loaded | None:
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

    def adopt(self, loaded: Loaded, board: Board) -> None:
        """Show a market that was read anew, and a Board of it."""

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """Show that the names in these columns of the market have other prices."""

    def contained(self) -> AbstractContextManager[None]:
        """A block in which an error is noted and said, and ends only the block."""

    def containing(self, callback: Callable[[Given], object]) -> Callable[[Given], None]:
        """The callback, with its errors noted and said instead of risen where it is called."""

    def note_error(self, error: Exception) -> None:
        """Note an error, and say so if it is the first of its kind."""

    def note_task(self, task: Task[Any]) -> None:
        """Note what a task ended with, unless it was cancelled; as its callback when it is done."""

    def feeds_changed(self) -> None:
        """Show that polling has news of itself."""

    def replay_changed(self) -> None:
        """Show that a recording is held, goes on, or has ended."""
