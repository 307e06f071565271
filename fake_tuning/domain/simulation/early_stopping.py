"""Which trials lag behind the others, so that the service stops them early."""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.trial import Trial

_REDUCTION = 3
"""Invented: Hyperband keeps a third of the trials at each rung."""


class EarlyStopping:
    """Compares the trials of one job, epoch by epoch, by the rule that the job asked for.

    Args:
        spec: what the job was asked to do.

    Attributes:
        applies: whether the job stops trials that lag behind.
    """

    def __init__(self, spec: JobSpec) -> None:
        self._band = spec.hyperband
        self.applies = spec.early_stopping or spec.hyperband is not None
        self._completed: list[Trial] = []
        # By epoch, in their order: those of the trials that had completed when it was last asked for.
        self._averages: dict[int, list[float]] = {}
        self._rungs: dict[int, list[float]] = {}

    def remember(self, trial: Trial) -> None:
        """Remember a trial that has ended."""
        if self.applies and trial.end_status == "Completed" and trial.curve:
            self._completed.append(trial)

    def epochs(self, trial: Trial) -> Sequence[int]:
        """Return the epochs (from 1) after which a trial is compared with others: never after its last."""
        emitted = range(1, len(trial.curve))
        if self._band is None:
            return emitted
        return [each for each in rungs(self._band.min_resource, self._band.max_resource) if each in emitted]

    def lags(self, trial: Trial, epoch: int) -> bool:
        """Whether a trial lags behind after an epoch (from 1)."""
        sign = 1 if trial.definition.maximize else -1
        now = sign * trial.curve[epoch - 1][1]
        return self._lags_median(now, sign, epoch) if self._band is None else self._lags_at_rung(now, epoch)

    def _lags_median(self, now: float, sign: int, epoch: int) -> bool:
        """Apply the documented rule: worse than the median of the running averages of earlier trials."""
        averages = self._averages.setdefault(epoch, [])
        for other in self._completed[len(averages) :]:
            emitted = [value for _, value in other.curve[:epoch]]
            insort(averages, sum(emitted) / len(emitted))
        middle = len(averages) // 2
        return bool(averages) and now < sign * (averages[middle] + averages[~middle]) / 2

    def _lags_at_rung(self, now: float, epoch: int) -> bool:
        seen = self._rungs.setdefault(epoch, [])
        seen.append(now)
        better = sum(value > now for value in seen)
        return better >= -(-len(seen) // _REDUCTION)


def rungs(least: int, most: int) -> tuple[int, ...]:
    """Return the epochs after which Hyperband compares its trials."""
    found = []
    while least < most:
        found.append(least)
        least *= _REDUCTION
    return tuple(found)
