"""docs/reliability.md says of the campaigns of many nights what their kept files hold, and nothing else."""

import json

import pytest

from benchmarks._campaign import KEPT, AnotherCampaignError, keep, read_kept
from benchmarks.fuzz import Tally, every_seed, keep_tallies, read_tallies
from benchmarks.monkey import Session, keep_sessions, kind_of, read_sessions
from docs.make_campaigns import PAGE, PARTS, told_bodies, told_sessions
from docs.make_tables import made


def kept(name):
    return json.loads((KEPT / name).read_text("utf-8"))


def test_the_page_says_what_the_kept_files_hold():
    """When a campaign has gone on: python -m docs.make_campaigns."""
    page = PAGE.read_text("utf-8")
    assert made(page, PARTS) == page


def test_every_parser_is_there_with_bodies_that_add_up_and_its_row_in_the_page():
    page, tallies = PAGE.read_text("utf-8"), kept("fuzz.json")["results"]
    page = page.split("<!-- made: wrong bodies -->")[1].split("<!-- end -->")[0]
    assert sorted(tallies) == sorted(seed.parser for seed in every_seed())
    for parser, told in tallies.items():
        escaped = sum(map(len, told["escaped"].values()))
        assert told["bodies"] == told["read"] + told["refused"] + escaped
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {parser.removeprefix('providers.')} ")]
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert cells[1:5] == [f"{told['bodies']:,}", f"{told['read']:,}", f"{told['refused']:,}", f"{escaped:,}"]
    assert f"So far {sum(told['bodies'] for told in tallies.values()):,} bodies" in page


def test_the_sessions_of_the_page_are_those_of_the_file():
    page, campaign = PAGE.read_text("utf-8"), kept("monkey.json")
    sessions = campaign["results"]
    assert f"So far {len(sessions):,} sessions of {campaign['events']} events of seed {campaign['seed']}" in page
    (row,) = [line for line in page.splitlines() if line.startswith("| all ")]
    noted = sum(len(session) - 1 for session in sessions.values())
    assert [cell.strip() for cell in row.strip("|").split("|")][2:5:2] == [f"{len(sessions):,}", f"{noted:,}"]


def test_what_escaped_and_what_was_noted_is_said():
    tallies = {"providers.a.parse": Tally(bodies=3, read=1, refused=1, escaped={"KeyError": ["2: b'x'"]})}
    sessions = {0: Session(*kind_of(0), (), 0.5), 1: Session(*kind_of(1), ("KeyError: 'a'",), float("inf"))}
    assert "So far 3 bodies of seed 4" in told_bodies(4, tallies)
    assert "1 escaped. The whole campaign has 1,000,000: 0.0 % of it." in told_bodies(4, tallies)
    assert "2 sessions of 5 events of seed 4 were played; 1 was noted" in told_sessions(
        {"seed": 4, "events": 5}, sessions
    )


def test_a_campaign_goes_on_from_its_file(tmp_path):
    tallies = {"b": Tally(bodies=2, read=1, refused=1, slowest=0.25), "a": Tally(bodies=1, escaped={"E": ["0: b''"]})}
    keep_tallies(tmp_path / "fuzz.json", 7, tallies)
    assert read_tallies(tmp_path / "fuzz.json", 7) == tallies
    sessions = {3: Session(*kind_of(3), (), 0.5), 12: Session(*kind_of(12), ("not left",), float("inf"))}
    settings = {"seed": 7, "events": 500}
    keep_sessions(tmp_path / "monkey.json", settings, sessions)
    assert read_sessions(tmp_path / "monkey.json", settings) == sessions


def test_results_of_another_seed_are_not_added_to_these(tmp_path):
    keep(tmp_path / "kept.json", {"seed": 1}, {"a": 1})
    assert read_kept(tmp_path / "kept.json", {"seed": 1}) == {"a": 1}
    with pytest.raises(AnotherCampaignError, match="'seed': 1"):
        read_kept(tmp_path / "kept.json", {"seed": 2})
    assert read_kept(tmp_path / "none.json", {"seed": 2}) == {}
