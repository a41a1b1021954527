"""The record of a formula: its text, what it means in words, and its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """One figure or panel explained: printed by the screens, never computed."""

    title: str
    formula: str
    """One line or several, in the letters of `widgets.formulas.LETTERS`."""
    words: str
    """What it says and what it does not, in whole sentences."""
    short: str = ""
    """The formula in a few cells, for beside the figure."""
    source: str = ""
    """Where the formula comes from: a publication, a rule, or our own choice."""


S3_DEFINITION: Final = "S3 Partners' published definition"
OUR_OWN_CHOICE: Final = "our own choice"
FINRA_RULE_4560: Final = "FINRA Rule 4560: two settlements a month, published seven sessions later"
"""The sources that several formulas share."""
