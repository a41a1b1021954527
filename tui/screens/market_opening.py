"""A mixin for the monitor that reads the market in a thread while the opening screen is shown."""

from __future__ import annotations

import sys
from dataclasses import replace
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual.app import App

from providers.events import Events, milliseconds
from tui.errors import ArchiveLackError, ReportedError
from tui.exit_codes import FAILURE
from tui.first_start import hints_of_first_start
from tui.screens.opening import OpeningScreen
from tui.sources.boards import prepared_board
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

    from shortside.board import Board
    from tui.clock import Clock
    from tui.event_log import EventLog
    from tui.polling.fresh_market import FreshMarket
    from tui.processes.back_office import OfficeReading
    from tui.screens.main import MainScreen
    from tui.settings.configuration import Options
    from tui.settings.last_view import LastView
    from tui.settings.list_shelf import ListShelf
    from tui.sources.loaded_market import LoadedMarket
    from widgets.format import Glyphs

    AnyApp = App[Any]
else:
    AnyApp = object

_market = Events("market")
MOST_CELLS_FOR_BOOKS_AHEAD = 5_000_000
"""Sessions × names up to which every Book is made beforehand; the Books of a larger market weigh 40 MB each."""


class MarketOpening(AnyApp):
    """A mixin for the monitor; whoever mixes it in begins with what was read."""

    options: Options
    clock: Clock
    glyphs: Glyphs
    shelf: ListShelf | None
    loaded: LoadedMarket | None
    board: Board | None
    fresh: FreshMarket | None
    """Polls or follows the public providers; None for the other sources."""
    failure: Exception | None = None
    """Why the market could not be read; told when the terminal is back."""
    _event_log: EventLog | None
    _loader: Any
    _left: LastView | None
    _hints: str
    _reading: OfficeReading | None = None
    """Reads the public market; None for the other sources."""
    _is_reading: bool = False
    """Whether the screen is there and the market is asked for."""
    _filling_complaints: tuple[str, ...] = ()
    """What went wrong when the archive was filled last."""

    # Said here, and not written as methods that raise: they would stand before those of the other mixins.
    contain_loop: Callable[[], None]
    note_error: Callable[[Exception], None]
    read_own_sections: Callable[[], None]

    def _main_screen(self) -> MainScreen:
        """The main screen, not yet shown; the monitor overrides it. Called in a thread."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _watched_archive(self) -> tuple[FreshMarket, OfficeReading]:
        """What follows the public archive, and what reads it; the monitor overrides it. Blocks."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _begin(self, loaded: LoadedMarket, board: Board, screen: MainScreen) -> None:
        """Show what was read; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _start_reading(self) -> None:
        """Import the slow modules and read the market, in a thread."""
        # While a thread computes, a key waits for the interpreter no longer than this.
        sys.setswitchinterval(0.0005)
        if self._event_log is not None:
            self._event_log.start()
        # A daemon, not a worker: leaving while a large file is read must not wait for it.
        Thread(target=self._prepare, name="load", daemon=True).start()
        self.contain_loop()
        self._is_reading = True

    def _prepare(self) -> None:
        """Import numpy and the screens, read the market, make the first Board. Runs in a thread."""
        from tui.memory import keep_little

        keep_little()
        try:
            began = monotonic()
            loaded, board, screen = self._read()
            _market.info("read", names=len(loaded.market.symbols), ms=milliseconds(monotonic() - began))
        except ArchiveLackError as error:
            self._call_on_loop(self._offer_filling, error)
        # Whatever went wrong is told in words and ends the program with the contract's code; nothing is lost.
        except Exception as error:
            self._call_on_loop(self._fail, error)
        else:
            self._call_on_loop(self._begin, loaded, board, screen)

    def _read(self) -> tuple[LoadedMarket, Board, MainScreen]:
        if self._loader is None:
            from tui.sources.load import load

            self._loader = load
        from tui.settings.list_shelf import ListShelf

        self.shelf = ListShelf(self.options.paths)
        self.shelf.look()
        reading: dict[str, Any] = {}
        if self.options.has_archive and self.options.as_of is None:
            reading["reading"] = self._archive_reading()
        self.read_own_sections()
        self._hints = hints_of_first_start(self.options.paths.state)
        if self.glyphs.is_ascii:
            self._hints = self._hints.replace(GLYPHS_UNICODE.separator, GLYPHS_ASCII.separator)
        loaded = self._loader(self.options, self.clock, self._progress_from_thread, is_watched=True, **reading)
        board = self._board_as_left(loaded)
        return loaded, board, self._main_screen()

    def _board_as_left(self, loaded: LoadedMarket) -> Board:
        """The first Board; where the window is only how the screen was left and this market has no such, of another."""
        from shortside.named_windows import WindowError
        from shortside.view import View

        try:
            return prepared_board(loaded.desk, loaded.view)
        except WindowError:
            if self._left is None or loaded.view.window != self._left.window:
                raise
            return prepared_board(loaded.desk, replace(loaded.view, window=View().window))

    def _archive_reading(self) -> OfficeReading:
        """What reads the public market; the archive as it is now counts as known. Blocks."""
        # Before the archive is read, so that nothing can come in unseen in between.
        if self.fresh is None or self._reading is None:
            self.fresh, self._reading = self._watched_archive()
        else:
            self.fresh.prime()
        return self._reading

    def _offer_filling(self, error: ArchiveLackError) -> None:
        """Offer to fill the archive there and then, where somebody can."""
        if self._reading is None:
            self._fail(error)
            return
        from shortside.sessions import new_york_date
        from tui.screens.filling import FillingScreen
        from tui.sources.archive_lack import first_day_to_fill, lack_words

        archive = self.options.paths.archive
        lack = lack_words(archive) or "holds too little of the days that are wanted"
        since = first_day_to_fill(self.options, new_york_date(self.clock()))
        screen = FillingScreen(self._reading.office, archive, lack, since, self._filling_complaints, self.glyphs)

        def answered(is_filled: bool | None) -> None:
            if not is_filled:
                self._fail(error)
                return
            self._filling_complaints = screen.complaints
            Thread(target=self._prepare, name="load", daemon=True).start()

        self.push_screen(screen, answered)

    def _progress_from_thread(self, words: str, done: int, total: int) -> None:
        self._call_on_loop(self._show_progress, words, done, total)

    def _call_on_loop(self, callback: Any, *arguments: Any) -> None:
        """Have the event loop call back, unless the app is gone meanwhile."""
        if self.is_running:
            self.call_later(callback, *arguments)

    def _show_progress(self, words: str, done: int, total: int) -> None:
        if isinstance(self.screen, OpeningScreen):
            self.screen.show_progress(words, done, total)

    def _fail(self, error: Exception) -> None:
        self.failure = error
        _market.warning("not_read", reason=f"{type(error).__name__}: {error}")
        code = error.code if isinstance(error, ReportedError) else FAILURE
        self.exit(code, code)

    def _make_books_ahead(self) -> None:
        from shortside.tiers import TierBasis
        from tui.memory import give_memory_back

        try:
            if self.loaded is not None and self.board is not None:
                view = replace(self.board.view, basis=TierBasis.DAILY)
                others = [view]
                if self.loaded.market.close.size <= MOST_CELLS_FOR_BOOKS_AHEAD:
                    # The same for `p` and `v`: each has a Book of its own, where `v` does not want another market.
                    others += [view.next_positions()]
                    if self.loaded.knowledge is None:
                        others += [view.next_knowledge(), view.next_positions().next_knowledge()]
                for other in others:
                    self.loaded.desk.board(other)
            give_memory_back()
        # Nothing is lost but time: whoever presses that key waits for it.
        except Exception as error:
            self._call_on_loop(self.note_error, error)
