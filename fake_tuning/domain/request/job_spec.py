"""What a tuning job was asked to do, read from its request."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from fake_tuning.domain.request.autotune import filled_in, objective_of
from fake_tuning.domain.vocabulary.ranges import Range, combinations, ranges_from_aws, taking_turns

Strategy: TypeAlias = Literal["Bayesian", "Random", "Hyperband", "Grid"]
MetricType: TypeAlias = Literal["Maximize", "Minimize"]
METRIC_TYPES: tuple[MetricType, ...] = get_args(MetricType)
STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)

OBJECTIVE_STATIC = "_tuning_objective_metric"
"""The static hyperparameter that the service adds to every definition (recorded)."""

DEFAULT_BUDGET = 750
"""Trials of a job that names no number: the documented default quota of training jobs per tuning job."""

MOST_TRIALS = 100_000
"""Ours: no job may launch more, not counting replaced ones, for simulating so many takes half a minute and 300 MB.

AWS raises its own quota to 10,000 (documented).
"""

DEFAULT_RUNTIME = 86_400
"""Seconds for which a training job may run whose request does not limit that (documented)."""

_RESOURCE_STATICS = ("epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs")
"""Static hyperparameters from which Hyperband takes its resource (documented)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One training job definition of a tuning job.

    Attributes:
        name: the definition's name, or None where the job has just one, without a name.
        metric: the objective metric.
        maximize: whether more is better.
        ranges: what is tuned.
        static: the hyperparameters that every trial gets, with the one that the service adds.
        max_runtime: milliseconds that a trial may train.
        max_wait: milliseconds that a trial may take with all its waiting for spot capacity, or None.
        retries: how often a trial is tried again after an internal error.
        spot: whether it runs on managed spot capacity.
        request: the definition as requested.
    """

    name: str | None
    metric: str
    maximize: bool
    ranges: tuple[Range, ...]
    static: Mapping[str, str]
    max_runtime: int
    max_wait: int | None
    retries: int
    spot: bool
    request: Mapping[str, Any]

    @classmethod
    def read(
        cls, request: Mapping[str, Any], objective: Mapping[str, Any], ranges: Mapping[str, Any]
    ) -> Definition:
        """Read a definition, its objective and its ranges as they were requested."""
        stopping = request.get("StoppingCondition", {})
        metric = objective.get("MetricName", "")
        return cls(
            name=request.get("DefinitionName"),
            metric=metric,
            maximize=objective.get("Type") != "Minimize",
            ranges=ranges_from_aws(ranges),
            static={**request.get("StaticHyperParameters", {}), OBJECTIVE_STATIC: metric},
            max_runtime=stopping.get("MaxRuntimeInSeconds", DEFAULT_RUNTIME) * 1000,
            max_wait=_ms(stopping.get("MaxWaitTimeInSeconds")),
            retries=request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0),
            spot=request.get("EnableManagedSpotTraining", False),
            request=request,
        )

    @property
    def training_plan(self) -> str | None:
        """The ARN of the training plan whose capacity it runs on, or None."""
        arn: str | None = self.request.get("ResourceConfig", {}).get("TrainingPlanArn")
        return arn


@dataclass(frozen=True, slots=True)
class Hyperband:
    """How Hyperband spends its resource, in epochs."""

    min_resource: int
    max_resource: int


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a tuning job was asked to do.

    Attributes:
        name: the tuning job's name.
        strategy: Bayesian, Random, Hyperband or Grid.
        definitions: at least one.
        max_trials: how many trials it launches at most, not counting those that end in RetryableError.
        parallel: how many run at a time at most.
        early_stopping: whether the service stops trials that lag behind.
        max_runtime: milliseconds after which the job ends, or None.
        target: the objective value that ends the job, or None.
        max_not_improving: how many trials in a row without progress end the job, or None.
        ends_on_convergence: whether convergence ends the job.
        random_seed: the request's own seed, or None.
        hyperband: Hyperband's resources, or None with another strategy.
    """

    name: str
    strategy: str
    definitions: tuple[Definition, ...]
    max_trials: int
    parallel: int
    early_stopping: bool
    max_runtime: int | None
    target: float | None
    max_not_improving: int | None
    ends_on_convergence: bool
    random_seed: int | None
    hyperband: Hyperband | None

    @classmethod
    def read(cls, request: Mapping[str, Any]) -> JobSpec:
        """Read a CreateHyperParameterTuningJob request that the service accepted.

        Raises:
            ValueError: it asks for more trials than a job may launch here.
        """
        request = filled_in(request)
        config = request["HyperParameterTuningJobConfig"]
        definitions = definitions_of(request)
        limits = config["ResourceLimits"]
        criteria = config.get("TuningJobCompletionCriteria", {})
        most = trials_asked_for(request)
        if most > MOST_TRIALS:
            raise ValueError(
                f"no job of this fake launches more than {MOST_TRIALS} trials (AWS raises its quota to 10000), but "
                f"{request['HyperParameterTuningJobName']!r} is to launch {most}: set a smaller MaxNumberOfTrainingJobs"
            )
        return cls(
            name=request["HyperParameterTuningJobName"],
            strategy=config["Strategy"],
            definitions=definitions,
            max_trials=most,
            parallel=limits["MaxParallelTrainingJobs"],
            early_stopping=config.get("TrainingJobEarlyStoppingType") == "Auto",
            max_runtime=_ms(limits.get("MaxRuntimeInSeconds")),
            target=criteria.get("TargetObjectiveMetricValue"),
            max_not_improving=criteria.get("BestObjectiveNotImproving", {}).get(
                "MaxNumberOfTrainingJobsNotImproving"
            ),
            ends_on_convergence=criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence")
            == "Enabled",
            random_seed=config.get("RandomSeed"),
            hyperband=_hyperband(config, definitions[0]) if config["Strategy"] == "Hyperband" else None,
        )

    @property
    def maximize(self) -> bool:
        """Whether more of the objective is better."""
        return self.definitions[0].maximize

    def definition_of(self, turn: int) -> Definition:
        """Return the definition whose turn it is, from 1."""
        return self.definitions[0] if len(self.definitions) == 1 else self.turn_of(turn)[0]

    def definition_named(self, name: str) -> Definition:
        """Return the definition that has a name."""
        return next(each for each in self.definitions if each.name == name)

    def turn_of(self, turn: int) -> tuple[Definition, int]:
        """Return the definition whose turn it is (from 1), and which of its own turns this is (from 0).

        In a grid only those take turns that have combinations left.
        """
        if counts := _grids(self.strategy, self.definitions):
            position, own = taking_turns(counts, turn - 1)
        else:
            own, position = divmod(turn - 1, len(self.definitions))
        return self.definitions[position], own


def definitions_of(request: Mapping[str, Any]) -> tuple[Definition, ...]:
    """Read the definitions of a request, in either of its two forms."""
    config = request["HyperParameterTuningJobConfig"]
    if "TrainingJobDefinitions" in request:
        return tuple(
            Definition.read(
                each, objective_of(each, each.get("TuningObjective")), each.get("HyperParameterRanges", {})
            )
            for each in request["TrainingJobDefinitions"]
        )
    definition = request["TrainingJobDefinition"]
    objective = objective_of(definition, config.get("HyperParameterTuningJobObjective"))
    return (Definition.read(definition, objective, config.get("ParameterRanges", {})),)


def trials_asked_for(request: Mapping[str, Any]) -> int:
    """Return how many trials a request lets its job launch at most, not counting those that are replaced."""
    config = request["HyperParameterTuningJobConfig"]
    most: int | None = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    return most or sum(_grids(config["Strategy"], definitions_of(request))) or DEFAULT_BUDGET


def _grids(strategy: str, definitions: tuple[Definition, ...]) -> list[int]:
    """Return how many combinations each definition has in a grid, or nothing where there is none to go through."""
    if strategy != "Grid":
        return []
    counts = [combinations(each.ranges) for each in definitions]
    return list(map(int, counts)) if all(map(math.isfinite, counts)) else []


def _hyperband(config: Mapping[str, Any], definition: Definition) -> Hyperband:
    asked = config.get("StrategyConfig", {}).get("HyperbandStrategyConfig", {})
    most = asked.get("MaxResource") or inferred_resource(definition.static) or 1
    return Hyperband(min_resource=min(asked.get("MinResource", 1), most), max_resource=most)


def inferred_resource(static: Mapping[str, str]) -> int | None:
    """Return the epochs that static hyperparameters give to Hyperband, or None when they give none."""
    for name in _RESOURCE_STATICS:
        text = static.get(name, "").strip('"')
        if text.isdecimal() and int(text) > 0:
            return int(text)
    return None


def _ms(seconds: int | None) -> int | None:
    return None if seconds is None else seconds * 1000
