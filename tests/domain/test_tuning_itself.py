"""What a tuning job does with its trials, as a real client sees it: strategies, limits, failures, warm starts."""

from __future__ import annotations

import itertools
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from fake_tuning import FakeTuningService, Scenario
from support.answers import said
from support.hand_clock import HandClock, after
from support.requests import definition, objective, ranges, request
from support.scenarios import ROUND

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
FIRST_FAILED = (
    "No training job succeeded after 5 attempts. "
    "Please take a look at the training job failures to get more details."
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
YEAR = 365 * 24 * 3600
TERMINAL = ("Completed", "Failed", "Stopped")


class Account:
    """A client, the service that answers it, and the time that both live in."""

    def __init__(self, **options: Any) -> None:
        self.clock = HandClock()
        self.service = FakeTuningService(clock=self.clock, **options)
        self.service.on_create(ROUND)

    def __enter__(self) -> Account:
        self.service.__enter__()
        self.client: Any = boto3.client("sagemaker")
        return self

    def __exit__(self, *error: Any) -> None:
        self.service.__exit__(*error)

    def create(self, asked: dict[str, Any], scenario: Scenario = ROUND) -> None:
        self.service.on_create(scenario)
        self.client.create_hyper_parameter_tuning_job(**asked)

    def describe(self, name: str = "xgb") -> dict[str, Any]:
        answer: dict[str, Any] = self.client.describe_hyper_parameter_tuning_job(
            HyperParameterTuningJobName=name
        )
        return answer

    def trials(self, name: str = "xgb") -> list[dict[str, Any]]:
        """The trials so far, in the order of their launch."""
        pages = self.client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
            HyperParameterTuningJobName=name, SortBy="Name", SortOrder="Ascending"
        )
        return [trial for page in pages for trial in page["TrainingJobSummaries"]]

    def training_job(self, trial: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.describe_training_job(TrainingJobName=trial["TrainingJobName"])
        return answer

    def run(
        self, asked: dict[str, Any], scenario: Scenario = ROUND
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Create a job, wait until it has ended, and tell what became of it and of its trials."""
        self.create(asked, scenario)
        name = asked["HyperParameterTuningJobName"]
        for _ in range(10_000):
            answer = self.describe(name)
            if answer["HyperParameterTuningJobStatus"] in TERMINAL:
                return answer, self.trials(name)
            event = self.service.next_event_after(self.clock.time)
            assert event is not None, "the job never ends"
            self.clock.time = event
        raise AssertionError("the job does not end")


@pytest.fixture
def account() -> Iterator[Account]:
    with Account() as account:
        yield account


def asking(name: str = "xgb", *, trials: int | None = 4, parallel: int = 2, **config: Any) -> dict[str, Any]:
    """A request with other members of its configuration; one that is None is left out."""
    asked = request(name, trials=trials or 1, parallel=parallel)
    told = asked["HyperParameterTuningJobConfig"]
    if trials is None:
        del told["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    told |= config
    asked["HyperParameterTuningJobConfig"] = {name: each for name, each in told.items() if each is not None}
    return asked


def defining(asked: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The same request with other members of its definition."""
    return {**asked, "TrainingJobDefinition": {**asked["TrainingJobDefinition"], **members}}


def scored(scenario: Scenario, *scores: Any) -> Scenario:
    """Let the trials score these, one after the other."""
    for number, score in enumerate(scores, 1):
        scenario = scenario.trial(number).scores(score)
    return scenario


def tried(trials: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [trial["TunedHyperParameters"] for trial in trials]


def statuses(trials: list[dict[str, Any]]) -> list[str]:
    return [trial["TrainingJobStatus"] for trial in trials]


def values(trials: list[dict[str, Any]]) -> list[float]:
    return [round(trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"], 4) for trial in trials]


def counted(answer: dict[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """Both counters of a job, without what is zero."""
    both = (answer["TrainingJobStatusCounters"], answer["ObjectiveStatusCounters"])
    status, metric = ({name: count for name, count in each.items() if count} for each in both)
    return status, metric


def category(name: str, *choices: str) -> dict[str, Any]:
    return {"Name": name, "Values": list(choices)}


# Strategies.

SEARCHED = {
    "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "900"}],
    "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.001", "MaxValue": "0.9"}],
    "CategoricalParameterRanges": [category("booster", '"gbtree"', '"dart"')],
}


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_the_seed_of_the_service_decides_what_is_tried(strategy: str) -> None:
    def found(seed: int, name: str = "xgb") -> list[dict[str, str]]:
        with Account(seed=seed) as account:
            return tried(account.run(asking(name, Strategy=strategy, ParameterRanges=SEARCHED))[1])

    assert found(1) == found(1)
    assert found(1) != found(2)
    assert found(1) != found(1, "other")
    for each in found(1):
        assert 1 <= int(each["depth"]) <= 900
        assert 0.001 <= float(each["eta"]) <= 0.9
        assert each["booster"] in ('"gbtree"', '"dart"')
    assert len({tuple(each.items()) for each in found(1)}) == 4


@pytest.mark.parametrize("strategy", ["Random", "Bayesian", "Hyperband"])
def test_a_random_seed_decides_alone_what_is_tried(strategy: str) -> None:
    def found(account: Account, name: str, seed: int) -> list[dict[str, str]]:
        asked = asking(name, Strategy=strategy, ParameterRanges=SEARCHED, RandomSeed=seed)
        return tried(account.run(defining(asked, StaticHyperParameters={"epochs": "9"}))[1])

    with Account(seed=1) as account:
        first = found(account, "xgb", 7)
        assert found(account, "other", 7) == first
        assert found(account, "third", 8) != first
        account.client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        account.clock.advance("1h")
        assert found(account, "xgb", 7) == first
    with Account(seed=2) as account:
        assert found(account, "xgb", 7) == first


GRID = {
    "CategoricalParameterRanges": [category("booster", "gbtree", "dart"), category("depth", "3", "6", "9")]
}


@pytest.mark.parametrize("trials", [6, None], ids=["counted", "left out"])
@pytest.mark.parametrize("parallel", [1, 4])
def test_a_grid_tries_every_combination_once(account: Account, trials: int | None, parallel: int) -> None:
    asked = asking(trials=trials, parallel=parallel, Strategy="Grid", ParameterRanges=GRID)
    answer, found = account.run(asked)
    combinations = [(each["booster"], each["depth"]) for each in tried(found)]
    assert sorted(combinations) == sorted(itertools.product(("gbtree", "dart"), ("3", "6", "9")))
    assert counted(answer) == ({"Completed": 6}, {"Succeeded": 6})
    limits = answer["HyperParameterTuningJobConfig"]["ResourceLimits"]
    assert limits == asked["HyperParameterTuningJobConfig"]["ResourceLimits"]


def several(name: str, *definitions: dict[str, Any], trials: int | None = 4, **config: Any) -> dict[str, Any]:
    """A request with several definitions, named first, second and so on."""
    asked = asking(name, trials=trials, **config)
    told = asked["HyperParameterTuningJobConfig"]
    del told["HyperParameterTuningJobObjective"], told["ParameterRanges"], asked["TrainingJobDefinition"]
    turns = zip(("first", "second", "third"), definitions, strict=False)
    asked["TrainingJobDefinitions"] = [
        definition(
            **{
                "DefinitionName": turn,
                "TuningObjective": objective(),
                "HyperParameterRanges": ranges(),
                **each,
            }
        )
        for turn, each in turns
    ]
    return asked


def test_each_of_several_grids_is_gone_through_once(account: Account) -> None:
    small = {"HyperParameterRanges": {"CategoricalParameterRanges": [category("kind", "a", "b")]}}
    large = {"HyperParameterRanges": GRID, "RoleArn": "arn:aws:iam::123456789012:role/second"}
    answer, trials = account.run(several("xgb", small, large, trials=None, Strategy="Grid"))
    found = [
        (trial["TrainingJobDefinitionName"], *trial["TunedHyperParameters"].values()) for trial in trials
    ]
    wanted = itertools.product(["second"], ("gbtree", "dart"), ("3", "6", "9"))
    assert sorted(found) == sorted([("first", "a"), ("first", "b"), *wanted])
    assert [name for name, *_ in found] == ["first", "second"] * 2 + ["second"] * 4
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    # Each training job is as its own definition says.
    roles = [account.training_job(trial)["RoleArn"].rpartition("/")[2] for trial in trials]
    assert roles == ["tuning", "second"] * 2 + ["second"] * 4


BAND = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}


def test_hyperband_stops_at_its_rungs_and_lets_the_best_go_on(account: Account) -> None:
    # Every trial improves from epoch to epoch; which one is better shows at once.
    level = {1: 0.5, 2: 0.1, 3: 0.6, 4: 0.2, 5: 0.3, 6: 0.55, 7: 0.65, 8: 0.4, 9: 0.7}
    curves = [[one + 0.01 * epoch for epoch in range(1, 10)] for one in level.values()]
    asked = asking(trials=9, parallel=3, Strategy="Hyperband", StrategyConfig=BAND)
    answer, trials = account.run(asked, scored(ROUND, *curves))
    ended = dict(zip(level, statuses(trials), strict=True))
    through = [number for number, status in ended.items() if status == "Completed"]
    stopped = [number for number, status in ended.items() if status == "Stopped"]
    assert len(through) > 1
    assert len(stopped) > 1
    assert {*through, *stopped} == {*level}
    assert {2, 4, 5} <= {*stopped}
    assert 9 in through
    assert counted(answer) == ({"Completed": len(through), "Stopped": len(stopped)}, {"Succeeded": 9})
    # Who is stopped has emitted what it had by the first or the second rung; who is not, all nine values.
    for number, value in enumerate(values(trials), 1):
        epochs = round((value - level[number]) / 0.01)
        assert epochs in ((9,) if number in through else (1, 3))
    assert {trial["ObjectiveStatus"] for trial in trials} == {"Succeeded"}
    assert answer["BestTrainingJob"] == trials[8]
    lengths = [account.training_job(trial)["TrainingTimeInSeconds"] for trial in trials]
    assert max(lengths[number - 1] for number in stopped) < min(lengths[number - 1] for number in through)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"


def test_hyperband_lets_the_best_third_of_those_at_a_rung_go_on(account: Account) -> None:
    band = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 3}}
    asked = asking(trials=8, parallel=1, Strategy="Hyperband", StrategyConfig=band)
    levels = (0.9, 0.1, 0.2, 0.5, 0.4, 0.6, 0.55, 0.8)
    _, trials = account.run(asked, scored(ROUND, *([level] * 3 for level in levels)))
    # Of four, five and six the best two go on, of seven and eight the best three.
    assert statuses(trials) == [
        "Completed", "Stopped", "Stopped", "Completed", "Stopped", "Completed", "Completed", "Completed",
    ]  # fmt: skip


@pytest.mark.parametrize("parallel", [1, 2, 5])
def test_hyperband_without_curves_of_ones_own_does_the_same(account: Account, parallel: int) -> None:
    asked = asking(trials=20, parallel=parallel, Strategy="Hyperband")
    answer, trials = account.run(defining(asked, StaticHyperParameters={"epochs": "27"}))
    found, metrics = counted(answer)
    assert found["Completed"] > 1
    assert found["Stopped"] > 1
    assert found["Completed"] + found["Stopped"] == metrics["Succeeded"] == len(trials) == 20
    assert answer["BestTrainingJob"]["TrainingJobStatus"] == "Completed"


# Early stopping.

CURVES = [[0.5, 0.7, 0.9], [0.6, 0.8, 0.9], [0.4, 0.9, 0.9], [0.55, 0.1, 0.9], [0.7, 0.9, 0.95]]
"""The third lags after its first epoch, behind 0.5 and 0.6; the fourth after its second, behind 0.6 and 0.7."""


def test_a_trial_below_the_median_is_stopped_with_what_it_had(account: Account) -> None:
    asked = asking(trials=5, parallel=1, TrainingJobEarlyStoppingType="Auto")
    answer, trials = account.run(asked, scored(ROUND, *CURVES))
    assert statuses(trials) == ["Completed", "Completed", "Stopped", "Stopped", "Completed"]
    assert values(trials) == [0.9, 0.9, 0.4, 0.1, 0.95]
    assert counted(answer) == ({"Completed": 3, "Stopped": 2}, {"Succeeded": 5})
    job = account.training_job(trials[2])
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]] == [
        "Starting", "Downloading", "Training", "Stopping", "Stopped",
    ]  # fmt: skip
    # A trial trains for 180 s, and emits a value every 60 s.
    training, stopping = job["SecondaryStatusTransitions"][2:4]
    assert stopping["StartTime"] - training["StartTime"] == timedelta(seconds=60)
    assert "FailureReason" not in trials[2]


def test_the_counters_while_a_trial_is_being_stopped_early(account: Account) -> None:
    account.create(
        asking(trials=3, parallel=1, TrainingJobEarlyStoppingType="Auto"), scored(ROUND, *CURVES[:3])
    )
    # The third trial is launched at 630 s, trains from 720 s on, and emits 0.4 at 780 s.
    account.clock.at(779)
    assert statuses(account.trials()) == ["Completed", "Completed", "InProgress"]
    account.clock.at(780)
    assert statuses(account.trials()) == ["Completed", "Completed", "Stopping"]
    assert counted(account.describe()) == (
        {"Completed": 2, "InProgress": 1},
        {"Succeeded": 2, "Pending": 1},
    )
    account.clock.at(785)
    assert counted(account.describe()) == ({"Completed": 2, "Stopped": 1}, {"Succeeded": 3})


def test_less_is_better_where_it_is_minimized(account: Account) -> None:
    less = {"Type": "Minimize", "MetricName": "auc"}
    asked = asking(
        trials=5, parallel=1, TrainingJobEarlyStoppingType="Auto", HyperParameterTuningJobObjective=less
    )
    curves = [[1 - value for value in curve] for curve in CURVES]
    answer, trials = account.run(asked, scored(ROUND, *curves))
    assert statuses(trials) == ["Completed", "Completed", "Stopped", "Stopped", "Completed"]
    assert answer["BestTrainingJob"]["TrainingJobName"] == trials[4]["TrainingJobName"]


@pytest.mark.parametrize("asked", ["Off", None])
def test_nothing_is_stopped_unless_that_was_asked_for(account: Account, asked: str | None) -> None:
    answer, trials = account.run(
        asking(trials=5, parallel=1, TrainingJobEarlyStoppingType=asked), scored(ROUND, *CURVES)
    )
    assert statuses(trials) == ["Completed"] * 5
    assert values(trials) == [0.9, 0.9, 0.9, 0.9, 0.95]
    assert counted(answer) == ({"Completed": 5}, {"Succeeded": 5})


def test_whoever_is_stopped_lagged_behind_the_median_of_the_running_averages(account: Account) -> None:
    curves = {
        eta: [eta * (1 - 0.7**epoch) for epoch in range(1, 9)] for eta in (0.5, 0.3, 0.4, 0.6, 0.2, 0.45)
    }
    asked = asking(trials=6, parallel=1, TrainingJobEarlyStoppingType="Auto")
    _, trials = account.run(asked, scored(ROUND, *curves.values()))
    through: list[list[float]] = []
    for trial, curve in zip(trials, curves.values(), strict=True):
        lagging = (
            epoch
            for epoch in range(1, 8)
            if through and curve[epoch - 1] < median(sum(each[:epoch]) / epoch for each in through)
        )
        last = next(lagging, None)
        assert trial["TrainingJobStatus"] == ("Completed" if last is None else "Stopped")
        assert values([trial]) == [round(curve[(last or 8) - 1], 4)]
        if last is None:
            through.append(curve)
    assert 1 < len(through) < 6


# Limits and criteria.


def test_the_runtime_of_a_job_ends_it_and_what_runs(account: Account) -> None:
    limits = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 400}
    account.create(asking(ResourceLimits=limits))
    account.clock.at(399)
    assert counted(account.describe())[0] == {"Completed": 2, "InProgress": 2}
    account.clock.at(400)
    assert statuses(account.trials())[2:] == ["Stopping", "Stopping"]
    assert account.describe()["HyperParameterTuningJobStatus"] == "InProgress"
    account.clock.at(YEAR)
    answer = account.describe()
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert counted(answer)[0] == {"Completed": 2, "Stopped": 2}
    # They drain for 30 s, and the job takes 20 s to end.
    assert answer["HyperParameterTuningEndTime"] == after(450)
    assert "FailureReason" not in answer


@pytest.mark.parametrize("kind", ["Maximize", "Minimize"])
def test_a_target_ends_a_job(account: Account, kind: str) -> None:
    asked = asking(
        trials=9,
        HyperParameterTuningJobObjective={"Type": kind, "MetricName": "auc"},
        TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.5},
    )
    scores = [0.2, 0.3, 0.4, 0.5] if kind == "Maximize" else [0.9, 0.8, 0.7, 0.5]
    answer, trials = account.run(asked, scored(ROUND, *scores).trial(3).takes("10m"))
    # The fourth ends while the third still runs: it is stopped, and no fifth is launched.
    assert statuses(trials) == ["Completed", "Completed", "Stopped", "Completed"]
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert answer["BestTrainingJob"]["TrainingJobName"] == trials[3]["TrainingJobName"]
    assert answer["HyperParameterTuningEndTime"] == after(620 + 30 + 20)


@pytest.mark.parametrize(("kind", "launched"), [("Maximize", 4), ("Minimize", 2)])
def test_a_target_that_is_beyond_all_values(account: Account, kind: str, launched: int) -> None:
    asked = asking(
        HyperParameterTuningJobObjective={"Type": kind, "MetricName": "auc"},
        TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 1e300},
    )
    answer, trials = account.run(asked)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert len(trials) == launched


def test_trials_that_do_not_improve_are_counted_and_end_a_job(account: Account) -> None:
    criteria = {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 3}}
    asked = asking(trials=9, parallel=1, TuningJobCompletionCriteria=criteria)
    # Better by one per cent or less is not better.
    account.create(asked, scored(ROUND, 0.5, 0.503, 0.6, 0.6, 0.605, 0.1, 0.9))
    found = []
    for age in (10, 310, 620, 930, 1240, 1550, 1860):
        account.clock.at(age)
        found.append(account.describe()["TuningJobCompletionDetails"])
    assert found == [{"NumberOfTrainingJobsObjectiveNotImproving": count} for count in (0, 0, 1, 0, 1, 2, 3)]
    account.clock.at(YEAR)
    answer = account.describe()
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert answer["HyperParameterTuningJobConfig"]["TuningJobCompletionCriteria"] == criteria
    assert counted(answer)[0] == {"Completed": 6}
    assert answer["TuningJobCompletionDetails"] == found[-1]
    assert values([answer["BestTrainingJob"]]) == [0.605]


@pytest.mark.parametrize(
    ("criteria", "launched"),
    [
        ({"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}, 26),
        ({"ConvergenceDetected": {"CompleteOnConvergence": "Disabled"}}, 30),
        (None, 30),
    ],
    ids=["enabled", "disabled", "not asked for"],
)
def test_convergence_is_told_and_ends_a_job_where_that_was_asked_for(
    account: Account, criteria: dict[str, Any] | None, launched: int
) -> None:
    account.create(
        asking(trials=30, parallel=1, TuningJobCompletionCriteria=criteria), ROUND.scored_by(lambda _: 0.5)
    )
    # The trials are launched every 310 s.
    account.clock.at(310 * 26 - 1)
    early = account.describe()["TuningJobCompletionDetails"]
    assert early == {"NumberOfTrainingJobsObjectiveNotImproving": 24}
    account.clock.at(YEAR)
    answer = account.describe()
    assert len(account.trials()) == launched
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    details = answer["TuningJobCompletionDetails"]
    assert details["ConvergenceDetectedTime"] == after(310 * 26)
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] == launched - 1


# Failures.


@pytest.mark.parametrize(
    ("trials", "parallel", "ended", "reason"),
    [
        (9, 1, {"NonRetryableError": 5}, FIRST_FAILED),
        (9, 3, {"NonRetryableError": 5, "Stopped": 1}, FIRST_FAILED),
        (5, 1, {"NonRetryableError": 5}, ALL_FAILED),
        (2, 2, {"NonRetryableError": 2}, ALL_FAILED),
    ],
)
def test_a_job_fails_when_its_first_five_trials_do_or_all(
    account: Account, trials: int, parallel: int, ended: dict[str, int], reason: str
) -> None:
    scenario = ROUND.failing(1)
    if parallel == 3:
        scenario = scenario.trial(6).takes("20m")
    answer, _ = account.run(asking(trials=trials, parallel=parallel), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Failed"
    assert answer["FailureReason"] == reason
    assert counted(answer) == (ended, {"Failed": sum(ended.values())})
    assert "BestTrainingJob" not in answer
    assert answer["HyperParameterTuningEndTime"] == answer["LastModifiedTime"]


def test_a_job_goes_on_when_one_of_the_first_five_trials_succeeds(account: Account) -> None:
    scenario = ROUND.failing(1).trial(4).completes()
    answer, trials = account.run(asking(trials=9, parallel=1), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert counted(answer) == ({"Completed": 1, "NonRetryableError": 8}, {"Succeeded": 1, "Failed": 8})
    assert answer["BestTrainingJob"] == trials[3]
    assert trials[0]["FailureReason"] == "AlgorithmError: , exit code: 1"
    assert "FailureReason" not in answer


def test_a_capacity_error_comes_before_the_start_and_is_the_clients(account: Account) -> None:
    answer, trials = account.run(asking(parallel=1), ROUND.trial(2).lacks_capacity())
    assert counted(answer) == ({"Completed": 3, "NonRetryableError": 1}, {"Succeeded": 3, "Failed": 1})
    assert trials[1]["FailureReason"] == (
        "CapacityError: Unable to provision requested ML compute capacity. "
        "Please retry using a different ML instance type."
    )
    assert "TrainingStartTime" not in trials[1]
    job = account.training_job(trials[1])
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]] == ["Starting", "Failed"]
    absent = {"TrainingStartTime", "TrainingTimeInSeconds", "BillableTimeInSeconds", "FinalMetricDataList"}
    assert not absent & job.keys()


ATTEMPT = ["Starting", "Downloading", "Training"]


def restarts(job: dict[str, Any], setback: str) -> list[list[str]]:
    """The phases of a training job, split where it was set back."""
    phases = [each["Status"] for each in job["SecondaryStatusTransitions"]]
    return [
        list(group)
        for is_setback, group in itertools.groupby(phases, lambda each: each == setback)
        if not is_setback
    ]


@pytest.mark.parametrize("errors", [1, 2])
def test_internal_errors_are_retried(account: Account, errors: int) -> None:
    asked = defining(asking(trials=2), RetryStrategy={"MaximumRetryAttempts": 2})
    answer, trials = account.run(asked, ROUND.trial(1).hits_internal_errors(errors))
    assert counted(answer) == ({"Completed": 2}, {"Succeeded": 2})
    job = account.training_job(trials[0])
    assert restarts(job, "Restarting") == [ATTEMPT] * errors + [[*ATTEMPT, "Uploading", "Completed"]]
    assert job["RetryStrategy"] == {"MaximumRetryAttempts": 2}
    transitions = job["SecondaryStatusTransitions"]
    for one, following in itertools.pairwise(transitions):
        assert one["EndTime"] == following["StartTime"]
    assert job["TrainingStartTime"] == transitions[1]["StartTime"]
    # Both trials are as long as the longer one is: it shows what it does meanwhile.
    account.clock.time = next(each["StartTime"] for each in transitions if each["Status"] == "Restarting")
    assert account.training_job(trials[0])["TrainingJobStatus"] == "InProgress"
    assert account.training_job(trials[0])["SecondaryStatus"] == "Restarting"
    assert counted(account.describe())[0] == {"InProgress": 2}


@pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 3)])
def test_internal_errors_beyond_the_retries_fail_a_trial(
    account: Account, retries: int, attempts: int
) -> None:
    asked = asking(trials=3, parallel=1)
    if retries:
        asked = defining(asked, RetryStrategy={"MaximumRetryAttempts": retries})
    answer, trials = account.run(
        asked, ROUND.trial(1).hits_internal_errors(3).trial(2).fails("ClientError: no")
    )
    assert counted(answer) == (
        {"Completed": 1, "RetryableError": 1, "NonRetryableError": 1},
        {"Succeeded": 1, "Failed": 2},
    )
    assert [trial.get("FailureReason") for trial in trials] == [INTERNAL, "ClientError: no", None]
    assert len(restarts(account.training_job(trials[0]), "Restarting")) == attempts
    # What is the client's own fault is not tried again.
    assert restarts(account.training_job(trials[1]), "Restarting") == [[*ATTEMPT, "Failed"]]


SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
}


def test_a_spot_interruption_is_no_failure(account: Account) -> None:
    answer, trials = account.run(defining(asking(trials=2), **SPOT), ROUND.trial(1).is_interrupted(2))
    assert counted(answer) == ({"Completed": 2}, {"Succeeded": 2})
    interrupted, other = (account.training_job(trial) for trial in trials)
    assert restarts(interrupted, "Interrupted") == [ATTEMPT, ATTEMPT, [*ATTEMPT, "Uploading", "Completed"]]
    assert restarts(other, "Interrupted") == [[*ATTEMPT, "Uploading", "Completed"]]
    for job in (interrupted, other):
        whole = job["TrainingEndTime"] - job["TrainingStartTime"]
        assert job["TrainingTimeInSeconds"] == int(whole.total_seconds())
        assert 0 < job["BillableTimeInSeconds"] < job["TrainingTimeInSeconds"]
        assert job["EnableManagedSpotTraining"] is True
    assert interrupted["TrainingTimeInSeconds"] > other["TrainingTimeInSeconds"]


def test_without_spot_all_of_the_training_is_billed(account: Account) -> None:
    _, trials = account.run(asking(trials=1, parallel=1), ROUND.trial(1).is_interrupted())
    job = account.training_job(trials[0])
    assert restarts(job, "Interrupted") == [[*ATTEMPT, "Uploading", "Completed"]]
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] == 240


def test_waiting_too_long_for_spot_capacity_stops_a_trial(account: Account) -> None:
    limits = {"MaxRuntimeInSeconds": 500, "MaxWaitTimeInSeconds": 600}
    asked = defining(asking(trials=2), **{**SPOT, "StoppingCondition": limits})
    answer, trials = account.run(asked, ROUND.trial(1).is_interrupted(5))
    assert statuses(trials) == ["Stopped", "Completed"]
    assert counted(answer)[0] == {"Completed": 1, "Stopped": 1}
    job = account.training_job(trials[0])
    assert job["SecondaryStatus"] in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded")


# Warm starts.


def warm(kind: str, *parents: str) -> dict[str, Any]:
    named = [{"HyperParameterTuningJobName": parent} for parent in parents]
    return {"WarmStartConfig": {"ParentHyperParameterTuningJobs": named, "WarmStartType": kind}}


@pytest.mark.parametrize("direction", ["Maximize", "Minimize"])
@pytest.mark.parametrize("better", ["parent", "own"])
def test_the_best_of_all_is_the_parents_or_its_own(account: Account, better: str, direction: str) -> None:
    goal = {"HyperParameterTuningJobObjective": {"Type": direction, "MetricName": "auc"}}
    good, bad = (0.9, 0.2) if direction == "Maximize" else (0.2, 0.9)
    parents, own = (good, bad) if better == "parent" else (bad, good)
    parent, _ = account.run(asking("parent", trials=1, parallel=1, **goal), scored(ROUND, parents))
    account.run(asking("worse", trials=1, parallel=1, **goal), scored(ROUND, bad))
    asked = {
        **asking("child", trials=1, parallel=1, **goal),
        **warm("IdenticalDataAndAlgorithm", "worse", "parent"),
    }
    account.create(asked, scored(ROUND, own))
    of_parents = {**parent["BestTrainingJob"], "TuningJobName": "parent"}
    answer = account.describe("child")
    assert "BestTrainingJob" not in answer
    if better == "parent":
        assert answer["OverallBestTrainingJob"] == of_parents
    else:
        assert values([answer["OverallBestTrainingJob"]]) == [bad]
    account.clock.advance("1h")
    answer = account.describe("child")
    mine = {**answer["BestTrainingJob"], "TuningJobName": "child"}
    assert answer["OverallBestTrainingJob"] == (of_parents if better == "parent" else mine)
    assert values([answer["BestTrainingJob"], answer["OverallBestTrainingJob"]]) == [own, good]
    assert answer["WarmStartConfig"] == asked["WarmStartConfig"]


def test_only_a_start_with_identical_data_has_a_best_of_all(account: Account) -> None:
    account.run(asking("parent", trials=1, parallel=1), scored(ROUND, 0.9))
    asked = {**asking("child", trials=1, parallel=1), **warm("TransferLearning", "parent")}
    answer, _ = account.run(asked, scored(ROUND, 0.2))
    assert "OverallBestTrainingJob" not in answer
    assert values([answer["BestTrainingJob"]]) == [0.2]
    assert "OverallBestTrainingJob" not in account.describe("parent")


def test_parents_that_never_scored_leave_nothing(account: Account) -> None:
    account.run(asking("parent", trials=1, parallel=1), ROUND.failing(1))
    asked = {**asking("child", trials=1, parallel=1), **warm("IdenticalDataAndAlgorithm", "parent")}
    account.create(asked, scored(ROUND, 0.2))
    assert "OverallBestTrainingJob" not in account.describe("child")
    account.clock.advance("1h")
    assert account.describe("child")["OverallBestTrainingJob"]["TuningJobName"] == "child"


def test_what_was_inherited_outlives_the_parent(account: Account) -> None:
    account.run(asking("parent", trials=1, parallel=1), scored(ROUND, 0.9))
    asked = {**asking("child", trials=1, parallel=1), **warm("IdenticalDataAndAlgorithm", "parent")}
    account.create(asked, scored(ROUND, 0.2))
    before = account.describe("child")["OverallBestTrainingJob"]
    account.client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName="parent")
    account.clock.advance("1h")
    with pytest.raises(account.client.exceptions.ResourceNotFound):
        account.describe("parent")
    assert account.describe("child")["OverallBestTrainingJob"] == before


# Several definitions.


def test_every_trial_of_several_definitions_names_its_own(account: Account) -> None:
    other = {"ContinuousParameterRanges": [{"Name": "alpha", "MinValue": "1", "MaxValue": "2"}]}
    asked = several("xgb", {}, {"HyperParameterRanges": other}, {}, trials=7)
    answer, trials = account.run(asked, scored(ROUND, 0.1, 0.8, 0.3, 0.2, 0.4, 0.5, 0.6))
    owners = [trial["TrainingJobDefinitionName"] for trial in trials]
    assert owners == ["first", "second", "third"] * 2 + ["first"]
    for owner, found in zip(owners, tried(trials), strict=True):
        assert list(found) == ["alpha" if owner == "second" else "eta"]
    assert answer["BestTrainingJob"] == trials[1]
    assert answer["BestTrainingJob"]["TrainingJobDefinitionName"] == "second"
    assert [each["DefinitionName"] for each in answer["TrainingJobDefinitions"]] == [
        "first",
        "second",
        "third",
    ]
    assert "TrainingJobDefinition" not in answer


def test_the_only_definition_of_the_older_form_has_no_name(account: Account) -> None:
    answer, trials = account.run(asking())
    assert not [
        trial for trial in (*trials, answer["BestTrainingJob"]) if "TrainingJobDefinitionName" in trial
    ]


# Autotune.

AUTOTUNE = {"Autotune": {"Mode": "Enabled"}}


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


# Quotas.

LARGE = "ml.m5.large for training job usage"


def in_use(account: Account, name: str) -> int:
    """How many instances are held, as the refusal of a job that wants too many tells."""
    with pytest.raises(account.client.exceptions.ResourceLimitExceeded) as refused:
        account.client.create_hyper_parameter_tuning_job(**request(name, parallel=99, trials=99))
    told = said(refused.value)[1].partition("current utilization of ")[2]
    return int(told.partition(" Instances")[0])


def test_a_quota_is_held_until_a_trial_is_terminal_also_while_it_is_being_stopped() -> None:
    with Account(quotas={LARGE: 3}) as account:
        account.create(asking(trials=4, parallel=2))
        account.clock.at(100)
        first, _ = account.trials()
        account.client.stop_training_job(TrainingJobName=first["TrainingJobName"])
        assert statuses(account.trials()) == ["Stopping", "InProgress"]
        assert in_use(account, "a") == 2
        account.clock.at(129.999)
        assert in_use(account, "b") == 2
        account.clock.at(130)
        assert statuses(account.trials()) == ["Stopped", "InProgress"]
        assert in_use(account, "c") == 1
        # The next trial takes its place, and the whole job drains when it is stopped.
        account.clock.at(150)
        assert in_use(account, "d") == 2
        account.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
        assert account.describe()["HyperParameterTuningJobStatus"] == "Stopping"
        assert in_use(account, "e") == 2
        account.clock.at(180)
        assert in_use(account, "f") == 0
        account.create(asking("next", trials=3, parallel=3))


def test_a_trial_that_is_stopped_early_holds_its_quota_until_it_has_ended() -> None:
    with Account(quotas={LARGE: 1}) as account:
        asked = asking(trials=3, parallel=1, TrainingJobEarlyStoppingType="Auto")
        account.create(asked, scored(ROUND, *CURVES[:3]))
        for age, held in ((780, 1), (784.999, 1), (785, 0)):
            account.clock.at(age)
            assert in_use(account, f"asks-{held}") == held


def test_there_is_no_quota_unless_one_is_set(account: Account) -> None:
    account.create(asking("one", trials=90, parallel=90))
    account.create(asking("two", trials=90, parallel=90))
    account.clock.at(20)
    assert counted(account.describe("two"))[0] == {"InProgress": 90}
