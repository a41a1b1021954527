"""Takes over from a desk what an archive lacks, once: before a market is read the first time."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from providers.desk.address import desk_address
from providers.events import Events
from tui.clock import Clock
from tui.settings.configuration import Options
from tui.settings.keys import desk_password

_events: Final = Events("desk")


async def caught_up(desk: str, archive: Path, configuration: Path, clock: Clock) -> int:
    """Take over everything; how many vintages that were.

    Args:
        desk: its address.
        archive: what takes it over; made where it is missing.
        configuration: the configuration file, beside which the password may be.
        clock: the present moment.

    Raises:
        ProviderError: the desk does not answer, or refuses.
        OSError: the archive's folder cannot be made.
    """
    from providers.archive.vintages import Archive
    from providers.desk.connection import DeskConnection
    from providers.desk.reading import DeskReader
    from providers.durable import make_folder

    await asyncio.to_thread(make_folder, archive)
    secret = await asyncio.to_thread(desk_password, configuration)
    async with DeskConnection(desk_address(desk), secret) as connection:
        reader = DeskReader(connection, Archive(archive), clock, _passed_over)
        return await reader.catch_up()


def caught_up_words(options: Options, clock: Clock) -> str:
    """Take over what the desk has; why it could not be, in words, or nothing: the archive stays. Blocks."""
    from providers.errors import ProviderError

    assert options.desk is not None
    paths = options.paths
    try:
        asyncio.run(caught_up(options.desk, paths.archive, paths.configuration, clock))
    except (ProviderError, OSError) as error:
        return f"{error}; the own archive is shown"
    return ""


def _passed_over(words: str) -> None:
    _events.warning("passed_over", reason=words)
