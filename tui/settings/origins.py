"""Says who decided a setting."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Level(Enum):
    """Who decided a setting; a later one gives way to an earlier."""

    ARGUMENT = "argument"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


class Origin(NamedTuple):
    """Where a value came from."""

    level: Level
    place: str
    """In words: `--as-of`, `SHORTSIDE_AS_OF`, `/home/me/config.toml: as_of`, `default`."""
