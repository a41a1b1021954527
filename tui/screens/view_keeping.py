"""A mixin for the monitor that keeps how its main screen is for the next start."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App

from providers.events import Events

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from textual.app import App

    from shortside.view import View
    from tui.screens.main import MainScreen
    from tui.settings.configuration import Options
    from tui.settings.last_view import LastView

    AnyApp = App[Any]
else:
    AnyApp = object

_display = Events("display")


class ViewKeeping(AnyApp):
    """A mixin for the monitor; what is kept is written in a thread, for a disk may take its time."""

    options: Options
    _main: MainScreen | None
    _view: View | None
    _left: LastView | None
    """How the screen was left, or is kept to have been left."""
    _unkept: str = ""
    """Why the view could not be kept for the next start, in words; empty when it was."""

    def contained(self) -> AbstractContextManager[None]:
        """A block in which an error is noted and ends only the block; `Containment` overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _keep_view(self) -> None:
        """Keep how the main screen is now for the next start, if it is another than what is kept."""
        view = self._view_to_keep()
        if view is not None:
            self._write_view(view)

    def _keep_view_aside(self) -> None:
        with self.contained():
            view = self._view_to_keep()
            if view is not None:
                # A disk may take its time.
                write = partial(self._write_view, view)
                self.run_worker(write, thread=True, exit_on_error=False, group="view", name="view")

    def _view_to_keep(self) -> LastView | None:
        if self._main is None or self._view is None:
            return None
        view = self._main.view_as_left(self._view, self.theme)
        return None if view == self._left else view

    def _write_view(self, view: LastView) -> None:
        from tui.settings.last_view import view_file, write_view

        complaint = write_view(view_file(self.options), view)
        if complaint and complaint != self._unkept:
            _display.warning("view_not_kept", reason=complaint)
        self._left, self._unkept = view, complaint
