"""Quotas: what an account may have at a time in a region, held until a training job has really ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from support.account import Account, asking, in_use, statuses
from support.answers import names, said
from support.hand_clock import HandClock
from support.requests import definition, request, request_of_several
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.exceptions import ClientError

LARGE = "ml.m5.large for training job usage"
SPOT = "ml.m5.large for spot training job usage"
ALL = "Number of instances across all training jobs"
ALL_SPOT = "Number of instances across all spot training jobs"
JOBS = "Number of concurrent hyperparameter tuning jobs"


@pytest.fixture
def opened(clock: HandClock) -> Iterator[Any]:
    """Enter a service with quotas, and return a client."""
    services: list[FakeTuningService] = []

    def enter(quotas: dict[str, int]) -> Any:
        service = FakeTuningService(clock=clock, quotas=quotas)
        service.on_create(ROUND)
        service.on_create(ROUND, training_jobs=True)
        services.append(service.__enter__())
        return boto3.client("sagemaker")

    yield enter
    for service in reversed(services):
        service.__exit__(None, None, None)


def create(client: Any, name: str = "xgb", **members: Any) -> None:
    client.create_hyper_parameter_tuning_job(**request(name, **members))


def train(client: Any, name: str = "final", **members: Any) -> None:
    asked = definition(**members)
    del asked["StaticHyperParameters"]
    client.create_training_job(TrainingJobName=name, **asked)


def refused(client: Any, act: Any, name: str, **members: Any) -> str:
    """Let the service refuse a job for a quota, and return its text."""
    with pytest.raises(client.exceptions.ResourceLimitExceeded) as raised:
        act(client, name, **members)
    error: ClientError = raised.value
    assert said(error)[0] == "ResourceLimitExceeded"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert name not in names(client.list_hyper_parameter_tuning_jobs())
    assert name not in names(client.list_training_jobs())
    return said(error)[1]


def exceeded(quota: str, limit: int, used: int, delta: int, unit: str = "Instances") -> str:
    return (
        f"The account-level service limit '{quota}' is {limit} {unit}, with current utilization of {used} "
        f"{unit} and a request delta of {delta} {unit}. Please use AWS Service Quotas to request an increase "
        "for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase "
        "for this quota."
    )


def test_there_are_no_quotas_unless_they_are_set(opened: Any, clock: HandClock) -> None:
    client = opened({})
    for job in range(5):
        create(client, f"xgb-{job}", trials=200, parallel=100)
        clock.advance("1m")
    assert len(names(client.list_hyper_parameter_tuning_jobs())) == 5


@pytest.mark.parametrize("parallel", [1, 2**31 - 1])
def test_no_tuning_job_launches_more_trials_than_the_fake_can_simulate(opened: Any, parallel: int) -> None:
    client, trials = opened({}), "Number of training jobs per hyperparameter tuning job"
    for asked in (100_001, 2**31 - 1):
        text = refused(client, create, "xgb", trials=asked, parallel=parallel)
        assert text == exceeded(trials, 100_000, 0, asked, "Jobs")
    create(client, "most", trials=100_000, parallel=1)
    create(client, "few", trials=3, parallel=parallel)


def test_nor_does_a_grid_that_names_no_number(opened: Any) -> None:
    client, values = opened({}), [str(value) for value in range(10)]
    asked = request("grid")
    config = asked["HyperParameterTuningJobConfig"]
    config["Strategy"] = "Grid"
    config["ResourceLimits"] = {"MaxParallelTrainingJobs": 1}
    ranges = [{"Name": f"h{number}", "Values": values} for number in range(6)]
    config["ParameterRanges"] = {"CategoricalParameterRanges": ranges}
    with pytest.raises(client.exceptions.ResourceLimitExceeded, match="a request delta of 1000000 Jobs"):
        client.create_hyper_parameter_tuning_job(**asked)


def test_the_recorded_text_to_the_letter(opened: Any) -> None:
    client = opened({"ml.m4.xlarge for training job usage": 0})
    resources = {"InstanceType": "ml.m4.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    assert refused(client, create, "xgb", TrainingJobDefinition=definition(ResourceConfig=resources)) == (
        "The account-level service limit 'ml.m4.xlarge for training job usage' is 0 Instances, with current "
        "utilization of 0 Instances and a request delta of 2 Instances. Please use AWS Service Quotas to "
        "request an increase for this quota. If AWS Service Quotas is not available, contact AWS support to "
        "request an increase for this quota."
    )


@pytest.mark.parametrize(("count", "parallel"), [(1, 6), (3, 2)])
def test_a_tuning_job_asks_for_all_its_parallel_trials(opened: Any, count: int, parallel: int) -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 30}
    asked = definition(ResourceConfig=resources)
    client = opened({LARGE: 5})
    assert refused(client, create, "xgb", parallel=parallel, TrainingJobDefinition=asked) == exceeded(
        LARGE, 5, 0, 6
    )
    create(client, parallel=5 // count, TrainingJobDefinition=asked)


def test_a_quota_is_for_one_instance_type(opened: Any) -> None:
    client = opened({LARGE: 0})
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 9, "VolumeSizeInGB": 30}
    create(client, TrainingJobDefinition=definition(ResourceConfig=resources))


def test_spot_instances_have_quotas_of_their_own(opened: Any, clock: HandClock) -> None:
    spot = definition(
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600},
    )
    client = opened({SPOT: 2, ALL_SPOT: 3, LARGE: 2, ALL: 3})
    create(client, "cheap", TrainingJobDefinition=spot)
    clock.at("60s")
    assert refused(client, create, "more", parallel=1, TrainingJobDefinition=spot) == exceeded(SPOT, 2, 2, 1)
    create(client, "dear")
    clock.at("120s")
    assert refused(client, create, "more", parallel=1) == exceeded(LARGE, 2, 2, 1)


@pytest.mark.parametrize("quotas", [{ALL: 1, LARGE: 0}, {LARGE: 0, ALL: 1}])
def test_the_first_quota_that_is_exceeded_is_told(opened: Any, quotas: dict[str, int]) -> None:
    client = opened(quotas)
    first, limit = next(iter(quotas.items()))
    assert refused(client, create, "xgb") == exceeded(first, limit, 0, 2)


@pytest.mark.parametrize(
    ("resources", "delta"),
    [
        ({"HyperParameterTuningResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 3}}, 6),
        ({"HyperParameterTuningResourceConfig": {"InstanceType": "ml.m5.large"}}, 2),
        (
            {
                "HyperParameterTuningResourceConfig": {
                    "InstanceConfigs": [
                        {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 30},
                        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 9, "VolumeSizeInGB": 30},
                    ]
                }
            },
            4,
        ),
        (
            {
                "ResourceConfig": {
                    "VolumeSizeInGB": 30,
                    "InstanceGroups": [
                        {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"},
                        {"InstanceType": "ml.m5.large", "InstanceCount": 2, "InstanceGroupName": "b"},
                        {"InstanceType": "ml.c5.xlarge", "InstanceCount": 7, "InstanceGroupName": "c"},
                    ],
                }
            },
            6,
        ),
    ],
)
def test_every_form_of_resources_counts(opened: Any, resources: dict[str, Any], delta: int) -> None:
    asked = definition(**resources)
    if "ResourceConfig" not in resources:
        del asked["ResourceConfig"]
    client = opened({LARGE: delta - 1})
    assert refused(client, create, "xgb", TrainingJobDefinition=asked) == exceeded(LARGE, delta - 1, 0, delta)


def test_the_largest_of_several_definitions_counts(opened: Any) -> None:
    def asked(name: str, kind: str, count: int) -> dict[str, Any]:
        resources = {"InstanceType": kind, "InstanceCount": count, "VolumeSizeInGB": 30}
        return definition(DefinitionName=name, ResourceConfig=resources)

    several = [asked("a", "ml.m5.large", 1), asked("b", "ml.m5.large", 3), asked("c", "ml.c5.xlarge", 4)]

    def create_several(client: Any, name: str) -> None:
        client.create_hyper_parameter_tuning_job(**request_of_several(name, *several))

    client = opened({"ml.c5.xlarge for training job usage": 8, LARGE: 5})
    assert refused(client, create_several, "xgb") == exceeded(LARGE, 5, 0, 6)
    client = opened({"ml.c5.xlarge for training job usage": 8, LARGE: 6, ALL: 7})
    assert refused(client, create_several, "xgb") == exceeded(ALL, 7, 0, 8)
    client = opened({"ml.c5.xlarge for training job usage": 8, LARGE: 6, ALL: 8})
    create_several(client, "xgb")


def test_instances_are_held_until_a_stopped_job_has_drained(opened: Any, clock: HandClock) -> None:
    client = opened({LARGE: 2})
    create(client)
    clock.at("100s")
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert refused(client, create, "next") == exceeded(LARGE, 2, 2, 2)
    clock.at("129s")
    assert refused(client, create, "next") == exceeded(LARGE, 2, 2, 2)
    clock.at("130s")
    create(client, "next")


def test_only_trials_that_run_hold_instances(opened: Any, clock: HandClock) -> None:
    # The first two trials run from 10 s to 310 s, the other two from 320 s to 620 s.
    client = opened({LARGE: 3})
    create(client)
    seen = {}
    for age in (5, 10, 309, 310, 319, 320, 620):
        clock.at(age)
        text = refused(client, create, f"asks-{age}", parallel=9)
        seen[age] = text.partition("current utilization of ")[2].partition(" ")[0]
    assert seen == {5: "0", 10: "2", 309: "2", 310: "0", 319: "0", 320: "2", 620: "0"}


def test_instances_are_held_until_a_trial_is_terminal_also_while_it_is_being_stopped() -> None:
    with Account(quotas={LARGE: 3}) as account:
        account.create(asking(trials=4, parallel=2))
        account.clock.at(100)
        first, _ = account.trials()
        account.client.stop_training_job(TrainingJobName=first["TrainingJobName"])
        assert statuses(account.trials()) == ["Stopping", "InProgress"]
        assert in_use(account, "a") == 2
        account.clock.at(129.999)
        assert in_use(account, "b") == 2
        account.clock.at(130)
        assert statuses(account.trials()) == ["Stopped", "InProgress"]
        assert in_use(account, "c") == 1
        # The next trial takes its place, and the whole job drains when it is stopped.
        account.clock.at(150)
        assert in_use(account, "d") == 2
        account.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        assert account.describe()["HyperParameterTuningJobStatus"] == "Stopping"
        assert in_use(account, "e") == 2
        account.clock.at(180)
        assert in_use(account, "f") == 0
        account.create(asking("next", trials=3, parallel=3))


def test_training_jobs_share_the_quota_with_trials(opened: Any, clock: HandClock) -> None:
    client = opened({LARGE: 3})
    create(client)
    clock.at("60s")
    train(client)
    assert refused(client, train, "another") == exceeded(LARGE, 3, 3, 1)
    assert refused(client, create, "more", parallel=1) == exceeded(LARGE, 3, 3, 1)
    client.stop_training_job(TrainingJobName="final")
    assert refused(client, train, "another") == exceeded(LARGE, 3, 3, 1)
    clock.at("90s")
    train(client, "another")


def test_a_training_job_without_instances_needs_none(opened: Any) -> None:
    client = opened({LARGE: 0, ALL: 0})
    client.create_training_job(
        TrainingJobName="serverless",
        RoleArn="arn:aws:iam::123456789012:role/tuning",
        OutputDataConfig={"S3OutputPath": "s3://models/churn/"},
    )
    assert refused(client, train, "final") == exceeded(LARGE, 0, 0, 1)


def test_regions_have_quotas_of_their_own(opened: Any, clock: HandClock) -> None:
    client = opened({LARGE: 2})
    create(client)
    clock.at("60s")
    create(boto3.client("sagemaker", region_name="eu-west-1"))
    assert refused(client, create, "more") == exceeded(LARGE, 2, 2, 2)


def test_concurrent_tuning_jobs(opened: Any, clock: HandClock) -> None:
    client = opened({JOBS: 2})
    create(client, "a")
    create(client, "b")
    assert refused(client, create, "c") == exceeded(JOBS, 2, 2, 1, "Jobs")
    train(client)
    clock.at("100s")
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="a")
    assert refused(client, create, "c") == exceeded(JOBS, 2, 2, 1, "Jobs")
    clock.at("140s")
    create(client, "c")
    assert refused(client, create, "d") == exceeded(JOBS, 2, 2, 1, "Jobs")


def test_a_broken_rule_and_a_taken_name_come_before_a_quota(opened: Any) -> None:
    client = opened({JOBS: 1})
    create(client)
    with pytest.raises(client.exceptions.ResourceInUse):
        create(client)
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        create(client, "twice", Tags=[{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}])


@pytest.mark.parametrize(
    ("quotas", "error", "text"),
    [
        (
            {"ml.m5.large": 4},
            ValueError,
            "unknown quota 'ml.m5.large': there are '<instance type> for training job usage', "
            "'<instance type> for spot training job usage', 'Number of instances across all training jobs', "
            "'Number of instances across all spot training jobs' and "
            "'Number of concurrent hyperparameter tuning jobs'",
        ),
        (
            {7: 4},
            ValueError,
            "unknown quota 7: there are '<instance type> for training job usage', "
            "'<instance type> for spot training job usage', 'Number of instances across all training jobs', "
            "'Number of instances across all spot training jobs' and "
            "'Number of concurrent hyperparameter tuning jobs'",
        ),
        ({LARGE: "4"}, TypeError, f"the quota '{LARGE}' must be a whole number, but is '4'"),
        ({LARGE: 4.0}, TypeError, f"the quota '{LARGE}' must be a whole number, but is 4.0"),
        ({JOBS: True}, TypeError, f"the quota '{JOBS}' must be a whole number, but is True"),
        ({ALL: -1}, ValueError, f"the quota '{ALL}' must not be negative, but is -1"),
    ],
)
def test_what_is_no_quota_is_refused_where_it_is_written(
    quotas: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        FakeTuningService(quotas=quotas)
    assert str(raised.value) == text


def test_quotas_cannot_be_changed_afterwards(clock: HandClock) -> None:
    written = {JOBS: 1}
    service = FakeTuningService(clock=clock, quotas=written)
    written[JOBS] = 0
    assert service.quotas.limits == {JOBS: 1}
    with pytest.raises(TypeError):
        service.quotas.limits[JOBS] = 0  # type: ignore[index]  # it is refused
