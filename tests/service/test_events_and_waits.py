"""What a clock asks of the service: when something happens next, and why code under test waits for ever."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from fake_tuning.doors.clock.virtual_clock import ClockRunaway
from support import tuning_job_calls
from support.events import events
from support.hand_clock import START, HandClock, after
from support.requests import request
from support.scenarios import ROUND
from support.training_job_calls import create, delete, listed, statuses
from support.tuning_job_calls import XGB

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService


# Tuning jobs.


def test_the_next_event_is_whatever_happens_first_in_any_job(
    service: FakeTuningService, clock: HandClock
) -> None:
    assert service.next_event_after(START) is None
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=2))
    clock.at(5)
    service.call("CreateHyperParameterTuningJob", request("other", trials=1), region="eu-west-1")
    seen = list(events(service, 10_000))
    assert seen == [
        after(second)
        for second in (0, 5, 10, 15, 25, 30, 70, 75, 100, 105, 115, 120, 280, 285, 310, 315, 330, 335)
    ]
    assert service.next_event_after(after(335)) is None


def test_the_creation_of_a_job_is_an_event_when_time_was_moved_back(
    service: FakeTuningService, clock: HandClock
) -> None:
    clock.at(100)
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    assert service.next_event_after(START) == after(100)


def test_a_job_that_never_ends_has_a_last_event(service: FakeTuningService, clock: HandClock) -> None:
    service.on_create(ROUND.never_ends(ignoring_limits=True))
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=1))
    assert list(events(service, 10_000_000))[-1] == after(115)


@pytest.mark.parametrize(
    ("age", "sentence"),
    [
        (100, "'xgb' has been InProgress: does its scenario ever let it end?"),
        (310, "'xgb' has been Stopping: does its scenario ever let it end?"),
        (400, "'xgb' has been Stopped: does your loop handle Stopped?"),
        (1000, "'xgb' has been gone: does your loop handle a job that was deleted?"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeHyperParameterTuningJob", XGB),
        ("ListTrainingJobsForHyperParameterTuningJob", XGB),
        ("ListHyperParameterTuningJobs", {}),
    ],
)
def test_a_wait_is_explained_by_the_tuning_job_that_was_read(
    service: FakeTuningService,
    clock: HandClock,
    operation: str,
    params: dict[str, Any],
    age: int,
    sentence: str,
) -> None:
    assert service.explain_wait() is None
    service.on_create(ROUND.stops(after="5m"))
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    assert service.explain_wait() is None
    service.call(operation, params)
    clock.at(500)
    service.job("xgb").delete()
    clock.at(age)
    assert service.explain_wait() == sentence


def test_a_wait_is_explained_by_what_the_job_is_since_it_was_read(
    service: FakeTuningService, clock: HandClock
) -> None:
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    service.call("DescribeHyperParameterTuningJob", XGB)
    service.job("xgb").stop()
    clock.at(100)
    assert service.explain_wait() == "'xgb' has been Stopped: does your loop handle Stopped?"


def test_a_wait_is_explained_by_the_training_job_that_was_read(
    service: FakeTuningService, clock: HandClock
) -> None:
    service.on_create(ROUND.trial(1).fails())
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    clock.at(20)
    name = service.job("xgb").trials[0].name
    service.call("DescribeTrainingJob", {"TrainingJobName": name})
    assert service.explain_wait() == f"{name!r} has been InProgress: does its scenario ever let it end?"
    clock.at(400)
    assert service.explain_wait() == f"{name!r} has been Failed: does your loop handle Failed?"


def test_a_loop_that_does_not_know_stopped_is_told_so(virtual_service: FakeTuningService) -> None:
    virtual_service.on_create(ROUND.stops(after="10m"))
    client = boto3.client("sagemaker")
    tuning_job_calls.create(client)
    with pytest.raises(ClockRunaway) as raised:  # noqa: PT012  # the loop is the point
        while tuning_job_calls.status(client) not in ("Completed", "Failed"):
            time.sleep(3600)
    assert str(raised.value).startswith(
        "'xgb' has been Stopped for 100 polls: does your loop handle Stopped?"
    )


# Training jobs.


def test_whatever_happens_to_a_training_job_is_an_event(virtual_service: FakeTuningService) -> None:
    clock, client = virtual_service.clock, boto3.client("sagemaker")
    create(client)
    seen = []
    while clock.advance_to_next_event():
        seen.append((clock.now() - START).total_seconds())
    assert seen == [15, 60, 90, 105, 270, 300]
    clock.advance("10s")
    delete(client)
    assert clock.advance_to_next_event() == after(370)
    assert listed(client) == []
    assert clock.advance_to_next_event() is None
    clock.move_to(after(-10))
    assert [clock.advance_to_next_event() for _ in range(9)] == [
        after(second) for second in (0, 15, 60, 90, 105, 270, 300, 310, 370)
    ]


def test_the_deletion_of_a_trial_is_an_event(virtual_service: FakeTuningService) -> None:
    clock, client = virtual_service.clock, boto3.client("sagemaker")
    tuning_job_calls.create(client)
    clock.move_to(after(5000))
    delete(client, virtual_service.job("xgb").trials[0].name)
    assert clock.advance_to_next_event() == after(5060)
    assert clock.advance_to_next_event() is None


def test_a_training_job_that_never_ends_has_a_last_event(virtual_service: FakeTuningService) -> None:
    clock, client = virtual_service.clock, boto3.client("sagemaker")
    virtual_service.on_create(ROUND.never_ends(ignoring_limits=True), training_jobs=True)
    create(client)
    clock.move_to(after(90))
    assert clock.advance_to_next_event() == after(105)
    assert clock.advance_to_next_event() is None


@pytest.mark.parametrize(
    ("second", "sentence"),
    [
        (10, "'final' has been InProgress: does its scenario ever let it end?"),
        (125, "'final' has been Stopping: does its scenario ever let it end?"),
        (200, "'final' has been Stopped: does your loop handle Stopped?"),
        (300, "'final' has been Deleting: does its scenario ever let it end?"),
        (360, "'final' has been gone: does your loop handle a job that was deleted?"),
    ],
)
def test_a_wait_for_a_training_job_is_explained_by_what_it_is(
    virtual_service: FakeTuningService, second: int, sentence: str
) -> None:
    clock, client = virtual_service.clock, boto3.client("sagemaker")
    virtual_service.on_create(ROUND.stops(after="2m"), training_jobs=True)
    create(client)
    assert virtual_service.explain_wait() is None
    statuses(client)
    clock.move_to(after(300))
    delete(client)
    clock.move_to(after(second))
    assert virtual_service.explain_wait() == sentence


def test_a_loop_over_a_training_job_that_does_not_know_stopped_is_told_so(
    virtual_service: FakeTuningService,
) -> None:
    client = boto3.client("sagemaker")
    virtual_service.on_create(ROUND.stops(), training_jobs=True)
    create(client)
    with pytest.raises(ClockRunaway) as raised:  # noqa: PT012  # the loop is the point
        while statuses(client)[0] not in ("Completed", "Failed"):
            time.sleep(3600)
    assert str(raised.value).startswith(
        "'final' has been Stopped for 100 polls: does your loop handle Stopped?"
    )
