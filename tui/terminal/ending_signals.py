"""The signals that end a program whose writer thought of none of them, as a terminal's program has to: in good order.

The first paint waits for this: the module `signal` would make enumerations of all numbers, and
`typing` takes as long again.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]

_NAMES = (
    "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU",
    "SIGIO", "SIGPWR", "SIGSTKFLT",
)  # fmt: skip
"""Not among them: SIGKILL, which nobody hears of, those of faults, and those that Python or Textual minds."""
ENDING_SIGNALS: tuple[int, ...] = tuple(getattr(_signal, name) for name in _NAMES if hasattr(_signal, name))
EXIT_CODES_OF_SIGNALS = {number: 128 + number for number in ENDING_SIGNALS}
"""The exit code for each of them, as shells report it."""
