"""The one connection of a member to its desk: opened with the user's password, every wait limited, every error ours."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from providers.catalog import KeyName
from providers.desk.address import DeskAddress
from providers.desk.layout import (
    ENTRY_FIELD,
    LARGEST_ENTRY_BYTES,
    LARGEST_QUOTE_BYTES,
    MOST_QUOTE_SOURCES,
    MOST_QUOTES,
)
from providers.desk.scripts import FENCED, OTHER_SCHEMA, READ_HASH, READ_SET, READ_STREAM, TAKE_STREAM, TOO_MUCH
from providers.errors import ProviderError, RefusedError, UnreachableError
from providers.keyed.keys import Secret
from providers.redaction import redacted

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.asyncio.client import PubSub

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 2.0
"""How long the server may be silent; one that is busy for longer is no use to a screen."""
EXTRA_WORDS: Final = "the desk needs the package redis, which the extra `desk` brings; docs/desk.md has the line"


class DeskGoneError(UnreachableError):
    """The desk's server does not answer."""


class DeskRefusedError(RefusedError):
    """The desk's server does not let us do what was tried."""


class FencedError(ProviderError):
    """The right to poll has passed on, so nothing was published."""


class OtherVersionError(ProviderError):
    """The desk is of a version of this program that writes it otherwise."""


class OversizedError(ProviderError):
    """There is more on the desk than anybody reads."""


class StreamEntry(NamedTuple):
    """One entry of a stream."""

    place: bytes
    """Its number in the stream."""
    content: bytes
    """Empty where it is none of ours, or larger than anybody reads."""


GARBLED: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What redis-py raises over answers that no server of its kind gives: nothing in it counts their brackets."""


def is_installed() -> bool:
    """Whether what speaks to a desk's server is installed; imports nothing."""
    return importlib.util.find_spec("redis") is not None


class DeskConnection:
    """A connection to a desk's server, which is made when it is first asked. For one event loop.

    Every method raises `DeskGoneError` where nobody answers and `DeskRefusedError` where the server says no.
    """

    def __init__(self, address: DeskAddress, password: Secret | None = None) -> None:
        """A connection not made yet.

        Args:
            address: of the server.
            password: to log in with; None where it wants none.

        Raises:
            DeskRefusedError: the password would go over the network unencrypted, or the package is not installed.
        """
        if not is_installed():
            raise DeskRefusedError(EXTRA_WORDS)
        if password is not None and not address.is_private_way:
            raise DeskRefusedError(
                f"{KeyName.DESK_PASSWORD.value} is not sent to {address.host} unencrypted; use rediss://"
            )
        self.address = address
        self._password = password
        self._redis = _client(address, password)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection; one that is gone already is no trouble."""
        import redis

        with suppress(redis.RedisError, OSError):
            await self._redis.aclose()

    async def ran(self, script: str, keys: Sequence[str], *arguments: Any) -> Any:
        """What a script that writes gives.

        Raises:
            FencedError: the right it was given has passed on.
            OtherVersionError: the desk is of another version.
        """
        with self.translated():
            return await self._redis.eval(script, len(keys), *keys, *arguments)

    async def entries(self, stream: str, after: bytes, most: int) -> list[StreamEntry]:
        """The next entries of a stream, the oldest first."""
        with self.translated():
            found = await self._redis.eval_ro(READ_STREAM, 1, stream, after, most, LARGEST_ENTRY_BYTES)
            return [StreamEntry(place, content) for place, content in found]

    async def fields(self, hash_key: str) -> dict[bytes, bytes]:
        """The fields of a hash that are not too large.

        Raises:
            OversizedError: there are more of them than anybody reads.
        """
        with self.translated():
            found = await self._redis.eval_ro(READ_HASH, 1, hash_key, MOST_QUOTES + 1, LARGEST_QUOTE_BYTES)
            return dict(zip(found[::2], found[1::2], strict=True))

    async def members(self, set_key: str) -> list[bytes]:
        """The members of a small set."""
        with self.translated():
            found: list[bytes] = await self._redis.eval_ro(READ_SET, 1, set_key, MOST_QUOTE_SOURCES)
        return found

    async def contents(self, keys_and_bounds: Sequence[tuple[str, int]]) -> list[bytes]:
        """What stands under some keys, of each at most a byte more than its bound; empty where there is nothing."""
        with self.translated():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key, most_bytes in keys_and_bounds:
                    pipeline.getrange(key, 0, most_bytes)
                found: list[bytes] = await pipeline.execute()
        return found

    async def sizes(self, keys: Sequence[str]) -> list[int]:
        """How many bytes stand under each of some keys."""
        with self.translated():
            async with self._redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.strlen(key)
                found: list[int] = await pipeline.execute()
        return found

    async def add(self, stream: str, content: bytes, most: int) -> None:
        """Put an entry on a stream that keeps about so many."""
        with self.translated():
            await self._redis.xadd(stream, {ENTRY_FIELD: content}, maxlen=most, approximate=True)

    async def taken(self, stream: str, most: int, most_left: int) -> list[StreamEntry]:
        """The oldest entries of a stream, which has them no more; a stream that is empty then begins anew.

        Args:
            stream: its key.
            most: how many at a time.
            most_left: where more than these wait still, they are a flood, and all are thrown away.
        """
        with self.translated():
            found = await self._redis.eval(TAKE_STREAM, 1, stream, most, LARGEST_ENTRY_BYTES, most_left)
            return [StreamEntry(place, content) for place, content in found]

    async def server_seconds(self) -> float:
        """The server's clock, in seconds since 1970."""
        with self.translated():
            seconds, microseconds = await self._redis.time()
            return float(seconds) + microseconds / 1e6

    async def facts(self, section: str) -> dict[str, Any]:
        """What the server says of itself under a heading of its `INFO`."""
        with self.translated():
            found: dict[str, Any] = await self._redis.info(section)
        return found

    async def count(self, stream: str) -> int:
        """How many entries a stream has."""
        with self.translated():
            return int(await self._redis.xlen(stream))

    async def subscribed(self, channel: str) -> Subscription:
        """A subscription that has begun: what is published from now on is heard."""
        with self.translated():
            heard = self._redis.pubsub()
            await heard.subscribe(channel)
            # The server's word that it has: without it something might fall in between.
            await heard.get_message(timeout=ANSWER_SECONDS)
        return Subscription(self, heard)

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Make the library's errors in a block ours, and the end of a task that is to end the end of it."""
        try:
            with self._translated():
                yield
        finally:
            # redis-py swallows a cancellation that comes while it connects; whoever waits for the end would for ever.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError

    @contextmanager
    def _translated(self) -> Iterator[None]:
        import redis

        try:
            yield
        except (redis.exceptions.AuthenticationError, redis.exceptions.NoPermissionError) as error:
            raise DeskRefusedError(f"{self.address.words} refuses it: {self._plain(str(error))}") from error
        except (redis.ConnectionError, redis.TimeoutError, OSError) as error:
            raise DeskGoneError(f"{self.address.words} does not answer ({self._plain(_reason(error))})") from error
        except redis.exceptions.ResponseError as error:
            raise _said(self.address.words, self._plain(str(error))) from error
        except (redis.RedisError, *GARBLED) as error:
            raise DeskGoneError(f"{self.address.words} speaks no Redis ({self._plain(_reason(error))})") from error

    def _plain(self, words: str) -> str:
        """What the server said, without the password it may repeat."""
        return redacted(words, () if self._password is None else (self._password.reveal(),))


class Subscription:
    """What is published on one channel, from when it was subscribed to."""

    def __init__(self, connection: DeskConnection, heard: PubSub) -> None:
        self._connection, self._heard = connection, heard

    async def next(self, seconds: float) -> bytes | None:
        """The next message; None where none comes for so long.

        Raises:
            DeskGoneError: the server broke off.
        """
        with self._connection.translated():
            message = await self._heard.get_message(ignore_subscribe_messages=True, timeout=seconds)
        data = None if message is None else message["data"]
        return data if isinstance(data, bytes) else None

    async def close(self) -> None:
        """Hear no more; a server that is gone is no trouble."""
        import redis

        with suppress(redis.RedisError, OSError):
            await self._heard.aclose()  # type: ignore[no-untyped-call]  # redis-py has no types here.


def _said(where: str, words: str) -> ProviderError:
    """The error that the server's answer means."""
    kind = words.split(" ", 1)[0]
    if kind == FENCED:
        return FencedError(f"the right to poll for {where} has passed on")
    if kind == OTHER_SCHEMA:
        return OtherVersionError(f"{where} is a desk of another version: {words.removeprefix(OTHER_SCHEMA).strip()}")
    if kind == TOO_MUCH:
        return OversizedError(f"{where} holds more than anybody reads: {words.removeprefix(TOO_MUCH).strip()}")
    if kind in {"NOPERM", "NOAUTH", "WRONGPASS"} or "NOPERM" in words or "ACL" in words:
        return DeskRefusedError(f"{where} refuses it: {words}")
    if kind in {"LOADING", "BUSY", "MASTERDOWN", "TRYAGAIN"}:
        return DeskGoneError(f"{where} is not ready: {words}")
    return DeskRefusedError(f"{where} cannot do it: {words}")


def _reason(error: Exception) -> str:
    cause = error.__cause__ if error.__cause__ is not None else error
    return (cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)) or type(error).__name__


def _client(address: DeskAddress, password: Secret | None) -> Redis:
    """A client that tries nothing twice by itself: what is repeated, and when, is for us to say."""
    import os

    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    from providers.desk.answer_limits import BoundedParser

    client = Redis(
        host=address.host,
        port=address.port,
        db=address.database,
        username=address.user or None,
        password=None if password is None else password.reveal(),
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
        # The third makes a text of every message for a log that nobody keeps: half of what a message costs.
        protocol=2,
        client_name="shortside",
        ssl=address.is_encrypted,
        ssl_check_hostname=True,
        # Otherwise the system's authorities; a desk's own is named as for any other program.
        ssl_ca_certs=os.environ.get("SSL_CERT_FILE"),
    )
    # A client takes no reader of answers; its connections do.
    client.connection_pool.connection_kwargs["parser_class"] = BoundedParser
    return client
