"""Whatever a body holds, a parser reads it or refuses it in a sentence; nothing else leaves it."""

from __future__ import annotations

import ast
import importlib
import logging
import random
from pathlib import Path

import pytest

from benchmarks._mutations import mutated
from benchmarks._seeds import SEEDS, Seed, screener_seed
from benchmarks.fuzz import main, outcome_of
from providers.errors import LONGEST_MESSAGE, MalformedError, ProviderError
from providers.parsing.boundary import PARSERS, parser
from providers.parsing.entry import read_json

EVERY_SEED = (*SEEDS, screener_seed())
GIVEN_BODIES = {"body", "text", "rows"}
"""How a parser calls what others wrote."""


def names_of(seed):
    return seed.parser.removeprefix("providers.")


def parsers_in(repository: Path) -> set[str]:
    """Every function of a provider that is called a parser and is given a body."""
    found = set()
    for file in sorted((repository / "providers").rglob("*.py")):
        module = ".".join(file.relative_to(repository).with_suffix("").parts)
        for node in ast.parse(file.read_text("utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.split("_")[0] != "parse":
                continue
            if {argument.arg for argument in node.args.args} & GIVEN_BODIES:
                found.add(f"{module}.{node.name}")
    return found


def test_every_parser_stands_behind_the_boundary_and_is_tried(repository):
    expected = parsers_in(repository)
    for name in expected:
        importlib.import_module(name.rpartition(".")[0])
    assert expected
    assert expected <= set(PARSERS), "give it @parser of providers/parsing/boundary.py"
    assert expected == {seed.parser for seed in EVERY_SEED}, "give it a seed in benchmarks/_seeds.py"


@pytest.mark.parametrize("seed", EVERY_SEED, ids=names_of)
def test_the_seed_is_read(seed):
    assert outcome_of(seed, seed.body).kind == "read", outcome_of(seed, seed.body)


@pytest.mark.parametrize("seed", EVERY_SEED, ids=names_of)
def test_nothing_but_a_providers_error_leaves_a_parser(seed, caplog):
    caplog.set_level(logging.CRITICAL)
    chance = random.Random(seed.parser)
    for _ in range(150):
        body = mutated(seed.body, chance)
        outcome = outcome_of(seed, body)
        assert outcome.kind in ("read", "refused"), body[:500]


def test_the_command_counts_what_escapes_and_shows_the_body(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.fuzz.SEEDS", (Seed("test_parsers.broken", b"{}"),))
    monkeypatch.setattr(Seed, "reads", property(lambda _seed: broken))
    assert main(["--runs", "3", "--only", "broken"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().out


def broken(body: bytes) -> object:
    return len(body) // 0


# The last is what pandas raises of moments that the standard library has no year for.
@pytest.mark.parametrize("error", [OverflowError("x"), KeyError("y"), RecursionError(), NotImplementedError("z")])
def test_what_a_library_raises_is_said_in_our_words_and_keeps_its_cause(error):
    @parser("a list")
    def read(_body: bytes) -> None:
        raise error

    with pytest.raises(MalformedError, match="a list: cannot be read") as caught:
        read(b"")
    assert caught.value.__cause__ is error
    del PARSERS[f"{read.__module__}.{read.__qualname__}"]


@pytest.mark.parametrize("error", [NameError("x"), AssertionError("y"), KeyboardInterrupt()])
def test_a_mistake_of_our_own_is_not_taken_for_the_body_s(error):
    @parser("a list")
    def read(_body: bytes) -> None:
        raise error

    with pytest.raises(type(error)):
        read(b"")
    del PARSERS[f"{read.__module__}.{read.__qualname__}"]


def test_a_message_is_short_and_clean_whatever_it_quotes():
    error = ProviderError("says \x1b[2J\u202e" + "9" * 100_000)
    assert len(str(error)) == LONGEST_MESSAGE
    assert str(error).startswith("says [2J999")
    assert str(error).isprintable()


def test_halves_of_signs_numbers_without_end_and_no_numbers_are_read_as_what_a_table_can_hold():
    body = b'{"a\\ud800": ["\\udfff", ' + b"9" * 400 + b", NaN, Infinity, 1694030400000000000]}"
    assert read_json(body, "w") == {"a?": ["?", float("inf"), None, None, 1694030400000000000]}
