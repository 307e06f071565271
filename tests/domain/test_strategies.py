"""Which hyperparameters a tuning job tries, and which trials it stops early, as a client sees it."""

from __future__ import annotations

import itertools
from datetime import timedelta
from statistics import median

import pytest

from fake_tuning import TuningJob
from support.account import (
    BAND,
    GRID,
    Account,
    asking,
    category,
    counted,
    defining,
    in_use,
    scored,
    several,
    statuses,
    tried,
    values,
)
from support.function_calls import function_calls
from support.scenarios import ROUND

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


# How long it takes to find that out.


def test_comparing_trials_takes_as_many_steps_as_there_are_trials() -> None:
    def steps(trials: int) -> int:
        # Equal trials all go on to their end, and so all are compared with all that have ended.
        job = TuningJob("xgb").trials(trials).configured(TrainingJobEarlyStoppingType="Auto")
        job = job.scored_by(lambda _: [0.5, 0.5, 0.5])
        return function_calls(lambda: job.completed().describe())

    steps(10)  # what is worked out once and kept
    few, more, most = steps(100), steps(200), steps(400)
    assert most - more < 2.2 * (more - few)


def test_hyperband_takes_few_steps_for_an_epoch_after_which_it_compares_nothing() -> None:
    trials = 10

    def steps(epochs: int) -> int:
        band = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": epochs}}
        job = TuningJob("xgb").trials(trials).strategy("Hyperband").configured(StrategyConfig=band)
        return function_calls(lambda: job.completed().describe())

    steps(10)  # what is worked out once and kept
    # Six for the value that each trial emits; a comparison takes nine more.
    assert steps(2000) - steps(1000) < 10 * trials * 1000


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


def test_a_trial_that_is_stopped_early_holds_its_quota_until_it_has_ended() -> None:
    with Account(quotas={"ml.m5.large for training job usage": 1}) as account:
        asked = asking(trials=3, parallel=1, TrainingJobEarlyStoppingType="Auto")
        account.create(asked, scored(ROUND, *CURVES[:3]))
        for age, held in ((780, 1), (784.999, 1), (785, 0)):
            account.clock.at(age)
            assert in_use(account, f"asks-{held}") == held
