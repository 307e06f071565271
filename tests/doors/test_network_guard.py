"""Nothing leaves for the network unasked, and whoever swallows a refusal hears of it again."""

from __future__ import annotations

import http.server
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from fake_tuning.doors.botocore.hook import install
from fake_tuning.doors.botocore.network_guard import NetworkBlocked, OperationNotServed
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_tuning.doors.botocore.installation import Installation
    from fake_tuning.service.operations.registry import OperationKey


class SmallBackend:
    served = frozenset({(SAGEMAKER, "DescribeTrainingJob"), (SAGEMAKER, "StopTrainingJob")})

    def answer(self, operation: OperationKey, params: dict[str, Any], *_: object) -> dict[str, Any]:
        return {"TrainingJobStatus": "Completed"} if operation[1] == "DescribeTrainingJob" else {}


@pytest.fixture
def installation() -> Iterator[Installation]:
    installation = install(SmallBackend())
    yield installation
    installation.remove()


@pytest.fixture
def storage() -> Iterator[str]:
    """A web server on this machine that stands for the network."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the standard library's name
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"real")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def s3(**options: Any) -> Any:
    return boto3.client("s3", region_name="us-east-1", **options)


BLOCKED = (
    "s3 GetObject was about to leave for the network (data.s3.amazonaws.com), and no fake answered it. "
    "Let one answer it (moto's mock_aws(), a botocore Stubber), "
    "or let it through: allow('s3', 'GetObject') or allow('s3') on the service."
)
NOT_SERVED = (
    "the fake does not have the sagemaker operation DescribeTrainingPlan: "
    "did you mean 'DescribeTrainingJob'? It has DescribeTrainingJob, StopTrainingJob. "
    "Let another fake answer it (moto's mock_aws(), a botocore Stubber), "
    "or let it through: allow('sagemaker', 'DescribeTrainingPlan') on the service."
)


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_an_operation_of_another_service_is_refused_once(installation: Installation, mode: str) -> None:
    with pytest.raises(NetworkBlocked) as raised:
        s3(config=Config(retries={"mode": mode})).get_object(Bucket="data", Key="a-secret-key")
    assert str(raised.value) == BLOCKED
    assert installation.guard.refusals == [raised.value]


def test_an_operation_that_the_fake_lacks_names_those_it_has(installation: Installation) -> None:
    with pytest.raises(OperationNotServed) as raised:
        boto3.client("sagemaker").describe_training_plan(TrainingPlanName="mine")
    assert str(raised.value) == NOT_SERVED


def test_who_swallows_a_refusal_hears_of_it_again(installation: Installation) -> None:
    installation.guard.assert_nothing_refused()
    with suppress(Exception):
        s3().get_object(Bucket="data", Key="a-secret-key")
    with suppress(Exception):
        boto3.client("sagemaker").describe_training_plan(TrainingPlanName="mine")
    with pytest.raises(AssertionError) as raised:
        installation.guard.assert_nothing_refused()
    assert str(raised.value) == (
        "2 requests were refused while the fake was installed "
        "(if that was meant, call refusals.clear() on the service):\n"
        f"- {BLOCKED}\n- {NOT_SERVED}"
    )
    installation.guard.refusals.clear()
    installation.guard.assert_nothing_refused()


def test_one_refusal_is_told_in_the_singular(installation: Installation) -> None:
    with pytest.raises(NetworkBlocked):
        s3().get_object(Bucket="data", Key="k")
    with pytest.raises(AssertionError, match=r"^1 request was refused while the fake was installed \("):
        installation.guard.assert_nothing_refused()


def test_a_request_outside_any_operation_is_refused(installation: Installation) -> None:
    url = "http://user:password@169.254.169.254/latest/meta-data/secret?token=x"
    with pytest.raises(NetworkBlocked) as raised:
        URLLib3Session().send(AWSRequest("GET", url).prepare())
    assert str(raised.value) == (
        "a request to 169.254.169.254 was about to leave for the network, outside any operation of a client. "
        "Looking for credentials does this: give the client credentials, and it looks no further."
    )


def test_what_is_allowed_leaves(installation: Installation, storage: str) -> None:
    installation.guard.allow(models(), "s3")
    body = s3(endpoint_url=storage).get_object(Bucket="data", Key="k")["Body"].read()
    assert body == b"real"
    assert installation.guard.refusals == []


def test_only_the_allowed_operation_leaves(installation: Installation, storage: str) -> None:
    installation.guard.allow(models(), "s3", "GetObject")
    client = s3(endpoint_url=storage)
    assert client.get_object(Bucket="data", Key="k")["Body"].read() == b"real"
    with pytest.raises(
        NetworkBlocked, match=r"^s3 HeadObject was about to leave for the network \(127\.0\.0\.1\)"
    ):
        client.head_object(Bucket="data", Key="k")


def test_an_allowed_operation_that_the_fake_lacks_leaves_signed(installation: Installation) -> None:
    headers: list[Any] = []
    installation.guard.allow(models(), "sagemaker", "DescribeTrainingPlan")
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("sagemaker", endpoint_url="http://127.0.0.1:9", config=once)
    client.meta.events.register("before-send", lambda request, **_: headers.append(request.headers))
    with pytest.raises(EndpointConnectionError):
        client.describe_training_plan(TrainingPlanName="mine")
    assert b"Credential=" in headers[0]["Authorization"]
    assert installation.guard.refusals == []


def test_the_innermost_guard_decides(installation: Installation, storage: str) -> None:
    installation.guard.allow(models(), "s3")
    inner = install(SmallBackend())
    with pytest.raises(NetworkBlocked):
        s3(endpoint_url=storage).get_object(Bucket="data", Key="k")
    with pytest.raises(NetworkBlocked):
        URLLib3Session().send(AWSRequest("GET", storage).prepare())
    inner.remove()
    assert (len(inner.guard.refusals), installation.guard.refusals) == (2, [])
    assert s3(endpoint_url=storage).get_object(Bucket="data", Key="k")["Body"].read() == b"real"


def test_after_removal_everything_leaves_again(storage: str) -> None:
    client = boto3.client(
        "s3",
        region_name="us-east-1",
        endpoint_url=storage,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    installation = install(SmallBackend())
    with pytest.raises(NetworkBlocked):
        client.get_object(Bucket="data", Key="k")
    installation.remove()
    assert client.get_object(Bucket="data", Key="k")["Body"].read() == b"real"


def test_a_stubber_of_another_service_answers_instead(installation: Installation) -> None:
    client = s3()
    with Stubber(client) as stubber:
        stubber.add_response("list_buckets", {"Buckets": []})
        assert client.list_buckets()["Buckets"] == []
    assert installation.guard.refusals == []


def test_a_stubber_answers_what_the_fake_lacks(installation: Installation) -> None:
    client = boto3.client("sagemaker")
    with Stubber(client) as stubber:
        stubber.add_response("list_models", {"Models": []})
        assert client.list_models()["Models"] == []
    assert installation.guard.refusals == []


@pytest.mark.parametrize(
    ("service", "operation", "message"),
    [
        ("dynamodbb", None, "unknown service 'dynamodbb': did you mean 'dynamodb'?"),
        ("@", None, "unknown service '@': write it as in boto3.client(...), such as 's3'"),
        ("s3", "get_object", "s3 has no operation 'get_object': did you mean 'GetObject'?"),
        ("s3", "@", "s3 has no operation '@': write it as AWS does, such as 'GetObject'"),
        (
            "sagemaker",
            "StopTrainingJob",
            "StopTrainingJob is answered by the fake itself, so it cannot be let through to AWS",
        ),
    ],
)
def test_what_cannot_be_allowed_is_refused_where_it_is_written(
    installation: Installation, service: str, operation: str | None, message: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        installation.guard.allow(models(), service, operation)
    assert str(raised.value) == message
    assert not installation.guard.allows(service, operation)


def models() -> Any:
    return botocore.session.Session().get_component("data_loader")
