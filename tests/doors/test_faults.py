"""Failing exchanges run through botocore's own retries."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from fake_tuning.domain.vocabulary.durations import Duration, duration
from fake_tuning.doors.botocore import fault_texts
from fake_tuning.doors.botocore.faults import Fault
from fake_tuning.doors.botocore.hook import install
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_tuning.doors.botocore.installation import Installation
    from fake_tuning.service.operations.registry import OperationKey

NAME = "DescribeTrainingJob"


class SmallBackend:
    served = frozenset({(SAGEMAKER, NAME), (SAGEMAKER, "StopTrainingJob")})

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, operation: OperationKey, params: dict[str, Any], *_: object) -> dict[str, Any]:
        self.asked.append(operation[1])
        return {"TrainingJobStatus": "Completed"}


class SteppingClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)
        self.joined: set[int] = set()

    def now(self) -> datetime:
        return self.time

    def sleep(self, length: Duration) -> None:
        self.time += duration(length)

    def join(self) -> None:
        self.joined.add(threading.get_ident())

    def attach(self, timeline: Any) -> None: ...

    def detach(self, timeline: Any) -> None: ...


@pytest.fixture
def backend() -> SmallBackend:
    return SmallBackend()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SteppingClock:
    """The clock that botocore's backoff waits by, too."""
    clock = SteppingClock()
    monkeypatch.setattr("time.sleep", clock.sleep)
    return clock


@pytest.fixture
def installation(backend: SmallBackend, clock: SteppingClock) -> Iterator[Installation]:
    installation = install(backend, clock=clock)
    yield installation
    installation.remove()


def client(mode: str = "standard", attempts: int = 3, **options: Any) -> Any:
    retries = {"mode": mode, "total_max_attempts": attempts}
    return boto3.client("sagemaker", config=Config(retries=retries, **options))


def describe(client: Any) -> Any:
    return client.describe_training_job(TrainingJobName="xgb")


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault.throttled(times=2),
        Fault.server_error(times=2),
        Fault.server_error(status=503, times=2),
        Fault.connection_error(times=2),
        Fault.read_timeout(times=2),
    ],
    ids=lambda fault: f"{fault.kind}{fault.status}",
)
def test_botocore_retries_until_the_fault_is_used_up(
    installation: Installation, backend: SmallBackend, clock: SteppingClock, mode: str, fault: Fault
) -> None:
    before = clock.now()
    installation.faults.add(NAME, fault)
    response = describe(client(mode))
    assert response["TrainingJobStatus"] == "Completed"
    assert response["ResponseMetadata"]["RetryAttempts"] == 2
    assert backend.asked == [NAME]
    assert clock.now() > before
    assert describe(client(mode))["ResponseMetadata"]["RetryAttempts"] == 0


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (
            Fault.throttled(times=3),
            "An error occurred (ThrottlingException) when calling the DescribeTrainingJob operation "
            "(reached max retries: 2): Rate exceeded",
        ),
        (
            Fault.server_error(times=3),
            "An error occurred (InternalFailure) when calling the DescribeTrainingJob operation "
            "(reached max retries: 2): The request failed because of a fault in the service.",
        ),
        (
            Fault.error("AccessDeniedException", "not you", status=403),
            "An error occurred (AccessDeniedException) when calling the DescribeTrainingJob operation: "
            "not you",
        ),
    ],
    ids=["throttled", "server", "access"],
)
def test_what_is_not_overcome_is_raised(
    installation: Installation, backend: SmallBackend, fault: Fault, message: str
) -> None:
    installation.faults.add(NAME, fault)
    with pytest.raises(ClientError) as raised:
        describe(client())
    assert str(raised.value) == message
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == fault.status
    assert backend.asked == []


def test_no_connection(installation: Installation) -> None:
    installation.faults.add(NAME, Fault.connection_error())
    with pytest.raises(EndpointConnectionError) as raised:
        describe(client(attempts=1))
    assert str(raised.value) == (
        'Could not connect to the endpoint URL: "https://api.sagemaker.us-east-1.amazonaws.com/"'
    )


@pytest.mark.parametrize(("acted", "asked"), [(False, []), (True, ["StopTrainingJob"])])
def test_a_read_timeout_takes_as_long_as_the_client_waits(
    installation: Installation, backend: SmallBackend, clock: SteppingClock, acted: bool, asked: list[str]
) -> None:
    before = clock.now()
    installation.faults.add("StopTrainingJob", Fault.read_timeout(acted=acted))
    with pytest.raises(ReadTimeoutError):
        client(attempts=1, read_timeout=7).stop_training_job(TrainingJobName="xgb")
    assert clock.now() - before == timedelta(seconds=7)
    assert backend.asked == asked


def test_a_late_answer_moves_the_clock(installation: Installation, clock: SteppingClock) -> None:
    before = clock.now()
    installation.faults.add(NAME, Fault.latency("2s", times=2))
    waiting = client()
    for seconds in (2, 4, 4):
        assert describe(waiting)["ResponseMetadata"]["RetryAttempts"] == 0
        assert clock.now() - before == timedelta(seconds=seconds)


def test_an_answer_later_than_the_client_waits_is_a_read_timeout(
    installation: Installation, backend: SmallBackend, clock: SteppingClock
) -> None:
    before = clock.now()
    installation.faults.add(NAME, Fault.latency("2m"))
    with pytest.raises(ReadTimeoutError):
        describe(client(attempts=1, read_timeout=7))
    assert clock.now() - before == timedelta(seconds=7)
    assert backend.asked == [NAME]


def test_faults_come_in_the_order_in_which_they_were_told(installation: Installation) -> None:
    installation.faults.add(NAME, Fault.throttled(), Fault.error("AccessDeniedException"))
    installation.faults.add(NAME, Fault.error("ValidationException", "no"))
    with pytest.raises(ClientError, match=r"\(AccessDeniedException\)"):
        describe(client())
    with pytest.raises(ClientError, match=r"\(ValidationException\).*: no$"):
        describe(client())
    assert describe(client())["TrainingJobStatus"] == "Completed"


def test_a_fault_concerns_only_its_operation(installation: Installation) -> None:
    installation.faults.add("StopTrainingJob", Fault.error("AccessDeniedException"))
    assert describe(client())["TrainingJobStatus"] == "Completed"
    with pytest.raises(ClientError):
        client().stop_training_job(TrainingJobName="xgb")


def test_a_thread_that_only_meets_faults_takes_part_in_the_clock(
    installation: Installation, clock: SteppingClock
) -> None:
    installation.faults.add(NAME, Fault.connection_error())
    polling = client(attempts=1)
    identity: list[int] = []

    def poll() -> None:
        identity.append(threading.get_ident())
        with pytest.raises(EndpointConnectionError):
            describe(polling)

    thread = threading.Thread(target=poll)
    thread.start()
    thread.join()
    assert clock.joined == set(identity)


def test_faults_can_be_forgotten(installation: Installation) -> None:
    installation.faults.add(NAME, Fault.error("AccessDeniedException"))
    installation.faults.clear()
    assert describe(client())["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("operation", "faults", "error", "message"),
    [
        (
            "DescribeTraningJob",
            [Fault.throttled()],
            ValueError,
            "unknown operation 'DescribeTraningJob': did you mean 'DescribeTrainingJob'? "
            "The choices are DescribeTrainingJob, StopTrainingJob.",
        ),
        (NAME, [], ValueError, "say what is to go wrong, such as Fault.throttled(times=2)"),
        (
            NAME,
            [Fault.throttled(), "throttled"],
            TypeError,
            "a fault is made by Fault, such as Fault.throttled(times=2), but this is 'throttled'",
        ),
    ],
)
def test_what_cannot_go_wrong_is_refused_where_it_is_written(
    installation: Installation, operation: str, faults: list[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        installation.faults.add(operation, *faults)
    assert str(raised.value) == message
    assert not installation.faults.awaits((SAGEMAKER, NAME))


def test_a_late_answer_needs_a_clock_that_moves() -> None:
    installation = install(SmallBackend())
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        installation.faults.add(NAME, Fault.latency("2s"))
    installation.remove()
    assert str(raised.value) == (
        "a late answer needs a clock that can be moved, and this one follows somebody else's time: "
        "make the service with clock=VirtualClock(...)"
    )


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Fault.throttled(times=0), ValueError, "times must be at least 1, but is 0"),
        (
            lambda: Fault.throttled(times=True),
            TypeError,
            "times must be a whole number of attempts, but is True",
        ),
        (
            lambda: Fault.error("X", status=200),
            ValueError,
            "status must be an HTTP error, 400 to 599, but is 200",
        ),
        (
            lambda: Fault.server_error(status=400),
            ValueError,
            "status must be that of a server error, 500 to 599, but is 400",
        ),
        (lambda: Fault.latency("-2s"), ValueError, None),
    ],
)
def test_a_fault_that_cannot_be_is_refused(make: Any, error: type[Exception], message: str | None) -> None:
    with pytest.raises(error) as raised:
        make()
    assert message is None or str(raised.value) == message


def test_each_text_of_a_fault_is_recorded_or_invented() -> None:
    every = {
        name: text for name, text in vars(fault_texts).items() if isinstance(text, str) and name.isupper()
    }
    assert every == {**fault_texts.RECORDED, **fault_texts.INVENTED}
    assert Fault.throttled().message == fault_texts.RECORDED["RATE_EXCEEDED"] == "Rate exceeded"
    assert Fault.server_error().message == fault_texts.INVENTED["SERVICE_FAULT"]
