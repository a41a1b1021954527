"""The alerts and the journal in the monitor: what is told when one rings, and the keys that open their screens."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from textual.binding import Binding

from providers.events import Events
from tui.screens.base import MarketScreen
from tui.screens.happenings import MOST_HAPPENINGS, Happening, Happenings, News

if TYPE_CHECKING:
    from datetime import tzinfo

    from textual.app import App

    from tui.alerts.desk import AlertDesk
    from tui.alerts.journal import JournalEntry
    from tui.alerts.watch import Ring
    from tui.clock import Clock
    from tui.polling.fresh_market import FreshMarket
    from tui.settings.configuration import Options
    from tui.settings.list_shelf import Lists
    from tui.sources.loaded_market import LoadedMarket
    from tui.terminal.kind import TerminalKind
    from widgets.feed_facts import PollFacts, PollLine
    from widgets.format import Glyphs
    from widgets.moments import ReaderTime

    AnyApp = App[Any]
else:
    AnyApp = object

_events: Final = Events("alerts")
BELL_WAY: Final = "bell"
SECONDS_BETWEEN_BELLS: Final = 1.0
ALERT_WORD: Final = "alert "
"""Begins what is said of an alert where other things are said, too."""
SECONDS_BETWEEN_LOOKS_FOR_RULES: Final = 10.0
"""How often it is looked, while there are no rules, whether another monitor or an editor made one."""
ALERT_BINDINGS: Final = (
    Binding("A", "alerts", "alerts", id="alerts.open", tooltip="Make an alert of the filter or the name; see them all"),
    Binding("E", "journal", "journal", id="journal.open", tooltip="What happened: alerts, publications, troubles"),
)


class AlertKeys(AnyApp):
    """A mixin for the monitor that rings, keeps the journal, and opens the screens of both."""

    options: Options
    clock: Clock
    kind: TerminalKind
    glyphs: Glyphs
    loaded: LoadedMarket | None
    fresh: FreshMarket | None
    happenings: Happenings
    alerts: AlertDesk | None = None
    """Looks at the rules; None while there are none."""
    _journal_complaint = ""
    _is_writing = False
    _rang_at = -math.inf

    _unwritten: deque[Happening]
    """What is not in the journal yet; where it cannot be written the oldest is lost in the end."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._unwritten = deque(maxlen=MOST_HAPPENINGS)

    # -- what the monitor calls -----------------------------------------------------------------------------------

    def note(self, news: Iterable[News]) -> list[Happening]:
        """Keep what happened, and tell the last of it; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    async def begin_alerts(self) -> None:
        """Look after alerts as soon as there are rules, whoever makes the first one."""
        if await asyncio.to_thread(_are_there_rules, self.options):
            await self.read_alerts()
        elif self.alerts is None and self.is_running:
            self.set_timer(SECONDS_BETWEEN_LOOKS_FOR_RULES, self.look_for_alerts, name="alerts")

    def look_for_alerts(self) -> None:
        """Look in a thread whether there are rules."""
        begin: Any = self.begin_alerts
        self.run_worker(begin, exit_on_error=False, group="alerts", name="begin alerts")

    async def read_alerts(self) -> None:
        """Read the rules anew, and look at them from now on."""
        if self.alerts is None:
            make = await asyncio.to_thread(_desk_class)
            # Of two that waited for the import the second finds the desk of the first.
            if self.alerts is None:
                self.alerts = make(self)
                await self.alerts.read()
                self.alerts.start()
                return
        await self.alerts.read()

    async def end_alerts(self) -> None:
        """Keep what rules learned and what happened, and let another monitor ring."""
        if self.alerts is not None:
            await self.alerts.stop()
        if self._unwritten:
            await asyncio.to_thread(self._is_in_journal, self._taken_out())

    def poll_facts(self) -> tuple[list[PollFacts], PollLine | None]:
        """What is known of polling."""
        return self.fresh.facts() if self.fresh is not None else ([], None)

    def rang(self, ring: Ring) -> None:
        """Tell an alert on the screen, in the journal and by the terminal."""
        happenings = self.note(
            [News(f"{ALERT_WORD}{ring.text}", is_alarm=True, rule=ring.alert.rule.name, names=ring.keys)]
        )
        signals = ring.alert.ways.signals
        if signals and happenings:
            from tui.terminal.ascii_signs import PlainSigns
            from tui.terminal.notices import notice
            from tui.terminal.textual_parts import driver_of

            driver = driver_of(self)
            signs = PlainSigns() if self.glyphs.is_ascii else None
            now = asyncio.get_running_loop().time()
            # Of several rules that ring in one beat nobody hears more than one bell.
            is_heard = now - self._rang_at >= SECONDS_BETWEEN_BELLS
            for way in signals:
                if driver is not None and (is_heard or way != BELL_WAY):
                    driver.write(notice(self.kind, way, "shortside", ring.text, signs))
            if is_heard and BELL_WAY in signals:
                self._rang_at = now

    def alert_trouble(self, words: str) -> None:
        """Tell what went wrong with alerts."""
        self.note([News(words, is_alarm=True)])

    @property
    def here(self) -> tzinfo:
        """The zone of whoever reads the screen; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Monitor` answers.

    def note_error(self, error: Exception) -> None:
        """Keep an error that nobody foresaw; `Containment` overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass; `Containment` answers.

    @property
    def lists(self) -> Lists:
        """Own lists as they were read last; `ListKeeping` overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def keep_in_journal(self, happenings: Iterable[Happening]) -> None:
        """Write what happened into the journal, in its order, in a thread: a disk may take its time."""
        self._unwritten.extend(happenings)
        if not self._is_writing:
            self._is_writing = True
            write: Any = self._write_journal
            self.run_worker(write, exit_on_error=False, group="journal", name="journal")

    async def _write_journal(self) -> None:
        try:
            while self._unwritten:
                batch = self._taken_out()
                if not await asyncio.to_thread(self._is_in_journal, batch):
                    # It is all tried again with what happens next.
                    self._unwritten = deque([*batch, *self._unwritten], MOST_HAPPENINGS)
                    return
        finally:
            self._is_writing = False

    def _taken_out(self) -> list[Happening]:
        """What is not in the journal yet: whoever takes it writes it, also where nobody waits for him any more."""
        batch = list(self._unwritten)
        self._unwritten.clear()
        return batch

    def _is_in_journal(self, happenings: list[Happening]) -> bool:
        """Write what happened; whether that could be. Blocks."""
        from tui.alerts.journal import Journal
        from tui.settings.keys import secrets_of_user

        try:
            entries = [self._entry_of(one) for one in happenings]
            Journal(self.options.paths.state).append(entries, secrets_of_user(self.options))
        except OSError as error:
            words = f"the journal cannot be written: {error.strerror or error}"
            if words != self._journal_complaint:
                # Not by a note, which would want to be written, too.
                _events.warning("journal_not_written", reason=words)
            self._journal_complaint = words
            return False
        self._journal_complaint = ""
        return True

    def _entry_of(self, happening: Happening) -> JournalEntry:
        from tui.alerts.journal import JournalEntry

        return JournalEntry(
            at=happening.told_at,
            kind="alert" if happening.rule else "trouble" if happening.is_alarm else "event",
            # Its kind says already that it is one.
            words=happening.words.removeprefix(ALERT_WORD) if happening.rule else happening.words,
            source=self.options.source,
            of=happening.at if abs((happening.at - happening.told_at).total_seconds()) > 60 else None,
            rule=happening.rule,
            symbols=happening.names,
            total=len(happening.names) or None,
        )

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_alerts(self) -> None:
        """Open the screen of alerts, with what can be made of the filter and of the name in view."""
        top, loaded = self._market_screen(), self.loaded
        if top is None or loaded is None or not top.has_panels:
            return
        from tui.screens.alert_changes import AlertChanges
        from tui.screens.alerts import AlertScreen

        changes = AlertChanges(
            self, loaded, top.symbol or self.followed_symbol(), self.alert_filter() if top.symbol is None else ""
        )
        screen = AlertScreen(changes.actions(), changes.own_file.name, self._read_at, self.glyphs)
        self.push_screen(screen)

    def action_journal(self) -> None:
        """Open the journal."""
        top = self._market_screen()
        if top is None or not top.has_panels:
            return
        from tui.screens.journal import JournalScreen

        self.push_screen(JournalScreen(self.journal_entries, self._read_at, self.glyphs), self.open_from_journal)

    def journal_entries(self) -> tuple[list[JournalEntry], str]:
        """What the journal holds, the oldest first, and why it cannot be read, in words. Blocks."""
        from tui.alerts.journal import Journal

        try:
            entries, broken = Journal(self.options.paths.state).read()
        except OSError as error:
            return [self._entry_of(one) for one in self.happenings], f"the journal cannot be read: {error.strerror}"
        if self.options.source == "replay":
            # What a recording tells is not written, and can be read while it is played.
            entries = [*entries, *(self._entry_of(one) for one in self.happenings)]
        return entries, self._journal_complaint or (f"{broken:,} lines are none" if broken else "")

    def open_from_journal(self, symbol: str | None) -> None:
        """Open a name of the journal; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def alert_filter(self) -> str:
        """What the main screen shows, as one condition on a figure; empty where that is every name."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def followed_symbol(self) -> str | None:
        """The name under the cursor of the main screen; the monitor overrides it."""
        raise NotImplementedError  # Not abstract, for an app has Textual's metaclass.

    def _read_at(self) -> ReaderTime:
        from widgets.moments import ReaderTime

        return ReaderTime(self.clock(), self.here)

    def _market_screen(self) -> MarketScreen[Any] | None:
        top = self.screen_stack[-1] if self.screen_stack else None
        return top if isinstance(top, MarketScreen) else None


def _are_there_rules(options: Options) -> bool:
    from providers.ordinary_files import content_of
    from tui.settings.rule_files import MOST_BYTES, has_rules

    if has_rules(options):
        return True
    try:
        # One may have been written since; whoever reads it says what is wrong with it.
        return b"[[alerts" in content_of(options.alerts.file, MOST_BYTES)
    except OSError:
        return False


def _desk_class() -> type[AlertDesk]:
    from tui.alerts.desk import AlertDesk

    return AlertDesk
