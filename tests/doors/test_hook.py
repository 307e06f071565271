"""Real clients, made in every way, reach whatever is installed, and nothing is left behind."""

from __future__ import annotations

import gc
import os
import threading
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import botocore.client
import botocore.httpsession
import botocore.session
import freezegun
import pytest
from botocore.awsrequest import AWSResponse
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError
from botocore.stub import Stubber, UnStubbedResponseError

from fake_tuning.doors.botocore.hook import TARGETS, install
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.operations.registry import SAGEMAKER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_tuning.doors.late_imports import Target
    from fake_tuning.service.operations.registry import OperationKey

CREATED = datetime(2026, 1, 31, 12, 0, 0, 123000, tzinfo=timezone.utc)


class SmallBackend:
    """Serves three operations from a dict."""

    served = frozenset(
        (SAGEMAKER, name) for name in ("DescribeTrainingJob", "ListTrainingJobs", "StopTrainingJob")
    )

    def __init__(self, label: str = "Completed") -> None:
        self.label = label
        self.asked: list[tuple[str, dict[str, Any], str]] = []

    def answer(
        self, operation: OperationKey, params: dict[str, Any], region: str, *_: object
    ) -> dict[str, Any]:
        name = operation[1]
        self.asked.append((name, params, region))
        if name == "StopTrainingJob":
            if params["TrainingJobName"] == "ended":
                raise validation("The request was rejected because the training job is in status Completed.")
            return {}
        summary = {
            "TrainingJobName": "xgb",
            "TrainingJobArn": f"arn:aws:sagemaker:{region}:123456789012:training-job/xgb",
            "CreationTime": CREATED,
            "TrainingJobStatus": self.label,
        }
        if name == "ListTrainingJobs":
            return {"TrainingJobSummaries": [summary]}
        if params["TrainingJobName"] != "xgb":
            raise ServiceError("ResourceNotFound", "Requested resource not found.")
        metric = {"MetricName": "auc", "Value": 0.1 + 0.2, "Timestamp": CREATED + timedelta(milliseconds=1)}
        return {**summary, "FinalMetricDataList": [metric], "HyperParameters": {"eta": "0.1"}}


@pytest.fixture
def backend() -> Iterator[SmallBackend]:
    backend = SmallBackend()
    installation = install(backend)
    yield backend
    installation.remove()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    """A machine on which nobody has ever configured AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def client_of(session: Any, **options: Any) -> Any:
    return session.create_client("sagemaker", **{"region_name": "us-east-1", **options})


def status(client: Any) -> str:
    return str(client.describe_training_job(TrainingJobName="xgb")["TrainingJobStatus"])


def answer_over_http(body: bytes, seen: list[Any]) -> Any:
    """A ``before-send`` handler that stands for AWS, so that a call outside the fake needs no network."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        raw = mock.Mock(stream=lambda: [body])
        return AWSResponse(request.url, 200, {"x-amzn-requestid": "real"}, raw)

    return answer


def test_what_is_patched_in_botocore_is_there() -> None:
    ours = [target for target in TARGETS if target.module.startswith("botocore.")]
    assert len(ours) == 4
    assert [target for target in ours if target.name not in vars(target.found())] == []


def test_it_reaches_a_client_that_was_made_before(nowhere: None) -> None:
    client = client_of(botocore.session.Session())
    installation = install(SmallBackend())
    assert status(client) == "Completed"
    installation.remove()


def test_it_reaches_clients_of_any_session(nowhere: None, backend: SmallBackend) -> None:
    assert status(boto3.client("sagemaker")) == "Completed"
    assert status(boto3.Session().client("sagemaker")) == "Completed"
    assert status(botocore.session.get_session().create_client("sagemaker")) == "Completed"
    assert len(backend.asked) == 3


def test_it_reaches_a_client_that_was_made_and_used_in_an_earlier_installation(nowhere: None) -> None:
    first = install(SmallBackend("Failed"))
    client = boto3.client("sagemaker")
    assert status(client) == "Failed"
    first.remove()
    second = install(SmallBackend("Stopped"))
    assert status(client) == "Stopped"
    second.remove()


def test_it_knows_the_region_of_each_client(backend: SmallBackend) -> None:
    arn = boto3.client("sagemaker", region_name="eu-west-1").describe_training_job(TrainingJobName="xgb")
    assert arn["TrainingJobArn"] == "arn:aws:sagemaker:eu-west-1:123456789012:training-job/xgb"


def test_paginators_and_waiters_reach_it_too(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    pages = list(client.get_paginator("list_training_jobs").paginate())
    assert [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]] == ["xgb"]
    client.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName="xgb")


def test_threads_that_share_a_fresh_client_are_all_answered(nowhere: None) -> None:
    client = client_of(botocore.session.Session())
    backend = SmallBackend()
    installation = install(backend)
    start, seen = threading.Barrier(16), []

    def poll() -> None:
        start.wait()
        seen.append(status(client))

    threads = [threading.Thread(target=poll) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    installation.remove()
    assert seen == ["Completed"] * 16
    assert len(backend.asked) == 16


def test_the_innermost_installation_answers() -> None:
    outer = install(SmallBackend("InProgress"), region="us-east-1")
    client = boto3.client("sagemaker")
    inner = install(SmallBackend("Failed"), region="eu-west-1")
    assert (status(client), os.environ["AWS_DEFAULT_REGION"]) == ("Failed", "eu-west-1")
    inner.remove()
    assert (status(client), os.environ["AWS_DEFAULT_REGION"]) == ("InProgress", "us-east-1")
    outer.remove()


def test_installations_may_be_removed_in_the_wrong_order(nowhere: None) -> None:
    before, environment = vars(botocore.client.BaseClient)["_make_api_call"], dict(os.environ)
    outer, inner = install(SmallBackend("InProgress")), install(SmallBackend("Failed"), region="eu-west-1")
    client = boto3.client("sagemaker")
    outer.remove()
    assert status(client) == "Failed"
    inner.remove()
    inner.remove()
    assert vars(botocore.client.BaseClient)["_make_api_call"] is before
    assert dict(os.environ) == environment


def test_nothing_is_left_behind(nowhere: None) -> None:
    def patched() -> list[Any]:
        return [
            vars(botocore.client.BaseClient)["_make_api_call"],
            vars(botocore.httpsession.URLLib3Session)["send"],
            botocore.session.create_loader,
        ]

    before, environment = patched(), dict(os.environ)
    installation = install(SmallBackend())
    status(boto3.client("sagemaker"))
    assert all(now is not then for now, then in zip(patched(), before, strict=True))
    installation.remove()
    assert all(now is then for now, then in zip(patched(), before, strict=True))
    assert dict(os.environ) == environment
    assert boto3.DEFAULT_SESSION is None


def test_a_client_that_was_used_goes_back_to_aws() -> None:
    seen: list[Any] = []
    client = client_of(botocore.session.Session(), aws_access_key_id="key", aws_secret_access_key="secret")
    installation = install(SmallBackend())
    assert status(client) == "Completed"
    installation.remove()
    client.meta.events.register("before-send", answer_over_http(b'{"TrainingJobStatus": "Stopped"}', seen))
    assert status(client) == "Stopped"
    assert seen[0].url == "https://api.sagemaker.us-east-1.amazonaws.com/"
    assert b"Credential=key/" in seen[0].headers["Authorization"]


def test_a_client_that_was_used_no_longer_calls_us(caplog: pytest.LogCaptureFixture) -> None:
    client = client_of(botocore.session.Session(), aws_access_key_id="key", aws_secret_access_key="secret")
    client.meta.events.register("before-send", answer_over_http(b"{}", []))
    caplog.set_level("DEBUG", logger="botocore.hooks")
    installation = install(SmallBackend())
    status(client)
    assert "_before_call" in caplog.text
    installation.remove()
    caplog.clear()
    client.describe_training_job(TrainingJobName="xgb")
    assert "before-call.sagemaker" in caplog.text
    assert "_before_call" not in caplog.text
    assert "_before_send" not in caplog.text


def test_a_patch_of_somebody_else_on_top_of_ours_outlives_us_unharmed() -> None:
    installation = install(SmallBackend())
    client = boto3.client("sagemaker")
    below = botocore.client.BaseClient._make_api_call
    heard = []

    def listen(self: Any, operation: str, params: Any) -> Any:
        heard.append(operation)
        return below(self, operation, params)

    with mock.patch("botocore.client.BaseClient._make_api_call", listen):
        assert status(client) == "Completed"
        installation.remove()
        client.meta.events.register("before-send", answer_over_http(b'{"TrainingJobStatus": "Stopped"}', []))
        assert status(client) == "Stopped"
        again = install(SmallBackend("Failed"))
        assert status(client) == "Failed"
        again.remove()
        assert status(client) == "Stopped"
    assert heard == ["DescribeTrainingJob"] * 4


@pytest.mark.parametrize("target", [each for each in TARGETS if each.module.startswith("botocore.")])
def test_what_somebody_puts_back_late_works_on_and_is_known_again(target: Target) -> None:
    owner = target.found()
    original = vars(owner)[target.name]
    installation = install(SmallBackend())
    ours = vars(owner)[target.name]
    installation.remove()
    setattr(owner, target.name, ours)
    seen: list[Any] = []
    client = client_of(botocore.session.Session(), aws_access_key_id="key", aws_secret_access_key="secret")
    client.meta.events.register("before-send", answer_over_http(b'{"TrainingJobStatus": "Stopped"}', seen))
    assert status(client) == "Stopped"
    again = install(SmallBackend("Failed"))
    assert vars(owner)[target.name] is ours
    assert status(client_of(botocore.session.Session())) == "Failed"
    again.remove()
    assert vars(owner)[target.name] is original


@freezegun.freeze_time(CREATED)
def test_an_answer_looks_as_botocore_makes_it(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    first, second = (client.describe_training_job(TrainingJobName="xgb") for _ in range(2))
    assert first["ResponseMetadata"] == {
        "RequestId": "00000000-0000-4000-8000-000000000001",
        "HTTPStatusCode": 200,
        "HTTPHeaders": {
            "x-amzn-requestid": "00000000-0000-4000-8000-000000000001",
            "content-type": "application/x-amz-json-1.1",
            "date": "Sat, 31 Jan 2026 12:00:00 GMT",
        },
        "RetryAttempts": 0,
    }
    assert second["ResponseMetadata"]["RequestId"] == "00000000-0000-4000-8000-000000000002"
    first["ResponseMetadata"].clear()
    assert client.describe_training_job(TrainingJobName="xgb")["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_an_answer_without_members_is_only_metadata(backend: SmallBackend) -> None:
    assert list(boto3.client("sagemaker").stop_training_job(TrainingJobName="xgb")) == ["ResponseMetadata"]


def test_instants_are_asked_as_instants_however_they_were_written(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    noon = CREATED.replace(microsecond=0)
    for written in (noon, "2026-01-31T13:00:00+01:00", 1769860800):
        client.list_training_jobs(CreationTimeAfter=written, MaxResults=5)
    params = [params for _, params, _ in backend.asked]
    assert params == [{"CreationTimeAfter": noon, "MaxResults": 5}] * 3


def test_a_modelled_error_is_raised_as_its_class(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    with pytest.raises(client.exceptions.ResourceNotFound) as raised:
        client.describe_training_job(TrainingJobName="nobody")
    assert str(raised.value) == (
        "An error occurred (ResourceNotFound) when calling the DescribeTrainingJob operation: "
        "Requested resource not found."
    )
    assert raised.value.response["Message"] == "Requested resource not found."
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


READS: list[tuple[str, dict[str, Any]]] = [
    ("describe_training_job", {"TrainingJobName": "xgb"}),
    ("describe_training_job", {"TrainingJobName": "nobody"}),
    ("list_training_jobs", {"CreationTimeAfter": CREATED}),
    ("stop_training_job", {"TrainingJobName": "xgb"}),
    ("stop_training_job", {"TrainingJobName": "ended"}),
]


def answered(client: Any, method: str, params: dict[str, Any]) -> Any:
    """The answer or the error's response, without what tells the moment of the call."""
    try:
        response = getattr(client, method)(**params)
    except ClientError as error:
        response = error.response
    del response["ResponseMetadata"]["HTTPHeaders"]["date"]
    return response


@pytest.mark.parametrize(("method", "params"), READS)
def test_both_ways_give_equal_answers(method: str, params: dict[str, Any]) -> None:
    client, answers, asked = boto3.client("sagemaker", region_name="us-east-1"), [], []
    for wire in (False, True):
        backend = SmallBackend()
        installation = install(backend, wire=wire)
        answers.append(answered(client, method, params))
        asked.append(backend.asked)
        installation.remove()
    assert answers[0] == answers[1]
    assert asked[0] == asked[1]


def test_the_wire_is_really_taken_when_asked_for() -> None:
    seen: list[str] = []
    client = boto3.client("sagemaker", region_name="us-east-1")
    client.meta.events.register("before-sign", lambda **_: seen.append("signed"))
    client.meta.events.register("before-parse", lambda **_: seen.append("parsed"))
    installation = install(SmallBackend(), wire=True)
    status(client)
    installation.remove()
    assert seen == ["signed", "parsed"]


def test_a_stubber_on_a_client_wins_on_that_client_only(backend: SmallBackend) -> None:
    stubbed, free = boto3.client("sagemaker"), boto3.client("sagemaker")
    assert status(stubbed) == "Completed"
    with Stubber(stubbed) as stubber:
        stubber.add_response("stop_training_job", {}, {"TrainingJobName": "other"})
        stubbed.stop_training_job(TrainingJobName="other")
        with pytest.raises(UnStubbedResponseError):
            status(stubbed)
        assert status(free) == "Completed"
    assert status(stubbed) == "Completed"
    assert [operation for operation, _, _ in backend.asked] == ["DescribeTrainingJob"] * 3


def test_a_handler_of_the_users_own_on_a_client_wins(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    assert status(client) == "Completed"
    mine = {"TrainingJobStatus": "Stopped"}
    client.meta.events.register("before-call.sagemaker", lambda **_: (mock.Mock(status_code=200), mine))
    assert status(client) == "Stopped"


def renaming(params: dict[str, Any], **_: Any) -> None:
    """Change what is asked, before botocore writes the request."""
    params["TrainingJobName"] = "nobody"


def rewriting(params: dict[str, Any], **_: Any) -> None:
    """Change what is asked, in the request that botocore has written."""
    params["body"] = params["body"].replace(b"xgb", b"nobody")


@pytest.mark.parametrize(
    ("event", "change"),
    [
        ("provide-client-params", renaming),
        ("before-parameter-build", renaming),
        ("before-call", rewriting),
    ],
)
@pytest.mark.parametrize("wire", [False, True], ids=["parsed", "wire"])
def test_what_a_handler_of_the_users_own_changed_is_what_is_answered(
    event: str, change: Callable[..., None], wire: bool
) -> None:
    backend = SmallBackend()
    installation = install(backend, wire=wire)
    client = boto3.client("sagemaker", region_name="us-east-1")
    assert status(client) == status(client) == "Completed"
    client.meta.events.register(f"{event}.sagemaker.DescribeTrainingJob", change, unique_id="mine")
    with pytest.raises(client.exceptions.ResourceNotFound):
        status(client)
    client.meta.events.unregister(f"{event}.sagemaker.DescribeTrainingJob", unique_id="mine")
    assert status(client) == "Completed"
    installation.remove()
    assert [params["TrainingJobName"] for _, params, _ in backend.asked] == ["xgb", "xgb", "nobody", "xgb"]


def test_parameters_are_fresh_at_each_call(backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    for asked in ({"TrainingJobName": "xgb"}, {"TrainingJobName": "xgb"}):
        client.describe_training_job(**asked)
        _, params, _ = backend.asked[-1]
        assert params == asked
        params["TrainingJobName"] = "changed by whoever looked at it"


def test_a_client_that_is_gone_makes_room_for_another(nowhere: None, backend: SmallBackend) -> None:
    for _ in range(3):  # a client is known by its id, which the next one may have
        assert status(client_of(botocore.session.Session())) == "Completed"
        gc.collect()
    assert len(backend.asked) == 3


def test_presigned_urls_are_still_signed(nowhere: None, backend: SmallBackend) -> None:
    client = boto3.client("sagemaker")
    status(client)
    url = client.generate_presigned_url("describe_training_job", {"TrainingJobName": "xgb"})
    assert "X-Amz-Credential=testing" in url


def test_credentials_that_have_expired_are_not_looked_up_for_sagemaker(backend: SmallBackend) -> None:
    def refresh() -> Any:
        raise AssertionError("credentials were looked up")

    keys = ("key", "secret", "token")
    expired = RefreshableCredentials(*keys, expiry_time=CREATED, refresh_using=refresh, method="test")
    session = botocore.session.Session()
    session.register_component("credential_provider", mock.Mock(load_credentials=lambda: expired))
    client = client_of(session)
    wire = install(SmallBackend(), wire=True)
    assert status(client) == "Completed"
    wire.remove()


def test_the_environment_is_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch, nowhere: None) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://localhost:4566")
    before = dict(os.environ)
    installation = install(SmallBackend(), region="eu-west-1")
    inside = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    installation.remove()
    assert inside == {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    assert dict(os.environ) == before


def test_credentials_that_are_there_stay(monkeypatch: pytest.MonkeyPatch, nowhere: None) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine too")
    installation = install(SmallBackend())
    inside = [
        os.environ.get(name) for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    ]
    installation.remove()
    assert inside == ["mine", "mine too", None]


def test_what_the_user_sets_meanwhile_stays_as_long_as_he_wants(
    monkeypatch: pytest.MonkeyPatch, nowhere: None
) -> None:
    installation = install(SmallBackend())
    with monkeypatch.context() as own:
        own.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        installation.remove()
        assert os.environ["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_a_default_session_of_the_users_own_stays(nowhere: None) -> None:
    boto3.setup_default_session(region_name="eu-north-1")
    mine = boto3.DEFAULT_SESSION
    installation = install(SmallBackend())
    assert boto3.client("sagemaker").meta.region_name == "eu-north-1"
    installation.remove()
    assert boto3.DEFAULT_SESSION is mine


def test_sessions_share_their_models_while_installed(nowhere: None) -> None:
    installation = install(SmallBackend())
    loaders = []
    for _ in range(3):
        session = botocore.session.Session()
        boto3.Session(botocore_session=session)
        loaders.append(session.get_component("data_loader"))
    installation.remove()
    after = botocore.session.Session().get_component("data_loader")
    assert loaders[0] is loaders[1] is loaders[2] is not after
    paths = loaders[0].search_paths
    assert len([path for path in paths if path.endswith(os.path.join("boto3", "data"))]) <= 2
