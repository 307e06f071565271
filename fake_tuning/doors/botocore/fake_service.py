"""The fake service, installed: what a test holds in its hand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.loaders import create_loader

from fake_tuning.domain.vocabulary.suggestions import checks_keywords
from fake_tuning.doors.botocore.environment import shared_loader
from fake_tuning.doors.botocore.faults import Fault, FaultScript
from fake_tuning.doors.botocore.hook import install
from fake_tuning.doors.botocore.installation import Installation
from fake_tuning.doors.botocore.network_guard import NetworkBlocked, NetworkGuard
from fake_tuning.doors.options import ServiceOptions, api_version, explains, option, takes
from fake_tuning.service.calls import Mishap
from fake_tuning.service.tuning_service import TuningService

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.doors.options import Dialect
    from fake_tuning.service.operations.registry import OperationKey


def _clock(name: str, value: object) -> object:
    if not hasattr(value, "now"):
        raise TypeError(f"{name} must be a clock, such as VirtualClock() or AmbientClock(), but is {value!r}")
    return value


@dataclass(frozen=True, kw_only=True)
class _Keywords(ServiceOptions):
    clock: Clock | None = option(
        None,
        "the clock that the service lives by, such as VirtualClock(); by default that of the process.",
        check=_clock,
    )


class _Backend(NamedTuple):
    """What a service shows to the clients, and not to the test."""

    served: frozenset[OperationKey]
    answer: Callable[[OperationKey, dict[str, Any], str, datetime], dict[str, Any]]


@checks_keywords
@explains("Args", _Keywords)
class FakeTuningService(TuningService):
    """An in-memory tuning service that every botocore client of the process reaches while it is entered.

    ``with FakeTuningService() as service:`` needs no credentials, profile or region, and lets nothing reach
    the network. At the end of a body that went well, whatever was refused in the meantime is raised.
    While it is entered, the environment is the same on every machine: made-up credentials unless there are
    some, the default region, no profile, no endpoint URLs, no metadata service.

    Attributes:
        calls: every call that this service carried out or refused, in order; clear it to begin anew. An attempt that
            a ``Fault`` answered is not among them.

    Raises:
        TypeError: an option is unknown, or its value has the wrong type.
        ValueError: a value is not one of the choices, or cannot be read.
    """

    @takes(_Keywords)
    def __init__(self, **keywords: Any) -> None:
        options = _Keywords(**keywords)
        super().__init__(options.settings(), clock=options.clock, api=api_version(options.dialect))
        self._dialect = options.dialect
        self._wire = options.transport == "wire"
        self._mishaps: list[Mishap] = []
        self._guard = NetworkGuard(self._operations, self._note_mishap)
        self._faults = FaultScript(
            self._operations, can_wait=hasattr(self.clock, "sleep"), note=self._note_mishap
        )
        self._installation: Installation | None = None

    def __enter__(self) -> Self:
        if self._installation is not None:
            raise RuntimeError("this service is entered already: make another one to nest them")
        self._installation = install(
            _Backend(frozenset(self._operations), self._answer),
            region=self.region,
            clock=self.clock,
            seed=self.seed,
            wire=self._wire,
            guard=self._guard,
            faults=self._faults,
            api=self._api,
        )
        self.clock.attach(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._installation is not None:
            self.clock.detach(self)
            self._installation.remove()
            self._installation = None
        if kind is None:
            self.assert_nothing_refused()

    def _note_mishap(self, what: str, outcome: str) -> None:
        try:
            at: datetime | None = self.clock.now()
        except RuntimeError:  # it stands still between the tests that use it
            at = None
        self._mishaps.append(Mishap(self.calls[-1] if self.calls else None, at, what, outcome))

    def fail_next(self, operation: str, *faults: Fault) -> None:
        """Make the next attempts at an operation fail, in this order. After that it works again.

        Args:
            operation: the operation as AWS writes it, such as ``"DescribeHyperParameterTuningJob"``.
            faults: what goes wrong, such as ``Fault.throttled(times=2)``.

        Raises:
            ValueError: the operation is not served, no fault is given, or a latency is asked of a clock that
                cannot be moved.
            TypeError: something else than a ``Fault`` is given.
        """
        self._faults.add(operation, *faults)

    def allow(self, service: str, operation: str | None = None) -> None:
        """Let the operations of a service, or only the named one, reach the network.

        Args:
            service: the service as in ``boto3.client(service)``.
            operation: the operation as AWS writes it, such as ``"GetObject"``.

        Raises:
            ValueError: there is no such service or operation, or this service itself answers it.
        """
        self._guard.allow(shared_loader(create_loader, os.environ.get("AWS_DATA_PATH")), service, operation)

    @property
    def dialect(self) -> Dialect:
        """The shape of its describe responses."""
        return self._dialect

    @property
    def refusals(self) -> list[NetworkBlocked]:
        """The requests that were kept from the network, in order; clear the list if they were expected."""
        return self._guard.refusals

    @property
    def mishaps(self) -> list[Mishap]:
        """What was attempted and never reached it: requests that were refused, and attempts that a fault met."""
        return self._mishaps

    def assert_nothing_refused(self) -> None:
        """Raise if a request was refused on its way to the network, even if the error was swallowed.

        Raises:
            AssertionError: it names each refusal.
        """
        self._guard.assert_nothing_refused()
