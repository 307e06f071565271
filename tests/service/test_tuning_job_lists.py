"""ListHyperParameterTuningJobs, through real clients: summaries, orders, filters, pages and tokens."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.service.quirks import Quirks
from support.answers import counters, names, said
from support.arns import TUNING_JOB
from support.hand_clock import START, HandClock, after
from support.scenarios import ROUND
from support.tuning_job_calls import create, delete, listed


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


def pages(client: Any, **asked: Any) -> list[list[str]]:
    paginator = client.get_paginator("list_hyper_parameter_tuning_jobs")
    return [names(page) for page in paginator.paginate(PaginationConfig={"PageSize": 2}, **asked)]


def test_a_page_is_cut_before_it_is_filtered(crowd: Any) -> None:
    assert pages(crowd, NameContains="e") == [[], ["charlie", "delta"], ["echo"]]
    assert pages(crowd, StatusEquals="InProgress") == [[], ["charlie", "delta"], []]
    assert pages(crowd, CreationTimeBefore=after(120)) == [["bravo-fail"], [], ["echo"]]
    assert pages(crowd, LastModifiedTimeBefore=after(91)) == [["bravo-fail"], [], []]
    assert pages(crowd, SortBy="CreationTime", NameContains="l") == [
        ["bravo-fail"],
        ["delta", "alpha-stop"],
        ["charlie"],
    ]


def test_pages_that_are_cut_before_they_are_filtered_are_a_quirk_that_can_be_switched_off() -> None:
    with FakeTuningService(quirks=Quirks(pages_cut_before_filters=False)):
        client = boto3.client("sagemaker")
        create(client, *(f"job-{number:02}" for number in range(12)))
        assert pages(client, NameContains="1") == [["job-01", "job-10"], ["job-11"]]
        assert pages(client, NameContains="2") == [["job-02"]]


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
