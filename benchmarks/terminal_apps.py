"""The programs `benchmarks.terminal` compares: the monitor under a steady load, and two plain Textual apps.

python -m benchmarks.terminal_apps monitor [--names N] [--sessions T] [--beats HZ] [--cells N]
python -m benchmarks.terminal_apps minimal
python -m benchmarks.terminal_apps parser
python -m benchmarks.terminal_apps spin [--work MS]
python -m benchmarks.terminal_apps table [--names N] [--beats HZ] [--cells N]
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TEXTUAL_FPS", "240")

if TYPE_CHECKING:
    from shortside.listings import Floats, Indexes
    from shortside.sessions import MarketState

MOVED_PER_ROW = 3
"""About how many cells of a row change with its price: P&L, its arrow or dollars short, and the price line's end."""
DATA_COLUMNS = 13
ROWS_IN_VIEW = 36


class Restless:
    """A live session in which so many of the names in view move at every beat, and no clock does.

    Args:
        desk: whose names.
        moment: what its clock says.
        rows: how many names move.
    """

    def __init__(self, desk: Any, moment: datetime, rows: int) -> None:
        self._desk, self._moment, self._rows = desk, moment, rows
        self._random = random.Random(1)
        self.app: Any = None

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """The names that moved, and their prices."""
        import numpy as np

        from tui.screens.main import MainScreen

        screens = [screen for screen in self.app.screen_stack if isinstance(screen, MainScreen)]
        table = screens[-1].table if screens else None
        if not self._rows or table is None or not table.row_count:
            return np.empty(0, np.int64), np.empty(0)
        rows = self._random.sample(table.visible_rows, min(self._rows, len(table.visible_rows)))
        columns = np.array(sorted(int(table.order[row]) for row in rows))
        prices = self._desk.market.close[-1].astype(np.float64)[columns]
        return columns, prices * np.array([1 + self._random.uniform(-0.05, 0.05) for _ in rows])

    def moment(self, elapsed_seconds: float) -> datetime:
        """The session's own clock, which stands still."""
        return self._moment

    def state(self, elapsed_seconds: float) -> MarketState:
        """Open."""
        from shortside.sessions import MarketState

        return MarketState.OPEN


def run_monitor(given: argparse.Namespace) -> int:
    """The monitor on the demo market, or on a market of noise, with a steady load."""
    from dataclasses import replace

    from tui import app as module
    from tui.clock import system_clock
    from tui.settings.configuration import configured

    options = configured({"source": "demo"}, os.environ).options
    module.LIVE_UPDATES_A_SECOND = given.beats or module.LIVE_UPDATES_A_SECOND
    restless: list[Restless] = []

    def load(options: Any, clock: Any, progress: Any, *, is_watched: bool) -> Any:
        from tui.sources.load import load as real

        loaded = _noise(options, given) if given.names else real(options, clock, progress, is_watched=is_watched)
        session = Restless(loaded.desk, loaded.clock(), given.cells // MOVED_PER_ROW if given.beats else 0)
        restless.append(session)
        session.app = monitor
        return replace(loaded, live=session, clock=lambda: session._moment)

    monitor = module.Monitor(options, system_clock, loader=load)
    monitor.run()
    return monitor.return_code or 0


def _noise(options: Any, given: argparse.Namespace) -> Any:
    from benchmarks._market import random_market
    from shortside.board import Desk
    from shortside.market import market_of
    from tui.sources.input_ages import inputs_of
    from tui.sources.loaded_market import LoadedMarket

    listings = random_market(given.names, given.sessions)
    market = market_of(listings, is_live=True)
    moment = datetime.fromisoformat(listings.fetched_at)
    view = options.view()
    inputs = inputs_of(market, view.knowledge, moment)
    return LoadedMarket(
        market=market, desk=Desk(market), view=view, inputs=inputs, clock=lambda: moment, live=None, complaints=()
    )


def run_minimal(_given: argparse.Namespace) -> int:
    """The least a Textual app can be."""
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Minimal(App[None]):
        def compose(self) -> ComposeResult:
            yield Static("shortside\n" * 30)

    Minimal().run()
    return 0


def run_parser(_given: argparse.Namespace) -> int:
    """What keeps a back office busy, without a pause: FINRA's file and the screener's list, again and again."""
    from benchmarks._bodies import SESSION, SETTLEMENT, screener_answer, short_interest_file
    from providers.finra.short_interest_file import parse_short_interest_file
    from providers.nasdaq.screener import DatedCloses, parse_screener

    os.nice(5)
    reports, quotes = short_interest_file(20_000), screener_answer(7_000)
    while True:
        parse_short_interest_file(reports, "short interest", settlement_date=SETTLEMENT)
        parse_screener(quotes, "screener", DatedCloses(session=SESSION, previous_closes={}), 1)


def run_spin(given: argparse.Namespace) -> int:
    """What the machine makes of so much work a key, with no program around it: no monitor can be steadier here."""
    import time
    import tty

    tty.setraw(0)
    sys.stdout.write("spinning " * 30)
    sys.stdout.flush()
    keys = 0
    while os.read(0, 1) not in (b"", b"q"):
        keys += 1
        done = time.process_time() + given.work / 1e3
        while time.process_time() < done:
            pass
        sys.stdout.write(f"\x1b[H{keys:>9}")
        sys.stdout.flush()
    return 0


def run_table(given: argparse.Namespace) -> int:
    """Run an app that shows the monitor's cells in Textual's DataTable."""
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    chosen = random.Random(1)

    class Table(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            self.columns = table.add_columns("symbol", *(f"column {place}" for place in range(1, DATA_COLUMNS)))
            figures = [[f"{chosen.uniform(-999, 999):8.2f}" for _ in range(DATA_COLUMNS)] for _ in range(50)]
            self.keys = [table.add_row(f"N{row:05d}", *figures[row % 50][1:]) for row in range(given.names or 6_346)]
            table.focus()
            if given.beats:
                self.set_interval(1 / given.beats, self.beat)

        def beat(self) -> None:
            table = self.query_one(DataTable)
            top = int(table.scroll_y)
            for _ in range(given.cells):
                row = self.keys[min(top + chosen.randrange(ROWS_IN_VIEW), len(self.keys) - 1)]
                column = self.columns[chosen.randrange(1, DATA_COLUMNS)]
                table.update_cell(row, column, f"{chosen.uniform(-999, 999):8.2f}")

    Table().run()
    return 0


def main() -> int:
    """Run one of them."""
    parser = argparse.ArgumentParser(prog="benchmarks.terminal_apps")
    parser.add_argument("app", choices=("monitor", "minimal", "parser", "spin", "table"))
    parser.add_argument("--names", type=int, default=0)
    parser.add_argument("--sessions", type=int, default=500)
    parser.add_argument("--beats", type=float, default=0.0)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--work", type=float, default=2.0)
    given = parser.parse_args()
    apps = {
        "monitor": run_monitor, "minimal": run_minimal, "parser": run_parser, "spin": run_spin, "table": run_table
    }  # fmt: skip
    return apps[given.app](given)


if __name__ == "__main__":
    sys.exit(main())
