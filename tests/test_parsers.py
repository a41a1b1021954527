"""Whatever a body holds, a parser reads it or refuses it in a sentence; nothing else leaves it."""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import logging
import random
import re
import warnings
import zipfile
from pathlib import Path

import pytest

from benchmarks._campaign import in_processes
from benchmarks._mutations import mutated, with_more_rows
from benchmarks._seeds import SEEDS, Seed, screener_seed
from benchmarks.fuzz import Tally, main, outcome_of, read_tallies
from providers.errors import LONGEST_MESSAGE, MalformedError, ProviderError
from providers.parsing.boundary import LIBRARY_ERRORS, PARSERS, parser
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


def test_a_warning_of_a_library_is_counted_among_what_escapes(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.fuzz.SEEDS", (Seed("test_parsers.warning", b"{}"),))
    monkeypatch.setattr(
        Seed, "reads", property(lambda _seed: lambda _body: warnings.warn("divide by zero", stacklevel=2))
    )
    assert main(["--runs", "3", "--only", "test_parsers.warning"]) == 1
    assert "UserWarning, 3 times" in capsys.readouterr().out


def test_a_campaign_goes_on_where_it_ended_and_begins_again_where_a_parser_was_mended(tmp_path, capsys):
    file = tmp_path / "counts.json"

    def tallied(*words: str) -> Tally:
        assert main(["--only", "parse_digest", *words]) == 0
        return read_tallies(file, 1)["providers.ibkr.ftp.parse_digest"]

    assert tallied("--runs", "40", "--into", str(file)).bodies == 40
    in_two = tallied("--runs", "100", "--into", str(file))
    at_once = tallied("--runs", "100", "--into", str(file), "--anew")
    assert in_two.bodies == at_once.bodies == 100
    # The same hundred bodies, whatever it took to read them.
    assert (in_two.read, in_two.refused, in_two.longest_message) == (
        at_once.read,
        at_once.refused,
        at_once.longest_message,
    )
    assert tallied("--runs", "100", "--into", str(file)) == at_once
    assert "|    100 |" in capsys.readouterr().out


def test_steps_are_taken_in_processes_that_are_renewed():
    given = ((number, 7) for number in (21, 15, 9))
    assert sorted(in_processes(divmod, given, processes=1, renewed_after=2)) == [(1, 2), (2, 1), (3, 0)]


@pytest.mark.parametrize("name", ["short_interest.parse_cycle", "massive.answers.parse_splits", "parse_borrow_list"])
def test_a_body_with_its_rows_over_again_is_one_that_its_parser_reads(name):
    seed = next(seed for seed in EVERY_SEED if seed.parser.endswith(name))
    body = with_more_rows(seed.body, 30)
    assert {b"AAAA", b"AAAB", b"AABD"} <= set(re.findall(rb"AA[A-Z]{2}", body))
    assert outcome_of(seed, body).kind == "read"


def test_a_packed_body_is_damaged_inside_as_often_as_outside():
    seed = next(seed for seed in EVERY_SEED if seed.body.startswith(b"PK"))
    texts = set()
    for number in range(40):
        with contextlib.suppress(*LIBRARY_ERRORS, RuntimeError):
            archive = zipfile.ZipFile(io.BytesIO(mutated(seed.body, random.Random(number))))
            texts |= {archive.read(name) for name in archive.namelist()}
    assert len(texts) >= 10


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
