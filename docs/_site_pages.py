"""Which pages the manual has, in the order of what a reader wants; mkdocs reads it as a hook (`make docs`).

A page that is on no list is still found: it comes last, under "More".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

FOLDER: Final = Path(__file__).parent
FIRST: Final = "index"
PAGES: Final = {
    "See it": ("working", "conditions", "web"),
    "Make it your own": ("columns", "keys", "themes"),
    "Feed it": ("data", "desk"),
    "Use it in programs": ("contract", "history", "library", "mcp"),
    "Believe it": ("method", "validation", "evidence"),
    "Rely on it": ("performance", "reliability"),
}
"""The pages by what is wanted of them; `index` stands before them all."""
MORE: Final = "More"
ABOUT: Final = "About it"
FROM_THE_ROOT: Final = ("SECURITY", "CHANGELOG", "CONTRIBUTING")
"""Pages that stand beside the program, where everybody looks for them, and are on the site under the title above."""
_OPENING: Final = re.compile(r"# (?P<title>.+)\n\nYou want (?P<wanted>(?:.|\n(?!\n))+?)(?:[.:](?:\s|$))")


class Opening(NamedTuple):
    """How a page begins."""

    title: str
    wanted: str
    """What its reader wants, in words that follow "You want"."""


def opening_of(text: str) -> Opening | None:
    """How a page begins; None where it does not say at once what its reader wants."""
    match = _OPENING.match(text)
    return Opening(match["title"], " ".join(match["wanted"].split())) if match else None


def sections(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Every page of a folder under its section, those on no list under the last one."""
    listed = {FIRST, *(page for pages in PAGES.values() for page in pages)}
    others = tuple(sorted(page.stem for page in folder.glob("*.md") if page.stem not in listed))
    return {**PAGES, MORE: others} if others else dict(PAGES)


def navigation(found: dict[str, tuple[str, ...]]) -> list[Any]:
    """The sections as mkdocs wants them."""
    titled = {**found, ABOUT: FROM_THE_ROOT}
    listed = [{title: [f"{page}.md" for page in pages]} for title, pages in titled.items()]
    return [{"Begin here": f"{FIRST}.md"}, *listed]


def table_of_pages() -> Sequence[tuple[str, str]]:
    """What is wanted, and the page that has it, in the order of the sections."""
    rows = []
    for pages in sections().values():
        for page in pages:
            opening = opening_of((FOLDER / f"{page}.md").read_text(encoding="utf-8"))
            if opening is not None:
                rows.append((opening.wanted, f"[{opening.title}]({page}.md)"))
    return rows


def link_on_the_site(text: str) -> str:
    """The text with its links out of docs/ and into it as they are on the site, where all pages stand in one folder."""
    above = "|".join(FROM_THE_ROOT)
    return re.sub(rf"\]\((?:\.\./(?=(?:{above})\.md)|docs/(?=[\w-]+\.md))", "](", text)


def on_config(config: Any) -> Any:
    """Give mkdocs the sections before it looks for pages."""
    config["nav"] = navigation(sections(Path(config["docs_dir"])))
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that stand beside the program."""
    from mkdocs.structure.files import File

    for page in FROM_THE_ROOT:
        path = Path(config["docs_dir"]).parent / f"{page}.md"
        files.append(File.generated(config, path.name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Lead links where the pages are on the site."""
    return link_on_the_site(markdown)
