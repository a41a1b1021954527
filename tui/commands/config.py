"""The command `shortside config show`: prints the settings in force as a configuration file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from providers.catalog import CARDS
from tui import exit_codes
from tui.settings.configuration import Configuration
from tui.settings.options import SETTINGS, Setting
from tui.settings.origins import Origin
from tui.settings.providers import keys_of
from tui.settings.rule_files import has_rules
from tui.settings.section_tables import SECTIONS, SectionMistake, SectionTables
from tui.settings.toml_text import as_toml, toml_key
from tui.terminal.plain_words import plain, say


def show(configuration: Configuration, with_origin: bool, mistakes: Iterable[SectionMistake] = ()) -> int:
    """Print every setting; returns the exit code.

    The output is TOML: what is not set is a comment, and so is, on request, where each value came from.

    Args:
        configuration: the settings, with their origins.
        with_origin: whether these are wanted.
        mistakes: what is wrong in the tables that only screens understand.
    """
    lines = [*_lines(configuration, with_origin), *(f"# mistake: {mistake}" for mistake in mistakes)]
    say("".join(f"{plain(line)}\n" for line in lines))
    return exit_codes.OK


def _lines(configuration: Configuration, with_origin: bool) -> list[str]:
    paths = configuration.options.paths
    lines = [
        f"# configuration file: {configuration.file}{'' if configuration.file.is_file() else ' (there is none)'}",
        f"# state: {paths.state}",
        f"# cache: {paths.cache}",
        f"# archive: {paths.archive}",
    ]
    for table, settings in groupby(SETTINGS, key=lambda setting: setting.table):
        if table:
            lines += ["", f"[{table}]"]
        lines += [_line(configuration, setting, with_origin) for setting in settings]
    for provider in CARDS:
        lines += ["", f"[providers.{provider}]"]
        lines += [_provider_line(configuration, provider, key, with_origin) for key in keys_of(provider)]
    return [*lines, *_sections(configuration.options.sections, with_origin), *_alerts(configuration, with_origin)]


def _sections(sections: SectionTables, with_origin: bool) -> list[str]:
    """Keys, themes and columns as they stand in the file."""
    lines = []
    for name in SECTIONS:
        table = getattr(sections, name)
        origin = [f"# {sections.file}"] if with_origin else []
        if isinstance(table, Mapping):
            lines += [
                "",
                *origin,
                f"[{name}]",
                *(f"{toml_key(key)} = {as_toml(value)}" for key, value in table.items()),
            ]
        elif table is not None:
            lines += ["", f"# {name} = {as_toml(table)}"]
    return lines


def _alerts(configuration: Configuration, with_origin: bool) -> list[str]:
    options = configuration.options
    if not has_rules(options):
        return []
    # Only where there are rules: to read them takes the list of figures.
    from tui.alerts.shown_tables import alert_lines

    return alert_lines(options, os.environ, with_origin)


def _line(configuration: Configuration, setting: Setting, with_origin: bool) -> str:
    value = getattr(configuration.options, setting.name)
    return _written(setting.name, value, configuration.origins[setting.name] if with_origin else None)


def _provider_line(configuration: Configuration, provider: str, key: str, with_origin: bool) -> str:
    value = getattr(configuration.options.providers[provider], key)
    # No other address is as good as none set.
    origin = configuration.provider_origins[provider, key] if with_origin else None
    return _written(key, None if value == {} else value, origin)


def _written(key: str, value: Any, origin: Origin | None) -> str:
    line = f"# {key} is not set" if value is None else f"{key} = {as_toml(value)}"
    return f"{line:<40}  # {origin.place}" if origin is not None else line
