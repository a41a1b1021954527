"""Says what may be typed next in a condition on names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shortside.conditions.figures import FigureKind, Figures
from shortside.conditions.reading import LIST_KEY, Vocabulary
from shortside.conditions.writing import value_text

_MOST: Final = 8
_LEAST_WITHIN: Final = 3
"""Letters from which on they are looked for within a figure's name, too: two are in half of all names."""
_TYPED: Final = re.compile(r'[^\s()!|&=<>~,"]*$')
_VALUE_BEFORE: Final = re.compile(r"""([^\s()!|&=<>~,"]+)\s*(?:[=<>~]+|!=|in\s*\([^()]*?)\s*$""", re.IGNORECASE)
_LISTED: Final = re.compile(rf"(?:^|[\s(!|&]){LIST_KEY}\s*:\s*([^()!|&=<>~,\":]*)$", re.IGNORECASE)
_NEW_CONDITION: Final = re.compile(r"(?:^|[(!|&])\s*$")
_EXAMPLES: Final = {
    FigureKind.DOLLARS: "200M",
    FigureKind.SHARES: "3M",
    FigureKind.RATIO: "20%",
    FigureKind.TRUTH: "yes",
}


@dataclass(frozen=True, slots=True)
class Completion:
    """Something that may be typed in place of the last word."""

    text: str
    meaning: str
    """What it is, in a line; empty for a word of a vocabulary."""
    begins_at: int
    """Where the word it stands for begins in the text."""


def completions(text: str, figures: Figures, vocabulary: Vocabulary = lambda key: None) -> tuple[Completion, ...]:
    """What the word at the end of a text may become, best first: figures, or the words that a figure can say.

    Nothing is offered where the text is a search for a name, or where any number fits.
    """
    if text.count('"') % 2:
        return ()
    listed = _LISTED.search(text)
    if listed is not None:
        return _words_begun(LIST_KEY, listed[1], listed.start(1), vocabulary)
    at = len(text) - len(_TYPED.search(text)[0])  # type: ignore[index]  # the pattern fits an empty end
    typed, before = text[at:].casefold(), text[:at]
    asked = _VALUE_BEFORE.search(before)
    if asked is not None:
        figure = figures.get(asked[1])
        is_asked = figure is not None and figure.has_vocabulary
        return _words_begun(figure.key, typed, at, vocabulary) if figure is not None and is_asked else ()
    if not _NEW_CONDITION.search(before):
        return ()
    begun = [
        figure
        for figure in figures.all
        if any(name.startswith(typed) for name in _names(figure.key, figure.short_forms))
    ]
    held = [
        figure
        for figure in figures.all
        if len(typed) >= _LEAST_WITHIN and typed in figure.key.casefold() and figure not in begun
    ]
    return tuple(
        Completion(figure.key, f"{figure.meaning} ({_EXAMPLES.get(figure.kind, figure.kind.value)})", at)
        for figure in (*begun, *held)[:_MOST]
    )


def _words_begun(key: str, typed: str, at: int, vocabulary: Vocabulary) -> tuple[Completion, ...]:
    """The words of a figure that begin as was typed, unless one of them is typed already."""
    fitting = sorted(word for word in vocabulary(key) or () if word.casefold().startswith(typed.casefold()))
    if [word.casefold() for word in fitting] == [typed.casefold()]:
        return ()
    return tuple(Completion(value_text(word), "", at) for word in fitting[:_MOST])


def _names(key: str, short_forms: tuple[str, ...]) -> list[str]:
    return [name.casefold() for name in (key, *short_forms)]
