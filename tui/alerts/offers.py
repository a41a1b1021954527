"""The alerts that can be made by one key: of the filter that stands, and of a name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from shortside.alerts.rules import Doubtful, Rule
from shortside.conditions.answers import figures_of
from shortside.conditions.errors import ConditionError
from shortside.conditions.figures import Figures
from shortside.conditions.reading import Vocabulary, read_condition
from shortside.conditions.syntax import AllOf, Compared, Comparison, Condition, OneOf
from shortside.conditions.writing import condition_text
from shortside.words.group_words import UNCLASSIFIED
from tui.alerts.rule_tables import LONGEST_NAME

OF_A_NAME: Final = (
    ("price ±10%", "price moved by 10%", "its price moves 10% from here"),
    ("price ±5%", "price moved by 5%", "its price moves 5% from here"),
    ("fee ±5 points", "fee moved by 5%", "its borrow fee moves 5 points"),
    ("available ±50%", "availability moved by 50%", "what can be borrowed moves by half"),
    ("published", "publication arrived", "FINRA publishes short interest"),
    ("threshold list", "threshold list entered", "it gets on a Reg SHO threshold list"),
)
"""What may be watched of a name: how it is called, its `when`, and what that says."""
DEFAULT_WAYS: Final = ["bell", "osc9"]
"""How alerts made by key are told: a terminal that does not know the second passes over it."""


class Offer(NamedTuple):
    """An alert that can be made now."""

    words: str
    """When it rings."""
    table: dict[str, Any]
    """The rule as its file has it."""


def offers(
    symbol: str | None,
    filter_condition: str,
    rules: Sequence[Rule],
    figures: Figures,
    also: Iterable[Doubtful] = (),
) -> list[Offer]:
    """What can be made, of the filter first.

    Args:
        symbol: the name that is looked at; None for none.
        filter_condition: what is filtered by, as a condition on a figure; empty for none.
        rules: the rules there are; what one of them watches already is not offered.
        figures: the figures that conditions speak of.
        also: what the market is that is looked at: who makes an alert in the demo market wants it to ring there.
    """
    found: list[Offer] = []
    taken = {rule.name for rule in rules}
    watched = {(rule.when, rule.on or "enters", rule.among_words) for rule in rules}

    def offer(words: str, title: str, **table: str) -> None:
        if (table["when"], table.get("on", "enters"), table.get("among", "")) not in watched:
            name = _free(title, taken)
            taken.add(name)
            found.append(Offer(words, {"name": name, **table, **rest}))

    rest: dict[str, Any] = {"ways": list(DEFAULT_WAYS)}
    if marks := sorted(also):
        rest["also"] = [one.value for one in marks]
    if filter_condition:
        offer(f"a name comes in: {filter_condition}", f"enters {filter_condition}", when=filter_condition, on="enters")
        offer(f"a name drops out: {filter_condition}", f"leaves {filter_condition}", when=filter_condition, on="leaves")
    if symbol is not None:
        among = condition_text(Compared("symbol", Comparison.EQUAL, symbol), figures)
        for title, when, words in OF_A_NAME:
            offer(words, f"{symbol} {title}", when=when, among=among)
    return found


def filter_condition(
    text: str,
    tiers: Collection[str] | None,
    sector: str | None,
    figures: Figures,
    vocabulary: Vocabulary = lambda key: None,
) -> str:
    """What is shown, as one condition on a figure; empty where nothing but names is searched for, or all are shown.

    Args:
        text: the filter, as it was typed.
        tiers: the tiers whose names are shown; None for all.
        sector: the sector whose names are shown, empty for names that have none; None for all.
        figures: the figures that conditions speak of.
        vocabulary: the words that figures can say.
    """
    parts: list[Condition] = []
    if text.strip():
        try:
            parts.append(read_condition(text, figures, vocabulary))
        except ConditionError:
            return ""
    if tiers:
        # Of names without a share count the tier is unknown, which no word is.
        parts.append(OneOf("tier", tuple(None if tier == UNCLASSIFIED else tier for tier in sorted(tiers))))
    if sector is not None:
        parts.append(Compared("sector", Comparison.EQUAL, sector or None))
    if not any(figures_of(part) for part in parts):
        return ""
    return condition_text(parts[0] if len(parts) == 1 else AllOf(tuple(parts)), figures)


def _free(name: str, taken: Collection[str]) -> str:
    """A name that no rule has yet."""
    for number in range(1, len(taken) + 2):
        end = "" if number == 1 else f" {number}"
        one = f"{name[: LONGEST_NAME - len(end)].rstrip()}{end}"
        if one not in taken:
            return one
    raise ValueError(name)
