"""Jobs that an ending makes longer or shorter than they would be by themselves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fake_tuning import TuningJob
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from support.scenarios import ROUND
from support.strategies import CREATED, DETERMINISTIC, HOUR, jobs

DAY = 24 * HOUR


def rounds(trials: int = 4, parallel: int = 2, **definition: Any) -> TuningJob:
    """A job of trials of 300 s: of four trials, two at a time, it takes 640 s."""
    job = TuningJob("xgb").trials(trials, parallel=parallel).paced(restart="12s", **stages())
    return job.defined(**definition)


def stages() -> dict[str, Any]:
    pacing = ROUND.pacing
    names = ("launch", "cold_start", "warm_start", "download", "train", "upload", "refill", "finish", "drain")
    return {name: getattr(pacing, name)[0] / 1000 for name in names}


def phases(job: TuningJob, number: int) -> list[tuple[str, float]]:
    """The phases of a trial, each with its length in seconds."""
    transitions = job.describe_trial(number, at="90d")["SecondaryStatusTransitions"]
    return [
        (each["Status"], (each["EndTime"] - each["StartTime"]).total_seconds()) for each in transitions[:-1]
    ]


def seconds(job: TuningJob) -> list[tuple[float, float]]:
    """When its trials are created and end, in seconds after its own creation."""
    began = job.describe(at="90d")["CreationTime"]
    found = [job.describe_trial(number, at="90d") for number in range(1, len(job.list_trials(at="90d")) + 1)]
    return [
        tuple((each[time] - began).total_seconds() for time in ("CreationTime", "TrainingEndTime"))
        for each in found
    ]


def whole(job: TuningJob) -> float:
    answer = job.describe(at="90d")
    return (answer["HyperParameterTuningEndTime"] - answer["CreationTime"]).total_seconds()


def test_only_the_training_takes_longer() -> None:
    job = rounds().completes(after="3h")
    around = [("Starting", 60), ("Downloading", 30), ("Uploading", 30)]
    for number in range(1, 5):
        starting, downloading, (status, length), uploading = phases(job, number)
        assert [starting, downloading, uploading] == around
        assert status == "Training"
        assert length > 5000
    assert whole(job) == 3 * 3600


def test_slots_are_empty_for_as_long_as_in_other_jobs() -> None:
    (first, half), _, (second, last), _ = seconds(rounds().completes(after="3h"))
    assert first == 10
    assert second - half == pytest.approx(10, abs=0.002)
    assert 3 * 3600 - last == pytest.approx(20, abs=0.002)


def test_a_job_of_the_length_that_it_has_is_left_as_it_is() -> None:
    assert seconds(rounds().completes(after="640s")) == seconds(rounds())


def test_all_of_a_squeezed_job_is_shorter() -> None:
    job = rounds().completes(after="64s")
    assert phases(job, 1) == [("Starting", 6), ("Downloading", 3), ("Training", 18), ("Uploading", 3)]
    assert seconds(job) == [(1, 31), (1, 31), (32, 62), (32, 62)]
    assert whole(job) == 64


@pytest.mark.parametrize("ending", ["stops", "fails"])
def test_a_job_that_is_interrupted_late_trains_when_it_is(ending: str) -> None:
    job = getattr(rounds(), ending)(after="3h")
    assert [status for status, _ in phases(job, 4)][:3] == ["Starting", "Downloading", "Training"]
    assert phases(job, 4)[:2] == [("Starting", 60), ("Downloading", 30)]
    assert [each["TrainingJobStatus"] for each in job.list_trials(at="10799s")] == [
        "Completed",
        "Completed",
        "InProgress",
        "InProgress",
    ]


def test_a_limit_of_the_job_finds_trials_that_train() -> None:
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 1800}
    job = (
        TuningJob("xgb")
        .configured(ResourceLimits=limits)
        .completes(after="3h")
        .scored_by(lambda _: [0.5] * 99)
    )
    answer = job.describe(at="90d")
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert answer["ObjectiveStatusCounters"]["Succeeded"] == 2


def test_each_attempt_at_a_trial_trains_for_its_share() -> None:
    job = rounds(1, 1, RetryStrategy={"MaximumRetryAttempts": 1})
    first, second = (each.trial(1).hits_internal_errors() for each in (job, job.completes(after="3h")))
    assert [status for status, _ in phases(second, 1)] == [status for status, _ in phases(first, 1)]
    for (status, one), (_, other) in zip(phases(first, 1), phases(second, 1), strict=True):
        assert (other > 20 * one) if status == "Training" else (other == one)
    trained = [length for status, length in phases(second, 1) if status == "Training"]
    assert trained[0] == pytest.approx(0.6 * trained[1], abs=0.01)
    assert whole(second) == 3 * 3600


def test_what_never_trains_is_stretched_as_a_whole() -> None:
    job = rounds(2, 1).completes(after="3h").trial(1).lacks_capacity()
    ((status, length),) = phases(job, 1)
    assert status == "Starting"
    assert length > 1000
    assert whole(job) == 3 * 3600


def test_no_trial_reaches_a_limit_because_its_job_is_stretched() -> None:
    # Two trials at a time, of which each would train for two and a half hours.
    job = rounds(StoppingCondition={"MaxRuntimeInSeconds": 3600}).completes(after="5h")
    for number in range(1, 5):
        starting, *rest = phases(job, number)
        assert rest == [("Downloading", 30), ("Training", 3540), ("Uploading", 30)]
        assert starting[1] > 3600
    assert job.describe(at="90d")["TrainingJobStatusCounters"]["Completed"] == 4
    assert whole(job) == 5 * 3600


def test_a_trial_of_milliseconds_starts_for_what_its_limit_leaves_of_a_stretched_job() -> None:
    job = rounds(1, 1, StoppingCondition={"MaxRuntimeInSeconds": 200}).trial(1).takes("3ms")
    assert phases(job, 1) == [("Training", 0.003)]
    assert phases(job.completes(after="40m"), 1) == [("Starting", 2170), ("Training", 200)]


def test_no_trial_waits_too_long_for_spot_capacity_because_its_job_is_stretched() -> None:
    spot = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    job = rounds(2, 1, EnableManagedSpotTraining=True, StoppingCondition=spot).completes(after="9h")
    assert job.describe(at="90d")["TrainingJobStatusCounters"]["Completed"] == 2
    for created, ended in seconds(job):
        assert ended - created == 7200
    assert whole(job) == 9 * 3600


def test_a_job_whose_limit_comes_before_its_first_trial_ends_on_time() -> None:
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 1800}
    job = TuningJob("xgb").configured(ResourceLimits=limits).paced(launch="1h").completes(after="3h")
    answer = job.describe(at="90d")
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert set(answer["TrainingJobStatusCounters"].values()) == {0}
    assert answer["ConsumedResources"]["RuntimeInSeconds"] < 2000


def lengths(trial: Trial) -> list[tuple[str, int]]:
    return [(phase.status, phase.end - phase.start) for phase in trial.phases if phase.status != "Training"]


def test_a_trial_that_never_ends_is_left_as_it_is_where_only_the_stretched_job_comes_to_it() -> None:
    # The criterion is met five seconds before the third trial would be launched.
    target = {"TargetObjectiveMetricValue": 0.9}
    job = rounds(3).maximize("auc").configured(TuningJobCompletionCriteria=target).trial(1).scores(0.99)
    job = job.trial(2).scores(0.1).trial(2).takes("295s").trial(3).never_ends(ignoring_limits=True)
    assert len(job.list_trials(at="90d")) == 2
    assert phases(job.completes(after="3h"), 3)[:2] == [("Starting", 60), ("Downloading", 30)]
    assert whole(job.completes(after="3h")) == 3 * 3600


@pytest.mark.slow
@DETERMINISTIC
@given(jobs(endings=st.just(lambda behaving: behaving), ends_early=False), st.integers(1, 60 * DAY))
def test_the_trials_of_a_stretched_job_end_as_they_would_by_themselves(job: TuningJob, more: int) -> None:
    natural = job.record_at(CREATED).timeline
    assume(natural.ends_at < FOREVER and not natural.hangs)
    # When a trial is stopped early depends on the others, and so on all their lengths.
    assume(not natural.spec.early_stopping and natural.spec.hyperband is None)
    assume(natural.state(natural.ends_at).status == "Completed")
    after = natural.ends_at - CREATED + more
    stretched = job.completes(after=after / 1000).record_at(CREATED).timeline
    assert stretched.ends_at == CREATED + after
    assert all(trial.ended < stretched.ends_at for trial in stretched.trials(stretched.ends_at))
    for one, other in zip(natural.trials(natural.ends_at), stretched.trials(stretched.ends_at), strict=True):
        assert (other.end_status, other.slot) == (one.end_status, one.slot)
        assert [at <= other.ended for at, _ in other.curve] == [at <= one.ended for at, _ in one.curve]
        # What was launched trains for longer, unless it trains for as long as it may.
        if one.started < one.ended and other.ended - other.started < other.definition.max_runtime:
            assert lengths(other) == lengths(one)
