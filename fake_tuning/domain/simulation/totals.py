"""What is counted of a job's trials, from one event to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fake_tuning.domain.vocabulary.statuses import TuningStatus


class Totals(NamedTuple):
    """The running totals from an instant on, until the next event."""

    at: int
    status: TuningStatus | None
    completed: int
    retryable: int
    non_retryable: int
    stopped: int
    succeeded: int
    best: int
    not_improving: int
    converged: int | None
    failure_reason: str | None

    @property
    def over(self) -> int:
        """How many trials have ended."""
        return self.completed + self.retryable + self.non_retryable + self.stopped

    @property
    def used_up(self) -> int:
        """How many of the trials that the job may launch have ended: one of RetryableError is replaced (recorded)."""
        return self.over - self.retryable

    @property
    def only_failed(self) -> bool:
        """Whether a trial has failed, none has completed, and none was stopped with a value of its objective."""
        return self.retryable + self.non_retryable > 0 and self.completed + self.succeeded == 0
