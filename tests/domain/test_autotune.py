"""What Autotune decides where a request says nothing, as a client sees it."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from support.account import (
    BAND,
    GRID,
    Account,
    asking,
    defining,
    restarts,
    several,
    statuses,
    tried,
)
from support.answers import said
from support.scenarios import ROUND

# Autotune.

AUTOTUNE = {"Autotune": {"Mode": "Enabled"}}
BUILT_IN = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
CUSTOM = {
    "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
    "TrainingInputMode": "File",
}


def autotuned(**config: Any) -> dict[str, Any]:
    return {**asking(trials=None, ParameterRanges=None, **config), **AUTOTUNE}


def test_autotune_tells_what_it_decides(account: Account) -> None:
    asked = autotuned(Strategy="Bayesian")
    account.create(asked)
    answer = account.describe()
    assert answer["Autotune"] == {"Mode": "Enabled"}
    assert answer["HyperParameterTuningJobConfig"] == {
        "Strategy": "Bayesian",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
        "ResourceLimits": {
            "MaxNumberOfTrainingJobs": 750,
            "MaxParallelTrainingJobs": 2,
            "MaxRuntimeInSeconds": 2_592_000,
        },
        "ParameterRanges": {
            "IntegerParameterRanges": [],
            "ContinuousParameterRanges": [],
            "CategoricalParameterRanges": [],
        },
        "TrainingJobEarlyStoppingType": "Auto",
        "TuningJobCompletionCriteria": {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
    }
    assert answer["TrainingJobDefinition"]["RetryStrategy"] == {"MaximumRetryAttempts": 3}
    (summary,) = account.client.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert summary["ResourceLimits"] == answer["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert account.service.job("xgb").request == asked


@pytest.mark.parametrize(
    ("specification", "metric"),
    [
        ({"TrainingImage": BUILT_IN, "TrainingInputMode": "File"}, "validation:auc"),
        (CUSTOM, "ObjectiveMetric"),
        ({**CUSTOM, "MetricDefinitions": [{"Name": "acc", "Regex": "a=(.+)"}]}, "acc"),
        ({"AlgorithmName": "ours", "TrainingInputMode": "File"}, "ObjectiveMetric"),
    ],
)
@pytest.mark.parametrize("listed", [False, True])
def test_autotune_needs_no_objective(
    account: Account, specification: dict[str, Any], metric: str, listed: bool
) -> None:
    asked = autotuned(Strategy="Bayesian", HyperParameterTuningJobObjective=None)
    asked["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 2
    asked["TrainingJobDefinition"] = {
        **asked["TrainingJobDefinition"],
        "AlgorithmSpecification": specification,
    }
    if listed:
        asked["TrainingJobDefinitions"] = [{**asked.pop("TrainingJobDefinition"), "DefinitionName": "only"}]
    account.create(asked)
    account.clock.at("2d")
    answer = account.describe()
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert "HyperParameterTuningJobObjective" not in answer["HyperParameterTuningJobConfig"]
    definition = answer["TrainingJobDefinitions"][0] if listed else answer["TrainingJobDefinition"]
    assert "TuningObjective" not in definition
    assert definition["StaticHyperParameters"]["_tuning_objective_metric"] == metric
    best = answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert best["MetricName"] == metric


@pytest.mark.parametrize(
    ("specification", "best"),
    [
        ({"TrainingImage": BUILT_IN, "TrainingInputMode": "File"}, 9),
        ({"TrainingImage": BUILT_IN.replace("xgboost:1", "kmeans:1"), "TrainingInputMode": "File"}, 1),
        (
            {"TrainingImage": BUILT_IN.replace("xgboost:1", "linear-learner:1"), "TrainingInputMode": "File"},
            1,
        ),
        ({**CUSTOM, "MetricDefinitions": [{"Name": "val_LOSS", "Regex": "l=(.+)"}]}, 1),
        ({**CUSTOM, "MetricDefinitions": [{"Name": "losses_avoided", "Regex": "l=(.+)"}]}, 9),
    ],
)
def test_the_metric_that_autotune_chooses_falls_if_it_is_a_loss(
    account: Account, specification: dict[str, Any], best: float
) -> None:
    asked = autotuned(Strategy="Bayesian", HyperParameterTuningJobObjective=None)
    asked["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] = 3
    asked["TrainingJobDefinition"]["AlgorithmSpecification"] = specification
    answer, _ = account.run(asked, ROUND.trial(1).scores(5).trial(2).scores(1).trial(3).scores(9))
    assert answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == best


def test_what_autotune_searches_is_repeated_only_beside_a_single_definition(account: Account) -> None:
    ranges = {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}
    one_definition = autotuned(Strategy="Bayesian")
    one_definition["HyperParameterTuningJobConfig"]["ParameterRanges"] = ranges
    account.create(one_definition)
    one = account.describe()["HyperParameterTuningJobConfig"]["ParameterRanges"]
    assert one["AutoParameters"] == ranges["AutoParameters"]
    account.create({**several("several", {"HyperParameterRanges": ranges}, trials=2), **AUTOTUNE})
    (definition,) = account.describe("several")["TrainingJobDefinitions"]
    assert definition["HyperParameterRanges"] == {member: [] for member in one.keys() - {"AutoParameters"}}
    account.clock.at("2d")
    assert [list(each["TunedHyperParameters"]) for each in account.trials("several")] == [["eta"]] * 2


def test_autotune_does_what_it_tells(account: Account) -> None:
    """The limits, criteria and retries that it answers with are those that the job lives by."""
    hints = {"AutoParameters": [{"Name": "eta", "ValueHint": "0.1"}]}
    asked = {**asking(trials=None, parallel=1, Strategy="Random", ParameterRanges=hints), **AUTOTUNE}
    scenario = (
        ROUND.scored_by(lambda _: [0.1, 0.5]).trial(2).hits_internal_errors(3).trial(3).scores([0.05, 0.9])
    )
    answer, trials = account.run(asked, scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert "ConvergenceDetectedTime" in answer["TuningJobCompletionDetails"]
    assert len(trials) < 40
    assert len(restarts(account.training_job(trials[1]), "Restarting")) == 4
    assert trials[2]["TrainingJobStatus"] == "Stopped"
    assert all(0.01 <= float(each["eta"]) <= 1 for each in tried(trials))


def test_what_was_said_autotune_leaves_alone(account: Account) -> None:
    limits = {"MaxNumberOfTrainingJobs": 3, "MaxParallelTrainingJobs": 1, "MaxRuntimeInSeconds": 9000}
    criteria = {"TargetObjectiveMetricValue": 0.999}
    asked = autotuned(
        ResourceLimits=limits, TuningJobCompletionCriteria=criteria, TrainingJobEarlyStoppingType="Off"
    )
    answer, trials = account.run(defining(asked, RetryStrategy={"MaximumRetryAttempts": 1}))
    config = answer["HyperParameterTuningJobConfig"]
    assert config["ResourceLimits"] == limits
    assert config["TuningJobCompletionCriteria"] == criteria
    assert config["TrainingJobEarlyStoppingType"] == "Off"
    assert answer["TrainingJobDefinition"]["RetryStrategy"] == {"MaximumRetryAttempts": 1}
    assert statuses(trials) == ["Completed"] * 3
    assert tried(trials) == [{}] * 3


def test_autotune_with_hyperband_and_with_a_grid_asks_for_what_goes_with_them(account: Account) -> None:
    band = {**autotuned(Strategy="Hyperband", StrategyConfig=BAND), "HyperParameterTuningJobName": "band"}
    account.create(band)
    assert account.describe("band")["HyperParameterTuningJobConfig"]["TrainingJobEarlyStoppingType"] == "Off"
    grid = {**asking("grid", trials=None, Strategy="Grid", ParameterRanges=GRID), **AUTOTUNE}
    answer, trials = account.run(grid)
    assert answer["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 6
    assert len(trials) == 6


def test_without_autotune_nothing_is_filled_in(account: Account) -> None:
    account.create(asking())
    config = account.describe()["HyperParameterTuningJobConfig"]
    assert not {"TrainingJobEarlyStoppingType", "TuningJobCompletionCriteria"} & config.keys()
    assert "RetryStrategy" not in account.describe()["TrainingJobDefinition"]
    with pytest.raises(ClientError) as refused:
        account.create(asking("other", ParameterRanges=None))
    assert said(refused.value) == (
        "ValidationException",
        "Provide ParameterRanges in HyperParameterTuningJobConfig, or enable Autotune.",
    )
