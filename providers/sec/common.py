"""Reads how the SEC turns readers away.

https://www.sec.gov/os/accessing-edgar-data: every reader says who it is, with a mail address, in its User-Agent.
"""

from __future__ import annotations

from providers.errors import BlockedError, ProviderError


def with_advice(error: ProviderError) -> ProviderError:
    """The error, and what to do about it where the SEC took us for a nameless robot."""
    if isinstance(error, BlockedError) and "undeclared" in str(error):
        return BlockedError(f"{error}; it wants a mail address: set `contact` in the configuration")
    return error
