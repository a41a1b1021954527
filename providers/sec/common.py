"""What the SEC's services have in common: its two hosts, their manners, and how it turns readers away.

https://www.sec.gov/os/accessing-edgar-data: at most ten requests a second over all hosts, and every reader says who
it is, with a mail address, in its User-Agent.
"""

from __future__ import annotations

from typing import Final

from providers.catalog import Host
from providers.errors import BlockedError, ProviderError

# Two hosts share one allowance of ten a second: four each leaves room.
_SECONDS_BETWEEN: Final = 0.25
_LIMIT: Final = "10 requests a second over all hosts of the SEC"
WWW: Final = Host(name="www.sec.gov", seconds_between=_SECONDS_BETWEEN, published_limit=_LIMIT, at_once=2)
DATA: Final = Host(name="data.sec.gov", seconds_between=_SECONDS_BETWEEN, published_limit=_LIMIT, at_once=2)
ATTRIBUTION: Final = "Source: U.S. Securities and Exchange Commission"
TERMS: Final = "Public information; may be used and redistributed freely."


def with_advice(error: ProviderError) -> ProviderError:
    """The error, and what to do about it where the SEC took us for a nameless robot."""
    if isinstance(error, BlockedError) and "undeclared" in str(error):
        return BlockedError(f"{error}; it wants a mail address: set `contact` in the configuration")
    return error
