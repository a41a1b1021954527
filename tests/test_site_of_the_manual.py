"""Every page of the manual begins with what its reader wants, and is found on its site."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from waiting import PATIENCE

from docs._site_pages import (
    FIRST,
    FOLDER,
    FROM_THE_ROOT,
    MORE,
    PAGES,
    link_on_the_site,
    navigation,
    opening_of,
    sections,
    table_of_pages,
)

EVERY_PAGE = sorted(page.stem for page in FOLDER.glob("*.md"))
FROM_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)[^>]+src=[\"']?https?:|<link[^>]+href=[\"']?https?:|@import|url\(https?:"
)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_begins_with_what_its_reader_wants(page: str):
    assert opening_of((FOLDER / f"{page}.md").read_text(encoding="utf-8")), "begin it with: You want …"


def test_no_page_sends_its_reader_to_a_registry_for_a_package_of_somebody_else(repository: Path):
    """The README says that the program is on none; this goes when that sentence does."""
    assert "on no package registry yet" in (repository / "README.md").read_text(encoding="utf-8")
    pages = [repository / "README.md", *FOLDER.glob("*.md")]
    asked = re.compile(r"^    (?:pip|pipx|uv) (?:tool )?install '?shortside", re.MULTILINE)
    assert [page.name for page in pages if asked.search(page.read_text(encoding="utf-8"))] == []


def test_what_a_reader_wants_is_read_from_the_first_sentence():
    assert opening_of("# Keys: all\n\nYou want other\nkeys. Here they are.\n") == ("Keys: all", "other keys")
    assert opening_of("# Keys\n\nYou want to find names: write what is true.\n") == ("Keys", "to find names")
    assert opening_of("# Keys\n\nThe table says.\n\nYou want keys.\n") is None
    assert opening_of("# Keys\n\nYou want keys\n\nand more.\n") is None


def test_every_page_is_in_the_navigation_once():
    listed = [page for pages in sections().values() for page in pages]
    assert sorted([FIRST, *listed]) == EVERY_PAGE
    assert len(table_of_pages()) == len(listed)


def test_a_page_on_no_list_is_found_under_the_last_title(tmp_path: Path):
    for page in (FIRST, *(page for pages in PAGES.values() for page in pages), "newest"):
        (tmp_path / f"{page}.md").write_text("")
    found = sections(tmp_path)
    assert found[MORE] == ("newest",)
    assert {MORE: ["newest.md"]} in navigation(found)


def test_links_above_the_manual_and_into_it_lead_to_the_same_pages_on_the_site():
    assert link_on_the_site("[a](../SECURITY.md#b), [c](docs/data.md)") == "[a](SECURITY.md#b), [c](data.md)"
    assert link_on_the_site("[a](../README.md), `docs/data.md`") == "[a](../README.md), `docs/data.md`"


def test_the_site_asks_nobody_for_anything(repository: Path):
    site = yaml.safe_load((repository / "mkdocs.yml").read_text(encoding="utf-8"))
    assert site["theme"]["font"] is False
    assert site["extra"] == {"generator": False}
    assert site["plugins"] == ["search"]
    assert [hook for hook in site["hooks"] if not (repository / hook).is_file()] == []


@pytest.fixture
def build(repository: Path, tmp_path: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Builds the site of a copy of the manual into a folder `site` beside it, as `make docs` does."""
    if find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed here; `make docs` installs it")
    shutil.copytree(repository / "docs", tmp_path / "docs")
    for name in ("mkdocs.yml", *(f"{page}.md" for page in FROM_THE_ROOT)):
        shutil.copy(repository / name, tmp_path)

    def built() -> subprocess.CompletedProcess[str]:
        # Quiet it would not count what is broken.
        return subprocess.run(
            [sys.executable, "-m", "mkdocs", "build", "--strict"],
            cwd=tmp_path,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return built


def test_the_site_is_built_without_a_broken_link_and_without_anything_from_elsewhere(
    build: Callable[[], subprocess.CompletedProcess[str]], tmp_path: Path
):
    outcome = build()
    assert outcome.returncode == 0, outcome.stderr
    site = tmp_path / "site"
    pages = {page.stem: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    assert set(pages) == {*EVERY_PAGE, *FROM_THE_ROOT, "404"}
    assert {name for name, text in pages.items() if FROM_ELSEWHERE.search(text)} == set()
    assert (site / "screens" / "demo.svg").is_file()
    assert not [*site.rglob("*.py")]


def test_a_link_that_leads_nowhere_stops_the_site(
    build: Callable[[], subprocess.CompletedProcess[str]], tmp_path: Path
):
    for page in (tmp_path / "docs").glob("*.md"):
        if page.stem not in {FIRST, "keys"}:
            page.unlink()
    (tmp_path / "docs" / "index.md").write_text(
        "# A page\n\n[a](other.md) [b](keys.md#nowhere) ![c](screens/other.svg)\n"
    )
    (tmp_path / "docs" / "keys.md").write_text("# Keys\n")
    hook = tmp_path / "docs" / "_site_pages.py"
    hook.write_text(re.sub(r"PAGES: Final = {.*?\n}\n", "PAGES: Final = {}\n", hook.read_text(), flags=re.DOTALL))
    outcome = build()
    assert outcome.returncode != 0
    assert all(target in outcome.stderr for target in ("other.md", "#nowhere", "screens/other.svg"))
