"""The messages between the monitor and the processes beside it: one typed JSON message a line.

The monitor speaks `Order`s, its helpers answer with `Report`s. A line that is no message of its side is an error of the
one who wrote it, told as `MessageError`; nothing that is read is ever run.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

import msgspec


class MessageError(ValueError):
    """A line between the monitor and its helper processes holds no message that the reader knows."""


class PollingOptions(msgspec.Struct, frozen=True, kw_only=True, tag="polling options"):
    """What polling needs of the settings; keys are found where the user keeps them, and never sent."""

    archive: str
    cache: str
    """The folder of cached listings."""
    state: str
    """The folder of state, which holds the log."""
    configuration: str
    """The configuration file, beside which the keys may be."""
    log_level: str = "info"
    """The least severe entries that the log takes: a level of the option `--log-level`."""
    desk: str | None = None
    """The address of the desk that the archive belongs to; None for none. It has no password in it."""
    contact: str | None = None
    upstream: str | None = None
    upstream_ftp: str | None = None
    base_urls: dict[str, dict[str, str]] = {}
    """Other addresses of hosts, by provider and host."""
    switched_off: tuple[str, ...] = ()
    """Providers that nobody is to ask."""
    credits_a_day: dict[str, float] = {}
    """What each metered provider may cost a day, by its name."""


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """The first order to a back office: how to poll, and where."""

    options: PollingOptions
    now: datetime | None = None
    """The moment, where the monitor's clock is not the machine's."""


class Poll(msgspec.Struct, frozen=True, tag="poll"):
    """An order to poll, or to wait until no other process polls."""

    was_there: bool = False
    """Whether the archive has been seen: one that is gone by now is not to be made anew, empty, in its place."""


class ReadListings(msgspec.Struct, frozen=True, kw_only=True, tag="read listings"):
    """An order to assemble the archive's listings and store them in the cache."""

    number: int
    since: date | None = None
    until: date | None = None
    knowledge: date | None = None
    """The day of whose knowledge they are to be; None for the present."""


class ReadSoldShort(msgspec.Struct, frozen=True, kw_only=True, tag="read sold short"):
    """An order to read a name's off-exchange short selling of a year."""

    number: int
    symbol: str


class PlanFilling(msgspec.Struct, frozen=True, kw_only=True, tag="plan filling"):
    """An order to say what it takes to fill the archive from a day on."""

    number: int
    since: date


class FillArchive(msgspec.Struct, frozen=True, kw_only=True, tag="fill archive"):
    """An order to ask for what the archive lacks from a day on, and to store it."""

    number: int
    since: date


class CatchUp(msgspec.Struct, frozen=True, kw_only=True, tag="catch up"):
    """An order to take over from the desk what the archive lacks."""

    number: int


class StopFilling(msgspec.Struct, frozen=True, tag="stop filling"):
    """An order to end a filling when the steps under way are stored."""


class ReadFolder(msgspec.Struct, frozen=True, kw_only=True, tag="read folder"):
    """An order to parse a folder of files and store the listings in the cache."""

    directory: str
    cache: str
    since: date | None = None
    until: date | None = None
    knowledge: date | None = None
    """The day of whose knowledge it is to be; None for all there is."""


class MakeRecord(msgspec.Struct, frozen=True, kw_only=True, tag="make record"):
    """An order to make the record of the scores over a folder of files."""

    directory: str
    knowledge: date
    """The day after which nothing counts."""


class ReadNameRecords(msgspec.Struct, frozen=True, kw_only=True, tag="read name records"):
    """An order to read what is kept of one name beside the market, as known at a moment."""

    number: int = 0
    parts: tuple[str, ...]
    """Which parts, by their names in the document of a name: `fails`, `threshold_lists`, `off_exchange`, `borrow`."""
    is_archive: bool
    root: str
    """The archive, or the market folder."""
    symbols: tuple[str, ...]
    """The name's, among those of the market that some lists spell like it, in the market's order."""
    names: tuple[str, ...]
    exchanges: tuple[str, ...]
    place: int = 0
    """Which of them it is."""
    moment: datetime
    """What became known after it is left out."""
    last_session: date
    """Of the market the name is of."""
    looks_until: date | None = None
    """The last day whose looks at stock loans count; None for any by the moment."""


class PollingState(msgspec.Struct, frozen=True, kw_only=True, tag="polling"):
    """The state of every polled feed, told by the back office."""

    is_polling: bool = False
    filling: str = ""
    """The gap that is being filled, in words."""
    complaint: str = ""
    trouble: str = ""
    """What the complaint is about in a word or three, such as `disk full`."""


class ArchiveChanged(msgspec.Struct, frozen=True, tag="archive changed"):
    """The archive has something new: who looks at it now need not wait for his next look."""


class ReadingProgress(msgspec.Struct, frozen=True, kw_only=True, tag="progress"):
    """How far an order has been carried out."""

    number: int
    words: str
    done: int
    total: int


class Complaint(msgspec.Struct, frozen=True, kw_only=True, tag="complaint"):
    """A sentence on what went wrong without stopping an order."""

    number: int
    words: str


class ListingsStored(msgspec.Struct, frozen=True, kw_only=True, tag="kept"):
    """The answer to an order that is done: the key of the listings in the cache."""

    number: int
    key: str


class CaughtUp(msgspec.Struct, frozen=True, kw_only=True, tag="caught up"):
    """The answer to `CatchUp`: how many vintages the desk had that the archive lacked."""

    number: int
    vintages: int


class SoldShortYear(msgspec.Struct, frozen=True, kw_only=True, tag="sold short"):
    """The answer to `ReadSoldShort`: off-exchange short selling by session, oldest first; None is unknown."""

    number: int
    sessions: tuple[date, ...]
    short: tuple[float | None, ...]
    """Shares sold short."""
    total: tuple[float | None, ...]
    """Shares sold."""


class PlannedRequests(msgspec.Struct, frozen=True, kw_only=True):
    """What a filling asks of one provider."""

    title: str
    """The provider's name for people."""
    requests: int
    seconds: float
    """How long they take at our pace; those to different providers go out side by side."""
    is_estimate: bool = False


class FillingPlan(msgspec.Struct, frozen=True, kw_only=True, tag="filling plan"):
    """The answer to `PlanFilling`: what is asked of each provider; nothing where nothing is missing."""

    number: int
    planned: tuple[PlannedRequests, ...]


class FillingEnded(msgspec.Struct, frozen=True, kw_only=True, tag="filling ended"):
    """The answer to `FillArchive`, when it has come to its end or was stopped."""

    number: int
    requests: int
    rows: int
    """Rows that were stored."""
    is_stopped: bool = False
    complaints: tuple[str, ...] = ()
    """What went wrong, a sentence for each step that failed."""


class RecordMade(msgspec.Struct, frozen=True, kw_only=True, tag="record made"):
    """The answer to `MakeRecord`: the record as MessagePack, which knows NaN; None where no outcome is known."""

    number: int
    record: bytes | None


class NamePartRead(msgspec.Struct, frozen=True, kw_only=True, tag="name part"):
    """An answer to `ReadNameRecords`: that it was heard, then part after part, and that it was all."""

    number: int
    part: str = ""
    packed: bytes | None = None
    """The part, as `tui.processes.name_parts` packs it; None where there is none."""
    lack: str = ""
    """What would fill it, in words."""
    is_end: bool = False


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The answer to an order that cannot be carried out, with the reason."""

    number: int
    words: str
    is_lack: bool = False
    """Whether the archive just has nothing for what was asked."""


Order = (
    Begin
    | Poll
    | ReadListings
    | ReadSoldShort
    | CatchUp
    | PlanFilling
    | FillArchive
    | StopFilling
    | ReadFolder
    | MakeRecord
    | ReadNameRecords
)
NumberedReport = (
    ReadingProgress
    | Complaint
    | ListingsStored
    | SoldShortYear
    | CaughtUp
    | FillingPlan
    | FillingEnded
    | RecordMade
    | NamePartRead
    | Failed
)
Report = PollingState | ArchiveChanged | NumberedReport

_orders: Final[msgspec.json.Decoder[Order]] = msgspec.json.Decoder(Order)
_reports: Final[msgspec.json.Decoder[Report]] = msgspec.json.Decoder(Report)


def line_of(message: Order | Report) -> str:
    """A message as a line, with its end."""
    return msgspec.json.encode(message).decode() + "\n"


def order_of(line: str) -> Order:
    """The order a line holds.

    Raises:
        MessageError: it holds none.
    """
    try:
        return _orders.decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(f"no order: {error}") from error


def report_of(line: str) -> Report:
    """The report a line holds.

    Raises:
        MessageError: it holds none.
    """
    try:
        return _reports.decode(line)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise MessageError(f"no report: {error}") from error
