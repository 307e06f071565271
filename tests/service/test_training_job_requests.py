"""CreateTrainingJob, through real clients: what it asks for, repeats and refuses, and its tags."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.request.echo import NOT_REPEATED
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.service.validation.model import installed_model
from support.answers import said
from support.arns import TRAINING_JOB
from support.hand_clock import START, HandClock
from support.requests import ranges, request, training
from support.scenarios import ROUND
from support.training_job_calls import create, delete, describe, listed, tags_of

REQUIRED = ("TrainingJobName", "RoleArn", "OutputDataConfig")


# What a request has to have, and what describe repeats of it.


def test_create_answers_with_the_arn_alone(client: Any) -> None:
    answer = client.create_training_job(**training())
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {"TrainingJobArn": f"{TRAINING_JOB}/final"}


def test_the_members_that_the_model_requires_are_enough(client: Any, clock: HandClock) -> None:
    asked = {member: training()[member] for member in REQUIRED}
    assert set(REQUIRED) == set(installed_model().shape_for("CreateTrainingJobRequest").required_members)
    client.create_training_job(**asked)
    clock.advance("5m")
    found = describe(client)
    assert found["TrainingJobStatus"] == "Completed"
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": 86_400}
    assert found["InputDataConfig"] == []
    assert {"AlgorithmSpecification", "HyperParameters", "ResourceConfig", "FinalMetricDataList"}.isdisjoint(
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


def test_time_series_of_metrics_are_on_where_they_were_asked_for(client: Any) -> None:
    asked = training()["AlgorithmSpecification"] | {"EnableSageMakerMetricsTimeSeries": True}
    create(client, AlgorithmSpecification=asked)
    assert describe(client)["AlgorithmSpecification"] == asked


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
    service: FakeTuningService, client: Any, clock: HandClock, case: str
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
def test_a_name_is_given_once(client: Any, clock: HandClock, second: int) -> None:
    create(client)
    clock.at(300)
    delete(client)
    clock.at(second)
    before = describe(client)
    with pytest.raises(client.exceptions.ResourceInUse) as raised:
        create(client, Environment={"ANOTHER": "1"})
    assert said(raised.value) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, "
        f"and a training job with this name already exists ({TRAINING_JOB}/final)",
    )
    assert describe(client) == before
    create(client, "FINAL")
    assert set(listed(client)) == {"final", "FINAL"}


def test_the_name_of_a_trial_is_taken_too(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.advance("1m")
    with pytest.raises(client.exceptions.ResourceInUse):
        create(client, service.job("xgb").trials[0].name)


def test_a_quota_refuses_a_training_job_and_nothing_is_stored(clock: HandClock) -> None:
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


def test_the_ranges_of_a_tuning_job_are_no_part_of_a_training_job(client: Any) -> None:
    with pytest.raises(Exception, match="Unknown parameter in input"):
        create(client, HyperParameterRanges=ranges())


# Tags.


def test_tags_are_given_at_the_creation_and_later(client: Any, clock: HandClock) -> None:
    create(client, Tags=[{"Key": "team", "Value": "churn"}, {"Key": "stage", "Value": "dev"}])
    assert tags_of(client) == {"team": "churn", "stage": "dev"}
    clock.advance("1m")
    client.add_tags(ResourceArn=f"{TRAINING_JOB}/final", Tags=[{"Key": "stage", "Value": "prod"}])
    client.delete_tags(ResourceArn=f"{TRAINING_JOB}/final", TagKeys=["team"])
    assert tags_of(client) == {"stage": "prod"}
    clock.at(59)
    assert tags_of(client) == {"team": "churn", "stage": "dev"}
    assert "Tags" not in describe(client)
    create(client, "plain")
    assert tags_of(client, "plain") == {}
    with pytest.raises(ClientError, match="Resource does not exist"):
        tags_of(client, "Final")
