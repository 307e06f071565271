"""The status that a test gives a job, and the numbers of its trials."""

from __future__ import annotations

from dataclasses import dataclass

from fake_tuning.domain.simulation.trial_edits import Outcome
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.statuses import LIVE, TuningStatus

DEFAULT_LIMITS = (10, 2)
"""Invented: how many trials a job launches at most, and how many run at a time, unless the test sets it."""

_COUNTED = ("completed", "failed", "stopped", "running")

Counts = dict[Outcome, int]
"""How many trials ended, by the way in which they did."""


@dataclass(frozen=True, slots=True)
class StatusNow:
    """The status that a job is to have now, and numbers of its trials; None for whatever the test does not ask for.

    Attributes:
        status: the status; None: the job has just been created.
        completed: trials that completed.
        failed: trials that failed.
        stopped: trials that were stopped.
        running: trials that run.
        reason: why the job failed.

    Raises:
        ValueError: a number of trials is no whole number from 0.
    """

    status: TuningStatus | None = None
    completed: int | None = None
    failed: int | None = None
    stopped: int | None = None
    running: int | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        for what in _COUNTED:
            count = getattr(self, what)
            if count is not None and (not is_whole(count) or count < 0):
                raise ValueError(
                    f"the number of {what} trials must be a whole number from 0, but is {count!r}"
                )

    @property
    def is_counted(self) -> bool:
        """Whether the test asks for numbers of trials."""
        return self.completed is not None or any((self.failed, self.stopped, self.running))

    @property
    def ended(self) -> Counts:
        """How many trials are to have ended, in each way."""
        return {"Completed": self.completed or 0, "Failed": self.failed or 0, "Stopped": self.stopped or 0}

    @property
    def numbers(self) -> str:
        """The numbers that the test asks for, in words."""
        numbers = [f"{count} {what}" for what in _COUNTED if (count := getattr(self, what))]
        return " and ".join(numbers) or "no numbers"

    @property
    def has_all_trials(self) -> bool:
        """Whether the numbers of trials that the test asks for are those of all trials that the job launches."""
        return self.status == "Completed" and self.completed is not None

    @property
    def limits(self) -> tuple[int, int]:
        """Limits that leave room for those numbers, when the test sets none: trials in all, and at a time."""
        most, parallel = DEFAULT_LIMITS
        launched = sum(self.ended.values()) + (self.running or 0)
        if self.has_all_trials:
            return max(launched, 1), parallel
        together = max(self.running or 0, (self.stopped or 0) if self.status == "Stopped" else 0)
        # A job whose trials have all ended would have ended too.
        more = self.status in LIVE and not self.running
        return max(most, launched + more), max(parallel, together)
