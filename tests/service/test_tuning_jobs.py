"""Single tuning jobs through real clients: created, read, stopped, deleted, in a time that a test moves."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from support.answers import counters, names, said
from support.arns import TUNING_JOB
from support.hand_clock import START, HandClock, after
from support.requests import definition, request, request_of_several
from support.scenarios import ROUND
from support.tuning_job_calls import create, delete, describe, listed, status, stop

# A life.


def test_create_answers_with_the_arn_alone(client: Any) -> None:
    answer = client.create_hyper_parameter_tuning_job(**request("xgb"))
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {"HyperParameterTuningJobArn": f"{TUNING_JOB}/xgb"}


def test_a_job_that_was_just_created(client: Any) -> None:
    create(client)
    found = describe(client)
    asked = request("xgb")
    config, asked_for = asked["HyperParameterTuningJobConfig"], asked["TrainingJobDefinition"]
    eta = {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}
    config["ParameterRanges"] = {
        "IntegerParameterRanges": [],
        "ContinuousParameterRanges": [eta],
        "CategoricalParameterRanges": [],
    }
    metric = {"Name": "ObjectiveMetric", "Regex": "auc=(.+)"}
    asked_for["AlgorithmSpecification"]["MetricDefinitions"].append(metric)
    asked_for["StaticHyperParameters"]["_tuning_objective_metric"] = "auc"
    flags = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
    assert found == {
        "HyperParameterTuningJobName": "xgb",
        "HyperParameterTuningJobArn": f"{TUNING_JOB}/xgb",
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinition": asked_for | dict.fromkeys(flags, False),
        "HyperParameterTuningJobStatus": "InProgress",
        "CreationTime": START,
        "LastModifiedTime": START,
        "TrainingJobStatusCounters": counters(),
        "ObjectiveStatusCounters": {"Succeeded": 0, "Pending": 0, "Failed": 0},
        "TuningJobCompletionDetails": {"NumberOfTrainingJobsObjectiveNotImproving": 0},
        "ConsumedResources": {"RuntimeInSeconds": 0},
    }


def test_a_job_lives_from_its_creation_to_its_end(client: Any, clock: HandClock) -> None:
    create(client)
    seen = []
    for age in (9, 10, 309, 310, 320, 620, 639, 640):
        clock.at(age)
        found = describe(client)
        ended = found.get("HyperParameterTuningEndTime")
        assert ended in (None, found["LastModifiedTime"])
        seen.append((found["HyperParameterTuningJobStatus"], found["TrainingJobStatusCounters"], ended))
    running = "InProgress"
    assert seen == [
        (running, counters(), None),
        (running, counters(InProgress=2), None),
        (running, counters(InProgress=2), None),
        (running, counters(Completed=2), None),
        (running, counters(Completed=2, InProgress=2), None),
        (running, counters(Completed=4), None),
        (running, counters(Completed=4), None),
        ("Completed", counters(Completed=4), after(640)),
    ]


def test_the_best_trial_is_there_as_soon_as_one_has_a_result(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.scored_by(lambda tried: float(tried["eta"])))
    create(client)
    clock.at(309)
    assert "BestTrainingJob" not in describe(client)
    clock.at(310)
    best = describe(client)["BestTrainingJob"]
    assert set(best) == {
        "TrainingJobName",
        "TrainingJobArn",
        "CreationTime",
        "TrainingStartTime",
        "TrainingEndTime",
        "TrainingJobStatus",
        "TunedHyperParameters",
        "FinalHyperParameterTuningJobObjectiveMetric",
        "ObjectiveStatus",
    }
    clock.at(640)
    best = describe(client)["BestTrainingJob"]
    trials = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert best == max(
        trials["TrainingJobSummaries"],
        key=lambda trial: trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"],
    )


@pytest.mark.parametrize(
    "resources",
    [
        {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 40},
        {
            "InstanceConfigs": [
                {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 40},
                {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            ]
        },
    ],
    ids=["one", "several"],
)
def test_the_newer_form_of_resources_is_given_back_in_both_forms(client: Any, resources: Any) -> None:
    asked = definition(HyperParameterTuningResourceConfig=resources)
    del asked["ResourceConfig"]
    create(client, TrainingJobDefinition=asked)
    found = describe(client)["TrainingJobDefinition"]
    assert found["HyperParameterTuningResourceConfig"] == resources
    assert found["ResourceConfig"] == {
        "InstanceType": "ml.m5.xlarge",
        "InstanceCount": 2,
        "VolumeSizeInGB": 40,
    }


def test_a_job_of_several_definitions(client: Any, clock: HandClock) -> None:
    asked = request_of_several(
        "xgb", definition(DefinitionName="deep"), definition(DefinitionName="wide", Environment={"W": "1"})
    )
    client.create_hyper_parameter_tuning_job(**asked)
    clock.at(640)
    found = describe(client)
    assert found["HyperParameterTuningJobConfig"] == asked["HyperParameterTuningJobConfig"]
    assert "TrainingJobDefinition" not in found
    assert [each["DefinitionName"] for each in found["TrainingJobDefinitions"]] == ["deep", "wide"]
    assert found["TrainingJobDefinitions"][1]["HyperParameterRanges"]["IntegerParameterRanges"] == []
    assert found["BestTrainingJob"]["TrainingJobDefinitionName"] in ("deep", "wide")
    trials = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="xgb", SortBy="CreationTime"
    )["TrainingJobSummaries"]
    assert [each["TrainingJobDefinitionName"] for each in trials] == ["deep", "wide", "deep", "wide"]
    child = client.describe_training_job(TrainingJobName=trials[1]["TrainingJobName"])
    assert child["Environment"] == {"W": "1"}


def test_each_ending_is_what_the_scenario_says(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.completes(after="1h"), name="completes")
    service.on_create(ROUND.fails("no luck", after="5m"), name="fails")
    service.on_create(ROUND.stops(after="5m"), name="stops")
    service.on_create(ROUND.never_ends(ignoring_limits=True), name="never")
    jobs = ("completes", "fails", "stops", "never")
    create(client, *jobs)
    clock.at("59m")
    assert [status(client, job) for job in jobs] == ["InProgress", "Failed", "Stopped", "InProgress"]
    clock.at("30d")
    assert [status(client, job) for job in jobs] == ["Completed", "Failed", "Stopped", "InProgress"]
    assert [describe(client, job).get("FailureReason") for job in jobs] == [None, "no luck", None, None]


# Scenarios.


def test_the_scenario_that_was_said_last_and_matches_wins(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.fails("any", after="1m"))
    service.on_create(ROUND.fails("xgb", after="1m"), name="xgb-?")
    service.on_create(ROUND.fails("early", after="1m"), name="lin*")
    service.on_create(ROUND.fails("late", after="1m"), name="linear")
    jobs = ("xgb-1", "xgb-12", "linear", "linear-2", "XGB-2")
    create(client, *jobs)
    clock.at("2m")
    assert [describe(client, job)["FailureReason"] for job in jobs] == ["xgb", "any", "late", "early", "any"]


def test_a_scenario_concerns_only_jobs_that_are_created_later(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    service.on_create(ROUND.fails(after="1m"))
    clock.at("2m")
    assert status(client) == "InProgress"


def test_what_is_no_scenario_is_refused_where_it_is_written(service: FakeTuningService) -> None:
    for what, named in (
        ("stops", "'stops'"),
        (Scenario.completes, "Scenario.completes, which is to be called: Scenario.completes(...)"),
    ):
        with pytest.raises(TypeError) as raised:
            service.on_create(what)  # type: ignore[arg-type]  # it is refused
        assert str(raised.value) == (
            f"on_create takes a Scenario, such as Scenario.stops(after='40m'), but got {named}"
        )
    with pytest.raises(TypeError) as raised:
        service.on_create(Scenario(), name=7)  # type: ignore[arg-type]  # it is refused
    assert str(raised.value) == "on_create takes a name, such as name='xgb-*', but got 7"


# Refusals.


@pytest.mark.parametrize("operation", ["describe", "stop", "delete"])
def test_a_job_that_does_not_exist(client: Any, operation: str) -> None:
    with pytest.raises(client.exceptions.ResourceNotFound) as raised:
        getattr(client, f"{operation}_hyper_parameter_tuning_job")(HyperParameterTuningJobName="nobody")
    assert said(raised.value) == (
        "ResourceNotFound",
        "Amazon SageMaker can't find a tuning job called nobody. Type another name.",
    )
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="nobody")


@pytest.mark.parametrize("name", ["xgb-1", "XGB-1"])
def test_a_name_is_given_once_whatever_its_case(client: Any, name: str) -> None:
    create(client, "xgb-1")
    with pytest.raises(client.exceptions.ResourceInUse) as raised:
        create(client, name)
    assert said(raised.value) == (
        "ResourceInUse",
        f"A hyperparameter tuning job with the name, {name}, already exists. Choose a different name.",
    )
    assert listed(client) == ["xgb-1"]


def test_a_job_is_read_by_the_case_of_its_name(client: Any) -> None:
    create(client, "Xgb")
    assert describe(client, "Xgb")["HyperParameterTuningJobArn"] == f"{TUNING_JOB}/Xgb"
    with pytest.raises(client.exceptions.ResourceNotFound):
        describe(client, "xgb")


def test_a_request_that_breaks_the_model_changes_nothing(client: Any, service: FakeTuningService) -> None:
    with pytest.raises(ClientError) as raised:
        create(client, "x" * 33)
    assert said(raised.value)[0] == "ValidationException"
    assert "Member must have length less than or equal to 32" in said(raised.value)[1]
    assert service.jobs() == []


# Stop.


def test_a_stopped_job_drains_and_then_has_stopped(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(100)
    stop(client)
    found = describe(client)
    assert (found["HyperParameterTuningJobStatus"], found["LastModifiedTime"]) == ("Stopping", after(100))
    assert found["TrainingJobStatusCounters"] == counters(InProgress=2)
    assert "HyperParameterTuningEndTime" not in found
    clock.at(134)
    assert status(client) == "Stopping"
    clock.at(135)
    found = describe(client)
    assert (found["HyperParameterTuningJobStatus"], found["HyperParameterTuningEndTime"]) == (
        "Stopped",
        after(135),
    )
    assert found["TrainingJobStatusCounters"] == counters(Stopped=2)
    assert "FailureReason" not in found
    clock.at("1d")
    assert describe(client)["TrainingJobStatusCounters"] == counters(Stopped=2)


@pytest.mark.parametrize(
    ("scenario", "age", "state"),
    [
        (ROUND.completes(after="1h"), "1h", "Completed"),
        (ROUND.fails(after="5m"), "1h", "Failed"),
        (ROUND.stops(after="5m"), "1h", "Stopped"),
        (ROUND.stops(after="5m"), "5m", "Stopping"),
    ],
)
def test_only_a_job_that_runs_can_be_stopped(
    service: FakeTuningService, client: Any, clock: HandClock, *, scenario: Scenario, age: str, state: str
) -> None:
    service.on_create(scenario)
    create(client)
    clock.at(age)
    before = describe(client)
    with pytest.raises(ClientError) as raised:
        stop(client)
    assert said(raised.value) == (
        "ValidationException",
        f"The request was rejected because the hyperparameter tuning job is already in status {state}: "
        "a non-running job cannot be stopped.",
    )
    assert describe(client) == before


# Delete.


def test_a_deleted_job_takes_its_time_and_is_gone(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(700)
    delete(client)
    clock.at(759)
    found = describe(client)
    assert found["HyperParameterTuningJobStatus"] == "Deleting"
    assert found["HyperParameterTuningEndTime"] == after(640)
    assert listed(client, StatusEquals="Deleting") == ["xgb"]
    clock.at(760)
    with pytest.raises(client.exceptions.ResourceNotFound):
        describe(client)
    assert listed(client) == []
    assert not service.job("xgb").exists


def test_the_training_jobs_of_a_deleted_job_stay(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(700)
    before = names(client.list_training_jobs())
    delete(client)
    clock.at(800)
    assert names(client.list_training_jobs()) == before
    assert client.describe_training_job(TrainingJobName=before[0])["TrainingJobStatus"] == "Completed"


def test_the_name_of_a_deleted_job_can_be_given_again(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(700)
    delete(client)
    with pytest.raises(client.exceptions.ResourceInUse):
        create(client)
    clock.at(760)
    create(client, "XGB", trials=2)
    assert listed(client) == ["XGB"]
    clock.at(1500)
    assert status(client, "XGB") == "Completed"
    assert service.job("XGB").request["HyperParameterTuningJobName"] == "XGB"


def test_the_training_jobs_of_both_jobs_of_a_name_are_there(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(700)
    delete(client)
    clock.at(760)
    create(client)
    clock.at(1500)
    trials = names(client.list_training_jobs(SortBy="CreationTime"))
    assert len(set(trials)) == 8
    ended = [client.describe_training_job(TrainingJobName=name)["TrainingEndTime"] for name in trials]
    assert ended == [after(second) for second in (310, 310, 620, 620, 1070, 1070, 1380, 1380)]


def test_when_time_is_moved_back_the_earlier_job_of_a_name_is_there(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(700)
    delete(client)
    clock.at(800)
    create(client, trials=2)
    seen = {}
    for age in (900, 780, 710, 100):
        clock.at(age)
        handle = service.job("xgb")
        seen[age] = (handle.status, describe(client)["CreationTime"]) if handle.exists else None
    assert seen == {
        900: ("InProgress", after(800)),
        780: None,
        710: ("Deleting", START),
        100: ("InProgress", START),
    }


@pytest.mark.parametrize(("age", "state"), [(100, "InProgress"), (301, "Stopping"), (750, "Deleting")])
def test_only_a_job_that_has_ended_can_be_deleted(
    service: FakeTuningService, client: Any, clock: HandClock, age: int, state: str
) -> None:
    service.on_create(ROUND.stops(after="5m"))
    create(client)
    clock.at(700)
    delete(client)
    clock.at(age)
    with pytest.raises(ClientError) as raised:
        delete(client)
    assert said(raised.value) == (
        "ValidationException",
        "The hyperparameter tuning job xgb cannot be deleted because it is not in a terminal state: "
        f"its status is {state}.",
    )


def test_a_deletion_that_fails_can_be_tried_again(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.refusing_deletion())
    create(client)
    clock.at(700)
    delete(client)
    clock.at(761)
    assert status(client) == "DeleteFailed"
    delete(client)
    assert status(client) == "Deleting"
    clock.at(821)
    assert status(client) == "DeleteFailed"


# Time moved back.


def test_when_time_is_moved_back_later_jobs_are_not_there(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, "first")
    clock.at(100)
    create(client, "second")
    later = describe(client, "first")
    clock.at(50)
    assert listed(client) == ["first"]
    with pytest.raises(client.exceptions.ResourceNotFound):
        describe(client, "second")
    assert not service.job("second").exists
    clock.at(100)
    assert listed(client) == ["first", "second"]
    assert describe(client, "first") == later


def test_a_stop_in_the_past_rewrites_the_future(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(640)
    assert status(client) == "Completed"
    clock.at(100)
    assert status(client) == "InProgress"
    stop(client)
    clock.at(640)
    found = describe(client)
    assert found["HyperParameterTuningJobStatus"] == "Stopped"
    assert found["TrainingJobStatusCounters"] == counters(Stopped=2)
    clock.at(99)
    assert status(client) == "InProgress"


def test_a_job_that_is_created_in_the_past_takes_the_name_from_a_later_one(
    client: Any, clock: HandClock
) -> None:
    clock.at(100)
    create(client, trials=8)
    clock.at(50)
    create(client, trials=2)
    clock.at(200)
    assert describe(client)["CreationTime"] == after(50)
    limits = describe(client)["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits["MaxNumberOfTrainingJobs"] == 2
