"""`shortside config init` writes a file that names every setting, changes none, and replaces no other."""

from __future__ import annotations

import re
import stat

from tui.__main__ import main
from tui.app import Monitor
from tui.commands.config_file import default_file
from tui.screens.own_sections import read_sections
from tui.settings.configuration import configured
from tui.settings.options import SETTINGS
from tui.settings.origins import Level


def test_the_written_file_gives_exactly_the_defaults(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    before = configured({}, {"SHORTSIDE_HOME": str(tmp_path)})
    assert main(["config", "init"]) == 0
    file = tmp_path / "config.toml"
    assert str(file) in capsys.readouterr().out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert configured({}, {"SHORTSIDE_HOME": str(tmp_path)}) == before


def test_every_setting_with_its_mark_taken_away_is_read_as_its_default(tmp_path):
    before = configured({}, {"SHORTSIDE_HOME": str(tmp_path)})
    text = re.sub(r"^# (\w+ = .+)$", r"\1", default_file(), flags=re.MULTILINE)
    (tmp_path / "config.toml").write_text(text)
    after = configured({}, {"SHORTSIDE_HOME": str(tmp_path)})
    assert after.options == before.options
    named = {name for name, origin in after.origins.items() if origin.level is Level.FILE}
    assert named == {setting.name for setting in SETTINGS if setting.default is not None}


def test_the_tables_behind_their_marks_are_examples_that_can_be_taken(tmp_path):
    text = default_file()
    examples = re.sub(r"^# {0,3}(?=\[|\")|^# {3}", "", text[text.rindex("# Keys of your own") :], flags=re.MULTILINE)
    (tmp_path / "config.toml").write_text(re.sub(r"^#.*\n", "", examples, flags=re.MULTILINE))
    sections = configured({}, {"SHORTSIDE_HOME": str(tmp_path)}).options.sections
    found = read_sections(sections, Monitor)
    assert found.mistakes == ()
    assert (len(found.keys), [theme.name for theme in found.themes], list(found.columns)) == (2, ["dusk"], ["names"])


def test_every_setting_stands_in_it_with_its_help():
    text = default_file()
    assert all(f"# {setting.help}\n" in text and f"\n# {setting.name} = " in text for setting in SETTINGS)


def test_a_file_that_is_there_stays_unless_it_is_forced(tmp_path, monkeypatch, capsys):
    file = tmp_path / "own.toml"
    file.write_text("this is not TOML")
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    assert main(["config", "init", "--config", str(file)]) == 3
    assert "--force" in capsys.readouterr().err
    assert file.read_text() == "this is not TOML"
    assert main(["config", "init", "--force", "--config", str(file)]) == 0
    assert file.read_text() == default_file()
