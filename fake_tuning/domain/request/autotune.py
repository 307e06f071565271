"""What Autotune fills in where a request says nothing (that it does is quoted; the values are invented)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fake_tuning.domain.vocabulary.builtin_algorithms import REPEATED_OBJECTIVE, builtin_algorithm

_CRITERIA = {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}
_LONGEST = 2_592_000
"""Documented: 30 days are the most that a tuning job can be given by default."""

_LESS_IS_BETTER = re.compile(
    r".*(loss|error|entropy|perplexity|deviance|nloglik|mae|msd|mse|ssd)(:final)?", re.IGNORECASE
)
"""The names of metrics that are to fall."""

_RETRIES = {"MaximumRetryAttempts": 3}


def filled_in(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a CreateHyperParameterTuningJob request as the service takes it, with what Autotune decides.

    How many trials it launches is not here: that follows from the strategy. Without Autotune it is the same request.
    """
    if request.get("Autotune", {}).get("Mode") != "Enabled":
        return request
    config = request["HyperParameterTuningJobConfig"]
    # Documented: Hyperband stops trials early by itself, and not in this way too.
    early = "Off" if config["Strategy"] == "Hyperband" else "Auto"
    filled = {
        **request,
        "HyperParameterTuningJobConfig": {
            "TrainingJobEarlyStoppingType": early,
            "TuningJobCompletionCriteria": _CRITERIA,
            **config,
            "ResourceLimits": {"MaxRuntimeInSeconds": _LONGEST, **config["ResourceLimits"]},
        },
    }
    if "TrainingJobDefinitions" in request:
        filled["TrainingJobDefinitions"] = [_retried(each) for each in request["TrainingJobDefinitions"]]
    else:
        filled["TrainingJobDefinition"] = _retried(request["TrainingJobDefinition"])
    return filled


def objective_of(definition: Mapping[str, Any], asked: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Return the objective of a definition: the one that was asked for, or the one that Autotune chooses.

    That it chooses one is inferred, and that it does not tell; which one is invented: the first metric that the
    algorithm is known to emit. Less of it is better if it is called a loss or an error, as the developer guide has it
    for the metrics of built-in algorithms.

    Args:
        definition: the training job definition.
        asked: the objective in the request, or None.
    """
    if asked is not None:
        return asked
    specification = definition["AlgorithmSpecification"]
    defined = [each["Name"] for each in specification.get("MetricDefinitions", ())]
    algorithm = builtin_algorithm(definition)
    metric = (*defined, *(algorithm.metrics if algorithm else ()), REPEATED_OBJECTIVE)[0]
    return {"Type": "Minimize" if _LESS_IS_BETTER.fullmatch(metric) else "Maximize", "MetricName": metric}


def _retried(definition: Mapping[str, Any]) -> dict[str, Any]:
    return {"RetryStrategy": _RETRIES, **definition}
