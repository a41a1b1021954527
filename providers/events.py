"""What the program does, told event by event to the standard library's loggers `shortside.*`, without a secret.

Whoever tells an event makes an `Events` for his part of the program; whether and where events are kept is decided by
`tui.event_log`, and by nobody until then.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from providers.redaction import struck_out

ROOT: Final = "shortside"
"""The logger above all others of the program."""
LONGEST_VALUE: Final = 300
"""Characters of a value; the rest is left out."""
_LARGEST_TEXT: Final = 10_000
"""Characters that are looked through for secrets: beyond them nobody keeps anything."""
_BARE: Final = re.compile(r"[^\s\"=\\]+")

# Without a handler of ours Python would write warnings on standard error, across the screen.
logging.getLogger(ROOT).addHandler(logging.NullHandler())


class Event:
    """Something that happened, with its facts as text; becomes words when somebody keeps it."""

    def __init__(self, name: str, facts: Mapping[str, str]) -> None:
        self.name, self.facts = name, facts

    def words(self, secrets: Iterable[str] = ()) -> str:
        """`poll feed=sec_fails outcome=C`, on one line, without signs that steer a terminal, and without secrets."""
        secrets = tuple(secrets)
        return " ".join([self.name, *(f"{key}={_value(text, secrets)}" for key, text in self.facts.items())])

    def __str__(self) -> str:
        return self.words()


class Events:
    """The events of one part of the program; may be told from any thread, and never waits for a disk."""

    def __init__(self, part: str) -> None:
        """The part's name, one word, which stands in every line."""
        self._logger = logging.getLogger(f"{ROOT}.{part}")

    def tell(self, level: int, event: str, /, **facts: Any) -> None:
        """Tell an event.

        Args:
            level: one of `logging`'s.
            event: its name, one word.
            facts: its facts by name; None is not told. Never a key, a password or a mail address.
        """
        if self._logger.isEnabledFor(level):
            known = {key: _text(value) for key, value in facts.items() if value is not None}
            self._logger.log(level, Event(event, known))

    def debug(self, event: str, /, **facts: Any) -> None:
        """Tell what only somebody who looks for a fault wants to know, such as every request."""
        self.tell(logging.DEBUG, event, **facts)

    def info(self, event: str, /, **facts: Any) -> None:
        """Tell what happened as it should."""
        self.tell(logging.INFO, event, **facts)

    def warning(self, event: str, /, **facts: Any) -> None:
        """Tell what went wrong and was foreseen."""
        self.tell(logging.WARNING, event, **facts)

    def error(self, event: str, /, **facts: Any) -> None:
        """Tell what nobody foresaw."""
        self.tell(logging.ERROR, event, **facts)


def write_out() -> None:
    """Have every event told so far kept, as before the process ends at once; waits for a second at most."""
    for handler in logging.getLogger(ROOT).handlers:
        handler.flush()


def milliseconds(seconds: float) -> int:
    """A length of time as events tell it."""
    return round(seconds * 1_000)


def _text(value: object) -> str:
    """A fact as text, at once: what can change must not be told as it will be later."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ",".join(map(_text, value))
    return str(value)[:_LARGEST_TEXT]


def _value(text: str, secrets: Iterable[str]) -> str:
    clean = struck_out(text, secrets)
    if len(clean) > LONGEST_VALUE:
        clean = clean[: LONGEST_VALUE - 1] + "…"
    if _BARE.fullmatch(clean):
        return clean
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"') + '"'
