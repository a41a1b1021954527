"""Asks the stock-loan server for its list's digest, to see whether FTP passes this network at all.

The digest takes the same two connections as the list: where port 21 is open and the ports of passive transfers are
not, the list would hang as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from providers.errors import ProviderError, UnreachableError
from providers.ibkr.borrow import addresses_of
from providers.ibkr.ftp import Transfer

SILENCE_SECONDS: Final = 5.0
"""Seconds after which one server counts as silent; there are two, and the rest of `doctor` waits for them."""
CONVERSATION_SECONDS: Final = 15.0
"""Seconds for the whole conversation: a name server may be as silent as the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FtpProbe:
    """What a conversation with the stock-loan server showed: who answered, how fast, or why not."""

    host: str
    """Who answered; the preferred server where none did."""
    seconds: float
    """Until the answer, or until we gave up."""
    error: ProviderError | None = None
    """Why there is no list to be had; None where there is one."""


async def probe_ftp(
    upstream_ftp: str | None = None,
    *,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
    silence: float = SILENCE_SECONDS,
    patience: float = CONVERSATION_SECONDS,
    seconds: Callable[[], float] | None = None,
) -> FtpProbe:
    """One conversation, in a thread; never raises for what the network does.

    Args:
        upstream_ftp: what SHORTSIDE_UPSTREAM_FTP says.
        elsewhere: what the configuration says, by server.
        silence: after how many seconds one server counts as silent.
        patience: after how many the conversation is broken off.
        seconds: counts the seconds; the event loop's clock by default.

    Raises:
        ValueError: one of these is no address.
    """
    count = seconds or asyncio.get_running_loop().time
    addresses = addresses_of(upstream_ftp, elsewhere)
    transfer = Transfer(addresses, timeout=silence)
    began = count()
    try:
        async with asyncio.timeout(patience):
            host = await asyncio.to_thread(transfer.try_out)
    except TimeoutError:
        transfer.abort()
        error: ProviderError = UnreachableError(f"{addresses[0].host} said nothing for {patience:.0f} s")
        return FtpProbe(host=addresses[0].host, seconds=count() - began, error=error)
    except ProviderError as told:
        return FtpProbe(host=addresses[0].host, seconds=count() - began, error=told)
    return FtpProbe(host=host, seconds=count() - began)
