"""A folder whose prices begin late for one name: what turned up is not new, in documents and on the screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from finra_examples import HEADER

from tui.__main__ import main

SESSIONS = ("31", "03", "04", "05", "06", "07", "10", "11", "12", "13", "14")


def days():
    """31 July 2026 and the sessions up to 14 August."""
    return [f"2026-07-{SESSIONS[0]}", *(f"2026-08-{day}" for day in SESSIONS[1:])]


def write_folder(folder: Path, *, begins: str, reported: dict[str, tuple[int, int]]) -> Path:
    """AAAA was always there; BBBB's closes begin on a day. `reported`: by settlement, BBBB's position and the last."""
    rows = ["date,symbol,exchange,close,volume,shares_out"]
    rows += [f"{day},AAAA,nasdaq,100,1000000,100000000" for day in days()]
    rows += [f"{day},BBBB,nasdaq,100,1000000,100000000" for day in days() if day >= begins]
    (folder / "prices.csv").write_text("\n".join(rows) + "\n")
    for day in ("2026-07-31", "2026-08-14"):
        compact = day.replace("-", "")
        lines = [HEADER, f"{compact}|AAAA|Alpha Corp.|A|NNM|1000000|1000000||1000|1.0||0.0|0|{day}"]
        if day in reported:
            now, before = reported[day]
            lines.append(f"{compact}|BBBB|Beta Corp.|A|NNM|{now}|{before}||1000|1.0||0.0|0|{day}")
        (folder / f"shrt{compact}.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def ask(tmp_path, capsys, monkeypatch):
    """A document about such a folder on 14 August 2026."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SHORTSIDE_NOW", "2026-11-28T12:00:00-05:00")
    folder = tmp_path / "folder"
    folder.mkdir()

    def run(panel, *, begins, reported, words=(), form="json"):
        write_folder(folder, begins=begins, reported=reported)
        asked = ["--source", "files", "--data", str(folder), "--as-of", "2026-08-14", "--window", "5d", *words]
        assert main(["snapshot", panel, *asked, "--format", form, "--known", "revised"]) == 0
        out = capsys.readouterr().out
        return json.loads(out) if form == "json" else out

    return run


HELD = {"2026-07-31": (1_000_000, 1_000_000), "2026-08-14": (1_000_000, 1_000_000)}


@pytest.mark.parametrize("begins", ["2026-08-10", "2026-08-14"], ids=["within the window", "on its last day"])
def test_a_position_reported_all_along_is_not_new_when_its_prices_begin(ask, begins):
    rows = {row["symbol"]: row for row in ask("names", begins=begins, reported=HELD)["rows"]}
    assert (rows["AAAA"]["new_short_30d"], rows["AAAA"]["reason"]) == (0.0, None)
    assert (rows["BBBB"]["new_short_30d"], rows["BBBB"]["new_short"]) == (None, None)
    assert begins in rows["BBBB"]["reason"]
    assert rows["BBBB"]["short_interest"] == 100_000_000.0


def test_its_dollars_are_left_over_in_the_identity_under_its_name_and_counted_in_the_notes(ask):
    case = {"begins": "2026-08-10", "reported": HELD}
    identity = ask("tiers", **case)["reconciliation"]
    assert (identity["start"], identity["new_short"], identity["end"]) == (1e8, 0.0, 2e8)
    assert (identity["residual"], identity["appeared"], identity["appeared_names"]) == (-1e8, 1e8, ["BBBB"])
    assert "residual: 100M were short before their first close, and are not new: BBBB" in ask(
        "tiers", **case, form="text"
    )
    [note] = [note for note in ask("feeds", **case)["notes"] if "not new" in note]
    assert note.startswith("1 position was short before the first close or report, within the window")
    assert note.endswith("BBBB 2026-08-10")


def test_a_name_listed_and_reported_for_the_first_time_is_new(ask):
    fresh = {"begins": "2026-08-10", "reported": {"2026-08-14": (500_000, 0)}}
    rows = {row["symbol"]: row for row in ask("names", **fresh)["rows"]}
    assert rows["BBBB"]["new_short_30d"] == 50_000_000.0
    assert ask("tiers", **fresh)["reconciliation"]["residual"] == 0.0


def test_a_first_report_beside_which_finra_names_the_position_before_is_not_new(ask):
    known = {"begins": "2026-08-10", "reported": {"2026-08-14": (500_000, 480_000)}}
    rows = {row["symbol"]: row for row in ask("names", **known)["rows"]}
    assert rows["BBBB"]["new_short_30d"] is None
    assert "FINRA names a position before it" in rows["BBBB"]["reason"]


def test_the_unknown_is_ranked_last_either_way(ask):
    for sort in ("new_short_30d", "-new_short"):
        rows = ask("names", begins="2026-08-10", reported=HELD, words=["--sort", sort])["rows"]
        assert [row["symbol"] for row in rows] == ["AAAA", "BBBB"]
