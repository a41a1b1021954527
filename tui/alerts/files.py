"""The rules of a user: those of the configuration file, and those made by key in a file of their own beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from providers.durable import make_folder, replace_file
from providers.ordinary_files import FileStamp, file_stamp
from shortside.conditions.figures import Figures
from shortside.conditions.reading import Vocabulary
from tui.alerts.rule_tables import Mistake, ReadAlerts, alerts_of
from tui.errors import ReportedError
from tui.exit_codes import BAD_CONFIGURATION
from tui.settings.configuration import AlertTables, Options
from tui.settings.rule_files import rules_document, rules_file
from tui.settings.toml_text import as_toml, toml_key

LOCK_SECONDS: Final = 2.0
_HEAD: Final = "# Alerts made by key in shortside, which writes this file anew, and which ones are switched off.\n"


class AlertFileError(ReportedError):
    """The file of rules made by key cannot be read or written."""

    code = BAD_CONFIGURATION


class OwnAlerts(NamedTuple):
    """What the file of rules made by key holds."""

    tables: tuple[Mapping[str, Any], ...] = ()
    off: tuple[str, ...] = ()
    """The names of rules that are switched off, also of those in the configuration file."""


def read_own(file: Path) -> OwnAlerts:
    """What the file holds; nothing where it is not there.

    Raises:
        AlertFileError: it cannot be read, or is no such file.
    """
    try:
        document = rules_document(file)
    except (FileNotFoundError, NotADirectoryError):
        return OwnAlerts()
    except OSError as error:
        raise AlertFileError(f"{file}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise AlertFileError(f"{file}: this is not TOML: {error}") from error
    tables, off = document.get("alerts", []), document.get("off", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise AlertFileError(f"{file}: alerts must be tables, each begun by [[alerts]]")
    if not isinstance(off, list) or not all(isinstance(name, str) for name in off):
        raise AlertFileError(f"{file}: off must be a list of names")
    return OwnAlerts(tuple(tables), tuple(off))


def change_own(file: Path, change: Callable[[OwnAlerts], OwnAlerts]) -> None:
    """Change the file, whole or not at all; another process that changes it is waited for.

    Raises:
        AlertFileError: it cannot be read, and so is left as it is, or cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        make_folder(file.parent)
        with FileLock(file.with_name(f".{file.name}.lock"), timeout=LOCK_SECONDS, mode=0o600):
            replace_file(file, _toml(change(read_own(file))).encode(), is_synced=True)
    # Not implemented are locks, on some drives: filelock says so.
    except (OSError, NotImplementedError, Timeout) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise AlertFileError(f"{file}: cannot be written: {reason}") from error


def _toml(own: OwnAlerts) -> str:
    lines = [_HEAD, f"off = {as_toml(list(own.off))}\n"] if own.off else [_HEAD]
    for table in own.tables:
        lines += ["\n[[alerts]]\n", *(f"{toml_key(key)} = {as_toml(value)}\n" for key, value in table.items())]
    return "".join(lines)


def stamp_of_rules(options: Options) -> tuple[FileStamp | None, ...]:
    """By what a change of the files of rules is told; another tuple once one of them is another. Blocks."""
    return tuple(file_stamp(file) for file in (options.alerts.file, rules_file(options)))


def tables_now(given: AlertTables) -> tuple[AlertTables, str]:
    """The rules of the configuration file as it is now; those there were, with a word, where it cannot be read."""
    try:
        document = rules_document(given.file)
    except (FileNotFoundError, NotADirectoryError):
        return given._replace(tables=()), ""
    except OSError as error:
        return given, f"cannot be read, so its alerts stay as they were: {error.strerror or error}"
    except ValueError as error:
        return given, f"this is not TOML, so its alerts stay as they were: {error}"
    return given._replace(tables=document.get("alerts", ())), ""


def read_alerts(
    options: Options,
    figures: Figures,
    environment: Mapping[str, str],
    vocabulary: Vocabulary = lambda key: None,
) -> ReadAlerts:
    """Every rule there is, and what is wrong with others. Blocks, as files do.

    Args:
        options: name the files.
        figures: the figures that conditions may speak of.
        environment: holds what stands under `env:NAME`.
        vocabulary: the words that figures can say; nothing is known of them without a market.
    """
    file, mistakes = rules_file(options), []
    own = OwnAlerts()
    try:
        own = read_own(file)
    except AlertFileError as error:
        mistakes.append(Mistake(str(file), str(error).removeprefix(f"{file}: ")))
    reading: dict[str, Any] = {"vocabulary": vocabulary, "off": own.off}
    given = alerts_of(options.alerts.file, options.alerts.tables, figures, environment, **reading)
    taken = [alert.rule.name for alert in given.alerts]
    made = alerts_of(file, own.tables, figures, environment, taken=taken, **reading)
    return ReadAlerts((*given.alerts, *made.alerts), (*given.mistakes, *mistakes, *made.mistakes))
