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
ALIGNED_BYTES = 64


def remembering(make, folder):
    """The same function, but what it gives for the same arguments is computed by one program and read by the others.

    Arguments are the same where they are written alike.
    """
    from functools import wraps
    from hashlib import sha256
    from pathlib import Path
    from tempfile import NamedTemporaryFile

    @wraps(make)
    def remembered(*given):
        kept = Path(folder) / sha256(repr(given).encode()).hexdigest()
        if kept.exists():
            return read(kept)
        made = make(*given)
        # Whole or not there: another program may look at this moment, and this one be killed at any.
        with NamedTemporaryFile(dir=folder, delete=False) as file:
            write(made, file)
        os.replace(file.name, kept)
        return made

    return remembered


def write(value, file):
    """The value without its arrays, how much they take, and the arrays one after the other."""
    from pickle import dump, dumps

    arrays: list[Any] = []
    head = dumps(value, 5, buffer_callback=arrays.append)
    raw = [array.raw() for array in arrays]
    dump((head, [part.nbytes for part in raw]), file)
    for part in raw:
        file.write(bytes(-file.tell() % ALIGNED_BYTES))
        file.write(part)


def read(path):
    """What was written, its arrays pages of the file until somebody changes them, who then has pages of his own."""
    from mmap import ACCESS_COPY, mmap
    from pickle import load, loads

    with path.open("rb") as file:
        head, lengths = load(file)
        place, whole = file.tell(), memoryview(mmap(file.fileno(), 0, access=ACCESS_COPY))
    arrays = []
    for length in lengths:
        place += -place % ALIGNED_BYTES
        arrays.append(whole[place : place + length])
        place += length
    return loads(head, buffers=arrays)


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
