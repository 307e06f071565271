"""A training job while it runs, trial or standalone, and what can be done to it."""

from __future__ import annotations

from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.statuses import TRAINING_LIFECYCLE


class TrainingRun:
    """What can be done to a training job. Nothing has an effect in a status that does not allow it.

    Args:
        trial: the training job, if nothing more is done to it.
        drain: how long it takes to stop, in milliseconds.
    """

    def __init__(self, trial: Trial, drain: int) -> None:
        self.trial = trial
        self._drain = drain

    def stop(self, at: int) -> None:
        """Stop it."""
        if self.trial.status_at(at) in TRAINING_LIFECYCLE.stoppable:
            self.trial = self.trial.cut(at, at + self._drain)

    def fail(self, at: int, reason: str) -> None:
        """Fail it at once."""
        if self.trial.status_at(at) in TRAINING_LIFECYCLE.failable:
            self.trial = self.trial.failed(at, reason)

    def stop_trial(self, at: int, number: int) -> None:  # noqa: ARG002  # the verb of a tuning job, in its form
        """Stop it, whatever its number: a standalone training job is its own only trial."""
        self.stop(at)
