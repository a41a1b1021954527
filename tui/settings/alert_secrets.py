"""The addresses and headers that rules of alerts hold, as plain text, to be struck out of other texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from providers.ordinary_files import content_of

OWN_FILE_NAME: Final = "alerts.toml"
"""The file of rules made by key, beside the configuration file."""
MOST_BYTES: Final = 2**20
VARIABLE: Final = "env:"
"""Begins the name of a variable that holds what is not to stand in a file."""
SECRET_KEYS: Final = ("webhook", "headers", "apprise")
"""The keys of a rule under which secrets stand."""


def alert_secrets(configuration: Path, tables: Any, environment: Mapping[str, str]) -> list[str]:
    """The secrets in the rules of a configuration file, and of the file of rules beside it.

    Args:
        configuration: the configuration file, which need not exist.
        tables: what TOML has under `alerts` in it.
        environment: holds what stands under `env:NAME`.
    """
    every = [*_tables(tables), *_tables(_own_tables(configuration.with_name(OWN_FILE_NAME)))]
    found = []
    for table in every:
        for key in SECRET_KEYS:
            for text in _texts(table.get(key)):
                is_variable = text.startswith(VARIABLE)
                found.append(environment.get(text.removeprefix(VARIABLE), "").strip() if is_variable else text.strip())
    return [secret for secret in found if secret]


def _own_tables(file: Path) -> Any:
    if not file.exists():
        return ()
    import tomllib

    try:
        return tomllib.loads(content_of(file, MOST_BYTES).decode("utf-8")).get("alerts", ())
    except (OSError, ValueError, RecursionError):
        return ()  # A file that cannot be used has given nothing away.


def _tables(tables: Any) -> list[Mapping[str, Any]]:
    return [table for table in tables if isinstance(table, Mapping)] if isinstance(tables, list | tuple) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
