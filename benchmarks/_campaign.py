"""What campaigns of hours share: results that are kept after each step, and steps in processes of their own."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

Result = TypeVar("Result")


Settings = Mapping[str, int]
"""What a campaign's numbers mean something by, such as its seed."""
KEPT: Final = Path(__file__).parents[1] / "docs" / "campaigns"
"""The campaigns that docs/reliability.md speaks of: any night on any machine goes on from there."""


class AnotherCampaignError(ValueError):
    """A file keeps a campaign of other settings, whose results cannot be added to these."""


def read_kept(file: Path | None, settings: Settings) -> dict[str, Any]:
    """What a file holds of earlier calls; nothing where there is none.

    Raises:
        AnotherCampaignError: it is of other settings.
    """
    if file is None or not file.exists():
        return {}
    kept = json.loads(file.read_text("utf-8"))
    results: dict[str, Any] = kept.pop("results")
    if kept != settings:
        raise AnotherCampaignError(f"{file} keeps a campaign of {kept}, and {dict(settings)} was asked for")
    return results


def keep(file: Path | None, settings: Settings, results: Mapping[str, Any], *, in_a_line: int = 1) -> None:
    """Put the file whole, or not at all, so many results in a line; nothing where no file is given."""
    if file is None:
        return
    parts = [f"{json.dumps(name)}: {json.dumps(result)}" for name, result in results.items()]
    lines = [", ".join(parts[at : at + in_a_line]) for at in range(0, len(parts), in_a_line)]
    head = "".join(f"{json.dumps(name)}: {number},\n" for name, number in settings.items())
    beside = file.with_suffix(".new")
    beside.write_text(f'{{\n{head}"results": {{\n' + ",\n".join(lines) + "\n}\n}\n", "utf-8")
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
