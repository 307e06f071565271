"""Makes up the trials that a recorded tuning job counts, around the one that it tells of: its best."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import INTERNAL_ERROR
from fake_tuning.domain.vocabulary.ranges import Range

_TRIAL = 200_000
"""Invented: how long a trial takes of which nothing is told, in milliseconds."""

_NUMBERED = re.compile(r".*-(\d+)-[0-9a-f]+")


class _Times(NamedTuple):
    """When a trial was created, started and ended, in milliseconds after the creation of its job."""

    begun: int
    started: int
    until: int


def recorded_trials(recorded: Mapping[str, Any], spec: JobSpec, latest: int) -> dict[int, TrialEdit]:
    """Return the trials that were counted, by number, with the best one where and as it was.

    Args:
        recorded: the describe response, its times in milliseconds since 1970.
        spec: what the job was asked to do.
        latest: when the last of those trials can have ended, in milliseconds after the creation of the job.
    """
    counters = recorded.get("TrainingJobStatusCounters", {})
    best = recorded.get("BestTrainingJob")
    fates = _fates(counters, best)
    count = len(fates) + counters.get("InProgress", 0)
    chosen = _number(best, count)
    # Those with a metric come first, and of these the best.
    order = sorted(range(1, count + 1), key=lambda number: number != chosen)
    over = dict(zip(order, fates, strict=False))
    scored = order[: recorded.get("ObjectiveStatusCounters", {}).get("Succeeded", 0)]
    edits = {number: over.get(number, TrialEdit()) for number in range(1, count + 1)}
    for number, times in _schedule(recorded, chosen, scored, over, count, latest).items():
        edits[number] = edits[number].merged(TrialEdit(without_metric=number not in scored, times=times))
    if best is None:
        return edits
    score = float(best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])
    worse = score - (abs(score) / 10 or 0.1) * (1 if spec.maximize else -1)
    for number in scored:
        edits[number] = edits[number].merged(TrialEdit(score=score if number == chosen else worse))
    tuned = _tuned(best["TunedHyperParameters"], spec.definition_of(chosen).ranges)
    edits[chosen] = edits[chosen].merged(TrialEdit(tuned=tuned, name=best["TrainingJobName"]))
    return edits


def _fates(counters: Mapping[str, int], best: Mapping[str, Any] | None) -> list[TrialEdit]:
    """Return how the trials ended that have, those first that can have a metric, and of these one like the best."""
    fates = [
        *[TrialEdit("Completed")] * counters.get("Completed", 0),
        *[TrialEdit("Stopped")] * counters.get("Stopped", 0),
        *[TrialEdit("Failed", reason=INTERNAL_ERROR)] * counters.get("RetryableError", 0),
        *[TrialEdit("Failed")] * counters.get("NonRetryableError", 0),
    ]
    if best is not None:
        fates.sort(key=lambda fate: fate.outcome != best["TrainingJobStatus"])
    return fates


def _number(best: Mapping[str, Any] | None, count: int) -> int:
    """Return the number of the best trial; 0 when there is none."""
    if best is None:
        return 0
    found = _NUMBERED.fullmatch(best["TrainingJobName"])
    return min(int(found.group(1)), count) if found else 1


def _schedule(
    recorded: Mapping[str, Any],
    chosen: int,
    scored: list[int],
    over: Mapping[int, Any],
    count: int,
    latest: int,
) -> dict[int, _Times]:
    """Return when each trial ran, so that they are launched in the order of their numbers.

    Of the trials with a metric so many end after the best one as did not improve on it.
    """
    fixed = _best_times(recorded) if chosen else None
    details = recorded.get("TuningJobCompletionDetails", {})
    stale = details.get("NumberOfTrainingJobsObjectiveNotImproving", 0)
    others = sorted(number for number in scored if number != chosen)
    later = frozenset(others[max(len(others) - stale, 0) :])
    schedule: dict[int, _Times] = {}
    for number in range(1, count + 1):
        begun = latest * number // (count + 1)
        until = max(min(begun + _TRIAL, latest), begun) if number in over else latest + _TRIAL
        if fixed is not None:
            begun = min(begun, fixed.begun) if number < chosen else max(begun, fixed.begun)
            if number in others:
                until = max(fixed.until + 1, until) if number in later else min(fixed.until - 1, until)
        if begun >= until:
            begun = max(until - _TRIAL, fixed.begun if fixed and number > chosen else 0)
        schedule[number] = fixed if fixed and number == chosen else _Times(begun, (begun + until) // 2, until)
    return schedule


def _best_times(recorded: Mapping[str, Any]) -> _Times:
    best, created = recorded["BestTrainingJob"], recorded["CreationTime"]
    ended = best.get("TrainingEndTime", recorded.get("LastModifiedTime", created))
    times = (best["CreationTime"], best.get("TrainingStartTime", ended), ended)
    return _Times(*(max(instant - created, 0) for instant in times))


def _tuned(recorded: Mapping[str, str], ranges: tuple[Range, ...]) -> dict[str, Any]:
    return {each.name: each.read(recorded[each.name]) for each in ranges if each.name in recorded}
