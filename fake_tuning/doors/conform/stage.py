"""A service in the place and at the instant at which something was recorded, and a client of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.durations import epoch_ms, utc
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.options import ServiceOptions
from fake_tuning.service.validation.captured_answers import known_part
from fake_tuning.service.validation.model import installed_model

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from fake_tuning.domain.vocabulary.clock import EventSource, Reading


_ARN = re.compile(r"arn:[\w-]+:sagemaker:([\w-]+):([0-9]{12}):")

_PARENT_AGE = 300 * 24 * 3600 * 1000
"""How long before its child a parent is created, in milliseconds: longer than any job runs."""


HERE = Place(ServiceOptions.region, ServiceOptions.account)
"""Where a stage is when nothing tells where the recorded job was."""


def place_of(arn: object) -> Place | None:
    """Return the region and the account of an ARN of SageMaker; None if this is none."""
    found = _ARN.match(arn) if isinstance(arn, str) else None
    return Place(found[1], found[2]) if found else None


def sendable(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client can send of a request that a description tells: the members that the model has."""
    shape = installed_model().operation_model(operation).input_shape
    sent: dict[str, Any] = known_part(shape, request)
    return sent


class RefusedError(Exception):
    """The fake, or the client, refuses a request.

    Attributes:
        code: the error code; for a refusal of the client the name of the exception.
        message: the text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class StillClock:
    """A clock that stands still until it is moved.

    Attributes:
        ms: the time, in milliseconds since 1970.
    """

    def __init__(self, ms: int) -> None:
        self.ms = ms

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return utc(self.ms)

    def join(self) -> None:
        """Do nothing: nobody sleeps here."""

    def note_read(self, reading: Reading) -> None:
        """Do nothing: nobody polls here."""

    def attach(self, source: EventSource) -> None:
        """Do nothing: this clock is moved to where its owner says."""

    def detach(self, source: EventSource) -> None:
        """Do nothing: this clock is moved to where its owner says."""


class Clients:
    """Clients by region, each made once: to make one takes longer than what is asked of it."""

    def __init__(self) -> None:
        self._session: Any = get_session()
        self._by_region: dict[str, Any] = {}

    def of(self, region: str) -> Any:
        """Return a client of SageMaker. It is made while a service is entered, and needs no credentials."""
        if region not in self._by_region:
            self._by_region[region] = self._session.create_client("sagemaker", region_name=region)
        return self._by_region[region]


class Stage:
    """A service with nothing in it, and its clock. It is entered by ``with``.

    Args:
        clients: makes the client.
        place: the region and the account.
        ms: the instant, in milliseconds since 1970.

    Attributes:
        service: the service.
        clock: its clock.
    """

    def __init__(self, clients: Clients, place: Place, ms: int) -> None:
        self.clock = StillClock(ms)
        self.service = FakeTuningService(clock=self.clock, region=place.region, account=place.account)
        self._clients = clients

    def __enter__(self) -> Self:
        self.service.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.service.__exit__(kind, error, traceback)

    def ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let the client ask, and return the answer without what botocore says of the exchange.

        Raises:
            RefusedError: it is refused.
        """
        call = getattr(self._clients.of(self.service.region), xform_name(operation))
        try:
            answer: dict[str, Any] = call(**request)
        except ClientError as error:
            told = error.response["Error"]
            raise RefusedError(told["Code"], told["Message"]) from None
        except BotoCoreError as error:
            raise RefusedError(type(error).__name__, str(error)) from None
        answer.pop("ResponseMetadata", None)
        return answer

    def next_event(self) -> int | None:
        """Return when something happens next, in milliseconds since 1970, or None."""
        event = self.service.next_event_after(self.clock.now())
        return None if event is None else epoch_ms(event)

    def create_parents(self, asked: Mapping[str, Any]) -> None:
        """Let there be the parents of a warm start, which were asked the same and have ended by now.

        Args:
            asked: a CreateHyperParameterTuningJob request.

        Raises:
            RefusedError: the request is refused.
            ValueError: a parent has no name.
        """
        now = self.clock.ms
        like = {name: each for name, each in asked.items() if name not in ("WarmStartConfig", "Tags")}
        for parent in asked.get("WarmStartConfig", {}).get("ParentHyperParameterTuningJobs", ()):
            if "HyperParameterTuningJobName" not in parent:
                raise ValueError("a parent in its WarmStartConfig has no HyperParameterTuningJobName")
            self.clock.ms = now - _PARENT_AGE
            self.ask(
                "CreateHyperParameterTuningJob",
                {**like, "HyperParameterTuningJobName": parent["HyperParameterTuningJobName"]},
            )
        self.clock.ms = now
