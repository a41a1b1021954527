"""What services with keys have in common: a refusal is explained, and a key goes nowhere but to its service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from providers.catalog import KeyName
from providers.errors import NoDataError, PendingError, ProviderError, RefusedError
from providers.http.client import Client
from providers.keyed.keys import Secret, require_private_way
from providers.redaction import redacted

Content = TypeVar("Content")

_BAD_KEY: Final = ("401 Unauthorized", "(forbidden.)")
_TOO_EARLY: Final = ("before end of day", "recent SIP data")
_TOO_OLD: Final = ("data timeframe",)
_UNKNOWN: Final = ("404 Not Found",)
_NOT_IN_PLAN: Final = ("not entitled", "upgrade your plan", "does not permit", "subscription")


class PlanError(RefusedError):
    """The key is good, and its plan does not include what was asked for; asking again soon is no use."""


class TooOldError(PlanError):
    """The plan does not reach so far back."""


class BadKeyError(RefusedError):
    """The service does not accept the key: no further question with it is any use."""


async def answer_to_key(
    call: Callable[[], Awaitable[Content]], client: Client, service: str, secrets: dict[KeyName, Secret]
) -> Content:
    """What a request gives; its refusal comes as a sentence about keys and plans, without the keys.

    Args:
        call: makes the request.
        client: of the host that is asked.
        service: its name for people.
        secrets: the keys the request carries.

    Raises:
        PendingError: the day asked for is not over for this plan; NoDataError: there is no such thing.
        PlanError: it is not in the plan; TooOldError: it is too far back for it. BadKeyError: the key is not accepted.
        ProviderError: as `Client.get`.
    """
    require_private_way(client.base_url, service)
    try:
        return await call()
    except ProviderError as error:
        sentence = str(error)
        # Also where a part of it is left: whoever writes a sentence cuts what he quotes.
        if redacted(sentence, [secret.reveal() for secret in secrets.values()]) != redacted(sentence):
            # A service may echo what it was sent. The cause would show it, too, so it is left behind.
            raise RefusedError(f"{service} refuses, and repeats the key in its reason") from None
        if isinstance(error, RefusedError):
            raise explained_refusal(error, service, tuple(secrets)) from error
        raise


def explained_refusal(error: RefusedError, service: str, names: tuple[KeyName, ...]) -> ProviderError:
    """The refusal in words that say what to do about it; Massive and Alpaca say 403 to four different things."""
    sentence = str(error)
    if any(mark in sentence for mark in _TOO_EARLY):
        return PendingError(f"{service} gives this day later, in the plan of this key ({sentence})")
    if any(mark in sentence for mark in _TOO_OLD):
        return TooOldError(f"{service} does not reach so far back in the plan of this key ({sentence})")
    if any(mark in sentence for mark in _UNKNOWN):
        return NoDataError(f"{service} has nothing of the kind ({sentence})")
    if any(mark in sentence.lower() for mark in _NOT_IN_PLAN):
        return PlanError(f"{service} does not give this in the plan of this key ({sentence})")
    if any(mark in sentence for mark in _BAD_KEY):
        return BadKeyError(f"{service} does not accept the key; check {' and '.join(names)} ({sentence})")
    return error
