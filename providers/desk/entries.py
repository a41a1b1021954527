"""What members of a desk write to each other: typed records, bounded before they are parsed and checked after.

Whatever is no record of ours, or of another version, is an `EntryError` of the one who wrote it, and of nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from providers.desk.layout import LARGEST_ENTRY_BYTES, LARGEST_NEWS_BYTES, LARGEST_QUOTE_BYTES, MOST_QUOTES
from providers.errors import ProviderError
from providers.feeds.attention import Attention
from providers.feeds.wishes import FetchHistory, PollNow
from shortside.datasets import Dataset
from shortside.sessions import believable

Schema = Literal["shortside.desk/1"]
LONGEST_SYMBOL: Final = 32
"""Characters."""
SourceName = Annotated[str, Meta(pattern=r"\A[a-z0-9_]{1,40}\Z")]
_DAMAGE: Final = (msgspec.DecodeError, ValueError, TypeError, ArithmeticError, RecursionError)


class EntryError(ProviderError):
    """Something on the desk is no record of ours, or of another version."""


class VintageEntry(msgspec.Struct, frozen=True, kw_only=True, tag="vintage"):
    """The announcement of a vintage: its place in an archive, and how its file is known again."""

    schema: Schema = "shortside.desk/1"
    dataset: Dataset
    as_of: date
    name: Annotated[str, Meta(pattern=r"\A[0-9]{8}T[0-9]{6}\.[0-9]{6}Z-[0-9a-f]{8}\.parquet\Z")]
    size: Annotated[int, Meta(ge=1)]
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]

    @property
    def place(self) -> str:
        """Where it lies below an archive's folder."""
        return f"{self.dataset.value}/{self.as_of.isoformat()}/{self.name}"


class QuotesChange(msgspec.Struct, frozen=True, kw_only=True):
    """Last prices of one source that changed, or all of them; numbers are packed, 8 bytes each."""

    source: SourceName
    as_of: date
    fetched_at: datetime
    run: Annotated[str, Meta(max_length=64)]
    """Names the hash that these prices are in, too; another one has another name."""
    number: int
    """Counts the changes of a run, so that one that was missed is noticed."""
    symbols: Annotated[tuple[str, ...], Meta(max_length=MOST_QUOTES)]
    prices: bytes
    volumes: bytes
    moments: bytes


class Beat(msgspec.Struct, frozen=True, kw_only=True, tag="beat"):
    """The last prices that changed since the message before."""

    schema: Schema = "shortside.desk/1"
    changes: tuple[QuotesChange, ...]


class NoteChanged(msgspec.Struct, frozen=True, kw_only=True, tag="note"):
    """A small file between terminals was written anew."""

    schema: Schema = "shortside.desk/1"
    name: Annotated[str, Meta(max_length=64)]
    content: bytes


class VintagesAnnounced(msgspec.Struct, frozen=True, kw_only=True, tag="vintages"):
    """There is more on the stream of vintages."""

    schema: Schema = "shortside.desk/1"


News = Beat | NoteChanged | VintagesAnnounced


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """What a member wishes of whoever polls, or looks at; no list of names the user keeps is ever in it."""

    schema: Schema = "shortside.desk/1"
    member: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    wish: PollNow | FetchHistory | None = None
    attention: Attention | None = None


class QuotesHead(msgspec.Struct, frozen=True, kw_only=True):
    """Of which day the prices of a hash are, and which change was the last in it."""

    schema: Schema = "shortside.desk/1"
    as_of: date
    fetched_at: datetime
    run: Annotated[str, Meta(max_length=64)]
    number: int


_vintages: Final = msgspec.json.Decoder(VintageEntry)
_asks: Final = msgspec.json.Decoder(Ask)
_heads: Final = msgspec.json.Decoder(QuotesHead)
_news: Final[msgspec.msgpack.Decoder[News]] = msgspec.msgpack.Decoder(News)


def _bounded(raw: bytes, most_bytes: int, what: str) -> bytes:
    if len(raw) > most_bytes:
        raise EntryError(f"{what} of {len(raw):,} bytes is more than the {most_bytes:,} that are read")
    return raw


def vintage_entry(raw: bytes) -> VintageEntry:
    """The announcement that some bytes are.

    Raises:
        EntryError: they are none.
    """
    try:
        entry = _vintages.decode(_bounded(raw, LARGEST_ENTRY_BYTES, "an announcement"))
        believable(entry.as_of)
    except _DAMAGE as error:
        raise _misfit("announcement", error) from error
    return entry


def ask_of(raw: bytes) -> Ask:
    """The wish or attention that some bytes are.

    Raises:
        EntryError: they are none.
    """
    try:
        ask = _asks.decode(_bounded(raw, LARGEST_ENTRY_BYTES, "a wish"))
    except _DAMAGE as error:
        raise _misfit("wish", error) from error
    if ask.attention is not None and not are_symbols((*ask.attention.watched, *ask.attention.viewed)):
        raise EntryError("a note of attention names what is no symbol")
    if isinstance(ask.wish, FetchHistory) and not are_symbols((ask.wish.symbol,)):
        raise EntryError("a wish names what is no symbol")
    return ask


def news_of(raw: bytes) -> News:
    """The message that some bytes are.

    Raises:
        EntryError: they are none.
    """
    try:
        return _news.decode(_bounded(raw, LARGEST_NEWS_BYTES, "a message"))
    except _DAMAGE as error:
        raise _misfit("message", error) from error


def head_of(raw: bytes) -> QuotesHead:
    """What the head of a hash of prices says.

    Raises:
        EntryError: it is none.
    """
    try:
        head = _heads.decode(_bounded(raw, LARGEST_QUOTE_BYTES, "a head of prices"))
        believable(head.as_of)
    except _DAMAGE as error:
        raise _misfit("head of prices", error) from error
    return head


def _misfit(what: str, error: Exception) -> EntryError:
    # Foreign text may be in it: printable and short by the error's own doing.
    return EntryError(f"no {what} of {SCHEMA_WORDS}: {str(error).splitlines()[0] if str(error) else 'damaged'}")


SCHEMA_WORDS: Final = "shortside.desk/1"


def are_symbols(texts: Sequence[str]) -> bool:
    """Whether all are symbols; of thousands each second it matters that they are looked at together."""
    lengths = set(map(len, texts))
    together = "".join(texts)
    return (
        (not lengths or (min(lengths) > 0 and max(lengths) <= LONGEST_SYMBOL))
        and together.isascii()
        and (together.isprintable() or not together)
    )
