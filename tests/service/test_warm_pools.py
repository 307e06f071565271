"""The warm pool of a training job: its four statuses, who takes it over, and what is said and modified then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning.domain.request.instances import match
from support import tuning_job_calls
from support.answers import said
from support.hand_clock import after
from support.requests import definition, request_of_several, training
from support.scenarios import ROUND
from support.training_job_calls import create, delete, describe, listed
from support.tuning_job_calls import trials_of

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


def starting(client: Any, *names: str) -> list[float]:
    """For how many seconds training jobs were Starting."""
    first = (describe(client, name)["SecondaryStatusTransitions"][0] for name in names)
    return [(each["EndTime"] - each["StartTime"]).total_seconds() for each in first]


def test_a_pool_that_ended_earlier_by_a_later_change_was_not_taken_over(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    create(client, ResourceConfig=POOLED)
    clock.at(350)
    create(client, "next", ResourceConfig=POOLED)
    clock.at(100)
    client.stop_training_job(TrainingJobName="final")
    # It drains for 30 s, and is kept for 70 s.
    clock.at(199)
    assert pool(client) == {"Status": "Available"}
    clock.at(600)
    assert pool(client) == {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 69}
    assert starting(client, "next") == [60]


def test_a_pool_that_another_one_took_over_earlier_by_a_later_change_is_that_ones(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    create(client, ResourceConfig=POOLED)
    clock.at(350)
    create(client, "second", ResourceConfig=POOLED)
    clock.at(320)
    create(client, "third", ResourceConfig=POOLED)
    clock.at(610)
    assert pool(client)["ReusedByJob"] == "third"
    # The second waited for instances of its own, and so runs for longer.
    assert starting(client, "second", "third") == [60, 5]
    assert describe(client, "second")["TrainingJobStatus"] == "InProgress"


def test_who_took_over_from_one_that_took_nothing_over_starts_cold_too(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(warm_start="5s"), training_jobs=True)
    create(client, ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 60})
    clock.at(350)
    create(client, "second", ResourceConfig={**POOLED, "KeepAlivePeriodInSeconds": 20})
    ended = describe_end(client, clock, "second")
    clock.at(ended + 10)
    create(client, "third", ResourceConfig=POOLED)
    assert pool(client, "second")["ReusedByJob"] == "third"
    clock.at(100)
    client.stop_training_job(TrainingJobName="final")
    clock.at(3600)
    assert [pool(client, name)["Status"] for name in ("final", "second", "third")] == ["Terminated"] * 3
    assert starting(client, "second", "third") == [60, 60]


def describe_end(client: Any, clock: HandClock, name: str) -> float:
    """When a training job ends, in seconds after the start of the test."""
    clock.at(3600)
    ended: float = (describe(client, name)["TrainingEndTime"] - after(0)).total_seconds()
    return ended


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


def test_a_deletion_never_was_when_the_pool_was_kept_for_longer(client: Any, clock: HandClock) -> None:
    create(client, ResourceConfig=POOLED)
    clock.at(375)
    delete(client)
    clock.at(360)
    client.update_training_job(TrainingJobName="final", ResourceConfig={"KeepAlivePeriodInSeconds": 600})
    clock.at(899)
    assert describe(client)["TrainingJobStatus"] == "Completed"
    assert pool(client) == {"Status": "Available"}


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


# The trials of tuning jobs.


def trials(client: Any) -> list[dict[str, Any]]:
    """What is answered of the trials of the tuning job, in the order of their launch."""
    found = [describe(client, each["TrainingJobName"]) for each in reversed(trials_of(client))]
    for each in found:
        (summary,) = client.list_training_jobs(NameContains=each["TrainingJobName"])["TrainingJobSummaries"]
        for member in ("WarmPoolStatus", "LastModifiedTime"):
            assert summary[member] == each[member]
    return found


def kept(client: Any) -> list[str]:
    return [each["WarmPoolStatus"]["Status"] for each in trials(client)]


def seconds_until_the_download(job: dict[str, Any]) -> float:
    return float((job["TrainingStartTime"] - job["CreationTime"]).total_seconds())


WARM = ROUND.paced(warm_start="5s")


def test_the_instances_of_a_trial_are_for_the_next_one_in_its_slot(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(WARM)
    tuning_job_calls.create(client, trials=3, parallel=1)
    clock.at(100)
    assert kept(client) == ["InUse"]
    clock.at(310)
    (first,) = trials(client)
    assert first["WarmPoolStatus"] == {"Status": "Available"}
    assert first["SecondaryStatusTransitions"][-1]["StatusMessage"] == RETAINED
    assert first["LastModifiedTime"] == after(310)
    clock.at(320)
    first, second = trials(client)
    # Recorded of a trial: how long its instances were kept is not told.
    assert first["WarmPoolStatus"] == {"Status": "Reused", "ReusedByJob": second["TrainingJobName"]}
    reused = f"Resource reused by training job: {second['TrainingJobName']}"
    assert first["SecondaryStatusTransitions"][-1]["StatusMessage"] == reused
    assert first["LastModifiedTime"] == after(320)
    assert second["WarmPoolStatus"] == {"Status": "InUse"}
    assert listed(client, WarmPoolStatusEquals="InUse") == [second["TrainingJobName"]]
    clock.at("1h")
    assert kept(client) == ["Reused", "Reused", "Terminated"]
    assert [seconds_until_the_download(each) for each in trials(client)] == [60, 5, 5]
    # Three trials of 300, 245 and 245 s, 10 s between them; the last one's instances go when the job ends, 20 s later.
    last, ended = trials(client)[-1], after(820 + 20)
    assert (last["TrainingEndTime"], last["LastModifiedTime"]) == (after(820), ended)
    assert last["SecondaryStatusTransitions"][-1]["StatusMessage"] == RELEASED
    assert last["WarmPoolStatus"] == {"Status": "Terminated"}
    clock.at(830)
    assert kept(client) == ["Reused", "Reused", "Available"]


def test_a_tuning_job_that_is_stopped_releases_its_instances(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(WARM)
    tuning_job_calls.create(client)
    clock.at(100)
    tuning_job_calls.stop(client)
    clock.at(132)
    assert [each["TrainingJobStatus"] for each in trials(client)] == ["Stopped", "Stopped"]
    assert kept(client) == ["Available", "Available"]
    clock.at(135)
    assert tuning_job_calls.status(client) == "Stopped"
    assert kept(client) == ["Terminated", "Terminated"]


@pytest.mark.parametrize(
    ("scenario", "lends"),
    [
        (WARM.trial(1).fails(), True),
        (WARM.trial(1).stops(), True),
        (WARM.trial(1).lacks_capacity(), False),
        (WARM.trial(1).hits_internal_errors(), False),
    ],
    ids=["fails", "stops", "is never launched", "is broken by the service"],
)
def test_what_a_trial_leaves_depends_on_how_it_ends(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Any, *, lends: bool
) -> None:
    service.on_create(scenario)
    tuning_job_calls.create(client, trials=2, parallel=1)
    clock.at("1h")
    assert kept(client)[0] == ("Reused" if lends else "Terminated")
    assert seconds_until_the_download(trials(client)[1]) == (5 if lends else 60)


@pytest.mark.parametrize("instances", ["ml.m5.xlarge", "ml.m5.large"])
def test_a_trial_of_another_definition_runs_on_instances_like_its_own(
    service: FakeTuningService, client: Any, clock: HandClock, instances: str
) -> None:
    service.on_create(WARM)
    first, second = definition(DefinitionName="first"), definition(DefinitionName="second")
    # The newer form.
    del second["ResourceConfig"]
    asked = {"InstanceConfigs": [{"InstanceType": instances, "InstanceCount": 1, "VolumeSizeInGB": 20}]}
    second["HyperParameterTuningResourceConfig"] = asked
    request = request_of_several("xgb", first, second, trials=2)
    request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"] = 1
    client.create_hyper_parameter_tuning_job(**request)
    clock.at("1h")
    alike = instances == first["ResourceConfig"]["InstanceType"]
    assert kept(client) == ["Reused" if alike else "Terminated", "Terminated"]
    assert seconds_until_the_download(trials(client)[1]) == (5 if alike else 60)


def test_how_long_a_tuning_job_keeps_instances_is_not_to_be_said(client: Any, clock: HandClock) -> None:
    tuning_job_calls.create(client, TrainingJobDefinition=definition(ResourceConfig=POOLED))
    asked = {member: value for member, value in POOLED.items() if member != "KeepAlivePeriodInSeconds"}
    found = tuning_job_calls.describe(client)
    assert found["TrainingJobDefinition"]["ResourceConfig"] == asked
    clock.at(315)
    first = trials(client)[0]
    assert first["ResourceConfig"] == asked
    with pytest.raises(ClientError, match="has no warm pool of its own"):
        client.update_training_job(
            TrainingJobName=first["TrainingJobName"], ResourceConfig={"KeepAlivePeriodInSeconds": 900}
        )
    with pytest.raises(ClientError) as refused:
        client.delete_training_job(TrainingJobName=first["TrainingJobName"])
    assert said(refused.value) == (
        "ResourceInUse",
        f"The training job {first['TrainingJobName']} cannot be deleted because it retains an Available managed warm "
        "pool. Its hyperparameter tuning job releases it when it ends.",
    )
    # No training job of its own takes them over.
    create(client, "alone", ResourceConfig=POOLED)
    assert kept(client) == ["Available", "Available"]
