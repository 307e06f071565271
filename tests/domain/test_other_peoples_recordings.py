"""Captured answers as people have them: with nulls, edited, from newer models, damaged, or very large."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from fake_tuning import FakeTuningService, TuningJob
from fake_tuning.domain.jobs.responses import TIMES
from support.function_calls import function_calls
from support.hand_clock import HandClock
from support.strategies import DETERMINISTIC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ServiceModel, Shape


TUNING = TuningJob("xgb").maximize("auc").trials(6, parallel=2).in_progress(completed=2, failed=1)
DESCRIBED = TUNING.describe()
CHILD = TUNING.describe_trial(1)


def in_service(response: dict[str, Any], client: Any) -> dict[str, Any]:
    """What a client is told of a tuning job."""
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=response["HyperParameterTuningJobName"]
    )
    del answer["ResponseMetadata"]
    return answer


# Nulls, metadata and times.


def with_nulls(value: Any, shape: Shape) -> Any:
    """A part of an answer as Go and Java write it: with null for every member that is not set."""
    if isinstance(value, dict) and shape.type_name == "structure":
        return {name: with_nulls(value.get(name), member) for name, member in shape.members.items()}
    if isinstance(value, list):
        return [with_nulls(each, shape.member) for each in value]
    return value


def test_nulls_stand_for_members_that_are_not_set(
    service: FakeTuningService, client: Any, model: ServiceModel
) -> None:
    shape = model.operation_model("DescribeHyperParameterTuningJob").output_shape
    response = with_nulls(DESCRIBED, shape)
    assert response["TrainingJobDefinitions"] is None
    assert response["BestTrainingJob"]["FailureReason"] is None
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (DESCRIBED, {})
    shape = model.operation_model("DescribeTrainingJob").output_shape
    view = service.add_training_job(with_nulls(CHILD, shape))
    answer = client.describe_training_job(TrainingJobName=view.name)
    assert answer.keys() - {"ResponseMetadata"} == CHILD.keys()


@pytest.mark.parametrize(
    ("metrics", "sent"),
    [
        (("test:msd", "test:ssd", "train:msd", "train:progress", "train:throughput"), False),
        (("test:msd", "test:accuracy"), True),
    ],
)
def test_the_metrics_of_a_built_in_algorithm_were_sent_if_they_are_not_its_own(
    service: FakeTuningService, client: Any, metrics: tuple[str, ...], sent: bool
) -> None:
    specification = {
        "TrainingImage": "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1",
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": name, "Regex": f"{name}=(.+)"} for name in metrics],
    }
    response = TUNING.minimize("test:msd").defined(AlgorithmSpecification=specification).describe()
    job = TuningJob.from_response(response)
    assert job.describe() == response
    requested = job.request["TrainingJobDefinition"]["AlgorithmSpecification"]
    assert ("MetricDefinitions" in requested) == sent
    alone = {**CHILD, "AlgorithmSpecification": specification}
    view = service.add_training_job(alone)
    answer = client.describe_training_job(TrainingJobName=view.name)
    assert answer["AlgorithmSpecification"] == specification


def test_metadata_of_the_exchange_is_no_matter(service: FakeTuningService, client: Any) -> None:
    metadata = {"HTTPHeaders": {"date": object()}, "RetryAttempts": 0}
    assert TuningJob.from_response({**DESCRIBED, "ResponseMetadata": metadata}).describe() == DESCRIBED
    view = service.add_training_job({**CHILD, "ResponseMetadata": metadata})
    assert view.status == CHILD["TrainingJobStatus"]


@pytest.mark.parametrize(
    "written",
    [
        datetime.timestamp,
        str,
        datetime.isoformat,
        lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        lambda moment: round(moment.timestamp() * 1000),
        lambda moment: moment.astimezone(timezone(timedelta(hours=-7))),
    ],
)
def test_times_are_datetimes_again_whatever_they_were(written: Any) -> None:
    answer = TuningJob("xgb").completed().describe()
    # This one is not as it would be: it is no different.
    answer["LastModifiedTime"] += timedelta(seconds=5)
    response = json.loads(json.dumps(answer, default=lambda moment: moment.isoformat()))

    def rewritten(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: rewritten(each, key) for key, each in value.items()}
        return written(datetime.fromisoformat(value)) if name in TIMES else value

    job = TuningJob.from_response(rewritten(response))
    assert job.describe() == answer
    assert isinstance(job.describe()["LastModifiedTime"], datetime)


def test_what_counts_as_a_time_is_what_the_model_says(model: ServiceModel) -> None:
    found: set[str] = set()
    seen: set[str] = set()

    def look(shape: Shape, name: str) -> None:
        if shape.type_name == "timestamp":
            found.add(name)
        if shape.name in seen:
            return
        seen.add(shape.name)
        if shape.type_name == "structure":
            for key, member in shape.members.items():
                look(member, key)
        elif shape.type_name in ("list", "map"):
            look(shape.member if shape.type_name == "list" else shape.value, name)

    for operation in ("DescribeHyperParameterTuningJob", "DescribeTrainingJob"):
        look(model.operation_model(operation).output_shape, "")
    assert found == TIMES


# Edited names.


LONG = "a name that was edited_and has become longer than any"


def test_a_job_whose_name_was_edited_is_found_by_it(service: FakeTuningService, client: Any) -> None:
    response = {**DESCRIBED, "HyperParameterTuningJobName": LONG}
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    assert in_service(response, client)["HyperParameterTuningJobName"] == LONG
    listed = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=LONG)
    assert len(listed["TrainingJobSummaries"]) == len(TUNING.list_trials())
    for each in listed["TrainingJobSummaries"]:
        found = client.describe_training_job(TrainingJobName=each["TrainingJobName"])
        assert found["TrainingJobArn"] == each["TrainingJobArn"]
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=LONG)
    assert service.job(LONG).status == "Stopping"


def test_names_that_nothing_has_are_refused_as_ever(service: FakeTuningService, client: Any) -> None:
    service.add(TuningJob.from_response({**DESCRIBED, "HyperParameterTuningJobName": LONG}))
    for name in (LONG + "x", f"{LONG}-{'1' * 5000}-00000000"):
        with pytest.raises(ClientError, match="failed to satisfy constraint"):
            client.describe_training_job(TrainingJobName=name)
        with pytest.raises(ClientError, match="failed to satisfy constraint"):
            client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def test_another_name_in_the_arn_stays_there_and_finds_the_job(
    service: FakeTuningService, client: Any
) -> None:
    # Until 2022 ARNs were in lower case.
    arn = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/x-gb"
    job = TuningJob.from_response({**DESCRIBED, "HyperParameterTuningJobArn": arn})
    assert (job.describe()["HyperParameterTuningJobArn"], job.overrides) == (arn, {})
    service.add(job)
    client.add_tags(ResourceArn=arn, Tags=[{"Key": "team", "Value": "search"}])
    assert client.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "team", "Value": "search"}]
    with pytest.raises(ClientError, match="Resource does not exist"):
        client.list_tags(ResourceArn=arn.replace("x-gb", "xgb"))


def test_until_2022_the_arns_of_trials_were_in_lower_case_too(
    service: FakeTuningService, client: Any
) -> None:
    response = copy.deepcopy(TuningJob("Xgb").completed().describe())
    best = response["BestTrainingJob"]
    for part, member in ((response, "HyperParameterTuningJobArn"), (best, "TrainingJobArn")):
        part[member] = part[member].lower()
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    assert in_service(response, client)["BestTrainingJob"]["TrainingJobArn"] == best["TrainingJobArn"]
    found = client.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert found["TrainingJobArn"] == best["TrainingJobArn"]
    client.add_tags(ResourceArn=best["TrainingJobArn"], Tags=[{"Key": "team", "Value": "search"}])
    assert client.list_tags(ResourceArn=best["TrainingJobArn"])["Tags"] == [
        {"Key": "team", "Value": "search"}
    ]
    with pytest.raises(ClientError, match="Resource does not exist"):
        client.list_tags(ResourceArn=best["TrainingJobArn"].replace("xgb", "Xgb"))


def test_what_today_would_be_refused_was_accepted_once(service: FakeTuningService, client: Any) -> None:
    response = copy.deepcopy(DESCRIBED)
    definition = response["TrainingJobDefinition"]
    definition["RoleArn"] = "arn:aws:iam::XXXXXXXXXXXX:role/Mine"
    definition["StoppingCondition"] = {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 30}
    definition["InputDataConfig"] = []
    response["HyperParameterTuningJobConfig"]["Strategy"] = "Annealing"
    service.add(TuningJob.from_response(response))
    found = in_service(response, client)
    assert found["TrainingJobDefinition"] == definition
    assert found["HyperParameterTuningJobConfig"]["Strategy"] == "Annealing"


# Members that no model knows.


def from_the_future() -> dict[str, Any]:
    response: dict[str, Any] = copy.deepcopy(DESCRIBED)
    response["FromTheFuture"] = {"LaunchTime": "soon", "Parts": [1, {"Inner": 2.5}]}
    response["TrainingJobStatusCounters"]["Paused"] = 0
    response["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxBudget"] = 7
    response["TrainingJobDefinition"]["InputDataConfig"][0]["EnableFFM"] = False
    response["BestTrainingJob"]["Confidence"] = 0.5
    return response


def test_members_that_no_model_knows_are_in_every_answer(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    response = from_the_future()
    best = response["BestTrainingJob"]["TrainingJobName"]
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    handle = service.add(job)
    for _ in range(2):
        found = in_service(response, client)
        assert found["FromTheFuture"] == response["FromTheFuture"]
        assert found["TrainingJobStatusCounters"]["Paused"] == 0
        (listed,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
        assert listed["TrainingJobStatusCounters"] == found["TrainingJobStatusCounters"]
        assert listed["ResourceLimits"]["MaxBudget"] == 7
        page = client.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        told = {each["TrainingJobName"]: each.get("Confidence") for each in page["TrainingJobSummaries"]}
        assert told.pop(best) == 0.5
        assert set(told.values()) == {None}
        (result,) = client.search(Resource="HyperParameterTuningJob")["Results"]
        assert result["HyperParameterTuningJob"]["FromTheFuture"] == response["FromTheFuture"]
        trial = client.describe_training_job(TrainingJobName=best)
        assert trial["InputDataConfig"][0]["EnableFFM"] is False
        # As the job lives on, its own members are those of its life.
        clock.advance("10h")
    assert handle.status == found["HyperParameterTuningJobStatus"] == "Completed"
    assert found["TrainingJobStatusCounters"]["Completed"] == 5


def test_another_best_trial_takes_the_place_of_the_one_that_was_captured(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    response = from_the_future()
    response["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] = 0.125
    service.add(TuningJob.from_response(response).scored_by(lambda values: 0.9))
    clock.advance("10h")
    best = in_service(response, client)["BestTrainingJob"]
    assert best["TrainingJobName"] != response["BestTrainingJob"]["TrainingJobName"]
    assert "Confidence" not in best


def test_a_list_of_no_definitions_stands_for_none(service: FakeTuningService, client: Any) -> None:
    response = {**DESCRIBED, "TrainingJobDefinitions": []}
    job = TuningJob.from_response(response)
    assert job.describe() == response
    service.add(job)
    assert in_service(response, client)["TrainingJobDefinition"] == DESCRIBED["TrainingJobDefinition"]


def test_what_was_kept_gives_way_to_what_the_job_comes_to_have(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    job = TuningJob("xgb").maximize("auc").trials(40, parallel=4).trial(1).scores(0.99)
    response = job.in_progress(completed=2).describe()
    early = response["CreationTime"] + timedelta(minutes=1)
    response["TuningJobCompletionDetails"]["ConvergenceDetectedTime"] = early
    service.add(TuningJob.from_response(response))
    found = in_service(response, client)
    assert found["TuningJobCompletionDetails"]["ConvergenceDetectedTime"] == found[
        "CreationTime"
    ] + timedelta(minutes=1)
    clock.advance("30h")
    later = in_service(response, client)
    assert later["HyperParameterTuningJobStatus"] == "Completed"
    assert later["TuningJobCompletionDetails"]["ConvergenceDetectedTime"] > found["LastModifiedTime"]


@pytest.mark.parametrize("member", ["ObjectiveStatusCounters", "ObjectiveStatusCounters.Succeeded"])
def test_a_response_without_some_counters_is_read(member: str) -> None:
    response = changed(member, None)
    job = TuningJob.from_response(response)
    assert job.describe() == response
    assert job.without_overrides().describe()["BestTrainingJob"] == response["BestTrainingJob"]


def test_what_was_captured_otherwise_is_so_until_something_happens(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    # The objectives are counted a moment later than the trials.
    response = {**DESCRIBED, "ObjectiveStatusCounters": {"Succeeded": 1, "Pending": 3, "Failed": 1}}
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    assert job.stopped(completed=2, failed=1).describe()["ObjectiveStatusCounters"]["Pending"] == 0
    service.add(job)
    assert in_service(response, client)["ObjectiveStatusCounters"] == response["ObjectiveStatusCounters"]
    clock.advance("10h")
    found = in_service(response, client)
    assert sum(found["ObjectiveStatusCounters"].values()) == sum(found["TrainingJobStatusCounters"].values())
    assert found["ObjectiveStatusCounters"]["Pending"] == 0


def test_a_training_job_keeps_members_that_no_model_knows(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    view = service.add_training_job({**CHILD, "TrainingJobOutput": {"Kind": "none"}, "Until": "2030"})
    for _ in range(2):
        answer = client.describe_training_job(TrainingJobName=view.name)
        assert (answer["TrainingJobOutput"], answer["Until"]) == ({"Kind": "none"}, "2030")
        (result,) = client.search(Resource="TrainingJob")["Results"]
        assert result["TrainingJob"]["Until"] == "2030"
        clock.advance("10h")


def test_a_training_job_without_its_output_is_described_without_it(
    service: FakeTuningService, client: Any
) -> None:
    response = {name: each for name, each in CHILD.items() if name != "OutputDataConfig"}
    view = service.add_training_job(response)
    answer = client.describe_training_job(TrainingJobName=view.name)
    assert answer.keys() - {"ResponseMetadata"} == response.keys()


# A warm start whose parents are not there.


def warm_started() -> dict[str, Any]:
    parent = TuningJob("parent").maximize("auc").trials(2).trial(1).scores(0.75).trial(2).scores(0.5)
    child = TuningJob("child").warm_started_from(parent.completed()).trials(4, parallel=1)
    answer: dict[str, Any] = (
        child.trial(1).scores(0.25).trial(2).scores(0.9).in_progress(completed=1).describe()
    )
    assert answer["OverallBestTrainingJob"]["TuningJobName"] == "parent"
    return answer


def test_the_definitions_of_the_parents_may_have_other_names(service: FakeTuningService, client: Any) -> None:
    response = warm_started()
    response["TrainingJobDefinition"]["DefinitionName"] = "ours"
    response["BestTrainingJob"]["TrainingJobDefinitionName"] = "ours"
    response["OverallBestTrainingJob"]["TrainingJobDefinitionName"] = "theirs"
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="child")
    found = in_service(response, client)
    assert found["BestTrainingJob"]["TrainingJobDefinitionName"] == "ours"
    assert found["OverallBestTrainingJob"]["TrainingJobDefinitionName"] == "theirs"


def test_the_parents_of_a_warm_start_need_not_be_there(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    response = warm_started()
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    found = in_service(response, client)
    assert found["WarmStartConfig"] == response["WarmStartConfig"]
    assert found["OverallBestTrainingJob"]["TuningJobName"] == "parent"
    later = found["CreationTime"] - response["CreationTime"]
    created = response["OverallBestTrainingJob"]["CreationTime"] + later
    assert found["OverallBestTrainingJob"]["CreationTime"] == created.replace(microsecond=0)
    with pytest.raises(client.exceptions.ResourceNotFound):
        client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="parent")
    handle = service.job("child")
    while handle.status == "InProgress":
        clock.advance("1m")
    best = in_service(response, client)["OverallBestTrainingJob"]
    own = in_service(response, client)["BestTrainingJob"]
    assert best["TuningJobName"] == (
        "child" if own["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0.75 else "parent"
    )


# Captured jobs as the parents of others.


def next_request(parent: dict[str, Any]) -> dict[str, Any]:
    """A request that warm starts from a captured job, as a client can write it."""
    definition = copy.deepcopy(parent["TrainingJobDefinition"])
    del definition["AlgorithmSpecification"]["MetricDefinitions"][-1]  # which the service adds
    parents = [{"HyperParameterTuningJobName": parent["HyperParameterTuningJobName"]}]
    return {
        "HyperParameterTuningJobName": "next",
        "HyperParameterTuningJobConfig": parent["HyperParameterTuningJobConfig"],
        "TrainingJobDefinition": definition,
        "WarmStartConfig": {
            "ParentHyperParameterTuningJobs": parents,
            "WarmStartType": "IdenticalDataAndAlgorithm",
        },
    }


def test_members_that_no_client_can_send_keep_nobody_from_a_warm_start(
    service: FakeTuningService, client: Any
) -> None:
    parent = copy.deepcopy(
        TuningJob("xgb").defined(RetryStrategy={"MaximumRetryAttempts": 2}).completed().describe()
    )
    asked = next_request(parent)
    parent["TrainingJobDefinition"]["FromTheFuture"] = {"On": True}
    parent["TrainingJobDefinition"]["RetryStrategy"]["Backoff"] = 7
    job = TuningJob.from_response(parent)
    assert job.describe() == parent
    assert job.request["TrainingJobDefinition"]["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    assert "FromTheFuture" not in job.request["TrainingJobDefinition"]
    service.add(job)
    client.create_hyper_parameter_tuning_job(**asked)
    found = in_service(asked, client)["OverallBestTrainingJob"]
    assert found["TrainingJobName"] == parent["BestTrainingJob"]["TrainingJobName"]
    asked["TrainingJobDefinition"]["RetryStrategy"]["MaximumRetryAttempts"] = 3
    with pytest.raises(ClientError, match="Only the following fields in TrainingJobDefinition are allowed"):
        client.create_hyper_parameter_tuning_job(**{**asked, "HyperParameterTuningJobName": "other"})


def test_a_captured_job_of_any_name_can_be_the_parent_of_a_warm_start(
    service: FakeTuningService, client: Any
) -> None:
    parent = {**TuningJob("xgb").completed().describe(), "HyperParameterTuningJobName": LONG}
    job = TuningJob.from_response(parent)
    service.add(job)
    asked = next_request(parent)
    client.create_hyper_parameter_tuning_job(**asked)
    assert in_service(asked, client)["OverallBestTrainingJob"]["TuningJobName"] == LONG
    handle = service.add(TuningJob("composed").warm_started_from(job).in_progress())
    assert handle.status == "InProgress"
    asked["WarmStartConfig"]["ParentHyperParameterTuningJobs"].append(
        {"HyperParameterTuningJobName": LONG + "x"}
    )
    with pytest.raises(ClientError) as refused:
        client.create_hyper_parameter_tuning_job(**{**asked, "HyperParameterTuningJobName": "other"})
    assert "parentHyperParameterTuningJobs.2.member" in str(refused.value)
    assert "parentHyperParameterTuningJobs.1.member" not in str(refused.value)


# Contradictions, and what cannot be read.


def changed(path: str, value: Any, response: dict[str, Any] = DESCRIBED) -> dict[str, Any]:
    """A response with another value at a path; without what stands there, if that is None."""
    whole: dict[str, Any] = copy.deepcopy(response)
    *steps, last = path.split(".")
    inside: Any = whole
    for step in steps:
        inside = inside[int(step)] if isinstance(inside, list) else inside[step]
    if value is None:
        del inside[last]
    else:
        inside[last] = value
    return whole


COUNTERS = "TrainingJobStatusCounters"
COMPLETED = TuningJob("xgb").completed().describe()
SEVERAL = TuningJob("xgb").defining("first").defining("second").completed().describe()
ARN = "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/xgb"


@pytest.mark.parametrize(
    ("error", "response", "text"),
    [
        (
            TypeError,
            "xgb",
            "a response is a mapping, such as client.describe_hyper_parameter_tuning_job() gives: 'xgb'",
        ),
        (
            ValueError,
            changed(f"{COUNTERS}.Completed", 10**6),
            "the response of 'xgb' contradicts itself: its TrainingJobStatusCounters tell of 1000003 trials, and "
            "no job has more than 100000",
        ),
        (
            ValueError,
            changed("HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs", 2**31 - 1),
            "the response of 'xgb' cannot be read: no job of this fake launches more than 100000 trials (AWS raises "
            "its quota to 10000), but 'xgb' is to launch 2147483647: set a smaller MaxNumberOfTrainingJobs",
        ),
        (
            ValueError,
            changed(f"{COUNTERS}.Completed", 7),
            "the response of 'xgb' contradicts itself: its TrainingJobStatusCounters tell of 10 trials, and 0 of them "
            "in RetryableError, but it launches 6 at most, not counting those",
        ),
        (
            ValueError,
            changed(f"{COUNTERS}.Stopped", -1),
            "the response of 'xgb' contradicts itself: its TrainingJobStatusCounters say -1 Stopped",
        ),
        (
            ValueError,
            changed("HyperParameterTuningJobStatus", "Completed"),
            "the response of 'xgb' contradicts itself: it is Completed, but 2 of its trials are InProgress",
        ),
        (
            ValueError,
            changed(COUNTERS, {"InProgress": 2}),
            "the response of 'xgb' contradicts itself: it has a BestTrainingJob, but its TrainingJobStatusCounters "
            "tell of no trial that has ended",
        ),
        (
            ValueError,
            changed("ObjectiveStatusCounters.Succeeded", 0),
            "the response of 'xgb' contradicts itself: it has a BestTrainingJob, but its ObjectiveStatusCounters say 0 "
            "Succeeded",
        ),
        (
            ValueError,
            changed("LastModifiedTime", 1500000000),
            "the response of 'xgb' contradicts itself: its LastModifiedTime is before its CreationTime",
        ),
        (
            ValueError,
            changed("ObjectiveStatusCounters.Succeeded", 3),
            "the response of 'xgb' contradicts itself: its ObjectiveStatusCounters tell of 6 trials, and its "
            "TrainingJobStatusCounters of 5",
        ),
        (
            ValueError,
            changed("TuningJobCompletionDetails.NumberOfTrainingJobsObjectiveNotImproving", -3),
            "the response of 'xgb' contradicts itself: its NumberOfTrainingJobsObjectiveNotImproving is -3",
        ),
        (
            ValueError,
            changed("BestTrainingJob.TrainingJobStatus", "Failed"),
            "the response of 'xgb' contradicts itself: its BestTrainingJob is Failed",
        ),
        (
            ValueError,
            changed("OverallBestTrainingJob.TrainingJobStatus", "Failed", warm_started()),
            "the response of 'child' contradicts itself: its OverallBestTrainingJob is Failed",
        ),
        (
            ValueError,
            changed("BestTrainingJob.TrainingEndTime", 1500000000),
            "the response of 'xgb' contradicts itself: its BestTrainingJob ended before it began",
        ),
        (
            ValueError,
            changed("BestTrainingJob.CreationTime", 1900000000, COMPLETED),
            "the response of 'xgb' contradicts itself: the CreationTime of its BestTrainingJob is after its "
            "HyperParameterTuningEndTime",
        ),
        (
            ValueError,
            changed("BestTrainingJob.TrainingEndTime", 1900000000, COMPLETED),
            "the response of 'xgb' contradicts itself: the TrainingEndTime of its BestTrainingJob is after its "
            "HyperParameterTuningEndTime",
        ),
        (
            ValueError,
            changed("BestTrainingJob.TrainingJobDefinitionName", "secon", SEVERAL),
            "the response of 'xgb' contradicts itself: unknown definition of its BestTrainingJob 'secon': did you "
            "mean 'second'? The choices are first, second.",
        ),
        (
            ValueError,
            {**DESCRIBED, "HyperParameterTuningEndTime": DESCRIBED["LastModifiedTime"]},
            "the response of 'xgb' contradicts itself: it is InProgress, but has a HyperParameterTuningEndTime",
        ),
        (
            ValueError,
            changed("HyperParameterTuningJobStatus", "InProgres"),
            "unknown status of a recorded tuning job 'InProgres': did you mean 'InProgress'? The choices are "
            "Completed, InProgress, Failed, Stopped, Stopping, Deleting, DeleteFailed.",
        ),
        (
            ValueError,
            changed("HyperParameterTuningJobArn", "xgb"),
            f"the ARN of 'xgb' must be like '{ARN}', but is 'xgb'",
        ),
        (
            ValueError,
            changed("CreationTime", 1500000000000000),
            "CreationTime must be seconds or milliseconds since 1970, up to the year 2200, but is 1500000000000000",
        ),
        (
            ValueError,
            changed("BestTrainingJob.CreationTime", "yesterday"),
            "BestTrainingJob.CreationTime cannot be read from 'yesterday': write it like '2026-01-31T12:00:00Z'",
        ),
        (
            ValueError,
            changed("CreationTime", datetime(1, 1, 1, tzinfo=timezone.utc)),
            "CreationTime must lie between 1970 and 2200, but is datetime.datetime(1, 1, 1, 0, 0, "
            "tzinfo=datetime.timezone.utc)",
        ),
        (
            TypeError,
            changed("CreationTime", True),
            "CreationTime must be a datetime, a text such as '2026-01-31T12:00:00Z', or seconds or milliseconds "
            "since 1970, but is True",
        ),
        (
            TypeError,
            changed("TrainingJobDefinition", {1}),
            "no response has {1}, but TrainingJobDefinition of this one has",
        ),
        (
            TypeError,
            changed("TrainingJobDefinition", {1: 2}),
            "the names in a response are texts, but TrainingJobDefinition has 1",
        ),
        (
            TypeError,
            changed("TrainingJobDefinition", [1]),
            "the response cannot be read: Cannot read the value at 'trainingJobDefinition': expected a structure, "
            "found [1] (list)",
        ),
        (
            ValueError,
            changed("TrainingJobDefinition", None),
            "a DescribeHyperParameterTuningJob response has TrainingJobDefinition, but this one has not: give the "
            "whole response, without what a tool wrapped around it",
        ),
        (
            ValueError,
            changed("TrainingJobDefinition.AlgorithmSpecification", None),
            "TrainingJobDefinition of the response has no AlgorithmSpecification",
        ),
        (
            ValueError,
            changed(
                "HyperParameterTuningJobConfig.ParameterRanges",
                {"ContinuousParameterRanges": [{"Name": "eta"}]},
            ),
            "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges.1 of the response has no "
            "MinValue, MaxValue",
        ),
        (
            ValueError,
            changed(
                "HyperParameterTuningJobConfig.ParameterRanges",
                {"IntegerParameterRanges": [{"Name": "depth", "MinValue": "few", "MaxValue": "9"}]},
            ),
            "the response of 'xgb' cannot be read: could not convert string to float: 'few'",
        ),
        (
            ValueError,
            changed("BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value", 1e300),
            "the response of 'xgb' cannot be read: an objective value must be a finite 32-bit number, but is 1e+300",
        ),
    ],
)
def test_a_response_that_contradicts_itself_or_cannot_be_read_is_refused(
    error: type[Exception], response: Any, text: str
) -> None:
    with pytest.raises(error) as refused:
        TuningJob.from_response(response)
    assert str(refused.value) == text


def test_what_may_come_of_an_oddity_or_of_an_edited_limit_is_no_contradiction() -> None:
    limits = {"MaxNumberOfTrainingJobs": 40, "MaxParallelTrainingJobs": 3}
    for response in (
        changed(
            f"{COUNTERS}.InProgress", 15, changed("HyperParameterTuningJobConfig.ResourceLimits", limits)
        ),
        changed("TuningJobCompletionDetails.NumberOfTrainingJobsObjectiveNotImproving", 500),
        changed("ObjectiveStatusCounters.Pending", 1),
    ):
        job = TuningJob.from_response(response)
        assert job.describe() == response
        assert job.without_overrides().status == "InProgress"


def test_the_best_trial_may_have_ended_after_the_job_was_last_looked_at(
    service: FakeTuningService, client: Any
) -> None:
    ended = DESCRIBED["LastModifiedTime"].replace(microsecond=0) + timedelta(seconds=30)
    response = changed("BestTrainingJob.TrainingEndTime", ended)
    job = TuningJob.from_response(response)
    assert (job.describe(), job.overrides) == (response, {})
    service.add(job)
    (listed,) = client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert listed[COUNTERS] == response[COUNTERS]


def test_a_response_that_holds_itself_is_refused() -> None:
    response = copy.deepcopy(DESCRIBED)
    response["TrainingJobDefinition"]["VpcConfig"] = response["TrainingJobDefinition"]
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared
        TuningJob.from_response(response)
    assert str(refused.value) == (
        "the response is nested more than 40 deep: TrainingJobDefinition.VpcConfig.VpcConfig.VpcConfig..."
    )


@pytest.mark.parametrize(
    ("response", "text"),
    [
        (
            changed("SecondaryStatusTransitions.0.Status", "Started", CHILD),
            "unknown secondary status 'Started': did you mean 'Starting'?",
        ),
        (
            changed("SecondaryStatusTransitions.0.StartTime", None, CHILD),
            "SecondaryStatusTransitions.1 of the response has no StartTime",
        ),
        (
            changed("SecondaryStatusTransitions.1.StartTime", 1500000000, CHILD),
            f"the response of '{CHILD['TrainingJobName']}' contradicts itself: in its SecondaryStatusTransitions "
            "Downloading follows Starting and begins before it",
        ),
        (
            changed("SecondaryStatusTransitions.1.EndTime", 1500000000, CHILD),
            f"the response of '{CHILD['TrainingJobName']}' contradicts itself: in its SecondaryStatusTransitions "
            "Downloading ends before it begins",
        ),
        (
            changed("InputDataConfig.0.ChannelName", None, CHILD),
            "InputDataConfig.1 of the response has no ChannelName",
        ),
        (
            changed("TrainingJobName", "", CHILD),
            "a DescribeTrainingJob response has TrainingJobName, but this one has not: ",
        ),
    ],
)
def test_of_training_jobs_too(service: FakeTuningService, response: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # the text is compared
        service.add_training_job(response)
    assert str(refused.value).startswith(text)


# Damage of any kind.

ODD: tuple[Any, ...] = (
    None, -1, 0, 1, 7, 10**6, 10**12, 10**400, 1.5, 1e308, -1e308, float("nan"), float("inf"), True, False,
    "", "x", "1", "-5", "1e400", "nan", "9" * 5000, "2020-01-01T00:00:00Z", "Failed", "Completed", "Stopping",
    "Deleting", "Grid", "Hyperband", "IdenticalDataAndAlgorithm", b"1", {1}, {1: 2}, {"a": 1}, {}, [], [1], [{}],
    (1, 2), object(), print, datetime(2020, 1, 1), datetime(1, 1, 1, tzinfo=timezone.utc),  # noqa: DTZ001  # naive
)  # fmt: skip


NAMES_OF_TRIALS = ("xgb-0-ab", "xgb-000-0000abcd", "xgb-999-ab", f"xgb-{'9' * 5000}-ab", "-1-ab", "xgb-1-ab")


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all parts of a response."""
    if path:
        yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


@st.composite
def damaged(draw: st.DrawFn, response: dict[str, Any]) -> dict[str, Any]:
    """A response in which a few parts are gone, or are something else."""
    whole: dict[str, Any] = copy.deepcopy(response)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(whole))))
        inside: Any = whole
        for step in path[:-1]:
            inside = inside[step]
        kind = draw(st.integers(0, 5))
        if kind == 0:
            del inside[path[-1]]
        elif kind == 1 and isinstance(whole.get("BestTrainingJob"), dict):
            whole["BestTrainingJob"]["TrainingJobName"] = draw(st.sampled_from(NAMES_OF_TRIALS))
        else:
            inside[path[-1]] = copy.copy(draw(st.sampled_from(ODD)))
    return whole


def lived_through(service: FakeTuningService, response: dict[str, Any]) -> None:
    """Put what was captured into a service, and ask of it all that can be asked, then and later."""
    if "HyperParameterTuningJobName" in response:
        handle = service.add(TuningJob.from_response(response))
        described = {"HyperParameterTuningJobName": handle.name}
        trials = [each.name for each in handle.trials]
    else:
        described, trials = {}, [service.add_training_job(response).name]
    for _ in range(2):
        for operation in ("ListHyperParameterTuningJobs", "ListTrainingJobs"):
            service.call(operation, {})
        for name in trials:
            service.call("DescribeTrainingJob", {"TrainingJobName": name})
        if described and handle.exists:
            service.call("DescribeHyperParameterTuningJob", described)
            page = service.call(
                "ListTrainingJobsForHyperParameterTuningJob", {**described, "MaxResults": 100}
            )
            assert len(page["TrainingJobSummaries"]) == min(len(handle.trials), 100)
        service.clock.advance("10h")  # type: ignore[attr-defined]  # it is a HandClock


@pytest.mark.slow
@pytest.mark.parametrize(
    "response",
    [
        DESCRIBED,
        warm_started(),
        TuningJob("xgb").completed().describe(),
        CHILD,
        TuningJob("xgb").completed().describe_trial(1),
    ],
)
@DETERMINISTIC
@given(data=st.data())
def test_damage_of_any_kind_is_borne_or_told(response: dict[str, Any], data: st.DataObject) -> None:
    whole, told = data.draw(damaged(response)), "borne"
    with FakeTuningService(clock=HandClock()) as service:
        try:
            lived_through(service, whole)
        except (TypeError, ValueError) as refused:
            told = str(refused)
    assert told


@pytest.mark.slow
@pytest.mark.parametrize(
    "response",
    [DESCRIBED, warm_started(), COMPLETED, SEVERAL, TuningJob("xgb").in_status("Deleting").describe()],
)
def test_what_is_missing_is_missed_or_every_answer_tells_of_the_same_job(response: dict[str, Any]) -> None:
    refused = 0
    for path in places(response):
        whole: dict[str, Any] = copy.deepcopy(response)
        inside: Any = whole
        for step in path[:-1]:
            inside = inside[step]
        del inside[path[-1]]
        try:
            job = TuningJob.from_response(whole)
        except ValueError:
            refused += 1
            continue
        with FakeTuningService(clock=HandClock()) as service:
            status = service.add(job).status
            (listed,) = service.call("ListHyperParameterTuningJobs", {})["HyperParameterTuningJobSummaries"]
            assert (
                status == listed["HyperParameterTuningJobStatus"] == whole["HyperParameterTuningJobStatus"]
            ), path
            told = whole.get(COUNTERS, {})
            assert told.items() <= listed[COUNTERS].items(), path
    assert 10 < refused < 60


# Size.


def of_size(trials: int) -> dict[str, Any]:
    response = TuningJob("xgb").maximize("auc").trials(1).completed().describe()
    limits = {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": 10}
    response["HyperParameterTuningJobConfig"]["ResourceLimits"] = limits
    response["TrainingJobStatusCounters"]["Completed"] = trials
    response["ObjectiveStatusCounters"]["Succeeded"] = trials
    response["LastModifiedTime"] += timedelta(days=9)
    response["HyperParameterTuningEndTime"] = response["LastModifiedTime"]
    return response


def calls(trials: int) -> int:
    """How many functions are called to read a response."""
    response = of_size(trials)
    return function_calls(lambda: TuningJob.from_response(response).describe())


def test_reading_takes_as_many_steps_as_there_are_trials() -> None:
    calls(10)  # what is worked out once and kept
    few, more, most = calls(100), calls(200), calls(400)
    assert most - more < 2.2 * (more - few)
