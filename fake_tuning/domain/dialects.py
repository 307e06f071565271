"""Older shapes of the describe response.

``pre-ga`` is the shape of the documentation of May 2018, before general availability (documented: the page
was withdrawn later; no answer of it was recorded). It knows one definition, five statuses, and counters of
another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from fake_tuning.domain.vocabulary.statuses import TuningStatus

Dialect: TypeAlias = Literal["current", "pre-ga"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

Members: TypeAlias = Mapping[str, Any]
"""The members of a structure, or of those in a list, each with its own, or None where the dialect has all."""

PRE_GA_STATUSES: tuple[TuningStatus, ...] = ("Completed", "InProgress", "Failed", "Stopped", "Stopping")
PRE_GA_STRATEGIES = ("Bayesian",)
PRE_GA_NAME = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
"""The pattern of a tuning job's name; its length is today's."""

_RANGE = {"MaxValue": None, "MinValue": None, "Name": None}
PRE_GA_MEMBERS: Members = MappingProxyType(
    {
        "BestTrainingJob": {
            "CreationTime": None,
            "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": None, "Type": None, "Value": None},
            "TrainingEndTime": None,
            "TrainingJobArn": None,
            "TrainingJobName": None,
            "TrainingJobStatus": None,
        },
        "CreationTime": None,
        "FailureReason": None,
        "HyperParameterTuningEndTime": None,
        "HyperParameterTuningJobArn": None,
        "HyperParameterTuningJobConfig": {
            "HyperParameterTuningJobObjective": {"MetricName": None, "Type": None},
            "ParameterRanges": {
                "CategoricalParameterRanges": {"Name": None, "Values": None},
                "ContinuousParameterRanges": _RANGE,
                "IntegerParameterRanges": _RANGE,
            },
            "ResourceLimits": {"MaxNumberOfTrainingJobs": None, "MaxParallelTrainingJobs": None},
            "Strategy": None,
        },
        "HyperParameterTuningJobName": None,
        "HyperParameterTuningJobStatus": None,
        "LastModifiedTime": None,
        "TrainingJobCounters": {
            "ClientError": None,
            "Completed": None,
            "Fault": None,
            "InProgress": None,
            "Stopped": None,
        },
        "TrainingJobDefinition": {
            "AlgorithmSpecification": {
                "MetricDefinitions": {"Name": None, "Regex": None},
                "TrainingImage": None,
                "TrainingInputMode": None,
            },
            "InputDataConfig": {
                "ChannelName": None,
                "CompressionType": None,
                "ContentType": None,
                "DataSource": {
                    "S3DataSource": {"S3DataDistributionType": None, "S3DataType": None, "S3Uri": None}
                },
                "RecordWrapperType": None,
            },
            "OutputDataConfig": {"KmsKeyId": None, "S3OutputPath": None},
            "ResourceConfig": {
                "InstanceCount": None,
                "InstanceType": None,
                "VolumeKmsKeyId": None,
                "VolumeSizeInGB": None,
            },
            "RoleArn": None,
            "StaticHyperParameters": None,
            "StoppingCondition": {"MaxRuntimeInSeconds": None},
            "VpcConfig": {"SecurityGroupIds": None, "Subnets": None},
        },
    }
)
"""The members of the page, which is all that the dialect has."""

PRE_GA_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "TrainingJobCounters": "TrainingJobStatusCounters",
        "ClientError": "NonRetryableError",
        "Fault": "RetryableError",
    }
)
"""Today's names of those members of the dialect that have another (documented)."""

_LATER_OPERATIONS: Mapping[Dialect, frozenset[str]] = MappingProxyType(
    {"current": frozenset(), "pre-ga": frozenset({"DeleteHyperParameterTuningJob", "DeleteTrainingJob"})}
)
"""What came after a dialect: its statuses have no words for a deletion. Of the others no source tells."""


def checked_dialect(dialect: str) -> Dialect:
    """Return a dialect.

    Raises:
        ValueError: there is no such dialect.
    """
    for known in DIALECTS:
        if dialect == known:
            return known
    raise ValueError(choices("dialect", dialect, DIALECTS))


def has_operation(dialect: Dialect, operation: str) -> bool:
    """Tell whether there was an operation in the days of a dialect."""
    return operation not in _LATER_OPERATIONS[dialect]


def checked_answer(answer: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return a whole describe response, in today's shape, of a job that a dialect has words for.

    Its only definition is in the place that the dialect knows.

    Raises:
        ValueError: the dialect has no such status or strategy, or no room for several definitions.
    """
    if dialect == "current":
        return answer
    config = answer["HyperParameterTuningJobConfig"]
    for what, value, known in (
        ("status", answer["HyperParameterTuningJobStatus"], PRE_GA_STATUSES),
        ("strategy", config["Strategy"], PRE_GA_STRATEGIES),
    ):
        if value not in known:
            raise ValueError(choices(f"{what} in the pre-ga dialect", value, known))
    if "TrainingJobDefinitions" not in answer:
        return answer
    first, *more = answer["TrainingJobDefinitions"]
    if more:
        name, count = answer["HyperParameterTuningJobName"], len(more) + 1
        raise ValueError(f"a job has one definition in the pre-ga dialect, but {name!r} has {count}")
    objective, ranges = first["TuningObjective"], first["HyperParameterRanges"]
    config = {**config, "HyperParameterTuningJobObjective": objective, "ParameterRanges": ranges}
    return {**answer, "TrainingJobDefinition": first, "HyperParameterTuningJobConfig": config}


def in_dialect(answer: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Return a describe response in a dialect: the members that it has, under its names, and no other.

    Args:
        answer: the response in today's shape; values that were written by hand may be of any type.
        dialect: ``"current"``, or ``"pre-ga"``.
    """
    if dialect == "current":
        return answer
    told: dict[str, Any] = _told(answer, PRE_GA_MEMBERS)
    objective = _structure(told, "HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective")
    metric = _structure(told, "BestTrainingJob", "FinalHyperParameterTuningJobObjectiveMetric")
    if metric and "Type" in objective:
        metric.setdefault("Type", objective["Type"])
    return told


def _told(value: Any, members: Members | None) -> Any:
    if members is not None and isinstance(value, list):
        return [_told(each, members) for each in value]
    if members is None or not isinstance(value, dict):
        return value
    names = {name: name if name in value else PRE_GA_RENAMED.get(name, name) for name in members}
    return {name: _told(value[today], members[name]) for name, today in names.items() if today in value}


def _structure(value: Any, *path: str) -> dict[str, Any]:
    """Return the structure at a path, or an empty one when there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}
