"""Search, as code under test meets it: through a client."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.service.validation.model import Constraints
from support.answers import said
from support.hand_clock import HandClock, after
from support.requests import definition, request, request_of_several
from support.strategies import DETERMINISTIC

if TYPE_CHECKING:
    from collections.abc import Callable

TUNING, TRAINING = "HyperParameterTuningJob", "TrainingJob"


@pytest.fixture
def world(client: Any, clock: HandClock) -> Any:
    """Two tuning jobs of four trials, which start at 0 s and 100 s; it is 400 s."""
    client.create_hyper_parameter_tuning_job(**request("red", Tags=[{"Key": "team", "Value": "red"}]))
    clock.at("100s")
    spot = definition(EnableManagedSpotTraining=True, Environment={"MODE": "fast"})
    spot["ResourceConfig"] = {**spot["ResourceConfig"], "InstanceCount": 2}
    spot["StoppingCondition"] = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    spot["StaticHyperParameters"] = {
        "objective": "reg:linear",
        "epochs": "9.5",
        "verbose": "2",
        "most": "1e999",
    }
    test = {
        "ChannelName": "test",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://other/test"}},
    }
    spot["InputDataConfig"] = [*spot["InputDataConfig"], test]
    client.create_hyper_parameter_tuning_job(**request("blue", TrainingJobDefinition=spot))
    clock.at("400s")
    return client


def where(name: str, operator: str | None = None, value: str | None = None) -> dict[str, str]:
    given = {"Name": name, "Operator": operator, "Value": value}
    return {member: each for member, each in given.items() if each is not None}


def found(client: Any, resource: str, **params: Any) -> list[dict[str, Any]]:
    """All that a search finds."""
    pages = client.get_paginator("search").paginate(Resource=resource, **params)
    return [each[resource] for page in pages for each in page["Results"]]


def names(client: Any, resource: str, *filters: dict[str, str], **params: Any) -> list[str]:
    """The names that a search finds, without what is drawn in them; in their order where nothing is said."""
    if filters:
        params["SearchExpression"] = {"Filters": list(filters), **params.get("SearchExpression", {})}
    params = {"SortBy": f"{resource}Name", "SortOrder": "Ascending", **params}
    return [short(each[f"{resource}Name"]) for each in found(client, resource, **params)]


def short(name: str) -> str:
    return "-".join(name.split("-")[:2])


def refused(client: Any, resource: str = TRAINING, **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        client.search(Resource=resource, **params)
    code, text = said(raised.value)
    assert code == "ValidationException"
    return text


def refused_filter(client: Any, *filters: dict[str, str], resource: str = TRAINING) -> str:
    return refused(client, resource, SearchExpression={"Filters": list(filters)})


RED = ["red-001", "red-002", "red-003", "red-004"]
BLUE = ["blue-001", "blue-002"]


# What it answers.


def test_a_tuning_job_is_shown_as_described_but_for_autotune_and_with_its_tags(client: Any) -> None:
    client.create_hyper_parameter_tuning_job(
        **request("red", Tags=[{"Key": "team", "Value": "red"}], Autotune={"Mode": "Enabled"})
    )
    described = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="red")
    del described["ResponseMetadata"], described["Autotune"]
    assert found(client, TUNING) == [{**described, "Tags": [{"Key": "team", "Value": "red"}]}]


def test_a_trial_is_shown_as_described_with_its_tags_and_its_tuning_job(world: Any) -> None:
    shown = found(
        world, TRAINING, SearchExpression={"Filters": [where("TrainingJobStatus", "Equals", "Completed")]}
    )
    assert len(shown) == 2
    for each in shown:
        described = world.describe_training_job(TrainingJobName=each["TrainingJobName"])
        assert described.pop("ProfilingStatus") == "Disabled"  # which a search result has not
        del described["ResponseMetadata"]
        assert each == {**described, "Tags": [{"Key": "team", "Value": "red"}]}
        assert each["TuningJobArn"].endswith("/red")


def test_a_training_job_of_no_tuning_job_is_found(world: Any) -> None:
    plain = definition()
    del plain["StaticHyperParameters"]
    world.create_training_job(TrainingJobName="final", HyperParameters={"eta": "0.3"}, **plain)
    assert names(world, TRAINING, where("TuningJobArn", "NotExists")) == ["final"]
    assert found(world, TRAINING, SortBy="CreationTime")[0]["Tags"] == []


def test_what_is_deleted_is_found_no_more_but_its_trials_are(world: Any, clock: HandClock) -> None:
    clock.at("1h")
    world.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="red")
    clock.at("2h")
    assert names(world, TUNING) == ["blue"]
    assert names(world, TRAINING, where("TuningJobArn", "Contains", "/red")) == RED


def test_nothing_is_found_where_there_is_nothing(client: Any) -> None:
    answer = client.search(Resource=TUNING)
    del answer["ResponseMetadata"]
    assert answer == {"Results": [], "TotalHits": {"Value": 0, "Relation": "EqualTo"}}


def test_other_regions_are_not_searched(world: Any) -> None:
    assert names(boto3.client("sagemaker", region_name="eu-west-1"), TUNING) == []


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_every_answer_is_one_that_the_model_allows(job: TuningJob, constraints: Constraints) -> None:
    with FakeTuningService(clock=HandClock()) as service:
        service.add(job.tagged(team="red"))
        answers = [
            service.call("Search", {"Resource": each, "MaxResults": 100}) for each in (TUNING, TRAINING)
        ]
    assert [each["TotalHits"]["Value"] for each in answers] == [1, len(answers[1]["Results"])]
    assert [constraints.check_response("Search", each) for each in answers] == [[], []]


@pytest.mark.parametrize("resource", [TUNING, TRAINING])
def test_the_wire_carries_the_same(resource: str) -> None:
    answers = []
    transports: tuple[Literal["parsed", "wire"], ...] = ("parsed", "wire")
    for transport in transports:
        with FakeTuningService(clock=HandClock(), transport=transport) as service:
            service.add(TuningJob("red").completed().tagged(team="red"))
            answers.append(found(boto3.client("sagemaker"), resource))
    assert answers[0] == answers[1] != []


def test_an_answer_is_its_readers_to_change(world: Any) -> None:
    before = found(world, TRAINING)
    found(world, TRAINING)[0]["HyperParameters"]["eta"] = "changed"
    assert found(world, TRAINING) == before


# Sorting and pages.


def test_the_last_modified_comes_first(world: Any, clock: HandClock) -> None:
    clock.at("700s")
    for resource in (TUNING, TRAINING):
        times = [each["LastModifiedTime"] for each in found(world, resource)]
        assert times == sorted(times, reverse=True)
        assert len(set(times)) > 1


@pytest.mark.parametrize(
    ("by", "key"),
    [
        ("TrainingJobName", lambda job: job["TrainingJobName"]),
        ("CreationTime", lambda job: job["CreationTime"]),
        ("ResourceConfig.InstanceCount", lambda job: job["ResourceConfig"]["InstanceCount"]),
        ("EnableManagedSpotTraining", lambda job: job["EnableManagedSpotTraining"]),
        ("HyperParameters.eta", lambda job: float(job["HyperParameters"]["eta"])),
        ("InputDataConfig.ChannelName", lambda job: job["InputDataConfig"][0]["ChannelName"]),
    ],
)
@pytest.mark.parametrize("order", ["Ascending", "Descending"])
def test_results_are_sorted_by_any_property(
    by: str, key: Callable[[Any], Any], order: str, world: Any
) -> None:
    keys = [key(job) for job in found(world, TRAINING, SortBy=by, SortOrder=order)]
    assert keys == sorted(keys, reverse=order == "Descending")
    assert len(keys) == 6


def test_those_without_the_property_come_last(world: Any) -> None:
    for order, metric in (("Ascending", min), ("Descending", max)):
        shown = found(world, TRAINING, SortBy="Metrics.auc", SortOrder=order)
        values = [{m["MetricName"]: m["Value"] for m in job.get("FinalMetricDataList", ())} for job in shown]
        assert [bool(each) for each in values] == [True, True, False, False, False, False]
        assert values[0]["auc"] == metric(each["auc"] for each in values[:2])


def test_hyperparameters_are_sorted_as_numbers_before_texts(client: Any, clock: HandClock) -> None:
    given = {"a": "10", "b": "9", "c": "0.5", "d": "text", "e": "another"}
    for name, depth in given.items():
        spec = definition(StaticHyperParameters={"depth": depth})
        client.create_hyper_parameter_tuning_job(
            **request(name, trials=1, parallel=1, TrainingJobDefinition=spec)
        )
    clock.at("1h")
    by = "HyperParameters.depth"
    assert [name[0] for name in names(client, TRAINING, SortBy=by)] == ["c", "b", "a", "e", "d"]
    assert [name[0] for name in names(client, TRAINING, SortBy=by, SortOrder="Descending")] == [*"deabc"]


def test_pages_are_cut_and_continued(world: Any) -> None:
    whole = names(world, TRAINING)
    seen, token = [], {}
    for size in (4, 2):
        answer = world.search(
            Resource=TRAINING, MaxResults=4, SortBy="TrainingJobName", SortOrder="Ascending", **token
        )
        assert len(answer["Results"]) == size
        assert answer["TotalHits"] == {"Value": 6, "Relation": "EqualTo"}
        seen += [short(each[TRAINING]["TrainingJobName"]) for each in answer["Results"]]
        token = {"NextToken": answer.get("NextToken")}
    assert seen == whole
    assert token == {"NextToken": None}


def test_a_page_has_ten_results_where_nothing_is_said(client: Any, clock: HandClock) -> None:
    client.create_hyper_parameter_tuning_job(**request("many", trials=12, parallel=12))
    clock.at("60s")
    answer = client.search(Resource=TRAINING)
    assert (len(answer["Results"]), answer["TotalHits"]["Value"]) == (10, 12)


def test_a_token_of_another_service_is_refused(world: Any) -> None:
    assert refused(world, NextToken="x") == "Invalid pagination token 'x'."


# Filters.


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        # Text.
        (where("TrainingJobStatus", "Equals", "Completed"), RED[:2]),
        (where("TrainingJobStatus", None, "Completed"), RED[:2]),
        (where("TrainingJobStatus", None, "completed"), []),
        (where("TrainingJobStatus", "NotEquals", "Completed"), [*BLUE, *RED[2:]]),
        (where("TrainingJobName", "Contains", "d-00"), RED),
        (where("TrainingJobName", "Contains", "D-00"), []),
        (where("SecondaryStatus", "In", "Completed,Uploading"), [*BLUE, *RED[:2]]),
        (where("SecondaryStatus", "In", "Completed2,x"), []),
        (where("ResourceConfig.InstanceType", "Equals", "ml.m5.large"), [*BLUE, *RED]),
        (where("TuningJobArn", "Contains", "/blue"), BLUE),
        # Numbers.
        (where("ResourceConfig.InstanceCount", "Equals", "2"), BLUE),
        (where("ResourceConfig.InstanceCount", "Equals", "2.0"), BLUE),
        (where("ResourceConfig.InstanceCount", "NotEquals", "2"), RED),
        (where("ResourceConfig.InstanceCount", "GreaterThan", "1"), BLUE),
        (where("ResourceConfig.InstanceCount", "GreaterThan", "1.5"), BLUE),
        (where("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "1"), [*BLUE, *RED]),
        (where("ResourceConfig.InstanceCount", "LessThan", "2e0"), RED),
        (where("ResourceConfig.InstanceCount", "LessThanOrEqualTo", "+2"), [*BLUE, *RED]),
        (where("BillableTimeInSeconds", "GreaterThan", "-.5"), RED[:2]),
        (where("BillableTimeInSeconds", "LessThan", "1e999"), RED[:2]),
        # Booleans.
        (where("EnableManagedSpotTraining", "Equals", "true"), BLUE),
        (where("EnableManagedSpotTraining", "Equals", "False"), RED),
        (where("EnableManagedSpotTraining", "NotEquals", "true"), RED),
        # Times.
        (where("CreationTime", "Equals", "2026-01-31T12:00:10"), RED[:2]),
        (where("CreationTime", "NotEquals", "2026-01-31T12:00:10"), [*BLUE, *RED[2:]]),
        (where("CreationTime", "GreaterThan", "2026-01-31T12:00:10"), [*BLUE, *RED[2:]]),
        (where("CreationTime", "GreaterThan", "2026-01-31T12:00:09.999Z"), [*BLUE, *RED]),
        (where("CreationTime", "GreaterThanOrEqualTo", "2026-01-31T13:00:10+01:00"), [*BLUE, *RED]),
        (where("CreationTime", "LessThan", "2026-01-31T12:01:50"), RED[:2]),
        (where("CreationTime", "LessThanOrEqualTo", "2026-01-31T12:01:50"), [*BLUE, *RED[:2]]),
        (where("TrainingEndTime", "GreaterThan", "2026-01-31T12:00:00"), RED[:2]),
        # Existence.
        (where("TrainingEndTime", "Exists"), RED[:2]),
        (where("TrainingEndTime", "Exists", "ignored"), RED[:2]),
        (where("TrainingEndTime", "NotExists"), [*BLUE, *RED[2:]]),
        (where("FailureReason", "NotEquals", "any"), [*BLUE, *RED]),
        (where("Environment", "Exists"), BLUE),
        (where("ResourceConfig", "Exists"), [*BLUE, *RED]),
        (where("FinalMetricDataList", "NotExists"), [*BLUE, *RED[2:]]),
        # Tags.
        (where("Tags.team", "Equals", "red"), RED),
        (where("Tags.team", "NotEquals", "red"), BLUE),
        (where("Tags.team", "Exists"), RED),
        (where("Tags.Key", "Exists"), []),
        (where("Tags", "NotExists"), BLUE),
        # Maps and lists.
        (where("Environment.MODE", "Equals", "fast"), BLUE),
        (where("Environment.MODE", "Contains", "as"), BLUE),
        (where("InputDataConfig.ChannelName", "Equals", "test"), BLUE),
        (where("InputDataConfig.ChannelName", "NotEquals", "test"), RED),
        (where("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "//other"), BLUE),
        # Metrics.
        (where("Metrics.auc", "GreaterThan", "-1"), RED[:2]),
        (where("Metrics.ObjectiveMetric", "Exists"), RED[:2]),
        (where("Metrics.loss", "Exists"), []),
        # Hyperparameters, as texts and as numbers.
        (where("HyperParameters.objective", "Equals", "reg:linear"), BLUE),
        (where("HyperParameters.objective", "NotEquals", "reg:linear"), RED),
        (where("HyperParameters.objective", "Contains", "reg"), BLUE),
        (where("HyperParameters.objective", "In", "reg:linear,x"), BLUE),
        (where("HyperParameters.objective", "LessThan", "3"), []),
        (where("HyperParameters.epochs", "Equals", "9.50"), BLUE),
        (where("HyperParameters.epochs", "Equals", "9"), BLUE),
        (where("HyperParameters.epochs", "GreaterThan", "9"), []),
        (where("HyperParameters.epochs", "GreaterThan", "9.4"), BLUE),
        (where("HyperParameters.epochs", "LessThan", "1" + 400 * "0"), BLUE),
        (where("HyperParameters.most", "GreaterThan", "1"), BLUE),
        (where("HyperParameters.verbose", "LessThan", "2.5"), BLUE),
        (where("HyperParameters.verbose", "Equals", "2"), BLUE),
    ],
    ids=lambda each: " ".join(each.values())[:50] if isinstance(each, dict) else "",
)
def test_a_filter_finds_what_it_asks_for(filter_: dict[str, str], expected: list[str], world: Any) -> None:
    assert names(world, TRAINING, filter_) == expected


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (where("HyperParameterTuningJobStatus", "Equals", "InProgress"), ["blue", "red"]),
        (where("TrainingJobStatusCounters.Completed", "GreaterThan", "1"), ["red"]),
        (where("ConsumedResources.RuntimeInSeconds", "LessThan", "350"), ["blue"]),
        (where("BestTrainingJob", "Exists"), ["red"]),
        (where("BestTrainingJob.TunedHyperParameters.eta", "GreaterThan", "0.0"), ["red"]),
        (where("TrainingJobDefinition.StaticHyperParameters.epochs", "Exists"), ["blue"]),
        (where("HyperParameterTuningJobConfig.Strategy", "In", "Random,Grid"), ["blue", "red"]),
        (where("Tags.team", "Equals", "red"), ["red"]),
    ],
    ids=lambda each: " ".join(each.values()) if isinstance(each, dict) else "",
)
def test_tuning_jobs_are_filtered_too(filter_: dict[str, str], expected: list[str], world: Any) -> None:
    assert names(world, TUNING, filter_) == expected


def test_a_hyperparameter_may_have_dots_in_its_name(client: Any, clock: HandClock) -> None:
    spec = definition(StaticHyperParameters={"optimizer.lr": "0.1"})
    client.create_hyper_parameter_tuning_job(**request("red", TrainingJobDefinition=spec))
    clock.at("60s")
    assert names(client, TRAINING, where("HyperParameters.optimizer.lr", "LessThan", "0.2")) == RED[:2]


def test_times_are_followed(world: Any, clock: HandClock) -> None:
    running = where("TrainingJobStatus", "Equals", "InProgress")
    assert names(world, TRAINING, running) == [*BLUE, *RED[2:]]
    clock.at("415s")
    assert names(world, TRAINING, running) == RED[2:]
    clock.at("200s")
    assert names(world, TRAINING, running) == [*BLUE, *RED[:2]]


# Expressions.


COMPLETED, OF_BLUE = where("TrainingJobStatus", None, "Completed"), where("TuningJobArn", "Contains", "/blue")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Filters": [COMPLETED, OF_BLUE]}, []),
        ({"Filters": [COMPLETED, OF_BLUE], "Operator": "And"}, []),
        ({"Filters": [COMPLETED, OF_BLUE], "Operator": "Or"}, [*BLUE, *RED[:2]]),
        (
            {"SubExpressions": [{"Filters": [COMPLETED]}, {"Filters": [OF_BLUE]}], "Operator": "Or"},
            [*BLUE, *RED[:2]],
        ),
        ({"Filters": [COMPLETED], "SubExpressions": [{"Filters": [OF_BLUE]}]}, []),
        (
            {
                "Filters": [where("TrainingJobStatus", None, "InProgress")],
                "SubExpressions": [
                    {"Filters": [OF_BLUE, where("Tags.team", None, "red")], "Operator": "Or"},
                    {
                        "SubExpressions": [
                            {"Filters": [where("CreationTime", "LessThan", "2026-01-31T12:02:00")]}
                        ]
                    },
                ],
            },
            BLUE,
        ),
    ],
)
def test_conditions_are_combined(expression: dict[str, Any], expected: list[str], world: Any) -> None:
    assert names(world, TRAINING, SearchExpression=expression) == expected


def nested(name: str, *filters: dict[str, str]) -> dict[str, Any]:
    return {"NestedPropertyName": name, "Filters": list(filters)}


CHANNEL, URI = "InputDataConfig.ChannelName", "InputDataConfig.DataSource.S3DataSource.S3Uri"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (nested("InputDataConfig", where(CHANNEL, "Equals", "test"), where(URI, "Contains", "other")), BLUE),
        # One channel must satisfy both.
        (nested("InputDataConfig", where(CHANNEL, "Equals", "train"), where(URI, "Contains", "other")), []),
        (nested("InputDataConfig", where(CHANNEL, "NotEquals", "train")), BLUE),
        (nested("FinalMetricDataList", where("FinalMetricDataList.Value", "GreaterThan", "-1")), RED[:2]),
        (nested("Tags", where("Tags.Key", None, "team"), where("Tags.Value", None, "red")), RED),
        (
            nested(
                "SecondaryStatusTransitions",
                where("SecondaryStatusTransitions.Status", None, "Completed"),
                where("SecondaryStatusTransitions.StartTime", "LessThan", "2026-01-31T12:10:00"),
            ),
            RED[:2],
        ),
        (
            nested(
                "AlgorithmSpecification.MetricDefinitions",
                where("AlgorithmSpecification.MetricDefinitions.Name", None, "auc"),
            ),
            [*BLUE, *RED],
        ),
    ],
)
def test_a_nested_filter_wants_one_object_that_satisfies_all(
    condition: dict[str, Any], expected: list[str], world: Any
) -> None:
    assert names(world, TRAINING, SearchExpression={"NestedFilters": [condition]}) == expected


def test_lists_in_lists_are_looked_through(client: Any) -> None:
    definitions = [definition(DefinitionName=name) for name in ("a", "b")]
    del definitions[0]["InputDataConfig"]
    client.create_hyper_parameter_tuning_job(**request_of_several("both", *definitions))
    client.create_hyper_parameter_tuning_job(**request_of_several("one", definitions[0]))
    listed = "TrainingJobDefinitions.InputDataConfig"
    expression = {"NestedFilters": [nested(listed, where(f"{listed}.ChannelName", None, "train"))]}
    assert names(client, TUNING, SearchExpression=expression) == ["both"]
    assert names(client, TUNING, where("TrainingJobDefinitions.DefinitionName", None, "a")) == ["both", "one"]


# What is seen at all.


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([{"Key": "Tags.team", "Value": "red"}], [*BLUE, *RED]),
        ([{"Key": "Tags.team", "Value": "green"}], BLUE),
        ([{"Key": "Tags.team", "Value": "green"}, {"Key": "Tags.team", "Value": "red"}], [*BLUE, *RED]),
        ([{"Key": "Tags.other", "Value": "green"}], [*BLUE, *RED]),
        ([{"Key": "Tags.team"}], BLUE),
    ],
)
def test_visibility_hides_what_has_another_value(
    conditions: list[dict[str, str]], expected: list[str], world: Any
) -> None:
    assert names(world, TRAINING, VisibilityConditions=conditions) == expected


@pytest.mark.parametrize(
    ("condition", "told"), [({"Key": "Tags."}, "Tags."), ({"Key": "team"}, "team"), ({}, "not given")]
)
def test_visibility_is_by_tags_only(condition: dict[str, str], told: str, client: Any) -> None:
    assert refused(client, VisibilityConditions=[condition]) == (
        f"The Key of a visibility condition must have the form Tags.<key>, but is {told}."
    )


def test_no_other_account_shares_anything(world: Any) -> None:
    assert names(world, TUNING, CrossAccountFilterOption="CrossAccount") == []
    assert names(world, TUNING, CrossAccountFilterOption="SameAccount") == ["blue", "red"]


# What it refuses, also where there is nothing to search.


def test_other_resources_are_not_searched(client: Any) -> None:
    assert refused(client, "Experiment") == (
        "This fake searches HyperParameterTuningJob and TrainingJob only, "
        "but the Resource of the request is Experiment."
    )


@pytest.mark.parametrize("expression", [{}, {"Operator": "Or"}, {"SubExpressions": [{}]}])
def test_an_expression_that_asks_for_nothing_is_refused(expression: dict[str, Any], client: Any) -> None:
    assert refused(client, SearchExpression=expression) == (
        "Provide at least one of Filters, NestedFilters and SubExpressions in a SearchExpression."
    )


def test_contains_may_be_used_once(client: Any) -> None:
    one = where("TrainingJobName", "Contains", "a")
    text = "'CONTAINS' operator usage limit of 1 exceeded."
    assert refused_filter(client, one, one) == text
    assert (
        refused(client, SearchExpression={"Filters": [one], "SubExpressions": [{"Filters": [one]}]}) == text
    )
    inside = nested("InputDataConfig", where(URI, "Contains", "a"))
    assert refused(client, SearchExpression={"Filters": [one], "NestedFilters": [inside]}) == text


def test_an_expression_may_have_twenty_elements(client: Any) -> None:
    expression = {"Filters": [COMPLETED] * 18, "SubExpressions": [{"Filters": [COMPLETED]}] * 2}
    assert client.search(Resource=TRAINING, SearchExpression=expression)["Results"] == []
    expression["Filters"].append(COMPLETED)
    assert refused(client, SearchExpression=expression) == (
        "A SearchExpression can have at most 20 elements, but the request has 21."
    )


def test_fifty_conditions_may_be_in_all_of_an_expression(client: Any) -> None:
    inside = nested("Tags", *[where("Tags.Key", "Exists")] * 9)
    expression = {"SubExpressions": [{"NestedFilters": [inside] * 2}, {"Filters": [COMPLETED] * 19}]}
    expression["Filters"] = [COMPLETED] * 9
    assert client.search(Resource=TRAINING, SearchExpression=expression)["Results"] == []
    expression["Filters"].append(COMPLETED)
    assert refused(client, SearchExpression=expression) == (
        "A SearchExpression can have at most 50 recursive SubExpressions, NestedFilters and Filters, "
        "but the request has 51."
    )


def test_the_model_s_own_limits_hold(client: Any) -> None:
    text = refused(client, MaxResults=101, SearchExpression={"Filters": [where("Tags.x", "Like", "y")]})
    assert text.startswith("2 validation errors detected: ")
    assert "at 'searchExpression.filters.1.member.operator'" in text


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("TrainingJobStats", ": did you mean TrainingJobStatus?"),
        ("trainingjobstatus", ": did you mean TrainingJobStatus?"),
        ("HyperParameterTuningJobStatus", ": did you mean HyperParameters?"),
        ("ResourceConfig.InstanceTyp", ": did you mean ResourceConfig.InstanceType?"),
        ("HyperParamters.eta", ": did you mean HyperParameters.eta?"),
        ("InputDataConfig.Uri", "."),
        ("InputDataConfig.ChanelName", ": did you mean InputDataConfig.ChannelName?"),
        ("ResourceConfig.InstanceType.x", "."),
        ("ResourceConfig..InstanceType", "."),
        ("ResourceConfig.", "."),
        ("HyperParameters.", "."),
        ("Tags.", "."),
        (".", "."),
        ("Metrics", "."),
        ("Metrics.", "."),
    ],
)
def test_an_unknown_property_is_refused(name: str, told: str, client: Any) -> None:
    text = f"{name} is not a valid property of TrainingJob{told}"
    assert refused_filter(client, where(name, "Exists")) == text
    assert refused(client, SortBy=name) == text


def test_tuning_jobs_have_no_metrics(client: Any) -> None:
    assert refused_filter(client, where("Metrics.auc", "Exists"), resource=TUNING) == (
        "Metrics.auc is not a valid property of HyperParameterTuningJob."
    )


def test_an_object_cannot_be_sorted_by(client: Any) -> None:
    assert refused(client, SortBy="ResourceConfig") == (
        "Results cannot be sorted by ResourceConfig, because it is an object."
    )


ORDERS = ["GreaterThan", "GreaterThanOrEqualTo", "LessThan", "LessThanOrEqualTo"]


@pytest.mark.parametrize(
    ("name", "kind", "operators"),
    [
        ("TrainingJobName", "a text property", ORDERS),
        ("Tags.team", "a text property", ORDERS),
        ("Environment.MODE", "a text property", ORDERS),
        ("Metrics.auc", "a numerical property", ["Contains", "In"]),
        ("TrainingTimeInSeconds", "a numerical property", ["Contains", "In"]),
        ("CreationTime", "a timestamp property", ["Contains", "In"]),
        ("EnableNetworkIsolation", "a Boolean property", ["Contains", "In", *ORDERS]),
        ("ResourceConfig", "an object", ["Equals", "NotEquals", "Contains", "In", *ORDERS]),
        ("HyperParameters", "an object", ["Equals"]),
        ("InputDataConfig", "an object", ["Equals"]),
    ],
)
def test_an_operator_that_does_not_fit_is_refused(
    name: str, kind: str, operators: list[str], client: Any
) -> None:
    for operator in operators:
        assert refused_filter(client, where(name, operator, "1")) == (
            f"Operator {operator} is not supported for {name}, because it is {kind}."
        )


@pytest.mark.parametrize("operator", [None, "NotEquals", "In", "Contains"])
def test_a_filter_without_a_value_is_refused(operator: str | None, client: Any) -> None:
    assert refused_filter(client, where("TrainingJobName", operator)) == (
        f"Provide a Value for the filter on TrainingJobName: operator {operator or 'Equals'} needs one."
    )


@pytest.mark.parametrize(
    ("name", "operator", "value", "wanted"),
    [
        ("TrainingTimeInSeconds", "Equals", "ten", "an integer or a floating-point decimal"),
        ("TrainingTimeInSeconds", "Equals", "1_000", "an integer or a floating-point decimal"),
        ("TrainingTimeInSeconds", "Equals", "nan", "an integer or a floating-point decimal"),
        ("TrainingTimeInSeconds", "Equals", "٣", "an integer or a floating-point decimal"),
        ("Metrics.auc", "LessThan", ".", "an integer or a floating-point decimal"),
        ("HyperParameters.eta", "LessThan", "ten", "an integer or a floating-point decimal"),
        ("EnableNetworkIsolation", "Equals", "1", "true or false"),
        ("CreationTime", "Equals", "2026-01-31", "an ISO 8601 time such as 2026-01-31T12:00:00"),
        ("CreationTime", "Equals", "2026-01-31 12:00:00", "an ISO 8601 time such as 2026-01-31T12:00:00"),
        ("CreationTime", "Equals", "2026-02-31T12:00:00", "an ISO 8601 time such as 2026-01-31T12:00:00"),
        (
            "CreationTime",
            "Equals",
            "2026-01-31T12:00:00+99:00",
            "an ISO 8601 time such as 2026-01-31T12:00:00",
        ),
        ("CreationTime", "Equals", "1769860800", "an ISO 8601 time such as 2026-01-31T12:00:00"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    name: str, operator: str, value: str, wanted: str, client: Any
) -> None:
    assert refused_filter(client, where(name, operator, value)) == (
        f"The Value of the filter on {name} must be {wanted}, but is {value}."
    )


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (
            nested("ResourceConfig", where("ResourceConfig.InstanceType", "Exists")),
            "The NestedPropertyName ResourceConfig must be the name of a property that is a list of objects.",
        ),
        (
            nested("VpcConfig.Subnets", where("VpcConfig.Subnets", "Exists")),
            "The NestedPropertyName VpcConfig.Subnets must be the name of a property "
            "that is a list of objects.",
        ),
        (
            nested("InputDataConf", where("InputDataConf.ChannelName", "Exists")),
            "InputDataConf is not a valid property of TrainingJob: did you mean InputDataConfig?",
        ),
        (
            nested("InputDataConfig", where("ChannelName", "Exists")),
            "The names of the filters on InputDataConfig must begin with InputDataConfig., "
            "but the request has ChannelName.",
        ),
        (
            nested("InputDataConfig", where("InputDataConfig.ChanelName", "Exists")),
            "InputDataConfig.ChanelName is not a valid property of TrainingJob: "
            "did you mean InputDataConfig.ChannelName?",
        ),
    ],
)
def test_a_nested_filter_that_does_not_fit_is_refused(
    condition: dict[str, Any], text: str, client: Any
) -> None:
    assert refused(client, SearchExpression={"NestedFilters": [condition]}) == text


def test_a_loop_that_only_searches_is_explained(world: Any, service: FakeTuningService) -> None:
    assert names(world, TUNING, where("HyperParameterTuningJobName", None, "red")) == ["red"]
    assert service.explain_wait() == "'red' has been InProgress: does its scenario ever let it end?"


# Any filter finds what the same question finds in all results.

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda a, b: a == b,
    "NotEquals": lambda a, b: a != b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanOrEqualTo": lambda a, b: a >= b,
    "LessThan": lambda a, b: a < b,
    "LessThanOrEqualTo": lambda a, b: a <= b,
}


@st.composite
def questions(draw: st.DrawFn) -> tuple[dict[str, str], Callable[[dict[str, Any]], bool]]:
    """A filter, and the same in Python."""
    operator = draw(st.sampled_from(sorted(COMPARE)))
    compare = COMPARE[operator]

    def asked(name: str, value: Any, written: str, read: Callable[[Any], Any]) -> Any:
        def holds(job: dict[str, Any]) -> bool:
            there = read(job)
            return operator == "NotEquals" if there is None else compare(there, value)

        return where(name, operator, written), holds

    kind = draw(st.sampled_from(["time", "hyperparameter", "count", "metric"]))
    if kind == "time":
        member = draw(st.sampled_from(["CreationTime", "LastModifiedTime", "TrainingEndTime"]))
        at = after(draw(st.integers(0, 420))).astimezone(
            timezone(timedelta(hours=draw(st.integers(-12, 12))))
        )
        return asked(member, at, at.isoformat(), lambda job: job.get(member))
    if kind == "hyperparameter":
        eta = draw(st.floats(0.1, 0.5))
        return asked("HyperParameters.eta", eta, repr(eta), lambda job: float(job["HyperParameters"]["eta"]))
    if kind == "count":
        count = draw(st.integers(0, 3))
        return asked(
            "ResourceConfig.InstanceCount",
            count,
            str(count),
            lambda job: job["ResourceConfig"]["InstanceCount"],
        )
    score = draw(st.floats(0, 1))
    return asked(
        "Metrics.auc",
        score,
        repr(score),
        lambda job: next(
            (m["Value"] for m in job.get("FinalMetricDataList", ()) if m["MetricName"] == "auc"), None
        ),
    )


def test_a_filter_is_the_same_question_asked_of_all_results(world: Any, service: FakeTuningService) -> None:
    everything = found(world, TRAINING)

    @settings(DETERMINISTIC, max_examples=100)
    @given(st.lists(questions(), min_size=1, max_size=4), st.sampled_from(["And", "Or"]))
    def check(asked: list[Any], operator: str) -> None:
        combined = all if operator == "And" else any
        expected = [job for job in everything if combined(holds(job) for _, holds in asked)]
        expression = {"Filters": [each for each, _ in asked], "Operator": operator}
        answer = service.call("Search", {"Resource": TRAINING, "SearchExpression": expression})
        assert [each[TRAINING] for each in answer["Results"]] == expected

    check()
