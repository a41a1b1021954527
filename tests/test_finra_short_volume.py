"""FINRA's daily short volume is taken only when it counts its own rows right."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from provider_examples import DENIED, PAGE, Script, clients_of
from virtual_time import run

from providers.errors import BlockedError, MalformedError, NoDataError, PendingError
from providers.finra.short_volume import FinraShortVolume, parse_session
from providers.http.receipts import Receipts
from shortside.datasets import Dataset

DAY = date(2023, 9, 6)
HEADER = "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market"
ROWS = [
    "20230906|A|97434|494|188426|B,Q,N",
    "20230906|ABRpD|10|0|20|Q",
    "20230906|ACPr|10|0|20|Q",
    "20230906|BRK/B|17705180.795191|67707.208540|49047927.127418|B,Q,N",
    "20230906|NA|5|0|5|N",
    "20230906|TRUE|1|0|2|N",
]


def body_of(rows=ROWS, *, trailer: str | None = None, header: str = HEADER) -> bytes:
    count = str(len(rows)) if trailer is None else trailer
    return ("\r\n".join([header, *rows, count]) + "\r\n").encode()


def fetch(handler, day=DAY, **options):
    async def story():
        async with clients_of(handler, **options) as clients:
            return await FinraShortVolume(clients, fewest_rows=3).fetch_session(day)

    return run(story())


def test_a_session_is_one_file_by_our_symbols():
    script = Script(httpx.Response(200, content=body_of()))
    snapshot = fetch(script).snapshot
    assert str(script.requests[0].url) == "https://cdn.finra.org/equity/regsho/daily/CNMSshvol20230906.txt"
    assert (snapshot.dataset, snapshot.as_of) == (Dataset.SHORT_VOLUME, DAY)
    assert snapshot.published_at == datetime(2023, 9, 6, 22, tzinfo=UTC)
    assert snapshot.frame["symbol"].tolist() == ["A", "ABR^D", "ACPr", "BRK.B", "NA", "TRUE"]
    assert snapshot.frame["market"].tolist()[0] == "B,Q,N"


def test_volumes_may_be_fractions():
    frame = parse_session(body_of(), "file", DAY, 3)
    row = frame[frame["symbol"] == "BRK.B"].iloc[0]
    assert (row["short_volume"], row["short_exempt_volume"], row["total_volume"]) == (
        17705180.795191,
        67707.208540,
        49047927.127418,
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (body_of(trailer="5"), "has 6 rows and counts 5"),
        (body_of(trailer="7"), "has 6 rows and counts 7"),
        (body_of()[: body_of().rindex(b"6")], "cut off"),
        (body_of()[:120], "cut off"),
        (body_of([*ROWS, "20230906|B|1|0"]), "line 8: does not have 6 cells"),
        (body_of([*ROWS, ROWS[0]]), "is already in line 2"),
        (body_of([*["20230905|B|1|0|2|Q"] * 3, ROWS[0], *["20230905|B|1|0|2|Q"] * 2]), "is not 2023-09-06"),
        (
            body_of([*ROWS[:3], *[f"20230906|B{at}|x|0|2|Q" for at in range(4)]]),
            "line 5, column short_volume: 'x' is not a number",
        ),
        (body_of([*ROWS[:3], *[f"20230906|B{at}|-1|0|2|Q" for at in range(4)]]), "is negative"),
        (body_of([*ROWS[:3], *[f"20230906|B{at}||0|2|Q" for at in range(4)]]), "is missing"),
        (body_of(header="Date;Symbol"), "instead of its header"),
        (b"\xfe\xff" * 300, "instead of its header"),
        (body_of(ROWS[:2]), "has 2 rows, and a session at least 3"),
    ],
)
def test_a_bad_file_is_refused_and_its_fault_named(body, words):
    with pytest.raises(MalformedError, match=words):
        parse_session(body, "file", DAY, 3)


def test_a_whole_file_of_nothing_is_empty():
    with pytest.raises(NoDataError):
        parse_session(body_of([]), "file", DAY, 3)


@pytest.mark.parametrize("day", [date(2023, 9, 4), date(2023, 9, 9)])
def test_nothing_is_asked_on_a_holiday(day):
    script = Script(httpx.Response(403, content=DENIED))
    with pytest.raises(NoDataError, match="does not trade"):
        fetch(script, day)
    assert script.requests == []


def test_a_denial_on_a_session_is_pending():
    with pytest.raises(PendingError):
        fetch(Script(httpx.Response(403, content=DENIED)))


def test_a_web_page_is_a_wall():
    with pytest.raises(BlockedError):
        fetch(Script(httpx.Response(200, content=PAGE)))


def test_a_file_is_looked_at_for_three_days_and_never_again():
    validators = Receipts()
    script = Script(httpx.Response(200, content=body_of()))
    posted_at = datetime(2023, 9, 6, 22, tzinfo=UTC)
    found = []
    for age in (timedelta(minutes=5), timedelta(days=1), timedelta(days=3), timedelta(days=4), timedelta(days=400)):
        moment = posted_at + age
        fetched = fetch(script, clock=lambda at=moment: at, validators=validators)
        found.append(fetched.snapshot is not None)
        validators.keep(fetched.receipts)
    assert found == [True, False, False, False, False]
    assert len(script.requests) == 3


def test_a_correction_within_three_days_comes_in():
    validators = Receipts()
    script = Script(httpx.Response(200, content=body_of()), httpx.Response(200, content=body_of(ROWS[:5])))
    validators.keep(fetch(script, validators=validators).receipts)
    assert fetch(script, validators=validators).snapshot.rows == 5


def test_recorded_rows_are_read(shared: Path):
    lines = (shared / "payloads" / "finra" / "CNMSshvol_rows.txt").read_text().split()
    for line in lines[1:]:
        day = datetime.strptime(line[:8], "%Y%m%d").replace(tzinfo=UTC).date()
        frame = parse_session(f"{lines[0]}\r\n{line}\r\n1\r\n".encode(), "recorded", day, 1)
        assert frame["short_volume"].iloc[0] == float(line.split("|")[2])
