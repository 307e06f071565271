"""How a training job that belongs to no tuning job runs and ends, through real clients."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from fake_tuning.domain.simulation.scenario import Scenario
from support.answers import said
from support.arns import TRAINING_JOB
from support.hand_clock import START, HandClock, after
from support.requests import definition, request, training
from support.scenarios import ROUND
from support.training_job_calls import create, delete, describe, listed, statuses, stop

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
}


def history(client: Any, name: str = "final") -> list[tuple[str, float]]:
    """The secondary statuses so far, each with the second at which it began."""
    shown = describe(client, name)["SecondaryStatusTransitions"]
    return [(each["Status"], (each["StartTime"] - START).total_seconds()) for each in shown]


# The step after tuning.


def test_the_best_hyperparameters_are_trained_once_more(virtual_service: FakeTuningService) -> None:
    client = boto3.client("sagemaker")
    virtual_service.on_create(ROUND.scored_by(lambda tried: float(tried["eta"])))
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    job = {"HyperParameterTuningJobName": "xgb"}
    while client.describe_hyper_parameter_tuning_job(**job)["HyperParameterTuningJobStatus"] == "InProgress":
        time.sleep(60)
    best = client.describe_hyper_parameter_tuning_job(**job)["BestTrainingJob"]
    trial = describe(client, best["TrainingJobName"])
    created = virtual_service.clock.now()
    client.create_training_job(
        TrainingJobName="final",
        **{member: trial[member] for member in ("HyperParameters", "AlgorithmSpecification", "RoleArn")},
        **{member: trial[member] for member in ("InputDataConfig", "OutputDataConfig", "ResourceConfig")},
        StoppingCondition=trial["StoppingCondition"],
    )
    client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="final")
    found = describe(client)
    assert found["TrainingJobStatus"] == "Completed"
    assert found["ModelArtifacts"] == {"S3ModelArtifacts": "s3://models/churn/final/output/model.tar.gz"}
    assert found["HyperParameters"] == trial["HyperParameters"]
    assert found["HyperParameters"].items() >= best["TunedHyperParameters"].items()
    assert "TuningJobArn" not in found
    assert found["CreationTime"] == created
    # It emits what the trial's algorithm emits, under the names that the service had defined.
    emitted = [each["MetricName"] for each in found["FinalMetricDataList"]]
    assert emitted == ["auc", "ObjectiveMetric"]


def test_a_completed_training_job_in_full(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    service.on_create(ROUND.trial(1).scores([0.25, 0.5]), training_jobs=True)
    create(client)
    clock.at(300)
    asked = training()
    text = {
        "Starting": "Preparing the instances for training",
        "Downloading": "Downloading input data",
        "Training": "Training image download completed. Training in progress.",
        "Uploading": "Uploading generated training model",
        "Completed": "Training job completed",
    }
    starts = dict(zip(text, (0, 60, 90, 270, 300), strict=True))
    ends = dict(zip(text, (60, 90, 270, 300, 300), strict=True))
    channel = {**asked["InputDataConfig"][0], "CompressionType": "None", "RecordWrapperType": "None"}
    assert describe(client) == {
        **asked,
        "AlgorithmSpecification": {
            **asked["AlgorithmSpecification"],
            "EnableSageMakerMetricsTimeSeries": False,
        },
        "TrainingJobArn": f"{TRAINING_JOB}/final",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://models/churn/final/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "SecondaryStatusTransitions": [
            {
                "Status": status,
                "StartTime": after(starts[status]),
                "EndTime": after(ends[status]),
                "StatusMessage": text[status],
            }
            for status in text
        ],
        "InputDataConfig": [channel],
        "OutputDataConfig": {"KmsKeyId": "", **asked["OutputDataConfig"]},
        "CreationTime": START,
        "TrainingStartTime": after(60),
        "TrainingEndTime": after(300),
        "LastModifiedTime": after(300),
        "TrainingTimeInSeconds": 240,
        "BillableTimeInSeconds": 240,
        "FinalMetricDataList": [{"MetricName": "auc", "Value": 0.5, "Timestamp": after(270)}],
        "EnableNetworkIsolation": False,
        "EnableInterContainerTrafficEncryption": False,
        "EnableManagedSpotTraining": False,
        "ProfilingStatus": "Disabled",
    }


@pytest.mark.parametrize(
    ("second", "secondary"),
    [(0, "Starting"), (60, "Downloading"), (90, "Training"), (270, "Uploading")],
)
def test_a_training_job_that_runs(client: Any, clock: HandClock, second: int, secondary: str) -> None:
    create(client)
    clock.at(second)
    found = describe(client)
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("InProgress", secondary)
    assert found["LastModifiedTime"] == after(second)
    assert found.get("TrainingStartTime") == (None if secondary == "Starting" else after(60))
    # Recorded: it says from the beginning of the training for how long it has trained.
    assert found.get("TrainingTimeInSeconds") == (None if secondary == "Starting" else max(second - 60, 1))
    assert {"TrainingEndTime", "BillableTimeInSeconds", "FinalMetricDataList", "ModelArtifacts"}.isdisjoint(
        found
    )


# What it emits.

ALGORITHM = definition()["AlgorithmSpecification"]
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
BUILTIN = {"TrainingImage": XGBOOST, "TrainingInputMode": "File"}
BOUGHT = {"AlgorithmName": "scikit-decision-trees", "TrainingInputMode": "File"}
SILENT = {"TrainingImage": ALGORITHM["TrainingImage"], "TrainingInputMode": "File"}
BY_XGBOOST = ["validation:auc", "validation:rmse", "train:auc", "train:rmse"]
TWO = {**ALGORITHM, "MetricDefinitions": [{"Name": "loss", "Regex": "l"}, {"Name": "auc", "Regex": "a"}]}


@pytest.mark.parametrize(
    ("algorithm", "objective", "metric", "emitted"),
    [
        (ALGORITHM, None, "auc", ["auc"]),
        (ALGORITHM, "auc", "auc", ["auc"]),
        (ALGORITHM, "f1", "auc", ["auc"]),
        (TWO, None, "loss", ["loss", "auc"]),
        (TWO, "auc", "auc", ["loss", "auc"]),
        (BUILTIN, "validation:auc", "validation:auc", BY_XGBOOST),
        (BUILTIN, None, "train:rmse", ["train:rmse"]),
        (BOUGHT, "accuracy", "accuracy", ["accuracy"]),
        (BOUGHT, None, None, []),
        ({**ALGORITHM, "MetricDefinitions": []}, "auc", None, []),
        (SILENT, None, None, []),
        (None, "auc", None, []),
    ],
)
def test_all_metrics_are_emitted_and_one_is_scored(
    service: FakeTuningService,
    client: Any,
    clock: HandClock,
    algorithm: Any,
    objective: str | None,
    metric: str | None,
    emitted: list[str],
) -> None:
    service.on_create(ROUND.trial(1).scores(0.25), training_jobs=True)
    hyperparameters = {"_tuning_objective_metric": objective} if objective else {}
    create(client, AlgorithmSpecification=algorithm, HyperParameters=hyperparameters)
    clock.at(300)
    found = {each["MetricName"]: each["Value"] for each in describe(client).get("FinalMetricDataList", [])}
    assert list(found) == emitted
    assert [name for name, value in found.items() if value == 0.25] == ([metric] if metric else [])
    assert service.training_job("final").metric == (0.25 if metric else None)


def test_a_training_job_of_a_built_in_algorithm_has_its_metrics(client: Any) -> None:
    create(client, AlgorithmSpecification=BUILTIN)
    metrics = describe(client)["AlgorithmSpecification"]["MetricDefinitions"]
    assert {"train:rmse", "validation:auc"} < {each["Name"] for each in metrics}
    assert "ObjectiveMetric" not in {each["Name"] for each in metrics}


def test_an_objective_sees_the_hyperparameters_of_the_request(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.scored_by(lambda given: float(given["eta"])), training_jobs=True)
    create(client)
    create(client, "silent", AlgorithmSpecification={**ALGORITHM, "MetricDefinitions": []})
    clock.at(300)
    assert describe(client)["FinalMetricDataList"][0]["Value"] == pytest.approx(0.3)
    assert (service.training_job("final").metric, service.training_job("silent").metric) == (
        pytest.approx(0.3),
        None,
    )


def test_an_objective_that_raises_does_so_at_once_and_nothing_is_stored(
    service: FakeTuningService, client: Any
) -> None:
    service.on_create(ROUND.scored_by(lambda given: float(given["depth"])), training_jobs=True)
    with pytest.raises(KeyError, match="depth"):
        create(client)
    assert listed(client) == []
    assert service.next_event_after(START) is None


# Endings. Undisturbed a training job is Starting to 60 s, Downloading to 90 s, Training to 270 s, over at 300 s.

BEGUN = [("Starting", 0), ("Downloading", 60), ("Training", 90)]
HOUR = 3600

ENDINGS: dict[str, tuple[Scenario, dict[str, Any], list[tuple[str, float]], str | None]] = {
    "natural": (ROUND, {}, [*BEGUN, ("Uploading", 270), ("Completed", 300)], None),
    "completes": (ROUND.completes(), {}, [*BEGUN, ("Uploading", 270), ("Completed", 300)], None),
    "completes later": (
        ROUND.completes(after="10m"),
        {},
        [*BEGUN, ("Uploading", 570), ("Completed", 600)],
        None,
    ),
    "completes sooner": (
        ROUND.completes(after="1m"),
        {},
        [("Starting", 0), ("Downloading", 15), ("Training", 22.5), ("Uploading", 52.5), ("Completed", 60)],
        None,
    ),
    "completes although its trial would never end": (
        ROUND.trial(1).never_ends().completes(after="10m"),
        {},
        [*BEGUN, ("Uploading", 570), ("Completed", 600)],
        None,
    ),
    "fails": (ROUND.fails(), {}, [*BEGUN, ("Failed", 198)], "AlgorithmError: , exit code: 1"),
    "fails for a reason": (
        ROUND.fails("ClientError: no data"),
        {},
        [*BEGUN, ("Failed", 198)],
        "ClientError: no data",
    ),
    "fails then": (
        ROUND.fails(after="2m"),
        {},
        [*BEGUN, ("Failed", 120)],
        "AlgorithmError: , exit code: 1",
    ),
    "fails then for a reason": (
        ROUND.fails("ClientError: no data", after="70s"),
        {},
        [("Starting", 0), ("Downloading", 60), ("Failed", 70)],
        "ClientError: no data",
    ),
    "fails later than it would have completed": (
        ROUND.fails(after="40m"),
        {},
        [*BEGUN, ("Failed", 2400)],
        "AlgorithmError: , exit code: 1",
    ),
    "stops": (ROUND.stops(), {}, [*BEGUN, ("Stopping", 150), ("Stopped", 180)], None),
    "stops then": (
        ROUND.stops(after="100s"),
        {},
        [*BEGUN, ("Stopping", 100), ("Stopped", 130)],
        None,
    ),
    "stops while it is prepared": (
        ROUND.stops(after="20s"),
        {},
        [("Starting", 0), ("Stopping", 20), ("Stopped", 50)],
        None,
    ),
    "stops later than it would have completed": (
        ROUND.stops(after="40m"),
        {},
        [*BEGUN, ("Stopping", 2400), ("Stopped", 2430)],
        None,
    ),
    "stops half-way of what happens to one that would never end": (
        ROUND.trial(1).never_ends(ignoring_limits=True).stops(),
        {},
        [("Starting", 0), ("Stopping", 45), ("Stopped", 75)],
        None,
    ),
    "stops half-way to the limit of one that would never end": (
        ROUND.trial(1).never_ends().stops(),
        {"StoppingCondition": {"MaxRuntimeInSeconds": HOUR}},
        [*BEGUN, ("Stopping", (60 + HOUR + 30) / 2), ("Stopped", (60 + HOUR + 30) / 2 + 30)],
        None,
    ),
    "stops one that would never end": (
        ROUND.trial(1).never_ends().stops(after="1h"),
        {},
        [*BEGUN, ("Stopping", HOUR), ("Stopped", HOUR + 30)],
        None,
    ),
    "never ends before the day that it has": (
        ROUND.never_ends(),
        {"StoppingCondition": {}},
        [*BEGUN, ("Stopping", 60 + 24 * HOUR), ("MaxRuntimeExceeded", 90 + 24 * HOUR)],
        None,
    ),
    "trial never ends before its limit": (
        ROUND.trial(1).never_ends(),
        {"StoppingCondition": {"MaxRuntimeInSeconds": HOUR}},
        [*BEGUN, ("Stopping", 60 + HOUR), ("MaxRuntimeExceeded", 90 + HOUR)],
        None,
    ),
    "never ends, ignoring limits": (ROUND.never_ends(ignoring_limits=True), {}, BEGUN, None),
    "trial never ends, ignoring limits": (ROUND.trial(1).never_ends(ignoring_limits=True), {}, BEGUN, None),
    "trial takes": (
        ROUND.trial(1).takes("10m"),
        {},
        [*BEGUN, ("Uploading", 570), ("Completed", 600)],
        None,
    ),
    "trial fails": (
        ROUND.trial(1).fails("AlgorithmError: boom"),
        {},
        [*BEGUN, ("Failed", 198)],
        "AlgorithmError: boom",
    ),
    "trial fails when its job does": (
        ROUND.trial(1).fails("AlgorithmError: boom").completes(after="10m"),
        {},
        [*BEGUN, ("Failed", 600)],
        "AlgorithmError: boom",
    ),
    "the trial's own reason comes first": (
        ROUND.trial(1).fails("AlgorithmError: boom").fails("no luck"),
        {},
        [*BEGUN, ("Failed", 198)],
        "AlgorithmError: boom",
    ),
    "trial completes although its job fails": (
        ROUND.trial(1).completes().fails(),
        {},
        [*BEGUN, ("Uploading", 270), ("Completed", 300)],
        None,
    ),
    "trial stops": (ROUND.trial(1).stops(), {}, [*BEGUN, ("Stopping", 180), ("Stopped", 210)], None),
    "all fail": (ROUND.failing(1), {}, [*BEGUN, ("Failed", 198)], "AlgorithmError: , exit code: 1"),
    "lacks capacity": (
        ROUND.trial(1).lacks_capacity(),
        {},
        [("Starting", 0), ("Failed", 60)],
        "CapacityError: Unable to provision requested ML compute capacity. "
        "Please retry using a different ML instance type.",
    ),
    "an internal error without retries": (
        ROUND.trial(1).hits_internal_errors(),
        {},
        [*BEGUN, ("Failed", 198)],
        "InternalServerError: We encountered an internal error. Please try again.",
    ),
    "an internal error that is retried": (
        ROUND.paced(restart="12s").trial(1).hits_internal_errors(),
        {"RetryStrategy": {"MaximumRetryAttempts": 1}},
        [
            *BEGUN,
            ("Restarting", 198),
            ("Starting", 210),
            ("Downloading", 270),
            ("Training", 300),
            ("Uploading", 480),
            ("Completed", 510),
        ],
        None,
    ),
    "interrupted on spot capacity": (
        ROUND.paced(restart="12s").trial(1).is_interrupted(),
        SPOT,
        [
            *BEGUN,
            ("Interrupted", 198),
            ("Starting", 210),
            ("Downloading", 270),
            ("Training", 300),
            ("Uploading", 480),
            ("Completed", 510),
        ],
        None,
    ),
    "interrupted elsewhere": (
        ROUND.trial(1).is_interrupted(),
        {},
        [*BEGUN, ("Uploading", 270), ("Completed", 300)],
        None,
    ),
    "runs too long": (
        ROUND,
        {"StoppingCondition": {"MaxRuntimeInSeconds": 100}},
        [*BEGUN, ("Stopping", 160), ("MaxRuntimeExceeded", 190)],
        None,
    ),
    "is limited before its ending": (
        ROUND.stops(after="170s"),
        {"StoppingCondition": {"MaxRuntimeInSeconds": 100}},
        [*BEGUN, ("Stopping", 160), ("MaxRuntimeExceeded", 190)],
        None,
    ),
    "fails before a limit stops it": (
        ROUND.fails("quota"),
        {"StoppingCondition": {"MaxRuntimeInSeconds": 100}},
        [*BEGUN, ("Failed", 160)],
        "quota",
    ),
    "fails then, unless a limit would stop it before": (
        ROUND.fails("quota", after="40m"),
        {"StoppingCondition": {"MaxRuntimeInSeconds": HOUR // 3}},
        [*BEGUN, ("Failed", 1_260)],
        "quota",
    ),
    "runs for more than the day that it has": (
        ROUND.completes(after="2d"),
        {"StoppingCondition": None},
        [*BEGUN, ("Stopping", 86_460), ("MaxRuntimeExceeded", 86_490)],
        None,
    ),
    "waits too long": (
        ROUND.paced(restart="12s").trial(1).is_interrupted(),
        {
            "EnableManagedSpotTraining": True,
            "StoppingCondition": {"MaxRuntimeInSeconds": 200, "MaxWaitTimeInSeconds": 220},
        },
        [*BEGUN, ("Interrupted", 198), ("Starting", 210), ("Stopping", 220), ("MaxWaitTimeExceeded", 250)],
        None,
    ),
}
PRIMARY = {
    "Completed": "Completed",
    "Failed": "Failed",
    "Stopped": "Stopped",
    "MaxRuntimeExceeded": "Stopped",
    "MaxWaitTimeExceeded": "Stopped",
    "Training": "InProgress",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_is_what_the_scenario_says(
    service: FakeTuningService, client: Any, clock: HandClock, ending: str
) -> None:
    scenario, members, expected, reason = ENDINGS[ending]
    service.on_create(scenario, training_jobs=True)
    create(client, **members)
    clock.advance("50d")
    found = describe(client)
    assert history(client) == expected
    assert found["TrainingJobStatus"] == PRIMARY[expected[-1][0]]
    assert found.get("FailureReason") == reason
    over = expected[-1][0] != "Training"
    assert found.get("TrainingEndTime") == (after(expected[-1][1]) if over else None)
    started = [second for status, second in expected if status == "Downloading"]
    assert ("TrainingStartTime" in found) == bool(started)
    if over:
        assert found.get("TrainingTimeInSeconds") == (int(expected[-1][1] - started[0]) if started else None)
    assert ("BillableTimeInSeconds" in found) == (over and bool(started))
    trained = any(status == "Training" for status, _ in expected)
    kept = over and trained and found["TrainingJobStatus"] != "Failed"
    assert ("ModelArtifacts" in found) == kept
    # One that does not end by itself has emitted all that it will long before something ends it.
    cut_late = over and "never end" in ending and expected[-1][1] > 300
    emitted = expected[-1][0] == "Completed" or cut_late
    assert ("FinalMetricDataList" in found) == emitted
    for status, second in expected:
        clock.at(second)
        assert describe(client)["SecondaryStatus"] == status
        assert history(client)[-1] == (status, second)


def test_spot_capacity_is_billed_at_less(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    create(client, **SPOT)
    clock.at(300)
    found = describe(client)
    assert 0 < found["BillableTimeInSeconds"] < found["TrainingTimeInSeconds"] == 240


def test_a_scenario_concerns_training_jobs_of_its_names_that_are_created_later_and_no_tuning_jobs(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, "early")
    service.on_create(ROUND.fails("any", after="1m"), training_jobs=True)
    service.on_create(ROUND.fails("churn", after="1m"), name="churn-*", training_jobs=True)
    create(client, "late")
    create(client, "churn-final")
    client.create_hyper_parameter_tuning_job(**request("churn-job"))
    clock.advance("2m")
    told = {name: describe(client, name).get("FailureReason") for name in ("early", "late", "churn-final")}
    assert told == {"early": None, "late": "any", "churn-final": "churn"}
    assert service.job("churn-job").status == "InProgress"


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        (
            ROUND.trial(1).takes("1m").trial(2).fails(),
            "a training job is its own and only trial: write .trial(1), and not .trial(2)",
        ),
        (
            ROUND.trial(1).tries(eta=0.1),
            "a training job tries nothing: its hyperparameters are those of its request",
        ),
        (
            ROUND.refusing_deletion(),
            "the deletion of a training job cannot fail: it has no status for that",
        ),
    ],
)
def test_a_scenario_that_no_training_job_can_live_is_refused_where_it_is_written(
    service: FakeTuningService, client: Any, scenario: Scenario, text: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        service.on_create(scenario, training_jobs=True)
    assert str(raised.value) == text
    service.on_create(scenario)
    create(client)
    assert statuses(client) == ("InProgress", "Starting")


# Stop.


@pytest.mark.parametrize(
    ("second", "begun"),
    [
        (0, []),
        (30, [("Starting", 0)]),
        (70, [("Starting", 0), ("Downloading", 60)]),
        (200, BEGUN),
        (280, [*BEGUN, ("Uploading", 270)]),
    ],
)
def test_a_training_job_is_stopped_in_each_phase(
    client: Any, clock: HandClock, second: int, begun: list[tuple[str, float]]
) -> None:
    create(client)
    clock.at(second)
    answer = client.stop_training_job(TrainingJobName="final")
    assert list(answer) == ["ResponseMetadata"]
    assert statuses(client) == ("Stopping", "Stopping")
    assert describe(client)["LastModifiedTime"] == after(second)
    clock.at(second + 29)
    assert "TrainingEndTime" not in describe(client)
    clock.at(second + 30)
    assert statuses(client) == ("Stopped", "Stopped")
    assert history(client) == [*begun, ("Stopping", second), ("Stopped", second + 30)]
    found = describe(client)
    assert found["TrainingEndTime"] == after(second + 30)
    # What it had trained is kept.
    assert found.get("ModelArtifacts") == (
        {"S3ModelArtifacts": "s3://models/churn/final/output/model.tar.gz"} if second >= 200 else None
    )
    assert "FailureReason" not in found
    assert ("FinalMetricDataList" in found) == (second == 280)
    waiter = client.get_waiter("training_job_completed_or_stopped")
    waiter.wait(TrainingJobName="final")


@pytest.mark.parametrize(
    ("scenario", "second", "status"),
    [
        (ROUND, 300, "Completed"),
        (ROUND.fails(), 300, "Failed"),
        (ROUND.stops(after="2m"), 130, "Stopping"),
        (ROUND.stops(after="2m"), 150, "Stopped"),
    ],
)
def test_only_a_training_job_that_runs_can_be_stopped(
    service: FakeTuningService,
    client: Any,
    clock: HandClock,
    *,
    scenario: Scenario,
    second: int,
    status: str,
) -> None:
    service.on_create(scenario, training_jobs=True)
    create(client)
    clock.at(second)
    before = describe(client)
    with pytest.raises(ClientError) as raised:
        client.stop_training_job(TrainingJobName="final")
    assert said(raised.value) == (
        "ValidationException",
        f"The request was rejected because the training job is in status {status}.",
    )
    assert describe(client) == before


@pytest.mark.parametrize(("ending", "second"), [("110s", 200), ("200s", 300)], ids=["stopping", "stopped"])
def test_one_that_was_stopped_is_not_stopped_again_by_its_scenario(
    service: FakeTuningService, client: Any, clock: HandClock, ending: str, second: int
) -> None:
    service.on_create(ROUND.stops(after=ending), training_jobs=True)
    create(client)
    clock.at(100)
    stop(client)
    clock.at(second)
    assert history(client) == [*BEGUN, ("Stopping", 100), ("Stopped", 130)]


def test_one_that_is_being_stopped_can_fail(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.fails("pulled the plug", after="110s"), training_jobs=True)
    create(client)
    clock.at(100)
    stop(client)
    clock.at(200)
    assert history(client) == [*BEGUN, ("Stopping", 100), ("Failed", 110)]
    assert describe(client)["FailureReason"] == "pulled the plug"


def test_one_that_was_stopped_does_not_fail_at_a_limit_that_it_never_reaches(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.fails("pulled the plug"), training_jobs=True)
    create(client, StoppingCondition={"MaxRuntimeInSeconds": 60})
    clock.at(110)
    stop(client)
    clock.at(300)
    # It would have reached its limit at 120 s, 60 s after it had started.
    assert history(client) == [*BEGUN, ("Stopping", 110), ("Stopped", 140)]


def test_a_waiter_tells_a_failure(virtual_service: FakeTuningService) -> None:
    virtual_service.on_create(ROUND.fails(), training_jobs=True)
    client = boto3.client("sagemaker")
    create(client)
    with pytest.raises(WaiterError, match="Waiter encountered a terminal failure state"):
        client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="final")


# Time moved back.


def test_when_time_is_moved_back_a_later_training_job_is_not_there(client: Any, clock: HandClock) -> None:
    clock.at(100)
    create(client)
    clock.at(400)
    ended = describe(client)
    clock.at(99)
    with pytest.raises(ClientError, match="Requested resource not found"):
        describe(client)
    assert listed(client) == []
    clock.at(200)
    assert statuses(client) == ("InProgress", "Training")
    clock.at(400)
    assert describe(client) == ended


def test_a_stop_in_the_past_rewrites_the_future_and_leaves_later_jobs_of_the_name(
    client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(400)
    delete(client)
    clock.at(500)
    create(client)
    clock.at(100)
    stop(client)
    clock.at(399)
    assert statuses(client) == ("Stopped", "Stopped")
    clock.at(400)
    assert statuses(client) == ("Deleting", "Stopped")
    clock.at(520)
    assert describe(client)["CreationTime"] == after(500)
    assert statuses(client) == ("InProgress", "Starting")


def test_a_training_job_that_is_created_in_the_past_takes_the_name_from_a_later_one(
    client: Any, clock: HandClock
) -> None:
    clock.at(100)
    create(client)
    clock.at(500)
    delete(client)
    clock.at(50)
    create(client, HyperParameters={"depth": "3"})
    clock.at(1000)
    found = describe(client)
    assert (found["CreationTime"], found["HyperParameters"]) == (after(50), {"depth": "3"})
    assert found["TrainingJobStatus"] == "Completed"


# Regions.


def test_regions_are_separate(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    west = boto3.client("sagemaker", region_name="eu-west-1")
    create(client)
    clock.advance("30s")
    created = west.create_training_job(**training())
    assert created["TrainingJobArn"] == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/final"
    stop(west)
    assert (statuses(client), statuses(west)) == (("InProgress", "Starting"), ("Stopping", "Stopping"))
    assert service.training_job("final", region="eu-west-1").status == "Stopping"
    clock.advance("1h")
    delete(west)
    clock.advance("1h")
    assert (listed(client), listed(west)) == (["final"], [])


# What a test asks of the service.


def test_what_the_service_tells_of_a_training_job(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.trial(1).scores(0.5), training_jobs=True)
    create(client)
    view = service.training_job("final")
    assert (view.number, view.name, view.status) == (1, "final", "InProgress")
    assert view.hyperparameters == {"objective": "binary:logistic", "eta": "0.3"}
    assert (view.created, view.ended, view.metric, view.failure_reason) == (START, None, None, None)
    clock.at(300)
    view = service.training_job("final")
    assert (view.status, view.ended, view.metric, view.objective_status) == (
        "Completed",
        after(300),
        0.5,
        "Succeeded",
    )
    delete(client)
    assert service.training_job("final").status == "Deleting"


def test_what_the_service_tells_of_a_trial_as_a_training_job(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    clock.advance("1h")
    for trial in service.job("xgb").trials:
        assert service.training_job(trial.name) == trial


def test_a_training_job_that_there_is_not_is_named_with_those_that_there_are(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    with pytest.raises(KeyError) as raised:
        service.training_job("final")
    assert raised.value.args[0] == "unknown training job 'final': there are none in us-east-1 now"
    create(client, "final-1")
    create(client, "other")
    with pytest.raises(KeyError) as raised:
        service.training_job("Final-1")
    assert raised.value.args[0] == (
        "unknown training job 'Final-1': did you mean 'final-1'? The choices are final-1, other."
    )
    with pytest.raises(KeyError, match="there are none in eu-west-1 now"):
        service.training_job("final-1", region="eu-west-1")
    clock.at(-1)
    with pytest.raises(KeyError, match="there are none"):
        service.training_job("final-1")
