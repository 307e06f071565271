"""Tags through real clients: given, handed down, changed, and refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from support.answers import names, said
from support.arns import PREFIX, TUNING_JOB
from support.hand_clock import HandClock
from support.requests import request
from support.tuning_job_calls import create

XGB = f"{TUNING_JOB}/xgb"


@pytest.fixture(autouse=True)
def tagged(client: Any) -> None:
    """There is a tuning job with two tags."""
    create(client, Tags=pairs(team="churn", stage="dev"))


def pairs(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tags(client: Any, arn: str = XGB) -> dict[str, str]:
    answer = client.list_tags(ResourceArn=arn)
    assert "NextToken" not in answer
    return {tag["Key"]: tag["Value"] for tag in answer["Tags"]}


def add(client: Any, arn: str = XGB, **given: str) -> Any:
    return client.add_tags(ResourceArn=arn, Tags=pairs(**given))


def delete(client: Any, *keys: str, arn: str = XGB) -> Any:
    return client.delete_tags(ResourceArn=arn, TagKeys=list(keys))


def children(client: Any) -> list[str]:
    """The ARNs of the trials, in the order of launch."""
    found = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="xgb", SortBy="CreationTime"
    )
    return [each["TrainingJobArn"] for each in found["TrainingJobSummaries"]]


def test_a_job_has_the_tags_of_its_request(client: Any) -> None:
    answer = client.list_tags(ResourceArn=XGB)
    del answer["ResponseMetadata"]
    assert answer == {"Tags": pairs(team="churn", stage="dev")}


def test_a_job_may_have_no_tags(client: Any) -> None:
    client.create_hyper_parameter_tuning_job(**request("bare"))
    assert tags(client, f"{PREFIX}:hyper-parameter-tuning-job/bare") == {}


def test_added_tags_replace_those_of_the_same_key_and_are_answered(client: Any) -> None:
    assert add(client, stage="prod", owner="me")["Tags"] == pairs(stage="prod", owner="me")
    assert tags(client) == {"team": "churn", "stage": "prod", "owner": "me"}


def test_deleted_tags_are_gone_and_those_that_never_were_are_of_no_account(client: Any) -> None:
    assert list(delete(client, "stage", "nothing")) == ["ResponseMetadata"]
    assert tags(client) == {"team": "churn"}
    delete(client, "team")
    assert tags(client) == {}


def test_trials_have_the_tags_of_their_job_when_it_launched_them(client: Any, clock: HandClock) -> None:
    clock.at(100)
    add(client, stage="prod", owner="me")
    delete(client, "team")
    assert [tags(client, arn) for arn in children(client)] == [{"team": "churn", "stage": "dev"}] * 2
    clock.at(330)
    before, later = {"team": "churn", "stage": "dev"}, {"stage": "prod", "owner": "me"}
    assert [tags(client, arn) for arn in children(client)] == [before, before, later, later]


def test_a_trial_may_be_tagged_by_itself(client: Any, clock: HandClock) -> None:
    clock.at(100)
    first, second = children(client)
    add(client, first, best="yes")
    delete(client, "stage", arn=first)
    assert tags(client, first) == {"team": "churn", "best": "yes"}
    assert tags(client, second) == tags(client) == {"team": "churn", "stage": "dev"}


def test_the_tags_of_trials_outlive_their_job(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at(700)
    arns = children(client)
    service.job("xgb").delete()
    clock.at(800)
    assert tags(client, arns[0]) == {"team": "churn", "stage": "dev"}
    with pytest.raises(ClientError, match=r"Resource does not exist\.$"):
        tags(client)


def test_another_job_of_the_name_has_its_own_tags(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at(700)
    add(client, owner="me")
    service.job("xgb").delete()
    clock.at(800)
    client.create_hyper_parameter_tuning_job(**request("xgb", Tags=pairs(team="fraud")))
    assert tags(client) == {"team": "fraud"}
    clock.at(720)
    assert tags(client) == {"team": "churn", "stage": "dev", "owner": "me"}


def test_an_added_job_has_its_tags(service: FakeTuningService, client: Any) -> None:
    handle = service.add(TuningJob("added").tagged(team="churn").completed())
    assert tags(client, handle.arn) == {"team": "churn"}
    (name, *_) = names(client.list_training_jobs(NameContains="added", MaxResults=1))
    assert tags(client, f"{PREFIX}:training-job/{name}") == {"team": "churn"}


def test_when_time_is_moved_back_tags_are_as_they_were(client: Any, clock: HandClock) -> None:
    clock.at(100)
    add(client, owner="me")
    clock.at(200)
    delete(client, "team")
    seen = {}
    for age in (99, 100, 199, 200):
        clock.at(age)
        seen[age] = sorted(tags(client))
    assert seen == {
        99: ["stage", "team"],
        100: ["owner", "stage", "team"],
        199: ["owner", "stage", "team"],
        200: ["owner", "stage"],
    }


def test_a_tag_that_is_added_in_the_past_is_there_from_then_on(client: Any, clock: HandClock) -> None:
    clock.at(200)
    add(client, owner="me", stage="prod")
    clock.at(100)
    add(client, cost="42", stage="test")
    assert tags(client) == {"team": "churn", "stage": "test", "cost": "42"}
    clock.at(300)
    assert tags(client) == {"team": "churn", "stage": "prod", "cost": "42", "owner": "me"}


@pytest.mark.parametrize(
    "arn",
    [
        f"{PREFIX}:hyper-parameter-tuning-job/nobody",
        f"{PREFIX}:hyper-parameter-tuning-job/XGB",
        f"{PREFIX}:training-job/xgb",
        f"{PREFIX}:training-job/xgb-001-00000000",
        f"{PREFIX}:model/xgb",
        f"{PREFIX}:hyper-parameter-tuning-job",
        "arn:aws:sagemaker:eu-west-1:123456789012:hyper-parameter-tuning-job/xgb",
        "arn:aws:sagemaker:us-east-1:111122223333:hyper-parameter-tuning-job/xgb",
    ],
)
@pytest.mark.parametrize(
    ("operation", "asked"),
    [("list_tags", {}), ("add_tags", {"Tags": pairs(a="b")}), ("delete_tags", {"TagKeys": ["team"]})],
)
def test_a_resource_that_does_not_exist(client: Any, arn: str, operation: str, asked: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(client, operation)(ResourceArn=arn, **asked)
    assert said(raised.value) == ("ValidationException", "Resource does not exist.")
    assert tags(client) == {"team": "churn", "stage": "dev"}


def test_the_arn_that_a_list_gives_cannot_be_tagged_when_the_name_has_capitals(client: Any) -> None:
    client.create_hyper_parameter_tuning_job(**request("Deep"))
    (summary,) = client.list_hyper_parameter_tuning_jobs(NameContains="Deep")[
        "HyperParameterTuningJobSummaries"
    ]
    with pytest.raises(ClientError, match=r"Resource does not exist\.$"):
        add(client, summary["HyperParameterTuningJobArn"], a="b")


def test_a_resource_has_at_most_fifty_tags(client: Any) -> None:
    add(client, **{f"key-{number}": "" for number in range(48)})
    assert len(tags(client)) == 50
    assert len(client.list_tags(ResourceArn=XGB, MaxResults=50)["Tags"]) == 50
    add(client, stage="prod")
    before = tags(client)
    with pytest.raises(ClientError) as raised:
        add(client, one="", more="")
    assert said(raised.value) == (
        "ValidationException",
        "The number of tags on the resource would be 52, but it can have at most 50.",
    )
    assert tags(client) == before


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            pairs(**{"aws:owner": "me"}),
            "Tag keys that begin with aws: are reserved, but the request has aws:owner.",
        ),
        (pairs(a="1") + pairs(a="2"), "The keys of tags must be unique, but a is used more than once."),
    ],
)
def test_tags_that_no_resource_can_have(client: Any, given: Any, text: str) -> None:
    with pytest.raises(ClientError) as raised:
        client.add_tags(ResourceArn=XGB, Tags=given)
    assert said(raised.value) == ("ValidationException", text)
    with pytest.raises(ClientError) as raised:
        client.create_hyper_parameter_tuning_job(**request("other", Tags=given))
    assert said(raised.value) == ("ValidationException", text)
    assert tags(client) == {"team": "churn", "stage": "dev"}
