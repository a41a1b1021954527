"""What campaigns of hours share: results that are kept after each step, and steps in processes of their own."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def read_kept(file: Path | None) -> dict[str, Any]:
    """What a file holds of earlier calls; nothing where there is none."""
    kept: dict[str, Any] = json.loads(file.read_text("utf-8")) if file is not None and file.exists() else {}
    return kept


def keep(file: Path | None, results: dict[str, Any]) -> None:
    """Put the file whole, or not at all; nothing where no file is given."""
    if file is None:
        return
    beside = file.with_suffix(".new")
    beside.write_text(json.dumps(results, indent=1), "utf-8")
    beside.replace(file)


def in_processes(
    step: Callable[..., Result], given: Iterator[tuple[Any, ...]], processes: int, renewed_after: int
) -> Iterator[Result]:
    """The results of a step, in the order in which they are there.

    Args:
        step: a function that other processes can import.
        given: its arguments, each asked for shortly before they are used.
        processes: how many steps are taken at a time.
        renewed_after: steps after which a process ends and another goes on, for what steps leave in it.
    """
    while some := list(islice(given, processes * renewed_after)):
        with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
            for task in as_completed([pool.submit(step, *arguments) for arguments in some]):
                yield task.result()
