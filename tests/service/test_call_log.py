"""The log of calls: what the code under test asked, in order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.service.errors import ServiceError
from support.hand_clock import START, HandClock
from support.model_values import OPERATIONS
from support.requests import request
from support.tuning_job_calls import create, describe


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
