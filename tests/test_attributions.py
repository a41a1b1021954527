"""One rule says whom figures are owed to: FINRA where they are FINRA's, and only us where we invented them."""

from datetime import UTC, datetime

import pytest
from board_examples import text_of
from market_data import write_market
from snapshot_examples import words_of, write_own_positions

from providers.catalog import SIMULATED, attribution, attribution_of
from providers.recording.terms import terms_of
from shortside.datasets import Dataset
from tui.__main__ import main
from tui.documents.catalog import DOCUMENTS
from tui.screens.facts import feed_facts
from tui.settings.configuration import configured
from tui.sources.load import load
from widgets.feeds import feeds_lines

NOW = datetime(2023, 9, 8, 15, tzinfo=UTC)


def facts_of(home, **arguments):
    options = configured(arguments, {"SHORTSIDE_HOME": str(home)}).options
    return {one.age.dataset: one.attribution for one in feed_facts(load(options, lambda: NOW), is_past=False)}


def test_what_is_finra_s_is_said_to_be_and_what_nobody_asks_for_is_not():
    assert attribution([(Dataset.SHORT_INTEREST, "public")], is_simulated=False) == "Source: FINRA"
    assert attribution([(Dataset.PRICES, "files")], is_simulated=False) == ""
    inputs = [(Dataset.SHORT_INTEREST, "public"), (Dataset.FUND_FLOWS, "ishares_holdings")]
    assert attribution(inputs, is_simulated=False) == "Source: BlackRock iShares, FINRA"


@pytest.mark.parametrize("dataset", list(Dataset))
def test_no_dataset_of_a_simulated_market_is_said_to_be_anybody_s(dataset):
    for source in ("demo", "ishares_holdings"):
        assert attribution([(dataset, source)], is_simulated=True) == "Source: simulated by shortside"
        assert attribution_of(dataset, source, is_simulated=True) == "simulated by shortside"


def test_the_feeds_panel_of_the_demo_names_us_for_every_input(tmp_path):
    found = facts_of(tmp_path)
    assert Dataset.SHORT_INTEREST in found
    assert set(found.values()) == {SIMULATED}


def test_the_feeds_panel_of_real_files_names_finra_for_short_interest_alone(tmp_path):
    found = facts_of(tmp_path / "home", source="files", data=str(write_market(tmp_path / "market")))
    assert found.pop(Dataset.SHORT_INTEREST) == "Source: FINRA"
    assert set(found.values()) == {""}


@pytest.mark.parametrize("panel", [kind.name for kind in DOCUMENTS if kind.name != "flows"])
def test_the_documents_of_the_demo_end_with_our_name(tmp_path, monkeypatch, capsys, panel):
    write_own_positions(tmp_path)
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_NOW", NOW.isoformat())
    assert main(["snapshot", *words_of(panel, "NAL"), "--source", "demo"]) == 0
    page = capsys.readouterr().out
    assert page.splitlines()[-1] == "Source: simulated by shortside"
    assert "FINRA" not in page


def test_a_recording_of_the_demo_plays_with_our_name_and_holds_nobody_else_s(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("SHORTSIDE_NOW", NOW.isoformat())
    file = tmp_path / "session"
    assert main(["record", str(file), "--source", "demo", "--for", "0.1s"]) == 0
    assert terms_of({}) == ()
    assert b"FINRA" not in file.read_bytes()[:4096]
    assert set(facts_of(tmp_path, source="replay", data=str(file)).values()) == {SIMULATED}


@pytest.mark.parametrize("width", [118, 140, 200])
def test_whom_an_input_is_owed_to_is_never_cut_in_the_feeds_panel(tmp_path, width):
    options = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    header, *lines = [text_of(line) for line in feeds_lines(feed_facts(load(options, lambda: NOW), False), width, 10)]
    assert len(lines) >= 4
    assert all(line.rstrip().endswith(SIMULATED) for line in lines)
    assert "missed 0 publications" in lines[0]
    # Nobody counted rows, so their column takes no room.
    assert "rows" not in header
