"""A warm start: the tuning jobs from which another one takes what they found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from fake_tuning.domain.jobs.tuning_job_record import ParentBest
from fake_tuning.domain.vocabulary.suggestions import choices
from fake_tuning.doors.builder.argument_checks import checked_name
from fake_tuning.service.validation.warm_start import best_of

if TYPE_CHECKING:
    from fake_tuning.doors.builder.tuning_job import TuningJob

WarmStartKind: TypeAlias = Literal["IdenticalDataAndAlgorithm", "TransferLearning"]
WARM_START_KINDS: tuple[WarmStartKind, ...] = get_args(WarmStartKind)

MOST_PARENTS = 5
"""The service model's limit (a test compares them)."""


@dataclass(frozen=True)
class WarmStart:
    """A warm start.

    Attributes:
        kind: AWS's name of its kind.
        parents: the parents, each as a job or by its name.
    """

    kind: WarmStartKind
    parents: tuple[TuningJob | str, ...]

    @classmethod
    def checked(cls, child: str, parents: tuple[TuningJob | str, ...], kind: str) -> WarmStart:
        """Return a warm start.

        Args:
            child: the name of the job that is started.
            parents: its parents.
            kind: the kind.

        Raises:
            TypeError: a parent is neither a job nor a name.
            ValueError: there is no such kind, there are too many parents, or one of them cannot be a parent.
        """
        for known in WARM_START_KINDS:
            if kind == known:
                break
        else:
            raise ValueError(choices("kind of warm start", kind, WARM_START_KINDS))
        if len(parents) > MOST_PARENTS:
            raise ValueError(
                f"a warm start has at most {MOST_PARENTS} parents, but {len(parents)} were named"
            )
        for parent in parents:
            _check_parent(child, parent)
        return cls(known, parents)

    @property
    def config(self) -> dict[str, Any]:
        """The WarmStartConfig of a request."""
        names = [parent if isinstance(parent, str) else parent.name for parent in self.parents]
        return {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name} for name in names],
            "WarmStartType": self.kind,
        }

    @property
    def template(self) -> Mapping[str, Any] | None:
        """The request of the first parent that is given as a job, which the child takes after; or None."""
        return next((parent.request for parent in self.jobs), None)

    def best(self, created: int) -> ParentBest | None:
        """Return the best trial of the parents that are given as jobs, or None.

        Args:
            created: when the child is created, in milliseconds since 1970. That is "now" for the parents which were
                not given a creation of their own.
        """
        moments = [(parent, created if parent.creation is None else parent.moment()) for parent in self.jobs]
        return best_of([(parent.record_at(now), now) for parent, now in moments])

    @property
    def jobs(self) -> list[TuningJob]:
        """The parents that are given as jobs."""
        return [parent for parent in self.parents if not isinstance(parent, str)]


def _check_parent(child: str, parent: TuningJob | str) -> None:
    name = checked_name(parent) if isinstance(parent, str) else getattr(parent, "name", None)
    if name is None or not (isinstance(parent, str) or hasattr(parent, "record_at")):
        raise TypeError(
            f"a parent must be a TuningJob, such as TuningJob('xgb').completed(), or a name, but is {parent!r}"
        )
    if name == child:
        raise ValueError(f"{child!r} cannot be its own parent: give one of the two jobs another name")
    if not isinstance(parent, str) and not parent.is_over:
        raise ValueError(
            f"the parent {name!r} is {parent.status}, but a warm start needs parents that are over: "
            f"say .completed(), or name a job that will be over by then: .warm_started_from({name!r})"
        )
