"""The same fake serves aiobotocore's clients, awaited."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("aiobotocore", reason="aiobotocore is not installed: nothing to reach")

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from aiobotocore.stub import AioStubber
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from fake_tuning.doors.botocore.faults import Fault
from fake_tuning.doors.botocore.hook import TARGETS, install
from fake_tuning.doors.botocore.network_guard import NetworkBlocked, OperationNotServed
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from fake_tuning.doors.botocore.installation import Installation
    from fake_tuning.doors.late_imports import Target
    from fake_tuning.service.operations.registry import OperationKey

NAME = "DescribeTrainingJob"


class SmallBackend:
    served = frozenset({(SAGEMAKER, NAME)})

    def answer(
        self, operation: OperationKey, params: dict[str, Any], region: str, *_: object
    ) -> dict[str, Any]:
        if params["TrainingJobName"] != "xgb":
            raise ServiceError("ResourceNotFound", "Requested resource not found.")
        return {"TrainingJobStatus": "Completed", "TrainingJobArn": f"arn:{region}"}


@pytest.fixture(params=[False, True], ids=["parsed", "wire"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    installation = install(SmallBackend(), wire=request.param)
    yield installation
    installation.remove()


def run(use: Callable[[Any], Awaitable[Any]], service: str = "sagemaker", **options: Any) -> Any:
    async def main() -> Any:
        async with get_session().create_client(service, region_name="eu-west-1", **options) as client:
            return await use(client)

    return asyncio.run(main())


async def describe(client: Any, name: str = "xgb") -> Any:
    return await client.describe_training_job(TrainingJobName=name)


def test_a_call_is_answered(installation: Installation) -> None:
    response = run(describe)
    assert response["TrainingJobStatus"] == "Completed"
    assert response["TrainingJobArn"] == "arn:eu-west-1"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert response["ResponseMetadata"]["RetryAttempts"] == 0


def test_an_error_is_raised_as_its_class(installation: Installation) -> None:
    async def use(client: Any) -> Any:
        with pytest.raises(client.exceptions.ResourceNotFound) as raised:
            await describe(client, "nobody")
        return raised.value.response

    assert run(use)["Message"] == "Requested resource not found."


def test_many_calls_at_once_are_answered(installation: Installation) -> None:
    async def use(client: Any) -> Any:
        return await asyncio.gather(*(describe(client) for _ in range(20)))

    responses = run(use)
    assert len({response["ResponseMetadata"]["RequestId"] for response in responses}) == 20


def test_a_client_that_was_made_before_is_reached_and_let_go() -> None:
    async def use(client: Any) -> None:
        installation = install(SmallBackend())
        assert (await describe(client))["TrainingJobStatus"] == "Completed"
        installation.remove()
        with pytest.raises((EndpointConnectionError, ConnectTimeoutError)):
            await describe(client)

    run(
        use,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
        endpoint_url="http://127.0.0.1:9",
        config=AioConfig(retries={"total_max_attempts": 1}),
    )


def test_faults_are_retried(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    sleep = asyncio.sleep

    async def hurry(seconds: float) -> None:
        slept.append(seconds)
        await sleep(0)

    monkeypatch.setattr("asyncio.sleep", hurry)
    installation.faults.add(NAME, Fault.throttled(), Fault.connection_error())
    assert run(describe)["ResponseMetadata"]["RetryAttempts"] == 2
    assert len(slept) == 2


def test_a_fault_that_is_not_retried_is_raised(installation: Installation) -> None:
    installation.faults.add(NAME, Fault.error("AccessDeniedException", "not you"))
    with pytest.raises(ClientError, match="not you"):
        run(describe)


def test_an_operation_of_another_service_is_refused_once(installation: Installation) -> None:
    with pytest.raises(NetworkBlocked, match=r"^s3 ListBuckets was about to leave for the network") as raised:
        run(lambda client: client.list_buckets(), "s3")
    assert installation.guard.refusals == [raised.value]


def test_an_operation_that_the_fake_lacks_is_refused(installation: Installation) -> None:
    with pytest.raises(OperationNotServed):
        run(lambda client: client.list_models())


def test_a_stubber_wins(installation: Installation) -> None:
    async def use(client: Any) -> Any:
        with AioStubber(client) as stubber:
            stubber.add_response("stop_training_job", {})
            answer = await client.stop_training_job(TrainingJobName="xgb")
            stubber.assert_no_pending_responses()
            return answer

    assert run(use) == {}


def test_what_is_patched_is_there() -> None:
    missing = [
        f"{target.module}.{target.owner}.{target.name}"
        for target in TARGETS
        if importlib.import_module(target.module) and target.name not in vars(target.found() or object)
    ]
    assert missing == []


@pytest.mark.parametrize("target", [each for each in TARGETS if each.module.startswith("aiobotocore.")])
def test_what_somebody_puts_back_late_works_on_and_is_known_again(target: Target) -> None:
    importlib.import_module(target.module)
    owner = target.found()
    original = vars(owner)[target.name]
    first = install(SmallBackend())
    ours = vars(owner)[target.name]
    first.remove()
    setattr(owner, target.name, ours)
    again = install(SmallBackend())
    assert vars(owner)[target.name] is ours
    assert run(describe)["TrainingJobStatus"] == "Completed"
    again.remove()
    assert vars(owner)[target.name] is original


IMPORTED_LATER = """
import asyncio, sys
from fake_tuning.doors.botocore.hook import install

class SmallBackend:
    served = frozenset({("sagemaker", "DescribeTrainingJob")})
    def answer(self, operation, params, *_):
        return {"TrainingJobStatus": "Completed"}

installation = install(SmallBackend())
assert "aiobotocore" not in sys.modules
from aiobotocore.client import AioBaseClient
from aiobotocore.session import get_session
patched = AioBaseClient._make_api_call

async def main():
    async with get_session().create_client("sagemaker") as client:
        print((await client.describe_training_job(TrainingJobName="xgb"))["TrainingJobStatus"])

asyncio.run(main())
installation.remove()
assert AioBaseClient._make_api_call is patched.__wrapped__
"""


def test_it_is_reached_when_it_is_imported_later() -> None:
    result = subprocess.run(
        [sys.executable, "-c", IMPORTED_LATER], capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.stderr) == ("Completed\n", "")
