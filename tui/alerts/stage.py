"""The protocols of the monitor for its alerts: what they may ask of it, and where they tell what rang."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import tzinfo

    from tui.alerts.watch import Ring
    from tui.clock import Clock
    from tui.settings.configuration import Options
    from tui.settings.list_shelf import Lists
    from tui.sources.loaded_market import LoadedMarket
    from widgets.feed_facts import PollFacts, PollLine


class AlertReader(Protocol):
    """For whom alerts are looked at: his files, his clock and his zone."""

    @property
    def options(self) -> Options:
        """What is shown and how, as the user settled it."""

    @property
    def clock(self) -> Clock:
        """The program's clock."""

    @property
    def here(self) -> tzinfo:
        """The zone of whoever reads the screen."""


class AlertStage(AlertReader, Protocol):
    """What alerts ask of the monitor."""

    @property
    def loaded(self) -> LoadedMarket | None:
        """The market; None before it is read."""

    @property
    def lists(self) -> Lists:
        """Own lists as they were read last."""

    def poll_facts(self) -> tuple[list[PollFacts], PollLine | None]:
        """What is known of polling."""

    def rang(self, ring: Ring) -> None:
        """Tell an alert on the screen, in the journal and by the terminal."""

    def alert_trouble(self, words: str) -> None:
        """Tell what went wrong with alerts."""

    def note_error(self, error: Exception) -> None:
        """Keep an error that nobody foresaw."""
