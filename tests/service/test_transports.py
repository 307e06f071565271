"""Both ways to a client, parsed and over the wire, give equal answers and errors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.clock.virtual_clock import VirtualClock
from support.arns import TRAINING_JOB, TUNING_JOB
from support.hand_clock import START, HandClock, after
from support.reads import reads
from support.requests import request, training
from support.scenarios import EVENTFUL, ROUND
from support.tuning_job_calls import XGB

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


# Tuning jobs.


def asked_over(
    transport: Any, job: TuningJob | None, steps: Sequence[tuple[float, str, dict[str, Any]]]
) -> list[str]:
    """What real clients are answered, every member and time zone spelt out."""
    clock, answers = HandClock(), []
    with FakeTuningService(clock=clock, transport=transport) as service:
        service.on_create(ROUND.trial(2).fails())
        client = boto3.client("sagemaker")
        if job is not None:
            service.add(job)
            steps = [(0, *question) for question in reads(service, str(job.name))]
        for age, operation, params in steps:
            clock.at(age)
            try:
                answer = getattr(client, snake(operation))(**params)
            except ClientError as error:
                answer = {"raised": type(error).__name__, **error.response}
            answers.append(repr(sorted_deeply(answer)))
    return answers


def snake(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


def sorted_deeply(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: sorted_deeply(value[key]) for key in sorted(value)}
    return [sorted_deeply(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_both_ways_give_equal_answers_in_every_status(job: TuningJob, zone: None) -> None:
    direct = asked_over("parsed", job.tagged(team="churn"), ())
    assert direct == asked_over("wire", job.tagged(team="churn"), ())
    assert len(direct) > 6
    assert all("tzinfo=tzlocal()" in answer for answer in direct if "CreationTime" in answer)


LIFE: list[tuple[float, str, dict[str, Any]]] = [
    (0, "CreateHyperParameterTuningJob", request("xgb")),
    (1, "CreateHyperParameterTuningJob", request("XGB")),
    (1, "CreateHyperParameterTuningJob", request("too long " * 9)),
    (2, "AddTags", {"ResourceArn": f"{TUNING_JOB}/xgb", "Tags": [{"Key": "a", "Value": "b"}]}),
    (2, "ListTags", {"ResourceArn": f"{TUNING_JOB}/xgb"}),
    (3, "DeleteTags", {"ResourceArn": f"{TUNING_JOB}/xgb", "TagKeys": ["a"]}),
    (4, "ListTags", {"ResourceArn": f"{TUNING_JOB}/nobody"}),
    (5, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "nobody"}),
    (6, "DescribeTrainingJob", {"TrainingJobName": "nobody"}),
    (7, "StopTrainingJob", {"TrainingJobName": "nobody"}),
    (20, "DeleteHyperParameterTuningJob", XGB),
    (20, "ListHyperParameterTuningJobs", {"CreationTimeAfter": after(-0.001), "StatusEquals": "InProgress"}),
    (20, "ListHyperParameterTuningJobs", {"NextToken": "?"}),
    (20, "ListTrainingJobsForHyperParameterTuningJob", {**XGB, "MaxResults": 1}),
    (330, "ListTrainingJobs", {"LastModifiedTimeAfter": after(300)}),
    (340, "StopHyperParameterTuningJob", XGB),
    (341, "StopHyperParameterTuningJob", XGB),
    (400, "DescribeHyperParameterTuningJob", XGB),
    (400, "DeleteHyperParameterTuningJob", XGB),
    (401, "DescribeHyperParameterTuningJob", XGB),
    (500, "DescribeHyperParameterTuningJob", XGB),
]


def test_both_ways_give_equal_answers_to_every_operation(zone: None) -> None:
    direct = asked_over("parsed", None, LIFE)
    for step, one, other in zip(LIFE, direct, asked_over("wire", None, LIFE), strict=True):
        assert one == other, step
    assert sum("'raised'" in answer for answer in direct) == 10


# Training jobs.

RICH: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3700},
    "RetryStrategy": {"MaximumRetryAttempts": 2},
    "Tags": [{"Key": "team", "Value": ""}],
}
UNUSED_WAIT = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}


def answers(transport: Literal["parsed", "wire"]) -> list[object]:
    """Everything that can be asked about a training job, at every instant of its life, errors too."""
    heard: list[object] = []
    with VirtualClock(START) as clock, FakeTuningService(clock=clock, transport=transport) as service:
        service.on_create(EVENTFUL, training_jobs=True)
        client = boto3.client("sagemaker")

        def ask(method: str, **params: Any) -> None:
            try:
                heard.append(getattr(client, method)(**params))
            except ClientError as error:
                heard.append((type(error).__name__, str(error), error.response))

        ask("create_training_job", **training(**RICH))
        ask("create_training_job", **training(**RICH))
        ask("create_training_job", **training("other", RoleArn="nobody-in-particular"))
        ask("create_training_job", **training("other", StoppingCondition=UNUSED_WAIT))
        ask("delete_training_job", TrainingJobName="final")
        ask("delete_training_job", TrainingJobName="nobody")
        moving = True
        while moving:
            ask("describe_training_job", TrainingJobName="final")
            ask("list_training_jobs", StatusEquals="InProgress")
            ask("list_tags", ResourceArn=f"{TRAINING_JOB}/final")
            moving = clock.advance_to_next_event() is not None
        ask("stop_training_job", TrainingJobName="final")
        for _ in range(2):
            ask("delete_training_job", TrainingJobName="final")
            ask("describe_training_job", TrainingJobName="final")
            clock.advance("2m")
    return heard


def test_both_ways_give_equal_answers_about_a_training_job() -> None:
    direct = answers("parsed")
    for turn, (one, other) in enumerate(zip(direct, answers("wire"), strict=True)):
        assert one == other, turn
    assert len(direct) > 30
    assert sum(isinstance(each, tuple) for each in direct) == 8
