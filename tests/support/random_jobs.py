"""Requests, scenarios and jobs that a seed chooses: for drivers that need thousands of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fake_tuning import Scenario, TuningJob
from support.requests import definition, training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

METRIC = "auc"

DEFINITIONS: Sequence[dict[str, Any]] = (
    {},
    {},
    {"RetryStrategy": {"MaximumRetryAttempts": 2}},
    {"StoppingCondition": {"MaxRuntimeInSeconds": 90}},
    {"StoppingCondition": {"MaxRuntimeInSeconds": 400}},
    {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 200, "MaxWaitTimeInSeconds": 500},
    },
)

CRITERIA: Sequence[dict[str, Any]] = (
    {},
    {},
    {"TargetObjectiveMetricValue": 0.9},
    {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
    {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
)

PACINGS: Sequence[Callable[[Any], Any]] = (
    lambda behaving: behaving,
    lambda behaving: behaving.each("8m"),
    lambda behaving: behaving.each("20s", "4m"),
    lambda behaving: behaving.each("3ms"),
    lambda behaving: behaving.paced(refill="1s", launch="1s", drain="1s", train=("1s", "1h")),
)

STATED_FAILURE = ("quota", timedelta(minutes=30))
"""Why and at what age a job fails whose scenario says so, whatever else is done to it."""

TIMED_ENDINGS: Sequence[Callable[[Any], Any]] = (
    lambda behaving: behaving.completes(after="40m"),
    lambda behaving: behaving.stops(after="25m"),
    lambda behaving: behaving.fails(STATED_FAILURE[0], after=STATED_FAILURE[1]),
)
"""Those that say how long the job takes."""

ENDINGS: Sequence[Callable[[Any], Any]] = (
    lambda behaving: behaving,
    lambda behaving: behaving,
    lambda behaving: behaving,
    lambda behaving: behaving.stops(),
    lambda behaving: behaving.fails(),
    lambda behaving: behaving.never_ends(),
    *TIMED_ENDINGS,
)

EDITS: Sequence[Callable[[Any], Any]] = (
    lambda trial: trial.completes(),
    lambda trial: trial.fails("AlgorithmError: no such file"),
    lambda trial: trial.fails("InternalServerError: no"),
    lambda trial: trial.lacks_capacity(),
    lambda trial: trial.stops(),
    lambda trial: trial.takes("90s"),
    lambda trial: trial.scores(0.75),
    lambda trial: trial.scores([0.1, 0.2, 0.3]),
    lambda trial: trial.emits_no_metric(),
    lambda trial: trial.hits_internal_errors(2),
    lambda trial: trial.hits_internal_errors(4),
    lambda trial: trial.is_interrupted(),
)

OBJECTIVES: Sequence[Callable[[Any], Any]] = (
    lambda tried: 1 - (float(tried.get("eta", 0.3)) - 0.2) ** 2,
    lambda tried: [0.5 + 0.01 * epoch * len(tried) for epoch in range(1, 6)],
    lambda tried: None if str(tried).count("7") % 2 else 0.8,
)

STATUSES: Sequence[Callable[[TuningJob], TuningJob]] = (
    lambda job: job,
    lambda job: job.in_progress(),
    lambda job: job.stopping(),
    lambda job: job.completed(),
    lambda job: job.failed(),
    lambda job: job.stopped(),
    lambda job: job.deleting(),
    lambda job: job.delete_failed(),
)


def scenario(rng: Random) -> tuple[Scenario, bool]:
    """How a job behaves, and whether that says how long the job takes."""
    behaving: Scenario = rng.choice(PACINGS)(Scenario())
    if rng.random() < 0.4:
        behaving = behaving.scored_by(rng.choice(OBJECTIVES))
    if rng.random() < 0.3:
        behaving = behaving.failing(rng.choice((0.2, 0.6, 1.0)))
    for _ in range(rng.choice((0, 0, 1, 2))):
        behaving = rng.choice(EDITS)(behaving.trial(rng.randint(1, 4)))
    ending = rng.choice(ENDINGS)
    return ending(behaving), ending in TIMED_ENDINGS


def training_scenario(rng: Random) -> Scenario:
    """How a training job behaves that no tuning job launches."""
    behaving: Scenario = rng.choice(PACINGS)(Scenario())
    if rng.random() < 0.3:
        behaving = rng.choice(EDITS)(behaving.trial(1))
    ended: Scenario = rng.choice(ENDINGS)(behaving)
    return ended


def tuning_request(rng: Random, name: str, parents: Sequence[str] = ()) -> dict[str, Any]:
    """A CreateHyperParameterTuningJob request that breaks no rule, but perhaps that of its parents."""
    config = _config(rng)
    objective = {"Type": rng.choice(("Maximize", "Minimize")), "MetricName": METRIC}
    asked: dict[str, Any] = {"HyperParameterTuningJobName": name, "HyperParameterTuningJobConfig": config}
    ranges = _ranges(rng, grid=config["Strategy"] == "Grid")
    # Grid and early stopping are for one definition.
    simple = config["Strategy"] in ("Random", "Bayesian") and "TrainingJobEarlyStoppingType" not in config
    if simple and rng.random() < 0.3:
        asked["TrainingJobDefinitions"] = [
            {
                **definition(**rng.choice(DEFINITIONS)),
                "DefinitionName": f"definition-{number}",
                "TuningObjective": objective,
                "HyperParameterRanges": ranges,
            }
            for number in range(rng.randint(1, 3))
        ]
    else:
        config |= {"HyperParameterTuningJobObjective": objective, "ParameterRanges": ranges}
        asked["TrainingJobDefinition"] = definition(**rng.choice(DEFINITIONS))
    if rng.random() < 0.5:
        asked["Tags"] = tags(rng)
    if parents and rng.random() < 0.5:
        asked["WarmStartConfig"] = {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": rng.choice(parents)}],
            "WarmStartType": rng.choice(("IdenticalDataAndAlgorithm", "TransferLearning")),
        }
    return asked


def _config(rng: Random) -> dict[str, Any]:
    strategy = rng.choice(("Random", "Bayesian", "Random", "Bayesian", "Grid", "Hyperband"))
    trials = rng.randint(1, 8)
    limits = {"MaxNumberOfTrainingJobs": trials, "MaxParallelTrainingJobs": rng.randint(1, min(trials, 4))}
    if strategy == "Grid":
        limits = {"MaxParallelTrainingJobs": rng.randint(1, 3)}
    if rng.random() < 0.3:
        limits["MaxRuntimeInSeconds"] = rng.choice((120, 900, 20_000))
    config: dict[str, Any] = {"Strategy": strategy, "ResourceLimits": limits}
    if strategy == "Hyperband":
        resources = {"MinResource": 1, "MaxResource": rng.randint(2, 9)}
        config["StrategyConfig"] = {"HyperbandStrategyConfig": resources}
    elif rng.random() < 0.3:
        config["TrainingJobEarlyStoppingType"] = rng.choice(("Auto", "Off"))
    criteria = rng.choice(CRITERIA)
    if criteria:
        config["TuningJobCompletionCriteria"] = criteria
        if "BestObjectiveNotImproving" in criteria and "MaxNumberOfTrainingJobs" in limits:
            # Else it would seldom come to that.
            limits["MaxNumberOfTrainingJobs"] = 14
    if rng.random() < 0.2:
        config["RandomSeed"] = rng.randint(0, 3)
    return config


def _ranges(rng: Random, *, grid: bool) -> dict[str, Any]:
    booster = {"Name": "booster", "Values": ["gbtree", "dart"]}
    if grid:
        depth = {"Name": "depth", "Values": ["3", "6", "9"]}
        return {"CategoricalParameterRanges": [booster, depth]}
    eta = {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.5"}
    return {
        "ContinuousParameterRanges": [eta],
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "10"}],
        "CategoricalParameterRanges": [booster] if rng.random() < 0.5 else [],
    }


def training_request(rng: Random, name: str) -> dict[str, Any]:
    """A CreateTrainingJob request that breaks no rule."""
    asked = training(name, **rng.choice(DEFINITIONS))
    if rng.random() < 0.3:
        asked["Tags"] = tags(rng)
    if rng.random() < 0.4 and "EnableManagedSpotTraining" not in asked:
        asked["ResourceConfig"] = {**asked["ResourceConfig"], "KeepAlivePeriodInSeconds": 600}
    return asked


def tags(rng: Random) -> list[dict[str, str]]:
    """A few tags."""
    keys = rng.sample(("team", "stage", "cost", "owner"), rng.randint(1, 3))
    return [{"Key": key, "Value": rng.choice(("a", "b", ""))} for key in keys]


def composed(rng: Random, name: str) -> TuningJob:
    """A job of the builder, in any status.

    Raises:
        ValueError: it was told what contradicts itself.
    """
    trials = rng.randint(1, 8)
    job = TuningJob(name, seed=rng.randint(0, 2)).maximize(METRIC)
    job = job.trials(trials, parallel=rng.randint(1, min(trials, 3))).tagged(made="here")
    job = rng.choice(PACINGS)(job)
    for _ in range(rng.choice((0, 0, 1))):
        job = rng.choice(EDITS)(job.trial(rng.randint(1, trials)))
    return rng.choice(STATUSES)(job)
