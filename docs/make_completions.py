"""Write what shells need to complete a command line: `python -m docs.make_completions`. It needs shtab.

The files are tracked and shipped, so that whoever installs the program needs nothing but the program.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final

from docs._command_tree import commands
from tui.commands.completion import FILE_NAMES, FOLDER
from tui.settings.options import SETTINGS
from widgets.exported_names import name_fields, name_orders

FILES: Final = ("FILE", "PATH")
FOLDERS: Final = ("FOLDER", "DIR")
"""How an option's value is called where it is a file, or a folder."""


def main() -> None:
    """Write the file of every shell."""
    FOLDER.mkdir(exist_ok=True)
    for shell, name in FILE_NAMES.items():
        (FOLDER / name).write_text(completion(shell), encoding="utf-8")
        print(f"wrote {FOLDER / name}", file=sys.stderr)


def completion(shell: str) -> str:
    """The completion of a shell, by the parser as it is now."""
    import shtab

    every = list(commands())
    for command in every:
        # A line for a line: descriptions are pages.
        command.parser.description = command.help
        for action in command.parser._actions:
            _offer(action, shtab.FILE, shtab.DIRECTORY)
    written: str = shtab.complete(every[0].parser, shell, root_prefix="shortside")
    return "\n".join(line.rstrip() for line in written.splitlines()) + "\n"


def _offer(action: argparse.Action, file: object, folder: object) -> None:
    """Say what a shell offers for a value: words, files or folders."""
    offered = {setting.option: setting.offered for setting in SETTINGS if setting.offered}
    offered["--sort"] = tuple(name_orders())
    offered["--columns"] = tuple(field.key for field in name_fields())
    option = next(iter(action.option_strings), "")
    if option in offered and not action.choices:
        action.choices = offered[option]
    if action.dest == "panel" and action.choices is not None:
        # It has a parser of its own, which imports nothing.
        action.choices, action.help = (*action.choices, "line"), "document"
    if action.metavar in FILES:
        action.complete = file  # type: ignore[attr-defined]
    if action.metavar in FOLDERS:
        action.complete = folder  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
