"""The errors that end `shortside`: each has one sentence for the user, and an exit code."""

from __future__ import annotations

from tui import exit_codes


class ReportedError(Exception):
    """A reason to stop that a user can act on; printed without a traceback."""

    code = exit_codes.FAILURE


class UsageError(ReportedError):
    """The command line asks for something impossible."""

    code = exit_codes.USAGE


class ConfigurationError(ReportedError):
    """The environment or the configuration file asks for something impossible; the message says where."""

    code = exit_codes.BAD_CONFIGURATION


class OutputError(ReportedError):
    """What was asked for cannot be written to standard output."""


class SourceError(ReportedError):
    """The source has nothing for what was asked, or could not give it."""

    code = exit_codes.NO_DATA


class ArchiveLackError(SourceError):
    """The archive of the public source has no closes or no short interest for what was asked: it wants filling."""
