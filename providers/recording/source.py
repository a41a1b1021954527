"""The replay source: a session that was recorded, looked through and ready to be played from its beginning.

Prices that moved are held as arrays, twelve bytes each; markets stay in the file until they are wanted.
"""

from __future__ import annotations

import io
import json
from array import array
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from providers.base import Progress, no_progress
from providers.errors import MalformedError
from providers.parsing.unpacking import LARGEST_RECORD_BYTES, gunzipped, most_bytes_of
from providers.recording.member_file import Member, MemberFile, read_members
from providers.recording.reader import EPOCH, MICROSECOND, UNREADABLE, MarketEntry, Recording, malformed, record_in
from providers.recording.writer import SCHEMA, RecordingHead
from shortside.sessions import in_utc


class ReplayProvider:
    """Looks a recording through.

    Args:
        path: the file.
    """

    name: Final = "replay"

    def __init__(self, path: Path) -> None:
        self.path = path

    def read_recording(self, progress: Progress = no_progress) -> Recording:
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
        except UNREADABLE as error:
            raise malformed(file, error) from error


class _Assembly:
    """Puts a recording together member by member."""

    def __init__(self, file: MemberFile) -> None:
        self._file = file
        self._markets: list[MarketEntry] = []
        self._funds: list[Member] = []
        self._terms: list[Mapping[str, str]] = []
        self._codes: dict[str, int] = {}
        # Not arrays of numpy, one a tick: a hundred bytes for a price that moved.
        self._at, self._ends = array("q"), array("q")
        self._moved, self._prices = array("i"), array("d")
        self._ticks_left = most_bytes_of(sum(member.size for member in file.members if member.kind == "ticks"))
        self._last = EPOCH

    def recording(self) -> Recording:
        head = self._head()
        self._last = head.began_at
        for member in self._file.members[1:]:
            self._take(member)
        if not self._markets:
            words = f"{self._file.trouble or 'ends'} before its market was written; nothing of it can be played"
            raise MalformedError(words, where=self._file.path.name)
        return Recording(
            head=replace(head, terms=(*head.terms, *self._terms)),
            file=self._file,
            markets=tuple(self._markets),
            funds=tuple(self._funds),
            ended_at=self._last,
            symbols=tuple(self._codes),
            tick_at=np.array(self._at, np.int64),
            tick_ends=np.array(self._ends, np.int64),
            codes=np.array(self._moved, np.int32),
            prices=np.array(self._prices, np.float64),
        )

    def _head(self) -> RecordingHead:
        members = self._file.members
        if not members or members[0].kind != "recording":
            raise MalformedError("is no recording of shortside", where=self._file.path.name)
        record = record_in(self._file, members[0])
        if record["schema"] != SCHEMA:
            words = f"is a {record['schema']}, and this version plays {SCHEMA}"
            raise MalformedError(words, where=self._file.path.name)
        return RecordingHead(
            source=str(record["source"]),
            is_simulated=record["simulated"] is True,
            began_at=_moment(record["began_at"]),
            terms=tuple(record["terms"]),
        )

    def _take(self, member: Member) -> None:
        """One member; kinds that a later version may add are passed over."""
        if member.kind == "ticks":
            self._take_ticks(member)
        elif member.kind == "market":
            record = record_in(self._file, member)
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
        elif member.kind == "terms":
            self._terms += record_in(self._file, member)["terms"]
        elif member.kind == "end":
            self._last = _moment(record_in(self._file, member)["at"])

    def _take_ticks(self, member: Member) -> None:
        most_bytes = min(LARGEST_RECORD_BYTES, self._ticks_left)
        text = gunzipped(self._file.content(member), most_bytes, self._file.path.name)
        self._ticks_left -= len(text)
        for line in io.BytesIO(text):
            self._take_tick(json.loads(line))

    def _take_tick(self, line: dict[str, Any]) -> None:
        if not self._markets:
            raise ValueError("prices move before there is a market")
        self._last = _moment(line["at"])
        prices: dict[str, float] = line["prices"]
        codes = self._codes
        self._moved.extend([codes.setdefault(symbol, len(codes)) for symbol in prices])
        self._prices.extend(prices.values())
        self._at.append((self._last - EPOCH) // MICROSECOND)
        self._ends.append(len(self._moved))


def _moment(text: str) -> datetime:
    return in_utc(datetime.fromisoformat(text))
