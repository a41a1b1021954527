"""Writes the JSON Schemas of a document and of what it may be asked with, from the lists of documents and settings."""

from __future__ import annotations

from inspect import getdoc
from typing import Any, Final

from tui.documents.kind import DocumentKind
from tui.settings.options import MARKET_SETTINGS, SNAPSHOT_SETTINGS, Setting
from widgets.fields import Field, Unit

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MARKET_ARGUMENTS: Final = ("as_of", "window", "tier_basis", "positions", "known")
"""The settings that every document takes. The source is the server's, not the assistant's."""
PRIVATE_ARGUMENTS: Final = ("list",)
"""Settings that read what is the user's own."""
_TYPES: Final[dict[Unit, Schema]] = {
    Unit.WORDS: {"type": ["string", "null"]},
    Unit.DOLLARS: {"type": ["number", "null"], "description": "US dollars"},
    Unit.RATIO: {"type": ["number", "null"], "description": "a fraction"},
    Unit.NUMBER: {"type": ["number", "null"]},
    Unit.COUNT: {"type": ["integer", "null"]},
    Unit.SHARES: {"type": ["integer", "null"], "description": "shares"},
    Unit.TRUTH: {"type": ["boolean", "null"]},
    Unit.DAY: {"type": ["string", "null"], "format": "date"},
    Unit.MOMENT: {"type": ["string", "null"], "format": "date-time"},
    Unit.SCORES: {"type": ["object", "null"], "additionalProperties": {"type": ["number", "null"]}},
    Unit.AS_IT_IS: {},
}
_WORDS: Final[Schema] = {"type": ["string", "null"]}
_DAY: Final[Schema] = {"type": ["string", "null"], "format": "date"}
_HEAD: Final[Schema] = {
    "as_of": {"type": "string", "format": "date", "description": "the session the figures are of"},
    "day_note": {**_WORDS, "description": "that it is not the day asked for, or not the present"},
    "window": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "start": {"type": "string", "format": "date"},
            "end": {"type": "string", "format": "date"},
            "missed": {"type": "integer", "description": "sessions in it that nobody has"},
        },
        "required": ["name", "start", "end"],
    },
    "window_note": _WORDS,
    "tier_basis": {"type": "string"},
    "positions": {"type": "string", "description": "how shares between two settlements are estimated"},
    "known": {"type": "string", "description": "as-known, or revised: with hindsight"},
    "measured_to": {**_DAY, "description": "the last settlement; positions after it are estimated"},
    "cycle": {"type": "object"},
    "hindsight_to": _DAY,
    "source": {"type": "string"},
    "simulated": {"type": "boolean", "description": "true: a made-up market, in which nothing is real"},
}
_INPUTS: Final[Schema] = {
    "type": "array",
    "description": "the inputs behind the figures, each with the day it speaks of, and whether it is late",
    "items": {"type": "object", "required": ["dataset", "as_of", "freshness"]},
}


def input_schema(kind: DocumentKind, *, with_book: bool) -> Schema:
    """What a document may be asked with.

    Args:
        kind: which document.
        with_book: whether what is the user's own may be asked for.
    """
    settings = {setting.name: setting for setting in (*MARKET_SETTINGS, *SNAPSHOT_SETTINGS)}
    names = [*MARKET_ARGUMENTS, *(name for name in kind.options if with_book or name not in PRIVATE_ARGUMENTS)]
    properties = {name: _argument(settings[name]) for name in names}
    subject = subject_of(kind)
    if subject:
        words = f"which {subject} it is about"
        properties = {subject: {"type": "string", "minLength": 1, "description": words}, **properties}
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": properties,
        "required": [subject] if subject else [],
        "additionalProperties": False,
    }


def subject_of(kind: DocumentKind) -> str:
    """The argument that names what a document is about, such as `symbol`; empty where it is about a market."""
    return kind.subject.lower()


def _argument(setting: Setting) -> Schema:
    schema: Schema = {"type": "integer" if setting.is_number else "string", "description": setting.help}
    if "|" in setting.metavar:
        schema["enum"] = setting.metavar.split("|")
    elif setting.metavar == "YYYY-MM-DD":
        schema["format"] = "date"
    if setting.is_number:
        schema["minimum"] = 0
    if setting.default is not None:
        schema["default"] = setting.default
    return schema


def output_schema(kind: DocumentKind) -> Schema:
    """What a document holds: the keys docs/contract.md promises. A reader passes over keys it does not know."""
    rows = {"type": "array", "items": _row(kind.fields())}
    properties = {"schema": {"const": kind.schema}, **_HEAD, "rows": rows}
    required = ["schema", "as_of", "window", "source", "simulated", "rows"]
    if kind.has_inputs:
        properties["inputs"] = _INPUTS
        required.append("inputs")
    return {
        "$schema": DIALECT,
        "title": kind.title,
        "description": kind.words,
        "type": "object",
        "properties": properties,
        "required": required,
    }


def _row(fields: tuple[Field, ...]) -> Schema:
    return {"type": "object", "properties": {field.key: _value(field) for field in fields}}


def _value(field: Field) -> Schema:
    schema = dict(_TYPES[field.unit])
    unit = schema.pop("description", "")
    words = f"{field.meaning} ({unit})" if unit else field.meaning
    return {**schema, "description": words} if words else schema


def description(kind: DocumentKind) -> str:
    """What a document holds, for who chooses among them: its words, and what docs/contract.md says of it."""
    return f"{kind.words[0].upper()}{kind.words[1:]}.\n\n{getdoc(kind.make) or ''}".strip()
