"""UpdateTrainingJob through real clients: what it changes, who shows it, and when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService
from support.answers import said
from support.hand_clock import HandClock, after
from support.training_job_calls import create, delete, describe, stop
from support.tuning_job_calls import create as create_tuning_jobs
from support.tuning_job_calls import describe as describe_tuning_job
from support.tuning_job_calls import trials_of

RULE = {"RuleConfigurationName": "cpu", "RuleEvaluatorImage": "rules:1"}
PROFILED = {"S3OutputPath": "s3://models/profile", "ProfilingIntervalInMilliseconds": 500}
POOLED = {
    "InstanceType": "ml.m5.large",
    "InstanceCount": 1,
    "VolumeSizeInGB": 20,
    "KeepAlivePeriodInSeconds": 100,
}


@pytest.fixture(autouse=True)
def running(client: Any) -> None:
    """There are a tuning job that runs, and a training job that does and keeps its warm pool for 100 s.

    The training job starts until 60 s, downloads until 90 s, trains until 270 s, and ends at 300 s. The first trial
    of the tuning job is launched at 10 s.
    """
    create_tuning_jobs(client)
    create(client, ResourceConfig=POOLED)


def first_trial(client: Any) -> str:
    return str(trials_of(client, SortBy="CreationTime")[0]["TrainingJobName"])


def update(client: Any, name: str = "final", **members: Any) -> str:
    return str(client.update_training_job(TrainingJobName=name, **members)["TrainingJobArn"])


def listed(client: Any, name: str = "final", **asked: Any) -> dict[str, Any]:
    (found,) = client.list_training_jobs(NameContains=name, **asked)["TrainingJobSummaries"]
    return dict(found)


def searched(client: Any, name: str = "final") -> dict[str, Any]:
    filters = [{"Name": "TrainingJobName", "Operator": "Equals", "Value": name}]
    (found,) = client.search(Resource="TrainingJob", SearchExpression={"Filters": filters})["Results"]
    return dict(found["TrainingJob"])


def refused(client: Any, name: str = "final", **members: Any) -> tuple[str, str]:
    before = client.list_training_jobs()["TrainingJobSummaries"]
    with pytest.raises(ClientError) as raised:
        update(client, name, **members)
    assert client.list_training_jobs()["TrainingJobSummaries"] == before
    return said(raised.value)


@pytest.mark.parametrize("kind", ["a standalone training job", "a trial"])
def test_an_update_is_shown_by_describe_list_and_search_alike(
    client: Any, clock: HandClock, kind: str
) -> None:
    clock.at(140)
    name = "final" if kind == "a standalone training job" else first_trial(client)
    before = describe(client, name)
    assert before["ProfilingStatus"] == "Disabled"
    clock.at(150)
    assert update(client, name, ProfilerConfig=PROFILED) == before["TrainingJobArn"]
    described = describe(client, name)
    assert described == {
        **before,
        "ProfilerConfig": PROFILED,
        "ProfilingStatus": "Enabled",
        "LastModifiedTime": after(150),
        "TrainingTimeInSeconds": before["TrainingTimeInSeconds"] + 10,
    }
    assert listed(client, name)["LastModifiedTime"] == after(150)
    found = searched(client, name)
    assert (found["LastModifiedTime"], found["ProfilerConfig"]) == (after(150), PROFILED)
    assert listed(client, name, LastModifiedTimeAfter=after(149)) == listed(client, name)


def test_an_update_of_a_trial_says_nothing_of_its_tuning_job(client: Any, clock: HandClock) -> None:
    clock.at(150)
    before = describe_tuning_job(client)
    first, second = (each["TrainingJobName"] for each in trials_of(client, SortBy="CreationTime"))
    other = describe(client, second)
    update(client, first, ProfilerConfig=PROFILED)
    assert describe_tuning_job(client) == before
    assert describe(client, second) == other


def test_a_later_phase_modifies_the_training_job_again(client: Any, clock: HandClock) -> None:
    clock.at(150)
    update(client, ProfilerConfig=PROFILED)
    clock.at(299)
    assert describe(client)["LastModifiedTime"] == after(270)
    clock.at(300)
    assert listed(client)["LastModifiedTime"] == after(300)


def test_what_an_update_leaves_out_stays_and_rules_are_added(client: Any, clock: HandClock) -> None:
    other = {**RULE, "RuleConfigurationName": "memory"}
    clock.at(120)
    update(client, ProfilerConfig=PROFILED, ProfilerRuleConfigurations=[RULE])
    update(client, ProfilerConfig={"ProfilingIntervalInMilliseconds": 1000})
    update(client, ProfilerRuleConfigurations=[other])
    answer = describe(client)
    assert answer["ProfilerConfig"] == {**PROFILED, "ProfilingIntervalInMilliseconds": 1000}
    assert answer["ProfilerRuleConfigurations"] == [RULE, other]


def test_profiling_is_turned_off_and_on(client: Any, clock: HandClock) -> None:
    create(client, "profiled", ProfilerConfig=PROFILED)
    states = [describe(client, "profiled")["ProfilingStatus"]]
    clock.at(100)
    for disabled in (True, False):
        update(client, "profiled", ProfilerConfig={"DisableProfiler": disabled})
        states.append(describe(client, "profiled")["ProfilingStatus"])
    assert states == ["Enabled", "Disabled", "Enabled"]


def test_an_update_may_ask_for_nothing(client: Any, clock: HandClock) -> None:
    clock.at(120)
    before = describe(client)
    assert update(client) == before["TrainingJobArn"]
    assert describe(client) == {**before, "LastModifiedTime": after(120)}


def test_an_update_keeps_what_it_was_given(client: Any, service: FakeTuningService, clock: HandClock) -> None:
    clock.at(120)
    members: dict[str, Any] = {
        "ProfilerConfig": {"ProfilingParameters": {"a": "1"}},
        "ProfilerRuleConfigurations": [{**RULE}],
    }
    service.call("UpdateTrainingJob", {"TrainingJobName": "final", **members})
    before = describe(client)
    members["ProfilerConfig"]["ProfilingParameters"]["a"] = "2"
    members["ProfilerRuleConfigurations"][0]["RuleConfigurationName"] = "other"
    for _ in range(2):
        answer = describe(client)
        assert answer == before
        answer["ProfilerConfig"]["ProfilingParameters"]["a"] = "3"
        answer["ProfilerRuleConfigurations"][0]["RuleConfigurationName"] = "another"


@pytest.mark.parametrize("members", [{"ProfilerConfig": PROFILED}, {"ProfilerRuleConfigurations": [RULE]}])
@pytest.mark.parametrize("status", ["Stopping", "Stopped", "Completed", "Deleting"])
def test_profiling_is_updated_while_the_training_job_runs(
    client: Any, clock: HandClock, status: str, members: dict[str, Any]
) -> None:
    clock.at(100)
    if status.startswith("Stop"):
        stop(client)
    if status != "Stopping":
        clock.at(500)
    if status == "Deleting":
        delete(client)
    assert refused(client, **members) == (
        "ValidationException",
        "The profiler configuration of training job final can be updated while its status is InProgress only, "
        f"but its status is {status}.",
    )


@pytest.mark.parametrize(
    ("age", "secondary"),
    [
        (59, "Starting"),
        (60, None),
        (89, None),
        (90, None),
        (269, None),
        (270, "Uploading"),
        (300, "Completed"),
    ],
)
def test_remote_debugging_is_updated_while_the_training_job_downloads_or_trains(
    client: Any, clock: HandClock, age: int, secondary: str | None
) -> None:
    clock.at(age)
    debugged = {"RemoteDebugConfig": {"EnableRemoteDebug": True}}
    if secondary is None:
        update(client, **debugged)
        assert describe(client)["RemoteDebugConfig"] == {"EnableRemoteDebug": True}
    else:
        assert refused(client, **debugged) == (
            "ValidationException",
            "The remote debugging configuration of training job final can be updated while its secondary status is "
            f"Downloading or Training only, but its secondary status is {secondary}.",
        )


NO_POOL = (
    "ValidationException",
    "The KeepAlivePeriodInSeconds of training job final cannot be updated because it has no warm pool of its own.",
)


def kept(seconds: int) -> dict[str, Any]:
    return {"ResourceConfig": {"KeepAlivePeriodInSeconds": seconds}}


def test_a_warm_pool_is_kept_longer_and_then_released(client: Any, clock: HandClock) -> None:
    clock.at(100)
    update(client, **kept(200))
    clock.at(499)
    update(client, **kept(300))
    answer = describe(client)
    assert answer["ResourceConfig"] == {**POOLED, "KeepAlivePeriodInSeconds": 300}
    assert answer["LastModifiedTime"] == listed(client)["LastModifiedTime"] == after(499)
    assert answer["TrainingJobStatus"] == "Completed"
    clock.at(599)
    update(client, **kept(0))
    assert refused(client, **kept(300)) == NO_POOL


def test_a_warm_pool_whose_time_is_up_cannot_be_kept_longer(client: Any, clock: HandClock) -> None:
    clock.at(400)
    assert refused(client, **kept(3600)) == NO_POOL


def test_a_training_job_that_never_had_a_warm_pool(client: Any, clock: HandClock) -> None:
    create(client, "bare")
    text = NO_POOL[1].replace("final", "bare")
    assert refused(client, "bare", **kept(60)) == ("ValidationException", text)


def test_the_names_of_rules_are_unique(client: Any, clock: HandClock) -> None:
    text = "The names of profiler rule configurations must be unique, but cpu is used more than once."
    assert refused(client, ProfilerRuleConfigurations=[RULE, RULE]) == ("ValidationException", text)
    update(client, ProfilerRuleConfigurations=[RULE])
    assert refused(client, ProfilerRuleConfigurations=[RULE]) == ("ValidationException", text)


def test_an_update_never_was_when_the_training_job_was_stopped_before_it(
    client: Any, clock: HandClock
) -> None:
    clock.at(200)
    update(client, ProfilerConfig=PROFILED)
    clock.at(50)
    stop(client)
    clock.at(800)
    found = describe(client)
    assert (found["TrainingJobStatus"], "ProfilerConfig" in found) == ("Stopped", False)
    assert found["LastModifiedTime"] == found["TrainingEndTime"] == listed(client)["LastModifiedTime"]


def test_of_two_rules_of_one_name_the_earlier_one_stands(client: Any, clock: HandClock) -> None:
    clock.at(200)
    update(client, ProfilerRuleConfigurations=[RULE])
    clock.at(150)
    update(client, ProfilerRuleConfigurations=[{**RULE, "RuleEvaluatorImage": "rules:2"}])
    clock.at(250)
    found = describe(client)
    assert found["ProfilerRuleConfigurations"] == [{**RULE, "RuleEvaluatorImage": "rules:2"}]
    assert found["LastModifiedTime"] == after(150)


def test_an_update_stands_when_the_training_job_is_stopped_at_the_same_instant(
    client: Any, clock: HandClock
) -> None:
    clock.at(200)
    update(client, ProfilerConfig=PROFILED)
    stop(client)
    clock.at(800)
    assert describe(client)["ProfilerConfig"] == PROFILED


def test_a_training_job_that_does_not_exist(client: Any, clock: HandClock) -> None:
    assert refused(client, "nobody") == ("ResourceNotFound", "Requested resource not found.")
    clock.time = after(-1)
    assert refused(client) == ("ResourceNotFound", "Requested resource not found.")


def test_a_captured_training_job_is_updated(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at(100)
    captured = client.describe_training_job(TrainingJobName="final") | {"TrainingJobName": "captured"}
    service.add_training_job(captured)
    clock.at(110)
    update(client, "captured", ProfilerConfig=PROFILED)
    answer = describe(client, "captured")
    assert (answer["ProfilerConfig"], answer["ProfilingStatus"]) == (PROFILED, "Enabled")
    assert answer["LastModifiedTime"] == listed(client, "captured")["LastModifiedTime"] == after(110)
    clock.at(109)
    assert "ProfilerConfig" not in describe(client, "captured")
