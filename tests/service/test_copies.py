"""The service shares nothing with its callers: answers are fresh at each call, and requests are copied."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from support.hand_clock import HandClock
from support.reads import reads
from support.requests import definition, request, request_of_several
from support.scenarios import ROUND
from support.tuning_job_calls import XGB


def spoil(value: Any) -> None:
    """Change everything in an answer that can be changed."""
    if isinstance(value, dict):
        for each in value.values():
            spoil(each)
        value.clear()
        value["spoilt"] = True
    elif isinstance(value, list):
        for each in value:
            spoil(each)
        value.append("spoilt")


@pytest.mark.parametrize("several", [False, True])
def test_answers_are_fresh_at_each_call(several: bool, clock: HandClock) -> None:
    service = FakeTuningService(clock=clock)
    service.on_create(ROUND)
    asked = request_of_several("xgb", definition(DefinitionName="one")) if several else request("xgb")
    service.call("CreateHyperParameterTuningJob", asked)
    clock.at(700)
    questions = list(reads(service, "xgb"))
    before = [repr(service.call(*question)) for question in questions]
    for question in questions:
        spoil(service.call(*question))
    assert [repr(service.call(*question)) for question in questions] == before


def test_overridden_members_are_fresh_too(clock: HandClock) -> None:
    service = FakeTuningService(clock=clock)
    service.add(TuningJob("xgb").overriding(WarmStartConfig={"WarmStartType": "Odd", "Parents": [1]}))
    question = ("DescribeHyperParameterTuningJob", {"HyperParameterTuningJobName": "xgb"})
    spoil(service.call(*question))
    assert service.call(*question)["WarmStartConfig"] == {"WarmStartType": "Odd", "Parents": [1]}


def test_a_request_that_is_changed_after_its_call_changes_nothing(clock: HandClock) -> None:
    with FakeTuningService(clock=clock) as service:
        client = boto3.client("sagemaker")
        asked = request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
        client.create_hyper_parameter_tuning_job(**asked)
        tags = [{"Key": "owner", "Value": "me"}]
        arn = service.job("xgb").arn
        client.add_tags(ResourceArn=arn, Tags=tags)
        before = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        spoil(asked)
        spoil(tags)
        again = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        del before["ResponseMetadata"], again["ResponseMetadata"]
        assert again == before
        assert client.list_tags(ResourceArn=arn)["Tags"] == [
            {"Key": "team", "Value": "churn"},
            {"Key": "owner", "Value": "me"},
        ]
        assert service.calls[0].params == request("xgb", Tags=[{"Key": "team", "Value": "churn"}])


def test_a_request_of_a_direct_call_that_is_changed_afterwards_changes_nothing(clock: HandClock) -> None:
    service = FakeTuningService(clock=clock)
    asked = request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
    service.call("CreateHyperParameterTuningJob", asked)
    spoil(asked)
    assert service.job("xgb").request == request("xgb", Tags=[{"Key": "team", "Value": "churn"}])
    assert (
        service.call("DescribeHyperParameterTuningJob", XGB)["HyperParameterTuningJobStatus"] == "InProgress"
    )
