"""The screen of a publication by keyboard, and how the monitor tells of one that arrives."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from board_examples import screen_text
from monitor_examples import NOW, loaded_market, monitor, opened, settled

from shortside.board import Desk
from shortside.positions import PositionsMethod
from shortside.publications.arrival import arrival_of
from shortside.publications.publication import publication_of
from shortside.publications.sums import total_sums
from shortside.sessions import NEW_YORK
from tui.errors import SourceError
from tui.screens.event_line import EventLine
from tui.screens.filter_bar import FilterLine
from tui.screens.key_line import KeyLine
from tui.screens.publication_page import publication_page
from tui.screens.publication_summary import arrival_words, lateness, summary_title
from tui.screens.published import PublishedScreen
from tui.screens.symbol import SymbolScreen
from tui.sources.input_ages import inputs_of
from widgets.format import money
from widgets.tick_table import TickTable

FIRST, SECOND = date(2023, 1, 31), date(2023, 2, 15)
"""The settlements published on 9 and 27 February; the market ends on 1 March."""


def known_by(day: str):
    """The ten names, with what was published by a day."""
    loaded = loaded_market()
    loaded.market = replace(loaded.market, known_on=np.datetime64(day))
    loaded.desk = Desk(loaded.market)
    loaded.inputs = inputs_of(loaded.market, loaded.view.knowledge, NOW)
    return loaded


class Publications:
    """A source with what was published by 1 March, or at first only by an earlier day; it counts what is read."""

    def __init__(self, first: str = "2023-03-01", error: str = "") -> None:
        self.first, self.error = first, error
        self.asked: list[date | None] = []

    def __call__(self, options, _clock, progress, **_how):
        self.asked.append(options.as_of)
        if options.as_of is not None and self.error:
            raise SourceError(self.error)
        return known_by(self.first)


def table(app, name: str) -> TickTable:
    found: TickTable = app.screen.query_one(f"#{name}", TickTable)
    return found


def shown(app) -> str:
    return "\n".join(screen_text(app))


def is_shown(app, settlement: date) -> bool:
    words = f"settlement {settlement.day} {settlement:%b %Y}"
    return isinstance(app.screen, PublishedScreen) and words in shown(app) and bool(table(app, "names").row_count)


async def published(app, pilot, settlement: date = SECOND):
    await pilot.press("P")
    await settled(app, pilot, lambda: is_shown(app, settlement))


async def test_one_key_opens_the_last_publication_with_its_sums(tmp_path):
    app = monitor(tmp_path, loader=Publications())
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await published(app, pilot)
        sums = total_sums(publication_of(app.loaded.market, app.view))
        text = shown(app)
        assert f"new {money(sums.new_short)}" in text
        assert f"against {FIRST.day} Jan 2023" in text
        assert "SIM" in text
        assert table(app, "names").row_count == sums.names
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)


async def test_a_figure_that_no_name_has_takes_no_room(tmp_path):
    app = monitor(tmp_path, loader=Publications())
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(app, pilot)
        await published(app, pilot)
        names, figures = table(app, "names"), app.screen._page.figures
        shown_at_first = {column.key for column in names.laid_out}
        assert "before" not in shown_at_first
        for column in names.columns:
            if column.sort_key not in (None, "symbol") and column.key != "before":
                has_figures = bool(np.isfinite(figures.vector(column.sort_key)).any())
                assert (column.key in shown_at_first) is has_figures, column.key
        figures.vector("float_ratio")[:] = np.nan
        app.screen._lay_out()
        assert shown_at_first - {column.key for column in names.laid_out} <= {"float"}
        assert "float" not in {column.key for column in names.laid_out}


async def test_enter_opens_the_name_and_esc_leads_back_to_the_publication(tmp_path):
    app = monitor(tmp_path, loader=Publications())
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await published(app, pilot)
        await pilot.press("down")
        symbol = table(app, "names").cell_text(1, "symbol")
        await pilot.press("enter")
        await settled(app, pilot, lambda: isinstance(app.screen, SymbolScreen))
        assert app.screen.symbol == symbol
        await pilot.press("escape")
        await settled(app, pilot, lambda: isinstance(app.screen, PublishedScreen))
        assert table(app, "names").cursor_row == 1


async def test_names_are_those_of_a_group_in_any_order_and_beside_the_cycle_before(tmp_path):
    """Own lists come first among the groups, and on top; a copied row is plain numbers."""
    app = monitor(tmp_path, loader=Publications())
    folder = app.options.paths.configuration.parent / "lists"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("AAA\nCCC\nSPY\n")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await published(app, pilot)
        one, groups, names = publication_of(app.loaded.market, app.view), table(app, "groups"), table(app, "names")
        words = [groups.cell_text(row, "group") for row in range(groups.row_count)]
        assert words[:4] == ["all", "mine", "built", "covered"]
        assert "mine 2 of 2 moved" in shown(app)
        await pilot.press("shift+tab", "down")
        await settled(app, pilot, lambda: names.row_count == 2)
        assert {names.cell_text(row, "symbol") for row in range(2)} == {"AAA", "CCC"}
        await pilot.press("down", "down")
        await settled(app, pilot, lambda: names.title.startswith("covered"))
        figures = [names.cell_text(row, "new") for row in range(names.row_count)]
        assert len(figures) == int(groups.cell_text(3, "names")) > 0
        assert all(figure.startswith("−") for figure in figures)
        await pilot.press("home", "enter")
        assert app.focused is names

        await pilot.press("right", "s")
        order = app.loaded.market.symbols[np.argsort(-one.change_ratio)]
        await settled(app, pilot, lambda: names.cell_text(0, "symbol") == order[0])
        await pilot.press("S")
        await settled(app, pilot, lambda: names.cell_text(0, "symbol") == order[-1])

        assert "before" not in [column.key for column in names.visible_columns]
        await pilot.press("w")
        assert f"new in the cycle before {money(float(one.new_short_before.sum()))}" in shown(app)
        for shown_table in (names, groups):
            assert "before" in [column.key for column in shown_table.visible_columns]
        await pilot.press("w")
        assert "new in the cycle before" not in shown(app)

        await pilot.press("Y")
        symbol, *copied = app.clipboard.split("\t")
        place = app.loaded.market.symbols.tolist().index(symbol)
        assert symbol == order[-1]
        assert copied[3] in ("built", "covered")
        assert copied[4:6] == [f"{one.shares_before[place]:.0f}", f"{one.shares_now[place]:.0f}"]
        assert float(copied[6]) == pytest.approx(one.new_short[place], abs=0.51)
        assert not any(set(word) - set("0123456789.-") for word in copied[4:])

        await pilot.press("p")
        view = replace(app.view, positions=PositionsMethod.STEP)
        new = money(total_sums(publication_of(app.loaded.market, view)).new_short)
        await settled(app, pilot, lambda: f"new {new}" in shown(app))


async def test_braces_go_to_earlier_and_later_publications_as_of_their_evenings(tmp_path):
    source = Publications()
    app = monitor(tmp_path, loader=source)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await published(app, pilot)
        await pilot.press("left_curly_bracket")
        await settled(app, pilot, lambda: is_shown(app, FIRST))
        assert source.asked == [None, date(2023, 2, 9)]
        await pilot.press("right_curly_bracket")
        await settled(app, pilot, lambda: is_shown(app, SECOND))
        await pilot.press("right_curly_bracket")
        await settled(app, pilot, lambda: "no later publication here" in shown(app))
        await pilot.press("left_curly_bracket")
        await settled(app, pilot, lambda: is_shown(app, FIRST))
        assert len(source.asked) == 2, "an evening that was read is kept"


async def test_an_evening_that_cannot_be_read_is_said_and_what_is_shown_stays(tmp_path):
    app = monitor(tmp_path, loader=Publications(error="the disk is full"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await published(app, pilot)
        lines = screen_text(app)
        assert any("short interest" in line for line in lines)
        assert not re.search(r"\b(nan|None|NaT|inf)\b", "\n".join(lines))
        await pilot.press("left_curly_bracket")
        await settled(app, pilot, lambda: "the disk is full" in shown(app))
        assert is_shown(app, SECOND)


# -- the arrival ------------------------------------------------------------------------------------------------------


async def test_a_publication_that_arrives_rings_and_is_marked_until_it_is_looked_at(tmp_path):
    app = monitor(tmp_path, loader=Publications("2023-02-20"))
    rung = []
    app.bell = lambda: rung.append(app.screen)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        same, newer = known_by("2023-02-20"), known_by("2023-02-27")
        app.adopt(same, same.desk.board(app.view))
        await pilot.pause()
        assert not rung, "nothing was published"
        assert main.query_one(EventLine).happening is None
        app.adopt(newer, newer.desk.board(app.view))
        await settled(app, pilot, lambda: "PUBLISHED settlement 15 Feb, P opens it: SI " in shown(app))
        assert rung == [main]
        assert app.screen is main
        assert main.query_one(KeyLine).keys[0] == ("P", "PUBLISHED")
        await published(app, pilot)
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main)
        assert main.query_one(KeyLine).keys[0] == ("w", "window")
        assert len(rung) == 1


async def test_nothing_is_opened_over_what_somebody_types(tmp_path):
    app = monitor(tmp_path, loader=Publications("2023-02-20"))
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("slash", "a")
        newer = known_by("2023-02-27")
        app.adopt(newer, newer.desk.board(app.view))
        await settled(app, pilot, lambda: main.query_one(EventLine).happening is not None)
        await pilot.press("P", "a")
        assert main.query_one(FilterLine).value == "aPa"
        assert app.screen is main


async def test_the_screen_goes_on_to_a_publication_that_arrives_while_it_shows_the_newest(tmp_path):
    app = monitor(tmp_path, loader=Publications("2023-02-20"))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await published(app, pilot, FIRST)
        newer = known_by("2023-02-27")
        app.adopt(newer, newer.desk.board(app.view))
        await settled(app, pilot, lambda: is_shown(app, SECOND))
        await settled(app, pilot, lambda: app.unseen_publication is None)


def test_how_late_it_was_is_in_the_title_and_in_the_event(tmp_path):
    app = monitor(tmp_path)
    loaded = known_by("2023-03-01")
    page = publication_page(loaded, loaded.view, app.options)
    at = datetime(2023, 2, 27, 16, 40, 7, tzinfo=NEW_YORK)
    late = replace(page, arrival=arrival_of(SECOND, at))
    assert (
        summary_title(late)
        == "PUBLISHED 27 Feb 2023 16:40:07 · settlement 15 Feb 2023 · against 31 Jan 2023 · LATE 7 s"
    )
    assert arrival_words(late).endswith(", LATE 7 s")
    assert "LATE" not in summary_title(page) + arrival_words(page)
    words = [lateness(timedelta(seconds=seconds)) for seconds in (119, 600, 3 * 3600 + 300)]
    assert words == ["119 s", "10 min", "3 h 5 min"]


async def test_the_dollars_of_all_groups_are_in_one_unit_which_the_title_names(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(200, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("P")
        groups = app.screen.query_one("#groups", TickTable)
        await settled(app, pilot, lambda: groups.row_count)
        unit = groups.title.partition("$")[2]
        assert unit == app.board.units.sums
        written = [
            groups.cell_text(row, key) for row in range(groups.row_count) for key in ("new", "price", "start", "end")
        ]
        assert not [text for text in written if text[-1:].isalpha()], written
