"""Finds or makes the token that opens the page, and compares what a visitor shows with it."""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import MutableMapping
from hashlib import sha256
from pathlib import Path
from typing import Final

from providers.ordinary_files import content_of
from tui.errors import ConfigurationError

TOKEN_VARIABLE: Final = "SHORTSIDE_PAGE_TOKEN"
FEWEST_CHARACTERS: Final = 16
"""A token that is shorter could be guessed by trying; nothing else stands between the page and the network."""
MOST_BYTES: Final = 4_096
_MESSAGE: Final = b"a visitor of the page"


class Token:
    """The secret that opens the page; it is never written anywhere, nor are its letters in the cookie.

    Args:
        text: as visitors are to type it.
    """

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self.cookie: Final = hmac.new(self._text, _MESSAGE, sha256).hexdigest()
        """What a browser keeps in its place: only who knew the token can have it, and it gives no token back."""

    def is_text(self, text: str) -> bool:
        """Whether this is the token; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(self._text, text.encode("utf-8", "replace"))

    def is_cookie(self, value: str) -> bool:
        """Whether this is the cookie that was given for the token; takes as long for a wrong one."""
        return hmac.compare_digest(self.cookie.encode(), value.encode("utf-8", "replace"))


def made_token() -> str:
    """A token nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def given_token(environment: MutableMapping[str, str], file: Path | None) -> str | None:
    """The token of the file, else of the environment; None where neither has one.

    It is taken out of the environment, so that no child has it in its own.

    Raises:
        ConfigurationError: the file cannot be read, others may read it, or the token is too short.
    """
    from_environment = environment.pop(TOKEN_VARIABLE, "").strip()
    place, text = (TOKEN_VARIABLE, from_environment) if file is None else (str(file), _read(file))
    if not text and file is None:
        return None
    if len(text) < FEWEST_CHARACTERS or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(
            f"{place}: a token has at least {FEWEST_CHARACTERS} letters, digits or signs and no spaces"
        )
    return text


def _read(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        content = content_of(file, MOST_BYTES)
    except OSError as error:
        raise ConfigurationError(f"the token cannot be read: {file}: {error.strerror or error}") from error
    if mode & 0o077 or file.stat().st_uid != os.geteuid():
        raise ConfigurationError(f"others may read the token; chmod 600 {file}")
    return content.decode("utf-8", "replace").strip()
