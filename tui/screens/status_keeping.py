"""A mixin for the monitor that saves what `shortside snapshot line` prints in the status bar of tmux."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from providers.events import Events
from tui.clock import system_clock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from textual.app import App

    from shortside.board import Board
    from tui.polling.fresh_market import FreshMarket
    from tui.screens.happenings import Happenings
    from tui.settings.configuration import Options
    from tui.sources.loaded_market import LoadedMarket

    AnyApp = App[Any]
else:
    AnyApp = object

_events: Final = Events("display")
SECONDS_BETWEEN_SAVED_LINES: Final = 5.0
SECONDS_ANOTHER_MONITOR_COUNTS: Final = 20.0
"""How long what a monitor of the present market saved is not replaced by one that shows the demo, or the past."""


class StatusKeeping(AnyApp):
    """A mixin for the monitor; the figures are added up and written in a thread."""

    options: Options
    loaded: LoadedMarket | None
    board: Board | None
    fresh: FreshMarket | None
    happenings: Happenings
    _unkept_line = ""
    """Why the line could not be saved, in words; empty when it was."""

    def begin_to_keep_status(self) -> None:
        """Save the line now and every few seconds."""
        self._keep_status()
        self.set_interval(SECONDS_BETWEEN_SAVED_LINES, self._keep_status, name="status")

    def _keep_status(self) -> None:
        keep: Any = self._save_status
        self.run_worker(keep, exclusive=True, exit_on_error=False, group="status", name="status")

    async def _save_status(self) -> None:
        loaded, board = self.loaded, self.board
        # Nothing of a recording is written anywhere while it is played.
        if loaded is None or board is None or loaded.market.is_replayed:
            return
        feed = "" if self.fresh is None else _feed_word(self.fresh)
        rang = sum(bool(one.rule) for one in self.happenings)
        file, is_past = status_file(self.options), self.options.as_of is not None
        complaint = await asyncio.to_thread(
            lambda: write_status(file, status_of(loaded, board, is_past, feed, rang), system_clock())
        )
        if complaint and complaint != self._unkept_line:
            _events.warning("line_not_kept", reason=complaint)
        self._unkept_line = complaint


def status_file(options: Options) -> Path:
    """The file that holds what the line says."""
    from tui.terminal.status_line import FILE_NAME

    return options.paths.state / FILE_NAME


def _feed_word(fresh: FreshMarket) -> str:
    """What is wrong with the polling; empty where nothing is."""
    feeds, line = fresh.facts()
    if line.is_unpolled:
        return "unpolled"
    return "failing" if any(feed.is_troubled for feed in feeds) else ""


def status_of(loaded: LoadedMarket, board: Board, is_past: bool, feed: str, alerts: int) -> dict[str, Any]:
    """What the line says of a market; of no name and no position of anybody's own.

    Args:
        loaded: the market, of the present even while a past evening is looked at.
        board: its figures.
        is_past: whether a day was asked for by name.
        feed: what is wrong with the polling, one of `tui.terminal.status_line.FEED_WORDS`; empty where nothing is.
        alerts: how many rang since the start.
    """
    from shortside.rows import tier_table
    from tui.documents.values import usd
    from tui.screens.facts import inputs_now
    from tui.terminal.status_line import FEED_WORDS

    total = None if board.measured_to is None else tier_table(board, with_trends=False).total
    ages = [one.freshness.state.value for one in inputs_now(loaded, is_past)]
    return {
        "day": loaded.market.last_session.isoformat(),
        "window": board.window.name,
        "profit": None if total is None else usd(total.profit),
        "new_short_30d": None if total is None else usd(total.new_short_30d),
        "feed": feed or max(ages, key=FEED_WORDS.index, default="unknown"),
        "alerts": alerts,
        "marks": " ".join(filter(None, (loaded.market.mark, "PAST" if is_past else ""))),
    }


def write_status(file: Path, status: dict[str, Any], now: datetime) -> str:
    """Save the line whole, for its owner alone; returns why that was not possible, in words. Blocks.

    What another monitor saved a moment ago of the present market stays where this one shows another.
    """
    import json
    import os

    from providers.durable import make_folder, replace_file
    from tui.terminal.status_line import FORMAT, saved_status

    try:
        earlier = saved_status(str(file))
    except (OSError, ValueError):
        pass  # None yet, or one that is not understood: it is replaced.
    else:
        is_fresh = abs(now.timestamp() - earlier["at"]) < SECONDS_ANOTHER_MONITOR_COUNTS
        if status["marks"] and is_fresh and not earlier["marks"]:
            return ""
    content = {"format": FORMAT, "at": round(now.timestamp(), 3), "process": os.getpid(), **status}
    try:
        make_folder(file.parent)
        replace_file(file, json.dumps(content).encode())
    except OSError as error:
        return f"what snapshot line prints cannot be saved: {error.strerror or error}"
    return ""
