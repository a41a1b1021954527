"""Waits for a library that may hang, for as long as it shows a sign of life."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import NoReturn, TypeVar

Answer = TypeVar("Answer")


class SilentError(Exception):
    """What was waited for showed no sign of life for too long."""


def while_alive(do: Callable[[Callable[[], None]], Answer], most_silent: float) -> Answer:
    """What a function returns, or raises, in a thread of its own.

    The thread of a call that was given up is a daemon: it keeps no program from ending.

    Args:
        do: the function; it calls what it is given after each step, which raises `SilentError` once it was given up.
        most_silent: seconds that a step may take.

    Raises:
        SilentError: a step took longer.
    """
    signs: queue.SimpleQueue[Callable[[], Answer] | None] = queue.SimpleQueue()
    is_given_up = threading.Event()

    def sign() -> None:
        if is_given_up.is_set():
            raise SilentError
        signs.put(None)

    def run() -> None:
        try:
            answer = do(sign)
        # Whatever it is, it is raised again where the answer is waited for.
        except BaseException as error:
            signs.put(_raises(error))
        else:
            signs.put(lambda: answer)

    threading.Thread(target=run, name="signs-of-life", daemon=True).start()
    try:
        while True:
            try:
                ended = signs.get(timeout=most_silent)
            except queue.Empty:
                raise SilentError from None
            if ended is not None:
                return ended()
    finally:
        is_given_up.set()


def _raises(error: BaseException) -> Callable[[], NoReturn]:
    def again() -> NoReturn:
        raise error

    return again
