"""Write those parts of the manual that repeat a list of the program: `python -m docs.make_tables`.

A part stands between `<!-- made: NAME -->` and `<!-- end -->`; what is between them is written anew, the rest stays.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from shortside.named_windows import SINCE_FORM, WINDOWS

PAGES: Final = ("README.md", "docs/contract.md", "docs/method.md")
_PART: Final = re.compile(r"(<!-- made: (?P<name>[a-z -]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write every page."""
    root = Path(__file__).parents[1]
    for name in PAGES:
        page = root / name
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page}", file=sys.stderr)


def made(page: str) -> str:
    """A page with its parts as the program's lists are now.

    Raises:
        KeyError: the page has a part that nothing here makes.
    """
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part['name']]()}\n{part[4]}", page)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table of Markdown."""
    ruled = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled).replace("| --- |", "|---|").replace(" --- |", "---|")


def windows() -> str:
    """The windows there are."""
    rows = [(f"`{window.name}`", window.words) for window in WINDOWS]
    return table(("window", "holds"), [*rows, (f"`{SINCE_FORM}`", "all sessions from that day on")])


PARTS: Final[Mapping[str, Callable[[], str]]] = {"windows": windows}
"""What can be made, by the name in the page."""


if __name__ == "__main__":
    main()
