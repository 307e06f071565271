"""How jobs behave: what scenarios say, and what the service does by itself."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta, timezone
from statistics import median

import pytest
from freezegun import freeze_time

from fake_tuning import DEFAULT_START, AmbientClock, FakeTuningService, Scenario, TuningJob
from fake_tuning.domain.jobs.tuning_job_record import ParentBest, TuningJobRecord
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.early_stopping import rungs
from fake_tuning.domain.simulation.steering import Delete, Fail, Finish, Stop
from fake_tuning.domain.simulation.timeline import Timeline
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm
from fake_tuning.domain.vocabulary.durations import utc
from support.failure_reasons import ALL_FAILED, FIRST_FAILED
from support.strategies import with_several_definitions

MINUTE = 60_000
HOUR = 60 * MINUTE

XGB = (
    TuningJob("xgb")
    .maximize("auc")
    .searching(eta=(0.01, 0.3), booster=["gbtree", "dart"])
    .trials(10, parallel=2)
)


def after(job: TuningJob, record: TuningJobRecord | None = None):
    """The response and the trials once all is over."""
    record = record or job.record_at(0)
    end = record.timeline.ends_at
    return record.describe(end, utc), record.timeline.trials(end)


def counters(answer: dict) -> dict[str, int]:
    return {name: count for name, count in answer["TrainingJobStatusCounters"].items() if count}


def refusal(error: type[Exception], call, *args, **keywords) -> str:
    with pytest.raises(error) as refused:
        call(*args, **keywords)
    return str(refused.value)


class TestWhatIsSaid:
    def test_endings_can_be_said_of_the_class(self):
        assert Scenario.stops(after="40m") == Scenario().stops(after="40m")
        assert Scenario.completes() == Scenario().completes()
        assert Scenario.fails("because") == Scenario().fails("because")
        assert Scenario.never_ends() == Scenario().never_ends()

    def test_so_can_everything_else(self):
        assert Scenario.each("8m", "9m") == Scenario().each("8m", "9m")
        assert Scenario.paced(train="8m", as_in=2021) == Scenario().paced(train="8m", as_in=2021)
        assert Scenario.scored_by(len) == Scenario().scored_by(len)
        assert Scenario.failing(0.5) == Scenario().failing(0.5)
        assert Scenario.refusing_deletion() == Scenario().refusing_deletion()
        assert Scenario.trial(3).fails("because") == Scenario().trial(3).fails("because")

    def test_scenarios_are_immutable(self):
        scenario = Scenario()
        for said in (
            scenario.stops(after="40m"),
            scenario.each("8m"),
            scenario.paced(train="1m"),
            scenario.scored_by(len),
            scenario.failing(0.5),
            scenario.refusing_deletion(),
            scenario.trial(3).fails(),
        ):
            assert said != scenario == Scenario()

    @pytest.mark.parametrize(
        ("error", "call", "message"),
        [
            (
                TypeError,
                lambda: Scenario.stops(afer="40m"),
                "unknown keyword of Scenario.stops 'afer': did you mean 'after'? The choices are after.",
            ),
            (
                TypeError,
                lambda: Scenario(endng=None),
                "unknown keyword of Scenario 'endng': did you mean 'ending'? The choices are ending, pacing, "
                "objective, failure_rate, edits, deletion_fails, gate, tick_phase, predecessors, recorded_best.",
            ),
            (
                TypeError,
                lambda: Scenario("3h"),
                "a scenario is made by its methods, such as Scenario.completes(after='3h') or Scenario.each('8m'), "
                "but Scenario got '3h'",
            ),
            (
                TypeError,
                lambda: Scenario(pacing="8m"),
                "a scenario is made by its methods, such as Scenario.completes(after='3h') or Scenario.each('8m'), "
                "but Scenario got '8m'",
            ),
            (
                TypeError,
                lambda: Scenario.completes("3h"),
                "Scenario.completes got '3h' without a name: write after='3h'",
            ),
            (
                TypeError,
                lambda: Scenario().never_ends(True),
                "Scenario.never_ends got True without a name: write ignoring_limits=True",
            ),
            (
                TypeError,
                lambda: TuningJob("xgb").fails("quota", "3h"),
                "TuningJob.fails got '3h' without a name: write after='3h'",
            ),
            (
                TypeError,
                lambda: TuningJob("xgb").in_progress(7, 4),
                "TuningJob.in_progress got 7 without a name: say which it is: completed, running, failed, stopped",
            ),
            (
                TypeError,
                lambda: FakeTuningService("us-east-1"),
                "FakeTuningService got 'us-east-1' without a name: say which it is: region, account, seed, dialect, "
                "quirks, quotas, transport, clock",
            ),
            (
                TypeError,
                lambda: Scenario.failing("a"),
                "the share of failing trials must be a number from 0 to 1, but is 'a'",
            ),
            (
                TypeError,
                lambda: TuningJob("xgb").failing(True),
                "the share of failing trials must be a number from 0 to 1, but is True",
            ),
            (
                TypeError,
                lambda: Scenario().paced(trian="1m"),
                "unknown stage 'trian': did you mean 'trial'? The choices are accept, launch, "
                "cold_start, warm_start, "
                "download, train, upload, trial, refill, finish, fail, drain, stop, restart, delete.",
            ),
            (
                ValueError,
                lambda: Scenario().paced(train=("9m", "8m")),
                "the length of train must rise from the shortest to the longest, but is '9m' to '8m'",
            ),
            (
                ValueError,
                lambda: Scenario().paced(train=0),
                "the length of train must be longer than nothing, but is 0",
            ),
            (
                TypeError,
                lambda: Scenario().scored_by(0.9),
                "the objective must be a function of the tried values, but is 0.9: "
                "for one trial, write .trial(3).scores(0.9)",
            ),
            (
                ValueError,
                lambda: Scenario().failing(1.5),
                "the share of failing trials must be from 0 to 1, but is 1.5",
            ),
            (
                ValueError,
                lambda: Scenario().failing(float("nan")),
                "the share of failing trials must be from 0 to 1, but is nan",
            ),
            (
                ValueError,
                lambda: Scenario().trial(3).hits_internal_errors(0),
                "the number of internal errors must be a whole number from 1, but is 0",
            ),
            (
                ValueError,
                lambda: Scenario().trial(3).is_interrupted(True),
                "the number of interruptions must be a whole number from 1, but is True",
            ),
            (
                TypeError,
                lambda: Scenario().trial(3).scores("high"),
                "a score must be a number or a list of numbers, but is 'high'",
            ),
            (
                TypeError,
                lambda: Scenario().trial(3).scores([]),
                "a score must be a number or a list of numbers, but is []",
            ),
            (
                TypeError,
                lambda: Scenario().trial(3).scores([0.5, "high"]),
                "a score must be a number or a list of numbers, but is [0.5, 'high']",
            ),
            (
                ValueError,
                lambda: Scenario().trial(3).scores(float("nan")),
                "an objective value must be a finite 32-bit number, but is nan",
            ),
            (
                ValueError,
                lambda: Scenario().trial(3).scores([0.5, 1e39]),
                "an objective value must be a finite 32-bit number, but is 1e+39",
            ),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, error, call, message):
        assert refusal(error, call) == message

    def test_a_reason_is_cut_where_the_service_cuts_it(self):
        answer, _ = after(XGB.fails("x" * 2000, after="1m"))
        assert answer["FailureReason"] == "x" * 1024


class TestObjectives:
    def test_a_number_is_kept_as_the_service_keeps_it(self):
        answer, _ = after(XGB.scored_by(lambda _: 0.9))
        final = answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
        assert final == {"MetricName": "auc", "Value": 0.8999999761581421}

    def test_of_a_learning_curve_the_last_value_is_final(self):
        answer, trials = after(XGB.scored_by(lambda _: [0.9, 0.5, 0.7]))
        assert answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"][
            "Value"
        ] == pytest.approx(0.7)
        assert [round(value, 3) for _, value in trials[0].curve] == [0.9, 0.5, 0.7]

    @pytest.mark.parametrize("nothing", [None, []])
    def test_none_is_a_metric_that_was_never_emitted(self, nothing):
        answer, _ = after(XGB.scored_by(lambda _: nothing))
        assert counters(answer) == {"Completed": 10}
        assert answer["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 10}
        assert "BestTrainingJob" not in answer
        assert answer["HyperParameterTuningJobStatus"] == "Completed"

    def test_numbers_of_other_libraries_will_do(self):
        class Float32:
            def __float__(self):
                return 0.5

        answer, _ = after(XGB.scored_by(lambda _: Float32()))
        assert answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.5
        answer, _ = after(XGB.scored_by(lambda _: (Float32(), 0.75)))
        assert answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.75

    @pytest.mark.parametrize("odd", ["high", True, object, [0.5, "high"], {"a": "b"}])
    def test_what_is_no_number_is_refused(self, odd):
        job = XGB.scored_by(lambda _: odd)
        assert refusal(TypeError, job.describe, at="10m") == (
            f"an objective must return a number, a list of numbers or None, but returned {odd!r} for trial 1"
        )

    @pytest.mark.parametrize("odd", [{}, {0.5: 1}, b"1", bytearray(b"1"), memoryview(b"1"), [("", 0.5)]])
    def test_what_only_looks_like_a_list_of_numbers_is_refused(self, odd):
        job = XGB.scored_by(lambda _: odd)
        assert refusal(TypeError, job.describe, at="10m") == (
            f"an objective must return a number, a list of numbers or None, but returned {odd!r} for trial 1"
        )

    @pytest.mark.parametrize("endless", [lambda: [0.5] * 1_000_000, itertools.count])
    def test_more_values_than_any_trial_emits_are_refused(self, endless):
        job = XGB.scored_by(lambda _: endless())
        assert refusal(ValueError, job.describe, at="10m") == (
            "an objective must return a number, a list of at most 10000 numbers or None, but returned more for trial 1"
        )

    @pytest.mark.parametrize("digits", [400, 5000])
    def test_whole_numbers_that_no_float_holds_are_refused(self, digits):
        large = 10**digits
        # Python writes no whole number of more than 4300 digits, since 2022.
        said = ("<int>", f"1{'0' * 76}...")
        told = [
            refusal(ValueError, XGB.scored_by(lambda _: large).describe, at="10m"),
            refusal(ValueError, XGB.scored_by(lambda _: [0.5, large]).describe, at="10m"),
            refusal(ValueError, XGB.trial(1).scores, large),
        ]
        for message in told:
            beginning, _, value = message.rpartition(" ")
            assert beginning == "an objective value must be a finite 32-bit number, but is"
            assert value in (said if digits > 4300 else said[1:])

    def test_what_is_shown_of_an_odd_value_is_short(self):
        job = XGB.scored_by(lambda _: ["x"] * 100_000)
        assert len(refusal(TypeError, job.describe, at="10m")) < 200

    def test_nan_is_refused(self):
        job = XGB.scored_by(lambda _: float("nan"))
        message = "an objective value must be a finite 32-bit number, but is nan"
        assert refusal(ValueError, job.describe, at="10m") == message
        assert refusal(ValueError, job.completed) == message

    def test_an_objective_that_raises_is_heard_each_time(self):
        def objective(tried):
            raise KeyError("no such metric")

        job = XGB.scored_by(objective)
        for _ in range(4):
            assert refusal(KeyError, job.describe, at="10m") == "'no such metric'"
        assert job.describe(at="1s")["HyperParameterTuningJobStatus"] == "InProgress"

    def test_what_an_objective_raises_says_which_trial_it_was_to_score(self):
        error = KeyError("nope")

        def objective(tried):
            raise error

        job = XGB.scored_by(objective)
        for _ in range(2):
            assert refusal(KeyError, job.describe, at="10m") == "'nope'"
        # Python shows it since 3.11.
        assert error.__notes__ == ["raised by the function that was to score trial 1 of 'xgb'"]

    def test_an_objective_is_asked_once_per_trial(self):
        asked = []
        record = XGB.scored_by(lambda tried: asked.append(tried) or 0.5).record_at(0)
        record.timeline.state(HOUR)
        record.changed(Stop(MINUTE)).timeline.state(HOUR)
        assert len(asked) == len(record.timeline.trials(HOUR))


class TestFailures:
    def test_the_service_gives_up_after_five_failing_trials(self):
        answer, _ = after(XGB.failing(1))
        assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", FIRST_FAILED)
        assert counters(answer)["NonRetryableError"] == 5

    def test_a_job_whose_trials_all_fail_fails(self):
        answer, _ = after(XGB.trials(2).failing(1))
        assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", ALL_FAILED)
        assert counters(answer) == {"NonRetryableError": 2}

    def test_some_failures_do_not_fail_the_job(self):
        job = XGB
        for number in (1, 2, 3, 5, 6, 7, 8):
            job = job.trial(number).fails()
        answer, _ = after(job.trial(4).completes())
        assert answer["HyperParameterTuningJobStatus"] == "Completed"
        assert counters(answer) == {"Completed": 3, "NonRetryableError": 7}

    def test_a_job_that_ends_without_a_metric_but_with_a_completed_trial_is_completed(self):
        answer, _ = after(XGB.trials(1).trial(1).emits_no_metric())
        assert answer["HyperParameterTuningJobStatus"] == "Completed"

    def test_the_reason_of_a_trial(self):
        _, trials = after(XGB.trial(1).fails().trial(2).fails("ClientError: no data"))
        assert [trial.reason for trial in trials[:3]] == [
            "AlgorithmError: , exit code: 1",
            "ClientError: no data",
            None,
        ]

    def test_capacity_errors_come_before_the_start(self):
        answer, trials = after(XGB.trials(1).trial(1).lacks_capacity())
        assert [phase.status for phase in trials[0].phases] == ["Starting", "Failed"]
        assert counters(answer) == {"NonRetryableError": 1}

    def test_internal_errors_are_retried_as_the_definition_allows(self):
        job = (
            XGB.defined(RetryStrategy={"MaximumRetryAttempts": 2}).trials(1).trial(1).hits_internal_errors(2)
        )
        answer, (trial,) = after(job)
        attempt = ["Starting", "Downloading", "Training", "Restarting"]
        assert [phase.status for phase in trial.phases] == [
            *attempt, *attempt, "Starting", "Downloading", "Training", "Uploading", "Completed",
        ]  # fmt: skip
        assert counters(answer) == {"Completed": 1}

    @pytest.mark.parametrize(("retries", "attempts"), [(0, 1), (2, 3)])
    def test_internal_errors_beyond_that_fail_the_trial(self, retries, attempts):
        definition = {"RetryStrategy": {"MaximumRetryAttempts": retries}} if retries else {}
        answer, (trial, other) = after(XGB.defined(**definition).trials(1).trial(1).hits_internal_errors(3))
        assert [phase.status for phase in trial.phases].count("Training") == attempts
        assert trial.reason == "InternalServerError: We encountered an internal error. Please try again."
        assert other.reason is None
        assert counters(answer) == {"RetryableError": 1, "Completed": 1}

    def test_internal_errors_spoil_a_trial_that_would_have_failed_otherwise(self):
        _, (trial, _) = after(
            XGB.trials(1).trial(1).fails("ClientError: no data").trial(1).hits_internal_errors()
        )
        assert trial.reason == "InternalServerError: We encountered an internal error. Please try again."


class TestLimits:
    def test_spot_interruptions_are_waited_out_and_not_billed(self):
        job = XGB.defined(EnableManagedSpotTraining=True).trials(1).trial(1).is_interrupted(2)
        record = job.record_at(0)
        _, (trial,) = after(job, record)
        assert [phase.status for phase in trial.phases].count("Interrupted") == 2
        answer = record.describe_trial(trial, trial.ended, utc)
        assert answer["TrainingTimeInSeconds"] == (trial.ended - trial.started) // 1000
        spent = sum(
            phase.end - phase.start
            for phase in trial.phases
            if phase.status in ("Downloading", "Training", "Uploading")
        )
        assert answer["BillableTimeInSeconds"] == int(spent * 0.35) // 1000
        assert answer["BillableTimeInSeconds"] < answer["TrainingTimeInSeconds"]
        assert answer["EnableManagedSpotTraining"] is True

    def test_interruptions_are_of_no_effect_without_spot(self):
        record = XGB.trials(1).trial(1).is_interrupted(2).record_at(0)
        _, (trial,) = after(XGB, record)
        assert [phase.status for phase in trial.phases].count("Interrupted") == 0
        answer = record.describe_trial(trial, trial.ended, utc)
        assert answer["BillableTimeInSeconds"] == answer["TrainingTimeInSeconds"]

    def test_a_trial_that_trains_too_long_is_stopped(self):
        job = XGB.each("10m").defined(StoppingCondition={"MaxRuntimeInSeconds": 300})
        answer, trials = after(job)
        assert counters(answer) == {"Stopped": 10}
        assert [phase.status for phase in trials[0].phases][-2:] == ["Stopping", "MaxRuntimeExceeded"]
        assert trials[0].phases[-2].start - trials[0].started == 300_000
        # None of them has failed.
        assert answer["HyperParameterTuningJobStatus"] == "Completed"

    def test_a_trial_that_waits_too_long_is_stopped(self):
        job = (
            XGB.trials(1)
            .each("10m")
            .defined(
                EnableManagedSpotTraining=True,
                StoppingCondition={"MaxRuntimeInSeconds": 3000, "MaxWaitTimeInSeconds": 300},
            )
        )
        _, (trial,) = after(job)
        assert [phase.status for phase in trial.phases][-2:] == ["Stopping", "MaxWaitTimeExceeded"]
        assert trial.phases[-2].start - trial.created == 300_000

    def test_of_two_limits_the_first_to_be_reached_counts(self):
        job = (
            XGB.trials(1)
            .each("10m")
            .defined(StoppingCondition={"MaxRuntimeInSeconds": 100, "MaxWaitTimeInSeconds": 300})
        )
        _, (trial,) = after(job)
        assert [phase.status for phase in trial.phases].count("Stopping") == 1
        assert trial.phases[-1].status == "MaxRuntimeExceeded"

    def test_a_trial_that_is_being_stopped_knows_no_limit(self):
        job = (
            XGB.trials(1).each("10m").trial(1).stops().defined(StoppingCondition={"MaxRuntimeInSeconds": 300})
        )
        _, (trial,) = after(job)
        stopping = trial.phases[-2]
        assert stopping.start - trial.started < 300_000 < stopping.end - trial.started
        assert trial.phases[-1].status == "Stopped"

    @pytest.mark.parametrize("stopping_condition", [{}, {"MaxRuntimeInSeconds": 86_400}])
    def test_a_trial_may_train_for_a_day_unless_its_definition_says_otherwise(self, stopping_condition):
        _, (trial,) = after(XGB.trials(1).each("3d").defined(StoppingCondition=stopping_condition))
        stopping = trial.phases[-2]
        assert (stopping.status, stopping.start - trial.started) == ("Stopping", 24 * HOUR)
        assert trial.phases[-1].status == "MaxRuntimeExceeded"

    def test_a_trial_may_take_its_time_if_it_is_given_it(self):
        _, (trial,) = after(
            XGB.trials(1).each("3d").defined(StoppingCondition={"MaxRuntimeInSeconds": 300_000})
        )
        assert trial.ended - trial.created == 3 * 24 * HOUR

    def test_the_runtime_of_the_job_is_limited(self):
        limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 600}
        record = XGB.each("4m").configured(ResourceLimits=limits).record_at(0)
        answer, trials = after(XGB, record)
        assert answer["HyperParameterTuningJobStatus"] == "Completed"
        assert counters(answer)["Stopped"] == 2
        assert len(trials) < 10
        assert 600_000 < record.timeline.ends_at < 600_000 + 3 * MINUTE
        assert {trial.status_at(600_000) for trial in trials[-2:]} == {"Stopping"}

    def test_a_limit_that_is_never_reached_changes_nothing(self):
        limits = {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 86_400}
        assert (
            XGB.configured(ResourceLimits=limits).record_at(0).timeline.ends_at
            == XGB.record_at(0).timeline.ends_at
        )


class TestCriteria:
    @staticmethod
    def having(**criteria) -> TuningJob:
        return XGB.configured(TuningJobCompletionCriteria=criteria).paced(drain="30s")

    def test_a_target_ends_the_job(self):
        job = self.having(TargetObjectiveMetricValue=0.9)
        for number, score in enumerate([0.5, 0.6, 0.89, 0.9, 0.95], 1):
            job = job.trial(number).scores(score)
        answer, trials = after(job)
        assert answer["HyperParameterTuningJobStatus"] == "Completed"
        assert answer["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] >= 0.899
        assert len(trials) <= 6

    def test_a_target_of_a_minimized_metric_is_reached_from_above(self):
        job = self.having(TargetObjectiveMetricValue=0.1).minimize("error").scored_by(lambda _: 0.2)
        assert len(after(job)[1]) == 10
        assert len(after(job.trial(3).scores(0.1))[1]) < 10

    def test_a_target_that_is_never_reached_ends_nothing(self):
        assert len(after(self.having(TargetObjectiveMetricValue=0.9).scored_by(lambda _: 0.5))[1]) == 10
        assert len(after(self.having(TargetObjectiveMetricValue=0.9).scored_by(lambda _: None))[1]) == 10

    def test_trials_that_do_not_improve_end_the_job(self):
        criterion = {"MaxNumberOfTrainingJobsNotImproving": 3}
        job = self.having(BestObjectiveNotImproving=criterion).trials(10, parallel=1)
        for number, score in enumerate([0.5, 0.503, 0.504, 0.6, 0.6, 0.605, 0.1], 1):
            job = job.trial(number).scores(score)
        answer, trials = after(job)
        assert len(trials) == 7
        assert answer["TuningJobCompletionDetails"] == {"NumberOfTrainingJobsObjectiveNotImproving": 3}
        assert answer["HyperParameterTuningJobStatus"] == "Completed"

    @pytest.mark.parametrize(("asked", "launched"), [("Enabled", 26), ("Disabled", 40)])
    def test_convergence_ends_the_job_where_that_was_asked_for(self, asked, launched):
        job = self.having(ConvergenceDetected={"CompleteOnConvergence": asked})
        record = job.trials(40, parallel=1).scored_by(lambda _: 0.5).record_at(0)
        answer, trials = after(job, record)
        assert len(trials) == launched
        detected = answer["TuningJobCompletionDetails"]["ConvergenceDetectedTime"]
        assert detected == utc(trials[25].ended)
        early = record.describe(trials[25].ended - 1, utc)["TuningJobCompletionDetails"]
        assert early == {"NumberOfTrainingJobsObjectiveNotImproving": 24}


class TestEarlyStopping:
    JOB = XGB.configured(TrainingJobEarlyStoppingType="Auto").trials(10, parallel=1)

    def test_a_trial_below_the_median_of_the_averages_is_stopped(self):
        job = self.JOB.trials(4).each("10m").scored_by(lambda _: None)
        for number, curve in enumerate([[0.5, 0.7], [0.6, 0.8], [0.4, 0.9], [0.55, 0.1]], 1):
            job = job.trial(number).scores([*curve, 0.9, 0.9])
        answer, trials = after(job)
        # After the first epoch 0.4 is below the median of 0.5 and 0.6; 0.55 reaches it, but 0.1 is below the
        # median of the averages 0.6 and 0.7 after the second.
        assert [trial.end_status for trial in trials] == ["Completed", "Completed", "Stopped", "Stopped"]
        assert [len(trial.curve) for trial in trials] == [4, 4, 1, 2]
        assert [round(trial.metric, 3) for trial in trials] == [0.9, 0.9, 0.4, 0.1]
        assert counters(answer) == {"Completed": 2, "Stopped": 2}
        assert answer["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}

    def test_the_median_rule_for_a_minimized_metric(self):
        job = self.JOB.minimize("error").trials(2).trial(1).scores([0.5, 0.5, 0.5])
        assert [trial.end_status for trial in after(job.trial(2).scores([0.4, 0.4, 0.9]))[1]] == [
            "Completed"
        ] * 2
        assert after(job.trial(2).scores([0.6, 0.1, 0.1]))[1][1].end_status == "Stopped"

    def test_the_rule_holds_for_curves_that_nobody_gave(self):
        _, trials = after(self.JOB)
        done: list = []
        for trial in trials:
            if trial.end_status == "Stopped":
                epoch = len(trial.curve)
                averages = [sum(value for _, value in other.curve[:epoch]) / epoch for other in done]
                assert trial.curve[-1][1] < median(averages)
            else:
                assert trial.end_status == "Completed"
                assert len(trial.curve) == 10
                done.append(trial)
        assert len(done) < len(trials)

    def test_trials_are_not_stopped_unless_that_was_asked_for(self):
        assert counters(after(XGB.configured(TrainingJobEarlyStoppingType="Off"))[0]) == {"Completed": 10}

    def test_a_trial_whose_fate_was_told_is_not_stopped_early(self):
        stopped = after(self.JOB)[1]
        number = next(trial.number for trial in stopped if trial.end_status == "Stopped")
        assert after(self.JOB.trial(number).completes())[1][number - 1].end_status == "Completed"

    def test_stopping_the_job_before_its_trials_emit_anything(self):
        record = self.JOB.trials(10, parallel=5).record_at(0)
        for second in range(0, 200, 5):
            stopped = record.changed(Stop(second * 1000))
            answer = stopped.describe(HOUR, utc)
            assert answer["HyperParameterTuningJobStatus"] == "Stopped"


class TestHyperband:
    def test_rungs_are_a_reduction_apart(self):
        assert rungs(1, 27) == (1, 3, 9)
        assert rungs(2, 10) == (2, 6)
        assert rungs(1, 1) == ()

    @staticmethod
    def band(least: int | None, most: int | None, **static) -> TuningJob:
        wanted = {"MinResource": least, "MaxResource": most}
        config = {name: value for name, value in wanted.items() if value}
        return (
            XGB.strategy("Hyperband")
            .configured(StrategyConfig={"HyperbandStrategyConfig": config})
            .with_static(**static)
            .trials(12, parallel=3)
        )

    def test_two_of_three_trials_are_stopped_at_a_rung(self):
        answer, trials = after(self.band(1, 9))
        stopped = [trial for trial in trials if trial.end_status == "Stopped"]
        assert counters(answer)["Stopped"] == len(stopped) > 3
        assert {len(trial.curve) for trial in stopped} <= {1, 3}
        assert {len(trial.curve) for trial in trials if trial.end_status == "Completed"} == {9}
        assert answer["ObjectiveStatusCounters"]["Succeeded"] == 12

    def test_better_trials_are_never_stopped_for_worse_ones(self):
        job = self.band(1, 9)
        for number in range(1, 13):
            job = job.trial(number).scores([number / 100 + epoch / 1000 for epoch in range(9)])
        assert counters(after(job)[0]) == {"Completed": 12}

    @pytest.mark.parametrize("name", ["epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs"])
    def test_the_resource_may_come_from_a_static_hyperparameter(self, name):
        assert len(after(self.band(None, None, **{name: 7}))[1][0].curve) == 7
        assert len(after(self.band(None, None, **{name: '"7"'}))[1][0].curve) == 7

    def test_a_resource_that_cannot_be_read_is_one(self):
        assert len(after(self.band(None, None, epochs="many"))[1][0].curve) == 1
        assert len(after(self.band(5, 3))[1][0].curve) == 3


class TestGrid:
    GRID = (
        TuningJob("grid")
        .searching(booster=["gbtree", "dart"], depth=["3", "6", "9"])
        .strategy("Grid")
        .configured(ResourceLimits={"MaxParallelTrainingJobs": 2})
    )

    def test_every_combination_is_tried_once(self):
        _, trials = after(self.GRID)
        tried = [(trial.tuned["booster"], trial.tuned["depth"]) for trial in trials]
        assert sorted(tried) == sorted(itertools.product(["gbtree", "dart"], ["3", "6", "9"]))

    def test_other_strategies_launch_as_many_as_the_quota_allows(self):
        spec = JobSpec.read(self.GRID.strategy("Random").request)
        assert spec.max_trials == 750
        endless = self.GRID.searching(eta=(0.1, 0.3))
        assert JobSpec.read(endless.request).max_trials == 750


class TestSeveralDefinitions:
    def record(self, job: TuningJob = XGB, count: int = 3) -> TuningJobRecord:
        request = with_several_definitions(dict(job.request), count)
        return TuningJobRecord(request, job.place, job.scenario, 0, 0)

    def test_they_take_turns_and_trials_tell_which_is_theirs(self):
        record = self.record()
        answer, trials = after(XGB, record)
        told = [record.trial_summary(trial, HOUR, utc)["TrainingJobDefinitionName"] for trial in trials]
        assert told == [f"definition-{1 + turn % 3}" for turn in range(10)]
        assert answer["BestTrainingJob"]["TrainingJobDefinitionName"] in told
        assert "TrainingJobDefinition" not in answer
        first = answer["TrainingJobDefinitions"][0]
        assert first["StaticHyperParameters"] == {"_tuning_objective_metric": "auc"}
        assert first["HyperParameterRanges"]["IntegerParameterRanges"] == []
        moved = {"HyperParameterTuningJobObjective", "ParameterRanges"}
        assert not moved & set(answer["HyperParameterTuningJobConfig"])
        assert record.describe_trial(trials[1], HOUR, utc)["RoleArn"] == first["RoleArn"]

    def test_a_grid_is_gone_through_by_each(self):
        _, trials = after(XGB, self.record(TestGrid.GRID.configured(ResourceLimits={
            "MaxParallelTrainingJobs": 2, "MaxNumberOfTrainingJobs": 12,
        }), 2))  # fmt: skip
        tried = [(trial.definition.name, trial.tuned["booster"], trial.tuned["depth"]) for trial in trials]
        assert len(set(tried)) == 12


class TestWhatIsDone:
    JOB = XGB.each("8m").record_at(0)

    def test_a_job_is_stopped(self):
        stopped = self.JOB.changed(Stop(10 * MINUTE))
        assert [status for _, status in stopped.timeline.history(HOUR)] == [
            "InProgress",
            "Stopping",
            "Stopped",
        ]
        assert stopped.timeline.history(HOUR)[1][0] == 10 * MINUTE
        again = stopped.changed(Stop(10 * MINUTE + 1000))
        assert again.describe(HOUR, utc) == stopped.describe(HOUR, utc)

    def test_a_job_that_has_ended_cannot_be_stopped_or_failed(self):
        for change in (Stop(5 * HOUR), Fail(5 * HOUR, reason="late"), Finish(5 * HOUR)):
            late = self.JOB.changed(change)
            assert late.describe(6 * HOUR, utc) == self.JOB.describe(6 * HOUR, utc)

    def test_a_job_that_is_stopped_while_it_settles_is_stopped(self):
        settling = self.JOB.timeline.trials(HOUR)[-1].ended + 1
        stopped = self.JOB.changed(Stop(settling))
        assert stopped.describe(HOUR, utc)["HyperParameterTuningJobStatus"] == "Stopped"
        assert counters(stopped.describe(HOUR, utc)) == {"Completed": 10}

    def test_a_job_is_failed(self):
        failed = self.JOB.changed(Fail(10 * MINUTE, reason="the role is gone"))
        answer = failed.describe(10 * MINUTE, utc)
        assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == (
            "Failed",
            "the role is gone",
        )
        assert answer["TrainingJobStatusCounters"]["InProgress"] == 0

    def test_a_job_that_is_stopping_can_fail_and_be_stopped_no_more(self):
        record = self.JOB.changed(Stop(10 * MINUTE)).changed(Fail(10 * MINUTE + 500))
        assert [status for _, status in record.timeline.history(HOUR)] == ["InProgress", "Stopping", "Failed"]
        trials = record.timeline.trials(HOUR)
        assert [phase.status for phase in trials[-1].phases].count("Stopping") == 1

    def test_a_job_is_deleted_when_it_has_ended(self):
        early = self.JOB.changed(Delete(MINUTE))
        assert early.describe(HOUR, utc) == self.JOB.describe(HOUR, utc)
        gone = self.JOB.changed(Delete(HOUR)).changed(Delete(HOUR + 1))
        assert gone.describe(HOUR + 4999, utc)["HyperParameterTuningJobStatus"] == "Deleting"
        assert not gone.timeline.exists(HOUR + 5000)
        assert gone.timeline.exists(HOUR)
        assert gone.timeline.ends_at == self.JOB.timeline.ends_at
        late = gone.changed(Delete(2 * HOUR))
        assert not late.timeline.exists(3 * HOUR)

    def test_a_deletion_may_fail(self):
        record = replace(XGB.record_at(0), scenario=Scenario().refusing_deletion()).changed(Delete(HOUR))
        timeline = record.timeline
        assert [status for _, status in timeline.history(2 * HOUR)] == [
            "InProgress", "Completed", "Deleting", "DeleteFailed",
        ]  # fmt: skip
        again = record.changed(Delete(2 * HOUR)).timeline
        assert [status for _, status in again.history(3 * HOUR)][-2:] == ["Deleting", "DeleteFailed"]
        assert again.state(3 * HOUR).ended == timeline.ends_at

    def test_a_trial_is_stopped_or_failed(self):
        stopped = self.JOB.changed(Stop(5 * MINUTE, 1))
        trial = stopped.timeline.trials(HOUR)[0]
        assert trial.status_at(5 * MINUTE) == "Stopping"
        assert trial.end_status == "Stopped"
        assert stopped.changed(Stop(5 * MINUTE + 10, 1)).timeline.trials(HOUR)[0] == trial
        failed = self.JOB.changed(Fail(5 * MINUTE, 2, "ClientError: no"))
        trial = failed.timeline.trials(HOUR)[1]
        assert (trial.status_at(5 * MINUTE), trial.reason) == ("Failed", "ClientError: no")
        assert counters(failed.describe(3 * HOUR, utc)) == {"Completed": 9, "NonRetryableError": 1}

    @pytest.mark.parametrize("seed", range(6))
    def test_a_trial_that_is_being_stopped_goes_on_so_when_the_job_is_stopped(self, seed):
        record = TuningJob("xgb", seed=seed).trials(1).trial(1).stops().record_at(0)
        stopping = record.timeline.trials(HOUR)[0].phases[-2]
        trial = record.changed(Stop(stopping.start + 1)).timeline.trials(HOUR)[0]
        assert [phase.status for phase in trial.phases].count("Stopping") == 1
        assert trial.phases[-2].start == stopping.start

    def test_a_trial_that_does_not_run_cannot_be_stopped(self):
        for at, number in ((MINUTE, 9), (HOUR, 1)):
            assert self.JOB.changed(Stop(at, number)).describe(2 * HOUR, utc) == self.JOB.describe(
                2 * HOUR, utc
            )

    def test_what_happens_next_is_foretold_whatever_was_asked_before(self):
        record = XGB.record_at(0).changed(Stop(3 * MINUTE + 7))
        fresh, asked = record.timeline, XGB.record_at(0).changed(Stop(3 * MINUTE + 7)).timeline
        asked.state(HOUR)
        at, events = 0, []
        while (following := fresh.next_event(at)) is not None:
            assert asked.next_event(at) == following
            at = following
            events.append(at)
        assert 3 * MINUTE + 7 in events
        assert events[-1] == record.timeline.ends_at
        assert fresh.next_event(events[-1]) is None

    def test_trials_are_found_by_number(self):
        timeline = self.JOB.timeline
        assert timeline.trial(1, HOUR) == timeline.trials(HOUR)[0]
        assert timeline.trial(1, 0) is None
        assert timeline.trial(0, HOUR) is None
        assert timeline.trial(11, HOUR) is None


class TestTrainingJobs:
    def test_what_describe_training_job_tells_as_the_trial_goes_on(self):
        record = XGB.trials(1).each("10m").record_at(0)
        (trial,) = record.timeline.trials(HOUR)
        seen = {}
        for phase in trial.phases:
            answer = record.describe_trial(trial, phase.start, utc)
            seen[answer["SecondaryStatus"]] = answer
            assert [each["Status"] for each in answer["SecondaryStatusTransitions"]][-1] == phase.status
        assert list(seen) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
        assert "TrainingStartTime" not in seen["Starting"]
        assert seen["Downloading"]["TrainingStartTime"] == utc(trial.started)
        assert "TrainingEndTime" not in seen["Uploading"]
        assert "EndTime" not in seen["Uploading"]["SecondaryStatusTransitions"][-1]
        last = seen["Completed"]
        assert last["TrainingEndTime"] == last["LastModifiedTime"] == utc(trial.ended)
        assert last["SecondaryStatusTransitions"][-1] == {
            "Status": "Completed",
            "StartTime": utc(trial.ended),
            "EndTime": utc(trial.ended),
            "StatusMessage": "Training job completed",
        }
        assert [each["MetricName"] for each in last["FinalMetricDataList"]] == ["auc", "ObjectiveMetric"]
        output = last["OutputDataConfig"]["S3OutputPath"].rstrip("/")
        assert last["ModelArtifacts"] == {"S3ModelArtifacts": f"{output}/{trial.name}/output/model.tar.gz"}
        assert last["TuningJobArn"] == record.arn
        assert last["HyperParameters"] == {**trial.tuned, "_tuning_objective_metric": "auc"}

    def test_a_failed_training_job_tells_why(self):
        record = XGB.trials(1).trial(1).fails("ClientError: no data", before_start=True).record_at(0)
        (trial,) = record.timeline.trials(HOUR)
        answer = record.describe_trial(trial, HOUR, utc)
        assert answer["FailureReason"] == "ClientError: no data"
        assert not {
            "TrainingStartTime",
            "TrainingTimeInSeconds",
            "BillableTimeInSeconds",
            "FinalMetricDataList",
        } & set(answer)
        with pytest.raises(ValueError, match=r"^trial 1 has no metric$"):
            _ = trial.better_when

    def test_channels_are_filled_and_no_channels_are_an_empty_list(self):
        channel = {"ChannelName": "train", "DataSource": {}, "CompressionType": "Gzip"}
        record = XGB.defined(InputDataConfig=[channel]).record_at(0)
        trial = record.timeline.trials(MINUTE)[0]
        assert record.describe_trial(trial, MINUTE, utc)["InputDataConfig"] == [
            {**channel, "RecordWrapperType": "None"}
        ]
        definition = {
            key: value
            for key, value in XGB.request["TrainingJobDefinition"].items()
            if key != "InputDataConfig"
        }
        request = {**XGB.request, "TrainingJobDefinition": definition}
        bare = replace(record, request=request)
        trial = bare.timeline.trials(MINUTE)[0]
        assert bare.describe_trial(trial, MINUTE, utc)["InputDataConfig"] == []


class TestEchoes:
    def test_built_in_algorithms_have_all_their_metrics(self):
        image = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"
        job = XGB.maximize("validation:auc").defined(
            AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"}
        )
        metrics = job.describe()["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]
        names = [each["Name"] for each in metrics]
        algorithm = builtin_algorithm({"AlgorithmSpecification": {"TrainingImage": image}})
        assert algorithm is not None
        assert names == [*algorithm.metrics, "ObjectiveMetric"]
        assert {"validation:rmse", "train:auc"} <= set(names)
        assert metrics[-1]["Regex"] == next(
            each["Regex"] for each in metrics if each["Name"] == "validation:auc"
        )

    def test_algorithms_of_ones_own_have_an_arn_and_the_metric(self):
        job = XGB.defined(AlgorithmSpecification={"AlgorithmName": "mine", "TrainingInputMode": "File"})
        found = job.describe()["TrainingJobDefinition"]["AlgorithmSpecification"]
        assert found["AlgorithmName"] == "arn:aws:sagemaker:us-east-1:123456789012:algorithm/mine"
        assert [each["Name"] for each in found["MetricDefinitions"]] == ["auc", "ObjectiveMetric"]
        arn = "arn:aws:sagemaker:us-east-1:111122223333:algorithm/theirs"
        theirs = {"AlgorithmName": arn, "TrainingInputMode": "File", "MetricDefinitions": []}
        again = XGB.defined(AlgorithmSpecification=theirs).describe()
        specification = again["TrainingJobDefinition"]["AlgorithmSpecification"]
        assert specification["AlgorithmName"] == arn
        assert specification["MetricDefinitions"] == found["MetricDefinitions"]

    @pytest.mark.parametrize(
        ("asked", "told"),
        [
            (
                {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 2,
                    "VolumeSizeInGB": 5,
                    "VolumeKmsKeyId": "key",
                },
                {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 2,
                    "VolumeSizeInGB": 5,
                    "VolumeKmsKeyId": "key",
                },
            ),
            (
                {
                    "InstanceConfigs": [
                        {"InstanceType": "ml.c5.large", "InstanceCount": 1, "VolumeSizeInGB": 9}
                    ]
                },
                {"InstanceType": "ml.c5.large", "InstanceCount": 1, "VolumeSizeInGB": 9},
            ),
            ({"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}),
        ],
    )
    def test_the_newer_form_of_the_resources(self, asked, told):
        definition = {
            key: value
            for key, value in XGB.request["TrainingJobDefinition"].items()
            if key != "ResourceConfig"
        }
        request = {
            **XGB.request,
            "TrainingJobDefinition": {**definition, "HyperParameterTuningResourceConfig": asked},
        }
        record = replace(XGB.record_at(0), request=request)
        assert record.describe(0, utc)["TrainingJobDefinition"]["ResourceConfig"] == told
        trial = record.timeline.trials(MINUTE)[0]
        assert record.describe_trial(trial, MINUTE, utc)["ResourceConfig"] == told

    def test_autotune_fills_in_what_it_decides(self):
        asked = XGB.request["HyperParameterTuningJobConfig"]
        limits = {"ResourceLimits": {"MaxParallelTrainingJobs": 2}, "Strategy": asked["Strategy"]}
        request = {**XGB.request, "HyperParameterTuningJobConfig": limits, "Autotune": {"Mode": "Enabled"}}
        answer = replace(XGB.record_at(0), request=request).describe(0, utc)
        assert answer["Autotune"] == {"Mode": "Enabled"}
        config = answer["HyperParameterTuningJobConfig"]
        assert config["TrainingJobEarlyStoppingType"] == "Auto"
        assert config["ResourceLimits"] == {
            "MaxParallelTrainingJobs": 2,
            "MaxNumberOfTrainingJobs": 750,
            "MaxRuntimeInSeconds": 2_592_000,
        }
        assert "ConvergenceDetected" in config["TuningJobCompletionCriteria"]
        assert "ResourceLimits" in request["HyperParameterTuningJobConfig"]
        assert len(limits["ResourceLimits"]) == 1

    def test_the_summary_of_a_list(self):
        record = XGB.record_at(0)
        summary = record.summary(HOUR, utc)
        answer = record.describe(HOUR, utc)
        same = {"TrainingJobStatusCounters", "ObjectiveStatusCounters", "HyperParameterTuningEndTime"}
        assert {member: summary[member] for member in same} == {member: answer[member] for member in same}
        assert (summary["Strategy"], summary["HyperParameterTuningJobStatus"]) == ("Bayesian", "Completed")
        assert summary["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}

    def test_the_summary_of_a_training_job(self):
        record = XGB.record_at(0)
        trial = record.timeline.trials(HOUR)[0]
        assert "TrainingEndTime" not in record.training_job_summary(trial, trial.created, utc)
        summary = record.training_job_summary(trial, trial.ended, utc)
        assert summary["TrainingEndTime"] == summary["LastModifiedTime"] == utc(trial.ended)
        assert (summary["TrainingJobStatus"], summary["SecondaryStatus"]) == ("Completed", "Completed")


class TestWarmStart:
    def record(self, kind: str, score: float | None, own: float = 0.5) -> TuningJobRecord:
        parent = (
            TuningJob("parent")
            .maximize("auc")
            .trials(1)
            .trial(1)
            .scores(score or 0)
            .completed()
            .record_at(-HOUR)
        )
        trial = parent.timeline.trials(0)[0]
        parent_best = ParentBest("parent", parent.trial_arn(trial), trial) if score is not None else None
        warm = {"ParentHyperParameterTuningJobs": [], "WarmStartType": kind}
        request = {**XGB.request, "WarmStartConfig": warm}
        record = XGB.scored_by(lambda _: own).record_at(0)
        return replace(record, request=request, parent_best=parent_best)

    def test_the_best_of_all_may_be_the_parents(self):
        record = self.record("IdenticalDataAndAlgorithm", 0.9)
        for instant in (0, HOUR):
            best = record.describe(instant, utc)["OverallBestTrainingJob"]
            assert best["TuningJobName"] == "parent"
            assert best["TrainingJobName"].startswith("parent-001-")
        assert record.describe(0, utc)["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm"

    @pytest.mark.parametrize("parents", [None, 0.2])
    def test_the_best_of_all_may_be_its_own(self, parents):
        answer = self.record("IdenticalDataAndAlgorithm", parents).describe(HOUR, utc)
        assert answer["OverallBestTrainingJob"] == {**answer["BestTrainingJob"], "TuningJobName": "xgb"}

    def test_no_best_of_all_where_there_is_none_or_nobody_asked(self):
        assert "OverallBestTrainingJob" not in self.record("IdenticalDataAndAlgorithm", None).describe(0, utc)
        assert "OverallBestTrainingJob" not in self.record("TransferLearning", 0.9).describe(HOUR, utc)


class TestRecordedTimes:
    """Trials whose times are known, as those of a recorded job are."""

    def timeline(self, *fates: TrialEdit, gate: int = 0) -> Timeline:
        scenario = Scenario(gate=(len(fates), gate))
        for number, fate in enumerate(fates, 1):
            scenario = scenario.edited(number, fate)
        spec = JobSpec.read(XGB.trials(4).request)
        return Timeline(spec, scenario, 0, 0)

    def test_trials_begin_and_end_when_they_did(self):
        timeline = self.timeline(
            TrialEdit("Completed", times=(5_000, 65_000, 125_000)),
            TrialEdit("Failed", reason="ClientError: no", times=(6_000, 66_000, 96_000)),
            TrialEdit("Stopped", times=(130_000, 190_000, 250_000)),
            gate=HOUR,
        )
        trials = timeline.trials(HOUR - 1)
        assert [(trial.created, trial.started, trial.ended) for trial in trials] == [
            (5_000, 65_000, 125_000), (6_000, 66_000, 96_000), (130_000, 190_000, 250_000),
        ]  # fmt: skip
        assert [trial.end_status for trial in trials] == ["Completed", "Failed", "Stopped"]
        assert trials[0].metric is not None
        assert trials[1].reason == "ClientError: no"
        assert len(timeline.trials(2 * HOUR)) == 4

    def test_a_trial_that_took_no_time(self):
        (trial, *_) = self.timeline(TrialEdit("Failed", times=(5_000, 5_000, 5_000)), gate=HOUR).trials(
            10_000
        )
        assert [(phase.status, phase.start, phase.end) for phase in trial.phases] == [
            ("Failed", 5_000, 5_000)
        ]

    def test_a_recorded_trial_that_runs_fills_a_slot(self):
        timeline = self.timeline(TrialEdit(ran=(5_000, HOUR)), gate=10 * MINUTE)
        state = timeline.state(11 * MINUTE)
        assert (state.running, len(timeline.trials(11 * MINUTE))) == (2, 2)


class TestTheAmbientClock:
    def test_it_is_moved_by_whoever_moves_the_time(self):
        clock = AmbientClock()
        with freeze_time("2030-01-01T12:00:00Z") as frozen:
            first = clock.now()
            frozen.tick(timedelta(hours=3))
            assert clock.now() - first == timedelta(hours=3)
            assert clock.now().tzinfo is timezone.utc

    def test_it_asks_nobody(self):
        clock = AmbientClock()
        assert clock.join() is clock.attach(None) is clock.detach(None) is None

    def test_the_start_of_other_clocks_is_fixed(self):
        assert DEFAULT_START.isoformat() == "2026-01-01T00:00:00+00:00"
