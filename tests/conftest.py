"""What many tests share: the clock, the service and the client that they use, and runs of pytest within a test."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.clock.virtual_clock import VirtualClock
from fake_tuning.service.validation.model import Constraints, load_model
from support.hand_clock import START, HandClock
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.model import ServiceModel

with suppress(ImportError):
    # A run within a test forgets what it imported, and the part of PyYAML that is in C cannot be imported twice.
    import yaml  # noqa: F401

PLUGIN = "fake_tuning.doors.pytest.plugin"
INSTALLED = any(each.value == PLUGIN for each in entry_points(group="pytest11"))

BOUND = 120
"""After so many real seconds, a run in another process is taken to hang."""

pytest_plugins = ["pytester"] if INSTALLED else ["pytester", PLUGIN]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Return a function that runs a test module in a pytest of its own, with warnings as errors.

    ``apart=True`` runs it in another process, for what a process keeps: imports, workers.
    """
    loaded = [] if INSTALLED else ["-p", PLUGIN]
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))

    def run(source: str, *options: str, apart: bool = False, **files: Any) -> pytest.RunResult:
        for name, text in files.items():
            pytester.makefile(".ini" if name == "pytest" else ".py", **{name: text})
        pytester.makepyfile(test_it=source)
        in_order = ("-p", "no:cacheprovider", "-p", "no:randomly")  # that of the source
        arguments = (*loaded, "-W", "error", *in_order, *options)
        if apart:
            return pytester.runpytest_subprocess(*arguments, timeout=BOUND)
        return pytester.runpytest_inprocess(*arguments)

    return run


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


@pytest.fixture(scope="session")
def lasting_client() -> Any:
    """A client that lives as long as the run, as one does that a module makes when it is imported."""
    import boto3  # the environments of other clients do without

    return boto3.Session("testing", "testing", region_name="us-east-1").client("sagemaker")


@pytest.fixture
def client(service: FakeTuningService, lasting_client: Any) -> Any:
    """The lasting client, which the service answers now; to make one anew takes as long as many a test."""
    return lasting_client


@pytest.fixture
def virtual_service() -> Iterator[FakeTuningService]:
    """A service like the other, for a test that sleeps or waits."""
    with VirtualClock(START) as clock, FakeTuningService(clock=clock) as service:
        service.on_create(ROUND)
        service.on_create(ROUND, training_jobs=True)
        yield service
