"""How long it takes to go anywhere in a recording of a whole session, and what the recording weighs in memory.

    python -m benchmarks.replay --names 6900 --hours 6.5 --rate 10 --repeats 30

The recording is written first: a market, prices at random `rate` times a second, and halfway the market once more.
A jump is what the monitor does: the last prices are found, set, and every figure of the Board is made anew from them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks._market import random_market
from benchmarks._timing import memory_now, print_table, timed
from providers.recording.writer import Happening, RecordedMarket, RecordedTick, RecordingHead, RecordingWriter
from shortside.sessions import session_open

if TYPE_CHECKING:
    from shortside.listings import Listings
    from tui.sources.recording_places import Place

MOVES_A_TICK: Final = 61
"""Prices of the demo that move in a tenth of a second, as a mean."""
TICKS_WRITTEN_AT_ONCE: Final = 20
MILLISECONDS_WANTED: Final = 300.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--names", type=int, default=6_900)
    parser.add_argument("--sessions", type=int, default=180)
    parser.add_argument("--hours", type=float, default=6.5)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session.rec"
        _record(path, random_market(options.names, options.sessions), options.hours, options.rate)
        _measure(path, options.repeats)


def _record(path: Path, listings: Listings, hours: float, rate: float) -> None:
    day = _session_after(listings)
    began = session_open(day)
    head = RecordingHead(source="files", is_simulated=True, began_at=began)
    ticks = max(int(hours * 3_600 * rate), 2)
    with RecordingWriter(path, head) as writer:
        batch: list[Happening] = []
        for happening in _happenings(listings, began, ticks, rate):
            batch.append(happening)
            if len(batch) == TICKS_WRITTEN_AT_ONCE:
                writer.write(batch)
                batch = []
        writer.write(batch)
        writer.close(began + timedelta(hours=hours))


def _happenings(listings: Listings, began: datetime, ticks: int, rate: float) -> Iterator[Happening]:
    random, symbols = np.random.default_rng(7), listings.symbols
    last = np.where(np.isfinite(listings.close[-1]), listings.close[-1], 1.0).astype(np.float64)
    for number in range(ticks):
        at = began + timedelta(seconds=number / rate)
        if number in (0, ticks // 2):
            yield RecordedMarket(at=at, listings=listings, live_day=_session_after(listings))
        moved = np.unique(random.integers(0, len(symbols), MOVES_A_TICK)) if number else np.arange(len(symbols))
        last[moved] = np.round(last[moved] * (1 + random.normal(0, 0.001, len(moved))), 4)
        yield RecordedTick(at=at, symbols=symbols[moved], prices=last[moved].copy())


def _session_after(listings: Listings) -> Any:
    from shortside.sessions import next_session

    return next_session(listings.sessions[-1].astype(object))


def _measure(path: Path, repeats: int) -> None:
    from providers.recording.source import ReplayProvider
    from tui.settings.configuration import configured
    from tui.sources.boards import prepared_board
    from tui.sources.loaded_market import loaded_of
    from tui.sources.playback import Playback
    from tui.sources.recording_places import began_at, event_beside, place_at
    from tui.sources.replay import at_market

    before = memory_now()
    read: list[Any] = []
    reading = timed(lambda: read.append(ReplayProvider(path).read_recording()), 1, warm_up=0)
    recording = read[0]
    held = memory_now() - before
    options = configured({"source": "replay", "data": str(path)}, {"SHORTSIDE_HOME": str(path.parent)}).options
    made: list[Any] = []
    indexing = timed(lambda: made.append(Playback(recording)), 1, warm_up=0)
    playback = made[0]
    loading = timed(lambda: made.append(loaded_of(at_market(recording, 1, playback), options)), 1, warm_up=0)
    loaded = made[-1]
    symbols = loaded.market.symbols.tolist()
    playback.meet(symbols, 1)
    random, length = np.random.default_rng(7), recording.ended_at - began_at(recording)

    def show(place: Place) -> None:
        playback.go(place)
        prices = playback.prices_now() if playback.waiting is None else playback.prices_there(symbols)
        loaded.desk.stand_at(*prices)
        prepared_board(loaded.desk, loaded.view)

    def anywhere() -> None:
        show(place_at(recording, began_at(recording) + float(random.uniform()) * length))

    def one_event_back() -> None:
        show(event_beside(recording, playback.place, -1))

    show(place_at(recording, recording.ended_at))
    rows = [
        _row("a jump to anywhere, its market there", timed(anywhere, repeats)),
        _row("an event back", timed(one_event_back, repeats)),
        _row("a market that was not kept, read and made", loading),
        _row("the recording, read at the start", reading),
        _row("its checkpoints, made at the start", indexing),
    ]
    print(f"{len(recording.tick_at):,} ticks, {len(recording.codes):,} prices, {len(symbols):,} names, {length}")
    print(
        f"file {path.stat().st_size / 1e6:.0f} MB, in memory {held:.0f} MB; at most {MILLISECONDS_WANTED:g} ms a jump\n"
    )
    print_table(("what", "median ms", "least ms", "least processor ms"), rows)


def _row(what: str, found: Any) -> tuple[str, str, str, str]:
    return what, f"{found.median:.1f}", f"{found.least:.1f}", f"{found.processor:.1f}"


if __name__ == "__main__":
    main()
