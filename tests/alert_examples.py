"""Rules, looks and a stage for the tests of alerts: a dozen names whose prices are set by hand, and clocks likewise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from board_examples import SYMBOLS, listings

from shortside.board import Desk
from shortside.freshness import Freshness, FreshnessState, InputAge
from shortside.market import market_of
from tui.alerts.rule_tables import Alert, alerts_of
from tui.alerts.seen import Seen
from tui.alerts.watch import Ring, RuleWatch
from widgets.name_conditions import condition_figures

NOON = datetime(2023, 4, 17, 16, tzinfo=UTC)
"""Noon in New York, on the day of the dozen names' last session."""
ASKED = ["stale", "simulated"]
"""What every rule here rests on, unless a test says otherwise: the market is made up."""


def alerts(*tables: dict[str, Any], off: tuple[str, ...] = ()) -> tuple[Alert, ...]:
    """Rules of tables; each has a name, no cooldown and rests on made-up figures unless it says otherwise."""
    given = [{"name": f"rule {n}", "cooldown": "0", "also": ASKED, **table} for n, table in enumerate(tables, 1)]
    found = alerts_of(Path("config.toml"), given, condition_figures(), {}, off=off)
    assert not found.mistakes, found.mistakes
    return found.alerts


def loaded_dozen(**changes: Any) -> Any:
    """The dozen names as a market that was read."""
    market = market_of(listings(), is_live=True)
    given = {"market": market, "desk": Desk(market), "inputs": (), "clock": lambda: NOON, "knowledge": None}
    return SimpleNamespace(**{**given, **changes})


class Watched:
    """A watch over the dozen names, with a clock and prices that are set by hand."""

    def __init__(
        self, *tables: dict[str, Any], memories: Any = None, off: tuple[str, ...] = (), **changes: Any
    ) -> None:
        self.loaded = loaded_dozen(**changes)
        self.watch = RuleWatch(alerts(*tables, off=off), memories or {})
        self.now = NOON
        self.more: dict[str, Any] = {}

    def prices(self, **prices: float) -> list[str]:
        """What rings at a look at which these names have new prices."""
        columns = np.array([SYMBOLS.index(symbol) for symbol in prices], np.int64)
        self.loaded.desk.tick(columns, np.array(list(prices.values())))
        return [ring.text for ring in self.look(columns)]

    def look(self, columns: Any = (), seconds: float = 1.0) -> list[Ring]:
        """What rings at a look, so many seconds after the one before."""
        self.now += timedelta(seconds=seconds)
        seen = Seen(loaded=self.loaded, now=self.now, here=UTC, **self.more)
        return self.watch.look(seen, np.asarray(columns, np.int64))

    def restarted(self, *tables: dict[str, Any]) -> Watched:
        """The same market after a restart, with these rules and what was remembered."""
        again = Watched(*tables, memories=self.watch.memories)
        again.loaded, again.now = self.loaded, self.now
        return again


def aged(state: FreshnessState, dataset: Any, as_of: Any) -> InputAge:
    """An input of a day, as fresh as is said."""
    return InputAge(dataset=dataset, as_of=as_of, source="test", freshness=Freshness(state, None, None, state.value))
