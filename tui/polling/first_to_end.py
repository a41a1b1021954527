"""Runs several things side by side until one of them ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable


async def until_first(awaitables: Iterable[Awaitable[object]]) -> None:
    """Run them side by side until one of them ends, and break the others off.

    Raises:
        Exception: what the first of those that ended raised, in the order given.
    """
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if task in done and not task.cancelled():
            task.result()
