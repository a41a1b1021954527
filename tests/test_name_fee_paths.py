"""A name's fee over time is read from a folder newest list first, of each list its own row, and shown as it grows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Event

import numpy as np
import pytest
from board_examples import screen_text
from loan_market import every_look, write_looks
from monitor_examples import monitor, opened, settled

from providers.demo import simulation, source
from providers.errors import NoDataError
from providers.files import loans
from providers.files.loans import read_loan_folder, read_name_paths
from providers.listings.symbols import JoinSide
from providers.parsing import unpacking
from shortside.loans.path import NameLook, path_of_looks
from shortside.loans.states import history_of_states, path_of_states
from shortside.sessions import NEW_YORK
from tui.screens.loan_path import LoanPathScreen, PathPanel

LAST = date(2023, 3, 1)
NIGHT = datetime(2023, 3, 2, tzinfo=UTC)
YEAR = timedelta(days=365)
SYMBOLS = ["AAA", "BRK.B", "ABR^D", "LOST"]
OURS = JoinSide(symbols=SYMBOLS, names=[""] * len(SYMBOLS), exchanges=[""] * len(SYMBOLS))


def days_back(count: int) -> list[date]:
    return [LAST - timedelta(days=back) for back in range(count - 1, -1, -1)]


def lists(count: int):
    """So many lists, a day each, whose fees count the days."""
    return tuple(
        (day, {"AAA": (place + 1.0, 100), "BRK B": (0.25, 0), "ABR PRD": ("NA", "NA"), "ZZZ": (9.0, 9)})
        for place, day in enumerate(days_back(count))
    )


@pytest.mark.parametrize("column", range(len(SYMBOLS)))
def test_the_whole_path_is_what_reading_every_list_whole_gives(tmp_path, column):
    folder = write_looks(tmp_path, lists(7))
    path = list(read_name_paths(folder, OURS, column, NIGHT, YEAR))[-1]
    whole = path_of_states(SYMBOLS[column], column, loans.SOURCE, every_look(folder, OURS))
    for field in ("known_at", "fetched_at", "fee", "available"):
        np.testing.assert_array_equal(getattr(path, field), getattr(whole, field), field)
    # A row that says nothing is a row all the same, which the tables of the market cannot tell.
    assert path.is_listed.all() == (SYMBOLS[column] != "LOST")
    assert path.symbol == SYMBOLS[column]


def test_paths_grow_from_the_newest_list_back_and_say_how_many_lists_are_left(tmp_path):
    folder = write_looks(tmp_path, lists(20))
    found = list(read_name_paths(folder, OURS, 0, NIGHT, YEAR))
    assert [(len(path), path.unread) for path in found] == [(4, 16), (12, 8), (20, 0)]
    for path in found:
        np.testing.assert_allclose(path.fee * 100, np.arange(20 - len(path), 20) + 1.0)


def test_no_list_is_opened_that_is_older_than_the_span_or_later_than_the_moment(tmp_path, monkeypatch):
    folder, opened_names = write_looks(tmp_path, lists(20)), []
    read = unpacking.document_in

    def noted(path, most):
        opened_names.append(path.name)
        return read(path, most)

    monkeypatch.setattr(loans, "document_in", noted)
    evening = datetime(2023, 2, 26, 23, tzinfo=UTC)
    (path,) = read_name_paths(folder, OURS, 0, evening, timedelta(days=2))
    assert opened_names == [f"ibkr_usa_202302{day}_1630.txt" for day in (26, 25, 24)]
    assert len(path) == 3


def test_a_list_that_was_cut_off_says_nothing_of_a_name_either(tmp_path):
    folder = write_looks(tmp_path, lists(3))
    damaged = folder / "borrow" / "ibkr_usa_20230228_1630.txt"
    damaged.write_text(damaged.read_text().replace("ZZZ|USD|ZZZ|1|X|0|9.0|9|\n", ""))
    (path,) = read_name_paths(folder, OURS, 0, NIGHT, YEAR)
    np.testing.assert_allclose(path.fee, [0.01, 0.03])


def test_a_folder_without_lists_says_what_would_fill_it(tmp_path):
    with pytest.raises(NoDataError, match="put files borrow/ibkr_usa_YYYYMMDD_HHMM"):
        list(read_name_paths(tmp_path, OURS, 0, NIGHT, YEAR))


def test_the_demo_s_looks_are_made_without_simulating_its_market_again(monkeypatch):
    whole = source.DemoProvider(11).read_listings()

    def never(*_):
        raise AssertionError("the market was simulated again")

    monkeypatch.setattr(source, "simulate", never)
    last = source.DemoProvider(11).read_last_look()
    assert whole.borrow is not None
    np.testing.assert_array_equal(last.borrow.fee, whole.borrow.fee)
    np.testing.assert_array_equal(last.symbols, whole.symbols)
    monkeypatch.setattr(source, "simulate", simulation.simulate)
    other = source.DemoProvider(12).read_last_look()
    assert not np.array_equal(other.borrow.fee, last.borrow.fee)


def path_of_days(days, unread=0):
    looks = [
        NameLook(known_at=at, fetched_at=at, is_listed=True, fee=0.05, available=5.0)
        for at in (datetime(day.year, day.month, day.day, 21, tzinfo=UTC) for day in days)
    ]
    return path_of_looks("AAA", "made up", looks, unread)


async def test_the_newest_looks_are_shown_while_older_ones_are_read(tmp_path):
    app, is_asked = monitor(tmp_path / "home"), Event()

    def paths(_symbol):
        yield path_of_days(days_back(2), unread=3)
        is_asked.wait(20)
        yield path_of_days(days_back(5))

    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        screen = LoanPathScreen("AAA", paths, LAST)
        app.push_screen(screen)
        await settled(app, pilot, lambda: "2 looks on 2 days" in "\n".join(screen_text(app)))
        assert "3 older ones being read" in "\n".join(screen_text(app))
        is_asked.set()
        await settled(app, pilot, lambda: "5 looks on 5 days" in "\n".join(screen_text(app)))
        assert "being read" not in "\n".join(screen_text(app))


@pytest.mark.parametrize(("last", "is_said"), [(LAST + timedelta(days=10), False), (date(2025, 3, 1), True)])
async def test_looks_of_years_ago_are_said_to_say_nothing_about_the_day_in_view(tmp_path, last, is_said):
    app = monitor(tmp_path / "home")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        app.push_screen(LoanPathScreen("AAA", lambda _: iter([path_of_days(days_back(2))]), last))
        await settled(app, pilot, lambda: "2 looks on 2 days" in "\n".join(screen_text(app)))
        text = "\n".join(screen_text(app))
        assert ("the newest is 731 days before 1 Mar 2025: it says nothing" in text) == is_said
        assert app.screen.query_one(PathPanel).days_old == (731 if is_said else 0)


def quarter_hours(folder):
    """Lists of nine days, on each at ten, noon and half past four, but of the days of a weekend."""
    for back in (0, 1, 2, 5, 6, 7, 8, 9, 12):
        day = LAST - timedelta(days=back)
        for hour, minute in ((10, 0), (12, 0), (16, 30)):
            fee = back + hour / 100
            rows = [f"AAA|USD|A|1|X|0|{fee}|{0 if back < 2 else 100}|", "BRK B|USD|B|2|X|0|0.25|5|"]
            head = [
                f"#BOF|{day:%Y.%m.%d}|{hour}:{minute:02}:00",
                "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|",
            ]
            path = folder / "borrow" / f"ibkr_usa_{day:%Y%m%d}_{hour:02}{minute:02}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join([*head, *rows, "#EOF|2"]) + "\n")
    return folder


def test_a_history_opens_the_last_list_of_each_day_and_those_of_a_day_and_a_week_ago_and_is_that_of_all(
    tmp_path, monkeypatch
):
    folder, opened_names = quarter_hours(tmp_path), []
    whole = history_of_states(np.array(SYMBOLS), loans.SOURCE, every_look(folder, OURS))
    read = unpacking.document_in

    def noted(path, most):
        opened_names.append(path.name)
        return read(path, most)

    monkeypatch.setattr(loans, "document_in", noted)
    found = read_loan_folder(folder, OURS, np.array(SYMBOLS), NIGHT)
    for field in ("days", "fees", "none_since", "available_before"):
        np.testing.assert_array_equal(getattr(found, field), getattr(whole, field), field)
    for ours, theirs in ((found.day_ago, whole.day_ago), (found.week_ago, whole.week_ago), (found.now, whole.now)):
        assert ours is not None
        assert theirs is not None
        assert ours.known_at == theirs.known_at
        np.testing.assert_array_equal(ours.fee, theirs.fee)
    assert sorted(opened_names) == sorted(set(opened_names))
    assert len(opened_names) == 9 + 2 + 2, "nine closings, and two more of each day a change is told from"


def test_where_the_last_list_of_a_day_is_damaged_the_one_before_it_is_its_closing(tmp_path):
    folder = quarter_hours(tmp_path)
    (folder / "borrow" / "ibkr_usa_20230301_1630.txt").write_text("#BOF|2023.03.01|16:30:00\n")
    found = read_loan_folder(folder, OURS, np.array(SYMBOLS), NIGHT)
    assert found.now.known_at.astimezone(NEW_YORK).hour == 12
    assert found.fees[-1, 0] == pytest.approx(0.0012)
