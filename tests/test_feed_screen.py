"""The screen of a feed: opened from its row, with what is known now, and left the way one came."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from monitor_examples import monitor, opened, settled

from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK
from tui.screens.explain import ExplainPanel
from tui.screens.feed import FeedPanel, FeedScreen
from tui.screens.help import HelpPanel
from tui.screens.key_line import KeyLine
from widgets.feed_facts import PollFacts, PollLine, PollOutcome
from widgets.feeds import FeedsPanel

NOW = datetime(2023, 9, 7, 16, 40, tzinfo=NEW_YORK)


def feed(name: str, letter: str = "C", complaint: str = "", polls: int = 1) -> PollFacts:
    outcomes = tuple(PollOutcome(at=NOW - timedelta(minutes=one), letter=letter, rows=7) for one in range(polls))
    return PollFacts(
        name=name,
        dataset=Dataset.QUOTES,
        letter=letter,
        title=f"Feed {name}",
        as_of=date(2023, 9, 7),
        words=complaint or "missed 0 polls",
        complaint=complaint,
        polls=outcomes,
    )


class Feeds:
    """The polling of a monitor, as a test has it."""

    def __init__(self, *feeds: PollFacts) -> None:
        self.feeds = list(feeds)
        self.polled = 0

    def facts(self):
        return list(self.feeds), PollLine(poller="this terminal")

    def poll_now(self):
        self.polled += 1


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_enter_on_a_feed_opens_its_screen_and_q_or_esc_leads_back_to_its_row(tmp_path, size):
    app = monitor(tmp_path)
    async with app.run_test(size=size) as pilot:
        screen = await opened(app, pilot)
        complaint = "nasdaq.com refuses: " + "no robots, please; " * 12 + "the end"
        app.fresh = Feeds(feed("one"), feed("two", "B", complaint), feed("three"))
        for key in ("q", "escape"):
            await pilot.press("6", "home", "down", "enter")
            await settled(app, pilot, lambda: isinstance(app.screen, FeedScreen) and app.screen.query(FeedPanel))
            panel = app.screen.query_one(FeedPanel)
            assert "Feed two" in panel.title
            assert "the end" in panel.text
            assert "…" not in panel.text
            await pilot.press(key)
            await settled(app, pilot, lambda: app.screen is screen)
            assert screen.query_one(FeedsPanel).entry.key == "feed two"
            await pilot.press("escape")
        app.fresh = None


async def test_brackets_go_through_the_feeds_and_the_cursor_follows_them_back(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        app.fresh = Feeds(feed("one"), feed("two"))
        await pilot.press("6", "home", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, FeedScreen) and app.screen.query(FeedPanel))
        panel = app.screen.query_one(FeedPanel)
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert panel.title.endswith("short interest"), "the inputs come after the feeds"
        await pilot.press("left_square_bracket")
        assert panel.title.endswith("Feed two")
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert panel.title.endswith("Feed one"), "before the first there is none"
        await pilot.press("right_square_bracket", "q")
        await settled(app, pilot, lambda: app.screen is screen)
        assert screen.query_one(FeedsPanel).entry.key == "feed two"
        app.fresh = None


async def test_a_poll_is_seen_on_the_open_screen_and_a_feed_that_goes_leaves_what_was_known(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(100, 50)) as pilot:
        await opened(app, pilot)
        app.fresh = fresh = Feeds(feed("one"))
        await pilot.press("6", "home", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, FeedScreen) and app.screen.query(FeedPanel))
        panel = app.screen.query_one(FeedPanel)
        assert panel.text.count(" C current ") == 1
        fresh.feeds = [feed("one", "E", "does not answer", polls=3)]
        app.feeds_changed()
        assert panel.text.count(" E dark ") == 3
        assert " E dark:" in panel.text
        assert ("r", "poll now") in app.screen.query_one(KeyLine).keys
        await pilot.press("r")
        assert fresh.polled == 1
        fresh.feeds = []
        app.feeds_changed()
        app.feeds_changed()
        assert panel.title.endswith("Feed one, gone")
        assert " E dark:" in panel.text
        app.fresh = None


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_page_scrolls_and_says_how_much_more_there_is(tmp_path, size):
    app = monitor(tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        screen = await opened(app, pilot)
        app.fresh = Feeds(feed("one", polls=10))
        screen.post_message(FeedsPanel.FeedChosen(screen.query_one(FeedsPanel), "feed one", ("feed one",)))
        await settled(app, pilot, lambda: isinstance(app.screen, FeedScreen) and app.screen.query(FeedPanel))
        await pilot.resize_terminal(*size)
        panel = app.screen.query_one(FeedPanel)
        await settled(app, pilot, lambda: panel.size.width <= size[0] and "more lines" in panel.note)
        await pilot.press("end")
        assert "more" not in panel.note
        assert panel.scroll_offset.y == len(panel.lines) - panel.size.height
        app.fresh = None


async def test_the_demos_inputs_open_too_and_say_that_they_are_simulated(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("6", "home", "enter")
        await settled(app, pilot, lambda: isinstance(app.screen, FeedScreen) and app.screen.query(FeedPanel))
        panel = app.screen.query_one(FeedPanel)
        assert "simulated by shortside" in panel.text
        assert "it is simulated; nobody is asked" in panel.text
        assert ("r", "poll now") not in app.screen.query_one(KeyLine).keys


async def test_the_letters_are_explained_by_i_and_by_the_help_and_only_where_they_stand(tmp_path):
    words = "refused: a denial or a wall instead of data"
    app = monitor(tmp_path)
    async with app.run_test(size=(100, 50)) as pilot:
        screen = await opened(app, pilot)
        for keys, panel, is_told in (("6i", ExplainPanel, True), ("6?", HelpPanel, True), ("3?", HelpPanel, False)):
            await pilot.press(*("question_mark" if key == "?" else key for key in keys))
            await settled(app, pilot, lambda panel=panel: app.screen.query(panel))
            assert (words in app.screen.query_one(panel).text) is is_told
            await pilot.press("q", "escape")
            await settled(app, pilot, lambda: app.screen is screen)
