"""Which trials lag behind the others, so that the service stops them early."""

from __future__ import annotations

from statistics import median

from fake_tuning.domain.request.job_spec import Hyperband, JobSpec
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
        self._rungs: dict[int, list[float]] = {}

    def remember(self, trial: Trial) -> None:
        """Remember a trial that has ended."""
        if self.applies and trial.end_status == "Completed" and trial.curve:
            self._completed.append(trial)

    def lags(self, trial: Trial, epoch: int) -> bool:
        """Whether a trial lags behind after an epoch (from 1)."""
        sign = 1 if trial.definition.maximize else -1
        now = sign * trial.curve[epoch - 1][1]
        return (
            self._lags_median(now, sign, epoch)
            if self._band is None
            else self._lags_at_rung(self._band, now, epoch)
        )

    def _lags_median(self, now: float, sign: int, epoch: int) -> bool:
        """Apply the documented rule: worse than the median of the running averages of earlier trials."""
        averages = [
            sign * sum(value for _, value in other.curve[:epoch]) / len(other.curve[:epoch])
            for other in self._completed
        ]
        return bool(averages) and now < median(averages)

    def _lags_at_rung(self, band: Hyperband, now: float, epoch: int) -> bool:
        if epoch not in rungs(band.min_resource, band.max_resource):
            return False
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
