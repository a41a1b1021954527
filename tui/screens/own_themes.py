"""Reads the tables `[themes.NAME]`: a built-in theme with colours of one's own, if they can be read as its can."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, NamedTuple

from textual.theme import BUILTIN_THEMES, Theme

from shortside.conditions.errors import nearest_of
from shortside.words.plain_text import printable
from tui.screens.themes import ANSI_NAMES, DAY_THEME, NIGHT_THEME, SAFE_THEME, THEMES
from tui.settings.section_tables import KeyPath, SectionMistake, SectionTables
from tui.terminal.colour_math import CUBE_LEVELS, FIRST_GREY, Triplet, contrast, nearest_of_256
from tui.terminal.named_colours import LOOKS_IN_SIXTEEN, Looks
from tui.terminal.own_theme import OwnTheme
from tui.terminal.screen_svg import XTERM

BASES: Final[Mapping[str, Theme]] = {theme.name: theme for theme in (NIGHT_THEME, DAY_THEME, SAFE_THEME)}
"""The themes that others can be made of: those with colours of their own."""
LEAST_CONTRAST: Final = 4.5
LEAST_MUTED_CONTRAST: Final = 3.0
"""The contrasts asked of what must be read, and of what may be, as the built-in themes have them."""
MOST_THEMES: Final = 50
BASE_KEY: Final = "base"
SIXTEEN_KEY: Final = "sixteen"


class ThemeRole(NamedTuple):
    """A colour that a theme gives to one use."""

    name: str
    variables: tuple[str, ...]
    """What Textual's style sheets call it."""
    words: str
    least: float = 0.0
    """The contrast asked of it to every paper; 0 for none."""
    look: str = ""
    """The role of a terminal of sixteen colours; empty where the base's stays."""


ROLES_OF_THEMES: Final = (
    ThemeRole("background", ("background",), "the paper of every panel"),
    ThemeRole("surface", ("surface",), "the paper of lists over a screen"),
    ThemeRole("panel", ("panel",), "the paper of the head, the key line and of questions"),
    ThemeRole("cursor", ("primary-muted",), "the paper of the row under the cursor"),
    ThemeRole("text", ("foreground",), "figures and words", LEAST_CONTRAST),
    ThemeRole("muted", ("text-muted",), "what is read second", LEAST_MUTED_CONTRAST, "muted"),
    ThemeRole("accent", ("text-accent",), "keys, marks and curves", LEAST_CONTRAST, "accent"),
    ThemeRole("gain", ("success", "text-success"), "what short sellers gained", LEAST_CONTRAST, "gain"),
    ThemeRole("loss", ("error", "text-error"), "what they lost", LEAST_CONTRAST, "loss"),
    ThemeRole("warning", ("warning", "text-warning"), "what is wrong or late", LEAST_CONTRAST, "warning"),
    ThemeRole("focus", ("accent",), "the frame of the panel that has the keys", look="focus"),
    ThemeRole("border", ("border",), "the frames of the others"),
    ThemeRole("shade", ("text-disabled",), "lines, and what lies behind", look="shade"),
)
"""Every role that a theme of one's own can give a colour."""
PAPERS: Final = ("background", "surface", "panel", "cursor")
_BY_NAME: Final = {role.name: role for role in ROLES_OF_THEMES}
_TEXTUALS: Final = {variable: role.name for role in reversed(ROLES_OF_THEMES) for variable in role.variables}
_SIXTEEN: Final = {
    f"{bright}{name}": str(code + number)
    for bright, code in (("", 30), ("bright_", 90))
    for number, name in enumerate(ANSI_NAMES)
}
"""The names of the sixteen colours, each with its SGR parameter."""


class ThemeError(ValueError):
    """Something in the table of a theme cannot be; the message says why."""

    def __init__(self, path: KeyPath, words: str) -> None:
        super().__init__(words)
        self.path = path


def read_themes(tables: SectionTables) -> tuple[tuple[OwnTheme, ...], list[SectionMistake]]:
    """The themes of the file that can be, and what is wrong with the others."""
    if tables.themes is None:
        return (), []
    if not isinstance(tables.themes, Mapping):
        return (), [tables.mistake(("themes",), "must be tables, each begun by [themes.NAME]")]
    themes, mistakes = [], []
    for number, (name, table) in enumerate(tables.themes.items()):
        path = ("themes", name)
        try:
            if number >= MOST_THEMES:
                raise ThemeError(path, f"{MOST_THEMES} themes are the most there may be")
            themes.append(_theme(path, name, table))
        except ThemeError as error:
            mistakes.append(tables.mistake(error.path, str(error)))
    return tuple(themes), mistakes


def _theme(path: KeyPath, name: str, table: Any) -> OwnTheme:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name):
        raise ThemeError(path, "the name of a theme has up to 40 letters, digits, - and _, the first a letter")
    if name in BUILTIN_THEMES or name in {theme.name for theme in THEMES}:
        raise ThemeError(path, "is built in, and no other theme can be called so")
    if not isinstance(table, Mapping):
        raise ThemeError(path, f"must be a table, begun by [themes.{name}]")
    base = table.get(BASE_KEY, NIGHT_THEME.name)
    if not isinstance(base, str) or base not in BASES:
        raise ThemeError((*path, BASE_KEY), f"must be one of {', '.join(BASES)}: the others have a terminal's colours")
    given = {key: _colour(path, key, value) for key, value in table.items() if key not in (BASE_KEY, SIXTEEN_KEY)}
    sixteen = _sixteen(path, base, table.get(SIXTEEN_KEY, {}))
    theme = _made(name, BASES[base], given, sixteen)
    _require_legible(path, theme)
    return theme


def _colour(path: KeyPath, key: str, value: Any) -> str:
    path = (*path, key)
    if key not in _BY_NAME:
        near = _TEXTUALS.get(key) or nearest_of(key, (*_BY_NAME, BASE_KEY, SIXTEEN_KEY))
        words = f"nearest: {near}" if near else f"the roles are {', '.join(_BY_NAME)}"
        raise ThemeError(path, f"there is no role {printable(key)[:40]}; {words}")
    found = re.fullmatch(r"#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", value) if isinstance(value, str) else None
    if found is None:
        raise ThemeError(path, 'must be a colour such as "#87af87"')
    digits = found[1].lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def _sixteen(path: KeyPath, base: str, table: Any) -> Looks:
    path = (*path, SIXTEEN_KEY)
    looks = LOOKS_IN_SIXTEEN[base]
    if not isinstance(table, Mapping):
        raise ThemeError(path, f'must be a table of roles and colours: {{gain = "{ANSI_NAMES[2]}"}}')
    roles = {role.name: role.look for role in ROLES_OF_THEMES if role.look}
    codes = {}
    for key, value in table.items():
        if key not in roles:
            near = nearest_of(key, roles)
            words = f"nearest: {near}" if near else f"there are {', '.join(roles)}; the rest is that of {base}"
            raise ThemeError((*path, key), f"there is no role {printable(key)[:40]} in sixteen colours; {words}")
        if not isinstance(value, str) or value not in _SIXTEEN:
            near = nearest_of(value, _SIXTEEN) if isinstance(value, str) else ""
            words = f"nearest: {near}" if near else f"there are {', '.join(_SIXTEEN)}"
            raise ThemeError((*path, key), f"must be one of the sixteen colours; {words}")
        codes[roles[key]] = _SIXTEEN[value]
        _require_contrast((*path, key), _BY_NAME[key], _of_code(codes[roles[key]]), {"paper": _of_code(looks.paper)})
    # A look has more than texts, and a checker cannot see which of them these are.
    changed: dict[str, Any] = codes
    return looks._replace(**changed)


def _of_code(code: str) -> Triplet:
    """One of the sixteen as xterm has it, by its SGR parameter for text or for paper."""
    number = int(code)
    return XTERM[number % 10 + (8 if number >= 90 else 0)]


def _made(name: str, base: Theme, given: Mapping[str, str], sixteen: Looks) -> OwnTheme:
    colours = {variable: colour for role, colour in given.items() for variable in _BY_NAME[role].variables}
    own = {field.name for field in fields(Theme)}
    values = {field.name: getattr(base, field.name) for field in fields(Theme)}
    values |= {variable: colour for variable, colour in colours.items() if variable in own}
    values["variables"] = base.variables | {key: colour for key, colour in colours.items() if key not in own}
    values["dark"] = contrast(_triplet(values["background"]), (255, 255, 255)) >= LEAST_CONTRAST
    return OwnTheme(**(values | {"name": name}), base=base.name, sixteen=sixteen)


def colours_of(theme: Theme) -> dict[str, str]:
    """The colour of each role of a theme that has colours of its own."""
    values = {**vars(theme), **theme.variables}
    return {role.name: values[role.variables[-1]] for role in ROLES_OF_THEMES}


def _require_legible(path: KeyPath, theme: OwnTheme) -> None:
    """Refuse a theme in which something that is to be read cannot be, in all colours or in the nearest of 256."""
    colours = {role: _triplet(colour) for role, colour in colours_of(theme).items()}
    few = {role: of_256(nearest_of_256(colour)) for role, colour in colours.items()}
    for words, seen in (("", colours), (", in 256 colours", few)):
        papers = {f"{paper}{words}": seen[paper] for paper in PAPERS}
        for role in ROLES_OF_THEMES:
            _require_contrast((*path, role.name), role, seen[role.name], papers)


def _require_contrast(path: KeyPath, role: ThemeRole, ink: Triplet, papers: Mapping[str, Triplet]) -> None:
    for paper, colour in papers.items():
        if (found := contrast(ink, colour)) < role.least:
            # Rounded down: 4.49 is not told as the 4.5 that is asked.
            words = f"{int(found * 100) / 100:.2f} to 1 on {paper}, and {role.least} to 1 is asked"
            raise ThemeError(path, f"has {words}")


def _triplet(colour: str) -> Triplet:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def of_256(number: int) -> Triplet:
    """One of a terminal's colours from 16 on: the cube, then the greys."""
    if number >= FIRST_GREY:
        return (8 + 10 * (number - FIRST_GREY),) * 3
    red, rest = divmod(number - 16, 36)
    return CUBE_LEVELS[red], CUBE_LEVELS[rest // 6], CUBE_LEVELS[rest % 6]
