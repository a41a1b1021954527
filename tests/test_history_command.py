"""`shortside history` agrees with `snapshot` to the cent, adds up, and says in a sentence what it cannot do."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from market_data import SESSIONS, SETTLEMENTS, prices, short_interest, write_market

from providers.base import Progress, no_progress
from providers.files.source import FilesProvider
from shortside.listings import Listings
from shortside.sessions import sessions_between
from shortside.settlement import settlement_dates_between
from tui.__main__ import main
from tui.documents.history import HISTORY_FIELDS

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]
ADDING = ("profit", "new_short")
EQUAL = ("names", *ADDING)
STANDING = ("average_short_interest", "short_interest_start", "short_interest_end")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line in a home of its own: code, stdout, stderr."""
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path / "home"))

    def words(*given: str) -> tuple[int, str, str]:
        code = main(list(given))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return words


def document(run: Run, *words: str) -> dict:
    code, out, err = run(*words, "--format", "json")
    assert code == 0, err
    found: dict = json.loads(out)
    return found


def totals(history: dict) -> list[dict]:
    return [row for row in history["rows"] if row["group"] == "total"]


def assert_within_a_cent(row: dict, other: dict) -> None:
    """Of a trillion dollars float64 sums, as the Board has them, keep a cent or two; the history's are exact."""
    assert [row[key] for key in STANDING] == pytest.approx([other[key] for key in STANDING], abs=0.0101, rel=0)


def assert_agreement(run: Run, by: str, *source: str, until: str) -> None:
    """The last row is the snapshot of its window, the rows add up to that of all, and the last cycle to its own."""
    table = "tiers" if by == "tier" else "sectors"
    for every in ("month", "cycle"):
        history = document(run, "history", "--since", "2023-01-09", "--by", by, "--every", every, *source)
        whole = document(run, "snapshot", table, "--window", "since:2023-01-09", *source)
        assert history["sums"][-1] | {"appeared": None} == {
            "group": "total",
            "appeared": None,
            **{key: whole["total"][key] for key in ADDING},
        }
        last = totals(history)[-1]
        if every == "cycle":
            *_, last = (row for row in totals(history) if row["is_whole"])
            window = "cycle"
        else:
            window = f"since:{date.fromisoformat(last['period_start']) + timedelta(days=1)}"
        same = document(run, "snapshot", table, "--window", window, *source)
        assert (last["period_start"], last["period_end"]) == (same["window"]["start"], same["window"]["end"])
        assert {key: last[key] for key in EQUAL} == {key: same["total"][key] for key in EQUAL}
        assert_within_a_cent(last, same["total"])
        mine = [row for row in history["rows"] if row["period_end"] == last["period_end"]][:-1]
        assert len(mine) == len(same["rows"])
        words = {"unclassified": "unknown", None: "unknown"}
        theirs = {words.get(row[by], row[by]): row for row in same["rows"]}
        for row in mine:
            assert {key: row[key] for key in EQUAL} == {key: theirs[row["group"]][key] for key in EQUAL}
            assert_within_a_cent(row, theirs[row["group"]])
        assert history["until"] == until


@pytest.mark.parametrize("by", ["tier", "sector"])
def test_rows_of_the_files_source_are_those_of_snapshot_to_the_cent(run: Run, folder: Path, by: str) -> None:
    assert_agreement(run, by, "--source", "files", "--data", str(folder), until="2023-03-01")


def test_rows_of_the_demo_are_those_of_snapshot_to_the_cent(run: Run) -> None:
    assert_agreement(run, "tier", "--source", "demo", until="2023-09-07")


@pytest.mark.shared
def test_rows_of_the_reference_market_are_those_of_snapshot_to_the_cent(
    run: Run, market_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both ask for the same days with the same knowledge; that they do is a part of the claim.
    read = FilesProvider.read_listings
    asked: list[tuple[dict[str, date | None], Listings]] = []

    def once(self: FilesProvider, *, progress: Progress = no_progress, **days: date | None) -> Listings:
        if days not in [one for one, _ in asked]:
            asked.append((days, read(self, progress=progress, **days)))
        return next(listings for one, listings in asked if one == days)

    monkeypatch.setattr(FilesProvider, "read_listings", once)
    source = ("--source", "files", "--data", str(market_directory))
    history = document(run, "history", "--since", "2023-08-01", "--until", "2023-09-07", *source)
    whole = document(run, "snapshot", "tiers", "--window", "since:2023-08-01", "--as-of", "2023-09-07", *source)
    assert [history["sums"][-1][key] for key in ADDING] == [whole["total"][key] for key in ADDING]
    assert totals(history)[-1]["short_interest_end"] == pytest.approx(
        whole["total"]["short_interest_end"], abs=0.0101, rel=0
    )
    assert len(asked) == 1


def test_csv_and_parquet_have_the_rows_of_json(run: Run, folder: Path, tmp_path: Path) -> None:
    words = ("history", "--since", "2023-01-01", "--data", str(folder))
    rows = document(run, *words)["rows"]
    code, out, _ = run(*words, "--format", "csv")
    written = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["profit"] for row in written] == [str(row["profit"]) for row in rows]
    assert [row["group"] for row in written] == [row["group"] for row in rows]
    target = tmp_path / "history.parquet"
    code, out, _ = run(*words, "--format", "parquet", "--output", str(target))
    table = pq.read_table(target)
    assert (code, out.strip()) == (0, str(target))
    assert table.column_names == [field.key for field in HISTORY_FIELDS] == list(rows[0])
    assert table.column("profit").to_pylist() == [row["profit"] for row in rows]
    assert json.loads(table.schema.metadata[b"shortside"])["schema"] == "shortside.history/1"


def test_a_page_of_text_is_at_most_a_hundred_wide_and_can_do_without_other_signs_than_ascii(run: Run) -> None:
    pages = [run("history", "--since", "2023-01-01", *signs)[1] for signs in ((), ("--ascii",))]
    for page in pages:
        assert max(map(len, page.splitlines())) <= 100
        assert page.startswith("SIMULATED")
        assert "held" in page
        assert "\x1b" not in page
    assert pages[1].isascii()


@pytest.mark.parametrize("width", [60, 80])
def test_on_a_narrow_terminal_the_page_is_as_wide_as_that_and_says_what_it_has_no_room_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("tui.commands.history.width_of_page", lambda _: width)
    page = run("history", "--since", "2023-08-01")[1]
    assert max(map(len, page.splitlines())) <= width
    assert "no room for:" in page
    assert "│" in page, "the chart is there, with shorter bars"


def test_what_was_not_published_by_the_last_day_is_not_known(run: Run, folder: Path) -> None:
    words = ("history", "--since", "2023-01-01", "--until", "2023-02-01", "--data", str(folder))
    as_known, revised = document(run, *words), document(run, *words, "--known", "revised")
    assert as_known["measured_to"] == "2023-01-13"
    assert revised["measured_to"] > as_known["measured_to"]
    assert [row["is_measured"] for row in totals(as_known)] == [False, False]


def over_new_year(folder: Path) -> Path:
    """The small market, with its sessions and settlements moved back until they lie on both sides of a New Year."""
    days = dict(zip(SESSIONS, sessions_between(date(2022, 11, 15), date(2023, 3, 1)), strict=False))
    settled = dict(zip(SETTLEMENTS, settlement_dates_between(date(2022, 11, 10), date(2023, 3, 1)), strict=False))
    rows, reports = prices(), short_interest()
    # A thousand shares more are short at each settlement, so that whether one is known makes a difference.
    more = 1_000 * reports["settlement_date"].map({day: place for place, day in enumerate(SETTLEMENTS)})
    moved = reports.assign(
        settlement_date=reports["settlement_date"].map(settled), short_interest=reports["short_interest"] + more
    )
    market: Path = write_market(folder, price_rows=rows.assign(date=rows["date"].map(days)), reports=moved)
    return market


def test_years_are_told_with_what_was_known_on_the_last_day_of_them_all(run: Run, tmp_path: Path) -> None:
    source = ("--source", "files", "--data", str(over_new_year(tmp_path / "market")))
    # The settlement of 30 December came out on 11 January.
    words = ("history", "--since", "2022-12-01", "--until", "2023-01-05", *source)
    december, january = totals(document(run, *words))
    assert (december["period_end"], january["period_start"]) == ("2022-12-30", "2022-12-30")
    then = document(run, "snapshot", "tiers", "--window", "since:2022-12-01", "--as-of", "2022-12-30", *source)
    assert [december[key] for key in ADDING] == [then["total"][key] for key in ADDING]
    assert december["new_short"] > 0
    assert january["new_short"] == 0
    assert totals(document(run, *words, "--known", "revised"))[0]["new_short"] > december["new_short"]


def test_a_row_does_not_depend_on_where_its_history_begins(run: Run, tmp_path: Path) -> None:
    source = ("--data", str(over_new_year(tmp_path / "market")))
    long, short = (document(run, "history", "--since", day, *source) for day in ("2022-12-01", "2023-01-01"))
    year = [row for row in long["rows"] if row["period_end"] > "2023"]
    assert year == short["rows"]
    *_, december, january = (row for row in totals(long) if row["period_end"] < "2023-02")
    assert january["short_interest_start"] == december["short_interest_end"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--since", "2023-03-01", "--until", "2023-01-01"), 2, "--since 2023-03-01 is after --until 2023-01-01"),
        (("--since", "tomorrow"), 2, "--since tomorrow: must be a day"),
        ((), 2, "--since"),
        (("--since", "2023-01-01", "--scheduler", "tcp"), 2, "--scheduler tcp: must be local, threads, processes or"),
        (("--since", "2023-01-01", "--tier-basis", "daily"), 2, "--tier-basis: a history has tiers by the end or"),
        (("--since", "2023-01-01", "--source", "replay", "--data", "x"), 2, "a recording is of one session"),
        (("--since", "2023-01-01", "--source", "files"), 2, "the files source needs a folder"),
        (("--since", "2023-01-01", "--data", "/nowhere"), 4, "there is no folder /nowhere"),
        (("--since", "2023-01-01", "--source", "public"), 4, "backfill"),
        (("--since", "2033-01-01"), 4, "2033-01-01"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    found, out, err = run("history", *words)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_a_year_that_has_no_prices_is_left_out_and_said(run: Run, folder: Path) -> None:
    code, out, err = run("history", "--since", "2021-06-01", "--data", str(folder), "--format", "json")
    history = json.loads(out)
    assert code == 0
    assert err.count("left out:") == len(history["lacks"]) >= 1
    assert totals(history)[0]["period_start"] >= str(SETTLEMENTS[0])


def test_a_damaged_file_ends_with_a_sentence_and_not_with_a_year_less(run: Run, tmp_path: Path) -> None:
    market = write_market(tmp_path / "market")
    whole = (market / "short_interest.parquet").read_bytes()
    (market / "short_interest.parquet").write_bytes(whole[: len(whole) // 2])
    code, out, err = run("history", "--since", "2022-06-01", "--data", str(market))
    assert (code, out) == (4, "")
    assert "short_interest.parquet" in err


def test_nothing_beside_the_data_is_taken_for_settings(run: Run, tmp_path: Path) -> None:
    market = write_market(tmp_path / "market")
    for folder in (market / ".no-home", market / ".config" / "shortside"):
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text('window = "nonsense"\n')
    code, _, err = run("history", "--since", "2023-01-01", "--source", "files", "--data", str(market))
    assert (code, "config.toml" in err) == (0, False)
