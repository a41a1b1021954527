"""Writes a condition as the text that reads as the same condition."""

from __future__ import annotations

import re
from typing import Final

from shortside.conditions.amounts import Amount
from shortside.conditions.figures import Figures
from shortside.conditions.reading import UNKNOWN_WORDS
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Comparison, Condition, Named, Negated, OneOf, Value

_BARE: Final = re.compile(r'[^\s()!|&=<>~,"]+(?: [^\s()!|&=<>~,"]+)*')


def condition_text(condition: Condition, figures: Figures) -> str:
    """The text of a condition, with the contract's names and no more brackets than it needs."""
    match condition:
        case Named(words):
            return _words(words, figures)
        case Compared(key, Comparison.EQUAL, True):
            return key
        case Compared(key, comparison, value):
            return f"{key} {comparison.value} {value_text(value)}"
        case OneOf(key, values):
            return f"{key} in ({', '.join(map(value_text, values))})"
        case Negated(inner):
            return f"!{_within(inner, figures, AllOf, AnyOf)}"
        case AllOf(parts):
            return " & ".join(_within(part, figures, AllOf, AnyOf) for part in parts)
        case AnyOf(parts):
            return " | ".join(_within(part, figures, AnyOf) for part in parts)


def _within(condition: Condition, figures: Figures, *bracketed: type) -> str:
    text = condition_text(condition, figures)
    return f"({text})" if isinstance(condition, bracketed) else text


def _words(words: str, figures: Figures) -> str:
    # A bare word that is a figure's name means the figure.
    return words if _BARE.fullmatch(words) and figures.get(words) is None else f'"{words}"'


def value_text(value: Value) -> str:
    """A value as it is written behind a comparison, between quotation marks where it needs them."""
    match value:
        case None:
            return "null"
        case bool():
            return "yes" if value else "no"
        case Amount():
            return str(value)
        case str():
            return value if _BARE.fullmatch(value) and value.casefold() not in UNKNOWN_WORDS else f'"{value}"'
