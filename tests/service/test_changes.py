"""All that is done to jobs stands in one dated log: tags, stops, deletions and updates, in whatever order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService
from support import training_job_calls, tuning_job_calls
from support.answers import said
from support.arns import TRAINING_JOB, TUNING_JOB
from support.hand_clock import HandClock, after
from support.tuning_job_calls import trials_of

if TYPE_CHECKING:
    from collections.abc import Callable

XGB, FINAL = f"{TUNING_JOB}/xgb", f"{TRAINING_JOB}/final"


@pytest.fixture(autouse=True)
def running(client: Any) -> None:
    """There are a tuning job with trials from 10 s to 310 s, and a training job that ends at 300 s."""
    tuning_job_calls.create(client, Tags=pairs(team="churn"))
    training_job_calls.create(client, Tags=pairs(team="churn"))


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags(client: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}


def first_trial(client: Any) -> str:
    return str(trials_of(client, SortBy="CreationTime")[0]["TrainingJobName"])


def world(client: Any) -> list[Any]:
    """All that a client can see now."""
    seen: list[Any] = [
        client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"],
        client.list_training_jobs()["TrainingJobSummaries"],
    ]
    seen += [
        client.search(Resource=resource, MaxResults=100)["Results"]
        for resource in ("HyperParameterTuningJob", "TrainingJob")
    ]
    for summary in seen[0]:
        seen += [tuning_job_calls.describe(client), trials_of(client), tags(client, XGB)]
        assert summary["HyperParameterTuningJobName"] == "xgb"
    for summary in seen[1]:
        seen.append(training_job_calls.describe(client, summary["TrainingJobName"]))
        seen.append(tags(client, summary["TrainingJobArn"]))
    return seen


def profile(client: Any, name: str, interval: int) -> None:
    client.update_training_job(
        TrainingJobName=name, ProfilerConfig={"ProfilingIntervalInMilliseconds": interval}
    )


def history(client: Any) -> dict[int, Callable[[], Any]]:
    """What is done at each age, in seconds: to the tuning job, to a trial of it and to a training job."""
    return {
        20: lambda: client.add_tags(ResourceArn=XGB, Tags=pairs(stage="dev")),
        110: lambda: profile(client, first_trial(client), 500),
        120: lambda: client.add_tags(
            ResourceArn=f"{TRAINING_JOB}/{first_trial(client)}", Tags=pairs(best="yes")
        ),
        130: lambda: profile(client, "final", 1000),
        140: lambda: training_job_calls.stop(client, first_trial(client)),
        150: lambda: training_job_calls.stop(client),
        200: lambda: training_job_calls.delete(client, first_trial(client)),
        210: lambda: client.delete_tags(ResourceArn=FINAL, TagKeys=["team"]),
        220: lambda: training_job_calls.delete(client),
        330: lambda: tuning_job_calls.stop(client),
        400: lambda: tuning_job_calls.delete(client),
    }


def test_one_history_is_the_same_forwards_and_backwards(client: Any, clock: HandClock) -> None:
    ages = [
        0,
        15,
        21,
        105,
        115,
        125,
        135,
        145,
        160,
        175,
        195,
        205,
        215,
        225,
        265,
        285,
        325,
        335,
        370,
        405,
        470,
    ]
    done, seen = history(client), {}
    for age in sorted({*ages, *done}):
        clock.at(age)
        if age in done:
            done[age]()
        else:
            seen[age] = world(client)
    for age in (*reversed(ages), *ages, 265, 115, 470):
        clock.at(age)
        assert world(client) == seen[age], f"{age} s after the beginning"
    tuning_jobs, training_jobs, *_ = seen[470]
    assert tuning_jobs == []
    assert sorted(each["TrainingJobStatus"] for each in training_jobs) == ["Completed", "Stopped", "Stopped"]
    assert {each["TrainingJobStatus"] for each in seen[205][1]} == {"InProgress", "Stopped", "Deleting"}


def test_a_change_in_the_past_leaves_all_before_it_as_it_was(client: Any, clock: HandClock) -> None:
    for age, change in history(client).items():
        clock.at(age)
        change()
    before = {}
    for age in (0, 15, 50, 99):
        clock.at(age)
        before[age] = world(client)
    clock.at(100)
    training_job_calls.stop(client, first_trial(client))
    for age, seen in before.items():
        clock.at(age)
        assert world(client) == seen
    clock.at(130)
    trial = training_job_calls.describe(client, first_trial(client))
    # It was tagged at 120 s. The update at 110 s and the stop at 140 s come too late for it now.
    assert (trial["TrainingJobStatus"], trial["TrainingEndTime"]) == ("Stopped", after(130))
    assert (trial["LastModifiedTime"], "ProfilerConfig" in trial) == (after(130), False)
    assert tags(client, trial["TrainingJobArn"]) == {"team": "churn", "best": "yes"}


def test_changes_of_one_instant_keep_their_order(client: Any, clock: HandClock) -> None:
    clock.at(100)
    for interval in (100, 500, 200):
        profile(client, "final", interval)
    client.add_tags(ResourceArn=FINAL, Tags=pairs(a="1", b="1"))
    client.delete_tags(ResourceArn=FINAL, TagKeys=["a", "team"])
    client.add_tags(ResourceArn=FINAL, Tags=pairs(b="2"))
    training_job_calls.stop(client)
    answer = training_job_calls.describe(client)
    assert answer["ProfilerConfig"] == {"ProfilingIntervalInMilliseconds": 200}
    assert (answer["TrainingJobStatus"], answer["LastModifiedTime"]) == ("Stopping", after(100))
    assert tags(client, FINAL) == {"b": "2"}
    with pytest.raises(ClientError) as raised:
        profile(client, "final", 1000)
    assert said(raised.value)[0] == "ValidationException"


def test_an_update_in_the_past_comes_before_those_that_were_made_later(client: Any, clock: HandClock) -> None:
    clock.at(150)
    profile(client, "final", 500)
    clock.at(100)
    client.update_training_job(
        TrainingJobName="final",
        ProfilerConfig={"ProfilingIntervalInMilliseconds": 100, "S3OutputPath": "s3://early"},
    )
    intervals = {}
    for age in (99, 100, 149, 150):
        clock.at(age)
        config = training_job_calls.describe(client).get("ProfilerConfig", {})
        intervals[age] = config.get("ProfilingIntervalInMilliseconds")
    assert intervals == {99: None, 100: 100, 149: 100, 150: 500}
    assert config["S3OutputPath"] == "s3://early"


def test_a_training_job_is_deleted_once_however_often_that_is_asked(client: Any, clock: HandClock) -> None:
    clock.at(400)
    training_job_calls.delete(client)
    clock.at(350)
    training_job_calls.delete(client)
    states = {}
    for age in (349, 350, 409, 410, 430):
        clock.at(age)
        found = client.list_training_jobs(NameContains="final")["TrainingJobSummaries"]
        states[age] = [each["TrainingJobStatus"] for each in found]
    assert states == {349: ["Completed"], 350: ["Deleting"], 409: ["Deleting"], 410: [], 430: []}


def test_what_was_done_is_an_event_when_time_was_moved_back(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at(150)
    profile(client, "final", 500)
    client.add_tags(ResourceArn=XGB, Tags=pairs(a="1"))
    clock.at(160)
    client.add_tags(ResourceArn=XGB, Tags=pairs(a="2"))
    clock.at(400)
    training_job_calls.delete(client)
    clock.at(0)
    events, event = [], service.next_event_after(after(140))
    while event is not None and event <= after(460):
        events.append((event - after(0)).total_seconds())
        event = service.next_event_after(event)
    assert {150, 160, 400, 460} <= {*events}
    assert service.next_event_after(after(145)) == after(150)


def test_a_handle_and_a_client_make_the_same_changes(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    tuning_job_calls.create(client, "other")
    clock.at(100)
    service.job("xgb").stop()
    tuning_job_calls.stop(client, "other")
    clock.at(200)
    service.job("xgb").delete()
    tuning_job_calls.delete(client, "other")
    histories = [service.job(name).history for name in ("xgb", "other")]
    assert histories[0] == histories[1]
    assert [status for _, status in histories[0]] == ["InProgress", "Stopping", "Stopped", "Deleting"]
