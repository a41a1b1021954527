"""Recordings made for tests: a market of a few names, prices that move, a second market."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from market_examples import listings_of, texts

from providers.recording.writer import Happening, RecordedMarket, RecordedTick, RecordingHead, RecordingWriter
from shortside.listings import Listings

OPENS = datetime(2023, 3, 2, 14, 30, tzinfo=UTC)
"""The opening bell of the session after the example's last one."""
LIVE_DAY = date(2023, 3, 2)
SYMBOLS = ("AAA", "BBB", "CCC")


def small_listings(level: float = 10.0, sessions: int = 40) -> Listings:
    """Three names with forty sessions to 1 March 2023."""
    close = np.full((sessions, len(SYMBOLS)), level) * np.linspace(1, 2, len(SYMBOLS))
    names = texts([f"{symbol} Holdings Inc. Common Stock" for symbol in SYMBOLS])
    made: Listings = listings_of(close, np.full((5, len(SYMBOLS)), 1e5), symbols=list(SYMBOLS), names=names)
    return made


def market(seconds: float = 0.0, level: float = 10.0, live_day: date | None = LIVE_DAY) -> RecordedMarket:
    """A market read some seconds after the bell."""
    return RecordedMarket(at=OPENS + timedelta(seconds=seconds), listings=small_listings(level), live_day=live_day)


def tick(seconds: float, **prices: float) -> RecordedTick:
    """Prices that moved some seconds after the bell."""
    return RecordedTick(
        at=OPENS + timedelta(seconds=seconds),
        symbols=texts(list(prices)),
        prices=np.array(list(prices.values()), np.float64),
    )


SESSION = (
    (market(), tick(0.0, AAA=10.5, BBB=15.5, CCC=20.5)),
    (tick(1.0, AAA=10.6), tick(2.0, BBB=15.7), tick(2.0, AAA=10.7)),
    (market(60.0, level=11.0), tick(60.0, AAA=11.1, BBB=16.1)),
    (tick(90.0, CCC=21.0),),
)
"""What is written at once stands together."""
HEAD = RecordingHead(source="demo", is_simulated=True, began_at=OPENS, terms=({"title": "Nobody", "terms": "none"},))


def write_recording(
    path: Path,
    batches: Any = SESSION,
    head: RecordingHead = HEAD,
    ended_at: datetime | None = OPENS + timedelta(seconds=120),
) -> Path:
    """A recording; without `ended_at` as a killed program leaves it."""
    with RecordingWriter(path, head) as writer:
        for batch in batches:
            writer.write(batch)
        if ended_at is not None:
            writer.close(ended_at)
    return path


def ticks_of(batches: Any) -> list[tuple[datetime, dict[str, float]]]:
    """The ticks among happenings, as moments with their prices."""
    happenings: list[Happening] = [one for batch in batches for one in batch]
    return [
        (one.at, dict(zip(one.symbols.tolist(), one.prices.tolist(), strict=True)))
        for one in happenings
        if isinstance(one, RecordedTick)
    ]


def read_ticks(recording: Any) -> list[tuple[datetime, dict[str, float]]]:
    """The ticks of a recording in the same form."""
    found = []
    for place in range(len(recording.tick_at)):
        codes, prices = recording.moves(place, place + 1)
        found.append((recording.moment(place), {recording.symbols[c]: p for c, p in zip(codes, prices, strict=True)}))
    return found


def assert_same(one: Any, other: Any) -> None:
    """Two values are the same to the bit, arrays and their types included."""
    assert type(one) is type(other)
    if is_dataclass(one):
        for field in fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray) and one.dtype != object:
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    elif isinstance(one, np.ndarray):
        assert one.tolist() == other.tolist()
    else:
        assert one == other or (one != one and other != other)
