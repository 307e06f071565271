"""Training jobs that were captured: what becomes of them after the capture."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService
from support.requests import training
from support.training_job_calls import describe

if TYPE_CHECKING:
    from support.hand_clock import HandClock

CAPTURED = {
    **training(),
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/final",
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
    "CreationTime": 1_500_000_000,
    "LastModifiedTime": 1_500_000_060,
}


def phases(*statuses: str) -> list[dict[str, Any]]:
    """Transitions, of which each begins a minute after the one before."""
    begins = [1_500_000_000 + 60 * at for at in range(len(statuses))]
    return [{"Status": status, "StartTime": begun} for status, begun in zip(statuses, begins, strict=True)]


@pytest.mark.parametrize(
    ("begun", "emits"),
    [
        (["Starting", "Stopping"], False),
        (["Starting", "Downloading", "Stopping"], False),
        (["Starting", "Downloading", "Training", "Stopping"], True),
        (["Starting", "Downloading", "Training", "Uploading"], True),
        (["Starting"], True),
    ],
)
def test_only_a_training_job_that_has_trained_has_final_metrics(
    service: FakeTuningService, client: Any, clock: HandClock, begun: list[str], emits: bool
) -> None:
    status = "Stopping" if begun[-1] == "Stopping" else "InProgress"
    service.add_training_job(
        {
            **CAPTURED,
            "TrainingJobStatus": status,
            "SecondaryStatus": begun[-1],
            "SecondaryStatusTransitions": phases(*begun),
        }
    )
    clock.advance("1h")
    found = describe(client)
    assert found["TrainingJobStatus"] == ("Stopped" if status == "Stopping" else "Completed")
    assert ("FinalMetricDataList" in found) == emits


COMPLETED = {
    **CAPTURED,
    "TrainingJobStatus": "Completed",
    "SecondaryStatus": "Completed",
    "TrainingEndTime": 1_500_000_060.25,
    "LastModifiedTime": 1_500_000_060.25,
}


def test_timestamps_of_final_metrics_stay_whole_seconds(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    metrics = [
        {"MetricName": "auc", "Value": 0.5, "Timestamp": 1_500_000_050},
        {"MetricName": "odd", "Value": 0.5, "Timestamp": 1_500_000_050.5},
        {"MetricName": "untimed", "Value": 0.5},
    ]
    service.add_training_job({**COMPLETED, "FinalMetricDataList": metrics})
    auc, odd, untimed = describe(client)["FinalMetricDataList"]
    assert auc["Timestamp"] == clock.now() - timedelta(seconds=11)
    assert odd["Timestamp"] == clock.now() - timedelta(seconds=9.75)
    assert "Timestamp" not in untimed


# Deletions.


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"SecondaryStatus": "Failed", "FailureReason": "ClientError: no data"},
        {"SecondaryStatus": "MaxRuntimeExceeded"},
        {"WarmPoolStatus": {"Status": "Available"}},
        {
            "SecondaryStatus": "Training",
            "SecondaryStatusTransitions": phases("Starting", "Training", "Stopped"),
        },
        {"SecondaryStatus": "Training"},
    ],
)
def test_one_that_is_being_deleted_is_read_back_and_soon_gone(
    service: FakeTuningService, client: Any, clock: HandClock, members: dict[str, Any]
) -> None:
    response = {**COMPLETED, **members, "TrainingJobStatus": "Deleting"}
    service.add_training_job(response)
    found = describe(client)
    assert {member: found[member] for member in ("TrainingJobStatus", *members)} == {
        member: found[member] if member == "SecondaryStatusTransitions" else response[member]
        for member in ("TrainingJobStatus", *members)
    }
    assert found["LastModifiedTime"] == clock.now()
    assert statuses_listed(client) == ["Deleting"]
    with pytest.raises(ClientError):
        client.delete_training_job(TrainingJobName="final")
    clock.advance("1m")
    assert statuses_listed(client) == []
    with pytest.raises(ClientError, match="not found"):
        describe(client)


def statuses_listed(client: Any) -> list[str]:
    return [each["TrainingJobStatus"] for each in client.list_training_jobs()["TrainingJobSummaries"]]


# Another name in the ARN.


def test_another_name_in_the_arn_stays_there_and_finds_the_training_job(
    service: FakeTuningService, client: Any
) -> None:
    # Until 2022 ARNs were in lower case.
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/fin-al"
    service.add_training_job({**COMPLETED, "TrainingJobArn": arn.replace("us-east-1", "eu-west-1")})
    (listed,) = client.list_training_jobs()["TrainingJobSummaries"]
    assert describe(client)["TrainingJobArn"] == listed["TrainingJobArn"] == arn
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "search"}])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "search"}]
    with pytest.raises(ClientError, match="Resource does not exist"):
        client.list_tags(ResourceArn=arn.replace("fin-al", "final"))


def test_an_arn_without_a_name_is_made_anew(service: FakeTuningService, client: Any) -> None:
    service.add_training_job({**COMPLETED, "TrainingJobArn": "edited"})
    assert describe(client)["TrainingJobArn"] == "arn:aws:sagemaker:us-east-1:123456789012:training-job/final"
