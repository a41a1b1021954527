"""What the monitor shows is exported as it stands: raw figures in a new file of one's own, or on the clipboard."""

from __future__ import annotations

import csv
import io
import json
import re
import stat
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pyarrow.parquet as pq
import pytest
from board_examples import SYMBOLS, board_of
from monitor_examples import monitor, opened, settled

from docs._pictured_monitor import BlindDriver
from shortside.market import Market
from shortside.view import View
from tui.documents.catalog import document_kind
from tui.documents.export_files import write_export
from tui.documents.export_formats import EXPORT_FORMS, csv_bytes, export_form, json_bytes, markdown_bytes, parquet_bytes
from tui.documents.exported_table import ShownNames, table_of_document, table_of_names
from tui.documents.formats import grouped
from tui.documents.kind import DocumentRequest
from tui.documents.records import document_of
from tui.screens.export import ExportScreen
from tui.screens.exporting import DOCUMENTS_OF_PANELS
from tui.screens.key_line import KeyLine
from tui.screens.panels import PANELS
from tui.settings.configuration import configured
from widgets.board_figures import taken_columns
from widgets.crowded import CrowdedTable
from widgets.crowded_rows import CrowdedRows
from widgets.format import GLYPHS_UNICODE
from widgets.name_columns import TABLE_COLUMNS
from widgets.name_index import NameIndex

KEYS = [column.key for column in TABLE_COLUMNS]
HOSTILE = "=cmd|' /C calc'!A0 \x1b]52;c;AAAA\x07 [x](javascript:1) <img src=http://a.example/x> | y"


def loaded_of(board):
    return SimpleNamespace(market=board.market, view=board.view, inputs=(), notes=(), day_note=None, recording=None)


def table_of(board, keys=KEYS, order=None, text=""):
    options = configured({"limit": "0", "sort": "crowding"}, {"SHORTSIDE_HOME": "/nowhere"}).options
    asked = DocumentRequest(board, loaded_of(board), options)
    order = np.flatnonzero(board.was_held) if order is None else order
    return table_of_names(asked, ShownNames(taken_columns(board, order, keys), "crowding", text, None, None)), asked


def rows_of(content, delimiter=","):
    return list(csv.DictReader(io.StringIO(content.decode()), delimiter=delimiter))


def test_the_figures_are_those_of_snapshot_names_under_its_keys():
    board = board_of()
    table, asked = table_of(board)
    document, _ = document_of(document_kind("names"), asked)
    exported = {row["symbol"]: row for row in table.document["rows"]}
    assert set(exported) == {row["symbol"] for row in document["rows"]}
    common = set(table.document["columns"]) & set(document["rows"][0])
    assert {"symbol", "name", "short_interest", "profit", "crowding_factors", "borrow_fee"} <= common
    for row in document["rows"]:
        assert {key: exported[row["symbol"]][key] for key in common} == {key: row[key] for key in common}


def test_a_csv_is_raw_numbers_under_keys_and_empty_where_unknown():
    board = board_of()
    table, _ = table_of(board, ["symbol", "profit", "profit_ratio", "borrow_fee", "price"])
    rows = {row["symbol"]: row for row in rows_of(csv_bytes(table))}
    at = SYMBOLS.index("BYND")
    assert list(rows["BYND"]) == ["symbol", "profit", "profit_ratio", "borrow_fee", "price"]
    assert rows["BYND"]["borrow_fee"] == "0.31"
    assert float(rows["BYND"]["profit"]) == pytest.approx(float(board.profit[at]), abs=0.006)
    assert float(rows["BYND"]["profit_ratio"]) == pytest.approx(float(board.profit_ratio[at]), abs=1e-8)
    assert rows["AAPL"]["borrow_fee"] == ""


def test_what_is_no_key_of_snapshot_names_is_exported_where_its_cell_has_a_figure_and_only_there():
    board = board_of()
    order = np.flatnonzero(board.was_held)
    rows = CrowdedRows(board, NameIndex(board.market), GLYPHS_UNICODE)
    rows.order = order
    absent = {GLYPHS_UNICODE.missing, GLYPHS_UNICODE.not_applicable, GLYPHS_UNICODE.not_applicable_short}
    figures = [column for column in TABLE_COLUMNS if column.exported is None and column.vector is not None]
    assert {"profit_today", "price", "market_cap", "short_ratio"} <= {column.key for column in figures}
    unknown = 0
    for column in figures:
        (taken,) = taken_columns(board, order, [column.key])
        cells = [rows.cells(row, [KEYS.index(column.key)])[0][0].strip() for row in range(len(order))]
        for at, value, cell in zip(order, taken.values(), cells, strict=True):
            assert (not np.isfinite(value)) == (cell in absent), (column.key, SYMBOLS[at], value, cell)
            unknown += cell in absent
    assert unknown > 5


def test_columns_and_rows_stand_as_they_were_taken_whatever_prices_do_then():
    board = board_of()
    order = np.flatnonzero(board.was_held)[::-1]
    price, profit, short_interest, rank, symbol = taken_columns(
        board, order, ["price", "profit", "short_interest", "rank", "symbol"]
    )
    before = [vector[order].tolist() for vector in (board.book.price, board.profit, board.short_interest)]
    board.tick(order, board.book.price[order] * 2)
    assert board.profit[order].tolist() != pytest.approx(before[1], nan_ok=True)
    assert price.values() == pytest.approx(before[0], nan_ok=True, abs=5e-5)
    assert all(len(repr(one).partition(".")[2]) <= 4 for one in price.values() if one == one)
    assert profit.values() == pytest.approx(before[1], nan_ok=True)
    assert short_interest.values() == pytest.approx(before[2], nan_ok=True)
    assert list(rank.values()) == list(range(1, len(order) + 1))
    assert symbol.values() == [SYMBOLS[at] for at in order]


def hostile_board():
    board = board_of()
    names = board.market.names.copy()
    names[SYMBOLS.index("GME")] = HOSTILE
    object.__setattr__(board.market, "names", names)
    assert isinstance(board.market, Market)
    return board


@pytest.mark.parametrize("form", [form for form in EXPORT_FORMS if form.write is not None], ids=lambda form: form.name)
def test_foreign_text_steers_no_terminal_and_no_reader(form):
    content = form.write(table_of(hostile_board())[0])
    if form.name != "Parquet":
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", content)
    if form.name in ("CSV", "clipboard"):
        rows = rows_of(content, "," if form.name == "CSV" else "\t")
        (name,) = [row["name"] for row in rows if row["symbol"] == "GME"]
        assert name.startswith("'=cmd")
    if form.name == "Markdown":
        line = next(line for line in content.decode().splitlines() if "| GME |" in line)
        assert len(re.findall(r"(?<!\\)\|", line)) == len(table_of(board_of())[0].units) + 1
        assert "<img" not in line
        assert "http://" not in line
        assert not re.search(r"(?<!\\)\]", line)


def test_parquet_has_types_nulls_and_what_it_shows():
    table, _ = table_of(board_of(), text="crowding > 1")
    read = pq.read_table(io.BytesIO(parquet_bytes(table)))
    assert str(read.schema.field("profit").type) == "double"
    assert read.column("borrow_fee").null_count == sum(row["borrow_fee"] is None for row in table.rows) > 0
    assert read.column("symbol").to_pylist() == [row["symbol"] for row in table.rows]
    about = json.loads(read.schema.metadata[b"shortside"])
    assert about["schema"] == "shortside.board/1"
    assert about["where"] == "crowding > 1"
    assert "rows" not in about


def test_json_and_markdown_say_the_day_the_order_and_the_filter():
    table, _ = table_of(board_of(View(window="30d")), text="crowding > 1")
    document = json.loads(json_bytes(table))
    day = document["as_of"]
    assert (document["sort"], document["where"], document["window"]["name"]) == ("crowding", "crowding > 1", "30d")
    first = markdown_bytes(table).decode().splitlines()[0]
    assert day in first
    assert "by crowding" in first
    assert "where crowding &gt; 1" in first


@pytest.mark.parametrize("name", sorted(set(DOCUMENTS_OF_PANELS.values())))
def test_a_panel_is_written_in_every_form_with_the_keys_of_its_document(name):
    board = board_of()
    options = configured({}, {"SHORTSIDE_HOME": "/nowhere"}).options
    asked = DocumentRequest(board, loaded_of(board), options)
    table = table_of_document(document_kind(name), asked)
    document, _ = document_of(document_kind(name), asked)
    rows = rows_of(csv_bytes(table))
    assert len(rows) == len(list(grouped(document)))
    assert all(form.write(table) for form in EXPORT_FORMS if form.write is not None)
    read = pq.read_table(io.BytesIO(parquet_bytes(table)))
    assert read.column_names == list(table.units)
    assert set(DOCUMENTS_OF_PANELS) < {place.panel.description.id for place in PANELS}


def test_a_file_is_never_written_over_and_is_its_owners_alone(tmp_path):
    folder = tmp_path / "deep" / "exports"
    paths = [write_export(folder, "shortside-names-2023-09-07", "csv", str(number).encode()) for number in range(3)]
    assert [path.name for path in paths] == [
        "shortside-names-2023-09-07.csv", "shortside-names-2023-09-07-2.csv", "shortside-names-2023-09-07-3.csv",
    ]  # fmt: skip
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert len(list(folder.iterdir())) == 3


def test_a_name_that_is_a_link_is_taken_and_not_followed(tmp_path):
    aim = tmp_path / "aim"
    (tmp_path / "a.csv").symlink_to(aim)
    assert write_export(tmp_path, "a", "csv", b"x").name == "a-2.csv"
    assert not aim.exists()


def test_without_hard_links_nothing_is_written_over_either(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError("no hard links here")

    monkeypatch.setattr("providers.durable.os.link", refused)
    (tmp_path / "a.csv").write_bytes(b"old")
    assert write_export(tmp_path, "a", "csv", b"new").read_bytes() == b"new"
    assert (tmp_path / "a.csv").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-2.csv", "a.csv"]


def test_a_full_disk_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("providers.durable.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_export(tmp_path, "a", "csv", b"new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_every_user_may_write_is_refused(tmp_path):
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(PermissionError, match="every user"):
        write_export(folder, "a", "csv", b"new")


# -- in the monitor -----------------------------------------------------------------------------------------------


async def exported(app, pilot, *keys):
    """Press keys, and return what the key line says of the export."""
    line = app.screen.query_one(KeyLine)
    line.hold("")
    await pilot.press(*keys)
    await settled(app, pilot, lambda: bool(line.words))
    return line.words


def files_of(app):
    return sorted((app.options.paths.state / "exports").glob("*"))


async def test_two_keys_write_the_board_as_it_stands_and_the_line_says_where(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        table.sort_by("short_interest", is_descending=False)
        table.set_filter("crowding > 20")
        words = await exported(app, pilot, "X", "enter")
        (path,) = files_of(app)
        day = app.board.market.last_session
        assert path.name == f"shortside-names-{day}-simulated.csv"
        assert words.endswith(path.name)
        assert words.startswith(f"{table.row_count} rows in ")
        rows = rows_of(path.read_bytes())
        assert [row["symbol"] for row in rows] == [table.cell_symbol(row) for row in range(table.row_count)]
        shown = [column.key for column in table.laid_out if "trend" not in column.key]
        assert [key.partition(".")[0].replace("crowding_factors", "factors") for key in dict.fromkeys(
            key.partition(".")[0] for key in rows[0])] == shown  # fmt: skip
        await exported(app, pilot, "X", "X")
        assert len(files_of(app)) == 2


async def test_the_form_used_last_is_chosen_and_esc_writes_nothing(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot)
        await exported(app, pilot, "X", "down", "down", "enter")
        assert [path.suffix for path in files_of(app)] == [".md"]
        await exported(app, pilot, "X", "enter")
        assert [path.suffix for path in files_of(app)] == [".md", ".md"]
        await pilot.press("X")
        await settled(app, pilot, lambda: isinstance(app.screen, ExportScreen))
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is screen)
        assert len(files_of(app)) == 2
        left = screen.view_as_left(app.board.view, "night")
        assert export_form(left.export_form).name == "Markdown"


async def test_a_focused_panel_is_exported_as_its_document(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("1")
        await exported(app, pilot, "X", "enter")
        (path,) = files_of(app)
        assert path.name.startswith("shortside-tiers-")
        rows = rows_of(path.read_bytes())
        assert rows[-1]["group"] == "total"
        assert float(rows[-1]["profit"]) == pytest.approx(float(np.nansum(app.board.profit)), rel=1e-6)


async def test_the_clipboard_gets_every_row_with_a_head(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        words = await exported(app, pilot, "X", "down", "down", "down", "down", "enter")
        assert words == "copied 10 rows with a head"
        rows = rows_of(app.clipboard.encode(), "\t")
        table = screen.query_one(CrowdedTable)
        assert [row["symbol"] for row in rows] == [table.cell_symbol(row) for row in range(10)]
        assert files_of(app) == []
        long = "\n".join(["head", *("x" * 999 for _ in range(100))])
        assert app.copy_lines(long).startswith("copied the first 74 of 100 rows")
        assert app.clipboard.count("x" * 999) == 74


async def test_what_cannot_be_written_is_said_and_the_screen_stays(tmp_path):
    app = monitor(tmp_path)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "exports").write_text("a file where the folder belongs")
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await opened(app, pilot)
        words = await exported(app, pilot, "X", "enter")
        assert words.startswith("nothing was exported: ")
        assert app.screen is screen
        assert (tmp_path / "state" / "exports").read_text() == "a file where the folder belongs"


async def test_the_setting_names_another_folder(tmp_path):
    app = monitor(tmp_path, exports=str(tmp_path / "mine"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await exported(app, pilot, "X", "enter")
        assert len(list((tmp_path / "mine").glob("shortside-names-*.csv"))) == 1


async def test_the_screen_is_exported_as_a_drawing_without_fonts_from_elsewhere_and_as_text(tmp_path):
    app = monitor(tmp_path)
    app.driver_class = BlindDriver
    async with app.run_test(headless=False, size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.pause()
        await exported(app, pilot, "X", *["down"] * 5, "enter")
        await exported(app, pilot, "X", "down", "enter")
        drawing, text = sorted(files_of(app), key=lambda path: path.suffix)
        root = ElementTree.fromstring(drawing.read_text())
        letters = "".join(root.itertext())
        assert "AAA" in letters
        assert not re.search(r"@font-face|@import|href|url\(|<style|<image", drawing.read_text())
        words = text.read_text()
        assert "Crowded shorts" in words
        assert "Export" not in words.splitlines()[5], "the choice is not on it"
        assert len(words.splitlines()) == 40
