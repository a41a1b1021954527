"""The ways in which an alert may reach somebody, read out of a rule's table; addresses and headers are secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from providers.http.this_machine import is_loopback
from providers.keyed.keys import Secret
from tui.settings.alert_secrets import VARIABLE, secret_variables

BELL, OSC9, OSC777, COMMAND, WEBHOOK, APPRISE = WAYS = ("bell", "osc9", "osc777", "command", "webhook", "apprise")
"""The words for them; the last three need to be told where to."""
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")


class Ways(NamedTuple):
    """How an alert is told."""

    signals: tuple[str, ...] = (BELL,)
    """Those that go through the terminal."""
    command: tuple[str, ...] = ()
    """A program and its arguments, started without a shell; empty for none."""
    webhook: Secret | None = None
    """The address that is sent to."""
    headers: Mapping[str, Secret] = {}
    apprise: tuple[Secret, ...] = ()
    """Addresses as the package `apprise` has them."""
    variables: frozenset[str] = frozenset()
    """The variables that some of these were taken from, whether or not they are used."""

    @property
    def words(self) -> str:
        """The words for them, without an address."""
        others = {COMMAND: self.command, WEBHOOK: self.webhook, APPRISE: self.apprise}
        return ", ".join((*self.signals, *(word for word, way in others.items() if way))) or "the journal alone"


class WayError(ValueError):
    """A way cannot be: the key it stands under, and why, without what stands there."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key


def ways_of(table: Mapping[str, Any], environment: Mapping[str, str]) -> Ways:
    """The ways that a rule's table names.

    Args:
        table: the rule's; without `ways` the bell, and whatever else is told where to.
        environment: holds what stands under `env:NAME`.

    Raises:
        WayError: one of them cannot be.
    """
    command = _command(table.get(COMMAND, []))
    webhook = _webhook(table.get(WEBHOOK), environment)
    headers = _headers(table.get("headers", {}), environment)
    apprise = _addresses(table.get(APPRISE, []), environment)
    given = {COMMAND: bool(command), WEBHOOK: webhook is not None, APPRISE: bool(apprise)}
    wanted = _wanted(table.get("ways"), given)
    return Ways(
        signals=tuple(word for word in wanted if word not in given),
        command=command if COMMAND in wanted else (),
        webhook=webhook if WEBHOOK in wanted else None,
        headers=headers,
        apprise=apprise if APPRISE in wanted else (),
        variables=secret_variables(table),
    )


def _wanted(written: Any, given: Mapping[str, bool]) -> tuple[str, ...]:
    if written is None:
        return (BELL, *(word for word, is_given in given.items() if is_given))
    words = _texts("ways", written)
    for word in words:
        if word not in WAYS:
            from shortside.conditions.errors import nearest_of

            near = nearest_of(word, WAYS)
            raise WayError("ways", f"{word!r} is none of {', '.join(WAYS)}" + (f"; nearest: {near}" if near else ""))
        if not given.get(word, True):
            raise WayError("ways", f"{word} needs a key {word} that says where to")
    return tuple(dict.fromkeys(words))


def _texts(key: str, written: Any) -> list[str]:
    if not isinstance(written, list) or not all(isinstance(one, str) and one for one in written):
        raise WayError(key, 'must be a list of words, as ["bell", "osc9"]')
    return written


def _command(written: Any) -> tuple[str, ...]:
    if isinstance(written, str):
        raise WayError(
            COMMAND, 'must be a program and its arguments, as ["notify-send", "shortside"]; no shell reads it'
        )
    words = _texts(COMMAND, written)
    if any("\0" in word for word in words):
        raise WayError(COMMAND, "holds a sign that no program is given")
    return tuple(words)


def _revealed(key: str, written: Any, environment: Mapping[str, str]) -> str:
    """A text, or what the variable holds that it names; a mistake is told without it."""
    if not isinstance(written, str) or not written.strip():
        raise WayError(key, "must be a text")
    if not written.startswith(VARIABLE):
        return written.strip()
    name = written.removeprefix(VARIABLE)
    value = environment.get(name, "").strip()
    if not value:
        raise WayError(key, f"the variable {name} is not set")
    return value


def _webhook(written: Any, environment: Mapping[str, str]) -> Secret | None:
    if written is None:
        return None
    address = _revealed(WEBHOOK, written, environment)
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        raise WayError(WEBHOOK, "is no address") from None
    is_private = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
    if not is_private or not parts.hostname or not _VALUE.fullmatch(address):
        raise WayError(WEBHOOK, "must be an address with https, or with http on this machine")
    return Secret(address)


def _headers(written: Any, environment: Mapping[str, str]) -> dict[str, Secret]:
    if not isinstance(written, Mapping):
        raise WayError("headers", 'must be a table, as {Authorization = "env:HOOK_TOKEN"}')
    headers = {}
    for name, value in written.items():
        text = _revealed("headers", value, environment)
        if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(text):
            raise WayError("headers", "holds a sign that no header has")
        headers[name] = Secret(text)
    return headers


def _addresses(written: Any, environment: Mapping[str, str]) -> tuple[Secret, ...]:
    given = [written] if isinstance(written, str) else written
    return tuple(Secret(_revealed(APPRISE, one, environment)) for one in _texts(APPRISE, given))
