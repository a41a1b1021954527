"""How the feeds are doing, written down by the terminal that polls and read by the others: one small file, replaced.

It also lets a poller go on where the last one stopped: what was asked a minute ago is not asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import msgspec

from providers.durable import replace_file
from providers.errors import MalformedError, shortened
from providers.feeds.state import MOST_POLLS_KEPT, FeedState
from providers.ordinary_files import LARGEST_RECORD_BYTES, RECORD_DAMAGE, content_of
from shortside.sessions import believable, in_utc

STATES_FILE_NAME: Final = "feeds.json"
SCHEMA: Final = "shortside.feed-states/1"
MOST_STATES: Final = 200
"""Feeds of another machine that are shown; there are some thirty."""


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


def states_of(content: bytes) -> tuple[FeedState, ...]:
    """The states that another machine wrote, without signs that a terminal may obey, and with aware moments only.

    Raises:
        MalformedError: the content is no such file, or one that nobody can show.
    """
    try:
        return tuple(_cleaned(state) for state in _reader.decode(content).states[:MOST_STATES])
    except RECORD_DAMAGE as error:
        raise MalformedError(f"no states of feeds: {error}", where=STATES_FILE_NAME) from error


def _cleaned(state: FeedState) -> FeedState:
    polls = tuple(
        replace(poll, at=_moment(poll.at), reason=shortened(poll.reason)) for poll in state.polls[:MOST_POLLS_KEPT]
    )
    return replace(
        state,
        name=shortened(state.name),
        title=shortened(state.title),
        words=shortened(state.words),
        complaint=shortened(state.complaint),
        attribution=shortened(state.attribution),
        remark=shortened(state.remark),
        provider=shortened(state.provider),
        as_of=None if state.as_of is None else believable(state.as_of),
        looked_at=_known(state.looked_at),
        succeeded_at=_known(state.succeeded_at),
        next_poll_at=_known(state.next_poll_at),
        complained_at=_known(state.complained_at),
        # A lag that no span of time holds would stop whoever ages the state.
        lag=min(max(state.lag, 0.0), 1e7),
        polls=polls,
    )


def _known(moment: datetime | None) -> datetime | None:
    return None if moment is None else _moment(moment)


def _moment(moment: datetime) -> datetime:
    return believable(in_utc(moment))


def read_states(path: Path) -> tuple[FeedState, ...]:
    """What was written last; nothing where there is no such file, or it is of another version."""
    try:
        return _reader.decode(content_of(path, LARGEST_RECORD_BYTES)).states
    except RECORD_DAMAGE:
        # The first poller, or one of another version, writes a new one: nothing is lost but counts.
        return ()
