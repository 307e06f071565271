"""Failing exchanges: what goes wrong on the way to the service and back, one attempt at a time."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from fake_tuning.domain.vocabulary.durations import Duration, duration
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from collections.abc import Iterable

_NONE = timedelta(0)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one attempt, and with how many attempts in a row.

    An attempt is one request as it would leave the process: botocore makes several for one call when it
    retries. Make a fault with the class methods.

    Attributes:
        kind: what the client meets: an error answer, no connection, no answer in time, or a late answer.
        times: how many attempts.
        code: the error code of an error answer.
        message: its text.
        status: its HTTP status.
        delay: how long the answer takes.
        acted: whether the service did what was asked although the client never hears of it.
    """

    kind: Literal["error", "connection", "timeout", "latency"]
    times: int = 1
    code: str = ""
    message: str = ""
    status: int = 400
    delay: timedelta = _NONE
    acted: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.times, bool) or not isinstance(self.times, int):
            raise TypeError(f"times must be a whole number of attempts, but is {self.times!r}")
        if self.times < 1:
            raise ValueError(f"times must be at least 1, but is {self.times!r}")
        if self.kind == "error" and self.status not in range(400, 600):
            raise ValueError(f"status must be an HTTP error, 400 to 599, but is {self.status!r}")

    @classmethod
    def throttled(cls, *, times: int = 1) -> Fault:
        """The service is asked too often: ``ThrottlingException``, "Rate exceeded" (recorded).

        Args:
            times: how many attempts in a row.
        """
        return cls("error", times, "ThrottlingException", "Rate exceeded")

    @classmethod
    def error(cls, code: str, message: str = "", *, status: int = 400, times: int = 1) -> Fault:
        """The service answers with an error of your own. Whether it is retried is botocore's decision.

        Args:
            code: AWS's error code, such as ``"AccessDeniedException"``.
            message: its text.
            status: the HTTP status, 400 to 599.
            times: how many attempts in a row.
        """
        return cls("error", times, code, message, status)

    @classmethod
    def server_error(cls, *, status: int = 500, times: int = 1) -> Fault:
        """The service fails: ``ServiceUnavailable`` at 503, else ``InternalFailure``.

        The codes are AWS's common errors, the text is invented.

        Args:
            status: the HTTP status, 500 to 599.
            times: how many attempts in a row.
        """
        if status not in range(500, 600):
            raise ValueError(f"status must be that of a server error, 500 to 599, but is {status!r}")
        code = "ServiceUnavailable" if status == 503 else "InternalFailure"
        return cls("error", times, code, "The request failed because of a fault in the service.", status)

    @classmethod
    def connection_error(cls, *, times: int = 1) -> Fault:
        """No connection comes about: the client meets ``EndpointConnectionError``.

        Args:
            times: how many attempts in a row.
        """
        return cls("connection", times)

    @classmethod
    def read_timeout(cls, *, acted: bool = False, times: int = 1) -> Fault:
        """No answer comes: the client waits as long as its ``read_timeout``, and meets ``ReadTimeoutError``.

        A clock that can be moved moves by as much.

        Args:
            acted: True when the service did what was asked, and only its answer was lost.
            times: how many attempts in a row.
        """
        return cls("timeout", times, acted=acted)

    @classmethod
    def latency(cls, delay: Duration, *, times: int = 1) -> Fault:
        """The answer comes late; later than the client's ``read_timeout``, the client meets a read timeout.

        Args:
            delay: how late. The clock moves by as much, so it must be one that can be moved.
            times: how many attempts in a row.
        """
        return cls("latency", times, delay=duration(delay, "latency"))


class FaultScript:
    """What will go wrong next, per operation. Several threads may use it."""

    def __init__(self, operations: Iterable[str], *, can_wait: bool) -> None:
        self._operations = sorted(operations)
        self._can_wait = can_wait
        self._lock = threading.Lock()
        self._coming: dict[str, deque[Fault]] = {}

    def add(self, operation: str, *faults: Fault) -> None:
        """Let the next attempts of ``operation`` fail so, in this order, after those that were added before.

        Raises:
            ValueError: no such operation is served, no fault is given, or a latency is asked of a clock that
                cannot be moved.
            TypeError: something else than a ``Fault`` is given.
        """
        if operation not in self._operations:
            raise ValueError(choices("operation", operation, self._operations))
        if not faults:
            raise ValueError("say what is to go wrong, such as Fault.throttled(times=2)")
        for fault in faults:
            if not isinstance(fault, Fault):
                raise TypeError(
                    f"a fault is made by Fault, such as Fault.throttled(times=2), but this is {fault!r}"
                )
            if fault.kind == "latency" and not self._can_wait:
                raise ValueError(
                    "a late answer needs a clock that can be moved, and this one follows somebody else's "
                    "time: make the service with clock=VirtualClock(...)"
                )
        attempts = [fault for fault in faults for _ in range(fault.times)]
        with self._lock:
            self._coming.setdefault(operation, deque()).extend(attempts)

    def awaits(self, operation: str) -> bool:
        """Tell whether something will go wrong with the next attempt of ``operation``."""
        return bool(self._coming and self._coming.get(operation))

    def take(self, operation: str) -> Fault | None:
        """Return what goes wrong with this attempt, and count it as done, or None when nothing does."""
        with self._lock:
            coming = self._coming.get(operation)
            return coming.popleft() if coming else None

    def clear(self) -> None:
        """Forget everything that was still to go wrong."""
        with self._lock:
            self._coming.clear()
