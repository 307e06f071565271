"""Failing exchanges: what goes wrong on the way to the service and back, one attempt at a time."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from fake_tuning.domain.vocabulary.durations import Duration, duration
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.doors.botocore.answers import Outcome, refused
from fake_tuning.doors.botocore.fault_texts import RATE_EXCEEDED, SERVICE_FAULT
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.operations.registry import OperationKey, key_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

    kind: ClassVar[Literal["error", "connection", "timeout", "latency"]]
    times: int = 1
    code: str = ""
    message: str = ""
    status: int = 400
    delay: timedelta = _NONE
    acted: bool = False

    def __post_init__(self) -> None:
        if not is_whole(self.times):
            raise TypeError(f"times must be a whole number of attempts, but is {self.times!r}")
        if self.times < 1:
            raise ValueError(f"times must be at least 1, but is {self.times!r}")

    @staticmethod
    def throttled(*, times: int = 1) -> Fault:
        """The client calls too often: ``ThrottlingException``, "Rate exceeded" (recorded).

        Args:
            times: how many attempts in a row.
        """
        return ErrorAnswer(times, "ThrottlingException", RATE_EXCEEDED)

    @staticmethod
    def error(code: str, message: str = "", *, status: int = 400, times: int = 1) -> Fault:
        """The service answers with an error of your own. Whether it is retried is botocore's decision.

        Args:
            code: AWS's error code, such as ``"AccessDeniedException"``.
            message: its text.
            status: the HTTP status, 400 to 599.
            times: how many attempts in a row.
        """
        return ErrorAnswer(times, code, message, status)

    @staticmethod
    def server_error(*, status: int = 500, times: int = 1) -> Fault:
        """The service fails: ``ServiceUnavailable`` at 503, else ``InternalFailure``.

        The codes are AWS's common errors, the text is invented.

        Args:
            status: the HTTP status, 500 to 599.
            times: how many attempts in a row.
        """
        if status not in range(500, 600):
            raise ValueError(f"status must be that of a server error, 500 to 599, but is {status!r}")
        code = "ServiceUnavailable" if status == 503 else "InternalFailure"
        return ErrorAnswer(times, code, SERVICE_FAULT, status)

    @staticmethod
    def connection_error(*, times: int = 1) -> Fault:
        """The connection fails: the client gets ``EndpointConnectionError``.

        Args:
            times: how many attempts in a row.
        """
        return NoConnection(times)

    @staticmethod
    def read_timeout(*, acted: bool = False, times: int = 1) -> Fault:
        """No answer arrives: the client waits for its ``read_timeout``, and gets ``ReadTimeoutError``.

        The clock moves by as much, if it can be moved.

        Args:
            acted: True when the service did what was asked, and only its answer was lost.
            times: how many attempts in a row.
        """
        return NoAnswer(times, acted=acted)

    @staticmethod
    def latency(delay: Duration, *, times: int = 1) -> Fault:
        """The answer arrives late. If that is later than the client's ``read_timeout``, the client gets a read timeout.

        Args:
            delay: how late. The clock moves by as much, so it must be a clock that can be moved.
            times: how many attempts in a row.
        """
        return LateAnswer(times, delay=duration(delay, "latency"))


class Attempt(Protocol):
    """One request as it would leave the process: botocore makes several for one call when it retries."""

    @property
    def url(self) -> str:
        """Where the request goes."""

    @property
    def patience(self) -> timedelta:
        """How long the client waits for an answer; nothing when it waits for ever."""

    def wait(self, length: timedelta) -> None:
        """Let time pass, on a clock that can be moved."""

    def act(self) -> Outcome:
        """Let the service do what was asked, and return what it answers."""


class Effect(Fault, ABC):
    """A fault that knows what it does to an attempt: what the class methods of ``Fault`` make."""

    moves_clock: ClassVar[bool] = False
    """Whether it is possible only with a clock that can be moved."""

    @abstractmethod
    def meet(self, attempt: Attempt) -> Outcome:
        """Return what the client gets instead of the answer, or raise what it meets."""


class ErrorAnswer(Effect):
    """The service answers with an error."""

    kind = "error"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.status not in range(400, 600):
            raise ValueError(f"status must be an HTTP error, 400 to 599, but is {self.status!r}")

    def meet(self, attempt: Attempt) -> Outcome:  # noqa: ARG002  # the service is never asked
        """Return the error."""
        return refused(ServiceError(self.code, self.message, status=self.status))


class NoConnection(Effect):
    """The client cannot connect."""

    kind = "connection"

    def meet(self, attempt: Attempt) -> Outcome:
        """Raise what a client raises that cannot connect."""
        raise EndpointConnectionError(endpoint_url=attempt.url, error="scripted by Fault.connection_error")


class NoAnswer(Effect):
    """The client connects, and gets no answer."""

    kind = "timeout"

    def meet(self, attempt: Attempt) -> Outcome:
        """Wait as long as the client does, and raise what it raises then."""
        attempt.wait(attempt.patience)
        if self.acted:
            attempt.act()
        raise ReadTimeoutError(endpoint_url=attempt.url, error="scripted by Fault.read_timeout")


class LateAnswer(Effect):
    """The answer comes late, perhaps too late for the client."""

    kind = "latency"
    moves_clock = True

    def meet(self, attempt: Attempt) -> Outcome:
        """Wait for the answer, or as long as the client does. The service acts in either case."""
        if not attempt.patience or self.delay < attempt.patience:
            attempt.wait(self.delay)
            return attempt.act()
        attempt.wait(attempt.patience)
        attempt.act()
        raise ReadTimeoutError(endpoint_url=attempt.url, error="scripted by Fault.latency")


class FaultScript:
    """What will go wrong next, per operation. Several threads may use it.

    Args:
        operations: those that are served.
        can_wait: whether answers can come late.
        note: called with each operation that something went wrong with, and what.
    """

    def __init__(
        self,
        operations: Iterable[OperationKey],
        *,
        can_wait: bool,
        note: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        self._operations = tuple(operations)
        self._can_wait = can_wait
        self._note = note
        self._lock = threading.Lock()
        self._coming: dict[OperationKey, deque[Effect]] = {}

    def add(self, name: str, *faults: Fault) -> None:
        """Let the next attempts of an operation fail, in this order, after those that were added before.

        Args:
            name: the operation, as AWS writes it.
            faults: what goes wrong.

        Raises:
            ValueError: no such operation is served, no fault is given, or a latency is asked of a clock that
                cannot be moved.
            TypeError: something else than a ``Fault`` is given.
        """
        operation = key_named(name, self._operations)
        if operation is None:
            raise ValueError(choices("operation", name, sorted(known for _, known in self._operations)))
        if not faults:
            raise ValueError("say what is to go wrong, such as Fault.throttled(times=2)")
        attempts: list[Effect] = []
        for fault in faults:
            if not isinstance(fault, Effect):
                raise TypeError(
                    f"a fault is made by Fault, such as Fault.throttled(times=2), but this is {fault!r}"
                )
            if fault.moves_clock and not self._can_wait:
                raise ValueError(
                    "a late answer needs a clock that can be moved, and this one follows somebody else's "
                    "time: make the service with clock=VirtualClock(...)"
                )
            attempts += [fault] * fault.times
        with self._lock:
            self._coming.setdefault(operation, deque()).extend(attempts)

    def awaits(self, operation: OperationKey) -> bool:
        """Tell whether something will go wrong with the next attempt of an operation."""
        return bool(self._coming and self._coming.get(operation))

    def take(self, operation: OperationKey) -> Effect | None:
        """Return what goes wrong with this attempt, and count it as done, or None when nothing does."""
        with self._lock:
            coming = self._coming.get(operation)
            fault = coming.popleft() if coming else None
        if fault is not None:
            self._note(operation[1], f"met by a fault: {fault.code or fault.kind}")
        return fault

    def clear(self) -> None:
        """Forget everything that was still to go wrong."""
        with self._lock:
            self._coming.clear()
