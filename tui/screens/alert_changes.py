"""What the screen of alerts does to the file of rules made by key, and to the rules that are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

from tui.alerts.files import AlertFileError, OwnAlerts, change_own
from tui.alerts.offers import Offer, offers
from tui.alerts.seen import Seen, doubts_of_market
from tui.alerts.stage import AlertReader
from tui.screens.alerts import AlertActions, AlertsShown
from tui.settings.rule_files import rules_file
from widgets.name_conditions import condition_figures

if TYPE_CHECKING:
    from tui.alerts.desk import AlertDesk
    from tui.sources.loaded_market import LoadedMarket


class AlertMonitor(AlertReader, Protocol):
    """What the changes ask of the monitor."""

    @property
    def alerts(self) -> AlertDesk | None:
        """Looks at the rules; None while there are none."""

    async def read_alerts(self) -> None:
        """Read the rules anew."""


class AlertChanges:
    """Makes, switches and deletes alerts for one screen.

    Args:
        monitor: looks at the rules.
        loaded: the market that is looked at.
        symbol: the name an alert can be made of; None for none.
        filtered: the condition of the filter an alert can be made of; empty for none.
    """

    def __init__(self, monitor: AlertMonitor, loaded: LoadedMarket, symbol: str | None, filtered: str) -> None:
        self._monitor, self._symbol, self._filtered = monitor, symbol, filtered
        self.own_file = rules_file(monitor.options)
        is_past = monitor.options.as_of is not None
        seen = Seen(loaded=loaded, now=monitor.clock(), here=monitor.here, is_past=is_past)
        # Who makes an alert of what he sees wants it to ring for that.
        self._also = doubts_of_market(seen)

    def actions(self) -> AlertActions:
        """What the screen may do."""
        return AlertActions(make=self.make, switch=self.switch, delete=self.delete, shown=self.shown)

    def shown(self) -> AlertsShown:
        """What there is to be made, and the rules as they stand."""
        desk = self._monitor.alerts
        facts = desk.facts() if desk is not None else []
        mistakes = tuple(map(str, desk.mistakes)) if desk is not None else ()
        rules = [one.alert.rule for one in facts]
        found = offers(self._symbol, self._filtered, rules, condition_figures(), self._also)
        return AlertsShown(found, facts, mistakes, desk is None or desk.is_ringing_here)

    async def make(self, offer: Offer) -> str:
        """Write a rule, and look at it from now on; an error in words."""

        def with_it(own: OwnAlerts) -> OwnAlerts:
            name = offer.table["name"]
            others = tuple(table for table in own.tables if table.get("name") != name)
            return OwnAlerts((*others, offer.table), tuple(one for one in own.off if one != name))

        return await self._changed(with_it)

    async def switch(self, name: str, is_on: bool) -> str:
        """Switch a rule on or off, wherever it stands; an error in words."""

        def switched(own: OwnAlerts) -> OwnAlerts:
            off = tuple(one for one in own.off if one != name)
            return own._replace(off=off if is_on else (*off, name))

        return await self._changed(switched)

    async def delete(self, name: str) -> str:
        """Delete a rule made by key; an error in words."""

        def without_it(own: OwnAlerts) -> OwnAlerts:
            tables = tuple(table for table in own.tables if table.get("name") != name)
            return OwnAlerts(tables, tuple(one for one in own.off if one != name))

        return await self._changed(without_it)

    async def _changed(self, change: Callable[[OwnAlerts], OwnAlerts]) -> str:
        try:
            await asyncio.to_thread(partial(change_own, self.own_file, change))
        except AlertFileError as error:
            return str(error)
        await self._monitor.read_alerts()
        return ""
