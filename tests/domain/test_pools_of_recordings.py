"""The warm pools that captured training jobs told of live on as those of created jobs do."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService
from support.requests import training
from support.shared_files import recorded
from support.training_job_calls import create, describe, listed, stop

if TYPE_CHECKING:
    from support.hand_clock import HandClock

STATUSES = ("Available", "InUse", "Reused", "Terminated")
START, POOLED = 1_500_000_000, {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 20}


def captured(
    pool: dict[str, Any], *, keep: int | None = 70, over: bool = True, **members: Any
) -> dict[str, Any]:
    """A captured training job that tells of a warm pool, and that has ended or still trains."""
    period = {} if keep is None else {"KeepAlivePeriodInSeconds": keep}
    statuses = ["Starting", "Downloading", "Training", *(["Uploading", "Completed"] if over else [])]
    starts = [START + 60 * at for at in range(len(statuses))]
    return {
        **training(ResourceConfig={**POOLED, **period}),
        "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/final",
        "TrainingJobStatus": "Completed" if over else "InProgress",
        "SecondaryStatus": statuses[-1],
        "CreationTime": START,
        "LastModifiedTime": starts[-1],
        "SecondaryStatusTransitions": [
            {"Status": status, "StartTime": start, "StatusMessage": f"as captured: {status}"}
            for status, start in zip(statuses, starts, strict=True)
        ],
        "WarmPoolStatus": pool,
        **members,
    }


def pool(client: Any, name: str = "final") -> dict[str, Any]:
    """The status of a warm pool, on which describe, list and its filter agree."""
    status: dict[str, Any] = describe(client, name)["WarmPoolStatus"]
    (summary,) = client.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    assert summary["WarmPoolStatus"] == status
    if status["Status"] in STATUSES:
        assert name in listed(client, WarmPoolStatusEquals=status["Status"])
    return status


def last_word(client: Any) -> str:
    return str(describe(client)["SecondaryStatusTransitions"][-1]["StatusMessage"])


def keep_for(client: Any, seconds: int) -> None:
    client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": seconds})


@pytest.mark.parametrize("status", STATUSES)
def test_a_recorded_pool_is_listed_as_it_is_described(
    service: FakeTuningService, client: Any, status: str
) -> None:
    response = recorded(f"ack2022_DescribeTrainingJob_warm_pool_{status}")
    view = service.add_training_job(response)
    assert pool(client, view.name) == response["WarmPoolStatus"]


def test_one_that_was_in_use_becomes_available_and_is_released(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(captured({"Status": "InUse"}, over=False))
    assert pool(client) == {"Status": "InUse"}
    while describe(client)["TrainingJobStatus"] == "InProgress":
        assert pool(client) == {"Status": "InUse"}
        clock.advance("1s")
    assert pool(client) == {"Status": "Available"}
    assert last_word(client) == "Resource retained for reuse"
    clock.advance("68s")
    assert pool(client) == {"Status": "Available"}
    clock.advance("2s")
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 69}
    assert last_word(client) == "Resource released due to keep alive period expiry"


def test_one_that_was_available_is_released_when_its_time_is_up(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(captured({"Status": "Available", "FromTheFuture": {"On": True}}))
    begun = clock.now()
    for _ in range(7):
        assert pool(client) == {"Status": "Available", "FromTheFuture": {"On": True}}
        assert last_word(client) == "as captured: Completed"
        clock.advance("10s")
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 69}
    assert last_word(client) == "Resource released due to keep alive period expiry"
    assert describe(client)["LastModifiedTime"] == begun + timedelta(seconds=70)
    with pytest.raises(ClientError, match="has no warm pool"):
        keep_for(client, 500)


def test_one_that_was_available_is_kept_longer_or_no_longer(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(captured({"Status": "Available"}))
    keep_for(client, 500)
    assert describe(client)["ResourceConfig"] == {**POOLED, "KeepAlivePeriodInSeconds": 500}
    clock.advance("400s")
    assert pool(client) == {"Status": "Available"}
    keep_for(client, 0)
    assert pool(client)["Status"] == "Terminated"


def test_one_that_was_available_can_be_terminated_at_once(service: FakeTuningService, client: Any) -> None:
    service.add_training_job(captured({"Status": "Available"}))
    keep_for(client, 0)
    assert pool(client)["Status"] == "Terminated"


def test_one_that_was_available_is_taken_over(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(captured({"Status": "Available"}))
    clock.advance("30s")
    create(client, "next", ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 70})
    assert pool(client) == {
        "Status": "Reused",
        "ReusedByJob": "next",
        "ResourceRetainedBillableTimeInSeconds": 30,
    }
    assert pool(client, "next") == {"Status": "InUse"}


@pytest.mark.parametrize("keep", [None, 70])
@pytest.mark.parametrize(
    "status",
    [
        {"Status": "Reused", "ReusedByJob": "other", "ResourceRetainedBillableTimeInSeconds": 42},
        {"Status": "Reused"},
        {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 42},
        {"Status": "Terminated"},
    ],
)
def test_one_that_was_gone_stays_so(
    service: FakeTuningService, client: Any, clock: HandClock, status: dict[str, Any], keep: int | None
) -> None:
    service.add_training_job(captured(status, keep=keep))
    modified = describe(client)["LastModifiedTime"]
    create(client, "next", ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 70})
    for _ in range(2):
        assert pool(client) == status
        assert last_word(client) == "as captured: Completed"
        assert describe(client)["LastModifiedTime"] == modified
        with pytest.raises(ClientError, match="has no warm pool"):
            keep_for(client, 500)
        clock.advance("10h")


def test_that_of_one_that_is_stopped_ends_as_those_of_created_jobs_do(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(captured({"Status": "InUse"}, over=False))
    clock.advance("2s")
    stop(client)
    assert pool(client) == {"Status": "InUse"}
    seen = []
    for _ in range(300):
        seen += [pool(client)["Status"]] if pool(client)["Status"] not in seen else []
        clock.advance("1s")
    assert seen == ["InUse", "Available", "Terminated"]


def test_before_the_capture_it_was_as_it_must_have_been(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    status = {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 19}
    end = START + 4 * 60
    service.add_training_job(captured(status, LastModifiedTime=end + 20))
    assert pool(client) == status
    clock.time -= timedelta(seconds=10)
    assert pool(client) == {"Status": "Available"}
    clock.time -= timedelta(seconds=20)
    assert pool(client) == {"Status": "InUse"}


@pytest.mark.parametrize("status", [*STATUSES, "Unheard"])
@pytest.mark.parametrize("over", [True, False])
@pytest.mark.parametrize("transitions", [True, False])
def test_whatever_was_captured_is_described_so(
    service: FakeTuningService, client: Any, clock: HandClock, status: str, *, over: bool, transitions: bool
) -> None:
    response = captured({"Status": status}, keep=None, over=over)
    if not transitions:
        del response["SecondaryStatusTransitions"]
    service.add_training_job(response)
    assert pool(client) == {"Status": status}
    assert describe(client).keys() == response.keys()
    clock.advance("10h")
    assert pool(client)["Status"] == ("Reused" if status == "Reused" else "Terminated")


def test_that_of_a_trial_is_the_affair_of_its_tuning_job(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/xgb"
    service.add_training_job(captured({"Status": "Available"}, keep=None, TuningJobArn=arn))
    assert pool(client) == {"Status": "Available"}
    with pytest.raises(ClientError, match="has no warm pool"):
        keep_for(client, 500)
    clock.advance("10h")
    assert pool(client) == {"Status": "Terminated"}


def test_without_one_in_the_response_there_is_none(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    response = captured({"Status": "InUse"}, over=False)
    del response["WarmPoolStatus"]
    service.add_training_job(response)
    for _ in range(2):
        assert "WarmPoolStatus" not in describe(client)
        clock.advance("10h")
