"""A request as the service gives it back: what it adds, fills in and renames (recorded, unless marked)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from fake_tuning.domain.request.autotune import filled_in, objective_of
from fake_tuning.domain.request.job_spec import DEFAULT_RUNTIME, OBJECTIVE_STATIC, JobSpec
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm, metric_definitions

RANGE_LISTS = ("IntegerParameterRanges", "ContinuousParameterRanges", "CategoricalParameterRanges")
_SCALED_LISTS = RANGE_LISTS[:2]
_FLAGS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")

NOT_REPEATED = frozenset(
    {
        "DefinitionName",
        "HyperParameterRanges",
        "HyperParameterTuningResourceConfig",
        "HyperParameters",
        "SessionChainingConfig",
        "StaticHyperParameters",
        "Tags",
        "TrainingJobName",
        "TuningObjective",
    }
)
"""Members of a definition or a CreateTrainingJob request that DescribeTrainingJob does not repeat, or shows differently
(a test asks the model).
"""

_VOLUME = 30
"""Invented: the volume, in GB, of a resource configuration that names none."""


def echo_tuning_job(request: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the members of DescribeHyperParameterTuningJob that repeat the request.

    Args:
        request: a CreateHyperParameterTuningJob request that the service accepted.
        place: where the job is.
    """
    request = filled_in(request)
    config = copy.deepcopy(dict(request["HyperParameterTuningJobConfig"]))
    answer: dict[str, Any] = {"HyperParameterTuningJobConfig": config}
    if "TrainingJobDefinitions" in request:
        answer["TrainingJobDefinitions"] = [
            _definition(each, objective_of(each, each.get("TuningObjective")), place)
            for each in request["TrainingJobDefinitions"]
        ]
    else:
        config["ParameterRanges"] = _ranges(config.get("ParameterRanges", {}))
        definition = request["TrainingJobDefinition"]
        objective = objective_of(definition, config.get("HyperParameterTuningJobObjective"))
        answer["TrainingJobDefinition"] = _definition(definition, objective, place)
    for member in ("WarmStartConfig", "Autotune"):
        if member in request:
            answer[member] = copy.deepcopy(request[member])
    if request.get("Autotune", {}).get("Mode") == "Enabled":
        config["ResourceLimits"].setdefault("MaxNumberOfTrainingJobs", JobSpec.read(request).max_trials)
    return answer


def _definition(request: Mapping[str, Any], objective: Mapping[str, Any], place: Place) -> dict[str, Any]:
    definition = copy.deepcopy(dict(request))
    metric = objective["MetricName"]
    static = {**definition.get("StaticHyperParameters", {}), OBJECTIVE_STATIC: metric}
    definition["StaticHyperParameters"] = dict(sorted(static.items()))
    if "HyperParameterRanges" in definition or "TuningObjective" in definition:
        ranges = _ranges(definition.get("HyperParameterRanges", {}))
        # Inferred from a test of AWS's SDK: what Autotune searches is not repeated here.
        ranges.pop("AutoParameters", None)
        definition["HyperParameterRanges"] = ranges
    specification = definition["AlgorithmSpecification"]
    _name_in_full(specification, place)
    specification["MetricDefinitions"] = metric_definitions(definition, metric)
    if "ResourceConfig" not in definition:
        definition["ResourceConfig"] = resource_config(definition)
    # Quoted: a tuning job keeps instances for as long as it likes, and forgets what it was asked.
    definition["ResourceConfig"].pop("KeepAlivePeriodInSeconds", None)
    return definition | {flag: definition.get(flag, False) for flag in _FLAGS}


def _name_in_full(specification: dict[str, Any], place: Place) -> None:
    """Write an algorithm's name as its ARN (quoted of tuning jobs, inferred of training jobs)."""
    if "AlgorithmName" in specification:
        specification["AlgorithmName"] = place.algorithm_arn(specification["AlgorithmName"])


def resource_config(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ``ResourceConfig`` of a definition that may have the newer form only (inferred from the SDK)."""
    if "ResourceConfig" in definition:
        return copy.deepcopy(dict(definition["ResourceConfig"]))
    asked = definition.get("HyperParameterTuningResourceConfig", {})
    first: Mapping[str, Any] = next(iter(asked.get("InstanceConfigs", ())), {})
    chosen = {
        member: value
        for member in ("InstanceType", "InstanceCount")
        if (value := asked.get(member, first.get(member))) is not None
    }
    chosen["VolumeSizeInGB"] = asked.get("VolumeSizeInGB", first.get("VolumeSizeInGB", _VOLUME))
    if "VolumeKmsKeyId" in asked:
        chosen["VolumeKmsKeyId"] = asked["VolumeKmsKeyId"]
    return chosen


def _ranges(sent: Mapping[str, Any]) -> dict[str, Any]:
    filled = copy.deepcopy(dict(sent))
    for member in RANGE_LISTS:
        filled.setdefault(member, [])
    for member in _SCALED_LISTS:
        for entry in filled[member]:
            entry.setdefault("ScalingType", "Auto")
    return filled


def echo_training_job(request: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Return the members of DescribeTrainingJob that repeat what a training job was asked to do.

    Args:
        request: a definition of a tuning job as the service gives it back, or a CreateTrainingJob request.
        place: where the training job is.
    """
    answer = {member: copy.deepcopy(value) for member, value in request.items() if member not in NOT_REPEATED}
    answer.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": DEFAULT_RUNTIME})
    specification = answer.get("AlgorithmSpecification", {})
    _name_in_full(specification, place)
    # Recorded: a training job of a built-in algorithm has its metrics, whether a tuning job launched it or not.
    if "MetricDefinitions" not in specification:
        algorithm = builtin_algorithm(answer)
        if algorithm is not None:
            specification["MetricDefinitions"] = algorithm.definitions
    specification.setdefault("EnableSageMakerMetricsTimeSeries", False)  # recorded since 2020
    # Recorded: a training job without channels has none in its list.
    answer["InputDataConfig"] = [
        {**copy.deepcopy(channel), **_channel_defaults(channel)}
        for channel in request.get("InputDataConfig", ())
    ]
    answer["OutputDataConfig"] = {"KmsKeyId": "", **request["OutputDataConfig"]}
    if "HyperParameterTuningResourceConfig" in request:
        answer["ResourceConfig"] = resource_config(request)
    return answer | {flag: request.get(flag, False) for flag in _FLAGS}


def _channel_defaults(channel: Mapping[str, Any]) -> dict[str, str]:
    return {member: channel.get(member, "None") for member in ("CompressionType", "RecordWrapperType")}
