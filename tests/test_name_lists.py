"""Own lists are text files: whatever a person writes there stays, what is wrong is named, and the rest is read."""

from __future__ import annotations

import os
import random
import signal
import stat
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waiting import reaped

from shortside.lists.importing import NoSymbolsError, symbol_of_cell, symbols_in_export, text_of_export
from shortside.lists.names import (
    MOST_SYMBOLS,
    ListNameError,
    NameList,
    list_name,
    list_of_condition,
    listed_symbol,
    symbol_spelling,
)
from tui.settings.configuration import configured
from tui.settings.imported_lists import read_export
from tui.settings.list_shelf import ListError, ListShelf, current_of, likely_name, suffixed_name, symbols_first

BANKS = """# Lenders I follow

WAL
# group: Regional
pacw  # sold half
BRK/B
# group: Large
JPM
wal
"""


def test_a_list_has_its_symbols_in_the_order_of_the_file_each_once():
    banks = NameList(BANKS)
    assert banks.symbols == ("WAL", "PACW", "BRK.B", "JPM")
    assert [(group.name, group.symbols) for group in banks.groups] == [
        ("", ("WAL",)), ("Regional", ("PACW", "BRK.B")), ("Large", ("JPM",)),
    ]  # fmt: skip
    assert banks.complaints == ()


def test_a_symbol_is_put_on_at_the_end_and_taken_off_wherever_it_stands_and_the_rest_stays_as_it_was_written():
    banks = NameList(BANKS)
    more = banks.with_symbol("GME")
    assert more.text == BANKS + "GME\n"
    assert more.without_symbol("GME").text == BANKS
    assert banks.without_symbol("WAL").text == BANKS.replace("WAL\n", "").replace("wal\n", "")
    assert banks.with_symbol("BRK.B") is banks, "it is there as BRK/B"
    assert NameList("GME").with_symbol("AMC").text == "GME\nAMC\n"
    assert NameList("GME\r\n").with_symbol("AMC").text == "GME\r\nAMC\r\n"


def test_a_line_that_is_no_symbol_is_named_with_its_number_and_the_others_are_read():
    odd = NameList("GME\nApple Inc\nAMC\n\x1b[2J\nwhere: crowding > 90\n")
    assert odd.symbols == ("GME", "AMC")
    assert odd.complaints == (
        "line 2: 'Apple Inc' is no symbol; one stands in a line",
        "line 4: '[2J' is no symbol; one stands in a line",
        "line 5: where: stands beside symbols, and is passed over",
    )
    assert NameList("x y\n" * 9).complaints[-1] == "and 6 more"


def test_a_list_may_be_one_condition():
    squeezed = NameList("# mine\nwhere: crowding > 90 & tier = small\nGME\n")
    assert squeezed.where == "crowding > 90 & tier = small"
    assert (squeezed.symbols, squeezed.complaints) == (
        (), ("line 3: GME stands beside where:, which says the whole list",),
    )  # fmt: skip
    assert list_of_condition(" crowding >  90\n").where == "crowding > 90"
    assert NameList("where:\n").complaints == ("line 1: where: says nothing",)


def test_a_list_has_a_bound():
    full = NameList("\n".join(f"A{number}" for number in range(MOST_SYMBOLS + 2)))
    assert len(full.symbols) == MOST_SYMBOLS
    assert "5,000 symbols at most" in full.complaints[0]
    assert not full.with_symbol("GME").holds("GME")


SYMBOLS = st.from_regex(r"[A-Za-z][A-Za-z]{0,4}([./-][A-Z])?", fullmatch=True)
LINES = st.one_of(
    SYMBOLS,
    st.builds("{}  # {}".format, SYMBOLS, st.text(st.characters(exclude_characters="\n\r"), max_size=8)),
    st.builds("# {}".format, st.text(st.characters(exclude_characters="\n\r"), max_size=8)),
    st.builds("# group: {}".format, st.sampled_from(["Banks", "Größe", ""])),
    st.text(st.characters(exclude_characters="\n"), max_size=8),
)


@given(st.lists(LINES, max_size=12).map("\n".join), SYMBOLS)
def test_whatever_is_put_on_a_list_and_taken_off_no_other_line_changes(text, symbol):
    before = NameList(text)
    after = before.with_symbol(symbol)
    assert after.where or after.holds(symbol)
    assert after.text.startswith(text)
    if not before.where and not before.holds(symbol):
        assert after.symbols == (*before.symbols, symbol_spelling(symbol))
        again = after.without_symbol(symbol)
        assert again.text.rstrip("\r\n") == text.rstrip("\r\n")
        assert (again.symbols, again.groups) == (before.symbols, before.groups)
    gone = before.without_symbol(symbol)
    kept = [
        line for line in text.split("\n") if listed_symbol(line.partition("#")[0].strip()) != symbol_spelling(symbol)
    ]
    if not before.where:
        assert gone.text == "\n".join(kept)
    assert all(listed_symbol(one) == one for one in before.symbols)


# -- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["watch", "Größte Wetten", "空売り", "R&D, 2nd (old)", "null", "a" * 60])
def test_any_name_that_a_file_can_bear_everywhere_is_taken(name):
    assert list_name(f"  {name} ") == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "has a name"), ("  ", "has a name"), ("a/b", "without /"), ("..", "dot"), (".hidden", "dot"),
        ("-rf", "dash"), ("end.", "dot"), ("nul", "device"), ("COM1.x", "device"), ("a\x1b[31mb", "can be seen"),
        ("a\u202eb", "can be seen"), ("\ud800", "can be seen"), ("a\0b", "can be seen"), ("x" * 61, "at most"),
        ("漢" * 70, "at most"), ('say "hi"', "without"), ("c:\\x", "without"),
    ],
)  # fmt: skip
def test_a_name_that_no_file_should_bear_is_refused_in_words(name, words):
    with pytest.raises(ListNameError, match=words):
        list_name(name)


@given(st.text(max_size=70))
def test_a_name_is_taken_as_one_part_of_a_path_or_refused(text):
    try:
        name = list_name(text)
    except ListNameError:
        return
    assert list_name(name) == name
    assert "/" not in name
    assert len(os.fsencode(f"{name}.txt")) <= 255


# -- files --------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path):
    return ListShelf(configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options.paths)


def test_no_folder_is_no_list(shelf):
    assert not shelf.look()
    assert (shelf.now.by_name, shelf.now.complaints) == ({}, ())


def test_the_first_name_makes_the_first_list_and_the_second_time_it_is_off(shelf):
    assert shelf.toggle("watch", "GME")
    assert shelf.toggle("watch", "BRK.B")
    assert not shelf.toggle("Watch", "GME")
    file = shelf.folder / "watch.txt"
    assert file.read_text() == "BRK.B\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in shelf.folder.iterdir()] == ["watch.txt"]


def test_a_list_that_is_edited_elsewhere_is_read_again_and_what_was_written_there_stays(shelf):
    shelf.toggle("watch", "GME")
    (shelf.folder / "watch.txt").write_text("# by hand\nAMC\nGME\n")
    assert shelf.look()
    assert not shelf.look()
    assert shelf.now.by_name["watch"].symbols == ("AMC", "GME")
    (shelf.folder / "watch.txt").write_text("# by another hand\nAMC\n")
    shelf.toggle("watch", "TSLA")
    assert (shelf.folder / "watch.txt").read_text() == "# by another hand\nAMC\nTSLA\n"


@pytest.mark.parametrize("damage", ["bytes", "pipe", "link", "folder", "large"])
def test_a_file_that_went_wrong_keeps_the_last_good_list_and_is_not_written_over(shelf, damage):
    shelf.toggle("watch", "GME")
    file = shelf.folder / "watch.txt"
    file.unlink()
    match damage:
        case "bytes":
            file.write_bytes(b"\xff\xfe\x00GME")
        case "pipe":
            os.mkfifo(file)
        case "link":
            (shelf.folder / "elsewhere").write_text("AMC\n")
            file.symlink_to(shelf.folder / "elsewhere")
        case "folder":
            file.mkdir()
        case "large":
            file.write_bytes(b"#" * 300_000)
    shelf.look()
    assert shelf.now.by_name["watch"].symbols == ("GME",)
    [complaint] = shelf.now.complaints
    assert complaint.startswith("watch.txt: ")
    assert complaint.endswith("; the list is as it was")
    with pytest.raises(ListError, match=r"watch\.txt"):
        shelf.toggle("watch", "AMC")


def test_a_wrong_line_is_said_with_its_file_and_a_wrong_name_too(shelf):
    shelf.folder.mkdir(parents=True)
    (shelf.folder / "odd.txt").write_text("GME\nnot a symbol\n")
    (shelf.folder / "CON.txt").write_text("GME\n")
    (shelf.folder / "Banks.txt").write_text("JPM\n")
    (shelf.folder / "banks.txt").write_text("WAL\n")
    (shelf.folder / "notes.md").write_text("no list\n")
    shelf.look()
    assert list(shelf.now.by_name) == ["Banks", "odd"]
    assert shelf.now.complaints == (
        "CON.txt: CON is the name of a device on some systems",
        "banks.txt: another file is called so",
        "odd.txt: line 2: 'not a symbol' is no symbol; one stands in a line",
    )


def test_lists_are_renamed_and_deleted_and_never_put_in_place_of_another(shelf):
    shelf.save("a", NameList("GME\n"))
    shelf.save("b", NameList("AMC\n"))
    with pytest.raises(ListError, match="there is a list b already"):
        shelf.rename("a", "B")
    with pytest.raises(ListError, match="there is a list a already"):
        shelf.save("A", NameList())
    assert shelf.rename("a", "A") == "A"
    assert shelf.rename("A", "c") == "c"
    shelf.delete("b")
    assert {name: listed.symbols for name, listed in shelf.now.by_name.items()} == {"c": ("GME",)}


def test_a_saved_filter_gives_way_to_another_and_a_list_of_symbols_to_none(shelf):
    shelf.save_filter("hot", "crowding > 80")
    shelf.save_filter("hot", "crowding > 90")
    shelf.toggle("mine", "GME")
    assert shelf.now.by_name["hot"].where == "crowding > 90"
    with pytest.raises(ListError, match="mine already"):
        shelf.save_filter("mine", "crowding > 90")
    with pytest.raises(ListError, match="hot is a condition"):
        shelf.toggle("hot", "GME")


def test_a_kill_in_the_middle_of_writing_never_loses_a_list(shelf):
    chosen = random.Random(15)
    shelf.toggle("watch", "KEPT")
    for _ in range(25):
        child = os.fork()
        if not child:
            while True:
                shelf.toggle("watch", f"A{chosen.randrange(500)}")
        time.sleep(chosen.random() * 0.01)
        os.kill(child, signal.SIGKILL)
        reaped(child)
        shelf.look()
        assert (shelf.now.complaints, shelf.now.by_name["watch"].symbols[0]) == ((), "KEPT")


def test_what_cannot_be_written_is_said(shelf, tmp_path):
    (tmp_path / "lists").write_text("a file in place of the folder")
    with pytest.raises(ListError, match="cannot be kept"):
        shelf.toggle("watch", "GME")


def test_the_current_list_comes_first_and_is_never_a_condition(shelf):
    shelf.toggle("a", "GME")
    shelf.toggle("b", "AMC")
    shelf.toggle("b", "GME")
    shelf.save_filter("hot", "crowding > 80")
    lists = shelf.now
    assert symbols_first(lists, "b") == ("AMC", "GME")
    assert symbols_first(lists) == ("GME", "AMC")
    assert [current_of(lists, wished) for wished in ("B", "hot", "gone", "")] == ["b", "watch", "watch", "watch"]
    assert suffixed_name(lists, "B") == "B 2"
    assert [likely_name(text) for text in ("pos:itions/2", "..", "Größe")] == ["positions2", "imported", "Größe"]


# -- import -------------------------------------------------------------------------------------------------------

BROKER = (
    '"Positions for account ...123 as of 04:05 PM ET, 2023/09/07"\n\n'
    '"Description","Symbol","Qty (Quantity)","Price"\n'
    '"GAMESTOP CORP","GME","-100","$17.30"\n'
    '"BERKSHIRE, CLASS B","BRK/B","-5","$360"\n'
    '"CASH","Cash & Cash Investments","--","--"\n'
    '"MONEY","SPAXX**","1","$1"\n'
    '"GME 09/15/2023 20.00 C","GME   230915C00020000","2","$0.5"\n\n'
    '"Account Total","","",""\n'
)


def test_the_column_of_symbols_of_an_export_is_found_by_its_heading_below_whatever_stands_over_it():
    found = symbols_in_export(BROKER)
    assert (found.symbols, found.heading) == (("GME", "BRK.B", "SPAXX"), "Symbol")
    assert found.passed_over == ("line 6: 'Cash & Cash Investments'", "line 8: 'GME   230915C00020000'")


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        ("Ticker;Menge\nGME;1\nAMC;2\n", ("GME", "AMC")),
        ("name\tticker\nGameStop\tGME\n", ("GME",)),
        ("gme\namc # note\n# GME\n", ("GME", "AMC")),
        ("GME, AMC,TSLA", ("GME", "AMC", "TSLA")),
        ("GME,100,17.2\nAMC,5,8\n", ("GME", "AMC")),
        ("###BANKS,NYSE:JPM,NASDAQ:WAL,###MEMES,NYSE:GME", ("JPM", "WAL", "GME")),
        ("UnderlyingSymbol|x\nGME US Equity|1\n", ("GME",)),
        ('Symbol\n="GME"\n$AMC\n', ("GME", "AMC")),
    ],
)
def test_lists_of_other_programs_are_understood(text, symbols):
    assert symbols_in_export(text).symbols == symbols


def test_sections_become_groups_and_a_text_in_any_encoding_is_read():
    found = symbols_in_export("###BANKS,NYSE:JPM,###MEMES,NYSE:GME")
    assert found.as_list("from x").text == "# from x\n# group: BANKS\nJPM\n# group: MEMES\nGME\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        assert symbols_in_export(text_of_export("Größe,Symbol\n1,GME\n".encode(encoding))).symbols == ("GME",)


@pytest.mark.parametrize("cell", ["", "100", "Apple Inc", "17.30", "GME 09/15/2023 20.00 C", "=1+1", "a" * 30, "--"])
def test_what_is_no_symbol_is_none(cell):
    assert symbol_of_cell(cell) == ""


@given(
    st.text(max_size=200) | st.lists(st.sampled_from(['"', ",", "\n", "Symbol", "GME", "\0", "#", "="])).map("".join)
)
def test_any_text_gives_symbols_or_is_refused(text):
    try:
        found = symbols_in_export(text)
    except NoSymbolsError:
        return
    assert found.symbols
    assert NameList(found.as_list("x").text).symbols == found.symbols


def test_a_file_without_symbols_or_that_is_none_is_refused_in_words(tmp_path):
    (tmp_path / "empty.csv").write_text("1,2\n")
    with pytest.raises(ListError, match="holds no symbols"):
        read_export(tmp_path / "empty.csv")
    with pytest.raises(ListError, match="cannot be read: No such file"):
        read_export(tmp_path / "gone.csv")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ListError, match="no ordinary file"):
        read_export(tmp_path / "pipe.csv")
    (tmp_path / "mine.csv").write_text(BROKER)
    found = read_export(tmp_path / "mine.csv")
    assert (found.name, found.words) == ("mine", "3 symbols of the column Symbol, 2 cells are none")
    assert replace(found, name="x").listed.symbols == ("GME", "BRK.B", "SPAXX")
