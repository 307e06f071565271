"""Training jobs that somebody deleted: trials of a tuning job, or one that was created by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_tuning.domain.jobs.responses import Stamp, trial_modified
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.statuses import TrainingStatus


@dataclass(frozen=True)
class Deletions:
    """Which trials were deleted. A trial is Deleting for a while, and then gone.

    Attributes:
        asked: by the number of the trial, when its deletion was asked for, and when it is gone, in milliseconds
            since 1970.
    """

    asked: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def of(self, trial: Trial, begun: int, gone: int) -> Deletions:
        """Return these with one more."""
        return Deletions({**self.asked, trial.number: (begun, gone)})

    def exists(self, trial: Trial, instant: int) -> bool:
        """Whether a trial is there at an instant: launched, and not yet gone."""
        return trial.created <= instant and (
            trial.number not in self.asked or instant < self.asked[trial.number][1]
        )

    def begun(self, trial: Trial, instant: int) -> int | None:
        """Return when the deletion of a trial began, or None when it had not by an instant."""
        asked = self.asked.get(trial.number)
        return asked[0] if asked and asked[0] <= instant else None

    def status_at(self, trial: Trial, instant: int) -> TrainingStatus:
        """Return the status of a trial at an instant at which it is there."""
        return trial.status_at(instant) if self.begun(trial, instant) is None else "Deleting"

    def modified(self, trial: Trial, instant: int) -> int:
        """Return when a trial last changed, in milliseconds since 1970."""
        begun = self.begun(trial, instant)
        return trial_modified(trial, instant) if begun is None else begun

    def shown(self, answer: dict[str, Any], trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return an answer on a trial as it is while the trial is Deleting, or as it was."""
        begun = self.begun(trial, instant)
        if begun is None:
            return answer
        moved = {"LastModifiedTime": stamp(begun)} if "LastModifiedTime" in answer else {}
        return {**answer, "TrainingJobStatus": "Deleting", **moved}
