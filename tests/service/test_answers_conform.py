"""No answer of ours is one that the service model does not allow, wherever a job has come from or got to."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_tuning import Scenario, TuningJob
from fake_tuning.domain.simulation.trial_edits import TrialEditor
from fake_tuning.domain.vocabulary.durations import utc
from fake_tuning.domain.vocabulary.statuses import TUNING_LIFECYCLE, TUNING_STATUSES
from fake_tuning.doors.botocore.fake_service import FakeTuningService
from fake_tuning.doors.pre_ga import PRE_GA
from fake_tuning.doors.pre_ga import STATUSES as PRE_GA_STATUSES
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.validation.model import Constraints, load_model
from support.events import events
from support.hand_clock import START, HandClock
from support.model_values import OPERATIONS
from support.operation_samples import SAMPLES, STAGES
from support.reads import wrong
from support.requests import definition, request, request_of_several, training
from support.scenarios import EVENTFUL, ROUND
from support.strategies import CREATED, DETERMINISTIC, afresh, ends_of, instants, jobs, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord

pytestmark = pytest.mark.slow


Told: TypeAlias = "Callable[[TuningJob], TuningJob]"

JOB = (
    TuningJob("xgb")
    .maximize("auc")
    .searching(eta=(0.01, 0.3), depth=range(3, 11), booster=["gbtree", "dart"])
    .trials(6, parallel=2)
)
PARENT = (
    TuningJob("parent")
    .maximize("auc")
    .searching(eta=(0.01, 0.3), depth=range(3, 11), booster=["gbtree", "dart"])
    .completed()
)


def at(job: TuningJob, status: Any) -> TuningJob:
    return job if status == "new" else job.in_status(status)


@pytest.fixture(scope="module")
def older() -> Constraints:
    return Constraints(PRE_GA.model(load_model()))


# Every method of the builder.

GRID = {"booster": ["gbtree", "dart"], "depth": ["3", "6", "9"]}
SPOT = {"EnableManagedSpotTraining": True, "CheckpointConfig": {"S3Uri": "s3://bucket/checkpoints"}}
BAND = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}

EXAMPLES: dict[str, tuple[Told, ...]] = {
    "maximize": (lambda job: job.maximize("other"),),
    "minimize": (lambda job: job.minimize("other"),),
    "searching": (
        lambda job: job.searching(a=(1, 20), b=(0.1, 10.0, "Logarithmic"), c=["x"]),
        lambda job: job.searching(
            a=(1, 1000, "Logarithmic"), b=(0.1, 0.2, "ReverseLogarithmic"), c=(1, 9, "Linear")
        ),
    ),
    "with_static": (lambda job: job.with_static(rounds=10, kind="gbtree"),),
    "trials": (lambda job: job.trials(7, parallel=3, each="8m"),),
    "strategy": (
        lambda job: job.strategy("Random"),
        lambda job: job.searching(**GRID).strategy("Grid"),
        lambda job: job.strategy("Hyperband").with_static(epochs=9),
    ),
    "configured": (
        lambda job: job.configured(RandomSeed=0, TrainingJobEarlyStoppingType="Auto"),
        lambda job: job.configured(
            TuningJobCompletionCriteria={
                "TargetObjectiveMetricValue": 0.9,
                "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3},
                "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
            }
        ),
        lambda job: job.strategy("Hyperband").configured(StrategyConfig=BAND),
        lambda job: job.configured(
            ResourceLimits={
                "MaxNumberOfTrainingJobs": 6,
                "MaxParallelTrainingJobs": 2,
                "MaxRuntimeInSeconds": 90_000,
            }
        ),
    ),
    "defined": (
        lambda job: job.defined(
            RetryStrategy={"MaximumRetryAttempts": 2}, VpcConfig={"SecurityGroupIds": ["g"], "Subnets": ["s"]}
        ),
        lambda job: job.defined(
            **SPOT, StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
        ),
        lambda job: job.defined(**definition(StaticHyperParameters={"a": "b"}), Environment={"LEVEL": "1"}),
        lambda job: job.defined(StoppingCondition={"MaxRuntimeInSeconds": 20}),
    ),
    "defining": (
        lambda job: job.defining("a").defining(
            "b", minimize="loss", searching={"eta": (0.1, 0.2)}, static={"n": 3}, EnableNetworkIsolation=True
        ),
        lambda job: job.defining("only"),
    ),
    "warm_started_from": (
        lambda job: job.warm_started_from(PARENT),
        lambda job: job.warm_started_from("parent", kind="TransferLearning"),
    ),
    "created": (lambda job: job.created(START - timedelta(hours=9)),),
    "tagged": (lambda job: job.tagged(team="churn", empty=""),),
    "located": (lambda job: job.located(region="cn-north-1", account="999999999999"),),
    "each": (lambda job: job.each("8m"), lambda job: job.each("5ms", "20h")),
    "paced": (lambda job: job.paced(train="8m", refill="1s", drain=("1s", "2m")),),
    "scored_by": (
        lambda job: job.scored_by(len),
        lambda job: job.scored_by(lambda _: [0.1, -3.4e38, 1e-45]),
        lambda job: job.scored_by(lambda _: None),
    ),
    "failing": (lambda job: job.failing(0.5),),
    "in_progress": (
        lambda job: job.in_progress(),
        lambda job: job.in_progress(completed=1, failed=1, stopped=1, running=1),
    ),
    "completed": (lambda job: job.completed(), lambda job: job.completed(completed=3, failed=2, stopped=1)),
    "failed": (
        lambda job: job.failed(),
        lambda job: job.failed("x" * 2000, completed=2, failed=1, stopped=1),
    ),
    "stopped": (lambda job: job.stopped(), lambda job: job.stopped(completed=0, failed=2, stopped=1)),
    "stopping": (lambda job: job.stopping(), lambda job: job.stopping(completed=0, failed=1, running=2)),
    "deleting": (lambda job: job.deleting(),),
    "delete_failed": (lambda job: job.delete_failed(),),
    "in_status": tuple((lambda job, status=status: job.in_status(status)) for status in TUNING_STATUSES),
    "completes": (lambda job: job.completes(), lambda job: job.completes(after="5h")),
    "fails": (lambda job: job.fails(), lambda job: job.fails("because", after="5h")),
    "stops": (lambda job: job.stops(), lambda job: job.stops(after="5h")),
    "never_ends": (lambda job: job.never_ends(), lambda job: job.never_ends(ignoring_limits=True)),
    "overriding": (lambda job: job.overriding(FailureReason="by hand", ConsumedResources=None),),
    "without_overrides": (lambda job: job.overriding(FailureReason="by hand").without_overrides(),),
    "from_response": (lambda job: TuningJob.from_response(job.describe()),),
}
"""How each method that makes another job of a job is called."""

TRIAL_EXAMPLES: dict[str, tuple[Callable[[TrialEditor[TuningJob]], TuningJob], ...]] = {
    "completes": (lambda trial: trial.completes(),),
    "fails": (lambda trial: trial.fails("é" * 2000), lambda trial: trial.fails("No", before_start=True)),
    "lacks_capacity": (lambda trial: trial.lacks_capacity(),),
    "stops": (lambda trial: trial.stops(),),
    "never_ends": (lambda trial: trial.never_ends(), lambda trial: trial.never_ends(ignoring_limits=True)),
    "takes": (lambda trial: trial.takes("1ms"), lambda trial: trial.takes("90m")),
    "scores": (lambda trial: trial.scores(0.5), lambda trial: trial.scores([0.1, 0.2, -0.3])),
    "emits_no_metric": (lambda trial: trial.emits_no_metric(),),
    "tries": (lambda trial: trial.tries(eta=0.25, depth=7),),
    "hits_internal_errors": (lambda trial: trial.hits_internal_errors(2),),
    "is_interrupted": (lambda trial: trial.is_interrupted(2),),
}
"""How each word about a single trial is said."""

ANSWERS = {
    "describe", "describe_trial", "list_trials", "list_trials_response", "list_jobs_response", "moment",
    "since_creation", "record_at", "every_status",
}  # fmt: skip
"""Methods that tell something of a job rather than make another one."""


def public_methods(owner: type) -> set[str]:
    found = inspect.getmembers(owner, lambda each: inspect.isfunction(each) or inspect.ismethod(each))
    return {name for name, _ in found if not name.startswith("_")}


def test_every_method_of_the_builder_has_an_example() -> None:
    assert public_methods(TuningJob) - ANSWERS == {*EXAMPLES, "trial"}
    assert public_methods(TrialEditor) == set(TRIAL_EXAMPLES)


def ways() -> Iterator[tuple[str, Told]]:
    for name, examples in EXAMPLES.items():
        for turn, example in enumerate(examples, 1):
            yield f"{name}-{turn}", example
    for name, told in TRIAL_EXAMPLES.items():
        for turn, edit in enumerate(told, 1):
            for number in (1, 6):
                yield f"trial({number}).{name}-{turn}", lambda job, n=number, edit=edit: edit(job.trial(n))


WAYS = dict(ways())

LATER = TUNING_LIFECYCLE.onwards("InProgress") - {"InProgress"}
ONCE_COMPLETED = TUNING_LIFECYCLE.onwards("Completed")
TWO_ENDS = "a job that is {status} now cannot also end later: say one or the other"
NO_END = "a job with a trial that never ends, whatever its limits, cannot be {status}"

REFUSED: dict[str, tuple[frozenset[str], frozenset[str], str]] = {
    "completes-1": (LATER - ONCE_COMPLETED, LATER, TWO_ENDS),
    "completes-2": (LATER - ONCE_COMPLETED, LATER, TWO_ENDS),
    **{
        f"{method}-{turn}": (LATER, LATER, TWO_ENDS)
        for method in ("fails", "stops", "never_ends")
        for turn in (1, 2)
    },
    "trial(1).never_ends-2": (ONCE_COMPLETED, ONCE_COMPLETED, NO_END),
    "trial(6).never_ends-2": (ONCE_COMPLETED, ONCE_COMPLETED, NO_END),
}
"""What the builder refuses: statuses that cannot be asked for after a word, and before it, and why.

An ending still to come contradicts a status that is one, or leads to one; a job completes only when its trials end.
"""


def composed(way: str, status: str) -> list[TuningJob]:
    """The jobs that a word and a status make, in either order; where they cannot be said, it is told why."""
    word, (no_status_after, no_word_after, why) = WAYS[way], REFUSED.get(way, (frozenset(), frozenset(), ""))
    orders: tuple[tuple[bool, Callable[[], TuningJob]], ...] = (
        (status in no_status_after, lambda: at(word(JOB), status)),
        (status in no_word_after, lambda: word(at(JOB, status))),
    )
    made: list[TuningJob] = []
    for refused, make in orders:
        if refused:
            with pytest.raises(ValueError, match=r".+") as refusal:
                make()
            assert str(refusal.value) == why.format(status=status)
        elif (job := make()) not in made:
            made.append(job)
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_job_of_every_making_is_answered_as_the_model_says_in_every_status(
    way: str, constraints: Constraints
) -> None:
    for status in STAGES:
        for job in composed(way, status):
            clock = HandClock()
            service = FakeTuningService(clock=clock)
            service.add(PARENT, region=job.place.region)
            handle = service.add(job.tagged(team="churn"), region=job.place.region)
            # What was just created has launched nothing: it is looked at later too.
            for age in (0, 700, 100_000) if job.age == 0 else (0,):
                clock.at(age)
                assert wrong(service, handle.name, constraints, job.place.region) == [], (status, age)


def test_the_refusals_are_of_words_that_there_are() -> None:
    assert REFUSED.keys() <= WAYS.keys()
    assert all({*before, *later} <= {*TUNING_STATUSES} for before, later, _ in REFUSED.values())


@pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
def test_the_ready_made_jobs_too(job: TuningJob, constraints: Constraints) -> None:
    service = FakeTuningService(clock=HandClock())
    service.add(job.tagged(team="churn"))
    assert wrong(service, str(job.name), constraints) == []


def test_a_reason_that_is_too_long_is_cut_wherever_it_is_given(constraints: Constraints) -> None:
    service = FakeTuningService(clock=HandClock())
    service.add(JOB).fail("because " * 200)
    assert service.job("xgb").failure_reason == ("because " * 200)[:1024]
    assert wrong(service, "xgb", constraints) == []


# Every operation.


@pytest.mark.parametrize("status", STAGES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_on_a_job_of_every_status(
    operation: str, status: str, constraints: Constraints
) -> None:
    clock = HandClock()
    service = FakeTuningService(clock=clock)
    handle = service.add(at(JOB, status))
    if status == "new":
        clock.at(60)
    sample = SAMPLES[operation]
    params = sample.about(job="xgb", arn=handle.arn, trial=handle.trials[-1].name)
    if status in sample.refused:
        with pytest.raises(ServiceError) as refused:
            service.call(operation, params)
        assert refused.value.code == sample.refused[status]
    else:
        answer = service.call(operation, params)
        assert constraints.check_response(operation, answer) == []
    assert wrong(service, "xgb", constraints) == []


# Every instant of some jobs.

ENDINGS = {
    "completes": ROUND.completes(after="12m"),
    "fails": ROUND.fails("AlgorithmError: no luck", after="12m"),
    "stops": ROUND.stops(after="12m"),
    "all-fail": ROUND.fails(),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_ending_is_answered_as_the_model_says(
    ending: str, constraints: Constraints, clock: HandClock
) -> None:
    service = FakeTuningService(clock=clock)
    service.on_create(ENDINGS[ending].trial(2).fails().trial(3).emits_no_metric().trial(4).lacks_capacity())
    service.call("CreateHyperParameterTuningJob", request("xgb", trials=6, Tags=[{"Key": "a", "Value": ""}]))
    statuses = []
    for instant in events(service, 3000):
        clock.time = instant
        assert wrong(service, "xgb", constraints) == []
        statuses.append(service.job("xgb").status)
    ended = {"completes": "Completed", "stops": "Stopped"}.get(ending, "Failed")
    assert (statuses[0], statuses[-1]) == ("InProgress", ended)
    service.job("xgb").delete()
    assert wrong(service, "xgb", constraints) == []


def test_a_job_of_every_feature_is_answered_as_the_model_says(
    constraints: Constraints, clock: HandClock
) -> None:
    spot = definition(
        DefinitionName="spot",
        EnableManagedSpotTraining=True,
        StoppingCondition={"MaxRuntimeInSeconds": 200, "MaxWaitTimeInSeconds": 400},
        CheckpointConfig={"S3Uri": "s3://checkpoints"},
        RetryStrategy={"MaximumRetryAttempts": 2},
        VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    )
    service = FakeTuningService(clock=clock)
    service.on_create(ROUND.trial(1).is_interrupted().trial(3).hits_internal_errors(2).trial(2).stops())
    service.call(
        "CreateHyperParameterTuningJob",
        request_of_several("xgb", spot, definition(DefinitionName="plain"), trials=6),
    )
    for instant in events(service, 5000):
        clock.time = instant
        assert wrong(service, "xgb", constraints) == []
    assert service.job("xgb").status == "Completed"


# Every state that the properties are tried in.


def answers(record: TuningJobRecord, instant: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """All that anybody can see of a job at an instant."""
    yield "DescribeHyperParameterTuningJob", record.describe(instant, utc)
    summaries = [record.summary(instant, utc)]
    yield "ListHyperParameterTuningJobs", {"HyperParameterTuningJobSummaries": summaries}
    trials = record.timeline.trials(instant)
    summaries = [record.trial_summary(trial, instant, utc) for trial in trials]
    yield "ListTrainingJobsForHyperParameterTuningJob", {"TrainingJobSummaries": summaries}
    summaries = [record.training_job_summary(trial, instant, utc) for trial in trials]
    yield "ListTrainingJobs", {"TrainingJobSummaries": summaries}
    for trial in trials:
        if instant <= trial.ended:  # nothing changes afterwards
            yield "DescribeTrainingJob", record.describe_trial(trial, instant, utc)


def whole_life(record: TuningJobRecord) -> Iterator[int]:
    """Every instant at which something happens to a job, up to its end and beyond."""
    timeline, until, now = afresh(record).timeline, ends_of(record), CREATED
    while now is not None and now <= until:
        yield now
        now = timeline.next_event(now)


@DETERMINISTIC
@given(records())
def test_a_whole_life_is_answered_as_the_model_says(
    constraints: Constraints, record: TuningJobRecord
) -> None:
    for instant in whole_life(record):
        if record.timeline.exists(instant):
            for operation, answer in answers(record, instant):
                assert constraints.check_response(operation, answer) == [], (operation, answer)


@DETERMINISTIC
@given(
    jobs().filter(lambda job: job.requested.strategy != "Grid"), st.lists(instants, min_size=1, max_size=3)
)
def test_a_job_in_the_service_is_answered_as_the_model_says(
    constraints: Constraints, job: TuningJob, asked: list[int]
) -> None:
    # A Grid of so few trials is refused: there is one among the examples.
    clock = HandClock()
    service = FakeTuningService(clock=clock)
    service.add(job)
    for instant in asked:
        clock.at((instant - CREATED) / 1000)
        assert wrong(service, "xgb", constraints) == []


# Training jobs that belong to no tuning job.

FATES: dict[str, Scenario] = {
    "natural": Scenario(),
    "completes": Scenario.completes(after="3h"),
    "fails": Scenario.fails("x" * 2000),
    "fails later": Scenario.fails(after="10m"),
    "stops": Scenario.stops(),
    "stops later": Scenario.stops(after="2m"),
    "never ends": Scenario().trial(1).never_ends(ignoring_limits=True),
    "never ends itself": Scenario.never_ends(ignoring_limits=True),
    "reaches its limit": Scenario.never_ends(),
    "eventful": EVENTFUL,
    "limited": EVENTFUL.trial(1).takes("2h"),
    **{
        f"{name}-{turn}": edit(Scenario().trial(1))  # type: ignore[arg-type, misc]  # a scenario's editor says the same words
        for name, told in TRIAL_EXAMPLES.items()
        for turn, edit in enumerate(told, 1)
        if name != "tries"
    },
}
OUTLASTING = ("never ends", "never ends itself", "never_ends-2")
"""The fates of training jobs that only a stop ends."""

SPOT_LIMITS = {"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 400}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "without metrics": {
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
            "TrainingInputMode": "File",
        }
    },
    "spot": {**SPOT, "StoppingCondition": SPOT_LIMITS, "RetryStrategy": {"MaximumRetryAttempts": 2}},
    "as required": dict.fromkeys(training().keys() - {"TrainingJobName", "RoleArn", "OutputDataConfig"}),
    "bare": {"HyperParameters": None, "InputDataConfig": None, "Tags": [{"Key": "team", "Value": ""}]},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fate", FATES)
def test_a_training_job_of_its_own_is_answered_as_the_model_says(
    fate: str, kind: str, constraints: Constraints
) -> None:
    clock = HandClock()
    service = FakeTuningService(clock=clock)
    service.on_create(FATES[fate], training_jobs=True)
    answer = service.call("CreateTrainingJob", training("final", **KINDS[kind]))
    assert constraints.check_response("CreateTrainingJob", answer) == []

    def check() -> str:
        name = {"TrainingJobName": "final"}
        for operation, params in (
            ("DescribeTrainingJob", name),
            ("ListTrainingJobs", {}),
            ("ListTags", {"ResourceArn": answer["TrainingJobArn"]}),
            ("Search", {"Resource": "TrainingJob"}),
        ):
            assert constraints.check_response(operation, service.call(operation, params)) == []
        return service.training_job("final").status

    statuses = [check()]
    while (event := service.next_event_after(clock.time)) is not None:
        clock.time = event
        statuses.append(check())
    assert (statuses[-1] == "InProgress") == (fate in OUTLASTING)
    if statuses[-1] == "InProgress":
        service.call("StopTrainingJob", {"TrainingJobName": "final"})
        statuses.append(check())
        clock.advance("1d")
        statuses.append(check())
    service.call("DeleteTrainingJob", {"TrainingJobName": "final"})
    statuses.append(check())
    assert (statuses[0], statuses[-1]) == ("InProgress", "Deleting")


# The older dialect.

OLD_STATUSES = ("new", *PRE_GA_STATUSES)
NO_WORDS = ("strategy-1", "strategy-2", "strategy-3", "configured-3", "defining-1", "defining-2")
"""The dialect knows no strategy but the Bayesian, and not the form for several definitions."""


@pytest.mark.parametrize("way", [way for way in WAYS if way not in NO_WORDS])
def test_the_older_dialect_describes_jobs_as_its_own_model_says(way: str, older: Constraints) -> None:
    for status in OLD_STATUSES:
        for job in composed(way, status):
            if job.status not in PRE_GA_STATUSES:
                continue
            service = FakeTuningService(clock=HandClock(), dialect="pre-ga")
            service.add(PARENT, region=job.place.region)
            handle = service.add(job, region=job.place.region)
            name = {"HyperParameterTuningJobName": handle.name}
            answer = service.call("DescribeHyperParameterTuningJob", name, region=job.place.region)
            assert older.check_response("DescribeHyperParameterTuningJob", answer) == []


@DETERMINISTIC
@given(records(composed=partial(jobs, strategies=["Bayesian"]), definitions=[0]))
def test_the_older_dialect_describes_a_whole_life(older: Constraints, record: TuningJobRecord) -> None:
    for instant in whole_life(record):
        if record.timeline.exists(instant) and record.timeline.state(instant).status in PRE_GA_STATUSES:
            answer = PRE_GA.describe(record, instant, utc)
            assert older.check_response("DescribeHyperParameterTuningJob", answer) == []
