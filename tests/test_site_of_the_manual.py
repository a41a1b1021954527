"""Every page of the manual begins with what its reader wants, and is found on its site."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from waiting import PATIENCE

from docs._site_pages import FIRST, FOLDER, MORE, PAGES, navigation, opening_of, sections, table_of_pages

EVERY_PAGE = sorted(page.stem for page in FOLDER.glob("*.md"))
FROM_ELSEWHERE = re.compile(
    r"<(?:script|img|iframe)[^>]+src=[\"']?https?:|<link[^>]+href=[\"']?https?:|@import|url\(https?:"
)


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_a_page_begins_with_what_its_reader_wants(page: str):
    assert opening_of((FOLDER / f"{page}.md").read_text(encoding="utf-8")), "begin it with: You want …"


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
    assert navigation(found)[-1] == {MORE: ["newest.md"]}


def test_the_site_asks_nobody_for_anything(repository: Path):
    site = yaml.safe_load((repository / "mkdocs.yml").read_text(encoding="utf-8"))
    assert site["theme"]["font"] is False
    assert site["extra"] == {"generator": False}
    assert site["plugins"] == ["search"]
    assert [hook for hook in site["hooks"] if not (repository / hook).is_file()] == []


@pytest.mark.skipif(find_spec("mkdocs") is None, reason="mkdocs is not installed here; `make docs` installs it")
def test_the_site_is_built_without_a_broken_link_and_without_anything_from_elsewhere(repository: Path, tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path],
        cwd=repository,
        timeout=PATIENCE,
        check=True,
    )
    pages = {page.stem: page.read_text(encoding="utf-8") for page in tmp_path.glob("*.html")}
    assert set(pages) == {*EVERY_PAGE, "404"}
    assert {name for name, text in pages.items() if FROM_ELSEWHERE.search(text)} == set()
    assert (tmp_path / "screens" / "demo.svg").is_file()
    assert not [*tmp_path.rglob("*.py")]
