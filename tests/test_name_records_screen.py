"""What is kept of a name by keyboard, at eighty columns, and what its screen says where nothing is kept."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from board_examples import screen_text
from monitor_examples import loaded_market, monitor, opened, settled

from tui.screens.explain import ExplainScreen
from tui.screens.market_table_columns import columns_of_fields
from tui.screens.name_record_sections import SECTIONS
from tui.screens.name_records import NameRecordsScreen, RecordRows, RecordsPanel, columns_in_units
from tui.screens.symbol import SymbolScreen
from widgets.fields import Unit
from widgets.format import GLYPHS_UNICODE
from widgets.tick_table import TickTable


def load(_options, _clock, _progress, **_how):
    loaded = loaded_market()
    loaded.recording = None
    return loaded


@pytest.fixture
def app(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    days = [date(2023, 2, 13), date(2023, 2, 14)]
    symbols = ["QQQA", "AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH", "III"]
    rows = [(day, symbol, 1_000 + place, 2.0) for place, day in enumerate(days) for symbol in symbols]
    frame = pd.DataFrame(rows, columns=["settlement_date", "symbol", "quantity_fails", "price"])
    frame.to_parquet(folder / "fails_to_deliver.parquet", index=False)
    return monitor(tmp_path / "home", loader=load, source="files", data=str(folder))


def shown(app) -> str:
    return "\n".join(screen_text(app))


def table(app) -> TickTable:
    found: TickTable = app.screen.query_one("TickTable.-shown", TickTable)
    return found


async def open_records(app, pilot):
    """Enter on the first name, and `R` there."""
    await opened(app, pilot)
    await pilot.press("enter")
    await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
    await pilot.press("R")
    await settled(app, pilot, lambda: isinstance(app.screen, NameRecordsScreen) and bool(table(app).row_count))


async def test_one_key_goes_through_the_sections_and_esc_leads_back_to_the_name(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await open_records(app, pilot)
        cells = [[table(app).cell_text(row, key).strip() for key in ("settlement_date", "fails")] for row in range(2)]
        assert cells == [["14 Feb 23", "1,001"], ["13 Feb 23", "1,000"]]
        assert "0 of 2 settlement days" in shown(app)
        seen = [table(app).id]
        for _ in SECTIONS[1:]:
            await pilot.press("R")
            await pilot.pause()
            seen.append(table(app).id)
        assert seen == [section.key.replace("_", "-") for section in SECTIONS]
        await pilot.press("R", "escape")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))


async def test_a_section_with_nothing_kept_says_what_would_fill_it_and_is_explained(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await open_records(app, pilot)
        await pilot.press("R")
        await pilot.pause()
        assert "a folder of files keeps no threshold lists; --source public does" in shown(app)
        await pilot.press("i")
        await settled(app, pilot, lambda: isinstance(app.screen, ExplainScreen))
        assert "Days on threshold lists" in shown(app)


async def test_a_section_without_rows_says_all_of_why_however_narrow_the_terminal(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await open_records(app, pilot)
        await pilot.press("[")
        await pilot.pause()
        assert table(app).row_count == 0
        empty = next(one.empty for one in SECTIONS if one.key == "events")
        assert empty in " ".join(shown(app).replace("│", " ").split())


async def test_what_the_row_under_the_cursor_says_stands_whole_over_a_table_that_cuts_it(app):
    section = next(one for one in SECTIONS if one.key == "events")
    empty = dict.fromkeys(field.key for field in section.fields)
    said = ["a distribution of about 65.8% of the price, 1.50 USD a share", "applied: earlier prices were times 0.25"]
    async with app.run_test(size=(80, 24)) as pilot:
        await open_records(app, pilot)
        await pilot.press("[")
        await pilot.pause()
        table(app).set_source(RecordRows(section, [empty | {"words": words} for words in said]))
        for key, words in zip(("end", "home"), reversed(said), strict=True):
            await pilot.press(key)
            await settled(app, pilot, lambda words=words: app.screen.query_one(RecordsPanel).of_row == words)
            assert words in " ".join(app.screen.query_one(RecordsPanel).text.split())


def test_the_ratio_of_a_split_keeps_its_digits():
    section = next(one for one in SECTIONS if one.key == "events")
    row = dict.fromkeys(field.key for field in section.fields) | {"session": "2022-07-22", "price_ratio": 0.25}
    cells = dict(zip((field.key for field in section.fields), RecordRows(section, [row]).whole(0), strict=True))
    assert cells["price_ratio"][0].strip() == "0.2500"
    assert cells["session"][0] == "22 Jul 22"


def test_one_revision_is_not_several():
    section = next(one for one in SECTIONS if one.key == "revisions")
    assert section.lines([{"profit_effect": -382.0}], GLYPHS_UNICODE)[0].startswith("1 revision changed")
    assert section.lines([{"profit_effect": -382.0}] * 2, GLYPHS_UNICODE)[0].startswith("2 revisions changed")


def test_dollars_of_a_section_are_in_one_unit_which_the_title_names():
    section = next(one for one in SECTIONS if one.key == "fails")
    rows = [dict.fromkeys((field.key for field in section.fields), None) for _ in range(3)]
    for row, worth in zip(rows, (1_570_000.0, 438_000.0, None), strict=True):
        row["dollars"] = worth
    source = RecordRows(section, rows)
    place = [field.key for field in section.fields].index("dollars")
    assert [source.whole(row)[place][0].strip() for row in range(3)] == ["1,570.0", "438.0", "—"]
    assert columns_in_units(section, source.units)[place].title == "$K"


def test_no_title_with_its_unit_is_cut_and_without_rows_no_unit_is_named():
    for section in SECTIONS:
        for unit in ("", "K", "M", "B"):
            units = {field.key: unit for field in section.fields if field.unit is Unit.DOLLARS}
            for column in columns_in_units(section, units):
                assert len(column.title) <= column.width, column.title
        assert columns_in_units(section, {}) == columns_of_fields(section.fields)
