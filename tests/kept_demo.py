"""The demo's market for programs that tests start: the first one simulates it and keeps it, the others read it.

in_programs/sitecustomize.py does so inside the programs.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from in_programs.sitecustomize import KEPT

HOOK = Path(__file__).with_name("in_programs")


def with_kept_demo(environment: Mapping[str, str]) -> dict[str, str]:
    """A program's environment, and where the demo's market is kept; unchanged where it has no PYTHONPATH."""
    folder, places = os.environ.get(KEPT), environment.get("PYTHONPATH")
    if folder is None or places is None or str(HOOK) in places.split(os.pathsep):
        return dict(environment)
    return {**environment, KEPT: folder, "PYTHONPATH": os.pathsep.join([str(HOOK), places])}
