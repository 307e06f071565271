"""What may leave for the network, and what is said of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import DataNotFoundError, UnknownServiceError

from fake_tuning.domain.vocabulary.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from botocore.loaders import Loader

    from fake_tuning.service.operations.registry import OperationKey


class NetworkBlocked(AssertionError):  # what happened, not a kind of error
    """A request was about to leave for the network while the fake was installed."""

    __module__ = "fake_tuning"  # where users find it, and what pytest shows


class OperationNotServed(NetworkBlocked):
    """A SageMaker operation that the fake does not have was about to leave for the network."""

    __module__ = "fake_tuning"


class NetworkGuard:
    """Decides what may leave, and remembers what it refused.

    Args:
        served: the operations that the fake answers.
        note: called with each operation that is refused, and what became of it.

    Attributes:
        refusals: what was refused, in order, whether or not the code under test swallowed it.
    """

    def __init__(
        self, served: Iterable[OperationKey], note: Callable[[str, str], None] = lambda *_: None
    ) -> None:
        self.refusals: list[NetworkBlocked] = []
        self._served = frozenset(served)
        self._note = note
        self._allowed: set[tuple[str, str | None]] = set()

    def allow(self, models: Loader, service: str, operation: str | None = None) -> None:
        """Let a service's operations leave for the network, or only the named one.

        Args:
            models: where botocore's service models are found.
            service: the service as in ``boto3.client(service)``.
            operation: the operation as AWS writes it, such as ``"GetObject"``; all of them when left out.

        Raises:
            ValueError: there is no such service or operation, or the fake itself answers the operation.
        """
        operations = _operations_of(models, service)
        if operation is not None and operation not in operations:
            raise ValueError(
                f"{service} has no operation {operation!r}"
                + _guess(operation, operations, otherwise=": write it as AWS does, such as 'GetObject'")
            )
        if (service, operation) in self._served:
            raise ValueError(
                f"{operation} is answered by the fake itself, so it cannot be let through to AWS"
            )
        self._allowed.add((service, operation))

    def allows(self, service: str | None, operation: str | None) -> bool:
        """Tell whether this operation may leave. What belongs to no operation may not."""
        return service is not None and (
            (service, operation) in self._allowed or (service, None) in self._allowed
        )

    def refuse(self, service: str | None, operation: str | None, host: str) -> NetworkBlocked:
        """Record a refusal and return what is to be raised.

        It names only the host of a request: path, query and headers may hold secrets.

        Args:
            service: the service that was called, or None when no client called.
            operation: its operation, or None likewise.
            host: where the request was going.
        """
        refusal = self._refusal(service, operation, host)
        self.refusals.append(refusal)
        what = "a request" if service is None else f"{service} {operation}"
        self._note(what, f"refused on its way to {host}")
        return refusal

    def _refusal(self, service: str | None, operation: str | None, host: str) -> NetworkBlocked:
        if service is None or operation is None:
            return NetworkBlocked(_outside(host))
        served = sorted(name for faked, name in self._served if faked == service)
        if served:
            return OperationNotServed(_not_served(service, operation, served))
        return NetworkBlocked(_blocked(service, operation, host))

    def assert_nothing_refused(self) -> None:
        """Raise when anything was refused.

        Raises:
            AssertionError: it names each refusal.
        """
        if not self.refusals:
            return
        count = len(self.refusals)
        raise AssertionError(
            f"{count} request{'s were' if count > 1 else ' was'} refused while the fake was installed "
            "(if that was meant, call refusals.clear() on the service):\n"
            + "\n".join(f"- {refusal}" for refusal in self.refusals)
        )


def _operations_of(models: Loader, service: str) -> Iterable[str]:
    try:
        model = models.load_service_model(service, "service-2")
    except (UnknownServiceError, DataNotFoundError):
        known = models.list_available_services("service-2")
        raise ValueError(
            f"unknown service {service!r}"
            + _guess(service, known, otherwise=": write it as in boto3.client(...), such as 's3'")
        ) from None
    operations: dict[str, object] = model["operations"]
    return operations


def _guess(name: str, known: Iterable[str], *, otherwise: str) -> str:
    guess = nearest(name, known)
    return f": did you mean {guess!r}?" if guess else otherwise


def _blocked(service: str, operation: str, host: str) -> str:
    return (
        f"{service} {operation} was about to leave for the network ({host}), and no fake answered it. "
        "Let one answer it (moto's mock_aws(), a botocore Stubber), "
        f"or let it through: allow({service!r}, {operation!r}) or allow({service!r}) on the service."
    )


def _not_served(service: str, operation: str, served: list[str]) -> str:
    return (
        f"the fake does not have the {service} operation {operation}"
        + _guess(operation, served, otherwise=".")
        + f" It has {', '.join(served)}. Let another fake answer it (moto's mock_aws(), a botocore Stubber), "
        f"or let it through: allow({service!r}, {operation!r}) on the service."
    )


def _outside(host: str) -> str:
    return (
        f"a request to {host} was about to leave for the network, outside any operation of a client. "
        "Looking for credentials does this: give the client credentials, and it looks no further."
    )
