"""Reads conditions on names out of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from shortside.conditions.amounts import amount_of
from shortside.conditions.errors import ConditionError, nearest_of
from shortside.conditions.figures import Figure, FigureKind, Figures
from shortside.conditions.syntax import AllOf, AnyOf, Compared, Comparison, Condition, Named, Negated, OneOf, Value

if TYPE_CHECKING:
    from lark import Lark, Token

MOST_CHARACTERS: Final = 1_000
"""No condition is longer: nobody types more, and every beat evaluates it."""
MOST_DEPTH: Final = 40
"""Brackets and negations within one another."""

Vocabulary = Callable[[str], Collection[str] | None]
"""The words a figure can say on a market, by the figure's key; None where they are not known."""

LIST_KEY: Final = "list"
"""The figure of which lists a name is on; `list:banks` is short for `list = banks`."""
UNKNOWN_WORDS: Final = frozenset({"null", "unknown", "unclassified"})
"""How the unknown is called: by the contract, on the screen, and as the tier of names without a share count."""
_TRUTHS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_ORDERED: Final = frozenset({Comparison.ABOVE, Comparison.AT_LEAST, Comparison.BELOW, Comparison.AT_MOST})
_IN_WORDS: Final = {
    "OPERATOR": "= != > >= < <= ~",
    "WORD": "a word",
    "QUOTED": 'words in ""',
    "RPAR": ")",
    "LPAR": "(",
    "COMMA": ",",
    "VBAR": "|",
    "AMPERSAND": "&",
    "BANG": "!",
    "IN": "in (…)",
    "$END": "the end",
}


def is_plain(text: str) -> bool:
    """Whether a text holds no sign of the language, and so searches symbols and names for all of it.

    `AT&T`, `Procter`, `Yahoo!` and `Moody's` are plain; `bank & small` and `crowding > 90` are not.
    """
    return not re.search(r'[=<>~()|"]|(?:^|\s)!\S|\s&|&\s|^&|&$|^\s*list\s*:', text, re.IGNORECASE)


def read_condition(text: str, figures: Figures, vocabulary: Vocabulary = lambda key: None) -> Condition:
    """The condition a text says.

    Args:
        text: as people type it; a plain text searches symbols and names.
        figures: the figures it may speak of.
        vocabulary: the words that figures can say, so that a misspelt tier is not taken for an empty one.

    Raises:
        ConditionError: it is no condition, with the place, and the nearest figure or word.
    """
    if len(text) > MOST_CHARACTERS:
        raise ConditionError(f"a condition has {MOST_CHARACTERS:,} characters at most", MOST_CHARACTERS)
    if not text.strip():
        raise ConditionError("a condition says something", 0)
    figure = figures.get(text.strip())
    if is_plain(text) and (figure is None or figure.kind is not FigureKind.TRUTH):
        return Named(" ".join(text.split()))
    _check_depth(text)
    return _Reading(text, figures, vocabulary).condition()


def _check_depth(text: str) -> None:
    depth = run = 0
    for at, sign in enumerate(re.sub(r'"[^"]*"', lambda quoted: " " * len(quoted[0]), text)):
        run = run + 1 if sign == "!" else run if sign.isspace() or sign == "(" else 0
        depth += (sign == "(") - (sign == ")")
        if depth + run > MOST_DEPTH:
            raise ConditionError(f"brackets and ! stand {MOST_DEPTH} deep at most", at)


@cache
def _parser() -> Lark:
    # Imported late: whoever filters by plain words need not wait for it.
    from lark import Lark

    grammar = files("shortside.conditions").joinpath("conditions.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


class _Reading:
    """One text on its way to a condition."""

    def __init__(self, text: str, figures: Figures, vocabulary: Vocabulary) -> None:
        self._text = text
        self._figures = figures
        self._vocabulary = vocabulary

    def condition(self) -> Condition:
        from lark.exceptions import UnexpectedInput

        try:
            tree = _parser().parse(self._text)
        except UnexpectedInput as error:
            raise self._in_words(error) from None
        return self._made(tree)

    def _in_words(self, error: Any) -> ConditionError:
        at = getattr(error, "pos_in_stream", None)
        token = getattr(error, "token", None)
        if at is None or at < 0 or (token is not None and token.type == "$END"):
            at = len(self._text)
        wanted = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", ())
        words = sorted(_IN_WORDS[one] for one in wanted or () if one in _IN_WORDS)
        if self._text[:at].count('"') % 2 or (at < len(self._text) and self._text[at] == '"'):
            return ConditionError('a " is not closed', at)
        if token is not None and token.type == "OPERATOR":
            return ConditionError(f"one figure stands before {token}; between conditions stands & or |", at)
        found = repr(self._text[at]) if at < len(self._text) else "the end"
        return ConditionError(f"{found} cannot stand here: {' or '.join(words) or 'nothing'} can", at)

    def _made(self, tree: Any) -> Condition:
        children = tree.children
        match tree.data:
            case "any" | "all":
                parts = tuple(self._made(child) for child in children)
                return parts[0] if len(parts) == 1 else (AnyOf if tree.data == "any" else AllOf)(parts)
            case "negated":
                return Negated(self._made(children[0]))
            case "words":
                return self._word(children)
            case "quoted_words":
                return Named(self._quoted(children[0]))
            case "comparison":
                return self._compared(*children)
            case "listed":
                figure = self._figures.required(LIST_KEY, children[0].start_pos or 0)
                return Compared(figure.key, Comparison.EQUAL, self._value(figure, children[1]))
            case _:
                return self._one_of(children[0], children[2:])

    def _word(self, words: list[Token]) -> Condition:
        figure = self._figures.get(str(words[0])) if len(words) == 1 else None
        if figure is not None and figure.kind is FigureKind.TRUTH:
            return Compared(figure.key, Comparison.EQUAL, True)
        if figure is not None:
            end = (words[0].start_pos or 0) + len(words[0])
            raise ConditionError(f'{figure.key} stands before = > < or in; "{words[0]}" searches names', end)
        return Named(" ".join(words))

    def _quoted(self, token: Token) -> str:
        words = " ".join(str(token)[1:-1].split())
        if not words:
            raise ConditionError('something stands between ""', token.start_pos or 0)
        return words

    def _compared(self, name: Token, operator: Token, value: Any) -> Condition:
        figure = self._figures.required(str(name), name.start_pos or 0)
        comparison = Comparison(str(operator).replace("==", "="))
        at = operator.start_pos or 0
        of_words = figure.kind is FigureKind.TEXT
        if comparison is Comparison.HOLDS and not of_words:
            raise ConditionError(f"~ searches words, and {figure.key} is {figure.kind.noun}", at)
        if comparison in _ORDERED and (of_words or figure.kind is FigureKind.TRUTH):
            raise ConditionError(f"{figure.key} is {figure.kind.noun} and has no order: = != or in", at)
        meant = self._value(figure, value, is_part=comparison is Comparison.HOLDS)
        if meant is None and comparison not in (Comparison.EQUAL, Comparison.UNEQUAL):
            raise ConditionError("the unknown has no order: = null or != null", at)
        return Compared(figure.key, comparison, meant)

    def _one_of(self, name: Token, values: list[Any]) -> Condition:
        figure = self._figures.required(str(name), name.start_pos or 0)
        meant = dict.fromkeys(self._value(figure, value) for value in values if hasattr(value, "data"))
        return OneOf(figure.key, tuple(meant))

    def _value(self, figure: Figure, tree: Any, *, is_part: bool = False) -> Value:
        first = tree.children[0]
        at = first.start_pos or 0
        if tree.data == "quoted":
            written, is_quoted = self._quoted(first), True
        else:
            written, is_quoted = " ".join(tree.children), False
        if not is_quoted and written.casefold() in UNKNOWN_WORDS:
            return None
        if figure.kind is FigureKind.TEXT:
            return self._words_of(figure, written, at, is_part=is_part)
        return _READERS[figure.kind](figure, written, at)

    def _words_of(self, figure: Figure, written: str, at: int, *, is_part: bool) -> str:
        known = self._vocabulary(figure.key) if figure.has_vocabulary and not is_part else None
        if known is None:
            return written
        for word in known:
            if word.casefold() == written.casefold():
                return word
        if not known:
            raise ConditionError(f"no {figure.key} is known here", at)
        raise ConditionError(f"no {figure.key} is called {written!r}", at, nearest_of(written, known))


def _amount(units: frozenset[str], example: str, figure: Figure, written: str, at: int) -> Value:
    amount = amount_of(written)
    if amount is None:
        raise ConditionError(f"{figure.key} is {figure.kind.noun}: {written!r} is no number, write {example}", at)
    if amount.unit not in units and amount.digits != 0:
        raise ConditionError(f"{figure.key} is {figure.kind.noun}: write {example}, not {written!r}", at)
    return amount


def _truth(figure: Figure, written: str, at: int) -> Value:
    if written.casefold() not in _TRUTHS:
        raise ConditionError(f"{figure.key} is {figure.kind.noun}, not {written!r}", at)
    return _TRUTHS[written.casefold()]


_LARGE: Final = frozenset({"", "k", "m", "mm", "mn", "b", "bn", "t", "tn"})
_READERS: Final[dict[FigureKind, Callable[[Figure, str, int], Value]]] = {
    FigureKind.DOLLARS: partial(_amount, _LARGE, "200M or 1.5B"),
    FigureKind.SHARES: partial(_amount, _LARGE, "3M"),
    FigureKind.NUMBER: partial(_amount, frozenset({"", "d"}), "90"),
    FigureKind.RATIO: partial(_amount, frozenset({"%"}), "20%"),
    FigureKind.TRUTH: _truth,
}
