"""What ends a tuning job: limits, completion criteria and trials that fail, as a client sees it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from support.account import (
    Account,
    asking,
    counted,
    defining,
    restarts,
    scored,
    statuses,
    values,
)
from support.failure_reasons import ALL_FAILED, FIRST_FAILED, INTERNAL, REJECTED
from support.hand_clock import after
from support.scenarios import ROUND
from support.strategies import with_several_definitions

if TYPE_CHECKING:
    from fake_tuning import Scenario

YEAR = 365 * 24 * 3600


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


def test_to_stop_takes_as_long_as_it_takes_however_much_the_job_is_stretched(account: Account) -> None:
    asked = defining(asking(), StoppingCondition={"MaxRuntimeInSeconds": 600})
    account.create(asked, ROUND.each("20m").completes(after="10h"))
    account.clock.at(YEAR)
    for trial in account.trials():
        *_, stopping, last = account.training_job(trial)["SecondaryStatusTransitions"]
        assert (stopping["Status"], last["Status"]) == ("Stopping", "MaxRuntimeExceeded")
        assert (last["StartTime"] - stopping["StartTime"]).total_seconds() == 30


def test_a_stretched_job_that_is_stopped_ends_as_soon_as_any(account: Account) -> None:
    account.create(asking(), ROUND.completes(after="2d"))
    account.clock.at("30m")
    account.client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="xgb")
    assert account.describe()["HyperParameterTuningJobStatus"] == "Stopping"
    account.clock.at("31m")
    assert account.describe()["HyperParameterTuningJobStatus"] == "Stopped"


LIMITED = {"MaxNumberOfTrainingJobs": 9, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 400}


@pytest.mark.parametrize(
    ("scenario", "ended"),
    [
        # The first two fail at 208 s, the next two train when the time is up.
        (ROUND.failing(1), {"NonRetryableError": 2, "Stopped": 2}),
        (ROUND.failing(1).paced(refill="1h"), {"NonRetryableError": 2}),
    ],
    ids=["some were stopped", "all have failed"],
)
def test_a_job_of_failures_fails_when_its_runtime_is_over(
    account: Account, scenario: Scenario, ended: dict[str, int]
) -> None:
    answer, _ = account.run(asking(ResourceLimits=LIMITED), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Failed"
    assert answer["FailureReason"] == ALL_FAILED
    assert counted(answer)[0] == ended
    assert "BestTrainingJob" not in answer
    # What runs drains for 30 s, and the job takes 20 s to fail.
    assert answer["HyperParameterTuningEndTime"] == after(450 if "Stopped" in ended else 420)


@pytest.mark.parametrize(
    ("scenario", "ended"),
    [(ROUND.paced(train="2h"), {"Stopped": 2}), (ROUND.paced(launch="1h"), {})],
    ids=["all were stopped", "none was launched"],
)
def test_a_job_without_a_failure_completes_when_its_runtime_is_over(
    account: Account, scenario: Scenario, ended: dict[str, int]
) -> None:
    answer, _ = account.run(asking(ResourceLimits=LIMITED), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert "FailureReason" not in answer
    assert counted(answer)[0] == ended
    assert "BestTrainingJob" not in answer
    assert answer["HyperParameterTuningEndTime"] == after(450 if ended else 420)


def test_a_job_whose_only_trial_somebody_stops_completes(account: Account) -> None:
    account.create(asking(trials=1, parallel=1), ROUND)
    account.clock.at("1m")
    (trial,) = account.trials()
    account.client.stop_training_job(TrainingJobName=trial["TrainingJobName"])
    account.clock.at(YEAR)
    answer = account.describe()
    assert (answer["HyperParameterTuningJobStatus"], counted(answer)[0]) == ("Completed", {"Stopped": 1})
    assert "FailureReason" not in answer


@pytest.mark.parametrize("stop_or_complete", [ROUND.stops(after="40m"), ROUND.completes(after="40m")])
def test_a_job_does_not_outlive_its_runtime_for_what_comes_later(
    account: Account, stop_or_complete: Scenario
) -> None:
    answer, trials = account.run(asking(ResourceLimits=LIMITED), stop_or_complete)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert statuses(trials) == ["Stopped", "Stopped"]
    assert answer["HyperParameterTuningEndTime"] == after(450)


@pytest.mark.parametrize(("reason", "told"), [("quota", "quota"), (None, REJECTED)])
def test_a_job_that_is_to_fail_later_fails_when_its_runtime_is_over(
    account: Account, reason: str | None, told: str
) -> None:
    answer, trials = account.run(asking(ResourceLimits=LIMITED), ROUND.fails(reason, after="40m"))
    assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", told)
    assert statuses(trials) == ["Stopped", "Stopped"]
    assert answer["HyperParameterTuningEndTime"] == after(450)


@pytest.mark.parametrize(
    ("later", "status", "ended"),
    [
        (ROUND.stops(after="415s"), "Stopped", 435),
        (ROUND.completes(after="415s"), "Completed", 415),
        (ROUND.fails("quota", after="415s"), "Failed", 415),
    ],
    ids=["stops", "completes", "fails"],
)
def test_what_is_to_come_while_the_trials_drain_comes_on_time(
    account: Account, later: Scenario, status: str, ended: int
) -> None:
    limits = {**LIMITED, "MaxNumberOfTrainingJobs": 2}
    answer, _ = account.run(asking(ResourceLimits=limits), later.each("2h"))
    assert answer["HyperParameterTuningJobStatus"] == status
    assert answer["HyperParameterTuningEndTime"] == after(ended)


SHORT_OF_CAPACITY = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
}


@pytest.mark.parametrize("later", [ROUND.stops(after="40m"), ROUND.completes(after="40m")])
def test_a_job_that_waits_with_nothing_left_to_run_waits_no_longer_than_its_runtime(
    account: Account, later: Scenario
) -> None:
    limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 1800}
    account.create(defining(asking(ResourceLimits=limits), **SHORT_OF_CAPACITY), later)
    account.clock.at(1799)
    answer = account.describe()
    assert (answer["HyperParameterTuningJobStatus"], counted(answer)[0]) == ("InProgress", {"Completed": 2})
    account.clock.at(1800)
    assert account.describe()["HyperParameterTuningEndTime"] == after(1800)


def test_a_job_that_drains_when_its_runtime_is_over_ends_as_soon_as_before(account: Account) -> None:
    # The target is met at 310 s; the other trial drains for 30 s from then on, and the job takes 20 s to end.
    limits = {**LIMITED, "MaxRuntimeInSeconds": 320}
    criteria = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.5}}
    scenario = ROUND.trial(1).scores(0.75).trial(2).takes("10m")
    answer, trials = account.run(asking(ResourceLimits=limits, **criteria), scenario)
    assert statuses(trials) == ["Completed", "Stopped"]
    assert answer["HyperParameterTuningEndTime"] == after(360)


def test_a_stretched_trial_does_not_train_for_longer_than_it_may(account: Account) -> None:
    account.create(asking(trials=10, parallel=2), ROUND.completes(after="30d"))
    account.clock.at(YEAR)
    answer = account.describe()
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert counted(answer) == ({"Completed": 10}, {"Succeeded": 10})
    assert answer["HyperParameterTuningEndTime"] == after(30 * 24 * 3600)


def test_a_metric_of_a_trial_that_the_limit_stops_is_a_success(account: Account) -> None:
    scenario = ROUND.paced(train="2h").scored_by(lambda _: [0.5] * 100)
    answer, _ = account.run(asking(ResourceLimits=LIMITED), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert counted(answer) == ({"Stopped": 2}, {"Succeeded": 2})


TARGET = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 0.5}}


@pytest.mark.parametrize(
    "config",
    [{"ResourceLimits": LIMITED}, {"trials": 9, **TARGET}, {"trials": 2}],
    ids=["limit", "criterion", "all trials"],
)
@pytest.mark.parametrize(("reason", "told"), [("quota", "quota"), (None, REJECTED)])
def test_a_job_that_is_to_fail_does_so_whatever_ends_it_first(
    account: Account, config: dict[str, Any], reason: str | None, told: str
) -> None:
    scenario = ROUND.fails(reason).trial(1).completes().trial(1).scores(0.75)
    answer, trials = account.run(asking(**config), scenario)
    assert statuses(trials)[0] == "Completed"
    assert answer["HyperParameterTuningJobStatus"] == "Failed"
    assert answer["FailureReason"] == told


def test_the_reason_of_a_job_that_is_to_fail_is_told_when_its_runtime_is_over(account: Account) -> None:
    answer, trials = account.run(asking(ResourceLimits=LIMITED), ROUND.fails("quota"))
    assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", "quota")
    assert statuses(trials) == ["Failed", "Failed", "Stopped", "Stopped"]


def test_a_job_that_is_to_complete_fails_if_all_its_trials_do(account: Account) -> None:
    answer, _ = account.run(asking(trials=4, parallel=1), ROUND.failing(1).completes(after="1h"))
    assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", ALL_FAILED)
    assert counted(answer)[0] == {"NonRetryableError": 4}


def test_a_job_that_is_to_complete_does_so_though_its_trial_has_emitted_nothing(account: Account) -> None:
    scenario = ROUND.trial(1).never_ends().paced(train="10h").completes(after="1h")
    answer, _ = account.run(asking(trials=1, parallel=1), scenario)
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert counted(answer) == ({"Stopped": 1}, {"Failed": 1})
    assert answer["HyperParameterTuningEndTime"] == after(3600)


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


def test_what_is_to_fail_shows_nothing_when_it_is_stopped_before(account: Account) -> None:
    # The sixth trains for longer: it would have emitted many values when the service gives up.
    scenario = ROUND.failing(1).scored_by(lambda _: [0.5] * 100).trial(6).takes("310s")
    answer, trials = account.run(asking(trials=9, parallel=6), scenario)
    assert statuses(trials) == ["Failed"] * 5 + ["Stopped"]
    assert counted(answer)[1] == {"Failed": 6}
    assert "BestTrainingJob" not in answer


def given_up(values_of_the_sixth: list[float]) -> Scenario:
    """The first five of six trials at a time fail, and the sixth is stopped then."""
    scenario = ROUND.trial(6).scores(values_of_the_sixth).trial(6).takes("20m")
    for number in range(1, 6):
        scenario = scenario.trial(number).fails()
    return scenario


def test_a_job_that_is_given_up_completes_if_a_trial_that_still_ran_has_a_value(account: Account) -> None:
    answer, trials = account.run(asking(trials=12, parallel=6), given_up([0.25] * 100))
    assert statuses(trials) == ["Failed"] * 5 + ["Stopped"]
    assert counted(answer)[1] == {"Succeeded": 1, "Failed": 5}
    assert answer["HyperParameterTuningJobStatus"] == "Completed"
    assert "FailureReason" not in answer
    assert answer["BestTrainingJob"] == trials[5]


@pytest.mark.parametrize(
    ("scores", "ended"),
    [([0.25] * 100, ("Completed", None)), ([0.25], ("Failed", FIRST_FAILED))],
    ids=["a value", "no value"],
)
def test_a_job_that_is_given_up_ends_no_later_than_it_is_to_complete(
    account: Account, scores: list[float], ended: tuple[str, str | None]
) -> None:
    # Squeezed to so little, the sixth trial still drains when the job is to complete.
    scenario = given_up(scores).paced(drain="1h").completes(after="30m")
    answer, trials = account.run(asking(trials=12, parallel=6), scenario)
    assert statuses(trials) == ["Failed"] * 5 + ["Stopped"]
    assert (answer["HyperParameterTuningJobStatus"], answer.get("FailureReason")) == ended
    assert answer["HyperParameterTuningEndTime"] == after(1800)


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
        {"Completed": 2, "RetryableError": 1, "NonRetryableError": 1},
        {"Succeeded": 2, "Failed": 2},
    )
    assert [trial.get("FailureReason") for trial in trials] == [INTERNAL, "ClientError: no", None, None]
    assert len(restarts(account.training_job(trials[0]), "Restarting")) == attempts
    # What is the client's own fault is not tried again.
    assert restarts(account.training_job(trials[1]), "Restarting") == [[*ATTEMPT, "Failed"]]


@pytest.mark.parametrize("parallel", [1, 2, 5])
def test_trials_that_end_in_retryable_errors_are_replaced_one_by_one(account: Account, parallel: int) -> None:
    scenario = ROUND.trial(2).hits_internal_errors().trial(5).fails(INTERNAL).trial(6).hits_internal_errors()
    answer, trials = account.run(asking(trials=5, parallel=parallel), scenario.trial(8).scores(0.99))
    assert counted(answer) == ({"Completed": 5, "RetryableError": 3}, {"Succeeded": 5, "Failed": 3})
    assert [number for number, each in enumerate(trials, 1) if each["TrainingJobStatus"] == "Failed"] == [
        2,
        5,
        6,
    ]
    assert answer["BestTrainingJob"] == trials[7]
    assert answer["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 5


def test_a_replacement_is_launched_when_a_failed_trial_leaves_its_place(account: Account) -> None:
    # Both trials run from 10 s to 310 s, and a place is filled again ten seconds later.
    account.create(asking(trials=2, parallel=2), ROUND.trial(1).fails(INTERNAL).trial(1).takes("5m"))
    account.clock.at(320 - 0.001)
    assert len(account.trials()) == 2
    account.clock.at(320)
    assert [each["TrainingJobStatus"] for each in account.trials()] == ["Failed", "Completed", "InProgress"]
    assert account.describe()["HyperParameterTuningJobStatus"] == "InProgress"


def test_of_a_grid_a_replacement_tries_what_the_failed_trial_tried(account: Account) -> None:
    asked = asking(trials=4, parallel=1, Strategy="Grid")
    asked["HyperParameterTuningJobConfig"]["ParameterRanges"] = {
        "CategoricalParameterRanges": [
            {"Name": "booster", "Values": ["gbtree", "dart"]},
            {"Name": "policy", "Values": ["depth", "loss"]},
        ]
    }
    _, trials = account.run(asked, ROUND.trial(2).hits_internal_errors())
    tried = [tuple(each["TunedHyperParameters"].values()) for each in trials]
    assert tried == [
        ("gbtree", "depth"),
        ("gbtree", "loss"),
        ("gbtree", "loss"),
        ("dart", "depth"),
        ("dart", "loss"),
    ]


def test_a_replacement_has_the_definition_of_the_failed_trial(account: Account) -> None:
    asked = with_several_definitions(asking(trials=4, parallel=1), 2)
    asked["TrainingJobDefinitions"][1]["HyperParameterRanges"] = {
        "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "9"}]
    }
    _, trials = account.run(asked, ROUND.trial(2).hits_internal_errors())
    assert [each["TrainingJobDefinitionName"][-1] for each in trials] == ["1", "2", "2", "1", "2"]
    assert [list(each["TunedHyperParameters"]) == ["depth"] for each in trials] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_a_job_of_which_every_trial_hits_internal_errors_is_given_up(account: Account) -> None:
    scenario = ROUND
    for number in range(1, 10):
        scenario = scenario.trial(number).hits_internal_errors()
    answer, _ = account.run(asking(trials=2, parallel=1), scenario)
    assert answer["FailureReason"] == FIRST_FAILED
    assert counted(answer) == ({"RetryableError": 5}, {"Failed": 5})


def test_a_job_whose_other_trials_fail_too_has_failed_once_all_are_replaced(account: Account) -> None:
    answer, _ = account.run(asking(trials=2), ROUND.failing(1).trial(1).hits_internal_errors())
    assert answer["FailureReason"] == ALL_FAILED
    assert counted(answer) == ({"RetryableError": 1, "NonRetryableError": 2}, {"Failed": 3})


def test_the_last_trial_trains_for_ever_even_if_it_is_a_replacement(account: Account) -> None:
    scenario = (
        ROUND.never_ends(ignoring_limits=True).trial(2).hits_internal_errors().trial(4).hits_internal_errors()
    )
    account.create(asking(trials=3, parallel=1), scenario)
    account.clock.at(YEAR)
    assert statuses(account.trials()) == ["Completed", "Failed", "Completed", "Failed", "InProgress"]


SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
}


def test_a_spot_interruption_is_no_failure(account: Account) -> None:
    answer, trials = account.run(defining(asking(trials=2), **SPOT), ROUND.trial(1).is_interrupted(2))
    # Two trials, as many as were asked for: an interrupted one goes on, and is not replaced.
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
