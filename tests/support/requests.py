"""What the tests of the service share: a clock moved by hand, requests, and a scenario of round times."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.vocabulary.durations import Duration, duration

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

START = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)

ROUND = Scenario().paced(
    accept="3s",
    launch="10s",
    cold_start="60s",
    warm_start="60s",
    download="30s",
    train="180s",
    upload="30s",
    refill="10s",
    finish="20s",
    fail="20s",
    drain="30s",
    stop="5s",
    delete="60s",
)
"""Trials take 300 s: two of them run from 10 s to 310 s, the next two from 320 s to 620 s, and so on.

A job of four trials, two at a time, completes at 640 s.
"""


class HandClock:
    """A clock that moves when the test says so, also backwards."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    def advance(self, by: Duration) -> None:
        self.time += duration(by)

    def at(self, age: Duration) -> None:
        """Move to so long after the start."""
        self.time = START + duration(age)

    def join(self) -> None: ...

    def attach(self, source: Any) -> None: ...

    def detach(self, source: Any) -> None: ...


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def definition(**members: Any) -> dict[str, Any]:
    return {
        "StaticHyperParameters": {"objective": "binary:logistic"},
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.+)"}],
        },
        "RoleArn": "arn:aws:iam::123456789012:role/tuning",
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/train"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://models/churn/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 20},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **members,
    }


def objective() -> dict[str, Any]:
    return {"Type": "Maximize", "MetricName": "auc"}


def ranges() -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5"}]}


def request(name: str, *, trials: int = 4, parallel: int = 2, **members: Any) -> dict[str, Any]:
    """A CreateHyperParameterTuningJob request with one definition."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": objective(),
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": parallel},
            "ParameterRanges": ranges(),
        },
        "TrainingJobDefinition": definition(),
        **members,
    }


def request_of_several(name: str, *definitions: dict[str, Any], trials: int = 4) -> dict[str, Any]:
    """A CreateHyperParameterTuningJob request with several definitions."""
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": 2},
        },
        "TrainingJobDefinitions": [
            {"TuningObjective": objective(), "HyperParameterRanges": ranges(), **each} for each in definitions
        ],
    }


def counters(**counts: int) -> dict[str, int]:
    """The TrainingJobStatusCounters of a tuning job."""
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return dict.fromkeys(kinds, 0) | counts


def said(error: ClientError) -> tuple[str, str]:
    """The code and the text of an error."""
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def names(answer: dict[str, Any]) -> list[str]:
    """The names of the jobs that a list answered with."""
    for member in ("HyperParameterTuningJob", "TrainingJob"):
        if f"{member}Summaries" in answer:
            return [each[f"{member}Name"] for each in answer[f"{member}Summaries"]]
    raise AssertionError(f"this is no list of jobs: {answer}")


def training(name: str = "final", **members: Any) -> dict[str, Any]:
    """A CreateTrainingJob request; a member that is None is left out."""
    asked = definition()
    statics = asked.pop("StaticHyperParameters")
    asked |= {"TrainingJobName": name, "HyperParameters": {**statics, "eta": "0.3"}, **members}
    return {member: value for member, value in asked.items() if value is not None}


# Calls through a client.


def describe(client: Any, name: str = "xgb") -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    del answer["ResponseMetadata"]
    return answer


def status(client: Any, name: str = "xgb") -> str:
    return str(describe(client, name)["HyperParameterTuningJobStatus"])


def create(client: Any, *jobs: str, **members: Any) -> None:
    for name in jobs or ("xgb",):
        client.create_hyper_parameter_tuning_job(**request(name, **members))


def stop(client: Any, name: str = "xgb") -> None:
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def delete(client: Any, name: str = "xgb") -> None:
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def listed(client: Any, **asked: Any) -> list[str]:
    return names(client.list_hyper_parameter_tuning_jobs(**asked))
