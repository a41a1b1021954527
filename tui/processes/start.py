"""Starts the helper processes beside the monitor, which end when their standard input does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path


def started(command: Sequence[str]) -> subprocess.Popen[str]:
    """A started process with pipes for input and output, our import path, and no standard error.

    Raises:
        OSError: it cannot be started.
    """
    places = os.pathsep.join(dict.fromkeys(filter(None, [str(Path(__file__).parents[2]), *sys.path])))
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": places},
        # Of its own, so that a Ctrl-C at a shell reaches us alone.
        start_new_session=True,
    )
