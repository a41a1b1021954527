"""A recording as it was looked through: what it says of itself, its ticks as arrays, its markets still in the file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from providers.errors import MalformedError, NoDataError
from providers.listings.parts import Array, Record, array_of, put_together
from providers.parsing.unpacking import (
    GZIP_DAMAGE,
    LARGEST_ARRAY_BYTES,
    LARGEST_MARKET_BYTES,
    LARGEST_RECORD_BYTES,
    gunzipped,
)
from providers.recording.member_file import IS_DAMAGED_WORDS, Member, MemberFile
from providers.recording.writer import RecordingHead
from shortside.funds.figures import FUND_CLOSES, FundData, FundSource
from shortside.funds.flows import FUND_DAYS
from shortside.listings import Floats, Indexes, Listings
from shortside.schema import SPLITS
from shortside.sessions import NEW_YORK

if TYPE_CHECKING:
    from shortside.funds.figures import FundData

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
UNCOMPRESSED_KINDS: Final = frozenset({"recording", "terms", "end"})
"""Kinds whose members are not compressed, so that anybody can read them."""
UNREADABLE: Final = (
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    OSError,
    *GZIP_DAMAGE,
)
"""What reading raises that is of another make, though its checksum is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketEntry:
    """A market in the recording, unread."""

    at: datetime
    ticks_before: int
    """How many ticks come before it."""
    live_day: date | None
    """The session that ran when it was read."""
    member: Member


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Recording:
    """A recording as far as it is whole. E = ticks, M = prices that moved, N = symbols that ever did."""

    head: RecordingHead
    file: MemberFile
    markets: tuple[MarketEntry, ...]
    """At least one, which comes before every tick."""
    funds: tuple[Member, ...]
    ended_at: datetime
    symbols: tuple[str, ...]
    """(N,)"""
    tick_at: Indexes
    """(E,) microseconds since 1970, ascending."""
    tick_ends: Indexes
    """(E,) where the moves of each tick end; those of the next begin there."""
    codes: Indexes
    """(M,) int32, which symbol."""
    prices: Floats
    """(M,) USD a share."""

    @property
    def is_whole(self) -> bool:
        """Whether it was stopped in order and nothing is missing."""
        return not self.file.trouble

    @property
    def complaint(self) -> str:
        """What is missing, in a sentence; empty where nothing is."""
        if self.is_whole:
            return ""
        last = self.ended_at.astimezone(NEW_YORK)
        moment = f"{last:%H:%M:%S} New York, {last.day} {last:%b %Y}"
        return f"{self.file.path.name} {self.file.trouble} after {moment}; it plays until there"

    def moment(self, tick: int) -> datetime:
        """When a tick happened, UTC."""
        return EPOCH + timedelta(microseconds=int(self.tick_at[tick]))

    def moves(self, first: int, end: int) -> tuple[Indexes, Floats]:
        """Codes and prices of the ticks from `first` up to and without `end`, in their order; symbols may repeat."""
        start = int(self.tick_ends[first - 1]) if first else 0
        stop = int(self.tick_ends[end - 1]) if end else 0
        return self.codes[start:stop], self.prices[start:stop]

    def listings(self, market: int) -> Listings:
        """A market as it was read then. Takes up to a second: call it in a thread.

        Raises:
            MalformedError: it is of another make, unpacks to too much, or the file was changed meanwhile.
        """
        record = record_in(self.file, self.markets[market].member)
        members, where = self.file.members, self.file.path.name
        left = LARGEST_MARKET_BYTES

        def fetch(reference: Record) -> Array:
            nonlocal left
            packed = self.file.content(members[int(reference["member"])])
            content = gunzipped(packed, min(left, LARGEST_ARRAY_BYTES), where)
            left -= len(content)
            array = array_of(content)
            if list(array.shape) != reference["shape"] or array.dtype.str != reference["dtype"]:
                raise ValueError(f"member {reference['member']} is not the array it should be")
            return array

        try:
            return put_together(record["listings"], fetch)
        except UNREADABLE as error:
            raise malformed(self.file, error) from error

    def fund_data(self) -> FundData:
        """The share counts of funds read last.

        Raises:
            NoDataError: there were none.
            MalformedError: as `listings`.
        """
        if not self.funds:
            raise NoDataError(f"{self.file.path.name} holds no fund's share counts: its source had none")
        # Frames come with pandas, which a recording itself does without.

        record = record_in(self.file, self.funds[-1])
        try:
            return fund_data_of(record)
        except UNREADABLE as error:
            raise malformed(self.file, error) from error


def record_in(file: MemberFile, member: Member) -> dict[str, Any]:
    """The JSON object that a member holds.

    Raises:
        One of `UNREADABLE`: it holds something else.
        MalformedError, RefusedError: as `MemberFile.content`.
    """
    content = file.content(member)
    if member.kind not in UNCOMPRESSED_KINDS:
        content = gunzipped(content, LARGEST_RECORD_BYTES, file.path.name)
    record = json.loads(content)
    if not isinstance(record, dict):
        raise TypeError(f"member {member.number} is no object")
    return record


def malformed(file: MemberFile, error: Exception) -> MalformedError:
    """Our word for what makes no sense though its checksum is right."""
    return MalformedError(f"{IS_DAMAGED_WORDS}, or another program made it: {ascii(error)[:120]}", where=file.path.name)


_SCHEMAS: Final = {"days": FUND_DAYS, "closes": FUND_CLOSES, "splits": SPLITS}


def fund_data_of(record: dict[str, Any]) -> FundData:
    """The funds of a record.

    Raises:
        KeyError, TypeError, ValueError: it is no such record; a `SchemaError` is a ValueError.
    """
    tables = {
        name: schema.conform(pd.DataFrame(record[name], dtype=object), f"{name} of funds")
        for name, schema in _SCHEMAS.items()
    }
    return FundData(
        **tables,
        fetched_at=datetime.fromisoformat(record["fetched_at"]),
        source=str(record["source"]),
        # Recordings made before there was a second provider, or segments were known, have none.
        others=tuple(
            FundSource(
                name=str(one["name"]),
                fetched_at=datetime.fromisoformat(one["fetched_at"]),
                funds=frozenset(map(str, one["funds"])),
            )
            for one in record.get("others", ())
        ),
        segments={str(symbol): str(segment) for symbol, segment in record.get("segments", {}).items()},
    )
