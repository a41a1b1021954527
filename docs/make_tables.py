"""Write those parts of the manual that repeat a list of the program: `python -m docs.make_tables`.

The manual page and the completions of shells, which repeat the command line, are written with them.
A part stands between `<!-- made: NAME -->` and `<!-- end -->`; what is between them is written anew, the rest stays.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from docs import make_completions, make_man
from docs._site_pages import table_of_pages
from providers.catalog import CARDS, Card, Host
from shortside.named_windows import SINCE_FORM, WINDOWS
from tui.app import Monitor
from tui.documents.catalog import DOCUMENTS
from tui.documents.history import HISTORY_FIELDS
from tui.documents.kind import DocumentKind
from tui.screens.column_boards import BOARDS, column_name
from tui.screens.key_catalog import BoundKeys, every_binding
from tui.screens.own_keys import written_key
from tui.screens.own_themes import ROLES_OF_THEMES
from widgets.key_names import key_text
from widgets.name_conditions import condition_figures

PAGES: Final = (
    "README.md",
    "docs/columns.md",
    "docs/conditions.md",
    "docs/contract.md",
    "docs/data.md",
    "docs/history.md",
    "docs/index.md",
    "docs/keys.md",
    "docs/method.md",
    "docs/themes.md",
)
_PART: Final = re.compile(r"(<!-- made: (?P<name>[a-z -]+) -->\n)(?P<text>.*?)(<!-- end -->)", re.DOTALL)


def main() -> None:
    """Write every page."""
    root = Path(__file__).parents[1]
    for name in PAGES:
        page = root / name
        page.write_text(made(page.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"wrote {page}", file=sys.stderr)
    make_man.main()
    make_completions.main()


def made(page: str, parts: Mapping[str, Callable[[], str]] | None = None) -> str:
    """A page with its parts as they would be written now; `parts` says how, else the program's lists do.

    Raises:
        KeyError: the page has a part that nothing makes.
    """
    makes = PARTS if parts is None else parts
    return _PART.sub(lambda part: f"{part[1]}{makes[part['name']]()}\n{part[4]}", page)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table of Markdown."""
    ruled = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled).replace("| --- |", "|---|").replace(" --- |", "---|")


def windows() -> str:
    """The windows there are."""
    rows = [(f"`{window.name}`", window.words) for window in WINDOWS]
    return table(("window", "holds"), [*rows, (f"`{SINCE_FORM}`", "all sessions from that day on")])


def documents() -> str:
    """Every document: what it is, what its rows are, and their keys."""
    rows = [(f"`{kind.name}`", kind.words) for kind in DOCUMENTS]
    return "\n\n".join([table(("document", "holds"), rows), *map(document, DOCUMENTS)])


def document(kind: DocumentKind) -> str:
    """One of them as a section."""
    keys = table(("key", "meaning"), [(f"`{field.key}`", field.meaning) for field in kind.fields()])
    words = [f"### {kind.name}: `{kind.schema}`", inspect.getdoc(kind.make) or "", keys]
    return "\n\n".join([*words, kind.remark()] if kind.remark is not None else words)


def history() -> str:
    """The keys of a history's rows."""
    return table(("key", "meaning"), [(f"`{field.key}`", field.meaning) for field in HISTORY_FIELDS])


def providers() -> str:
    """Who can be asked: a row for each provider and host."""
    titles = ("provider", "gives", "new", "host", "publisher's limit", "pace", "at once", "shown as")
    rows = []
    for card in CARDS.values():
        for place, host in enumerate(card.hosts):
            is_first = place == 0
            own = (_marked(card), card.gives, card.cadence) if is_first else ("", "", "")
            manners = (host.name, host.limit.words, _pace(host), str(host.at_once))
            rows.append((*own, *manners, card.attribution if is_first else ""))
    return table(titles, rows)


def _marked(card: Card) -> str:
    """The name of a provider, with what is special about asking it."""
    marks = {
        "key": bool(card.keys),
        "credits": card.is_metered,
        "mail address": card.wants_contact,
        "FTP": card.is_over_ftp,
        "as needed": card.is_on_demand,
    }
    said = ", ".join(words for words, holds in marks.items() if holds)
    return f"`{card.name}` ({said})" if said else f"`{card.name}`"


def _pace(host: Host) -> str:
    seconds = host.seconds_between
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


def keys() -> str:
    """The keys there are, and what they open."""
    rows = [(", ".join(f"`{key}`" for key in card.keys), card.unlocks) for card in CARDS.values() if card.keys]
    return table(("keys", "what they open"), rows)


def terms() -> str:
    """The terms of every publisher."""
    titles: dict[tuple[str, str], list[str]] = {}
    for card in CARDS.values():
        titles.setdefault((card.publisher, card.terms), []).append(f"`{card.name}`")
    rows = [(publisher, words, ", ".join(names)) for (publisher, words), names in titles.items()]
    return table(("publisher", "terms", "of"), rows)


def figures() -> str:
    """The figures that conditions may speak of."""
    rows = [
        (f"`{one.key}`", " ".join(f"`{short}`" for short in one.short_forms), one.kind.value, one.meaning)
        for one in condition_figures().all
    ]
    return table(("figure", "also", "is", "meaning"), rows)


def bindings() -> str:
    """Every binding with its id, its keys and what it does, by the screen it is on."""
    parts = []
    for where, of_screen in groupby(every_binding(Monitor).values(), key=lambda one: one[1]):
        rows = [
            (f"`{bound.binding}`", " ".join(f"`{written_key(key)}`" for key in bound.keys), _meaning(bound))
            for bound, _ in of_screen
        ]
        parts.append(f"### {where[0].upper()}{where[1:]}\n\n" + table(("id", "keys", "does"), rows))
    return "\n\n".join(parts)


def _meaning(bound: BoundKeys) -> str:
    words = bound.words[:1].lower() + bound.words[1:]
    told = key_text(bound.tooltip)
    return words if not told or told.lower() == words else f"{words}: {told}"


def columns() -> str:
    """Every table whose columns can be settled, with them."""
    parts = []
    for board in BOARDS:
        rows = [
            (f"`{column_name(column.key)}`", key_text(column.title).strip() or "", column.tooltip.replace("|", "\\|"))
            for column in board.columns
        ]
        head = f"### `{board.name}`: {board.words}"
        parts.append(f"{head}\n\n" + table(("column", "title", "says"), rows))
    return "\n\n".join(parts)


def theme_roles() -> str:
    """What a theme of one's own can give a colour, and how well it must be read."""
    rows = [
        (f"`{role.name}`", role.words, f"{role.least} : 1" if role.least else "", "yes" if role.look else "")
        for role in ROLES_OF_THEMES
    ]
    return table(("role", "is the colour of", "contrast asked", "in `sixteen`"), rows)


def pages() -> str:
    """Every page of the manual, by what its reader wants."""
    return table(("you want", "page"), table_of_pages())


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "bindings": bindings,
    "columns": columns,
    "documents": documents,
    "figures": figures,
    "history": history,
    "keys": keys,
    "pages": pages,
    "providers": providers,
    "terms": terms,
    "theme roles": theme_roles,
    "windows": windows,
}
"""What can be made, by the name in the page."""


if __name__ == "__main__":
    main()
