"""Another user of the machine can neither read what is kept, nor put anything in its place."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from types import SimpleNamespace

import pytest
from feed_examples import THURSDAY, HandClock, snapshot

from providers.archive.absences import Absence, note_absences
from providers.archive.hindrances import OpenToOthersError, look_at_place, word_of
from providers.archive.lease import HOLDER_FILE_NAME, LOCK_FILE_NAME, Lease
from providers.archive.vintages import Archive, ArchiveError
from providers.durable import others_hand, replace_file, write_once
from providers.feeds.attention import ATTENTION_FOLDER, Attention, AttentionNote
from providers.feeds.states_file import STATES_FILE_NAME, write_states
from providers.feeds.wishes import PollNow, put_wish
from providers.recording.member_file import MemberWriter
from tui.__main__ import main
from tui.first_start import MARK_FILE_NAME, hints_of_first_start
from tui.log_file import LogFile
from tui.terminal.plain_note import NOTE_FILE_NAME, remember
from tui.terminal.saved_frame import SavedFrames

SECRET = b"somebody else's file"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
WRITERS = {
    STATES_FILE_NAME: lambda folder: write_states(folder / STATES_FILE_NAME, ()),
    HOLDER_FILE_NAME: lambda folder: Lease(folder, HandClock()).acquire(),
    LOCK_FILE_NAME: lambda folder: Lease(folder, HandClock()).acquire(),
    "absences.json": lambda folder: note_absences(folder, [Absence("sec_fails", "2023-09", "there is none")], []),
    MARK_FILE_NAME: hints_of_first_start,
    NOTE_FILE_NAME: lambda folder: remember(folder, "no reason", THURSDAY),
    "shortside.log": lambda folder: LogFile(folder).append(["a line"]),
    "session.tar": lambda folder: MemberWriter(folder / "session.tar").close(),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_planted_link_is_never_written_through(tmp_path, name):
    theirs, folder = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_bytes(SECRET)
    folder.mkdir()
    (folder / name).symlink_to(theirs)
    try:
        WRITERS[name](folder)
    except OSError as error:
        assert error.errno in (errno.ELOOP, errno.EEXIST)  # noqa: PT017
    assert theirs.read_bytes() == SECRET


def test_links_planted_in_the_folders_of_notes_and_wishes_are_not_written_through(tmp_path):
    theirs = tmp_path / "theirs"
    theirs.write_bytes(SECRET)
    archive = tmp_path / "archive"
    (archive / ATTENTION_FOLDER).mkdir(parents=True)
    note = AttentionNote(archive)
    note._path.symlink_to(theirs)
    note.write(Attention(watched=("GME",)))
    put_wish(archive, PollNow())
    note.close()
    assert theirs.read_bytes() == SECRET


@pytest.mark.parametrize("number", [errno.EXDEV, errno.ESTALE, errno.EBUSY, errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_rename_that_fails_as_on_a_network_drive_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, number):
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def refuse(*_arguments, **_named):
        raise OSError(number, os.strerror(number))

    for name in ("replace", "rename", "link"):
        monkeypatch.setattr(os, name, refuse)
    with pytest.raises(OSError, match=os.strerror(number)):
        replace_file(target, b"new")
    with pytest.raises(OSError, match=os.strerror(number)):
        write_once(tmp_path / "vintage", lambda file: file.write(b"new"))
    with pytest.raises(ArchiveError, match="nothing stored was lost"):
        Archive(tmp_path / "archive").append(snapshot(THURSDAY.date(), THURSDAY))
    monkeypatch.undo()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [target]
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("which", ["state", "cache", "archive"])
def test_a_folder_that_every_user_may_write_is_refused_in_words(tmp_path, monkeypatch, capsys, which):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / which).mkdir()
    (tmp_path / which).chmod(0o777)
    assert main(["snapshot", "tiers", "--source", "demo"]) == 3
    said = capsys.readouterr().err
    assert f"{tmp_path / which} may be written by every user (mode 0777)" in said
    assert "chmod go-w" in said
    assert main(["config", "show"]) == 0, "what is set can be seen all the same"


@as_root
@pytest.mark.parametrize("which", ["state", "cache", "archive"])
def test_a_folder_of_another_user_is_refused_in_words(tmp_path, monkeypatch, capsys, which):
    monkeypatch.setenv("SHORTSIDE_HOME", str(tmp_path))
    (tmp_path / which).mkdir()
    shutil.chown(tmp_path / which, 65_534)
    assert main(["snapshot", "feeds", "--source", "public"]) == 3
    assert f"{tmp_path / which} belongs to another user" in capsys.readouterr().err


@as_root
@pytest.mark.parametrize("which", ["state", "cache", "archive", "."])
def test_a_folder_that_others_of_its_group_may_write_is_refused_in_words(tmp_path, monkeypatch, capsys, which):
    home = tmp_path / "home"
    monkeypatch.setenv("SHORTSIDE_HOME", str(home))
    (home / which).mkdir(parents=True)
    os.chown(home / which, -1, 65_534)
    (home / which).chmod(0o770)
    assert main(["snapshot", "tiers", "--source", "demo"]) == 3
    assert f"{home / which} may be written by others of its group (mode 0770)" in capsys.readouterr().err
    assert others_hand(home / which, is_group_trusted=True) == ""


def test_a_group_of_which_one_is_the_only_member_opens_a_folder_to_nobody(tmp_path, monkeypatch):
    group = tmp_path.stat().st_gid
    tmp_path.chmod(0o770)
    me = SimpleNamespace(pw_name="me", pw_gid=group)
    monkeypatch.setattr("pwd.getpwuid", lambda _number: me)
    for members, is_refused in (([], False), (["me"], False), (["me", "you"], True)):
        monkeypatch.setattr("grp.getgrgid", lambda _number, found=members: SimpleNamespace(gr_name="me", gr_mem=found))
        assert bool(others_hand(tmp_path)) is is_refused
    monkeypatch.setattr("grp.getgrgid", lambda _number: SimpleNamespace(gr_name="staff", gr_mem=[]))
    assert "others of its group" in others_hand(tmp_path), "everybody may have it as his first group"


def test_rights_that_are_listed_one_by_one_are_no_group_s_own(tmp_path, monkeypatch):
    tmp_path.chmod(0o770)
    monkeypatch.setattr("pwd.getpwuid", lambda _number: SimpleNamespace(pw_name="me", pw_gid=tmp_path.stat().st_gid))
    monkeypatch.setattr("grp.getgrgid", lambda _number: SimpleNamespace(gr_name="me", gr_mem=[]))
    assert others_hand(tmp_path) == ""
    monkeypatch.setattr(os, "listxattr", lambda _folder: ["system.posix_acl_access"], raising=False)
    assert "others of its group" in others_hand(tmp_path)


@pytest.mark.parametrize("how", ["a home that all may write", "a home of another", "a file that all may write"])
def test_settings_that_others_may_write_are_not_believed(tmp_path, monkeypatch, capsys, how):
    home, named = tmp_path / "home", tmp_path / "named.toml"
    home.mkdir()
    named.write_text("")
    monkeypatch.setenv("SHORTSIDE_HOME", str(home))
    # As rules of alerts, which start programs.
    (home / "alerts.toml").write_text('[[alerts]]\nname = "x"\nwhen = "crowding > 1"\ncommand = ["touch", "/x"]\n')
    words = ["lists", "--config", str(named)]
    assert main(words) == 0
    if how == "a home of another":
        if os.geteuid() != 0:
            pytest.skip("only root can give a folder to another user")
        shutil.chown(home, 65_534)
    else:
        (home if "home" in how else named).chmod(0o777)
    capsys.readouterr()
    assert main(words) == 3
    said = capsys.readouterr().err
    assert f"shortside: {home if 'home' in how else named} " in said
    assert "nothing in it is believed" in said


def test_an_archive_that_is_opened_to_others_while_it_is_kept_is_told(tmp_path):
    look_at_place(tmp_path)
    tmp_path.chmod(0o777)
    with pytest.raises(OpenToOthersError) as caught:
        look_at_place(tmp_path)
    assert word_of(caught.value) == "archive open to others"
    assert others_hand(tmp_path / "not there") == ""


class TestSavedFrames:
    """A picture is painted before anything is asked, so it has to be ours."""

    SIZE = (80, 24)

    @pytest.fixture
    def frames(self, tmp_path):
        frames = SavedFrames(["--source", "demo"], {"TERM": "xterm"}, "1", str(tmp_path / "state"))
        frames.save(self.SIZE, b"paint", b"rows")
        assert frames.find(self.SIZE) == (b"paint", b"rows")
        return frames

    def test_one_that_others_may_write_is_not_painted(self, frames):
        os.chmod(frames._path(self.SIZE), 0o666)
        assert frames.find(self.SIZE) is None

    @as_root
    def test_one_of_another_user_is_not_painted(self, frames):
        os.chown(frames._path(self.SIZE), 65_534, -1)
        assert frames.find(self.SIZE) is None

    def test_a_link_and_a_pipe_in_its_place_are_not_followed(self, frames, tmp_path):
        path = frames._path(self.SIZE)
        os.rename(path, tmp_path / "elsewhere")
        os.symlink(tmp_path / "elsewhere", path)
        assert frames.find(self.SIZE) is None
        os.unlink(path)
        os.mkfifo(path, 0o600)
        assert frames.find(self.SIZE) is None
        os.unlink(path)

    def test_a_new_one_takes_the_place_of_a_planted_link(self, frames, tmp_path):
        path, theirs = frames._path(self.SIZE), tmp_path / "theirs"
        theirs.write_bytes(SECRET)
        os.unlink(path)
        os.symlink(theirs, path)
        frames.save(self.SIZE, b"paint", b"rows")
        assert theirs.read_bytes() == SECRET
        assert frames.find(self.SIZE) == (b"paint", b"rows")


def test_a_recording_is_its_owners_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        MemberWriter(tmp_path / "session.tar").close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "session.tar").stat().st_mode) == 0o600
