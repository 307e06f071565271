"""What is true of every job, whatever was said about it and done to it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from fake_tuning import Scenario, TuningJob
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.steering import Stop
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.vocabulary.durations import utc
from fake_tuning.domain.vocabulary.statuses import LIVE, TERMINAL, TUNING_LIFECYCLE
from support.strategies import (
    CREATED,
    DETERMINISTIC,
    HOUR,
    KINDS,
    afresh,
    ends_of,
    instants,
    jobs,
    records,
    scenarios,
)

pytestmark = pytest.mark.slow

DAY = 24 * HOUR
just_as_it_is = st.just(lambda behaving: behaving)


def seen(record: TuningJobRecord, instant: int):
    """All that anybody can see of a job at an instant; None when it is not there."""
    if not record.timeline.exists(instant):
        return None
    trials = list(record.timeline.trials(instant))
    return (
        record.describe(instant, utc),
        record.summary(instant, utc),
        [record.trial_summary(trial, instant, utc) for trial in trials],
        [record.training_job_summary(trial, instant, utc) for trial in trials],
        [record.describe_trial(trial, instant, utc) for trial in trials],
    )


def moments(record: TuningJobRecord) -> list[int]:
    """The instants at which something changes, and those just before them."""
    found = [CREATED]
    whole = afresh(record).timeline
    until = ends_of(record)
    while (following := whole.next_event(found[-1])) is not None and following <= until and len(found) < 150:
        found.append(following)
    return sorted({*found, *(instant - 1 for instant in found[1:])})


@DETERMINISTIC
@given(records(), instants)
def test_describing_twice_gives_equal_answers_that_are_not_the_same_objects(record, instant):
    first, second = seen(record, instant), seen(record, instant)
    assert first == second
    if first is not None:
        first[0]["HyperParameterTuningJobConfig"]["ResourceLimits"].clear()
        assert seen(record, instant) == second


@DETERMINISTIC
@given(records(), st.lists(instants, min_size=1, max_size=6))
def test_the_answer_depends_on_the_instant_and_not_on_what_was_asked_before(record, asked):
    expected = {instant: seen(afresh(record), instant) for instant in asked}
    forwards, backwards, anyhow = afresh(record), afresh(record), afresh(record)
    assert {instant: seen(forwards, instant) for instant in sorted(asked)} == expected
    assert {instant: seen(backwards, instant) for instant in sorted(asked, reverse=True)} == expected
    assert {instant: seen(anyhow, instant) for instant in asked} == expected


@DETERMINISTIC
@given(records())
def test_a_thousand_steps_lead_where_one_leads(record):
    until = ends_of(record)
    slow = afresh(record)
    for step in range(1001):
        slow.timeline.exists(CREATED + (until - CREATED) * step // 1000)
    assert seen(slow, until) == seen(afresh(record), until)


@DETERMINISTIC
@given(records(), instants)
def test_when_the_job_ends_does_not_depend_on_what_was_asked_before(record, instant):
    asked = afresh(record)
    asked.timeline.exists(instant)
    assert asked.timeline.ends_at == afresh(record).timeline.ends_at


@DETERMINISTIC
@given(records())
def test_history_follows_the_table_of_transitions(record):
    until = ends_of(record)
    history = record.timeline.history(until)
    assert history[0] == (CREATED, "InProgress")
    for (earlier, status), (later, following) in itertools.pairwise(history):
        assert TUNING_LIFECYCLE.allows(status, following)
        assert earlier <= later
    for at, status in history:
        at_once = [other for instant, other in history if instant == at]
        if record.timeline.exists(at):
            assert seen(record, at)[0]["HyperParameterTuningJobStatus"] == at_once[-1]
        assert status in at_once


@DETERMINISTIC
@given(records())
def test_counters_tell_of_the_trials_at_every_event(record):
    spec = record.timeline.spec
    for instant in moments(record):
        if not record.timeline.exists(instant):
            continue
        answer, _, trials, listed, _ = seen(record, instant)
        statuses = [trial["TrainingJobStatus"] for trial in trials]
        counters, objectives = answer["TrainingJobStatusCounters"], answer["ObjectiveStatusCounters"]
        assert sum(counters.values()) == sum(objectives.values()) == len(trials)
        # Those that ended in RetryableError were replaced.
        assert len(trials) - counters["RetryableError"] <= spec.max_trials
        assert counters["InProgress"] == sum(status in LIVE for status in statuses) <= spec.parallel
        assert counters["Completed"] == statuses.count("Completed")
        assert counters["Stopped"] == statuses.count("Stopped")
        failed = [
            trial.get("FailureReason", "") for trial in trials if trial["TrainingJobStatus"] == "Failed"
        ]
        retryable = [reason for reason in failed if reason.startswith("InternalServerError")]
        assert (counters["RetryableError"], counters["NonRetryableError"]) == (
            len(retryable),
            len(failed) - len(retryable),
        )
        told = [trial["ObjectiveStatus"] for trial in trials]
        assert objectives == {status: told.count(status) for status in ("Succeeded", "Pending", "Failed")}
        assert statuses == [trial["TrainingJobStatus"] for trial in listed]
        running = [number for number, status in enumerate(statuses) if status in LIVE]
        if answer["HyperParameterTuningJobStatus"] in TERMINAL:
            assert not running


@DETERMINISTIC
@given(records(endings=just_as_it_is, changed=False, composed=partial(jobs, ends_early=False)))
def test_a_job_that_completes_by_itself_has_replaced_all_its_retryable_trials(record):
    answer = record.describe(ends_of(record), utc)
    counters = answer["TrainingJobStatusCounters"]
    if answer["HyperParameterTuningJobStatus"] == "Completed":
        assert sum(counters.values()) - counters["RetryableError"] == record.timeline.spec.max_trials


@DETERMINISTIC
@given(records())
def test_a_job_of_failures_does_not_complete_and_one_that_failed_by_itself_is_one(record):
    answer = record.describe(ends_of(record), utc) if record.timeline.exists(ends_of(record)) else {}
    if "TrainingJobStatusCounters" in answer:
        counters, status = answer["TrainingJobStatusCounters"], answer["HyperParameterTuningJobStatus"]
        failures = counters["NonRetryableError"] + counters["RetryableError"]
        successes = counters["Completed"] + answer["ObjectiveStatusCounters"]["Succeeded"]
        if status == "Completed":
            assert successes or not failures
        if answer.get("FailureReason", "").startswith(("All training jobs failed", "No training job")):
            assert failures
            assert not successes


@DETERMINISTIC
@given(records(endings=st.just(lambda behaving: behaving.fails("all of them")), changed=False))
def test_a_job_that_is_to_fail_does_not_end_otherwise(record):
    status = record.timeline.state(ends_of(record)).status
    assert status == ("Failed" if record.timeline.ends_at < ends_of(record) else "InProgress")
    if status == "Failed":
        assert record.describe(ends_of(record), utc)["FailureReason"] == "all of them"


@DETERMINISTIC
@given(records())
def test_the_best_trial_is_the_best_of_those_with_a_metric(record):
    direction = max if record.timeline.spec.maximize else min
    for instant in moments(record):
        if not record.timeline.exists(instant):
            continue
        answer, _, trials, _, _ = seen(record, instant)
        scored = [trial for trial in trials if "FinalHyperParameterTuningJobObjectiveMetric" in trial]
        assert all(trial["ObjectiveStatus"] == "Succeeded" for trial in scored)
        assert len(scored) == answer["ObjectiveStatusCounters"]["Succeeded"]
        best = answer.get("BestTrainingJob")
        assert (best is not None) == bool(scored)
        if best is not None:
            assert best in scored
            values = [trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for trial in scored]
            assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == direction(values)


@DETERMINISTIC
@given(records())
def test_members_come_and_go_with_the_status(record):
    for instant in moments(record):
        if not record.timeline.exists(instant):
            continue
        answer = record.describe(instant, utc)
        status = answer["HyperParameterTuningJobStatus"]
        ended = status not in LIVE
        assert ("HyperParameterTuningEndTime" in answer) == ended
        if status in TERMINAL:
            assert answer["HyperParameterTuningEndTime"] == answer["LastModifiedTime"]
        if status in ("InProgress", "Stopping", "Completed", "Stopped"):
            assert "FailureReason" not in answer
        if status == "Failed":
            assert answer["FailureReason"]
        assert answer["CreationTime"] == utc(CREATED)
        assert utc(CREATED) <= answer["LastModifiedTime"] <= utc(instant)
        assert 0 <= answer["ConsumedResources"]["RuntimeInSeconds"] <= (instant - CREATED) // 1000


@DETERMINISTIC
@given(records())
def test_a_trials_phases_have_no_gaps(record):
    until = ends_of(record)
    for trial in record.timeline.trials(until):
        assert trial.phases[0].start == trial.created
        for phase, following in itertools.pairwise(trial.phases):
            assert phase.start < phase.end == following.start
        assert trial.phases[-1].start == trial.phases[-1].end == trial.ended
        assert trial.end_status in TERMINAL
        assert [phase.status for phase in trial.phases].count("Stopping") <= 1
        assert trial.created >= CREATED
        instants_of_values = [at for at, _ in trial.curve]
        assert instants_of_values == sorted(instants_of_values)
        if trial.end_status == "Completed":
            assert trial.created <= trial.started < trial.ended
        if trial.metric is not None:
            assert trial.started <= trial.curve[-1][0] <= trial.ended
    created = [trial.created for trial in record.timeline.trials(until)]
    assert created == sorted(created)


@DETERMINISTIC
@given(records())
def test_nothing_happens_between_two_events(record):
    whole = moments(record)
    for instant, following in itertools.pairwise(whole[:40]):
        middle = (instant + following) // 2
        now, then = seen(record, instant), seen(record, middle)
        if now is None or then is None:
            assert now == then
            continue
        for answer in (now[0], then[0], now[1], then[1]):
            # The service looks at a job every few seconds: that is no event of the job's own.
            del answer["LastModifiedTime"]
            answer.pop("ConsumedResources", None)
        for trial in (*now[4], *then[4]):
            # A trial that trains does so for longer and longer.
            trial.pop("TrainingTimeInSeconds", None)
        assert now == then


@DETERMINISTIC
@given(records(), st.data())
def test_a_change_in_the_past_rewrites_only_what_comes_after_it(record, data):
    at = data.draw(instants)
    kind = data.draw(st.sampled_from(list(KINDS)))
    record.timeline.exists(ends_of(record))
    changed = record.changed(KINDS[kind](at, 1))
    earlier = [instant for instant in moments(record) if instant < at]
    for instant in (*earlier[-30:], at - 1):
        assert seen(changed, instant) == seen(record, instant)


def statuses(record: TuningJobRecord, instant: int) -> dict[int, str]:
    """The statuses of the trials at an instant, by number."""
    return {trial.number: trial.status_at(instant) for trial in record.timeline.trials(instant)}


def check_stopped(record: TuningJobRecord, stopped: TuningJobRecord, told: set[int], at: int) -> None:
    """Those that ran when they were told to stop are Stopping at once, and then Stopped, whatever was ahead."""
    before, now = statuses(record, at), statuses(stopped, at)
    assert {before[number] for number in told} <= {"InProgress"}
    assert now == {number: "Stopping" if number in told else status for number, status in before.items()}
    # What is being stopped can still fail, with its job or by itself.
    meddled = {change.trial for change in record.changes if change.at > at}
    for trial in stopped.timeline.trials(ends_of(stopped)):
        if trial.number in told:
            (stopping,) = [phase for phase in trial.phases if phase.status == "Stopping"]
            assert stopping.start == at < stopping.end
            assert trial.end_status == "Stopped" or meddled & {None, trial.number}


@DETERMINISTIC
@given(records(), instants)
def test_whatever_runs_when_the_job_is_stopped_is_stopping_at_once(record, at):
    assume(record.timeline.exists(at) and record.timeline.state(at).status == "InProgress")
    running = {number for number, status in statuses(record, at).items() if status == "InProgress"}
    stopped = record.changed(Stop(at))
    assert stopped.timeline.state(at).status == "Stopping"
    check_stopped(record, stopped, running, at)


@DETERMINISTIC
@given(records(), st.data())
def test_a_trial_that_is_stopped_is_stopping_at_once(record, data):
    # Most of them just before something happens to them.
    at = data.draw(st.sampled_from(moments(record)) | instants)
    assume(record.timeline.exists(at))
    running = sorted(number for number, status in statuses(record, at).items() if status == "InProgress")
    assume(running)
    number = data.draw(st.sampled_from(running))
    check_stopped(record, record.changed(Stop(at, number)), {number}, at)


@DETERMINISTIC
@given(records())
def test_nothing_runs_any_more_once_a_job_has_reached_its_maximum_runtime(record):
    most, scenario = record.timeline.spec.max_runtime, record.timeline.scenario
    outcomes = {getattr(scenario.ending, "last", None), *(edit.outcome for edit in scenario.edits.values())}
    assume(most is not None and "Unlimited" not in outcomes)
    for instant in moments(record):
        if instant >= CREATED + most:
            assert "InProgress" not in statuses(record, instant).values()


def limit_of(record: TuningJobRecord) -> int:
    """When the job reaches its own limit, if it has one."""
    most = record.timeline.spec.max_runtime
    return FOREVER if most is None else CREATED + most


@DETERMINISTIC
@given(jobs(endings=just_as_it_is), st.integers(1_000, 30 * DAY))
@example(TuningJob("xgb").trials(2, parallel=2), 40 * DAY)
@example(TuningJob("xgb").trials(9).trial(2).never_ends(), HOUR)
@example(TuningJob("xgb").trials(9).configured(TrainingJobEarlyStoppingType="Auto"), 5_000)
def test_completes_after_completes_just_then(job, after):
    record = job.completes(after=after / 1000).record_at(CREATED)
    ends = record.timeline.ends_at
    answer = record.describe(ends, utc)
    if answer["HyperParameterTuningJobStatus"] == "Failed":
        # Trials failed and none succeeded: the service fails such a job, whatever was planned.
        assert ends <= CREATED + after
        assert answer["TrainingJobStatusCounters"]["Completed"] == 0
        assert answer["ObjectiveStatusCounters"]["Succeeded"] == 0
    else:
        assert answer["HyperParameterTuningJobStatus"] == "Completed"
        assert ends == CREATED + after or limit_of(record) <= ends < CREATED + after
        assert record.describe(ends - 1, utc)["HyperParameterTuningJobStatus"] == "InProgress"


@DETERMINISTIC
@given(jobs(endings=just_as_it_is), st.integers(1_000, 60 * DAY))
@example(TuningJob("xgb").trials(2, parallel=2), 40 * DAY)
def test_stops_after_is_stopping_just_then(job, after):
    record = job.stops(after=after / 1000).record_at(CREATED)
    assume(CREATED + after < limit_of(record))
    assert [status for _, status in record.timeline.history(CREATED + after - 1)] == ["InProgress"]
    assert record.describe(CREATED + after, utc)["HyperParameterTuningJobStatus"] == "Stopping"
    assert [status for _, status in record.timeline.history(record.timeline.ends_at)] == [
        "InProgress",
        "Stopping",
        "Stopped",
    ]


@DETERMINISTIC
@given(jobs(endings=just_as_it_is), st.integers(1_000, 60 * DAY))
@example(TuningJob("xgb").trials(2, parallel=2), 40 * DAY)
def test_fails_after_has_failed_just_then(job, after):
    record = job.fails("the disk is full", after=after / 1000).record_at(CREATED)
    assume(CREATED + after < limit_of(record))
    assert [status for _, status in record.timeline.history(CREATED + after - 1)] == ["InProgress"]
    answer = record.describe(CREATED + after, utc)
    assert answer["HyperParameterTuningJobStatus"] == "Failed"
    assert answer["FailureReason"] == "the disk is full"
    assert answer["HyperParameterTuningEndTime"] == utc(CREATED + after)
    assert answer["TrainingJobStatusCounters"]["InProgress"] == 0


@DETERMINISTIC
@given(
    jobs(endings=just_as_it_is), st.integers(0, 60 * DAY), st.sampled_from(["stops", "completes", "fails"])
)
def test_no_job_waits_for_what_is_to_come_after_its_limit(job, later, how):
    limits = job.request["HyperParameterTuningJobConfig"]["ResourceLimits"]
    outcomes = {edit.outcome for edit in job.scenario.edits.values()}
    assume("MaxRuntimeInSeconds" in limits and "Unlimited" not in outcomes)
    most, pacing = limits["MaxRuntimeInSeconds"] * 1000, job.scenario.pacing
    record = getattr(job, how)(after=(most + later) / 1000).record_at(CREATED)
    slowest = pacing.drain[1] + max(pacing.finish[1], pacing.fail[1], pacing.stop[1])
    assert record.timeline.ends_at <= CREATED + most + slowest


@DETERMINISTIC
@given(jobs(endings=just_as_it_is, ends_early=False))
def test_never_ends_means_never_unless_something_else_ends_it(job):
    assume(job.scenario.failure_rate < 1)
    record = job.never_ends(ignoring_limits=True).record_at(CREATED)
    answer = record.describe(CREATED + 400 * DAY, utc)
    trials = record.timeline.trials(CREATED + 400 * DAY)
    if answer["HyperParameterTuningJobStatus"] == "InProgress":
        assert record.timeline.ends_at > CREATED + 10_000 * DAY
        assert any(trial.status_at(CREATED + 400 * DAY) == "InProgress" for trial in trials)
    else:
        # The first five trials were broken. If the last one is, another one trains for ever in its place.
        assert answer["TrainingJobStatusCounters"]["Completed"] == 0


@DETERMINISTIC
@given(jobs())
@example(TuningJob("xgb").trials(2).never_ends())
@example(TuningJob("xgb").trials(9, parallel=3).trial(2).never_ends(ignoring_limits=True))
def test_no_trial_trains_for_longer_than_it_may_unless_it_was_told_to(job):
    last = job.scenario.ending == Scenario.never_ends(ignoring_limits=True).ending
    told = {number for number, edit in job.scenario.edits.items() if edit.outcome == "Unlimited"}
    for trial in job.record_at(CREATED).timeline.trials(CREATED + 400 * DAY):
        trained = [
            phase for phase in trial.phases if phase.start >= trial.started and phase.status != "Stopping"
        ]
        if trial.number not in told and not last:
            assert sum(phase.end - phase.start for phase in trained) <= trial.definition.max_runtime


@DETERMINISTIC
@given(scenarios(), st.integers(0, 3))
def test_a_scenario_makes_of_a_created_job_what_the_builder_makes_of_its_own(scenario, seed):
    job = TuningJob("xgb", seed=seed).searching(eta=(0.01, 0.3), depth=range(1, 11)).trials(9)
    record = TuningJobRecord(job.request, job.place, scenario, seed, CREATED)
    assert record.timeline.history(CREATED + DAY)[0] == (CREATED, "InProgress")
    assert seen(record, CREATED + HOUR) == seen(afresh(record), CREATED + HOUR)


NOW = ("in_progress", "completed", "failed", "stopping", "stopped")


@DETERMINISTIC
@given(jobs(endings=just_as_it_is), st.sampled_from(NOW), st.data())
def test_a_composed_job_is_what_was_asked_for_or_refused(job, stage, data):
    counts = {}
    takes = {"stopping": ("completed", "failed", "running")}.get(stage, ("completed", "failed", "stopped"))
    for what in takes:
        if data.draw(st.booleans()):
            counts[what] = data.draw(st.integers(0, 4))
    try:
        composed = getattr(job, stage)(**counts)
    except ValueError:
        return
    answer = composed.describe()
    assert answer["HyperParameterTuningJobStatus"].replace("InProgress", "In_Progress").lower() == stage
    counters = answer["TrainingJobStatusCounters"]
    found = {
        "completed": counters["Completed"],
        "failed": counters["RetryableError"] + counters["NonRetryableError"],
        "stopped": counters["Stopped"],
        "running": counters["InProgress"],
    }
    if any(counts.values()):
        assert {what: found[what] for what in counts} == counts


TELL = """
import json
from fake_tuning import TuningJob

def told(job):
    record = job.record_at(1_767_225_600_123)
    timeline = record.timeline
    told = [job.request]
    for minute in range(0, 400, 7):
        instant = timeline.created + minute * 60_000
        if not timeline.exists(instant):
            break
        told.append(record.describe(instant, str))
        told += [record.describe_trial(trial, instant, str) for trial in timeline.trials(instant)]
    return told

jobs = [
    TuningJob(),
    TuningJob("xgb", seed={seed}).trials(12, parallel=3).failing(0.3),
    TuningJob("band", seed={seed}).strategy("Hyperband").defined(StaticHyperParameters={{"epochs": "9"}}),
    TuningJob("early", seed={seed}).configured(TrainingJobEarlyStoppingType="Auto").trials(12),
    *TuningJob.every_status(),
]
print(json.dumps([told(job) for job in jobs]))
"""


def told_elsewhere(hash_seed: str, seed: int) -> str:
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)}
    told = subprocess.run(
        [sys.executable, "-c", TELL.format(seed=seed)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout


def test_the_same_seed_gives_the_same_json_in_every_process():
    first = told_elsewhere("1", seed=5)
    assert len(json.loads(first)) == 11
    assert told_elsewhere("4242", seed=5) == first
    assert told_elsewhere("1", seed=6) != first


@pytest.mark.parametrize("other", [TuningJob("xgb", seed=2), TuningJob("lgb", seed=1)], ids=["seed", "name"])
def test_another_seed_or_name_gives_another_life(other):
    one, another = (each.trials(5).completed() for each in (TuningJob("xgb", seed=1), other))
    assert [trial["TunedHyperParameters"] for trial in one.list_trials()] != [
        trial["TunedHyperParameters"] for trial in another.list_trials()
    ]
    assert one.age != another.age
    assert one.describe()["BestTrainingJob"] != another.describe()["BestTrainingJob"]


def test_a_job_with_a_random_seed_tries_the_same_under_another_name():
    def tried(name: str) -> list:
        job = TuningJob(name).searching(eta=(0.01, 0.3)).configured(RandomSeed=7).trials(5).completed()
        return [trial["TunedHyperParameters"] for trial in job.list_trials()]

    assert tried("one") == tried("two")


def test_the_default_scenario_is_the_one_of_a_job_that_nothing_was_said_about():
    assert TuningJob("xgb").scenario == Scenario()
