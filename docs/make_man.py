"""Write the manual page, `man shortside`, from the parser and the program's lists: `python -m docs.make_man`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from docs._command_tree import Command, commands, has_commands, options_of, subjects_of
from docs._documented import documented_names
from docs._roff import bold, entry, escaped, italic, lines_as_they_are, section
from providers.catalog import CARDS, KeyName
from tui import __version__, exit_codes
from tui.clock import NOW_VARIABLE
from tui.page.tokens import TOKEN_VARIABLE
from tui.settings import paths
from tui.settings.configuration import FILE_VARIABLE
from tui.settings.keys import KEY_FILE_NAME
from tui.settings.list_shelf import FOLDER_NAME as LISTS_FOLDER_NAME
from tui.settings.options import SETTINGS
from tui.settings.own_file import FILE_NAME as BOOK_FILE_NAME
from tui.settings.providers import PREFIX
from tui.settings.rule_files import OWN_FILE_NAME as ALERTS_FILE_NAME

PAGE: Final = Path(__file__).parent / "shortside.1"
WHERE_ON_LINUX: Final = {
    "configuration": "~/.config/shortside/config.toml",
    "state": "~/.local/state/shortside",
    "cache": "~/.cache/shortside",
    "archive": "~/.local/share/shortside/archive",
}
"""Where what `Paths` names stands if nobody says otherwise; a test asks the program."""
BESIDE_THE_CONFIGURATION: Final = {
    KEY_FILE_NAME: "API keys, a line NAME=VALUE each; its mode must be 0600",
    BOOK_FILE_NAME: "your own positions: symbol,shares,price,date,account",
    ALERTS_FILE_NAME: "the alerts that were made by key",
    f"{LISTS_FOLDER_NAME}/": "own lists and saved filters, a file each",
}
EXAMPLES: Final = {
    "shortside": "open the demo: a simulated market, offline, marked SIM",
    "shortside --source files --data market --as-of 2023-09-07": "look at a folder of your own data",
    "shortside backfill --since 2022-12-30 --dry-run": "say what fetching the history would ask of whom",
    "shortside --source public": "watch public data, live",
    "shortside snapshot tiers --format json": "print P&L by market-cap tier for a program",
    "shortside snapshot names --where 'crowding > 90 & tier = small' --limit 10": "print the names a condition finds",
    "shortside snapshot symbol GME --source public": "print one name: all its figures, and every settlement",
    "shortside report --format html --output day.html": "write a day on one page",
    "shortside config show --origin": "say what is settled, and by what",
    "shortside doctor": "find out what does not work, and what to do about it",
}


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="ascii")
    print(f"wrote {PAGE}", file=sys.stderr)


def page() -> str:
    """The page as the program's lists are now."""
    every = list(commands())
    lines = [
        '.\\" Written by python -m docs.make_man; do not edit it by hand.',
        f'.TH SHORTSIDE 1 "" "shortside {__version__}" "User Commands"',
        *section("NAME", ["shortside \\- a terminal monitor of the US short side"]),
        *section("SYNOPSIS", _synopsis(every)),
        *section("DESCRIPTION", _description(every[0].parser)),
        *section("COMMANDS", (line for command in every[1:] for line in _command(command))),
        *section("OPTIONS", _options(every)),
        *section("ENVIRONMENT", _environment()),
        *section("FILES", _files()),
        *section("EXIT STATUS", _exit_status()),
        *section("EXAMPLES", _examples()),
    ]
    return "\n".join(lines) + "\n"


def _synopsis(every: Iterable[Command]) -> Iterator[str]:
    for command in every:
        if command.words and has_commands(command.parser) and not options_of(command.parser):
            continue  # It does nothing without a command below it.
        words = [bold(" ".join(["shortside", *command.words])), *map(_subject, subjects_of(command.parser))]
        yield " ".join([*words, f"[{italic('OPTION')} ...]"])
        yield ".br"


def _subject(action: argparse.Action) -> str:
    name = italic(str(action.metavar or action.dest.upper()))
    return f"[{name}]" if action.nargs == "?" else name


def _description(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield escaped(parser.description or "")
    yield ".PP"
    yield escaped(
        "It shows what short sellers earned by market-cap tier, what they bet anew, and which names are crowded,"
        " computed from public data, with the age and the working of every number in view. With nothing configured it"
        " opens the demo, a seeded simulation that needs no network and is marked SIM. Press ? for the keys, i for the"
        " formula of what is selected, q to leave."
    )


def _command(command: Command) -> Iterator[str]:
    parser = command.parser
    words = [bold(" ".join(command.words)), *map(_subject, subjects_of(parser))]
    yield f".SS {' '.join(words)}"
    yield from lines_as_they_are(parser.description or f"{command.help[0].upper()}{command.help[1:]}.")
    whole = _groups(commands())
    groups = {str(group.title): _settings_of(group) for group in parser._action_groups if group.title in whole}
    grouped = {option for actions in groups.values() for action in actions for option in action.option_strings}
    for action in (*subjects_of(parser), *options_of(parser)):
        if not grouped.intersection(action.option_strings) and action.dest != "config":
            yield from entry(_term(action), action.help or "")
    if taken := [_taken(title, actions, whole[title]) for title, actions in groups.items() if actions]:
        yield ".PP"
        yield escaped(f"Takes the options of: {', '.join(taken)}.")


def _taken(title: str, actions: list[argparse.Action], whole: list[argparse.Action]) -> str:
    """A group of options, by its title alone where all of it is taken."""
    if len(actions) == len(whole):
        return title
    return f"{title} (only {' '.join(action.option_strings[0] for action in actions)})"


def _settings_of(group: argparse._ArgumentGroup) -> list[argparse.Action]:
    options = {setting.option for setting in SETTINGS}
    return [action for action in group._group_actions if options.intersection(action.option_strings)]


def _groups(every: Iterable[Command]) -> dict[str, list[argparse.Action]]:
    """The settings by the titles of their groups, each once."""
    found: dict[str, list[argparse.Action]] = {}
    for command in every:
        for group in command.parser._action_groups:
            actions = _settings_of(group)
            if actions and group.title not in (None, "options"):
                found.setdefault(str(group.title), actions)
    return found


def _options(every: list[Command]) -> Iterator[str]:
    grouped = {option for actions in _groups(every).values() for action in actions for option in action.option_strings}
    yield from entry(f"{bold('-h')}, {bold('--help')}", "print what a command takes, and leave")
    for action in options_of(every[0].parser):
        if not grouped.intersection(action.option_strings):
            yield from entry(_term(action), action.help or "")
    for title, actions in _groups(every).items():
        yield f".SS {escaped(title[0].upper() + title[1:])}"
        for action in actions:
            yield from entry(_term(action), action.help or "")


def _term(action: argparse.Action) -> str:
    """What is typed: the option in every spelling, and what its value is called."""
    if not action.option_strings:
        return _subject(action)
    spelt = ", ".join(map(bold, action.option_strings))
    if action.nargs == 0:
        return spelt
    value = italic(str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()))
    return f"{spelt} [{value}]" if action.nargs == "?" else f"{spelt} {value}"


def _environment() -> Iterator[str]:
    yield escaped(
        "An option goes before a variable, that before the configuration file, that before the default. Every setting"
        " has a variable:"
    )
    for setting in SETTINGS:
        yield from entry(bold(setting.variable), f"as {setting.option}: {setting.allowed}")
    yield from entry(bold(FILE_VARIABLE), "as --config: the configuration file")
    yield from entry(bold(paths.HOME_VARIABLE), "a folder that holds everything the program keeps, in place of FILES")
    yield from entry(bold(NOW_VARIABLE), "the moment the program takes for the present; its clock runs on from there")
    yield from entry(
        bold(TOKEN_VARIABLE), "the token of the page that serve shows; it is handed on to no other process"
    )
    yield from entry(bold(paths.VISITOR_VARIABLE), "set by serve for a visitor's monitor: which folder keeps his view")
    yield from entry(bold("SHORTSIDE_DIFFER"), "0 lets Textual draw by itself")
    for key in KeyName:
        users = [card.title for card in CARDS.values() if key in card.keys]
        yield from entry(bold(key.value), f"a key of {', '.join(users)}")
    yield from entry(
        f"{bold(PREFIX)}{italic('PROVIDER')}{bold('_ENABLED')}, {bold('_BASE_URL')}",
        f"whether a provider is asked, and where: {', '.join(CARDS)}",
    )
    yield from entry(f"{bold('NO_COLOR')}, {bold('TERM')}, {bold('COLORTERM')}", "which colours the terminal has")


def _files() -> Iterator[str]:
    for name, words in documented_names(Path(paths.__file__)).items():
        if name in WHERE_ON_LINUX:
            yield from entry(italic(WHERE_ON_LINUX[name]), words)
    folder = WHERE_ON_LINUX["configuration"].rpartition("/")[0]
    for name, words in BESIDE_THE_CONFIGURATION.items():
        yield from entry(italic(f"{folder}/{name}"), words)
    yield ".PP"
    yield escaped("shortside config show prints where they are here.")


def _exit_status() -> Iterator[str]:
    words = documented_names(Path(exit_codes.__file__))
    for name in vars(exit_codes):
        if name.isupper():
            yield from entry(bold(str(getattr(exit_codes, name))), words.get(name, "").replace("`", ""))


def _examples() -> Iterator[str]:
    for line, words in EXAMPLES.items():
        yield from entry(bold(line), words)


if __name__ == "__main__":
    main()
