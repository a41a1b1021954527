"""The fees of a market over time, read when somebody first asks for a figure that rests on them, and never before."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from shortside.loans.history import LoanHistory

NOBODY_READS: Final = "nobody kept fees over time"


class FeePaths:
    """What is known of a market's fees over time, and what is wanted of them.

    A figure that rests on them asks `wanted`, which reads nothing and notes that it was asked. Whoever shows the figure
    looks at `is_due` and has `fill` called in a thread: a year of looks takes seconds.

    Args:
        read: reads the looks, or says in words why there are none; None where nobody could.
    """

    def __init__(self, read: Callable[[], LoanHistory | str] | None = None) -> None:
        self._read, self._reading = read, Lock()
        self.history: LoanHistory | None = None
        """The looks; None until they are read, and where there are none."""
        self.why_none = "" if read is not None else NOBODY_READS
        """Why there are none; empty until that is known."""
        self.is_wanted = False
        """Whether a figure that rests on them was asked for."""
        self._is_of_before, self._is_news = False, False

    def wanted(self) -> LoanHistory | None:
        """The looks for a figure that rests on them; None where they are not read yet, or there are none."""
        self.is_wanted = True
        return self.history

    @property
    def is_due(self) -> bool:
        """Whether they are wanted and still to be read."""
        return self.is_wanted and not self.why_none and (self.history is None or self._is_of_before)

    @property
    def is_being_read(self) -> bool:
        """Whether a figure stands blank because they are not read yet."""
        return self.is_due and self.history is None

    def fill(self) -> bool:
        """Read them where they are due; returns whether they were read just now. Takes up to seconds."""
        with self._reading:
            if not self.is_due or self._read is None:
                return False
            found = self._read()
            if isinstance(found, str):
                self.history, self.why_none = None, found
            else:
                self.history = found
            self._is_of_before, self._is_news = False, True
            return True

    def take_news(self) -> bool:
        """Whether they were read since this was asked last, so that what is shown is to be made anew."""
        is_news, self._is_news = self._is_news, False
        return is_news

    def take_over(self, before: FeePaths) -> None:
        """Go on with the looks of the same names as they were read before, until newer ones are."""
        self.history, self.is_wanted, self._is_of_before = before.history, before.is_wanted, before.history is not None
