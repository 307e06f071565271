"""Changes that no simulation has to know: those of tags, and of what a training job was asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from fake_tuning.domain.simulation.steering import Change

Tags: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Retag(Change):
    """Somebody changes tags: some go, then some are given.

    Attributes:
        given: the tags that are added, or have another value from then on.
        gone: the keys of those that are removed.
    """

    given: Tags = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update(Change):
    """Somebody updates what a training job was asked to do.

    Attributes:
        members: the members of the UpdateTrainingJob request, without the name.
    """

    members: Mapping[str, Any] = field(default_factory=dict)


def tags_after(tags: Tags, changes: Iterable[Change]) -> Tags:
    """Return what becomes of tags by changes, in their order."""
    for change in changes:
        if isinstance(change, Retag):
            kept = {key: value for key, value in tags.items() if key not in change.gone}
            tags = {**kept, **change.given}
    return tags
