"""Every command with its options, as the manual page and the completions of shells are made of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from tui.arguments import whole_parser


class Command(NamedTuple):
    """One command as people type it."""

    words: tuple[str, ...]
    """The words after the program's name; none for the program without a command."""
    help: str
    """What it does, in the line that the command above it prints."""
    parser: argparse.ArgumentParser


def commands() -> Iterator[Command]:
    """Every command, each before those below it."""
    yield from _commands(Command((), "", whole_parser()))


def options_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What stands after a command and begins with a minus, without `--help`."""
    return [action for action in parser._actions if action.option_strings and action.dest != "help"]


def subjects_of(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    """What stands after a command and is neither an option nor a command below it."""
    return [
        action
        for action in parser._actions
        if not action.option_strings and not isinstance(action, argparse._SubParsersAction)
    ]


def has_commands(parser: argparse.ArgumentParser) -> bool:
    """Whether another command may stand after this one."""
    return any(isinstance(action, argparse._SubParsersAction) for action in parser._actions)


def _commands(above: Command) -> Iterator[Command]:
    yield above
    for action in above.parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            # argparse keeps the lines of help apart from the parsers they speak of.
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for word, parser in action.choices.items():
                yield from _commands(Command((*above.words, word), helps[word], parser))
