"""`man shortside` says what the program takes, and what `man` can show."""

import argparse
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import PATIENCE

from docs._command_tree import commands, options_of
from docs.make_man import EXAMPLES, PAGE, WHERE_ON_LINUX, page
from tui import exit_codes
from tui.arguments import _EXIT_CODES, _OPTIONS, arguments_of, whole_parser
from tui.settings.options import SETTINGS, SNAPSHOT_SETTINGS
from tui.settings.paths import paths_from_environment

SECTIONS = "NAME SYNOPSIS DESCRIPTION COMMANDS OPTIONS ENVIRONMENT FILES,EXIT STATUS,EXAMPLES"


@pytest.fixture(scope="module")
def words() -> str:
    """The page as text, without what the marks of a page are written with."""
    text = re.sub(r"\\f[BIR]|\\&", "", PAGE.read_text(encoding="ascii"))
    return text.replace("\\-", "-").replace("\\e", "\\")


def test_the_page_is_that_of_the_parser():
    """When an option, a variable or an exit code changes: python -m docs.make_tables."""
    assert PAGE.read_text(encoding="ascii") == page()


def test_the_page_has_the_sections_a_reader_looks_for(words: str):
    before, _, after = SECTIONS.partition(",")
    assert re.findall(r"^\.SH (.*)", words, re.MULTILINE) == [*before.split(), *after.split(",")]


def test_every_command_option_and_setting_is_on_the_page(words: str):
    for command in commands():
        assert " ".join(command.words) in words
    assert [option for option in _OPTIONS if option != "--" and option not in words] == []
    assert [setting.variable for setting in SETTINGS if setting.variable not in words] == []


def test_a_command_takes_what_its_section_says_and_nothing_else(words: str):
    """Settings are told by the title of their group, unless a command takes only some of it."""
    whole = {str(group.title): settings_of(group) for group in whole_parser()._action_groups}
    whole["document"] = [setting.option for setting in SNAPSHOT_SETTINGS]
    for command in commands():
        if not command.words:
            continue
        section = re.split(rf"^\.SS {' '.join(command.words)}\b.*\n", words, maxsplit=1, flags=re.MULTILINE)[1]
        section = re.split(r"^\.S[SH] ", section, maxsplit=1, flags=re.MULTILINE)[0]
        taken = re.sub(r"\(only [^)]*\)", "(only)", section.partition("Takes the options of: ")[2]).rstrip(".\n")
        told = set(re.findall(r"--[a-z-]+", section))
        for title in filter(None, taken.split(", ")):
            told |= set() if title.endswith("(only)") else set(whole[title])
        takes = {action.option_strings[0] for action in options_of(command.parser)} - {"--config"}
        assert takes - told == set(), command.words
        assert {option for title in taken.split(", ") for option in whole.get(title, ())} - takes == set()


def settings_of(group: argparse._ArgumentGroup) -> list[str]:
    known = {setting.option for setting in SETTINGS}
    return [action.option_strings[0] for action in group._group_actions if known.intersection(action.option_strings)]


def test_every_variable_the_program_names_is_on_the_page(repository: Path, words: str):
    named = {
        name
        for room in ("tui", "providers", "shortside", "widgets")
        for file in (repository / room).rglob("*.py")
        for name in re.findall(r"[\"'](SHORTSIDE_[A-Z_]+[A-Z])[\"']", file.read_text(encoding="utf-8"))
    }
    assert "SHORTSIDE_HOME" in named
    assert named - set(re.findall(r"SHORTSIDE_[A-Z_]+", words)) == set()


def test_every_exit_code_is_on_the_page_and_in_the_help(words: str):
    codes = {value for name, value in vars(exit_codes).items() if name.isupper()}
    section = words.partition(".SH EXIT STATUS")[2].partition(".SH")[0]
    assert {int(code) for code in re.findall(r"^\.TP\n(\d+)$", section, re.MULTILINE)} == codes
    assert {int(code) for code in re.findall(r"(?<![-\w])\d+", _EXIT_CODES)} == codes


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_a_command_line_the_program_takes(line: str):
    name, *rest = shlex.split(line)
    assert name == "shortside"
    assert arguments_of(rest).command


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system has other folders")
def test_the_files_are_where_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("CONFIG", "STATE", "CACHE", "DATA"):
        monkeypatch.delenv(f"XDG_{name}_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    found = paths_from_environment({})._asdict()
    places = {name: str(path).replace(str(tmp_path), "~") for name, path in found.items() if isinstance(path, Path)}
    assert places == WHERE_ON_LINUX


def test_groff_shows_the_page_without_a_warning():
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    shown = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8", PAGE], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert shown.stderr == ""
    assert "shortside snapshot" in re.sub(r".\x08", "", shown.stdout)
