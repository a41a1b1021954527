"""The files that hold rules of alerts: where they are, whether there are any, and what TOML has in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from providers.ordinary_files import MEGABYTE, content_of

if TYPE_CHECKING:
    from tui.settings.configuration import Options

OWN_FILE_NAME: Final = "alerts.toml"
"""The file of rules made by key, beside the configuration file."""
MOST_BYTES: Final = MEGABYTE


def rules_file(options: Options) -> Path:
    """The file of rules made by key."""
    return options.paths.configuration.with_name(OWN_FILE_NAME)


def has_rules(options: Options) -> bool:
    """Whether there was any rule to be read at the start, or there is a file of them; reads nothing."""
    return bool(options.alerts.tables) or rules_file(options).exists()


def rules_document(file: Path) -> dict[str, Any]:
    """All that a configuration file or one of rules holds now.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no TOML.
    """
    import tomllib

    try:
        return tomllib.loads(content_of(file, MOST_BYTES).decode("utf-8"))
    except RecursionError as error:
        raise ValueError(str(error)) from error
