"""The report of a day stands alone: its figures are those of the documents, and nothing in it leads elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from board_examples import SYMBOLS, board_of
from market_data import write_market

from shortside.datasets import Dataset
from shortside.freshness import Freshness, FreshnessState, InputAge
from shortside.lists.names import NameList
from tui.__main__ import main
from tui.documents.catalog import document_kind
from tui.documents.kind import DocumentRequest
from tui.documents.records import document_of
from tui.documents.report import Bars, Curve, ReportTable, day_report
from tui.documents.report_html import POLICY, report_html
from tui.documents.report_markdown import report_markdown, text_line
from tui.documents.text import attribution_words
from tui.settings.configuration import configured

MADE_AT = datetime(2023, 9, 8, 1, 2, tzinfo=UTC)
HOSTILE = '<script src="http://a.example/x.js"></script> [x](http://a.example) | </svg> ``` \x1b[31m'
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


def loaded_of(board):
    return SimpleNamespace(
        market=board.market, view=board.view, inputs=(), notes=("a note",), day_note=None, recording=None
    )


def asked_of(board, name_list=None, lists=None):
    given = {} if name_list is None else {"list": name_list}
    options = configured(given, {"SHORTSIDE_HOME": "/nowhere"}).options
    return DocumentRequest(board, loaded_of(board), options, lists or {})


def hostile_board():
    board = board_of()
    names = board.market.names.copy()
    names[:] = HOSTILE
    object.__setattr__(board.market, "names", names)
    return board


@pytest.fixture(scope="module")
def report():
    return day_report(asked_of(board_of()), MADE_AT)


class Page(HTMLParser):
    """The tags of a page with their attributes, its text, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def parts_of(report, title):
    return next(section.parts for section in report.sections if section.title == title)


def test_the_page_has_all_a_day_has_to_say(report):
    assert [section.title for section in report.sections] == [
        "Short P&L by cap tier", "New short", "Short P&L by sector", "Crowded names", "Best shorts", "Worst shorts",
        "Doubts", "Inputs",
    ]  # fmt: skip
    day = str(board_of().market.last_session)
    assert day in report.title
    assert any("2023-09-08 01:02 UTC" in words for words in report.words)
    assert "a note" in parts_of(report, "Inputs")


def test_figures_are_those_of_the_documents(report):
    asked = asked_of(board_of())
    tiers, _ = document_of(document_kind("tiers"), asked)
    table, bars, curve, *_ = (
        parts_of(report, "Short P&L by cap tier")[0:2] + parts_of(report, "Short P&L by cap tier")[-1:]
    )
    assert isinstance(table, ReportTable)
    assert isinstance(bars, Bars)
    assert isinstance(curve, Curve)
    assert bars.values == tuple(row["profit"] for row in tiers["rows"])
    assert curve.values[-1] == pytest.approx(tiers["total"]["profit"], abs=0.01)
    assert len(table.rows) == len(tiers["rows"])
    assert len(table.sums) == len(tiers["rollup"]) + 1
    best, worst = (parts_of(report, title)[0] for title in ("Best shorts", "Worst shorts"))
    board = asked.board
    ranked = [SYMBOLS[at] for at in board.order(board.profit)]
    assert [row[0] for row in best.rows] == ranked[:10]
    assert [row[0] for row in worst.rows] == [SYMBOLS[at] for at in board.order(board.profit, False)][:10]


def test_html_asks_for_nothing_and_leads_nowhere(report):
    text = report_html(report)
    page = Page(text)
    assert page.open == []
    assert not re.search(r"""(?i)\b(src|href|action|data|poster|srcset)\s*=|url\(|@import|@font-face""", text)
    assert {tag for tag, _ in page.tags} <= {
        *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li", "div", "table", "thead"),
        *("tbody", "tr", "th", "td", "footer", "svg", "text", "rect", "line", "polyline"),
    }
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY}) in page.tags
    assert sum(tag == "svg" and attributes["width"] == "720" for tag, attributes in page.tags) == 1
    assert sum(tag == "rect" for tag, _ in page.tags) == sum(
        len(part.values) for section in report.sections for part in section.parts if isinstance(part, Bars)
    )


def test_foreign_words_are_shown_letter_by_letter_and_do_nothing():
    report = day_report(asked_of(hostile_board()), MADE_AT)
    html, text = report_html(report), report_markdown(report)
    page = Page(html)
    assert "script" not in {tag for tag, _ in page.tags}
    assert any('<script src="http://a.example/x.js">' in words for words in page.words)
    assert "\x1b" not in html + text
    assert "<script" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "http://" not in text
    assert text.count("```") == 2 * sum(
        isinstance(part, Bars | Curve) for section in report.sections for part in section.parts
    )


def test_markdown_tables_are_whole_and_their_charts_are_text(report):
    text = report_markdown(report)
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == sum(
        isinstance(part, ReportTable) and bool(part.rows) for one in report.sections for part in one.parts
    )
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert "█" in text
    assert not re.search(r"<\w", text)


def test_a_line_of_text_has_its_least_lowest_and_gaps_where_nothing_is_known():
    assert text_line([0.0, 7.0, None, 3.5]) == "▁█ ▅"
    assert text_line([2.0, 2.0]) == "▁▁"
    assert text_line([None, None]) == ""


def test_an_own_list_has_its_section_and_its_sums():
    report = day_report(asked_of(board_of(), "mine", {"mine": NameList("GME\nNOPE\n")}), MADE_AT)
    table, absent = parts_of(report, "List mine")
    assert [row[0] for row in table.rows] == ["GME"]
    assert "NOPE" in absent
    assert parts_of(report, "Short P&L by cap tier")[0].sums[-1][0].startswith("list mine")


def test_a_simulated_market_says_so_first():
    report = day_report(asked_of(board_of()), MADE_AT)
    is_simulated = board_of().market.is_simulated
    assert any(words.startswith("SIMULATED") for words in report.warnings) == is_simulated
    assert is_simulated == ("SIMULATED" in report_markdown(report))


def test_inputs_stand_with_their_days_and_sources_and_those_who_ask_are_named():
    asked = asked_of(board_of())
    freshness = Freshness(FreshnessState.CURRENT, 0, None, "missed 0 publications")
    age = InputAge(
        dataset=Dataset.SHORT_INTEREST,
        as_of=date(2023, 8, 15),
        published_at=datetime(2023, 8, 24, 20, 40, tzinfo=UTC),
        source="files",
        freshness=freshness,
    )
    asked.loaded.inputs = (age,)
    report = day_report(asked, MADE_AT)
    row = ("short interest", "2023-08-15", "2023-08-24 20:40", "—", "files", "missed 0 publications")
    assert parts_of(report, "Inputs")[0].rows == (row,)
    document, _ = document_of(document_kind("tiers"), asked)
    assert report.attribution == tuple(attribution_words(document))
    assert report.attribution


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The files that the command writes of a small folder, and what it says."""
    root = tmp_path_factory.mktemp("report")
    market = write_market(root / "market")
    words = ["report", "--source", "files", "--data", str(market), "--output"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHORTSIDE_HOME", str(root / "home"))
        assert main([*words, str(root / "day.html")]) == 0
        assert main([*words, str(root / "day.md")]) == 0
    return root


def test_the_form_follows_the_name_of_the_file(pages):
    assert (pages / "day.html").read_text().startswith("<!DOCTYPE html>")
    markdown = (pages / "day.md").read_text()
    assert markdown.startswith("# The US short side on ")
    assert "| short interest |" in markdown
    assert "Source: FINRA" in markdown
    assert (pages / "day.md").stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_is_said(pages, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(pages / "home"))
    words = ["report", "--source", "files", "--data", str(pages / "market")]
    (pages / "folder.html").mkdir(exist_ok=True)
    assert main([*words, "--output", str(pages / "folder.html")]) == 1
    assert "is no ordinary file" in capsys.readouterr().err
    assert main([*words, "--output", str(pages / "nowhere" / "a.html")]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert main([*words, "--list", "nope"]) == 2
    assert "no list is called nope" in capsys.readouterr().err
    assert main([*words, "--format", "pdf"]) == 2


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed here")
def test_a_browser_shows_the_page_and_complains_of_nothing(pages, tmp_path):
    assert CHROMIUM is not None
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"),
            *("--enable-logging=stderr", "--dump-dom", (pages / "day.html").as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "The US short side on" in done.stdout
    assert done.stdout.count("<svg") == (pages / "day.html").read_text().count("<svg")
    assert "CONSOLE" not in done.stderr
