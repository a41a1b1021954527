"""Writes the keys in force into words: a hint names a binding by its id, with the key that is built in.

`{names.sort:s} sorts` says `s sorts`, or whichever key the user's keymap has for that binding. The names of keys are
Textual's own for a footer, and the words of a sentence where a sentence stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from textual.dom import DOMNode
from textual.keys import format_key

KEY_TEMPLATE: Final = re.compile(r"\{([a-z_]+(?:\.[a-z_0-9]+)+):(.+?)\}(?!\})")
"""A binding by its id, and behind the colon the built-in key as the words have it; that may be a brace, too."""
MOST_KEYS_NAMED: Final = 2
"""How many of a binding's keys a hint names."""
_IN_SENTENCES: Final[Mapping[str, str]] = {"esc": "Esc", "⏎": "Enter", "tab": "Tab"}

KEYS_IN_ASCII: Final[Mapping[str, str]] = MappingProxyType(
    {"⏎": "Enter", "↓": "down", "↑": "up", "←": "left", "→": "right"}
)
"""Keys that nobody knows by the ASCII signs that stand for theirs."""

ChangedKeys = Mapping[str, tuple[str, ...]]
"""The keys of the user's own keymap by the ids of bindings, with Textual's names; what it leaves alone is not there."""
BUILT_IN_KEYS: Final[ChangedKeys] = MappingProxyType({})
"""No key is another than the built-in one."""


class KeymapApp:
    """A mixin for an app with a keymap of the user's own."""

    changed_keys: ChangedKeys = BUILT_IN_KEYS
    """The keys that are other than the built-in ones."""


def changed_keys_of(node: DOMNode) -> ChangedKeys:
    """The user's own keys in the app that a screen or widget belongs to; none where it belongs to no app yet."""
    try:
        app = node.app
    # Not imported by name: Textual has two of them, and both are RuntimeErrors.
    except RuntimeError:
        return BUILT_IN_KEYS
    return app.changed_keys if isinstance(app, KeymapApp) else BUILT_IN_KEYS


def keys_in_force(node: DOMNode, binding: str, *built_in: str) -> tuple[str, ...]:
    """The keys of a binding by its id: the user's own, else the built-in ones."""
    return changed_keys_of(node).get(binding, built_in)


def key_text(words: str, changed: ChangedKeys = BUILT_IN_KEYS) -> str:
    """A sentence, each binding in it replaced by its first key, of those that were changed or built in."""
    return _written(changed, words, _IN_SENTENCES)


def key_hint(node: DOMNode, words: str) -> str:
    """Words of a line of keys, each binding in them replaced by its keys in force."""
    return _written(changed_keys_of(node), words, {})


def key_words(node: DOMNode, words: str) -> str:
    """A sentence, each binding in it replaced by its first key in force."""
    return key_text(words, changed_keys_of(node))


def shown_key(key: str) -> str:
    """A key as a line of keys has it: `question_mark` is `?`."""
    # As Textual's `App.get_key_display`, for which there has to be an app.
    *modifiers, name = key.split("+")
    shown = sign_of_key(name) or format_key(name)
    if name[0] == "f" and name[1:].isdigit():
        shown = name.upper()
    if "ctrl" in modifiers:
        shown = f"^{shown}"
    return "+".join([*(one for one in modifiers if one != "ctrl"), shown])


def key_in_ascii(words: str) -> str:
    """Keys as an ASCII terminal names them: `← →` is `left right`, because `< >` would be other keys."""
    return " ".join(KEYS_IN_ASCII.get(key, key) for key in words.split(" "))


def sign_of_key(name: str) -> str:
    """The sign of a key that is called as Unicode calls its sign, `section_sign`; empty for any other."""
    try:
        sign = unicodedata.lookup(name.replace("_", " "))
    except KeyError:
        return ""
    return sign if len(sign) == 1 and sign.isprintable() and "_" in name else ""


def _written(changed: ChangedKeys, words: str, sentence: Mapping[str, str]) -> str:
    def keys(found: re.Match[str]) -> str:
        own = changed.get(found[1])
        if own is None:
            return found[2]
        shown = [shown_key(key) for key in own[: 1 if sentence else MOST_KEYS_NAMED]]
        return " ".join(sentence.get(key, key) for key in shown)

    return KEY_TEMPLATE.sub(keys, words) if "{" in words else words
