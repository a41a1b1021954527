"""Reads the table `[keys]`: which keys bindings have instead of the built-in ones; whole, or not at all."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from itertools import chain, combinations, product
from typing import Any, Final

from textual.app import App
from textual.dom import DOMNode
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from shortside.conditions.errors import nearest_of
from shortside.words.plain_text import printable
from tui.screens.key_catalog import SCREENS_WITH_KEYS, BoundKeys, bound_keys, every_binding
from tui.settings.section_tables import KeyPath, SectionMistake, SectionTables, leaves
from widgets.key_names import ChangedKeys, shown_key, sign_of_key

WAYS_OUT: Final = ("q", "escape", "ctrl+c")
"""The keys that lead out of every screen, and mean nothing else anywhere."""
MOST_KEYS: Final = 8
"""Of a binding."""
_NAMED: Final = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"),
    *("backspace", "enter", "tab", "escape", "space"),
    *(f"f{number}" for number in range(1, 25)),
)
_SAME_BYTE: Final[Mapping[str, str]] = {"ctrl+i": "tab", "ctrl+m": "enter", "ctrl+h": "backspace"}
"""What terminals send the same byte for as for another key."""


class KeysError(ValueError):
    """What stands under a key of the table cannot be; the message says why."""

    def __init__(self, path: KeyPath, words: str) -> None:
        super().__init__(words)
        self.path = path


def read_keys(tables: SectionTables, app: type[App[Any]]) -> tuple[ChangedKeys, list[SectionMistake]]:
    """The keys that bindings have instead of the built-in ones; none of them where anything is wrong.

    Args:
        tables: what stands in the file.
        app: whose bindings are everywhere.
    """
    if tables.keys is None:
        return {}, []
    if not isinstance(tables.keys, Mapping):
        return {}, [tables.mistake(("keys",), 'must be a table of ids and keys: "names.sort" = "O"')]
    known = every_binding(app)
    changed: dict[str, tuple[str, ...]] = {}
    paths: dict[str, KeyPath] = {}
    mistakes: list[SectionMistake] = []
    for path, value in leaves(tables.keys, ("keys",)):
        binding = ".".join(path[1:])
        try:
            _require_known(path, binding, known)
            changed[binding] = _keys_of(path, value, known[binding][0])
            paths[binding] = path
        except KeysError as error:
            mistakes.append(tables.mistake(error.path, str(error)))
    if not mistakes:
        clashes: dict[str, str] = {}
        for binding, words in _clashes(changed, app):
            clashes.setdefault(binding, words)
        mistakes = [tables.mistake(paths[binding], words) for binding, words in clashes.items()]
    return ({}, mistakes) if mistakes else (changed, [])


def written_key(key: str) -> str:
    """A key as people write it: the sign for one that has a sign, else Textual's name."""
    sign = shown_key(key) if is_typed(key) and key != "space" else ""
    return sign if key_named(sign) == key else key


def whole_keymap(changed: ChangedKeys, app: type[App[Any]]) -> dict[str, tuple[str, ...]]:
    """A keymap for Textual: the changed bindings, and with their keys those that share one of them in a class.

    Textual takes a key of a changed binding away from whatever else has it in the same class, such as `T` of a
    recording and `T` of a past day, of which only one is live at a time.
    """
    found = dict(changed)
    alike = [bound_keys(kind) for kind in (app, *_kinds())] if changed else []
    waiting = set(changed)
    while waiting:
        more: dict[str, tuple[str, ...]] = {}
        for bounds in alike:
            taken = {key for bound in bounds if bound.binding in waiting for key in bound.keys}
            more |= {one.binding: one.keys for one in bounds if one.binding and taken.intersection(one.keys)}
        waiting = more.keys() - found.keys()
        found |= {binding: more[binding] for binding in waiting}
    return found


def _kinds() -> Iterator[type[DOMNode]]:
    for one in SCREENS_WITH_KEYS:
        yield from (one.screen, *one.widgets)


def key_named(text: str) -> str:
    """A key by Textual's name for it, given that or its sign (`?`); empty where no terminal sends such a key."""
    if len(text) == 1:
        return _key_of_sign(text)
    if text in _SAME_BYTE:
        return ""
    if text in _names() or (sign_of_key(text) and _key_of_sign(sign_of_key(text)) == text):
        return text
    modifier, _, rest = text.partition("+")
    # With alt a terminal sends Esc before whatever else it is.
    return f"alt+{key}" if modifier == "alt" and not rest.startswith("alt+") and (key := key_named(rest)) else ""


def is_typed(key: str) -> bool:
    """Whether a key is a sign that stands in a text where one types."""
    return "+" not in key and (key not in _NAMED or key == "space")


def _key_of_sign(sign: str) -> str:
    if sign == " ":
        return "space"
    if not sign.isprintable():
        return ""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    name = KEY_NAME_REPLACEMENTS.get(name, name)
    return name if sign in string.punctuation or sign_of_key(name) == sign else ""


def _names() -> dict[str, None]:
    """The names of all keys but single letters and those with alt."""
    signs = [_key_of_sign(sign) for sign in string.punctuation]
    textual = [key.value for key in Keys if key.value not in _SAME_BYTE and key.value.split("+")[-1] in _NAMED]
    control = [f"ctrl+{letter}" for letter in string.ascii_lowercase if f"ctrl+{letter}" not in _SAME_BYTE]
    more = [key.value for key in Keys if key.value.startswith("ctrl+") and key.value.split("+")[-1] in signs]
    return dict.fromkeys((*_NAMED, *signs, *textual, *control, *more))


def _require_known(path: KeyPath, binding: str, known: Mapping[str, object]) -> None:
    if binding in known:
        return
    near = nearest_of(binding, known) or nearest_of(binding.rpartition(".")[2], known)
    hint = f"nearest: {near}" if near else "shortside config keys lists them"
    raise KeysError(path, f"there is no binding {printable(binding)[:80]}; {hint}")


def _keys_of(path: KeyPath, value: Any, bound: BoundKeys) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise KeysError(path, 'must be a key such as "O", or a list of keys')
    if not 0 < len(texts) <= MOST_KEYS:
        raise KeysError(path, f"must have 1 to {MOST_KEYS} keys")
    keys = []
    for text in texts:
        key = key_named(text)
        if not key:
            near = _SAME_BYTE.get(text) or _nearest_key(text)
            hint = f"; nearest: {near}" if near else ""
            raise KeysError(path, f"no terminal sends a key {printable(text)[:40]!r}{hint}")
        keys.append(key)
    _require_way_out(path, keys, bound)
    return tuple(dict.fromkeys(keys))


def _nearest_key(text: str) -> str:
    last = text.rpartition("+")[2]
    if text.lower().startswith("shift+") and len(last) == 1:
        return last.upper()
    return next(iter(get_close_matches(text.lower().replace("-", "+"), _names(), 1, 0.6)), "")


def _require_way_out(path: KeyPath, keys: list[str], bound: BoundKeys) -> None:
    """Refuse to give a way out to anything else, and to take the last one from what leads out."""
    out = [key for key in bound.keys if key in WAYS_OUT]
    for key in keys:
        if key in WAYS_OUT and key not in out:
            raise KeysError(path, f"{_words(key)} leads out of every screen, and can mean nothing else")
    if out and not set(out) & set(keys):
        raise KeysError(path, f"must keep {' or '.join(map(_words, out))}, which leads out")


def _words(key: str) -> str:
    return "ctrl+c" if key == "ctrl+c" else shown_key(key)


def _clashes(changed: ChangedKeys, app: type[App[Any]]) -> Iterator[tuple[str, str]]:
    """Bindings whose new keys something else has on the same screen, and what that is."""
    for bound, _ in every_binding(app).values():
        if bound.has_priority and bound.binding.startswith("app."):
            yield from _swallowed(bound, changed, "could not be typed anywhere any more")
    for screen in SCREENS_WITH_KEYS:
        for live in screen.live_together(app):
            widget, below = live.widget, live.below
            for bound in widget if live.is_typed_into else ():
                yield from _swallowed(bound, changed, "would be a letter of what one types")
            # Where one types, Textual's own keys of a line go before those of the screen, as letters do.
            over = [bound for bound in widget if bound.binding] if live.is_typed_into else widget
            pairs = chain(combinations(widget, 2), product(over, below), combinations(below, 2))
            for one, other in pairs:
                if one.binding in changed or other.binding in changed:
                    yield from _clash(one, other, changed, screen.words)


def _clash(one: BoundKeys, other: BoundKeys, changed: ChangedKeys, where: str) -> Iterator[tuple[str, str]]:
    # What has a key twice already means it: a panel's own key lies over that of the screen.
    if one.binding == other.binding or set(one.keys) & set(other.keys):
        return
    if {one.binding.partition(".")[0], other.binding.partition(".")[0]} == {"past", "replay"}:
        return  # A recording has no past days.
    keys, others = changed.get(one.binding, one.keys), changed.get(other.binding, other.keys)
    for key in keys:
        if key not in others:
            continue
        # The one that got the key is told of; Textual's own have no id, and get none.
        first, second = (one, other) if key in changed.get(one.binding, ()) else (other, one)
        called = second.binding or second.words or "something else"
        yield first.binding, f"{shown_key(key)!r} is {called} on {where} already"


def _swallowed(bound: BoundKeys, changed: ChangedKeys, words: str) -> Iterator[tuple[str, str]]:
    yield from ((bound.binding, f"{key!r} {words}") for key in changed.get(bound.binding, ()) if is_typed(key))
