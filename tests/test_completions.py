"""Shells complete commands, options and their values, by files that are made of the parser."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from support_terminal import PseudoTerminal
from terminal_emulator import Terminal
from waiting import PATIENCE

from docs._command_tree import commands
from docs.make_completions import completion
from tui.__main__ import main
from tui.arguments import SHELLS
from tui.commands.completion import FILE_NAMES, FOLDER
from tui.documents.catalog import DOCUMENTS
from tui.settings.options import SOURCES, THEME_NAMES
from tui.terminal.saved_frame import COMMANDS_WITHOUT_SCREEN

COMPLETED: Final = {
    "shortside sna": "shortside snapshot ",
    "shortside snapshot sector-": "shortside snapshot sector-tiers ",
    "shortside snapshot li": "shortside snapshot line ",
    "shortside --low": "shortside --low-bandwidth ",
    "shortside --theme ansi-d": "shortside --theme ansi-dark ",
    "shortside --source repl": "shortside --source replay ",
    "shortside --window cy": "shortside --window cycle ",
    "shortside snapshot names --sort days_to": "shortside snapshot names --sort days_to_cover ",
    "shortside snapshot names --tier uncl": "shortside snapshot names --tier unclassified ",
    "shortside config colu": "shortside config columns ",
    "shortside config show --orig": "shortside config show --origin ",
    "shortside report --output a_file_th": "shortside report --output a_file_that_is_there ",
    "shortside --theme night snapshot tie": "shortside --theme night snapshot tiers ",
    "shortside --data a_fi": "shortside --data a_file_that_is_there ",
}
"""What is typed, and what the tabulator makes of it."""
READY: Final = "ready: "
READ_BY_BASH: Final = f'eval "$(cat {FOLDER / FILE_NAMES["bash"]})"'
READ_BY_ZSH: Final = f'autoload -Uz compinit && compinit -u -D && eval "$(cat {FOLDER / FILE_NAMES["zsh"]})"'
"""As the start-up files of the two do with what the command prints."""
FOUND_BY_ZSH: Final = f"fpath=({FOLDER} $fpath) && autoload -Uz compinit && compinit -u -D"
"""As a system does with what it is installed with."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a_file_that_is_there").write_text("")
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
def test_the_completions_are_those_of_the_parser(shell: str):
    """When an option or a command changes: python -m docs.make_tables."""
    pytest.importorskip("shtab", reason="shtab is not installed here; `make ready` installs it")
    assert (FOLDER / FILE_NAMES[shell]).read_text(encoding="utf-8") == completion(shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_prints_the_file_of_the_shell(shell: str, capsys: pytest.CaptureFixture[str]):
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == (FOLDER / FILE_NAMES[shell]).read_text(encoding="utf-8")


def test_a_configuration_with_a_mistake_does_not_stop_a_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text("window = 'no window'\n")
    assert main(["completion", "bash"]) == 0
    assert capsys.readouterr().err == ""


def test_every_command_is_known_to_show_no_screen():
    words = {command.words[0] for command in commands() if command.words}
    assert words - COMMANDS_WITHOUT_SCREEN == set()


@pytest.mark.terminal
def test_bash_completes_what_is_typed(folder: Path):
    with shell_of("bash", ["--norc", "--noprofile", "-i"], folder, READ_BY_BASH) as terminal:
        assert completed(terminal) == COMPLETED


@pytest.mark.terminal
def test_bash_lists_the_choices_of_a_value(folder: Path):
    with shell_of("bash", ["--norc", "--noprofile", "-i"], folder, READ_BY_BASH) as terminal:
        for typed, offered in {
            "shortside --theme ": THEME_NAMES,
            "shortside --source ": SOURCES,
            "shortside snapshot ": [kind.name for kind in DOCUMENTS],
        }.items():
            terminal.send(f"{typed}\t\t")
            terminal.wait_for_words(*offered)
            clear_line(terminal)


@pytest.mark.terminal
@pytest.mark.parametrize("begin", [READ_BY_ZSH, FOUND_BY_ZSH], ids=["printed", "found"])
def test_zsh_completes_what_is_typed(folder: Path, begin: str):
    with shell_of("zsh", ["-f", "-i"], folder, begin) as terminal:
        assert completed(terminal) == COMPLETED


def test_fish_completes_what_is_typed(folder: Path):
    fish = installed("fish")
    words = f"source {FOLDER / FILE_NAMES['fish']}\n"
    words += "\n".join(f"echo (complete -C '{typed}' | string split -f 1 \\t)" for typed in COMPLETED)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    printed = subprocess.run(
        [fish, "--no-config", "-c", words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert printed.stdout.splitlines() == [whole.split()[-1] for whole in COMPLETED.values()]


def installed(shell: str) -> str:
    path = shutil.which(shell)
    if path is None:
        pytest.skip(f"{shell} is not installed")
    return path


@contextmanager
def shell_of(name: str, words: list[str], folder: Path, begin: str) -> Iterator[PseudoTerminal]:
    """A shell somebody types into, in a folder of its own, after it was told to complete."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    environment |= {"HISTFILE": "", "PS1": "first: ", "PROMPT": "first: "}
    with PseudoTerminal([installed(name), *words], environment, 160, 50, is_whole=False) as terminal:
        terminal.wait_for_words("first:")
        terminal.send(f"cd {folder}; PS1='{READY}'; {begin}; clear\n")
        wait_for_prompt(terminal)
        yield terminal


def completed(terminal: PseudoTerminal) -> dict[str, str]:
    """What stands on the line after each text and a tabulator."""
    found = {}
    for number, typed in enumerate(COMPLETED):
        end = f"END{number}"
        terminal.send(f"{typed}\t{end}")
        terminal.wait_for(lambda shown, end=end: written_line(shown).rstrip().endswith(end))
        found[typed] = written_line(terminal.terminal).rstrip().removeprefix(READY).removesuffix(end)
        clear_line(terminal)
    return found


def clear_line(terminal: PseudoTerminal) -> None:
    terminal.send("\x15")
    wait_for_prompt(terminal)


def wait_for_prompt(terminal: PseudoTerminal) -> None:
    terminal.wait_for(lambda shown: written_line(shown).rstrip() == READY.strip())


def written_line(shown: Terminal) -> str:
    """The line the cursor is on."""
    return str(shown.lines()[shown.screen.cursor.y])
