"""Says who decided a setting."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(Enum):
    """Who decided a setting; a later one gives way to an earlier."""

    ARGUMENT = "argument"
    ENVIRONMENT = "environment"
    FILE = "file"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from."""

    level: Level
    place: str
    """In words: `--as-of`, `SHORTSIDE_AS_OF`, `/home/me/config.toml: as_of`, `default`."""
