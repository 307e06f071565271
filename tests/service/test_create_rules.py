"""The rules across the members of a request: each broken alone, and the nearest request that keeps it."""

from __future__ import annotations

import copy
import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

import fake_tuning.service
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.service import error_texts
from fake_tuning.service.validation import rules
from fake_tuning.service.validation.model import installed_model
from support.answers import names, said
from support.arns import TUNING_JOB
from support.hand_clock import HandClock
from support.requests import definition, request, request_of_several
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROLE = "arn:aws:iam::123456789012:role/tuning"


def create(client: Any, asked: dict[str, Any]) -> str:
    return str(client.create_hyper_parameter_tuning_job(**asked)["HyperParameterTuningJobArn"])


def refused(client: Any, asked: dict[str, Any]) -> str:
    """Let the service refuse a request, see that nothing came of it, and return the text."""
    before = names(client.list_hyper_parameter_tuning_jobs(MaxResults=100))
    with pytest.raises(ClientError) as raised:
        create(client, asked)
    assert said(raised.value)[0] == "ValidationException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert names(client.list_hyper_parameter_tuning_jobs(MaxResults=100)) == before
    with pytest.raises(ClientError, match="Resource does not exist"):
        client.list_tags(ResourceArn=f"{TUNING_JOB}/{asked['HyperParameterTuningJobName']}")
    return said(raised.value)[1]


class ChangeableRequest(dict[str, Any]):
    """A request that can be changed without changing what others are made of."""

    def __init__(self, asked: dict[str, Any]) -> None:
        super().__init__(copy.deepcopy(asked))

    def config(self, **members: Any) -> Self:
        return self._change(self["HyperParameterTuningJobConfig"], members)

    def limits(self, **members: Any) -> Self:
        return self._change(self["HyperParameterTuningJobConfig"]["ResourceLimits"], members)

    def definition(self, position: int = 0, **members: Any) -> Self:
        return self._change(self._definitions[position], members)

    def algorithm(self, **members: Any) -> Self:
        return self._change(self._definitions[0]["AlgorithmSpecification"], members)

    def plus(self, **members: Any) -> Self:
        return self._change(self, members)

    @property
    def _definitions(self) -> list[dict[str, Any]]:
        return self.get("TrainingJobDefinitions") or [self["TrainingJobDefinition"]]

    def _change(self, target: dict[str, Any], members: dict[str, Any]) -> Self:
        for member, value in members.items():
            if value is None:
                target.pop(member, None)
            else:
                target[member] = value
        return self


def one(**members: Any) -> ChangeableRequest:
    """A request with one definition: Random, four trials, eta from 0.1 to 0.5."""
    return ChangeableRequest(request("xgb", **members))


def several(*members: dict[str, Any]) -> ChangeableRequest:
    """A request with as many definitions, named a, b, and so on."""
    asked = [definition(DefinitionName="abcdefghij"[number], **each) for number, each in enumerate(members)]
    return ChangeableRequest(request_of_several("xgb", *asked))


def numbers(low: str, high: str, **members: str) -> dict[str, Any]:
    return {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": low, "MaxValue": high, **members}]}


def whole(low: str, high: str, **members: str) -> dict[str, Any]:
    return {"IntegerParameterRanges": [{"Name": "depth", "MinValue": low, "MaxValue": high, **members}]}


def category(*values: str, name: str = "booster") -> dict[str, Any]:
    return {"CategoricalParameterRanges": [{"Name": name, "Values": list(values)}]}


def many(count: int, prefix: str = "p") -> dict[str, Any]:
    """Ranges of all three kinds, so many in all."""
    kinds = (
        ("IntegerParameterRanges", {"MinValue": "1", "MaxValue": "9"}),
        ("ContinuousParameterRanges", {"MinValue": "1", "MaxValue": "9"}),
        ("CategoricalParameterRanges", {"Values": ["a", "b"]}),
    )
    lists: dict[str, Any] = {}
    for number in range(count):
        member, rest = kinds[number % 3]
        lists.setdefault(member, []).append({"Name": f"{prefix}{number}", **rest})
    return lists


def variables(count: int) -> dict[str, str]:
    return {f"V{number}": "1" for number in range(count)}


def statics(count: int) -> dict[str, str]:
    return {f"s{number}": "1" for number in range(count)}


def resources(**members: Any) -> dict[str, Any]:
    return {"ResourceConfig": None, "HyperParameterTuningResourceConfig": members}


def spot(wait: int, runtime: int | None = 3600, *, on: bool = True) -> dict[str, Any]:
    stopping = {"MaxWaitTimeInSeconds": wait} | ({} if runtime is None else {"MaxRuntimeInSeconds": runtime})
    return {"EnableManagedSpotTraining": on, "StoppingCondition": stopping}


def channel(**members: Any) -> list[dict[str, Any]]:
    source = {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://data/train", "AttributeNames": ["a"]}
    return [{"ChannelName": "train", "DataSource": {"S3DataSource": source}, **members}]


def hyperband(**members: Any) -> dict[str, Any]:
    return {"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": members}}


TUNING_RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
CONFIGS = [TUNING_RESOURCES]
METRICS = [{"Name": "validation:auc", "Regex": "auc=(.+)"}]
AUC = {"Type": "Maximize", "MetricName": "validation:auc"}
BOUGHT = "arn:aws:sagemaker:us-east-1:865070037744:algorithm/bought"
SEGMENTATION = "685385470294.dkr.ecr.eu-west-1.amazonaws.com/semantic-segmentation:1"
OWN_XGBOOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1"
ENABLED = {"Mode": "Enabled"}


def of_xgboost(lists: dict[str, Any]) -> ChangeableRequest:
    return (
        one()
        .algorithm(TrainingImage=XGBOOST, MetricDefinitions=None)
        .config(HyperParameterTuningJobObjective=AUC, ParameterRanges=lists)
    )


HINTS = {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}

FORMS = "Provide either TrainingJobDefinition or TrainingJobDefinitions, and not both: the request has {}."
ALGORITHMS = (
    "Provide either TrainingImage or AlgorithmName in AlgorithmSpecification, and not both: "
    "the request has {}."
)
RESOURCES = (
    "Provide either ResourceConfig or HyperParameterTuningResourceConfig, and not both: the request has {}."
)
NO_METRIC = (
    "A metric is required for this hyperparameter tuning job objective. "
    "Provide a metric in the metric definitions."
)
FEW = (
    "You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter "
    "combinations for the provided ranges [{}] must be equal or greater than the value of MaxNumberOfJobs, "
    "[{}]. Provide additional ranges."
)
NO_MAX_RESOURCE = (
    "MaxResource parameter is not provided and could not be inferred from provided static hyperparameters "
    "of TrainingJobDefinition."
)
NUMBER = "The {} of hyperparameter range {} must be {}, but is {}."
ORDER = "The MinValue of hyperparameter range {}, {}, must be less than its MaxValue, {}."
LOGARITHMIC = "Logarithmic scaling needs a MinValue greater than 0, but that of range {} is {}."
REVERSE = "ReverseLogarithmic scaling needs values from 0 to less than 1, but range {} is from {} to {}."

RULES: dict[str, tuple[ChangeableRequest, str, ChangeableRequest]] = {
    "both forms": (
        one(TrainingJobDefinitions=[definition()]),
        FORMS.format("both"),
        one(),
    ),
    "neither form": (
        one().plus(TrainingJobDefinition=None),
        FORMS.format("neither"),
        several({}),
    ),
    "no objective": (
        one().config(HyperParameterTuningJobObjective=None),
        "Provide HyperParameterTuningJobObjective in HyperParameterTuningJobConfig.",
        several({}, {}),
    ),
    "no ranges": (
        one().config(ParameterRanges=None),
        "Provide ParameterRanges in HyperParameterTuningJobConfig, or enable Autotune.",
        one(Autotune=ENABLED).config(ParameterRanges=None),
    ),
    "empty ranges": (
        one().config(ParameterRanges={"IntegerParameterRanges": []}),
        "Provide ParameterRanges in HyperParameterTuningJobConfig, or enable Autotune.",
        one().config(ParameterRanges=whole("1", "4")),
    ),
    "definition without a name": (
        several({}, {}).definition(1, DefinitionName=None),
        "Provide DefinitionName in training job definition 2.",
        several({}, {}),
    ),
    "definition without an objective": (
        several({}, {}).definition(1, TuningObjective=None),
        "Provide TuningObjective in training job definition b.",
        several({}, {}),
    ),
    "definition without ranges": (
        several({}, {}).definition(1, HyperParameterRanges={}),
        "Provide HyperParameterRanges in training job definition b.",
        several({}, {}).definition(1, HyperParameterRanges=None).plus(Autotune=ENABLED),
    ),
    "definition names": (
        several({}, {}).definition(1, DefinitionName="a"),
        "The names of training job definitions must be unique, but a is used more than once.",
        several({}, {}).definition(1, DefinitionName="A"),
    ),
    "environment": (
        several({"Environment": variables(24)}, {"Environment": variables(25)}),
        "A tuning job can have at most 48 environment variables in all its definitions, but has 49.",
        several({"Environment": variables(24)}, {"Environment": variables(24)}),
    ),
    "both ways to name the algorithm": (
        one().algorithm(AlgorithmName="churn"),
        ALGORITHMS.format("both"),
        one().algorithm(AlgorithmName="churn", TrainingImage=None),
    ),
    "no algorithm": (
        one().algorithm(TrainingImage=None),
        ALGORITHMS.format("neither"),
        one().algorithm(TrainingImage=None, AlgorithmName="churn", MetricDefinitions=None),
    ),
    "metrics of a built-in algorithm": (
        one().algorithm(TrainingImage=XGBOOST, MetricDefinitions=METRICS),
        "You can't override the metric definitions for Amazon SageMaker algorithms. "
        "Please retry the request without specifying metric definitions.",
        one()
        .algorithm(TrainingImage=XGBOOST, MetricDefinitions=None)
        .config(HyperParameterTuningJobObjective=AUC),
    ),
    "metrics of one's own image of a built-in algorithm's name": (
        one()
        .algorithm(TrainingImage=OWN_XGBOOST, MetricDefinitions=METRICS)
        .definition(RoleArn="arn:aws:iam::210987654321:role/tuning"),
        "You can't override the metric definitions for Amazon SageMaker algorithms. "
        "Please retry the request without specifying metric definitions.",
        one()
        .algorithm(TrainingImage=OWN_XGBOOST, MetricDefinitions=METRICS)
        .config(HyperParameterTuningJobObjective=AUC),
    ),
    "no metrics for one's own image of a built-in algorithm's name": (
        one()
        .algorithm(TrainingImage=OWN_XGBOOST, MetricDefinitions=None)
        .config(HyperParameterTuningJobObjective=AUC),
        NO_METRIC,
        one()
        .algorithm(TrainingImage=OWN_XGBOOST, MetricDefinitions=None)
        .config(HyperParameterTuningJobObjective=AUC)
        .definition(RoleArn="arn:aws:iam::210987654321:role/tuning"),
    ),
    "metrics of an algorithm of another account": (
        one().algorithm(TrainingImage=None, AlgorithmName=BOUGHT),
        "You can't override the metric definitions for AWS Marketplace algorithms. "
        "Please retry the request without specifying metric definitions.",
        one().algorithm(TrainingImage=None, AlgorithmName=BOUGHT, MetricDefinitions=None),
    ),
    "metrics of one's own algorithm": (
        one().algorithm(TrainingImage=None, AlgorithmName=BOUGHT),
        "You can't override the metric definitions for AWS Marketplace algorithms. "
        "Please retry the request without specifying metric definitions.",
        one().algorithm(
            TrainingImage=None, AlgorithmName="arn:aws:sagemaker:us-east-1:123456789012:algorithm/ours"
        ),
    ),
    "range that XGBoost cannot tune": (
        of_xgboost(whole("1", "9", Name="num_parallel_tree")),
        f"The hyperparameter num_parallel_tree cannot be tuned with {XGBOOST}. Choose from [alpha, "
        "colsample_bylevel, colsample_bynode, colsample_bytree, eta, gamma, lambda, max_delta_step, max_depth, "
        "min_child_weight, num_round, subsample].",
        of_xgboost(whole("1", "9", Name="max_depth")),
    ),
    "range that semantic segmentation cannot tune": (
        of_xgboost(numbers("0", "1", Name="gamma1")).algorithm(TrainingImage=SEGMENTATION),
        f"The hyperparameter gamma1 cannot be tuned with {SEGMENTATION}. Choose from "
        "[learning_rate, mini_batch_size, momentum, optimizer, weight_decay].",
        of_xgboost(numbers("0", "1", Name="weight_decay")).algorithm(TrainingImage=SEGMENTATION),
    ),
    "range of one's own image of a built-in algorithm's name": (
        of_xgboost(category("a", "b", "c", "d", name="feature_xform")),
        f"The hyperparameter feature_xform cannot be tuned with {XGBOOST}. Choose from [alpha, "
        "colsample_bylevel, colsample_bynode, colsample_bytree, eta, gamma, lambda, max_delta_step, max_depth, "
        "min_child_weight, num_round, subsample].",
        of_xgboost(category("a", "b", "c", "d", name="feature_xform")).algorithm(
            TrainingImage=OWN_XGBOOST, MetricDefinitions=METRICS
        ),
    ),
    "objective that is not defined": (
        one().config(HyperParameterTuningJobObjective={"Type": "Maximize", "MetricName": "AUC"}),
        NO_METRIC,
        one(),
    ),
    "no metrics": (
        one().algorithm(MetricDefinitions=None),
        NO_METRIC,
        one().algorithm(MetricDefinitions=[METRICS[0], {"Name": "auc", "Regex": "(.+)"}]),
    ),
    "objective of one of several": (
        several({}, {}).definition(1, TuningObjective=AUC),
        NO_METRIC,
        several({}, {}),
    ),
    "lower bound": (
        one().config(ParameterRanges=numbers("low", "0.5")),
        NUMBER.format("MinValue", "eta", "a number", "low"),
        one().config(ParameterRanges=numbers("-5e-1", "+.5E+0")),
    ),
    "upper bound": (
        one().config(ParameterRanges=numbers("0", "1_000")),
        NUMBER.format("MaxValue", "eta", "a number", "1_000"),
        one().config(ParameterRanges=numbers("0.", " 1000 ")),
    ),
    "infinite bound": (
        one().config(ParameterRanges=numbers("0", "1e999")),
        NUMBER.format("MaxValue", "eta", "a number", "1e999"),
        one().config(ParameterRanges=numbers("0", "1e300")),
    ),
    "digits of another script": (
        one().config(ParameterRanges=numbers("0", "\N{ARABIC-INDIC DIGIT ONE}")),
        NUMBER.format("MaxValue", "eta", "a number", "\N{ARABIC-INDIC DIGIT ONE}"),
        one().config(ParameterRanges=numbers("0", "1")),
    ),
    "whole bound": (
        one().config(ParameterRanges=whole("1", "9.5")),
        NUMBER.format("MaxValue", "depth", "a whole number", "9.5"),
        one().config(ParameterRanges=whole("1", "9.0")),
    ),
    "reversed": (
        one().config(ParameterRanges=numbers("0.5", "0.1")),
        ORDER.format("eta", "0.5", "0.1"),
        one().config(ParameterRanges=numbers("-0.5", "0.1")),
    ),
    "equal": (
        one().config(ParameterRanges=whole("9", "9")),
        ORDER.format("depth", "9", "9"),
        one().config(ParameterRanges=whole("9", "12")),
    ),
    "equal though written differently": (
        one().config(ParameterRanges=numbers("1e-1", "0.10")),
        ORDER.format("eta", "1e-1", "0.10"),
        one().config(ParameterRanges=numbers("1e-1", "0.11")),
    ),
    "logarithmic": (
        one().config(ParameterRanges=numbers("0", "1", ScalingType="Logarithmic")),
        LOGARITHMIC.format("eta", "0"),
        one().config(ParameterRanges=numbers("1e-9", "1", ScalingType="Logarithmic")),
    ),
    "logarithmic whole numbers": (
        one().config(ParameterRanges=whole("-1", "9", ScalingType="Logarithmic")),
        LOGARITHMIC.format("depth", "-1"),
        one().config(ParameterRanges=whole("1", "9", ScalingType="Logarithmic")),
    ),
    "reverse logarithmic to one": (
        one().config(ParameterRanges=numbers("0", "1", ScalingType="ReverseLogarithmic")),
        REVERSE.format("eta", "0", "1"),
        one().config(ParameterRanges=numbers("0", "0.999", ScalingType="ReverseLogarithmic")),
    ),
    "reverse logarithmic below zero": (
        one().config(ParameterRanges=numbers("-0.1", "0.5", ScalingType="ReverseLogarithmic")),
        REVERSE.format("eta", "-0.1", "0.5"),
        one().config(ParameterRanges=numbers("-0.1", "0.5", ScalingType="Linear")),
    ),
    "categorical values": (
        one().config(ParameterRanges=category("a", "b", "c", "d", "a")),
        "The values of categorical hyperparameter range booster must be unique, "
        "but a is used more than once.",
        one().config(ParameterRanges=category("a", "b", "c", "d", "A")),
    ),
    "tuned twice": (
        one().config(ParameterRanges=numbers("0", "1") | category("a", "b", name="eta")),
        "The names of hyperparameter ranges must be unique, but eta is used more than once.",
        one().config(ParameterRanges=numbers("0", "1") | category("a", "b", name="Eta")),
    ),
    "tuned twice by Autotune": (
        one(Autotune=ENABLED).config(ParameterRanges=numbers("0", "1") | HINTS),
        "The names of hyperparameter ranges must be unique, but eta is used more than once.",
        one(Autotune=ENABLED).config(ParameterRanges=HINTS),
    ),
    "tuned and static": (
        one().definition(StaticHyperParameters={"eta": "0.2"}),
        "Hyperparameter eta cannot be both tuned and static.",
        one().definition(StaticHyperParameters={"gamma": "0.2"}),
    ),
    "statics": (
        one().definition(StaticHyperParameters=statics(100)),
        "A definition can have at most 100 static hyperparameters, "
        "but has 101 with the _tuning_objective_metric that is added.",
        one().definition(StaticHyperParameters=statics(99)),
    ),
    "statics with the one that is added": (
        one().definition(StaticHyperParameters=statics(100)),
        "A definition can have at most 100 static hyperparameters, "
        "but has 101 with the _tuning_objective_metric that is added.",
        one().definition(StaticHyperParameters={**statics(99), "_tuning_objective_metric": "auc"}),
    ),
    "resources in both forms": (
        one().definition(HyperParameterTuningResourceConfig=TUNING_RESOURCES),
        RESOURCES.format("both"),
        one().definition(**resources(**TUNING_RESOURCES)),
    ),
    "no resources": (
        one().definition(ResourceConfig=None),
        RESOURCES.format("neither"),
        one(),
    ),
    **{
        f"InstanceConfigs with {member}": (
            one().definition(**resources(InstanceConfigs=CONFIGS, **{member: value})),
            f"Provide either InstanceConfigs or {member} in HyperParameterTuningResourceConfig, "
            "and not both.",
            one().definition(**resources(InstanceConfigs=CONFIGS, AllocationStrategy="Prioritized")),
        )
        for member, value in TUNING_RESOURCES.items()
    },
    "augmented manifest": (
        one().definition(InputDataConfig=channel()),
        "AugmentedManifestFile is supported in Pipe mode only, but channel train is in File mode.",
        one().definition(InputDataConfig=channel(InputMode="Pipe")),
    ),
    "augmented manifest in a channel in File mode": (
        one().definition(InputDataConfig=channel(InputMode="File")).algorithm(TrainingInputMode="Pipe"),
        "AugmentedManifestFile is supported in Pipe mode only, but channel train is in File mode.",
        one().definition(InputDataConfig=channel()).algorithm(TrainingInputMode="Pipe"),
    ),
    "wait without spot": (
        one().definition(**spot(3600, on=False)),
        "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
        one().definition(**spot(3600)),
    ),
    "short wait": (
        one().definition(**spot(3599)),
        "Invalid MaxWaitTimeInSeconds. "
        "It must be equal to or greater than MaxRuntimeInSeconds, 3600, but is 3599.",
        one().definition(**spot(3599, None)),
    ),
    "Hyperband with early stopping": (
        one().config(**hyperband(MaxResource=9), TrainingJobEarlyStoppingType="Auto"),
        "TrainingJobEarlyStoppingType must be Off with the Hyperband strategy.",
        one().config(**hyperband(MaxResource=9), TrainingJobEarlyStoppingType="Off"),
    ),
    "Hyperband without MaxResource": (
        one().config(**hyperband(MinResource=1)),
        NO_MAX_RESOURCE,
        one().config(**hyperband(MinResource=1)).definition(StaticHyperParameters={"n-epochs": "9"}),
    ),
    "Hyperband without resources": (
        one().config(Strategy="Hyperband").definition(StaticHyperParameters={"epochs": "many"}),
        NO_MAX_RESOURCE,
        one().config(Strategy="Hyperband").definition(StaticHyperParameters={"epochs": '"9"'}),
    ),
    "Hyperband with too much": (
        one().config(**hyperband(MaxResource=20_001)),
        "MaxResource can be at most 20000, but is 20001.",
        one().config(**hyperband(MaxResource=20_000)),
    ),
    "number of ranges": (
        one().config(ParameterRanges=many(31)),
        "A tuning job can search at most 30 hyperparameters, but 31 ranges were provided.",
        one().config(ParameterRanges=many(30)),
    ),
    "number of ranges in all definitions": (
        several({"HyperParameterRanges": many(16)}, {"HyperParameterRanges": many(15)}),
        "A tuning job can search at most 30 hyperparameters, but 31 ranges were provided.",
        several({"HyperParameterRanges": many(15)}, {"HyperParameterRanges": many(15)}),
    ),
    "Grid with whole numbers": (
        one().config(Strategy="Grid", ParameterRanges=whole("1", "4")),
        "Grid search supports categorical hyperparameter ranges only, but depth is not categorical.",
        one().config(Strategy="Grid", ParameterRanges=category("1", "2", "3", "4")),
    ),
    "Grid with numbers": (
        one().config(Strategy="Grid", ParameterRanges=numbers("0", "1") | category("a", "b", "c", "d")),
        "Grid search supports categorical hyperparameter ranges only, but eta is not categorical.",
        one().config(Strategy="Grid", ParameterRanges=category("a", "b", "c", "d")),
    ),
    "Grid with too many trials": (
        one(trials=5).config(Strategy="Grid", ParameterRanges=category("a", "b", "c", "d")),
        "With Grid search MaxNumberOfTrainingJobs must be the number of combinations, 4, or be left out, "
        "but is 5.",
        one(trials=4).config(Strategy="Grid", ParameterRanges=category("a", "b", "c", "d")),
    ),
    "Grid with too few trials": (
        one(trials=3).config(Strategy="Grid", ParameterRanges=category("a", "b", "c", "d")),
        "With Grid search MaxNumberOfTrainingJobs must be the number of combinations, 4, or be left out, "
        "but is 3.",
        one()
        .config(Strategy="Grid", ParameterRanges=category("a", "b", "c", "d"))
        .limits(MaxNumberOfTrainingJobs=None),
    ),
    "combinations": (
        one(trials=10).config(ParameterRanges=whole("1", "3")),
        FEW.format("3.0", 10),
        one(trials=10).config(ParameterRanges=whole("1", "10")),
    ),
    "combinations of several ranges": (
        one(trials=7).config(Strategy="Bayesian", ParameterRanges=whole("1", "3") | category("a", "b")),
        FEW.format("6.0", 7),
        one(trials=6).config(Strategy="Bayesian", ParameterRanges=whole("1", "3") | category("a", "b")),
    ),
    "combinations where nothing is continuous": (
        one(trials=3).config(ParameterRanges=category("a", "b")),
        FEW.format("2.0", 3),
        one(trials=3).config(ParameterRanges=category("a", "b") | numbers("0", "1")),
    ),
    "combinations where it is said how many": (
        one(trials=3).config(ParameterRanges=category("a", "b")),
        FEW.format("2.0", 3),
        one().config(ParameterRanges=category("a", "b")).limits(MaxNumberOfTrainingJobs=None),
    ),
    "combinations without Autotune": (
        one(trials=3).config(ParameterRanges=category("a", "b")),
        FEW.format("2.0", 3),
        one(trials=3, Autotune=ENABLED).config(ParameterRanges=category("a", "b")),
    ),
    "reserved tag": (
        one(Tags=[{"Key": "aws:owner", "Value": "me"}]),
        "Tag keys that begin with aws: are reserved, but the request has aws:owner.",
        one(Tags=[{"Key": "aws-owner", "Value": "me"}]),
    ),
    "reserved tag in capitals": (
        one(Tags=[{"Key": "AWS:owner", "Value": "me"}]),
        "Tag keys that begin with aws: are reserved, but the request has AWS:owner.",
        one(Tags=[{"Key": "my:aws:owner", "Value": "me"}]),
    ),
    "tag twice": (
        one(Tags=[{"Key": "owner", "Value": "me"}, {"Key": "owner", "Value": "me"}]),
        "The keys of tags must be unique, but owner is used more than once.",
        one(Tags=[{"Key": "owner", "Value": "me"}, {"Key": "Owner", "Value": "me"}]),
    ),
}


@pytest.mark.parametrize(("broken", "text", "kept"), RULES.values(), ids=RULES)
def test_each_rule(
    client: Any, clock: HandClock, broken: ChangeableRequest, text: str, kept: ChangeableRequest
) -> None:
    assert refused(client, broken) == text
    assert create(client, kept) == f"{TUNING_JOB}/xgb"
    assert names(client.list_hyper_parameter_tuning_jobs()) == ["xgb"]
    # What keeps the rules also runs to its end.
    clock.at("2d")
    described = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert described["HyperParameterTuningJobStatus"] == "Completed"


@pytest.mark.parametrize("asked", [one(), several({}, {})])
def test_whatever_is_not_known_to_be_refused_is_accepted(client: Any, asked: ChangeableRequest) -> None:
    # More trials at a time than in all, spot capacity without a limit to the wait, and early stopping, which
    # the developer guide has for one algorithm only.
    asked.limits(MaxParallelTrainingJobs=99).config(
        TuningJobCompletionCriteria={"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
        TrainingJobEarlyStoppingType="Auto",
    ).definition(EnableManagedSpotTraining=True)
    create(client, asked)


def test_hyperbands_resources_may_stand_beside_another_strategy(client: Any) -> None:
    create(client, one().config(**hyperband(MaxResource=9)).config(Strategy="Bayesian"))


def test_what_no_algorithm_was_seen_to_refuse_is_accepted(client: Any) -> None:
    # Terraform's tests tune learning_rate of k-means, and the SDK's Autotune is given all hyperparameters.
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"
    asked = of_xgboost(numbers("0", "1", Name="learning_rate")).algorithm(TrainingImage=image)
    create(client, asked)
    hints = {"AutoParameters": [{"Name": "num_parallel_tree", "ValueHint": "1"}]}
    create(client, of_xgboost(hints).plus(HyperParameterTuningJobName="auto", Autotune=ENABLED))


def test_metrics_may_be_defined_for_built_in_algorithms_other_than_xgboost(client: Any) -> None:
    # One of Terraform's tests does so, with one metric that k-means has and one that it does not have.
    image = "382416733822.dkr.ecr.us-east-1.amazonaws.com/kmeans:1"
    sent = [
        {"Name": "test:msd", "Regex": r"#quality_metric: host=\S+, test msd <loss>=(\S+)"},
        {"Name": "test:accuracy", "Regex": "accuracy=(.+)"},
    ]
    objective = {"Type": "Minimize", "MetricName": "test:msd"}
    asked = one().algorithm(TrainingImage=image, MetricDefinitions=sent)
    create(client, asked.config(HyperParameterTuningJobObjective=objective))
    found = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    answered = found["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
    assert answered == [*sent, {"Name": "ObjectiveMetric", "Regex": sent[0]["Regex"]}]


def test_several_definitions_do_not_need_combinations_for_all_trials(client: Any) -> None:
    create(client, several({"HyperParameterRanges": category("a")}, {"HyperParameterRanges": category("a")}))


def test_auto_parameters_are_no_ranges_of_which_there_can_be_too_many(client: Any) -> None:
    hints = [{"Name": f"h{number}", "ValueHint": "1"} for number in range(100)]
    create(client, one(Autotune=ENABLED).config(ParameterRanges={**many(30), "AutoParameters": hints}))


PREFERENCES: tuple[tuple[dict[str, Any], str], ...] = (
    *(
        (
            {"ResourceConfig": {member: value, "InstanceCount": 1}},
            f"InstancePreferences cannot be combined with {member}.",
        )
        for member, value in {
            "InstanceType": "ml.m5.large",
            "InstanceGroups": [],
            "InstancePlacementConfig": {"EnableMultipleJobs": True},
        }.items()
    ),
    (
        {"ResourceConfig": {"InstanceCount": 1}, "EnableManagedSpotTraining": True},
        "InstancePreferences cannot be combined with EnableManagedSpotTraining.",
    ),
    (
        {
            "ResourceConfig": {
                "InstanceCount": 1,
                "TrainingPlanArn": "arn:aws:sagemaker:us-east-1:123456789012:training-plan/p",
                "InstancePreferences": [
                    {
                        "InstanceType": "ml.m5.large",
                        "TrainingPlanArns": ["arn:aws:sagemaker:us-east-1:123456789012:training-plan/q"],
                    }
                ],
            }
        },
        "InstancePreferences cannot be combined with TrainingPlanArn.",
    ),
    (
        {
            "ResourceConfig": {
                "InstanceCount": 1,
                "InstancePreferences": [{"InstanceType": "ml.m5.large"}] * 2,
            }
        },
        "An instance type can appear once in InstancePreferences, but ml.m5.large is used more than once.",
    ),
    *(
        (
            {"ResourceConfig": config},
            "Provide InstanceCount either in each of InstancePreferences or in ResourceConfig, "
            "and not in both.",
        )
        for config in (
            {},
            {
                "InstancePreferences": [{"InstanceType": "ml.m5.large", "InstanceCount": 1}],
                "InstanceCount": 1,
            },
            {
                "InstancePreferences": [
                    {"InstanceType": "ml.m5.large", "InstanceCount": 1},
                    {"InstanceType": "ml.m5.xlarge"},
                ]
            },
        )
    ),
)


@pytest.mark.skipif(
    "InstancePreferences" not in installed_model().shape_for("ResourceConfig").members,
    reason="the installed botocore does not know InstancePreferences",
)
@pytest.mark.parametrize(("broken", "text"), PREFERENCES)
def test_preferred_instance_types(client: Any, broken: dict[str, Any], text: str) -> None:
    preferred = {"InstancePreferences": [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.m5.xlarge"}]}
    broken = {**broken, "ResourceConfig": {"VolumeSizeInGB": 30, **preferred, **broken["ResourceConfig"]}}
    assert refused(client, one().definition(**broken)) == text
    train = {
        "AlgorithmSpecification": {"TrainingImage": "churn:1", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://models/churn/"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    }
    with pytest.raises(ClientError) as raised:
        client.create_training_job(TrainingJobName="final", **train, **broken)
    assert said(raised.value) == ("ValidationException", text)
    for kept in (
        {"InstanceCount": 1, **preferred},
        {"InstancePreferences": [{**each, "InstanceCount": 1} for each in preferred["InstancePreferences"]]},
    ):
        config = {"VolumeSizeInGB": 30, **kept}
        create(client, one().definition(ResourceConfig=config))
        client.create_training_job(TrainingJobName="final", **train, ResourceConfig=config)
        client = boto3.client("sagemaker", region_name="eu-west-1")


def test_of_several_broken_rules_the_first_is_told(client: Any) -> None:
    asked = one(
        trials=9,
        TrainingJobDefinitions=[definition()],
        Tags=[{"Key": "aws:a", "Value": ""}, {"Key": "b", "Value": ""}, {"Key": "b", "Value": ""}],
        WarmStartConfig={
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "nobody"}],
            "WarmStartType": "TransferLearning",
        },
    )
    asked.config(ParameterRanges=whole("4", "1"), HyperParameterTuningJobObjective=None)
    asked.config(**hyperband(MinResource=1), TrainingJobEarlyStoppingType="Auto")
    asked.definition(Environment=variables(48), InputDataConfig=channel(), ResourceConfig=None)
    asked.definition(StaticHyperParameters={"depth": "1"}, **spot(1, on=False))
    asked["TrainingJobDefinition"] = asked.pop("TrainingJobDefinitions")[0] | definition(
        Environment=variables(48),
        InputDataConfig=channel(),
        StaticHyperParameters={"depth": "1"},
        **spot(1, on=False),
    )
    del asked["TrainingJobDefinition"]["ResourceConfig"]
    asked.algorithm(AlgorithmName="churn", MetricDefinitions=None)
    asked.plus(TrainingJobDefinitions=[definition()])
    mend: list[Callable[[], Any]] = [
        lambda: asked.plus(TrainingJobDefinitions=None),
        lambda: asked.config(HyperParameterTuningJobObjective=AUC),
        lambda: asked.algorithm(AlgorithmName=None),
        lambda: asked.algorithm(MetricDefinitions=METRICS),
        lambda: asked.config(ParameterRanges=whole("1", "4")),
        lambda: asked.definition(StaticHyperParameters={}),
        lambda: asked.definition(ResourceConfig=definition()["ResourceConfig"]),
        lambda: asked.algorithm(TrainingInputMode="Pipe"),
        lambda: asked.definition(StoppingCondition={}),
        lambda: asked.config(TrainingJobEarlyStoppingType="Off"),
        lambda: asked.config(**hyperband(MaxResource=9)),
        lambda: asked.limits(MaxNumberOfTrainingJobs=4),
        lambda: asked["Tags"].pop(0),
        asked["Tags"].pop,
        lambda: asked.plus(WarmStartConfig=None),
    ]
    seen = []
    for step in mend:
        seen.append(refused(client, asked).split(":")[0].split(".")[0].split(",")[0])
        step()
    create(client, asked)
    assert seen == [
        "Provide either TrainingJobDefinition or TrainingJobDefinitions",
        "Provide HyperParameterTuningJobObjective in HyperParameterTuningJobConfig",
        "Provide either TrainingImage or AlgorithmName in AlgorithmSpecification",
        "A metric is required for this hyperparameter tuning job objective",
        "The MinValue of hyperparameter range depth",
        "Hyperparameter depth cannot be both tuned and static",
        "Provide either ResourceConfig or HyperParameterTuningResourceConfig",
        "AugmentedManifestFile is supported in Pipe mode only",
        "Invalid MaxWaitTimeInSeconds",
        "TrainingJobEarlyStoppingType must be Off with the Hyperband strategy",
        NO_MAX_RESOURCE.rstrip("."),
        "You don't have enough combinations of hyperparameter ranges",
        "Tag keys that begin with aws",
        "The keys of tags must be unique",
        "The parent hyperparameter tuning job nobody does not exist",
    ]


# Warm start.


def warm(*parents: str, kind: str = "TransferLearning") -> dict[str, Any]:
    return {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": parent} for parent in parents],
        "WarmStartType": kind,
    }


def identical(asked: ChangeableRequest) -> ChangeableRequest:
    return asked.plus(WarmStartConfig=warm("parent", kind="IdenticalDataAndAlgorithm"))


def identical_to_named(**algorithm: Any) -> ChangeableRequest:
    asked = one().algorithm(TrainingImage=None, **algorithm)
    return asked.plus(WarmStartConfig=warm("named", kind="IdenticalDataAndAlgorithm"))


OTHER_DATA = [
    {
        "ChannelName": "train",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/other"}},
    }
]
REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
FIELDS = (
    "Only the following fields in TrainingJobDefinition are allowed to change: [algorithmSpecification, "
    "inputDataConfig, outputDataConfig, staticHyperParameters, roleArn, resourceConfig, stoppingCondition, "
    "vpcConfig, enableManagedSpotTraining, checkpointConfig]."
)
NAMES = (
    "The set of tunable plus static HyperParameter names is not the same across current and parent tuning "
    "jobs. Please ensure this set is constant when warm starting. Note that previously static "
    "HyperParameters can be tuned in warm start jobs and vice versa."
)


def heir(**members: Any) -> ChangeableRequest:
    return one(WarmStartConfig=warm("parent"), **members)


WARM_STARTS: dict[str, tuple[ChangeableRequest, str, ChangeableRequest]] = {
    "unknown parent": (
        one(WarmStartConfig=warm("parent", "nobody")),
        "The parent hyperparameter tuning job nobody does not exist.",
        one(WarmStartConfig=warm("parent", "parent")),
    ),
    "parent without a name": (
        one(WarmStartConfig={"ParentHyperParameterTuningJobs": [{}], "WarmStartType": "TransferLearning"}),
        "Provide HyperParameterTuningJobName in each of ParentHyperParameterTuningJobs.",
        heir(),
    ),
    "running parent": (
        one(WarmStartConfig=warm("running")),
        "The parent hyperparameter tuning job running must have ended before it is used for a warm start, "
        "but its status is InProgress.",
        one(WarmStartConfig=warm("stopped")),
    ),
    "parent that is being stopped": (
        one(WarmStartConfig=warm("stopping")),
        "The parent hyperparameter tuning job stopping must have ended before it is used for a warm start, "
        "but its status is Stopping.",
        one(WarmStartConfig=warm("failed")),
    ),
    "another metric": (
        heir()
        .config(HyperParameterTuningJobObjective={"Type": "Maximize", "MetricName": "AUC"})
        .algorithm(MetricDefinitions=[{"Name": "AUC", "Regex": "(.+)"}]),
        "The objective must be the same across current and parent tuning jobs, "
        "but is Maximize AUC here and Maximize auc in parent.",
        heir().algorithm(MetricDefinitions=[{"Name": "auc", "Regex": "(.+)"}]),
    ),
    "another direction": (
        heir().config(HyperParameterTuningJobObjective={"Type": "Minimize", "MetricName": "auc"}),
        "The objective must be the same across current and parent tuning jobs, "
        "but is Minimize auc here and Maximize auc in parent.",
        heir(),
    ),
    "one name more": (
        heir().definition(StaticHyperParameters={"objective": "a", "gamma": "1"}),
        NAMES,
        heir().definition(StaticHyperParameters={"objective": "a"}),
    ),
    "one name less": (
        heir().definition(StaticHyperParameters={}),
        NAMES,
        heir()
        .definition(StaticHyperParameters={"eta": "0.3"})
        .config(ParameterRanges=category("a", "b", "c", "d", name="objective")),
    ),
    "environment": (
        heir().definition(Environment={"A": "1"}),
        FIELDS,
        heir().definition(Environment={}, EnableNetworkIsolation=False),
    ),
    "isolation": (
        heir().definition(EnableNetworkIsolation=True),
        FIELDS,
        heir().definition(
            InputDataConfig=OTHER_DATA,
            OutputDataConfig={"S3OutputPath": "s3://other"},
            RoleArn="arn:aws:iam::123456789012:role/other",
            ResourceConfig={"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 9},
            VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
            CheckpointConfig={"S3Uri": "s3://checkpoints/a"},
            **spot(3600),
        ),
    ),
    "retries": (
        heir().definition(RetryStrategy={"MaximumRetryAttempts": 1}),
        FIELDS,
        heir().definition(**resources(**TUNING_RESOURCES)),
    ),
    "another algorithm": (
        identical(one()).algorithm(TrainingImage=f"{REGISTRY}/churn2:1"),
        "With IdenticalDataAndAlgorithm the training algorithm must be that of the parent tuning job parent.",
        identical(one()).algorithm(TrainingImage=f"{REGISTRY}/churn@sha256:{'0' * 64}"),
    ),
    "another algorithm by name": (
        identical(one()).algorithm(TrainingImage=None, AlgorithmName="churn"),
        "With IdenticalDataAndAlgorithm the training algorithm must be that of the parent tuning job parent.",
        heir().algorithm(TrainingImage=None, AlgorithmName="churn"),
    ),
    "another algorithm of another name": (
        identical_to_named(AlgorithmName="turnover"),
        "With IdenticalDataAndAlgorithm the training algorithm must be that of the parent tuning job named.",
        # As describing the parent tells it.
        identical_to_named(AlgorithmName="arn:aws:sagemaker:us-east-1:123456789012:algorithm/churn"),
    ),
    "one of several definitions": (
        several({}, {"StaticHyperParameters": {}}).plus(WarmStartConfig=warm("parent")),
        NAMES,
        several({}, {}).plus(WarmStartConfig=warm("parent")),
    ),
    "definition of the same name": (
        several({}, {}).plus(WarmStartConfig=warm("two")),
        NAMES,
        several({}, {"StaticHyperParameters": {}}).plus(WarmStartConfig=warm("two")),
    ),
    "definition of a name that the parent lacks": (
        several({"StaticHyperParameters": {}}).plus(WarmStartConfig=warm("two")),
        NAMES,
        several({"StaticHyperParameters": {}})
        .definition(DefinitionName="c")
        .plus(WarmStartConfig=warm("two")),
    ),
}


@pytest.fixture
def family(service: FakeTuningService, client: Any, clock: HandClock) -> None:
    """An hour has gone by since there are jobs that may be parents, or may not."""
    for parent, scenario in {
        "parent": ROUND,
        "failed": ROUND.fails(after="1m"),
        "stopped": ROUND.stops(after="1m"),
        "stopping": ROUND.stops(after="1h"),
        "running": ROUND.never_ends(),
    }.items():
        service.on_create(scenario, name=parent)
        create(client, one().plus(HyperParameterTuningJobName=parent))
    create(client, several({}, {"StaticHyperParameters": {}}).plus(HyperParameterTuningJobName="two"))
    named = one().algorithm(TrainingImage=None, AlgorithmName="churn")
    create(client, named.plus(HyperParameterTuningJobName="named"))
    clock.at("1h")


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(("broken", "text", "kept"), WARM_STARTS.values(), ids=WARM_STARTS)
def test_each_rule_of_warm_starts(
    client: Any, broken: ChangeableRequest, text: str, kept: ChangeableRequest
) -> None:
    assert refused(client, broken) == text
    assert create(client, kept) == f"{TUNING_JOB}/xgb"


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize("channels", [OTHER_DATA, [{**OTHER_DATA[0], "ChannelName": "other"}], None])
def test_identical_data_may_lie_elsewhere(client: Any, channels: Any) -> None:
    create(client, identical(one()).definition(InputDataConfig=channels))


def test_a_parent_that_was_deleted_is_no_parent(client: Any, clock: HandClock) -> None:
    create(client, one().plus(HyperParameterTuningJobName="parent"))
    clock.at("1h")
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="parent")
    assert refused(client, heir()) == (
        "The parent hyperparameter tuning job parent must have ended before it is used for a warm start, "
        "but its status is Deleting."
    )
    clock.at("2h")
    assert refused(client, heir()) == "The parent hyperparameter tuning job parent does not exist."


def test_a_parent_elsewhere_is_no_parent(client: Any, clock: HandClock) -> None:
    create(
        boto3.client("sagemaker", region_name="eu-west-1"), one().plus(HyperParameterTuningJobName="parent")
    )
    clock.at("1h")
    assert refused(client, heir()) == "The parent hyperparameter tuning job parent does not exist."


# Training jobs, and jobs that a test adds.


@pytest.mark.parametrize(
    "rule",
    [
        "both ways to name the algorithm",
        "no algorithm",
        "metrics of a built-in algorithm",
        "augmented manifest",
        "wait without spot",
        "short wait",
    ],
)
def test_a_training_job_is_held_to_the_rules_of_a_definition(client: Any, rule: str) -> None:
    broken, text, kept = RULES[rule]

    def train(asked: ChangeableRequest) -> None:
        members = dict(asked["TrainingJobDefinition"])
        members["HyperParameters"] = members.pop("StaticHyperParameters")
        client.create_training_job(TrainingJobName="final", **members)

    with pytest.raises(ClientError) as raised:
        train(broken)
    assert said(raised.value) == ("ValidationException", text)
    assert names(client.list_training_jobs()) == []
    train(kept)
    assert names(client.list_training_jobs()) == ["final"]


def test_tags_of_a_training_job(client: Any) -> None:
    members = definition()
    del members["StaticHyperParameters"]
    with pytest.raises(ClientError) as raised:
        client.create_training_job(TrainingJobName="final", **members, Tags=[{"Key": "aws:a", "Value": ""}])
    assert said(raised.value) == (
        "ValidationException",
        "Tag keys that begin with aws: are reserved, but the request has aws:a.",
    )


def test_a_job_that_is_added_is_held_to_the_rules(service: FakeTuningService) -> None:
    job = TuningJob("grid").searching(eta=(0.1, 0.5)).strategy("Grid")
    with pytest.raises(ValueError, match="the service would refuse the request of 'grid'") as raised:
        service.add(job)
    assert str(raised.value) == (
        "the service would refuse the request of 'grid': "
        "Grid search supports categorical hyperparameter ranges only, but eta is not categorical."
    )
    assert service.jobs() == []


# The texts.


def test_each_text_is_quoted_or_invented() -> None:
    every = {name for name, text in vars(error_texts).items() if isinstance(text, str) and name.isupper()}
    assert set(error_texts.QUOTED) | set(error_texts.INVENTED) == every
    assert not set(error_texts.QUOTED) & set(error_texts.INVENTED)
    assert error_texts.QUOTED["NO_METRIC"] == NO_METRIC
    assert error_texts.INVENTED["RANGE_ORDER"] == ORDER.format("{name}", "{low}", "{high}")


def test_each_text_is_said_somewhere() -> None:
    found = {
        name
        for module in pkgutil.walk_packages(fake_tuning.service.__path__, "fake_tuning.service.")
        if module.name != error_texts.__name__
        for name in vars(importlib.import_module(module.name))
    }
    assert {*error_texts.QUOTED, *error_texts.INVENTED} <= found


@pytest.mark.parametrize("name", rules.RULES)
def test_each_rule_is_shown_to_refuse(name: str) -> None:
    template = re.escape(rules.RULES[name].text)
    text = re.compile(re.sub(r"\\{\w+\\}", ".+", template))
    shown = [case[1] for case in (*RULES.values(), *PREFERENCES, *WARM_STARTS.values())]
    assert any(text.fullmatch(each) for each in shown)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("TUNING_JOB_OVER", "already"),  # terraform-provider-aws
        ("TUNING_JOB_OVER", "non-running"),  # flytekit
        ("TUNING_JOB_RUNS", "not in a terminal state"),  # terraform-provider-aws
    ],
)
def test_invented_texts_have_what_clients_match_on(name: str, part: str) -> None:
    assert part in error_texts.INVENTED[name]


def test_a_scenario_does_not_loosen_the_rules(service: FakeTuningService, client: Any) -> None:
    service.on_create(Scenario.completes(after="1h"))
    assert refused(client, RULES["combinations"][0]) == RULES["combinations"][1]
