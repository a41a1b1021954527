"""The demo source: an embedded, seeded, simulated market that needs no network and ticks live.

Everything in it is invented but the totals it is scaled to; `parameters.toml` names their source.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from providers.demo.parameters import DemoParameters, demo_parameters
from providers.demo.session import LiveSession
from providers.demo.simulation import Traits, simulate
from shortside.listings import Listings

if TYPE_CHECKING:
    from shortside.funds.figures import FundData

__all__ = ["DemoProvider", "LiveSession"]


class DemoProvider:
    """Hands over a simulated market: two years to 7 September 2023, and the session of the 8th live.

    Args:
        seed: another market of the same shape; the shipped one by default.
        parameters: the shipped ones by default.
    """

    name = "demo"

    def __init__(self, seed: int | None = None, parameters: DemoParameters | None = None) -> None:
        self.parameters = parameters or demo_parameters()
        self.seed = self.parameters.seed if seed is None else seed
        self._traits: Traits | None = None

    def read_listings(self) -> Listings:
        """Simulate the history: half a second of computing, so not on the event loop. The arrays are the caller's."""
        simulation = simulate(self.parameters, self.seed)
        # Only what the live session needs is kept: the history is large, and its reader holds it already.
        self._traits = simulation.traits
        return simulation.listings

    def read_funds(self) -> FundData:
        """The market's index funds: as long to compute as the history they follow."""
        # Its schemas come with pandas, which the market itself does without.
        from providers.demo.funds import simulated_funds

        return simulated_funds(simulate(self.parameters, self.seed).listings, self.seed)

    def open_session(self, day: date | None = None, speed: float = 1.0) -> LiveSession:
        """The live session, at its opening bell; columns are those of `read_listings`.

        Args:
            day: the only session there is, 8 September 2023, unless the parameters say otherwise.
            speed: simulated seconds in one of the watcher's.

        Raises:
            ValueError: another day, or a speed that is not positive.
        """
        if day not in (None, self.parameters.live_session):
            raise ValueError(f"the demo market's live session is {self.parameters.live_session}, not {day}")
        traits = self._traits if self._traits is not None else simulate(self.parameters, self.seed).traits
        self._traits = traits
        return LiveSession(traits, self.parameters, self.parameters.live_session, self.seed, speed)
