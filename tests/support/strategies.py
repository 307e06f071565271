"""Hypothesis strategies for jobs, scenarios and what is done to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fake_tuning import Scenario, TuningJob
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.steering import Change, Delete, Fail, Stop

Tried = Mapping[str, Any]
Endings = st.SearchStrategy[Callable[[Any], Any]]

CREATED = 1_767_225_600_123
HOUR = 3_600_000

DETERMINISTIC = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""The same examples in every run, and no limit of time: never assert on real time."""


def bowl(tried: Tried) -> float:
    """An objective that is never worse in one place than in another by accident."""
    return 1 - (float(tried["eta"]) - 0.1) ** 2


def slope(tried: Tried) -> list[float]:
    return [0.5 + 0.01 * epoch * float(tried["eta"]) for epoch in range(1, 8)]


def patchy(tried: Tried) -> float | None:
    """Emits no metric for some of the trials."""
    return None if int(tried["depth"]) % 3 == 0 else float(tried["depth"])


CRITERIA = st.sampled_from(
    [
        {},
        {"TargetObjectiveMetricValue": 0.9},
        {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}},
        {"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}},
    ]
)

DEFINITIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {},
        {"RetryStrategy": {"MaximumRetryAttempts": 2}},
        {
            "EnableManagedSpotTraining": True,
            "StoppingCondition": {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 400},
        },
        {"StoppingCondition": {"MaxRuntimeInSeconds": 90}},
    ]
)

ENDINGS: Endings = st.one_of(
    st.just(lambda behaving: behaving),
    st.integers(1, 300).map(lambda minutes: lambda behaving: behaving.completes(after=f"{minutes}m")),
    st.integers(1, 300).map(lambda minutes: lambda behaving: behaving.stops(after=f"{minutes}m")),
    st.integers(1, 300).map(lambda minutes: lambda behaving: behaving.fails("because", after=f"{minutes}m")),
    st.just(lambda behaving: behaving.completes()),
    st.just(lambda behaving: behaving.stops()),
    st.just(lambda behaving: behaving.fails("all of them")),
    st.just(lambda behaving: behaving.never_ends()),
    st.just(lambda behaving: behaving.never_ends(ignoring_limits=True)),
)

EDITS = st.sampled_from(
    [
        lambda trial: trial.completes(),
        lambda trial: trial.fails("AlgorithmError: no such file"),
        lambda trial: trial.fails("InternalServerError: no"),
        lambda trial: trial.lacks_capacity(),
        lambda trial: trial.stops(),
        lambda trial: trial.never_ends(),
        lambda trial: trial.never_ends(ignoring_limits=True),
        lambda trial: trial.takes("90s"),
        lambda trial: trial.takes("5ms"),
        lambda trial: trial.scores(0.75),
        lambda trial: trial.scores([0.1, 0.2, 0.3]),
        lambda trial: trial.emits_no_metric(),
        lambda trial: trial.hits_internal_errors(2),
        lambda trial: trial.hits_internal_errors(4),
        lambda trial: trial.is_interrupted(2),
        lambda trial: trial.tries(eta=0.25),
    ]
)

PACINGS = st.sampled_from(
    [
        lambda behaving: behaving,
        lambda behaving: behaving.each("8m"),
        lambda behaving: behaving.each("20s", "4m"),
        lambda behaving: behaving.each("3ms"),
        lambda behaving: behaving.paced(refill="1s", launch="1s", drain="1s", train=("1s", "2h")),
    ]
)


@st.composite
def jobs(
    draw: st.DrawFn,
    *,
    endings: Endings = ENDINGS,
    most: int = 9,
    ends_early: bool = True,
    strategies: Sequence[str] = ("Bayesian", "Random", "Hyperband", "Grid"),
) -> TuningJob:
    """Jobs that were just created, and live on in all kinds of ways; with limits that end them early, or none."""
    job = TuningJob("xgb", seed=draw(st.integers(0, 3)))
    job = job.maximize("validation:auc") if draw(st.booleans()) else job.minimize("validation:rmse")
    strategy = draw(st.sampled_from(strategies))
    eta: Any = ["0.1", "0.2", "0.3"] if strategy == "Grid" else (0.01, 0.3)
    depth: Any = ["1", "2", "3"] if strategy == "Grid" else range(1, 11)
    job = job.searching(eta=eta, depth=depth, booster=["gbtree", "dart"]).strategy(strategy)
    job = job.trials(draw(st.integers(1, most)), parallel=draw(st.integers(1, 4)))
    early = draw(st.sampled_from(["Off", "Auto"])) if strategy != "Hyperband" else "Off"
    job = job.configured(
        TrainingJobEarlyStoppingType=early, TuningJobCompletionCriteria=draw(CRITERIA) if ends_early else {}
    )
    if strategy == "Hyperband":
        resources = {"MinResource": 1, "MaxResource": draw(st.integers(1, 12))}
        job = job.configured(StrategyConfig={"HyperbandStrategyConfig": resources})
    if ends_early and draw(st.booleans()):
        limits = {
            "MaxNumberOfTrainingJobs": job.requested.max_trials,
            "MaxParallelTrainingJobs": job.requested.parallel,
            "MaxRuntimeInSeconds": draw(st.sampled_from([120, 900, 20_000])),
        }
        job = job.configured(ResourceLimits=limits)
    job = job.defined(**draw(DEFINITIONS))
    ended: TuningJob = draw(endings)(draw(behaviours(job)))
    return ended


@st.composite
def behaviours(draw: st.DrawFn, behaving: Any) -> Any:
    """What may be said of a job and of a scenario alike."""
    behaving = draw(PACINGS)(behaving)
    objective = draw(st.sampled_from([None, bowl, slope, patchy]))
    if objective is not None:
        behaving = behaving.scored_by(objective)
    if draw(st.booleans()):
        behaving = behaving.failing(draw(st.sampled_from([0.0, 0.3, 1.0])))
    most = behaving.requested.max_trials if isinstance(behaving, TuningJob) else 9
    for number in draw(st.lists(st.integers(1, most), max_size=3)):
        behaving = draw(EDITS)(behaving.trial(number))
    return behaving


@st.composite
def scenarios(draw: st.DrawFn, *, endings: Endings = ENDINGS) -> Scenario:
    """Scenarios for jobs that tune ``eta`` and ``depth``, and have nine trials."""
    ended: Scenario = draw(endings)(draw(behaviours(Scenario())))
    return ended


KINDS: dict[str, Callable[[int, int], Change]] = {
    "stop": lambda at, trial: Stop(at),
    "fail": lambda at, trial: Fail(at, reason="somebody's doing"),
    "delete": lambda at, trial: Delete(at),
    "stop_trial": Stop,
    "fail_trial": lambda at, trial: Fail(at, trial, "somebody's doing"),
}
"""Makers of changes that steer a tuning job, each of an instant and of the number of a trial."""


@st.composite
def changes(draw: st.DrawFn) -> tuple[Change, ...]:
    """Things done to a job, most of them in the first hour."""
    return tuple(
        draw(
            st.lists(
                st.builds(
                    lambda at, kind, trial: KINDS[kind](at, trial),
                    at=st.one_of(st.integers(0, HOUR // 3), st.integers(0, 8 * HOUR)).map(
                        lambda age: CREATED + age
                    ),
                    kind=st.sampled_from(list(KINDS)),
                    trial=st.integers(1, 9),
                ),
                max_size=3,
            )
        )
    )


def with_several_definitions(request: dict[str, Any], count: int) -> dict[str, Any]:
    """The same request in its other form, with so many definitions."""
    config = request["HyperParameterTuningJobConfig"]
    moved = ("HyperParameterTuningJobObjective", "ParameterRanges")
    definition = {
        **request["TrainingJobDefinition"],
        "TuningObjective": config[moved[0]],
        "HyperParameterRanges": config[moved[1]],
    }
    rest = {member: value for member, value in request.items() if member != "TrainingJobDefinition"}
    return {
        **rest,
        "HyperParameterTuningJobConfig": {
            member: value for member, value in config.items() if member not in moved
        },
        "TrainingJobDefinitions": [
            {**definition, "DefinitionName": f"definition-{number}"} for number in range(1, count + 1)
        ],
    }


@st.composite
def records(
    draw: st.DrawFn,
    *,
    endings: Endings = ENDINGS,
    changed: bool = True,
    composed: Callable[..., st.SearchStrategy[TuningJob]] = jobs,
    definitions: Sequence[int] = (0, 0, 0, 2, 3),
) -> TuningJobRecord:
    """Jobs in their place, created at ``CREATED``, and what was done to them.

    ``definitions`` are the numbers of definitions that they may have; 0 stands for the form for a single one.
    """
    job = draw(composed(endings=endings))
    several = draw(st.sampled_from(definitions))
    request = with_several_definitions(dict(job.request), several) if several else job.request
    done = draw(changes()) if changed else ()
    return TuningJobRecord(request, job.place, job.composed.scenario, job.seed, CREATED, done)


def afresh(record: TuningJobRecord) -> TuningJobRecord:
    """The same job, of which nothing has been asked yet."""
    return replace(record)


def ends_of(record: TuningJobRecord) -> int:
    """When the job has ended for good, or a day after its creation."""
    last = max([CREATED + 24 * HOUR, *(change.at for change in record.changes)])
    ends = afresh(record).timeline.ends_at
    return max(last, ends) + HOUR if ends < math.inf and ends < CREATED + 1000 * 24 * HOUR else last + HOUR


instants = st.one_of(
    st.integers(0, HOUR // 2), st.integers(0, 6 * HOUR), st.integers(0, 200 * 24 * HOUR)
).map(lambda age: CREATED + age)
"""Instants at which a job is looked at: mostly early in its life, sometimes long after."""
