"""Reads the tables `[[alerts]]`: the rules that can be, and each mistake with its place; one stops no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from shortside.alerts.quiet import quiet_hours
from shortside.alerts.reading import OnError, read_subject
from shortside.alerts.rules import Doubtful, Rule
from shortside.conditions.errors import ConditionError, nearest_of
from shortside.conditions.figures import Figures
from shortside.conditions.reading import Vocabulary, read_condition
from shortside.named_windows import WindowError, first_day, window_names
from shortside.words.plain_text import printable
from tui.alerts.ways import APPRISE, COMMAND, WEBHOOK, WayError, Ways, ways_of
from tui.settings.options import duration

KEYS: Final = (
    *("name", "when", "on", "among", "window", "cooldown", "quiet", "ways"),
    *(COMMAND, WEBHOOK, "headers", APPRISE, "also"),
)
"""The keys of a rule."""
MOST_RULES: Final = 500
LONGEST_NAME: Final = 60
DEFAULT_COOLDOWN: Final = timedelta(minutes=5)
"""How long a rule is silent after it was told, unless it says otherwise."""


class Alert(NamedTuple):
    """A rule with how it is told."""

    rule: Rule
    ways: Ways
    file: Path
    """Where it stands."""
    is_on: bool = True
    """Whether it is told at all; somebody may have switched it off on the screen."""


class Mistake(NamedTuple):
    """Something in a file of rules that cannot be."""

    place: str
    """The file, the rule and its key, without what stands there."""
    words: str

    def __str__(self) -> str:
        return f"{self.place}: {self.words}"


class ReadAlerts(NamedTuple):
    """The rules of some files, and what is wrong with others."""

    alerts: tuple[Alert, ...] = ()
    mistakes: tuple[Mistake, ...] = ()


class _KeyedError(ValueError):
    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


def alerts_of(
    file: Path,
    tables: Any,
    figures: Figures,
    environment: Mapping[str, str],
    *,
    vocabulary: Vocabulary = lambda key: None,
    off: Iterable[str] = (),
    taken: Iterable[str] = (),
) -> ReadAlerts:
    """The rules in the tables of a file.

    Args:
        file: where they stand, for the words.
        tables: what TOML has under `alerts`.
        figures: the figures that conditions may speak of.
        environment: holds what stands under `env:NAME`.
        vocabulary: the words that figures can say; nothing is known of them without a market.
        off: the names of rules that are switched off.
        taken: the names of rules in other files.
    """
    if not isinstance(tables, list | tuple) or not all(isinstance(table, Mapping) for table in tables):
        return ReadAlerts((), (Mistake(f"{file}: alerts", "must be tables, each begun by [[alerts]]"),))
    names, switched_off = set(taken), frozenset(off)
    alerts: list[Alert] = []
    mistakes: list[Mistake] = []
    for number, table in enumerate(tables, start=1):
        place = _place(file, number, table)
        try:
            if number > MOST_RULES:
                raise _KeyedError("", f"{MOST_RULES} rules are the most there may be")
            rule = _rule(table, figures, vocabulary)
            if rule.name in names:
                raise _KeyedError("name", "another rule is called so")
            alerts.append(Alert(rule, ways_of(table, environment), file, rule.name not in switched_off))
            names.add(rule.name)
        except (_KeyedError, WayError) as error:
            mistakes.append(Mistake(": ".join(filter(None, (place, error.key))), str(error)))
    return ReadAlerts(tuple(alerts), tuple(mistakes))


def _place(file: Path, number: int, table: Mapping[str, Any]) -> str:
    name = table.get("name")
    called = f" ({printable(name)[:LONGEST_NAME]})" if isinstance(name, str) and name else ""
    return f"{file}: alerts {number}{called}"


def _rule(table: Mapping[str, Any], figures: Figures, vocabulary: Vocabulary) -> Rule:
    for key in table:
        if key not in KEYS:
            near = nearest_of(key, KEYS)
            words = f"nearest: {near}" if near else f"the keys are {', '.join(KEYS)}"
            raise _KeyedError("", f"there is no key {printable(key)}; {words}")
    name = " ".join(printable(_text(table, "name")).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise _KeyedError("name", f"must have 1 to {LONGEST_NAME} signs")
    when, on, among = _text(table, "when"), _text(table, "on", ""), _text(table, "among", "")
    try:
        subject = read_subject(when, on, figures, duration, vocabulary)
    except ConditionError as error:
        raise _KeyedError("when", str(error)) from None
    except OnError as error:
        raise _KeyedError("on", str(error)) from None
    try:
        condition = read_condition(among, figures, vocabulary) if among else None
    except ConditionError as error:
        raise _KeyedError("among", str(error)) from None
    return Rule(
        name=name,
        when=" ".join(when.split()),
        subject=subject,
        on=" ".join(on.split()),
        among=condition,
        among_words=among,
        window=_window(table),
        cooldown=_cooldown(table),
        quiet=_quiet(table),
        also=_also(table),
    )


def _text(table: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if value is None:
        raise _KeyedError(key, "is not there, and every rule has one")
    if not isinstance(value, str):
        raise _KeyedError(key, "must be a text")
    return value


def _window(table: Mapping[str, Any]) -> str:
    window = _text(table, "window", "ytd")
    try:
        is_known = window in window_names() or first_day(window) is not None
    except WindowError as error:
        raise _KeyedError("window", str(error)) from None
    if not is_known:
        near = nearest_of(window, window_names())
        raise _KeyedError("window", f"must be one of {', '.join(window_names())}" + (f"; nearest: {near}" * bool(near)))
    return window


def _cooldown(table: Mapping[str, Any]) -> timedelta:
    if "cooldown" not in table:
        return DEFAULT_COOLDOWN
    text = _text(table, "cooldown")
    try:
        return timedelta() if text == "0" else min(duration(text), timedelta(days=366))
    except (ValueError, OverflowError):
        raise _KeyedError("cooldown", "must be a number and a unit, such as 30m, 2h or 1d") from None


def _quiet(table: Mapping[str, Any]) -> Any:
    if "quiet" not in table:
        return None
    try:
        return quiet_hours(_text(table, "quiet"))
    except _KeyedError:
        raise
    except ValueError:
        raise _KeyedError("quiet", 'must be hours, as "22:00-07:00 New York" or "22:00-07:00 here"') from None


def _also(table: Mapping[str, Any]) -> frozenset[Doubtful]:
    known = {one.value: one for one in Doubtful}
    written = table.get("also", [])
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise _KeyedError("also", f"must be a list of {', '.join(known)}")
    for word in written:
        if word not in known:
            near = nearest_of(word, known)
            raise _KeyedError(
                "also", f"{printable(word)!r} is none of {', '.join(known)}" + f"; nearest: {near}" * bool(near)
            )
    return frozenset(known[word] for word in written)
