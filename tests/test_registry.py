"""Every provider of the catalog is asked by somebody, and everything that is polled of one is in its entry."""

from datetime import UTC, datetime

import pytest

from providers.archive.vintages import Archive
from providers.catalog import CARDS
from providers.feeds.ledger import Ledger
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.registry import REGISTRY, idle_providers, keyed_feeds, public_feeds

NOON = datetime(2023, 9, 7, 16, tzinfo=UTC)


@pytest.fixture
def surroundings(tmp_path):
    """Feeds with nothing stored, and a network that nobody answers in."""

    def make(**changes) -> Surroundings:
        clients = Clients(clock=lambda: NOON, upstream="http://127.0.0.1:9")
        return Surroundings(clients=clients, archive=Archive(tmp_path), clock=lambda: NOON, ledger=Ledger(), **changes)

    return make


def test_every_provider_of_the_catalog_is_asked_by_one_line_of_the_registry():
    named = [card.name for line in REGISTRY for card in (line.card, *line.also)]
    assert sorted(named) == sorted(CARDS)
    assert all(CARDS[card.name] is card for line in REGISTRY for card in (line.card, *line.also))


def test_what_is_polled_of_a_provider_is_in_its_entry(surroundings):
    for line in REGISTRY:
        plans = line.plans(surroundings())
        # What a backfill asks of a provider is counted to the feed that has its name.
        assert plans[0].card.name == line.card.name
        for plan in plans:
            assert plan.card.provider == line.card.name
            assert plan.card.hosts == line.card.hosts
            assert plan.dataset in line.card.datasets
            assert plan.card.attribution == line.card.attribution
            assert plan.budget is not None
            assert (plan.meter is not None) is line.card.is_metered


def test_no_two_feeds_have_the_same_name(surroundings):
    names = [plan.card.name for line in REGISTRY for plan in line.plans(surroundings())]
    assert len(names) == len(set(names))


def test_who_wants_a_key_is_asked_where_it_is_there_and_who_is_switched_off_never(surroundings):
    everybody = surroundings()
    assert {feed.name for feed in public_feeds(everybody)} == {
        line.card.name for line in REGISTRY if not line.card.keys
    }
    assert keyed_feeds(everybody, ()) == []
    assert {feed.name for feed in keyed_feeds(everybody, ("ortex",))} == {"ortex"}
    nobody = surroundings(disabled=dict.fromkeys(CARDS, "switched off"))
    assert public_feeds(nobody) == keyed_feeds(nobody, tuple(CARDS)) == []
    assert [(state.name, state.words) for state in idle_providers(nobody)] == [(name, "switched off") for name in CARDS]
