"""The Stubber that is filled from jobs: what it answers, what it refuses, and how it fails a test."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import (
    ClientError,
    ParamValidationError,
    StubAssertionError,
    StubResponseError,
    UnStubbedResponseError,
)
from botocore.stub import ANY, Stubber
from freezegun import freeze_time

from fake_tuning import FakeTuningService, TuningJob, TuningStubber
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.service.validation.model import Constraints, load_model

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "HyperParameterTuningJobName"
STATUS = "HyperParameterTuningJobStatus"
DESCRIBE = "describe_hyper_parameter_tuning_job"
STOP = "stop_hyper_parameter_tuning_job"
GONE = "Amazon SageMaker can't find a tuning job called xgb. Type another name."

JOB = TuningJob("xgb").trials(4, parallel=2, each="1m")


@pytest.fixture(scope="module")
def session() -> Any:
    return botocore.session.Session()


@pytest.fixture
def make_client(session: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A maker of clients that have a region and no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")
    monkeypatch.setenv("AWS_CONFIG_FILE", "no-such-file")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return lambda: session.create_client("sagemaker", region_name="us-east-1")


@pytest.fixture
def client(make_client: Callable[[], Any]) -> Any:
    return make_client()


def describe(client: Any, name: str = "xgb") -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return answer


def wait(client: Any, sleep: Callable[[float], None]) -> str:
    """A poll loop as people write it."""
    while True:
        status: str = describe(client)[STATUS]
        if status in TERMINAL:
            return status
        sleep(30)


def less_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


# One describe.


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_every_status_is_described_as_the_model_allows(client: Any, job: TuningJob) -> None:
    with TuningStubber(client) as stub:
        stub.describe(job)
        answer = less_metadata(describe(client, str(job.name)))
    assert answer == job.describe()
    assert Constraints(load_model()).check_response("DescribeHyperParameterTuningJob", answer) == []


def test_a_job_is_described_at_an_age_and_at_an_instant(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB, at="90s")
        stub.describe(JOB, at="2026-01-01T00:01:30Z")
        first, second = less_metadata(describe(client)), less_metadata(describe(client))
    assert first == second == JOB.describe(at="90s")
    assert first != JOB.describe()


def test_the_answer_is_full_as_a_real_one_is(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB)
        answer = describe(client)
    metadata = answer["ResponseMetadata"]
    assert metadata["HTTPStatusCode"] == 200
    assert metadata["RetryAttempts"] == 0
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]
    assert metadata["HTTPHeaders"]["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"
    assert answer["CreationTime"].utcoffset() is not None


def test_answers_are_fresh_objects(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB, times=2)
        first = describe(client)
        first["HyperParameterTuningJobConfig"].clear()
        second = describe(client)
    assert less_metadata(second) == JOB.describe()
    assert first["ResponseMetadata"]["RequestId"] != second["ResponseMetadata"]["RequestId"]


def test_a_job_is_answered_for_in_its_own_place(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB.located(region="eu-west-1", account="210987654321"))
        arn = describe(client)["HyperParameterTuningJobArn"]
    assert arn == "arn:aws:sagemaker:eu-west-1:210987654321:hyper-parameter-tuning-job/xgb"


def test_it_works_while_time_is_frozen(make_client: Callable[[], Any]) -> None:
    with freeze_time("2031-05-05"), TuningStubber(make_client()) as stub:
        stub.describe(JOB)
        assert less_metadata(describe(stub.client)) == JOB.describe()


def test_it_goes_before_the_fake_service(session: Any) -> None:
    with FakeTuningService() as service:
        client = session.create_client("sagemaker", region_name="us-east-1")
        service.add(JOB.completed())
        with TuningStubber(client) as stub:
            stub.describe(JOB.stopped())
            assert describe(client)[STATUS] == "Stopped"
        assert describe(client)[STATUS] == "Completed"


def test_stubbers_on_two_clients_share_nothing(make_client: Callable[[], Any]) -> None:
    with TuningStubber(make_client()) as one, TuningStubber(make_client()) as other:
        one.describe(JOB.completed())
        other.describe(JOB.failed("broken"))
        assert describe(other.client)["FailureReason"] == "broken"
        with pytest.raises(UnStubbedResponseError):
            describe(other.client)
        assert describe(one.client)[STATUS] == "Completed"
        assert one.refusals == []
        other.refusals.clear()


# A poll loop.


@pytest.mark.parametrize(
    ("job", "ending"),
    [(JOB, "Completed"), (JOB.fails("no", after="70s"), "Failed"), (JOB.stops(after="70s"), "Stopped")],
    ids=["Completed", "Failed", "Stopped"],
)
def test_a_loop_is_answered_until_the_job_ends(client: Any, job: TuningJob, ending: str) -> None:
    slept: list[float] = []
    with TuningStubber(client) as stub:
        stub.polls(job, every="30s")
        assert wait(client, slept.append) == ending
    ages = [30 * count for count in range(len(slept) + 1)]
    assert [job.describe(at=age)[STATUS] in TERMINAL for age in ages] == [False] * len(slept) + [True]


def test_a_loop_starts_where_the_job_is(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.polls(JOB.in_progress(completed=1), every="30s")
        first = describe(client)
        assert first["TrainingJobStatusCounters"]["Completed"] == 1
        assert wait(client, lambda _: None) == "Completed"
        stub.polls(JOB.stopped())
        assert describe(client)[STATUS] == "Stopped"


def test_a_loop_on_a_deleted_job_ends_in_its_absence(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.polls(JOB.deleting(), every="30s")
        assert describe(client)[STATUS] == "Deleting"
        with pytest.raises(client.exceptions.ResourceNotFound, match=re.escape(GONE)):
            wait(client, lambda _: None)


def test_until_bounds_a_loop_that_would_go_on(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.polls(JOB.never_ends(), every="1h", until="2h")
        assert [describe(client)[STATUS] for _ in range(3)] == ["InProgress"] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("job", "options", "message"),
    [
        (
            JOB.never_ends(ignoring_limits=True),
            {"every": "1h"},
            "'xgb' never ends: from 1h after its creation on it stays InProgress. "
            "Say how long the loop polls, such as until='2h', or let the job end",
        ),
        (
            JOB.each("3h"),
            {"every": "1s"},
            "polling 'xgb' every 1s takes more than 10,000 answers: "
            "it has not ended 2h46m40s after its creation. Poll less often, "
            "such as every='5m', or not so long, such as until='2h'",
        ),
        (JOB, {"every": 0}, "every must be 1 ms at least, but is 0"),
    ],
    ids=["endless", "too many", "no step"],
)
def test_an_endless_loop_is_refused(
    client: Any, job: TuningJob, options: dict[str, Any], message: str
) -> None:
    with TuningStubber(client) as stub:
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            stub.polls(job, **options)
        stub.assert_no_pending_responses()


def test_a_job_that_cannot_be_deleted_is_an_endless_one(client: Any) -> None:
    with (
        TuningStubber(client) as stub,
        pytest.raises(ValueError, match=r"^'xgb' never ends: .* DeleteFailed\."),
    ):
        stub.polls(JOB.delete_failed())


def test_a_loop_cannot_end_before_it_starts(client: Any) -> None:
    job = JOB.completed()
    with (
        TuningStubber(client) as stub,
        pytest.raises(ValueError, match=r"^until='1s' is past: the job's now is "),
    ):
        stub.polls(job, until="1s")


def test_a_loop_that_overlooks_an_ending_is_told_so(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB.stopped())
        describe(client)
        with pytest.raises(UnStubbedResponseError) as raised:
            describe(client)
        stub.refusals.clear()
    call = "DescribeHyperParameterTuningJob(HyperParameterTuningJobName='xgb')"
    assert str(raised.value) == (
        "Error getting response stub for operation DescribeHyperParameterTuningJob: "
        f"nothing is queued any more for {call}: the only answer was given to {call}. "
        "It had the status Stopped, which is terminal: does your loop handle Stopped?"
    )


# Lists, trials, and what is done to a job.


def test_a_paginator_gets_every_trial(client: Any) -> None:
    job = TuningJob("xgb").trials(25, parallel=5).completed()
    with TuningStubber(client) as stub:
        stub.list_trials(job, page_size=10, SortBy="CreationTime", SortOrder="Ascending")
        pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName="xgb",
            SortBy="CreationTime",
            SortOrder="Ascending",
            PaginationConfig={"PageSize": 10},
        )
        found = [page["TrainingJobSummaries"] for page in pages]
    assert [len(page) for page in found] == [10, 10, 5]
    assert [trial for page in found for trial in page] == job.list_trials()


def test_expected_filters_are_carried_out_and_any_is_not(client: Any) -> None:
    job = JOB.in_progress(completed=1, running=2)
    with TuningStubber(client) as stub:
        stub.list_trials(job, StatusEquals="Completed", SortBy=ANY)
        found = client.list_training_jobs_for_hyper_parameter_tuning_job(
            HyperParameterTuningJobName="xgb", StatusEquals="Completed", SortBy="Name"
        )["TrainingJobSummaries"]
    assert [trial["TrainingJobStatus"] for trial in found] == ["Completed"]


def test_jobs_are_listed(client: Any) -> None:
    jobs = TuningJob.every_status()
    with TuningStubber(client) as stub:
        stub.list_jobs(*jobs, page_size=4)
        pages = client.get_paginator("list_hyper_parameter_tuning_jobs").paginate(
            PaginationConfig={"PageSize": 4}
        )
        found = [job for page in pages for job in page["HyperParameterTuningJobSummaries"]]
        stub.list_jobs()
        assert client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"] == []
    assert {job[NAME]: job[STATUS] for job in found} == {job.name: job.status for job in jobs}


def test_jobs_are_listed_at_an_instant(client: Any) -> None:
    def statuses() -> list[str]:
        answer = client.list_hyper_parameter_tuning_jobs()
        return [job[STATUS] for job in answer["HyperParameterTuningJobSummaries"]]

    with TuningStubber(client) as stub:
        stub.list_jobs(JOB, at="1h")
        assert statuses() == ["Completed"]
        stub.list_jobs(JOB, TuningJob("lgb").never_ends(), at=datetime(2026, 1, 1, 9, tzinfo=timezone.utc))
        assert statuses() == ["InProgress", "Completed"]
        with pytest.raises(
            ValueError, match=r"^at, of several jobs, cannot be read from '1h': write it like '2026-"
        ):
            stub.list_jobs(JOB, TuningJob("lgb"), at="1h")


def test_jobs_of_two_regions_make_no_list(client: Any) -> None:
    message = (
        "one list has the jobs of one region and account, but 'xgb' is in us-east-1 of 123456789012, "
        "'lgb' is in eu-west-1 of 123456789012: say .located(...)"
    )
    with TuningStubber(client) as stub, pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        stub.list_jobs(JOB, TuningJob("lgb").located(region="eu-west-1"))


def test_a_trial_is_described(client: Any) -> None:
    job = JOB.completed()
    name = job.list_trials()[2]["TrainingJobName"]
    with TuningStubber(client) as stub:
        stub.describe_trial(job, 3, times=2)
        found = [client.describe_training_job(TrainingJobName=name) for _ in range(2)]
    assert [trial["TrainingJobStatus"] for trial in found] == ["Completed"] * 2


def test_a_trial_that_is_not_launched_is_refused(client: Any) -> None:
    message = (
        "there is no trial 3 of 'xgb' 30s after its creation: it has launched 2 by then. "
        "Say another at, or another number"
    )
    with TuningStubber(client) as stub, pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        stub.describe_trial(JOB, 3, at="30s")


def test_a_creation_must_have_the_name_and_what_is_expected(client: Any) -> None:
    request = dict(TuningJob("xgb", seed=7).request)
    limits = {"HyperParameterTuningJobConfig": request["HyperParameterTuningJobConfig"]}
    with TuningStubber(client) as stub:
        stub.create(JOB)
        answer = client.create_hyper_parameter_tuning_job(**request)
        stub.create(JOB, **limits)
        client.create_hyper_parameter_tuning_job(**request)
        stub.create(JOB, HyperParameterTuningJobConfig={**next(iter(limits.values())), "Strategy": "Random"})
        with pytest.raises(StubAssertionError) as raised:
            client.create_hyper_parameter_tuning_job(**request)
        stub.refusals.clear()
        client.create_hyper_parameter_tuning_job(
            **{
                **request,
                "HyperParameterTuningJobConfig": {**next(iter(limits.values())), "Strategy": "Random"},
            }
        )
    assert answer["HyperParameterTuningJobArn"] == JOB.describe()["HyperParameterTuningJobArn"]
    changed = [line for line in str(raised.value).splitlines() if re.match(r"[-+] ", line)]
    assert changed == [
        "-  HyperParameterTuningJobConfig.Strategy = 'Random'",
        "+  HyperParameterTuningJobConfig.Strategy = 'Bayesian'",
    ]


def test_a_stop_and_tags_are_answered(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.stop(JOB, at="1m")
        assert less_metadata(client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")) == {}
        stub.list_tags(JOB.tagged(team="core"))
        arn = JOB.describe()["HyperParameterTuningJobArn"]
        assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "core"}]


def test_what_the_service_would_refuse_is_refused_with_the_way_to_queue_it(client: Any) -> None:
    text = (
        "The request was rejected because the hyperparameter tuning job is already in status Completed: "
        "a non-running job cannot be stopped."
    )
    message = (
        f"StopHyperParameterTuningJob would be refused at 2026-01-01T00:00:00+00:00: "
        f"ValidationException: {text}\n"
        f"To queue that: stub.error('StopHyperParameterTuningJob', 'ValidationException', {text!r})"
    )
    with TuningStubber(client) as stub, pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        stub.stop(JOB.completed())


# Errors.


def test_a_modelled_error_surfaces_as_the_clients_own(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.error("DescribeHyperParameterTuningJob", "ResourceNotFound", job=JOB)
        with pytest.raises(client.exceptions.ResourceNotFound) as raised:
            describe(client)
    assert raised.value.response["Error"] == {"Code": "ResourceNotFound", "Message": GONE}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert raised.value.response["ResponseMetadata"]["RequestId"]


@pytest.mark.parametrize(
    ("operation", "code", "job", "message"),
    [
        (DESCRIBE, "ResourceNotFound", None, GONE),
        (STOP, "ResourceNotFound", None, GONE),
        (
            STOP,
            "ValidationException",
            JOB.failed("broken"),
            "The request was rejected because the hyperparameter tuning job is already in status Failed: "
            "a non-running job cannot be stopped.",
        ),
        (DESCRIBE, "ThrottlingException", JOB, "Rate exceeded"),
        (DESCRIBE, "AccessDeniedException", JOB, ""),
    ],
)
def test_the_services_text_is_the_default(
    client: Any, operation: str, code: str, job: TuningJob | None, message: str
) -> None:
    with TuningStubber(client) as stub:
        stub.error(operation, code, job=job, times=2)
        for _ in range(2):
            with pytest.raises(ClientError) as raised:
                getattr(client, operation)(HyperParameterTuningJobName="xgb")
            assert raised.value.response["Error"] == {"Code": code, "Message": message}


@pytest.mark.parametrize("job", [JOB, None], ids=["job", "no job"])
def test_a_job_that_exists_already_is_an_error_of_create(client: Any, job: TuningJob | None) -> None:
    with TuningStubber(client) as stub:
        stub.error("create_hyper_parameter_tuning_job", "ResourceInUse", job=job)
        with pytest.raises(client.exceptions.ResourceInUse, match=r"with the name, xgb, already exists\."):
            client.create_hyper_parameter_tuning_job(**JOB.request)


def test_a_name_that_no_job_has_is_answered_all_the_same(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.error(DESCRIBE, "Odd")
        with pytest.raises(ClientError) as raised:
            describe(client, "_!_")
    assert raised.value.response["Error"] == {"Code": "Odd", "Message": ""}


def test_a_server_error_has_its_status_and_a_text_of_ones_own_stays(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.error(DESCRIBE, "ServiceUnavailable", "later")
        with pytest.raises(ClientError) as raised:
            describe(client)
    assert raised.value.response["Error"]["Message"] == "later"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_an_operation_that_the_fake_lacks_can_fail_too(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.error("list_models", "AccessDeniedException", times=1)
        with pytest.raises(ClientError, match="AccessDeniedException"):
            client.list_models()


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            "describe_hyper_parameter_tunning_job",
            f"'describe_hyper_parameter_tunning_job': did you mean {DESCRIBE!r}?",
        ),
        (
            "DescribeHyperparameterTuningJob",
            "'DescribeHyperparameterTuningJob': did you mean 'DescribeHyperParameterTuningJob'?",
        ),
        ("q", "'q': write it like 'DescribeHyperParameterTuningJob', or as the client's method"),
    ],
)
def test_an_unknown_operation_is_refused(client: Any, operation: str, message: str) -> None:
    with TuningStubber(client) as stub:
        queues: list[Callable[[], None]] = [
            lambda: stub.error(operation, "ResourceNotFound"),
            lambda: stub.add_response(operation, {}),
            lambda: stub.add_client_error(operation, "ResourceNotFound"),
        ]
        for queue in queues:
            with pytest.raises(ValueError, match=f"^unknown operation {re.escape(message)}$"):
                queue()


def test_an_error_names_a_job_only_where_the_operation_does(client: Any) -> None:
    stub = TuningStubber(client)
    with pytest.raises(ValueError, match=r"^DescribeTrainingJob does not name a tuning job: leave job out$"):
        stub.error("describe_training_job", "ValidationException", job=JOB)


# What Stubber has.


def test_it_is_a_stubber_and_answers_as_was_written(client: Any) -> None:
    stub = TuningStubber(client)
    assert isinstance(stub, Stubber)
    response = {"Tags": [{"Key": "team", "Value": "core"}]}
    stub.add_response("list_tags", response, {"ResourceArn": ANY})
    stub.add_response("stop_training_job", {"ResponseMetadata": {"HTTPStatusCode": 200}})
    response["Tags"][0]["Value"] = "changed later"
    stub.activate()
    assert client.list_tags(ResourceArn="arn:aws:sagemaker:x") == {"Tags": [{"Key": "team", "Value": "core"}]}
    assert client.stop_training_job(TrainingJobName="x") == {"ResponseMetadata": {"HTTPStatusCode": 200}}
    stub.assert_no_pending_responses()
    stub.deactivate()


def test_a_client_error_of_ones_own_is_filled_up(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.add_client_error(
            DESCRIBE,
            "ResourceNotFound",
            "gone",
            404,
            response_meta={"RetryAttempts": 3},
            modeled_fields={"Message": "gone"},
            expected_params={NAME: "xgb"},
        )
        with pytest.raises(client.exceptions.ResourceNotFound) as raised:
            describe(client)
    response = raised.value.response
    assert response["Error"] == {"Code": "ResourceNotFound", "Message": "gone"}
    assert response["Message"] == "gone"
    metadata = response["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (404, 3)
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]


def test_a_presigned_url_takes_no_answer(session: Any) -> None:
    client = session.create_client(
        "sagemaker", region_name="us-east-1", aws_access_key_id="made", aws_secret_access_key="up"
    )
    with TuningStubber(client) as stub:
        stub.describe(JOB)
        assert client.generate_presigned_url(STOP, Params={NAME: "xgb"}).startswith("https://")
        describe(client)


def test_a_client_of_another_service_is_refused(session: Any) -> None:
    with pytest.raises(TypeError, match=r"^TuningStubber takes a client of sagemaker, but got one of s3$"):
        TuningStubber(session.create_client("s3", region_name="us-east-1"))


# What may be queued.


def test_a_mistyped_status_is_refused_with_the_nearest(client: Any) -> None:
    answer = {**JOB.describe(), STATUS: "Compeleted", "Strategie": 1, "CreationTime": datetime(2026, 1, 1)}  # noqa: DTZ001  # naive, as hand-written answers are
    with TuningStubber(client) as stub:
        with pytest.raises(ParamValidationError) as raised:
            stub.add_response(DESCRIBE, answer)
        stub.assert_no_pending_responses()
    lines = str(raised.value).splitlines()
    assert lines[0] == "DescribeHyperParameterTuningJob never answers like this:"
    assert lines[1] == (
        "- Value 'Compeleted' at 'hyperParameterTuningJobStatus' failed to satisfy constraint: "
        "Member must satisfy enum value set: [DeleteFailed, Deleting, Completed, Stopped, "
        "InProgress, Stopping, Failed]: "
        "did you mean 'Completed'?"
    )
    assert lines[2].startswith(
        "- Cannot read the value at 'creationTime': expected an aware datetime, found "
    )
    assert lines[3].startswith("- The model has no member at 'strategie': unknown member 'Strategie'")
    assert lines[4:] == [
        "For an odd answer on purpose, stub a job.overriding(...): what it sets is not checked."
    ]


def test_a_pattern_is_enforced_and_an_answer_is_a_dict(client: Any) -> None:
    with TuningStubber(client) as stub:
        with pytest.raises(ParamValidationError, match="Member must satisfy regular expression pattern"):
            stub.add_response("create_training_job", {"TrainingJobArn": "not an arn"})
        with pytest.raises(TypeError, match=r"^an answer is a dict, but is \[\]$"):
            stub.add_response("create_training_job", [])  # type: ignore[arg-type]  # it is refused
        with pytest.raises(ParamValidationError, match=r"^StopTrainingJob never answers like this:\n- "):
            stub.add_response("stop_training_job", {"TrainingJobArn": "x"})


def test_overridden_members_are_not_checked_and_only_they(client: Any) -> None:
    odd = JOB.completed().overriding(
        HyperParameterTuningJobStatus="Compeleted", FailureReason=3, CreationTime=None
    )
    with TuningStubber(client) as stub:
        stub.describe(odd)
        answer = describe(client)
    assert less_metadata(answer) == odd.describe()
    assert (answer[STATUS], answer["FailureReason"], "CreationTime" in answer) == ("Compeleted", 3, False)


@pytest.mark.parametrize(
    ("operation", "expected", "message"),
    [
        (
            "stop_training_job",
            {"TrainingJobNmae": "x"},
            "StopTrainingJob is never called like this:\n"
            "- unknown parameter of StopTrainingJob 'TrainingJobNmae': "
            "did you mean 'TrainingJobName'? The choices are TrainingJobName.",
        ),
        (
            "create_hyper_parameter_tuning_job",
            {"Tags": [{"Kee": "a"}], "HyperParameterTuningJobConfig": {"Strategie": ANY}},
            "CreateHyperParameterTuningJob is never called like this:\n"
            "- unknown member of Tags 'Kee': did you mean 'Key'? "
            "The choices are Key, Value.\n"
            "- unknown member of HyperParameterTuningJobConfig 'Strategie': "
            "did you mean 'Strategy'? The choices are ",
        ),
    ],
)
def test_a_mistyped_parameter_is_refused(
    client: Any, operation: str, expected: dict[str, Any], message: str
) -> None:
    with TuningStubber(client) as stub:
        answer = {"HyperParameterTuningJobArn": JOB.describe()["HyperParameterTuningJobArn"]}
        queues: list[Callable[[], None]] = [
            lambda: stub.add_client_error(operation, "Odd", expected_params=expected),
            lambda: stub.add_response(operation, answer if operation.startswith("create") else {}, expected),
        ]
        for queue in queues:
            with pytest.raises(ParamValidationError) as raised:
                queue()
            assert str(raised.value).startswith(message)
        stub.assert_no_pending_responses()


def test_an_operation_without_parameters_has_none(client: Any) -> None:
    operation, message = "get_sagemaker_servicecatalog_portfolio_status", "'Status': it has none"
    with TuningStubber(client) as stub, pytest.raises(ParamValidationError, match=message):
        stub.add_response(operation, {"Status": "Enabled"}, {"Status": "Enabled"})


def test_a_parameter_of_a_list_is_refused_by_name_and_by_value(client: Any) -> None:
    with TuningStubber(client) as stub:
        with pytest.raises(ParamValidationError, match="'StatusEqual': did you mean 'StatusEquals'"):
            stub.list_trials(JOB, StatusEqual="Completed")
        with pytest.raises(ValueError, match="Value 'Compelted' at 'statusEquals' failed"):
            stub.list_trials(JOB, StatusEquals="Compelted")
        stub.assert_no_pending_responses()


def test_what_is_no_job_is_refused(client: Any) -> None:
    message = "a stub is made from a TuningJob, such as TuningJob('xgb').completed(), not 'xgb'"
    stub: Any = TuningStubber(client)
    for queue in (
        stub.describe,
        stub.polls,
        stub.list_trials,
        stub.list_jobs,
        stub.create,
        stub.stop,
        stub.list_tags,
    ):
        with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
            queue("xgb")
    stub.assert_no_pending_responses()


def test_bad_arguments_are_refused(client: Any) -> None:
    stub: Any = TuningStubber(client)
    with pytest.raises(
        TypeError, match=r"^unknown keyword of TuningStubber\.describe 'att': did you mean 'at'\?"
    ):
        stub.describe(JOB, att="1m")
    with pytest.raises(ValueError, match=r"^times must be at least 1, but is 0$"):
        stub.describe(JOB, times=0)
    with pytest.raises(TypeError, match=r"^times must be a whole number of answers, but is True$"):
        stub.error(DESCRIBE, "Odd", times=True)
    with pytest.raises(
        ValueError, match=r"^DescribeHyperParameterTuningJob would be refused at 2000-01-01T00:00:00"
    ):
        stub.describe(JOB, at="2000-01-01T00:00:00Z")
    stub.assert_no_pending_responses()


# How it fails a test.


def test_unused_answers_fail_at_the_end_of_the_body(client: Any) -> None:
    stub = TuningStubber(client)
    stub.describe(JOB, times=3)
    stub.add_response("stop_training_job", {})
    stub.create(JOB, Tags=[])
    with pytest.raises(AssertionError) as raised, stub:
        describe(client)
    assert str(raised.value) == (
        "4 queued answers were never asked for:\n"
        "  #2 to #3 DescribeHyperParameterTuningJob(HyperParameterTuningJobName='xgb')\n"
        "  #4 StopTrainingJob(any parameters)\n"
        "  #5 CreateHyperParameterTuningJob(Tags=[], HyperParameterTuningJobName='xgb', any others)"
    )


def test_a_long_queue_is_cut(client: Any) -> None:
    stub = TuningStubber(client)
    for number in range(12):
        stub.add_response("stop_training_job", {}, {"TrainingJobName": f"job-{number}"})
    with pytest.raises(AssertionError) as raised:
        stub.assert_no_pending_responses()
    lines = str(raised.value).splitlines()
    assert lines[-2:] == ["  #10 StopTrainingJob(TrainingJobName='job-9')", "  … and 2 lines more"]


def test_an_exception_of_the_body_comes_first(client: Any) -> None:
    stub = TuningStubber(client)
    stub.describe(JOB)
    with pytest.raises(ClientError, match="the code's own"), stub:
        raise ClientError({"Error": {"Code": "Odd", "Message": "the code's own"}}, "X")


def test_a_wrong_operation_shows_a_diff_and_what_remains(client: Any) -> None:
    with TuningStubber(client) as stub:
        stub.describe(JOB, times=2)
        describe(client)
        with pytest.raises(StubResponseError) as raised:
            client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        stub.refusals.clear()
        describe(client)
    assert str(raised.value) == (
        "Error getting response stub for operation StopHyperParameterTuningJob: "
        "the next answer, #2 of 2, is for another call.\n"
        "--- expected\n"
        "+++ got\n"
        "@@ -1,2 +1,2 @@\n"
        "-DescribeHyperParameterTuningJob\n"
        "+StopHyperParameterTuningJob\n"
        "   HyperParameterTuningJobName = 'xgb'\n"
        "1 answer is queued:\n"
        "  #2 DescribeHyperParameterTuningJob(HyperParameterTuningJobName='xgb')"
    )


def test_wrong_parameters_show_a_diff_of_what_differs(client: Any) -> None:
    expected = {"ResourceArn": ANY, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ANY}]}
    with TuningStubber(client) as stub:
        stub.add_response("add_tags", {}, expected)
        with pytest.raises(StubAssertionError) as raised:
            client.add_tags(ResourceArn="arn", Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "9"}])
        assert isinstance(raised.value, AssertionError)
        with pytest.raises(StubAssertionError, match=r"\n-  Tags\[1\]\.Key = 'b'\n"):
            client.add_tags(ResourceArn="arn", Tags=[{"Key": "a", "Value": "1"}])
        stub.refusals.clear()
        client.add_tags(ResourceArn="arn", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "9"}])
    assert "\n".join(str(raised.value).splitlines()[1:-2]) == (
        "--- expected\n"
        "+++ got\n"
        "@@ -1,6 +1,6 @@\n"
        " AddTags\n"
        "   ResourceArn = <ANY>\n"
        "   Tags[0].Key = 'a'\n"
        "-  Tags[0].Value = '1'\n"
        "+  Tags[0].Value = '2'\n"
        "   Tags[1].Key = 'b'\n"
        "   Tags[1].Value = <ANY>"
    )


def test_an_answer_that_another_call_snatched_is_not_given_twice(client: Any) -> None:
    def snatch(params: dict[str, Any], **_: Any) -> None:
        if params["TrainingJobName"] == "slow":
            client.stop_training_job(TrainingJobName="fast")

    client.meta.events.register("before-parameter-build.sagemaker.StopTrainingJob", snatch)
    with TuningStubber(client) as stub:
        stub.add_response("stop_training_job", {})
        with pytest.raises(UnStubbedResponseError, match=r"StopTrainingJob\(TrainingJobName='slow'\)"):
            client.stop_training_job(TrainingJobName="slow")
        stub.refusals.clear()


def test_a_swallowed_refusal_fails_all_the_same(client: Any) -> None:
    def careless() -> None:
        with suppress(Exception):
            describe(client, "lgb")

    def body(stub: TuningStubber) -> None:
        with stub:
            careless()
            stub.describe(JOB)
            describe(client)
            careless()

    stub = TuningStubber(client)
    with pytest.raises(AssertionError) as raised:
        body(stub)
    assert str(raised.value) == (
        "2 calls were refused by the stubber (if that was meant, call refusals.clear() on it):\n"
        "- Error getting response stub for operation DescribeHyperParameterTuningJob: "
        "nothing is queued for DescribeHyperParameterTuningJob(HyperParameterTuningJobName='lgb').\n"
        "- Error getting response stub for operation DescribeHyperParameterTuningJob: "
        "nothing is queued any more for DescribeHyperParameterTuningJob(HyperParameterTuningJobName='lgb'): "
        "the only answer was given to "
        "DescribeHyperParameterTuningJob(HyperParameterTuningJobName='xgb')."
    )
    assert raised.value.__cause__ is stub.refusals[0]
