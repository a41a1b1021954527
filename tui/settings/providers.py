"""The settings of each provider: whether it is asked, at which addresses, and what it may cost a day.

In the file a provider has a table of its own, `[providers.nasdaq_screener]`; in the environment a variable per key,
`SHORTSIDE_PROVIDERS_NASDAQ_SCREENER_ENABLED`. There is no option on the command line: who is asked is no matter of a
single run. Which providers there are, and what each of them lets one set, is told from the catalog. Read before the
first paint, so nothing of `providers` but the catalog is imported.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from providers.catalog import CARDS
from tui.settings.options import read_amount, read_truth

PREFIX: Final = "SHORTSIDE_PROVIDERS_"
CREDITS_A_DAY: Final = 20.0
"""What a metered provider may cost a day unless somebody says otherwise: the name in view, looked at a few times."""
_ENABLED: Final = "enabled"
_BASE_URL: Final = "base_url"
_CREDITS: Final = "credits_a_day"
_ADDRESS: Final = r"https?://[^\s/@?#]+(/[^\s?#]*)?"
_FTP_ADDRESS: Final = r"(?:ftp://)?([^\s/@?#:]+(?::\d{1,5})?)/?"


class ProviderOptions(NamedTuple):
    """The settings of one provider."""

    enabled: bool = True
    base_url: Mapping[str, str] = {}
    """Other addresses of its hosts, by host; without a slash at the end, and `HOST:PORT` where it speaks FTP."""
    credits_a_day: float = CREDITS_A_DAY
    """What a metered provider may cost a day."""


class MisfitError(ValueError):
    """A provider setting has a value that is not allowed; the message names the key and what is."""


def keys_of(provider: str) -> tuple[str, ...]:
    """The keys that can be set of a provider, in the order in which they are shown."""
    return (_ENABLED, _BASE_URL, _CREDITS) if CARDS[provider].is_metered else (_ENABLED, _BASE_URL)


def variable_of(provider: str, key: str) -> str:
    """The variable of a provider's key, such as `SHORTSIDE_PROVIDERS_NASDAQ_SCREENER_BASE_URL`."""
    return f"{PREFIX}{provider}_{key}".upper()


def values_of_table(tables: Any) -> dict[tuple[str, str], Any]:
    """Every value the file's table `providers` sets, by provider and key.

    Raises:
        MisfitError: there is no such provider or key, or a value cannot be.
    """
    if not isinstance(tables, dict):
        raise MisfitError("providers: must be tables such as [providers.nasdaq_screener]")
    found: dict[tuple[str, str], Any] = {}
    for provider, table in tables.items():
        _require_provider(provider)
        if not isinstance(table, dict):
            raise MisfitError(f"providers.{provider} = {table!r}: must be a table, [providers.{provider}]")
        for key, value in table.items():
            if key not in keys_of(provider):
                words = ", ".join(keys_of(provider))
                raise MisfitError(f"there is no key providers.{provider}.{key}; the keys are {words}")
            found[provider, key] = _settled(provider, key, value, f"providers.{provider}.{key} = {value!r}")
    return found


def values_of_environment(environment: Mapping[str, str]) -> dict[tuple[str, str], Any]:
    """Every provider value the environment sets; an unknown variable with the prefix is refused, not ignored.

    Raises:
        MisfitError: as `values_of_table`.
    """
    known = {variable_of(provider, key): (provider, key) for provider in CARDS for key in keys_of(provider)}
    found: dict[tuple[str, str], Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX) or not text.strip():
            continue
        if variable not in known:
            rest = variable.removeprefix(PREFIX).lower()
            owner = max((one for one in CARDS if rest.startswith(one + "_")), key=len, default="")
            if owner:
                words = ", ".join(variable_of(owner, key) for key in keys_of(owner))
                raise MisfitError(f"{variable}: there is no such variable; there are {words}")
            raise MisfitError(f"{variable}: there is no such provider; there are {', '.join(CARDS)}")
        provider, key = known[variable]
        found[provider, key] = _settled(provider, key, _of_text(provider, key, text.strip()), f"{variable}={text}")
    return found


def _host_names(provider: str) -> tuple[str, ...]:
    return tuple(host.name for host in CARDS[provider].hosts)


def _require_provider(name: str) -> None:
    if name not in CARDS:
        raise MisfitError(f"there is no provider {name}; there are {', '.join(CARDS)}")


def _of_text(provider: str, key: str, text: str) -> Any:
    """What a variable's text says, as the file would: `host=address,host=address` is a table."""
    try:
        if key == _ENABLED:
            return read_truth(text)
        if key == _CREDITS:
            return float(text)
    except ValueError:
        return text
    pairs = [part.partition("=") for part in text.split(",")]
    if all(host.strip() in _host_names(provider) for host, _, _ in pairs):
        return {host.strip(): address.strip() for host, _, address in pairs}
    return text


def _settled(provider: str, key: str, value: Any, said: str) -> Any:
    if key == _ENABLED:
        if not isinstance(value, bool):
            raise MisfitError(f"{said}: must be true or false")
        return value
    if key == _CREDITS:
        try:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(value)
            return read_amount(str(value))
        except ValueError as error:
            raise MisfitError(f"{said}: must be a number from 0 up") from error
    return _addresses(provider, value, said)


def _addresses(provider: str, value: Any, said: str) -> dict[str, str]:
    hosts = _host_names(provider)
    if isinstance(value, str):
        if len(hosts) > 1:
            words = f"{provider} asks {len(hosts)} hosts; give each its own address, as in"
            pairs = ", ".join(f'"{host}" = "…"' for host in hosts)
            raise MisfitError(f"{said}: {words} base_url = {{{pairs}}}")
        value = {hosts[0]: value}
    if not isinstance(value, dict):
        raise MisfitError(f"{said}: must be {_allowed(provider)}")
    for host in value:
        if host not in hosts:
            raise MisfitError(f"{said}: {provider} does not ask {host}; it asks {' and '.join(hosts)}")
    return {host: _address(provider, address, said) for host, address in value.items()}


def _address(provider: str, text: Any, said: str) -> str:
    is_over_ftp = CARDS[provider].is_over_ftp
    match = re.fullmatch(_FTP_ADDRESS if is_over_ftp else _ADDRESS, text) if isinstance(text, str) else None
    if match is None or (is_over_ftp and not _has_port(match[1])):
        raise MisfitError(f"{said}: must be {_allowed(provider)}")
    return match[1] if is_over_ftp else match[0].rstrip("/")


def _has_port(address: str) -> bool:
    port = address.partition(":")[2]
    return not port or 0 < int(port) < 65_536


def _allowed(provider: str) -> str:
    is_over_ftp = CARDS[provider].is_over_ftp
    return "an address such as " + ("ftp://127.0.0.1:8721" if is_over_ftp else "http://127.0.0.1:9000/x")
