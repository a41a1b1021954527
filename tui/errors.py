"""What `shortside` says when it cannot go on: one sentence, and the exit code that goes with it."""

from __future__ import annotations

from tui import exit_codes


class ReportedError(Exception):
    """A reason to stop that a user can act on; printed without a traceback."""

    code = exit_codes.FAILURE


class UsageError(ReportedError):
    """The command line asks for what cannot be."""

    code = exit_codes.USAGE


class ConfigurationError(ReportedError):
    """The environment or the configuration file does; the message names the place and what is allowed."""

    code = exit_codes.BAD_CONFIGURATION


class SourceError(ReportedError):
    """The source has nothing for what was asked, or could not give it."""

    code = exit_codes.NO_DATA
