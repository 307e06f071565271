"""A service that clients reach: how it answers a call, and how one attempt at a call fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from fake_tuning.domain.vocabulary.durations import duration
from fake_tuning.doors.botocore.answers import (
    Answers,
    Outcome,
    ParsedHttp,
    WireResponse,
    asked,
    refused,
    succeeded,
    timestamps_of,
)
from fake_tuning.doors.botocore.faults import FaultScript
from fake_tuning.doors.botocore.network_guard import NetworkGuard
from fake_tuning.service.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.service.api_version import ApiVersion
    from fake_tuning.service.operations.registry import OperationKey


class Backend(Protocol):
    """What answers the operations."""

    @property
    def served(self) -> frozenset[OperationKey]:
        """The operations that it answers."""

    def answer(
        self, operation: OperationKey, params: dict[str, Any], region: str, at: datetime, /
    ) -> dict[str, Any]:
        """Carry out one of them.

        Args:
            operation: the service and the operation.
            params: the request.
            region: the region that it is addressed to.
            at: when it arrives.

        Returns:
            A fresh answer.

        Raises:
            ServiceError: the backend refuses.
        """


class Exchange(NamedTuple):
    """The call that is under way in this thread or task.

    Attributes:
        installation: what was installed innermost when it began.
        client: the client that was called.
        operation: the service and the operation.
    """

    installation: Installation
    client: Any
    operation: OperationKey


class Installation:
    """A backend that the clients of the process reach. Made by ``install``.

    Args:
        backend: what answers.
        region: the default region while it is installed.
        clock: tells when answers are given, and waits for late ones.
        seed: distinguishes request ids.
        wire: whether every call goes through botocore's serialisation, retries and parsing.
        guard: decides what may leave for the network; nothing may when left out.
        faults: what is to go wrong.
        api: the version of the API that the backend speaks.
        remove: undoes the installation.

    Attributes:
        backend: what answers.
        region: the default region.
        guard: what may leave for the network, and what was refused.
        faults: what is to go wrong.
        api: the version of the API.
        services: the services of whose operations the backend answers some, as botocore names them.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        region: str,
        clock: Clock,
        seed: int,
        wire: bool,
        guard: NetworkGuard | None,
        faults: FaultScript | None,
        api: ApiVersion,
        remove: Callable[[Installation], None],
    ) -> None:
        self.backend = backend
        self.region = region
        self.guard = guard or NetworkGuard(backend.served)
        self.faults = faults or FaultScript(backend.served, can_wait=hasattr(clock, "sleep"))
        self.api = api
        self.services = frozenset(service for service, _ in backend.served)
        self._served = backend.served
        self._clock = clock
        self._wire = wire
        self._answers = Answers(seed)
        self._timestamps: dict[OperationKey, tuple[str, ...]] = {}
        self._remove = remove

    def remove(self) -> None:
        """Undo the installation; a second time does nothing.

        Installations may be removed in any order. After the last, all is as it was before the first.
        """
        self._remove(self)

    def answer_parsed(self, exchange: Exchange, body: bytes) -> tuple[ParsedHttp, dict[str, Any]] | None:
        """Answer a call with no HTTP at all, or return None when it has to go over the wire."""
        if self._wire or exchange.operation not in self._served or self.faults.awaits(exchange.operation):
            return None
        self._clock.join()
        at = self._clock.now()
        return self._answers.parsed(self._act(exchange, body, at), exchange.client.meta.service_model, at)

    def answer_attempt(self, exchange: Exchange, url: str, body: bytes) -> WireResponse | None:
        """Answer one attempt as the wire would, or let it fail as the script says.

        Returns:
            The response, or None when the backend does not have the operation.
        """
        if exchange.operation not in self._served:
            return None
        self._clock.join()  # a fault may make this thread wait before the backend ever sees it
        fault, attempt = self.faults.take(exchange.operation), _Attempt(self, exchange, url, body)
        outcome = attempt.act() if fault is None else fault.meet(attempt)
        return self._answers.wire(outcome, url, self._clock.now())

    def act(self, exchange: Exchange, body: bytes) -> Outcome:
        """Let the backend do now what a request asks for."""
        return self._act(exchange, body, self._clock.now())

    def wait(self, length: timedelta) -> None:
        """Let time pass, if the clock can be moved."""
        sleep: Callable[[timedelta], None] | None = getattr(self._clock, "sleep", None)
        if sleep is not None:
            sleep(length)

    def _act(self, exchange: Exchange, body: bytes, at: datetime) -> Outcome:
        operation, meta = exchange.operation, exchange.client.meta
        timestamps = self._timestamps.get(operation)
        if timestamps is None:
            timestamps = timestamps_of(meta.service_model.operation_model(operation[1]))
            self._timestamps[operation] = timestamps
        params = asked(body, timestamps)
        try:
            return succeeded(self.backend.answer(operation, params, meta.region_name, at))
        except ServiceError as error:
            return refused(error)


@dataclass(frozen=True)
class _Attempt:
    """One request as it would leave the process."""

    installation: Installation
    exchange: Exchange
    url: str
    body: bytes

    @property
    def patience(self) -> timedelta:
        return duration(self.exchange.client.meta.config.read_timeout or 0, "read_timeout")

    def wait(self, length: timedelta) -> None:
        self.installation.wait(length)

    def act(self) -> Outcome:
        return self.installation.act(self.exchange, self.body)
