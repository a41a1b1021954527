"""Docstrings stand alone, and no name has two meanings: read off the source, without importing it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("shortside", "providers", "widgets", "tui")
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

LEANS_ON_A_NEIGHBOUR = re.compile(
    r"(?i)^(likewise|the same( (as|at|by|for|from|in|of|on|over|to|with)\b|[,.;:])|"
    r"as (above|before|below)|ditto|see above|pass it on)|\blikewise[.;]"
)
"""The beginnings of docstrings that need the docstring before them."""

IS_A_SENTENCE = re.compile(r"^[A-Z`(\d≥].*?\S\s+\S.*[.:](\s|$)", re.DOTALL)
"""At least two words that begin with a capital, a figure or code, and end in a full stop, or a colon before a list."""

SAME_IN_SEVERAL_MODULES = {"main"}
"""Functions that several modules of the same kind have by convention: `main` runs a module as a program."""


@cache
def trees(room: str) -> list[tuple[str, ast.Module]]:
    """Every module of a room by its path, parsed once for all tests."""
    files = sorted((ROOT / room).rglob("*.py"))
    return [(str(file.relative_to(ROOT)), ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every string that documents something: a module, class, function, or the assignment above it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value.strip()


def public_definitions(tree: ast.Module) -> list[Definition]:
    """The classes and functions at the top of a module that other modules may use."""
    return [node for node in tree.body if isinstance(node, Definition) and not node.name.startswith("_")]


def homonyms(*kinds: type) -> dict[str, list[str]]:
    """Names of the top of several modules, by name with their modules."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, tree in chain.from_iterable(map(trees, ROOMS)):
        for node in public_definitions(tree):
            if isinstance(node, kinds):
                found[node.name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_in_a_sentence_what_it_holds(room):
    without = [path for path, tree in trees(room) if not IS_A_SENTENCE.match(ast.get_docstring(tree) or "")]

    assert without == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_class_and_function_has_a_docstring_of_a_sentence(room):
    without = [
        f"{path}:{node.lineno} {node.name}"
        for path, tree in trees(room)
        for node in public_definitions(tree)
        if not IS_A_SENTENCE.match(ast.get_docstring(node) or "")
    ]

    assert without == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_docstring_leans_on_the_one_before_it(room):
    leaning = [
        f"{path}:{line} {words.splitlines()[0]}"
        for path, tree in trees(room)
        for line, words in docstrings(tree)
        if words and LEANS_ON_A_NEIGHBOUR.search(words)
    ]

    assert leaning == []


def test_no_two_modules_have_a_public_class_of_one_name():
    assert homonyms(ast.ClassDef) == {}


def test_no_function_of_the_screens_has_the_name_of_another():
    of_screens = {
        name: paths
        for name, paths in homonyms(ast.FunctionDef, ast.AsyncFunctionDef).items()
        if name not in SAME_IN_SEVERAL_MODULES and any(path.startswith(("tui", "widgets")) for path in paths)
    }

    assert of_screens == {}


@pytest.mark.parametrize(
    "words", ["Likewise.", "The same for symbols.", "As above, in UTC.", "Shares; likewise.", "Pass it on."]
)
def test_a_docstring_that_needs_its_neighbour_is_found(words):
    assert LEANS_ON_A_NEIGHBOUR.search(words)


@pytest.mark.parametrize("words", ["", "Reads", "reads a file.", "Reads a file"])
def test_what_is_no_sentence_is_found(words):
    assert not IS_A_SENTENCE.match(words)


def test_the_map_in_the_guide_has_every_folder():
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [file.parent for room in ROOMS for file in sorted((ROOT / room).rglob("__init__.py"))]

    assert [str(folder) for folder in folders if f"`{folder.name}/`" not in guide] == []
