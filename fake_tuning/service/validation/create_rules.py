"""The rules across the members of a request that creates a job.

They are quoted or documented. A request is accepted unless AWS is known to refuse it. If several
rules are broken, the first is reported, in the order in which they are checked here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fake_tuning.domain.request.job_spec import inferred_resource
from fake_tuning.service.error_texts import (
    DEFINITION_FORMS,
    DEFINITION_NEEDS,
    HYPERBAND_CONFIG,
    HYPERBAND_EARLY_STOPPING,
    HYPERBAND_MOST,
    NO_MAX_RESOURCE,
    NO_OBJECTIVE,
    NO_RANGES,
    RESERVED_TAG,
    SAME_DEFINITION_NAME,
    SAME_TAG,
    TOO_MANY_VARIABLES,
)
from fake_tuning.service.errors import validation
from fake_tuning.service.validation.definition_rules import (
    check_algorithm,
    check_channels,
    check_objective,
    check_one_form,
    check_preferences,
    check_stopping,
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
    """A definition, the metric that it is tuned for, and the ranges that are searched."""

    definition: Mapping[str, Any]
    metric: str
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
        check_objective(each.definition["AlgorithmSpecification"], each.metric)
        check_ranges(each.ranges, each.definition.get("StaticHyperParameters", {}))
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
    check_one_form(request, "TrainingJobDefinition", "TrainingJobDefinitions", DEFINITION_FORMS)
    if "TrainingJobDefinitions" in request:
        return _each_of_several(request["TrainingJobDefinitions"], autotuned=autotuned)
    config = request["HyperParameterTuningJobConfig"]
    if "HyperParameterTuningJobObjective" not in config:
        raise validation(NO_OBJECTIVE)
    ranges = config.get("ParameterRanges", {})
    if not any(ranges.values()) and not autotuned:
        raise validation(NO_RANGES)
    metric = config["HyperParameterTuningJobObjective"]["MetricName"]
    return [_Tuned(request["TrainingJobDefinition"], metric, ranges)]


def _each_of_several(definitions: Sequence[Mapping[str, Any]], *, autotuned: bool) -> list[_Tuned]:
    names: set[str] = set()
    for position, definition in enumerate(definitions, 1):
        ranges = definition.get("HyperParameterRanges", {})
        there = {
            "DefinitionName": "DefinitionName" in definition,
            "TuningObjective": "TuningObjective" in definition,
            "HyperParameterRanges": any(ranges.values()) or autotuned,
        }
        for member in (member for member, given in there.items() if not given):
            name = definition.get("DefinitionName", position)
            raise validation(DEFINITION_NEEDS.format(member=member, name=name))
        if definition["DefinitionName"] in names:
            raise validation(SAME_DEFINITION_NAME.format(name=definition["DefinitionName"]))
        names.add(definition["DefinitionName"])
    return [
        _Tuned(each, each["TuningObjective"]["MetricName"], each.get("HyperParameterRanges", {}))
        for each in definitions
    ]


def _check_environment(every: Sequence[_Tuned]) -> None:
    count = sum(len(each.definition.get("Environment", {})) for each in every)
    if count > _MOST_VARIABLES:
        raise validation(TOO_MANY_VARIABLES.format(most=_MOST_VARIABLES, count=count))


def _check_hyperband(config: Mapping[str, Any], definition: Mapping[str, Any]) -> None:
    asked = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig")
    if config["Strategy"] != "Hyperband":
        if asked is not None:
            raise validation(HYPERBAND_CONFIG.format(strategy=config["Strategy"]))
        return
    if config.get("TrainingJobEarlyStoppingType") == "Auto":
        raise validation(HYPERBAND_EARLY_STOPPING)
    given = (asked or {}).get("MaxResource")
    if given is None and inferred_resource(definition.get("StaticHyperParameters", {})) is None:
        raise validation(NO_MAX_RESOURCE)
    if given is not None and given > _MOST_RESOURCE:
        raise validation(HYPERBAND_MOST.format(most=_MOST_RESOURCE, given=given))


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
            raise validation(RESERVED_TAG.format(key=tag["Key"]))
        if tag["Key"] in seen:
            raise validation(SAME_TAG.format(key=tag["Key"]))
        seen.add(tag["Key"])
