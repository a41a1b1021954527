"""The words that people read for a tier or a sector that nobody knows: one for both, on every screen and in texts.

Programs read the labels, which documents promise. Nothing heavy is imported: the first paint waits for this.
"""

from __future__ import annotations

from typing import Final

UNCLASSIFIED: Final = "unclassified"
"""The label of the tier of names without a share count."""
UNKNOWN: Final = "unknown"
"""The word for it, and for the sector of names without one."""


def tier_word(label: str) -> str:
    """A tier as people read it: its label, but `unknown` for the unclassified."""
    return UNKNOWN if label == UNCLASSIFIED else label


def sector_word(name: str) -> str:
    """A sector as people read it: its name, but `unknown` for the empty one."""
    return name or UNKNOWN
