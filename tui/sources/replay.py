"""Opens a recording as a source, and keeps the monitor on the market that its playback has reached."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from providers.errors import ProviderError
from tui.errors import ReportedError
from tui.sources.boards import board_for
from tui.sources.loaded_market import SourceData, loaded_of
from tui.sources.playback import Playback

if TYPE_CHECKING:
    from providers.recording.reader import Recording
    from tui.sources.loaded_market import LoadedMarket
    from tui.sources.stage import Stage

MOST_MARKETS_KEPT: Final = 3
"""Markets of a recording that are kept, the shown one among them, so that going to and fro reads none anew."""


def from_its_beginning(recording: Recording, speed: float) -> SourceData:
    """The first market of a recording, and a playback that goes on from there.

    Raises:
        ProviderError: the market cannot be read.
    """
    return at_market(recording, 0, Playback(recording, speed))


def at_its_end(recording: Recording, as_of: date | None = None) -> SourceData:
    """The last market of a recording with its final prices, or the market of an earlier day.

    Raises:
        ProviderError: the market cannot be read.
    """
    last = len(recording.markets) - 1
    entry = recording.markets[last]
    is_live = entry.live_day is not None and (as_of is None or as_of >= entry.live_day)
    codes, prices = recording.moves(entry.ticks_before, len(recording.tick_at))
    # A later price takes the place of an earlier one.
    named = zip((recording.symbols[code] for code in codes), prices.tolist(), strict=True)
    return SourceData(
        listings=recording.listings(last),
        clock=lambda: recording.ended_at,
        live_day=entry.live_day if is_live else None,
        prices=dict(named) if is_live else {},
        recording=recording,
        complaints=_complaints(recording),
    )


def at_market(recording: Recording, market: int, playback: Playback) -> SourceData:
    """The market of a recording that its playback has reached.

    Raises:
        ProviderError: the market cannot be read.
    """
    return SourceData(
        listings=recording.listings(market),
        clock=playback.now,
        live_day=recording.markets[market].live_day,
        live=playback,
        recording=recording,
        complaints=_complaints(recording),
    )


def _complaints(recording: Recording) -> tuple[str, ...]:
    return (recording.complaint,) if recording.complaint else ()


class ReplayedMarket:
    """Keeps a monitor on the market that its playback has reached.

    Args:
        stage: the monitor; its market is made and shown.
        playback: the recording at its moment.
    """

    def __init__(self, stage: Stage, playback: Playback) -> None:
        self._stage, self.playback = stage, playback
        self._reading: asyncio.Task[None] | None = None
        self._shown_state: tuple[object, ...] = ()
        self._kept: OrderedDict[int, LoadedMarket] = OrderedDict()
        self.complaint = ""
        """Why it goes on no further, in words; empty while it does."""

    def look(self) -> None:
        """Begin to read the market the playback waits for, and show what changed of it; called after every beat."""
        playback = self.playback
        if playback.waiting is not None and self._reading is None and not self.complaint:
            self._reading = asyncio.get_running_loop().create_task(self._read(playback.waiting), name="read market")
        told = (playback.is_paused, playback.speed, playback.waiting, playback.has_ended, self.complaint)
        if told != self._shown_state:
            self._shown_state = told
            self._stage.replay_changed()

    def arrive(self) -> None:
        """Show the place that the playback went to; of several wishes while a market is read only the last is made."""
        self.complaint = ""
        if self.playback.waiting is None and self.playback.is_afar:
            self._stage.stand_at(*self.playback.prices_now())
        self.look()

    def stop(self) -> None:
        """Stop reading markets."""
        if self._reading is not None:
            self._reading.cancel()

    async def _read(self, market: int) -> None:
        stage, playback = self._stage, self.playback
        try:
            loaded = await asyncio.to_thread(self._made, market)
            # Where somebody goes, the figures are those of that place from the first look on.
            aimed = playback.place if playback.is_aiming and playback.waiting == market else None
            # One that is kept stands where it was left.
            loaded.desk.stand_at(*playback.prices_there(loaded.market.symbols.tolist()))
            loaded, board = await board_for(stage, loaded)
        except (ReportedError, ProviderError) as error:
            self._give_up(str(error))
        # Whatever it was, the next beat would begin the same again.
        except Exception as error:
            stage.note_error(error)
            self._give_up(f"the market could not be made ({type(error).__name__})")
        else:
            # Somebody may have gone elsewhere while it was read.
            if playback.waiting == market and aimed == (playback.place if playback.is_aiming else None):
                playback.meet(loaded.market.symbols.tolist(), market)
                stage.adopt(loaded, board)
        self._reading = None
        self.look()

    def _give_up(self, complaint: str) -> None:
        self.complaint = complaint
        if self.playback.is_aiming:
            self.playback.stay()

    def _made(self, market: int) -> LoadedMarket:
        """A market of the recording as it was read, of those met last without reading it once more. Blocks."""
        kept = self._kept.pop(market, None) or self._made_anew(market)
        self._kept[market] = kept
        while len(self._kept) > MOST_MARKETS_KEPT:
            self._kept.popitem(last=False)
        return kept

    def _made_anew(self, market: int) -> LoadedMarket:
        recording = self.playback.recording
        given = at_market(recording, market, self.playback)
        # As old as it was when it was read, wherever somebody comes from.
        read_at = recording.markets[market].at
        return replace(loaded_of(replace(given, clock=lambda: read_at), self._stage.options), clock=self.playback.now)
