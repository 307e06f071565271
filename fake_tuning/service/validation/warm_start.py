"""The rules for warm starts, and what a job inherits from its parents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.jobs.tuning_job_record import ParentBest, TuningJobRecord
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC, Definition, definitions_of
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.service.validation import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fake_tuning.domain.vocabulary.arns import Place
    from fake_tuning.service.store import Store

_MAY_CHANGE = frozenset(
    {
        "AlgorithmSpecification",
        "InputDataConfig",
        "OutputDataConfig",
        "StaticHyperParameters",
        "RoleArn",
        "ResourceConfig",
        "StoppingCondition",
        "VpcConfig",
        "EnableManagedSpotTraining",
        "CheckpointConfig",
        # The service does not name these: a newer form of ResourceConfig, and members that other rules check.
        "HyperParameterTuningResourceConfig",
        "HyperParameterRanges",
        "TuningObjective",
        "DefinitionName",
    }
)


def check_warm_start(request: Mapping[str, Any], store: Store, now: int) -> None:
    """Refuse a warm start that the service would refuse.

    Args:
        request: the request that makes the new job.
        store: where its parents are.
        now: when it is created, in milliseconds since 1970.

    Raises:
        ServiceError: ValidationException.
    """
    warm = request.get("WarmStartConfig")
    if warm is None:
        return
    for parent in warm["ParentHyperParameterTuningJobs"]:
        name = parent.get("HyperParameterTuningJobName")
        if name is None:
            raise rules.NAMELESS_PARENT.refusal()
        record = store.tuning_job(name, now)
        if record is None:
            raise rules.UNKNOWN_PARENT.refusal(name=name)
        status = record.timeline.state(now).status
        if status not in TERMINAL:
            raise rules.RUNNING_PARENT.refusal(name=name, status=status)
        for definition in definitions_of(request):
            _check_parent(definition, record, warm["WarmStartType"])


def _check_parent(definition: Definition, record: TuningJobRecord, kind: str) -> None:
    parent = _counterpart(definition, definitions_of(record.request))
    if parent is None:
        return
    here, there = (_objective(each) for each in (definition, parent))
    if here != there:
        raise rules.WARM_START_OBJECTIVE.refusal(here=here, there=there, name=record.name)
    if _names(parent) != _names(definition):
        raise rules.WARM_START_NAMES.refusal()
    ours, theirs = definition.request, parent.request
    # A flag that is off and an environment that is empty count as left out.
    if any((ours.get(member) or None) != (theirs.get(member) or None) for member in _fixed(ours, theirs)):
        raise rules.WARM_START_FIELDS.refusal()
    # The data are not compared: AWS's own tests have other S3 URIs in parent and child each time.
    here, there = (_algorithm(each, record.place) for each in (ours, theirs))
    if kind == "IdenticalDataAndAlgorithm" and here != there:
        raise rules.WARM_START_ALGORITHM.refusal(name=record.name)


def _counterpart(definition: Definition, parents: Sequence[Definition]) -> Definition | None:
    """Return the parent's definition to compare with: its only one or the one of the same name, if there is one."""
    if len(parents) == 1:
        return parents[0]
    return next((each for each in parents if each.name == definition.name), None)


def _objective(definition: Definition) -> str:
    return f"{'Maximize' if definition.maximize else 'Minimize'} {definition.metric}"


def _names(definition: Definition) -> set[str]:
    return {*definition.static, *(each.name for each in definition.ranges)} - {OBJECTIVE_STATIC}


def _fixed(*definitions: Mapping[str, Any]) -> set[str]:
    return {member for each in definitions for member in each} - _MAY_CHANGE


def _algorithm(definition: Mapping[str, Any], place: Place) -> str:
    """Return what identifies the algorithm: another version of the same image is allowed (documented)."""
    specification = definition["AlgorithmSpecification"]
    if "AlgorithmName" in specification:
        return place.algorithm_arn(specification["AlgorithmName"])
    image: str = specification["TrainingImage"]
    return re.split("[:@]", image)[0]


def inherited(request: Mapping[str, Any], store: Store, now: int) -> ParentBest | None:
    """Return the best trial of a new job's parents, or None when it has none to inherit.

    Args:
        request: the request that makes the new job.
        store: where its parents are.
        now: when it is created, in milliseconds since 1970.
    """
    warm = request.get("WarmStartConfig", {})
    names = [
        parent["HyperParameterTuningJobName"] for parent in warm.get("ParentHyperParameterTuningJobs", ())
    ]
    records = [store.tuning_job(name, now) for name in names]
    return best_of([(record, now) for record in records if record is not None])


def best_of(parents: Iterable[tuple[TuningJobRecord, int]]) -> ParentBest | None:
    """Return the best trial of some tuning jobs, or None when none of them has one.

    Args:
        parents: each with the instant at which it is looked at, in milliseconds since 1970.
    """
    found = [
        ParentBest(record.name, record.trial_arn(best), best)
        for record, instant in parents
        if (best := record.timeline.state(instant).best) is not None
    ]
    return max(found, key=lambda each: each.trial.better_when, default=None)
