"""How the service writes values and times, and what it fills in, as a client sees it.

All of it was recorded, unless the comment of a test says otherwise.
"""

from __future__ import annotations

import json
import struct
from datetime import timedelta
from typing import Any

import boto3
import pytest

from fake_tuning import FakeTuningService, Scenario
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm
from support.arns import PREFIX
from support.hand_clock import HandClock
from support.requests import definition, request, request_of_several
from support.scenarios import ROUND

FLAGS = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")


def create(client: Any, ranges: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """Create a job with these members of its definition, and return its description."""
    asked = request("xgb", TrainingJobDefinition=definition(**members))
    if ranges is not None:
        asked["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
    client.create_hyper_parameter_tuning_job(**asked)
    return describe(client)


def describe(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    return found


def trials(client: Any) -> list[dict[str, Any]]:
    """The summaries of all trials, in the order of launch."""
    found: list[dict[str, Any]] = client.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="xgb", SortBy="CreationTime"
    )["TrainingJobSummaries"]
    return found


def trial(client: Any) -> dict[str, Any]:
    """What DescribeTrainingJob answers of the first trial."""
    found: dict[str, Any] = client.describe_training_job(TrainingJobName=trials(client)[0]["TrainingJobName"])
    return found


# The values that are tried.

KINDS: dict[str, list[dict[str, Any]]] = {
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "1000"}],
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "1e-09", "MaxValue": "1"}],
    "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gb tree", '"gbtree"', "1.0", "TRUE"]}],
}


@pytest.mark.parametrize(
    ("name", "tried", "written"),
    [
        ("depth", 7, "7"),
        ("depth", 513, "513"),
        ("eta", 0.1015727388941435, "0.1015727388941435"),
        ("eta", 1.3494417573713629e-08, "1.3494417573713629e-08"),
        ("eta", 0.00027401056839555956, "0.00027401056839555956"),
        ("eta", 1e-05, "1e-05"),
        ("eta", 1, "1.0"),
        ("booster", "gb tree", "gb tree"),
        ("booster", '"gbtree"', '"gbtree"'),
        ("booster", "1.0", "1.0"),
        ("booster", "TRUE", "TRUE"),
    ],
)
def test_tried_values_are_written_as_the_service_does(
    service: FakeTuningService, client: Any, clock: HandClock, name: str, tried: Any, written: str
) -> None:
    service.on_create(ROUND.trial(1).tries(**{name: tried}))
    create(client, KINDS)
    clock.at("1m")
    assert trials(client)[0]["TunedHyperParameters"][name] == written
    assert trial(client)["HyperParameters"][name] == written


def test_tried_values_can_be_read_back_to_the_last_bit(client: Any, clock: HandClock) -> None:
    create(client, KINDS)
    clock.at("2h")
    for each in trials(client):
        tuned = each["TunedHyperParameters"]
        assert tuned["depth"] == str(int(tuned["depth"]))
        assert tuned["eta"] == repr(float(tuned["eta"]))
        assert tuned["booster"] in KINDS["CategoricalParameterRanges"][0]["Values"]


def test_hyperparameters_come_in_the_order_of_the_alphabet(client: Any, clock: HandClock) -> None:
    found = create(client, KINDS, StaticHyperParameters={"zeta": "1", "alpha": "2", "_first": "3"})
    static = found["TrainingJobDefinition"]["StaticHyperParameters"]
    assert list(static) == ["_first", "_tuning_objective_metric", "alpha", "zeta"]
    clock.at("1m")
    everything = ["_first", "_tuning_objective_metric", "alpha", "booster", "depth", "eta", "zeta"]
    assert list(trial(client)["HyperParameters"]) == everything
    # Recorded twenty-eight times: in alphabetical order, whatever the order and the kind of the ranges.
    assert list(trials(client)[0]["TunedHyperParameters"]) == ["booster", "depth", "eta"]


@pytest.mark.parametrize("score", [0.6545940041542053, 2.9148800373077393, -3.5418999195098877, 1 / 3, 0.1])
def test_metrics_are_32_bit_numbers_wherever_they_are_told(
    service: FakeTuningService, client: Any, clock: HandClock, score: float
) -> None:
    service.on_create(ROUND.scored_by(lambda _: score))
    create(client)
    clock.at("2h")
    kept = struct.unpack("f", struct.pack("f", score))[0]
    told = [each["FinalHyperParameterTuningJobObjectiveMetric"] for each in trials(client)]
    told.append(describe(client)["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"])
    # The shape has a Type, too, but no recording has.
    assert told == [{"MetricName": "auc", "Value": kept}] * 5
    assert [each["Value"] for each in trial(client)["FinalMetricDataList"]] == [kept, kept]


# Times.


def test_times_on_the_wire_are_seconds_with_milliseconds_or_without(clock: HandClock) -> None:
    clock.time += timedelta(milliseconds=123)
    with FakeTuningService(clock=clock, transport="wire") as service:
        service.on_create(ROUND)
        client = boto3.client("sagemaker")
        bodies: list[dict[str, Any]] = []
        client.meta.events.register(
            "before-parse.sagemaker",
            lambda response_dict, **_: bodies.append(json.loads(response_dict["body"])),
        )
        create(client)
        clock.time += timedelta(hours=2)
        describe(client)
    start = 1769860800.123
    assert bodies[1]["CreationTime"] == start
    assert bodies[2]["HyperParameterTuningEndTime"] == pytest.approx(start + 640, abs=0.0001)
    assert bodies[2]["BestTrainingJob"]["CreationTime"] % 1 == 0


# What is added to the request.


@pytest.mark.parametrize("scaling", ["Linear", "Logarithmic", "ReverseLogarithmic", "Auto"])
def test_a_scaling_that_was_sent_is_given_back(client: Any, scaling: str) -> None:
    sent = {"Name": "eta", "MinValue": "0.10", "MaxValue": "5e-1", "ScalingType": scaling}
    found = create(client, {"ContinuousParameterRanges": [sent]})
    # So are the bounds, to the letter.
    assert found["HyperParameterTuningJobConfig"]["ParameterRanges"] == {
        "IntegerParameterRanges": [],
        "ContinuousParameterRanges": [sent],
        "CategoricalParameterRanges": [],
    }


def test_scaling_is_filled_in_where_ranges_have_one(client: Any) -> None:
    ranges = create(client, KINDS)["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert ranges["IntegerParameterRanges"][0]["ScalingType"] == "Auto"
    assert ranges["ContinuousParameterRanges"][0]["ScalingType"] == "Auto"
    assert ranges["CategoricalParameterRanges"] == KINDS["CategoricalParameterRanges"]


def test_each_of_several_definitions_is_filled_in_and_the_config_is_not(client: Any) -> None:
    client.create_hyper_parameter_tuning_job(
        **request_of_several("xgb", definition(DefinitionName="a"), definition(DefinitionName="b"))
    )
    found = describe(client)
    assert set(found["HyperParameterTuningJobConfig"]) == {"Strategy", "ResourceLimits"}
    for each in found["TrainingJobDefinitions"]:
        assert each["HyperParameterRanges"]["IntegerParameterRanges"] == []
        assert each["StaticHyperParameters"]["_tuning_objective_metric"] == "auc"
        assert [metric["Name"] for metric in each["AlgorithmSpecification"]["MetricDefinitions"]] == [
            "auc",
            "ObjectiveMetric",
        ]


@pytest.mark.parametrize("flag", FLAGS)
def test_flags_are_always_there_and_as_they_were_sent(client: Any, clock: HandClock, flag: str) -> None:
    members: dict[str, Any] = {flag: True}
    found = create(client, **members)["TrainingJobDefinition"]
    clock.at("1m")
    for told in (found, trial(client)):
        assert {each: told[each] for each in FLAGS} == {each: each == flag for each in FLAGS}


def test_nothing_else_is_added_to_a_definition(client: Any) -> None:
    found = create(client)
    sent = {*definition(), *FLAGS}
    assert set(found["TrainingJobDefinition"]) == sent
    # Neither the early stopping type, which was not sent, nor the defaults of channels, nor a key.
    assert "TrainingJobEarlyStoppingType" not in found["HyperParameterTuningJobConfig"]
    assert found["TrainingJobDefinition"]["InputDataConfig"] == definition()["InputDataConfig"]
    assert found["TrainingJobDefinition"]["OutputDataConfig"] == definition()["OutputDataConfig"]


def test_channel_defaults_and_keys_that_were_sent_are_kept(client: Any, clock: HandClock) -> None:
    (channel,) = definition()["InputDataConfig"]
    channel |= {"CompressionType": "Gzip", "RecordWrapperType": "RecordIO"}
    output = {"S3OutputPath": "s3://models/churn", "KmsKeyId": "alias/models"}
    create(client, InputDataConfig=[channel], OutputDataConfig=output)
    clock.at("1m")
    found = trial(client)
    assert found["InputDataConfig"] == [channel]
    assert found["OutputDataConfig"] == output


# The metric definitions.


@pytest.mark.parametrize(
    "image",
    [
        "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:latest",
        "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost",
    ],
)
def test_the_metrics_of_a_built_in_algorithm_are_filled_in(client: Any, clock: HandClock, image: str) -> None:
    asked = request("xgb", TrainingJobDefinition=definition(AlgorithmSpecification=of_image(image)))
    objective = {"Type": "Maximize", "MetricName": "validation:auc"}
    asked["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"] = objective
    client.create_hyper_parameter_tuning_job(**asked)
    clock.at("1m")
    for told in (describe(client)["TrainingJobDefinition"], trial(client)):
        *metrics, last = told["AlgorithmSpecification"]["MetricDefinitions"]
        algorithm = builtin_algorithm({"AlgorithmSpecification": of_image(image)})
        assert algorithm is not None
        assert sorted(each["Name"] for each in metrics) == sorted(algorithm.metrics)
        (regex,) = (each["Regex"] for each in metrics if each["Name"] == "validation:auc")
        assert last == {"Name": "ObjectiveMetric", "Regex": regex}


def of_image(image: str) -> dict[str, str]:
    return {"TrainingImage": image, "TrainingInputMode": "File"}


@pytest.mark.parametrize(
    "specification",
    [
        {"AlgorithmName": "mine", "MetricDefinitions": [{"Name": "f1", "Regex": "f1=(.+)"}]},
        {"TrainingImage": "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"},
    ],
    ids=["own", "built-in"],
)
def test_an_objective_that_no_metric_defines_is_added_and_repeated_last(
    client: Any, clock: HandClock, specification: dict[str, Any]
) -> None:
    # Not known to be refused, and so accepted: the objective is auc, which neither of them has.
    found = create(client, AlgorithmSpecification={**specification, "TrainingInputMode": "File"})
    metrics = found["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert [each["Name"] for each in metrics[-2:]] == ["auc", "ObjectiveMetric"]
    clock.at("1h")
    values = {each["MetricName"]: each["Value"] for each in trial(client)["FinalMetricDataList"]}
    assert values["auc"] == values["ObjectiveMetric"]
    assert list(values)[-1] == "ObjectiveMetric"


def test_all_metrics_of_ones_own_image_are_emitted_whatever_its_name(client: Any, clock: HandClock) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:v1"
    sent = [{"Name": name, "Regex": f"{name}=(.+)"} for name in ("auc", "f1", "precision")]
    create(client, AlgorithmSpecification={**of_image(image), "MetricDefinitions": sent})
    clock.at("1h")
    emitted = [each["MetricName"] for each in trial(client)["FinalMetricDataList"]]
    assert emitted == ["auc", "f1", "precision", "ObjectiveMetric"]


def test_an_algorithm_of_ones_own_is_told_by_its_arn_and_has_the_objective_alone(client: Any) -> None:
    # Quoted (terraform): the name comes back as an ARN. That the metric is filled in is inferred.
    found = create(client, AlgorithmSpecification={"AlgorithmName": "mine", "TrainingInputMode": "File"})
    specification = found["TrainingJobDefinition"]["AlgorithmSpecification"]
    assert specification["AlgorithmName"] == f"{PREFIX}:algorithm/mine"
    assert [each["Name"] for each in specification["MetricDefinitions"]] == ["auc", "ObjectiveMetric"]


def test_the_arn_of_an_algorithm_is_given_back_as_it_is(client: Any) -> None:
    arn = "arn:aws:sagemaker:us-east-1:865070037744:algorithm/bought"
    found = create(client, AlgorithmSpecification={"AlgorithmName": arn, "TrainingInputMode": "File"})
    assert found["TrainingJobDefinition"]["AlgorithmSpecification"]["AlgorithmName"] == arn


def test_a_definition_that_was_read_back_from_a_response_is_not_added_to_again(client: Any) -> None:
    # Inferred: no recording tells of a request that has the service's own additions.
    found = create(client)["TrainingJobDefinition"]
    again = request("again", TrainingJobDefinition=found)
    client.create_hyper_parameter_tuning_job(**again)
    answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="again")
    assert answer["TrainingJobDefinition"] == found


# What a trial leaves behind.


@pytest.mark.parametrize("path", ["s3://models/churn", "s3://models/churn/"])
def test_the_model_lies_below_the_output_path(client: Any, clock: HandClock, path: str) -> None:
    create(client, OutputDataConfig={"S3OutputPath": path})
    clock.at("1h")
    found = trial(client)
    name = found["TrainingJobName"]
    assert found["ModelArtifacts"] == {"S3ModelArtifacts": f"s3://models/churn/{name}/output/model.tar.gz"}
    # The path itself is given back as it was sent.
    assert found["OutputDataConfig"]["S3OutputPath"] == path


def test_training_seconds_are_rounded_down(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    service.on_create(ROUND.paced(download="30s", train="448840ms", upload="30s"))
    create(client)
    clock.at("2h")
    found = trial(client)
    assert found["TrainingEndTime"] - found["TrainingStartTime"] == timedelta(seconds=508.84)
    assert (found["TrainingTimeInSeconds"], found["BillableTimeInSeconds"]) == (508, 508)


def test_a_spot_trial_is_billed_for_less_than_it_took(client: Any, clock: HandClock) -> None:
    waiting = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
    create(client, EnableManagedSpotTraining=True, StoppingCondition=waiting)
    clock.at("2h")
    found = trial(client)
    assert 0 < found["BillableTimeInSeconds"] < found["TrainingTimeInSeconds"] == 240


def test_the_last_metrics_of_a_trial_are_of_a_whole_second_before_it_uploads(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    service.on_create(ROUND.paced(train="180500ms").scored_by(lambda _: [0.1, 0.7]))
    create(client)
    clock.at("2h")
    found = trial(client)
    (uploading,) = (
        each["StartTime"] for each in found["SecondaryStatusTransitions"] if each["Status"] == "Uploading"
    )
    for each in found["FinalMetricDataList"]:
        assert each["Timestamp"].microsecond == 0
        assert uploading - timedelta(seconds=5) < each["Timestamp"] <= uploading
    told = [(each["MetricName"], each["Value"]) for each in found["FinalMetricDataList"]]
    kept = struct.unpack("f", struct.pack("f", 0.7))[0]
    assert told == [("auc", kept), ("ObjectiveMetric", kept)]


@pytest.mark.parametrize(
    ("scenario", "last"),
    [
        (ROUND.trial(1).fails("AlgorithmError: no luck"), "Training job failed"),
        (ROUND.trial(1).fails(before_start=True), "Training job failed"),
        (ROUND.trial(1).stops(), "Training job stopped"),
        (ROUND, "Resource reused by training job: xgb-003-e3c438c3"),
    ],
    ids=["fails", "fails-before-start", "stops", "completes"],
)
def test_phases_follow_one_another_without_a_gap(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Scenario, last: str
) -> None:
    service.on_create(scenario)
    create(client)
    clock.at("2h")
    found = trial(client)
    phases = found["SecondaryStatusTransitions"]
    assert phases[0]["StartTime"] == found["CreationTime"]
    assert [each["EndTime"] for each in phases[:-1]] == [each["StartTime"] for each in phases[1:]]
    assert phases[-1]["StartTime"] == phases[-1]["EndTime"] == found["TrainingEndTime"]
    assert phases[-1]["StatusMessage"] == last
    assert phases[-1]["Status"] == found["SecondaryStatus"]
    started = [each["StartTime"] for each in phases if each["Status"] == "Downloading"]
    assert [found["TrainingStartTime"]] == started if started else "TrainingStartTime" not in found
