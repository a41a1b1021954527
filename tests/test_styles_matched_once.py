"""What tests remember of style sheets is what Textual finds each time."""

from __future__ import annotations

from styles_matched_once import Plain

from docs._pictured_monitor import BlindDriver, DemoMorning, pictures_of
from docs._screen_list import NONE, PictureGroup

MANY = (
    "main",
    "filter-open",
    "name-reading",
    "help",
    "columns",
    "alerts",
    "my-book",
    "lists",
    "commands",
    "tiers",
    "feed",
)
"""Screens with a widget of each kind, some of them with the focus."""
GROUP = PictureGroup((80, 24), NONE, [("night", MANY), ("ansi-light", ("main", "lists")), ("day", ("main", "lists"))])
"""In the dark, in the light, and in colours that are the terminal's: rules ask for each."""


def styles_of(app):
    """The rules that hold for each widget of each open screen, and for each named style of it."""
    nodes = [node for screen in app.screen_stack for node in screen.walk_children(with_self=True)]
    return {
        (node, name): dict(styles.base._rules)
        for node in nodes
        for name, styles in [("", node.styles), *node._component_styles.items()]
    }


def textuals(app):
    """The same as Textual finds it by itself from the style sheets' text, all of it anew."""
    plain = Plain(variables=app.get_css_variables())
    plain.source = app.stylesheet.source.copy()
    plain.parse()
    for screen in app.screen_stack:
        plain.update_nodes(screen.walk_children(with_self=True))
    return styles_of(app)


async def test_each_widget_has_the_styles_that_textual_gives_it(tmp_path):
    morning = DemoMorning(tmp_path)
    # The second time all of it is remembered, from another app's style sheets.
    for _ in range(2):
        async for picture, app in pictures_of(morning, GROUP, BlindDriver):
            remembered = styles_of(app)
            assert len(remembered) > 100
            found = textuals(app)
            assert remembered.keys() == found.keys()
            wrong = [key for key in found if remembered[key] != found[key]]
            assert not wrong, (picture.name, wrong[:3])
