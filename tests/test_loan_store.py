"""Every look at the list of stock loans is kept, packed or not, and none is lost by packing it."""

import os
import random
import select
import shutil
import signal
import stat
import struct
import time
import zlib
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loan_market import OPENS, QUARTER, Loan, appended, day_of, loan_look, loan_rows, moments
from virtual_time import run
from waiting import PATIENCE, reaped

from providers.archive.loan_day import LoanDay, LoanDayError, _tables_size
from providers.archive.loan_looks import LoanLooks, damaged_days
from providers.archive.loan_packing import LoanPacker, loan_day_path, rows_of
from providers.archive.vintages import Archive, ArchiveError
from providers.feeds.feed import Delivery
from providers.feeds.surroundings import Storage
from providers.http.client import Fetched
from shortside.datasets import Dataset

TWO = {"AAA": (0.0025, 10_000_000.0), "BRK B": (0.5, 0.0)}
LATER = OPENS + timedelta(days=300)


@pytest.fixture
def archive(tmp_path):
    return Archive(tmp_path / "archive")


def packed(archive):
    LoanPacker(archive).pack()
    return LoanLooks(archive)


def singles(archive, day=None):
    return archive.vintages(Dataset.BORROW, day)


def three_days(archive):
    """Two looks on each of two days and one on a third; AAA's fee rises by a hundredth at each."""
    looks = [moment for day, count in ((0, 2), (1, 2), (2, 1)) for moment in moments(day, count)]
    appended(archive, [(at, {**TWO, "AAA": (0.01 * (1 + place), 100.0)}) for place, at in enumerate(looks)])
    return looks


def fees(looks, symbol="AAA", since=date(2023, 1, 1), until=LATER):
    return looks.path(symbol, [symbol], since, until).fee.tolist()


def test_a_day_that_is_over_is_one_file_and_its_single_looks_are_gone(archive):
    three_days(archive)
    looks = packed(archive)
    assert [loan_day_path(archive.root, day_of(day)).exists() for day in (0, 1, 2)] == [True, True, False]
    assert [len(singles(archive, day_of(day))) for day in (0, 1, 2)] == [0, 0, 1]
    assert fees(looks) == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert looks.complaints == []


def test_a_day_that_runs_is_packed_every_few_looks_and_keeps_its_single_files(archive):
    appended(archive, [(at, {"AAA": (0.01 * place, 1.0)}) for place, at in enumerate(moments(0, 4))])
    packed(archive)
    assert not loan_day_path(archive.root, day_of(0)).exists()
    appended(archive, [(at, {"AAA": (0.01 * (4 + place), 1.0)}) for place, at in enumerate(moments(0, 8)[4:])])
    looks = packed(archive)
    assert loan_day_path(archive.root, day_of(0)).exists()
    assert len(singles(archive)) == 8
    assert fees(looks) == pytest.approx([0.01 * place for place in range(8)])


def test_packing_again_and_a_look_that_comes_late_change_nothing_else(archive):
    looks_at = three_days(archive)
    packed(archive)
    before = loan_day_path(archive.root, day_of(0)).read_bytes()
    LoanPacker(archive).pack()
    assert loan_day_path(archive.root, day_of(0)).read_bytes() == before
    appended(archive, [(looks_at[0] + QUARTER / 3, {"AAA": (0.9, 1.0)})])
    assert fees(packed(archive)) == pytest.approx([0.01, 0.9, 0.02, 0.03, 0.04, 0.05])
    assert singles(archive, day_of(0)) == []


def test_none_available_and_unknown_and_not_on_the_list_are_three_answers(archive):
    appended(archive, [(at, one) for at, one in zip(
        [*moments(0, 3), *moments(1, 1)],
        [{"AAA": (0.1, 0.0), "BBB": (0.1, 1.0)}, {"AAA": (None, None), "BBB": (0.1, 1.0)}, {"BBB": (0.1, 2.0)}, TWO],
        strict=True)])  # fmt: skip
    path = packed(archive).path("AAA", ["AAA"], day_of(0), moments(0, 3)[-1])
    assert path.is_listed.tolist() == [True, True, False]
    np.testing.assert_array_equal(path.available, [0.0, np.nan, np.nan])
    np.testing.assert_array_equal(path.fee, [0.1, np.nan, np.nan])


def test_a_lower_bound_stays_one_and_a_name_is_found_as_the_broker_spells_it(archive):
    three_days(archive)
    looks = packed(archive)
    path = looks.path("BRK.B", ["BRK.B", "BRK B"], day_of(0), LATER)
    assert (path.symbol, path.available.tolist(), list(path.is_capped)) == ("BRK.B", [0.0] * 5, [False] * 5)
    appended(archive, [(moments(3, 1)[0], TWO), (moments(4, 1)[0], TWO)])
    assert packed(archive).path("AAA", ["AAA"], day_of(3), LATER).is_capped.tolist() == [True, True]


def test_a_past_moment_knows_the_looks_that_were_public_by_then_and_no_others(archive):
    known = three_days(archive)
    looks = packed(archive)
    assert looks.at(known[0] - QUARTER) is None
    at = looks.at(known[2] + QUARTER / 2)
    assert (at.as_of, at.known_at, at.looks) == (day_of(1), known[2], 1)
    assert at.loans.fee[at.loans.symbols == b"AAA"] == pytest.approx([0.03])
    assert fees(looks, until=known[2]) == pytest.approx([0.01, 0.02, 0.03])
    closings = looks.closings(day_of(0), known[2])
    assert [(one.as_of, one.known_at) for one in closings] == [(day_of(0), known[1]), (day_of(1), known[2])]
    assert looks.at(LATER, until=day_of(0)).known_at == known[1]


@pytest.mark.parametrize("left", ["half a file", "both", "some of the singles"])
def test_wherever_packing_was_broken_off_every_look_is_there_and_it_goes_on(archive, tmp_path, left):
    three_days(archive)
    twin = Archive(tmp_path / "twin")
    shutil.copytree(archive.root, twin.root)
    packed(twin)
    whole = loan_day_path(twin.root, day_of(0)).read_bytes()
    target = loan_day_path(archive.root, day_of(0))
    target.parent.mkdir()
    (target.parent / ".partial-abc").write_bytes(whole[:1_000])
    if left != "half a file":
        target.write_bytes(whole)
    if left == "some of the singles":
        singles(archive, day_of(0))[0].path.unlink()
    assert fees(LoanLooks(archive)) == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert fees(packed(archive)) == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    assert singles(archive, day_of(0)) == []


def _store_until_killed(root, voice):
    """Two looks a day, each said once it is stored; packing goes on all the time."""
    archive = Archive(root)
    packer = LoanPacker(archive)
    number = 0
    while True:
        at = OPENS + timedelta(days=number // 2, minutes=number % 2)
        archive.append(
            loan_look(
                at, {}, pd.DataFrame({"symbol": ["AAA"], "fee": [number], "available": [1.0], "is_capped": [False]})
            )
        )
        os.write(voice, f"{number}\n".encode())
        packer.pack()
        number += 1


def _killed(root, seconds):
    hears, voice = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _store_until_killed(root, voice)
        finally:
            os._exit(1)
    os.close(voice)
    select.select([hears], [], [], PATIENCE)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    reaped(child)
    with os.fdopen(hears, "rb") as heard:
        return {int(word) for word in heard.read().split()}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_writer_that_is_killed_loses_no_look_it_said_was_stored(tmp_path):
    chance = random.Random(16)
    for number in range(8):
        archive = Archive(tmp_path / str(number))
        said = _killed(archive.root, chance.uniform(0.0, 0.08))
        kept = fees(LoanLooks(archive))
        assert said <= set(kept)
        assert kept == sorted(set(kept))
        assert fees(packed(archive)) == kept


@pytest.mark.parametrize("kept", [0, 7, 60, 0.5, 0.99])
def test_a_day_s_file_that_was_cut_off_is_passed_over_with_a_word_and_not_written_over(archive, kept):
    three_days(archive)
    path = loan_day_path(archive.root, day_of(0))
    packed(archive)
    whole = path.read_bytes()
    torn = whole[: kept if isinstance(kept, int) else int(len(whole) * kept)]
    path.write_bytes(torn)
    looks = LoanLooks(archive)
    assert fees(looks) == pytest.approx([0.03, 0.04, 0.05])
    [complaint] = looks.complaints
    assert path.name in complaint
    appended(archive, [(moments(0, 5)[-1], TWO)])
    LoanPacker(archive).pack()
    assert path.read_bytes() == torn
    assert len(singles(archive, day_of(0))) == 1


def _read_whole(path):
    with LoanDay(path) as day:
        day.rows_of("AAA")
        day.listed_at(1)
        return day.table()


def test_a_damaged_byte_is_found_wherever_it_is_and_raises_nothing_of_its_own(archive):
    three_days(archive)
    packed(archive)
    path = loan_day_path(archive.root, day_of(0))
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with pytest.raises(LoanDayError):
            _read_whole(path)


FIELDS = "<8sIIIIIQIIQIIQI"
FORGED = st.sampled_from([0, 1, 2**16, 2**31, 2**32 - 1, 2**63, 2**64 - 1])


@pytest.fixture(scope="module")
def sound_day(tmp_path_factory):
    """A day's file with nothing wrong in it."""
    archive = Archive(tmp_path_factory.mktemp("sound"))
    three_days(archive)
    packed(archive)
    return loan_day_path(archive.root, day_of(0))


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.integers(1, 11), FORGED, max_size=2),
    st.lists(st.tuples(st.integers(0, 10_000), st.sampled_from([b"\xff" * 8, bytes(8), b"\x7f" * 8])), max_size=2),
)
def test_a_head_that_is_forged_with_its_checksum_raises_nothing_of_its_own(sound_day, numbers, pieces):
    whole, path = sound_day.read_bytes(), sound_day.with_name("forged")
    fields, size = list(struct.unpack_from(FIELDS, whole)), struct.calcsize(FIELDS)
    length = _tables_size(fields[2], -(-fields[3] // 32), fields[4])
    tables = bytearray(whole[size : size + length])
    for place, piece in pieces:
        at = place % (length - 8)
        tables[at : at + 8] = piece
    for place, number in numbers.items():
        fields[place] = number if place in (6, 9) else number % 2**32
    sealed = struct.pack(FIELDS, *fields[:-1], 0)[:-4]
    seal = struct.pack("<I", zlib.crc32(sealed + bytes(4) + tables))
    path.write_bytes(sealed + seal + tables + whole[size + length :])
    for read in (_read_whole, _checked):
        with suppress(LoanDayError):
            read(path)


def _checked(path):
    with LoanDay(path) as day:
        assert day.file_names
        day.check()


class PackedMeanwhile(Archive):
    """An archive whose days are packed by another process between the listing of single files and their reading."""

    is_packed = False

    def vintages(self, dataset, as_of=None, without=frozenset()):
        found = super().vintages(dataset, as_of, without)
        if not self.is_packed:
            self.is_packed = True
            LoanPacker(Archive(self.root)).pack()
        return found


def test_looks_that_are_packed_while_they_are_read_are_found_all_the_same(archive):
    known = three_days(archive)
    shutil.copytree(archive.root, archive.root.with_name("twin"))
    assert fees(LoanLooks(PackedMeanwhile(archive.root))) == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])
    at = LoanLooks(PackedMeanwhile(archive.root.with_name("twin"))).at(known[1] + QUARTER / 2)
    assert at is not None
    assert at.loans.fee[at.loans.symbols == b"AAA"] == pytest.approx([0.02])


def test_every_damaged_day_is_named_and_a_sound_one_is_not(archive):
    three_days(archive)
    packed(archive)
    assert damaged_days(archive.root) == []
    path = loan_day_path(archive.root, day_of(1))
    body = bytearray(path.read_bytes())
    body[-3] ^= 0xFF
    path.write_bytes(body)
    (path.parent / "notes.txt").write_text("hello")
    one, other = damaged_days(archive.root)
    assert path.name in one
    assert "a part of it is damaged" in one
    assert "notes.txt" in other


def test_a_fee_that_goes_back_to_where_it_was_is_kept_by_whoever_polls(archive):
    class Clients:
        """Keeps no receipt."""

        async def keep(self, _fetched):
            return None

    async def store():
        clients: Any = Clients()
        storage = Storage(archive, clients)
        for at, fee in zip(moments(0, 4), (0.1, 0.2, 0.1, 0.1), strict=True):
            look = Fetched(snapshot=loan_look(at, {"AAA": (fee, 1.0)}), receipts=())
            await storage(Delivery(fetched=(look,)))

    run(store())
    assert fees(LoanLooks(archive)) == [0.1, 0.2, 0.1]


def test_a_damaged_block_of_a_sound_day_is_an_error_of_the_archive(archive):
    three_days(archive)
    packed(archive)
    path = loan_day_path(archive.root, day_of(0))
    body = bytearray(path.read_bytes())
    with LoanDay(path) as day:
        body[int(day._offsets[0]) + 3] ^= 0xFF
    path.write_bytes(body)
    with pytest.raises(ArchiveError, match="can no longer be read"):
        fees(LoanLooks(archive))


def test_a_day_s_file_is_its_owner_s_alone_and_a_link_is_not_followed(archive, tmp_path):
    three_days(archive)
    packed(archive)
    path = loan_day_path(archive.root, day_of(0))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.symlink_to(elsewhere)
    looks = LoanLooks(archive)
    assert fees(looks) == pytest.approx([0.03, 0.04, 0.05])
    assert len(looks.complaints) == 1


def test_a_look_with_a_column_that_no_day_s_file_has_stays_a_file_of_its_own(archive):
    odd = loan_rows({"AAA": (0.07, 1.0)}).assign(lender=1.0)
    archive.append(loan_look(moments(0, 1)[0], {}, odd))
    appended(archive, [(moments(0, 2)[1], TWO), (moments(1, 1)[0], TWO)])
    looks = packed(archive)
    assert len(singles(archive, day_of(0))) == 1
    assert fees(looks) == pytest.approx([0.07, 0.0025, 0.0025])


LOANS = st.dictionaries(
    st.sampled_from(["AAA", "ABR PRD", "BRK B", "NA", "TRUE", "ZÜ"]),
    st.tuples(
        st.none() | st.floats(0.0, 50.0) | st.sampled_from([0.0025, 0.0]),
        st.none() | st.sampled_from([0.0, 100.0, 2.0**52, 10_000_000.0]),
    ),
    min_size=1,
)


@settings(max_examples=12)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 9), LOANS), min_size=1, max_size=9, unique_by=lambda one: one[:2]
    ),
    st.integers(0, 9),
    st.integers(0, 3 * 24 * 60),
)
def test_whatever_was_looked_at_is_read_again_as_it_was(tmp_path_factory, looks, packed_after, minutes):
    archive = Archive(tmp_path_factory.mktemp("archive"))
    stored: dict[datetime, dict[str, Loan]] = {}
    for place, (day, quarter, loans) in enumerate(looks):
        at = OPENS + timedelta(days=day) + quarter * QUARTER
        vintage = archive.append(loan_look(at, loans))
        stored.setdefault(vintage.known_at, loans)
        if place == packed_after:
            LoanPacker(archive).pack()
    reader = packed(archive)
    for day in range(3):
        path = loan_day_path(archive.root, day_of(day))
        if path.exists():
            with LoanDay(path) as file:
                table = file.table()
            for place, head in enumerate(table.looks):
                expected = loan_rows(stored[head.known_at]).sort_values(
                    "symbol", key=lambda one: one.map(str.encode), ignore_index=True
                )
                pd.testing.assert_frame_equal(rows_of(table, place), expected)
    moment = OPENS + timedelta(minutes=minutes)
    known = sorted(at for at in stored if at <= moment)
    at = reader.at(moment)
    newest = [one for one in known if one.date() == known[-1].date()]
    # Of what was public on the newest day, the last that was looked at by then; the first where all were later.
    looked = [one for one in newest if one + timedelta(minutes=2) <= moment] or newest[:1]
    assert (None if at is None else at.known_at) == (looked[-1] if looked else None)
    for symbol in ("AAA", "BRK B"):
        path = reader.path(symbol, [symbol], date(2023, 1, 1), moment)
        assert [one.replace(tzinfo=UTC) for one in path.known_at.astype(datetime)] == known
        for place, one in enumerate(known):
            fee, available = stored[one].get(symbol, (None, None))
            assert path.is_listed[place] == (symbol in stored[one])
            np.testing.assert_equal(path.fee[place], np.nan if fee is None else fee)
            np.testing.assert_equal(path.available[place], np.nan if available is None else available)
