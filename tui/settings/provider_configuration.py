"""Settles what is set of providers from environment, file and default, and remembers where each value came from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from providers.catalog import CARDS
from tui.errors import ConfigurationError
from tui.settings import providers as provider_settings
from tui.settings.origins import Level, Origin
from tui.settings.providers import MisfitError, ProviderOptions, variable_of

FoundOfProviders = dict[tuple[str, str], tuple[Any, Origin]]
"""Values with their origins, by provider and key."""


def from_file(file: Path, tables: Any) -> FoundOfProviders:
    """The provider settings in the configuration file's table `providers`, with their origins.

    Raises:
        ConfigurationError: a provider, a key or a value cannot be.
    """
    try:
        values = provider_settings.values_of_table(tables)
    except MisfitError as error:
        raise ConfigurationError(f"{file}: {error}") from error
    return {
        (provider, key): (value, Origin(Level.FILE, f"{file}: providers.{provider}.{key}"))
        for (provider, key), value in values.items()
    }


def from_environment(environment: Mapping[str, str]) -> FoundOfProviders:
    """The provider settings in the environment, with their origins; raises ConfigurationError for a bad one."""
    try:
        values = provider_settings.values_of_environment(environment)
    except MisfitError as error:
        raise ConfigurationError(str(error)) from error
    return {
        (provider, key): (value, Origin(Level.ENVIRONMENT, variable_of(provider, key)))
        for (provider, key), value in values.items()
    }


def settled_providers(found: FoundOfProviders) -> dict[str, ProviderOptions]:
    """The options of every provider there is.

    Raises:
        ConfigurationError: a key would travel unencrypted.
    """
    given: dict[str, dict[str, Any]] = {name: {} for name in CARDS}
    for (provider, key), (value, origin) in found.items():
        given[provider][key] = value
        if key == "base_url" and CARDS[provider].keys:
            _require_private_ways(provider, value, origin)
    return {name: ProviderOptions(**values) for name, values in given.items()}


def _require_private_ways(provider: str, addresses: Mapping[str, str], origin: Origin) -> None:
    """Refuse at once what would be refused with the first question: a key on its way unencrypted."""
    from providers.errors import RefusedError
    from providers.keyed.keys import require_private_way

    for address in addresses.values():
        try:
            require_private_way(address, CARDS[provider].title)
        except RefusedError as error:
            raise ConfigurationError(f"{origin.place}: {error}") from error
