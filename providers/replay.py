"""The replay source: a session that was recorded, looked through and ready to be played from its beginning.

Prices that moved are held as arrays, twelve bytes each; markets stay in the file until they are wanted.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analytics.listings import Floats, Indexes, Listings
from analytics.sessions import NEW_YORK, in_utc
from providers._base import Progress, unheard
from providers._errors import MalformedError, NoDataError
from providers._listings_parts import Array, Record, put_together
from providers._member_file import DAMAGED, Member, MemberFile, read_members
from providers._recording import SCHEMA, Head

if TYPE_CHECKING:
    from analytics.fund_figures import FundData

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
PLAIN: Final = frozenset({"recording", "end"})
"""Kinds whose members are not compressed, so that anybody can read them."""
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, EOFError, OSError, zlib.error)
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

    head: Head
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
            MalformedError: it is of another make, or the file was changed meanwhile.
        """
        record = _record(self.file, self.markets[market].member)
        members = self.file.members

        def fetch(reference: Record) -> Array:
            content = self.file.content(members[int(reference["member"])])
            array: Array = np.load(io.BytesIO(gzip.decompress(content)), allow_pickle=False)
            if list(array.shape) != reference["shape"] or array.dtype.str != reference["dtype"]:
                raise ValueError(f"member {reference['member']} is not the array it should be")
            return array

        try:
            return put_together(record["listings"], fetch)
        except _UNREADABLE as error:
            raise _malformed(self.file, error) from error

    def fund_data(self) -> FundData:
        """The share counts of funds read last.

        Raises:
            NoDataError: there were none.
            MalformedError: as `listings`.
        """
        if not self.funds:
            raise NoDataError(f"{self.file.path.name} holds no fund's share counts: its source had none")
        # Frames come with pandas, which a recording itself does without.
        from providers._recorded_funds import fund_data_of

        record = _record(self.file, self.funds[-1])
        try:
            return fund_data_of(record)
        except _UNREADABLE as error:
            raise _malformed(self.file, error) from error


class ReplayProvider:
    """Looks a recording through.

    Args:
        path: the file.
    """

    name: Final = "replay"

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_recording(self, progress: Progress = unheard) -> Recording:
        """The recording as far as it is whole. Reads the file once: call it in a thread.

        Raises:
            NoDataError: there is no such file.
            RefusedError: it may not be read.
            MalformedError: it is no recording, of another version, or cut off before its first market was whole.
        """
        file = read_members(
            self.path,
            lambda done, total: progress("looking the recording through", done * 100 // max(total, 1), 100),
        )
        try:
            return _Assembly(file).recording()
        except _UNREADABLE as error:
            raise _malformed(file, error) from error


class _Assembly:
    """Puts a recording together member by member."""

    def __init__(self, file: MemberFile) -> None:
        self._file = file
        self._markets: list[MarketEntry] = []
        self._funds: list[Member] = []
        self._codes: dict[str, int] = {}
        self._at: list[int] = []
        self._ends: list[int] = [0]
        self._moves: list[tuple[Array, Array]] = []
        self._last = EPOCH

    def recording(self) -> Recording:
        head = self._head()
        self._last = head.began_at
        for member in self._file.members[1:]:
            self._take(member)
        if not self._markets:
            words = f"{self._file.trouble or 'ends'} before its market was written; nothing of it can be played"
            raise MalformedError(words, where=self._file.path.name)
        codes, prices = zip(*self._moves, strict=True) if self._moves else ((), ())
        return Recording(
            head=head,
            file=self._file,
            markets=tuple(self._markets),
            funds=tuple(self._funds),
            ended_at=self._last,
            symbols=tuple(self._codes),
            tick_at=np.array(self._at, np.int64),
            tick_ends=np.array(self._ends[1:], np.int64),
            codes=np.concatenate([np.empty(0, np.int32), *codes]),
            prices=np.concatenate([np.empty(0), *prices]),
        )

    def _head(self) -> Head:
        members = self._file.members
        if not members or members[0].kind != "recording":
            raise MalformedError("is no recording of shortside", where=self._file.path.name)
        record = _record(self._file, members[0])
        if record["schema"] != SCHEMA:
            words = f"is a {record['schema']}, and this version plays {SCHEMA}"
            raise MalformedError(words, where=self._file.path.name)
        return Head(
            source=str(record["source"]),
            is_simulated=record["simulated"] is True,
            began_at=_moment(record["began_at"]),
            terms=tuple(record["terms"]),
        )

    def _take(self, member: Member) -> None:
        """One member; kinds that a later version may add are passed over."""
        if member.kind == "ticks":
            for line in gzip.decompress(self._file.content(member)).splitlines():
                self._take_tick(json.loads(line))
        elif member.kind == "market":
            record = _record(self._file, member)
            self._last = _moment(record["at"])
            live_day = record["live_day"]
            entry = MarketEntry(
                at=self._last,
                ticks_before=len(self._at),
                live_day=None if live_day is None else date.fromisoformat(live_day),
                member=member,
            )
            self._markets.append(entry)
        elif member.kind == "funds":
            self._funds.append(member)
        elif member.kind == "end":
            self._last = _moment(_record(self._file, member)["at"])

    def _take_tick(self, line: dict[str, Any]) -> None:
        if not self._markets:
            raise ValueError("prices move before there is a market")
        self._last = _moment(line["at"])
        prices: dict[str, float] = line["prices"]
        codes = self._codes
        found = [codes.setdefault(symbol, len(codes)) for symbol in prices]
        self._at.append((self._last - EPOCH) // MICROSECOND)
        self._ends.append(self._ends[-1] + len(found))
        self._moves.append((np.array(found, np.int32), np.fromiter(prices.values(), np.float64, len(found))))


def _record(file: MemberFile, member: Member) -> dict[str, Any]:
    content = file.content(member)
    record = json.loads(content if member.kind in PLAIN else gzip.decompress(content))
    if not isinstance(record, dict):
        raise TypeError(f"member {member.number} is no object")
    return record


def _moment(text: str) -> datetime:
    return in_utc(datetime.fromisoformat(text))


def _malformed(file: MemberFile, error: Exception) -> MalformedError:
    return MalformedError(f"{DAMAGED}, or another program made it: {error!r}", where=file.path.name)
