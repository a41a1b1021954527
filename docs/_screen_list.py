"""Which screens tests/pictures/ shows: the keys that lead to each, and at which sizes and in which looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class PicturedScreen(NamedTuple):
    """A screen that can be reached from the main one."""

    name: str
    keys: Sequence[str] = ()
    """Pressed one after the other on the main screen; a digit until its panel is alone."""
    kind: str = "MainScreen"
    """The class of the screen that is there then."""
    back: Sequence[str] = ("escape",)
    """What leads back to the main screen."""


class Looks(NamedTuple):
    """How a terminal shows the program: its colours, and the options it was started with."""

    name: str
    colours: str | None
    options: Sequence[str] = ()
    """Options that are switched on."""


class PictureGroup(NamedTuple):
    """Pictures that one start of the program gives."""

    size: tuple[int, int]
    looks: Looks
    themes: Sequence[tuple[str, Sequence[str]]]
    """Themes, and the names of the screens seen in each."""

    @property
    def name(self) -> str:
        """The group's size and looks."""
        return f"{self.size[0]}x{self.size[1]}-{self.looks.name}"

    def pictures(self) -> Iterator[tuple[str, str, str]]:
        """Theme, screen, and the picture's name, of each picture."""
        for theme, screens in self.themes:
            for screen in screens:
                yield theme, screen, f"{screen}-{self.size[0]}x{self.size[1]}-{theme}-{self.looks.name}"


PANELS: Final = ("tiers", "new-short", "names", "sectors", "movers", "feeds")
"""The panels alone on the screen, by their digits."""
OPENING: Final = "opening"
"""The screen before the market is there; no key leads to it."""
SCREENS: Final = (
    PicturedScreen("main", (), back=()),
    PicturedScreen(
        "cursor", ("down", "down", "down", "right", "right", "right"), back=("left", "left", "left", "home")
    ),
    PicturedScreen("filter-open", ("slash",)),
    PicturedScreen("filter", ("slash", "t", "e")),
    PicturedScreen("filter-kept", ("slash", "t", "e", "enter")),
    PicturedScreen("filter-empty", ("slash", "q", "q", "x")),
    PicturedScreen("name", ("enter",), "SymbolScreen"),
    PicturedScreen("name-reading", ("enter", "left", "left"), "SymbolScreen", ("escape", "escape")),
    PicturedScreen("name-explained", ("enter", "i"), "ExplainScreen", ("escape", "escape")),
    PicturedScreen("explain", ("i",), "ExplainScreen"),
    PicturedScreen("doubtful", ("x",), "DoubtfulScreen"),
    PicturedScreen("help", ("question_mark",), "HelpScreen"),
    PicturedScreen("columns", ("c",), "ColumnChooser"),
    PicturedScreen("export", ("X",), "ExportScreen"),
    PicturedScreen("alerts", ("A",), "AlertScreen"),
    PicturedScreen("journal", ("E",), "JournalScreen"),
    PicturedScreen("my-book", ("B",), "MyBookScreen"),
    PicturedScreen("lists", ("L",), "ListsScreen"),
    PicturedScreen("published", ("P", "w"), "PublishedScreen"),
    PicturedScreen("borrow", ("C",), "BorrowScreen"),
    PicturedScreen("fee-path", ("enter", "C"), "LoanPathScreen", ("escape", "escape")),
    PicturedScreen("name-records", ("enter", "R"), "NameRecordsScreen", ("escape", "escape")),
    PicturedScreen("compare", ("equals_sign",), "CompareScreen"),
    PicturedScreen("tables", ("M",), "TablesScreen"),
    PicturedScreen("commands", ("ctrl+p",), "ActionPalette"),
    *(PicturedScreen(name, (str(digit),)) for digit, name in enumerate(PANELS, 1)),
    PicturedScreen("feed", (str(PANELS.index("feeds") + 1), "home", "enter"), "FeedScreen", ("escape", "escape")),
)
ALL: Final = (OPENING, *(screen.name for screen in SCREENS))

TRUE, CUBE, SIXTEEN, EIGHT, NONE = (
    Looks("truecolor", "truecolor"),
    Looks("256", "256"),
    Looks("16", "standard"),
    Looks("8", "8"),
    Looks("none", None),
)
SLOW, PLAIN = Looks("slow", "truecolor", ("low_bandwidth",)), Looks("ascii", "standard", ("ascii",))
TWO: Final = ("main", "name")
THREE: Final = ("main", "name", "filter")
DESK: Final = ("lists", "my-book", "published", "borrow", "compare", "tables")
GROUPS: Final = (
    PictureGroup((120, 40), TRUE, [("night", ALL), ("day", (*TWO, "help", "movers")), ("safe", (*TWO, "sectors"))]),
    PictureGroup((120, 40), CUBE, [("night", TWO), ("day", TWO), ("safe", TWO)]),
    PictureGroup(
        (120, 40),
        SIXTEEN,
        [
            ("night", (*THREE, "help", "columns", "published")),
            ("day", (*THREE, "my-book")),
            ("safe", TWO),
            ("ansi-dark", TWO),
            ("ansi-light", TWO),
        ],
    ),
    PictureGroup((120, 40), NONE, [("night", (*THREE, "help", "sectors"))]),
    PictureGroup(
        (80, 24),
        TRUE,
        [
            (
                "night",
                (*THREE, "filter-empty", "explain", "doubtful", "help", "columns", "alerts", "feeds", "feed", *DESK),
            ),
            ("day", ("main",)),
        ],
    ),
    PictureGroup((80, 24), SIXTEEN, [("night", (*TWO, "lists")), ("day", ("main",)), ("ansi-light", ("main",))]),
    PictureGroup((80, 24), EIGHT, [("night", TWO)]),
    PictureGroup((80, 24), SLOW, [("night", TWO)]),
    PictureGroup((80, 24), PLAIN, [("night", (*TWO, "help"))]),
    PictureGroup((200, 60), TRUE, [("night", (*TWO, "tiers", "sectors", "movers")), ("day", TWO), ("safe", ("main",))]),
    PictureGroup((300, 80), TRUE, [("night", ("main",))]),
    PictureGroup((40, 12), TRUE, [("night", (*TWO, "help", "filter", "feed")), ("day", ("main",))]),
)
