"""Jobs that a test puts into the service, and the handles that it holds of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from support.hand_clock import START, HandClock, after
from support.requests import request
from support.scenarios import ROUND
from support.tuning_job_calls import create, status

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def scored(service: FakeTuningService, client: Any) -> None:
    """There is a tuning job whose trials score their eta."""
    service.on_create(ROUND.scored_by(lambda tried: float(tried["eta"])))
    create(client)


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_an_added_job_is_now_as_it_was_composed(
    service: FakeTuningService, client: Any, job: TuningJob
) -> None:
    handle = service.add(job)
    assert handle.status == status(client, handle.name) == job.status
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=handle.name)
    composed = job.describe()
    same = ("TrainingJobStatusCounters", "ObjectiveStatusCounters", "TrainingJobDefinition")
    assert {member: answer[member] for member in same} == {member: composed[member] for member in same}
    assert handle.describe().items() <= answer.items()


def test_an_added_job_goes_on_from_where_it_is(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    job = TuningJob("added").trials(6, parallel=2, each="5m").in_progress(completed=3)
    service.add(job.completes(after="2h"))
    clock.at("119m")
    assert status(client, "added") == "InProgress"
    clock.at("2h")
    assert status(client, "added") == "Completed"
    clock.at(0)
    assert status(client, "added") == "InProgress"


@pytest.mark.parametrize("name", ["xgb", "XGB"])
def test_a_name_that_is_taken_cannot_be_added(service: FakeTuningService, client: Any, name: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        service.add(TuningJob(name))
    assert str(raised.value) == "there is a tuning job 'xgb' already: give this one another name"


def test_a_job_that_is_gone_leaves_its_name(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.at("1h")
    service.job("xgb").delete()
    clock.at("2h")
    assert service.add(TuningJob("xgb").failed("no luck")).failure_reason == "no luck"
    clock.at(100)
    assert service.job("xgb").failure_reason is None


def test_a_job_whose_request_the_service_would_refuse_cannot_be_added(service: FakeTuningService) -> None:
    job = TuningJob("bad").warm_started_from("nobody")
    with pytest.raises(ValueError, match=r"^the service would refuse the request of 'bad': .*nobody"):
        service.add(job)
    assert [handle.name for handle in service.jobs()] == ["xgb"]
    # What the service has answered with was not refused.
    recorded = {**TuningJob("bad").describe(), "WarmStartConfig": job.request["WarmStartConfig"]}
    assert service.add(TuningJob.from_response(recorded)).status == "InProgress"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("xgb", "'xgb'"),
        (["x" * 99], f"['{'x' * 75}..."),
        (TuningJob("x").describe(), "a response: read it with TuningJob.from_response(response)"),
        (
            TuningJob("x").completed().describe_trial(1),
            "the response of a training job: write add_training_job(response)",
        ),
        (
            Scenario.stops(),
            "a Scenario: write on_create(scenario), or say the same of the job, as in TuningJob('xgb').stops()",
        ),
        (TuningJob, "TuningJob, which is to be called: TuningJob(...)"),
        (TuningJob("x").completed, "TuningJob.completed, which is to be called: TuningJob.completed(...)"),
    ],
)
def test_what_is_no_job_cannot_be_added(service: FakeTuningService, what: Any, said: str) -> None:
    with pytest.raises(TypeError) as raised:
        service.add(what)
    assert str(raised.value) == f"add takes a TuningJob, such as TuningJob('xgb').completed(), but got {said}"


def test_a_handle_follows_its_job(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    handle = service.job("xgb")
    assert (handle.name, handle.status, handle.trials, handle.best) == ("xgb", "InProgress", [], None)
    assert handle.arn == "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/xgb"
    assert repr(handle) == "<tuning job 'xgb': InProgress>"
    clock.at(700)
    assert handle.exists
    assert [trial.status for trial in handle.trials] == ["Completed"] * 4
    assert handle.best == max(handle.trials, key=lambda trial: float(trial.metric or 0))
    assert handle.history == [(START, "InProgress"), (after(640), "Completed")]
    assert handle.failure_reason is None


def test_what_a_handle_tells_of_trials(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    service.on_create(ROUND.trial(1).fails("AlgorithmError: boom").trial(2).emits_no_metric())
    client.create_hyper_parameter_tuning_job(**request("told"))
    clock.at(325)
    failed, silent, running, _ = service.job("told").trials
    assert (failed.number, failed.status, failed.objective_status) == (1, "Failed", "Failed")
    assert failed.failure_reason == "AlgorithmError: boom"
    assert failed.metric is None
    assert (silent.status, silent.objective_status, silent.metric) == ("Completed", "Failed", None)
    assert (silent.created, silent.ended) == (after(10), after(310))
    assert (running.status, running.objective_status) == ("InProgress", "Pending")
    assert (running.metric, running.failure_reason, running.ended) == (None, None, None)
    shown = client.describe_training_job(TrainingJobName=running.name)
    assert shown["HyperParameters"]["eta"] == str(running.hyperparameters["eta"])


def test_the_request_of_a_handle_is_a_copy(service: FakeTuningService, client: Any) -> None:
    asked = service.job("xgb").request
    assert asked == request("xgb")
    asked["HyperParameterTuningJobConfig"]["Strategy"] = "Grid"
    assert service.job("xgb").request == request("xgb")


def test_a_handle_stops_and_deletes(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    handle = service.job("xgb")
    clock.at(100)
    handle.stop()
    assert status(client) == "Stopping"
    clock.at(200)
    assert status(client) == "Stopped"
    handle.delete()
    assert status(client) == "Deleting"
    clock.at(260)
    assert not handle.exists
    assert repr(handle) == "<tuning job 'xgb': gone>"
    assert [at for at, _ in handle.history] == [START, after(100), after(135), after(200)]
    assert [trial.status for trial in handle.trials] == ["Stopped", "Stopped"]


@pytest.mark.parametrize("age", [100, 120])
def test_a_handle_lets_a_job_fail_that_runs_or_is_being_stopped(
    service: FakeTuningService, client: Any, clock: HandClock, age: int
) -> None:
    handle = service.job("xgb")
    clock.at(110)
    handle.stop()
    clock.at(age)
    handle.fail("somebody pulled the plug")
    found = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert found["HyperParameterTuningJobStatus"] == "Failed"
    assert found["FailureReason"] == handle.failure_reason == "somebody pulled the plug"
    assert found["HyperParameterTuningEndTime"] == after(age)


@pytest.mark.parametrize(
    ("age", "command", "text"),
    [
        (700, "stop", "cannot stop tuning job 'xgb': it is Completed, and must be InProgress"),
        (700, "fail", "cannot fail tuning job 'xgb': it is Completed, and must be InProgress or Stopping"),
        (
            100,
            "delete",
            "cannot delete tuning job 'xgb': it is InProgress, and must be Completed, Failed, Stopped or "
            "DeleteFailed",
        ),
        (2000, "stop", "tuning job 'xgb' is gone, and has no status"),
        (-60, "stop", "tuning job 'xgb' is yet to be created, and has no status"),
    ],
)
def test_what_cannot_be_done_to_a_job_is_refused(
    service: FakeTuningService, client: Any, clock: HandClock, *, age: int, command: str, text: str
) -> None:
    clock.at(1000)
    service.job("xgb").delete()
    clock.time = after(age)
    handle = service.job("xgb")
    commands: dict[str, Callable[[], None]] = {
        "stop": handle.stop,
        "fail": lambda: handle.fail("no luck"),
        "delete": handle.delete,
    }
    history = handle.history
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # compared to the letter below
        commands[command]()
    assert str(raised.value) == text
    assert handle.history == history


def test_a_reason_is_a_text(service: FakeTuningService, client: Any) -> None:
    with pytest.raises(TypeError) as raised:
        service.job("xgb").fail(None)  # type: ignore[arg-type]  # it is refused
    assert str(raised.value) == "a failure reason must be a text, but is None"
    assert service.job("xgb").status == "InProgress"


@pytest.mark.parametrize("member", ["status", "best", "failure_reason", "describe"])
def test_a_job_that_is_gone_has_no_state(
    service: FakeTuningService, client: Any, clock: HandClock, member: str
) -> None:
    clock.at(1000)
    service.job("xgb").delete()
    clock.at(2000)
    with pytest.raises(ValueError, match=r"^tuning job 'xgb' is gone, and has no status$"):
        _ = service.job("xgb").describe() if member == "describe" else getattr(service.job("xgb"), member)


def test_a_job_that_is_yet_to_come_has_no_trials(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    clock.time = after(-1)
    handle = service.job("xgb")
    assert (handle.exists, handle.trials, handle.history) == (False, [], [])
    assert repr(handle) == "<tuning job 'xgb': yet to be created>"


def test_handles_of_all_jobs(service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("added").stopped())
    assert {handle.name: handle.status for handle in service.jobs()} == {
        "xgb": "InProgress",
        "added": "Stopped",
    }


def test_a_handle_of_a_job_that_never_was_is_refused(service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob("linear"))
    for name, guess in (("xgbb", "xgb"), ("XGB", "xgb"), ("lineal", "linear")):
        with pytest.raises(KeyError) as raised:
            service.job(name)
        assert raised.value.args[0] == (
            f"unknown tuning job {name!r}: did you mean {guess!r}? The choices are xgb, linear."
        )
    with pytest.raises(KeyError) as raised:
        service.job("deepar", region="eu-west-1")
    assert raised.value.args[0] == "unknown tuning job 'deepar': there are none in eu-west-1 now"
    with pytest.raises(KeyError) as raised:
        service.job("xgb", region="eu-west-1")
    assert raised.value.args[0] == (
        "no tuning job 'xgb' is in eu-west-1 now, but one is in us-east-1: say region='us-east-1'"
    )
