"""The clock, the service and the client that most tests of the service use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.clock.virtual_clock import VirtualClock
from fake_tuning.service.validation.model import Constraints, load_model
from support.hand_clock import START, HandClock
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ServiceModel


@pytest.fixture(scope="session")
def model() -> ServiceModel:
    return load_model()


@pytest.fixture(scope="session")
def constraints(model: ServiceModel) -> Constraints:
    return Constraints(model)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def service(clock: HandClock) -> Iterator[FakeTuningService]:
    """A service whose tuning jobs and training jobs take round times."""
    with FakeTuningService(clock=clock) as service:
        service.on_create(ROUND)
        service.on_create(ROUND, training_jobs=True)
        yield service


@pytest.fixture
def client(service: FakeTuningService) -> Any:
    return boto3.client("sagemaker")


@pytest.fixture
def virtual_service() -> Iterator[FakeTuningService]:
    """A service like the other, for a test that sleeps or waits."""
    with VirtualClock(START) as clock, FakeTuningService(clock=clock) as service:
        service.on_create(ROUND)
        service.on_create(ROUND, training_jobs=True)
        yield service
