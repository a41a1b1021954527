"""A day that is not the one asked for, or not the present, says so: in the head, the notes and on standard error."""

import json
from datetime import UTC, date, datetime

import pytest
from board_examples import screen_text
from market_data import LAST, SESSIONS, short_interest, write_market, write_parquet
from market_data import prices as price_rows
from waiting import patiently

from shortside.positions import Knowledge
from tui.__main__ import main
from tui.app import Monitor
from tui.screens.main import MainScreen
from tui.settings.configuration import configured
from tui.sources.day_in_view import day_note
from tui.sources.load import load

NOW = datetime(2023, 12, 1, 15, 0, tzinfo=UTC)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "shown", "sentence"),
    [
        (date(2023, 9, 7), date(2023, 9, 7), None),
        (date(2023, 9, 10), date(2023, 9, 8), None),  # a Sunday
        (date(2023, 12, 1), date(2023, 11, 30), None),  # the session of that day is not over
        (None, date(2023, 11, 30), None),
        (
            date(2023, 9, 8),
            date(2023, 9, 7),
            "there are no closes of 2023-09-08; what is shown is 2023-09-07, 1 session",
        ),
        (
            date(2023, 9, 10),
            date(2023, 9, 6),
            "of 2023-09-08, the last session by 2023-09-10; what is shown is 2023-09-06",
        ),
        (date(2024, 1, 2), date(2023, 11, 30), "2024-01-02 is still to come; what is shown is 2023-11-30, 1 day ago"),
        (None, date(2023, 9, 7), "the newest closes are of 2023-09-07, 85 days ago"),
    ],
)
def test_a_session_that_was_over_and_has_no_closes_is_told(asked, shown, sentence):
    noted = day_note(asked, shown, NOW)
    assert (sentence is None) == (noted is None)
    assert noted is None or (sentence or "") in noted.sentence


@pytest.mark.parametrize("asked", ["2023-06-05", None])
def test_it_stands_in_the_document_its_notes_and_on_standard_error(home, capsys, asked):
    folder = write_market(home / "market")
    arguments = ["snapshot", "feeds", "--source", "files", "--data", str(folder), "--format", "json"]
    assert main([*arguments, *(["--as-of", asked] if asked else [])]) == 0
    printed, said = capsys.readouterr()
    document = json.loads(printed)
    assert document["as_of"] == str(LAST)
    assert document["day_note"] == document["notes"][0]
    # Who asks for no day gets the newest one there is: that is no mistake of theirs.
    assert said == (f"shortside: {document['day_note']}\n" if asked else "")
    assert ("2023-06-05" in document["day_note"]) == (asked is not None)


def test_a_day_with_closes_says_nothing(home, capsys):
    folder = write_market(home / "market")
    assert (
        main(
            [
                "snapshot",
                "tiers",
                "--source",
                "files",
                "--data",
                str(folder),
                "--as-of",
                "2023-02-28",
                "--window",
                "30d",
            ]
        )
        == 0
    )
    printed, said = capsys.readouterr()
    assert "NOTE" not in printed
    assert said == ""


@pytest.mark.parametrize(("asked", "words"), [("2023-06-05", "no closes of 2023-06-05"), (None, "275 days ago")])
async def test_the_head_of_the_screen_says_so(home, asked, words):
    texts = {"source": "files", "data": str(write_market(home / "market")), **({"as_of": asked} if asked else {})}
    app = Monitor(configured(texts, {"SHORTSIDE_HOME": str(home)}).options, lambda: NOW)
    async with app.run_test(size=(160, 40)) as pilot:
        for _ in patiently():
            if app.board is not None and isinstance(app.screen, MainScreen):
                break
            await pilot.pause(0.02)
        await pilot.pause()
        lines = screen_text(app)
    assert words in lines[0]
    assert "missed" in lines[1], "it is as old as it was on the day asked for"


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_folder_that_ended_long_ago_knows_what_was_public_on_its_last_day(home, suffix):
    folder = write_market(home / "market")
    if suffix == ".csv":
        (folder / "prices.parquet").unlink()
        price_rows().to_csv(folder / "prices.csv", index=False)
    options = configured({"source": "files", "data": str(folder)}, {"SHORTSIDE_HOME": str(home)}).options
    loaded = load(options, lambda: NOW)
    assert loaded.knowledge is Knowledge.AS_KNOWN
    assert loaded.market.settlements[-1].astype(date) == date(2023, 2, 15) or loaded.market.published[-1] <= LAST
    assert (loaded.market.published <= loaded.market.sessions[-1]).all()
    revised = load(options._replace(known="revised"), lambda: NOW)
    assert revised.knowledge is Knowledge.REVISED
    assert len(revised.market.settlements) > len(loaded.market.settlements)


def test_a_folder_whose_last_close_alone_is_late_is_of_the_present(home):
    folder = write_market(home / "market")
    options = configured({"source": "files", "data": str(folder)}, {"SHORTSIDE_HOME": str(home)}).options
    loaded = load(options, lambda: datetime(2023, 3, 2, 22, 0, tzinfo=UTC))
    assert loaded.knowledge is None
    assert loaded.day_note is not None
    assert "2023-03-01, 1 day ago" in loaded.day_note.sentence


def test_prices_that_are_missing_before_the_day_leave_the_session_before(home):
    rows = price_rows()
    folder = write_market(home / "market", price_rows=rows[rows["date"] < SESSIONS[-1]], reports=short_interest())
    write_parquet(rows[rows["date"] < SESSIONS[-1]], folder / "prices.parquet")
    options = configured({"source": "files", "data": str(folder), "as_of": str(LAST)}, {"SHORTSIDE_HOME": str(home)})
    loaded = load(options.options, lambda: NOW)
    assert loaded.market.last_session == SESSIONS[-2]
    assert loaded.day_note is not None
    assert loaded.day_note.short == f"no closes of {LAST}"
