"""The alerts of one monitor: reads the rules, has them looked at while prices tick, and tells what rang."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from providers.events import Events
from providers.ordinary_files import FileStamp
from shortside.alerts.quiet import is_within
from shortside.listings import Indexes
from tui.alerts.delivery import AlertDelivery, lacks_apprise
from tui.alerts.files import read_alerts, stamp_of_rules, tables_now
from tui.alerts.memory_file import MemoryFile, memory_path
from tui.alerts.own_profit import OwnProfit
from tui.alerts.rule_tables import Alert, Mistake
from tui.alerts.seen import ProfitOfBook, Seen
from tui.alerts.stage import AlertStage
from tui.alerts.watch import Ring, RuleWatch
from tui.extras import how_to_install

if TYPE_CHECKING:
    from tui.sources.loaded_market import LoadedMarket

_events: Final = Events("alerts")
SECONDS_BETWEEN_LOOKS: Final = 0.25
"""How often the rules are looked at while prices tick; at rest a look costs a tenth of a beat's."""
SECONDS_BETWEEN_LOOKS_AT_REST: Final = 1.0
SECONDS_BETWEEN_LOOKS_AT_FILES: Final = 2.0
"""How often it is looked whether a file of rules changed."""
SECONDS_BETWEEN_KEEPINGS: Final = 10.0
"""How often it is kept what rules learned without telling anything; what rang is kept at once."""
SECONDS_BETWEEN_TURNS: Final = 5.0
"""How often it is tried whether the monitor that rang is gone."""
SECONDS_BETWEEN_RANKINGS: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertFacts:
    """How one rule stands, for the screen of alerts."""

    alert: Alert
    told_at: datetime | None
    withheld: str
    """Why it is not looked at now; empty where it is."""


class AlertDesk:
    """The rules of one monitor. All methods are called on the event loop; what takes time runs in threads.

    Args:
        stage: the monitor.
        own_profit: gives the P&L of the user's own positions; those of his file, by default.
        delivery: sends alerts by other ways than the terminal; made when it is first needed, unless a test has one.
        environment: of the program.
    """

    def __init__(
        self,
        stage: AlertStage,
        own_profit: ProfitOfBook | None = None,
        delivery: AlertDelivery | None = None,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._stage, self._environment = stage, environment
        self._own_profit = own_profit or OwnProfit(stage.options)
        self._delivery = delivery or AlertDelivery(stage.options.source, environment, stage.alert_trouble)
        self._tables = stage.options.alerts
        self._stamp: tuple[FileStamp | None, ...] | None = None
        self._file = MemoryFile(memory_path(stage.options))
        self._watch: RuleWatch | None = None
        self._moved: set[int] = set()
        self._at_work = asyncio.Lock()
        self._is_stopped = False
        self._looking: asyncio.Task[None] | None = None
        self._kept_at: datetime | None = None
        self._ranked_at: datetime | None = None
        self._tried_at: datetime | None = None
        self.is_ringing_here = True
        """Whether this monitor rings; where several show one source, one of them does."""
        self.mistakes: tuple[Mistake, ...] = ()
        """What is wrong in the files of rules."""
        self.alerts: tuple[Alert, ...] = ()

    # -- rules ----------------------------------------------------------------------------------------------------

    async def read(self) -> None:
        """Read the rules anew; what each told last stays, where its text is the same. Mistakes are told."""
        async with self._at_work:
            watch = self._watch
            memories = dict(watch.memories) if watch is not None else None
            found, kept, words = await asyncio.to_thread(self._read, memories)
            if self._is_stopped:
                return
            known = set(self.mistakes)
            self.alerts, self.mistakes = found.alerts, found.mistakes
            self._watch = RuleWatch(found.alerts, kept)
            self._delivery.hidden = frozenset().union(*(alert.ways.variables for alert in found.alerts))
        for mistake in found.mistakes:
            if mistake not in known:
                self._stage.alert_trouble(str(mistake))
        for complaint in words:
            self._stage.alert_trouble(complaint)

    def _read(self, memories: Any) -> Any:
        from widgets.name_conditions import condition_figures

        self._stamp = stamp_of_rules(self._stage.options)
        # The file may be another than at the start; a wrong one does not lose the rules that were good.
        self._tables, words = tables_now(self._tables)
        options = self._stage.options._replace(alerts=self._tables)
        found = read_alerts(options, condition_figures(), self._environment)
        if words:
            mistake = Mistake(str(self._tables.file), words)
            found = found._replace(mistakes=(mistake, *found.mistakes))
        complaints = []
        if any(alert.ways.apprise for alert in found.alerts) and lacks_apprise():
            complaints.append(f"alerts with apprise need a package: {how_to_install('apprise')}")
        if memories is None:
            memories, words = self._take_memories()
            complaints += [words] if words else []
        known = {alert.rule.name for alert in found.alerts}
        # A rule with a slip of the pen in it may be mended before the next start.
        kept = {name: one for name, one in (memories or {}).items() if name in known or found.mistakes}
        return found, kept, complaints

    def _take_memories(self) -> tuple[dict[str, Any], str]:
        try:
            self.is_ringing_here = self._file.is_ours()
        except OSError as error:
            # Without a lock two monitors may ring: better twice than never.
            return {}, f"alerts cannot tell whether another monitor rings: {error.strerror or error}"
        return self._file.read() if self.is_ringing_here else ({}, "")

    def facts(self) -> list[AlertFacts]:
        """How every rule stands."""
        watch = self._watch
        memories = watch.memories if watch is not None else {}
        withheld = watch.withheld if watch is not None else {}
        return [
            AlertFacts(
                alert=alert,
                told_at=None if (memory := memories.get(alert.rule.name)) is None else memory.told_at,
                withheld=withheld.get(alert.rule.name, ""),
            )
            for alert in self.alerts
        ]

    # -- looking --------------------------------------------------------------------------------------------------

    def moved(self, columns: Indexes) -> None:
        """Note that the prices of these names moved."""
        if self.alerts:
            self._moved.update(columns.tolist())

    def market_changed(self) -> None:
        """Forget which columns moved: there is another market, with other columns."""
        self._moved.clear()

    def start(self) -> None:
        """Look again and again until `stop`: soon where prices moved, else once a second."""
        # No worker of Textual's, which whoever waits for the screen to rest would wait for.
        self._looking = asyncio.get_running_loop().create_task(self._look_again())

    async def _look_again(self) -> None:
        waited = waited_for_files = 0.0
        while not self._is_stopped:
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            waited += SECONDS_BETWEEN_LOOKS
            waited_for_files += SECONDS_BETWEEN_LOOKS
            if waited_for_files >= SECONDS_BETWEEN_LOOKS_AT_FILES:
                waited_for_files = 0.0
                await self.look_at_files()
            if self._moved or waited >= SECONDS_BETWEEN_LOOKS_AT_REST:
                waited = 0.0
                await self.look()

    async def look_at_files(self) -> None:
        """Read the rules anew if one of their files changed, were it by another monitor or in an editor."""
        try:
            stamp = await asyncio.to_thread(stamp_of_rules, self._stage.options)
            if stamp != self._stamp and self._stamp is not None:
                await self.read()
        except Exception as error:
            self._stage.note_error(error)

    async def look(self) -> None:
        """Look at the market with every rule, and tell what rings; nothing while the rules are being read."""
        loaded, watch = self._stage.loaded, self._watch
        if self._at_work.locked() or self._is_stopped or loaded is None or watch is None or not self.alerts:
            return
        async with self._at_work:
            # Whatever it comes to, the figures go on, and the next look may be better.
            try:
                if self.is_ringing_here or await self._is_our_turn():
                    await self._look(self._watch or watch, loaded)
            except Exception as error:
                self._stage.note_error(error)

    async def _is_our_turn(self) -> bool:
        now = self._stage.clock()
        if is_within(SECONDS_BETWEEN_TURNS, self._tried_at, now):
            return False
        self._tried_at = now
        memories, words = await asyncio.to_thread(self._take_memories)
        if words:
            self._stage.alert_trouble(words)
        if self.is_ringing_here and not self._is_stopped:
            # What the other one told is not told once more.
            self._watch = RuleWatch(self.alerts, memories)
        return self.is_ringing_here

    async def _look(self, watch: RuleWatch, loaded: LoadedMarket) -> None:
        seen = self._seen(loaded)
        columns = np.fromiter(self._moved, np.int64, len(self._moved))
        self._moved.clear()
        is_rescored = self._is_time_to_rank(seen.now)
        rings = await asyncio.to_thread(watch.look, seen, columns, is_rescored)
        complaints, watch.complaints = watch.complaints, []
        for words in complaints:
            self._stage.alert_trouble(words)
        for ring in rings:
            self._tell(ring)
        if rings or (watch.is_changed and not is_within(SECONDS_BETWEEN_KEEPINGS, self._kept_at, seen.now)):
            await self._keep(watch, seen.now)

    def _seen(self, loaded: LoadedMarket) -> Seen:
        feeds, line = self._stage.poll_facts()
        return Seen(
            loaded=loaded,
            now=self._stage.clock(),
            here=self._stage.here,
            is_past=self._stage.options.as_of is not None,
            feeds=feeds,
            line=line,
            lists=self._stage.lists.by_name,
            own_profit=self._own_profit,
        )

    def _is_time_to_rank(self, now: datetime) -> bool:
        if is_within(SECONDS_BETWEEN_RANKINGS, self._ranked_at, now):
            return False
        # A market is ranked when it is made: not at the first look.
        is_first, self._ranked_at = self._ranked_at is None, now
        return not is_first

    def _tell(self, ring: Ring) -> None:
        _events.info("rang", rule=ring.alert.rule.name, total=ring.total)
        # First where it can be read: killed after that, it rings once more at the next start rather than never.
        self._stage.rang(ring)
        self._delivery.send(ring)

    async def _keep(self, watch: RuleWatch, now: datetime) -> None:
        self._kept_at = now
        words = await asyncio.to_thread(self._file.write, watch.memories)
        if words:
            self._stage.alert_trouble(words)

    async def stop(self) -> None:
        """Keep what was learned, give up what is under way, and let another monitor ring."""
        self._is_stopped = True
        await self._delivery.stop()
        # A look takes milliseconds; what it learns is kept, too.
        async with self._at_work:
            watch = self._watch
            if watch is not None and watch.is_changed and self.is_ringing_here:
                words = await asyncio.to_thread(self._file.write, watch.memories)
                if words:
                    _events.warning("not_kept", reason=words)
            # Between two looks, not in the middle of one.
            if self._looking is not None:
                self._looking.cancel()
        with suppress(OSError):
            await asyncio.to_thread(self._file.release)
