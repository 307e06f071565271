"""Recognises images of built-in algorithms in recordings in which one number stands for all accounts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_tuning.domain.vocabulary.arns import account_of
from fake_tuning.domain.vocabulary.builtin_algorithms import REPEATED_OBJECTIVE, builtin_algorithm

_AMAZONS = "999999999999"
"""Any account but that of the role."""


def with_builtin_images(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description in which built-in algorithms are not in the account of the role.

    An image in that account is the user's own, unless whoever kept the recording put one number for every account. It
    is taken for built in if it is named like a built-in algorithm, and half of the metrics of either are the other's.
    """
    told = {**_recognised(answer)}
    if isinstance(told.get("TrainingJobDefinition"), Mapping):
        told["TrainingJobDefinition"] = _recognised(told["TrainingJobDefinition"])
    several = told.get("TrainingJobDefinitions")
    if isinstance(several, list):
        told["TrainingJobDefinitions"] = [
            _recognised(each) if isinstance(each, Mapping) else each for each in several
        ]
    return told


def _recognised(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    specification, role = definition.get("AlgorithmSpecification"), definition.get("RoleArn")
    if not isinstance(specification, Mapping) or not isinstance(role, str):
        return definition
    account, image = account_of(role), specification.get("TrainingImage")
    if not isinstance(image, str) or account is None or not image.startswith(account):
        return definition
    told = {**specification, "TrainingImage": _AMAZONS + image.removeprefix(account)}
    known = {**definition, "AlgorithmSpecification": told}
    algorithm = builtin_algorithm(known)
    if algorithm is None:
        return definition
    defined = specification.get("MetricDefinitions") or []
    named = {each.get("Name") for each in defined if isinstance(each, Mapping)} - {REPEATED_OBJECTIVE}
    common = named & {*algorithm.metrics}
    return known if 2 * len(common) >= max(len(named), len(algorithm.metrics)) else definition
