"""What Textual and Rich keep to themselves is touched in one module only, and the monitor starts without it."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from tui.terminal import textual_parts
from widgets.panel import Panel

ROOMS = ("tui", "widgets")
FOREIGN = ("textual", "rich")
ONE_PLACE = "tui.terminal.textual_parts"
PROMISED = {"_replace", "_exit"}
"""Names the standard library documents although they begin with an underscore: of named tuples, of `os`."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def parts_of(dotted: str | None) -> list[str]:
    return dotted.split(".") if dotted else []


def breaches(source: str) -> Iterator[str]:
    """Private names of somebody else's that a module imports, or reads of an object that is not its own."""
    tree = ast.parse(source)
    # A class may look into another object of its own kind.
    allowed = {*PROMISED, *defined_in(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = parts_of(node.module) if isinstance(node, ast.ImportFrom) else []
            for alias in node.names:
                dotted = [*module, *parts_of(alias.name)]
                if dotted[0] in FOREIGN and any(map(is_private, dotted)):
                    yield ".".join(dotted)
        elif isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in allowed:
            if not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")):
                yield ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) > 1:
            name = node.args[1].value if isinstance(node.args[1], ast.Constant) else ""
            if node.func.id in ("getattr", "hasattr", "setattr", "delattr") and is_private(str(name)):
                yield ast.unparse(node)


def defined_in(tree: ast.AST) -> Iterator[str]:
    """Private names that are given to `self`, or to a class or a function, or to something in a class."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and is_private(node.name):
            yield node.name
        if isinstance(node, ast.ClassDef | ast.Module):
            for line in node.body:
                targets = line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)]
                yield from (one.id for one in targets if isinstance(one, ast.Name) and is_private(one.id))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            yield from filter(is_private, [node.attr])


@cache
def names_of(kind: type, *, and_read: bool) -> frozenset[str]:
    """Private names a class defines or gives its objects; with those it only reads of them, if wished."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):
        return frozenset(filter(is_private, vars(kind)))
    read = (
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    )
    return frozenset([*defined_in(tree), *(filter(is_private, read) if and_read else ())])


def room_of(kind: type) -> str:
    return kind.__module__.split(".")[0]


def inherited_breaches(kind: type) -> Iterator[str]:
    """Private names of a class's foreign ancestors that it, or another ancestor of ours, uses as its own."""
    theirs: set[str] = set()
    for one in kind.__mro__:
        if room_of(one) in FOREIGN:
            theirs |= names_of(one, and_read=False)
    for one in kind.__mro__:
        if room_of(one) not in (*FOREIGN, "builtins", "typing", "abc") and one.__module__ != ONE_PLACE:
            for name in sorted(names_of(one, and_read=True) & theirs):
                yield f"{one.__module__}.{one.__name__}.{name}"


def modules(repository: Path) -> list[str]:
    files = [file for room in ROOMS for file in sorted((repository / room).rglob("*.py"))]
    names = [".".join(file.relative_to(repository).with_suffix("").parts) for file in files]
    return [name.removesuffix(".__init__") for name in names if not name.endswith("__main__")]


def test_nobody_reads_a_private_name_of_somebody_else(repository: Path):
    found = []
    for room in ROOMS:
        for file in sorted((repository / room).rglob("*.py")):
            if ".".join(file.relative_to(repository).with_suffix("").parts) != ONE_PLACE:
                found += [f"{file.relative_to(repository)}: {words}" for words in breaches(file.read_text("utf-8"))]
    assert found == []


def test_no_class_uses_or_takes_a_private_name_of_the_textual_class_it_is_made_from(repository: Path):
    found: set[str] = set()
    seen = 0
    for name in modules(repository):
        for kind in vars(importlib.import_module(name)).values():
            if isinstance(kind, type) and kind.__module__ == name:
                seen += any(room_of(one) in FOREIGN for one in kind.__mro__)
                found |= set(inherited_breaches(kind))
    assert seen > 30, "else the classes were not found"
    assert sorted(found) == []


@pytest.mark.parametrize(
    "source",
    [
        "from textual._compositor import Compositor",
        "import textual._compositor",
        "from textual.app import _NullFile",
        "from rich._wrap import divide_line",
        "app._driver.write('')",
        "def of(screen): return screen._compositor.visible_widgets",
        "super()._display(None, None)",
        "writer = getattr(driver, '_writer_thread', None)",
        "hasattr(app, '_batch_count')",
    ],
)
def test_a_module_that_reads_one_is_found(source: str):
    assert list(breaches(source))


@pytest.mark.parametrize(
    "source",
    [
        "self._rows = 1",
        "self._rows = before._rows",
        "options._replace(ascii=True)",
        "from tui.errors import _x",
        "import os; os._exit(0)",
    ],
)
def test_a_module_that_minds_its_own_is_not(source: str):
    assert not list(breaches(source))


class Peeping(Panel):
    """Reads what Textual keeps of every widget."""

    def draw(self, width: int, height: int) -> Any:
        return [[(str(self._styles_cache), "plain")]]


class Taking(Screen[None]):
    """Has a method of a name that Textual's own screens have."""

    def _refresh_layout(self, *_arguments: Any) -> None:
        """Whatever it does, Textual's is not done."""


@pytest.mark.parametrize(("kind", "name"), [(Peeping, "_styles_cache"), (Taking, "_refresh_layout")])
def test_a_class_that_uses_or_takes_one_is_found(kind: type, name: str):
    assert f"{__name__}.{kind.__name__}.{name}" in list(inherited_breaches(kind))


def test_the_installed_textual_is_the_tested_one():
    textual_parts.misfit.cache_clear()
    assert textual_parts.misfit() == ""
