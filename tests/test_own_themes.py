"""A theme of one's own is a built-in one with other colours, and is refused where it cannot be read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitor_examples import monitor, opened, settled

from tui.__main__ import main
from tui.app import Monitor
from tui.errors import ConfigurationError
from tui.screens.own_themes import BASES, PAPERS, ROLES_OF_THEMES, colours_of, read_themes
from tui.settings.configuration import configured
from tui.settings.section_tables import SectionTables, sections_of
from tui.terminal.colour_math import contrast
from tui.terminal.kind import TerminalKind
from tui.terminal.named_colours import LOOKS_IN_SIXTEEN
from widgets.crowded import CrowdedTable

FILE = Path("config.toml")
DUSK = '[themes.dusk]\nbase = "night"\ngain = "#87d7af"\nsixteen = {gain = "bright_green"}\n'


def read(text: str):
    """The themes in a configuration file by their names, and what is wrong with it, each as words."""
    themes, mistakes = read_themes(sections_of(FILE, text, tomllib.loads(text)))
    return {theme.name: theme for theme in themes}, [str(mistake) for mistake in mistakes]


def rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def test_what_is_not_named_is_the_base_s():
    themes, mistakes = read(DUSK)
    dusk = themes["dusk"]
    assert mistakes == []
    assert colours_of(dusk) == {**colours_of(BASES["night"]), "gain": "#87d7af"}
    assert (dusk.success, dusk.variables["text-success"]) == ("#87d7af", "#87d7af")
    assert dusk.dark
    assert dusk.looks("standard") == LOOKS_IN_SIXTEEN["night"]._replace(gain="92")


def test_a_contrast_is_that_of_its_definition():
    # White on black is 1.05 to 0.05; #777777 has a luminance of 0.1845 and gives 1.05 to 0.2345 on white.
    _, mistakes = read('[themes.paper]\nbase = "day"\nbackground = "#ffffff"\ntext = "#777777"\n')
    assert mistakes == ["config.toml: line 4: themes.paper.text: has 4.47 to 1 on background, and 4.5 to 1 is asked"]
    themes, _ = read('[themes.paper]\nbase = "day"\nbackground = "#fff"\ntext = "#000"\n')
    assert contrast(rgb(themes["paper"].foreground or ""), (255, 255, 255)) == pytest.approx(21)


@pytest.mark.parametrize("base", sorted(BASES))
def test_the_built_in_themes_are_as_readable_as_is_asked_of_others(base):
    themes, mistakes = read(f'[themes.mine]\nbase = "{base}"\n')
    assert (list(themes), mistakes) == (["mine"], [])


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('gain = "#335533"', 2, "gain: has 2.23 to 1 on background, and 4.5 to 1 is asked"),
        # Only on the row under the cursor is muted text too faint.
        ('cursor = "#2f4a66"', 1, "muted: has 2.37 to 1 on cursor, and 3.0 to 1 is asked"),
        ('background = "#999999"', 1, "text: has 1.70 to 1 on background"),
        ('success = "#87d7af"', 2, "there is no role success; nearest: gain"),
        ('gian = "#87d7af"', 2, "there is no role gian; nearest: gain"),
        ('gain = "green"', 2, "must be a colour such as"),
        ("gain = 5", 2, "must be a colour such as"),
        ('base = "ansi-dark"', 2, "must be one of night, day, safe"),
        ("base = []", 2, "must be one of night, day, safe"),
        ('sixteen = {gain = "blue"}', 2, "gain: has 2.23 to 1 on paper, and 4.5 to 1 is asked"),
        ('sixteen = {gain = "bright_gren"}', 2, "nearest: bright_green"),
        ('sixteen = {text = "red"}', 2, "there is no role text in sixteen colours"),
        ("sixteen = 16", 2, "must be a table of roles and colours"),
    ],
)
def test_a_theme_is_refused_with_its_line_and_why(text, line, words):
    themes, mistakes = read(f"[themes.mine]\n{text}\n")
    assert themes == {}
    (mistake,) = mistakes
    assert mistake.startswith(f"config.toml: line {line}: themes.mine")
    assert words in mistake


def test_one_wrong_theme_stops_no_other():
    themes, mistakes = read(DUSK + '[themes.night]\n[themes.nord]\n[themes."a b"]\n')
    assert list(themes) == ["dusk"]
    assert [mistake.partition(": themes.")[2] for mistake in mistakes] == [
        "night: is built in, and no other theme can be called so",
        "nord: is built in, and no other theme can be called so",
        '"a b": the name of a theme has up to 40 letters, digits, - and _, the first a letter',
    ]


colours = st.one_of(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), st.text(max_size=7), st.integers(), st.none())
roles = st.one_of(st.sampled_from([*(role.name for role in ROLES_OF_THEMES), "base", "sixteen"]), st.text(max_size=6))
written = st.recursive(colours, lambda inner: st.dictionaries(roles, inner, max_size=4), max_leaves=6)


@given(st.one_of(st.dictionaries(st.one_of(st.just("mine"), st.text(max_size=8)), written, max_size=2), written))
def test_whatever_stands_in_the_table_is_refused_in_words_or_can_be_read(table):
    themes, mistakes = read_themes(SectionTables(FILE, themes=table))
    assert all(str(one).isprintable() and len(str(one)) < 400 for one in mistakes)
    for theme in themes:
        found = {role: rgb(colour) for role, colour in colours_of(theme).items()}
        for role in ROLES_OF_THEMES:
            assert all(contrast(found[role.name], found[paper]) >= role.least for paper in PAPERS)


# -- in the monitor -----------------------------------------------------------------------------------------------


async def test_a_theme_of_one_s_own_is_worn_and_offered(tmp_path):
    (tmp_path / "config.toml").write_text(f'theme = "dusk"\n{DUSK}')
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table = screen.query_one(CrowdedTable)
        assert app.theme == "dusk"
        assert str(table.style_named("gain").color.name) == "#87d7af"
        assert "Theme dusk" in [command.title for command in app.get_system_commands(screen)]
        app.theme = "day"
        await settled(app, pilot, lambda: table.style_named("gain").color.name == "#005f00")
        app.theme = "dusk"
        await settled(app, pilot, lambda: table.style_named("gain").color.name == "#87d7af")


async def test_sixteen_colours_are_those_of_the_base_but_for_what_is_given(tmp_path):
    (tmp_path / "config.toml").write_text(DUSK)
    options = configured({"theme": "dusk"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    plain = monitor(tmp_path)
    app = Monitor(options, plain.clock, plain._loader, kind=TerminalKind(colours="standard"))
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(app, pilot)
        table, palette = screen.query_one(CrowdedTable), app.differ.shadow._palette
        pens = {name: palette.pens(table.style_named(name))[0].foreground for name in ("gain", "loss", "muted")}
        assert pens == {"gain": "92", "loss": "91", "muted": "90"}


def test_a_theme_that_is_asked_for_must_be_right(tmp_path, monkeypatch, capsys):
    (tmp_path / "config.toml").write_text('[themes.mine]\ngain = "#335533"\n')
    options = configured({"theme": "mine"}, {"SHORTSIDE_HOME": str(tmp_path)}).options
    with pytest.raises(ConfigurationError, match=r"line 2: themes.mine.gain: has 2.23 to 1 on background"):
        Monitor(options, lambda: None)  # type: ignore[arg-type, return-value]
    # The others are told, and the program goes on.
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert f"# mistake: {tmp_path / 'config.toml'}: line 2: themes.mine.gain: has 2.23 to 1" in shown
    assert tomllib.loads(shown)["themes"] == {"mine": {"gain": "#335533"}}
