"""A past day of the archive is made of what had been looked at or published by then; later vintages change nothing."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from market_data import LAST, SESSIONS
from public_archive import ROWS, closes, directory, evening, filed, fill, screener, splits

from providers.archive.vintages import Archive
from tui.documents.catalog import document_kind
from tui.documents.formats import as_json
from tui.documents.kind import DocumentRequest
from tui.documents.records import document_of
from tui.settings.configuration import configured
from tui.sources.load import load

DAY = SESSIONS[-10]
NOW = evening(LAST + timedelta(days=60))


def documents(home, known="as-known") -> dict[str, str]:
    """Every document of the archive as of the day, a day long after it."""
    texts = {"source": "public", "as_of": str(DAY), "known": known, "limit": "0"}
    options = configured(texts, {"SHORTSIDE_HOME": str(home)}).options
    loaded = load(options, lambda: NOW)
    asked = DocumentRequest(loaded.desk.board(loaded.view), loaded, options)
    kinds = ("tiers", "names", "sectors", "breadth")
    return {name: as_json(document_of(document_kind(name), asked)[0]) for name in kinds}


@pytest.fixture
def archive(tmp_path):
    """An archive as watching until the day filled it."""
    options = configured({"source": "public"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    kept = Archive(options.paths.archive)
    fill(kept, DAY)
    return kept


def later_vintages():
    """Looks made after the day: closes restated, other words, a split dated before the day, another count."""
    seen = evening(LAST + timedelta(days=1))
    restated = ROWS.assign(close=ROWS["close"] * 2)
    return [
        closes(DAY, seen, rows=restated),
        screener(DAY, seen, rows=restated.assign(shares_out=5)),
        splits([("TRUE", DAY - timedelta(days=5), 4.0)], seen),
        directory(seen),
        filed({"AAPL": (date(2023, 1, 31), 7.0)}, seen),
    ]


def test_later_vintages_change_nothing_of_a_past_day(archive, tmp_path):
    before = documents(tmp_path)
    for vintage in later_vintages():
        archive.append(vintage)
        assert documents(tmp_path) == before, f"{vintage.dataset} of {vintage.fetched_at}"


def test_a_whole_later_archive_changes_nothing_of_a_past_day(archive, tmp_path):
    before = documents(tmp_path)
    fill(archive, LAST)
    assert documents(tmp_path) == before
