"""Makes clients of HTTP that go through the environment's proxy, and say so where nobody can go through it."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import httpx

_NO_ADDRESS: Final = "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names has no address that can be read"
_NO_SOCKS: Final = "the proxy that HTTPS_PROXY or ALL_PROXY names speaks SOCKS, and the package socksio is missing"


class _Nowhere(httpx.AsyncBaseTransport):
    """Carries no request, and says why."""

    def __init__(self, words: str) -> None:
        self._words = words

    async def handle_async_request(self, request: httpx.Request) -> NoReturn:
        raise httpx.ConnectError(self._words, request=request)


def http_client(**options: Any) -> httpx.AsyncClient:
    """A client with these options of httpx's.

    Where the environment names a proxy that cannot be used, every request of it fails with a `ConnectError` that says
    so: none goes out beside a proxy that somebody set.
    """
    try:
        return httpx.AsyncClient(**options)
    except ImportError:
        words = _NO_SOCKS
    except (ValueError, httpx.InvalidURL):
        words = _NO_ADDRESS
    # Not in the block above: what was raised there quotes the address, and maybe the password in it.
    return httpx.AsyncClient(**{**options, "transport": _Nowhere(words), "trust_env": False})
