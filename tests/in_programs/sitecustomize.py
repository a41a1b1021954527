"""What programs that tests start in terminals take over: the demo's market, which one of them simulated and kept.

Python imports this before the program where support_terminal.py puts its folder into the program's PYTHONPATH. Nothing
else of the program is changed: it asks for its market as ever, and what it gets are arrays of its own, to the bit those
that the simulation gives (test_demo_kept_for_programs.py compares them).
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing's own takes ten milliseconds to import
if TYPE_CHECKING:
    from typing import Any

KEPT = "TESTS_KEPT_DEMO"
"""The variable that names the folder of what was simulated; without it programs simulate by themselves."""
MODULE = "providers.demo.simulation"


def remembering(simulate, folder):
    """The same function, but what it gives for the same arguments is computed by one program and read by the others."""
    from functools import wraps
    from hashlib import sha256
    from pathlib import Path
    from pickle import dumps, loads
    from tempfile import NamedTemporaryFile

    @wraps(simulate)
    def remembered(parameters, seed):
        kept = Path(folder) / sha256(repr((parameters, seed)).encode()).hexdigest()
        if kept.exists():
            return loads(kept.read_bytes())
        simulation = simulate(parameters, seed)
        # Whole or not there: another program may look at this moment, and this one be killed at any.
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(dumps(simulation, 5))
        os.replace(file.name, kept)
        return simulation

    return remembered


class Finder:
    """Has the simulation's module remember as soon as the program imports it."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        """The module's spec, with a loader that does what its own does and then changes one function."""
        if name != MODULE:
            return None
        sys.meta_path.remove(Finder)
        from importlib.util import find_spec

        spec: Any = find_spec(name)
        execute = spec.loader.exec_module

        def exec_module(module):
            execute(module)
            module.simulate = remembering(module.simulate, os.environ[KEPT])

        spec.loader.exec_module = exec_module
        return spec


if KEPT in os.environ:
    sys.meta_path.insert(0, Finder)
