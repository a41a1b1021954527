"""Why a provider could not answer, in sentences a user can act on; nothing secret stands in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shortside.words.plain_text import printable

if TYPE_CHECKING:
    from shortside.schema import SchemaError


LONGEST_MESSAGE: Final = 300
"""Characters of a message; what is longer quotes a body, of which the beginning says enough."""


def shortened(message: str) -> str:
    """A message as any terminal may show it, at most `LONGEST_MESSAGE` characters long."""
    text = printable(message[: 2 * LONGEST_MESSAGE])
    return text if len(text) <= LONGEST_MESSAGE else f"{text[: LONGEST_MESSAGE - 1]}…"


def words_of(error: Exception) -> str:
    """An error in words that may be shown; one that nobody foresaw is a mistake of ours, and is told as what it is."""
    if isinstance(error, ProviderError | OSError):
        return shortened(str(error))
    return shortened(f"an error of this program, {type(error).__name__}: {error}")


class ProviderError(Exception):
    """A provider could not give what was asked of it. Its message may be shown on any terminal, whoever wrote it."""

    def __init__(self, message: str = "") -> None:
        super().__init__(shortened(message))


class UnreachableError(ProviderError):
    """The source did not answer at all."""


class UntrustedError(UnreachableError):
    """Whoever answered could not prove to be the source: nothing was asked of it, and no key was sent."""


class ThrottledError(ProviderError):
    """The source asked us to wait."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the source asked for; None where it did not say."""


class RefusedError(ProviderError):
    """The source, or the file system, denied us."""


class NoDataError(ProviderError):
    """There is nothing for what was asked: an empty folder, or a day before all data."""


class RestingError(UnreachableError):
    """We leave the source alone for a while, because it failed several times running; nothing was asked."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds until it is tried again."""


class BlockedError(RefusedError):
    """A wall instead of data: a consent page, a challenge, a notice to automated readers."""


class SentElsewhereError(BlockedError):
    """A way to another page instead of data, which some sites have in place of saying that a file is not there."""


class PendingError(NoDataError):
    """Expected on this day, and not posted yet; worth another look."""


class MalformedError(ProviderError):
    """The data are there and make no sense; the message names the place."""

    def __init__(
        self, reason: str, *, where: str, column: str | None = None, line: int | None = None, line_word: str = "line"
    ) -> None:
        place = where if line is None else f"{where}, {line_word} {line}"
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {reason}")
        self.where = where
        self.column = column
        self.line = line

    @classmethod
    def of_schema(cls, error: SchemaError) -> MalformedError:
        """The provider's word for a frame that broke its schema."""
        return cls(error.reason, where=error.where, column=error.column, line=error.row, line_word=error.row_word)
