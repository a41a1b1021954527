"""The catalog lists every provider once, costs nothing to read, and says whom to name."""

import subprocess
import sys

import pytest

from providers import catalog
from providers.catalog import CARDS, IBKR_BORROW, Card, KeyName, attribution
from shortside.datasets import Dataset


def test_every_entry_is_on_the_list_under_the_name_it_has_in_the_program():
    entries = {name: value for name, value in vars(catalog).items() if isinstance(value, Card)}
    assert {name.lower() for name in entries} == CARDS.keys()
    assert all(entries[card.name.upper()] is card for card in CARDS.values())


def test_those_that_want_a_key_come_last():
    wanted = [bool(card.keys) for card in CARDS.values()]
    assert wanted == sorted(wanted)


def test_every_key_belongs_to_one_provider_which_says_what_it_opens():
    # The password of a desk opens the members' own server, and no provider.
    providers_keys = sorted(set(KeyName) - {KeyName.DESK_PASSWORD})
    assert sorted(key for card in CARDS.values() for key in card.keys) == providers_keys
    assert all(bool(card.keys) is bool(card.unlocks) for card in CARDS.values())


def test_every_entry_says_what_it_must():
    for card in CARDS.values():
        assert card.hosts, card.name
        assert card.datasets, card.name
        for words in (card.title, card.publisher, card.gives, card.cadence, card.attribution, card.terms):
            assert words.strip() == words != "", card.name
        assert card.publisher in card.attribution
        assert len({host.is_ftp for host in card.hosts}) == 1, card.name


def test_who_is_asked_over_ftp_is_whom_doctor_asks_over_ftp():
    # No HTTP client asks it, so `doctor` has a way of its own, which knows one server.
    assert [card for card in CARDS.values() if card.is_over_ftp] == [IBKR_BORROW]


def test_reading_it_imports_no_provider_and_nothing_heavy(repository):
    script = "import sys, providers.catalog; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=repository, check=True, timeout=60
    )
    loaded = set(done.stdout.split())
    ours = {name for name in loaded if name.partition(".")[0] in {"providers", "shortside", "tui", "widgets"}}
    assert ours == {"providers", "providers.catalog", "shortside", "shortside.datasets"}
    assert not loaded & {"dataclasses", "numpy", "pandas", "httpx", "asyncio"}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        ([(Dataset.SHORT_INTEREST, "files"), (Dataset.PRICES, "files")], "Source: FINRA"),
        # Whoever resells it: the figures are FINRA's.
        ([(Dataset.SHORT_INTEREST, "massive")], "Source: FINRA, Massive"),
        ([(Dataset.FUND_FLOWS, "ishares_holdings")], "Source: BlackRock iShares"),
        (
            [(Dataset.FUND_FLOWS, "ishares_holdings"), (Dataset.SHORT_INTEREST, "public")],
            "Source: BlackRock iShares, FINRA",
        ),
        ([(Dataset.PRICES, "files")], ""),
        ([], ""),
    ],
)
def test_whose_figures_are_shown_is_said_in_one_line(figures, words):
    assert attribution(iter(figures), is_simulated=False) == words


def test_nobody_is_named_for_figures_that_are_made_up():
    figures = [(Dataset.SHORT_INTEREST, "demo"), (Dataset.FUND_FLOWS, "ishares_holdings")]
    assert attribution(figures, is_simulated=True) == "Source: simulated by shortside"
