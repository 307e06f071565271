"""The service as a context manager: reached inside, gone outside, and loud about what was refused."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from fake_tuning import Quirks
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.botocore.faults import Fault
from fake_tuning.doors.botocore.hook import install
from fake_tuning.doors.botocore.network_guard import NetworkBlocked
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.clock.virtual_clock import VirtualClock
from fake_tuning.doors.pytest.options import option_texts
from support.operation_samples import SAMPLES
from support.requests import training

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fake_tuning.service.operations.registry import OperationKey

LIST = "ListHyperParameterTuningJobs"


def list_jobs() -> object:
    return boto3.client("sagemaker").list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]


@pytest.mark.parametrize("transport", ["parsed", "wire"])
def test_it_is_reached_while_it_is_entered(transport: Literal["parsed", "wire"]) -> None:
    with FakeTuningService(region="eu-west-1", transport=transport) as service:
        assert list_jobs() == []
        assert boto3.client("sagemaker").meta.region_name == "eu-west-1"
    with install_nothing(), pytest.raises(NetworkBlocked):
        list_jobs()
    with service:
        assert list_jobs() == []


class install_nothing:  # noqa: N801  # reads as a function
    """A fake that serves nothing, so that a call that reaches no other fake is refused."""

    served: frozenset[OperationKey] = frozenset()

    def answer(self, operation: OperationKey, params: object, *_: object) -> dict[str, object]:
        raise AssertionError(operation)

    def __enter__(self) -> None:
        self.installation = install(self)

    def __exit__(self, *_: object) -> None:
        self.installation.remove()


def test_it_cannot_be_entered_twice_at_once() -> None:
    with FakeTuningService() as service:
        with pytest.raises(RuntimeError) as raised:
            service.__enter__()
        assert list_jobs() == []
    assert str(raised.value) == "this service is entered already: make another one to nest them"


def test_a_scripted_fault_is_met() -> None:
    with FakeTuningService() as service:
        service.fail_next(LIST, Fault.error("AccessDeniedException", "not you"))
        with pytest.raises(ClientError, match="not you"):
            list_jobs()
        assert list_jobs() == []


def test_what_was_swallowed_is_raised_at_the_end() -> None:
    with (
        pytest.raises(
            AssertionError, match=r"(?s)^1 request was refused .*\n- s3 ListBuckets was about to leave"
        ),
        FakeTuningService() as service,
        pytest.raises(NetworkBlocked),
    ):
        boto3.client("s3").list_buckets()
    assert [type(refusal) for refusal in service.refusals] == [NetworkBlocked]


def test_an_error_of_the_body_is_not_covered_up() -> None:
    with pytest.raises(ZeroDivisionError), FakeTuningService():  # noqa: PT012  # the body is the point
        with pytest.raises(NetworkBlocked):
            boto3.client("s3").list_buckets()
        raise ZeroDivisionError


def test_a_refusal_that_was_meant_is_cleared() -> None:
    with FakeTuningService() as service:
        with pytest.raises(NetworkBlocked):
            boto3.client("s3").list_buckets()
        service.refusals.clear()


def test_what_may_leave_is_said_on_the_service() -> None:
    with FakeTuningService() as service:
        service.allow("s3", "ListBuckets")
        with pytest.raises(ValueError, match=r"^unknown service 'dynamodbb': did you mean 'dynamodb'\?$"):
            service.allow("dynamodbb")
        with pytest.raises(NetworkBlocked, match=r"^s3 GetObject"):
            boto3.client("s3").get_object(Bucket="data", Key="k")
        service.refusals.clear()


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        FakeTuningService(transport="wired")  # type: ignore[arg-type]  # it is refused
    assert str(raised.value) == (
        "unknown transport 'wired': did you mean 'wire'? The choices are parsed, wire."
    )


def test_a_virtual_clock_waits_out_faults_and_knows_what_comes_next() -> None:
    with VirtualClock() as clock:
        with FakeTuningService(clock=clock) as service:
            service.add(TuningJob("xgb").completes(after="3h"))
            start = clock.now()
            service.fail_next(LIST, Fault.latency("2s"), Fault.throttled(times=2))
            list_jobs()
            assert clock.now() - start == timedelta(seconds=2)
            list_jobs()
            assert clock.now() - start > timedelta(seconds=2)
            assert clock.advance_to_next_event() is not None
        assert clock.advance_to_next_event() is None


def conversation(job: TuningJob, transport: Literal["parsed", "wire"]) -> list[object]:
    """Everything that can be asked about a job, and what was answered, errors too."""
    heard: list[object] = []

    def ask(operation: str, params: Mapping[str, object]) -> dict[str, Any]:
        method = xform_name(operation)
        try:
            response: dict[str, Any] = getattr(client, method)(**params)
        except ClientError as error:
            response = {**error.response, "Raised": str(error)}
        heard.append((method, response))
        return response

    with VirtualClock() as clock, FakeTuningService(clock=clock, transport=transport) as service:
        service.add(job)
        client = boto3.client("sagemaker")
        named = {"HyperParameterTuningJobName": job.name}
        arn = ask("DescribeHyperParameterTuningJob", named)["HyperParameterTuningJobArn"]
        trials = ask("ListTrainingJobsForHyperParameterTuningJob", named)["TrainingJobSummaries"]
        known = {"job": job.name, "arn": arn, "trial": trials[0]["TrainingJobName"] if trials else "none-yet"}
        deletions = [operation for operation in SAMPLES if operation.startswith("Delete")]
        # What is in something is deleted before it, and both after all else.
        for operation in [*(each for each in SAMPLES if each not in deletions), *reversed(deletions)]:
            ask(operation, SAMPLES[operation].about(**known))
            clock.advance("10s")
        again = {**job.request, "HyperParameterTuningJobName": "again"}
        ask("CreateHyperParameterTuningJob", again)
        ask("CreateHyperParameterTuningJob", again)
        ask("CreateTrainingJob", training("final"))
        assert {call.operation for call in service.calls} == service.operations
    return heard


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: str(job.status))
def test_both_ways_give_equal_answers_for_every_operation_and_status(job: TuningJob) -> None:
    assert conversation(job, "parsed") == conversation(job, "wire")


def test_an_unknown_keyword_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        TypeError, match=r"unknown keyword of FakeTuningService 'regon': did you mean 'region'\?"
    ):
        FakeTuningService(regon="eu-west-1")
    with pytest.raises(
        TypeError, match=r"unknown keyword of FakeTuningService\.on_create 'nme': did you mean 'name'\?"
    ):
        FakeTuningService().on_create(Scenario(), nme="xgb")


def test_its_signature_shows_every_option_with_its_type_and_default() -> None:
    parameters = inspect.signature(FakeTuningService).parameters
    assert {name: (each.kind.name, each.annotation, each.default) for name, each in parameters.items()} == {
        "region": ("KEYWORD_ONLY", "str", "us-east-1"),
        "account": ("KEYWORD_ONLY", "str", "123456789012"),
        "seed": ("KEYWORD_ONLY", "int", 0),
        "dialect": ("KEYWORD_ONLY", "Dialect", "current"),
        "quirks": ("KEYWORD_ONLY", "Quirks | Mapping[str, bool] | None", None),
        "quotas": ("KEYWORD_ONLY", "Mapping[str, int] | None", None),
        "transport": ("KEYWORD_ONLY", "Transport", "parsed"),
        "clock": ("KEYWORD_ONLY", "Clock | None", None),
    }
    explained = inspect.getdoc(FakeTuningService)
    assert explained
    for name, text in option_texts().items():
        if name in parameters and name != "clock":
            assert f"    {name}: {text}" in explained.splitlines()
    assert "    clock: the clock that the service lives by, " in explained


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"region": 1}, "region must be a text, but is 1"),
        ({"seed": "7"}, "seed must be a whole number, but is '7'"),
        ({"account": 123456789012}, "account must be a text of 12 digits, but is 123456789012"),
        (
            {"quirks": 0},
            "quirks must be Quirks, such as Quirks(lower_case_list_arns=False), or a mapping, such as "
            "{'lower_case_list_arns': False}, but is 0",
        ),
        (
            {"quirks": {"lower_case_list_arns": "no"}},
            "lower_case_list_arns must be True or False, but is 'no'",
        ),
    ],
)
def test_an_option_is_checked_as_the_marker_checks_it(option: dict[str, Any], text: str) -> None:
    with pytest.raises(TypeError) as raised:
        FakeTuningService(**option)
    assert str(raised.value) == text


def test_a_wrong_quirk_is_refused_where_it_is_written() -> None:
    with pytest.raises(TypeError) as raised:
        Quirks(lower_case_list_arn=False)  # type: ignore[call-arg]  # it is refused
    assert str(raised.value) == (
        "unknown keyword of Quirks 'lower_case_list_arn': did you mean 'lower_case_list_arns'? "
        "The choices are lower_case_list_arns, pages_cut_before_filters."
    )
    with pytest.raises(TypeError, match=r"^lower_case_list_arns must be True or False, but is 'no'$"):
        Quirks(lower_case_list_arns="no")  # type: ignore[arg-type]  # it is refused


def test_quirks_can_be_written_as_a_mapping() -> None:
    written = {"lower_case_list_arns": False}
    service = FakeTuningService(quirks=written)
    written["lower_case_list_arns"] = True
    assert service.quirks == Quirks(lower_case_list_arns=False)
    assert FakeTuningService(quirks={}).quirks == Quirks()
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        FakeTuningService(quirks={"lower_case_arns": False})
    assert str(raised.value) == (
        "unknown quirk 'lower_case_arns': did you mean 'lower_case_list_arns'? "
        "The choices are lower_case_list_arns, pages_cut_before_filters."
    )


@pytest.mark.parametrize("option", ["region", "account", "seed", "dialect", "quirks", "quotas"])
def test_an_option_cannot_be_changed_afterwards(option: str) -> None:
    service = FakeTuningService()
    before = getattr(service, option)
    with pytest.raises(AttributeError):
        setattr(service, option, before)
    assert getattr(service, option) is before


def test_a_traceback_shows_which_service_it_is_and_what_it_has() -> None:
    with VirtualClock() as clock, FakeTuningService(clock=clock, region="eu-west-1") as service:
        assert repr(service) == "<FakeTuningService eu-west-1, 0 tuning jobs, 0 calls>"
        service.add(TuningJob("xgb"))
        list_jobs()
        assert repr(service) == "<FakeTuningService eu-west-1, 1 tuning job, 1 call>"
        service.add(TuningJob("elsewhere"), region="us-east-1")
        list_jobs()
        assert repr(service) == "<FakeTuningService eu-west-1, 2 tuning jobs, 2 calls>"
        clock.move_to(clock.now() - timedelta(seconds=1))
        assert repr(service) == "<FakeTuningService eu-west-1, 0 tuning jobs, 2 calls>"


def test_it_can_be_printed_after_its_clock_has_ended() -> None:
    with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
        handle = service.add(TuningJob("xgb"))
    why = "RuntimeError('this VirtualClock is not running: use it inside `with VirtualCl..."
    assert repr(service) == f"<FakeTuningService us-east-1, unknown tuning jobs ({why}), 0 calls>"
    assert str(handle) == f"<tuning job 'xgb': unknown ({why})>"


def test_what_is_no_clock_is_refused() -> None:
    with pytest.raises(TypeError) as refused:
        FakeTuningService(clock="ambient")
    assert (
        str(refused.value)
        == "clock must be a clock, such as VirtualClock() or AmbientClock(), but is 'ambient'"
    )


def test_a_clock_that_others_move_says_who_moves_it() -> None:
    with pytest.raises(AttributeError) as refused:
        FakeTuningService().clock.advance("10m")
    assert str(refused.value) == (
        "an AmbientClock has no advance(): it is moved by who moves the process's time, such as @freeze_time, "
        "the fixture freezer or time-machine. Only a VirtualClock is moved by hand"
    )
    assert not hasattr(FakeTuningService().clock, "tick")
