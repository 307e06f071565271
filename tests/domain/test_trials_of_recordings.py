"""The trials of tuning jobs that were captured: the best one is as it was, and the others go on as trials do."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import FakeTuningService, TuningJob

if TYPE_CHECKING:
    from support.hand_clock import HandClock

RUNNING = TuningJob("xgb").maximize("auc").trials(3, parallel=3).in_progress(running=3).describe()
SEVERAL = (
    TuningJob("xgb")
    .defining("first", maximize="auc", searching={"eta": (0.1, 0.5)})
    .defining("second", maximize="f1", searching={"depth": (1, 9)})
    .trials(6)
)


def summaries(client: Any, name: str = "xgb") -> dict[str, dict[str, Any]]:
    """The trials of a tuning job as they are listed, by name."""
    page = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return {each["TrainingJobName"]: each for each in page["TrainingJobSummaries"]}


def test_trials_that_were_running_emit_their_metrics_when_they_end(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    handle = service.add(TuningJob.from_response(RUNNING))
    assert client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")[
        "ObjectiveStatusCounters"
    ] == {"Succeeded": 0, "Pending": 3, "Failed": 0}
    clock.advance("10h")
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert handle.status == "Completed"
    assert answer["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 0}
    values = [
        each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for each in summaries(client).values()
    ]
    best = answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert best == max(values)


def test_trials_that_ended_without_a_metric_are_left_without(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    job = TuningJob("xgb").trials(5, parallel=1).trial(2).emits_no_metric().in_progress(completed=3)
    handle = service.add(TuningJob.from_response(job.describe()))
    before = [each["TrainingJobName"] for each in summaries(client).values()]
    clock.advance("10h")
    found = summaries(client)
    assert handle.status == "Completed"
    assert [found[name]["ObjectiveStatus"] for name in before].count("Failed") == 1
    assert {found[name]["ObjectiveStatus"] for name in found.keys() - set(before)} == {"Succeeded"}


def test_early_stopping_has_stopped_nothing_that_was_still_running(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    job = TuningJob("xgb").maximize("score").trials(9, parallel=2).each("2h")
    job = job.configured(TrainingJobEarlyStoppingType="Auto").trial(1).scores(100.0)
    response = job.in_progress(completed=7, running=2).describe()
    handle = service.add(TuningJob.from_response(response))
    (listed,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert listed["TrainingJobStatusCounters"] == response["TrainingJobStatusCounters"]
    clock.advance("10h")
    assert handle.status == "Completed"


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("definition", ["first", "second"])
def test_the_best_trial_runs_the_definition_that_it_was_captured_with(
    service: FakeTuningService, client: Any, definition: str, number: int
) -> None:
    # The definitions take turns, but whose turn it was when is not known.
    other = "first" if definition == "second" else "second"
    job = SEVERAL.trial(1).scores(0.99 if definition == "first" else 0.1)
    response = job.trial(2).scores(0.99 if definition == "second" else 0.1).completed().describe()
    best = response["BestTrainingJob"]
    assert best["TrainingJobDefinitionName"] == definition
    name = best["TrainingJobName"] = f"xgb-00{number}-0000abcd"
    best["TrainingJobArn"] = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name}"
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    listed = summaries(client)[name]
    assert listed["TrainingJobDefinitionName"] == definition
    assert listed["TunedHyperParameters"] == best["TunedHyperParameters"]
    described = client.describe_training_job(TrainingJobName=name)
    assert best["TunedHyperParameters"].items() <= described["HyperParameters"].items()
    assert (
        described["FinalMetricDataList"][0]["MetricName"]
        == best["FinalHyperParameterTuningJobObjectiveMetric"]["MetricName"]
    )
    assert {each["TrainingJobDefinitionName"] for each in summaries(client).values()} == {definition, other}


def test_a_best_trial_of_one_definition_without_a_name_keeps_the_name_that_it_tells(
    service: FakeTuningService, client: Any
) -> None:
    response = TuningJob("xgb").completed().describe()
    response["BestTrainingJob"]["TrainingJobDefinitionName"] = "gone"
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})


# Numbers and times that are not known.


@pytest.mark.parametrize(
    "name", ["xgb-000-0000abcd", "xgb-0-ab", f"xgb-{'9' * 5000}-ab", "xgb-00-ab", "xgb--ab", "-1-ab"]
)
def test_the_name_of_the_best_trial_may_tell_any_number_or_none(
    service: FakeTuningService, client: Any, name: str
) -> None:
    response = copy.deepcopy(TuningJob("xgb").trials(3).completed().describe())
    best = response["BestTrainingJob"]
    best["TrainingJobName"] = name
    best["TrainingJobArn"] = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name}"
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    assert client.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Completed"
    assert len(summaries(client)) == 3


STATUSES: dict[str, TuningJob] = {job.status: job for job in TuningJob.every_status()}
MIXED = TuningJob("xgb").trials(6, parallel=3).in_progress(completed=2, running=1, failed=1, stopped=1)


@pytest.mark.parametrize("job", [*STATUSES.values(), MIXED], ids=[*STATUSES, "mixed"])
@pytest.mark.parametrize(
    "unknown",
    [
        ("LastModifiedTime",),
        ("LastModifiedTime", "ConsumedResources"),
        ("LastModifiedTime", "HyperParameterTuningEndTime"),
        ("LastModifiedTime", "HyperParameterTuningEndTime", "ConsumedResources"),
        ("BestTrainingJob.TrainingEndTime",),
        ("BestTrainingJob.TrainingStartTime", "BestTrainingJob.TrainingEndTime"),
        ("LastModifiedTime", "HyperParameterTuningEndTime", "ConsumedResources", "BestTrainingJob"),
        (
            "LastModifiedTime",
            "HyperParameterTuningEndTime",
            "ConsumedResources",
            "BestTrainingJob.TrainingStartTime",
            "BestTrainingJob.TrainingEndTime",
        ),
    ],
    ids=lambda unknown: "-".join(each.rpartition(".")[2] for each in unknown),
)
def test_times_may_be_unknown_and_every_answer_tells_of_the_same_job(
    service: FakeTuningService, client: Any, unknown: tuple[str, ...], job: TuningJob
) -> None:
    response = copy.deepcopy(job.describe())
    for path in unknown:
        *inside, member = path.split(".")
        structure = response.get(inside[0], {}) if inside else response
        structure.pop(member, None)
    handle = service.add(TuningJob.from_response(response))
    described = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=handle.name)
    assert described.keys() - {"ResponseMetadata"} == response.keys()
    (listed,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    status, counters = response["HyperParameterTuningJobStatus"], response["TrainingJobStatusCounters"]
    assert (described["HyperParameterTuningJobStatus"], handle.status) == (status, status)
    assert listed["HyperParameterTuningJobStatus"] == status
    assert listed["TrainingJobStatusCounters"] == described["TrainingJobStatusCounters"] == counters
    assert len(summaries(client, handle.name)) == sum(counters.values())


def test_a_job_is_as_old_as_the_last_thing_that_is_known_of_it() -> None:
    response = TuningJob("xgb").completed().describe()
    ended = response.pop("HyperParameterTuningEndTime")
    response.pop("LastModifiedTime")
    again = TuningJob.from_response({**response, "HyperParameterTuningEndTime": ended})
    last = max(each["TrainingEndTime"] for each in again.list_trials())
    assert ended - last < timedelta(minutes=1)
