"""How the feeds are doing, written down by the terminal that polls and read by the others: one small file, replaced.

It also lets a poller go on where the last one stopped: what was asked a minute ago is not asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from providers.durable import replace_file
from providers.feeds.state import FeedState
from providers.ordinary_files import LARGEST_RECORD_BYTES, RECORD_DAMAGE, content_of

STATES_FILE_NAME: Final = "feeds.json"
SCHEMA: Final = "shortside.feed-states/1"


class _File(msgspec.Struct, frozen=True):
    """What the file holds."""

    schema: Literal["shortside.feed-states/1"]
    states: tuple[FeedState, ...]


_reader: Final[msgspec.json.Decoder[_File]] = msgspec.json.Decoder(_File)


def write_states(path: Path, states: Sequence[FeedState]) -> None:
    """Replace what was written; a reader sees the old file or the new one. Nothing secret is in it.

    Raises:
        OSError: the folder may not be written, or the disk is full. The old file is still whole then.
    """
    # Not synced: what is lost with the power is asked for again.
    content = msgspec.json.encode(_File(schema=SCHEMA, states=tuple(states)))
    replace_file(path, content)


def read_states(path: Path) -> tuple[FeedState, ...]:
    """What was written last; nothing where there is no such file, or it is of another version."""
    try:
        return _reader.decode(content_of(path, LARGEST_RECORD_BYTES)).states
    except RECORD_DAMAGE:
        # The first poller, or one of another version, writes a new one: nothing is lost but counts.
        return ()
