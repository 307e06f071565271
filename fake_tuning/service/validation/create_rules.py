"""The rules across the members of a request that creates a job.

Which ones there are, and who has seen AWS refuse, stands in ``rules.py``. If several rules are broken, the first is
reported, in the order in which they are checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fake_tuning.domain.request.job_spec import inferred_resource
from fake_tuning.service.validation import rules
from fake_tuning.service.validation.definition_rules import (
    check_algorithm,
    check_channels,
    check_objective,
    check_one_form,
    check_preferences,
    check_stopping,
    check_tunable,
    check_tuning_resources,
)
from fake_tuning.service.validation.range_rules import (
    check_combinations,
    check_number_of_ranges,
    check_ranges,
)
from fake_tuning.service.validation.warm_start import check_warm_start

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fake_tuning.service.store import Store

_MOST_VARIABLES = 48
"""Documented: the most environment variables in all definitions of a tuning job together."""

_MOST_RESOURCE = 20_000
"""Documented: the most epochs that Hyperband can be given."""


class _Tuned(NamedTuple):
    """A definition, the metric that it is tuned for (None: Autotune is to choose it), and the ranges to search."""

    definition: Mapping[str, Any]
    metric: str | None
    ranges: Mapping[str, Any]


def check_create(request: Mapping[str, Any], store: Store, now: int) -> None:
    """Refuse a CreateHyperParameterTuningJob request that the service would refuse.

    Args:
        request: the request, which the model accepted.
        store: the region that the job is to be created in.
        now: when, in milliseconds since 1970.

    Raises:
        ServiceError: ValidationException.
    """
    config = request["HyperParameterTuningJobConfig"]
    autotuned = request.get("Autotune", {}).get("Mode") == "Enabled"
    every = _tuned(request, autotuned=autotuned)
    _check_environment(every)
    for each in every:
        check_algorithm(each.definition)
        if each.metric is not None:
            check_objective(each.definition, each.metric)
        check_ranges(each.ranges, each.definition.get("StaticHyperParameters", {}))
        check_tunable(each.definition, each.ranges)
        check_tuning_resources(each.definition)
        check_channels(each.definition)
        check_stopping(each.definition)
        _check_hyperband(config, each.definition)
    check_number_of_ranges([each.ranges for each in every])
    # It is not known how several definitions share the trials, nor what Autotune is going to search.
    free = autotuned or len(every) > 1
    most = None if free else config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    for each in every:
        check_combinations(each.ranges, config["Strategy"], most)
    check_tags(request.get("Tags", ()))
    check_warm_start(request, store, now)


def _tuned(request: Mapping[str, Any], *, autotuned: bool) -> list[_Tuned]:
    check_one_form(request, "TrainingJobDefinition", "TrainingJobDefinitions", rules.DEFINITION_FORMS)
    if "TrainingJobDefinitions" in request:
        return _each_of_several(request["TrainingJobDefinitions"], autotuned=autotuned)
    config = request["HyperParameterTuningJobConfig"]
    if "HyperParameterTuningJobObjective" not in config and not autotuned:
        raise rules.NO_OBJECTIVE.refusal()
    ranges = config.get("ParameterRanges", {})
    if not any(ranges.values()) and not autotuned:
        raise rules.NO_RANGES.refusal()
    metric = config.get("HyperParameterTuningJobObjective", {}).get("MetricName")
    return [_Tuned(request["TrainingJobDefinition"], metric, ranges)]


def _each_of_several(definitions: Sequence[Mapping[str, Any]], *, autotuned: bool) -> list[_Tuned]:
    names: set[str] = set()
    for position, definition in enumerate(definitions, 1):
        ranges = definition.get("HyperParameterRanges", {})
        there = {
            "DefinitionName": "DefinitionName" in definition,
            "TuningObjective": "TuningObjective" in definition or autotuned,
            "HyperParameterRanges": any(ranges.values()) or autotuned,
        }
        for member in (member for member, given in there.items() if not given):
            name = definition.get("DefinitionName", position)
            raise rules.DEFINITION_NEEDS.refusal(member=member, name=name)
        if definition["DefinitionName"] in names:
            raise rules.SAME_DEFINITION_NAME.refusal(name=definition["DefinitionName"])
        names.add(definition["DefinitionName"])
    return [
        _Tuned(each, each.get("TuningObjective", {}).get("MetricName"), each.get("HyperParameterRanges", {}))
        for each in definitions
    ]


def _check_environment(every: Sequence[_Tuned]) -> None:
    count = sum(len(each.definition.get("Environment", {})) for each in every)
    if count > _MOST_VARIABLES:
        raise rules.TOO_MANY_VARIABLES.refusal(most=_MOST_VARIABLES, count=count)


def _check_hyperband(config: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
    if config["Strategy"] != "Hyperband":
        return
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        raise rules.HYPERBAND_EARLY_STOPPING.refusal()
    given = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {}).get("MaxResource")
    if given is None and inferred_resource(definition.get("StaticHyperParameters", {})) is None:
        raise rules.NO_MAX_RESOURCE.refusal()
    if given is not None and given > _MOST_RESOURCE:
        raise rules.HYPERBAND_MOST.refusal(most=_MOST_RESOURCE, given=given)


def check_training_job(request: Mapping[str, Any]) -> None:
    """Refuse a CreateTrainingJob request that the service would refuse.

    Raises:
        ServiceError: ValidationException.
    """
    if "AlgorithmSpecification" in request:
        check_algorithm(request)
    check_preferences(request)
    check_channels(request)
    check_stopping(request)
    check_tags(request.get("Tags", ()))


def is_reserved(key: str) -> bool:
    """Whether the key of a tag is one that only AWS may use."""
    return key.lower().startswith("aws:")


def check_tags(tags: Sequence[Mapping[str, str]]) -> None:
    """Refuse tags that no resource can have.

    Raises:
        ServiceError: ValidationException.
    """
    seen: set[str] = set()
    for tag in tags:
        if is_reserved(tag["Key"]):
            raise rules.RESERVED_TAG.refusal(key=tag["Key"])
        if tag["Key"] in seen:
            raise rules.SAME_TAG.refusal(key=tag["Key"])
        seen.add(tag["Key"])
