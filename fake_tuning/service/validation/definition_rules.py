"""The rules within one training job definition, which hold for tuning jobs and for training jobs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.echo import RANGE_LISTS
from fake_tuning.domain.vocabulary.arns import account_of
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm
from fake_tuning.service.validation import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_tuning.service.validation.rules import Rule


def check_one_form(holder: Mapping[str, Any], first: str, second: str, rule: Rule) -> None:
    """Refuse a structure that has both of two members, of which it must have one, or neither.

    Args:
        holder: the structure.
        first: one member.
        second: the other.
        rule: the rule that refuses both.

    Raises:
        ServiceError: ValidationException.
    """
    if (first in holder) == (second in holder):
        raise rule.refusal(which="both" if first in holder else "neither")


def check_algorithm(definition: Mapping[str, Any]) -> None:
    """Refuse an algorithm that is named in both ways or in neither, and metric definitions for the built-in XGBoost.

    Nor can the metrics of an algorithm of another account be defined.

    Raises:
        ServiceError: ValidationException.
    """
    specification = definition["AlgorithmSpecification"]
    check_one_form(specification, "TrainingImage", "AlgorithmName", rules.ALGORITHM_FORMS)
    if not specification.get("MetricDefinitions"):
        return
    algorithm = builtin_algorithm(definition)
    if algorithm is not None and algorithm.is_xgboost:
        raise rules.BUILTIN_METRICS.refusal()
    owner = account_of(specification.get("AlgorithmName", ""))
    if owner is not None and owner != account_of(definition["RoleArn"]):
        raise rules.BOUGHT_METRICS.refusal()


def check_tunable(definition: Mapping[str, Any], lists: Mapping[str, Any]) -> None:
    """Refuse to tune what a built-in algorithm is not known to tune, if it was seen to refuse anything.

    Args:
        definition: the definition.
        lists: its ranges, as requested. What Autotune is given to search is not looked at.

    Raises:
        ServiceError: ValidationException.
    """
    algorithm = builtin_algorithm(definition)
    if algorithm is None or algorithm.tunable is None:
        return
    for member in RANGE_LISTS:
        for entry in lists.get(member, ()):
            if entry["Name"] not in algorithm.tunable:
                raise rules.NOT_TUNABLE.refusal(
                    name=entry["Name"],
                    image=definition["AlgorithmSpecification"]["TrainingImage"],
                    tunable=", ".join(sorted(algorithm.tunable)),
                )


def check_objective(definition: Mapping[str, Any], metric: str) -> None:
    """Refuse an objective that is not among the metrics that the definition of a custom algorithm has.

    Which metrics built-in algorithms emit is not known well enough to refuse one.

    Raises:
        ServiceError: ValidationException.
    """
    specification = definition["AlgorithmSpecification"]
    if metric in {each["Name"] for each in specification.get("MetricDefinitions", ())}:
        return
    if "TrainingImage" in specification and builtin_algorithm(definition) is None:
        raise rules.NO_METRIC.refusal()


def check_channels(definition: Mapping[str, Any]) -> None:
    """Refuse an augmented manifest in a channel in File mode (documented: in Pipe mode only).

    Raises:
        ServiceError: ValidationException.
    """
    mode = definition.get("AlgorithmSpecification", {}).get("TrainingInputMode")
    for channel in definition.get("InputDataConfig", ()):
        source = channel["DataSource"].get("S3DataSource", {})
        if source.get("S3DataType") == "AugmentedManifestFile" and channel.get("InputMode", mode) == "File":
            raise rules.AUGMENTED_MANIFEST.refusal(name=channel["ChannelName"])


def check_tuning_resources(definition: Mapping[str, Any]) -> None:
    """Refuse resources that a tuning job names in both forms or in neither, or that contradict one another.

    Raises:
        ServiceError: ValidationException.
    """
    check_one_form(definition, "ResourceConfig", "HyperParameterTuningResourceConfig", rules.RESOURCE_FORMS)
    flexible = definition.get("HyperParameterTuningResourceConfig", {})
    if flexible.get("InstanceConfigs"):
        for member in ("InstanceType", "InstanceCount", "VolumeSizeInGB"):
            if member in flexible:
                raise rules.INSTANCE_CONFIGS.refusal(member=member)
    check_preferences(definition)


def check_preferences(definition: Mapping[str, Any]) -> None:
    """Refuse preferred instance types beside a member that excludes them, or without a count (documented).

    Raises:
        ServiceError: ValidationException.
    """
    resources = definition.get("ResourceConfig", {})
    preferences = resources.get("InstancePreferences")
    if not preferences:
        return
    excluded = [
        member
        for member in ("InstanceType", "InstanceGroups", "InstancePlacementConfig")
        if member in resources
    ]
    if definition.get("EnableManagedSpotTraining", False):
        excluded.append("EnableManagedSpotTraining")
    if "TrainingPlanArn" in resources and any("TrainingPlanArns" in each for each in preferences):
        excluded.append("TrainingPlanArn")
    if excluded:
        raise rules.PREFERENCES_ALONE.refusal(member=excluded[0])
    kinds = [each["InstanceType"] for each in preferences]
    for position, kind in enumerate(kinds):
        if kind in kinds[:position]:
            raise rules.PREFERENCE_TWICE.refusal(type=kind)
    counted = ["InstanceCount" in each for each in (*preferences, resources)]
    if counted not in ([True] * len(kinds) + [False], [False] * len(kinds) + [True]):
        raise rules.PREFERENCE_COUNTS.refusal()


def check_stopping(definition: Mapping[str, Any]) -> None:
    """Refuse a wait for spot capacity without managed spot training, or one that is shorter than the runtime.

    Raises:
        ServiceError: ValidationException.
    """
    stopping = definition.get("StoppingCondition", {})
    wait, runtime = stopping.get("MaxWaitTimeInSeconds"), stopping.get("MaxRuntimeInSeconds")
    if wait is None:
        return
    if not definition.get("EnableManagedSpotTraining", False):
        raise rules.WAIT_WITHOUT_SPOT.refusal()
    if runtime is not None and wait < runtime:
        raise rules.SHORT_WAIT.refusal(runtime=runtime, wait=wait)
