"""A mixin for the monitor that shows past evenings instead of the present, which is read on underneath."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.binding import Binding

from tui.screens.base import MarketScreen
from tui.sources.boards import prepared_board

if TYPE_CHECKING:
    from textual.app import App

    from shortside.board import Board
    from shortside.view import View
    from tui.clock import Clock
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import ListingsReader, LoadedMarket, SourceData
    from tui.sources.past_days import PastDays, PastEvening
    from tui.sources.replay import ReplayedMarket
    from widgets.format import Glyphs

    AnyApp = App[Any]
else:
    AnyApp = object

PAST_BINDINGS: Final = (
    Binding("less_than_sign", "past_session(-1)", "session back", id="past.back", show=False,
            tooltip="The evening of the session before, as known then"),
    Binding("greater_than_sign", "past_session(1)", "session on", id="past.on", show=False,
            tooltip="The evening of the next session; after the last one, now"),
    Binding("left_curly_bracket", "past_cycle(-1)", "cycle back", id="past.cycle_back", show=False,
            tooltip="The evening of the publication before"),
    Binding("right_curly_bracket", "past_cycle(1)", "cycle on", id="past.cycle_on", show=False,
            tooltip="The evening of the next publication; after the last one, now"),
    Binding("T", "past_date", "to a day", id="past.date", show=False, tooltip="The evening of a day, as known then"),
    Binding("0", "past_now", "now", id="past.now", show=False, tooltip="Back to the present"),
)  # fmt: skip
PAST_KEYS: Final = (
    ("{past.now:0}", "NOW"),
    ("{past.back:<} {past.on:>}", "sessions"),
    ("{past.cycle_back:{} {past.cycle_on:}}", "cycles"),
    ("{past.date:T}", "day"),
)
"""What stands first among the keys while a past day is shown."""
SECONDS_AT_REST: Final = 1.0
"""How long a past day is looked at before it is read as known then: nobody waits for what is only passed."""

SECONDS_EVENINGS_ARE_KEPT: Final = 30.0
"""How long after one came back to the present the evenings looked at last are kept."""

SECONDS_FOR_A_COLLECTION: Final = 5.0
"""How long what was let go of takes to be collected where nobody types."""


class ShownDay(NamedTuple):
    """A past evening that is shown instead of the present."""

    day: date
    loaded: LoadedMarket
    board: Board
    is_as_known: bool
    """Whether all of it was read as known on that evening."""


class PastKeys(AnyApp):
    """A mixin for the monitor; markets of past days are made in threads, one after another, the last wished only."""

    options: Options
    clock: Clock
    glyphs: Glyphs
    loaded: LoadedMarket | None
    board: Board | None
    replay: ReplayedMarket | None
    past: ShownDay | None = None
    """What is shown instead of the present; None while that is shown."""
    _wished_day: date | None = None
    _ahead: date | None = None
    """The day that the last key leads to from the one it led to."""
    _is_travelling = False
    _loader: Any
    _view: View | None

    # -- what the monitor answers -----------------------------------------------------------------------------------

    def _market_screens(self) -> list[MarketScreen[Any]]:
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def contained(self) -> Any:
        """Run a block in which an error is noted and shown, and ends only the block; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def let_go(self, replaced: Board | None) -> None:
        """Have memory of what was replaced come back at a quiet moment; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def preparing(self) -> list[Callable[[Board], None]]:
        """What can be got ready for a new Board in the thread that makes it; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def change_view(self, view: View) -> None:
        """Show the market another way; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def say_error(self, words: str) -> None:
        """Show what went wrong; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def say_words(self, words: str) -> None:
        """Show a word at the right end of the key line; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def archive_reader(self) -> ListingsReader | None:
        """What reads the public market in another process; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    # -- what is shown ----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> LoadedMarket | None:
        """The market on the screen: that of a past evening, or the present one."""
        return self.loaded if self.past is None else self.past.loaded

    @property
    def shown_board(self) -> Board | None:
        """The Board on the screen: that of a past evening, or the present one."""
        return self.board if self.past is None else self.past.board

    @property
    def past_day(self) -> date | None:
        """The past day that is shown, or is being made; None while the present is."""
        return self._wished_day

    @property
    def past_words(self) -> str:
        """What the head says of a past day; empty while the present is shown."""
        if self.past is None:
            return ""
        return "PAST" if self.past.is_as_known else "PAST reading"

    @cached_property
    def past_days(self) -> PastDays:
        """Where markets of past evenings are made."""
        from providers.base import no_progress
        from tui.sources.past_days import PastDays

        reader = self.archive_reader()
        reading = {} if reader is None else {"reading": reader}

        def load(options: Options) -> LoadedMarket:
            made: LoadedMarket = self._loader(options, self.clock, no_progress, is_watched=True, **reading)
            return made

        return PastDays(self.options, self._listings_of_present, load)

    def _listings_of_present(self) -> SourceData:
        from tui.sources.load import source_data

        reader = self.archive_reader()
        return source_data(self.options, self.clock, is_watched=self.options.source == "files", reading=reader)

    def forget_past_days(self) -> None:
        """Have what past days are made of read anew: the present market is another one."""
        self.__dict__.pop("past_days", None)

    # -- for a comparison -------------------------------------------------------------------------------------------

    def sessions_there(self) -> list[date]:
        """The sessions with closes, ascending; none before there is a market."""
        days: list[date] = [] if self.loaded is None else self.loaded.market.sessions.tolist()
        return days

    def board_of_day(self, day: date | None, view: View) -> Board:
        """The Board of a past evening, or of the present for None, in the view's state of knowledge. Blocks.

        That of an evening as known then may rest on what is known today of splits, names and floats: see
        `board_as_known`.

        Raises:
            SourceError: the source has nothing on that day.
        """
        assert self.loaded is not None
        if day is None and self.loaded.knowledge in (None, view.knowledge):
            return self.loaded.desk.board(view)
        # The newest day of a market of the past, in the other state of knowledge, is another market.
        evening = self.past_days.evening(day or self.loaded.market.last_session, view.knowledge)
        return evening.loaded.desk.board(view)

    def is_as_known(self, day: date | None, view: View) -> bool:
        """Whether the Board of a day rests on nothing else than its state of knowledge says."""
        return day is None or self.past_days.is_final(day, view.knowledge)

    def board_as_known(self, day: date, view: View, is_wanted: Callable[[], bool]) -> Board | None:
        """The Board of a past evening, of nothing that was not known on it. May take seconds; blocks.

        Args:
            day: the evening.
            view: how it is looked at, as known.
            is_wanted: asked before it is read; where it is false, None is returned.

        Raises:
            SourceError: the source has nothing on that day.
        """
        evening = self.past_days.evening_as_known(day, is_wanted)
        return None if evening is None else evening.loaded.desk.board(view)

    def evenings_left(self) -> None:
        """Keep past evenings no longer than a while, because a screen that compared with them was left."""
        self.set_timer(SECONDS_EVENINGS_ARE_KEPT, self._forget_unless_past, name="past days")

    # -- keys -------------------------------------------------------------------------------------------------------

    def action_past_session(self, steps: int) -> None:
        """Show the evening of the session before or after the one shown; after the last one, the present."""
        from tui.sources.past_days import session_beside

        self._step(lambda day, sessions: session_beside(day, steps, sessions), steps)

    def action_past_cycle(self, steps: int) -> None:
        """Show the evening of the publication before or after the day shown; after the last one, the present."""
        from tui.sources.past_days import publication_beside

        self._step(lambda day, sessions: publication_beside(day, steps, sessions[-1]), steps)

    def action_past_date(self) -> None:
        """Ask for a day and show its evening."""
        from tui.screens.day_prompt import ask_for_day

        if self._may_travel():
            ask_for_day(self, "Show the evening of", self.sessions_there(), self.go_to_day, self.glyphs)

    def action_past_now(self) -> None:
        """Show the present again."""
        if self.past is not None or self._wished_day is not None:
            self.go_to_day(None)

    def _step(self, beside: Callable[[date, list[date]], date | None], steps: int) -> None:
        from tui.errors import ReportedError

        if not self._may_travel():
            return
        sessions = self.sessions_there()
        if self._wished_day is None and steps > 0:
            self.say_words("this is the newest there is")
            return
        try:
            day = beside(self._wished_day or sessions[-1], sessions)
        except ReportedError as error:
            self.say_error(str(error))
            return
        self._ahead = _held_day(day, beside, sessions)
        self.go_to_day(None if day == sessions[-1] else day)

    def _may_travel(self) -> bool:
        # A recording leads these keys through itself.
        return self.loaded is not None and self.replay is None

    # -- going ------------------------------------------------------------------------------------------------------

    def go_to_day(self, day: date | None) -> None:
        """Show a past evening, or the present for None; of several wishes in a row only the last is made."""
        self._wished_day = day
        if day is None:
            self._show_present()
        elif not self._is_travelling:
            self._is_travelling = True
            travel: Any = self._travel
            self.run_worker(travel, exit_on_error=False, group="past", name="past")

    async def _travel(self) -> None:
        try:
            while (day := self._wished_day) is not None and (self.past is None or self.past.day != day):
                await self._make(day, self.past_days.evening)
        finally:
            self._is_travelling = False
        if self.past is not None and self.past.day == self._wished_day:
            rest: Any = partial(self._rest, self.past)
            self.run_worker(rest, exclusive=True, exit_on_error=False, group="past evening", name="past evening")

    async def _rest(self, shown: ShownDay) -> None:
        """While a day is looked at, make those that keys lead to, and then read this one as known then."""
        day, ahead = shown.day, self._ahead
        self._ahead = None
        for one in self._days_ahead(day, ahead):
            if self._wished_day == day:
                await asyncio.to_thread(self._make_ahead, one, shown.board.view)
        if shown.is_as_known:
            return
        await asyncio.sleep(SECONDS_AT_REST)
        if self._wished_day == day:
            await self._make(day, partial(self.past_days.evening_as_known, is_wanted=lambda: self._wished_day == day))

    def _days_ahead(self, day: date, ahead: date | None) -> list[date]:
        """What is made ahead: where the same key leads, then the sessions beside; as many as are kept with the day."""
        from tui.sources.past_days import MOST_EVENINGS_KEPT

        sessions = self.sessions_there()
        # The last of them is the present, which is there.
        earlier, later = sessions[: bisect_left(sessions, day)][-1:], sessions[bisect_right(sessions, day) : -1][:1]
        wanted = dict.fromkeys((*([] if ahead is None else [ahead]), *earlier, *later))
        return list(wanted)[: MOST_EVENINGS_KEPT - 1]

    def _make_ahead(self, day: date, view: View) -> None:
        from shortside.named_windows import WindowError
        from tui.errors import ReportedError

        # Whoever goes there is told what is wrong with it.
        with suppress(ReportedError, WindowError):
            self.past_days.evening(day).loaded.desk.board(view)

    async def _make(self, day: date, evening_of: Callable[[date], PastEvening | None]) -> None:
        """Make the market of a day in a thread, and show it where it is still wished."""
        from shortside.named_windows import WindowError
        from tui.errors import ReportedError

        view = self._past_view()

        def made() -> ShownDay | None:
            evening = evening_of(day)
            if evening is None:
                return None
            board = prepared_board(evening.loaded.desk, view, self.preparing())
            return ShownDay(day, replace(evening.loaded, view=view), board, evening.is_as_known)

        try:
            shown = await asyncio.to_thread(made)
        except (ReportedError, WindowError) as error:
            if self._wished_day == day:
                self._wished_day = None if self.past is None else self.past.day
                self.say_error(str(error))
            return
        if shown is not None and self._wished_day == day:
            self._show_past(shown)
            if self._past_view() != view:
                await self.rebuild_past()

    def _past_view(self) -> View:
        from shortside.positions import Knowledge

        assert self._view is not None
        return replace(self._view, knowledge=Knowledge.AS_KNOWN)

    async def rebuild_past(self) -> None:
        """Make the Board of the past day anew for the view asked for last."""
        shown, view = self.past, self._past_view()
        if shown is None:
            return
        board = await asyncio.to_thread(prepared_board, shown.loaded.desk, view, self.preparing())
        if self.past is shown:
            self.past = shown._replace(board=board)
            for screen in self._market_screens():
                with self.contained():
                    screen.set_board(board)

    def _show_past(self, shown: ShownDay) -> None:
        replaced, self.past = self.past, shown
        self._adopt_on_screens(shown.loaded, shown.board)
        if replaced is not None:
            self.let_go(replaced.board)

    def _show_present(self) -> None:
        if self.past is None or self.loaded is None or self.board is None:
            return
        replaced, self.past = self.past.board, None
        self._adopt_on_screens(self.loaded, self.board)
        self.let_go(replaced)
        del replaced
        self.set_timer(SECONDS_EVENINGS_ARE_KEPT, self._forget_unless_past, name="past days")
        if self._view is not None and self._view != self.board.view:
            # The window, say, was chosen while a past day was shown.
            self.change_view(self._view)

    def _forget_unless_past(self) -> None:
        """Keep no past evening where the present has been shown for a while; a later one is read anew."""
        is_looked_at = any(screen.needs_evenings for screen in self._market_screens())
        if self.past is None and not self._is_travelling and not is_looked_at:
            self.forget_past_days()
            self.let_go(None)
            self.set_timer(SECONDS_FOR_A_COLLECTION, self._give_back, name="give back")

    def _give_back(self) -> None:
        from tui.memory import give_memory_back

        self.run_worker(give_memory_back, thread=True, exit_on_error=False, group="give back", name="give back")

    def _adopt_on_screens(self, loaded: LoadedMarket, board: Board) -> None:
        for screen in self._market_screens():
            with self.contained():
                screen.adopt(loaded, board)


def _held_day(day: date | None, beside: Callable[[date, list[date]], date | None], sessions: list[date]) -> date | None:
    """Where a step leads from a day, if the source is known to have closes there; else None."""
    from tui.errors import ReportedError

    if day is None:
        return None
    with suppress(ReportedError):
        found = beside(day, sessions)
        return found if found in sessions[:-1] else None
    return None
