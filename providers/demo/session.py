"""The demo market's live session: quotes that move by the same factors as its history, from the opening bell on."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.simulation import Traits
from shortside.listings import Floats, Indexes
from shortside.sessions import MarketState, in_utc, session_close, session_open

STEP_SECONDS = 0.25
"""The watcher's seconds between two steps; each step draws from its own stream of chance."""
_LONGEST_WALK = 240
"""Steps taken one by one; a longer absence is crossed in one stride."""
_BUSIEST = 1.5
"""Activity at the bells, as a multiple of midday's."""
_QUOTES_A_SECOND = 1.2
"""No name moves more often than this, in the watcher's seconds."""


class LiveSession:
    """One session as a function of the seconds watched; the same seed and steps give the same quotes.

    Its clock starts at the opening bell and stops at the closing bell: after it nothing moves. A caller that comes
    back within a minute of its last call finds the quotes that calling at every step would have given.

    Args:
        traits: what moves the names, and the prices they start from.
        parameters: volatilities of the factors, and how lively the session is.
        day: the session.
        seed: where chance comes from.
        speed: simulated seconds in one of the watcher's; 60 plays the session in six and a half minutes.

    Raises:
        ValueError: `speed` is not positive.
        NotASessionError: New York does not trade on `day`.
    """

    def __init__(self, traits: Traits, parameters: DemoParameters, day: date, seed: int, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"speed must be positive, not {speed}")
        self.day = day
        self.speed = speed
        self._seed = seed
        self._opens, self._closes = in_utc(session_open(day)), in_utc(session_close(day))
        self._length = (self._closes - self._opens).total_seconds()
        self._last_step = int(self._length / speed / STEP_SECONDS)
        self._step = -1
        self._gap = parameters.session.gap
        volatility = [parameters.volatility.market, *[parameters.volatility.sector] * len(parameters.sectors)]
        self._loadings = traits.exposures.T.astype(np.float64) * volatility
        self._own_volatility = traits.own_volatility.astype(np.float64)
        self._listed = np.isfinite(traits.close)
        self._rates = _rates(np.where(self._listed, traits.dollar_volume, 0), parameters.session.moving_ratio)
        self._half_spread = np.clip(3e-4 * (1e7 / np.maximum(traits.dollar_volume, 1)) ** 0.3, 1e-4, 4e-3)
        self._price: Floats = traits.close.astype(np.float64)
        self._level = np.log(self._price)
        self._factors = np.zeros(self._loadings.shape[1])
        self._time = 0.0
        self._moved_at = np.zeros(len(self._price))

    def moment(self, elapsed_seconds: float) -> datetime:
        """The simulated moment, UTC: from the opening bell, never past the closing bell."""
        return self._opens + timedelta(seconds=min(max(elapsed_seconds * self.speed, 0.0), self._length))

    def state(self, elapsed_seconds: float) -> MarketState:
        """`OPEN` between the bells, `CLOSED` otherwise."""
        is_open = elapsed_seconds >= 0 and self.moment(elapsed_seconds) < self._closes
        return MarketState.OPEN if is_open else MarketState.CLOSED

    def tick(self, elapsed_seconds: float) -> tuple[Indexes, Floats]:
        """What moved since the last call.

        Args:
            elapsed_seconds: the watcher's seconds since the opening bell; going back in time moves nothing.

        Returns:
            Columns, ascending, int64; and their prices, USD, float64. The first call also opens every listed name.
        """
        target = min(int(np.floor(elapsed_seconds / STEP_SECONDS + 1e-9)), self._last_step)
        before = self._price.copy()
        if self._step < 0 <= target:
            self._open()
        if target - self._step > _LONGEST_WALK:
            self._advance(target, target - self._step)
        while self._step < target:
            self._advance(self._step + 1, 1)
        columns = np.flatnonzero(self._listed & (self._price != before))
        return columns, self._price[columns]

    def _chance(self, step: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=self._seed, counter=[0, 0, 0, step]))

    def _open(self) -> None:
        """Step 0: overnight news gaps every name at once."""
        chance = self._chance(0)
        self._factors = self._gap * chance.standard_normal(len(self._factors))
        self._level += self._gap * self._own_volatility * chance.standard_normal(len(self._level))
        self._price = _on_tick(np.exp(self._level + self._loadings @ self._factors))
        self._step = 0

    def _advance(self, step: int, stride: int) -> None:
        """Move to a step from `stride` steps before it."""
        chance = self._chance(step)
        # A U over the day: busy at both bells.
        busy = 1 + (_BUSIEST - 1) * (2 * step / max(self._last_step, 1) - 1) ** 2
        usual = 1 + (_BUSIEST - 1) / 3
        passed = stride * STEP_SECONDS * self.speed / self._length * (1 - self._gap**2) * busy / usual
        self._time += passed
        self._factors += np.sqrt(passed) * chance.standard_normal(len(self._factors))
        odds = -np.expm1(-self._rates * (stride * STEP_SECONDS * busy))
        moving = np.flatnonzero(chance.random(len(odds)) < odds)
        self._move(moving, chance)
        self._step = step

    def _move(self, columns: Indexes, chance: np.random.Generator) -> None:
        """New quotes: what the factors did to all, the name's own news since its last quote, a side of the spread."""
        waited = np.sqrt(self._time - self._moved_at[columns])
        self._level[columns] += self._own_volatility[columns] * waited * chance.standard_normal(len(columns))
        self._moved_at[columns] = self._time
        fair = np.exp(self._level[columns] + self._loadings[columns] @ self._factors)
        side = chance.choice([-1.0, 1.0], len(columns)) * chance.random(len(columns))
        quote, before = _on_tick(fair * (1 + side * self._half_spread[columns])), self._price[columns]
        # The other side of the spread is never nearer than one tick.
        across = _on_tick(before + np.copysign(np.where(before < 1, 1e-4, 0.01), side))
        self._price[columns] = np.where(quote == before, across, quote)


def _rates(dollar_volume: Floats, moving_ratio: float) -> Floats:
    """(N,) moves a second: the liquid ones often, all listed names together `moving_ratio` of them on average."""
    liquidity = dollar_volume.astype(np.float64) ** 0.3
    listed = np.count_nonzero(liquidity)
    rates = liquidity
    for _ in range(4):
        # Capping the busiest leaves their share to the others.
        rates = np.minimum(rates * (moving_ratio * listed / rates.sum()), _QUOTES_A_SECOND)
    return np.asarray(rates)


def _on_tick(prices: Floats) -> Floats:
    """Rounded to the cent, to a hundredth of one below a dollar."""
    fine = np.maximum(np.rint(prices * 1e4), 1) / 1e4
    return np.where(prices < 1, fine, np.rint(prices * 100) / 100)
