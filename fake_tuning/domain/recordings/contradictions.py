"""Refuses captured jobs that contradict themselves, so that no job can be as they say.

What can come of an oddity of the service, or of a limit that somebody edited, is no contradiction.
"""

from __future__ import annotations

from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.request.job_spec import MOST_TRIALS
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.vocabulary.statuses import LIVE, TUNING_STATUSES
from fake_tuning.domain.vocabulary.suggestions import choices

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fake_tuning.domain.request.job_spec import JobSpec

_NOT_IMPROVING = "NumberOfTrainingJobsObjectiveNotImproving"
_OBJECTIVES = ("Succeeded", "Pending", "Failed")


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
    wrong = next(
        chain(
            _in_counters(recorded, spec),
            _in_best(recorded, spec),
            _in_trial(recorded, "BestTrainingJob"),
            _in_trial(recorded, "OverallBestTrainingJob"),
            _in_objectives(recorded),
            _in_times(recorded),
        ),
        None,
    )
    if wrong:
        raise contradiction(spec.name, wrong)


def check_training_job(recorded: Mapping[str, Any]) -> None:
    """Refuse a DescribeTrainingJob response whose transitions are in disorder.

    Args:
        recorded: the response, its times in milliseconds since 1970.

    Raises:
        ValueError: they are.
    """
    transitions = recorded.get("SecondaryStatusTransitions", ())
    for earlier, later in pairwise(transitions):
        if later["StartTime"] < earlier["StartTime"]:
            wrong = f"{later['Status']} follows {earlier['Status']} and begins before it"
            raise contradiction(recorded["TrainingJobName"], f"in its SecondaryStatusTransitions {wrong}")
    for each in transitions:
        if each.get("EndTime", each["StartTime"]) < each["StartTime"]:
            wrong = f"in its SecondaryStatusTransitions {each['Status']} ends before it begins"
            raise contradiction(recorded["TrainingJobName"], wrong)


def contradiction(name: str, wrong: str) -> ValueError:
    """Return the error that says in what the response of a job contradicts itself."""
    return ValueError(f"the response of {name!r} contradicts itself: {wrong}")


def _in_counters(recorded: Mapping[str, Any], spec: JobSpec) -> Iterator[str]:
    """Say what is wrong with the numbers of trials."""
    for member in ("TrainingJobStatusCounters", "ObjectiveStatusCounters"):
        for what, count in recorded.get(member, {}).items():
            if isinstance(count, int) and count < 0:
                yield f"its {member} say {count} {what}"
    launched, replaced = _launched(recorded), _counter(recorded, "RetryableError")
    if launched > MOST_TRIALS:
        yield (
            f"its TrainingJobStatusCounters tell of {launched} trials, and no job has more than {MOST_TRIALS}"
        )
    if launched - replaced > spec.max_trials:
        yield (
            f"its TrainingJobStatusCounters tell of {launched} trials, and {replaced} of them in RetryableError, but "
            f"it launches {spec.max_trials} at most, not counting those"
        )
    running, status = _counter(recorded, "InProgress"), recorded["HyperParameterTuningJobStatus"]
    if running and status not in LIVE:
        yield f"it is {status}, but {running} of its trials are InProgress"


def _in_objectives(recorded: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with what is counted of the objective."""
    counters, launched = recorded.get("ObjectiveStatusCounters", {}), _launched(recorded)
    told = sum(counters.get(each, 0) for each in _OBJECTIVES)
    if told > launched:
        yield f"its ObjectiveStatusCounters tell of {told} trials, and its TrainingJobStatusCounters of {launched}"
    not_improving = recorded.get("TuningJobCompletionDetails", {}).get(_NOT_IMPROVING, 0)
    if not_improving < 0:
        yield f"its {_NOT_IMPROVING} is {not_improving}"


def _in_best(recorded: Mapping[str, Any], spec: JobSpec) -> Iterator[str]:
    """Say why there can be no such best trial."""
    best = recorded.get("BestTrainingJob")
    if best is None:
        return
    if _launched(recorded) == _counter(recorded, "InProgress"):
        yield "it has a BestTrainingJob, but its TrainingJobStatusCounters tell of no trial that has ended"
    if recorded.get("ObjectiveStatusCounters", {}).get("Succeeded") == 0:
        yield "it has a BestTrainingJob, but its ObjectiveStatusCounters say 0 Succeeded"
    names = [each.name for each in spec.definitions if each.name is not None]
    named = best.get("TrainingJobDefinitionName")
    if names and named is not None and named not in names:
        yield choices("definition of its BestTrainingJob", named, names)
    ended = recorded.get("HyperParameterTuningEndTime", FOREVER)
    for member in ("CreationTime", "TrainingEndTime"):
        if best.get(member, 0) > ended:
            yield f"the {member} of its BestTrainingJob is after its HyperParameterTuningEndTime"


def _in_trial(recorded: Mapping[str, Any], member: str) -> Iterator[str]:
    """Say what is wrong with a best trial by itself."""
    best = recorded.get(member, {})
    if best.get("TrainingJobStatus") == "Failed":
        yield f"its {member} is Failed"
    if best.get("TrainingEndTime", FOREVER) < best.get("TrainingStartTime", best.get("CreationTime", 0)):
        yield f"its {member} ended before it began"


def _in_times(recorded: Mapping[str, Any]) -> Iterator[str]:
    """Say what is wrong with its times."""
    order = [
        member
        for member in ("CreationTime", "HyperParameterTuningEndTime", "LastModifiedTime")
        if member in recorded
    ]
    for earlier, later in pairwise(order):
        if recorded[later] < recorded[earlier]:
            yield f"its {later} is before its {earlier}"
    status = recorded["HyperParameterTuningJobStatus"]
    if status in LIVE and "HyperParameterTuningEndTime" in recorded:
        yield f"it is {status}, but has a HyperParameterTuningEndTime"


def _launched(recorded: Mapping[str, Any]) -> int:
    """Return how many trials are counted."""
    known = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return sum(_counter(recorded, each) for each in known)


def _counter(recorded: Mapping[str, Any], status: str) -> int:
    count: int = recorded.get("TrainingJobStatusCounters", {}).get(status, 0)
    return count
