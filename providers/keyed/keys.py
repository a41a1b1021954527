"""Finds the keys of services that want one, and keeps them out of sight.

A key comes from the environment, from the system's keyring (an optional extra), or from a file only its owner may
read. It is never an argument of a program: those are public on most machines.
"""

from __future__ import annotations

import importlib
import os
import re
import stat
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from providers.catalog import KeyName
from providers.errors import ProviderError, RefusedError
from providers.http.this_machine import is_loopback

MASK_OF_SECRETS: Final = "…"
KEYRING_SERVICE: Final = "shortside"
"""Under which name the keyring holds our keys; the user name there is the variable's."""
_KEY: Final = re.compile(r"[\x21-\x7e]+")
_LARGEST: Final = 65536


class KeyOrigin(StrEnum):
    """Where a key was found, in words."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    FILE = "key file"


class MissingKeyError(RefusedError):
    """A service wants a key and we have none."""


class KeyFileError(ProviderError):
    """The key file cannot be used; the sentence says why and never what is in it."""


class Secret:
    """A text that shows itself only when asked to."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Wrap a text."""
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that needs it: a request's header."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({MASK_OF_SECRETS})"

    def __str__(self) -> str:
        return MASK_OF_SECRETS

    def __format__(self, _spec: str) -> str:
        return MASK_OF_SECRETS

    def __reduce__(self) -> NoReturn:
        # A pickle is a recording, and nothing secret goes into one.
        raise TypeError("a secret is not to be stored")


Lookup = Callable[[str], str | None]
"""Gives what a keyring holds under a name."""
_of_keyring: Final[set[str]] = set()


def keyring_lookup() -> Lookup | None:
    """The system's keyring, or None where the optional package `keyring` is not installed. Asking it may block.

    A machine without a keyring holds nothing; one whose keyring is locked or broken raises a RefusedError.
    """
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        return None

    def lookup(name: str) -> str | None:
        try:
            found = keyring.get_password(KEYRING_SERVICE, name)
        except errors.NoKeyringError:
            # The package is there and the machine has no keyring, as most servers: as good as no package.
            return None
        except errors.KeyringError as error:
            raise RefusedError(f"the keyring gives nothing: {type(error).__name__}") from error
        if not found:
            return None
        _of_keyring.add(str(found).strip())
        return str(found)

    return lookup


class Keys:
    """The keys of this user. Looking one up may block, so it is done in a thread or before the screen is up."""

    def __init__(
        self, environment: Mapping[str, str], *, file: Path | None = None, lookup: Lookup | None = None
    ) -> None:
        """Keys not yet looked for.

        Args:
            environment: the process's variables; they win.
            file: lines of `NAME=key`, mode 0600; it need not exist, and comes last.
            lookup: the keyring, as `keyring_lookup` gives it; None for none.
        """
        self._environment = environment
        self._file = file
        self._lookup = lookup
        self.complaints: list[str] = []
        """What could not be looked into, one sentence each; a broken keyring does not hide the file."""

    def __repr__(self) -> str:
        return "Keys()"

    def find(self, name: KeyName) -> tuple[Secret, KeyOrigin] | None:
        """A key and where it was found, or None.

        Raises:
            KeyFileError: the file may be read by others, or makes no sense.
            RefusedError: the key holds characters that no key has.
        """
        value = self._environment.get(name.value, "").strip()
        if value:
            return _secret(value, name, KeyOrigin.ENVIRONMENT)
        value = self._in_keyring(name)
        if value:
            return _secret(value, name, KeyOrigin.KEYRING)
        kept = {} if self._file is None else read_key_file(self._file)
        found = kept.get(name)
        return None if found is None else (found, KeyOrigin.FILE)

    def require(self, name: KeyName) -> Secret:
        """A key.

        Raises:
            MissingKeyError: there is none; the sentence says where one may be put.
            KeyFileError, RefusedError: as `find`.
        """
        found = self.find(name)
        if found is None:
            raise MissingKeyError(f"there is no key: set {name.value}, or put it into the keyring or the key file")
        return found[0]

    def has(self, *names: KeyName) -> bool:
        """Whether all of these keys are there; raises as `find`."""
        return all(self.find(name) is not None for name in names)

    def _in_keyring(self, name: KeyName) -> str:
        if self._lookup is None:
            return ""
        try:
            return (self._lookup(name.value) or "").strip()
        except RefusedError as error:
            if str(error) not in self.complaints:
                self.complaints.append(str(error))
            return ""


def keys_of_keyring() -> list[str]:
    """What the keyring gave this process so far, to be struck out of other texts without asking it again."""
    return sorted(_of_keyring)


def _secret(value: str, name: KeyName, origin: KeyOrigin) -> tuple[Secret, KeyOrigin]:
    if not _KEY.fullmatch(value):
        raise RefusedError(f"{name.value} in the {origin} holds characters that no key has")
    return Secret(value), origin


def read_key_file(path: Path) -> dict[KeyName, Secret]:
    """The keys in a file of lines `NAME=key`; empty lines and lines that begin with # are passed over.

    Raises:
        KeyFileError: others may read it, it is not ours, or a line makes no sense; no line is ever quoted.
    """
    try:
        # Without waiting: a pipe in its place would have nobody at its other end.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            # The open file is judged, not its path: that may be another file by then.
            _require_private(os.fstat(file.fileno()), path)
            text = file.read(_LARGEST).decode("utf-8")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeyFileError(f"{path.name} cannot be read: {error.strerror or type(error).__name__}") from error
    except UnicodeDecodeError:
        # Not `from`: the decoder's error carries the bytes.
        raise KeyFileError(f"{path.name} is no UTF-8 text") from None
    keys: dict[KeyName, Secret] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, secret = _entry(line, f"{path.name}, line {number}")
            keys[name] = secret
    return keys


def _require_private(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{path.name} is no ordinary file")
    # Windows has no such bits; its files are private by folder.
    if os.name != "posix":
        return
    if status.st_uid != os.geteuid():
        raise KeyFileError(f"{path.name} belongs to another user")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyFileError(f"{path.name} may be read by others (mode {mode:04o}), so it is not used: chmod 600 it")


def _entry(line: str, place: str) -> tuple[KeyName, Secret]:
    name, equals, value = line.partition("=")
    known = {one.value: one for one in KeyName}
    if not equals or name.strip() not in known:
        # Not a word of the line: a key may stand where its name belongs.
        raise KeyFileError(f"{place} is not one of {', '.join(known)}, an equals sign and the key")
    value = value.strip()
    if not _KEY.fullmatch(value):
        raise KeyFileError(f"{place} holds no key, or characters that no key has")
    return known[name.strip()], Secret(value)


def require_private_way(base_url: str, service: str) -> None:
    """Let an address pass that a key may be sent to: encrypted, or on this machine.

    Raises:
        RefusedError: anybody on the way could read it.
    """
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname):
        raise RefusedError(f"the key of {service} is not sent to {parts.hostname} unencrypted; use https")
