"""Writes values as TOML has them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from shortside.words.plain_text import printable


def as_toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{toml_key(key)} = {as_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    if isinstance(value, timedelta):
        return f'"{value.total_seconds() / 60:g}m"'
    if isinstance(value, int | float | date):
        return str(value)
    # A literal string knows no escapes, which suits paths; one with a quote of its own needs the other kind.
    text = str(value)
    if "'" not in text and printable(text) == text:
        return f"'{text}'" if "\\" in text or '"' in text else f'"{text}"'
    return json.dumps(text)


def toml_key(key: str) -> str:
    """A key as TOML writes it: bare where that can be, else in quotes."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else as_toml(key)
