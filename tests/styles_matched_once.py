"""Style sheets for tests: each is parsed once a worker, and each place in a tree of widgets matched against it once.

Textual reads its style sheets anew for every app, and asks of every widget, and of each of the dozen named styles of a
panel, which of eight hundred rules hold: a third of the processor time of a test of a screen. Hundreds of tests open
the same screens. What rules hold depends on the sheet, and, for each node of the path from the app, on its class, its
id, its style classes and those pseudo-classes that the rules in question ask for; what was found once for all of these
holds again. test_styles_matched_once.py compares every widget of every screen with what Textual finds by itself.
"""

from __future__ import annotations

from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.styles import RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

OF_NEIGHBOURS = Stylesheet._EXCLUDE_PSEUDO_CLASSES_FROM_CACHE
"""Pseudo-classes that depend on other nodes than the one; where a rule asks for them, Textual matches by itself."""

Place = tuple[Any, ...]
"""A node's path from the app, as far as rules can ask for it."""


class Plain(Stylesheet):
    """A style sheet that remembers nothing, as Textual has it."""

    _parse_rules, apply = Stylesheet._parse_rules, Stylesheet.apply
    _process_component_classes = Stylesheet._process_component_classes


class Listening(Plain):
    """Tells which rules hold, and applies none."""

    def held_by(self, node: DOMNode) -> RulesMap | None:
        """The rules that hold for a node; None where none does."""
        self.held: RulesMap | None = None
        self.apply(node)
        return self.held

    def replace_rules(self, node: DOMNode, rules: RulesMap, animate: bool = False) -> None:  # type: ignore[override]
        self.held = rules

    def _process_component_classes(self, node: DOMNode) -> None:
        pass


class Matched:
    """What was found for one list of rules."""

    def __init__(self) -> None:
        self.asked: dict[frozenset[str], tuple[str, ...] | None] = {}
        """By the names a node can be selected by: the pseudo-classes its rules ask for; None where neighbours count."""
        self.rules: dict[tuple[frozenset[str], Place], RulesMap | None] = {}
        """By those names and the place: the rules that hold; None where none does."""
        self.components: dict[tuple[frozenset[str], Place], dict[str, RulesMap]] = {}
        """By the names of a widget's component classes and the place: the rules that hold for each."""


_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}
_matched: dict[tuple[RuleSet, ...], Matched] = {}


def match_once(patch: pytest.MonkeyPatch) -> None:
    """Have every style sheet remember for all of them."""
    patch.setattr(Stylesheet, "_parse_rules", _parsed_once)
    patch.setattr(Stylesheet, "apply", _applied)
    patch.setattr(Stylesheet, "_process_component_classes", _components_processed)


def _parsed_once(self: Stylesheet, css: str, *places: Any, **more: Any) -> list[RuleSet]:
    key = (css, places, tuple(sorted(more.items())), tuple(sorted(self._variables.items())))
    if key not in _parsed:
        _parsed[key] = Plain._parse_rules(self, css, *places, **more)
    return _parsed[key]


def _matched_for(self: Stylesheet) -> Matched:
    rules = self.rules
    known: tuple[list[RuleSet], Matched] | None = vars(self).get("_matched_for")
    if known is None or known[0] is not rules:
        known = vars(self)["_matched_for"] = (rules, _matched.setdefault(tuple(rules), Matched()))
    return known[1]


def _asked_of(self: Stylesheet, matched: Matched, names: frozenset[str]) -> tuple[str, ...] | None:
    if names not in matched.asked:
        of_names = self.rules_map
        asked = {word for name in names for rule in of_names.get(name, ()) for word in rule.pseudo_classes}
        matched.asked[names] = None if asked & OF_NEIGHBOURS else tuple(sorted(asked))
    return matched.asked[names]


def _place_of(node: DOMNode, asked: tuple[str, ...]) -> Place:
    return tuple(
        [
            (
                type(one),
                one._id,
                frozenset(one._classes),
                tuple([one.has_pseudo_classes({word}) for word in asked]),
            )
            for one in node.css_path_nodes
        ]
    )


def _applied(self: Stylesheet, node: DOMNode, *, animate: bool = False, cache: Any = None) -> None:
    matched = _matched_for(self)
    names = frozenset(node._selector_names)
    asked = _asked_of(self, matched, names)
    if asked is None:
        Plain.apply(self, node, animate=animate, cache=cache)
        return
    key = (names, _place_of(node, asked))
    if key not in matched.rules:
        listening = Listening()
        vars(listening).update(vars(self))
        matched.rules[key] = listening.held_by(node)
    node._has_hover_style = "hover" in asked
    node._has_focus_within = node._has_order_style = node._has_odd_or_even = False
    if (rules := matched.rules[key]) is not None:
        self.replace_rules(node, rules, animate=animate)
    self._process_component_classes(node)


def _components_processed(self: Stylesheet, node: DOMNode) -> None:
    components = node._get_component_classes()
    if not components:
        return
    matched = _matched_for(self)
    asked = _asked_of(self, matched, frozenset({"*", "DOMNode", *(f".{name}" for name in components)}))
    if asked is None:
        Plain._process_component_classes(self, node)
        return
    key = (components, _place_of(node, asked))
    # They are as they were: nothing that their rules ask for has changed since.
    known: tuple[Matched, object] | None = vars(node).get("_components_matched")
    if known is not None and known[0] is matched and known[1] == key and node._component_styles:
        return
    if key not in matched.components:
        Plain._process_component_classes(self, node)
        matched.components[key] = {name: styles.base._rules.copy() for name, styles in node._component_styles.items()}
    else:
        earlier = node._component_styles.copy()
        node._component_styles.clear()
        for name in sorted(components):
            virtual = DOMNode(classes=name)
            virtual._attach(node)
            self.replace_rules(virtual, matched.components[key][name])
            node._component_styles[name] = virtual.styles
        if any(earlier.get(name) != styles for name, styles in node._component_styles.items()):
            node.refresh()
    vars(node)["_components_matched"] = (matched, key)
