"""Reads how the SEC turns readers away.

https://www.sec.gov/os/accessing-edgar-data: every reader says who it is, with a mail address, in its User-Agent.
"""

from __future__ import annotations

from providers.errors import BlockedError, ProviderError


def with_advice(error: ProviderError, contact: str) -> ProviderError:
    """The error, and what to do about it where the SEC took us for a nameless robot.

    Args:
        error: what the SEC's answer came to.
        contact: the mail address it was given; empty for none.
    """
    if not is_nameless(error):
        return error
    if contact:
        return BlockedError(f"the SEC does not accept the contact {contact}; give an address that receives mail")
    return BlockedError(f"{error}; it wants a mail address: set `contact` in the configuration")


def is_nameless(error: ProviderError) -> bool:
    """Whether the SEC took us for a robot that does not say whose it is."""
    return isinstance(error, BlockedError) and "undeclared" in str(error)
