"""Whom figures are owed to: what the sources' terms ask us to show wherever their figures are shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from shortside.datasets import Dataset

SIMULATED: Final = "simulated by shortside"
"""Whose the demo's figures are; nobody else's, whatever they stand for."""
BY_DATASET: Final[Mapping[Dataset, str]] = {Dataset.SHORT_INTEREST: "FINRA"}
"""Whom the terms ask us to name, whoever handed the rows over."""
BY_SOURCE: Final[Mapping[str, str]] = {"ishares_holdings": "BlackRock iShares"}
"""Whom they ask us to name where it depends on who handed the rows over."""


def attribution_of(dataset: Dataset, source: str, is_simulated: bool) -> str:
    """What stands beside one input; empty where nobody asks to be named.

    Args:
        dataset: the input.
        source: who handed it over.
        is_simulated: whether the market is invented.
    """
    return SIMULATED if is_simulated else attribution([(dataset, source)], is_simulated)


def attribution(inputs: Iterable[tuple[Dataset, str]], is_simulated: bool) -> str:
    """The line to show under figures; empty where nobody asks to be named.

    Args:
        inputs: of what the figures are made: each dataset, and the source that handed it over.
        is_simulated: whether the market is invented.
    """
    if is_simulated:
        return f"Source: {SIMULATED}"
    named = {owner for dataset, source in inputs for owner in (BY_DATASET.get(dataset), BY_SOURCE.get(source)) if owner}
    return f"Source: {', '.join(sorted(named))}" if named else ""
