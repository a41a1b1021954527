"""Joins a recording that is played to the monitor: reads the next market when its moment comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from providers.errors import ProviderError
from tui.errors import ReportedError
from tui.sources.load import loaded_of
from tui.sources.playback import Playback
from tui.sources.replay import at_market

if TYPE_CHECKING:
    from tui.app import Monitor
    from tui.sources.load import Loaded


class ReplayedMarket:
    """Keeps a monitor on the market its playback has come to.

    Args:
        app: the monitor; its market is made and shown.
        playback: the recording at its moment.
    """

    def __init__(self, app: Monitor, playback: Playback) -> None:
        self._app, self.playback = app, playback
        self._reading: asyncio.Task[None] | None = None
        self._told: tuple[object, ...] = ()
        self.complaint = ""
        """Why it goes on no further, in words; empty while it does."""

    def look(self) -> None:
        """After every beat: begin to read what is waited for, and tell the screen what changed of the playback."""
        playback = self.playback
        if playback.waiting is not None and self._reading is None and not self.complaint:
            self._reading = asyncio.get_running_loop().create_task(self._read(playback.waiting), name="read market")
        told = (playback.is_paused, playback.speed, playback.waiting, playback.has_ended, self.complaint)
        if told != self._told:
            self._told = told
            self._app.replay_changed()

    def stop(self) -> None:
        """Nobody waits for a market any more."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, market: int) -> None:
        app, playback = self._app, self.playback
        try:
            loaded = await asyncio.to_thread(self._made, market)
            view = app.view or loaded.view
            board = await asyncio.to_thread(loaded.desk.board, view)
        except (ReportedError, ProviderError) as error:
            self.complaint = str(error)
        else:
            playback.meet(loaded.market.symbols.tolist(), market)
            app.adopt(replace(loaded, view=view), board)
        self._reading = None
        self.look()

    def _made(self, market: int) -> Loaded:
        return loaded_of(at_market(self.playback.recording, market, self.playback), self._app.options)
