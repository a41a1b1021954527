"""Gathers what the head of the screen says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analytics.snapshot import Dataset, InputAge
from tui.inputs import inputs_of
from widgets.feeds import FeedFacts
from widgets.status import StatusFacts

if TYPE_CHECKING:
    from analytics.board import Board
    from tui.sources import Loaded


def inputs_now(loaded: Loaded, board: Board) -> tuple[InputAge, ...]:
    """The inputs of the view on the screen, as old as they are now."""
    return inputs_of(loaded.market, board.view.knowledge, loaded.clock())


def status_facts(loaded: Loaded, board: Board, left_out: dict[str, int]) -> StatusFacts | None:
    """What the head says; None where prices or short interest are missing altogether."""
    ages = {age.dataset: age for age in inputs_now(loaded, board)}
    prices = ages.get(Dataset.QUOTES, ages.get(Dataset.PRICES))
    short_interest = ages.get(Dataset.SHORT_INTEREST)
    if prices is None or short_interest is None:
        return None
    return StatusFacts(
        source=loaded.market.source,
        is_simulated=loaded.market.is_simulated,
        moment=loaded.clock(),
        last_session=loaded.market.last_session,
        is_live=loaded.market.is_live,
        window=board.window,
        basis=board.view.basis,
        positions=board.view.positions,
        knowledge=board.view.knowledge,
        short_interest=short_interest,
        prices=prices,
        left_out=left_out,
    )


def feed_facts(loaded: Loaded, board: Board) -> list[FeedFacts]:
    """A row per input for the feeds panel."""
    return [FeedFacts(age=age, attribution=ATTRIBUTIONS.get(age.dataset, "")) for age in inputs_now(loaded, board)]


ATTRIBUTIONS = {Dataset.SHORT_INTEREST: "Source: FINRA"}
"""Words the sources' terms ask us to show."""
