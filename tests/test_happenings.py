"""What happened last stands over the keys for a while: once, with its time, in clean words, and never for good."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace

import pytest
from board_examples import screen_text
from monitor_examples import NOW, loaded_market, monitor, opened, settled

from shortside.datasets import Dataset
from shortside.positions import Knowledge
from tui.screens.event_line import EventLine, event_line
from tui.screens.happenings import (
    LONGEST_WORDS,
    MOST_HAPPENINGS,
    FeedWatch,
    Happenings,
    News,
    news_of_market,
    settlement_published,
)
from widgets.feed_facts import PollFacts, PollLine

AT = datetime(2023, 9, 12, 20, 40, tzinfo=UTC)


def text_of(line) -> str:
    return "".join(text for text, _ in line)


def feed(title: str, letter: str = "C", words: str = "") -> PollFacts:
    return PollFacts(title=title, name=title, letter=letter, words=words)


def market_with(splits=0, knowledge=None, **days: date | None):
    inputs = tuple(SimpleNamespace(dataset=Dataset(name), as_of=day) for name, day in days.items())
    loaded = loaded_market()
    loaded.market = replace(loaded.market, splits_applied=splits)
    loaded.inputs, loaded.knowledge = inputs, knowledge
    return loaded


# -- what is told -----------------------------------------------------------------------------------------------------


def test_a_newer_publication_is_told_and_an_older_or_equal_one_is_not():
    day, next_day = date(2023, 9, 11), date(2023, 9, 12)
    before = market_with(short_interest=date(2023, 8, 15), threshold=day, quotes=day, fails=day)
    after = market_with(short_interest=date(2023, 8, 31), threshold=next_day, quotes=next_day, fails=day)
    assert news_of_market(before, after) == [News("threshold lists of 12 Sep arrived")]
    assert settlement_published(before, after) == date(2023, 8, 31), "short interest is told with what it changed"
    assert news_of_market(after, before) == []
    assert settlement_published(after, before) is None
    assert settlement_published(before, before) is None


def test_found_splits_are_counted():
    assert news_of_market(market_with(splits=3), market_with(splits=4)) == [News("1 more split found")]
    assert news_of_market(market_with(splits=3), market_with(splits=5)) == [News("2 more splits found")]


def test_hindsight_is_no_publication():
    before = market_with(short_interest=date(2023, 8, 15), knowledge=Knowledge.AS_KNOWN)
    after = market_with(short_interest=date(2023, 8, 31), knowledge=Knowledge.REVISED)
    assert news_of_market(before, after) == []
    assert settlement_published(before, after) is None


def test_a_feed_that_fails_and_one_that_is_back_are_told_once_each():
    watch, line = FeedWatch(), PollLine(poller="this terminal")
    well, ill = feed("Nasdaq screener"), feed("Nasdaq screener", "B", "refused: 403")
    assert watch.news([ill], line) == [], "how it was before nobody knows"
    assert watch.news([well], line) == [News("Nasdaq screener answered again")]
    assert watch.news([ill], line) == [News("Nasdaq screener: refused: 403", is_alarm=True)]
    assert watch.news([ill], line) == []


def test_another_poller_is_told_and_nobody_in_between_is_not():
    watch = FeedWatch()
    told = [watch.news([], PollLine(poller=poller)) for poller in ("process 7", "", "this terminal", "this terminal")]
    assert told == [[], [], [News("polling was taken over by this terminal")], []]


def test_a_complaint_of_the_polling_is_told_while_it_is_new():
    watch = FeedWatch()
    told = [watch.news([], PollLine(complaint=words)) for words in ("", "disk full", "disk full", "", "disk full")]
    full = [News("disk full", is_alarm=True)]
    assert told == [[], full, [], [], full]


def test_the_list_is_bounded_and_its_words_are_clean_and_short():
    happenings = Happenings()
    for number in range(MOST_HAPPENINGS + 10):
        happenings.note(AT, News(f"\x1b]52;c;x\x07 number {number} \n\x1b[31m {'x' * 1000}"))
    assert len(happenings) == MOST_HAPPENINGS
    for happening in happenings:
        assert happening.words.isprintable()
        assert len(happening.words) <= LONGEST_WORDS
    assert "number 10 " in next(iter(happenings)).words


@pytest.mark.parametrize("width", [24, 40, 80, 120])
def test_the_line_has_its_time_and_is_never_wider_than_the_screen(width):
    happening = Happenings().note(AT, News("short interest of 31 Aug arrived"))
    text = text_of(event_line(happening, width, timezone(timedelta(hours=2))))
    assert len(text) == width
    assert "16:40" in text
    assert ("22:40 here" in text) == (width >= 60)
    assert ("esc clears" in text) == (width >= 80)


# -- on the screen ----------------------------------------------------------------------------------------------------


def lines_with(app, words):
    return [y for y, line in enumerate(screen_text(app)) if words in line]


async def test_an_event_takes_one_line_over_the_keys_until_esc_and_none_before(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        line = main.query_one(EventLine)
        height = main.table.size.height
        assert not line.display
        app.note([News("an older one"), News("short interest of 31 Aug arrived")])
        await settled(app, pilot, lambda: lines_with(app, "short interest of 31 Aug arrived") == [38])
        assert "17:00 NY" in screen_text(app)[38]
        assert main.table.size.height == height - 1
        assert [one.words for one in app.happenings] == ["an older one", "short interest of 31 Aug arrived"]
        await pilot.press("escape")
        await settled(app, pilot, lambda: main.table.size.height == height)
        assert not line.display
        assert len(app.happenings) == 2, "a journal can still be made of them"


async def test_an_event_goes_away_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(EventLine, "SHOWN_SECONDS", 0.01)
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        app.note([News("short interest of 31 Aug arrived")])
        await settled(app, pilot, lambda: not main.query_one(EventLine).display)
        assert main.query_one(EventLine).happening is None


@pytest.mark.parametrize(("size", "is_told"), [((80, 24), True), ((80, 23), False), ((40, 12), False)])
async def test_a_low_screen_keeps_its_lines(tmp_path, size, is_told):
    app = monitor(tmp_path)
    async with app.run_test(size=size) as pilot:
        await opened(app, pilot)
        app.note([News("short interest of 31 Aug arrived")])
        await pilot.pause()
        await pilot.pause()
        assert bool(lines_with(app, "31 Aug arrived")) is is_told


async def test_an_event_behind_another_screen_is_there_when_one_comes_back(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        main = await opened(app, pilot)
        await pilot.press("question_mark")
        await settled(app, pilot, lambda: app.screen is not main)
        app.note([News("Nasdaq screener: refused", is_alarm=True)])
        await pilot.press("escape")
        await settled(app, pilot, lambda: app.screen is main and bool(lines_with(app, "Nasdaq screener: refused")))


async def test_a_market_that_was_read_anew_tells_what_came_with_it(tmp_path):
    app = monitor(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        newer = loaded_market()
        newer.inputs = ()
        newer.market = replace(newer.market, splits_applied=newer.market.splits_applied + 1)
        app.adopt(newer, newer.desk.board(app.board.view))
        await settled(app, pilot, lambda: bool(lines_with(app, "1 more split found")))
        assert [one.at for one in app.happenings] == [NOW]
