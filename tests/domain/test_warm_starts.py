"""What a tuning job inherits from its parents, as a client sees it."""

from __future__ import annotations

from typing import Any

import pytest

from support.account import (
    Account,
    asking,
    scored,
    values,
)
from support.scenarios import ROUND

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
