"""Keeps an unexpected error from ending the program: it is noted, shown once, and the figures go on.

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
    """A mixin for an app that notes unexpected errors; the app says when they are contained, and shows them."""

    faults: Faults
    """The errors of this run, where each new one is noted."""

    def say_error(self, words: str) -> None:
        """Show words about an error on the screen; each app overrides it with a place of its own."""
        raise NotImplementedError  # No abstract class: an app has Textual's metaclass.

    def note_error(self, error: Exception) -> None:
        """Count an error; if it is the first of its kind, show it and write it to the log file."""
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
        """Run a block in which an error is noted, and ends only the block."""
        try:
            yield
        # All of them: what is foreseen was caught where it is understood, and none is worth the monitor.
        except Exception as error:
            if not self.is_contained:
                raise
            self.note_error(error)

    def containing(self, callback: Callable[[Given], object]) -> Callable[[Given], None]:
        """Wrap a callback so that its errors are noted instead of raised to its caller."""

        def call(given: Given) -> None:
            with self.contained():
                callback(given)

        return call

    def note_task(self, task: asyncio.Task[Any]) -> None:
        """Note the error of a finished task, unless it was cancelled. To be used as its done callback."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.note_error(error)

    def contain_loop(self) -> None:
        """Note errors of the event loop from now on: those in callbacks, and in tasks nobody awaits."""
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)

    def _on_loop_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and self.is_contained:
            self.note_error(error)
        else:
            loop.default_exception_handler(context)

    def leave_unanswered(self, message: Message) -> None:
        """Leave the program at ctrl+c even where the handler of the key failed."""
        if isinstance(message, events.Key) and message.key == "ctrl+c":
            self.exit(INTERRUPTED, INTERRUPTED)
