"""The demo's market, and the record of its scores, for tests that only want one: made once, and kept for the run."""

from __future__ import annotations

import os

from in_programs.sitecustomize import KEPT, remembering

from providers.demo.parameters import DemoParameters
from providers.demo.simulation import Simulation, simulate
from shortside.evidence.record import EvidenceRecord
from tui.clock import Clock
from tui.settings.configuration import Options
from tui.sources.evidence import _made


def simulated_once(parameters: DemoParameters, seed: int) -> Simulation:
    """What `simulate` gives; the arrays are the caller's, who may change them."""
    simulation: Simulation = remembering(simulate, os.environ[KEPT])(parameters, seed)
    return simulation


def record_made_once(options: Options, clock: Clock) -> EvidenceRecord | None:
    """What is made of a source; of the demo, where nothing but the seed and the day counts, it is made once."""
    if options.source != "demo":
        return _made(options, clock)

    def of_demo(*_: object) -> EvidenceRecord | None:
        return _made(options, clock)

    record: EvidenceRecord | None = remembering(of_demo, os.environ[KEPT])("evidence", options.seed, options.as_of)
    return record
