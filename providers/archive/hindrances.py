"""Names what keeps an archive from being kept: a word for the head of a screen, a sentence, and since when."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Final, NamedTuple

from providers.base import Clock
from providers.durable import others_hand
from providers.events import Events
from shortside.sessions import in_utc

_events: Final = Events("polling")
UNNAMED: Final = "archive in trouble"
_OUT_OF_REACH: Final = "archive out of reach"
_READ_ONLY: Final = "archive read-only"
_WORDS: Final = {
    errno.ENOSPC: "disk full",
    errno.EDQUOT: "quota used up",
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOENT: "archive gone",
    errno.ENOTDIR: "archive gone",
    errno.ESTALE: _OUT_OF_REACH,
    errno.EIO: _OUT_OF_REACH,
    errno.ENODEV: _OUT_OF_REACH,
    errno.ETIMEDOUT: _OUT_OF_REACH,
    errno.EHOSTDOWN: _OUT_OF_REACH,
}


class Hindrance(NamedTuple):
    """Something that keeps an archive from being kept."""

    word: str
    """Such as `disk full`."""
    words: str
    """A sentence, with the moment it was noticed first."""


class GoneError(FileNotFoundError):
    """An archive that was there is not there any more: it must not be made anew, empty, in its place."""

    def __init__(self, archive: Path) -> None:
        super().__init__(errno.ENOENT, "it was there and is gone, and nothing is made in its place", str(archive))


class OpenToOthersError(PermissionError):
    """Other users of the machine can put files into an archive: nothing in it is to be believed."""


def word_of(error: BaseException | None) -> str:
    """A word for a failed look at an archive or a failed write to it, or for what such an error was risen from."""
    while error is not None:
        if isinstance(error, OpenToOthersError):
            return "archive open to others"
        if isinstance(error, OSError) and error.errno is not None:
            return _WORDS.get(error.errno, UNNAMED)
        error = error.__cause__
    return UNNAMED


def look_at_place(archive: Path) -> None:
    """See whether an archive can be kept where it is. Blocks for a moment.

    Raises:
        OSError: it is gone, or may not be read or written.
    """
    try:
        archive.stat()
    except FileNotFoundError as error:
        raise GoneError(archive) from error
    effective = os.access in os.supports_effective_ids
    if not archive.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(archive))
    if words := others_hand(archive):
        raise OpenToOthersError(errno.EPERM, f"{words}, so what is in it may be anybody's", str(archive))
    if not os.access(archive, os.R_OK | os.X_OK, effective_ids=effective):
        raise PermissionError(errno.EACCES, "it may not be read", str(archive))
    if not os.access(archive, os.W_OK, effective_ids=effective):
        raise PermissionError(errno.EROFS, "it may not be written", str(archive))


class Hindrances:
    """What hinders now, by what was tried; each is logged once when it begins, and once when it is over."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._met: dict[str, Hindrance] = {}

    @property
    def first(self) -> Hindrance | None:
        """The one that has stood longest; None while nothing hinders."""
        # A copy: it is asked on the event loop while a thread may note something.
        return next(iter(tuple(self._met.values())), None)

    def __contains__(self, what: str) -> bool:
        """Whether something cannot be done now, by the name it was told under."""
        return what in self._met

    def met(self, what: str, words: str, word: str = "") -> None:
        """Something could not be done; that it still cannot is not told again.

        Args:
            what: names what was tried.
            words: what could not be done and why, without a stop.
            word: for the head of a screen; none where it says nothing that a trader can use.
        """
        before = self._met.get(what)
        if before is not None and before.words.startswith(words):
            return
        hindrance = Hindrance(word, f"{words}, since {in_utc(self._clock()):%Y-%m-%d %H:%M} UTC")
        _events.warning("trouble", reason=words)
        self._met[what] = hindrance

    def over(self, what: str) -> bool:
        """Something can be done; whether it could not before."""
        before = self._met.pop(what, None)
        if before is not None:
            _events.info("trouble_over", reason=before.words)
        return before is not None
