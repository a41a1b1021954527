"""The monitor application: paints at once, reads the market in a thread, and hands it to the screens.

Over 400 lines, because a Textual app is one class whose keys are its methods; most methods call other modules.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar, Literal

# Textual reads it at import. A frame waits for the next slot of this clock: 33 ms at the usual 60, 8 ms at 240.
os.environ.setdefault("TEXTUAL_FPS", "240")

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from providers.events import Events
from shortside.words.plain_text import printable
from tui.clock import MachineZone
from tui.errors import ConfigurationError, ReportedError
from tui.exit_codes import FAILURE, INTERRUPTED
from tui.faults import Faults
from tui.quiet_collection import QuietCollection
from tui.screens.alert_keys import ALERT_BINDINGS, AlertKeys
from tui.screens.base import MarketScreen
from tui.screens.clipboard import Clipboard
from tui.screens.configuration_keeping import ConfigurationKeeping
from tui.screens.containment import Containment
from tui.screens.fee_path_keeping import FeePathKeeping
from tui.screens.happenings import FeedWatch, Happenings, News, news_of_market, settlement_published
from tui.screens.key_line import KeyLine
from tui.screens.key_order import SECONDS_FOR_AN_ANSWER
from tui.screens.list_keeping import ListKeeping
from tui.screens.market_opening import MarketOpening
from tui.screens.on_page import OnPage
from tui.screens.opening import OpeningScreen
from tui.screens.past_keys import PAST_BINDINGS, PastKeys
from tui.screens.picture_keeping import SECONDS_BETWEEN_SAVED_SCREENS, PictureKeeping
from tui.screens.publication_keeping import PublicationKeeping
from tui.screens.replay_keys import REPLAY_BINDINGS, ReplayKeys
from tui.screens.status_keeping import StatusKeeping
from tui.screens.themes import DEFAULT_THEME, THEMES
from tui.screens.view_keeping import ViewKeeping
from tui.screens.view_keys import VIEW_BINDINGS, ViewKeys
from tui.screens.waiting_keys import WaitingKeys
from tui.terminal.ascii_signs import PlainSigns
from tui.terminal.brush import TerminalAbilities
from tui.terminal.display import FrameDiffer
from tui.terminal.driver import TerminalDriver
from tui.terminal.key_reader import KeyBehindEscape
from tui.terminal.kind import TerminalKind
from tui.terminal.signals import orderly_end, watch_terminal
from tui.terminal.textual_parts import misfit, run_binding
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.key_names import key_hint, key_in_ascii, shown_key
from widgets.panel import PanelFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from shortside.board import Board
    from shortside.listings import Floats, Indexes
    from shortside.view import View
    from tui.clock import Clock
    from tui.event_log import EventLog
    from tui.polling.fresh_market import FreshMarket
    from tui.processes.back_office import OfficeReading
    from tui.screens.happenings import Happening
    from tui.screens.main import MainScreen
    from tui.screens.market_commands import MarketCommands
    from tui.screens.publication_reader import PublicationReader
    from tui.settings.configuration import Configuration, Options
    from tui.settings.last_view import LastView
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.own_book import OwnBookReader
    from tui.sources.replay import ReplayedMarket
    from tui.sources.watched_session import WatchedSession
    from tui.terminal.saved_frame import EarlyScreen

_display = Events("display")
_market = Events("market")
LIVE_UPDATES_A_SECOND = 4.0
LIVE_UPDATES_A_SECOND_SLOW = 0.25
"""How often the live figures move on the screen; a trader cannot read faster, and a slow line not carry more."""
SECONDS_BETWEEN_SUMS = 1.0
SECONDS_BETWEEN_SUMS_SLOW = 5.0
"""How long the tiers' sums may lag behind the names."""
INPUT_EVENTS = (events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp)
"""Events of a person who waits for an answer: keys, pastes, clicks and the mouse wheel."""
TYPED_EVENTS = (events.InputEvent, events.Paste, KeyBehindEscape)
"""Whatever a person does at the terminal, in an order that shall be kept."""
FRAMES_A_SECOND_SLOW = 2.0
SECONDS_BETWEEN_KEPT_VIEWS = 5.0
"""How often it is looked whether the view is another than the one kept for the next start: a kill loses no more."""
SECONDS_BETWEEN_RANKINGS = 10.0
"""How often crowding is ranked anew while prices tick."""


class Monitor(
    Containment,
    WaitingKeys,
    ListKeeping,
    AlertKeys,
    ViewKeys,
    PastKeys,
    StatusKeeping,
    PublicationKeeping,
    ReplayKeys,
    Clipboard,
    OnPage,
    PictureKeeping,
    ConfigurationKeeping,
    ViewKeeping,
    MarketOpening,
    FeePathKeeping,
    App[int],
):
    """The application that `shortside` opens on a terminal; ends with one of `tui.exit_codes`.

    Args:
        options: what to show and how.
        clock: the present moment.
        loader: reads the market; as `tui.sources.load.load`, which it is unless a test says so.
        early: the picture of last time, if the terminal shows it, and where the next one is kept.
        kind: what the terminal can do; what the environment says, by default.
        event_log: writes what happens as soon as the first frame is out; None where nobody keeps it.
        here: the zone of whoever reads the screen; New York's by default.
        left: how the main screen was left the last time; None to begin with the settings.
    """

    TITLE = "shortside"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar = [
        *VIEW_BINDINGS,
        Binding("r", "poll_now", "poll now", id="feeds.poll", tooltip="Ask every provider at once", show=False),
        *REPLAY_BINDINGS,
        *ALERT_BINDINGS,
        *PAST_BINDINGS,
        # With priority, as Textual has it: where one types, too.
        Binding("ctrl+p", "command_palette", "commands", id="app.commands", priority=True, show=False,
                tooltip="Every name, window, order, panel and key, by its words"),
        Binding("question_mark", "help", "keys", id="app.help", tooltip="Every key that works here"),
        # Screens over another have a `q` of their own, which goes back: only from the first one it leads out.
        Binding("q", "quit", "quit", id="app.quit", tooltip="Leave"),
        # With priority: a terminal in raw mode hands us the key, and a filter line would copy its text instead.
        Binding("ctrl+c", "interrupt", "interrupt", id="app.interrupt", priority=True, show=False, tooltip="Leave now"),
        Binding("ctrl+z", "suspend_process", "to the shell", id="app.suspend", show=False, tooltip="fg brings it back"),
    ]  # fmt: skip

    def __init__(
        self,
        options: Options,
        clock: Clock,
        loader: Any = None,
        early: EarlyScreen | None = None,
        kind: TerminalKind | None = None,
        event_log: EventLog | None = None,
        here: tzinfo | None = None,
        left: LastView | None = None,
    ) -> None:
        super().__init__(driver_class=TerminalDriver)
        self._left = left
        """How the screen was left, or is kept to have been left."""
        self._here = here
        self.current_list = "" if left is None else left.name_list
        self.options, self.clock = options, clock
        self.kind = kind = kind or TerminalKind.of(os.environ)
        self._early, self._event_log = early, event_log
        self._key_failure = ""
        """Why Textual reads the keys by itself, in words; empty while we do."""
        # Read by the style sheet's `:nocolor`: what a background tells is then told by reverse video.
        self.no_color = kind.colours is None
        # Read by the style sheet, too: text that is dark on white is not bold where there are sixteen colours.
        self.set_class(kind.colours == "standard", "-sixteen")
        if options.low_bandwidth:
            self.animation_level = "none"
        self._loader = loader
        self.glyphs = GLYPHS_ASCII if options.ascii or kind.is_ascii else GLYPHS_UNICODE
        self.faults = Faults(options.paths.state, clock, self._secrets)
        self.happenings = Happenings()
        """What happened since the start."""
        self._feed_watch = FeedWatch()
        self._hints = ""
        """What the key line says at the first start, until a key is pressed."""
        self._main: MainScreen | None = None
        self._collection = QuietCollection(self)
        self.loaded: LoadedMarket | None = None
        self.board: Board | None = None
        self.pulse: WatchedSession | None = None
        self.fresh = None
        self._own_book: OwnBookReader | None = None
        self.replay: ReplayedMarket | None = None
        """Reads the next market of a recording; None where none is played."""
        self._view: View | None = None
        self._is_building = False
        self._moved_meanwhile: set[int] = set()
        """Names whose prices moved while a Board was being made, by their columns."""
        for theme in THEMES:
            self.register_theme(theme)
        mistakes = self.register_own_themes()
        if left is not None and left.theme == options.theme and options.theme not in self.available_themes:
            options = self.options = options._replace(theme=None)  # Of another version; nobody asked for it now.
        if options.theme is not None and options.theme not in self.available_themes:
            for mistake in mistakes:
                if mistake.path[1:2] == (options.theme,):
                    raise ConfigurationError(str(mistake))
            choices = ", ".join(theme.name for theme in THEMES)
            raise ConfigurationError(f"there is no theme {options.theme}; choose one of {choices}, or one of Textual's")
        self._begin_with_theme(options.theme or DEFAULT_THEME)

    def get_key_display(self, binding: Binding) -> str:
        """A key as the help has it, in the words of every other place that names it."""
        shown = shown_key(binding.key)
        return key_in_ascii(shown) if self.glyphs.is_ascii else shown

    def _begin_with_theme(self, name: str) -> None:
        """Set the theme as if it had always been that one: to change it has Textual read every style sheet twice."""
        self.set_reactive(App.theme, name)
        theme = self.current_theme
        self.set_class(theme.dark, "-dark-mode", update=False)
        self.set_class(not theme.dark, "-light-mode", update=False)
        for known in [one for one in self.classes if one.startswith("-theme-")]:
            self.remove_class(known, update=False)
        self.add_class(f"-theme-{name}", update=False)
        self.stylesheet.set_variables(self.get_css_variables())

    # -- start ----------------------------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """What is painted before anything is read: the picture of last time, if it is on the terminal already."""
        rows = None
        if self._early is not None and self._early.rows is not None:
            from tui.terminal.frame_json import frame_lines, rows_of_json

            rows = rows_of_json(self._early.rows)
            if rows is not None:
                self.adopt_display(frame_lines(rows))
        return OpeningScreen(self.options.source, self.glyphs, rows or ())

    def make_differ(self) -> FrameDiffer:
        colours = self.kind.colours
        if self.options.low_bandwidth and colours == "truecolor":
            # A colour of 256 takes half the bytes, and the themes' own are among them.
            colours = "256"
        return FrameDiffer(
            enabled=os.environ.get("SHORTSIDE_DIFFER", "1") != "0",
            abilities=TerminalAbilities.of(os.environ),
            colour_system=colours,
            has_italics=self.kind.has_italics,
            max_frames_per_second=FRAMES_A_SECOND_SLOW if self.options.low_bandwidth else None,
            signs=PlainSigns() if self.glyphs.is_ascii else None,
        )

    @property
    def plain_words(self) -> str:
        """Why Textual draws or reads by itself, in words; empty while we do."""
        reason = self.differ.fallback_reason
        words = [f"plain display, because {reason}"] if reason else []
        words += [f"plain keys, because {self._key_failure}"] if self._key_failure else []
        return printable("; ".join(words))

    def fall_back(self, reason: str) -> None:
        """Let Textual draw for the rest of the session, and tell the user why."""
        super().fall_back(reason)
        _display.warning("drawn_plainly", reason=reason)
        TerminalDriver.signs = self.differ.signs
        self.call_later(self.feeds_changed)

    def read_keys_plainly(self, reason: str) -> None:
        """Tell the user that Textual reads the keys for the rest of the session."""
        self._key_failure = reason
        _display.warning("keys_read_plainly", reason=reason)
        self.feeds_changed()

    async def on_event(self, event: events.Event) -> None:
        """Have what comes from the terminal answered in its order, and anything else at once."""
        if isinstance(event, TYPED_EVENTS) and not event.is_forwarded:
            await self.take_in_order(event)
        elif isinstance(event, events.Key):
            # Nobody it was handed to wanted it.
            async with asyncio.timeout(SECONDS_FOR_AN_ANSWER):
                await super().on_event(event)
        else:
            await super().on_event(event)

    async def answer(self, event: events.Event) -> None:
        """A key is answered at once, however rarely the figures may move."""
        if isinstance(event, INPUT_EVENTS):
            self.differ.hurry()
            self._collection.typed()
        if isinstance(event, events.Key):
            if self.screen_stack and self.focused is None and (top := self._uppermost()) is not None:
                top.regain_focus()
            if self.waits(event):
                return
            self._take_hints_away()
            if await self._act_at_once(event):
                return
        await super().on_event(event)

    async def _act_at_once(self, event: events.Key) -> bool:
        """Do what a key is bound to, if a panel has the focus; whether it was bound to anything.

        Textual hands a key to the panel, whence it comes back through every container before its binding is looked up:
        five queues for what none of them answers, because panels have bindings and no other use for keys.
        """
        if not isinstance(self.focused, PanelFrame) or self.screen.maximized is not None:
            return False
        return await run_binding(self, event.key)

    # -- errors ---------------------------------------------------------------------------------------------------

    @property
    def is_contained(self) -> bool:
        """Whether there are figures that can go on, or will be; what goes wrong before ends the program."""
        return self._is_reading and (self._main is None or self._main.were_panels_filled)

    def say_error(self, words: str) -> None:
        """Show an error in the key line, or in a notification over a screen that has no key line."""
        lines = [line for line in self.screen.query(KeyLine) if line.display]
        for line in lines:
            line.warn(words)
        if not lines:
            self.warn(words, "error")

    def say_words(self, words: str) -> None:
        """Show a word at the right end of the key line for a moment."""
        for line in self.screen.query(KeyLine):
            line.say(words)

    def let_go(self, replaced: Board | None) -> None:
        """Have what a market that was replaced leaves behind collected at the next quiet moment."""
        self._collection.ask(replaced=replaced)

    def archive_reader(self) -> OfficeReading | None:
        """What reads the public market in another process; None for the other sources."""
        return self._reading

    def _secrets(self) -> list[str]:
        """The user's API keys, which must get into no file. Reads the key file."""
        from tui.settings.keys import secrets_of_user

        return secrets_of_user(self.options)

    @property
    def here(self) -> tzinfo:
        """The zone of whoever reads the screen."""
        # Imported late: the first paint must not wait for the table of sessions.
        from shortside.sessions import NEW_YORK

        return self._here or NEW_YORK

    @property
    def own_book(self) -> OwnBookReader:
        """Reads the user's own positions, which nobody needs before they are asked for."""
        if self._own_book is None:
            from tui.sources.own_book import OwnBookReader

            self._own_book = OwnBookReader(self.options)
        return self._own_book

    @property
    def seconds_between_sums(self) -> float:
        """How long the tiers' sums may lag behind the names on the screen."""
        return SECONDS_BETWEEN_SUMS_SLOW if self.options.low_bandwidth else SECONDS_BETWEEN_SUMS

    @property
    def marks_moves(self) -> bool:
        """Whether figures that moved are marked for a moment: not where a mark costs bytes or an attribute too many."""
        return not (self.options.low_bandwidth or self.options.still or self.kind.colours == "8")

    def bytes_per_second(self) -> float:
        """What the screen costs the line, as a mean over the last ten seconds; NaN when that is not known."""
        return self.differ.bytes_per_second(self.differ.clock())

    def on_ready(self) -> None:
        """Textual has sent the first frame: begin to read the market."""
        watch_terminal(self)
        self.wear_ground()
        # Once it is out: another thread that imports would hold it up by a third.
        self.call_after_refresh(self._start_reading)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Tell the user in words when a worker fails; what is on the screen stays."""
        worker = event.worker
        if event.state is WorkerState.ERROR and worker.error is not None:
            if worker.group == "view":
                self._is_building = False
                self._view = self.shown_board.view if self.shown_board else None
            if isinstance(worker.error, ReportedError):
                self.warn(str(worker.error), "error")
            elif isinstance(worker.error, Exception) and not worker.exit_on_error:
                # Of the others Textual told us by itself.
                self.note_error(worker.error)

    def warn(self, words: str, severity: Literal["warning", "error"] = "warning") -> None:
        """Show a warning in a corner of the screen, cleaned of control characters."""
        from tui.terminal.plain_words import plain

        self.notify(plain(words), severity=severity, markup=False)

    def _main_screen(self) -> MainScreen:
        from tui.screens.main import MainScreen

        return MainScreen(self, self.glyphs, self._left)

    def _watched_archive(self) -> tuple[FreshMarket, OfficeReading]:
        from tui.polling.fresh_market import fresh_market

        return fresh_market(self)

    def _begin(self, loaded: LoadedMarket, board: Board, screen: MainScreen) -> None:
        from tui.sources.watched_session import WatchedSession

        self._main = screen
        self.loaded, self.board, self._view = loaded, board, board.view
        if self._early is not None:
            from tui.terminal.frame_json import FrameKeeper

            self._pictures = FrameKeeper(self._early.frames)
        if loaded.live is not None:
            self.pulse = WatchedSession(loaded.live, self.clock())
        if loaded.market.is_replayed:
            self._begin_replay(loaded)
        self.take_up_own_sections()
        self.push_screen(screen)
        screen.introduce(loaded, board)
        screen.call_after_refresh(self._welcome)
        self.set_interval(SECONDS_BETWEEN_KEPT_VIEWS, self._keep_view_aside, name="view")
        self.begin_to_look_at_lists()
        self.begin_to_keep_status()
        self.begin_to_look_at_configuration()
        self.begin_to_look_at_fees()
        # The market stays: to look through it for garbage is a pause of tens of milliseconds in the middle of a key.
        self._collection.begin()
        self.set_interval(SECONDS_BETWEEN_SAVED_SCREENS, self._save_screen_aside, name="picture")
        rate = LIVE_UPDATES_A_SECOND_SLOW if self.options.low_bandwidth else LIVE_UPDATES_A_SECOND
        if self.pulse is not None:
            self.set_interval(1 / rate, self.beat, name="beat")
            self.set_interval(SECONDS_BETWEEN_RANKINGS, self._rescore, name="rescore")
        if self.fresh is not None:
            self.fresh.start()
        if self._filling_complaints:
            first, *others = self._filling_complaints
            self.warn(f"{first}{f', and {len(others)} more' if others else ''}; what is missing is asked for again")
        # Whoever presses `b` next shall not wait for the daily tiers.
        Thread(target=self._make_books_ahead, name="warm", daemon=True).start()
        self.look_for_alerts()

    def _welcome(self) -> None:
        """Say the hints of a first start, unless keys have waited: who types ahead needs none."""
        if self._hints and not self.has_waiting_keys:
            for line in self.screen.query(KeyLine):
                # What is said of the market itself, such as that a recording breaks off, is more than a hint.
                if not line.words:
                    self._hints = key_hint(line, self._hints)
                    line.hold(self._hints)
        self.do_waiting_keys()

    def _take_hints_away(self) -> None:
        hints, self._hints = self._hints, ""
        for line in self.screen.query(KeyLine) if hints else ():
            if line.words == hints:
                line.say("")

    def _is_first_shown(self) -> bool:
        return self._main is not None and self.screen is self._main

    def _begin_replay(self, loaded: LoadedMarket) -> None:
        from tui.sources.playback import Playback
        from tui.sources.replay import ReplayedMarket

        if isinstance(loaded.live, Playback):
            self.replay = ReplayedMarket(self, loaded.live)
            loaded.live.meet(loaded.market.symbols.tolist(), 0)
        for complaint in loaded.complaints:
            self.warn(complaint)

    async def on_unmount(self) -> None:
        """Stop polling, so that another terminal may poll."""
        if self.replay is not None:
            self.replay.stop()
        await self.end_alerts()
        if self.fresh is not None:
            await self.fresh.stop()

    def adopt(self, loaded: LoadedMarket, board: Board) -> None:
        """Show a market that was read anew; the name in view stays in view."""
        wished, is_building = self._view, self._is_building
        news = [] if self.loaded is None else news_of_market(self.loaded, loaded)
        replaced = self.board
        published = None if self.loaded is None else settlement_published(self.loaded, loaded)
        self.loaded, self.board, self._view = loaded, board, board.view
        self._moved_meanwhile.clear()
        if self.alerts is not None:
            self.alerts.market_changed()
        # What past days are made of is another one, too.
        self.forget_past_days()
        # Who read it anew goes on reading, and the other screens are told, whatever one of them makes of it.
        for screen in self._market_screens():
            with self.contained():
                screen.archive_changed()
                if self.past is None:
                    screen.adopt(loaded, board)
        self.note(news)
        self._collection.ask(replaced=replaced)
        del replaced
        if published is not None:
            self.announce_publication(published)
        if wished is not None and (is_building or wished != board.view):
            # A key was pressed meanwhile: what it asked for is made of this market, not of the one that went.
            self.change_view(wished)

    def publication_reader(self) -> PublicationReader:
        """Makes the pages of publications, by whoever parses everything else."""
        from tui.screens.publication_reader import PublicationReader

        reading = {} if self._reading is None else {"reading": self._reading}
        return PublicationReader(self, partial(self._loader, is_watched=True, **reading))

    def note(self, news: Iterable[News]) -> list[Happening]:
        """Keep what happened, also in the journal, and tell the last of it on the main screen."""
        at = self.clock() if self.loaded is None else self.loaded.clock()
        noted = [self.happenings.note(at, one, self.clock()) for one in news]
        # What a recording tells happened long ago, and happens once more whenever it is played.
        if noted and self.options.source != "replay":
            self.keep_in_journal(noted)
        if noted and self._main is not None:
            with self.contained():
                self._main.tell(noted[-1])
        return noted

    def tick(self, columns: Indexes, prices: Floats) -> None:
        """Show that the prices of names in these columns moved."""
        if self.board is not None and len(columns):
            self.board.tick(columns, prices)
            if self.alerts is not None:
                self.alerts.moved(columns)
            if self._is_building:
                self._moved_meanwhile.update(columns.tolist())
            # Only what can be read is drawn: a screen behind another would be painted in vain, and comes up to date
            # when it is uncovered.
            if self.past is None and (top := self._uppermost()) is not None:
                with self.contained():
                    top.board_ticked(columns)

    def stand_at(self, columns: Indexes, prices: Floats) -> None:
        """Show the market at these prices of the names in these columns, and every other name at its close."""
        assert self.board is not None
        self.board.desk.stand_at(columns, prices)
        self._moved_meanwhile.clear()
        if self.alerts is not None:
            self.alerts.market_changed()
        self.change_view(self._view or self.board.view)

    def feeds_changed(self) -> None:
        """Show the present state of polling on every screen that shows it."""
        if self.fresh is not None:
            with self.contained():
                self.note(self._feed_watch.news(*self.fresh.facts()))
        if (top := self._uppermost()) is not None:
            with self.contained():
                top.feeds_changed()

    def list_renamed(self, old: str, new: str) -> None:
        """Have the filter, if it shows a list, show it under its new name."""
        if self._main is not None:
            self._main.list_renamed(old, new)

    def symbol_in_view(self) -> str | None:
        """The name whose own screen is open; None where none is."""
        return next((one.symbol for one in reversed(self._market_screens()) if one.symbol is not None), None)

    def open_from_journal(self, symbol: str | None) -> None:
        """Open a name that stands in the journal, if this market has it."""
        if self._main is not None:
            self._main.open_symbol(symbol, "from the journal")

    def alert_filter(self) -> str:
        """What the main screen shows, as one condition on a figure; empty where that is every name."""
        return "" if self._main is None else self._main.alert_filter()

    def followed_symbol(self) -> str | None:
        """The name under the cursor of the main screen."""
        return None if self._main is None else self._main.symbol_under_cursor()

    def _market_screens(self) -> list[MarketScreen[Any]]:
        """The screens that show the market, the lowest first."""
        return [screen for screen in self.screen_stack if isinstance(screen, MarketScreen)]

    def _uppermost(self) -> MarketScreen[Any] | None:
        """The screen that is looked at, if it shows the market and nothing lies over it; it may be on its way out."""
        top = self.screen_stack[-1] if self.screen_stack else None
        return top if isinstance(top, MarketScreen) else None

    def action_poll_now(self) -> None:
        """Poll every provider now instead of at its next hour."""
        if self.fresh is not None:
            self.fresh.poll_now()

    # -- live -----------------------------------------------------------------------------------------------------

    def beat(self) -> None:
        """Bring the live figures on the screen to the present moment."""
        if self.pulse is None or self.board is None:
            return
        self.tick(*self.pulse.moved(self.clock()))
        if self.replay is not None:
            self.replay.look()

    def _rescore(self) -> None:
        if self.board is not None and not self._is_building:
            rank: Any = partial(self._rank_anew, self.board)
            self.run_worker(rank, exclusive=True, exit_on_error=False, group="rescore", name="rescore")

    async def _rank_anew(self, board: Board) -> None:
        # Prices that tick meanwhile are in the next ranks: ten seconds are not too long for a percentile.
        scores = await asyncio.to_thread(board.scored)
        if board is self.board:
            board.crowding = scores
            if self.past is None and (top := self._uppermost()) is not None:
                with self.contained():
                    top.board_rescored()

    # -- leaving, and what leads on -------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key that works now."""
        from tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.glyphs))

    async def action_quit(self) -> None:
        """Leave the program with exit code 0."""
        self.exit(0)

    def action_interrupt(self) -> None:
        """Leave the program with the exit code of an interrupted one."""
        self.exit(INTERRUPTED, INTERRUPTED)

    def exit(self, *arguments: Any, **named: Any) -> None:
        """Leave, and save the screen as it is now for the next start."""
        with self.contained():
            self._capture_screen()
            self._keep_view()
        super().exit(*arguments, **named)

    def action_command_palette(self) -> None:
        """Open the command palette, which finds every action by name."""
        from tui.screens.palette import ActionPalette, commands_of

        if misfit():
            super().action_command_palette()
        elif isinstance(self.screen, ActionPalette):
            return
        elif (market := self._market_commands()) is None or (index := market[1].table.index) is None:
            self.push_screen(ActionPalette(commands_of(self, self.screen)))
        else:
            commands = (*commands_of(self, self.screen), *market[0].commands())
            self.push_screen(ActionPalette(commands, partial(market[0].names, index)))

    def _market_commands(self) -> tuple[MarketCommands, MainScreen] | None:
        """What can be gone to by name, and the screen where it is; None while there are no figures."""
        from tui.screens.market_commands import MarketCommands

        main, board, view = self._main, self.shown_board, self._view
        if main is None or board is None or view is None or not main.has_panels:
            return None
        return MarketCommands(self, main, board, view, self.change_view), main

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What the palette holds but for the names: every action that has a key, and every place of the market."""
        from tui.screens.palette import commands_of

        market = self._market_commands()
        return [*commands_of(self, screen), *(market[0].commands() if market is not None else ())]


def run_monitor(
    options: Options,
    clock: Clock,
    early: EarlyScreen | None = None,
    kind: TerminalKind | None = None,
    event_log: EventLog | None = None,
    left: LastView | None = None,
    complaint: str = "",
    started_with: tuple[Mapping[str, str], Configuration] | None = None,
) -> int:
    """Open the monitor and stay until it is left; the exit code.

    Args:
        options: what to show and how.
        clock: the present moment.
        early: the terminal, if the picture of last time is on it, and where the next one is kept.
        kind: what the terminal can do; what the environment says, by default.
        event_log: writes what happens as soon as the first frame is out; None where nobody keeps it.
        left: how the main screen was left the last time.
        complaint: what is to be said of a last view that could not be read; empty for nothing.
        started_with: what the command line gave, and what was settled with it, for who looks whether the configuration
            file changed; None where nobody is to.
    """
    app = Monitor(options, clock, early=early, kind=kind, event_log=event_log, here=MachineZone(), left=left)
    app.started_with = started_with
    if complaint:
        _display.warning("view_not_read", reason=complaint)
        app.call_later(app.warn, complaint)
    if app.plain_words:
        _display.warning("drawn_plainly", reason=app.plain_words)
    if early is not None and app.plain_words:
        # Nobody knows how this Textual enters the screen that holds the picture: it shall find the terminal as it was.
        early.leave()
    TerminalDriver.early = early
    TerminalDriver.signs = None if app.is_differing else app.differ.signs
    TerminalDriver.failed = app.read_keys_plainly
    with orderly_end(app):
        app.run()
        app.save_screen()
    from tui.terminal.plain_words import complain

    _tell_how_it_was_drawn(app)
    if words := app.faults.summary():
        complain(words)
    if app.failure is not None:
        raise app.failure
    # Without a code the loop ended and nobody had asked for it.
    return FAILURE if app.return_code is None else app.return_code


def _tell_how_it_was_drawn(app: Monitor) -> None:
    """Say, once the terminal is back, that Textual drew or read by itself, and keep it for `shortside doctor`."""
    from tui.terminal.plain_note import remember
    from tui.terminal.plain_words import complain

    words = app.plain_words
    if words:
        complain(f"{words}; see shortside doctor")
    complaint = remember(app.options.paths.state, words, app.clock())
    if complaint:
        complain(complaint)
