"""Keys come from where only their owner can put them, and are never seen again."""

import copy
import os
import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from waiting import PATIENCE

from providers.catalog import KeyName
from providers.errors import RefusedError
from providers.keyed.keys import (
    KeyFileError,
    KeyOrigin,
    Keys,
    MissingKeyError,
    Secret,
    keyring_lookup,
    read_key_file,
    require_private_way,
)
from tui.settings.keys import secrets_beside

VALUE = "pk_very_private_0123456789"
NAME = KeyName.MASSIVE_KEY


@pytest.fixture
def key_file(tmp_path):
    def write(text, mode=0o600):
        path = tmp_path / "keys"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    return write


class TestSecret:
    def test_a_secret_shows_itself_to_nobody_but_the_one_who_asks(self):
        secret = Secret(VALUE)
        shown = f"{secret} {secret!r} {secret:>40} {[secret]} {{'k': {secret!r}}} %s" % secret
        assert VALUE not in shown
        assert secret.reveal() == VALUE

    def test_a_secret_is_in_no_attribute_listing_or_traceback(self):
        secret = Secret(VALUE)
        assert not hasattr(secret, "__dict__")
        with pytest.raises(RuntimeError) as caught:
            raise RuntimeError(f"failed with {secret}")
        told = traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
        assert VALUE not in "".join(told)

    @pytest.mark.parametrize("store", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_a_secret_is_not_stored(self, store):
        with pytest.raises(TypeError, match="not to be stored"):
            store(Secret(VALUE))


class TestOrder:
    def test_the_environment_wins_over_keyring_and_file(self, key_file):
        file = key_file(f"{NAME}=of_the_file\n")

        def found(**options):
            known = Keys(options.pop("environment", {}), file=file, **options).find(NAME)
            return known and (known[0].reveal(), known[1])

        ring = {NAME.value: "of_the_ring"}.get
        assert found(environment={NAME.value: f" {VALUE}\n"}, lookup=ring) == (VALUE, KeyOrigin.ENVIRONMENT)
        assert found(lookup=ring) == ("of_the_ring", KeyOrigin.KEYRING)
        assert found(lookup=lambda _: None) == ("of_the_file", KeyOrigin.FILE)

    def test_no_key_is_a_sentence_about_where_to_put_one(self, tmp_path):
        keys = Keys({NAME.value: "  "}, file=tmp_path / "none")
        assert keys.find(NAME) is None
        assert not keys.has(NAME)
        with pytest.raises(MissingKeyError, match="set SHORTSIDE_MASSIVE_KEY"):
            keys.require(NAME)

    def test_a_broken_keyring_is_complained_of_once_and_does_not_hide_the_file(self, key_file):
        def broken(_name):
            raise RefusedError("the keyring gives nothing: KeyringLocked")

        keys = Keys({}, file=key_file(f"{NAME}={VALUE}"), lookup=broken)
        assert keys.has(NAME)
        assert keys.require(NAME).reveal() == VALUE
        assert keys.complaints == ["the keyring gives nothing: KeyringLocked"]

    def test_the_keys_do_not_show_their_environment(self):
        assert VALUE not in repr(Keys({NAME.value: VALUE}))

    @pytest.mark.parametrize("value", ["two words", "line\nbreak", "tab\tbed", "schlüssel", "nul\0"])
    def test_a_key_that_would_break_a_header_is_refused_unseen(self, value):
        with pytest.raises(RefusedError) as caught:
            Keys({NAME.value: value}).find(NAME)
        assert value not in str(caught.value)

    def test_without_the_package_there_is_no_keyring(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "keyring", None)
        assert keyring_lookup() is None

    def test_on_a_machine_that_has_none_the_package_is_as_good_as_not_there(self, monkeypatch):
        keyring = pytest.importorskip("keyring", reason="keyring is not installed")
        errors = pytest.importorskip("keyring.errors")

        def no_backend(_service, _name):
            raise errors.NoKeyringError("no backend")

        monkeypatch.setattr(keyring, "get_password", no_backend)
        keys = Keys({}, lookup=keyring_lookup())
        assert not keys.has(NAME)
        assert keys.complaints == []

    def test_one_that_is_locked_is_told(self, monkeypatch):
        keyring = pytest.importorskip("keyring", reason="keyring is not installed")
        errors = pytest.importorskip("keyring.errors")

        def locked(_service, _name):
            raise errors.KeyringLocked("not now")

        monkeypatch.setattr(keyring, "get_password", locked)
        keys = Keys({}, lookup=keyring_lookup())
        assert not keys.has(NAME)
        assert keys.complaints == ["the keyring gives nothing: KeyringLocked"]

    def test_what_it_gave_is_struck_out_of_other_texts_without_asking_it_again(self, monkeypatch, tmp_path):
        keyring = pytest.importorskip("keyring", reason="keyring is not installed")
        monkeypatch.setattr("providers.keyed.keys._of_keyring", set())
        monkeypatch.setattr(keyring, "get_password", lambda _service, name: VALUE if name == NAME else None)
        found = Keys({}, lookup=keyring_lookup()).find(NAME)
        assert found is not None
        assert found[0].reveal() == VALUE
        monkeypatch.delattr(keyring, "get_password")
        assert VALUE in secrets_beside(tmp_path / "config.toml")


class TestFile:
    def test_comments_and_empty_lines_are_passed_over(self, key_file):
        file = key_file(f"# mine\n\n SHORTSIDE_ALPACA_KEY_ID = id \nSHORTSIDE_MASSIVE_KEY={VALUE}==\n")
        found = {name: secret.reveal() for name, secret in read_key_file(file).items()}
        assert found == {KeyName.ALPACA_KEY_ID: "id", KeyName.MASSIVE_KEY: f"{VALUE}=="}

    def test_a_file_that_is_not_there_holds_nothing(self, tmp_path):
        assert read_key_file(tmp_path / "none") == {}

    @pytest.mark.skipif(os.name != "posix", reason="files have no permission bits here")
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
    def test_a_file_others_may_read_is_refused_and_says_how_to_close_it(self, key_file, mode):
        with pytest.raises(KeyFileError, match=rf"may be read by others \(mode {mode:04o}\).*chmod 600"):
            read_key_file(key_file(f"{NAME}={VALUE}", mode))

    @pytest.mark.skipif(os.name != "posix", reason="files have no permission bits here")
    @pytest.mark.parametrize("mode", [0o600, 0o400])
    def test_a_private_file_is_read(self, key_file, mode):
        assert NAME in read_key_file(key_file(f"{NAME}={VALUE}", mode))

    @pytest.mark.parametrize(
        "text", [VALUE, f"KEY={VALUE}", f"{VALUE}=x", f"{NAME}=", f"{NAME}={VALUE} x", b"\xff\xfe" + VALUE.encode()]
    )
    def test_a_line_that_makes_no_sense_is_named_and_not_quoted(self, key_file, text):
        with pytest.raises(KeyFileError) as caught:
            read_key_file(key_file(text))
        told = "".join(traceback.format_exception(caught.value))
        assert VALUE not in str(caught.value)
        assert caught.value.__cause__ is None
        assert "UnicodeDecodeError" not in told

    def test_a_folder_is_no_key_file(self, tmp_path):
        with pytest.raises(KeyFileError):
            read_key_file(tmp_path)

    def test_a_pipe_is_no_key_file_and_is_not_waited_for(self, tmp_path):
        if os.name != "posix":
            pytest.skip("pipes are no files here")
        os.mkfifo(tmp_path / "keys", 0o600)
        asks = "import sys, pathlib; from providers.keyed.keys import *; read_key_file(pathlib.Path(sys.argv[1]))"
        command = [sys.executable, "-c", asks, str(tmp_path / "keys")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert "KeyFileError: keys is no ordinary file" in done.stderr

    def test_a_device_is_no_key_file(self):
        if os.name != "posix":
            pytest.skip("devices are no files here")
        with pytest.raises(KeyFileError, match="no ordinary file"):
            read_key_file(Path(os.devnull))


@pytest.mark.parametrize(
    "url", ["https://api.massive.com", "http://127.0.0.1:8765/x", "http://[::1]:1", "http://localhost"]
)
def test_a_key_travels_encrypted_or_not_at_all_beyond_this_machine(url):
    require_private_way(url, "Massive")


@pytest.mark.parametrize("url", ["http://api.massive.com", "http://10.0.0.1:80", "ftp://127.0.0.2.example", "http://"])
def test_a_key_is_not_sent_in_the_clear(url):
    with pytest.raises(RefusedError, match="unencrypted"):
        require_private_way(url, "Massive")
