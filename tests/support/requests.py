"""Requests that create tuning jobs and training jobs."""

from __future__ import annotations

from typing import Any


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


def training(name: str = "final", **members: Any) -> dict[str, Any]:
    """A CreateTrainingJob request; a member that is None is left out."""
    asked = definition()
    statics = asked.pop("StaticHyperParameters")
    asked |= {"TrainingJobName": name, "HyperParameters": {**statics, "eta": "0.3"}, **members}
    return {member: value for member, value in asked.items() if value is not None}
