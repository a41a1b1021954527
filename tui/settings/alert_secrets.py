"""The addresses and headers that rules of alerts hold, as plain text, to be struck out of other texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from tui.settings.rule_files import rules_document

VARIABLE: Final = "env:"
"""Begins the name of a variable that holds what is not to stand in a file."""
SECRET_KEYS: Final = ("webhook", "headers", "apprise")
"""The keys of a rule under which secrets stand."""


def alert_secrets(file: Path, tables: Any, environment: Mapping[str, str]) -> list[str]:
    """The secrets in the rules of a file, those it held when it was read and those it holds now.

    Args:
        file: a configuration file or one of rules; it need not exist.
        tables: what TOML had under `alerts` in it when it was read; nothing for a file that was not.
        environment: holds what stands under `env:NAME`.
    """
    found: dict[str, None] = {}
    for table in (*_tables(tables), *_tables(_tables_now(file))):
        for key in SECRET_KEYS:
            for text in _texts(table.get(key)):
                is_variable = text.startswith(VARIABLE)
                value = environment.get(text.removeprefix(VARIABLE), "") if is_variable else text
                found[value.strip()] = None
    return [secret for secret in found if secret]


def secret_variables(table: Mapping[str, Any]) -> frozenset[str]:
    """The names of the variables that hold a rule's secrets."""
    texts = (text for key in SECRET_KEYS for text in _texts(table.get(key)))
    return frozenset(text.removeprefix(VARIABLE) for text in texts if text.startswith(VARIABLE))


def _tables_now(file: Path) -> Any:
    try:
        return rules_document(file).get("alerts", ()) if file.exists() else ()
    except (OSError, ValueError):
        return ()  # A file that cannot be used has given nothing away.


def _tables(tables: Any) -> list[Mapping[str, Any]]:
    return [table for table in tables if isinstance(table, Mapping)] if isinstance(tables, list | tuple) else []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(one)
