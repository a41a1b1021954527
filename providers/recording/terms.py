"""Whose figures a recording holds and on which terms, told by the sources that its figures came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from providers.catalog import CARDS

UNKNOWN_TERMS: Final = "this version of shortside does not know them; ask the publisher"
"""The terms of a source that the catalog does not have, as of an archive that another version filled."""


def terms_of(sources: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    """The `title`, `attribution` and `terms` of each source, in the catalog's order; none of them is left out.

    Args:
        sources: their names, each with the attribution its figures came with: that is shown for a source which the
            catalog does not have.
    """
    unknown = sorted(sources.keys() - CARDS.keys())
    known = [card for card in CARDS.values() if card.name in sources]
    return (
        *({"title": card.title, "attribution": card.attribution, "terms": card.terms} for card in known),
        *({"title": name, "attribution": sources[name], "terms": UNKNOWN_TERMS} for name in unknown),
    )


class TermsTold:
    """Remembers whose terms a recording says already, so that each are said once."""

    def __init__(self, sources: Iterable[str]) -> None:
        """Those of some sources are said."""
        self._told = set(sources)

    def news(self, sources: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
        """The terms of the sources among these that were not said yet; from now on they are."""
        fresh = {name: words for name, words in sources.items() if name not in self._told}
        self._told |= fresh.keys()
        return terms_of(fresh)
