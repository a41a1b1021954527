"""A recording gives back what was written, to the bit; cut off or damaged anywhere, it gives what is whole before."""

from __future__ import annotations

import io
import json
import resource
import tarfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market_examples import random_listings, texts
from recording_examples import HEAD, OPENS, SESSION, assert_same, market, read_ticks, tick, ticks_of, write_recording

from providers.errors import MalformedError, NoDataError, RefusedError
from providers.files.funds import no_closes
from providers.recording.member_file import BREAKS_OFF_WORDS, IS_DAMAGED_WORDS, MemberWriter, read_members
from providers.recording.reader import Recording
from providers.recording.source import ReplayProvider
from providers.recording.writer import RecordedFunds, RecordedMarket, RecordedTick, RecordingWriter
from shortside.funds.figures import FundData
from shortside.funds.flows import FUND_DAYS


def played(path: Path) -> Recording:
    return ReplayProvider(path).read_recording()


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> bytes:
    """A recording with two markets and six ticks."""
    path: Path = write_recording(tmp_path_factory.mktemp("whole") / "session")
    return path.read_bytes()


# -- round trips ------------------------------------------------------------------------------------------------------

moments = st.floats(0, 86_400).map(lambda seconds: datetime(2023, 9, 8, tzinfo=UTC) + timedelta(seconds=seconds))
names = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])), unique=True, max_size=5)


@st.composite
def random_ticks(draw):
    symbols = draw(names)
    prices = draw(st.lists(st.floats(1e-6, 1e9), min_size=len(symbols), max_size=len(symbols)))
    return RecordedTick(at=draw(moments), symbols=texts(symbols), prices=np.array(prices, np.float64))


@given(
    random_listings(),
    st.lists(st.lists(random_ticks(), max_size=4), max_size=4),
    st.one_of(st.none(), st.dates(date(2023, 9, 1), date(2023, 9, 30))),
)
def test_what_was_written_is_read_to_the_bit_in_its_order(tmp_path_factory, listings, batches, live_day):
    path = tmp_path_factory.mktemp("round") / "session"
    first = RecordedMarket(at=datetime(2023, 9, 8, tzinfo=UTC), listings=listings, live_day=live_day)
    ordered = [[first], *batches, [RecordedMarket(at=datetime(2023, 9, 9, tzinfo=UTC), listings=listings)]]
    ended_at = datetime(2023, 9, 10, tzinfo=UTC)
    found = played(write_recording(path, ordered, ended_at=ended_at))
    assert (found.is_whole, found.complaint, found.ended_at) == (True, "", ended_at)
    assert found.head.source == HEAD.source
    for place in range(2):
        assert_same(found.listings(place), listings)
    written, read = ticks_of(batches), read_ticks(found)
    assert [prices for _, prices in read] == [prices for _, prices in written]
    # A clock that is set back cannot turn the order round.
    assert [at for at, _ in read] == list(np.maximum.accumulate([HEAD.began_at, *(at for at, _ in written)])[1:])
    assert [entry.ticks_before for entry in found.markets] == [0, len(written)]
    assert [entry.live_day for entry in found.markets] == [live_day, None]


def test_arrays_that_did_not_change_are_written_once(tmp_path):
    path = write_recording(tmp_path / "session", [[market()], [market(5.0)], [market(9.0, level=12.0)]])
    kinds = [member.kind for member in read_members(path).members]
    first, second, third = (place for place, kind in enumerate(kinds) if kind == "market")
    assert second == first + 1
    assert kinds[second + 1 : third] == ["array"]
    assert played(path).listings(2).close[0, 0] == 12.0


def test_the_same_happenings_give_the_same_bytes(tmp_path):
    one, other = (write_recording(tmp_path / name).read_bytes() for name in ("one", "other"))
    assert one == other


def test_share_counts_of_funds_come_back_and_no_other_splits_with_them(tmp_path):
    days = pd.DataFrame(
        {"date": pd.to_datetime(["2023-03-01"] * 2), "symbol": ["IWM", "IWB"], "nav": [10.5, None]}
    ).assign(shares_outstanding=[100.0, 200.0])
    splits = pd.DataFrame(
        {
            "symbol": ["IWM", "AAPL"],
            "ex_date": pd.to_datetime(["2023-02-01"] * 2),
            "simple_ratio": [0.5, 0.25],
            "shares_before": [np.nan] * 2,
            "shares_after": [np.nan] * 2,
            "shares_corrected_on": pd.to_datetime(["NaT"] * 2),
            "status": ["announced"] * 2,
        }
    )
    data = FundData(
        days=FUND_DAYS.conform(days, "days"), closes=no_closes(), splits=splits, fetched_at=OPENS, source="files"
    )
    path = write_recording(tmp_path / "session", [[market(), RecordedFunds(at=OPENS, data=data)]])
    found = played(path).fund_data()
    pd.testing.assert_frame_equal(found.days, data.days)
    assert found.splits["symbol"].tolist() == ["IWM"]
    assert found.closes.empty
    assert (found.source, found.fetched_at) == ("files", OPENS)


def test_a_recording_without_funds_says_so(tmp_path):
    with pytest.raises(NoDataError, match="its source had none"):
        played(write_recording(tmp_path / "session")).fund_data()


def test_any_tar_program_unpacks_it_and_finds_json_lines_and_arrays(tmp_path):
    path = write_recording(tmp_path / "session")
    with tarfile.open(path) as file:
        by_kind = {name.split("-")[1]: name for name in file.getnames()}
        assert set(by_kind) == {"recording", "array", "market", "ticks", "end"}
        first = file.extractfile(by_kind["recording"])
        assert first is not None
        head = json.load(first)
        assert (head["schema"], head["simulated"]) == ("shortside.recording/1", True)
        assert head["terms"] == [{"title": "Nobody", "terms": "none"}]
        assert {member.uid for member in file.getmembers()} == {0}
        assert {member.uname for member in file.getmembers()} == {""}


# -- cut off and damaged ----------------------------------------------------------------------------------------------


def assert_a_prefix(body: bytes, path: Path) -> Recording | None:
    """What a spoilt recording gives is the beginning of the whole one, or a sentence."""
    path.write_bytes(body)
    found, words = None, ""
    try:
        found = played(path)
    except MalformedError as error:
        words = str(error)
    if found is None:
        assert words.startswith("session: ")
        return None
    ticks = read_ticks(found)
    assert ticks == ticks_of(SESSION)[: len(ticks)]
    for place in range(len(found.markets)):
        assert_same(found.listings(place), (market(), market(60.0, level=11.0))[place].listings)
    return found


@given(st.data())
def test_cut_off_at_any_byte_it_plays_what_is_whole_and_says_so(tmp_path_factory, whole, data):
    cut = data.draw(st.integers(0, len(whole) - 1))
    found = assert_a_prefix(whole[:cut], tmp_path_factory.mktemp("cut") / "session")
    # The last kilobyte is the end mark.
    assert found is None or not found.is_whole or cut > len(whole) - 1024
    if found is not None and not found.is_whole:
        assert found.complaint.startswith("session breaks off after 09:3")


def test_cut_off_at_the_end_of_every_member_it_has_all_up_to_there(tmp_path, whole):
    (tmp_path / "whole").write_bytes(whole)
    members = read_members(tmp_path / "whole").members
    ticks = [0]
    for member in members:
        end = member.offset + member.size + -member.size % 512
        found = assert_a_prefix(whole[:end], tmp_path / "session")
        ticks.append(0 if found is None else len(found.tick_at))
        is_playable = any(one.kind == "market" for one in members[: member.number + 1])
        assert (found is not None) == is_playable
        # One byte less, and the member is as if it had never been.
        assert_a_prefix(whole[: end - 1], tmp_path / "session")
    assert sorted(set(ticks)) == [0, 1, 4, 5, 6]


@given(st.data())
def test_damaged_at_any_byte_it_plays_what_is_whole_or_is_refused_in_a_sentence(tmp_path_factory, whole, data):
    place = data.draw(st.integers(0, len(whole) - 1))
    spoilt = bytearray(whole)
    spoilt[place] ^= data.draw(st.integers(1, 255))
    found = assert_a_prefix(bytes(spoilt), tmp_path_factory.mktemp("damaged") / "session")
    if found is not None and not found.is_whole:
        assert found.file.trouble in (BREAKS_OFF_WORDS, IS_DAMAGED_WORDS)


@given(st.binary(max_size=2_000))
def test_any_other_file_is_refused_in_a_sentence(tmp_path_factory, body):
    path = tmp_path_factory.mktemp("other") / "session"
    path.write_bytes(body)
    with pytest.raises(MalformedError, match="session: is no recording"):
        played(path)


def test_a_tar_file_of_somebody_else_is_no_recording(tmp_path):
    path = tmp_path / "session"
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo("000000-recording-00000000.json")
        file.addfile(info, io.BytesIO())
    with pytest.raises(MalformedError):
        played(path)


def test_a_later_version_is_named(tmp_path):
    path = tmp_path / "session"
    writer = MemberWriter(path)
    writer.add("recording", "json", json.dumps({"schema": "shortside.recording/2"}).encode(), OPENS)
    writer.close()
    with pytest.raises(MalformedError, match=r"is a shortside\.recording/2, and this version plays"):
        played(path)


def test_members_that_a_later_version_adds_are_passed_over(tmp_path):
    path = tmp_path / "session"
    with RecordingWriter(path, HEAD) as writer:
        writer.write([market()])
        writer._members.add("weather", "txt", b"rain", OPENS)
        writer.write([tick(1.0, AAA=9.0)])
        writer.close(OPENS)
    assert read_ticks(played(path)) == [(OPENS + timedelta(seconds=1), {"AAA": 9.0})]


def test_a_file_that_is_not_there_or_may_not_be_read_is_said(tmp_path):
    with pytest.raises(NoDataError, match="there is no file"):
        played(tmp_path / "nothing")
    with pytest.raises(RefusedError):
        played(tmp_path)


def test_a_file_changed_while_it_is_played_is_found_out(tmp_path, whole):
    path = tmp_path / "session"
    path.write_bytes(whole)
    found = played(path)
    path.write_bytes(bytes(len(whole)))
    with pytest.raises(MalformedError, match="was changed"):
        found.listings(0)


# -- writing ----------------------------------------------------------------------------------------------------------


def test_a_killed_writer_leaves_everything_it_wrote(tmp_path):
    found = played(write_recording(tmp_path / "session", ended_at=None))
    assert read_ticks(found) == ticks_of(SESSION)
    assert (found.is_whole, found.ended_at) == (False, OPENS + timedelta(seconds=90))


def test_a_file_that_is_there_is_never_written_over(tmp_path):
    path = tmp_path / "session"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        RecordingWriter(path, HEAD)
    assert path.read_text() == "mine"


def test_a_full_disk_leaves_a_recording_that_plays(tmp_path):
    path = tmp_path / "session"
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RecordingWriter(path, HEAD) as writer:
        writer.write([market(), tick(1.0, AAA=9.0)])
        # As far as a program can tell, a disk that has a hundred bytes left.
        resource.setrlimit(resource.RLIMIT_FSIZE, (writer.size + 100, limits[1]))
        try:
            with pytest.raises(OSError, match="too large"):
                writer.write([tick(2.0, AAA=9.5)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert path.stat().st_size == writer.size
        writer.write([tick(3.0, AAA=9.7)])
        writer.close(OPENS + timedelta(seconds=4))
    found = played(path)
    assert found.is_whole
    assert [prices["AAA"] for _, prices in read_ticks(found)] == [9.0, 9.7]
