"""Finds out which operation an answer belongs to: from the name of its file, or from its members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from fake_tuning.service.operations.registry import OPERATIONS, SAGEMAKER
from fake_tuning.service.validation.model import installed_model, unknown_names

SERVED = tuple(name for service, name in OPERATIONS if service == SAGEMAKER)
"""The operations that are served, by their names."""

_WORD = re.compile(r"[A-Za-z0-9]+")
_PLACEBO = re.compile(r"(?:.*\.)?([a-z0-9-]+)\.([A-Z]\w*?)_\d+")


def operation_of(stem: str, answer: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the operation of an answer, or None and what it is instead.

    Args:
        stem: the name of its file, without the ending.
        answer: the answer, without what a tool wrapped around it.
    """
    placed = _PLACEBO.fullmatch(stem)
    if placed and placed[1] != SAGEMAKER:
        return None, f"{placed[1]} {placed[2]}"
    known = _members_by_operation()
    named = next((word for word in _WORD.findall(stem) if word in known), None)
    if named is not None and 2 * len(known[named] & answer.keys()) >= len(answer):
        return (named, "") if named in SERVED else (None, f"{SAGEMAKER} {named}")
    return _by_members(answer)


def _by_members(answer: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the operation whose answers have the most of these members, if they are most of its own."""
    known = _members_by_operation()
    most = max((len(members & answer.keys()) for members in known.values()), default=0)
    if not most or 2 * most < len(answer):
        return None, "no answer of SageMaker"
    alike = [name for name, members in known.items() if len(members & answer.keys()) == most]
    served = [name for name in alike if name in SERVED and _has_names(name, answer)]
    if not served:
        return None, f"{SAGEMAKER} {alike[0]}, or alike" if len(alike) < 4 else "no answer of SageMaker"
    return min(served, key=lambda name: (_unknown(name, answer), SERVED.index(name))), ""


@cache
def _members_by_operation() -> Mapping[str, frozenset[str]]:
    model = installed_model()
    shapes = {name: model.operation_model(name).output_shape for name in model.operation_names}
    return {name: frozenset(shape.members if shape else ()) for name, shape in shapes.items()}


def _has_names(operation: str, answer: Mapping[str, Any]) -> bool:
    """Whether it has most of the members that every answer of the operation has."""
    required = installed_model().operation_model(operation).output_shape.required_members
    return 2 * sum(name in answer for name in required) >= len(required)


def _unknown(operation: str, answer: Mapping[str, Any]) -> int:
    shape = installed_model().operation_model(operation).output_shape
    return sum(1 for _ in unknown_names(shape, answer, operation))
