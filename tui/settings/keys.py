"""Finds the user's API keys, and tells which providers that need a key have theirs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from providers.catalog import CARDS, KeyName
from providers.errors import ProviderError
from providers.keyed.keys import Keys, Secret, keyring_lookup, keys_of_keyring
from tui.settings.alert_secrets import alert_secrets
from tui.settings.rule_files import OWN_FILE_NAME, rules_file

if TYPE_CHECKING:
    from tui.settings.configuration import Options

KEY_FILE_NAME: Final = "keys"
"""The name of the key file beside the configuration file, which must have mode 0600."""


def keys_of_user(options: Options) -> Keys:
    """The user's API keys in the environment, the keyring and the key file; none is looked up yet."""
    return keys_beside(options.paths.configuration)


def keys_beside(configuration: Path) -> Keys:
    """API keys in the environment, the keyring, and the file beside a configuration file; none is looked up yet."""
    return Keys(os.environ, file=configuration.with_name(KEY_FILE_NAME), lookup=keyring_lookup())


def desk_password(configuration: Path) -> Secret | None:
    """The password of the desk, beside a configuration file or elsewhere; None where there is none. May block.

    Raises:
        KeyFileError, RefusedError: it is there and cannot be used.
    """
    found = keys_beside(configuration).find(KeyName.DESK_PASSWORD)
    return None if found is None else found[0]


def keyed_providers(keys: Keys, complaints: dict[str, str] | None = None) -> frozenset[str]:
    """The providers all of whose keys are there. May block, as a keyring does.

    Args:
        keys: where to look.
        complaints: given why, by provider, where a key is there and cannot be used: a bad key file is no reason not to
            ask those that need none.
    """
    found = set()
    for card in CARDS.values():
        try:
            if card.keys and keys.has(*card.keys):
                found.add(card.name)
        except ProviderError as error:
            if complaints is not None:
                complaints[card.name] = str(error)
    return frozenset(found)


def secrets_of_user(options: Options) -> list[str]:
    """The keys of this user in plain text, and the addresses of his alerts, to be struck out of other texts."""
    configuration, alerts = options.paths.configuration, options.alerts
    return [
        *secrets_beside(configuration),
        *alert_secrets(alerts.file, alerts.tables, os.environ),
        *alert_secrets(rules_file(options), (), os.environ),
    ]


def secrets_of_start(configuration: Path, named: Path) -> list[str]:
    """As `secrets_of_user` has them, where the settings were not read, or are what went wrong.

    Args:
        configuration: the configuration file where nobody names one, beside which keys lie; it need not exist.
        named: the configuration file that is read.
    """
    rules = (named, configuration.with_name(OWN_FILE_NAME))
    return [
        *secrets_beside(configuration),
        *(secret for file in rules for secret in alert_secrets(file, (), os.environ)),
    ]


def secrets_beside(configuration: Path) -> list[str]:
    """The keys in the environment and in the file beside a configuration, as plain text, to be struck out of others.

    A keyring is not asked, for it may want to be unlocked: of it those are there that it gave this process before.
    """
    keys = Keys(os.environ, file=configuration.with_name(KEY_FILE_NAME))
    found = keys_of_keyring()
    for name in KeyName:
        try:
            key = keys.find(name)
        except ProviderError:
            continue  # A file that cannot be used has given nothing away.
        if key is not None:
            found.append(key[0].reveal())
    return found
