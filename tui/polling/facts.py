"""Gathers what the feeds panel shows of each polled feed."""

from __future__ import annotations

from collections.abc import Sequence

from providers.feeds.state import FeedState, Letter
from tui.polling.watch import PublicWatch
from widgets.feeds import PollFacts, PollLine


def poll_facts(states: Sequence[FeedState]) -> list[PollFacts]:
    """What the feeds panel shows of each feed, in the order given."""
    return [_facts(state) for state in states]


def poll_line(watch: PublicWatch) -> PollLine:
    """What the feeds panel says below its rows: who polls, which gap is being filled, what went wrong."""
    holder = watch.holder()
    who = "this terminal" if watch.is_polling else holder.words if holder is not None else ""
    return PollLine(poller=who, filling=watch.filling, complaint=watch.complaint)


def _facts(state: FeedState) -> PollFacts:
    is_waiting = state.letter is Letter.PENDING or (state.letter is Letter.UNKNOWN and state.complaint != "")
    return PollFacts(
        dataset=state.dataset,
        letter=state.letter.value,
        title=state.title,
        as_of=state.as_of,
        missed=state.missed,
        answered_at=state.succeeded_at,
        next_at=state.next_poll_at,
        latency=state.latency,
        requests=state.requests_today,
        budget=state.budget,
        words="; ".join(
            filter(None, [state.complaint if state.is_troubled or is_waiting else state.words, state.remark])
        ),
        attribution=state.attribution,
    )
