"""The command line is taken apart as promised, and starts at once."""

import re
import subprocess
import sys

import pytest
from waiting import PATIENCE

from shortside.positions import Knowledge, PositionsMethod
from shortside.tiers import TierBasis, TierScheme
from tui.__main__ import main
from tui.arguments import arguments_of
from tui.documents.catalog import DOCUMENTS
from tui.errors import UsageError
from tui.screens.themes import THEMES
from tui.settings import options as settings


def test_without_a_word_the_monitor_is_meant():
    assert arguments_of([]).command == "monitor"
    assert arguments_of([]).given == {}


def test_an_option_may_stand_before_or_after_the_command():
    before = arguments_of(["--window", "5d", "snapshot", "tiers"])
    after = arguments_of(["snapshot", "tiers", "--window", "5d"])
    assert before == after
    assert before.given == {"window": "5d"}


def test_the_command_s_own_word_wins_over_the_one_before_it():
    assert arguments_of(["--window", "5d", "snapshot", "tiers", "--window", "1y"]).given == {"window": "1y"}


@pytest.mark.parametrize("words", [["--sort", "-profit"], ["--sort=-profit"]])
def test_a_sort_key_may_begin_with_a_minus(words):
    assert arguments_of(["snapshot", "names", *words]).given == {"sort": "-profit"}


def test_a_flag_can_be_taken_back():
    assert arguments_of(["--ascii"]).given == {"ascii": "True"}
    assert arguments_of(["--no-ascii"]).given == {"ascii": "False"}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--windo", "5d"], "there is no option --windo; the nearest is --window"),
        (["snapshot", "names", "--lim=3"], "there is no option --lim; the nearest is --limit"),
        (["snapshot"], "PANEL"),
        (["snapshot", "tyres"], "tyres"),
        (["backfill"], "--since"),
        (["backfill", "--since", "yesterday"], "--since yesterday: must be a day written YYYY-MM-DD"),
        (["backfill", "--since", "2022-12-30", "--window", "5d"], "--window"),
        (["config"], "show"),
        (["snapshot", "names", "--sort"], "--sort"),
    ],
)
def test_what_there_is_not_is_said_in_a_sentence(words, complaint):
    with pytest.raises(UsageError, match=complaint):
        arguments_of(words)


def test_every_document_and_every_option_is_in_the_help(capsys):
    assert main(["snapshot", "--help"]) == 0
    words = capsys.readouterr().out
    for kind in DOCUMENTS:
        assert re.search(rf"^  {re.escape(kind.name)} +{re.escape(kind.words)}$", words, re.MULTILINE)
    for setting in settings.SETTINGS:
        assert setting.option in words


def test_the_choices_are_those_of_the_arithmetic():
    assert tuple(basis.value for basis in TierBasis) == settings.TIER_BASES
    assert tuple(method.value for method in PositionsMethod) == settings.POSITIONS
    assert tuple(knowledge.value for knowledge in Knowledge) == settings.KNOWLEDGE
    assert TierScheme().labels == settings.TIERS
    assert tuple(theme.name for theme in THEMES) == settings.THEME_NAMES


@pytest.mark.parametrize("theme", settings.THEME_NAMES)
def test_the_themes_are_named_in_the_help_and_in_the_manual(repository, capsys, theme):
    with pytest.raises(SystemExit):
        arguments_of(["--help"])
    # Wrapped where a word has a hyphen.
    words = "".join(capsys.readouterr().out.split())
    assert theme in words.partition("coloursofthescreen:")[2].partition("--ascii")[0]
    assert f"`{theme}`" in (repository / "README.md").read_text(encoding="utf-8")


def loaded_by(repository, *words: str) -> tuple[subprocess.CompletedProcess[str], set[str]]:
    """A fresh interpreter that runs `main` and then tells which modules it holds, on stderr."""
    script = (
        "import sys; from tui.__main__ import main; code = main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done, set(done.stderr.split())


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["config", "show"]])
def test_what_needs_no_figures_imports_nothing_heavy(repository, words):
    done, modules = loaded_by(repository, *words)
    assert done.returncode == 0
    assert "tui.__main__" in modules
    assert not modules & {"textual", "rich", "pandas", "numpy", "pyarrow", "httpx", "tui.sources.load"}


def test_a_snapshot_of_the_demo_needs_neither_textual_nor_pandas(repository):
    done, modules = loaded_by(repository, "snapshot", "tiers", "--format", "json")
    assert done.returncode == 0
    assert "numpy" in modules
    assert not modules & {"textual", "pandas", "pyarrow", "httpx"}


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("shortside 0.")


def test_doctor_takes_a_format_and_where_to_ask():
    arguments = arguments_of(["doctor", "--format", "json", "--upstream", "http://127.0.0.1:1"])
    assert arguments.command == "doctor"
    assert arguments.given == {"format": "json", "upstream": "http://127.0.0.1:1"}
