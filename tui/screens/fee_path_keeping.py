"""A mixin for the monitor that has fees over time read when a figure on the screen rests on them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App

    from shortside.board import Board
    from shortside.loans.fee_paths import FeePaths
    from shortside.view import View

    AnyApp = App[Any]
else:
    AnyApp = object

SECONDS_BETWEEN_LOOKS_AT_FEES: Final = 1.0
"""How long after it was chosen a column stands before its fees begin to be read."""


class FeePathKeeping(AnyApp):
    """A mixin for the monitor; the looks are read in a thread, and what is shown is made anew with them."""

    @property
    def shown_board(self) -> Board | None:
        """The Board on the screen: that of a past evening, or the present one."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; the monitor answers.

    @property
    def view(self) -> View | None:
        """The view asked for last; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def change_view(self, view: View) -> None:
        """Show the market another way; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def begin_to_look_at_fees(self) -> None:
        """Look every second whether fees over time are wanted."""
        self.set_interval(SECONDS_BETWEEN_LOOKS_AT_FEES, self.look_at_fees, name="fees")

    def look_at_fees(self) -> None:
        """Have the fees read where a figure that is shown wants them; show it where somebody has read them."""
        board = self.shown_board
        if board is None:
            return
        paths = board.desk.fee_paths
        if paths.is_due and not any(worker.group == "fees" for worker in self.workers):
            read: Any = partial(self._read_fees, paths)
            self.run_worker(read, exit_on_error=False, group="fees", name="fees")
        elif self.view is not None and paths.take_news():
            self.change_view(self.view)

    async def _read_fees(self, paths: FeePaths) -> None:
        await asyncio.to_thread(paths.fill)
