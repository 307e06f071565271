"""Answers of the real service that were recorded: each is read back as a job, and each is made anew.

The recordings lie beside the repository, and are skipped where they do not.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.model import ServiceModel

from fake_tuning import FakeTuningService, Scenario, TuningJob
from fake_tuning.domain.recordings.training_job_recording import NOT_REQUESTED
from fake_tuning.domain.vocabulary.statuses import LIVE
from fake_tuning.service.validation.model import Constraints
from support.answers import names
from support.conformity import unexplained_members, unexplained_values
from support.hand_clock import HandClock
from support.requests import definition, request
from support.shared_files import recorded, shared

if TYPE_CHECKING:
    from collections.abc import Iterator

TUNING = (
    "ack2021_Describe_Completed_several_definitions",
    "ack2021_Describe_Completed_warm_start",
    "ack2021_Describe_Stopping_none_launched",
    "boston2020_Describe_Completed_xgboost_090",
    "boston2022_Describe_Completed_21_of_20_after_a_RetryableError",
    "boston2022_Describe_Completed_fast_starts_new_metrics",
    "c7n_hptj_query_DescribeHyperParameterTuningJob_1",
    "c7n_hptj_stop_DescribeHyperParameterTuningJob_1",
    "c7n_hptj_stop_DescribeHyperParameterTuningJob_2",
    "c7n_hptj_tag_DescribeHyperParameterTuningJob_1",
    "c7n_hptj_tag_DescribeHyperParameterTuningJob_2",
    "dsoaws2020_Describe_InProgress_members_no_model_knows",
    "dsoaws2020_Describe_InProgress_warm_start_inherited_best",
    "dsoaws2020_Describe_just_created",
    "packt2019_DescribeHyperParameterTuningJob_Completed",
)
CHILD = "packt2019_DescribeTrainingJob_child_Completed"
TRAINING = (
    "ack2021_DescribeTrainingJob_Completed",
    "ack2021_DescribeTrainingJob_InProgress_debugger",
    "ack2022_DescribeTrainingJob_warm_pool_Available",
    "ack2022_DescribeTrainingJob_warm_pool_InUse",
    "ack2022_DescribeTrainingJob_warm_pool_Reused",
    "ack2022_DescribeTrainingJob_warm_pool_Terminated",
    "boston2021_DescribeTrainingJob_Completed_builtin",
    "c7n_training_job_query_DescribeTrainingJob_1",
    "c7n_training_job_remove_tag_DescribeTrainingJob_1",
    "c7n_training_job_stop_DescribeTrainingJob_1",
    "c7n_training_job_stop_DescribeTrainingJob_2",
    "c7n_training_job_tag_DescribeTrainingJob_1",
    "dsoaws2020_DescribeTrainingJob_Completed_debugger_profiler",
    "examples2020_DescribeTrainingJob_Completed_no_channels",
    "examples2021_DescribeTrainingJob_Completed_builtin",
    "examples2021_DescribeTrainingJob_InProgress_no_hyperparameters",
    "examples2023_DescribeTrainingJob_child_Completed",
    CHILD,
)

ACCOUNT = "111122223333"
USERS_KEYS = ("Environment", "HyperParameters", "StaticHyperParameters", "TunedHyperParameters")


def test_no_recording_is_left_out() -> None:
    found = {path.stem for path in shared("recorded").glob("*Describe*.json")}
    assert found == {*TUNING, *TRAINING}


def plain(value: Any, name: str = "") -> Any:
    """A part of an answer, without nulls, in which each time is a number of milliseconds, whatever it was."""
    if isinstance(value, dict):
        inner = (lambda key: "") if name in USERS_KEYS else (lambda key: key)
        return {
            key: plain(each, inner(key))
            for key, each in value.items()
            if key != "ResponseMetadata" and each is not None
        }
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
    return round(value * 1000) if name.endswith("Time") or name == "Timestamp" else value


def moved(value: Any, by: int, name: str = "") -> Any:
    """A part of a plain answer with its times moved by so many milliseconds."""
    if isinstance(value, dict):
        inner = (lambda key: "") if name in USERS_KEYS else (lambda key: key)
        return {key: moved(each, by, inner(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [moved(each, by) for each in value]
    if name == "Timestamp" and value % 1000 == 0:
        # Whole seconds, before they are moved and after. Two recordings have times of 1970 with fractions.
        return (value + by) // 1000 * 1000
    return value + by if name.endswith("Time") or name == "Timestamp" else value


def here(value: Any, name: str = "") -> Any:
    """A part of an answer with the ARNs of its jobs in the region of the service."""
    if isinstance(value, dict):
        return {key: here(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [here(each) for each in value]
    named = name in ("HyperParameterTuningJobArn", "TrainingJobArn", "TuningJobArn")
    return re.sub("^(arn:aws:sagemaker:)[^:]+", r"\1us-east-1", value) if named else value


@pytest.fixture
def service(clock: HandClock) -> Iterator[FakeTuningService]:
    """A service in the account that was recorded."""
    with FakeTuningService(clock=clock, account=ACCOUNT) as service:
        yield service


def said(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer, without what botocore says of the exchange."""
    return {member: value for member, value in answer.items() if member != "ResponseMetadata"}


def describe(client: Any, job: str) -> dict[str, Any]:
    return said(client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=job))


def describe_training(client: Any, job: str) -> dict[str, Any]:
    return said(client.describe_training_job(TrainingJobName=job))


# Tuning jobs, read back.

LATER_MEMBERS: dict[str, None] = {"TuningJobCompletionDetails": None, "ConsumedResources": None}
"""What came to the responses between 2021 and 2024."""

EDITED = "ack2021_Describe_Completed_several_definitions"
OVERRIDDEN: dict[str, dict[str, None]] = {
    **{name: {} if name.startswith("c7n") else LATER_MEMBERS for name in TUNING},
    # People left these out.
    EDITED: {**LATER_MEMBERS, "HyperParameterTuningEndTime": None, "BestTrainingJob": None},
}
"""What a job that was read back says only because it was told to; all else follows from what it is."""


@pytest.mark.parametrize("name", TUNING)
def test_a_tuning_job_describes_itself_as_recorded(name: str) -> None:
    job = TuningJob.from_response(recorded(name))
    assert plain(job.describe()) == plain(recorded(name))
    assert job.overrides == OVERRIDDEN[name]


def response_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def test_the_recording_of_twenty_one_trials_of_twenty_needs_no_override() -> None:
    response = recorded("boston2022_Describe_Completed_21_of_20_after_a_RetryableError")
    job = TuningJob.from_response(response)
    # In 2022 the service did not tell of these yet.
    assert job.overrides == LATER_MEMBERS
    assert sum(response["TrainingJobStatusCounters"].values()) == 21
    assert job.list_trials()[20]["TrainingJobName"] == response["BestTrainingJob"]["TrainingJobName"]
    (failed,) = (each for each in job.list_trials() if "FailureReason" in each)
    # It had failed when the last one was launched in its place.
    assert failed["TrainingEndTime"] < response_time(response["BestTrainingJob"]["CreationTime"])


BEYOND_THE_MODEL = "The model has no member at "
"""What only internal clients know is no matter of the public model."""

LIVES_ON = {
    "Completed": ["Completed"],
    "Failed": ["Failed"],
    "InProgress": ["InProgress", "Completed"],
    "Stopping": ["Stopping", "Stopped"],
}


@pytest.mark.parametrize("name", TUNING)
def test_a_recorded_tuning_job_is_answered_to_clients_and_lives_on(
    service: FakeTuningService, client: Any, clock: HandClock, constraints: Constraints, name: str
) -> None:
    response = here(plain(recorded(name)))
    handle = service.add(TuningJob.from_response(recorded(name)))
    found = describe(client, handle.name)
    later = plain(found)["CreationTime"] - response["CreationTime"]
    expected = moved(response, later)
    for member in ("BestTrainingJob", "OverallBestTrainingJob"):
        # There times are whole seconds, before they are moved and after.
        best = expected.get(member, {})
        best |= {member: best[member] // 1000 * 1000 for member in best if member.endswith("Time")}
    assert plain(found) == expected
    seen = [handle.status]
    while clock.now() < datetime(2026, 2, 2, tzinfo=timezone.utc):
        found = describe(client, handle.name)
        wrong = constraints.check_response("DescribeHyperParameterTuningJob", found)
        wrong = [each for each in wrong if "at 'hyperParameterTuningJobName'" not in each or name != EDITED]
        assert [each for each in wrong if not each.startswith(BEYOND_THE_MODEL)] == []
        counted = found["TrainingJobStatusCounters"]
        assert sum(counted.values()) == len(handle.trials)
        for each in handle.trials:
            answer = describe_training(client, each.name)
            wrong = constraints.check_response("DescribeTrainingJob", answer)
            assert [each for each in wrong if not each.startswith(BEYOND_THE_MODEL)] == []
        seen += [handle.status] if handle.status != seen[-1] else []
        clock.advance("17m" if handle.status in LIVE else "30h")
    assert seen == LIVES_ON[response["HyperParameterTuningJobStatus"]]
    if seen[-1] == "Completed":
        limits = response["HyperParameterTuningJobConfig"]["ResourceLimits"]
        launched = sum(counted.values()) - counted["RetryableError"]
        assert launched <= limits["MaxNumberOfTrainingJobs"]
        if response["HyperParameterTuningJobStatus"] == "InProgress":
            assert launched == limits["MaxNumberOfTrainingJobs"]


EVERY_STATUS: dict[str, TuningJob] = {job.status: job for job in TuningJob.every_status()}
COMPOSED: dict[str, TuningJob] = {
    **EVERY_STATUS,
    "all-kinds": TuningJob("all")
    .trials(6, parallel=3)
    .in_progress(completed=2, running=1, failed=1, stopped=1),
    "failed-late": TuningJob("late").failed("AlgorithmError: no luck", completed=3, failed=2, stopped=1),
    "stopped-early": TuningJob("early").stopped(completed=4, failed=1, stopped=2),
    "minimized": TuningJob("minimized").minimize("loss").completed(completed=5, failed=3, stopped=2),
    "best-of-nothing": TuningJob("zero").minimize("loss").trials(3).trial(2).scores(0.0).completed(),
    "no-metric": TuningJob("silent").trials(4).trial(2).emits_no_metric().completed(),
    "retryable": TuningJob("again")
    .trials(3)
    .trial(2)
    .hits_internal_errors()
    .in_progress(completed=1, failed=1),
    "alone": TuningJob("alone").trials(1).completed(),
}


@pytest.mark.parametrize("job", COMPOSED.values(), ids=COMPOSED)
def test_what_a_job_describes_is_read_back_whatever_its_status(job: TuningJob) -> None:
    again = TuningJob.from_response(job.describe())
    assert again.describe() == job.describe()
    assert again.overrides == {}


def test_a_job_that_failed_though_its_trials_completed_is_read_back(service: FakeTuningService) -> None:
    job = TuningJob("xgb").trials(3, parallel=3).each("1m").paced(finish="2h").fails("quota", after="1h")
    response = job.describe(at="2h")
    assert response["TrainingJobStatusCounters"]["Completed"] == 3
    again = TuningJob.from_response(response)
    assert (again.describe(), again.overrides) == (response, {})
    handle = service.add(again)
    assert (handle.status, handle.failure_reason) == ("Failed", "quota")


@pytest.mark.parametrize("ended", ["completes", "stops", "fails"])
def test_a_job_whose_trials_have_all_ended_runs_on_until_it_was_recorded(
    service: FakeTuningService, clock: HandClock, ended: str
) -> None:
    job = TuningJob("xgb").trials(3, parallel=3).paced(finish="1h", fail="1h").each("1m")
    for number in (1, 2, 3):
        job = getattr(job.trial(number), ended)()
    response = job.describe(at="50m")
    assert response["HyperParameterTuningJobStatus"] == "InProgress"
    assert response["TrainingJobStatusCounters"]["InProgress"] == 0
    again = TuningJob.from_response(response)
    assert (again.describe(), again.overrides) == (response, {})
    handle = service.add(again)
    assert handle.status == "InProgress"
    clock.advance("2h")
    assert handle.status == ("Failed" if ended == "fails" else "Completed")


def test_a_best_trial_that_was_stopped_is_read_back() -> None:
    job = TuningJob("xgb").maximize("auc").trials(3).trial(2).stops().trial(2).scores(0.99)
    answer = job.describe(at="10h")
    assert answer["BestTrainingJob"]["TrainingJobStatus"] == "Stopped"
    again = TuningJob.from_response(answer)
    assert (again.describe(), again.overrides) == (answer, {})


def test_trials_that_did_not_improve_on_the_best_one_ended_after_it() -> None:
    job = TuningJob("xgb").maximize("auc").trials(3, parallel=3).trial(3).scores(0.99).trial(3).takes("30m")
    answer = job.trial(1).takes("40m").trial(2).takes("50m").describe(at="10h")
    assert answer["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": 2}
    again = TuningJob.from_response(answer)
    assert (again.describe(), again.overrides) == (answer, {})


def test_trials_that_the_best_one_improved_on_ended_before_it_however_long_the_job_went_on() -> None:
    job = TuningJob("xgb").maximize("auc").trials(5, parallel=5).each("5m").trial(5).never_ends()
    answer = job.trial(1).scores(0.99).trial(1).takes("30m").trial(2).fails().describe(at="5h")
    assert answer["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": 0}
    again = TuningJob.from_response(answer)
    assert (again.describe(), again.overrides) == (answer, {})
    created = [each["CreationTime"] for each in again.list_trials()]
    assert created == sorted(created)
    for each in again.list_trials()[:4]:
        assert each["CreationTime"] <= each["TrainingStartTime"] < each["TrainingEndTime"]


def test_the_best_trial_is_not_older_than_its_job(service: FakeTuningService, client: Any) -> None:
    # Its recorded times are whole seconds, rounded down.
    job = TuningJob("xgb").trials(1).paced(launch="1ms", trial="61001ms").completed()
    assert job.describe()["CreationTime"] > job.describe()["BestTrainingJob"]["CreationTime"]
    service.add(TuningJob.from_response(job.describe()))
    best = describe(client, "xgb")["BestTrainingJob"]["TrainingJobName"]
    assert describe_training(client, best)["CreationTime"] >= describe(client, "xgb")["CreationTime"]


@pytest.mark.parametrize("status", ["Deleting", "DeleteFailed"])
def test_a_deletion_that_was_recorded_goes_on_as_deletions_do(
    service: FakeTuningService, clock: HandClock, status: str
) -> None:
    job = TuningJob("xgb").in_status(status)  # type: ignore[arg-type]  # a status
    handle = service.add(TuningJob.from_response(job.describe()))
    assert handle.status == status
    clock.advance("1m")
    assert handle.exists == (status == "DeleteFailed")


def test_of_a_failed_job_that_is_being_deleted_the_reason_is_kept() -> None:
    answer = TuningJob("xgb").failed("AlgorithmError: no luck").describe()
    answer |= {"HyperParameterTuningJobStatus": "Deleting"}
    job = TuningJob.from_response(answer)
    assert (job.status, job.describe()["FailureReason"], job.overrides) == (
        "Deleting",
        "AlgorithmError: no luck",
        {},
    )


MAX_RUNTIME = {"MaxNumberOfTrainingJobs": 40, "MaxParallelTrainingJobs": 3, "MaxRuntimeInSeconds": 900}


@pytest.mark.parametrize(
    "limits",
    [
        {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.9}},
        {
            "TuningJobCompletionCriteria": {
                "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 4}
            }
        },
        {"ResourceLimits": MAX_RUNTIME},
    ],
    ids=["target", "not-improving", "runtime"],
)
def test_a_job_that_completed_before_all_its_trials_were_launched_is_read_back(
    limits: dict[str, Any],
) -> None:
    answer = TuningJob("xgb").trials(40, parallel=3).maximize("auc").configured(**limits).describe(at="10h")
    assert 0 < sum(answer["TrainingJobStatusCounters"].values()) < 40
    job = TuningJob.from_response(answer)
    assert (job.status, job.describe(), job.overrides) == ("Completed", answer, {})


def test_a_best_trial_of_another_name_is_the_first_one() -> None:
    answer = TuningJob("xgb").completed().describe()
    answer["BestTrainingJob"]["TrainingJobName"] = "the-best-one"
    answer["BestTrainingJob"]["TrainingJobArn"] = (
        "arn:aws:sagemaker:us-east-1:123456789012:training-job/the-best-one"
    )
    job = TuningJob.from_response(answer)
    assert job.describe() == answer
    assert job.list_trials()[0]["TrainingJobName"] == "the-best-one"


def test_times_are_read_in_every_form() -> None:
    answer = TuningJob("xgb").in_progress().describe()
    as_text = json.loads(json.dumps(answer, default=str))
    as_seconds = json.loads(json.dumps(answer, default=datetime.timestamp))
    by_placebo = json.loads(json.dumps(answer, default=placebo))
    for each in (as_text, as_seconds, by_placebo, answer):
        assert TuningJob.from_response(each).describe() == answer


def placebo(moment: datetime) -> dict[str, Any]:
    parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{part: getattr(moment, part) for part in parts}}


def test_a_time_that_placebo_cannot_have_written_is_refused() -> None:
    answer = {**TuningJob("xgb").describe(), "CreationTime": {"__class__": "datetime", "month": 13}}
    text = "the response cannot be read: Cannot read the value at 'creationTime': expected an aware datetime"
    with pytest.raises(TypeError, match=text):
        TuningJob.from_response(answer)


def test_a_response_is_added_again_under_another_name(service: FakeTuningService, client: Any) -> None:
    response = TuningJob("Xgb").completed().describe()
    trial = response["BestTrainingJob"]
    # As the names in ARNs were until 2022.
    trial["TrainingJobArn"] = trial["TrainingJobArn"].lower()
    service.add(TuningJob.from_response(response))
    with pytest.raises(ValueError, match="already: give this one another name: ") as refused:
        service.add(TuningJob.from_response(response))
    assert str(refused.value).endswith("name: TuningJob.from_response(response, name=...)")
    service.add(TuningJob.from_response(response, name="Other"))
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="Other")
    assert answer["HyperParameterTuningJobArn"].endswith(":hyper-parameter-tuning-job/Other")
    assert answer["BestTrainingJob"]["TrainingJobName"] == trial["TrainingJobName"].replace("Xgb", "Other")
    assert answer["BestTrainingJob"]["TrainingJobArn"].partition("/")[2].startswith("other-")
    names = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="Other")
    assert all(each["TrainingJobName"].startswith("Other-") for each in names["TrainingJobSummaries"])
    with pytest.raises(ValueError, match="has at most 32 characters"):
        TuningJob.from_response(response, name="x" * 33)


def test_the_best_of_all_gets_the_other_name_if_it_is_of_the_job_itself() -> None:
    response = TuningJob("child").warm_started_from("parent").completed().describe()
    assert response["OverallBestTrainingJob"]["TuningJobName"] == "child"
    job = TuningJob.from_response(response, name="other")
    best = job.describe()["OverallBestTrainingJob"]
    assert (best["TuningJobName"], best["TrainingJobName"][:6], job.overrides) == ("other", "other-", {})


def test_names_that_were_edited_stay_when_the_job_gets_another_one() -> None:
    response = TuningJob("xgb").completed().describe()
    response["BestTrainingJob"]["TrainingJobName"] = "edited"
    del response["BestTrainingJob"]["TrainingJobArn"]
    best = TuningJob.from_response(response, name="other").describe()["BestTrainingJob"]
    assert best["TrainingJobName"] == "edited"
    del response["HyperParameterTuningJobArn"]
    with pytest.raises(ValueError, match="has HyperParameterTuningJobArn, but this one has not"):
        TuningJob.from_response(response, name="other")


@pytest.mark.parametrize("name", TUNING)
def test_a_recorded_tuning_job_under_another_name_needs_the_same_overrides(name: str) -> None:
    own = TuningJob.from_response(recorded(name))
    other = TuningJob.from_response(recorded(name), name="other")
    assert other.overrides == own.overrides
    answer = other.describe()
    for member in ("BestTrainingJob", "OverallBestTrainingJob"):
        best, before = answer.get(member, {}), own.describe().get(member, {})
        if before.get("TuningJobName", own.name) != own.name:
            assert best == before
        elif before.get("TrainingJobName", "").startswith(f"{own.name}-"):
            assert best["TrainingJobName"].startswith("other-")


@pytest.mark.parametrize("member", ["body", "data", "detail"])
def test_of_a_wrapped_response_it_is_said_where_it_is(service: FakeTuningService, member: str) -> None:
    text = (
        f"this is what a tool wrapped around a response, which is under '{member}': give response['{member}']"
    )
    wrapped = {"status_code": 200, member: TuningJob("xgb").completed().describe()}
    with pytest.raises(ValueError, match=re.escape(text)):
        TuningJob.from_response(wrapped)
    assert TuningJob.from_response(wrapped[member]).name == "xgb"
    with pytest.raises(ValueError, match=re.escape(text)):
        service.add_training_job({"status_code": 200, member: WHOLE})


def test_hyperparameters_may_be_named_like_times() -> None:
    job = (
        TuningJob("xgb")
        .with_static(warmupTime="5 epochs")
        .defined(Environment={"Timestamp": "no"})
        .completed()
    )
    assert TuningJob.from_response(job.describe()).describe() == job.describe()


def test_the_request_of_a_recorded_job_has_only_what_can_be_sent() -> None:
    answer = TuningJob("xgb").completed().describe()
    answer["TrainingJobDefinition"]["OutputDataConfig"]["RemoveJobNameFromS3OutputPath"] = False
    answer["TrainingJobDefinition"]["InputDataConfig"][0]["EnableFFM"] = False
    job = TuningJob.from_response(answer)
    assert job.describe() == answer
    assert "RemoveJobNameFromS3OutputPath" not in json.dumps(job.request)
    assert "EnableFFM" not in json.dumps(job.request)


def test_a_response_that_is_not_whole_is_refused() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared
        TuningJob.from_response({"status_code": 200, "body": {}})
    assert str(refused.value) == (
        "a DescribeHyperParameterTuningJob response has HyperParameterTuningJobName, HyperParameterTuningJobArn, "
        "HyperParameterTuningJobStatus, CreationTime, HyperParameterTuningJobConfig, TrainingJobDefinition, but this "
        "one has not: give the whole response, without what a tool wrapped around it"
    )


def test_the_response_of_a_training_job_is_sent_to_the_service() -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared
        TuningJob.from_response({"TrainingJobName": "xgb-final"})
    assert str(refused.value) == (
        "this is the DescribeTrainingJob response of 'xgb-final', and not of a tuning job: "
        "give it to the service's add_training_job"
    )


# Training jobs, read back.


def training_job(
    service: FakeTuningService, client: Any, clock: HandClock, age: str = "1h"
) -> dict[str, Any]:
    """What a training job answers so long after its creation, in another service."""
    client.create_training_job(TrainingJobName="final", **TRAINING_REQUEST)
    clock.advance(age)
    return describe_training(client, "final")


TRAINING_REQUEST = {
    member: value for member, value in definition().items() if member != "StaticHyperParameters"
} | {"HyperParameters": {"objective": "binary:logistic"}}


@pytest.mark.parametrize("name", TRAINING)
def test_a_training_job_describes_itself_as_recorded(
    service: FakeTuningService, client: Any, name: str
) -> None:
    answer = here(plain(recorded(name)))
    view = service.add_training_job(recorded(name))
    found = plain(describe_training(client, view.name))
    later = found["CreationTime"] - answer["CreationTime"]
    assert later > 0
    assert found == moved(answer, later)
    (listed,) = plain(client.list_training_jobs())["TrainingJobSummaries"]
    assert {member: found[member] for member in listed} == listed


@pytest.mark.parametrize("name", TRAINING)
def test_a_recorded_training_job_lives_on(
    service: FakeTuningService, client: Any, clock: HandClock, constraints: Constraints, name: str
) -> None:
    answer = plain(recorded(name))
    view = service.add_training_job(recorded(name))
    seen = []
    for _ in range(40):
        found = describe_training(client, view.name)
        # Members of today's responses that are said to be always there were not in 2018, and a list that is said to
        # have something in it was empty in 2020.
        wrong = constraints.check_response("DescribeTrainingJob", found)
        odd = ("modelArtifacts", "Value '[]' at 'inputDataConfig'")
        wrong = [each for each in wrong if not any(member in each for member in odd)]
        assert [each for each in wrong if not each.startswith(BEYOND_THE_MODEL)] == []
        assert set(answer) - set(found) == set()
        if found["TrainingJobStatus"] not in seen:
            seen.append(found["TrainingJobStatus"])
        (listed,) = client.list_training_jobs()["TrainingJobSummaries"]
        assert {member: found[member] for member in listed} == listed
        clock.advance("20s")
    assert seen == LIVES_ON[answer["TrainingJobStatus"]]


def test_a_recorded_training_job_that_runs_can_be_stopped_and_deleted(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    answer = training_job(service, client, clock, "10s")
    with FakeTuningService(clock=clock, account=ACCOUNT) as other:
        theirs = boto3.client("sagemaker")
        other.add_training_job(answer)
        assert describe_training(theirs, "final")["SecondaryStatus"] == "Starting"
        clock.advance("2s")
        theirs.stop_training_job(TrainingJobName="final")
        found = describe_training(theirs, "final")
        assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("Stopping", "Stopping")
        assert found["LastModifiedTime"] == clock.now()
        clock.advance("5m")
        assert describe_training(theirs, "final")["TrainingJobStatus"] == "Stopped"
        theirs.delete_training_job(TrainingJobName="final")
        assert describe_training(theirs, "final")["TrainingJobStatus"] == "Deleting"
        clock.advance("5m")
        assert names(theirs.list_training_jobs()) == []


@pytest.mark.parametrize("age", ["1s", "140s", "200s", "330s", "1h"])
def test_todays_training_jobs_are_read_back_at_every_age(
    service: FakeTuningService, client: Any, clock: HandClock, age: str
) -> None:
    answer = training_job(service, client, clock, age)
    with FakeTuningService(clock=clock, account=ACCOUNT) as other:
        other.add_training_job(answer)
        found = plain(describe_training(boto3.client("sagemaker"), "final"))
        later = found["CreationTime"] - plain(answer)["CreationTime"]
        assert found == moved(plain(answer), later)
        clock.advance("1h")
        found = plain(describe_training(boto3.client("sagemaker"), "final"))
        over = [each for each in plain(answer)["SecondaryStatusTransitions"] if "EndTime" in each]
        assert moved(over, later) == found["SecondaryStatusTransitions"][: len(over)]


@pytest.mark.parametrize(
    ("members", "seen"),
    [
        (
            {"SecondaryStatus": "LaunchingMLInstances"},
            ["LaunchingMLInstances", "Training", "Uploading", "Completed"],
        ),
        ({"SecondaryStatus": "Starting"}, ["Starting", "Downloading", "Training", "Uploading", "Completed"]),
        (
            {"SecondaryStatus": "Starting", "LastModifiedTime": 1500003600},
            ["Starting", "Downloading", "Training", "Uploading", "Completed"],
        ),
        ({"SecondaryStatus": "Uploading", "TrainingStartTime": 1500000060}, ["Uploading", "Completed"]),
        (
            {
                "TrainingJobStatus": "Stopped",
                "SecondaryStatus": "MaxRuntimeExceeded",
                "TrainingEndTime": 1500000090,
            },
            ["MaxRuntimeExceeded"],
        ),
        ({"TrainingJobStatus": "Stopped", "SecondaryStatus": "Interrupted"}, ["Interrupted"]),
        ({"TrainingJobStatus": "Stopping", "SecondaryStatus": "Stopping"}, ["Stopping", "Stopped"]),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_a_training_job_without_transitions_is_where_its_statuses_say(
    service: FakeTuningService, client: Any, clock: HandClock, members: dict[str, Any], seen: list[str]
) -> None:
    service.add_training_job(
        {
            **TRAINING_REQUEST,
            "TrainingJobName": "old",
            "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/old",
            "TrainingJobStatus": "InProgress",
            "CreationTime": 1500000000,
            **members,
        }
    )
    found = []
    for _ in range(800):
        status = describe_training(client, "old")["SecondaryStatus"]
        found += [status] if status not in found else []
        clock.advance("1s")
    assert found == seen


def test_time_may_be_moved_back_before_what_was_recorded(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.add_training_job(recorded(CHILD))
    clock.time -= timedelta(seconds=20)
    found = describe_training(client, recorded(CHILD)["TrainingJobName"])
    assert (found["TrainingJobStatus"], found["SecondaryStatus"]) == ("InProgress", "Training")
    assert "TrainingEndTime" not in found
    assert "FinalMetricDataList" not in found


def test_before_it_was_recorded_it_was_not_yet_modified(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    answer = recorded("c7n_training_job_query_DescribeTrainingJob_1")
    service.add_training_job(answer)
    clock.time -= timedelta(milliseconds=100)
    found = describe_training(client, answer["TrainingJobName"])
    assert found["TrainingEndTime"] == found["LastModifiedTime"] < clock.now()


def test_what_can_be_sent_of_a_training_job_is_what_the_model_says(model: ServiceModel) -> None:
    answer = model.operation_model("DescribeTrainingJob").output_shape.members
    sent = model.operation_model("CreateTrainingJob").input_shape.members
    assert set(answer) - set(sent) == NOT_REQUESTED - {"ResponseMetadata"}


WHOLE = {
    "TrainingJobName": "xgb-final",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/xgb-final",
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
    "CreationTime": 1500000000,
    **TRAINING_REQUEST,
}


def test_messages_of_phases_stay_as_captured_where_there_were_any(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    start = WHOLE["CreationTime"]
    phases = [
        {"Status": "Starting", "StartTime": start, "EndTime": start + 60},
        {"Status": "Downloading", "StartTime": start + 60, "StatusMessage": "Downloading my data"},
    ]
    service.add_training_job(
        {**WHOLE, "SecondaryStatus": "Downloading", "SecondaryStatusTransitions": phases}
    )
    clock.advance("10m")
    shown = describe_training(client, WHOLE["TrainingJobName"])["SecondaryStatusTransitions"]
    assert [each["StatusMessage"] for each in shown[:3]] == [
        "Preparing the instances for training",
        "Downloading my data",
        "Training image download completed. Training in progress.",
    ]


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (
            {"HyperParameterTuningJobName": "xgb"},
            "this is the response of the tuning job 'xgb': give it to TuningJob.from_response, and the job to add",
        ),
        (
            {"body": {}},
            "a DescribeTrainingJob response has TrainingJobName, TrainingJobArn, TrainingJobStatus, SecondaryStatus, "
            "CreationTime, but this one has not: give the whole response, without what a tool wrapped around it",
        ),
        (
            {**WHOLE, "TrainingJobStatus": "Complete"},
            "unknown status of a recorded training job 'Complete': did you mean 'Completed'? "
            "The choices are InProgress, Completed, Failed, Stopping, Stopped, Deleting",
        ),
        (
            {
                **WHOLE,
                "SecondaryStatusTransitions": [
                    {"Status": "Failed", "StartTime": 1500000000, "EndTime": 1500000000}
                ],
            },
            "the response of 'xgb-final' contradicts itself: its TrainingJobStatus is InProgress, "
            "but by its SecondaryStatusTransitions it is Failed",
        ),
    ],
)
def test_a_response_that_cannot_be_read_is_refused_and_nothing_is_stored(
    service: FakeTuningService, client: Any, response: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared
        service.add_training_job(response)
    assert str(refused.value).removesuffix(".") == text
    assert client.list_training_jobs()["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    "edited",
    [
        {
            "TrainingJobName": "xgb_final, the name of which was edited, and which has become longer than any name"
        },
        {"RoleArn": "arn:aws:iam::XXXXXXXXXXXX:role/Mine"},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}},
        {"InputDataConfig": []},
    ],
)
def test_what_the_service_would_refuse_today_is_read_back(
    service: FakeTuningService, client: Any, edited: dict[str, Any]
) -> None:
    name = service.add_training_job({**WHOLE, **edited}).name
    found = describe_training(client, name)
    assert {member: found[member] for member in edited} == edited


def test_what_is_no_response_is_refused(service: FakeTuningService) -> None:
    with pytest.raises(TypeError) as refused:
        service.add_training_job("xgb-final")  # type: ignore[arg-type]  # the error under test
    assert str(refused.value) == (
        "a response is a mapping, such as client.describe_training_job() gives: 'xgb-final'"
    )


def test_a_training_job_is_added_once(service: FakeTuningService) -> None:
    service.add_training_job(WHOLE)
    with pytest.raises(
        ValueError, match=r"^there is a training job 'xgb-final' already: give this one another name$"
    ):
        service.add_training_job(WHOLE)


# Jobs made anew, by a client, as the recorded ones were made.


@dataclass(frozen=True)
class Made:
    """How a recorded job is made anew.

    Attributes:
        after: how long after its creation it is as recorded.
        scenario: how it behaves.
        stopped: whether it is asked to stop then.
    """

    after: str
    scenario: Scenario = Scenario()
    stopped: bool = False


TUNING_MADE = {
    "c7n_hptj_query_DescribeHyperParameterTuningJob_1": Made(
        "1h", Scenario.fails().trial(1).fails(before_start=True).trial(2).fails(before_start=True)
    ),
    "c7n_hptj_stop_DescribeHyperParameterTuningJob_1": Made("73s"),
    "c7n_hptj_stop_DescribeHyperParameterTuningJob_2": Made("73s", stopped=True),
    "c7n_hptj_tag_DescribeHyperParameterTuningJob_1": Made("4s"),
    "c7n_hptj_tag_DescribeHyperParameterTuningJob_2": Made("20s"),
    "ack2021_Describe_Stopping_none_launched": Made("1s", stopped=True),
    "boston2020_Describe_Completed_xgboost_090": Made("10h"),
    "boston2022_Describe_Completed_21_of_20_after_a_RetryableError": Made(
        "10h", Scenario().trial(1).hits_internal_errors()
    ),
    "boston2022_Describe_Completed_fast_starts_new_metrics": Made("10h"),
    "dsoaws2020_Describe_InProgress_members_no_model_knows": Made("0s"),
    "dsoaws2020_Describe_just_created": Made("0s"),
    "packt2019_DescribeHyperParameterTuningJob_Completed": Made("10h"),
}
"""Those that come to be as recorded by themselves. The command ``conform`` makes all of them anew."""


def create(service: FakeTuningService, client: Any, clock: HandClock, name: str) -> dict[str, Any]:
    """Make a recorded tuning job anew, and return its description."""
    made, asked = TUNING_MADE[name], TuningJob.from_response(recorded(name)).request
    service.on_create(made.scenario)
    client.create_hyper_parameter_tuning_job(**asked)
    clock.advance(made.after)
    job = asked["HyperParameterTuningJobName"]
    if made.stopped:
        client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=job)
    return describe(client, job)


@pytest.mark.parametrize("name", TUNING_MADE)
def test_a_tuning_job_made_anew_has_the_members_that_were_recorded(
    service: FakeTuningService, client: Any, clock: HandClock, name: str
) -> None:
    theirs, ours = recorded(name), create(service, client, clock, name)
    for member in ("HyperParameterTuningJobStatus", "TrainingJobStatusCounters", "ObjectiveStatusCounters"):
        assert ours[member] == theirs[member]
    assert unexplained_members("DescribeHyperParameterTuningJob", theirs, ours) == []


@pytest.mark.parametrize("name", TUNING_MADE)
def test_a_tuning_job_made_anew_repeats_its_request_as_recorded(
    service: FakeTuningService, client: Any, clock: HandClock, name: str
) -> None:
    theirs, ours = recorded(name), create(service, client, clock, name)
    repeated = ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions")
    assert unexplained_values("DescribeHyperParameterTuningJob", theirs, ours, *repeated) == []
    for of_theirs, of_ours in zip(definitions(theirs), definitions(ours), strict=True):
        assert list(of_ours["StaticHyperParameters"]) == list(of_theirs["StaticHyperParameters"])


def definitions(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return answer.get("TrainingJobDefinitions") or [answer["TrainingJobDefinition"]]


TRAINING_MADE = {
    "c7n_training_job_query_DescribeTrainingJob_1": Made(
        "1h",
        Scenario().trial(1).fails("ClientError: Unable to read input data. (caused by MXNetError)"),
    ),
    "c7n_training_job_remove_tag_DescribeTrainingJob_1": Made("1s"),
    "c7n_training_job_stop_DescribeTrainingJob_1": Made("1s"),
    "c7n_training_job_stop_DescribeTrainingJob_2": Made("62s", stopped=True),
    "c7n_training_job_tag_DescribeTrainingJob_1": Made("1s"),
}


def test_every_recorded_training_job_of_2018_is_made_anew() -> None:
    assert set(TRAINING_MADE) == {name for name in TRAINING if name.startswith("c7n")}


@pytest.mark.parametrize("name", TRAINING_MADE)
def test_a_training_job_made_anew_has_the_members_that_were_recorded(
    service: FakeTuningService, client: Any, clock: HandClock, model: ServiceModel, name: str
) -> None:
    theirs, made = recorded(name), TRAINING_MADE[name]
    sent = model.operation_model("CreateTrainingJob").input_shape.members
    service.on_create(made.scenario, training_jobs=True)
    client.create_training_job(**{member: value for member, value in theirs.items() if member in sent})
    clock.advance(made.after)
    if made.stopped:
        client.stop_training_job(TrainingJobName=theirs["TrainingJobName"])
    ours = describe_training(client, theirs["TrainingJobName"])
    assert ours["TrainingJobStatus"] == theirs["TrainingJobStatus"]
    assert unexplained_members("DescribeTrainingJob", theirs, ours) == []
    for member in theirs.keys() & sent.keys() - {"AlgorithmSpecification"}:
        assert ours[member] == theirs[member]


def test_a_trial_made_anew_has_the_members_that_were_recorded(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    tuning = create(service, client, clock, "packt2019_DescribeHyperParameterTuningJob_Completed")
    theirs, ours = recorded(CHILD), describe_training(client, tuning["BestTrainingJob"]["TrainingJobName"])
    assert unexplained_members("DescribeTrainingJob", theirs, ours) == []
    assert [each["Status"] for each in ours["SecondaryStatusTransitions"]] == [
        each["Status"] for each in theirs["SecondaryStatusTransitions"]
    ]
    newer = recorded("examples2023_DescribeTrainingJob_child_Completed")
    assert ours["WarmPoolStatus"] == newer["WarmPoolStatus"] == {"Status": "Terminated"}
    for trial, last in ((theirs, -1), (newer, None)):
        assert [each["StatusMessage"] for each in ours["SecondaryStatusTransitions"]][:last] == [
            each["StatusMessage"] for each in trial["SecondaryStatusTransitions"]
        ][:last]
    for member in (
        "TuningJobArn",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
    ):
        assert ours[member] == theirs[member]


# Lists, tags, stops.


@pytest.mark.parametrize("status", ["InUse", "Available", "Reused", "Terminated"])
def test_a_list_tells_of_a_recorded_warm_pool(
    service: FakeTuningService, client: Any, clock: HandClock, status: str
) -> None:
    theirs = recorded(f"ack2022_DescribeTrainingJob_warm_pool_{status}")
    service.add_training_job(theirs)
    (listed,) = client.list_training_jobs()["TrainingJobSummaries"]
    assert listed["WarmPoolStatus"] == {
        member: value for member, value in theirs["WarmPoolStatus"].items() if value is not None
    }
    clock.advance("1ms")
    assert (
        client.list_training_jobs()["TrainingJobSummaries"][0]["WarmPoolStatus"] == listed["WarmPoolStatus"]
    )


@pytest.mark.parametrize(
    ("listed", "described"),
    [
        ("c7n_hptj_query_ListHyperParameterTuningJobs_1", "c7n_hptj_query_DescribeHyperParameterTuningJob_1"),
        ("c7n_hptj_stop_ListHyperParameterTuningJobs_1", "c7n_hptj_stop_DescribeHyperParameterTuningJob_1"),
        ("c7n_hptj_tag_ListHyperParameterTuningJobs_1", "c7n_hptj_tag_DescribeHyperParameterTuningJob_1"),
        ("c7n_hptj_tag_ListHyperParameterTuningJobs_2", "c7n_hptj_tag_DescribeHyperParameterTuningJob_1"),
    ],
)
def test_a_list_of_tuning_jobs_has_the_members_that_were_recorded(
    service: FakeTuningService, client: Any, clock: HandClock, listed: str, described: str
) -> None:
    create(service, client, clock, described)
    theirs, ours = recorded(listed), client.list_hyper_parameter_tuning_jobs()
    assert unexplained_members("ListHyperParameterTuningJobs", theirs, ours, "listed") == []
    for page in (theirs, ours):
        for summary in page["HyperParameterTuningJobSummaries"]:
            for member in ("CreationTime", "LastModifiedTime", "HyperParameterTuningEndTime"):
                summary.pop(member, None)
    assert ours["HyperParameterTuningJobSummaries"] == theirs["HyperParameterTuningJobSummaries"]


@pytest.mark.parametrize(
    ("listed", "described"),
    [
        ("c7n_hptj_query_ListHyperParameterTuningJobs_1", "c7n_hptj_query_DescribeHyperParameterTuningJob_1"),
        ("c7n_hptj_tag_ListHyperParameterTuningJobs_1", "c7n_hptj_tag_DescribeHyperParameterTuningJob_1"),
    ],
)
def test_a_recorded_tuning_job_is_listed_as_recorded(
    service: FakeTuningService, client: Any, listed: str, described: str
) -> None:
    service.add(TuningJob.from_response(recorded(described)))
    theirs, ours = plain(recorded(listed)), plain(client.list_hyper_parameter_tuning_jobs())
    (first,), (our_first,) = (page["HyperParameterTuningJobSummaries"] for page in (theirs, ours))
    assert ours == moved(theirs, our_first["CreationTime"] - first["CreationTime"])


PAGES = (
    "c7n_training_job_query",
    "c7n_training_job_remove_tag",
    "c7n_training_job_stop",
    "c7n_training_job_tag",
)


@pytest.mark.parametrize("pages", PAGES)
def test_a_page_of_training_jobs_with_a_token_may_be_followed_by_an_empty_one(
    service: FakeTuningService, client: Any, clock: HandClock, pages: str
) -> None:
    first, second = (recorded(f"{pages}_ListTrainingJobs_{page}") for page in (1, 2))
    client.create_training_job(TrainingJobName="older", **TRAINING_REQUEST)
    clock.advance("1h")
    status = first["TrainingJobSummaries"][0]["TrainingJobStatus"]
    service.add_training_job(recorded(f"{pages}_DescribeTrainingJob_1"))
    # The older job is on the second page, where the filter drops it once the page has been cut.
    ours = client.list_training_jobs(MaxResults=1, StatusEquals=status)
    assert unexplained_members("ListTrainingJobs", first, ours, "listed") == []
    assert names(ours) == [each["TrainingJobName"] for each in first["TrainingJobSummaries"]]
    ours = client.list_training_jobs(MaxResults=1, StatusEquals=status, NextToken=ours["NextToken"])
    assert plain(ours) == second


def test_a_page_of_tuning_jobs_may_be_empty_and_yet_have_a_token(
    service: FakeTuningService, client: Any
) -> None:
    theirs = recorded("examples_List_one_entry")
    for name in (*(f"job-{number}" for number in range(10)), "wanted"):
        service.add(TuningJob(name))
    ours = client.list_hyper_parameter_tuning_jobs(NameContains="wanted")
    assert unexplained_members("ListHyperParameterTuningJobs", theirs, ours, "listed") == []
    assert names(theirs) == names(ours) == []
    assert names(
        client.list_hyper_parameter_tuning_jobs(NameContains="wanted", NextToken=ours["NextToken"])
    ) == ["wanted"]


TAGS = [{"Key": "JobTag", "Value": "JobTagValue"}]


def test_tags_are_answered_as_recorded(client: Any) -> None:
    arn = client.create_training_job(TrainingJobName="final", **TRAINING_REQUEST)["TrainingJobArn"]
    assert said(client.list_tags(ResourceArn=arn)) == recorded("c7n_training_job_tag_ListTags_1")
    assert said(client.add_tags(ResourceArn=arn, Tags=TAGS)) == recorded("c7n_training_job_tag_AddTags_1")
    assert said(client.list_tags(ResourceArn=arn)) == recorded("c7n_training_job_tag_ListTags_2")
    assert recorded("c7n_training_job_tag_ListTags_2") == recorded("c7n_training_job_remove_tag_ListTags_1")
    answer = client.delete_tags(ResourceArn=arn, TagKeys=["JobTag"])
    assert said(answer) == recorded("c7n_training_job_remove_tag_DeleteTags_1")
    assert said(client.list_tags(ResourceArn=arn)) == recorded("c7n_training_job_remove_tag_ListTags_2")
    for name in ("query", "stop"):
        assert recorded(f"c7n_training_job_{name}_ListTags_1") == {"Tags": []}


def test_the_tags_of_a_tuning_job_are_answered_as_recorded(client: Any) -> None:
    asked = request("xgb") | {"Tags": TAGS}
    arn = client.create_hyper_parameter_tuning_job(**asked)["HyperParameterTuningJobArn"]
    assert said(client.list_tags(ResourceArn=arn)) == recorded("c7n_hptj_tag_ListTags_1")
    client.delete_tags(ResourceArn=arn, TagKeys=["JobTag"])
    assert said(client.list_tags(ResourceArn=arn)) == recorded("c7n_hptj_tag_ListTags_2")


def test_a_stop_is_answered_with_nothing_as_recorded(client: Any) -> None:
    client.create_hyper_parameter_tuning_job(**request("xgb"))
    client.create_training_job(TrainingJobName="final", **TRAINING_REQUEST)
    answer = client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert said(answer) == recorded("c7n_hptj_stop_StopHyperParameterTuningJob_1")
    answer = client.stop_training_job(TrainingJobName="final")
    assert said(answer) == recorded("c7n_training_job_stop_StopTrainingJob_1")


def test_a_job_that_a_criterion_ended_before_a_trial_was_replaced_is_read_back() -> None:
    target = {"TargetObjectiveMetricValue": 0.9}
    job = (
        TuningJob("xgb").maximize("auc").trials(3, parallel=1).configured(TuningJobCompletionCriteria=target)
    )
    job = job.trial(1).hits_internal_errors().trial(2).scores(0.5).trial(3).scores(0.95)
    answer = job.describe(at="1d")
    assert answer["TrainingJobStatusCounters"]["RetryableError"] == 1
    assert answer["TrainingJobStatusCounters"]["Completed"] == 2
    restored = TuningJob.from_response(answer)
    assert restored.overrides == {}
    assert restored.describe() == answer
