"""What a test says of a captured job holds from the capture on; what had happened by then cannot be changed."""

from __future__ import annotations

import copy
import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_tuning import FakeTuningService, Scenario, TuningJob
from support.hand_clock import START
from support.shared_files import recorded
from support.training_job_calls import create, describe, listed

if TYPE_CHECKING:
    from collections.abc import Callable

    from fake_tuning import JobHandle
    from support.hand_clock import HandClock

    Said = Callable[[TuningJob], TuningJob]

BUILT = TuningJob("xgb").minimize("rmse").searching(eta=(0.1, 0.5)).trials(6, parallel=2)
UNDER_WAY = BUILT.in_progress(completed=2, running=2).describe()
ALL_LAUNCHED = BUILT.in_progress(completed=4, running=2).describe()
OVER = BUILT.completed().describe()
STOPPING = BUILT.stopping(completed=1, running=2).describe()
ANEW = "give the job a status first, such as .completed() or .in_progress(), for which its trials are made up anew"
IN_PROGRESS = (
    "c7n_hptj_stop_DescribeHyperParameterTuningJob_1",
    "c7n_hptj_tag_DescribeHyperParameterTuningJob_1",
    "dsoaws2020_Describe_InProgress_members_no_model_knows",
    "dsoaws2020_Describe_InProgress_warm_start_inherited_best",
    "dsoaws2020_Describe_just_created",
)


def all_over() -> dict[str, Any]:
    """A job that is InProgress, though all its trials are over."""
    response = copy.deepcopy(UNDER_WAY)
    response["TrainingJobStatusCounters"].update(Completed=6, InProgress=0)
    response["ObjectiveStatusCounters"].update(Succeeded=6, Pending=0)
    return response


def test_a_captured_job_fails_when_it_is_told_to(service: FakeTuningService, clock: HandClock) -> None:
    handle = service.add(TuningJob.from_response(UNDER_WAY).fails("quota", after="1h"))
    clock.at("59m")
    assert handle.status == "InProgress"
    clock.at("1h")
    assert (handle.status, handle.failure_reason) == ("Failed", "quota")


ENDINGS: dict[str, tuple[Said, str]] = {
    "completes": (lambda job: job.completes(), "Completed"),
    "completes after": (lambda job: job.completes(after="20h"), "Completed"),
    "fails": (lambda job: job.fails("quota"), "Failed"),
    "fails after": (lambda job: job.fails("quota", after="1h"), "Failed"),
    "stops": (lambda job: job.stops(), "Stopped"),
    "stops after": (lambda job: job.stops(after="10s"), "Stopped"),
    "never ends": (lambda job: job.never_ends(ignoring_limits=True), "InProgress"),
}
BEHAVIOURS: dict[str, Said] = {
    "each": lambda job: job.each("2h"),
    "paced": lambda job: job.paced(as_in=2020),
    "scored by": lambda job: job.scored_by(lambda values: 7.5),
    "failing": lambda job: job.failing(1),
}


@pytest.mark.parametrize("name", IN_PROGRESS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_every_captured_job_ends_as_it_is_told_to(
    service: FakeTuningService, clock: HandClock, name: str, ending: str
) -> None:
    job = TuningJob.from_response(recorded(name))
    said, status = ENDINGS[ending]
    told = said(job)
    assert told.describe() == job.describe()
    handle = service.add(told)
    assert handle.status == "InProgress"
    clock.advance("3d")
    assert handle.status == status


@pytest.mark.parametrize("response", [UNDER_WAY, ALL_LAUNCHED, all_over()], ids=["some", "all", "over"])
@pytest.mark.parametrize("ending", [each for each in ENDINGS if each != "never ends"])
def test_a_job_with_few_trials_left_or_none_ends_as_it_is_told_to(
    service: FakeTuningService, clock: HandClock, response: dict[str, Any], ending: str
) -> None:
    said, status = ENDINGS[ending]
    handle = service.add(said(TuningJob.from_response(response)))
    clock.advance("3d")
    assert handle.status == status


def test_an_ending_of_a_captured_job_comes_when_it_was_stated(
    service: FakeTuningService, clock: HandClock
) -> None:
    job = TuningJob.from_response(UNDER_WAY)
    completes = service.add(job.completes(after="20h"))
    clock.advance("3d")
    assert completes.history[-1] == (START + timedelta(hours=20), "Completed")
    text = "the trials that are left take .*, so the job cannot complete after 1s: "
    with pytest.raises(ValueError, match=text):
        job.completes(after="1s")


def test_a_captured_job_that_never_ends_trains_on_in_a_trial_that_was_running(
    service: FakeTuningService, clock: HandClock
) -> None:
    response = copy.deepcopy(ALL_LAUNCHED)
    # The last trial is over, for it is the best.
    response["BestTrainingJob"]["TrainingJobName"] = "xgb-006-0123abcd"
    handle = service.add(TuningJob.from_response(response).never_ends(ignoring_limits=True))
    clock.advance("30d")
    assert handle.status == "InProgress"
    assert [trial.number for trial in handle.trials if trial.status == "InProgress"] == [5]


def test_what_is_said_of_trials_holds_for_those_that_were_not_over(
    service: FakeTuningService, clock: HandClock
) -> None:
    job = TuningJob.from_response(UNDER_WAY)
    job = job.trial(3).fails("no luck").trial(4).scores(0.001).trial(5).takes("2h").trial(6).tries(eta=0.25)
    handle = service.add(job)
    assert [trial.status for trial in handle.trials] == ["Completed"] * 2 + ["InProgress"] * 2
    clock.advance("1d")
    _, _, third, fourth, fifth, sixth = handle.trials
    assert (third.status, third.failure_reason) == ("Failed", "no luck")
    assert (fourth.metric, handle.best and handle.best.number) == (pytest.approx(0.001), 4)
    assert fifth.ended is not None
    assert fifth.ended - fifth.created == timedelta(hours=2)
    assert sixth.hyperparameters == {"eta": 0.25}


@pytest.mark.parametrize("number", [4, 6], ids=["running", "to come"])
def test_hyperparameters_of_a_captured_job_are_checked_where_they_are_set(number: int) -> None:
    with pytest.raises(ValueError, match=f"hyperparameter of trial {number}"):
        TuningJob.from_response(UNDER_WAY).trial(number).tries(depth=3)


def test_a_function_scores_the_trials_that_were_not_over(
    service: FakeTuningService, clock: HandClock
) -> None:
    handle = service.add(TuningJob.from_response(UNDER_WAY).scored_by(lambda values: 7.5))
    before = values(handle)
    clock.advance("1d")
    assert values(handle) == [*before, *[7.5] * 4]
    assert (len(before), 7.5 in before) == (2, False)


def test_trials_that_were_running_take_as_long_as_they_are_told_to(
    service: FakeTuningService, clock: HandClock
) -> None:
    handle = service.add(TuningJob.from_response(UNDER_WAY).each("3h"))
    clock.advance("1d")
    lengths = [trial.ended - trial.created for trial in handle.trials[2:] if trial.ended is not None]
    assert lengths == [timedelta(hours=3)] * 4


def test_no_limit_ends_a_trial_before_the_capture_that_saw_it_running(
    service: FakeTuningService, clock: HandClock
) -> None:
    response = copy.deepcopy(UNDER_WAY)
    response["TrainingJobDefinition"]["StoppingCondition"] = {"MaxRuntimeInSeconds": 1}
    job = TuningJob.from_response(response)
    assert job.overrides == {}
    handle = service.add(job.paced(cold_start="1s", warm_start="1s", train="1h"))
    assert [trial.status for trial in handle.trials[2:]] == ["InProgress"] * 2
    clock.advance("3s")
    assert [trial.status for trial in handle.trials[2:]] == ["Stopping"] * 2


def test_a_trial_that_lagged_behind_is_stopped_early_after_the_capture(
    service: FakeTuningService, clock: HandClock
) -> None:
    built = BUILT.configured(TrainingJobEarlyStoppingType="Auto")
    job = TuningJob.from_response(built.in_progress(completed=2, running=2).describe())
    job = job.paced(cold_start="1s", warm_start="1s", download="1s", train="100s")
    handle = service.add(job.scored_by(lambda values: 99))
    assert [trial.status for trial in handle.trials[2:]] == ["InProgress"] * 2
    clock.advance("1d")
    assert [trial.status for trial in handle.trials] == ["Completed"] * 2 + ["Stopped"] * 4


def test_a_failing_share_leaves_the_trials_that_were_over(
    service: FakeTuningService, clock: HandClock
) -> None:
    handle = service.add(TuningJob.from_response(UNDER_WAY).failing(1))
    clock.advance("1d")
    assert [trial.status for trial in handle.trials] == ["Completed"] * 2 + ["Failed"] * 4


@pytest.mark.parametrize("response", [OVER, UNDER_WAY, STOPPING], ids=["over", "under way", "stopping"])
def test_how_long_a_deletion_takes_can_be_said_of_any_captured_job(
    service: FakeTuningService, clock: HandClock, response: dict[str, Any]
) -> None:
    handle = service.add(TuningJob.from_response(response).paced(delete="1h"))
    clock.advance("1d")
    handle.delete()
    clock.advance("59m")
    assert handle.status == "Deleting"


SAID: tuple[Said, ...] = (
    *(said for said, _ in ENDINGS.values()),
    *BEHAVIOURS.values(),
    lambda job: job.trial(4).fails(),
    lambda job: job.trial(5).scores(0.0),
    lambda job: job.trial(6).never_ends(),
)


@given(
    response=st.sampled_from(
        [UNDER_WAY, ALL_LAUNCHED, *[BUILT.describe(at=f"{age}s") for age in (1, 9, 100)]]
    ),
    said=st.lists(st.sampled_from(SAID), max_size=4),
)
def test_a_captured_job_describes_itself_whatever_comes_next(response: Any, said: list[Said]) -> None:
    job = TuningJob.from_response(response)
    for each in said:
        # Their trials may be left too little time.
        with suppress(ValueError):
            job = each(job)
    assert (job.describe(), job.overrides) == (response, {})


REFUSED: dict[str, tuple[Any, Said, str]] = {
    "an ending of one that is over": (
        OVER,
        lambda job: job.fails("quota"),
        f"'xgb' was Completed when it was captured, and cannot also end later: {ANEW}",
    ),
    "an ending of one that is being stopped": (
        STOPPING,
        lambda job: job.never_ends(),
        f"'xgb' was Stopping when it was captured, and cannot also end later: {ANEW}",
    ),
    "no end, with no trial left": (
        all_over(),
        lambda job: job.never_ends(),
        f"all trials of 'xgb' were over when it was captured, InProgress: {ANEW}",
    ),
    "a trial that was over": (
        UNDER_WAY,
        lambda job: job.trial(2).fails(),
        "trial 2 of 'xgb' was over when the job was captured: "
        f"say it of one that was still to end (3 to 6), or {ANEW}",
    ),
    "a trial of a job that is over": (
        OVER,
        lambda job: job.trial(2).scores(9),
        f"trial 2 of 'xgb' was over when the job was captured: {ANEW}",
    ),
    "a trial that was being stopped": (
        STOPPING,
        lambda job: job.trial(2).scores(9),
        f"trial 2 of 'xgb' was being stopped when the job was captured: {ANEW}",
    ),
    "a trial that never comes": (
        UNDER_WAY,
        lambda job: job.trial(7).scores(9),
        f"trial 7 of 'xgb' is never launched: say it of one that was still to end (3 to 6), or {ANEW}",
    ),
    "a trial after the last one": (
        ALL_LAUNCHED,
        lambda job: job.trial(7).scores(9),
        f"trial 7 of 'xgb' is never launched: say it of one that was still to end (5 to 6), or {ANEW}",
    ),
    "a trial of a job that was stopped before": (
        STOPPING,
        lambda job: job.trial(5).scores(9),
        f"trial 5 of 'xgb' is never launched: {ANEW}",
    ),
    **{
        f"{word}, of one that is over": (
            OVER,
            said,
            f"all trials of 'xgb' were over when it was captured, Completed: {ANEW}",
        )
        for word, said in BEHAVIOURS.items()
    },
    "a length of trials that are being stopped": (
        STOPPING,
        lambda job: job.each("1h"),
        f"all trials of 'xgb' were being stopped when it was captured, Stopping: {ANEW}",
    ),
    "a deletion that failed": (
        BUILT.delete_failed().describe(),
        lambda job: job.paced(delete="1h"),
        f"all trials of 'xgb' were over when it was captured, DeleteFailed: {ANEW}",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_had_happened_by_the_capture_cannot_be_changed(case: str) -> None:
    response, said, text = REFUSED[case]
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        said(TuningJob.from_response(response))


def test_the_trials_that_were_still_to_end_are_named_one_by_one_where_they_lie_apart() -> None:
    response = copy.deepcopy(UNDER_WAY)
    response["BestTrainingJob"]["TrainingJobName"] = "xgb-003-0123abcd"
    with pytest.raises(ValueError, match=r"still to end \(2, 4 to 6\), or"):
        TuningJob.from_response(response).trial(1).fails()


def test_the_trials_of_a_captured_job_with_another_status_can_be_told_anything(
    service: FakeTuningService,
) -> None:
    handle = service.add(
        TuningJob.from_response(OVER).completed().trial(2).scores(9).scored_by(lambda values: 5)
    )
    assert [trial.metric for trial in handle.trials] == [5, 9, 5, 5, 5, 5]


def test_a_trial_that_replaces_one_can_be_told_what_it_does(
    service: FakeTuningService, clock: HandClock
) -> None:
    job = TuningJob.from_response(ALL_LAUNCHED).trial(5).hits_internal_errors(99).trial(7).scores(0.001)
    handle = service.add(job)
    clock.advance("1d")
    assert handle.best is not None
    assert handle.best.number == 7


def values(handle: JobHandle) -> list[float]:
    return [trial.metric for trial in handle.trials if trial.metric is not None]


@pytest.mark.parametrize("goal", ["minimize", "maximize"])
@pytest.mark.parametrize("best", [3.81, 0.0, -12.5, 3.4e38, -3.4e38])
def test_the_other_trials_of_a_captured_job_have_values_near_the_best_and_worse(
    service: FakeTuningService, clock: HandClock, goal: str, best: float
) -> None:
    built = TuningJob("xgb").trials(9, parallel=2).trial(3).scores(best)
    built = built.maximize("score") if goal == "maximize" else built.minimize("score")
    response = built.scored_by(lambda tried: best).in_progress(completed=6).describe()
    job = TuningJob.from_response(response)
    handle = service.add(job)
    clock.advance("1d")
    found = values(handle)
    assert len(found) == 9
    better = max if goal == "maximize" else min
    assert handle.best is not None
    assert better(found) == handle.best.metric
    assert handle.best.name == response["BestTrainingJob"]["TrainingJobName"]
    assert max(abs(value - best) for value in found) <= 0.41 * (abs(best) or 1)
    if abs(best) < 1e38:
        assert len(set(found)) == 9


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        ("boston2020_Describe_Completed_xgboost_090", 19),
        ("boston2022_Describe_Completed_21_of_20_after_a_RetryableError", 20),
        ("packt2019_DescribeHyperParameterTuningJob_Completed", 10),
    ],
)
def test_the_trials_of_a_recorded_job_have_values_of_their_own(
    service: FakeTuningService, name: str, smallest: int
) -> None:
    found = values(service.add(TuningJob.from_response(recorded(name))))
    assert len(set(found)) == len(found) >= smallest


def test_no_trial_of_another_goal_is_better_than_the_captured_best(service: FakeTuningService) -> None:
    job = TuningJob("xgb").defining("first", minimize="loss").defining("second", maximize="auc").trials(6)
    again = TuningJob.from_response(job.trial(1).scores(0.01).completed().describe())
    assert again.overrides == {}
    assert len(set(values(service.add(again)))) == 6


TRAINING: dict[str, tuple[Scenario, str, float | None]] = {
    "completes": (Scenario(), "Completed", None),
    "completes after": (Scenario.completes(after="5h"), "Completed", 5),
    "fails": (Scenario.fails("no luck"), "Failed", None),
    "fails after": (Scenario.fails("no luck", after="5h"), "Failed", 5),
    "stops after": (Scenario.stops(after="5h"), "Stopped", None),
    "never ends": (Scenario.never_ends(ignoring_limits=True), "InProgress", None),
    "never ends, in any time": (Scenario.never_ends(ignoring_limits=True).each("5h"), "InProgress", None),
    "reaches its limit": (Scenario.never_ends(), "Stopped", None),
    "never ends, then": (Scenario.never_ends().completes(after="5h"), "Completed", 5),
    "takes": (Scenario().trial(1).takes("5h"), "Completed", 5),
    "each": (Scenario().each("5h"), "Completed", 5),
    "trial fails": (Scenario().trial(1).fails("no luck"), "Failed", None),
    "trial stops": (Scenario().trial(1).stops(), "Stopped", None),
    "never fails": (Scenario.fails("no luck", after="5h").trial(1).never_ends(), "Failed", 5),
}


@pytest.mark.parametrize("age", [10, 90, 110, 140])
@pytest.mark.parametrize("case", TRAINING)
def test_a_captured_training_job_goes_on_as_its_scenario_says(
    service: FakeTuningService, client: Any, clock: HandClock, case: str, age: int
) -> None:
    round_times = Scenario().paced(cold_start="80s", download="20s", train="30s", upload="20s")
    service.on_create(round_times, training_jobs=True)
    create(client, "first", StoppingCondition={"MaxRuntimeInSeconds": 86_400})
    clock.advance(age)
    response = describe(client, "first")
    again = copy.deepcopy(response)
    again.update(TrainingJobName="xgb", TrainingJobArn=response["TrainingJobArn"].replace("first", "xgb"))
    scenario, status, hours = TRAINING[case]
    view = service.add_training_job(again, scenario=scenario)
    answer = describe(client, "xgb")
    assert (view.status, answer["SecondaryStatus"]) == ("InProgress", response["SecondaryStatus"])
    clock.advance("30d")
    answer = describe(client, "xgb")
    assert answer["TrainingJobStatus"] == status
    assert answer.get("FailureReason") == ("no luck" if status == "Failed" else None)
    if hours is not None:
        assert answer["TrainingEndTime"] - answer["CreationTime"] == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("scenario", "text"),
    [
        (
            Scenario.stops(after="1s"),
            "'xgb' still ran 1m40s after its creation, when it was captured, so it cannot have ended after 1s: "
            "say a later time",
        ),
        (
            Scenario().trial(1).takes("30s"),
            "'xgb' still ran 1m40s after its creation, when it was captured, so it cannot have ended after 30s: "
            "say a later time",
        ),
        (
            Scenario().trial(1).hits_internal_errors(),
            "'xgb' was captured, and its scenario can only say how it ends, how long it takes and what it scores: "
            "leave out internal errors, interruptions and what happens before it starts",
        ),
        (
            Scenario().trial(2).fails(),
            "a training job is its own and only trial: write .trial(1), and not .trial(2)",
        ),
    ],
)
def test_a_scenario_that_no_captured_training_job_can_follow_is_refused(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Scenario, text: str
) -> None:
    create(client, "first")
    response = describe(client, "first")
    response.update(
        TrainingJobName="xgb",
        SecondaryStatusTransitions=[
            {"Status": "Starting", "StartTime": START},
            {"Status": "Training", "StartTime": START + timedelta(seconds=100)},
        ],
        SecondaryStatus="Training",
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        service.add_training_job(response, scenario=scenario)
    assert listed(client) == ["first"]


def test_a_training_job_that_was_over_goes_on_in_no_other_way(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, "first")
    clock.advance("1d")
    response = {**describe(client, "first"), "TrainingJobName": "xgb"}
    text = "'xgb' was Completed when it was captured, and no scenario can make it go on otherwise: "
    with pytest.raises(ValueError, match=text):
        service.add_training_job(response, scenario=Scenario.never_ends())
    with pytest.raises(TypeError, match="add_training_job takes a Scenario, such as "):
        service.add_training_job(response, scenario="never_ends")  # type: ignore[arg-type]  # the error under test
