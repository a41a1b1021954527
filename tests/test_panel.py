"""A panel repaints what changed, shows focus without colour, and keeps its content when something fails."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.scroll_view import ScrollView
from waiting import PATIENCE

from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.lines import STYLE_NAMES, Line, changed_regions, fit_line
from widgets.panel import Panel, Trouble
from widgets.scrolled_panel import ScrolledPanel

runs = st.lists(st.tuples(st.text("ab1 ", max_size=4), st.sampled_from(["plain", "gain", "loss"])), max_size=6)


class Alone(App[None]):
    """The panel and another to take the focus."""

    def __init__(self, panel: Panel) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        yield self.panel
        yield Panel(title="2 other", id="other")


class Noted(ScrollView):
    """Notes which regions Textual is to repaint, after a panel had its say; an empty one means all of it."""

    asked: list[Region]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False):
        if not hasattr(self, "asked"):
            self.asked = []
        self.asked += regions or (Region(),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class Spied(Panel, Noted):
    """A panel that notes what it has repainted."""


def screen_lines(app: App[None]) -> list[str]:
    width, height = app.size
    return ["".join(segment.text for segment in strip)[:width] for strip in app.screen._compositor.render_strips()][
        :height
    ]


async def settle(pilot: Pilot[None]) -> None:
    await pilot.pause()


def cells(line: Line) -> list[tuple[str, str]]:
    return [(sign, style) for text, style in line for sign in text]


@given(runs, runs, st.integers(min_value=0, max_value=20))
def test_changed_regions_cover_every_cell_that_differs(old: Line, new: Line, width: int):
    old, new = fit_line(old, width, GLYPHS_UNICODE), fit_line(new, width, GLYPHS_UNICODE)
    covered = {x for region in changed_regions(old, new, 3, width) for x in range(region.x, region.right)}
    differing = {x for x in range(width) if cells(old)[x] != cells(new)[x]}
    assert differing <= covered <= set(range(width))
    assert all(region.y == 3 and region.height == 1 for region in changed_regions(old, new, 3, width))


@given(runs, st.integers(min_value=0, max_value=20))
def test_a_fitted_line_fills_its_width_and_cuts_no_number(line: Line, width: int):
    fitted = fit_line(line, width, GLYPHS_UNICODE)
    assert sum(cell_len(text) for text, _ in fitted) == width
    numbers = [text for text, _ in line if "1" in text]
    assert all(text in numbers for text, _ in fitted if "1" in text)


async def test_only_runs_that_changed_are_repainted():
    panel = Spied([[("mega ", "plain"), ("+1.0", "gain"), (" ", "plain"), ("+2.0", "gain")]], title="1 tiers")
    app = Alone(panel)
    async with app.run_test(size=(40, 20)) as pilot:
        await settle(pilot)
        panel.asked.clear()
        assert panel.set_lines([[("mega ", "plain"), ("+1.0", "gain"), (" ", "plain"), ("+2.0", "gain")]]) == 0
        assert panel.asked == []
        assert panel.set_lines([[("mega ", "plain"), ("−1.0", "loss"), (" ", "plain"), ("+2.0", "gain")]]) == 1
        assert panel.asked == [Region(5, 0, 4, 1)]
        await settle(pilot)
        assert "mega −1.0 +2.0" in screen_lines(app)[1]


async def test_focus_is_visible_without_colour():
    panel = Panel([[("mega", "plain")]], title="1 tiers")
    app = Alone(panel)
    async with app.run_test(size=(40, 20)) as pilot:
        app.screen.set_focus(app.query_one("#other"))
        await settle(pilot)
        assert screen_lines(app)[0].startswith("╭─ 1 tiers ")
        panel.focus()
        await settle(pilot)
        assert screen_lines(app)[0].startswith("╔═ ▸ 1 tiers ")
        panel.glyphs = GLYPHS_ASCII
        await settle(pilot)
        assert screen_lines(app)[0].startswith("+- > 1 tiers ")
        assert "".join(screen_lines(app)[:3]).isascii()


async def test_a_failure_is_said_in_the_border_and_the_last_good_content_stays():
    panel = Spied([[("+8.76B", "gain")]], title="1 tiers")
    app = Alone(panel)
    async with app.run_test(size=(60, 20)) as pilot:
        panel.note = "3/6,518"
        panel.show_trouble(Trouble("E", "prices.csv [line 3]: no close", is_failure=True))
        await settle(pilot)
        assert "E prices.csv [line 3]: no close · 3/6,518" in screen_lines(app)[9]
        assert panel.has_class("-failed")
        panel.show_trouble(Trouble("S", "prices of 6 Sep"))
        await settle(pilot)
        assert "S prices of 6 Sep · 3/6,518" in screen_lines(app)[9]
        assert not panel.has_class("-failed")
        panel.show_trouble(None)
        await settle(pilot)
        assert panel.state_words == ""
        assert "6 Sep" not in screen_lines(app)[9]
        assert "+8.76B" in screen_lines(app)[1]


async def test_a_note_repaints_its_border_and_nothing_else():
    panel = Spied([[("+8.76B", "gain")]], title="1 tiers")
    app = Alone(panel)
    async with app.run_test(size=(60, 20)) as pilot:
        await settle(pilot)
        panel.asked.clear()
        panel.note = "4/6,518"
        await settle(pilot)
        assert panel.asked == [Region(-1, 8, 60, 1)]
        assert "4/6,518" in screen_lines(app)[9]
        panel.asked.clear()
        panel.note = "4/6,518"
        await settle(pilot)
        assert panel.asked == []


async def test_more_lines_than_fit_scroll_without_animation():
    panel = Panel([[(f"line {number}", "plain")] for number in range(30)], title="1 tiers")
    app = Alone(panel)
    async with app.run_test(size=(40, 20)) as pilot:
        panel.focus()
        await pilot.press("j", "j", "down", "k")
        assert "line 2" in screen_lines(app)[1]
        await pilot.press("G")
        assert "line 29" in screen_lines(app)[8]
        panel.set_lines([[("line 0", "plain")]])
        await settle(pilot)
        assert "line 0" in screen_lines(app)[1]


async def test_a_panel_draws_itself_anew_at_another_size():
    class Measured(Panel):
        def draw(self, width: int, height: int) -> list[Line]:
            return [[(f"{width}×{height}", "plain")]]

    app = Alone(Measured(title="1 size"))
    async with app.run_test(size=(40, 20)) as pilot:
        await settle(pilot)
        assert "38×8" in screen_lines(app)[1]
        await pilot.resize_terminal(60, 30)
        await settle(pilot)
        assert "58×13" in screen_lines(app)[1]


async def test_a_border_counts_what_is_hidden_anew_at_another_size():
    class Poem(ScrolledPanel):
        leaving = ""

        def draw(self, width: int, height: int) -> list[Line]:
            return [[("verse", "plain")]] * 12

    app = Alone(Poem(title="1 poem"))
    async with app.run_test(size=(40, 20)) as pilot:
        await settle(pilot)
        assert "4 more lines ▾ j" in screen_lines(app)[9]
        await pilot.resize_terminal(50, 22)
        await settle(pilot)
        assert "3 more lines ▾ j" in screen_lines(app)[10]
        await pilot.resize_terminal(40, 40)
        await settle(pilot)
        assert set(screen_lines(app)[19]) == {"╚", "═", "╝"}


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "nord"])
async def test_every_style_name_resolves_in_every_theme(theme: str):
    panel = Panel([[("x", name) for name in STYLE_NAMES]])
    app = Alone(panel)
    async with app.run_test() as pilot:
        before = {name: panel.style_named(name) for name in STYLE_NAMES}
        app.theme = theme
        await settle(pilot)
        styles = {name: panel.style_named(name) for name in STYLE_NAMES}
        assert styles["gain"] != styles["loss"] != styles["plain"]
        assert theme == "textual-dark" or styles != before
        with pytest.raises(KeyError):
            panel.style_named("no such style")


def test_drawing_imports_neither_pandas_nor_numpy(repository: Path):
    program = (
        "import sys, widgets.chart, widgets.sparkline, widgets.tick_table; "
        "print(sorted({'pandas', 'numpy', 'httpx'} & set(sys.modules)))"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert outcome.stdout.strip() == "[]"


def test_control_characters_in_a_run_never_reach_the_terminal():
    fitted = fit_line([("a\x1b[2J\nb", "plain")], 10, GLYPHS_UNICODE)
    assert "".join(text for text, _ in fitted) == "a[2J b    "
