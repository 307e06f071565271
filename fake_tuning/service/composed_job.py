"""What a service needs to know about a job that a test puts into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from fake_tuning.domain.jobs.tuning_job_record import ParentBest, TuningJobRecord
    from fake_tuning.domain.vocabulary.arns import Place


class ComposedJob(Protocol):
    """A tuning job in some status, such as a ``TuningJob``, that can be put into a service."""

    @property
    def name(self) -> str:
        """The tuning job's name."""

    @property
    def is_recorded(self) -> bool:
        """Whether the real service answered with it, and so has accepted its request."""

    @property
    def request(self) -> dict[str, Any]:
        """The CreateHyperParameterTuningJob request that makes the job."""

    def record_at(
        self, now: int, place: Place, *, parent_best: ParentBest | None, predecessors: int
    ) -> TuningJobRecord:
        """Return the record of the job that has its status at an instant.

        Args:
            now: the instant, in milliseconds since 1970.
            place: the region and the account.
            parent_best: the best trial of the parents of its warm start, or None.
            predecessors: how many tuning jobs had its name before; its trials have other names than theirs, unless
                they were recorded.
        """
