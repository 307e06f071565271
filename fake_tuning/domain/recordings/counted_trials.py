"""Makes up the trials that a captured tuning job counts, around the only one that it shows: the best."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import INTERNAL_ERROR
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.ranges import Range

_TRIAL = 200_000
"""Invented: how long a trial takes that the response does not show, in milliseconds."""

_UNDER_WAY = 40_000
"""Invented: how long a trial has been running at most that had not ended, in milliseconds; no trial takes less."""

_AFTERWARDS = 2_000
"""Invented: how much longer than recorded such a trial runs at least, in milliseconds."""

_NUMBERED = re.compile(r"(.*)-0*([1-9][0-9]*)-[0-9a-f]+")

_Times: TypeAlias = tuple[int, int, int]
"""When a trial was created, started and ended, in milliseconds after the creation of its job (``TrialEdit.times``)."""


def counted_trials(recorded: Mapping[str, Any], spec: JobSpec, latest: int) -> dict[int, TrialEdit]:
    """Return one trial for each that was counted, by number; the best one is as it was captured.

    Args:
        recorded: the describe response, its times in milliseconds since 1970.
        spec: what the job was asked to do.
        latest: when the last of the trials can have ended, in milliseconds after the creation of the job.
    """
    counters = recorded.get("TrainingJobStatusCounters", {})
    best = recorded.get("BestTrainingJob")
    ended = _ended(counters, best)
    count = len(ended) + counters.get("InProgress", 0)
    best_number = _number(best, count)
    order = _ranked(count, best_number, counters)
    outcomes = dict(zip(order, ended, strict=False))
    # Keys keep the order, and are found at once: a job may have thousands of trials.
    finished = counters.get("Completed", 0) + counters.get("Stopped", 0)
    scored = dict.fromkeys(order[: recorded.get("ObjectiveStatusCounters", {}).get("Succeeded", finished)])
    edits = {number: outcomes.get(number, TrialEdit()) for number in range(1, count + 1)}
    for number, times in _schedule(recorded, best_number, scored, outcomes, count, latest).items():
        if number in outcomes:
            seen = TrialEdit(without_metric=None if number in scored else True, times=times)
        else:
            # It may yet emit its metric.
            seen = TrialEdit(ran=(times[0], latest + _AFTERWARDS))
        edits[number] = edits[number].merged(seen)
    if best is None:
        return edits
    named = _definition_name(best, spec)
    definition = spec.definition_of(best_number) if named is None else spec.definition_named(named)
    edits[best_number] = edits[best_number].merged(
        TrialEdit(
            score=float(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]),
            tuned=_tuned(best["TunedHyperParameters"], definition.ranges),
            name=best["TrainingJobName"],
            definition=named,
        )
    )
    return edits


def recorded_best(recorded: Mapping[str, Any], spec: JobSpec) -> float | None:
    """Return how good the best trial was, as a number that is larger the better; None when there is no such trial."""
    best = recorded.get("BestTrainingJob")
    if best is None:
        return None
    named = _definition_name(best, spec)
    # Which trial it was does not matter: definitions without names are the only one of their job.
    definition = spec.definitions[0] if named is None else spec.definition_named(named)
    value = float32(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    return value if definition.maximize else -value


def _definition_name(best: Mapping[str, Any], spec: JobSpec) -> str | None:
    """Return the name of the definition that the best trial runs, or None where the job's have no names."""
    named: str | None = best.get("TrainingJobDefinitionName")
    return named if any(each.name == named for each in spec.definitions) else None


def _ranked(count: int, best_number: int, counters: Mapping[str, int]) -> list[int]:
    """Return the numbers of the trials in the order of their outcomes: those with a metric, retryable errors, others.

    The best comes first. Retryable errors were the first to be launched: they were over when others replaced them.
    """
    others = [number for number in range(1, count + 1) if number != best_number]
    replaced = counters.get("RetryableError", 0)
    ended = max(counters.get("Completed", 0) + counters.get("Stopped", 0) - (best_number > 0), 0)
    ranked = [*others[replaced : replaced + ended], *others[:replaced], *others[replaced + ended :]]
    return [best_number, *ranked] if best_number else ranked


def _ended(counters: Mapping[str, int], best: Mapping[str, Any] | None) -> list[TrialEdit]:
    """Return the outcomes of the trials that have ended.

    Those that can have a metric come first, and one with the status of the best trial comes first among these.
    """
    outcomes = [
        *[TrialEdit("Completed")] * counters.get("Completed", 0),
        *[TrialEdit("Stopped")] * counters.get("Stopped", 0),
        *[TrialEdit("Failed", reason=INTERNAL_ERROR)] * counters.get("RetryableError", 0),
        *[TrialEdit("Failed")] * counters.get("NonRetryableError", 0),
    ]
    if best is not None:
        outcomes.sort(key=lambda edit: edit.outcome != best["TrainingJobStatus"])
    return outcomes


def _number(best: Mapping[str, Any] | None, count: int) -> int:
    """Return the number of the best trial, which its name tells if it was not edited; 0 when there is none."""
    if best is None:
        return 0
    found = _NUMBERED.fullmatch(best["TrainingJobName"])
    if found is None:
        return 1
    # Python reads no text of thousands of digits.
    digits = found.group(2)
    return count if len(digits) > len(str(count)) else min(int(digits), count)


def can_be_named(name: str, job: str, count: int) -> bool:
    """Whether a trial of a tuning job that has launched so many can have this name."""
    found = _NUMBERED.fullmatch(name)
    return (
        found is not None and found[1] == job and len(found[2]) <= len(str(count)) and int(found[2]) <= count
    )


def _schedule(
    recorded: Mapping[str, Any],
    best_number: int,
    scored: Collection[int],
    outcomes: Mapping[int, TrialEdit],
    count: int,
    latest: int,
) -> dict[int, _Times]:
    """Return when each trial ran, so that they are launched in the order of their numbers.

    As many of the trials with a metric end after the best one as did not improve on it.
    """
    best = _best_times(recorded, latest) if best_number else None
    details = recorded.get("TuningJobCompletionDetails", {})
    not_improving = details.get("NumberOfTrainingJobsObjectiveNotImproving", 0)
    ranked = sorted(number for number in scored if number != best_number)
    others, later = frozenset(ranked), frozenset(ranked[max(len(ranked) - not_improving, 0) :])
    schedule: dict[int, _Times] = {}
    for number in range(1, count + 1):
        if best is not None and number == best_number:
            schedule[number] = best
            continue
        created = latest * number // (count + 1)
        ended = max(min(created + _TRIAL, latest), created) if number in outcomes else latest + _TRIAL
        if number not in outcomes:
            created = max(created, latest - _UNDER_WAY)
        if best is not None:
            best_created, _, best_ended = best
            created = min(created, best_created) if number < best_number else max(created, best_created)
            if number in others:
                ended = max(best_ended + 1, ended) if number in later else min(best_ended - 1, ended)
        if created >= ended:
            created = max(ended - _TRIAL, best[0] if best and number > best_number else 0)
        schedule[number] = (created, (created + ended) // 2, ended)
    return schedule


def _best_times(recorded: Mapping[str, Any], latest: int) -> _Times:
    best, origin = recorded["BestTrainingJob"], recorded["CreationTime"]
    # Others may have ended just after it.
    ended = best.get("TrainingEndTime", origin + latest - 1)
    times = (best["CreationTime"], best.get("TrainingStartTime", ended), ended)
    created, started, ended = (max(instant - origin, 0) for instant in times)
    return created, started, ended


def _tuned(recorded: Mapping[str, str], ranges: tuple[Range, ...]) -> dict[str, Any]:
    return {each.name: each.read(recorded[each.name]) for each in ranges if each.name in recorded}
