"""An error ends what raised it, and not the program: it is noted, said once, and figures go on.

Textual lets an exception in any handler, timer, watcher or renderer end the app, and the task of the widget it was
in. Here it is caught where a message is dispatched, so that the widget hears the next one; where lines are rendered, so
that the rest of the screen is drawn; and where Textual hands on whatever it caught itself. What it needs of Textual's
private parts stands in `tui.terminal.textual_parts`.

What ends a program on purpose passes: exits, interrupts and cancelled tasks are no `Exception`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from textual import events
from textual.strip import Strip
from textual.worker import WorkerFailed

from tui.exit_codes import INTERRUPTED

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode
    from textual.geometry import Region
    from textual.message import Message
    from textual.widget import Widget

    from tui.faults import Faults

    AnyApp = App[Any]
else:
    AnyApp = object

Given = TypeVar("Given")


class Containment(AnyApp):
    """Mixed into an app; it says when errors are contained, and how one is said."""

    faults: Faults
    """Where they are noted."""

    @property
    def is_contained(self) -> bool:
        """Whether an error is noted; if not, it ends the program as Textual has it. Each app says so for itself."""
        raise NotImplementedError  # No abstract class: an app has Textual's metaclass.

    def say_error(self, words: str) -> None:
        """Put words about an error on the screen. Each app has a place of its own for them."""
        raise NotImplementedError  # As above.

    def note_error(self, error: Exception) -> None:
        """Count an error, and if it is the first of its kind say so and keep it."""
        while isinstance(error, WorkerFailed) and isinstance(error.error, Exception):
            error = error.error
        words = self.faults.note(error)
        if words and not self._exit:
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

    async def _dispatch_message(self, message: Message) -> None:
        handled = False
        with self.contained():
            await super()._dispatch_message(message)
            handled = True
        if not handled and isinstance(message, events.Key) and message.key == "ctrl+c":
            # Whatever else may be broken, this key leaves.
            self.exit(INTERRUPTED, INTERRUPTED)

    def _register(self, parent: DOMNode, *widgets: Widget, **places: Any) -> list[Widget]:
        for widget in widgets:
            # On each of them, for most are Textual's, and those that stand in another app are to be as they were.
            if "_dispatch_message" not in vars(widget):
                vars(widget)["_dispatch_message"] = partial(self._dispatched, widget._dispatch_message)
                vars(widget)["render_lines"] = partial(self._rendered, widget.render_lines)
        return super()._register(parent, *widgets, **places)

    async def _dispatched(self, dispatch: Callable[[Message], Coroutine[Any, Any, None]], message: Message) -> None:
        with self.contained():
            await dispatch(message)

    def _rendered(self, render: Callable[[Region], list[Strip]], crop: Region) -> list[Strip]:
        with self.contained():
            return render(crop)
        return [Strip.blank(crop.width)] * crop.height

    def _handle_exception(self, error: Exception) -> None:
        if self.is_contained:
            self.note_error(error)
        else:
            super()._handle_exception(error)
