"""The warm pool of a training job: its four statuses, who takes it over, and what is said and modified then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.jobs.warm_pool import match
from support.answers import said
from support.hand_clock import after
from support.requests import training
from support.scenarios import ROUND
from support.training_job_calls import create, delete, describe, listed

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from fake_tuning.service.validation.model import Constraints
    from support.hand_clock import HandClock

POOLED = {
    "InstanceType": "ml.m5.large",
    "InstanceCount": 1,
    "VolumeSizeInGB": 20,
    "KeepAlivePeriodInSeconds": 70,
}
COMPLETED = "Training job completed"
RETAINED = "Resource retained for reuse"
RELEASED = "Resource released due to keep alive period expiry"


def pool(client: Any, name: str = "final") -> dict[str, Any]:
    status: dict[str, Any] = describe(client, name)["WarmPoolStatus"]
    (summary,) = client.list_training_jobs(NameContains=name)["TrainingJobSummaries"]
    assert summary["WarmPoolStatus"] == status
    return status


def last_word(client: Any, name: str = "final") -> str:
    return str(describe(client, name)["SecondaryStatusTransitions"][-1]["StatusMessage"])


def test_a_pool_that_nobody_takes_over(client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    assert pool(client) == {"Status": "InUse"}
    clock.at(299)
    assert pool(client) == {"Status": "InUse"}
    clock.at(300)
    assert pool(client) == {"Status": "Available"}
    assert last_word(client) == RETAINED
    assert describe(client)["LastModifiedTime"] == after(300)
    clock.at(369)
    assert pool(client) == {"Status": "Available"}
    clock.at(370)
    # Recorded: 69 of 70 seconds.
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 69}
    assert last_word(client) == RELEASED
    assert describe(client)["LastModifiedTime"] == after(370)
    assert listed(client, LastModifiedTimeAfter=after(369)) == ["final"]


def test_a_pool_that_the_next_training_job_takes_over(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    create(client, ResourceConfig=POOLED)
    clock.at(345.9)
    create(client, "next", ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 10})
    assert pool(client) == {
        "Status": "Reused",
        "ReusedByJob": "next",
        "ResourceRetainedBillableTimeInSeconds": 45,
    }
    assert last_word(client) == "Resource reused by training job: next"
    assert describe(client)["LastModifiedTime"] == after(345.9)
    assert pool(client, "next") == {"Status": "InUse"}
    # Its instances are warm: they need not be started.
    starting = describe(client, "next")
    clock.advance("10s")
    assert describe(client, "next")["SecondaryStatus"] != starting["SecondaryStatus"] == "Starting"
    clock.at(345)
    assert pool(client) == {"Status": "Available"}


def test_a_pool_is_taken_over_once(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    create(client, ResourceConfig=POOLED)
    clock.at(310)
    create(client, "second", ResourceConfig=POOLED)
    create(client, "third", ResourceConfig=POOLED)
    assert pool(client)["ReusedByJob"] == "second"
    clock.advance("10s")
    assert [describe(client, each)["SecondaryStatus"] for each in ("second", "third")] == [
        "Downloading",
        "Starting",
    ]


@pytest.mark.parametrize(
    "members",
    [
        {"ResourceConfig": {**POOLED, "InstanceType": "ml.m5.xlarge"}},
        {"ResourceConfig": {**POOLED, "VolumeSizeInGB": 21}},
        {"ResourceConfig": {key: POOLED[key] for key in POOLED if key != "KeepAlivePeriodInSeconds"}},
        {"ResourceConfig": POOLED, "RoleArn": "arn:aws:iam::123456789012:role/another"},
        {"ResourceConfig": POOLED, "EnableNetworkIsolation": True},
        {"ResourceConfig": POOLED, "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
    ],
)
def test_a_training_job_that_is_not_like_it_takes_nothing_over(
    client: Any, clock: HandClock, members: dict[str, Any]
) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(310)
    create(client, "other", **members)
    assert pool(client) == {"Status": "Available"}


def test_other_data_and_other_hyperparameters_do_not_matter() -> None:
    request = training("final", ResourceConfig=POOLED)
    other = training("next", ResourceConfig=POOLED, HyperParameters={"a": "1"}, EnableNetworkIsolation=False)
    del other["InputDataConfig"]
    assert match(request, other)


@pytest.mark.parametrize(
    ("scenario", "word"),
    [
        (ROUND.fails(), "Training job failed"),
        (ROUND.fails("ClientError: no such file"), "Training job failed"),
        (ROUND.stops(after="65s"), "Training job stopped"),
    ],
)
def test_a_training_job_that_has_used_its_instances_leaves_a_pool(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Any, word: str
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    service.on_create(scenario, name="final", training_jobs=True)
    create(client, ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 600})
    clock.at(299)
    assert pool(client) == {"Status": "Available"}
    create(client, "next", ResourceConfig=POOLED)
    assert pool(client)["ReusedByJob"] == "next"
    assert last_word(client) == word
    clock.advance("10s")
    assert describe(client, "next")["SecondaryStatus"] == "Downloading"


@pytest.mark.parametrize(
    "scenario",
    [
        ROUND.trial(1).lacks_capacity(),
        ROUND.stops(after="55s"),
        ROUND.fails("InternalServerError: We encountered an internal error. Please try again."),
    ],
    ids=["was not launched", "was stopped before its launch", "was broken by the service"],
)
def test_a_training_job_whose_instances_are_no_use_leaves_no_pool(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Any
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    service.on_create(scenario, name="final", training_jobs=True)
    create(client, ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 600})
    clock.at(301)
    assert pool(client) == {"Status": "Terminated"}
    create(client, "next", ResourceConfig=POOLED)
    assert pool(client) == {"Status": "Terminated"}
    clock.advance("10s")
    assert describe(client, "next")["SecondaryStatus"] == "Starting"


def test_a_pool_is_kept_longer_when_that_is_asked_for(client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(350)
    client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 200})
    clock.at(499)
    assert pool(client) == {"Status": "Available"}
    assert describe(client)["LastModifiedTime"] == after(350)
    clock.at(500)
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 199}
    with pytest.raises(Exception, match="has no warm pool"):
        client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 900})


@pytest.mark.parametrize("second", [200, 300, 350])
def test_a_pool_that_is_to_be_kept_no_longer_is_terminated(
    client: Any, clock: HandClock, second: int
) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(second)
    client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 0})
    clock.at(299)
    assert pool(client) == {"Status": "InUse"}
    clock.at(max(second, 300))
    retained = max(second - 300 - 1, 0)
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": retained}
    assert last_word(client) == RELEASED
    assert describe(client)["LastModifiedTime"] == after(max(second, 300))
    create(client, "next", ResourceConfig=POOLED)
    assert pool(client)["Status"] == "Terminated"


def test_a_pool_that_is_gone_is_not_kept_longer(client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(310)
    create(client, "next", ResourceConfig=POOLED)
    with pytest.raises(Exception, match="has no warm pool"):
        client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 900})


def test_the_list_is_filtered_by_the_status_of_the_pool(client: Any, clock: HandClock) -> None:
    create(client, "pooled", ResourceConfig=POOLED)
    create(client, "plain")
    assert listed(client, WarmPoolStatusEquals="InUse") == ["pooled"]
    clock.at(310)
    assert listed(client, WarmPoolStatusEquals="Available") == ["pooled"]
    assert listed(client, WarmPoolStatusEquals="InUse") == []
    assert "WarmPoolStatus" not in describe(client, "plain")


def test_the_end_of_a_pool_is_an_event(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(300)
    assert service.next_event_after(clock.time) == after(370)
    clock.at(310)
    create(client, "next", ResourceConfig=POOLED)
    clock.at(305)
    assert service.next_event_after(clock.time) == after(310)


def test_a_training_job_that_never_ends_keeps_its_pool_in_use(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.never_ends(ignoring_limits=True), training_jobs=True)
    create(client, ResourceConfig=POOLED)
    clock.advance("1000d")
    assert pool(client) == {"Status": "InUse"}
    assert describe(client)["SecondaryStatus"] == "Training"
    assert service.next_event_after(clock.time) is None
    client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 200})
    assert pool(client) == {"Status": "InUse"}


def test_what_is_said_of_a_pool_is_as_the_model_says(
    service: FakeTuningService, client: Any, clock: HandClock, constraints: Constraints
) -> None:
    create(client, ResourceConfig=POOLED)
    questions: tuple[tuple[str, dict[str, Any]], ...] = (
        ("DescribeTrainingJob", {"TrainingJobName": "final"}),
        ("ListTrainingJobs", {}),
        ("Search", {"Resource": "TrainingJob"}),
    )
    for second in (0, 310, 330, 500):
        clock.at(second)
        for operation, asked in questions:
            assert constraints.check_response(operation, service.call(operation, asked)) == []
        if second == 330:
            create(client, "next", ResourceConfig=POOLED)
    delete(client)
    assert pool(client)["Status"] == "Reused"


def test_a_training_job_is_not_deleted_while_its_pool_is_available(client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(310)
    before = describe(client)
    with pytest.raises(ClientError) as refused:
        delete(client)
    assert said(refused.value) == (
        "ResourceInUse",
        "The training job final cannot be deleted because it retains an Available managed warm pool. "
        "Set its KeepAlivePeriodInSeconds to 0, or wait until the period expires.",
    )
    assert describe(client) == before
    clock.at(370)
    delete(client)
    assert describe(client)["TrainingJobStatus"] == "Deleting"


def test_one_that_was_updated_and_then_stopped_before_it_started_has_events_too(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(10)
    client.update_training_job(
        TrainingJobName="final", ProfilerConfig={"ProfilingIntervalInMilliseconds": 500}
    )
    clock.at(20)
    client.stop_training_job(TrainingJobName="final")
    assert service.next_event_after(clock.time) == after(50)
    assert service.next_event_after(after(50)) is None
