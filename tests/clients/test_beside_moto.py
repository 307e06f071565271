"""With moto beside us, S3 and STS are moto's and tuning is ours, in either order and on both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from fake_tuning.doors.botocore.hook import install
from fake_tuning.doors.botocore.installation import Installation
from fake_tuning.doors.botocore.network_guard import NetworkBlocked, OperationNotServed
from fake_tuning.service.operations.registry import SAGEMAKER, OperationKey

pytestmark = pytest.mark.slow

STOP = "StopHyperParameterTuningJob"


class SmallBackend:
    """Serves one operation that moto has and one that moto does not have."""

    served = frozenset({(SAGEMAKER, "DescribeHyperParameterTuningJob"), (SAGEMAKER, STOP)})

    def answer(self, operation: OperationKey, params: dict[str, Any], *_: object) -> dict[str, Any]:
        return {} if operation[1] == STOP else {"HyperParameterTuningJobStatus": "Stopping"}


@contextmanager
def fake(*, wire: bool) -> Iterator[Installation]:
    installation = install(SmallBackend(), wire=wire)
    yield installation
    installation.remove()


def outside(wire: bool) -> list[AbstractContextManager[Any]]:
    return [fake(wire=wire), mock_aws()]


def inside(wire: bool) -> list[AbstractContextManager[Any]]:
    return [mock_aws(), fake(wire=wire)]


def clients() -> list[Any]:
    session = boto3.Session(region_name="us-east-2")
    return [session.client(service) for service in ("sagemaker", "s3", "sts")]


def use(sagemaker: Any, s3: Any, sts: Any) -> None:
    name = {"HyperParameterTuningJobName": "xgb"}
    assert (
        sagemaker.describe_hyper_parameter_tuning_job(**name)["HyperParameterTuningJobStatus"] == "Stopping"
    )
    assert sagemaker.stop_hyper_parameter_tuning_job(**name)["ResponseMetadata"]["HTTPStatusCode"] == 200
    s3.create_bucket(Bucket="train", CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    s3.put_object(Bucket="train", Key="k", Body=b"data")
    assert s3.get_object(Bucket="train", Key="k")["Body"].read() == b"data"
    assert sts.get_caller_identity()["Account"] == "123456789012"


Order = Callable[[bool], list[AbstractContextManager[Any]]]


@pytest.mark.parametrize("wire", [False, True], ids=["parsed", "wire"])
@pytest.mark.parametrize("order", [outside, inside])
@pytest.mark.parametrize("made", [0, 1, 2], ids=["before", "between", "within"])
def test_each_answers_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, wire: bool, order: Order, made: int
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with ExitStack() as stack:
        used = []
        for step, manager in enumerate([*order(wire), None]):
            if step == made:
                used = clients()
            if manager is not None:
                stack.enter_context(manager)
        if made == 0:
            used[1:] = clients()[1:]  # moto does not answer S3 clients that had no credentials when made
        use(*used)


@pytest.mark.parametrize("order", [outside, inside])
def test_moto_answers_the_sagemaker_operations_that_the_fake_lacks(order: Order) -> None:
    with ExitStack() as stack:
        for manager in order(False):
            stack.enter_context(manager)
        sagemaker = clients()[0]
        sagemaker.create_model(ModelName="best", ExecutionRoleArn="arn:aws:iam::123456789012:role/r")
        assert sagemaker.describe_model(ModelName="best")["ModelArn"] == (
            "arn:aws:sagemaker:us-east-2:123456789012:model/best"
        )
        with pytest.raises(ClientError, match="Could not find model"):
            sagemaker.describe_model(ModelName="other")


def test_after_moto_the_guard_stands() -> None:
    with fake(wire=False) as installation:
        with mock_aws():
            sagemaker, s3, sts = clients()
            use(sagemaker, s3, sts)
        assert sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        with pytest.raises(NetworkBlocked, match=r"^sts GetCallerIdentity was about to leave"):
            sts.get_caller_identity()
        with pytest.raises(OperationNotServed):
            sagemaker.list_models()
    assert len(installation.guard.refusals) == 2


def test_after_us_moto_answers_alone() -> None:
    with mock_aws():
        with fake(wire=False):
            sagemaker, s3, sts = clients()
            use(sagemaker, s3, sts)
        with pytest.raises(ClientError) as raised:
            sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert raised.value.response["Error"]["Code"] == "ResourceNotFound"
