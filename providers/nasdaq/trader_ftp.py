"""Asks Nasdaq Trader's FTP server for a file that its site shows a robot check in place of.

The site does so after a few requests; the same files lie in ftp.nasdaqtrader.com/SymbolDirectory, for anyone.
"""

from __future__ import annotations

import asyncio
from typing import Final

from providers.catalog import NASDAQ_TRADER
from providers.errors import BlockedError, NoDataError, ProviderError
from providers.events import Events
from providers.http.clients import Clients
from providers.http.ftp import Address, Conversation
from providers.parsing.unpacking import LARGEST_ANSWER_BYTES

FTP_HOST: Final = "ftp.nasdaqtrader.com"
FTP_FOLDER: Final = "SymbolDirectory"
ADVICE: Final = f"the same files are at {FTP_HOST}/{FTP_FOLDER}"
FTP_USER: Final = "anonymous"
SILENCE_SECONDS: Final = 30.0
"""The longest silence of the server."""
_events = Events("nasdaq")


class TraderFtp:
    """The way round a robot check, where nobody has put another address in the site's place."""

    def __init__(self, clients: Clients, provider: str, address: str | None = None) -> None:
        """Nothing is asked yet.

        Args:
            clients: tell whether the site is asked elsewhere: then its FTP server is not ours to ask.
            provider: who asks, by its name in the catalog.
            address: `HOST:PORT` that stands for the server.

        Raises:
            ValueError: `address` is none.
        """
        is_ours = clients.is_own(NASDAQ_TRADER, provider)
        self._address = Address.of(address) if address else Address(FTP_HOST) if is_ours else None

    async def instead(self, refusal: BlockedError, file: str) -> bytes:
        """A file of the folder, after the site refused it.

        Raises:
            NoDataError: the server has no such file.
            BlockedError: the refusal, with where the files are, if the server does not give it either.
        """
        if self._address is None:
            raise BlockedError(f"{refusal}; {ADVICE}") from refusal
        path = f"{FTP_FOLDER}/{file}"
        asked = Conversation(
            [self._address], user=FTP_USER, file=path, most_bytes=LARGEST_ANSWER_BYTES, timeout=SILENCE_SECONDS
        )
        _events.info("elsewhere", host=self._address.host, file=path)
        try:
            return await asyncio.to_thread(asked.whole_file)
        except asyncio.CancelledError:
            asked.abort()
            raise
        except NoDataError:
            raise
        except ProviderError as error:
            raise BlockedError(f"{refusal}; {ADVICE}, but {error}") from error
