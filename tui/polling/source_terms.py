"""The terms of a provider as a screen says them; apart from the polling, which the first picture does without."""

from __future__ import annotations

from providers.catalog import Card
from widgets.feed_facts import SourceTerms


def terms_of_card(card: Card) -> SourceTerms:
    """Whose a provider's figures are, and on which terms, as its screen says it."""
    return SourceTerms(
        publisher=card.publisher,
        gives=card.gives,
        cadence=card.cadence,
        terms=card.terms,
        hosts=", ".join(host.name for host in card.hosts),
    )
