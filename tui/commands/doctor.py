"""The command `shortside doctor`: checks everything the program needs, and advises what to do about each fault.

Each check is a function from what it checks to findings, so that each can be tested on its own. Keys are looked for
and never shown. Asking is polite: one small request a host. It is long because it is a list: one check after another.
"""

from __future__ import annotations

import asyncio
import locale
import os
import shutil
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from providers.archive.absences import ABSENCES_FILE_NAME as ABSENCES
from providers.archive.absences import read_absences, words_on_absences
from providers.archive.lease import Lease
from providers.archive.loan_looks import damaged_days
from providers.archive.vintages import Archive
from providers.catalog import IBKR_BORROW, KeyName
from providers.durable import PARTIAL_PREFIX
from providers.errors import ProviderError, UnreachableError
from providers.feeds.state import Letter, with_age
from providers.feeds.states_file import STATES_FILE_NAME, read_states
from providers.http.probe import Probe, probe
from providers.ibkr.probe import FtpProbe, probe_ftp
from providers.keyed.keys import Keys
from shortside.datasets import Dataset
from shortside.sessions import NEW_YORK, new_york_date
from shortside.words.plain_text import printable
from tui.clock import Clock, system_clock
from tui.commands.alert_findings import alert_findings
from tui.commands.desk_findings import desk_findings
from tui.commands.findings import Finding, exit_code, failure, findings_as_json, findings_as_text, ok, warning
from tui.commands.hosts_asked import AskedHost, asked_hosts
from tui.event_log import OFF
from tui.log_file import LogFile
from tui.settings.configuration import Configuration
from tui.settings.keys import keyed_providers, keys_of_user
from tui.settings.paths import Paths
from tui.settings.rule_files import has_rules
from tui.settings.section_tables import SectionMistake
from tui.sources.archive_lack import filling_advice, first_day_to_fill, lack_words
from tui.terminal.kind import TerminalKind, is_terminal
from tui.terminal.plain_note import remembered
from tui.terminal.plain_words import say
from tui.terminal.saved_frame import SavedFrames

CLOCK_SKEW_WARNED_OF: Final = timedelta(seconds=30)
CLOCK_SKEW_FAILED: Final = timedelta(minutes=5)
"""A clock wrong by more asks for files before they are posted, or long after."""
LEAST_FREE_BYTES: Final = 500 * 2**20
"""Bytes free below which the disk is worth a word: a year of history takes about two hundred million."""
EVENTS_SEARCHED_FOR_LOSSES: Final = 1_000
"""Events of the log among which those that were lost are looked for."""
LEAST_TERMINAL_SIZE: Final = (80, 24)
MOST_VINTAGES_READ: Final = 40
"""Vintages that are read whole, the newest of each dataset first; the others are looked at from outside."""

Prober = Callable[[AskedHost], Awaitable[Probe]]
FtpProber = Callable[[], Awaitable[FtpProbe]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorInputs:
    """Everything the checks read, so that tests can hand in their own."""

    environment: Mapping[str, str]
    paths: Paths
    clock: Clock
    """The program's clock, which SHORTSIDE_NOW may set."""
    machine_clock: Clock = system_clock
    """The machine's clock, which nothing sets."""
    hosts: Sequence[AskedHost]
    ask: Prober
    ask_ftp: FtpProber | None
    """Asks the stock-loan server, which speaks FTP; None where it is switched off."""
    keys: Keys
    switched_off: Mapping[str, str]
    """Providers that nobody asks, and where that is said."""
    is_terminal: bool
    size: tuple[int, int]
    """The terminal's columns and rows."""
    encoding: str
    log_level: str = "info"
    """Which events are kept."""
    since: date
    """From which day on the archive would be filled."""
    desk: Callable[[], Awaitable[list[Finding]]] | None = None
    """Looks at the desk; None where there is none."""
    alerts: Callable[[], list[Finding]] = list
    """Looks at the rules of alerts; there are none by default."""
    misfit: str = ""
    """Why the program does not use the installed Textual's private parts; empty when they are as tested."""


def doctor(configuration: Configuration, clock: Clock, mistakes: Sequence[SectionMistake] = ()) -> int:
    """Look at everything, print what was found, and give the exit code: 1 if something will not work.

    Args:
        configuration: where this run keeps its things, whom it asks, and how the findings are written.
        clock: the present moment.
        mistakes: what is wrong in the tables of the configuration file that only screens understand.
    """
    findings = [*asyncio.run(examine(of_this_process(configuration, clock))), *section_findings(mistakes)]
    say(findings_as_json(findings) if configuration.options.format == "json" else findings_as_text(findings))
    return exit_code(findings)


def section_findings(mistakes: Sequence[SectionMistake]) -> list[Finding]:
    """Each mistake in the keys, themes and columns of the configuration file, with its line."""
    advice = "put it right; the monitor goes on with what is built in"
    return [warning("configuration", str(mistake), advice) for mistake in mistakes]


def of_this_process(configuration: Configuration, clock: Clock) -> DoctorInputs:
    """The terminal, clocks, paths and hosts of this process, for `examine`."""
    # It brings Textual with it, which nothing else here needs.
    from tui.terminal.textual_parts import misfit

    size = shutil.get_terminal_size()
    options = configuration.options
    keys = keys_of_user(options)
    return DoctorInputs(
        environment=os.environ,
        paths=options.paths,
        clock=clock,
        hosts=asked_hosts(options, keyed_providers(keys)),
        ask=lambda asked: probe(
            asked.host, upstream=options.upstream, base_url=asked.base_url, contact=options.contact or ""
        ),
        ask_ftp=None
        if IBKR_BORROW.name in options.switched_off
        else partial(probe_ftp, options.upstream_ftp, elsewhere=options.providers[IBKR_BORROW.name].base_url),
        keys=keys,
        switched_off={
            name: configuration.provider_origins[name, "enabled"].place for name in sorted(options.switched_off)
        },
        is_terminal=is_terminal(0) and is_terminal(1),
        size=(size.columns, size.lines),
        encoding=locale.getpreferredencoding(False),
        log_level=options.log_level,
        since=first_day_to_fill(options, new_york_date(clock())),
        desk=partial(desk_findings, options.desk, keys, clock) if options.desk is not None else None,
        alerts=partial(alert_findings, options, os.environ) if has_rules(options) else list,
        misfit=misfit(),
    )


async def examine(examined: DoctorInputs) -> list[Finding]:
    """Run every check; findings come in the order in which one would put things right."""
    probes = asyncio.gather(*(examined.ask(asked) for asked in examined.hosts))
    borrow = asyncio.ensure_future(_borrow_findings(examined.ask_ftp))
    local = await asyncio.to_thread(_local_findings, examined)
    # By where they are: one host may be asked at two addresses.
    answers = [replace(answer, host=asked.words) for asked, answer in zip(examined.hosts, await probes, strict=True)]
    clock = clock_findings(answers, examined.machine_clock(), examined.clock)
    desk = [] if examined.desk is None else await examined.desk()
    return [*local, *clock, *host_findings(answers), *await borrow, *desk]


async def _borrow_findings(ask: FtpProber | None) -> list[Finding]:
    return [] if ask is None else [borrow_finding(await ask())]


def _local_findings(examined: DoctorInputs) -> list[Finding]:
    paths = examined.paths
    return [
        *terminal_findings(examined.environment, examined.is_terminal, examined.size, examined.encoding),
        *display_findings(examined.misfit, paths.state),
        *path_findings(paths),
        *log_findings(LogFile(paths.state), examined.log_level),
        *saved_screen_findings(SavedFrames((), examined.environment, folder=str(paths.state)).foreign()),
        *archive_findings(paths.archive, examined.since),
        *absence_findings(paths.archive),
        *freshness_findings(paths.archive, examined.clock()),
        *poller_findings(paths.archive, examined.clock),
        *key_findings(examined.keys),
        *switched_off_findings(examined.switched_off),
        *examined.alerts(),
    ]


def terminal_findings(
    environment: Mapping[str, str], has_terminal: bool, size: tuple[int, int], encoding: str
) -> list[Finding]:
    """Whether the monitor can draw here, and how well."""
    kind = TerminalKind.of(environment)
    counted = {None: "no colour", "8": "8 colours", "standard": "16 colours", "256": "256 colours"}
    colours = counted.get(kind.colours, "all colours")
    name = environment.get("TERM", "") or "nothing"
    if not has_terminal:
        words = "standard input or output is no terminal"
        found = [warning("terminal", words, "the monitor needs one; a pipe is served by: shortside snapshot tiers")]
    elif kind.is_dumb:
        advice = "set TERM to what the terminal is, such as xterm-256color"
        found = [failure("terminal", f"TERM says {name}, which cannot move its cursor", advice)]
    else:
        found = [ok("terminal", f"{name}, {colours}{', over SSH' if kind.is_remote else ''}")]
        if size[0] < LEAST_TERMINAL_SIZE[0] or size[1] < LEAST_TERMINAL_SIZE[1]:
            words = f"{size[0]}×{size[1]} cells leave columns out"
            found.append(warning("size", words, f"make it {LEAST_TERMINAL_SIZE[0]}×{LEAST_TERMINAL_SIZE[1]} or larger"))
    if encoding.lower().replace("-", "") == "utf8":
        return [*found, ok("locale", encoding)]
    advice = "set LC_ALL to a UTF-8 locale such as C.UTF-8, or draw with --ascii"
    return [*found, warning("locale", f"{encoding} cannot write arrows and bars", advice)]


def display_findings(misfit: str, state: Path) -> list[Finding]:
    """Whether only changed cells are sent, or Textual draws by itself, now and in the last session."""
    if misfit:
        from tui.terminal.textual_parts import TESTED_TEXTUAL

        advice = f'for less on the line: pip install "textual=={TESTED_TEXTUAL}*"'
        return [warning("display", f"plain, because {misfit}", advice)]
    try:
        last = remembered(state)
    except OSError as error:
        return [warning("display", f"how the last session was drawn cannot be read: {error}", "remove that file")]
    if last:
        advice = "nothing shown was wrong, but more went over the line; tell us the words, please"
        return [warning("display", f"the last session fell back: {printable(last)}", advice)]
    return [ok("display", "only changed cells are sent")]


def path_findings(paths: Paths) -> list[Finding]:
    """Whether the folders of state, cache and archive can be written."""
    found = []
    for name, path in (("state", paths.state), ("cache", paths.cache), ("archive", paths.archive)):
        there = next(one for one in (path, *path.parents) if one.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            words = f"{path} cannot be written"
            found.append(failure(name, words, f"make {there} a folder you may write, or set SHORTSIDE_HOME"))
            continue
        free = shutil.disk_usage(there).free
        words = f"{path}{'' if path.exists() else ' (made when it is needed)'}"
        if free < LEAST_FREE_BYTES:
            words = f"{words}: only {free / 2**20:,.0f} MB are free"
            found.append(warning(name, words, "make room: a year of history takes about 200 MB"))
        else:
            found.append(ok(name, words))
    return found


def log_findings(log: LogFile, level: str) -> list[Finding]:
    """Where what happened can be read, and whether it can be written."""
    kept = "nothing is kept: log_level is off" if level == OFF else f"{level} and graver"
    try:
        if log.path.is_symlink() or (log.path.exists() and not log.path.is_file()):
            return [warning("log", f"{log.path} is no file of ours", "move it away; the log is made anew")]
        written_at, size = log.written_at(), log.size()
        lost = [line for line in log.last_lines(EVENTS_SEARCHED_FOR_LOSSES) if " log lost " in line]
    except OSError as error:
        return [warning("log", f"{log.path} cannot be read: {error.strerror or error}", "make it a file you may read")]
    if written_at is None:
        return [ok("log", f"{log.path}: nothing yet; {kept}")]
    if not os.access(log.path, os.W_OK):
        return [warning("log", f"{log.path} cannot be written", "make it a file you may write, or remove it")]
    at = f"{written_at.astimezone(NEW_YORK):%d %b %Y %H:%M} New York"
    words = f"{log.path}: {size / 1e6:,.1f} MB, last written {at}; {kept}"
    if lost:
        return [warning("log", f"{words}; events were lost: {lost[-1]}", "make room on the disk")]
    return [ok("log", words, "read it with: shortside doctor --log")]


def saved_screen_findings(foreign: Sequence[str]) -> list[Finding]:
    """Whether saved screens of an earlier version remain; every start deletes those it may."""
    if not foreign:
        return []
    words = f"{len(foreign)} screens kept by an earlier version cannot be deleted, such as: {foreign[0]}"
    return [warning("state", words, "delete them, and change the keys that were in the environment: they hold them")]


def archive_findings(root: Path, since: date) -> list[Finding]:
    """Whether the archive can be read, its newest vintages whole, and whether it makes a market; else from when on."""
    lack = lack_words(root)
    if not root.is_dir():
        return [ok("archive content", lack, filling_advice(since))]
    archive, files, days = Archive(root), 0, 0
    unsound: list[str] = []
    leftovers = 0
    for dataset in Dataset:
        vintages = archive.vintages(dataset)
        files, days = files + len(vintages), days + len({one.as_of for one in vintages})
        leftovers += sum(PARTIAL_PREFIX in complaint for complaint in archive.complaints)
        unsound += [complaint for complaint in archive.complaints if PARTIAL_PREFIX not in complaint]
        for vintage in vintages[-max(MOST_VINTAGES_READ // len(Dataset), 1) :]:
            try:
                archive.read(vintage)
            except ProviderError as error:
                unsound.append(str(error))
    unsound += damaged_days(root)
    words = f"{files:,} vintages of {days:,} days"
    if lack:
        found = [ok("archive content", f"{words}; it {lack}" if files else lack, filling_advice(since))]
    else:
        found = [ok("archive content", words)]
    if unsound:
        words = f"{len(unsound)} files are passed over, such as: {unsound[0]}"
        found.append(failure("archive content", words, "move them away; what they held is fetched again"))
    if leftovers:
        words = f"{leftovers} files were not finished, and are passed over"
        advice = f"while no shortside runs, files whose names begin with {PARTIAL_PREFIX} may be removed"
        found.append(warning("archive content", words, advice))
    return found


def absence_findings(root: Path) -> list[Finding]:
    """What was asked for and cannot be had, by provider and reason: nothing is wrong here, but it is missed."""
    advice = f"every backfill asks again; all of it is written in {root / ABSENCES}"
    return [ok("not to be had", words, advice) for words in words_on_absences(read_absences(root))]


def freshness_findings(root: Path, now: datetime) -> list[Finding]:
    """How old the newest data of each feed are."""
    found = []
    for state in (with_age(one, now) for one in read_states(root / STATES_FILE_NAME)):
        of_day = f"of {state.as_of}" if state.as_of else "nothing yet"
        if state.letter is Letter.OFF:
            found.append(ok(state.name, state.words))
            continue
        words = "; ".join(filter(None, [f"{of_day}, {state.words}", state.remark]))
        if state.is_troubled:
            advice = "it is tried again by itself; r in the monitor tries now"
            found.append(warning(state.name, f"{words}; the last look failed: {state.complaint}", advice))
        elif state.is_partial:
            advice = "it is asked for again at the next look"
            found.append(warning(state.name, f"{words}; part of the last look is missing: {state.complaint}", advice))
        elif state.letter in {Letter.LATE, Letter.STALE}:
            advice = "let the monitor run with --source public, or: shortside backfill"
            found.append(warning(state.name, words, advice))
        else:
            found.append(ok(state.name, words))
    return found


def poller_findings(root: Path, clock: Clock) -> list[Finding]:
    """Which process polls the public providers now."""
    if not root.is_dir():
        return []
    complaints: list[str] = []
    lease = Lease(root, clock, complaints.append)
    holder = lease.holder()
    is_free = lease.acquire()
    lease.release()
    if complaints:
        return [failure("poller", complaints[0], "a lock needs a folder you may write, on a drive that has locks")]
    if is_free:
        return [ok("poller", "nobody polls now")]
    who = f"{holder.words} since {holder.since.astimezone(NEW_YORK):%d %b %H:%M} New York" if holder else "another one"
    return [ok("poller", f"{who} polls")]


def key_findings(keys: Keys) -> list[Finding]:
    """Which providers' API keys are there; none is needed, and none is shown."""
    found = []
    for name in KeyName:
        try:
            where = keys.find(name)
        except ProviderError as error:
            found.append(failure("key", f"{name.value}: {error}", "put it right, or take it away: no key is needed"))
            continue
        words = f"{name.value} is not set" if where is None else f"{name.value} comes from the {where[1].value}"
        found.append(ok("key", words))
    return found + [warning("key", complaint) for complaint in keys.complaints]


def switched_off_findings(switched_off: Mapping[str, str]) -> list[Finding]:
    """Which providers are switched off, and which setting says so."""
    return [ok("provider", f"{name} is switched off: {place}") for name, place in switched_off.items()]


def clock_findings(probes: Iterable[Probe], machine: datetime, clock: Clock) -> list[Finding]:
    """Whether the machine's clock agrees with the servers', and whether ours is the machine's."""
    found = []
    ahead = clock() - machine
    if abs(ahead) > CLOCK_SKEW_WARNED_OF:
        words = f"SHORTSIDE_NOW sets it to {clock().astimezone(NEW_YORK):%Y-%m-%d %H:%M} New York"
        found.append(warning("clock", words, "take the variable away to live in the present"))
    moments = sorted(one.server_time - clock() for one in probes if one.server_time is not None)
    if not moments:
        return found
    # One server may be wrong; the middle one is not.
    skew = moments[len(moments) // 2]
    words = f"{abs(skew).total_seconds():,.0f} s {'behind' if skew > timedelta() else 'ahead of'} the servers'"
    if abs(skew) > CLOCK_SKEW_FAILED:
        return [*found, failure("clock", words, "set the machine's clock; let it be kept by a time service")]
    if abs(skew) > CLOCK_SKEW_WARNED_OF:
        return [*found, warning("clock", words, "let the machine's clock be kept by a time service")]
    return [*found, ok("clock", f"within {CLOCK_SKEW_WARNED_OF.seconds} s of the servers'")]


def host_findings(probes: Sequence[Probe]) -> list[Finding]:
    """Which hosts answer."""
    found = []
    is_cut_off = not any(one.is_reachable for one in probes)
    for one in probes:
        if one.is_reachable and not one.words:
            found.append(ok(one.host, f"answers in {one.seconds * 1_000:,.0f} ms"))
        else:
            advice = "see whether this machine may reach it at all: a proxy goes into HTTPS_PROXY"
            make = failure if is_cut_off else warning
            found.append(make(one.host, one.words or f"answers {one.status}", advice))
    return found


def borrow_finding(one: FtpProbe) -> Finding:
    """Whether the stock-loan server answers; never a failure, for only borrow fees depend on it."""
    if one.error is None:
        return ok(one.host, f"answers over FTP in {one.seconds * 1_000:,.0f} ms")
    if isinstance(one.error, UnreachableError):
        advice = (
            "n/a: borrow fees are missing (—), nothing else suffers; "
            "a network that lets FTP out, port 21 and passive transfers, gives them"
        )
    else:
        advice = "it is asked again by itself; until then borrow fees are missing or old, nothing else suffers"
    return warning(one.host, str(one.error), advice)
