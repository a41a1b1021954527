"""How the feeds are doing, written down by the terminal that polls and read by the others: one small file, replaced.

It also lets a poller go on where the last one stopped: what was asked a minute ago is not asked again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from providers.durable import make_folder, replace
from providers.feeds.feed import FeedState, Letter
from shortside.datasets import Dataset

FILE: Final = "feeds.json"
SCHEMA: Final = "shortside.feed-states/1"
_MOMENTS: Final = ("looked_at", "succeeded_at", "next_poll_at", "complained_at")
_DAYS: Final = ("as_of", "day")


def write_states(path: Path, states: Sequence[FeedState]) -> None:
    """Replace what was written; a reader sees the old file or the new one. Nothing secret is in it.

    Raises:
        OSError: the folder may not be written, or the disk is full. The old file is still whole then.
    """
    record = {"schema": SCHEMA, "states": [asdict(state) for state in states]}
    content = json.dumps(record, default=_written).encode()
    make_folder(path.parent)
    # Not synced: what is lost with the power is asked for again.
    replace(path, lambda file: file.write(content), is_synced=False)


def read_states(path: Path) -> tuple[FeedState, ...]:
    """What was written last; nothing where there is no such file, or it is of another version."""
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if record["schema"] != SCHEMA:
            return ()
        return tuple(_state(entry) for entry in record["states"])
    except (OSError, ValueError, KeyError, TypeError):
        # The first poller, or one of another version, writes a new one: nothing is lost but counts.
        return ()


def _written(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not written")


def _state(entry: dict[str, Any]) -> FeedState:
    moments = {name: _moment(entry[name]) for name in _MOMENTS}
    days = {name: None if entry[name] is None else date.fromisoformat(entry[name]) for name in _DAYS}
    kinds = {"dataset": Dataset(entry["dataset"]), "letter": Letter(entry["letter"])}
    return FeedState(**{**entry, **moments, **days, **kinds})


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)
