"""The exit codes of `shortside`; programs rely on them, so a number never changes its meaning."""

from typing import Final

OK: Final = 0
"""What was asked for was done."""
FAILURE: Final = 1
"""Something broke that no other code speaks of."""
USAGE: Final = 2
"""The command line makes no sense, or asks for a screen where there is none."""
BAD_CONFIGURATION: Final = 3
"""An environment variable or the configuration file says what cannot be."""
NO_DATA: Final = 4
"""There is nothing for what was asked, or the source could not give it: absent, refused, unreachable, damaged."""
TOO_OLD: Final = 5
"""An input is older than `--max-age`, and its source has published newer."""
INTERRUPTED: Final = 130
"""SIGINT ended the program: 128 and the signal's number, as shells report it."""
TERMINATED: Final = 143
"""SIGTERM ended the program: 128 and the signal's number, as shells report it."""
