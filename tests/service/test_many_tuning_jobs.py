"""Many tuning jobs through real clients: listed, in several regions, services and threads, and the log of calls."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.quirks import Quirks
from support.answers import counters, names, said
from support.arns import TUNING_JOB
from support.hand_clock import START, HandClock, after
from support.model_values import OPERATIONS
from support.requests import request
from support.scenarios import ROUND
from support.tuning_job_calls import create, delete, describe, listed, status, stop

# Lists.


@pytest.fixture
def crowd(service: FakeTuningService, client: Any, clock: HandClock) -> Any:
    """Five jobs, created a minute apart, at 20 minutes: their names are in another order than their ages."""
    service.on_create(ROUND.fails(after="30s"), name="*fail*")
    service.on_create(ROUND.stops(after="40s"), name="*stop*")
    for minute, name in enumerate(("echo", "bravo-fail", "delta", "alpha-stop", "charlie")):
        clock.at(60 * minute)
        create(client, name)
    clock.at(700)
    return client


def test_a_summary_in_full(crowd: Any) -> None:
    found = crowd.list_hyper_parameter_tuning_jobs(NameContains="echo")["HyperParameterTuningJobSummaries"]
    assert found == [
        {
            "HyperParameterTuningJobName": "echo",
            "HyperParameterTuningJobArn": f"{TUNING_JOB}/echo",
            "HyperParameterTuningJobStatus": "Completed",
            "Strategy": "Random",
            "CreationTime": START,
            "HyperParameterTuningEndTime": after(640),
            "LastModifiedTime": after(640),
            "TrainingJobStatusCounters": counters(Completed=4),
            "ObjectiveStatusCounters": {"Succeeded": 4, "Pending": 0, "Failed": 0},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        }
    ]


BY_NAME = ["alpha-stop", "bravo-fail", "charlie", "delta", "echo"]
BY_AGE = ["echo", "bravo-fail", "delta", "alpha-stop", "charlie"]
BY_STATUS = ["echo", "bravo-fail", "charlie", "delta", "alpha-stop"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, BY_NAME),
        ({"SortOrder": "Descending"}, BY_NAME[::-1]),
        ({"SortBy": "Name", "SortOrder": "Ascending"}, BY_NAME),
        ({"SortBy": "Name", "SortOrder": "Descending"}, BY_NAME[::-1]),
        ({"SortBy": "CreationTime"}, BY_AGE),
        ({"SortBy": "CreationTime", "SortOrder": "Descending"}, BY_AGE[::-1]),
        ({"SortBy": "Status"}, BY_STATUS),
        ({"SortBy": "Status", "SortOrder": "Descending"}, BY_STATUS[::-1]),
    ],
)
def test_every_order(crowd: Any, asked: dict[str, Any], expected: list[str]) -> None:
    assert listed(crowd, **asked) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"NameContains": "a-"}, ["alpha-stop"]),
        ({"NameContains": "l"}, ["alpha-stop", "bravo-fail", "charlie", "delta"]),
        ({"NameContains": "nothing"}, []),
        ({"StatusEquals": "InProgress"}, ["charlie", "delta"]),
        ({"StatusEquals": "Completed"}, ["echo"]),
        ({"StatusEquals": "Failed"}, ["bravo-fail"]),
        ({"StatusEquals": "Stopped"}, ["alpha-stop"]),
        ({"StatusEquals": "Stopping"}, []),
        ({"CreationTimeAfter": after(120)}, ["alpha-stop", "charlie"]),
        ({"CreationTimeBefore": after(120)}, ["bravo-fail", "echo"]),
        ({"CreationTimeAfter": after(59), "CreationTimeBefore": after(121)}, ["bravo-fail", "delta"]),
        ({"LastModifiedTimeAfter": after(640)}, ["charlie", "delta"]),
        ({"LastModifiedTimeBefore": after(91)}, ["bravo-fail"]),
        ({"NameContains": "l", "StatusEquals": "InProgress", "SortBy": "CreationTime"}, ["delta", "charlie"]),
    ],
)
def test_every_filter(crowd: Any, asked: dict[str, Any], expected: list[str]) -> None:
    assert listed(crowd, **asked) == expected


@pytest.mark.parametrize(
    "bound",
    [
        "2026-01-31T13:02:00+01:00",
        "2026-01-31T12:02:00Z",
        after(120).replace(tzinfo=None),
        int(after(120).timestamp()),
    ],
)
def test_a_time_may_be_written_in_every_form_that_botocore_takes(
    crowd: Any, service: FakeTuningService, bound: Any
) -> None:
    expected = ["alpha-stop", "charlie"]
    assert listed(crowd, CreationTimeAfter=bound) == expected
    for direct in (bound, str(bound)):
        answer = service.call("ListHyperParameterTuningJobs", {"CreationTimeAfter": direct})
        assert names(answer) == expected


def test_arns_are_in_lower_case_in_the_list_alone(service: FakeTuningService, client: Any) -> None:
    create(client, "Xgb")
    (summary,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert summary["HyperParameterTuningJobArn"] == f"{TUNING_JOB}/xgb"
    assert summary["HyperParameterTuningJobName"] == "Xgb"


def test_the_case_of_arns_in_lists_is_a_quirk_that_can_be_switched_off() -> None:
    with FakeTuningService(quirks=Quirks(lower_case_list_arns=False)):
        client = boto3.client("sagemaker")
        create(client, "Xgb")
        (summary,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
        assert summary["HyperParameterTuningJobArn"] == f"{TUNING_JOB}/Xgb"


def test_a_page_holds_ten_unless_something_else_is_asked_for(client: Any) -> None:
    create(client, *(f"job-{number:02}" for number in range(12)))
    first = client.list_hyper_parameter_tuning_jobs()
    assert len(names(first)) == 10
    second = client.list_hyper_parameter_tuning_jobs(NextToken=first["NextToken"])
    assert names(second) == ["job-10", "job-11"]
    assert "NextToken" not in second
    whole = client.list_hyper_parameter_tuning_jobs(MaxResults=12)
    assert len(names(whole)) == 12
    assert "NextToken" not in whole
    pages = client.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
        PaginationConfig={"PageSize": 5}, NameContains="1"
    )
    assert [names(page) for page in pages] == [["job-01", "job-10", "job-11"]]


def test_a_token_outlives_the_size_of_its_page(client: Any) -> None:
    create(client, *"abcdef")
    token = client.list_hyper_parameter_tuning_jobs(MaxResults=2)["NextToken"]
    assert listed(client, NextToken=token, MaxResults=1) == ["c"]
    assert listed(client, NextToken=token, MaxResults=3) == ["c", "d", "e"]
    assert listed(client, NextToken=token) == ["c", "d", "e", "f"]


def test_jobs_that_come_or_go_between_pages_shift_nothing(client: Any, clock: HandClock) -> None:
    create(client, *"bcdef")
    clock.at(700)
    first = client.list_hyper_parameter_tuning_jobs(MaxResults=2)
    create(client, "a", "c-2")
    assert listed(client, NextToken=first["NextToken"]) == ["d", "e", "f"]
    delete(client, "d")
    clock.at(760)
    assert listed(client, NextToken=first["NextToken"]) == ["c-2", "e", "f"]
    # What comes between the two sides of the cut is on one page or the other: "c-2" came after "c".


def test_a_token_whose_neighbours_are_gone_stands_for_its_place(client: Any, clock: HandClock) -> None:
    create(client, *"abcdef")
    clock.at(700)
    token = client.list_hyper_parameter_tuning_jobs(MaxResults=2)["NextToken"]
    delete(client, "b")
    delete(client, "c")
    clock.at(760)
    assert listed(client, NextToken=token) == ["e", "f"]


def test_a_token_of_which_nothing_is_left_gives_an_empty_last_page(client: Any, clock: HandClock) -> None:
    create(client, *"abc")
    token = client.list_hyper_parameter_tuning_jobs(MaxResults=2)["NextToken"]
    answer = client.list_hyper_parameter_tuning_jobs(NextToken=token, StatusEquals="Failed")
    assert names(answer) == []
    assert "NextToken" not in answer


@pytest.mark.parametrize(
    "token",
    ["%", "", "bm90IGpzb24=", "WzFd", "MQ==", "W251bGwsICJhIiwgImIiXQ==", "W0luZmluaXR5LCAiYSIsICJiIl0="],
)
def test_a_token_that_nobody_gave_is_refused(client: Any, token: str) -> None:
    create(client, *"abc")
    with pytest.raises(ClientError) as raised:
        client.list_hyper_parameter_tuning_jobs(NextToken=token)
    assert said(raised.value) == ("ValidationException", f"Invalid pagination token {token!r}.")


# Regions, services, threads.


def test_regions_are_separate(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    west = boto3.client("sagemaker", region_name="us-west-2")
    create(client, "east")
    create(client, "both", trials=2)
    create(west, "both", trials=3)
    clock.at(100)
    assert (listed(client), listed(west)) == (["both", "east"], ["both"])
    assert describe(west, "both")["HyperParameterTuningJobArn"] == (
        "arn:aws:sagemaker:us-west-2:123456789012:hyper-parameter-tuning-job/both"
    )
    stop(west, "both")
    assert (status(client, "both"), status(west, "both")) == ("InProgress", "Stopping")
    assert [handle.name for handle in service.jobs(region="us-west-2")] == ["both"]
    assert service.job("both", region="us-west-2").status == "Stopping"
    assert service.add(TuningJob("new"), region="us-west-2").arn.split(":")[3] == "us-west-2"
    assert len(names(west.list_training_jobs())) == 2


def test_arns_have_the_partition_of_their_region() -> None:
    with FakeTuningService(region="cn-north-1", account="111122223333"):
        client = boto3.client("sagemaker")
        create(client)
        assert describe(client)["HyperParameterTuningJobArn"] == (
            "arn:aws-cn:sagemaker:cn-north-1:111122223333:hyper-parameter-tuning-job/xgb"
        )


def test_two_services_share_nothing(clock: HandClock) -> None:
    with FakeTuningService(clock=clock) as one:
        one.on_create(ROUND.fails(after="1m"))
        create(boto3.client("sagemaker"))
    with FakeTuningService(clock=clock) as other:
        client = boto3.client("sagemaker")
        assert listed(client) == []
        create(client)
        clock.at("2m")
        assert status(client) == "InProgress"
        assert one.job("xgb").status == "Failed"
    assert [len(service.calls) for service in (one, other)] == [1, 3]


@pytest.mark.parametrize("seed", [0, 7])
def test_the_seed_alone_decides_what_is_drawn(seed: int) -> None:
    records_named = []
    for turn in range(3):
        clock = HandClock()
        with FakeTuningService(clock=clock, seed=seed if turn < 2 else seed + 1):
            client = boto3.client("sagemaker")
            create(client)
            clock.at("1h")
            records_named.append(describe(client))
    assert records_named[0] == records_named[1] != records_named[2]


def test_threads_create_and_poll_at_once(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    start, seen, refused = threading.Barrier(8), [], []

    def work(number: int) -> None:
        start.wait()
        try:
            create(client, "shared")
        except ClientError as error:
            refused.append(said(error)[0])
        create(client, f"own-{number}")
        for _ in range(20):
            clock.advance("1s")
            describe(client, "shared")
            client.list_training_jobs()
            service.job(f"own-{number}").trials  # noqa: B018  # reading it is the point
            client.list_hyper_parameter_tuning_jobs(MaxResults=100)
        seen.append(status(client, f"own-{number}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["InProgress"] * 8
    assert refused == ["ResourceInUse"] * 7
    assert len(listed(client)) == 9
    assert len(service.calls) == 8 * (1 + 1 + 20 * 3 + 1) + 1


def test_commands_of_several_threads_all_count(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, trials=16, parallel=16)
    clock.at(100)
    running = [trial.name for trial in service.job("xgb").trials]
    start = threading.Barrier(16)

    def stop_one(name: str) -> None:
        start.wait()
        client.stop_training_job(TrainingJobName=name)

    threads = [threading.Thread(target=stop_one, args=(name,)) for name in running]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clock.at(200)
    assert describe(client)["TrainingJobStatusCounters"] == counters(Stopped=16)


# The log of calls.


def test_the_log_tells_what_was_asked(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(30)
    west = boto3.client("sagemaker", region_name="us-west-2")
    with pytest.raises(ClientError):
        describe(west)
    service.job("xgb").stop()
    made, refused = service.calls
    assert (made.operation, made.params, made.at, made.region, made.error) == (
        "CreateHyperParameterTuningJob",
        request("xgb"),
        START,
        "us-east-1",
        None,
    )
    assert (refused.operation, refused.params, refused.at, refused.region) == (
        "DescribeHyperParameterTuningJob",
        {"HyperParameterTuningJobName": "xgb"},
        START + timedelta(seconds=30),
        "us-west-2",
    )
    assert isinstance(refused.error, ServiceError)
    assert refused.error.code == "ResourceNotFound"


def test_an_operation_that_it_lacks_is_named_with_those_it_has(service: FakeTuningService) -> None:
    with pytest.raises(KeyError) as raised:
        service.call("DescribeHyperparameterTuningJob", {})
    assert raised.value.args[0] == (
        "unknown operation 'DescribeHyperparameterTuningJob': did you mean "
        f"'DescribeHyperParameterTuningJob'? The choices are {', '.join(OPERATIONS)}."
    )
    assert service.operations == set(OPERATIONS)
    assert service.calls == []
