"""The lock that a service holds while it looks at its jobs or changes them."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager

from fake_tuning.domain.simulation.scoring import check_scores_nothing


class ServiceLock(AbstractContextManager[None]):
    """One thread at a time looks at the jobs, and a function that scores a trial of one does not (see ``enter``).

    Another thread waits for it, even one that such a function started: it must not wait for that thread in turn.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        """Wait for the lock, and take it; a thread that has it takes it again.

        Raises:
            RuntimeError: a function that scores a trial asks.
        """
        check_scores_nothing("the service")
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
