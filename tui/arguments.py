"""Reads the command line into text; what the texts mean is settled in `tui.settings.configuration`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn

from tui import __version__
from tui.errors import UsageError
from tui.settings.options import (
    EXPORT_SETTINGS,
    LOG_SETTINGS,
    MARKET_SETTINGS,
    NETWORK_SETTINGS,
    OWN_SETTINGS,
    SCREEN_SETTINGS,
    SETTINGS,
    SNAPSHOT_SETTINGS,
    Setting,
    duration,
)
from tui.settings.paths import typed_path

_DESCRIPTION: Final = "A terminal monitor of the US short side. Without a command it opens the monitor."
_TITLES: Final = {
    MARKET_SETTINGS: "market",
    SCREEN_SETTINGS: "screen",
    OWN_SETTINGS: "own positions",
    EXPORT_SETTINGS: "exports",
    NETWORK_SETTINGS: "network",
    LOG_SETTINGS: "log",
    SNAPSHOT_SETTINGS: "document",
}
_EXIT_CODES: Final = """\
exit codes: 0 ok, 1 failure, 2 usage, 3 bad configuration, 4 no data or source unavailable,
5 older than --max-age, 130 interrupted, 143 terminated
Every option is also an environment variable (--as-of is SHORTSIDE_AS_OF) and a key of the configuration file.
"""
SHELLS: Final = ("bash", "zsh", "fish")
"""The shells whose completions are shipped."""
DEFAULT_EVENT_COUNT: Final = "200"
"""How many events of the log `doctor --log` prints."""

SHORTEST_WATCH_SECONDS: Final = 0.1
LONGEST_WATCH_SECONDS: Final = 7 * 86_400.0
"""Between two lines of a document that is printed again and again."""


HISTORY_SETTINGS: Final = tuple(setting for setting in MARKET_SETTINGS if setting.name not in ("as_of", "window"))
"""What decides the figures of a history: its days are its own."""


class HistoryWords(NamedTuple):
    """What the command line says of a history."""

    since: date
    until: date | None
    by: str
    """`tier` or `sector`."""
    every: str
    """`month` or `cycle`."""
    scheduler: str
    """Who does it: this machine, or the address of others."""
    form: str
    """`text`, `csv`, `json` or `parquet`."""
    output: Path | None
    """The file it is written to; None for standard output."""
    address: str
    """Where the data is, where that is no folder of this machine; empty where it is."""


class Arguments(NamedTuple):
    """The command line, taken apart."""

    command: str
    """`monitor`, or the word after the program's name: `snapshot`, `report`, `serve`, …"""
    given: dict[str, str]
    """The settings given, as text, by name; and `config`, the configuration file."""
    document: str = ""
    """Which document `snapshot` prints."""
    subject: str = ""
    """What the document is about, such as a symbol; empty where it is about a market."""
    watch_seconds: float | None = None
    """How often `snapshot` prints the document again; None for once."""
    report_form: str = ""
    """How `report` is written: `markdown` or `html`; empty for as the name of its file says."""
    output: Path | None = None
    """The file that `report` writes; None for standard output."""
    file: Path | None = None
    """What `record` writes, or what `lists import` reads."""
    verb: str = ""
    """What `lists` is to do: `import`; empty to print them."""
    list_name: str | None = None
    """What an imported list is to be called; None for as its file."""
    span: timedelta | None = None
    """How long it records, None until it is stopped; or how far back `journal` goes, None for a day or all of it."""
    is_forced: bool = False
    """Whether `config init` may replace a file."""
    with_origin: bool = False
    """Whether `config show` says where each value came from."""
    since: date | None = None
    """The first session `backfill` fetches."""
    until: date | None = None
    """The last session `backfill` fetches; None for the newest."""
    is_dry_run: bool = False
    """Whether `backfill` only says what it would ask for."""
    history: HistoryWords | None = None
    """What is asked of `history`."""
    events: int | None = None
    """How many events of the log `doctor` prints; None for none, but what it finds."""
    shell: str = ""
    """The shell that `completion` writes for."""
    with_book: bool = False
    """Whether `mcp` may read what is the user's own."""
    page: Mapping[str, str] = MappingProxyType({})
    """How `serve` is to serve the page, as text: `host`, `port`, `token_file`, `visitors`, `names`."""


def arguments_of(words: Sequence[str]) -> Arguments:
    """Take a command line apart.

    Raises:
        UsageError: there is no such option, command or panel, or a value is missing.
        SystemExit: with 0, after `--help` and `--version`.
    """
    if not words:
        # To describe every option takes a tenth of the time until the first paint.
        return Arguments(command="monitor", given={})
    _require_known(words)
    found = vars(_parser("snapshot" in words).parse_args(_joined(words)))
    names = {setting.name for setting in SETTINGS} | {"config"}
    return Arguments(
        command=found.get("command") or "monitor",
        document=found.get("panel", ""),
        subject=found.get("subject", ""),
        watch_seconds=_seconds_of("--watch", found.get("watch")),
        report_form=found.get("report_form") or "",
        output=typed_path(found["output"]) if "output" in found else None,
        file=typed_path(found["file"]) if "file" in found else None,
        span=_span_of(found.get("for")) if found.get("command") != "journal" else _span_back(found.get("since")),
        verb=found.get("verb") or "",
        list_name=found.get("name"),
        is_forced=found.get("force", False),
        with_origin=found.get("origin", False),
        since=_since_of(found),
        until=_day_of("--until", found.get("until")),
        is_dry_run=found.get("dry_run", False),
        events=_count_of("--log", found.get("log")),
        history=_history_of(found) if found.get("command") == "history" else None,
        shell=found.get("shell", ""),
        with_book=found.get("with_book", False),
        page={name: str(value) for name, value in found.items() if name in PAGE_OPTIONS},
        given={name: str(value) for name, value in found.items() if name in names},
    )


def _history_of(found: dict[str, Any]) -> HistoryWords:
    """What is asked of a history; an address is taken out of the settings, where a folder stands."""
    since = _day_of("--since", found["since"])
    assert since is not None, "the command line requires it"
    return HistoryWords(
        since=since,
        until=_day_of("--until", found.get("until")),
        by=found["by"],
        every=found["every"],
        scheduler=found["scheduler"],
        form=found["history_form"],
        output=typed_path(found["output"]) if "output" in found else None,
        address=found.pop("data") if "://" in found.get("data", "") else "",
    )


def _since_of(found: Mapping[str, Any]) -> date | None:
    """The day something begins with; None where the journal is to go back by a span, or none is named."""
    is_journal, text = found.get("command") == "journal", found.get("since")
    if is_journal and _span_back(text) is not None:
        return None
    return _day_of("--since", text, ", or how far back, such as 12h or 3d" if is_journal else "")


def _span_back(text: str | None) -> timedelta | None:
    """How far back a text says; None where it names a day, or says nothing."""
    try:
        return None if text is None else duration(text)
    except (ValueError, OverflowError):
        return None


def _day_of(option: str, text: str | None, or_what: str = "") -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} {text}: must be a day written YYYY-MM-DD{or_what}") from error


def _span_of(text: str | None) -> timedelta | None:
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise UsageError(f"--for {text}: must be a number and a unit, such as 90s, 30m or 2h") from error


def _seconds_of(option: str, text: str | None) -> float | None:
    """A number of seconds, or a number and a unit."""
    if text is None:
        return None
    try:
        seconds = duration(text if text[-1:].isalpha() else f"{text}s").total_seconds()
    except (ValueError, OverflowError):
        seconds = 0.0
    if not SHORTEST_WATCH_SECONDS <= seconds <= LONGEST_WATCH_SECONDS:
        raise UsageError(f"{option} {text}: must be seconds from {SHORTEST_WATCH_SECONDS:g} up, or such as 5m or 2h")
    return seconds


def _count_of(option: str, text: str | None) -> int | None:
    try:
        count = None if text is None else int(text)
    except ValueError:
        count = 0
    if count is not None and count < 1:
        raise UsageError(f"{option} {text}: must be a whole number from 1 up")
    return count


def _require_known(words: Sequence[str]) -> None:
    # argparse takes the value after a misspelt option for a command, and complains of that instead.
    for word in words:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in _OPTIONS:
            near = get_close_matches(option, _OPTIONS, 1)
            raise UsageError(f"there is no option {option}" + (f"; the nearest is {near[0]}" if near else ""))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise one sentence instead of printing argparse's page of usage with the reason at its end."""
        raise UsageError(message)


def _joined(words: Sequence[str]) -> list[str]:
    """`--sort -profit` as one word: argparse takes what begins with a minus for an option of its own."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1] == "--sort" and word.startswith("-") and not word.startswith("--"):
            joined[-1] = f"--sort={word}"
        else:
            joined.append(word)
    return joined


PAGE_OPTIONS: Final = ("host", "port", "token_file", "visitors", "names")
"""What only `serve` takes."""
_FLAGS: Final = [setting for setting in SETTINGS if setting.is_flag]
_OPTIONS: Final = (
    "--",
    *(setting.option for setting in SETTINGS),
    *(setting.option.replace("--", "--no-", 1) for setting in _FLAGS),
    "--config",
    "--origin",
    "--force",
    "--name",
    "--output",
    "--for",
    "--watch",
    "--since",
    "--until",
    "--dry-run",
    "--by",
    "--every",
    "--scheduler",
    "--log",
    *("--" + name.replace("_", "-") for name in PAGE_OPTIONS),
    "--with-book",
    "--version",
    "--help",
)
_PARSER_STYLE: Final[dict[str, Any]] = {
    # A script that relies on an abbreviation breaks on the day a second option begins like it.
    "allow_abbrev": False,
    # What is not given is absent, so that a command cannot overwrite with its default what stood before it.
    "argument_default": argparse.SUPPRESS,
    "epilog": _EXIT_CODES,
    "formatter_class": argparse.RawDescriptionHelpFormatter,
}


def _parser(with_documents: bool) -> argparse.ArgumentParser:
    parser = _Parser(prog="shortside", description=_DESCRIPTION, **_PARSER_STYLE)
    parser.add_argument("--version", action="version", version=f"shortside {__version__}")
    _add_settings(
        parser, MARKET_SETTINGS, SCREEN_SETTINGS, OWN_SETTINGS, EXPORT_SETTINGS, NETWORK_SETTINGS, LOG_SETTINGS
    )
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    snapshot = commands.add_parser("snapshot", help="print one panel and leave", **_PARSER_STYLE)
    if with_documents:
        # To read the list takes as long as all else here, and no other command asks for it.
        _add_documents(snapshot)
    snapshot.add_argument(
        "--watch", metavar="SECONDS", help="print it again every so many seconds, a line of JSON each, until stopped"
    )
    _add_settings(
        snapshot,
        SNAPSHOT_SETTINGS,
        MARKET_SETTINGS,
        SCREEN_SETTINGS,
        OWN_SETTINGS,
        EXPORT_SETTINGS,
        NETWORK_SETTINGS,
        LOG_SETTINGS,
    )
    _add_lists(commands)
    _add_report(commands)
    _add_history(commands)
    _add_record(commands)
    _add_backfill(commands)
    doctor = commands.add_parser(
        "doctor", help="look at everything the program stands on, and say what to do", **_PARSER_STYLE
    )
    # The word is the setting's own, so that the environment and the file decide where the command line does not.
    form = next(setting for setting in SNAPSHOT_SETTINGS if setting.name == "format")
    doctor.add_argument("--format", choices=("text", "json"), help=form.help)
    doctor.add_argument(
        "--log",
        metavar="N",
        nargs="?",
        const=DEFAULT_EVENT_COUNT,
        help=f"print the last N events of the log, {DEFAULT_EVENT_COUNT} by default",
    )
    _add_settings(doctor, NETWORK_SETTINGS)
    _add_journal(commands)
    _add_serve(commands)
    _add_mcp(commands)
    config = commands.add_parser("config", help="print settings, keys or columns, or write a file", **_PARSER_STYLE)
    verbs = config.add_subparsers(dest="verb", metavar="show|init|keys|columns", required=True)
    init = verbs.add_parser("init", help="write a configuration file with every default", **_PARSER_STYLE)
    init.add_argument("--force", action="store_true", default=False, help="replace the file that is there")
    _add_settings(init)
    keys = verbs.add_parser("keys", help="every key by its id, as the table [keys] has it", **_PARSER_STYLE)
    _add_settings(keys)
    columns = verbs.add_parser("columns", help="the columns of every table, as [columns] has them", **_PARSER_STYLE)
    _add_settings(columns)
    show = verbs.add_parser("show", help="every setting, as a configuration file would have it", **_PARSER_STYLE)
    show.add_argument("--origin", action="store_true", default=False, help="say where each value came from")
    _add_settings(
        show,
        SNAPSHOT_SETTINGS,
        MARKET_SETTINGS,
        SCREEN_SETTINGS,
        OWN_SETTINGS,
        EXPORT_SETTINGS,
        NETWORK_SETTINGS,
        LOG_SETTINGS,
    )
    _add_completion(commands)
    return parser


def whole_parser() -> argparse.ArgumentParser:
    """Every command with all its options: the manual page and the completions of shells are made of it."""
    return _parser(with_documents=True)


def _add_documents(snapshot: argparse.ArgumentParser) -> None:
    from tui.documents.catalog import DOCUMENTS

    names = [kind.name for kind in DOCUMENTS]
    width = max(map(len, names))
    kinds = "\n".join(f"  {kind.name:{width}} {kind.words}" for kind in DOCUMENTS)
    kinds += f"\n  {'line':{width}} one line for a status bar, from what a running monitor saved (its own --help)"
    snapshot.description = f"Print one panel and leave.\n\n{kinds}"
    snapshot.add_argument("panel", choices=names, metavar="PANEL", help=", ".join(names))
    subjects = ", ".join(f"{kind.subject} of {kind.name}" for kind in DOCUMENTS if kind.subject)
    snapshot.add_argument("subject", nargs="?", metavar="SUBJECT", help=f"what it is about: {subjects}")


def _add_lists(commands: Any) -> None:
    description = (
        "Print own lists and saved filters, which the monitor shows with L and snapshot takes with --list.\n"
        "They are text files beside the configuration file, a symbol a line; docs/working.md has all of it."
    )
    lists = commands.add_parser(
        "lists", help="print own lists, or import one", description=description, **_PARSER_STYLE
    )
    verbs = lists.add_subparsers(dest="verb", metavar="import")
    importing = verbs.add_parser("import", help="make a list of a text or CSV file", **_PARSER_STYLE)
    importing.add_argument("file", metavar="FILE", help="any broker's export: the column of symbols is found")
    importing.add_argument("--name", metavar="NAME", help="what the list is called; as the file by default")
    for parser in (lists, importing):
        _add_settings(parser)


def _add_journal(commands: Any) -> None:
    journal = commands.add_parser(
        "journal", help="print what happened: alerts, publications, feeds in trouble", **_PARSER_STYLE
    )
    journal.add_argument("--since", metavar="DAY|SPAN", help="YYYY-MM-DD, or how far back: 12h, 3d; all by default")
    form = next(setting for setting in SNAPSHOT_SETTINGS if setting.name == "format")
    journal.add_argument("--format", choices=("text", "json", "ndjson"), help=form.help)
    _add_settings(journal)


def _add_serve(commands: Any) -> None:
    description = (
        "Show the monitor as a page in a browser, on this machine at first: every visitor gets a monitor of his own.\n"
        "Another address wants a token, which SHORTSIDE_PAGE_TOKEN or --token-file has, or which is made and printed."
    )
    serve = commands.add_parser("serve", help="show the monitor in a browser", description=description, **_PARSER_STYLE)
    serve.add_argument("--host", metavar="ADDRESS", help="where to listen; 127.0.0.1 by default, this machine alone")
    serve.add_argument("--port", metavar="N", help="at which port; 8700 by default, 0 for any that is free")
    serve.add_argument("--token-file", metavar="FILE", help="a file of mode 0600 that holds the token")
    serve.add_argument("--visitors", metavar="N", help="how many monitors may run at once; 8 by default")
    serve.add_argument("--names", metavar="A,B", help="other names under which browsers may ask for the page")
    _add_settings(
        serve, MARKET_SETTINGS, SCREEN_SETTINGS, OWN_SETTINGS, EXPORT_SETTINGS, NETWORK_SETTINGS, LOG_SETTINGS
    )


def _add_mcp(commands: Any) -> None:
    description = (
        "Let an assistant read the documents of snapshot, by the Model Context Protocol on standard input and output.\n"
        "The assistant starts it, as docs/mcp.md says. It reads only, and nothing that is your own without --with-book."
    )
    mcp = commands.add_parser(
        "mcp", help="let an assistant read the documents", description=description, **_PARSER_STYLE
    )
    mcp.add_argument(
        "--with-book", action="store_true", default=False, help="let it read your own positions and lists, too"
    )
    _add_settings(mcp, MARKET_SETTINGS, OWN_SETTINGS, NETWORK_SETTINGS)


def _add_report(commands: Any) -> None:
    description = (
        "Write one page on a day: tiers, sectors, new short, crowded names, best and worst shorts, doubts, inputs.\n"
        "The page holds its charts and asks for nothing; it is dated, and names its sources."
    )
    report = commands.add_parser("report", help="write one page on a day", description=description, **_PARSER_STYLE)
    report.add_argument(
        "--format",
        dest="report_form",
        choices=("markdown", "html"),
        help="how the page is written; by the name of the file, else Markdown",
    )
    report.add_argument("--output", metavar="FILE", help="the file to write; standard output by default")
    one_list = next(setting for setting in SNAPSHOT_SETTINGS if setting.name == "list")
    report.add_argument("--list", metavar=one_list.metavar, help="an own list, which gets a section and its sums")
    _add_settings(report, MARKET_SETTINGS, NETWORK_SETTINGS)


def _add_history(commands: Any) -> None:
    description = (
        "Print what the short side earned by tier or sector, month by month or cycle by cycle: P&L, short interest,\n"
        "new short dollars and breadth. Each row is told with what was known on the last day, so that dollars add up.\n"
        "docs/history.md has all of it."
    )
    history = commands.add_parser(
        "history", help="print P&L, short interest and new shorts by period", description=description, **_PARSER_STYLE
    )
    history.add_argument("--since", metavar="YYYY-MM-DD", required=True, help="the first day")
    history.add_argument("--until", metavar="YYYY-MM-DD", help="the last one; the newest session by default")
    history.add_argument(
        "--by", choices=("tier", "sector"), default="tier", help="how names are grouped; tier by default"
    )
    history.add_argument(
        "--every", choices=("month", "cycle"), default="month", help="a row for each month, or settlement cycle"
    )
    history.add_argument(
        "--scheduler",
        metavar="WHO",
        default="local",
        help="who reads the years: local, threads, processes, or a Dask scheduler such as tcp://host:8786",
    )
    history.add_argument(
        "--format",
        dest="history_form",
        choices=("text", "csv", "json", "parquet"),
        default="text",
        help="how it is written; text for people by default",
    )
    history.add_argument("--output", metavar="FILE", help="the file to write; standard output by default")
    _add_group(history, "market", HISTORY_SETTINGS)
    _add_group(history, "screen", [setting for setting in SCREEN_SETTINGS if setting.name == "ascii"])
    history.add_argument("--config", metavar="FILE", help="the configuration file")


def _add_record(commands: Any) -> None:
    description = (
        "Write the market as it is now, and every price and publication from now on, into one file.\n"
        "It ends after --for, at the demo's closing bell, or with Ctrl-C; killed, it loses two seconds at most.\n"
        "Play it with: shortside --source replay --data FILE. The figures remain their publishers'."
    )
    record = commands.add_parser("record", help="write a session into a file", description=description, **_PARSER_STYLE)
    record.add_argument("file", metavar="FILE", help="the file to write; it must not be there yet")
    record.add_argument("--for", metavar="SPAN", help="how long: 90s, 30m, 2h; until it is stopped by default")
    _add_settings(record, MARKET_SETTINGS, SCREEN_SETTINGS, NETWORK_SETTINGS, LOG_SETTINGS)


def _add_backfill(commands: Any) -> None:
    description = (
        "Fetch the history the public source shows, from providers that need no key and those whose key is there.\n"
        "What is stored stays: an interrupted run is taken up by the next one."
    )
    backfill = commands.add_parser(
        "backfill", help="fetch history from public sources", description=description, **_PARSER_STYLE
    )
    backfill.add_argument("--since", metavar="YYYY-MM-DD", required=True, help="the first session wanted")
    backfill.add_argument("--until", metavar="YYYY-MM-DD", help="the last one; the newest by default")
    backfill.add_argument("--dry-run", action="store_true", help="say how much would be asked of whom, and ask nothing")
    _add_settings(backfill, NETWORK_SETTINGS, LOG_SETTINGS)


def _add_completion(commands: Any) -> None:
    description = (
        "Print what a shell needs to complete commands, options and their values.\n\n"
        '  bash   eval "$(shortside completion bash)"         in ~/.bashrc\n'
        '  zsh    eval "$(shortside completion zsh)"          in ~/.zshrc, below compinit\n'
        "  fish   shortside completion fish | source          in ~/.config/fish/config.fish"
    )
    completion = commands.add_parser(
        "completion", help="print the completion of a shell", description=description, **_PARSER_STYLE
    )
    completion.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def _add_settings(parser: argparse.ArgumentParser, *groups: tuple[Setting, ...]) -> None:
    for settings in groups:
        _add_group(parser, _TITLES[settings], settings)
    parser.add_argument("--config", metavar="FILE", help="the configuration file")


def _add_group(parser: argparse.ArgumentParser, title: str, settings: Sequence[Setting]) -> None:
    group = parser.add_argument_group(title)
    for setting in settings:
        if setting.is_flag:
            group.add_argument(setting.option, action=argparse.BooleanOptionalAction, help=setting.help)
        else:
            group.add_argument(setting.option, metavar=setting.metavar, help=setting.help)
