"""The demo's market for tests that only want one: simulated once, and handed over as a copy."""

from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from providers.demo.parameters import DemoParameters
from providers.demo.simulation import Simulation, simulate

_remembered = lru_cache(maxsize=4)(simulate)


def simulated_once(parameters: DemoParameters, seed: int) -> Simulation:
    """What `simulate` gives; the listings' arrays are the caller's, who may change them."""
    simulation = _remembered(parameters, seed)
    listings = simulation.listings
    arrays: dict[str, Any] = {
        field.name: value.copy()
        for field in fields(listings)
        if isinstance(value := getattr(listings, field.name), np.ndarray)
    }
    return replace(simulation, listings=replace(listings, **arrays))
