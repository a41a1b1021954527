"""Where this user's keys may be, and which keyed providers have theirs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from providers.errors import ProviderError
from providers.keyed.keys import KeyName, Keys, keyring_lookup

if TYPE_CHECKING:
    from tui.settings.configuration import Options

FILE: Final = "keys"
"""Beside the configuration file, mode 0600."""
WANTED: Final[dict[str, tuple[KeyName, ...]]] = {
    "alpaca": (KeyName.ALPACA_KEY_ID, KeyName.ALPACA_SECRET_KEY),
    "massive": (KeyName.MASSIVE_KEY,),
    "ortex": (KeyName.ORTEX_KEY,),
}
"""The keys each provider wants. The providers say the same, but importing them takes half a second; a test compares."""


def keys_of_user(options: Options) -> Keys:
    """The keys of the environment, the keyring, and the file beside the configuration; none is looked up yet."""
    return Keys(os.environ, file=options.paths.configuration.with_name(FILE), lookup=keyring_lookup())


def keyed_providers(keys: Keys, complaints: dict[str, str] | None = None) -> frozenset[str]:
    """The providers all of whose keys are there. May block, as a keyring does.

    Args:
        keys: where to look.
        complaints: given why, by provider, where a key is there and cannot be used: a bad key file is no reason not to
            ask those that need none.
    """
    found = set()
    for provider, names in WANTED.items():
        try:
            if keys.has(*names):
                found.add(provider)
        except ProviderError as error:
            if complaints is not None:
                complaints[provider] = str(error)
    return frozenset(found)
