"""Opens a recording as a source: at its beginning to be played, or as it ended."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from tui.sources.load import Given
from tui.sources.playback import Playback

if TYPE_CHECKING:
    from providers.recording.reader import Recording


def from_its_beginning(recording: Recording, speed: float) -> Given:
    """The first market, and a playback that goes on from there.

    Raises:
        ProviderError: the market cannot be read.
    """
    return at_market(recording, 0, Playback(recording, speed))


def at_its_end(recording: Recording, as_of: date | None = None) -> Given:
    """The last market with the prices that stood when the recording ended, or as it was on an earlier day.

    Raises:
        ProviderError: the market cannot be read.
    """
    last = len(recording.markets) - 1
    entry = recording.markets[last]
    is_live = entry.live_day is not None and (as_of is None or as_of >= entry.live_day)
    codes, prices = recording.moves(entry.ticks_before, len(recording.tick_at))
    # A later price takes the place of an earlier one.
    named = zip((recording.symbols[code] for code in codes), prices.tolist(), strict=True)
    return Given(
        listings=recording.listings(last),
        clock=lambda: recording.ended_at,
        live_day=entry.live_day if is_live else None,
        prices=dict(named) if is_live else {},
        recording=recording,
        complaints=_complaints(recording),
    )


def at_market(recording: Recording, market: int, playback: Playback) -> Given:
    """A market of the recording, to be played on by a playback that has come to it.

    Raises:
        ProviderError: the market cannot be read.
    """
    return Given(
        listings=recording.listings(market),
        clock=playback.now,
        live_day=recording.markets[market].live_day,
        live=playback,
        recording=recording,
        complaints=_complaints(recording),
    )


def _complaints(recording: Recording) -> tuple[str, ...]:
    return (recording.complaint,) if recording.complaint else ()
