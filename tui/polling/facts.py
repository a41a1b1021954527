"""Gathers what the feeds panel and the screen of one feed show of each feed that is polled."""

from __future__ import annotations

from collections.abc import Sequence

from providers.catalog import CARDS
from providers.feeds.state import FeedState, Letter
from tui.polling.source_terms import terms_of_card
from tui.polling.watch import PublicWatch
from widgets.feed_facts import NO_TERMS, PollFacts, PollLine, PollOutcome
from widgets.feed_page import THIS_TERMINAL


def poll_facts(states: Sequence[FeedState]) -> list[PollFacts]:
    """What the feeds panel shows of each feed, in the order given."""
    return [facts_of_feed(state) for state in states]


def poll_line(watch: PublicWatch) -> PollLine:
    """What the feeds panel says below its rows: who polls, which gap is being filled, what went wrong."""
    standing = watch.standing
    if standing is None:
        holder = watch.holder()
        who = THIS_TERMINAL if watch.is_polling else holder.words if holder is not None else ""
    else:
        # Of a desk somebody on another machine may poll; while it is away nobody does, whoever did before.
        who = "" if not standing.is_reached else THIS_TERMINAL if watch.is_polling else standing.poller
    return PollLine(
        poller=who,
        filling=watch.filling,
        complaint=watch.complaint,
        trouble=watch.trouble,
        desk="" if standing is None else standing.remark,
        is_calm=standing is not None and bool(standing.trouble) and watch.trouble == standing.trouble,
    )


def facts_of_feed(state: FeedState) -> PollFacts:
    """What the feeds panel says of a feed."""
    is_waiting = state.letter is Letter.PENDING or (state.letter is Letter.UNKNOWN and state.complaint != "")
    card = CARDS.get(state.provider or state.name)
    return PollFacts(
        name=state.name,
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
            filter(
                None,
                [
                    state.complaint if state.is_troubled or is_waiting else state.words,
                    f"not all: {state.complaint}" if state.is_partial and not is_waiting else "",
                    state.remark,
                ],
            )
        ),
        attribution=state.attribution,
        looked_at=state.looked_at,
        age_words=state.words,
        failures=state.failures,
        complaint=state.complaint,
        complained_at=state.complained_at,
        remark=state.remark,
        polls=tuple(
            PollOutcome(
                at=poll.at,
                letter=poll.letter.value,
                rows=poll.rows,
                seconds=poll.seconds,
                reason=poll.reason,
                is_unchanged=poll.is_unchanged,
            )
            for poll in state.polls
        ),
        terms=NO_TERMS if card is None else terms_of_card(card),
    )
