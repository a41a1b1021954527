"""The demo source: an embedded, seeded, simulated market that needs no network and ticks live.

Everything in it is invented but the totals it is scaled to; `parameters.toml` names their source.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from providers.demo.loans import LastLoans
from providers.demo.parameters import DemoParameters, demo_parameters
from providers.demo.session import LiveSession
from providers.demo.simulation import Traits, simulate
from shortside.listings import Listings

if TYPE_CHECKING:
    from shortside.funds.figures import FundData

__all__ = ["DemoProvider", "LiveSession"]


_LAST_LOOKS: Final[dict[int, LastLoans]] = {}
"""The last look at the list of stock loans by the seed of its market, of the seed that was simulated last."""


class DemoProvider:
    """Hands over a simulated market: two years to 7 September 2023, and the session of the 8th live.

    Args:
        seed: another market of the same shape; the shipped one by default.
        parameters: the shipped ones by default.
    """

    name = "demo"

    def __init__(self, seed: int | None = None, parameters: DemoParameters | None = None) -> None:
        self.parameters, self._is_shipped = parameters or demo_parameters(), parameters is None
        self.seed = self.parameters.seed if seed is None else seed
        self._traits: Traits | None = None

    def read_listings(self) -> Listings:
        """Simulate the history: half a second of computing, so not on the event loop."""
        simulation = simulate(self.parameters, self.seed)
        # Only what the live session needs is kept: the history is large, and its reader holds it already.
        self._traits = simulation.traits
        listings = simulation.listings
        if self._is_shipped and listings.borrow is not None:
            last = LastLoans(symbols=listings.symbols, borrow=listings.borrow, sessions=listings.sessions)
            _LAST_LOOKS.clear()
            _LAST_LOOKS[self.seed] = last
        return listings

    def read_last_look(self) -> LastLoans:
        """The market's last look at its list of stock loans: at once where this process has simulated the market.

        Raises:
            LookupError: the market has no such list.
        """
        last = _LAST_LOOKS.get(self.seed) if self._is_shipped else None
        if last is None:
            listings = self.read_listings()
            if listings.borrow is None:
                raise LookupError("the demo market has no list of stock loans")
            last = LastLoans(symbols=listings.symbols, borrow=listings.borrow, sessions=listings.sessions)
        return last

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
