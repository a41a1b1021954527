"""What is kept of a name is read in a process of its own, which answers like this one and goes by itself."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from loan_market import write_looks

from shortside.loans.path import LoanPath
from shortside.one_name.fails import FailsPath
from shortside.one_name.short_volume import SoldShort
from shortside.one_name.threshold_days import ThresholdDays
from tui.errors import SourceError
from tui.processes.messages import ReadNameRecords
from tui.processes.name_parts import PART_KINDS, ReadPart, part_as_bytes, part_in, parts_of_name
from tui.processes.name_reading import NameReading

LAST = date(2023, 3, 1)
DAYS = np.arange("2023-02-27", "2023-03-01", dtype="datetime64[D]")
MOMENTS = DAYS.astype("datetime64[us]")
PARTS: dict[str, FailsPath | ThresholdDays | SoldShort | LoanPath] = {
    "fails": FailsPath(
        symbol="AAA", days=DAYS, known_at=MOMENTS, fails=np.array([1.0, 2.0]), price=np.array([9.0, np.nan])
    ),
    "threshold_lists": ThresholdDays(symbol="AAA", sources=("nyse",), days=DAYS, is_listed=np.array([True, False])),
    "off_exchange": SoldShort(symbol="AAA", sessions=DAYS, short=np.array([1.5, 2.0]), total=np.array([3.0, 4.0])),
    "borrow": LoanPath(
        symbol="AAA", source="x", known_at=MOMENTS, fetched_at=MOMENTS, is_listed=np.array([True, False]),
        fee=np.array([0.1, np.nan]), available=np.array([0.0, np.nan]), is_capped=np.array([False, True]), unread=3,
    ),
}  # fmt: skip


def order(folder, parts=("fails", "threshold_lists", "off_exchange", "borrow"), symbol="AAA"):
    return ReadNameRecords(
        parts=parts, is_archive=False, root=str(folder), symbols=(symbol,), names=("",), exchanges=("",),
        moment=datetime(2023, 3, 2, tzinfo=UTC), last_session=LAST,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    looks = [(LAST - timedelta(days=back), {"AAA": (back + 1.0, 100), "ZZZ": (9.0, 9)}) for back in range(6)]
    return write_looks(tmp_path, looks)


@pytest.fixture
def reading():
    found = NameReading()
    yield found
    found._end()


@pytest.mark.parametrize("name", PART_KINDS)
def test_a_part_goes_from_one_process_to_another_to_the_last_bit(name):
    part = PARTS[name]
    again = part_in(name, part_as_bytes(part))
    assert type(again) is type(part) is PART_KINDS[name]
    for field in type(part).__dataclass_fields__:
        ours, theirs = getattr(part, field), getattr(again, field)
        np.testing.assert_array_equal(ours, theirs, field)
        assert getattr(ours, "dtype", None) == getattr(theirs, "dtype", None)


def test_the_process_says_what_this_one_reads_one_order_after_the_other(folder, reading):
    there: list[ReadPart] = []
    for symbol in ("AAA", "ZZZ"):
        here, there = (
            list(parts_of_name(order(folder, symbol=symbol))),
            list(reading.read(order(folder, symbol=symbol))),
        )
        assert [(part.name, part.lack) for part in here] == [(part.name, part.lack) for part in there]
        paths = [[part.found for part in parts if isinstance(part.found, LoanPath)] for parts in (here, there)]
        assert [len(path.fee) for path in paths[1]] == [4, 6], "the newest looks come first"
        for ours, theirs in zip(*paths, strict=True):
            np.testing.assert_array_equal(ours.fee, theirs.fee)
    assert "threshold lists; --source public does" in there[1].lack


def test_a_process_that_ended_meanwhile_is_started_anew(folder, reading):
    assert len(list(reading.read(order(folder, ("borrow",))))) == 2
    first = reading._child
    first.kill()
    first.wait(20)
    assert len(list(reading.read(order(folder, ("borrow",))))) == 2
    assert reading._child is not first


def test_whoever_wants_no_more_ends_the_process_and_the_next_order_is_answered(folder, reading):
    parts = reading.read(order(folder, ("borrow",)))
    assert next(parts).found is not None
    child = reading._child
    parts.close()
    assert child.wait(20) != 0
    assert len(list(reading.read(order(folder, ("borrow",))))) == 2


def test_a_process_that_cannot_be_had_or_says_nothing_is_told_in_words(folder):
    with pytest.raises(SourceError, match="cannot be started"):
        list(NameReading((str(folder / "nothing"),)).read(order(folder)))
    with pytest.raises(SourceError, match="ended before it was done"):
        list(NameReading((sys.executable, "-c", "pass")).read(order(folder)))


def test_a_process_without_an_order_goes_by_itself(folder):
    quick = "import tui.processes.name_reading as one; one.SECONDS_WITHOUT_ORDER = 0.05; one.main()"
    found = NameReading((sys.executable, "-c", quick))
    assert len(list(found.read(order(folder, ("borrow",))))) == 2
    child = found._child
    assert child is not None
    assert child.wait(20) == 0
    found._end()
