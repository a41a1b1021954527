"""Gathers what the screen's head and the feeds panel show: the moment, the inputs' ages, the replay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from providers.catalog import CARDS, OWNERS, attribution_of
from shortside.datasets import Dataset
from shortside.freshness import InputAge
from shortside.positions import Knowledge
from shortside.sessions import NEW_YORK, session_close
from tui.polling.source_terms import terms_of_card
from tui.sources.input_ages import inputs_of
from widgets.feed_facts import FeedFacts, PollFacts, SourceTerms
from widgets.feed_letters import OFF_LETTER
from widgets.moments import ReaderTime
from widgets.status import HeadAlarm, ReplayFacts, StatusFacts

if TYPE_CHECKING:
    from shortside.board import Board
    from tui.sources.loaded_market import LoadedMarket


def moment_in_view(loaded: LoadedMarket, is_past: bool) -> datetime:
    """The moment the screen speaks from: now, or, of a day asked for by name, that day's closing bell."""
    now = loaded.clock()
    if not is_past:
        return now
    # What is not the day that was asked for is as old as it was on that day.
    noted = loaded.day_note
    return min(now, session_close(loaded.market.last_session)) if noted is None else noted.moment


def inputs_now(loaded: LoadedMarket, is_past: bool) -> tuple[InputAge, ...]:
    """The inputs published by the moment, as old as they are then; hindsight is the view's business, not the head's."""
    return inputs_of(loaded.market, Knowledge.AS_KNOWN, moment_in_view(loaded, is_past))


def status_facts(
    loaded: LoadedMarket,
    board: Board,
    left_out: dict[str, int],
    is_past: bool,
    alarms: tuple[HeadAlarm, ...] = (),
    alarm_key: str = "",
    here: tzinfo = NEW_YORK,
    past: str = "",
) -> StatusFacts | None:
    """What the screen's head shows; None where prices or short interest are missing altogether."""
    ages = {age.dataset: age for age in inputs_now(loaded, is_past)}
    prices = ages.get(Dataset.QUOTES, ages.get(Dataset.PRICES))
    short_interest = ages.get(Dataset.SHORT_INTEREST)
    if prices is None or short_interest is None:
        return None
    return StatusFacts(
        source=loaded.market.source,
        is_simulated=loaded.market.is_simulated,
        moment=moment_in_view(loaded, is_past),
        here=here,
        this_year=loaded.clock().year,
        last_session=loaded.market.last_session,
        is_live=loaded.market.is_live,
        is_today_known=loaded.market.is_today_known,
        window=board.window,
        basis=board.view.basis,
        positions=board.view.positions,
        knowledge=board.view.knowledge,
        hindsight_to=board.hindsight_to,
        short_interest=short_interest,
        prices=prices,
        left_out=left_out,
        replay=_replay_facts(loaded),
        rests_on_doubtful_session=bool(board.doubtful_sessions),
        past=past,
        day_note="" if loaded.day_note is None else loaded.day_note.short,
        alarms=alarms,
        alarm_key=alarm_key,
    )


def _replay_facts(loaded: LoadedMarket) -> ReplayFacts | None:
    """How the recording stands; None where the market is not out of one."""
    if not loaded.market.is_replayed:
        return None
    recording = loaded.recording
    assert recording is not None
    from tui.sources.playback import Playback

    playback = loaded.live
    if not isinstance(playback, Playback):
        return ReplayFacts(source=recording.head.source)
    if playback.has_ended:
        state = "ended" if recording.is_whole else "breaks off here"
    elif playback.waiting is not None:
        state = "reading"
    else:
        state = "paused" if playback.is_paused else ""
    return ReplayFacts(
        source=recording.head.source,
        speed=playback.speed,
        state=state,
        played=playback.share_played,
        length=recording.ended_at - recording.markets[0].at,
    )


def feed_facts(loaded: LoadedMarket, is_past: bool, polled: Iterable[PollFacts] = ()) -> list[FeedFacts]:
    """What the feeds panel shows of each input of the market.

    Args:
        loaded: the market.
        is_past: whether a day was asked for by name.
        polled: the feeds that renew it.
    """
    is_simulated = loaded.market.is_simulated
    polled = list(polled)
    return [
        FeedFacts(
            age=age,
            attribution=attribution_of(age.dataset, age.source, is_simulated=is_simulated),
            terms=_terms_of_input(age, is_simulated),
            renewed_by=_renewed_by(loaded, age, is_past, polled),
            is_simulated=is_simulated,
        )
        for age in inputs_now(loaded, is_past)
    ]


def _terms_of_input(age: InputAge, is_simulated: bool) -> SourceTerms:
    """The terms of the provider that handed an input over; of a folder's or an archive's its owner is known at best."""
    if is_simulated:
        return SourceTerms(publisher="nobody: the figures are simulated by shortside", terms="None: they are made up.")
    if age.source in CARDS:
        return terms_of_card(CARDS[age.source])
    return SourceTerms(publisher=OWNERS.get(age.dataset, ""))


def _renewed_by(loaded: LoadedMarket, age: InputAge, is_past: bool, polled: Iterable[PollFacts]) -> str:
    """How an input is renewed, in words."""
    if loaded.market.is_replayed:
        return "it is read out of the recording; nobody is asked"
    if loaded.market.is_simulated:
        return "it is simulated; nobody is asked"
    if is_past:
        return "a past day is not renewed"
    titles = ", ".join(feed.title for feed in polled if feed.dataset is age.dataset and feed.letter != OFF_LETTER)
    if titles:
        return f"renewed by: {titles}"
    return f"it is read from the {loaded.market.source} source; nobody is asked"


def reader_time(loaded: LoadedMarket, here: tzinfo) -> ReaderTime:
    """When the screen is read by the market's clock, in the reader's zone."""
    return ReaderTime(loaded.clock(), here)
