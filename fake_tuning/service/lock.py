"""The lock that a service holds while it looks at its jobs or changes them."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager
from typing import NamedTuple

from fake_tuning.domain.simulation.scoring import ScoringCall, scoring_calls


class _Holder(NamedTuple):
    thread: int
    calls: tuple[ScoringCall, ...]
    """The functions that score trials in which the thread was already when it took the lock."""


class ServiceLock(AbstractContextManager[None]):
    """One thread at a time looks at the jobs, and a function that scores a trial of one does not (see ``enter``).

    Another thread waits for it, even one that such a function started: it must not wait for that thread in turn.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._holder: _Holder | None = None

    def __enter__(self) -> None:
        """Wait for the lock, and take it; a thread that has it takes it again.

        Raises:
            RuntimeError: a function that scores a trial asks, and whoever called it holds this lock until it returns.
        """
        holder, calls = self._holder, scoring_calls()
        for call in calls:
            if holder is not None and holder.thread == call.thread and call not in holder.calls:
                raise call.refusal("the service")
        self._lock.acquire()
        if not self._depth:
            self._holder = _Holder(threading.get_ident(), calls)
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._holder = None
        self._lock.release()
