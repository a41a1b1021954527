"""Reads the docstrings that stand under names, which Python itself forgets."""

from __future__ import annotations

import ast
from pathlib import Path


def documented_names(module: Path) -> dict[str, str]:
    """The docstring under every assigned name of a module and of its classes, without its newlines."""
    found = {}
    for owner in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if not isinstance(owner, ast.Module | ast.ClassDef):
            continue
        for statement, after in zip(owner.body, owner.body[1:], strict=False):
            match statement, after:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                    found[name] = " ".join(words.split())
    return found
