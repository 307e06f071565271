"""Refuses captured tuning jobs that contradict themselves, so that no job can be as they say."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.job_spec import MOST_TRIALS
from fake_tuning.domain.vocabulary.statuses import LIVE, TUNING_STATUSES
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_tuning.domain.request.job_spec import JobSpec


def check_tuning_job(recorded: Mapping[str, Any], spec: JobSpec) -> None:
    """Refuse a describe response that contradicts itself.

    Args:
        recorded: the response, its times in milliseconds since 1970.
        spec: what the job was asked to do.

    Raises:
        ValueError: it does.
    """
    status = recorded["HyperParameterTuningJobStatus"]
    if status not in TUNING_STATUSES:
        raise ValueError(choices("status of a recorded tuning job", status, TUNING_STATUSES))
    for wrong in (_in_counters(recorded, spec), _in_best(recorded), _in_times(recorded)):
        if wrong:
            raise ValueError(f"the response of {spec.name!r} contradicts itself: {wrong}")


def _in_counters(recorded: Mapping[str, Any], spec: JobSpec) -> str | None:
    """Return what is wrong with the numbers of trials, or None."""
    for member in ("TrainingJobStatusCounters", "ObjectiveStatusCounters"):
        for what, count in recorded.get(member, {}).items():
            if isinstance(count, int) and count < 0:
                return f"its {member} say {count} {what}"
    counters = recorded.get("TrainingJobStatusCounters", {})
    launched, replaced = sum(_counts(counters)), counters.get("RetryableError", 0)
    if launched > MOST_TRIALS:
        return (
            f"its TrainingJobStatusCounters tell of {launched} trials, and no job has more than {MOST_TRIALS}"
        )
    if launched - replaced > spec.max_trials:
        return (
            f"its TrainingJobStatusCounters tell of {launched} trials, and {replaced} of them in RetryableError, but "
            f"it launches {spec.max_trials} at most, not counting those"
        )
    running = counters.get("InProgress", 0)
    if running and recorded["HyperParameterTuningJobStatus"] not in LIVE:
        return (
            f"it is {recorded['HyperParameterTuningJobStatus']}, but {running} of its trials are InProgress"
        )
    return None


def _in_best(recorded: Mapping[str, Any]) -> str | None:
    """Return why there can be no best trial, or None."""
    counters = recorded.get("TrainingJobStatusCounters", {})
    if "BestTrainingJob" not in recorded:
        return None
    if sum(_counts(counters)) == counters.get("InProgress", 0):
        return "it has a BestTrainingJob, but its TrainingJobStatusCounters tell of no trial that has ended"
    if recorded.get("ObjectiveStatusCounters", {}).get("Succeeded") == 0:
        return "it has a BestTrainingJob, but its ObjectiveStatusCounters say 0 Succeeded"
    return None


def _counts(counters: Mapping[str, Any]) -> list[int]:
    known = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return [counters.get(each, 0) for each in known]


def _in_times(recorded: Mapping[str, Any]) -> str | None:
    """Return what is wrong with the order of its times, or None."""
    order = [
        member
        for member in ("CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime")
        if member in recorded
    ]
    for earlier, later in pairwise(order):
        if recorded[later] < recorded[earlier]:
            return f"its {later} is before its {earlier}"
    return None
