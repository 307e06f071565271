"""Training jobs that are created by themselves, through real clients: requests, refusals, deletions, lists, tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.request.echo import NOT_REPEATED
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.clock.virtual_clock import VirtualClock
from fake_tuning.service.tuning_service import TuningService
from fake_tuning.service.validation.model import Constraints, installed_model
from support.requests import ROUND, START, HandClock, after, definition, names, request, said, training

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job"
PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/reserved"
REQUIRED = ("TrainingJobName", "RoleArn", "OutputDataConfig")


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    with VirtualClock(START) as clock:
        yield clock


@pytest.fixture
def service(clock: VirtualClock) -> Iterator[FakeTuningService]:
    with FakeTuningService(clock=clock) as service:
        service.on_create(ROUND)
        service.on_create(ROUND, training_jobs=True)
        yield service


@pytest.fixture
def client(service: FakeTuningService) -> Any:
    return boto3.client("sagemaker")


def create(client: Any, *jobs: str, **members: Any) -> None:
    for name in jobs or ("final",):
        client.create_training_job(**training(name, **members))


def describe(client: Any, name: str = "final") -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
    del answer["ResponseMetadata"]
    return answer


def delete(client: Any, name: str = "final") -> None:
    client.delete_training_job(TrainingJobName=name)


def listed(client: Any, **asked: Any) -> list[str]:
    return names(client.list_training_jobs(**asked))


def trials_of(client: Any, **asked: Any) -> list[dict[str, Any]]:
    answer = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="xgb", **asked
    )
    return list(answer["TrainingJobSummaries"])


def tuning_job(client: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    del answer["ResponseMetadata"]
    return answer


def tags_of(client: Any, name: str = "final") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=f"{ARN}/{name}")["Tags"]}


# What a request has to have, and what is told of it.


def test_create_answers_with_the_arn_alone(client: Any) -> None:
    answer = client.create_training_job(**training())
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {"TrainingJobArn": f"{ARN}/final"}


def test_the_members_that_the_model_requires_are_enough(client: Any, clock: VirtualClock) -> None:
    asked = {member: training()[member] for member in REQUIRED}
    assert set(REQUIRED) == set(installed_model().shape_for("CreateTrainingJobRequest").required_members)
    client.create_training_job(**asked)
    clock.advance("5m")
    found = describe(client)
    assert found["TrainingJobStatus"] == "Completed"
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert found["HyperParameters"] == {}
    assert {"AlgorithmSpecification", "InputDataConfig", "ResourceConfig", "FinalMetricDataList"}.isdisjoint(
        found
    )


def test_an_algorithm_that_was_named_is_told_by_its_arn(client: Any) -> None:
    bought = "arn:aws:sagemaker:us-east-1:999999999999:algorithm/forest"
    create(client, "one", AlgorithmSpecification={"AlgorithmName": "trees", "TrainingInputMode": "File"})
    create(client, "two", AlgorithmSpecification={"AlgorithmName": bought, "TrainingInputMode": "File"})
    told = [describe(client, name)["AlgorithmSpecification"]["AlgorithmName"] for name in ("one", "two")]
    assert told == ["arn:aws:sagemaker:us-east-1:123456789012:algorithm/trees", bought]


def test_the_members_that_describe_does_not_repeat_are_those_that_its_model_lacks() -> None:
    """Those of the newest model are listed: an older one may lack some of them."""
    members = {
        name: set(installed_model().shape_for(name).members)
        for name in (
            "CreateTrainingJobRequest",
            "HyperParameterTrainingJobDefinition",
            "DescribeTrainingJobResponse",
        )
    }
    asked = members["CreateTrainingJobRequest"] | members["HyperParameterTrainingJobDefinition"]
    otherwise = {"TrainingJobName", "HyperParameters"}
    assert (asked - members["DescribeTrainingJobResponse"]) | otherwise == NOT_REPEATED & asked


def test_every_other_member_is_repeated(client: Any) -> None:
    more = {
        "CheckpointConfig": {"S3Uri": "s3://checkpoints"},
        "DebugHookConfig": {"S3OutputPath": "s3://debug"},
        "DebugRuleConfigurations": [{"RuleConfigurationName": "loss", "RuleEvaluatorImage": "rules:1"}],
        "EnableInterContainerTrafficEncryption": True,
        "EnableManagedSpotTraining": True,
        "EnableNetworkIsolation": True,
        "Environment": {"LEVEL": "debug"},
        "ExperimentConfig": {"ExperimentName": "churn"},
        "InfraCheckConfig": {"EnableInfraCheck": True},
        "ProfilerConfig": {"S3OutputPath": "s3://profile"},
        "ProfilerRuleConfigurations": [{"RuleConfigurationName": "cpu", "RuleEvaluatorImage": "rules:1"}],
        "RemoteDebugConfig": {"EnableRemoteDebug": True},
        "RetryStrategy": {"MaximumRetryAttempts": 3},
        "TensorBoardOutputConfig": {"S3OutputPath": "s3://board"},
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    create(client, **more, SessionChainingConfig={"EnableSessionTagChaining": True})
    found = describe(client)
    assert {member: found[member] for member in more} == more
    assert "SessionChainingConfig" not in found
    found["Environment"]["LEVEL"] = "spoilt"
    assert describe(client)["Environment"] == {"LEVEL": "debug"}


# Refusals.

BUILTIN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest"
METRICS = [{"Name": "auc", "Regex": "auc=(.+)"}]
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an algorithm in both forms": (
        {
            "AlgorithmSpecification": {
                "TrainingImage": "churn:1",
                "AlgorithmName": "churn",
                "TrainingInputMode": "File",
            }
        },
        "Provide either TrainingImage or AlgorithmName in AlgorithmSpecification, and not both: "
        "the request has both.",
    ),
    "an algorithm in neither form": (
        {"AlgorithmSpecification": {"TrainingInputMode": "File"}},
        "Provide either TrainingImage or AlgorithmName in AlgorithmSpecification, and not both: "
        "the request has neither.",
    ),
    "metrics of a built-in algorithm": (
        {
            "AlgorithmSpecification": {
                "TrainingImage": BUILTIN,
                "TrainingInputMode": "File",
                "MetricDefinitions": METRICS,
            }
        },
        "You can't override the metric definitions for Amazon SageMaker algorithms. "
        "Please retry the request without specifying metric definitions.",
    ),
    "a wait without spot capacity": (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}},
        "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
    ),
    "a tag of AWS": (
        {"Tags": [{"Key": "aws:team", "Value": "churn"}]},
        "Tag keys that begin with aws: are reserved, but the request has aws:team.",
    ),
    "a tag twice": (
        {"Tags": [{"Key": "team", "Value": "a"}, {"Key": "team", "Value": "b"}]},
        "The keys of tags must be unique, but team is used more than once.",
    ),
    "a member that breaks the model": (
        {"OutputDataConfig": {"S3OutputPath": "models"}},
        "1 validation error detected: Value 'models' at 'outputDataConfig.s3OutputPath' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: (https|s3)://([^/]+)/?(.*)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_aws_refuses_is_refused_and_nothing_is_stored(
    service: FakeTuningService, client: Any, clock: VirtualClock, case: str
) -> None:
    members, text = REFUSED[case]
    with pytest.raises(ClientError) as raised:
        create(client, **members)
    assert type(raised.value) is ClientError
    assert said(raised.value) == ("ValidationException", text)
    assert listed(client) == []
    assert service.next_event_after(START) is None
    with pytest.raises(ClientError, match="Resource does not exist"):
        tags_of(client)
    create(client)
    clock.advance("5m")
    assert describe(client)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("second", [0, 300, 330])
def test_a_name_is_given_once(client: Any, clock: VirtualClock, second: int) -> None:
    create(client)
    clock.move_to(after(300))
    delete(client)
    clock.move_to(after(second))
    before = describe(client)
    with pytest.raises(client.exceptions.ResourceInUse) as raised:
        create(client, Environment={"ANOTHER": "1"})
    assert said(raised.value) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, "
        f"and a training job with this name already exists ({ARN}/final)",
    )
    assert describe(client) == before
    create(client, "FINAL")
    assert set(listed(client)) == {"final", "FINAL"}


def test_the_name_of_a_trial_is_taken_too(
    service: FakeTuningService, client: Any, clock: VirtualClock
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.advance("1m")
    with pytest.raises(client.exceptions.ResourceInUse):
        create(client, service.job("xgb").trials[0].name)


def test_a_quota_refuses_a_training_job_and_nothing_is_stored(clock: VirtualClock) -> None:
    quotas = {"ml.m5.large for training job usage": 1}
    with FakeTuningService(clock=clock, quotas=quotas) as service:
        service.on_create(ROUND, training_jobs=True)
        client = boto3.client("sagemaker")
        create(client, "first")
        with pytest.raises(client.exceptions.ResourceLimitExceeded):
            create(client, "second")
        assert listed(client) == ["first"]
        clock.advance("5m")
        create(client, "second")


# Delete.


def test_a_deleted_training_job_takes_its_time_and_is_gone(
    service: FakeTuningService, client: Any, clock: VirtualClock
) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}])
    clock.advance("5m")
    ended = describe(client)
    clock.advance("1m")
    answer = client.delete_training_job(TrainingJobName="final")
    assert list(answer) == ["ResponseMetadata"]
    clock.move_to(after(419))
    assert describe(client) == {**ended, "TrainingJobStatus": "Deleting", "LastModifiedTime": after(360)}
    (summary,) = client.list_training_jobs(StatusEquals="Deleting")["TrainingJobSummaries"]
    assert (summary["TrainingJobStatus"], summary["LastModifiedTime"]) == ("Deleting", after(360))
    assert listed(client, LastModifiedTimeAfter=after(359)) == ["final"]
    assert tags_of(client) == {"team": "churn"}
    clock.move_to(after(420))
    for operation in (client.describe_training_job, client.stop_training_job):
        with pytest.raises(ClientError) as raised:
            operation(TrainingJobName="final")
        assert said(raised.value) == ("ValidationException", "Requested resource not found.")
    assert listed(client) == []
    assert client.search(Resource="TrainingJob")["Results"] == []
    with pytest.raises(ClientError, match="Resource does not exist"):
        tags_of(client)
    with pytest.raises(KeyError):
        service.training_job("final")


def test_a_training_job_that_is_being_deleted_is_found_as_such(client: Any, clock: VirtualClock) -> None:
    create(client)
    clock.advance("5m")
    delete(client)
    (hit,) = client.search(Resource="TrainingJob")["Results"]
    assert hit["TrainingJob"]["TrainingJobStatus"] == "Deleting"


def test_the_name_of_a_deleted_training_job_can_be_given_again(client: Any, clock: VirtualClock) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}])
    client.add_tags(ResourceArn=f"{ARN}/final", Tags=[{"Key": "owner", "Value": "me"}])
    clock.move_to(after(300))
    delete(client)
    clock.move_to(after(360))
    create(client, HyperParameters={"depth": "3"})
    assert tags_of(client) == {}
    clock.move_to(after(660))
    found = describe(client)
    assert (found["TrainingJobStatus"], found["HyperParameters"]) == ("Completed", {"depth": "3"})
    clock.move_to(after(330))
    assert describe(client)["TrainingJobStatus"] == "Deleting"
    clock.move_to(after(299))
    assert describe(client)["TrainingJobStatus"] == "InProgress"
    assert tags_of(client) == {"team": "churn", "owner": "me"}


@pytest.mark.parametrize(
    ("second", "status"), [(10, "InProgress"), (125, "Stopping"), (200, "Stopped"), (310, "Deleting")]
)
def test_only_a_training_job_that_has_ended_can_be_deleted(
    service: FakeTuningService, client: Any, clock: VirtualClock, second: int, status: str
) -> None:
    service.on_create(ROUND.stops(after="2m"), training_jobs=True)
    create(client)
    clock.move_to(after(300))
    delete(client)
    clock.move_to(after(second))
    if status == "Stopped":
        delete(client)
        assert describe(client)["TrainingJobStatus"] == "Deleting"
        clock.move_to(after(260))
        assert listed(client) == []
        return
    before = describe(client)
    with pytest.raises(client.exceptions.ResourceInUse) as raised:
        delete(client)
    assert said(raised.value) == (
        "ResourceInUse",
        f"The training job final cannot be deleted because it is not in a terminal state: its status is {status}.",
    )
    assert describe(client) == before


@pytest.mark.parametrize("name", ["nobody", "Final", "xgb-001-00000000", "xgb-1", "xgb"])
def test_a_training_job_that_does_not_exist_cannot_be_deleted(
    client: Any, clock: VirtualClock, name: str
) -> None:
    create(client)
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.advance("1h")
    with pytest.raises(client.exceptions.ResourceNotFound) as raised:
        delete(client, name)
    assert said(raised.value) == ("ResourceNotFound", "Requested resource not found.")
    assert len(listed(client)) == 5


def test_a_deleted_trial_is_gone_from_every_list_and_still_counts(
    service: FakeTuningService, client: Any, clock: VirtualClock
) -> None:
    """Invented, but for the deletion itself: nobody recorded what becomes of the tuning job."""
    service.on_create(ROUND.trial(3).scores(1.0))
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.move_to(after(700))
    whole, trials = tuning_job(client), trials_of(client)
    name = whole["BestTrainingJob"]["TrainingJobName"]
    assert name == trials[1]["TrainingJobName"]
    delete(client, name)
    assert [each["TrainingJobStatus"] for each in trials_of(client)] == [
        "Completed",
        "Deleting",
        "Completed",
        "Completed",
    ]
    assert [each["TrainingJobName"] for each in trials_of(client, StatusEquals="Deleting")] == [name]
    assert [each["TrainingJobName"] for each in trials_of(client, SortBy="Status")][-1] == name
    assert service.training_job(name).status == "Deleting"
    clock.move_to(after(760))
    assert trials_of(client) == [trials[0], *trials[2:]]
    assert trials_of(client, SortBy="FinalObjectiveMetricValue", SortOrder="Descending")[0] != trials[1]
    assert name not in listed(client)
    with pytest.raises(ClientError, match="Requested resource not found"):
        describe(client, name)
    # The tuning job goes on counting it, and telling of it as its best one.
    assert tuning_job(client) == whole
    assert [trial.name for trial in service.job("xgb").trials] == [
        each["TrainingJobName"] for each in reversed(trials)
    ]
    create(client, name)
    assert describe(client, name)["HyperParameters"] == training()["HyperParameters"]
    assert "TuningJobArn" not in describe(client, name)
    assert [each["TrainingJobName"] for each in trials_of(client)].count(name) == 0
    clock.move_to(after(699))
    assert "TuningJobArn" in describe(client, name)
    assert trials_of(client) == trials


def test_the_trial_of_a_tuning_job_that_goes_on_can_be_deleted(
    service: FakeTuningService, client: Any, clock: VirtualClock
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.move_to(after(320))
    names_of = [trial.name for trial in service.job("xgb").trials]
    delete(client, names_of[0])
    with pytest.raises(client.exceptions.ResourceInUse):
        delete(client, names_of[2])
    client.stop_training_job(TrainingJobName=names_of[2])
    clock.move_to(after(700))
    assert service.job("xgb").status == "Completed"
    counters = tuning_job(client)["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["Stopped"]) == (3, 1)
    assert sorted(listed(client)) == sorted(names_of[1:])


# Lists.


@pytest.fixture
def crowd(service: FakeTuningService, client: Any, clock: VirtualClock) -> Any:
    """Two trials of "mid", created at 30 s, among training jobs of 0 s, 20 s and 40 s, seen at 200 s."""
    service.on_create(ROUND.fails(after="1m"), name="*fail*", training_jobs=True)
    service.on_create(ROUND.stops(after="1m"), name="*stop*", training_jobs=True)
    for second, name in ((0, "zulu"), (20, "alpha-fail")):
        clock.move_to(after(second))
        create(client, name)
    client.create_hyper_parameter_tuning_job(**request("mid", trials=2))
    clock.move_to(after(40))
    resources = {**definition()["ResourceConfig"], "TrainingPlanArn": PLAN}
    create(client, "nearly-stop", ResourceConfig=resources)
    clock.move_to(after(200))
    return client


def short(found: list[str]) -> list[str]:
    return [name[:7] if name.startswith("mid") else name for name in found]


AGES = ["zulu", "alpha-fail", "mid-001", "mid-002", "nearly-stop"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, AGES[::-1]),
        ({"SortBy": "CreationTime"}, AGES),
        ({"SortBy": "Name"}, sorted(AGES)),
        ({"SortBy": "Name", "SortOrder": "Descending"}, sorted(AGES)[::-1]),
        ({"SortBy": "Status"}, ["alpha-fail", "mid-001", "mid-002", "zulu", "nearly-stop"]),
        ({"NameContains": "l", "SortBy": "Name"}, ["alpha-fail", "nearly-stop", "zulu"]),
        ({"StatusEquals": "InProgress", "SortBy": "Name"}, ["mid-001", "mid-002", "zulu"]),
        ({"StatusEquals": "Failed"}, ["alpha-fail"]),
        ({"StatusEquals": "Stopped"}, ["nearly-stop"]),
        ({"CreationTimeAfter": after(20)}, ["nearly-stop", "mid-002", "mid-001"]),
        ({"CreationTimeBefore": after(30), "SortBy": "Name"}, ["alpha-fail", "zulu"]),
        ({"LastModifiedTimeAfter": after(125)}, ["nearly-stop"]),
        ({"TrainingPlanArnEquals": PLAN}, ["nearly-stop"]),
        ({"TrainingPlanArnEquals": f"{PLAN}-not"}, []),
    ],
)
def test_training_jobs_are_listed_with_the_trials(
    crowd: Any, asked: dict[str, Any], expected: list[str]
) -> None:
    assert short(listed(crowd, **asked)) == expected


def test_pages_hold_both_kinds(crowd: Any) -> None:
    pages = crowd.get_paginator("list_training_jobs").paginate(
        SortBy="CreationTime", PaginationConfig={"PageSize": 2}
    )
    assert [short(names(page)) for page in pages] == [AGES[:2], AGES[2:4], AGES[4:]]


def test_summaries_in_full(crowd: Any) -> None:
    found = crowd.list_training_jobs(SortBy="CreationTime")["TrainingJobSummaries"]
    assert found[0] == {
        "TrainingJobName": "zulu",
        "TrainingJobArn": f"{ARN}/zulu",
        "CreationTime": START,
        "LastModifiedTime": after(90),
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Training",
    }
    assert found[-1] == {
        "TrainingJobName": "nearly-stop",
        "TrainingJobArn": f"{ARN}/nearly-stop",
        "CreationTime": after(40),
        "LastModifiedTime": after(130),
        "TrainingEndTime": after(130),
        "TrainingJobStatus": "Stopped",
        "SecondaryStatus": "Stopped",
        "TrainingPlanArn": PLAN,
    }


# Tags.


def test_tags_are_given_at_the_creation_and_later(client: Any, clock: VirtualClock) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}, {"Key": "stage", "Value": "dev"}])
    assert tags_of(client) == {"team": "churn", "stage": "dev"}
    clock.advance("1m")
    client.add_tags(ResourceArn=f"{ARN}/final", Tags=[{"Key": "stage", "Value": "prod"}])
    client.delete_tags(ResourceArn=f"{ARN}/final", TagKeys=["team"])
    assert tags_of(client) == {"stage": "prod"}
    clock.move_to(after(59))
    assert tags_of(client) == {"team": "churn", "stage": "dev"}
    assert "Tags" not in describe(client)
    create(client, "plain")
    assert tags_of(client, "plain") == {}
    with pytest.raises(ClientError, match="Resource does not exist"):
        tags_of(client, "Final")


# Right by the model, and the same on both ways.

EVENTFUL = ROUND.paced(restart="12s").trial(1).is_interrupted().trial(1).hits_internal_errors()
LIVES = {
    "completes": ROUND,
    "fails": ROUND.fails("x" * 2000),
    "lacks capacity": ROUND.trial(1).lacks_capacity(),
    "stops": ROUND.stops(after="20s"),
    "eventful": EVENTFUL,
    "limited": EVENTFUL.trial(1).takes("2h"),
    "never": ROUND.never_ends(),
}
RICH: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3700},
    "RetryStrategy": {"MaximumRetryAttempts": 2},
    "Tags": [{"Key": "team", "Value": ""}],
}


@pytest.mark.parametrize("members", [{}, RICH, dict.fromkeys(training().keys() - set(REQUIRED))])
@pytest.mark.parametrize("timeline", LIVES)
def test_a_whole_life_is_answered_as_the_model_says(timeline: str, members: dict[str, Any]) -> None:
    clock, constraints = HandClock(), Constraints(installed_model())
    service = TuningService(clock=clock)
    service.on_create(LIVES[timeline], training_jobs=True)

    def call(operation: str, **params: Any) -> None:
        assert constraints.check_response(operation, service.call(operation, params)) == []

    call("CreateTrainingJob", **training(**members))
    seen = 0
    stirred: datetime | None = START
    while stirred is not None:
        clock.time, seen = stirred, seen + 1
        call("DescribeTrainingJob", TrainingJobName="final")
        call("ListTrainingJobs")
        call("ListTags", ResourceArn=f"{ARN}/final")
        stirred = service.next_event_after(clock.time)
    assert seen >= 2
    if timeline == "never":
        call("StopTrainingJob", TrainingJobName="final")
        clock.advance("1d")
    call("DeleteTrainingJob", TrainingJobName="final")
    call("DescribeTrainingJob", TrainingJobName="final")
    call("ListTrainingJobs")


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
        ask("create_training_job", **training("other", **REFUSED["a wait without spot capacity"][0]))
        ask("delete_training_job", TrainingJobName="final")
        ask("delete_training_job", TrainingJobName="nobody")
        moving = True
        while moving:
            ask("describe_training_job", TrainingJobName="final")
            ask("list_training_jobs", StatusEquals="InProgress")
            ask("list_tags", ResourceArn=f"{ARN}/final")
            moving = clock.advance_to_next_event() is not None
        ask("stop_training_job", TrainingJobName="final")
        for _ in range(2):
            ask("delete_training_job", TrainingJobName="final")
            ask("describe_training_job", TrainingJobName="final")
            clock.advance("2m")
    return heard


def test_both_ways_give_equal_answers() -> None:
    direct = answers("parsed")
    for turn, (one, other) in enumerate(zip(direct, answers("wire"), strict=True)):
        assert one == other, turn
    assert len(direct) > 30
    assert sum(isinstance(each, tuple) for each in direct) == 8
