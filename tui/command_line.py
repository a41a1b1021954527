"""Runs one command line: calls the module of the command, and prints an error as one sentence."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from tui import exit_codes
from tui.arguments import Arguments, arguments_of
from tui.errors import ReportedError, UsageError
from tui.terminal import saved_frame
from tui.terminal.kind import TerminalKind, is_terminal, settle_environment

if TYPE_CHECKING:
    from tui.clock import Clock
    from tui.event_log import EventLog, LoggedRun
    from tui.settings.configuration import Configuration, Options
    from tui.settings.section_tables import SectionMistake

# Everything else is imported where it is needed: `--version` must not wait for pandas, nor `snapshot` for Textual.


class _TerminatedError(BaseException):
    """SIGTERM raised as an exception where the program was, so that its `finally` blocks clean up."""


def answer(words: Sequence[str], early: saved_frame.EarlyScreen) -> int:
    """Run the command line; returns the exit code, one of `tui.exit_codes`.

    Args:
        words: the words after the program's name.
        early: the terminal, which may show the picture of last time already.
    """
    _leave_no_core()
    try:
        # With a picture on the screen its own handler puts the terminal back; to rise through an import is less sure.
        with nullcontext() if early.is_shown else _terminable():
            return _reported(words, early)
    except SystemExit as leaving:  # argparse, after help and version
        return _left(leaving)
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except _TerminatedError:
        return exit_codes.TERMINATED
    except BrokenPipeError:
        # Whoever read had enough, as `head` does. Python flushes again at exit and must not fail there.
        from tui.terminal.plain_words import let_go_of

        let_go_of(sys.stdout)
        return exit_codes.OK


def _leave_no_core() -> None:
    """Have the system keep no picture of the memory, where keys are, of this process and those it starts."""
    try:
        import resource
    except ImportError:  # Windows, which keeps none by itself.
        return
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


def _left(leaving: SystemExit) -> int:
    """The exit code, once what was printed has gone out."""
    code = leaving.code if isinstance(leaving.code, int) else exit_codes.FAILURE
    if code != exit_codes.OK:
        return code
    from tui.terminal.plain_words import complain, let_go_of, say

    try:
        say("")
    except BrokenPipeError:
        let_go_of(sys.stdout)
        return exit_codes.OK
    except ReportedError as error:
        complain(str(error))
        return error.code
    return code


def _reported(words: Sequence[str], early: saved_frame.EarlyScreen) -> int:
    try:
        return _answer(arguments_of(words), early)
    except ReportedError as error:
        early.leave()
        from tui.terminal.plain_words import complain, whisper

        complain(str(error))
        if isinstance(error, UsageError):
            whisper("try: shortside --help\n")
        return error.code
    except BrokenPipeError:
        raise
    # Whatever nobody foresaw: a traceback is nothing to greet a user with, and is kept for whoever mends it.
    except Exception as error:
        early.leave()
        return _unforeseen(error, Path(saved_frame.configuration_file(words, os.environ)))


def _unforeseen(error: Exception, file: Path) -> int:
    """Say an error of this program in a sentence, and where its traceback is; returns the exit code.

    Args:
        error: what nobody foresaw.
        file: the configuration file, in which secrets may stand that the error quotes.
    """
    from tui.clock import system_clock
    from tui.faults import Faults, error_kind_of
    from tui.settings.keys import secrets_of_start
    from tui.settings.paths import paths_from_environment
    from tui.terminal.plain_words import complain

    paths = paths_from_environment(os.environ)
    faults = Faults(paths.state, system_clock, lambda: secrets_of_start(paths.configuration, file))
    faults.note(error)
    trouble = faults.save()
    name, place, _ = error_kind_of(error)
    complain(f"an error of this program in {place} ({name}); {trouble or f'what happened is in {faults.path}'}")
    return exit_codes.FAILURE


def _answer(arguments: Arguments, early: saved_frame.EarlyScreen) -> int:
    if arguments.command == "completion":
        # A shell asks at its start, and must not wait for a configuration, nor stumble over its mistakes.
        from tui.commands.completion import print_completion

        return print_completion(arguments.shell)
    from tui.clock import clock_from_environment
    from tui.settings.configuration import configured
    from tui.settings.paths import require_own_folders

    clock = clock_from_environment(os.environ)
    if arguments.command == "config" and arguments.verb == "init":
        from tui.commands.config_file import init

        return init(arguments.given, os.environ, arguments.is_forced)
    configuration = configured(arguments.given, os.environ)
    if arguments.command == "config":
        if arguments.verb == "keys":
            return _print_keys(configuration)
        if arguments.verb == "columns":
            return _print_columns(configuration)
        from tui.commands.config import show

        return show(configuration, arguments.with_origin, _section_mistakes(configuration))
    require_own_folders(configuration.options.paths, configuration.file)
    if arguments.command == "lists":
        from tui.commands.lists import import_list, print_lists

        if not arguments.verb:
            return print_lists(configuration.options)
        assert arguments.file is not None, "the command line requires it"
        return import_list(configuration.options, arguments.file, arguments.list_name)
    if arguments.command == "backfill":
        from tui.commands.backfill import backfill

        with _logged(configuration.options, clock, "backfill", since=arguments.since) as (_, run):
            run.code = backfill(arguments, configuration.options, clock)
        return run.code
    if arguments.command == "doctor":
        if arguments.events is not None:
            from tui.commands.event_lines import print_events

            return print_events(configuration.options, arguments.events)
        from tui.commands.doctor import doctor

        return doctor(configuration, clock, _section_mistakes(configuration))
    if arguments.command == "journal":
        from tui.commands.journal import print_journal

        return print_journal(arguments, configuration, clock)
    if arguments.history is not None:
        from tui.commands.history import history

        return history(arguments.history, configuration, clock)
    _require_source(configuration)
    if arguments.command == "serve":
        from tui.commands.serve import serve_page

        with _logged(configuration.options, clock, "serve", source=configuration.options.source) as (_, run):
            run.code = serve_page(arguments, configuration.options)
        return run.code
    if arguments.command == "mcp":
        from tui.assistant.command import speak_with_assistant

        return speak_with_assistant(arguments, configuration, clock)
    if arguments.command == "report":
        from tui.commands.report import write_report

        return write_report(configuration, clock, arguments.report_form, arguments.output)
    if arguments.command == "record":
        from tui.commands.record import record

        assert arguments.file is not None, "the command line requires it"
        with _logged(configuration.options, clock, "record", source=configuration.options.source) as (_, run):
            run.code = record(arguments.file, configuration, clock, arguments.span)
        return run.code
    if arguments.command == "snapshot":
        if arguments.watch_seconds is not None:
            from tui.commands.watched_snapshot import watch_snapshot

            watch_snapshot(arguments.document, configuration, clock, arguments.watch_seconds, subject=arguments.subject)
        from tui.commands.snapshot import snapshot

        return snapshot(arguments.document, configuration, clock, subject=arguments.subject)
    kind = TerminalKind.of(os.environ)
    if _shows_text(kind):
        from tui.screens.plain_text import print_text

        return print_text(configuration, clock)
    settle_environment(os.environ, kind)
    from tui.app import run_monitor
    from tui.settings.last_view import options_as_left, read_view, view_file

    options, left = _for_line(configuration, kind), None
    if not options.fresh:
        left, complaint = read_view(view_file(options))
        if left is not None:
            options = options_as_left(configuration, left)._replace(low_bandwidth=options.low_bandwidth)
    else:
        complaint = ""
    with _logged(options, clock, "monitor", is_patient=True, source=options.source) as (log, run):
        given = arguments.given, configuration
        run.code = run_monitor(options, clock, early, kind, log, left, complaint, given)
    return run.code


def _section_mistakes(configuration: Configuration) -> tuple[SectionMistake, ...]:
    """What is wrong in the keys, themes and columns of the file, which are read by whoever knows the screens."""
    if not configuration.options.sections.are_there:
        return ()
    from tui.app import Monitor
    from tui.screens.own_sections import read_sections

    return read_sections(configuration.options.sections, Monitor).mistakes


def _print_keys(configuration: Configuration) -> int:
    from tui.app import Monitor
    from tui.commands.key_list import KeyRow, print_keys
    from tui.screens.key_catalog import every_binding
    from tui.screens.own_keys import read_keys, written_key

    changed, mistakes = read_keys(configuration.options.sections, Monitor)
    rows = []
    for binding, (bound, where) in every_binding(Monitor).items():
        own, built_in = (tuple(map(written_key, keys)) for keys in (changed.get(binding, bound.keys), bound.keys))
        rows.append(KeyRow(binding, where, own, built_in, bound.words))
    return print_keys(rows, mistakes)


def _print_columns(configuration: Configuration) -> int:
    from tui.commands.column_list import ColumnsRow, print_columns
    from tui.screens.column_boards import BOARDS, column_name, settled_by_file

    settled, mistakes = settled_by_file(configuration.options.sections)
    rows = []
    for board in BOARDS:
        built_in = tuple(board.names)
        own = tuple(map(column_name, settled.get(board.name, board.names.values())))
        rows.append(ColumnsRow(board.name, board.words, own, built_in))
    return print_columns(rows, mistakes)


@contextmanager
def _logged(
    options: Options, clock: Clock, command: str, *, is_patient: bool = False, **facts: Any
) -> Iterator[tuple[EventLog, LoggedRun]]:
    """Keep what happens in the block in the log, and say at its end if that could not be written.

    Args:
        options: where, and how much.
        clock: the present moment.
        command: what runs.
        is_patient: whether somebody in the block says when writing may begin.
        facts: what else is to be known of it.
    """
    from tui.event_log import EventLog, logged_run

    def secrets() -> list[str]:
        # Not before the first paint, which would wait for the import.
        from tui.settings.keys import secrets_of_user

        return secrets_of_user(options)

    log = EventLog(options.paths.state, options.log_level, clock, secrets)
    try:
        with logged_run(log, command, **facts) as run:
            if not is_patient:
                log.start()
            yield log, run
    finally:
        if log.complaint:
            from tui.terminal.plain_words import complain

            complain(log.complaint)


def _for_line(configuration: Configuration, kind: TerminalKind) -> Options:
    """The options, with a slow line spared unless somebody decided otherwise."""
    from tui.settings.origins import Level

    is_undecided = configuration.origins["low_bandwidth"].level is Level.DEFAULT
    spared = is_undecided and kind.is_remote
    return configuration.options._replace(low_bandwidth=True) if spared else configuration.options


def _require_source(configuration: Configuration) -> None:
    """Refuse a source that cannot be opened before anything is read or drawn.

    Raises:
        UsageError: files without a folder, or a replay without its file; as ConfigurationError if no argument chose
            them.
    """
    options = configuration.options
    if options.source == "files" and options.data is None:
        raise configuration.misfit("source", "the files source needs a folder; name it with --data DIR")
    if options.source == "replay" and options.data is None:
        raise configuration.misfit("source", "the replay source needs a recording; name it with --data FILE")


def _shows_text(kind: TerminalKind) -> bool:
    """Whether the terminal takes text only.

    Raises:
        UsageError: standard input or output is no terminal.
    """
    if not (is_terminal(0) and is_terminal(1)):
        raise UsageError("the monitor needs a terminal; for a pipe or a file use: shortside snapshot tiers")
    return kind.is_dumb


@contextmanager
def _terminable() -> Iterator[None]:
    """While the block runs, SIGTERM ends it through its `finally` blocks instead of killing the process."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may set handlers; elsewhere the process keeps its own.
        return

    def rise(_number: int, _frame: FrameType | None) -> None:
        raise _TerminatedError

    before = signal.signal(signal.SIGTERM, rise)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
