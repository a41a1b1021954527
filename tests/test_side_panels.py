"""Sectors, best and worst shorts, and feeds: panels for wide screens, and each a screen by its digit."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from board_examples import (
    SYMBOLS,
    Alone,
    any_row,
    any_unit,
    assert_well_drawn,
    board_of,
    group_row,
    screen_text,
    text_of,
)
from hypothesis import given
from hypothesis import strategies as st

from shortside.datasets import Dataset
from shortside.freshness import InputAge, freshness
from shortside.rows import sector_rows, tier_table
from shortside.sessions import NEW_YORK
from shortside.view import View
from widgets.feed_facts import FeedFacts, PollFacts, PollLine
from widgets.feeds import FeedsPanel, feeds_lines, freshness_text, polled_lines
from widgets.format import GLYPHS_ASCII, GLYPHS_UNICODE
from widgets.moments import moment_text
from widgets.movers import Mover, Movers, MoversPanel, movers_lines, movers_of
from widgets.sectors import SectorsPanel, sectors_lines

NOW = datetime(2023, 9, 7, 17, 0, tzinfo=NEW_YORK)
both_glyphs = st.sampled_from([GLYPHS_UNICODE, GLYPHS_ASCII])


def feed(dataset: Dataset, as_of: date | None, **changes) -> FeedFacts:
    age = InputAge(
        dataset=dataset,
        as_of=as_of,
        fetched_at=None if as_of is None else datetime(2023, 9, 7, 20, 5, tzinfo=UTC),
        source="files",
        freshness=freshness(dataset, as_of, NOW, seen_at=NOW),
        rows=None if as_of is None else 1_800_000,
    )
    return FeedFacts(age=age, **changes)


def test_a_sector_shows_its_worth_its_profit_and_the_share_of_names_that_gained():
    header, technology = map(text_of, sectors_lines([group_row("Technology")], 84, 10, unit="B"))
    assert header.split() == "sector names SI % SI P&L P&L % today new 30d gain %".split()  # noqa: SIM905
    assert technology.split() == [
        "Technology", "43", "170.0", "17.2", "▼", "−54.05", "−36.4", "+0.60", "+6.69", "40.0",
    ]  # fmt: skip


def test_sectors_of_a_board_add_up_to_its_tiers():
    board = board_of()
    rows = sector_rows(board)
    assert sum(row.profit for row in rows) == pytest.approx(tier_table(board).total.profit)
    texts = [text_of(line) for line in sectors_lines(rows, 90, 10, unit="K")]
    assert any(text.startswith("  unknown") for text in texts)


@given(st.lists(any_row, max_size=4), st.integers(1, 150), both_glyphs, any_unit)
def test_no_sector_breaks_a_line(rows, width, glyphs, unit):
    assert_well_drawn(sectors_lines(rows, width, 20, glyphs, unit=unit), width)


def test_the_best_shorts_fell_most_in_dollars_and_the_worst_rose():
    board = board_of()
    window, today = movers_of(board)
    held = board.was_held
    profits = np.sort(board.profit[held])
    assert [mover.profit for mover in window.best] == pytest.approx(profits[::-1].clip(0)[: len(window.best)])
    assert [mover.profit for mover in window.worst] == pytest.approx(profits.clip(None, 0)[: len(window.worst)])
    assert 0 < len(movers_of(board, 2)[0].best) <= 2
    assert window.title == "YTD"
    assert today.title == "today"
    assert {mover.symbol for mover in window.best}.isdisjoint(mover.symbol for mover in window.worst)
    best = board.profit_ratio[SYMBOLS.index(window.best[0].symbol)]
    assert window.best[0].ratio == pytest.approx(best)


def test_of_a_day_that_is_not_known_nobody_is_best_or_worst_and_the_panel_says_why():
    board = board_of()
    unknown = type(board.desk)(replace(board.market, is_today_known=False)).board(View())
    window, today = movers_of(unknown)
    assert window == movers_of(board)[0]
    assert today.best == today.worst == ()
    lines = [text_of(line).strip() for line in movers_lines([today], 60, 10, unit="M")]
    assert lines[1] == lines[3] == "unknown: the day before lacks its closes"


def test_nobody_is_best_who_earned_nothing():
    board = board_of(View(window="1d"))
    flat = replace(board.desk.market, close=np.repeat(board.market.close[-1:], len(board.market.sessions), 0))
    board = type(board.desk)(flat).board(View())
    window, _ = movers_of(board)
    assert window.best == window.worst == ()
    lines = [text_of(line) for line in movers_lines([window], 40, 10, unit="M")]
    assert [line.strip() for line in lines] == ["best shorts · YTD", "none", "worst shorts · YTD", "none"]


def test_the_figures_of_a_block_have_their_titles_over_them():
    one = Mover(symbol="FRC", name="First Republic", profit=1.64e9, ratio=8.3996)
    head, row = (
        text_of(line) for line in movers_lines([Movers(title="YTD", best=(one,), worst=())], 44, 10, unit="M")[:2]
    )
    assert head.startswith("  best shorts · YTD")
    assert head.index("P&L %") + len("P&L %") == row.index("+840.0") + len("+840.0")
    assert head.index("P&L") + len("P&L") == row.index("+1,640") + len("+1,640")


def test_where_it_is_wide_best_and_worst_stand_side_by_side():
    best = Mover(symbol="FRC", name="First Republic", profit=1.64e9, ratio=8.3996)
    worst = Mover(symbol="TSLA", name="Tesla", profit=-12.451e9, ratio=None)
    span = Movers(title="YTD", best=(best, best), worst=(worst,))
    wide = [text_of(line) for line in movers_lines([span], 90, 10, unit="M")]
    assert "FRC" in wide[1]
    assert "▲  +1,640" in wide[1]
    assert "+840.0" in wide[1]
    assert "TSLA" in wide[1]
    assert "▼ −12,451" in wide[1]
    assert len(movers_lines([span], 40, 10, unit="M")) == 5


@given(
    st.lists(
        st.builds(
            Mover,
            symbol=st.sampled_from(["F", "BRK.B"]),
            name=st.text("AÉ株 -&", max_size=30),
            profit=st.floats(-1e14, 1e14),
            ratio=st.none() | st.floats(-1e6, 1e6),
        ),
        max_size=5,
    ),
    st.integers(1, 150),
    both_glyphs,
    any_unit,
)
def test_no_mover_breaks_a_line(movers, width, glyphs, unit):
    span = Movers(title="5D", best=tuple(movers), worst=tuple(movers[:2]))
    lines = movers_lines([span], width, 10, glyphs, unit=unit)
    assert_well_drawn(lines, width)


def test_a_feed_shows_both_clocks_its_letter_and_its_terms():
    published = datetime(2023, 8, 24, 16, 40, tzinfo=NEW_YORK)
    known = feed(Dataset.SHORT_INTEREST, date(2023, 8, 15), attribution="Source: FINRA")
    known = replace(known, age=replace(known.age, published_at=published))
    lines = [text_of(line) for line in feeds_lines([known, feed(Dataset.FAILS, None)], 150, 10)]
    assert lines[1].split() == [
        "C", "short", "interest", "files", "15", "Aug", "24", "Aug", "16:40", "7", "Sep", "16:05", "missed", "0",
        "publications", "1,800,000", "Source:", "FINRA",
    ]  # fmt: skip
    assert lines[2].split() == ["U", "fails", "files", "—", "—", "—", "never", "arrived", "—"]


def test_a_failed_look_says_why_where_the_freshness_stood():
    failed = feed(Dataset.PRICES, date(2023, 9, 7), trouble="prices.csv line 3: no close")
    line = feeds_lines([failed], 150, 10)[1]
    assert text_of(line).startswith("  ! prices")
    assert "prices.csv line 3: no close" in text_of(line)
    assert [style for text, style in line if text == "!"] == ["loss"]


def test_a_stale_feed_is_marked_without_colour():
    stale = feeds_lines([feed(Dataset.PRICES, date(2023, 8, 1))], 150, 10)[1]
    assert text_of(stale).startswith("  S prices")
    assert [style for text, style in stale if text == "S"] == ["warning"]


@given(st.integers(1, 200), st.sampled_from(list(Dataset)), st.booleans(), both_glyphs)
def test_no_feed_breaks_a_line(width, dataset, has_arrived, glyphs):
    one = feed(dataset, date(2022, 9, 6) if has_arrived else None, attribution="Source: FINRA")
    assert_well_drawn(feeds_lines([one], width, 10, glyphs), width)


def test_a_moment_is_new_yorks_and_loses_its_hour_first():
    moment = datetime(2023, 9, 8, 1, 30, tzinfo=UTC)
    assert moment_text(moment, 12) == " 7 Sep 21:30"
    assert moment_text(moment, 8) == "   7 Sep"
    assert moment_text(None, 8) == "       —"


async def test_the_panels_show_a_board_and_repaint_nothing_twice():
    sectors, movers, feeds = SectorsPanel(), MoversPanel(), FeedsPanel()
    app = Alone(sectors, movers, feeds)
    async with app.run_test(size=(120, 60)) as pilot:
        board = board_of()
        inputs = [feed(Dataset.PRICES, date(2023, 9, 7))]

        def show() -> list[int]:
            return [
                sectors.show(board),
                movers.show(board),
                feeds.show(inputs),
            ]

        assert all(show())
        await pilot.pause()
        assert show() == [0, 0, 0]
        text = "\n".join(screen_text(app))
        for words in ("Sectors", "Best and worst shorts", "Feeds", "Technology", "best shorts · YTD", "C prices"):
            assert words in text
        assert not re.search(r"\bnan\b", text)


async def test_panels_without_data_are_empty():
    panels = (SectorsPanel(), MoversPanel(), FeedsPanel())
    async with Alone(*panels).run_test(size=(80, 40)):
        assert [panel.text for panel in panels] == ["", "", ""]


def polled(**changes) -> PollFacts:
    facts = {
        "letter": "C",
        "title": "FINRA short interest",
        "as_of": date(2023, 8, 15),
        "missed": 0,
        "answered_at": datetime(2023, 9, 7, 17, 30, tzinfo=NEW_YORK),
        "next_at": datetime(2023, 9, 12, 16, 30, tzinfo=NEW_YORK),
        "latency": 0.113,
        "requests": 2,
        "budget": 80,
        "words": "missed 0 publications",
        "attribution": "Source: FINRA",
    }
    return PollFacts(**{**facts, **changes})


def test_a_polled_feed_shows_its_letter_its_looks_and_its_requests():
    lines = [text_of(line) for line in polled_lines([polled()], PollLine(poller="this terminal"), 160)]
    assert lines[1].split() == [
        "C", "FINRA", "short", "interest", "15", "Aug", "0", "7", "Sep", "17:30", "12", "Sep", "16:30", "113", "ms",
        "2/80", "missed", "0", "publications", "Source:", "FINRA",
    ]  # fmt: skip
    assert lines[2].strip() == "polled by this terminal"


def test_a_polled_feed_that_failed_says_why_and_is_marked_without_colour():
    failed = polled(letter="B", words="cdn.finra.org shows a page instead of data", next_at=None, latency=None)
    line = polled_lines([failed], PollLine(), 160)[1]
    assert text_of(line).startswith("  B FINRA")
    assert "shows a page" in text_of(line)
    assert " now " in text_of(line)
    assert [style for text, style in line if text == "B"] == ["loss"]


def test_a_feed_that_missed_something_says_how_much_where_there_is_no_room_for_what():
    narrow = text_of(polled_lines([polled(letter="S", words="missed 9 half-months")], PollLine(), 90)[1])
    assert narrow.rstrip().endswith("missed 9")


def test_a_provider_that_is_switched_off_has_no_next_look_and_is_no_trouble():
    off = PollFacts(letter="O", title="Yahoo spark", words="switched off")
    line = polled_lines([off], PollLine(), 160)[1]
    assert text_of(line).split() == ["O", "Yahoo", "spark", *"—————", "0", "switched", "off"]
    assert " now " not in text_of(line)
    assert "loss" not in {style for _, style in line}


def test_the_line_under_the_feeds_says_who_polls_and_what_is_filled():
    total = PollLine(poller="process 4711 on desk", filling="short interest 2023-01-13")
    line = text_of(polled_lines([polled()], total, 120)[-1])
    assert "polled by process 4711 on desk" in line
    assert "filling short interest 2023-01-13" in line
    assert "nobody polls" in text_of(polled_lines([polled()], PollLine(), 120)[-1])
    broken = polled_lines([polled()], PollLine(complaint="nobody can poll: the disk is full"), 120)[-1]
    assert ("nobody can poll: the disk is full", "loss") in broken


@given(st.integers(1, 200), st.sampled_from("CLSUPBTE"), st.booleans(), both_glyphs)
def test_no_polled_feed_breaks_a_line(width, letter, is_known, glyphs):
    known = {} if is_known else dict.fromkeys(("as_of", "missed", "answered_at", "next_at", "latency", "budget"))
    total = PollLine(poller="Ünïcode 株", filling="x" * 40)
    lines = polled_lines([polled(letter=letter, **known, words="株 " * 30)] * 3, total, width, glyphs=glyphs)
    assert_well_drawn(lines, width)
    assert len(lines) == 5


async def test_the_border_says_what_the_screen_costs_its_line_and_is_no_news_to_itself():
    panel = FeedsPanel()
    async with Alone(panel).run_test(size=(100, 8)):
        for rate, words in ((2_430, "screen 2.4 kB/s"), (0, "screen under 0.1 kB/s"), (float("nan"), "")):
            panel.show_rate(rate)
            assert panel.note == words
        panel.show_rate(0)
        said = panel.note
        panel.show_rate(len(said) + 60)
        assert panel.note == said


@pytest.mark.parametrize(
    ("width", "words"), [(21, "missed 0 publications"), (16, "missed 0"), (8, "missed 0"), (6, "misse…")]
)
def test_a_narrow_column_counts_what_was_missed_and_lets_the_noun_go(width, words):
    assert freshness_text("missed 0 publications", width).rstrip() == words


async def test_the_panel_shows_feeds_and_inputs_in_one_list_that_keeps_its_heading():
    for height in (30, 8):
        panel = FeedsPanel()
        async with Alone(panel).run_test(size=(150, height)) as pilot:
            panel.show([feed(Dataset.PRICES, date(2023, 9, 7))])
            feeds = [polled(name=f"feed{one}", title=f"Feed {one}") for one in range(5)]
            assert panel.show_polled(feeds, PollLine(poller="this terminal"))
            panel.focus()
            await pilot.pause()
            assert panel.show_polled(feeds, PollLine(poller="this terminal")) == 0
            assert [line for line in panel.text.splitlines() if "2/80" in line or "C prices" in line][-1].count(
                "prices"
            )
            await pilot.press("end")
            assert panel.entry is not None
            assert panel.entry.key == "input prices"
            rows = screen_text(pilot.app)
            assert "feed" in rows[1].split()
            assert any("▸ C prices" in row for row in rows)


async def test_the_panel_explains_the_letters_that_stand_before_its_rows():
    panel = FeedsPanel()
    async with Alone(panel).run_test(size=(100, 20)):
        panel.show_polled([polled(letter="B"), polled(letter="P")], PollLine(poller="this terminal"))
        assert panel.text.splitlines()[-1].strip() == "P pending · B refused"
        assert dict(panel.explained_columns)["B"] == "refused: a denial or a wall instead of data."
        assert set(dict(panel.explained_columns)) == set("CLSUPBTEO")


async def test_the_inputs_of_a_simulated_market_say_so_in_the_panel():
    for width, words in ((120, "simulated"), (80, "SIM")):
        async with Alone(panel := FeedsPanel()).run_test(size=(width, 12)):
            panel.show([feed(Dataset.PRICES, date(2023, 9, 7), is_simulated=True)])
            assert f" {words} " in panel.text
