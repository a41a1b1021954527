"""Settles every setting from command line, environment, file and default, and remembers where each came from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from providers.catalog import CARDS
from providers.ordinary_files import content_of
from tui.errors import ConfigurationError, UsageError
from tui.settings import provider_configuration
from tui.settings.options import ARCHIVE_SOURCES, SETTINGS, Setting, UnquotableError
from tui.settings.origins import Level, Origin
from tui.settings.paths import Paths, paths_from_environment, typed_path
from tui.settings.providers import ProviderOptions, keys_of
from tui.settings.section_tables import SectionTables, sections_of

if TYPE_CHECKING:
    from shortside.view import View

FILE_VARIABLE = "SHORTSIDE_CONFIG"
LARGEST_FILE_BYTES = 2**20
"""Of a configuration file; one with every key has three thousand."""


class AlertTables(NamedTuple):
    """The tables `[[alerts]]` of a file, as TOML has them."""

    file: Path
    tables: Any = ()


# Named tuples, as everything that is needed before the first paint: a dataclass takes ten times as long to set up.
class Options(NamedTuple):
    """Every setting, settled. Fields are named as the settings of `tui.settings.options` are, and documented there."""

    source: str
    data: Path | None
    as_of: date | None
    window: str
    tier_basis: str
    positions: str
    known: str
    seed: int | None
    low_bandwidth: bool
    theme: str | None
    ascii: bool
    still: bool
    fresh: bool
    speed: float
    book: Path | None
    exit_volume: float
    exports: Path | None
    contact: str | None
    upstream: str | None
    upstream_ftp: str | None
    desk: str | None
    log_level: str
    format: str
    sort: str
    limit: int
    tier: str | None
    sector: str | None
    where: str | None
    symbols: str | None
    list: str | None
    columns: str | None
    cycle: date | None
    max_age: timedelta | None
    providers: Mapping[str, ProviderOptions]
    """What is set of each provider, by its name; every provider there is."""
    paths: Paths
    """Where this run keeps its things."""
    alerts: AlertTables
    """The rules of alerts as they stand in the file; read by `tui.alerts.rule_tables`, so that a mistake in one of them
    stops no other."""
    sections: SectionTables
    """Keys, themes and columns of the user's own as they stand in the file; read by `tui.screens.own_sections`."""

    @property
    def has_archive(self) -> bool:
        """Whether the market is made of the archive, which the public source or a desk keeps fresh."""
        return self.source in ARCHIVE_SOURCES

    @property
    def switched_off(self) -> frozenset[str]:
        """The providers that nobody is to ask."""
        return frozenset(name for name, provider in self.providers.items() if not provider.enabled)

    @property
    def base_urls(self) -> dict[str, Mapping[str, str]]:
        """The addresses to ask in place of hosts, by provider and host."""
        return {name: provider.base_url for name, provider in self.providers.items() if provider.base_url}

    def view(self) -> View:
        """The view of the market they ask for."""
        from shortside.positions import Knowledge, PositionsMethod
        from shortside.tiers import TierBasis
        from shortside.view import View

        return View(
            window=self.window,
            basis=TierBasis(self.tier_basis),
            positions=PositionsMethod(self.positions),
            knowledge=Knowledge(self.known),
        )


class Configuration(NamedTuple):
    """Options, with the origin of each by its name."""

    options: Options
    origins: Mapping[str, Origin]
    provider_origins: Mapping[tuple[str, str], Origin]
    """Where each setting of a provider was decided, by provider and key."""
    file: Path
    """The configuration file, whether or not there is one."""

    def misfit(self, name: str, reason: str) -> UsageError | ConfigurationError:
        """The error to raise for a value that turned out not to fit, by who gave it."""
        origin = self.origins[name]
        is_argument = origin.level is Level.ARGUMENT
        return (UsageError if is_argument else ConfigurationError)(f"{origin.place}: {reason}")


_Found = dict[str, tuple[Any, Origin]]


def configured(arguments: Mapping[str, str], environment: Mapping[str, str]) -> Configuration:
    """Settle every setting.

    Args:
        arguments: what the command line gave, as text, by setting; `config` is the file's path.
        environment: the process's variables.

    Raises:
        UsageError: an argument cannot be.
        ConfigurationError: a variable or a key of the file cannot be.
    """
    paths = paths_from_environment(environment)
    file, must_exist = _file(arguments, environment, paths)
    text = _text(file, must_exist)
    document = _toml(file, text)
    sections = sections_of(file, text, document)
    of_providers = _providers_from_file(file, text, document.pop("providers", {}))
    alerts = AlertTables(file, document.pop("alerts", ()))
    of_providers |= provider_configuration.from_environment(environment)
    found = _defaults() | _from_file(file, text, document) | _from_environment(environment) | _from_arguments(arguments)
    if found["source"][0] is None:
        found["source"] = _source_by_data(*found["data"])
    options = Options(
        paths=paths,
        alerts=alerts,
        sections=sections,
        providers=provider_configuration.settled_providers(of_providers),
        **{name: value for name, (value, _) in found.items()},
    )
    settled = Configuration(
        options=options,
        origins={name: origin for name, (_, origin) in found.items()},
        provider_origins={
            (provider, key): of_providers[provider, key][1] if (provider, key) in of_providers else _DEFAULT
            for provider in CARDS
            for key in keys_of(provider)
        },
        file=file,
    )
    if options.source == "desk" and options.desk is None:
        raise settled.misfit("source", "a desk has an address: --desk redis://HOST, or desk in the configuration")
    return settled


def _source_by_data(data: Path | None, origin: Origin) -> tuple[str, Origin]:
    if data is None:
        return "demo", Origin(Level.DEFAULT, "default")
    return "files", Origin(Level.DEFAULT, f"default, as {origin.place} sets a folder")


def named_file(arguments: Mapping[str, str], environment: Mapping[str, str]) -> Path:
    """The configuration file of a command line and an environment, whether or not there is one."""
    return _file(arguments, environment, paths_from_environment(environment))[0]


def _file(arguments: Mapping[str, str], environment: Mapping[str, str], paths: Paths) -> tuple[Path, bool]:
    """The configuration file, and whether somebody asked for this one."""
    named = arguments.get("config") or environment.get(FILE_VARIABLE, "").strip()
    return (typed_path(named), True) if named else (paths.configuration, False)


_DEFAULT = Origin(Level.DEFAULT, "default")


def _defaults() -> _Found:
    return {setting.name: (setting.default, _DEFAULT) for setting in SETTINGS}


def _from_arguments(arguments: Mapping[str, str]) -> _Found:
    found: _Found = {}
    for setting in SETTINGS:
        if setting.name in arguments:
            text = arguments[setting.name]
            try:
                found[setting.name] = setting.read(text), Origin(Level.ARGUMENT, setting.option)
            except UnquotableError as error:
                raise UsageError(f"{setting.option}: {error}") from None
            except ValueError as error:
                raise UsageError(f"{setting.option} {text}: must be {setting.allowed}") from error
    return found


def _from_environment(environment: Mapping[str, str]) -> _Found:
    found: _Found = {}
    for setting in SETTINGS:
        text = environment.get(setting.variable, "").strip()
        if text:  # An empty variable is how shells unset one for a single command.
            try:
                found[setting.name] = setting.read(text), Origin(Level.ENVIRONMENT, setting.variable)
            except UnquotableError as error:
                raise ConfigurationError(f"{setting.variable}: {error}") from None
            except ValueError as error:
                raise ConfigurationError(f"{setting.variable}={text}: must be {setting.allowed}") from error
    return found


def _providers_from_file(file: Path, text: str, tables: Any) -> provider_configuration.FoundOfProviders:
    try:
        return provider_configuration.from_file(file, tables)
    except ConfigurationError as error:
        words = str(error).removeprefix(f"{file}: ")
        # The sentence names the key, as this module's own sentences do.
        named = next((word for word in words.split() if word.startswith("providers")), "providers").rstrip(":,;")
        raise ConfigurationError(f"{file}: {_line(text, named)}{words}") from error


def _line(text: str, key: str) -> str:
    """In which line of the file a key stands, to be put before what is said of it; empty where that is not found."""
    # Only for a file that is wrong.
    from tui.settings.toml_lines import line_numbers

    lines, parts = line_numbers(text), tuple(key.split("."))
    found = next((lines[parts[:length]] for length in range(len(parts), 0, -1) if parts[:length] in lines), 0)
    return f"line {found}: " if found else ""


def _from_file(file: Path, text: str, document: dict[str, Any]) -> _Found:
    by_key = {setting.key: setting for setting in SETTINGS}
    tables = {setting.table for setting in SETTINGS if setting.table}
    found: _Found = {}
    for key, value in _keys(document, tables):
        setting = by_key.get(key)
        if setting is None:
            raise ConfigurationError(f"{file}: {_line(text, key)}there is no key {key}{_nearest(key, by_key)}")
        found[setting.name] = _file_value(file, text, setting, value), Origin(Level.FILE, f"{file}: {key}")
    return found


def _text(file: Path, must_exist: bool) -> str:
    """All that stands in the file; nothing where there is none, and nobody asked for it."""
    try:
        return content_of(file, LARGEST_FILE_BYTES).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        if must_exist:
            raise ConfigurationError(f"{file}: there is no such configuration file") from error
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file}: the configuration file cannot be read: {error}") from error


def _toml(file: Path, text: str) -> dict[str, Any]:
    if not text:
        return {}
    # Only now: most starts have no file, and wait for every import.
    import tomllib

    try:
        return tomllib.loads(text)
    # A number of more digits than Python reads, or tables within tables without an end.
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{file}: this is not TOML: {error}") from error


def _keys(document: dict[str, Any], tables: set[str]) -> list[tuple[str, Any]]:
    """Every key with its table before it."""
    keys: list[tuple[str, Any]] = []
    for key, value in document.items():
        if key in tables and isinstance(value, dict):
            keys.extend((f"{key}.{inner}", within) for inner, within in value.items())
        else:
            keys.append((key, value))
    return keys


def _nearest(key: str, known: Mapping[str, Setting]) -> str:
    # `window` under [snapshot] or `limit` at the top is the right word in the wrong place.
    last = key.rpartition(".")[2].replace("-", "_")
    same = [name for name in known if name.rpartition(".")[2] == last]
    near = same or get_close_matches(key, known, 1, 0.5) or get_close_matches(last, known, 1, 0.5)
    return f"; the nearest is {near[0]}" if near else f"; the keys are {', '.join(known)}"


def _file_value(file: Path, text: str, setting: Setting, value: Any) -> Any:
    try:
        if not isinstance(value, _kinds(setting)) or isinstance(value, bool) is not setting.is_flag:
            raise ValueError(value)
        settled = setting.read(str(value))
    except UnquotableError as error:
        raise ConfigurationError(f"{file}: {_line(text, setting.key)}{setting.key}: {error}") from None
    except ValueError as error:
        words = f"{_line(text, setting.key)}{setting.key} = {value!r}: must be {setting.allowed}"
        raise ConfigurationError(f"{file}: {words}") from error
    # A folder named in a file is meant from where that file lies, not from where the program was started.
    return file.parent / settled if isinstance(settled, Path) else settled


def _kinds(setting: Setting) -> tuple[type, ...]:
    """What TOML may hand over for a setting; True is an int to Python, so the caller looks for that."""
    if setting.is_flag:
        return (bool,)
    return (int, float) if setting.is_number else (str, date)
