"""A name is that of one tuning job and of one training job, though the name of a deleted one is given again."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService, TuningJob
from support import training_job_calls, tuning_job_calls
from support.answers import said
from support.arns import TRAINING_JOB, TUNING_JOB
from support.hand_clock import HandClock, after

XGB = TuningJob("xgb").maximize("auc").trials(3)
RUNNING = XGB.paced(drain="5s").in_progress(completed=1, running=1)
DAY = 86_400
RECORDED = XGB.completed().describe()


def training_jobs(client: Any) -> list[str]:
    """The names of all training jobs, as the list has them; Search must have the same ones."""
    listed = training_job_calls.listed(client, MaxResults=100)
    hits = client.search(Resource="TrainingJob", MaxResults=100)["Results"]
    assert sorted(hit["TrainingJob"]["TrainingJobName"] for hit in hits) == sorted(listed)
    assert len(set(listed)) == len(listed)
    return listed


def trial_names(client: Any, name: str = "xgb") -> list[str]:
    answer = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name, SortBy="Name"
    )
    return [each["TrainingJobName"] for each in answer["TrainingJobSummaries"]]


def delete(client: Any, clock: HandClock) -> None:
    tuning_job_calls.delete(client)
    clock.advance("2m")


@pytest.mark.parametrize(
    "again", [XGB.completed(), XGB.failed(), RUNNING, XGB.created(after(-2 * DAY)).completed()]
)
@pytest.mark.parametrize("first", [XGB.completed(), TuningJob.from_response(RECORDED)])
def test_the_trials_of_a_job_that_is_added_again_have_names_of_their_own(
    service: FakeTuningService, client: Any, clock: HandClock, first: TuningJob, again: TuningJob
) -> None:
    service.add(first)
    before = trial_names(client)
    delete(client, clock)
    handle = service.add(again)
    names = trial_names(client)
    assert set(training_jobs(client)) == {*before, *names}
    assert len(before) + len(names) == len({*before, *names})
    assert [trial.name for trial in handle.trials] == names
    # All but the names is as the builder says.
    found = tuning_job_calls.trials_of(client, SortBy="Name")
    for mine, expected in zip(found, again.list_trials(), strict=True):
        assert mine["TunedHyperParameters"] == expected["TunedHyperParameters"]
        assert mine["TrainingJobName"][:8] == expected["TrainingJobName"][:8]


def test_the_new_trials_are_stopped_described_and_tagged(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    for _ in range(3):
        service.add(RUNNING.tagged(team="churn"))
        tuning_job_calls.stop(client)
        clock.advance("10m")
        delete(client, clock)
    left = training_jobs(client)
    service.add(RUNNING)
    running = trial_names(client)[1]
    assert running not in left
    training_job_calls.stop(client, running)
    client.add_tags(ResourceArn=f"{TRAINING_JOB}/{running}", Tags=[{"Key": "best", "Value": "yes"}])
    assert training_job_calls.statuses(client, running)[0] == "Stopping"
    assert training_job_calls.tags_of(client, running) == {"best": "yes"}
    assert len(left) == 6
    for name in left:
        assert training_job_calls.statuses(client, name)[0] in ("Completed", "Stopped")
        assert training_job_calls.tags_of(client, name) == {"team": "churn"}


def test_a_created_job_and_an_added_one_follow_each_other(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    found: list[str] = []
    for turn in range(4):
        if turn % 2:
            service.add(XGB.completed())
        else:
            tuning_job_calls.create(client)
            clock.advance("1h")
        found += trial_names(client)
        delete(client, clock)
    assert sorted(training_jobs(client)) == sorted(found)
    assert len(set(found)) == len(found) == 4 + 3 + 4 + 3


def test_the_trials_of_a_deleted_job_outlive_one_that_was_created_before_it(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    tuning_job_calls.create(client)
    clock.advance("1h")
    left = trial_names(client)
    delete(client, clock)
    service.add(XGB.created(after(-30 * DAY)).completed())
    assert set(left) < set(training_jobs(client))
    assert training_job_calls.describe(client, left[0])["TuningJobArn"] == f"{TUNING_JOB}/xgb"


def test_a_change_reaches_the_job_that_has_the_name_though_another_was_created_with_it(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    tuning_job_calls.create(client)
    clock.advance("1h")
    delete(client, clock)
    service.add(XGB.created(after(0)).completed())
    client.add_tags(ResourceArn=f"{TUNING_JOB}/xgb", Tags=[{"Key": "team", "Value": "churn"}])
    assert client.list_tags(ResourceArn=f"{TUNING_JOB}/xgb")["Tags"] == [{"Key": "team", "Value": "churn"}]
    assert len(training_jobs(client)) == 4 + 3


def test_a_recorded_trial_is_that_of_the_job_that_was_added_last(
    service: FakeTuningService, client: Any
) -> None:
    best = RECORDED["BestTrainingJob"]["TrainingJobName"]
    for name in ("one", "two", "three"):
        arn = f"{TUNING_JOB}/{name}"
        edited = {"HyperParameterTuningJobName": name, "HyperParameterTuningJobArn": arn}
        service.add(TuningJob.from_response({**RECORDED, **edited}))
        assert best in trial_names(client, name)
        assert tuning_job_calls.describe(client, name)["BestTrainingJob"]["TrainingJobName"] == best
        assert training_jobs(client).count(best) == 1
        assert training_job_calls.describe(client, best)["TuningJobArn"] == arn
        hits = client.search(Resource="TrainingJob", MaxResults=100)["Results"]
        (hit,) = (each["TrainingJob"] for each in hits if each["TrainingJob"]["TrainingJobName"] == best)
        assert hit["TuningJobArn"] == arn


def test_a_recorded_job_that_is_added_again_has_its_trials(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    best = RECORDED["BestTrainingJob"]["TrainingJobName"]
    job = TuningJob.from_response(RECORDED)
    service.add(job)
    first = training_job_calls.describe(client, best)["CreationTime"]
    delete(client, clock)
    handle = service.add(job)
    assert handle.describe()["BestTrainingJob"]["TrainingJobName"] == best
    assert training_jobs(client).count(best) == 1
    assert training_job_calls.describe(client, best)["CreationTime"] > first


def test_a_recorded_training_job_comes_before_a_trial_of_its_name(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    job = XGB.completed()
    child = {**job.describe_trial(1), "BillableTimeInSeconds": 7}
    name = service.add_training_job(child).name
    service.add(job)
    assert name in trial_names(client)
    assert training_jobs(client).count(name) == 1
    assert training_job_calls.describe(client, name)["BillableTimeInSeconds"] == 7
    # Once that is gone, the trial is what there is.
    training_job_calls.delete(client, name)
    clock.advance("2m")
    assert training_jobs(client).count(name) == 1
    assert training_job_calls.describe(client, name)["BillableTimeInSeconds"] != 7


def test_a_training_job_that_is_added_again_is_the_one_of_its_name(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    recorded = XGB.completed().describe_trial(1)
    name = service.add_training_job(recorded).name
    training_job_calls.delete(client, name)
    with pytest.raises(ValueError, match="already: give this one another name"):
        service.add_training_job(recorded)
    clock.advance("2m")
    service.add_training_job({**recorded, "BillableTimeInSeconds": 7})
    for age in (120, 60, 0):
        # Moved back to when both were there, the name stands for the one that was added last.
        clock.at(age)
        assert training_jobs(client) == [name]
        (summary,) = client.list_training_jobs()["TrainingJobSummaries"]
        assert summary.items() <= training_job_calls.describe(client, name).items()


def test_what_the_time_has_yet_to_bring_is_dropped_by_a_job_that_is_created_before_it(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at("1h")
    tuning_job_calls.create(client)
    training_job_calls.create(client)
    clock.at("2h")
    later = training_jobs(client)
    clock.at(0)
    tuning_job_calls.create(client)
    training_job_calls.create(client)
    clock.at("59m")
    assert len(training_jobs(client)) == 4 + 1
    clock.at("2h")
    assert set(training_jobs(client)).isdisjoint(set(later) - {"final", *trial_names(client)})
    with pytest.raises(ClientError) as refused:
        training_job_calls.create(client)
    assert said(refused.value)[0] == "ResourceInUse"


def test_a_recorded_trial_that_was_deleted_is_gone_though_its_tuning_job_had_a_predecessor(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add(XGB.completed())
    delete(client, clock)
    best = {**RECORDED["BestTrainingJob"], "TrainingJobName": "odd"}
    service.add(TuningJob.from_response({**RECORDED, "BestTrainingJob": best}))
    training_job_calls.delete(client, "odd")
    clock.advance("2m")
    assert "odd" not in training_jobs(client)
    with pytest.raises(ClientError, match="Requested resource not found"):
        training_job_calls.describe(client, "odd")
