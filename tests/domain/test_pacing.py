"""How long jobs and their trials take by default, and as in a year of the past."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest

from fake_tuning import Scenario, TuningJob
from support.shared_files import shared


class Times(NamedTuple):
    """What jobs of 20 trials, 3 at a time, take, in seconds.

    Attributes:
        starts: from the creation of a trial to its start; the first three are left out.
        runs: from the start of a trial to its end; the first three are left out.
        wholes: from the creation of a job to its end.
    """

    starts: list[float]
    runs: list[float]
    wholes: list[float]


def between(began: datetime, ended: datetime) -> float:
    return (ended - began).total_seconds()


def times(**paced: Any) -> Times:
    """What several such jobs take."""
    found = Times([], [], [])
    for seed in range(20):
        job = TuningJob("xgb", seed=seed).trials(20, parallel=3).paced(**paced)
        answer = job.describe(at="1d")
        found.wholes.append(between(answer["CreationTime"], answer["HyperParameterTuningEndTime"]))
        for trial in job.list_trials(at="1d")[3:]:
            found.starts.append(between(trial["CreationTime"], trial["TrainingStartTime"]))
            found.runs.append(between(trial["TrainingStartTime"], trial["TrainingEndTime"]))
    return found


def within(values: list[float], shortest: float, longest: float) -> bool:
    # Times of trials in lists are whole seconds.
    return shortest - 1 <= min(values) and max(values) <= longest + 1


def test_by_default_instances_are_kept_warm_between_trials() -> None:
    found = times()
    assert within(found.starts, 3, 5)
    assert within(found.runs, 41, 69)
    assert within(found.wholes, 540, 670)
    assert found == times(as_in=2022) == times(as_in=2026)


@pytest.mark.parametrize("year", [2019, 2021])
def test_until_early_2022_each_trial_waited_for_its_own(year: int) -> None:
    found = times(as_in=year)
    assert within(found.starts, 112, 170)
    assert within(found.runs, 41, 69)
    assert within(found.wholes, 1305, 1502)


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("boston2020_Describe_Completed_xgboost_090", 2020),
        ("boston2022_Describe_Completed_fast_starts_new_metrics", 2022),
    ],
)
def test_a_recorded_job_might_be_ours(name: str, year: int) -> None:
    theirs = json.loads(shared(f"recorded/{name}.json").read_text())
    best, ours = theirs["BestTrainingJob"], times(as_in=year)
    start, run = (
        best["TrainingStartTime"] - best["CreationTime"],
        best["TrainingEndTime"] - best["TrainingStartTime"],
    )
    whole = theirs["HyperParameterTuningEndTime"] - theirs["CreationTime"]
    # With so few seeds, the shortest and the longest that may be need not be among ours.
    for value, found in ((start, ours.starts), (run, ours.runs), (whole, ours.wholes)):
        assert 0.95 * min(found) <= value <= 1.05 * max(found)


LIMITS = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 3, "MaxRuntimeInSeconds": 400}
WHAT_ENDS_IT = {
    "all trials": {},
    "a limit": {"ResourceLimits": LIMITS},
    "a criterion": {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.6}},
}


@pytest.mark.parametrize("config", WHAT_ENDS_IT.values(), ids=WHAT_ENDS_IT)
@pytest.mark.parametrize("year", [2019, 2022])
def test_a_job_ends_as_long_after_its_last_trial_as_was_observed(config: dict[str, Any], year: int) -> None:
    for seed in range(5):
        job = TuningJob("xgb", seed=seed).trials(20, parallel=3).configured(**config).paced(as_in=year)
        answer = job.describe(at="1d")
        assert answer["HyperParameterTuningJobStatus"] == "Completed"
        # So were 29 of 29.
        assert answer["LastModifiedTime"] == answer["HyperParameterTuningEndTime"]
        numbers = range(1, 1 + len(job.list_trials(at="1d")))
        last = max(job.describe_trial(number, at="1d")["TrainingEndTime"] for number in numbers)
        assert 7.6 <= between(last, answer["HyperParameterTuningEndTime"]) <= 44.6


def test_a_year_is_a_beginning_for_what_is_given_besides() -> None:
    job = TuningJob("xgb").trials(4, parallel=1).paced(as_in=2021, warm_start="1m")
    first, second = job.list_trials(at="1d")[:2]
    assert between(first["CreationTime"], first["TrainingStartTime"]) > 110
    assert between(second["CreationTime"], second["TrainingStartTime"]) == pytest.approx(60, abs=1)
    # It replaces what was given before, but for the length of whole trials.
    again = job.each("8m").paced(as_in=2021)
    second = again.list_trials(at="1d")[1]
    assert between(second["CreationTime"], second["TrainingStartTime"]) > 110
    assert between(second["CreationTime"], second["TrainingEndTime"]) == pytest.approx(480, abs=1)
    assert Scenario().paced(as_in=2021, train="8m") == Scenario().paced(as_in=2021).paced(train="8m")


@pytest.mark.parametrize("what", [TuningJob("xgb"), Scenario()])
@pytest.mark.parametrize(
    ("year", "message"),
    [
        ("2021", "as_in must be a year, such as 2021, but is '2021'"),
        (timedelta(days=1), "as_in must be a year, such as 2021, but is datetime.timedelta(days=1)"),
        (2018, "as_in must be a year from 2019 on, of which something is known, but is 2018"),
    ],
)
def test_what_is_no_such_year_is_refused(what: Any, year: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError)) as refused:
        what.paced(as_in=year)
    assert str(refused.value) == message
    assert isinstance(refused.value, ValueError) == (year == 2018)
