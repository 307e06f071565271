"""Members of a captured answer that we would not answer, such as those that no public model knows: they are kept."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class KeptMembers:
    """What a captured answer has beyond our own.

    Attributes:
        job: members of the tuning job, those inside its members included.
        trials: members of its trials as they are summarized, by the names of their training jobs.
        named_in_arns: the names in the ARNs of training jobs that have other names there, by name.
        otherwise: members of the tuning job that had other values than ours, until something happens to the job.
        captured: when that was, in milliseconds since 1970.
    """

    job: Mapping[str, Any] = field(default_factory=dict)
    trials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    named_in_arns: Mapping[str, str] = field(default_factory=dict)
    otherwise: Mapping[str, Any] = field(default_factory=dict)
    captured: int = 0


def additional(captured: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a captured structure has, at any depth, where ours has nothing."""
    found: dict[str, Any] = {}
    for member, value in captured.items():
        if member not in ours:
            found[member] = value
        elif isinstance(value, Mapping) and isinstance(ours[member], Mapping):
            inside = additional(value, ours[member])
            if inside:
                found[member] = inside
    return found


def add(answer: dict[str, Any], kept: Mapping[str, Any], *, inside: bool = False) -> dict[str, Any]:
    """Add what was kept to an answer, where the answer has nothing, and return the answer.

    Args:
        answer: the answer, which is changed.
        kept: what was kept.
        inside: whether to add only to structures that the answer has.
    """
    for member, value in kept.items():
        if member not in answer:
            if not inside:
                answer[member] = copy.deepcopy(value)
        elif isinstance(value, Mapping) and isinstance(answer[member], dict):
            add(answer[member], value)
    return answer
