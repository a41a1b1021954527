"""Own lists in the shell: they choose names, have sums of their own, and are made of a broker's files."""

import json
import re

import pytest

from tui.__main__ import main


@pytest.fixture
def lists_home(monkeypatch, tmp_path):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "mine.txt").write_text("aapl\nNONE\nnot a symbol\n")
    (tmp_path / "lists" / "large.txt").write_text("where: short_interest > 1K\n")
    (tmp_path / "lists" / "wrong.txt").write_text("where: teir = mega\n")
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    return tmp_path


def test_names_can_be_chosen_by_an_own_list(ask, lists_home):
    code, out, err = ask("names", "--list", "Mine", "--format", "json")
    found = json.loads(out)
    assert (code, found["list"], [row["symbol"] for row in found["rows"]]) == (0, "mine", ["AAPL"])
    assert found["absent"] == {"NONE": "no such symbol here"}
    assert err.splitlines() == [
        "shortside: mine.txt: line 3: 'not a symbol' is no symbol; one stands in a line",
        "shortside: NONE: no such symbol here",
    ]
    by_where = json.loads(ask("names", "--where", "list:mine", "--format", "json")[1])
    assert (by_where["where"], by_where["rows"]) == ("list = mine", found["rows"])


def test_the_sums_of_an_own_list_stand_beside_those_of_tiers_and_sectors(ask, lists_home):
    whole = json.loads(ask("names", "--limit", "0", "--list", "large", "--format", "json")[1])["rows"]
    assert len(whole) > 1
    for document, key in (("tiers", "tier"), ("sectors", "sector")):
        found = json.loads(ask(document, "--list", "large", "--format", "json")[1])
        listed = found["listed"]
        assert (found["list"], listed[key], listed["names"]) == ("large", "list large", len(whole))
        assert listed["short_interest_end"] == pytest.approx(sum(row["short_interest"] for row in whole))
        assert set(listed) == set(found["total"])
        assert ask(document, "--list", "large", "--format", "csv")[1].splitlines()[-1].split(",")[2] == "list"
        assert "list large" in ask(document, "--list", "large", "--format", "text")[1]


def test_of_a_list_without_a_name_in_the_market_no_dollar_is_known(document, lists_home):
    (lists_home / "lists" / "abroad.txt").write_text("SAP\n")
    listed = document("tiers", "--list", "abroad")["listed"]
    assert {key: value for key, value in listed.items() if value is not None} == {"tier": "list abroad", "names": 0}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["names", "--list", "mien"], "no list is called mien; nearest: mine"),
        (["names", "--list", "wrong"], "no figure is called 'teir' .*nearest: tier"),
        (["names", "--where", "list:mnie"], "no list is called 'mnie' .*nearest: mine"),
        (["breadth", "--list", "mine"], "of the documents only .*tiers.* take it, not breadth"),
    ],
)
def test_a_list_that_is_not_there_or_cannot_be_is_a_mistake_of_use(ask, lists_home, words, complaint):
    code, out, err = ask(*words)
    assert (code, out) == (2, "")
    assert re.search(complaint, err)


def test_lists_are_printed_and_made_of_files(capsys, lists_home, tmp_path):
    def run(*words):
        code = main(["lists", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    assert run()[:2] == (
        0,
        "large  where: short_interest > 1K\nmine   2 symbols\nwrong  where: teir = mega\n",
    )
    export = tmp_path / "Portfolio_Positions.csv"
    export.write_text("Symbol,Quantity\nGME,-5\nBRK/B,-6\nTotal of all,\n")
    assert run("import", str(export)) == (
        0,
        "Portfolio_Positions: 2 symbols of the column Symbol, 1 cell is none\n",
        "shortside: line 4: 'Total of all' is no symbol\n",
    )
    assert (lists_home / "lists" / "Portfolio_Positions.txt").read_text().splitlines()[1:] == ["GME", "BRK.B"]
    code, _, err = run("import", str(export))
    assert (code, "already; give another name with --name" in err) == (2, True)
    assert run("import", str(export), "--name", "shorts")[0] == 0
    assert run("import", str(export), "--name", "a/b")[0] == 2
    assert run("import", str(tmp_path / "gone.csv"))[0] == 4
