"""The lock of the scheduler."""

from __future__ import annotations

import _thread
import gc


class Mutex:
    """A lock that its thread may acquire again, and under which nothing is collected.

    A signal handler may come in while its own thread holds it. A collection may not: a finalizer that sleeps or joins
    would block with it held.
    """

    def __init__(self) -> None:
        self._lock = _thread.RLock()
        self._depth = 0
        self._collects = False

    def __enter__(self) -> None:
        """Acquire it."""
        self._lock.acquire()
        if not self._depth:
            self._collects = gc.isenabled()
            gc.disable()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        """Release it."""
        self._depth -= 1
        if not self._depth and self._collects:
            gc.enable()
        self._lock.release()

    def is_mine(self) -> bool:
        """Return whether the calling thread holds it."""
        owned: bool = self._lock._is_owned()  # type: ignore[attr-defined]
        return owned
