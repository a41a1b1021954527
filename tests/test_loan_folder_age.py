"""Lists of stock loans in a folder that are too old for its market are refused by their names, unread."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from monitor_examples import loaded_market

from providers.files.loan_names import newest_look_named
from tui.errors import SourceError
from tui.settings.configuration import configured
from tui.sources.loans import loan_history


def test_the_newest_list_is_told_by_the_names_that_are_days(tmp_path):
    names = ("ibkr_usa_20230104_0915.txt", "ibkr_usa_20230110_0915.txt.gz", "ibkr_usa_20231399_0000.txt", "notes.txt")
    (tmp_path / "borrow").mkdir()
    for name in names:
        (tmp_path / "borrow" / name).write_bytes(b"")
    evening = datetime(2023, 1, 20, tzinfo=UTC)
    assert newest_look_named(tmp_path, evening) == date(2023, 1, 10)
    assert newest_look_named(tmp_path, evening, date(2023, 1, 9)) == date(2023, 1, 4)
    assert newest_look_named(tmp_path, datetime(2022, 1, 1, tzinfo=UTC)) is None
    assert newest_look_named(tmp_path / "elsewhere", evening) is None


def test_old_lists_are_refused_without_a_look_into_them(tmp_path):
    (tmp_path / "borrow").mkdir()
    # A list of nothing but noise: were it read, it would be left out, and the words would be of no look at all.
    (tmp_path / "borrow" / "ibkr_usa_20230104_0915.txt").write_bytes(b"\xff" * 100)
    options = configured({"source": "files", "data": str(tmp_path)}, {"SHORTSIDE_HOME": str(tmp_path / "home")}).options
    with pytest.raises(SourceError, match="newest look at the list of stock loans is of 2023-01-04"):
        loan_history(options, loaded_market())
