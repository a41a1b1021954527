"""There is one list of each thing: what is added to it in one file is found wherever such things are named.

The tests ask copies of the program, each in processes of its own. One copy has a record more on each list of what is
shown; those of the providers have a provider more. Over 400 lines, because most are the records that copies have more
and the script that looks at their monitor, which stand beside what is claimed of them.
"""

from __future__ import annotations

import json
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from importlib import import_module
from pathlib import Path

import pytest
from kept_demo import with_kept_demo
from waiting import line_within, started

import widgets
from docs.make_tables import PAGES, made
from shortside.named_windows import CYCLE_WINDOW as BETWEEN_SETTLEMENTS
from shortside.named_windows import WINDOWS, window_names
from tui.documents.catalog import DOCUMENTS
from tui.screens.panels import PANELS
from tui.screens.symbol import SYMBOL_PANELS
from widgets.name_column_type import MovesWith
from widgets.name_columns import NAME_COLUMNS
from widgets.panel import PanelFrame

PARTS = ("shortside", "providers", "widgets", "tui", "docs")
LIMIT = 120
"""Seconds a process may take."""


# Imports the copy once, and does what it reads, one line after the other.
ANSWERS = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from tui.__main__ import main

for line in sys.stdin:
    words, out, err, code = json.loads(line), io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as end:
            code = end.code
    Path("out").write_text(out.getvalue(), encoding="utf-8")
    Path("err").write_text(err.getvalue(), encoding="utf-8")
    print(code or 0, flush=True)
"""


class Copy:
    """A copy of the program, which may be changed before it is first run."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.root = root
        self._stack = stack
        self._answering: subprocess.Popen[str] | None = None

    def insert(self, file: str, before: str, text: str) -> None:
        """Put text before the one place in a file where another stands."""
        path = self.root / file
        first, *rest = path.read_text(encoding="utf-8").split(before)
        assert len(rest) == 1, f"{file} holds {before!r} {len(rest)} times"
        path.write_text(first + text + before + rest[0], encoding="utf-8")

    @cached_property
    def manual(self) -> str:
        """What docs/contract.md says when it is made anew."""
        self.python("from docs.make_tables import main; main()")
        return (self.root / "docs" / "contract.md").read_text(encoding="utf-8")

    @cached_property
    def _sights(self) -> dict[str, str]:
        sights: dict[str, str] = json.loads(self.python(SEEN))
        return sights

    def assert_seen(self, name: str) -> None:
        """What one of the functions in `SEEN` claims of the monitor holds; all are looked at in one process."""
        assert self._sights[name] == ""

    def run(self, *words: str) -> str:
        """What `shortside` prints; it must end well. All that is asked of a copy is asked of one process."""
        if self._answering is None:
            self._answering = self._stack.enter_context(
                started(
                    [sys.executable, "-c", ANSWERS],
                    cwd=self.root,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            )
        assert self._answering.stdin is not None
        self._answering.stdin.write(f"{json.dumps(words)}\n")
        self._answering.stdin.flush()
        assert line_within(self._answering.stdout) == "0\n", (self.root / "err").read_text(encoding="utf-8")
        return (self.root / "out").read_text(encoding="utf-8")

    def python(self, script: str) -> str:
        """What a script prints."""
        return self._output("-c", script)

    @property
    def _environment(self) -> dict[str, str]:
        environment: dict[str, str] = with_kept_demo(
            {**os.environ, "SHORTSIDE_HOME": str(self.root / "home"), "PYTHONPATH": str(self.root)}
        )
        return environment

    def _output(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def copied(root: Path, repository: Path) -> Iterator[Copy]:
    """A copy in a folder, and the end of its process."""
    for part in PARTS:
        shutil.copytree(repository / part, root / part)
    shutil.copy(repository / "README.md", root)
    with ExitStack() as stack:
        yield Copy(root, stack)


@pytest.fixture
def copy(tmp_path: Path, repository: Path) -> Iterator[Copy]:
    yield from copied(tmp_path, repository)


@pytest.fixture(scope="module")
def longer(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Copy]:
    """A copy with one window, document, column, panel and table of the market more, each one record; not to change."""
    for copy in copied(tmp_path_factory.mktemp("longer"), repository):
        copy.insert("shortside/named_windows.py", '    NamedWindow("30d"', WINDOW)
        copy.insert("tui/documents/catalog.py", '    DocumentKind(\n        name="feeds"', EXTREMES)
        copy.insert("widgets/name_columns.py", '    NameColumn(\n        key="profit_ratio"', COLUMN)
        (copy.root / "widgets" / "name_count.py").write_text(PANEL, encoding="utf-8")
        copy.insert("tui/screens/panels.py", "from widgets.new_short", "from widgets.name_count import CountPanel\n")
        copy.insert("tui/screens/panels.py", "    PanelPlace(FeedsPanel", PLACE)
        copy.insert("tui/screens/market_tables.py", '    MarketTable(\n        name="shorting",', TABLE)
        yield copy


@pytest.mark.parametrize("page", PAGES)
def test_the_manual_says_what_the_lists_hold(repository, page):
    """When a list changes, so does the manual: python -m docs.make_tables."""
    text = (repository / page).read_text(encoding="utf-8")
    assert made(text) == text


WINDOW = '    NamedWindow("2w", "the last two weeks", day_before=lambda end: end - timedelta(days=14)),\n'


@pytest.mark.slow
def test_a_new_window_is_one_record(longer):
    document = json.loads(longer.run("snapshot", "tiers", "--window", "2w", "--format", "json"))
    assert document["window"]["name"] == "2w"
    assert "cycle, 2w, 30d" in " ".join(longer.run("--help").split())
    assert "2w from the close of" in longer.run("snapshot", "tiers", "--window", "2w").replace("\n ", "")
    keys = longer.python(
        "from shortside.view import View; from tui.app import Monitor\n"
        "print(View(window='cycle').next_window().window)\n"
        "print(next(binding.tooltip for binding in Monitor.BINDINGS if binding.id == 'view.window'))"
    ).splitlines()
    assert keys == ["2w", "1d 5d cycle 2w 30d mtd qtd ytd 1y, in turn"]
    assert "| `2w` | the last two weeks |" in longer.manual


EXTREMES = """    DocumentKind(
        name="extremes",
        words="the dearest loan of each tier",
        title="Dearest loans",
        fields=lambda: (
            Field("tier", Unit.WORDS, "the tier", lambda row: row[0], PageColumn("tier", 12)),
            Field("fee", Unit.RATIO, "the highest fee, annual", lambda row: row[1], PageColumn("fee", 8)),
        ),
        make=lambda asked: DocumentContent(
            {"rows": records(document_kind("extremes").fields(), [("mega", 0.125), ("nano", None)])},
            asked.loaded.inputs,
        ),
    ),
"""


@pytest.mark.slow
def test_a_new_document_is_one_record(longer):
    document = json.loads(longer.run("snapshot", "extremes", "--format", "json"))
    assert document["schema"] == "shortside.extremes/1"
    assert document["rows"] == [{"tier": "mega", "fee": 0.125}, {"tier": "nano", "fee": None}]
    assert document["inputs"]
    assert longer.run("snapshot", "extremes", "--format", "csv").splitlines()[0].endswith(",tier,fee")
    assert json.loads(longer.run("snapshot", "extremes", "--format", "ndjson").splitlines()[1])["tier"] == "nano"
    page = longer.run("snapshot", "extremes")
    assert "Dearest loans" in page
    assert "mega            12.5%" in page
    assert re.search("extremes +the dearest loan of each tier", longer.run("snapshot", "--help"))
    manual = longer.manual
    assert "### extremes: `shortside.extremes/1`" in manual
    assert "| `fee` | the highest fee, annual |" in manual
    assert "the dearest loan of each tier" in (longer.root / "docs" / "shortside.1").read_text(encoding="utf-8")
    assert "extremes" in longer.run("completion", "fish")


@pytest.mark.slow
def test_a_document_refuses_the_options_of_another(longer):
    with pytest.raises(AssertionError, match="--sort: of the documents only names take it, not extremes"):
        longer.run("snapshot", "extremes", "--sort", "profit")


TOY_FILE = '''"""Asks the toy exchange for its list of toys."""

from __future__ import annotations

from datetime import time

from providers.catalog import TOY
from providers.feeds.credits import CreditMeter
from providers.feeds.feed import Delivery, FeedPlan
from providers.feeds.schedule import Daily
from providers.feeds.surroundings import Surroundings
from shortside.datasets import Dataset


def toy_feeds(surroundings: Surroundings) -> list[FeedPlan]:
    """Plans the one feed of the toy exchange, which has nothing yet."""

    async def ask() -> Delivery:
        return Delivery(fetched=())

    meter = CreditMeter(TOY.title, surroundings.credits_a_day.get(TOY.name, 0.0))
    morning = Daily(hour=time(7))
    return [FeedPlan(card=TOY, dataset=Dataset.FAILS, schedule=morning, ask=ask, budget=5, meter=meter)]
'''
TOY_ENTRY = """API_TOY: Final = Host(
    name="api.toy.example",
    seconds_between=2.0,
    limit=Limit("one request a second", requests=1, seconds=1),
    at_once=1,
)
TOY: Final = Card(
    name="toy",
    title="Toy exchange",
    publisher="Toy Inc.",
    hosts=(API_TOY,),
    datasets=(Dataset.FAILS,),
    gives="toys",
    cadence="every morning",
    attribution="Source: Toy Inc.",
    terms="for play only",
    keys=(KeyName.TOY_KEY,),
    unlocks="toys",
    is_metered=True,
)

"""


def with_a_toy_provider(copy: Copy, *, is_on_the_registry: bool = True) -> None:
    """Its file, its entry in the catalog, its line in the registry: three files, and no other."""
    (copy.root / "providers" / "toy.py").write_text(TOY_FILE, encoding="utf-8")
    copy.insert("providers/catalog.py", '    ORTEX_KEY = "', '    TOY_KEY = "SHORTSIDE_TOY_KEY"\n')
    copy.insert("providers/catalog.py", "CARDS: Final", TOY_ENTRY)
    if is_on_the_registry:
        copy.insert("providers/registry.py", "from providers.alpaca import", "from providers import catalog\n")
        copy.insert("providers/registry.py", "from providers.yahoo.spark", "from providers.toy import toy_feeds\n")
        copy.insert("providers/registry.py", "    RegistryLine(ORTEX,", "    RegistryLine(catalog.TOY, toy_feeds),\n")


EVERYWHERE = """
import os, json
from pathlib import Path
os.environ["SHORTSIDE_TOY_KEY"] = "k"
from datetime import UTC, datetime
from providers.archive.vintages import Archive, sources_of
from providers.feeds.ledger import Ledger
from providers.feeds.surroundings import Surroundings
from providers.http.clients import Clients
from providers.recording.terms import terms_of
from providers.registry import idle_providers, keyed_feeds
from tui.commands.doctor import key_findings
from tui.commands.hosts_asked import asked_hosts
from tui.processes.back_office import polling_options
from tui.settings.configuration import configured
from tui.settings.keys import keyed_providers, keys_of_user

environment = {"SHORTSIDE_HOME": os.environ["SHORTSIDE_HOME"], "SHORTSIDE_PROVIDERS_TOY_CREDITS_A_DAY": "3"}
options = configured({}, environment).options
keys = keys_of_user(options)
keyed = keyed_providers(keys)
clock = lambda: datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
around = Surroundings(
    clients=Clients(clock=clock, upstream="http://127.0.0.1:9"), archive=Archive(Path("archive")), clock=clock,
    ledger=Ledger(), keys=keys, disabled={"toy": "switched off"},
)
print(json.dumps({
    "settings": options.providers["toy"].credits_a_day,
    "polling": polling_options(options).credits_a_day["toy"],
    "keyed": sorted(keyed),
    "hosts": [asked.host.name for asked in asked_hosts(options, keyed)],
    "hosts without": [asked.host.name for asked in asked_hosts(options)],
    "keys": [one.words for one in key_findings(keys)],
    "terms": terms_of({"toy": "", "sec_fails": ""}),
    "off": [state.title for state in idle_providers(around)],
    "switched off": [feed.name for feed in keyed_feeds(around, keyed)],
}))
around.disabled.clear()
print(json.dumps([feed.name for feed in keyed_feeds(around, keyed)]))
"""


@pytest.mark.slow
def test_a_new_provider_is_its_file_an_entry_in_the_catalog_and_a_line_in_the_registry(copy):
    with_a_toy_provider(copy)

    found, polled = map(json.loads, copy.python(EVERYWHERE).splitlines())
    assert found["settings"] == found["polling"] == 3
    assert found["keyed"] == ["toy"]
    assert "api.toy.example" in found["hosts"]
    assert "api.toy.example" not in found["hosts without"]
    assert "SHORTSIDE_TOY_KEY comes from the environment" in found["keys"]
    toy = {"title": "Toy exchange", "attribution": "Source: Toy Inc.", "terms": "for play only"}
    assert toy in found["terms"]
    assert (found["off"], found["switched off"], polled) == (["Toy exchange"], [], ["toy"])
    shown = copy.run("config", "show")
    assert "[providers.toy]" in shown
    copy.python("from docs.make_tables import main; main()")
    manual = (copy.root / "docs" / "data.md").read_text(encoding="utf-8")
    assert (
        "| `toy` (key, credits) | toys | every morning | api.toy.example | one request a second | 2 s | 1 |" in manual
    )
    assert "| `SHORTSIDE_TOY_KEY` | toys |" in manual
    assert "| Toy Inc. | for play only | `toy` |" in manual


@pytest.mark.slow
def test_a_new_provider_is_held_to_its_publisher_s_limit_by_the_tests_of_pace(copy, repository):
    with_a_toy_provider(copy)
    shutil.copytree(repository / "tests", copy.root / "tests")
    shutil.copy(repository / "pyproject.toml", copy.root)
    files = ["tests/test_pacing.py", "tests/test_registry.py", "tests/test_catalog.py"]
    words = ["-q", "-rA", "-p", "no:cacheprovider", *files, "-k", "toy or registry or catalog"]
    report = copy.python(f"import sys, pytest; sys.exit(pytest.main({words}))")
    assert "test_no_window_ever_holds_more_requests_than_are_allowed[api.toy.example]" in report
    assert "test_no_more_are_under_way_than_the_host_is_given[api.toy.example]" in report


@pytest.mark.slow
def test_a_provider_of_the_catalog_that_nobody_asks_is_found_out(copy, repository):
    with_a_toy_provider(copy, is_on_the_registry=False)
    shutil.copytree(repository / "tests", copy.root / "tests")
    shutil.copy(repository / "pyproject.toml", copy.root)
    script = "import sys, pytest; print(int(pytest.main(['-q', '-p', 'no:cacheprovider', 'tests/test_registry.py'])))"
    report = copy.python(script)
    assert report.splitlines()[-1] == "1", report
    assert "'toy'" in report


COLUMN = """    NameColumn(
        key="profit_30d",
        title="30d P&L",
        explanation="What the shorts earned in 30 days, USD",
        width=8,
        priority=0,
        cell=lambda writer, at: (writer.amount(writer.of(writer.board.profit_30d, at), 8, True), "plain"),
        moves_with=MovesWith.PRICES,
        vector=lambda board: board.profit_30d,
        sort_word="P&L 30 d",
        copied=Copied.DOLLARS,
        exported=ExportedKey(
            unit=Unit.DOLLARS, meaning="P&L of the last 30 calendar days", page=PageColumn("30d", 7, True)
        ),
    ),
"""


@pytest.mark.slow
def test_a_new_column_is_one_record(longer):
    ranked = longer.run("snapshot", "names", "--sort", "profit_30d", "--limit", "5", "--format", "json")
    profits = [row["profit_30d"] for row in json.loads(ranked)["rows"]]
    assert profits == sorted(profits, reverse=True)
    assert ",profit_30d," in longer.run("snapshot", "names", "--format", "csv").splitlines()[0]
    assert "   30d " in longer.run("snapshot", "names")
    assert "| `profit_30d` | P&L of the last 30 calendar days |" in longer.manual
    assert "profit profit_30d profit_ratio " in longer.manual
    longer.assert_seen("column")


PANEL = '''"""The names that were looked at, counted."""

from widgets.formula import Formula
from widgets.panel import Panel
from widgets.panel_description import PanelDescription


class CountPanel(Panel):
    """How many names there are."""

    description = PanelDescription(
        id="name-count",
        title="Names counted",
        formula=Formula(title="How many names", formula="1 + 1 + …", words="Every name counts once."),
    )

    def show(self, board):
        """Show how many."""
        return self.set_lines([[(f"{len(board.market.symbols)} names in all", "plain")]])
'''


PLACE = "    PanelPlace(CountPanel, begins=LeastWidth.BROAD),\n"


@pytest.mark.slow
def test_a_new_panel_is_its_file_and_one_record(longer):
    longer.assert_seen("panel")


TABLE = """    MarketTable(
        name="cells",
        words="cells alone",
        document="sector-tiers",
        fields=SECTOR_TIER_FIELDS,
        formula=Formula(title="Cells", formula="1 + 1", words="Every cell counts once."),
        rows=_of_document("rows", SECTOR_TIER_FIELDS),
        group=_sector_and_tier,
    ),
"""


@pytest.mark.slow
def test_a_new_table_of_the_market_is_one_record(longer):
    longer.assert_seen("table")


# What a monitor shows of the record more on each list; a name of a function, and what is wrong there, if anything.
SEEN = """
import asyncio, json, os
from datetime import UTC, datetime
from tempfile import mkdtemp
from traceback import format_exc
from tui.app import Monitor
from tui.settings.configuration import configured
from tui.screens.explain import ExplainPanel
from tui.screens.help import HelpPanel
from tui.screens.key_line import KeyLine
from tui.screens.column_boards import board_named
from tui.screens.tables import MarketTickTable, TablesScreen
from widgets.crowded import CrowdedTable
from widgets.feeds import FeedsPanel
from widgets.name_count import CountPanel


async def shown(app, pilot):
    for _ in range(600):
        await pilot.pause(0.02)
        if app.board is not None and app.screen.query(CrowdedTable) and app.screen.query_one(CrowdedTable).row_count:
            return app.screen
    raise AssertionError("the market never came")


async def reached(pilot, holds):
    for _ in range(300):
        await pilot.pause(0.01)
        if holds():
            return
    raise AssertionError("never reached")


def monitor():
    noon = datetime(2023, 9, 7, 16, 0, tzinfo=UTC)
    # Of its own, so that none takes up what another has left.
    home = {"SHORTSIDE_HOME": mkdtemp(dir=".")}
    return Monitor(configured({"source": "demo"}, {**os.environ, **home}).options, lambda: noon)


async def column():
    app = monitor()
    async with app.run_test(size=(120, 60)) as pilot:
        screen = await shown(app, pilot)
        table = screen.query_one(CrowdedTable)
        for _ in table.columns:
            if table.cursor_column.key != "profit_30d":
                await pilot.press("right")
        await pilot.press("s")
        await reached(pilot, lambda: "by P&L 30 d" in table.title)
        first = table.column_at(0)
        assert app.board.profit_30d[first] == max(app.board.profit_30d[table.order])
        assert "30d P&L" in [column.title for column in table.visible_columns]
        before = table.cell_text(0, "profit_30d")
        assert f"{app.board.profit_30d[first]:.0f}" in table.row_text(0).split("\\t")
        app.tick([first], [app.board.book.price[first] * 0.5])
        assert table.cell_text(0, "profit_30d") != before
        await pilot.press("i")
        await reached(pilot, lambda: app.screen.query(ExplainPanel))
        assert "What the shorts earned in 30 days, USD" in app.screen.query_one(ExplainPanel).text


async def panel():
    app = monitor()
    async with app.run_test(size=(200, 60)) as pilot:
        screen = await shown(app, pilot)
        panel = screen.query_one("#name-count", CountPanel)
        await reached(pilot, lambda: "names in all" in panel.text)
        assert panel.heading == "6 Names counted" and screen.query_one(FeedsPanel).heading == "7 Feeds"
        assert panel.region.width > 15 and panel.parent.id == "upper"
        assert ("1-7", "panels") in screen.query_one(KeyLine).keys
        await pilot.resize_terminal(120, 40)
        await reached(pilot, lambda: not panel.display)
        await pilot.press("6")
        await reached(pilot, lambda: panel.display and panel.has_focus and panel.size.width > 100)
        assert "name count" in [command.title.lower() for command in app.get_system_commands(screen)]
        await pilot.press("i")
        await reached(pilot, lambda: app.screen.query(ExplainPanel))
        explained = app.screen.query_one(ExplainPanel)
        assert explained.title == "How many names" and "Every name counts once." in explained.text
        await pilot.press("escape")
        await reached(pilot, lambda: app.screen is screen)
        await pilot.press("question_mark")
        await reached(pilot, lambda: app.screen.query(HelpPanel))
        assert "6 name count" in app.screen.query_one(HelpPanel).text


async def table():
    app = monitor()
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await shown(app, pilot)
        commands = {command.title: command for command in app.get_system_commands(screen)}
        commands["Table Cells alone"].callback()
        await reached(pilot, lambda: isinstance(app.screen, TablesScreen) and app.screen._shown is not None)
        table = app.screen.query_one(MarketTickTable)
        assert table.title.startswith("Cells alone") and table.row_count
        assert "avg_si" not in board_named("cells").names and "profit" in board_named("cells").names
        await pilot.press("i")
        await reached(pilot, lambda: app.screen.query(ExplainPanel))
        assert "Every cell counts once." in app.screen.query_one(ExplainPanel).text


complaints = {}
for sight in (column, panel, table):
    complaints[sight.__name__] = ""
    try:
        asyncio.run(sight())
    # Whatever it is, the test of that sight fails with it, and the other sights are still looked at.
    except Exception:
        complaints[sight.__name__] = format_exc()
print(json.dumps(complaints))
"""


def panel_classes() -> set[type[PanelFrame]]:
    """Every panel with a description that `widgets` holds."""
    modules = [import_module(f"widgets.{module.name}") for module in pkgutil.iter_modules(widgets.__path__)]
    return {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, PanelFrame) and "description" in vars(value)
    }


def test_no_panel_is_off_the_lists_and_every_one_listed_says_what_it_is():
    listed = [*(place.panel for place in PANELS), *SYMBOL_PANELS]
    assert set(listed) == panel_classes()
    assert len({panel.description.id for panel in listed}) == len(listed)
    assert all(panel.description.title and panel.description.formula.words for panel in listed)
    assert len(PANELS) <= 9, "a digit leads to each"


def test_every_name_column_can_be_shown_sorted_or_exported_and_says_what_it_is():
    for column in NAME_COLUMNS:
        assert column.width or column.exported or column.sort_word, column.key
        assert not column.width or column.explanation, column.key
        assert not column.width or column.cell is not None or column.moves_with is MovesWith.ROW, column.key
        assert not column.sort_word or (column.vector is None) is not (column.ranks is None), column.key
        assert column.exported is None or column.exported.meaning, column.key
    keys = [column.key for column in NAME_COLUMNS]
    assert len(set(keys)) == len(keys)


def test_every_document_and_window_has_a_name_of_its_own():
    assert len({kind.name for kind in DOCUMENTS}) == len(DOCUMENTS)
    assert len(set(window_names())) == len(WINDOWS)
    for window in WINDOWS:
        decided_by = (bool(window.sessions), window.day_before is not None, window.name == BETWEEN_SETTLEMENTS)
        assert sum(decided_by) == 1, f"{window.name}: by sessions, by days or by settlements"
        assert window.words
