"""The processes of one program speak typed messages; whatever else comes along a pipe is an error, and never run."""

import base64
import pickle
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.processes.messages import (
    Begin,
    Complaint,
    Failed,
    FillArchive,
    FillingEnded,
    FillingPlan,
    ListingsStored,
    MessageError,
    PlanFilling,
    PlannedRequests,
    Poll,
    PollingOptions,
    PollingState,
    ReadFolder,
    ReadingProgress,
    ReadListings,
    ReadSoldShort,
    SoldShortYear,
    StopFilling,
    line_of,
    order_of,
    report_of,
)

OPTIONS = PollingOptions(archive="/a", cache="/c", state="/s", configuration="/f", switched_off=("ortex",))
ORDERS = [
    Begin(options=OPTIONS, now=datetime(2023, 9, 7, 21, 30, tzinfo=UTC)),
    Begin(options=OPTIONS),
    Poll(),
    Poll(was_there=True),
    ReadListings(number=1, since=date(2023, 1, 3)),
    ReadSoldShort(number=2, symbol="BRK.B"),
    PlanFilling(number=3, since=date(2022, 12, 30)),
    FillArchive(number=4, since=date(2022, 12, 30)),
    StopFilling(),
    ReadFolder(directory="/d", cache="/c", until=date(2023, 9, 7)),
]
REPORTS = [
    PollingState(is_polling=True, filling="short interest", complaint="none\nat all"),
    ReadingProgress(number=1, words="reading", done=1, total=4),
    Complaint(number=1, words="…"),
    ListingsStored(number=1, key="abc"),
    SoldShortYear(number=2, sessions=(date(2023, 9, 7),), short=(1.5,), total=(None,)),
    FillingPlan(number=3, planned=(PlannedRequests(title="FINRA", requests=16, seconds=8.0, is_estimate=True),)),
    FillingEnded(number=4, requests=470, rows=9, is_stopped=True, complaints=("splits: no answer",)),
    Failed(number=1, words="no closes", is_lack=True),
]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_arrives_as_it_was_sent_on_one_line(order):
    assert line_of(order).count("\n") == 1
    assert order_of(line_of(order)) == order


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_arrives_as_it_was_sent_on_one_line(report):
    assert line_of(report).count("\n") == 1
    assert report_of(line_of(report)) == report


@pytest.mark.parametrize("message", ORDERS)
def test_an_order_is_no_report(message):
    with pytest.raises(MessageError):
        report_of(line_of(message))


class Spell:
    """Does harm when it is unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("a message was run",))


def test_a_pickle_is_never_opened():
    with pytest.raises(MessageError):
        order_of(base64.b64encode(pickle.dumps(Spell())).decode())


@given(st.text())
def test_any_other_line_is_an_error_of_ours(line):
    for read in (order_of, report_of):
        with pytest.raises(MessageError):
            read(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "read listings"}',
        '{"type": "read listings", "number": "1"}',
        '{"type": "read listings", "number": 1, "since": "soon"}',
        '{"type": "no such order"}',
        "[]",
        "null",
        "",
    ],
)
def test_an_order_with_a_wrong_or_absent_part_is_none(line):
    with pytest.raises(MessageError, match="no order"):
        order_of(line)


def test_nothing_in_the_program_is_unpickled(repository):
    for room in ("shortside", "providers", "widgets", "tui"):
        for path in (repository / room).rglob("*.py"):
            source = path.read_text()
            assert "import pickle" not in source, path
            assert "allow_pickle=True" not in source, path
