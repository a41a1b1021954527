"""Settings are settled by argument, then environment, then file, then default, and know who decided."""

import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from shortside.positions import Knowledge, PositionsMethod
from shortside.tiers import TierBasis
from tui.__main__ import main
from tui.arguments import arguments_of
from tui.clock import clock_from_environment, clock_set_to, system_clock
from tui.errors import ConfigurationError, UsageError
from tui.settings.configuration import configured
from tui.settings.options import SETTINGS
from tui.settings.origins import Level
from tui.settings.paths import paths_from_environment
from tui.settings.toml_text import as_toml

EVERY_TEXT = {
    "source": "files",
    "data": "/market",
    "as_of": "2023-09-07",
    "window": "since:2023-08-01",
    "tier_basis": "daily",
    "positions": "step",
    "known": "revised",
    "seed": "7",
    "low_bandwidth": "true",
    "still": "true",
    "theme": "night",
    "ascii": "yes",
    "fresh": "yes",
    "speed": "60",
    "book": "/mine/book.csv",
    "exit_volume": "0.25",
    "exports": "/mine/exports",
    "contact": "me@example.org",
    "upstream": "http://127.0.0.1:8765",
    "upstream_ftp": "127.0.0.1:8721",
    "desk": "rediss://desk.example:6380",
    "log_level": "debug",
    "format": "csv",
    "sort": "-profit",
    "limit": "0",
    "tier": "mid",
    "sector": "Energy",
    "where": "crowding > 90 & tier = small",
    "symbols": "GME,AMC",
    "list": "my book",
    "columns": "symbol,profit",
    "cycle": "2023-08-15",
    "max_age": "36h",
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment with a home of its own."""
    return {"SHORTSIDE_HOME": str(tmp_path)}


def write(home: dict[str, str], text: str) -> Path:
    file = Path(home["SHORTSIDE_HOME"], "config.toml")
    file.write_text(text)
    return file


def test_unset_everything_is_the_demo_market_year_to_date(home):
    options = configured({}, home).options
    assert (options.source, options.window, options.tier_basis, options.positions) == ("demo", "ytd", "end", "linear")
    assert (options.known, options.as_of, options.data, options.max_age) == ("as-known", None, None, None)
    assert configured({}, home).origins["source"].level is Level.DEFAULT


@pytest.mark.parametrize("deep", [f"[{'.'.join('a' * 50_000)}]\n", "a = " + "[" * 50_000, "a = " + "{a=" * 50_000])
def test_a_file_that_is_deep_without_end_is_refused_in_a_sentence(home, deep):
    write(home, deep)
    with pytest.raises(ConfigurationError) as caught:
        configured({}, home)
    assert len(str(caught.value)) < 1_000


def test_a_folder_of_data_alone_chooses_the_files_source(home):
    settled = configured({"data": "market"}, home)
    assert settled.options.source == "files"
    assert "--data" in settled.origins["source"].place


def test_a_source_that_was_chosen_stays(home):
    write(home, 'data = "market"\n')
    assert configured({"source": "demo"}, home).options.source == "demo"


def test_argument_beats_environment_beats_file_beats_default(home):
    file = write(home, 'window = "1y"\ntier_basis = "start"\npositions = "step"\n')
    environment = {**home, "SHORTSIDE_WINDOW": "30d", "SHORTSIDE_TIER_BASIS": "daily"}
    settled = configured({"window": "5d"}, environment)
    options = settled.options
    assert (options.window, options.tier_basis, options.positions, options.known) == ("5d", "daily", "step", "as-known")
    places = {name: settled.origins[name].place for name in ("window", "tier_basis", "positions", "known")}
    assert places == {
        "window": "--window",
        "tier_basis": "SHORTSIDE_TIER_BASIS",
        "positions": f"{file}: positions",
        "known": "default",
    }


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_can_be_given_in_all_three_ways(home, setting):
    text = EVERY_TEXT[setting.name]
    by_argument = configured({setting.name: text}, home)
    by_environment = configured({}, {**home, setting.variable: text})
    value = getattr(by_argument.options, setting.name)
    write(home, (f"[{setting.table}]\n" if setting.table else "") + f"{setting.name} = {as_toml(value)}\n")
    by_file = configured({}, home)
    assert value != setting.default
    assert getattr(by_environment.options, setting.name) == value
    assert getattr(by_file.options, setting.name) == value
    levels = [one.origins[setting.name].level for one in (by_argument, by_environment, by_file)]
    assert levels == [Level.ARGUMENT, Level.ENVIRONMENT, Level.FILE]


def test_every_setting_has_an_example():
    assert set(EVERY_TEXT) == {setting.name for setting in SETTINGS}


def test_the_view_is_what_the_options_say(home):
    view = configured({name: EVERY_TEXT[name] for name in ("window", "tier_basis", "positions", "known")}, home)
    seen = view.options.view()
    assert (seen.window, seen.basis) == ("since:2023-08-01", TierBasis.DAILY)
    assert (seen.positions, seen.knowledge) == (PositionsMethod.STEP, Knowledge.REVISED)


def test_a_folder_named_in_the_file_lies_beside_the_file(home, tmp_path):
    write(home, 'data = "market"\n')
    assert configured({}, home).options.data == tmp_path / "market"


def test_an_empty_variable_sets_nothing(home):
    assert configured({}, {**home, "SHORTSIDE_WINDOW": ""}).options.window == "ytd"


def test_a_native_date_of_toml_is_a_date(home):
    write(home, "as_of = 2023-09-07\n")
    assert configured({}, home).options.as_of == date(2023, 9, 7)


def test_an_age_is_a_number_and_a_unit(home):
    ages = [configured({"max_age": text}, home).options.max_age for text in ("90m", "12h", "1.5d", "2w")]
    assert ages == [timedelta(minutes=90), timedelta(hours=12), timedelta(hours=36), timedelta(days=14)]


WRONG = [
    ("source", "bloomberg", "one of demo, files, public, desk, replay"),
    ("as_of", "7 Sep 2023", "YYYY-MM-DD"),
    ("window", "2y", "ytd"),
    ("window", "since:2023-02-30", "since:YYYY-MM-DD"),
    ("tier_basis", "middle", "end, start, daily"),
    ("ascii", "maybe", "true or false"),
    ("speed", "0", "above 0"),
    ("speed", "nan", "above 0"),
    ("exit_volume", "0", "a part of the volume"),
    ("exit_volume", "110%", "a part of the volume"),
    ("limit", "-1", "from 0 up"),
    ("max_age", "3", "3d"),
    ("theme", " ", "theme"),
]


@pytest.mark.parametrize(("name", "text", "allowed"), WRONG)
def test_a_wrong_argument_is_a_usage_error_that_says_what_is_allowed(home, name, text, allowed):
    with pytest.raises(UsageError, match=allowed) as caught:
        configured({name: text}, home)
    assert "--" + name.replace("_", "-") in str(caught.value)


@pytest.mark.parametrize(("name", "text", "allowed"), [case for case in WRONG if case[1].strip()])
def test_a_wrong_variable_is_named(home, name, text, allowed):
    variable = f"SHORTSIDE_{name.upper()}"
    with pytest.raises(ConfigurationError, match=f"{variable}=.*{allowed}"):
        configured({}, {**home, variable: text})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('window = "2y"', "window = '2y': must be one of 1d"),
        ('windw = "ytd"', "no key windw; the nearest is window"),
        ("limit = 3", "no key limit; the nearest is snapshot.limit"),
        ('[snapshot]\nwindow = "ytd"', "no key snapshot.window; the nearest is window"),
        ("[snapshot]\nlimit = true", "snapshot.limit = True: must be a whole number"),
        ('ascii = "true"', "ascii = 'true': must be true or false"),
        ("ascii = 1", "ascii = 1: must be true or false"),
        ("theme = 5", "theme = 5: must be the name of a theme"),
        ("as_of = 2023-09-07T10:00:00", "must be a day"),
        ("zzzzzz = 1", "the keys are source, data"),
        ("window = ytd", "this is not TOML: .*line 1"),
        ("snapshot = 3", "no key snapshot"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(home, text, words):
    file = write(home, text + "\n")
    with pytest.raises(ConfigurationError, match=words) as caught:
        configured({}, home)
    assert str(caught.value).startswith(f"{file}: ")


def test_a_file_that_was_asked_for_must_be_there(home, tmp_path):
    missing = str(tmp_path / "nowhere.toml")
    for arguments, variables in (({"config": missing}, {}), ({}, {"SHORTSIDE_CONFIG": missing})):
        with pytest.raises(ConfigurationError, match="no such configuration file"):
            configured(arguments, {**home, **variables})


def test_a_file_that_cannot_be_read_is_no_crash(home, tmp_path):
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        configured({}, home)


def test_a_home_holds_everything(tmp_path):
    paths = paths_from_environment({"SHORTSIDE_HOME": str(tmp_path)})
    assert paths.configuration == tmp_path / "config.toml"
    assert (paths.state, paths.cache, paths.archive) == (tmp_path / "state", tmp_path / "cache", tmp_path / "archive")


def test_without_a_home_the_system_s_own_places_are_used():
    paths = paths_from_environment({})
    assert all("shortside" in str(place) for place in (paths.configuration, paths.state, paths.cache, paths.archive))
    assert len({paths.state, paths.cache, paths.archive}) == 3


def test_config_show_prints_a_file_that_gives_the_same_settings(home, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    words = [word for name, text in EVERY_TEXT.items() if name not in ("low_bandwidth", "ascii", "still", "fresh")
             for word in ("--" + name.replace("_", "-"), text)]  # fmt: skip
    assert main(["config", "show", "--origin", "--ascii", "--still", "--fresh", "--low-bandwidth", *words]) == 0
    shown = capsys.readouterr().out
    write(home, shown)
    again = configured({}, home)
    assert again.options == configured(EVERY_TEXT, home).options
    assert {origin.level for origin in again.origins.values()} == {Level.FILE}
    assert "# --as-of" in shown


def test_config_show_without_settings_is_toml_too(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "show"]) == 0
    shown = tomllib.loads(capsys.readouterr().out)
    assert shown["source"] == "demo"
    assert shown["snapshot"]["limit"] == 25


@pytest.mark.parametrize(
    "text", ["plain", "C:\\Users\\me", 'say "so"', "it's", "both ' and \"", "new\nline", "Größe", ""]
)
def test_any_text_survives_being_written_as_toml(text):
    assert tomllib.loads(f"key = {as_toml(text)}")["key"] == text


def test_a_clock_set_by_the_environment_runs_on_from_there():
    moment = datetime(2023, 9, 7, 21, 30, tzinfo=UTC)
    passed = iter([100.0, 100.0, 107.5])
    clock = clock_set_to(moment, lambda: next(passed))
    assert clock() == moment
    assert clock() == moment + timedelta(seconds=7.5)
    first = clock_from_environment({"SHORTSIDE_NOW": "2023-09-07T17:30:00-04:00"})()
    assert timedelta(0) <= first - moment < timedelta(hours=1)


def test_without_one_it_is_the_machine_s():
    assert clock_from_environment({}) is system_clock
    assert system_clock().tzinfo is not None


@pytest.mark.parametrize("text", ["yesterday", "2023-09-07T17:30:00", "2023-09-07"])
def test_a_clock_without_its_zone_is_refused(text):
    with pytest.raises(ConfigurationError, match="with its offset"):
        clock_from_environment({"SHORTSIDE_NOW": text})


def test_the_tilde_of_a_name_that_nobody_has_stays_a_tilde():
    nobodys = "~nobody-is-called-so/x"
    paths = paths_from_environment({"SHORTSIDE_HOME": nobodys})
    settled = configured({"source": "files", "data": nobodys}, {"SHORTSIDE_HOME": "/nowhere"})
    arguments = arguments_of(["lists", "import", nobodys])
    assert [paths.state.parent, settled.options.data, arguments.file] == [Path(nobodys)] * 3
    with pytest.raises(ConfigurationError, match="there is no such configuration file"):
        configured({"config": nobodys}, {"SHORTSIDE_HOME": "/nowhere"})
