"""An error ends what raised it, and not the program: it is noted, said once, and figures go on.

Textual lets an exception in any handler, timer, watcher or renderer end the app, and the task of the widget it was
in. Here it is caught where a message is dispatched, so that the widget hears the next one; where lines are rendered, so
that the rest of the screen is drawn; and where Textual hands on whatever it caught itself. What it needs of Textual's
private parts stands in `tui.terminal.textual_parts`.

What ends a program on purpose passes: exits, interrupts and cancelled tasks are no `Exception`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.worker import WorkerFailed

from tui.exit_codes import INTERRUPTED
from tui.terminal.textual_parts import ErrorHook, is_leaving

if TYPE_CHECKING:
    from textual.message import Message

    from tui.faults import Faults

Given = TypeVar("Given")


class Containment(ErrorHook):
    """Mixed into an app; it says when errors are contained, and how one is said."""

    faults: Faults
    """Where they are noted."""

    def say_error(self, words: str) -> None:
        """Put words about an error on the screen. Each app has a place of its own for them."""
        raise NotImplementedError  # No abstract class: an app has Textual's metaclass.

    def note_error(self, error: Exception) -> None:
        """Count an error, and if it is the first of its kind say so and keep it."""
        while isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        words = self.faults.note(error)
        if words and not is_leaving(self):
            try:
                self.say_error(words)
                self.run_worker(self.faults.save, thread=True, exit_on_error=False, group="errors", name="errors")
            # Kept all the same: to say that it could not be said would fail again.
            except Exception as another:
                self.faults.note(another)

    @contextmanager
    def contained(self) -> Iterator[None]:
        """An error in the block is noted, and ends only the block."""
        try:
            yield
        # All of them: what is foreseen was caught where it is understood, and none is worth the monitor.
        except Exception as error:
            if not self.is_contained:
                raise
            self.note_error(error)

    def containing(self, callback: Callable[[Given], object]) -> Callable[[Given], None]:
        """The callback, with its errors noted instead of risen where it is called."""

        def call(given: Given) -> None:
            with self.contained():
                callback(given)

        return call

    def note_task(self, task: asyncio.Task[Any]) -> None:
        """Note what a task ended with, unless it was cancelled; as its callback when it is done."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.note_error(error)

    def contain_loop(self) -> None:
        """Note from now on what goes wrong in the event loop itself: in callbacks, and in tasks nobody awaits."""
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and self.is_contained:
            self.note_error(error)
        else:
            loop.default_exception_handler(context)

    def leave_unanswered(self, message: Message) -> None:
        """Whatever else may be broken, ctrl+c leaves."""
        if isinstance(message, events.Key) and message.key == "ctrl+c":
            self.exit(INTERRUPTED, INTERRUPTED)
