"""The command `shortside config init`: writes a configuration file that names every setting and its default."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import groupby
from typing import Final

from providers.durable import make_folder, replace_file, write_once
from tui import exit_codes
from tui.errors import ConfigurationError, OutputError
from tui.settings.configuration import named_file
from tui.settings.options import SETTINGS, Setting
from tui.settings.toml_text import as_toml
from tui.terminal.plain_words import say_line

_HEAD: Final = """\
# The configuration of shortside. Every setting stands here behind a # with its default: take that away and
# change the value. The command line and variables such as SHORTSIDE_WINDOW go before this file;
# `shortside config show --origin` says what decided what.
"""
OWN_SECTIONS: Final = """\
# Keys of your own, by the ids that `shortside config keys` lists with what is built in. A key, or several; q, escape
# and ctrl+c go on leading out. Where one of them cannot be, none is in force, and the line is told.
#
# [keys]
#   "names.sort" = "O"
#   "app.help" = ["?", "f1"]
#
# Themes of your own: a name, the built-in theme they are made of (night, day, safe), and the colours of the roles that
# docs/themes.md lists. What is to be read must stand out from its paper by 4.5 to 1, muted text by 3 to 1. `sixteen` is
# for terminals of sixteen colours. `theme = "dusk"`, --theme dusk and the palette choose it.
#
# [themes.dusk]
#   base = "night"
#   gain = "#87d7af"
#   sixteen = {gain = "bright_green"}
#
# The columns of tables, from left to right; `shortside config columns` lists the tables and their columns, and
# docs/columns.md says what they mean. What is chosen with c holds until this file settles the table otherwise.
#
# [columns]
#   names = ["symbol", "crowding", "short_interest", "profit"]
"""
"""What a user settles for the screens, each table behind a `#` with an example."""


def init(given: Mapping[str, str], environment: Mapping[str, str], is_forced: bool) -> int:
    """Write the file; returns the exit code.

    Args:
        given: what the command line gave, by setting; `config` is the file's path.
        environment: the process's variables.
        is_forced: whether a file that is there may be replaced.

    Raises:
        ConfigurationError: there is one already, and it stays as it is.
        OutputError: it cannot be written.
    """
    file, content = named_file(given, environment), default_file().encode()
    if os.path.lexists(file) and not is_forced:
        raise ConfigurationError(f"{file}: there is a configuration file, and it stays; --force replaces it")
    try:
        make_folder(file.parent)
        if is_forced:
            replace_file(file, content, is_synced=True)
        else:
            write_once(file, lambda stream: stream.write(content))
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror or error}") from error
    say_line(f"wrote {file}")
    return exit_codes.OK


def default_file() -> str:
    """The text of the file: the settings of the one list, each behind its help."""
    lines = [_HEAD]
    for table, settings in groupby(SETTINGS, key=lambda setting: setting.table):
        if table:
            lines.append(f"[{table}]\n")
        lines += [_setting_lines(setting) for setting in settings]
    return "\n".join([*lines, OWN_SECTIONS])


def _setting_lines(setting: Setting) -> str:
    """What a setting does, what it may be, and its default behind a `#`."""
    value = "" if setting.default is None else as_toml(setting.default)
    return (
        f"# {setting.help}\n# must be {setting.allowed}{'; not set' if not value else ''}\n# {setting.name} = {value}\n"
    )
