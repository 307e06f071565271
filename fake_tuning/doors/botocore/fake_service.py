"""The fake service, installed: what a test holds in its hand."""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from botocore.loaders import create_loader

from fake_tuning.domain.vocabulary.suggestions import checks_keywords, choices
from fake_tuning.doors.botocore.environment import shared_loader
from fake_tuning.doors.botocore.faults import Fault, FaultScript
from fake_tuning.doors.botocore.hook import Installation, install
from fake_tuning.doors.botocore.network_guard import NetworkBlocked, NetworkGuard
from fake_tuning.doors.pre_ga import api_version
from fake_tuning.service.quirks import Quirks
from fake_tuning.service.tuning_service import TuningService

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType
    from typing import Literal

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import Clock
    from fake_tuning.doors.pre_ga import Dialect

_TRANSPORTS = ("parsed", "wire")


@checks_keywords
class FakeTuningService(TuningService):
    """An in-memory tuning service that every botocore client of the process reaches while it is entered.

    ``with FakeTuningService() as service:`` needs no credentials, profile or region, and lets nothing reach
    the network. At the end of a body that went well, whatever was refused meanwhile is raised.
    While it is entered, the environment is the same on every machine: made-up credentials unless there are
    some, the default region, no profile, no endpoint URLs, no metadata service.

    Args:
        clock: the time it lives in; the process's when left out.
        region: the default region of the environment while it is entered, and of calls that name none.
        account: the account of its ARNs.
        seed: fixes everything that is drawn.
        dialect: which of its shapes a describe response has: ``"current"``, or ``"pre-ga"`` for May 2018's.
            Clients that are made while it is entered know that shape. Others read it too where an answer is
            given directly, but over the wire they see no member that botocore does not know.
        quirks: which oddities of the real service it has; by default those that were observed.
        quotas: the account's limits in each region by AWS's names, such as
            ``{"ml.m5.xlarge for training job usage": 8}``; what is not named has none.
        transport: ``"parsed"`` answers clients directly; ``"wire"`` sends every call through botocore's
            serialisation, retries and parsing.

    Attributes:
        calls: every call that the code under test has made, in order; clear it to begin anew.

    Raises:
        ValueError: the dialect, the transport or a quota is unknown, or a quota is negative.
        TypeError: a quota is no whole number.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        region: str = "us-east-1",
        account: str = "123456789012",
        seed: int = 0,
        dialect: Dialect = "current",
        quirks: Quirks = Quirks(),  # noqa: B008  # immutable
        quotas: Mapping[str, int] = MappingProxyType({}),
        transport: Literal["parsed", "wire"] = "parsed",
    ) -> None:
        if transport not in _TRANSPORTS:
            raise ValueError(choices("transport", transport, _TRANSPORTS))
        super().__init__(
            clock=clock,
            region=region,
            account=account,
            seed=seed,
            api=api_version(dialect),
            quirks=quirks,
            quotas=quotas,
        )
        self.dialect = dialect
        self._wire = transport == "wire"
        self._guard = NetworkGuard(self.operations)
        self._faults = FaultScript(self.operations, can_wait=hasattr(self.clock, "sleep"))
        self._installation: Installation | None = None

    def __enter__(self) -> Self:
        if self._installation is not None:
            raise RuntimeError("this service is entered already: make another one to nest them")
        self._installation = install(
            self,
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

    def fail_next(self, operation: str, *faults: Fault) -> None:
        """Let the next attempts of an operation fail, in this order; then it goes well again.

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
        """Let the operations of a service, or only the named one, leave for the network.

        Args:
            service: the service as in ``boto3.client(service)``.
            operation: the operation as AWS writes it, such as ``"GetObject"``.

        Raises:
            ValueError: there is no such service or operation, or this service itself answers it.
        """
        self._guard.allow(shared_loader(create_loader, os.environ.get("AWS_DATA_PATH")), service, operation)

    @property
    def refusals(self) -> list[NetworkBlocked]:
        """What was refused on its way to the network, in order; clear it when that was meant."""
        return self._guard.refusals

    def assert_nothing_refused(self) -> None:
        """Raise when anything was refused on its way to the network, even if it was swallowed there.

        Raises:
            AssertionError: it names each refusal.
        """
        self._guard.assert_nothing_refused()
