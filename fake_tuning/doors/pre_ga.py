"""The pre-GA dialect: DescribeHyperParameterTuningJob as it was documented before general availability.

The page is of May 2018, and was withdrawn later; no answer of that time was recorded. It knows one definition,
five statuses, and counters of other names. All that depends on it stands here: the members, the translation of
an answer, and the model that clients are taught.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.service.api_version import ApiVersion

if TYPE_CHECKING:
    from botocore.model import ServiceModel

    from fake_tuning.domain.jobs.responses import Stamp
    from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
    from fake_tuning.domain.vocabulary.statuses import TuningStatus

Members: TypeAlias = Mapping[str, Any]
"""The members of a structure, or of each element of a list, with their own members or None for all of them."""

STATUSES: tuple[TuningStatus, ...] = ("Completed", "InProgress", "Failed", "Stopped", "Stopping")
_STRATEGIES = ("Bayesian",)
_NAME = "^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
"""The pattern of a tuning job's name; its length is today's."""

_RANGE = {"MaxValue": None, "MinValue": None, "Name": None}
_MEMBERS: Members = MappingProxyType(
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
"""The members on the page. The dialect has no others."""

_RENAMED: Mapping[str, str] = MappingProxyType(
    {
        "TrainingJobCounters": "TrainingJobStatusCounters",
        "ClientError": "NonRetryableError",
        "Fault": "RetryableError",
    }
)
"""Members that have another name today, with that name (documented)."""


# An answer.


def _describe(record: TuningJobRecord, instant: int, stamp: Stamp) -> dict[str, Any]:
    """Describe a tuning job in the dialect: the members that it has, under its names.

    What was overridden by hand may be anything: it is translated, but not checked.
    """
    answer: dict[str, Any] = _translated(
        record.overridden(_expressible(record.derived(instant, stamp))), _MEMBERS
    )
    objective = _structure(answer, "HyperParameterTuningJobConfig", "HyperParameterTuningJobObjective")
    metric = _structure(answer, "BestTrainingJob", "FinalHyperParameterTuningJobObjectiveMetric")
    if metric and "Type" in objective:
        metric.setdefault("Type", objective["Type"])
    return answer


def _expressible(answer: dict[str, Any]) -> dict[str, Any]:
    """Return today's answer with its only definition where the dialect expects it.

    Raises:
        ValueError: the dialect has no such status or strategy, or no room for several definitions.
    """
    config = answer["HyperParameterTuningJobConfig"]
    for what, value, known in (
        ("status", answer["HyperParameterTuningJobStatus"], STATUSES),
        ("strategy", config["Strategy"], _STRATEGIES),
    ):
        if value not in known:
            raise ValueError(choices(f"{what} in the pre-ga dialect", value, known))
    if not answer.get("TrainingJobDefinitions"):
        return answer
    first, *more = answer["TrainingJobDefinitions"]
    if more:
        name, count = answer["HyperParameterTuningJobName"], len(more) + 1
        raise ValueError(f"a job has one definition in the pre-ga dialect, but {name!r} has {count}")
    # Captured definitions may lack them.
    objective, ranges = first.get("TuningObjective", {}), first.get("HyperParameterRanges", {})
    config = {**config, "HyperParameterTuningJobObjective": objective, "ParameterRanges": ranges}
    return {**answer, "TrainingJobDefinition": first, "HyperParameterTuningJobConfig": config}


def _translated(value: Any, members: Members | None) -> Any:
    if members is not None and isinstance(value, list):
        return [_translated(each, members) for each in value]
    if members is None or not isinstance(value, dict):
        return value
    sources = {name: name if name in value else _RENAMED.get(name, name) for name in members}
    return {
        name: _translated(value[source], members[name]) for name, source in sources.items() if source in value
    }


def _structure(value: Any, *path: str) -> dict[str, Any]:
    """Return the structure at a path, or an empty one if there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


# The model that clients are taught.

_DESCRIBE = "DescribeHyperParameterTuningJob"
_CREATE_REQUEST = "CreateHyperParameterTuningJobRequest"
_PREFIX = "PreGA"
"""Begins the names of the shapes that are added."""


def _model(model: ServiceModel) -> ServiceModel:
    """Return a copy of botocore's model that has the shapes of the dialect, or the same model if it has them.

    Botocore merges extras into a service model (the ``sdk-extras`` files that its loaders look for). The extras
    here have that form, but are derived from the installed model and from the members above, so that neither can
    fall behind the other.
    """
    from botocore.loaders import ExtrasProcessor
    from botocore.model import ServiceModel

    description: Mapping[str, Any] = model._service_description
    output = description["operations"][_DESCRIBE]["output"]["shape"]
    if output.startswith(_PREFIX):
        return model
    extras = _extras(description["shapes"], output)
    taught = _copied(description, extras["merge"])
    ExtrasProcessor().process(taught, [extras])
    return ServiceModel(taught, model.service_name)


def _extras(shapes: Mapping[str, Any], output: str) -> dict[str, Any]:
    added: dict[str, Any] = {}
    described = _add_shape(shapes, output, _MEMBERS, added)
    # A service that does not know TrainingJobDefinitions cannot do without the other form.
    required = dict.fromkeys((*shapes[_CREATE_REQUEST]["required"], "TrainingJobDefinition"))
    return {
        "version": 1.0,
        "merge": {
            "operations": {_DESCRIBE: {"output": {"shape": described}}},
            "shapes": {
                **added,
                _CREATE_REQUEST: {"required": list(required)},
                "HyperParameterTuningJobName": {"pattern": _NAME},
                "HyperParameterTuningJobStatus": {"enum": list(STATUSES)},
                "HyperParameterTuningJobStrategyType": {"enum": list(_STRATEGIES)},
            },
        },
    }


def _add_shape(shapes: Mapping[str, Any], name: str, members: Members | None, added: dict[str, Any]) -> str:
    """Add a shape to ``added`` that has only the given members of a shape, and return its name."""
    if members is None:
        return name
    shape, older = shapes[name], f"{_PREFIX}{name}"
    if shape["type"] == "list":
        element = {**shape["member"], "shape": _add_shape(shapes, shape["member"]["shape"], members, added)}
        added[older] = {**shape, "member": element}
        return older
    sources = {member: _RENAMED.get(member, member) for member in members}
    added[older] = {
        **shape,
        "required": [member for member, source in sources.items() if source in shape.get("required", ())],
        "members": {
            member: {
                **shape["members"][source],
                "shape": _add_shape(shapes, shape["members"][source]["shape"], members[member], added),
            }
            for member, source in sources.items()
        },
    }
    return older


def _copied(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy, as deep as the extras reach: merging writes into what it merges with."""
    both = {
        name
        for name in extra
        if name in base and isinstance(base[name], dict) and isinstance(extra[name], dict)
    }
    return {**base, **{name: _copied(base[name], extra[name]) for name in both}}


PRE_GA = ApiVersion(
    title="the pre-ga dialect",
    # Inferred: no source says which operations came later. But the statuses on the page have no word for a deletion,
    # and all that UpdateTrainingJob changes came after May 2018: Debugger's profiling, warm pools, remote debugging.
    lacks=frozenset({"DeleteHyperParameterTuningJob", "DeleteTrainingJob", "UpdateTrainingJob"}),
    describe=_describe,
    model=_model,
)
"""The version of the API that the page documents."""
