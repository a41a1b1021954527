"""Shows rules as a configuration file has them, without the addresses and headers that they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.keyed.keys import MASK_OF_SECRETS
from tui.alerts.files import AlertFileError, OwnAlerts, read_alerts, read_own
from tui.alerts.rule_tables import ReadAlerts
from tui.settings.alert_secrets import SECRET_KEYS, VARIABLE
from tui.settings.configuration import Options
from tui.settings.rule_files import rules_file
from tui.settings.toml_text import as_toml, toml_key


def alert_lines(options: Options, environment: Mapping[str, str], with_origin: bool) -> list[str]:
    """Every rule as TOML, each after where it stands; below it, as comments, what is wrong.

    Args:
        options: name the files.
        environment: holds what stands under `env:NAME`.
        with_origin: whether it is said where each rule stands.
    """
    file = rules_file(options)
    try:
        own = read_own(file)
    except AlertFileError:
        own = OwnAlerts()  # Named among the mistakes.
    lines = []
    for where, tables in ((options.alerts.file, options.alerts.tables), (file, own.tables)):
        for number, table in enumerate(tables if isinstance(tables, list | tuple) else (), start=1):
            if isinstance(table, Mapping):
                origin = [f"# {where}: alerts {number}"] if with_origin else []
                off = [f"# switched off in {file}"] if table.get("name") in own.off else []
                lines += ["", *origin, *off, "[[alerts]]", *(_line(key, value) for key, value in table.items())]
    found = read_all(options, environment)
    return [*lines, *(f"# mistake: {mistake}" for mistake in found.mistakes)]


def read_all(options: Options, environment: Mapping[str, str]) -> ReadAlerts:
    """The rules of both files, and what is wrong with others."""
    from widgets.name_conditions import condition_figures

    return read_alerts(options, condition_figures(), environment)


def _line(key: str, value: Any) -> str:
    return f"{toml_key(key)} = {as_toml(_masked(value) if key in SECRET_KEYS else value)}"


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return value if isinstance(value, str) and value.startswith(VARIABLE) else MASK_OF_SECRETS
