"""The trials of a tuning job, through real clients: listed, described as training jobs, stopped, waited for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from fake_tuning.doors.builder.tuning_job import TuningJob
from support.answers import names, said
from support.arns import TRAINING_JOB, TUNING_JOB
from support.hand_clock import HandClock, after
from support.requests import definition
from support.scenarios import ROUND
from support.training_job_calls import describe
from support.tuning_job_calls import XGB, create, trials_of

if TYPE_CHECKING:
    from fake_tuning.domain.simulation.scenario import Scenario
    from fake_tuning.doors.botocore.fake_service import FakeTuningService


def numbers(found: list[dict[str, Any]]) -> list[int]:
    return [int(each["TrainingJobName"].split("-")[-2]) for each in found]


def trial(client: Any, number: int = 1) -> dict[str, Any]:
    """What DescribeTrainingJob answers of one trial."""
    found = trials_of(client, SortBy="CreationTime")
    return describe(client, found[number - 1]["TrainingJobName"])


def counters(client: Any) -> dict[str, int]:
    found = client.describe_hyper_parameter_tuning_job(**XGB)
    return {kind: count for kind, count in found["TrainingJobStatusCounters"].items() if count}


# The list of the trials.


def test_a_summary_at_each_stage_of_a_trial(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.scored_by(lambda _: 0.1))
    create(client)
    clock.at(10.5)
    starting = trials_of(client)[-1]
    name = starting["TrainingJobName"]
    tuned = starting["TunedHyperParameters"]
    assert starting == {
        "TrainingJobName": name,
        "TrainingJobArn": f"{TRAINING_JOB}/{name}",
        "CreationTime": after(10),
        "TrainingJobStatus": "InProgress",
        "TunedHyperParameters": {"eta": tuned["eta"]},
        "ObjectiveStatus": "Pending",
    }
    assert 0.1 <= float(tuned["eta"]) <= 0.5
    clock.at(70)
    assert trials_of(client)[-1] == {**starting, "TrainingStartTime": after(70)}
    clock.at(310)
    assert trials_of(client)[-1] == {
        **starting,
        "TrainingJobStatus": "Completed",
        "TrainingStartTime": after(70),
        "TrainingEndTime": after(310),
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "auc", "Value": 0.10000000149011612},
        "ObjectiveStatus": "Succeeded",
    }


def test_the_summary_of_a_trial_that_failed(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.trial(1).fails("AlgorithmError: boom"))
    create(client)
    clock.at(400)
    failed = trials_of(client)[-1]
    assert (failed["TrainingJobStatus"], failed["ObjectiveStatus"]) == ("Failed", "Failed")
    assert failed["FailureReason"] == "AlgorithmError: boom"
    assert "FinalHyperParameterTuningJobObjectiveMetric" not in failed


def test_summaries_tell_whole_seconds_and_describe_milliseconds(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(launch=10.25, cold_start=60.5))
    create(client)
    clock.at("1h")
    summary, whole = trials_of(client, SortBy="CreationTime")[0], trial(client)
    assert (summary["CreationTime"], whole["CreationTime"]) == (after(10), after(10.25))
    assert (summary["TrainingStartTime"], whole["TrainingStartTime"]) == (after(70), after(70.75))
    assert (summary["TrainingEndTime"], whole["TrainingEndTime"]) == (after(310), after(310.75))


def test_with_nothing_said_the_newest_trial_comes_first_and_a_page_holds_ten(
    client: Any, clock: HandClock
) -> None:
    create(client, trials=24, parallel=6)
    clock.at("1d")
    first = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB)
    assert numbers(first["TrainingJobSummaries"]) == list(range(24, 14, -1))
    second = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB, NextToken=first["NextToken"])
    assert numbers(second["TrainingJobSummaries"]) == list(range(14, 4, -1))
    third = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB, NextToken=second["NextToken"])
    assert numbers(third["TrainingJobSummaries"]) == [4, 3, 2, 1]
    assert "NextToken" not in third
    paginator = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    pages = list(paginator.paginate(**XGB, PaginationConfig={"PageSize": 7}))
    assert [len(names(page)) for page in pages] == [7, 7, 7, 3]
    resumed = paginator.paginate(**XGB, PaginationConfig={"PageSize": 7, "MaxItems": 3}).build_full_result()
    rest = paginator.paginate(**XGB, PaginationConfig={"StartingToken": resumed["NextToken"]})
    assert numbers(rest.build_full_result()["TrainingJobSummaries"]) == list(range(21, 0, -1))


def test_trials_that_are_launched_between_pages_shift_nothing(client: Any, clock: HandClock) -> None:
    create(client, trials=8)
    clock.at(330)
    first = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB, MaxResults=2)
    clock.at(650)
    rest = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB, NextToken=first["NextToken"])
    assert numbers(first["TrainingJobSummaries"]) == [4, 3]
    assert numbers(rest["TrainingJobSummaries"]) == [2, 1]


SCORES = {1: 0.3, 2: 0.9, 3: 0.5, 5: 0.7}
"""At 600 s trials 1, 2, 3 and 5 have a score, 4 has failed, 6 never emits a metric, 7 and 8 run."""


@pytest.fixture
def mixed(service: FakeTuningService, client: Any, clock: HandClock) -> Any:
    scenario = ROUND
    for number, score in SCORES.items():
        scenario = scenario.trial(number).scores(score)
    scenario = scenario.trial(4).fails().trial(6).emits_no_metric().trial(1).stops()
    service.on_create(scenario)
    create(client, trials=8, parallel=4)
    clock.at(600)
    return client


@pytest.mark.parametrize(
    ("by", "ascending"),
    [
        (None, [1, 2, 3, 4, 5, 6, 7, 8]),
        ("Name", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("CreationTime", [1, 2, 3, 4, 5, 6, 7, 8]),
        ("Status", [2, 3, 5, 6, 4, 7, 8, 1]),
        ("FinalObjectiveMetricValue", [1, 3, 5, 2]),
    ],
)
@pytest.mark.parametrize("order", [None, "Ascending", "Descending"])
def test_every_order(mixed: Any, by: str | None, ascending: list[int], order: str | None) -> None:
    asked = {"SortBy": by, "SortOrder": order}
    found = numbers(trials_of(mixed, **{member: value for member, value in asked.items() if value}))
    down = order == "Descending" or (by is None and order is None)
    assert found == (ascending[::-1] if down else ascending)


def test_the_metric_of_a_trial_counts_from_its_end(mixed: Any, clock: HandClock) -> None:
    clock.at(309)
    early = numbers(trials_of(mixed, SortBy="FinalObjectiveMetricValue"))
    clock.at(310)
    assert set(early) < set(numbers(trials_of(mixed, SortBy="FinalObjectiveMetricValue"))) == {1, 2, 3}


@pytest.mark.parametrize("status", ["Completed", "Failed", "Stopped", "InProgress", "Stopping"])
@pytest.mark.parametrize("age", [200, 325, 600, 5000])
def test_the_filter_by_status(mixed: Any, clock: HandClock, status: str, age: int) -> None:
    clock.at(age)
    everything = trials_of(mixed)
    found = trials_of(mixed, StatusEquals=status)
    assert found == [each for each in everything if each["TrainingJobStatus"] == status]
    best = [each for each in trials_of(mixed, SortBy="FinalObjectiveMetricValue") if each in found]
    assert trials_of(mixed, SortBy="FinalObjectiveMetricValue", StatusEquals=status) == best


def test_a_job_may_launch_more_than_a_thousand_trials(client: Any, clock: HandClock) -> None:
    create(client, trials=1200, parallel=100)
    clock.at("1d")
    page = trials_of(client)
    assert numbers(page) == list(range(1200, 1100, -1))
    assert page[0]["TrainingJobName"].startswith("xgb-1200-")
    by_name = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        **XGB, SortBy="Name", PaginationConfig={"PageSize": 100}
    )
    listed = [name for each in by_name for name in names(each)]
    assert listed == sorted(listed)
    assert len(set(listed)) == 1200
    for number in (1, 999, 1000):
        (name,) = (each for each in listed if each.split("-")[1] == f"{number:03}")
        assert describe(client, name)["TrainingJobName"] == name


# One trial.

ACCEPTED = "Starting the training job"
COLD = "Preparing the instances for training"
DOWNLOADING = "Downloading input data"
FETCHING = "Downloading the training image"
TRAINING = "Training image download completed. Training in progress."
UPLOADING = "Uploading generated training model"


@pytest.mark.parametrize(
    ("age", "secondary", "transitions"),
    [
        (10, "Starting", [("Starting", 10, ACCEPTED)]),
        (24, "Starting", [("Starting", 10, ACCEPTED)]),
        (25, "Starting", [("Starting", 10, COLD)]),
        (69, "Starting", [("Starting", 10, COLD)]),
        (70, "Downloading", [("Starting", 10, COLD), ("Downloading", 70, DOWNLOADING)]),
        (
            100,
            "Training",
            [("Starting", 10, COLD), ("Downloading", 70, DOWNLOADING), ("Training", 100, FETCHING)],
        ),
        (
            115,
            "Training",
            [("Starting", 10, COLD), ("Downloading", 70, DOWNLOADING), ("Training", 100, TRAINING)],
        ),
        (
            280,
            "Uploading",
            [
                ("Starting", 10, COLD),
                ("Downloading", 70, DOWNLOADING),
                ("Training", 100, TRAINING),
                ("Uploading", 280, UPLOADING),
            ],
        ),
        (
            310,
            "Completed",
            [
                ("Starting", 10, COLD),
                ("Downloading", 70, DOWNLOADING),
                ("Training", 100, TRAINING),
                ("Uploading", 280, UPLOADING),
                ("Completed", 310, "Resource retained for reuse"),
            ],
        ),
    ],
)
def test_the_phases_of_a_trial(
    client: Any, clock: HandClock, age: int, secondary: str, transitions: list[tuple[str, int, str]]
) -> None:
    create(client)
    clock.at(age)
    found = trial(client)
    over = secondary == "Completed"
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == (
        "Completed" if over else "InProgress",
        secondary,
    )
    shown = found["SecondaryStatusTransitions"]
    told = [(each["Status"], each["StartTime"], each["StatusMessage"]) for each in shown]
    assert told == [(status, after(start), text) for status, start, text in transitions]
    ends = [each.get("EndTime") for each in shown]
    assert ends == [each["StartTime"] for each in shown[1:]] + [after(310) if over else None]
    assert found["CreationTime"] == after(10)
    assert found["LastModifiedTime"] == max(
        each
        for each in (after(10), after(25), after(70), after(100), after(115), after(280), after(310))
        if each <= after(age)
    )
    assert found.get("TrainingStartTime") == (after(70) if age >= 70 else None)
    assert found.get("TrainingEndTime") == (after(310) if over else None)
    assert ("FinalMetricDataList" in found, "BillableTimeInSeconds" in found) == (over, over)
    assert ("ModelArtifacts" in found) == over
    assert found.get("TrainingTimeInSeconds") == (max(min(age, 310) - 70, 1) if age >= 70 else None)


def test_a_completed_trial_in_full(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    service.on_create(ROUND.scored_by(lambda _: 0.5))
    create(client)
    clock.at(700)
    found = trial(client)
    name, eta = found["TrainingJobName"], found["HyperParameters"]["eta"]
    asked = definition()
    asked["AlgorithmSpecification"]["MetricDefinitions"].append(
        {"Name": "ObjectiveMetric", "Regex": "auc=(.+)"}
    )
    del found["SecondaryStatusTransitions"]
    assert found == {
        "TrainingJobName": name,
        "TrainingJobArn": f"{TRAINING_JOB}/{name}",
        "TuningJobArn": f"{TUNING_JOB}/xgb",
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://models/churn/{name}/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "HyperParameters": {"_tuning_objective_metric": "auc", "eta": eta, "objective": "binary:logistic"},
        "AlgorithmSpecification": {
            **asked["AlgorithmSpecification"],
            "EnableSageMakerMetricsTimeSeries": False,
        },
        "RoleArn": asked["RoleArn"],
        "InputDataConfig": [
            {**asked["InputDataConfig"][0], "CompressionType": "None", "RecordWrapperType": "None"}
        ],
        "OutputDataConfig": {"KmsKeyId": "", "S3OutputPath": "s3://models/churn/"},
        "ResourceConfig": asked["ResourceConfig"],
        "StoppingCondition": asked["StoppingCondition"],
        "CreationTime": after(10),
        "TrainingStartTime": after(70),
        "TrainingEndTime": after(310),
        "LastModifiedTime": after(320),
        "TrainingTimeInSeconds": 240,
        "BillableTimeInSeconds": 240,
        "FinalMetricDataList": [
            {"MetricName": "auc", "Value": 0.5, "Timestamp": after(280)},
            {"MetricName": "ObjectiveMetric", "Value": 0.5, "Timestamp": after(280)},
        ],
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "ProfilingStatus": "Disabled",
        "WarmPoolStatus": {"Status": "Reused", "ReusedByJob": trial(client, 3)["TrainingJobName"]},
    }


def test_the_arn_of_the_tuning_job_is_in_lower_case(client: Any, clock: HandClock) -> None:
    create(client, "XgB")
    clock.at(20)
    (name, _) = names(client.list_training_jobs())
    found = describe(client, name)
    assert found["TrainingJobArn"] == f"{TRAINING_JOB}/{name}"
    assert found["TuningJobArn"] == f"{TUNING_JOB}/xgb"


def test_a_trial_that_failed_while_it_was_prepared(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.trial(1).lacks_capacity())
    create(client)
    clock.at(400)
    found = trial(client)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Failed", "Failed")
    assert found["FailureReason"] == (
        "CapacityError: Unable to provision requested ML compute capacity. "
        "Please retry using a different ML instance type."
    )
    assert [each["Status"] for each in found["SecondaryStatusTransitions"]] == ["Starting", "Failed"]
    assert found["TrainingEndTime"] == after(70)
    gone = {"TrainingStartTime", "TrainingTimeInSeconds", "BillableTimeInSeconds", "FinalMetricDataList"}
    assert gone.isdisjoint(found)


def test_a_trial_that_ran_too_long(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    create(client, TrainingJobDefinition=definition(StoppingCondition={"MaxRuntimeInSeconds": 90}))
    clock.at(400)
    found = trial(client)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_recorded_trial_keeps_its_name(service: FakeTuningService, client: Any) -> None:
    recorded = TuningJob("old").completed().describe()
    recorded["BestTrainingJob"]["TrainingJobName"] = "the-best-one"
    service.add(TuningJob.from_response(recorded))
    assert describe(client, "the-best-one")["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("operation", ["describe", "stop"])
@pytest.mark.parametrize("name", ["nobody", "xgb-001-00000000", "xgb-999-00000000", "xgb-0-0", "xgb"])
def test_a_training_job_that_does_not_exist(client: Any, clock: HandClock, operation: str, name: str) -> None:
    create(client)
    clock.at(100)
    with pytest.raises(ClientError) as raised:
        getattr(client, f"{operation}_training_job")(TrainingJobName=name)
    assert type(raised.value) is ClientError
    assert said(raised.value) == ("ValidationException", "Requested resource not found.")


def test_a_training_job_is_not_there_before_its_launch(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(400)
    third = trial(client, 3)["TrainingJobName"]
    for age in (319, 0, -1):
        clock.time = after(age)
        with pytest.raises(ClientError, match="Requested resource not found"):
            describe(client, third)
        assert third not in names(client.list_training_jobs())
    clock.at(320)
    assert describe(client, third)["TrainingJobStatus"] == "InProgress"


# Stop.


def test_a_stopped_trial_drains_and_the_tuning_job_goes_on(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(150)
    name = trial(client)["TrainingJobName"]
    answer = client.stop_training_job(TrainingJobName=name)
    assert list(answer) == ["ResponseMetadata"]
    found = describe(client, name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopping", "Stopping")
    assert found["LastModifiedTime"] == after(150)
    assert counters(client) == {"InProgress": 2}
    clock.at(180)
    found = describe(client, name)
    assert (found["TrainingJobStatus"], found["TrainingEndTime"]) == ("Stopped", after(180))
    assert counters(client) == {"Stopped": 1, "InProgress": 1}
    clock.at("1h")
    found = client.describe_hyper_parameter_tuning_job(**XGB)
    assert found["HyperParameterTuningJobStatus"] == "Completed"
    assert counters(client) == {"Stopped": 1, "Completed": 3}
    assert found["ObjectiveStatusCounters"] == {"Succeeded": 3, "Pending": 0, "Failed": 1}


PHASES = [("Starting", 10), ("Downloading", 70), ("Training", 100), ("Uploading", 280)]


@pytest.mark.parametrize("whole", [False, True], ids=["the trial", "its tuning job"])
@pytest.mark.parametrize(
    ("second", "begun", "trained"),
    [(10, 0, False), (69, 1, False), (99, 2, False), (280, 3, True), (281, 4, True), (309.999, 4, True)],
)
def test_a_trial_is_stopping_as_soon_as_it_is_stopped_however_close_its_end_is(
    client: Any, clock: HandClock, *, second: float, begun: int, trained: bool, whole: bool
) -> None:
    create(client)
    clock.at(second)
    name = trial(client)["TrainingJobName"]
    if whole:
        client.stop_hyper_parameter_tuning_job(**XGB)
    else:
        client.stop_training_job(TrainingJobName=name)
    found = describe(client, name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopping", "Stopping")
    assert found["LastModifiedTime"] == found["SecondaryStatusTransitions"][-1]["StartTime"] == after(second)
    assert counters(client) == {"InProgress": 2}
    assert "ModelArtifacts" not in found
    with pytest.raises(ClientError, match="the training job is in status Stopping"):
        client.stop_training_job(TrainingJobName=name)
    # It stops for 30 s, even if it would have ended by itself before.
    clock.at(second + 29.999)
    assert trial(client)["TrainingJobStatus"] == "Stopping"
    clock.at(second + 30)
    found = describe(client, name)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert found["TrainingEndTime"] == after(second + 30)
    phases = [(each["Status"], each["StartTime"]) for each in found["SecondaryStatusTransitions"]]
    own = [(status, after(start)) for status, start in PHASES[:begun]]
    assert phases == [*own, ("Stopping", after(second)), ("Stopped", after(second + 30))]
    assert [each["StatusMessage"] for each in found["SecondaryStatusTransitions"][-2:]] == [
        "Stopping the training job",
        "Training job stopped",
    ]
    assert ("TrainingStartTime" in found) == (begun > 1)
    assert ("ModelArtifacts" in found) == trained
    clock.at("1h")
    lasting = {"LastModifiedTime", "WarmPoolStatus"}
    assert {member: each for member, each in describe(client, name).items() if member not in lasting} == {
        member: each for member, each in found.items() if member not in lasting
    }


@pytest.mark.parametrize(
    ("scenario", "second"),
    [
        (ROUND.trial(1).fails(), 207.9),
        (ROUND.trial(1).fails(before_start=True), 69.9),
        (ROUND.trial(1).hits_internal_errors(), 207.9),
        (ROUND.trial(1).never_ends(), 2_000),
        (ROUND.trial(1).takes("20s"), 29.9),
    ],
    ids=["fails", "fails before it starts", "hits an internal error", "never ends", "is short"],
)
def test_a_stopped_trial_does_nothing_else_that_it_would_have_done(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Scenario, second: float
) -> None:
    service.on_create(scenario)
    create(client, trials=1, parallel=1)
    clock.at(second)
    name = trial(client)["TrainingJobName"]
    client.stop_training_job(TrainingJobName=name)
    assert describe(client, name)["TrainingJobStatus"] == "Stopping"
    clock.at(second + 30)
    found = describe(client, name)
    assert (found["TrainingJobStatus"], found["TrainingEndTime"]) == ("Stopped", after(second + 30))
    assert "FailureReason" not in found
    assert counters(client) == {"Stopped": 1}


def test_a_trial_that_is_being_stopped_is_stopped_once(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(150)
    client.stop_training_job(TrainingJobName=trial(client)["TrainingJobName"])
    clock.at(170)
    client.stop_hyper_parameter_tuning_job(**XGB)
    clock.at(180)
    assert counters(client) == {"Stopped": 1, "InProgress": 1}
    clock.at(200)
    assert counters(client) == {"Stopped": 2}


def test_a_trial_that_is_stopped_after_it_emitted_has_its_metric(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.scored_by(lambda _: [0.5, 0.625, 0.75]))
    create(client)
    clock.at(250)
    name = trial(client)["TrainingJobName"]
    client.stop_training_job(TrainingJobName=name)
    clock.at(290)
    (summary,) = trials_of(client, StatusEquals="Stopped")
    assert (summary["TrainingJobName"], summary["ObjectiveStatus"]) == (name, "Succeeded")
    assert summary["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.625


@pytest.mark.parametrize(
    ("fate", "age", "status"),
    [
        (ROUND, 310, "Completed"),
        (ROUND.trial(1).fails(), 310, "Failed"),
        (ROUND.stops(after="2m"), 310, "Stopped"),
        (ROUND.stops(after="2m"), 130, "Stopping"),
    ],
)
def test_only_a_trial_that_runs_can_be_stopped(
    service: FakeTuningService, client: Any, clock: HandClock, *, fate: Scenario, age: int, status: str
) -> None:
    service.on_create(fate)
    create(client)
    clock.at(age)
    before = trial(client)
    with pytest.raises(ClientError) as raised:
        client.stop_training_job(TrainingJobName=before["TrainingJobName"])
    assert said(raised.value) == (
        "ValidationException",
        f"The request was rejected because the training job is in status {status}.",
    )
    assert trial(client) == before


# Waiting.


def test_the_waiter_waits_in_virtual_time(virtual_service: FakeTuningService) -> None:
    client = boto3.client("sagemaker")
    create(client)
    begun = virtual_service.clock.now()
    time.sleep(20)
    name = virtual_service.job("xgb").trials[0].name
    client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
    assert virtual_service.job("xgb").trials[0].status == "Completed"
    # It asks every two minutes; the trial ends at 310 s.
    assert (virtual_service.clock.now() - begun).total_seconds() == 20 + 3 * 120


def test_the_waiter_tells_a_failure(virtual_service: FakeTuningService) -> None:
    virtual_service.on_create(ROUND.trial(1).fails())
    client = boto3.client("sagemaker")
    create(client)
    time.sleep(20)
    name = virtual_service.job("xgb").trials[0].name
    with pytest.raises(WaiterError, match="Waiter encountered a terminal failure state"):
        client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name)
