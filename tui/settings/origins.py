"""Records where the value of a setting came from: command line, environment, file or default."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """The kind of place a setting's value came from; an earlier level overrides a later one."""

    ARGUMENT = "argument"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Origin(NamedTuple):
    """The place where the value of a setting came from."""

    level: Level
    place: str
    """The place in words: `--as-of`, `SHORTSIDE_AS_OF`, `/home/me/config.toml: as_of`, `default`."""
