"""The monitor: paints at once, reads the market in the background, and introduces it to the screens."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

# Textual reads it at import. A frame waits for the next slot of this clock: 33 ms at the usual 60, 8 ms at 240.
os.environ.setdefault("TEXTUAL_FPS", "240")

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from tui.display import DifferentialDisplay
from tui.errors import ReportedError
from tui.exit_codes import FAILURE
from tui.opening_screen import OpeningScreen
from tui.signals import watch_terminal
from tui.themes import DEFAULT, THEMES
from widgets._format import GLYPHS_ASCII, GLYPHS_UNICODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analytics.board import Board
    from analytics.view import View
    from tui.clock import Clock
    from tui.configuration import Options
    from tui.live import Pulse
    from tui.main_screen import MainScreen
    from tui.sources import Loaded

BEATS_A_SECOND = 4.0
BEATS_A_SECOND_SLOW = 1.0
"""How often the live figures move on the screen; a trader cannot read faster."""
RESCORE_SECONDS = 10.0
"""How often crowding is ranked anew while prices tick."""


class Monitor(DifferentialDisplay, App[int]):
    """`shortside` on a terminal. Exits with the contract's code.

    Args:
        options: what to show and how.
        clock: the present moment.
        loader: reads the market; as `tui.sources.load`, which it is unless a test says so.
    """

    TITLE = "shortside"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar = [
        Binding("w", "next_window", "window", id="view.window", tooltip="Cycle 1d 5d 30d mtd qtd ytd 1y"),
        Binding("b", "next_basis", "basis", id="view.basis", tooltip="Tier by the cap at end, start, or day by day"),
        Binding(
            "p", "next_positions", "shares", id="view.positions", tooltip="Shares between settlements: linear or step"
        ),
        Binding(
            "v", "next_knowledge", "vintage", id="view.knowledge", tooltip="Everything known now, or only what was"
        ),
        Binding("question_mark", "help", "keys", id="app.help", tooltip="Every key that works here"),
        Binding("q", "quit", "quit", id="app.quit", tooltip="Leave"),
    ]

    def __init__(self, options: Options, clock: Clock, loader: Any = None) -> None:
        super().__init__()
        self.options, self.clock = options, clock
        self._loader = loader
        self.glyphs = GLYPHS_ASCII if options.ascii else GLYPHS_UNICODE
        self.loaded: Loaded | None = None
        self.board: Board | None = None
        self.pulse: Pulse | None = None
        self._view: View | None = None
        self._is_building = False
        self.failure: Exception | None = None
        """Why the market could not be read; told when the terminal is back."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = options.theme if options.theme in self.available_themes else DEFAULT

    # -- start ----------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """What is painted before anything is read."""
        return OpeningScreen(self.options.source, self.glyphs)

    def on_ready(self) -> None:
        """The first frame is out: now the heavy things are imported and the market is read."""
        watch_terminal(self)
        # A daemon, not a worker: leaving while a large file is read must not wait for it.
        Thread(target=self._prepare, name="load", daemon=True).start()

    def _prepare(self) -> None:
        """In a thread: import the numbers and the screens, read the market, make the first Board."""
        try:
            loaded, board, screen = self._read()
        # Whatever went wrong is told in words and ends the program with the contract's code; nothing is lost.
        except Exception as error:
            self._from_thread(self._fail, error)
        else:
            self._from_thread(self._begin, loaded, board, screen)

    def _read(self) -> tuple[Loaded, Board, MainScreen]:
        if self._loader is None:
            from tui.sources import load

            self._loader = load
        from tui.main_screen import MainScreen

        loaded = self._loader(self.options, self.clock, self._progress_from_thread, is_watched=True)
        board = loaded.desk.board(loaded.view)
        return loaded, board, MainScreen(self.glyphs)

    def _progress_from_thread(self, words: str, done: int, total: int) -> None:
        self._from_thread(self._show_progress, words, done, total)

    def _from_thread(self, callback: Any, *arguments: Any) -> None:
        """Have the event loop call back, unless the app is gone meanwhile."""
        if self.is_running:
            self.call_later(callback, *arguments)

    def _show_progress(self, words: str, done: int, total: int) -> None:
        if isinstance(self.screen, OpeningScreen):
            self.screen.show_progress(words, done, total)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A view that cannot be made is said in words, and the one on the screen stays."""
        worker = event.worker
        if worker.group == "view" and event.state is WorkerState.ERROR and worker.error is not None:
            self._is_building = False
            self._view = self.board.view if self.board else None
            self.notify(str(worker.error), severity="error", markup=False)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        code = error.code if isinstance(error, ReportedError) else FAILURE
        self.exit(code, code)

    def _begin(self, loaded: Loaded, board: Board, screen: MainScreen) -> None:
        from tui.live import Pulse

        self.loaded, self.board, self._view = loaded, board, board.view
        if loaded.live is not None:
            self.pulse = Pulse(loaded.live, self.clock())
        self.push_screen(screen)
        screen.introduce(loaded, board)
        rate = BEATS_A_SECOND_SLOW if self.options.low_bandwidth else BEATS_A_SECOND
        if self.pulse is not None:
            self.set_interval(1 / rate, self._beat, name="beat")
            self.set_interval(RESCORE_SECONDS, self._rescore, name="rescore")
        # Whoever presses `b` next shall not wait for the daily tiers.
        Thread(target=self._warm, name="warm", daemon=True).start()

    def _warm(self) -> None:
        from analytics.tiers import TierBasis

        if self.loaded is not None and self.board is not None:
            view = replace(self.board.view, basis=TierBasis.DAILY)
            self.loaded.desk.board(view)

    # -- live -----------------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        if self.pulse is None or self.board is None:
            return
        columns = self.pulse.beat(self.board, self.clock(), self._is_building)
        for screen in self.screen_stack:
            if hasattr(screen, "board_ticked"):
                screen.board_ticked(columns)

    def _rescore(self) -> None:
        if self.board is not None and not self._is_building:
            self.board.rescore()
            for screen in self.screen_stack:
                if hasattr(screen, "board_rescored"):
                    screen.board_rescored()

    # -- view -----------------------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """The view asked for last; its Board may still be in the making."""
        return self._view

    def change_view(self, view: View) -> None:
        """Show the market another way. The Board is made in a thread; only the newest wish counts."""
        self._view = view
        self._is_building = True
        self.run_worker(self._build(), exclusive=True, exit_on_error=False, group="view", name="view")

    async def _build(self) -> None:
        assert self.loaded is not None
        view = self._view
        assert view is not None
        board = await asyncio.to_thread(self.loaded.desk.board, view)
        if self.pulse is not None:
            self.pulse.catch_up(board)
        self._is_building = False
        self.board = board
        for screen in self.screen_stack:
            if hasattr(screen, "set_board"):
                screen.set_board(board)

    def action_next_window(self) -> None:
        """The next window."""
        if self._view is not None:
            self.change_view(self._view.next_window())

    def action_next_basis(self) -> None:
        """The next tier basis."""
        if self._view is not None:
            self.change_view(self._view.next_basis())

    def action_next_positions(self) -> None:
        """The other positions method."""
        if self._view is not None:
            self.change_view(self._view.next_positions())

    def action_next_knowledge(self) -> None:
        """The other state of knowledge."""
        if self._view is not None:
            self.change_view(self._view.next_knowledge())

    def action_help(self) -> None:
        """Every key that works now."""
        from tui.help_screen import HelpScreen

        self.push_screen(HelpScreen())

    async def action_quit(self) -> None:
        """Leave with success."""
        self.exit(0)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The palette holds every action that has a key here, by the words of its help."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding, enabled = active.binding, active.enabled
            if not enabled or not binding.description or binding.action in seen or binding.id is None:
                continue
            seen.add(binding.action)
            words = binding.description.capitalize()
            yield SystemCommand(words, active.tooltip or words, self._runner(binding.action, active.node))
        for name in (theme.name for theme in THEMES):
            yield SystemCommand(f"Theme {name}", f"Use the {name} theme", self._themed(name))

    def _runner(self, action: str, node: Any) -> Any:
        async def run() -> None:
            await self.run_action(action, node)

        return run

    def _themed(self, name: str) -> Any:
        def choose() -> None:
            self.theme = name

        return choose


def run(options: Options, clock: Clock) -> int:
    """Open the monitor and stay until it is left; the exit code."""
    app = Monitor(options, clock)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
