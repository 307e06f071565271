"""What the service answers: right by the model at every instant, fresh, the same on both ways to a client."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.clock.virtual_clock import ClockRunaway, VirtualClock
from fake_tuning.service.tuning_service import TuningService
from fake_tuning.service.validation.model import Constraints, load_model
from support.requests import ROUND, START, HandClock, after, definition, request, request_of_several

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

ENDINGS = {
    "completes": ROUND.completes(after="12m"),
    "fails": ROUND.fails("AlgorithmError: no luck", after="12m"),
    "stops": ROUND.stops(after="12m"),
    "all-fail": ROUND.fails(),
}


@pytest.fixture(scope="module")
def constraints() -> Constraints:
    return Constraints(load_model())


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def reads(service: TuningService, name: str) -> list[tuple[str, dict[str, Any]]]:
    """Every operation that reads, asked of one job and of all its trials so far."""
    handle = service.job(name)
    job = {"HyperParameterTuningJobName": name}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("DescribeHyperParameterTuningJob", job),
        ("ListHyperParameterTuningJobs", {}),
        ("ListTrainingJobsForHyperParameterTuningJob", job),
        ("ListTrainingJobsForHyperParameterTuningJob", {**job, "MaxResults": 1}),
        ("ListTrainingJobs", {}),
        ("ListTags", {"ResourceArn": handle.arn}),
    ]
    for trial in handle.trials:
        asked.append(("DescribeTrainingJob", {"TrainingJobName": trial.name}))
        arn = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{trial.name}"
        asked.append(("ListTags", {"ResourceArn": arn}))
    return asked


def wrong(service: TuningService, name: str, constraints: Constraints) -> list[str]:
    return [
        f"{operation}: {sentence}"
        for operation, params in reads(service, name)
        for sentence in constraints.check_response(operation, service.call(operation, params))
    ]


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_a_job_of_every_status_is_answered_as_the_model_says(
    job: TuningJob, constraints: Constraints, clock: HandClock
) -> None:
    service = TuningService(clock=clock)
    service.add(job.tagged(team="churn"))
    assert wrong(service, str(job.name), constraints) == []


def instants(service: TuningService, until: float) -> Iterator[datetime]:
    """Every instant at which something happens, and the one before it."""
    now: datetime | None = START
    while now is not None and now <= after(until):
        yield now
        now = service.next_event_after(now)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_whole_life_is_answered_as_the_model_says(
    ending: str, constraints: Constraints, clock: HandClock
) -> None:
    service = TuningService(clock=clock)
    service.on_create(ENDINGS[ending].trial(2).fails().trial(3).emits_no_metric().trial(4).lacks_capacity())
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=6, Tags=[{"Key": "a", "Value": ""}]))
    statuses = []
    for instant in instants(service, 3000):
        clock.time = instant
        assert wrong(service, "xgb", constraints) == []
        statuses.append(service.job("xgb").status)
    ended = {"completes": "Completed", "stops": "Stopped"}.get(ending, "Failed")
    assert (statuses[0], statuses[-1]) == ("InProgress", ended)
    service.job("xgb").delete()
    assert wrong(service, "xgb", constraints) == []


def test_a_job_of_every_feature_is_answered_as_the_model_says(
    constraints: Constraints, clock: HandClock
) -> None:
    spot = definition(
        DefinitionName="spot",
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 200, "MaxWaitTimeInSeconds": 400},
        CheckpointConfig={"S3Uri": "s3://checkpoints"},
        RetryStrategy={"MaximumRetryAttempts": 2},
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )
    service = TuningService(clock=clock)
    service.on_create(ROUND.trial(1).is_interrupted().trial(3).hits_internal_errors(2).trial(2).stops())
    service.call(
        "CreateHyperParameterTuningJob",
        request_of_several("xgb", spot, definition(DefinitionName="plain"), trials=6),
    )
    for instant in instants(service, 5000):
        clock.time = instant
        assert wrong(service, "xgb", constraints) == []
    assert service.job("xgb").status == "Completed"


# Fresh answers.


def spoil(value: Any) -> None:
    """Change everything in an answer that can be changed."""
    if isinstance(value, dict):
        for each in value.values():
            spoil(each)
        value.clear()
        value["spoilt"] = True
    elif isinstance(value, list):
        for each in value:
            spoil(each)
        value.append("spoilt")


@pytest.mark.parametrize("several", [False, True])
def test_answers_are_fresh_at_each_call(several: bool, clock: HandClock) -> None:
    service = TuningService(clock=clock)
    service.on_create(ROUND)
    asked = request_of_several("xgb", definition(DefinitionName="one")) if several else request("xgb")
    service.call("CreateHyperParameterTuningJob", asked)
    clock.at(700)
    questions = reads(service, "xgb")
    before = [repr(service.call(*question)) for question in questions]
    for question in questions:
        spoil(service.call(*question))
    assert [repr(service.call(*question)) for question in questions] == before


def test_overridden_members_are_fresh_too(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    service.add(TuningJob("xgb").overriding(WarmStartConfig={"WarmStartType": "Odd", "Parents": [1]}))
    question = ("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "xgb"})
    spoil(service.call(*question))
    assert service.call(*question)["WarmStartConfig"] == {"WarmStartType": "Odd", "Parents": [1]}


def test_what_becomes_of_a_request_afterwards_is_of_no_account(clock: HandClock) -> None:
    with FakeTuningService(clock=clock) as service:
        client = boto3.client("sagemaker")
        asked = request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
        client.create_hyper_parameter_tuning_job(**asked)
        tags = [{"Key": "owner", "Value": "me"}]
        arn = service.job("xgb").arn
        client.add_tags(ResourceArn=arn, Tags=tags)
        before = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        spoil(asked)
        spoil(tags)
        again = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        del before["ResponseMetadata"], again["ResponseMetadata"]
        assert again == before
        assert client.list_tags(ResourceArn=arn)["Tags"] == [
            {"Key": "team", "Value": "churn"},
            {"Key": "owner", "Value": "me"},
        ]
        assert service.calls[0].params == request("xgb", Tags=[{"Key": "team", "Value": "churn"}])


def test_what_becomes_of_a_request_that_was_called_directly_is_of_no_account(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    asked = request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
    service.call("CreateHyperParameterTuningJob", asked)
    spoil(asked)
    assert service.job("xgb").request == request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
    assert (
        service.call("DescribeHyperParameterTuningJob", JOB)["HyperParameterTuningJobStatus"] == "InProgress"
    )


# Both ways to a client.


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


JOB = {"HyperParameterTuningJobName": "xgb"}
ARN = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/xgb"
LIFE: list[tuple[float, str, dict[str, Any]]] = [
    (0, "CreateHyperParameterTuningJob", request("xgb")),
    (1, "CreateHyperParameterTuningJob", request("XGB")),
    (1, "CreateHyperParameterTuningJob", request("too long " * 9)),
    (2, "AddTags", {"ResourceArn": ARN, "Tags": [{"Key": "a", "Value": "b"}]}),
    (2, "ListTags", {"ResourceArn": ARN}),
    (3, "DeleteTags", {"ResourceArn": ARN, "TagKeys": ["a"]}),
    (4, "ListTags", {"ResourceArn": ARN.replace("xgb", "nobody")}),
    (5, "DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "nobody"}),
    (6, "DescribeTrainingJob", {"TrainingJobName": "nobody"}),
    (7, "StopTrainingJob", {"TrainingJobName": "nobody"}),
    (20, "DeleteHyperParameterTuningJob", JOB),
    (20, "ListHyperParameterTuningJobs", {"CreationTimeAfter": after(-0.001), "StatusEquals": "InProgress"}),
    (20, "ListHyperParameterTuningJobs", {"NextToken": "?"}),
    (20, "ListTrainingJobsForHyperParameterTuningJob", {**JOB, "MaxResults": 1}),
    (330, "ListTrainingJobs", {"LastModifiedTimeAfter": after(300)}),
    (340, "StopHyperParameterTuningJob", JOB),
    (341, "StopHyperParameterTuningJob", JOB),
    (400, "DescribeHyperParameterTuningJob", JOB),
    (400, "DeleteHyperParameterTuningJob", JOB),
    (401, "DescribeHyperParameterTuningJob", JOB),
    (500, "DescribeHyperParameterTuningJob", JOB),
]


def test_both_ways_give_equal_answers_to_every_operation(zone: None) -> None:
    direct = asked_over("parsed", None, LIFE)
    for step, one, other in zip(LIFE, direct, asked_over("wire", None, LIFE), strict=True):
        assert one == other, step
    assert sum("'raised'" in answer for answer in direct) == 10


# What a clock asks.


def test_the_next_event_is_whatever_happens_first_in_any_job(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    assert service.next_event_after(START) is None
    service.on_create(ROUND)
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=2))
    clock.at(5)
    service.call("CreateHyperParameterTuningJob", request("other", trials=1), region="eu-west-1")
    seen = list(instants(service, 10_000))
    assert seen == [
        after(second) for second in (0, 5, 10, 15, 70, 75, 100, 105, 280, 285, 310, 315, 330, 335)
    ]
    assert service.next_event_after(after(335)) is None


def test_the_creation_of_a_job_is_an_event_when_time_was_moved_back(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    clock.at(100)
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    assert service.next_event_after(START) == after(100)


def test_a_job_that_never_ends_has_a_last_event(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    service.on_create(ROUND.never_ends())
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=1))
    assert list(instants(service, 10_000_000))[-1] == after(100)


@pytest.mark.parametrize(
    ("age", "sentence"),
    [
        (100, "'xgb' stayed InProgress: does its scenario ever let it end?"),
        (310, "'xgb' stayed Stopping: does its scenario ever let it end?"),
        (400, "'xgb' stayed Stopped, which is terminal: does your loop handle Stopped?"),
        (1000, "'xgb' is gone: does your loop handle a job that was deleted?"),
    ],
)
@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeHyperParameterTuningJob", JOB),
        ("ListTrainingJobsForHyperParameterTuningJob", JOB),
        ("ListHyperParameterTuningJobs", {}),
    ],
)
def test_a_wait_is_explained_by_the_tuning_job_that_was_read(
    clock: HandClock, operation: str, params: dict[str, Any], age: int, sentence: str
) -> None:
    service = TuningService(clock=clock)
    assert service.explain_wait() is None
    service.on_create(ROUND.stops(after="5m"))
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    assert service.explain_wait() is None
    service.call(operation, params)
    clock.at(500)
    service.job("xgb").delete()
    clock.at(age)
    assert service.explain_wait() == sentence


def test_a_wait_is_explained_by_what_the_job_is_since_it_was_read(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    service.on_create(ROUND)
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    service.call("DescribeHyperParameterTuningJob", JOB)
    service.job("xgb").stop()
    clock.at(100)
    assert service.explain_wait() == "'xgb' stayed Stopped, which is terminal: does your loop handle Stopped?"


def test_a_wait_is_explained_by_the_training_job_that_was_read(clock: HandClock) -> None:
    service = TuningService(clock=clock)
    service.on_create(ROUND.trial(1).fails())
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    clock.at(20)
    name = service.job("xgb").trials[0].name
    service.call("DescribeTrainingJob", {"TrainingJobName": name})
    assert service.explain_wait() == f"{name!r} stayed InProgress: does its scenario ever let it end?"
    clock.at(400)
    assert (
        service.explain_wait() == f"{name!r} stayed Failed, which is terminal: does your loop handle Failed?"
    )


def test_a_loop_that_does_not_know_stopped_is_told_so() -> None:
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        service.on_create(Scenario.stops(after="10m"))
        client = boto3.client("sagemaker")
        client.create_hyper_parameter_tuning_job(**request("xgb"))
        with pytest.raises(ClockRunaway) as raised:  # noqa: PT012  # the loop is the point
            while True:
                found = client.describe_hyper_parameter_tuning_job(**JOB)
                if found["HyperParameterTuningJobStatus"] in ("Completed", "Failed"):
                    break
                time.sleep(3600)
        assert "'xgb' stayed Stopped, which is terminal: does your loop handle Stopped?" in str(raised.value)
