"""ListTrainingJobs, through real clients: the trials of tuning jobs and the training jobs that belong to none."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.service.quirks import Quirks
from support import tuning_job_calls
from support.answers import names
from support.arns import TRAINING_JOB
from support.hand_clock import START, HandClock, after
from support.requests import definition, request
from support.scenarios import ROUND
from support.training_job_calls import create, listed

PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/reserved"


# Trials.


@pytest.fixture
def three(service: FakeTuningService, client: Any, clock: HandClock) -> Any:
    """Six trials: of "ok" (created at 0 s), "bad" (at 1 s) and "cut" (at 2 s), seen at 50 minutes."""
    for second, (name, scenario) in enumerate(
        {"ok": ROUND, "bad": ROUND.failing(1), "cut": ROUND.stops(after="2m")}.items()
    ):
        clock.at(second)
        service.on_create(scenario)
        tuning_job_calls.create(client, name, trials=2)
    clock.at("50m")
    return client


def of(found: list[str]) -> list[str]:
    return ["-".join(name.split("-")[:2]) for name in found]


AGES = ["ok-001", "ok-002", "bad-001", "bad-002", "cut-001", "cut-002"]
NAMES = sorted(AGES)
STATUSES = ["ok-001", "ok-002", "bad-001", "bad-002", "cut-001", "cut-002"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, AGES[::-1]),
        ({"SortOrder": "Ascending"}, AGES),
        ({"SortOrder": "Descending"}, AGES[::-1]),
        ({"SortBy": "CreationTime"}, AGES),
        ({"SortBy": "CreationTime", "SortOrder": "Descending"}, AGES[::-1]),
        ({"SortBy": "Name"}, NAMES),
        ({"SortBy": "Name", "SortOrder": "Descending"}, NAMES[::-1]),
        ({"SortBy": "Status"}, STATUSES),
        ({"SortBy": "Status", "SortOrder": "Descending"}, STATUSES[::-1]),
    ],
)
def test_every_order_of_all_training_jobs(three: Any, asked: dict[str, str], expected: list[str]) -> None:
    assert of(names(three.list_training_jobs(**asked))) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"NameContains": "ok-"}, ["ok-001", "ok-002"]),
        ({"StatusEquals": "Failed"}, ["bad-001", "bad-002"]),
        ({"StatusEquals": "InProgress"}, []),
        ({"CreationTimeAfter": after(11)}, ["cut-001", "cut-002"]),
        ({"CreationTimeBefore": after(11)}, ["ok-001", "ok-002"]),
        ({"LastModifiedTimeBefore": after(160)}, ["cut-001", "cut-002"]),
        ({"LastModifiedTimeAfter": after(300)}, ["ok-001", "ok-002"]),
        ({"WarmPoolStatusEquals": "Available"}, []),
    ],
)
def test_every_filter_of_all_training_jobs(three: Any, asked: dict[str, Any], expected: list[str]) -> None:
    assert of(names(three.list_training_jobs(SortBy="CreationTime", **asked))) == expected


def test_a_summary_of_all_training_jobs(client: Any, clock: HandClock) -> None:
    tuning_job_calls.create(client)
    clock.at(100)
    _, running = client.list_training_jobs()["TrainingJobSummaries"]
    name = running["TrainingJobName"]
    assert running == {
        "TrainingJobName": name,
        "TrainingJobArn": f"{TRAINING_JOB}/{name}",
        "CreationTime": after(10),
        "LastModifiedTime": after(100),
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Training",
        "WarmPoolStatus": {"Status": "InUse"},
    }
    clock.at(310)
    _, ended = client.list_training_jobs()["TrainingJobSummaries"]
    assert ended == {
        **running,
        "TrainingEndTime": after(310),
        "LastModifiedTime": after(310),
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "WarmPoolStatus": {"Status": "Available"},
    }


def pages(client: Any, **asked: Any) -> list[list[str]]:
    paginator = client.get_paginator("list_training_jobs").paginate(
        **asked, SortBy="CreationTime", PaginationConfig={"PageSize": 2}
    )
    return [of(names(page)) for page in paginator]


def test_a_page_is_cut_before_it_is_filtered(three: Any) -> None:
    assert pages(three, StatusEquals="Failed") == [[], ["bad-001", "bad-002"], []]
    assert pages(three, NameContains="-001") == [["ok-001"], ["bad-001"], ["cut-001"]]
    assert pages(three, CreationTimeAfter=after(10)) == [[], ["bad-001", "bad-002"], ["cut-001", "cut-002"]]
    assert pages(three, LastModifiedTimeAfter=after(300)) == [["ok-001", "ok-002"], [], []]
    assert pages(three, LastModifiedTimeBefore=after(160)) == [[], [], ["cut-001", "cut-002"]]


def test_pages_that_are_cut_before_they_are_filtered_are_a_quirk_that_can_be_switched_off() -> None:
    clock = HandClock()
    with FakeTuningService(clock=clock, quirks=Quirks(pages_cut_before_filters=False)) as service:
        client = boto3.client("sagemaker")
        for name, scenario in {"ok": ROUND, "bad": ROUND.failing(1)}.items():
            service.on_create(scenario)
            tuning_job_calls.create(client, name, trials=3, parallel=3)
        clock.at("50m")
        assert pages(client, StatusEquals="Failed") == [["bad-001", "bad-002"], ["bad-003"]]
        assert pages(client, CreationTimeAfter=after(1_000)) == [[]]


def test_a_page_of_all_training_jobs_holds_ten(client: Any, clock: HandClock) -> None:
    tuning_job_calls.create(client, trials=12, parallel=12)
    clock.at(100)
    first = client.list_training_jobs()
    assert len(names(first)) == 10
    assert len(names(client.list_training_jobs(NextToken=first["NextToken"]))) == 2


# Trials and other training jobs.


@pytest.fixture
def crowd(service: FakeTuningService, client: Any, clock: HandClock) -> Any:
    """Two trials of "mid", created at 30 s, among training jobs of 0 s, 20 s and 40 s, seen at 200 s."""
    service.on_create(ROUND.fails(after="1m"), name="*fail*", training_jobs=True)
    service.on_create(ROUND.stops(after="1m"), name="*stop*", training_jobs=True)
    for second, name in ((0, "zulu"), (20, "alpha-fail")):
        clock.at(second)
        create(client, name)
    client.create_hyper_parameter_tuning_job(**request("mid", trials=2))
    clock.at(40)
    resources = {**definition()["ResourceConfig"], "TrainingPlanArn": PLAN}
    create(client, "nearly-stop", ResourceConfig=resources)
    clock.at(200)
    return client


def short(found: list[str]) -> list[str]:
    return [name[:7] if name.startswith("mid") else name for name in found]


AGES = ["zulu", "alpha-fail", "mid-001", "mid-002", "nearly-stop"]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, AGES[::-1]),
        ({"SortBy": "CreationTime"}, AGES),
        ({"SortBy": "Name"}, sorted(AGES)),
        ({"SortBy": "Name", "SortOrder": "Descending"}, sorted(AGES)[::-1]),
        ({"SortBy": "Status"}, ["alpha-fail", "mid-001", "mid-002", "zulu", "nearly-stop"]),
        ({"NameContains": "l", "SortBy": "Name"}, ["alpha-fail", "nearly-stop", "zulu"]),
        ({"StatusEquals": "InProgress", "SortBy": "Name"}, ["mid-001", "mid-002", "zulu"]),
        ({"StatusEquals": "Failed"}, ["alpha-fail"]),
        ({"StatusEquals": "Stopped"}, ["nearly-stop"]),
        ({"CreationTimeAfter": after(20)}, ["nearly-stop", "mid-002", "mid-001"]),
        ({"CreationTimeBefore": after(30), "SortBy": "Name"}, ["alpha-fail", "zulu"]),
        ({"LastModifiedTimeAfter": after(125)}, ["nearly-stop", "mid-002", "mid-001"]),
        ({"LastModifiedTimeAfter": after(160)}, []),
        ({"TrainingPlanArnEquals": PLAN}, ["nearly-stop"]),
        ({"TrainingPlanArnEquals": f"{PLAN}-not"}, []),
    ],
)
def test_training_jobs_are_listed_with_the_trials(
    crowd: Any, asked: dict[str, Any], expected: list[str]
) -> None:
    assert short(listed(crowd, **asked)) == expected


def test_pages_hold_both_kinds(crowd: Any) -> None:
    pages = crowd.get_paginator("list_training_jobs").paginate(
        SortBy="CreationTime", PaginationConfig={"PageSize": 2}
    )
    assert [short(names(page)) for page in pages] == [AGES[:2], AGES[2:4], AGES[4:]]


def test_summaries_in_full(crowd: Any) -> None:
    found = crowd.list_training_jobs(SortBy="CreationTime")["TrainingJobSummaries"]
    assert found[0] == {
        "TrainingJobName": "zulu",
        "TrainingJobArn": f"{TRAINING_JOB}/zulu",
        "CreationTime": START,
        "LastModifiedTime": after(105),
        "TrainingJobStatus": "InProgress",
        "SecondaryStatus": "Training",
    }
    assert found[-1] == {
        "TrainingJobName": "nearly-stop",
        "TrainingJobArn": f"{TRAINING_JOB}/nearly-stop",
        "CreationTime": after(40),
        "LastModifiedTime": after(130),
        "TrainingEndTime": after(130),
        "TrainingJobStatus": "Stopped",
        "SecondaryStatus": "Stopped",
        "TrainingPlanArn": PLAN,
    }
