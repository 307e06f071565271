"""The builder: what a chain of words makes of a tuning job, and what it refuses."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import FrozenInstanceError
from datetime import datetime, timedelta, timezone

import pytest

from fake_tuning import DEFAULT_START, FakeTuningService, Scenario, TuningJob, VirtualClock
from support.failure_reasons import ALL_FAILED, FIRST_FAILED

REJECTED = (
    "One or more training jobs failed with ValidationError. For additional details, please take a "
    "look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)

XGB = (
    TuningJob("xgb")
    .maximize("validation:auc")
    .searching(eta=(0.01, 0.3), max_depth=range(3, 11), booster=["gbtree", "dart"])
    .trials(10, parallel=2)
)


def counters(job: TuningJob, **at) -> tuple[int, int, int, int]:
    """Completed, failed, stopped and running trials."""
    found = job.describe(**at)["TrainingJobStatusCounters"]
    return (
        found["Completed"],
        found["RetryableError"] + found["NonRetryableError"],
        found["Stopped"],
        found["InProgress"],
    )


def status(job: TuningJob, **at) -> str:
    return job.describe(**at)["HyperParameterTuningJobStatus"]


def refusal(error: type[Exception], call, *args, **keywords) -> str:
    with pytest.raises(error) as refused:
        call(*args, **keywords)
    return str(refused.value)


class TestWhatIsTuned:
    def test_a_job_that_nothing_was_said_about_was_just_created(self):
        answer = TuningJob("xgb").describe()
        assert answer["HyperParameterTuningJobStatus"] == "InProgress"
        assert answer["CreationTime"] == answer["LastModifiedTime"] == DEFAULT_START
        assert set(answer["TrainingJobStatusCounters"].values()) == {0}
        assert TuningJob("xgb").list_trials() == []

    def test_what_was_left_out_is_made_up_from_the_seed(self):
        assert TuningJob() == TuningJob()
        assert TuningJob().name == TuningJob().name != TuningJob(seed=1).name
        assert TuningJob().describe() == TuningJob().describe()
        assert TuningJob("xgb", seed=1).describe() != TuningJob("xgb").describe()

    @pytest.mark.parametrize("direction", ["Maximize", "Minimize"])
    def test_the_objective(self, direction):
        job = getattr(TuningJob("xgb"), direction.lower())("validation:auc")
        config = job.describe()["HyperParameterTuningJobConfig"]
        assert config["HyperParameterTuningJobObjective"] == {
            "Type": direction,
            "MetricName": "validation:auc",
        }

    def test_less_is_better_when_it_is_minimized(self):
        job = (
            XGB.minimize("rmse")
            .trials(3)
            .trial(1)
            .scores(3)
            .trial(2)
            .scores(1)
            .trial(3)
            .scores(2)
            .completed()
        )
        best = job.describe()["BestTrainingJob"]
        assert best["TrainingJobName"] == job.list_trials()[1]["TrainingJobName"]
        assert best["FinalHyperParameterTuningJobObjectiveMetric"] == {"MetricName": "rmse", "Value": 1.0}

    def test_ranges_as_aws_writes_them(self):
        assert XGB.describe()["HyperParameterTuningJobConfig"]["ParameterRanges"] == {
            "ContinuousParameterRanges": [
                {"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3", "ScalingType": "Auto"}
            ],
            "IntegerParameterRanges": [
                {"Name": "max_depth", "MinValue": "3", "MaxValue": "10", "ScalingType": "Auto"}
            ],
            "CategoricalParameterRanges": [{"Name": "booster", "Values": ["gbtree", "dart"]}],
        }

    def test_searching_replaces_what_was_searched(self):
        ranges = XGB.searching(alpha=(1, 5)).request["HyperParameterTuningJobConfig"]["ParameterRanges"]
        assert ranges == {"IntegerParameterRanges": [{"Name": "alpha", "MinValue": "1", "MaxValue": "5"}]}

    def test_static_hyperparameters_are_texts_with_the_services_own_beside_them(self):
        definition = XGB.with_static(num_round=100, objective="binary:logistic").describe()[
            "TrainingJobDefinition"
        ]
        assert list(definition["StaticHyperParameters"].items()) == [
            ("_tuning_objective_metric", "validation:auc"),
            ("num_round", "100"),
            ("objective", "binary:logistic"),
        ]

    def test_more_run_at_a_time_than_there_are_costs_nothing(self):
        assert counters(XGB.trials(3, parallel=2**31 - 1).in_progress()) == (0, 0, 0, 3)
        assert counters(XGB.trials(100_000, parallel=1).in_progress()) == (0, 0, 0, 1)

    def test_limits_strategy_and_further_members(self):
        job = (
            XGB.trials(7, parallel=3)
            .strategy("Random")
            .configured(RandomSeed=5)
            .configured(TrainingJobEarlyStoppingType="Auto")
        )
        config = job.describe()["HyperParameterTuningJobConfig"]
        assert config["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 7, "MaxParallelTrainingJobs": 3}
        assert (config["Strategy"], config["RandomSeed"], config["TrainingJobEarlyStoppingType"]) == (
            "Random",
            5,
            "Auto",
        )

    def test_trials_keeps_the_parallelism_that_was_set(self):
        assert (
            XGB.trials(4).request["HyperParameterTuningJobConfig"]["ResourceLimits"][
                "MaxParallelTrainingJobs"
            ]
            == 2
        )

    def test_members_of_the_definition(self):
        job = XGB.defined(EnableNetworkIsolation=True).defined(RoleArn="arn:aws:iam::111122223333:role/mine")
        definition = job.describe()["TrainingJobDefinition"]
        assert definition["EnableNetworkIsolation"] is True
        assert definition["RoleArn"] == "arn:aws:iam::111122223333:role/mine"

    def test_tags_are_in_the_request(self):
        assert XGB.tagged(team="search", stage="dev").request["Tags"] == [
            {"Key": "team", "Value": "search"},
            {"Key": "stage", "Value": "dev"},
        ]
        assert "Tags" not in XGB.request

    @pytest.mark.parametrize(
        ("region", "partition"),
        [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
    )
    def test_its_place_is_in_its_arns(self, region, partition):
        job = XGB.located(region=region, account="111122223333").completed()
        start = f"arn:{partition}:sagemaker:{region}:111122223333:"
        assert job.describe()["HyperParameterTuningJobArn"] == f"{start}hyper-parameter-tuning-job/xgb"
        assert job.list_trials()[0]["TrainingJobArn"].startswith(f"{start}training-job/xgb-001-")

    def test_a_part_of_the_place_can_be_set_alone(self):
        arn = XGB.located(account="111122223333").describe()["HyperParameterTuningJobArn"]
        assert arn == "arn:aws:sagemaker:us-east-1:111122223333:hyper-parameter-tuning-job/xgb"


class TestHowItBehaves:
    def test_trials_have_the_length_they_were_given(self):
        job = XGB.trials(4, parallel=2, each="8m").completed()
        lengths = {trial["TrainingEndTime"] - trial["CreationTime"] for trial in job.list_trials()}
        assert lengths <= {
            timedelta(minutes=8),
            timedelta(minutes=8, seconds=1),
            timedelta(minutes=7, seconds=59),
        }

    def test_trials_have_lengths_between_two(self):
        job = XGB.each("5m", "10m").completed()
        lengths = {trial["TrainingEndTime"] - trial["CreationTime"] for trial in job.list_trials()}
        assert len(lengths) > 1
        assert timedelta(minutes=4, seconds=59) <= min(lengths)
        assert max(lengths) <= timedelta(minutes=10, seconds=1)

    def test_stages_have_the_lengths_they_were_given(self):
        job = XGB.paced(launch="30s", cold_start=("10s", "20s"))
        assert counters(job, at="29.999s") == (0, 0, 0, 0)
        assert counters(job, at="30s") == (0, 0, 0, 2)
        assert "TrainingStartTime" not in job.list_trials(at="39s")[0]
        assert "TrainingStartTime" in job.list_trials(at="50s")[0]

    def test_the_objective_function_gets_the_values_as_numbers_and_texts(self):
        met = []

        def objective(tried):
            met.append(dict(tried))
            return tried["eta"]

        job = XGB.with_static(rounds=7).scored_by(objective).completed()
        best = job.describe()["BestTrainingJob"]
        assert {type(tried["eta"]) for tried in met} == {float}
        assert {type(tried["max_depth"]) for tried in met} == {int}
        assert {tried["booster"] for tried in met} <= {"gbtree", "dart"}
        assert {tried["rounds"] for tried in met} == {"7"}
        etas = [float(trial["TunedHyperParameters"]["eta"]) for trial in job.list_trials()]
        assert float(best["TunedHyperParameters"]["eta"]) == max(etas)

    def test_a_share_of_the_trials_fails(self):
        failed = counters(XGB.trials(100, parallel=10).failing(0.3).completed())[1]
        assert 15 <= failed <= 45

    def test_single_trials_fare_as_they_were_told(self):
        job = (
            XGB.trial(1).fails("AlgorithmError: exit code 1")
            .trial(2).fails("InternalServerError: We encountered an internal error. Please try again.")
            .trial(3).lacks_capacity()
            .trial(4).stops()
            .trial(5).emits_no_metric()
            .trial(6).scores(0.999)
            .trial(7).tries(eta=0.25, max_depth=4)
            .trial(8).takes("2h")
            .completed()
        )  # fmt: skip
        trials = job.list_trials()
        assert [trial["TrainingJobStatus"] for trial in trials] == ["Failed"] * 3 + ["Stopped"] + [
            "Completed"
        ] * 7
        assert trials[0]["FailureReason"] == "AlgorithmError: exit code 1"
        assert "TrainingStartTime" not in trials[2]
        assert trials[2]["FailureReason"] == (
            "CapacityError: Unable to provision requested ML compute capacity. "
            "Please retry using a different ML instance type."
        )
        assert trials[4]["ObjectiveStatus"] == "Failed"
        assert "FinalHyperParameterTuningJobObjectiveMetric" not in trials[4]
        assert job.describe()["BestTrainingJob"]["TrainingJobName"] == trials[5]["TrainingJobName"]
        assert trials[6]["TunedHyperParameters"]["eta"] == "0.25"
        assert trials[6]["TunedHyperParameters"]["max_depth"] == "4"
        assert trials[7]["TrainingEndTime"] - trials[7]["CreationTime"] >= timedelta(
            hours=1, minutes=59, seconds=59
        )
        assert job.describe()["TrainingJobStatusCounters"] == {
            "Completed": 7, "InProgress": 0, "RetryableError": 1, "NonRetryableError": 2, "Stopped": 1,
        }  # fmt: skip

    def test_the_last_word_about_a_trial_counts(self):
        def first(job: TuningJob):
            return job.completed().list_trials()[0]

        failing = XGB.trial(1).fails("ClientError: a", before_start=True)
        assert first(failing.trial(1).completes())["TrainingJobStatus"] == "Completed"
        assert "TrainingStartTime" in first(failing.trial(1).fails("ClientError: b"))
        assert first(failing.trial(1).fails("ClientError: b"))["FailureReason"] == "ClientError: b"
        mute = XGB.trial(1).emits_no_metric()
        assert first(mute)["ObjectiveStatus"] == "Failed"
        assert first(mute.trial(1).scores(0.5))["ObjectiveStatus"] == "Succeeded"
        assert first(mute.trial(1).scores(0.5).trial(1).emits_no_metric())["ObjectiveStatus"] == "Failed"

    def test_a_stopped_trial_that_was_given_a_score_has_it(self):
        trial = XGB.trial(1).stops().trial(1).scores(0.5).completed().list_trials()[0]
        assert trial["TrainingJobStatus"] == "Stopped"
        assert trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == 0.5

    def test_a_stopped_trial_ended_before_it_had_a_metric(self):
        trial = XGB.trial(1).stops().completed().list_trials()[0]
        assert (trial["TrainingJobStatus"], trial["ObjectiveStatus"]) == ("Stopped", "Failed")

    @pytest.mark.parametrize(
        "fate",
        [
            lambda trial: trial.fails(),
            lambda trial: trial.fails(before_start=True),
            lambda trial: trial.stops(),
            lambda trial: trial.hits_internal_errors(2),
            lambda trial: trial.completes(),
            lambda trial: trial.emits_no_metric(),
        ],
        ids=["fails", "never starts", "stops", "is retried", "completes", "no metric"],
    )
    @pytest.mark.parametrize("length", ["10m", "20ms", "1ms"])
    def test_a_length_that_was_told_is_kept_whatever_else_happens(self, fate, length):
        job = fate(XGB.defined(RetryStrategy={"MaximumRetryAttempts": 2}).trial(1)).trial(1).takes(length)
        record = job.completed().record_at(0)
        trial = record.timeline.trial(1, 0)
        wanted = {"10m": 600_000, "20ms": 20, "1ms": 1}[length]
        assert trial.ended - trial.created == wanted


class TestItsStatusNow:
    @pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
    def test_every_status_has_the_members_that_go_with_it(self, job):
        answer = job.describe()
        now = answer["HyperParameterTuningJobStatus"]
        assert now == job.status
        over = now in ("Completed", "Failed", "Stopped")
        assert job.is_over == over
        always = {
            "HyperParameterTuningJobName", "HyperParameterTuningJobArn", "HyperParameterTuningJobConfig",
            "TrainingJobDefinition", "HyperParameterTuningJobStatus", "CreationTime", "LastModifiedTime",
            "TrainingJobStatusCounters", "ObjectiveStatusCounters", "TuningJobCompletionDetails",
            "ConsumedResources",
        }  # fmt: skip
        if now not in ("InProgress", "Stopping"):
            always |= {"HyperParameterTuningEndTime"}
        if now == "Failed":
            always |= {"FailureReason"}
        elif now != "InProgress":
            always |= {"BestTrainingJob"}
        assert set(answer) == always
        if over:
            assert answer["HyperParameterTuningEndTime"] == answer["LastModifiedTime"]

    def test_every_status_is_there_once_under_a_name_that_tells(self):
        found = {job.name: job.status for job in TuningJob.every_status()}
        assert found == {
            "job-completed": "Completed",
            "job-inprogress": "InProgress",
            "job-failed": "Failed",
            "job-stopped": "Stopped",
            "job-stopping": "Stopping",
            "job-deleting": "Deleting",
            "job-deletefailed": "DeleteFailed",
        }

    @pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
    def test_the_counters_count_the_trials_and_the_best_is_one_of_them(self, job):
        answer, trials = job.describe(), job.list_trials()
        found = Counter(trial["TrainingJobStatus"] for trial in trials)
        assert counters(job) == (
            found["Completed"],
            found["Failed"],
            found["Stopped"],
            found["InProgress"] + found["Stopping"],
        )
        objectives = Counter(trial["ObjectiveStatus"] for trial in trials)
        assert answer["ObjectiveStatusCounters"] == {
            each: objectives[each] for each in ("Succeeded", "Pending", "Failed")
        }
        if "BestTrainingJob" in answer:
            assert answer["BestTrainingJob"] in trials

    def test_what_a_best_training_job_has(self):
        best = XGB.completed().describe()["BestTrainingJob"]
        assert set(best) == {
            "TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime",
            "TrainingJobStatus", "TunedHyperParameters", "FinalHyperParameterTuningJobObjectiveMetric",
            "ObjectiveStatus",
        }  # fmt: skip
        assert all(
            best[time].microsecond == 0 for time in ("CreationTime", "TrainingStartTime", "TrainingEndTime")
        )

    def test_completed(self):
        assert counters(XGB.completed()) == (10, 0, 0, 0)
        assert counters(XGB.completed(failed=3)) == (7, 3, 0, 0)
        assert counters(XGB.completed(completed=4, failed=3, stopped=3)) == (4, 3, 3, 0)
        assert counters(XGB.trial(9).fails().completed()) == (9, 1, 0, 0)
        assert counters(XGB.trial(9).fails().trial(10).stops().completed(failed=2)) == (7, 2, 1, 0)
        assert counters(TuningJob("one").trials(1).completed()) == (1, 0, 0, 0)

    def test_completed_with_no_numbers_is_what_the_trials_come_to(self):
        early = XGB.configured(TrainingJobEarlyStoppingType="Auto").completed()
        assert status(early) == "Completed"
        assert counters(early)[2] > 0
        drawn = XGB.failing(0.3).completed()
        assert status(drawn) == "Completed"
        assert 0 < counters(drawn)[1] < 10
        aimed = XGB.configured(TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.1}).completed()
        assert status(aimed) == "Completed"
        assert sum(counters(aimed)) < 10

    def test_in_progress(self):
        assert counters(XGB.in_progress()) == (0, 0, 0, 2)
        assert counters(XGB.in_progress(completed=7)) == (7, 0, 0, 2)
        assert counters(XGB.in_progress(completed=9)) == (9, 0, 0, 1)
        assert counters(XGB.in_progress(completed=3, failed=2, stopped=1, running=1)) == (3, 2, 1, 1)
        assert counters(XGB.in_progress(completed=3, running=0)) == (3, 0, 0, 0)
        assert counters(XGB.in_progress(failed=4)) == (0, 4, 0, 2)
        assert counters(TuningJob("one").trials(1).in_progress()) == (0, 0, 0, 1)
        assert counters(XGB.trials(3, parallel=8).in_progress()) == (0, 0, 0, 3)

    @pytest.mark.parametrize(
        "job",
        [
            XGB.failing(1),
            XGB.trial(9).fails(),
            XGB.trial(9).fails(before_start=True),
            XGB.trial(9).stops(),
            XGB.defined(RetryStrategy={"MaximumRetryAttempts": 3}).trial(9).hits_internal_errors(3),
            XGB.configured(TrainingJobEarlyStoppingType="Auto"),
            XGB.strategy("Hyperband").with_static(epochs=9),
            XGB.each("3ms"),
            XGB.trial(9).takes("3ms"),
        ],
    )
    def test_in_progress_is_as_asked_whatever_the_running_trials_come_to(self, job):
        composed = job.in_progress(completed=7, running=2)
        assert status(composed) == "InProgress"
        assert counters(composed) == (7, 0, 0, 2)
        assert {trial["TrainingJobStatus"] for trial in composed.list_trials()[7:]} == {"InProgress"}

    @pytest.mark.parametrize(
        ("job", "counted"),
        [
            (lambda job: job.completed(), (4, 1, 0, 0)),
            (lambda job: job.completed(failed=1), (4, 1, 0, 0)),
            (lambda job: job.completed(failed=2), (3, 2, 0, 0)),
            (lambda job: job.completed(completed=4, failed=1), (4, 1, 0, 0)),
            (lambda job: job.trial(5).fails().completed(), (3, 2, 0, 0)),
            (lambda job: job.in_progress(completed=3, failed=1), (3, 1, 0, 1)),
            (lambda job: job.in_progress(completed=2, failed=1), (2, 1, 0, 2)),
            (lambda job: job.stopping(completed=3, failed=1), (3, 1, 0, 1)),
            (lambda job: job.stopped(completed=3, failed=1), (3, 1, 1, 0)),
            (lambda job: job.failed(), (0, 5, 0, 0)),
        ],
    )
    def test_a_trial_that_ends_in_a_retryable_error_makes_room_for_another(self, job, counted):
        composed = job(BROKEN)
        assert counters(composed) == counted
        assert composed.describe()["TrainingJobStatusCounters"]["RetryableError"] == 1
        assert composed.request["HyperParameterTuningJobConfig"]["ResourceLimits"] == {
            "MaxNumberOfTrainingJobs": 4,
            "MaxParallelTrainingJobs": 2,
        }

    def test_a_job_without_a_maximum_of_its_own_has_one_that_its_numbers_fit(self):
        job = TuningJob("broken").trial(2).hits_internal_errors().completed(completed=3, failed=1)
        assert job.request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 3
        retried = TuningJob("broken").defined(RetryStrategy={"MaximumRetryAttempts": 1})
        job = retried.trial(2).hits_internal_errors().completed(completed=4)
        assert job.request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 4

    def test_a_job_in_progress_goes_on_by_itself(self):
        job = XGB.in_progress(completed=7)
        age = timedelta(milliseconds=job.age)
        assert counters(job, at=age) == (7, 0, 0, 2)
        assert status(job, at=age + timedelta(hours=2)) == "Completed"
        assert counters(job, at=age + timedelta(hours=2)) == (10, 0, 0, 0)

    def test_stopped(self):
        assert counters(XGB.stopped()) == (5, 0, 2, 0)
        assert counters(XGB.stopped(completed=3, failed=1, stopped=1)) == (3, 1, 1, 0)
        assert counters(XGB.stopped(completed=3, stopped=5)) == (3, 0, 5, 0)
        assert counters(XGB.stopped(stopped=2, failed=1)) == (5, 1, 2, 0)
        assert counters(XGB.stopped(completed=1, stopped=0)) == (1, 0, 0, 0)
        assert counters(TuningJob("one").trials(1).stopped()) == (0, 0, 1, 0)
        assert counters(TuningJob("two").trials(2, parallel=5).stopped()) == (1, 0, 1, 0)
        assert counters(XGB.trial(1).fails().trial(2).stops().stopped()) == (3, 1, 3, 0)

    def test_stopping(self):
        assert counters(XGB.stopping()) == (5, 0, 0, 2)
        assert counters(XGB.stopping(completed=0, failed=1, running=1)) == (0, 1, 0, 1)
        assert counters(XGB.stopping(completed=2, running=0)) == (2, 0, 0, 0)
        assert counters(TuningJob("one").trials(1).stopping()) == (0, 0, 0, 1)
        assert {trial["TrainingJobStatus"] for trial in XGB.stopping().list_trials()[5:]} == {"Stopping"}

    @pytest.mark.parametrize(
        "hurry", [{"drain": "500ms"}, {"stop": "100ms"}, {"delete": "200ms"}, {"delete": "5m"}]
    )
    def test_a_job_is_caught_in_the_act_however_fast_it_is(self, hurry):
        assert status(XGB.paced(**hurry).stopping()) == "Stopping"
        assert status(XGB.paced(**hurry).stopping(running=0)) == "Stopping"
        assert status(XGB.paced(**hurry).deleting()) == "Deleting"
        assert status(XGB.paced(**hurry).delete_failed()) == "DeleteFailed"

    @pytest.mark.parametrize(
        ("numbers", "found", "reason"),
        [
            ({}, (0, 5, 1, 0), FIRST_FAILED),
            ({"failed": 5}, (0, 5, 0, 0), FIRST_FAILED),
            ({"completed": 3}, (3, 0, 0, 0), REJECTED),
            ({"completed": 3, "stopped": 2}, (3, 0, 2, 0), REJECTED),
            ({"completed": 3, "stopped": 5}, (3, 0, 5, 0), REJECTED),
            ({"completed": 1, "failed": 4, "stopped": 1}, (1, 4, 1, 0), REJECTED),
            ({"failed": 2}, (0, 2, 0, 0), ALL_FAILED),
            ({"failed": 2, "stopped": 2}, (0, 2, 2, 0), REJECTED),
            ({"completed": 0}, (0, 0, 0, 0), REJECTED),
        ],
    )
    def test_failed(self, numbers, found, reason):
        job = XGB.failed(**numbers)
        assert (status(job), counters(job)) == ("Failed", found)
        assert job.describe()["FailureReason"] == reason
        assert XGB.failed("the disk is full", **numbers).describe()["FailureReason"] == "the disk is full"

    def test_failed_when_all_the_trials_there_are_failed(self):
        job = TuningJob("two").trials(2).failed(failed=2)
        assert counters(job) == (0, 2, 0, 0) == counters(TuningJob("two").trials(2).failed())
        assert job.describe()["FailureReason"] == ALL_FAILED
        answer = job.describe()
        assert "BestTrainingJob" not in answer
        assert answer["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 2}

    def test_failed_although_a_trial_was_told_to_complete(self):
        job = XGB.trial(1).completes().failed("the role is gone")
        assert status(job) == "Failed"
        assert job.describe()["FailureReason"] == "the role is gone"
        assert counters(job) == (1, 9, 0, 0)
        assert XGB.trial(1).completes().failed().describe()["FailureReason"] == REJECTED

    def test_deleting_and_delete_failed_were_completed_before(self):
        for job in (XGB.deleting(), XGB.delete_failed()):
            assert counters(job) == (10, 0, 0, 0)
        gone = XGB.deleting()
        assert "does not exist" in refusal(ValueError, gone.describe, at=DEFAULT_START + timedelta(seconds=5))
        assert status(XGB.delete_failed(), at=DEFAULT_START + timedelta(days=5)) == "DeleteFailed"

    @pytest.mark.parametrize("name", [job.status for job in TuningJob.every_status()])
    def test_in_status(self, name):
        assert XGB.in_status(name).status == name


class TestHowItEnds:
    def test_completes(self):
        job = XGB.completes(after="3h")
        assert status(job, at="2h59m59.999s") == "InProgress"
        assert status(job, at="3h") == "Completed"
        assert job.describe(at="4h")["HyperParameterTuningEndTime"] == DEFAULT_START + timedelta(hours=3)
        assert counters(job, at="3h") == (10, 0, 0, 0)
        assert 3 <= counters(job, at="90m")[0] <= 7
        assert status(XGB.completes(), at="3h") == "Completed"

    @pytest.mark.parametrize("ignoring_limits", [False, True])
    def test_completes_cuts_a_trial_short_that_would_not_end(self, ignoring_limits):
        endless = XGB.trial(10).never_ends(ignoring_limits=ignoring_limits)
        job = endless.completes(after="3h")
        assert status(job, at="3h") == "Completed"
        assert counters(job, at="3h") == (9, 0, 1, 0)
        assert job.list_trials(at="3h")[:9] == endless.list_trials(at="3h")[:9]
        running = endless.in_progress(completed=9).completes(after="3h")
        assert counters(running, at=DEFAULT_START + timedelta(hours=3)) == (9, 0, 1, 0)

    def test_fails(self):
        job = XGB.fails("the disk is full", after="20m")
        assert "FailureReason" not in job.describe(at="19m59s")
        assert job.describe(at="20m")["FailureReason"] == "the disk is full"
        assert counters(job, at="20m")[3] == 0
        assert XGB.fails(after="1s").describe(at="1s")["FailureReason"] == REJECTED

    def test_fails_with_all_its_trials(self):
        answer = XGB.fails("nothing works").describe(at="1d")
        assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == (
            "Failed",
            "nothing works",
        )
        assert XGB.fails().describe(at="1d")["FailureReason"] == FIRST_FAILED

    def test_stops(self):
        job = XGB.stops(after="40m")
        assert status(job, at="39m59s") == "InProgress"
        assert status(job, at="40m") == "Stopping"
        assert status(job, at="45m") == "Stopped"
        assert "FailureReason" not in job.describe(at="45m")

    def test_stops_half_way(self):
        natural = XGB.record_at(0).timeline.ends_at
        history = XGB.stops().record_at(0).timeline.history(natural)
        assert history[1] == (natural // 2, "Stopping")

    @pytest.mark.parametrize(("ignoring_limits", "later"), [(False, "13h"), (True, "1h")])
    def test_stops_half_way_although_a_trial_never_ends(self, ignoring_limits, later):
        for job in (XGB.trial(10), TuningJob("one").trials(1).trial(1)):
            stopped = job.never_ends(ignoring_limits=ignoring_limits).stops()
            # One that only its limit ends is stopped half-way to that.
            assert (status(stopped, at="11h") == "Stopped") == ignoring_limits
            assert status(stopped, at=later) == "Stopped"

    def test_never_ends(self):
        job = XGB.never_ends(ignoring_limits=True)
        assert status(job, at="400d") == "InProgress"
        assert counters(job, at="400d") == (9, 0, 0, 1)
        lagging = XGB.configured(TrainingJobEarlyStoppingType="Auto").never_ends(ignoring_limits=True)
        assert status(lagging, at="400d") == "InProgress"

    def test_never_ends_before_the_limit_of_its_trials(self):
        job = XGB.never_ends()
        assert (status(job, at="24h"), counters(job, at="24h")) == ("InProgress", (9, 0, 0, 1))
        assert (status(job, at="26h"), counters(job, at="26h")) == ("Completed", (9, 0, 1, 0))
        last = job.describe_trial(10, at="26h")
        assert (last["TrainingJobStatus"], last["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
        assert last["TrainingTimeInSeconds"] >= last["StoppingCondition"]["MaxRuntimeInSeconds"]
        sooner = XGB.defined(StoppingCondition={"MaxRuntimeInSeconds": 3600}).never_ends()
        assert (status(sooner, at="1h"), status(sooner, at="3h")) == ("InProgress", "Completed")

    @pytest.mark.parametrize(("ignoring", "later"), [(False, "Completed"), (True, "InProgress")])
    def test_never_ends_before_its_own_limit(self, ignoring, later):
        limits = {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 3600}
        job = XGB.configured(ResourceLimits=limits).never_ends(ignoring_limits=ignoring)
        assert (status(job, at="1h"), status(job, at="3h")) == ("InProgress", later)
        assert status(job.stops(after="30m"), at="3h") == "Stopped"
        assert status(job.stops(after="2h"), at="3h") == "Completed"
        # The others are ended by the limit all the same.
        others = XGB.configured(ResourceLimits=limits).each("5h").never_ends(ignoring_limits=ignoring)
        assert counters(others, at="3h") == ((0, 0, 1, 1) if ignoring else (0, 0, 2, 0))

    @pytest.mark.parametrize("job", [XGB, XGB.trial(1), Scenario(), Scenario().trial(1)])
    def test_ignoring_limits_is_told_by_a_truth_value(self, job):
        assert refusal(TypeError, job.never_ends, ignoring_limits="no") == (
            "ignoring_limits must be True or False, but is 'no'"
        )

    def test_a_job_in_progress_ends_so_long_after_now(self):
        running = XGB.in_progress(completed=5)
        for job, later in (
            (running.completes(after="3h"), "Completed"),
            (running.stops(after="3h"), "Stopping"),
            (running.fails("because", after="3h"), "Failed"),
            (running.stops(after="5s"), "Stopping"),
            (running.fails("because", after="5s"), "Failed"),
        ):
            after = timedelta(milliseconds=job.scenario.ending.after)
            assert status(job) == "InProgress"
            assert counters(job) == (5, 0, 0, 2)
            assert status(job, at=DEFAULT_START + after - timedelta(milliseconds=1)) == "InProgress"
            assert status(job, at=DEFAULT_START + after) == later

    def test_a_job_in_progress_stops_half_way_from_now(self):
        job = XGB.in_progress(completed=9).stops()
        assert (status(job), counters(job)) == ("InProgress", (9, 0, 0, 1))
        assert status(job, at=DEFAULT_START + timedelta(hours=1)) == "Stopped"
        hanging = XGB.trial(10).never_ends(ignoring_limits=True).in_progress(completed=9).stops()
        assert status(hanging, at=DEFAULT_START + timedelta(hours=1)) == "Stopped"
        limited = XGB.trial(10).never_ends().in_progress(completed=9).stops()
        assert status(limited, at=DEFAULT_START + timedelta(hours=11)) == "InProgress"
        assert status(limited, at=DEFAULT_START + timedelta(hours=13)) == "Stopped"

    def test_a_job_in_progress_fails_with_the_trials_that_are_left(self):
        job = XGB.in_progress(completed=5).fails("because")
        answer = job.describe(at=DEFAULT_START + timedelta(hours=3))
        assert (answer["HyperParameterTuningJobStatus"], answer["FailureReason"]) == ("Failed", "because")
        assert counters(job, at=DEFAULT_START + timedelta(hours=3)) == (5, 5, 0, 0)

    def test_a_job_in_progress_never_ends(self):
        job = XGB.in_progress(completed=5).never_ends(ignoring_limits=True)
        assert status(job, at=DEFAULT_START + timedelta(days=400)) == "InProgress"
        assert counters(job, at=DEFAULT_START + timedelta(days=400)) == (9, 0, 0, 1)

    def test_a_job_in_progress_cannot_complete_before_its_trials(self):
        assert refusal(ValueError, XGB.each("8m").in_progress(completed=5).completes, after="10s") == (
            "the trials that are left take 17m51s33ms, so the job cannot complete after 10s: "
            "say .each(...) with a shorter length, or a later end"
        )

    def test_a_completed_job_may_have_taken_a_given_time(self):
        job = XGB.completes(after="3h").completed()
        answer = job.describe()
        assert answer["HyperParameterTuningEndTime"] - answer["CreationTime"] == timedelta(hours=3)


class TestDescribing:
    def test_at_a_duration_after_the_creation_or_at_an_instant(self):
        job = XGB.each("5m").completed()
        created = job.describe()["CreationTime"]
        assert created == DEFAULT_START - timedelta(milliseconds=job.age)
        half = created + timedelta(minutes=10)
        assert job.describe(at="10m") == job.describe(at=half) == job.describe(at=600)
        assert (
            job.describe(at="10m")
            == job.describe(at=timedelta(minutes=10))
            == job.describe(at=half.isoformat())
        )
        assert status(job, at="10m") == "InProgress"
        assert job.list_trials(at="10m") == job.list_trials(at=half)
        assert len(job.list_trials(at="10m")) < 10

    def test_before_its_creation_it_does_not_exist(self):
        assert refusal(ValueError, XGB.describe, at=DEFAULT_START - timedelta(seconds=1)) == (
            "tuning job 'xgb' does not exist at that instant"
        )

    def test_a_naive_datetime_is_refused(self):
        naive = datetime(2026, 1, 1)  # noqa: DTZ001  # this is the mistake
        assert refusal(TypeError, XGB.describe, at=naive) == (
            "an instant must say its time zone, but datetime.datetime(2026, 1, 1, 0, 0) is naive: "
            "write datetime(..., tzinfo=timezone.utc), or a text that ends in 'Z'"
        )

    def test_an_age_that_cannot_be_read_is_refused(self):
        assert refusal(ValueError, XGB.describe, at="soon") == (
            "the age at which a job is described cannot be read from 'soon': "
            "write it like '90s', '8m', '1h30m', '2d' or '250ms'"
        )
        assert refusal(ValueError, XGB.describe, at="-5m") == (
            "the age at which a job is described cannot be read from '-5m': "
            "write it like '90s', '8m', '1h30m', '2d' or '250ms'"
        )
        assert refusal(ValueError, XGB.describe, at=-5) == (
            "the age at which a job is described must not be negative, but is -5"
        )

    def test_stamps_decide_the_time_zone(self):
        east = timezone(timedelta(hours=2))
        answer = XGB.completed().describe(stamp=lambda ms: datetime.fromtimestamp(ms / 1000, tz=east))
        assert answer["CreationTime"].tzinfo is east
        assert answer["BestTrainingJob"]["CreationTime"].tzinfo is east

    def test_answers_are_fresh(self):
        job = XGB.completed()
        before = copy.deepcopy(job.describe())
        answer = job.describe()
        answer["BestTrainingJob"]["TunedHyperParameters"].clear()
        answer["HyperParameterTuningJobConfig"]["ParameterRanges"].clear()
        answer["TrainingJobDefinition"]["AlgorithmSpecification"].clear()
        assert job.describe() == before

    def test_overriding_sets_and_removes_members(self):
        given = {"Type": "odd"}
        job = XGB.completed().overriding(
            HyperParameterTuningJobStatus="Odd", BestTrainingJob=None, Autotune=given
        )
        answer = job.describe()
        assert answer["HyperParameterTuningJobStatus"] == "Odd"
        assert "BestTrainingJob" not in answer
        assert answer["Autotune"] == given
        answer["Autotune"].clear()
        assert job.describe()["Autotune"] == {"Type": "odd"}
        again = job.overriding(Autotune=None).overriding(WarmStartConfig=None).describe()
        assert "Autotune" not in again
        assert again["HyperParameterTuningJobStatus"] == "Odd"
        assert "BestTrainingJob" in XGB.completed().describe()


METHODS = [
    lambda job: job.maximize("other"),
    lambda job: job.minimize("other"),
    lambda job: job.searching(a=(1, 2)),
    lambda job: job.with_static(a=1),
    lambda job: job.trials(3, parallel=1, each="1m"),
    lambda job: job.strategy("Random"),
    lambda job: job.configured(RandomSeed=1),
    lambda job: job.defined(EnableNetworkIsolation=True),
    lambda job: job.tagged(a="b"),
    lambda job: job.located(region="eu-west-1"),
    lambda job: job.each("8m"),
    lambda job: job.paced(train="8m"),
    lambda job: job.scored_by(len),
    lambda job: job.failing(0.5),
    lambda job: job.trial(3).fails("because"),
    lambda job: job.in_progress(completed=1),
    lambda job: job.completed(),
    lambda job: job.failed("because"),
    lambda job: job.stopped(),
    lambda job: job.stopping(),
    lambda job: job.deleting(),
    lambda job: job.delete_failed(),
    lambda job: job.in_status("Stopped"),
    lambda job: job.completes(after="3h"),
    lambda job: job.fails("because", after="3h"),
    lambda job: job.stops(after="3h"),
    lambda job: job.never_ends(),
    lambda job: job.overriding(FailureReason="because"),
]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_returns_another_job_and_leaves_this_one_alone(method):
    job = TuningJob("xgb").searching(eta=(0.01, 0.3))
    before, trials = job.describe(at="10m"), job.list_trials(at="10m")
    other = method(job)
    assert other is not job
    assert other != job
    assert method(job) == other
    assert job == TuningJob("xgb").searching(eta=(0.01, 0.3))
    assert (job.describe(at="10m"), job.list_trials(at="10m")) == (before, trials)


def test_a_job_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        XGB.name = "other"


def test_a_job_says_what_it_is():
    assert repr(TuningJob("xgb", seed=3)) == "TuningJob('xgb', seed=3)"


TOO_MANY = (
    "no job of this fake launches more than 100000 trials (AWS raises its quota to 10000), but 'xgb' is to launch "
    "{}: set a smaller MaxNumberOfTrainingJobs"
)
BROKEN = TuningJob("broken").trials(4, parallel=2).trial(2).hits_internal_errors()
ALL_STATUSES = "Completed, InProgress, Failed, Stopped, Stopping, Deleting, DeleteFailed"
REFUSALS = [
    # Names.
    (TypeError, lambda: TuningJob(5), "a tuning job's name must be a text, but is 5"),
    (
        ValueError,
        lambda: TuningJob("a" * 33),
        f"a tuning job's name has at most 32 characters, but {'a' * 33!r} has 33",
    ),
    (
        ValueError,
        lambda: TuningJob("my_job"),
        "a tuning job's name has letters, digits and single hyphens inside, but is 'my_job': "
        "it must match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}",
    ),
    (
        TypeError,
        lambda: TuningJob("xgb", sed=3),
        "unknown keyword of TuningJob 'sed': did you mean 'seed'? The choices are name, seed.",
    ),
    # What is tuned.
    (
        ValueError,
        lambda: XGB.strategy("Bayesain"),
        "unknown strategy 'Bayesain': did you mean 'Bayesian'? The choices are Bayesian, Random, "
        "Hyperband, Grid.",
    ),
    (ValueError, lambda: XGB.trials(0), "the number of trials must be a whole number from 1, but is 0"),
    (ValueError, lambda: XGB.trials(2**31 - 1, parallel=2**31 - 1), TOO_MANY.format(2**31 - 1)),
    (
        ValueError,
        lambda: XGB.configured(
            ResourceLimits={"MaxNumberOfTrainingJobs": 100_001, "MaxParallelTrainingJobs": 1}
        ),
        TOO_MANY.format(100_001),
    ),
    (ValueError, lambda: TuningJob("xgb").in_progress(running=100_001), TOO_MANY.format(100_001)),
    (
        ValueError,
        lambda: (
            XGB.strategy("Grid")
            .searching(**{f"h{number}": list("abcdefghij") for number in range(6)})
            .configured(ResourceLimits={"MaxParallelTrainingJobs": 1})
        ),
        TOO_MANY.format(10**6),
    ),
    (ValueError, lambda: XGB.trials(2.5), "the number of trials must be a whole number from 1, but is 2.5"),
    (ValueError, lambda: XGB.trials(True), "the number of trials must be a whole number from 1, but is True"),
    (
        ValueError,
        lambda: XGB.trials(5, parallel=0),
        "the number of parallel trials must be a whole number from 1, but is 0",
    ),
    (
        TypeError,
        lambda: XGB.trials(5, paralel=2),
        "unknown keyword of TuningJob.trials 'paralel': did you mean 'parallel'? The choices are "
        "most, parallel, each.",
    ),
    (
        TypeError,
        lambda: XGB.located(zone="eu"),
        "unknown keyword of TuningJob.located 'zone'. The choices are region, account.",
    ),
    # How it behaves.
    (
        ValueError,
        lambda: XGB.each("soon"),
        "the length of a trial cannot be read from 'soon': write it like '90s', '8m', '1h30m', "
        "'2d' or '250ms'",
    ),
    (ValueError, lambda: XGB.each(0), "the length of a trial must be longer than nothing, but is 0"),
    (
        ValueError,
        lambda: XGB.each("8m", "5m"),
        "the length of a trial must rise from the shortest to the longest, but is '8m' to '5m'",
    ),
    (
        ValueError,
        lambda: XGB.trial(11),
        "trial 11 is never launched: the job launches at most 10. Say .trials(11) or, if it replaces another trial, "
        "say before it what happens to that: .trial(1).hits_internal_errors()",
    ),
    (
        ValueError,
        lambda: BROKEN.trial(6),
        "trial 6 is never launched: the job launches at most 5. Say .trials(5) or, if it replaces another trial, "
        "say before it what happens to that: .trial(1).hits_internal_errors()",
    ),
    (
        ValueError,
        lambda: BROKEN.in_progress(completed=5, failed=1),
        "5 completed and 1 failed make 6 trials, but the job launches at most 5: "
        "say .trials(5), or smaller numbers",
    ),
    (
        ValueError,
        lambda: BROKEN.in_progress(completed=4, failed=1),
        "all 5 trials of the job have ended, so it has too: say .trials(5), or let some of them run",
    ),
    (
        ValueError,
        lambda: BROKEN.completed(completed=3, failed=1),
        "a Completed job has launched all its trials, which are 5, but 3 completed and 1 failed were asked for: "
        "say .trials(3), or other numbers",
    ),
    (ValueError, lambda: XGB.trial(0), "trials are numbered from 1, but this one is 0"),
    (ValueError, lambda: XGB.trial(True), "trials are numbered from 1, but this one is True"),
    (ValueError, lambda: XGB.trial("3"), "trials are numbered from 1, but this one is '3'"),
    (
        ValueError,
        lambda: XGB.trial(3).tries(etha=0.1),
        "unknown hyperparameter of trial 3 'etha': did you mean 'eta'? The choices are eta, "
        "max_depth, booster.",
    ),
    (
        TypeError,
        lambda: XGB.trial(3).fails(resaon="because"),
        "unknown keyword of TrialEditor.fails 'resaon': did you mean 'reason'? The choices are "
        "reason, before_start.",
    ),
    # Its status now.
    (
        ValueError,
        lambda: XGB.in_status("Compeleted"),
        f"unknown status 'Compeleted': did you mean 'Completed'? The choices are {ALL_STATUSES}.",
    ),
    (
        ValueError,
        lambda: XGB.in_status("Running"),
        f"unknown status 'Running'. The choices are {ALL_STATUSES}.",
    ),
    (
        ValueError,
        lambda: XGB.trials(3).completed(completed=5),
        "a Completed job has launched all its trials, which are 3, but 5 completed were asked for: "
        "say .trials(5), or other numbers",
    ),
    (
        ValueError,
        lambda: XGB.trials(3).completed(failed=5),
        "a Completed job has launched all its trials, which are 3, but 5 failed were asked for: "
        "say .trials(5), or other numbers",
    ),
    (
        ValueError,
        lambda: XGB.completed(completed=0),
        "a Completed job has launched all its trials, which are 10, but no numbers were asked for: "
        "say .trials(1), or other numbers",
    ),
    (
        ValueError,
        lambda: XGB.trials(3).completed(failed=3),
        "3 failed of 3 trials leave none that succeeded: such a job is Failed",
    ),
    (
        ValueError,
        lambda: XGB.trials(3).in_progress(completed=5),
        "5 completed make 5 trials, but the job launches at most 3: say .trials(5), or smaller numbers",
    ),
    (
        ValueError,
        lambda: XGB.trials(9).in_progress(completed=7, failed=2, running=4),
        "7 completed and 2 failed and 4 running make 13 trials, but the job launches at most 9: "
        "say .trials(13), or smaller numbers",
    ),
    (
        ValueError,
        lambda: XGB.in_progress(running=3),
        "3 running trials are more than the 2 that the job runs at a time: "
        "say .trials(10, parallel=3), or a smaller number",
    ),
    (
        ValueError,
        lambda: XGB.in_progress(completed=10),
        "all 10 trials of the job have ended, so it has too: say .trials(11), or let some of them run",
    ),
    (
        ValueError,
        lambda: XGB.in_progress(failed=5),
        "5 failed trials and none that succeeded make the job Failed: the service gives up after 5",
    ),
    (
        ValueError,
        lambda: XGB.failed(failed=7),
        "7 failed trials and none that succeeded make the job Failed: the service gives up after 5",
    ),
    (
        ValueError,
        lambda: XGB.in_progress(completed=-1),
        "the number of completed trials must be a whole number from 0, but is -1",
    ),
    (
        ValueError,
        lambda: XGB.in_progress(completed=1.5),
        "the number of completed trials must be a whole number from 0, but is 1.5",
    ),
    (
        ValueError,
        lambda: XGB.stopped(stopped=True),
        "the number of stopped trials must be a whole number from 0, but is True",
    ),
    (
        TypeError,
        lambda: XGB.in_progress(complete=5),
        "unknown keyword of TuningJob.in_progress 'complete': did you mean 'completed'? "
        "The choices are completed, running, failed, stopped.",
    ),
    (
        ValueError,
        lambda: XGB.trial(1).fails().in_progress(completed=3),
        "1 of the first 3 trials were told to end as Failed, but only 0 failed trials were asked for",
    ),
    (
        ValueError,
        lambda: XGB.failing(1).completed(),
        "the job was to be Completed, but what was said about its trials, limits and criteria "
        "makes it Failed "
        "with 0 completed, 5 failed, 1 stopped, 0 running: change the one or the other",
    ),
    (
        ValueError,
        lambda: XGB.trial(1).never_ends(ignoring_limits=True).in_progress(completed=3, running=1),
        "the job was to be InProgress with 3 completed and 1 running trials, but what was said "
        "about its trials, "
        "limits and criteria makes it InProgress with 2 completed, 0 failed, 0 stopped, 2 running: "
        "change the one or the other",
    ),
    (
        ValueError,
        lambda: XGB.configured(TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.1}).in_progress(
            completed=8
        ),
        "the job was to be InProgress with 8 completed trials, but what was said about its trials, "
        "limits and "
        "criteria makes it InProgress with 1 completed, 0 failed, 1 stopped, 0 running: change the "
        "one or the other",
    ),
    (ValueError, lambda: XGB.never_ends().trials(3).trial(1).never_ends().completed(), "ONE Completed"),
    (
        ValueError,
        lambda: XGB.trial(1).never_ends(ignoring_limits=True).completed(),
        "a job with a trial that never ends, whatever its limits, cannot be Completed",
    ),
    (
        ValueError,
        lambda: XGB.trials(3).trial(1).never_ends(ignoring_limits=True).failed(),
        "a job with a trial that never ends, whatever its limits, cannot be Failed",
    ),
    # How it ends.
    (ValueError, lambda: XGB.completed().stops(after="40m"), "ONE Completed"),
    (ValueError, lambda: XGB.stopping().completes(), "ONE Stopping"),
    (ValueError, lambda: XGB.stops(after="40m").stopped(), "ONE Stopped"),
    (ValueError, lambda: XGB.completes(after="40m").failed(), "ONE Failed"),
    (ValueError, lambda: XGB.stops(after="40m").in_status("Completed"), "ONE Completed"),
    (
        ValueError,
        lambda: XGB.completes(after=0),
        "the time of an ending must be longer than nothing, but is 0",
    ),
    (ValueError, lambda: XGB.stops(after=-5), "the time of an ending must not be negative, but is -5"),
    (
        TypeError,
        lambda: XGB.stops(after=[1]),
        "the time of an ending must be a timedelta, a text such as '1h30m' or a number of seconds, "
        "but is [1]",
    ),
    (TypeError, lambda: XGB.fails(5), "a failure reason must be a text, but is 5"),
    (
        TypeError,
        lambda: XGB.stops(afer="40m"),
        "unknown keyword of TuningJob.stops 'afer': did you mean 'after'? The choices are after.",
    ),
]


@pytest.mark.parametrize(("error", "call", "message"), REFUSALS)
def test_what_cannot_be_is_refused_with_the_numbers_and_the_nearest_name(error, call, message):
    begin, _, rest = message.partition(" ")
    if begin == "ONE":
        message = f"a job that is {rest} now cannot also end later: say one or the other"
    assert refusal(error, call) == message


def test_nothing_is_half_built_after_a_refusal():
    job = XGB.in_progress(completed=3)
    before = job.describe()
    for refused in (
        lambda: job.trials(2),
        lambda: job.in_progress(completed=30),
        lambda: job.searching(good=(1, 2), bad=(2, 1)),
        lambda: job.paced(train="8m", trian="9m"),
        lambda: job.trial(2).scores("high"),
    ):
        with pytest.raises((ValueError, TypeError)):
            refused()
        assert job == XGB.in_progress(completed=3)
        assert job.describe() == before


def test_names_of_hyperparameters_are_checked_once_it_is_known_what_is_tuned():
    job = TuningJob("xgb").trial(1).tries(eta=0.2)
    assert job.searching(eta=(0.1, 0.3)).completed().list_trials()[0]["TunedHyperParameters"] == {
        "eta": "0.2"
    }
    assert refusal(ValueError, job.searching(lr=(0.1, 0.3)).completed) == (
        "unknown hyperparameter of trial 1 'eta'. The choices are lr."
    )


def test_a_scenario_and_a_job_say_the_same_words():
    words = ("completes", "fails", "stops", "never_ends", "each", "paced", "scored_by", "failing", "trial")
    assert [word for word in words if not (hasattr(Scenario, word) and hasattr(TuningJob, word))] == []


def test_numbers_of_trials_make_room_for_themselves_where_nobody_said_how_many_there_are() -> None:
    counters = TuningJob("xgb").in_progress(completed=7, running=4).describe()["TrainingJobStatusCounters"]
    assert (counters["Completed"], counters["InProgress"]) == (7, 4)
    stopped = TuningJob("xgb").stopped(completed=12, stopped=3).describe()["TrainingJobStatusCounters"]
    assert (stopped["Completed"], stopped["Stopped"]) == (12, 3)
    assert TuningJob("xgb").completed(completed=3).request["HyperParameterTuningJobConfig"][
        "ResourceLimits"
    ] == {
        "MaxNumberOfTrainingJobs": 3,
        "MaxParallelTrainingJobs": 2,
    }


def test_a_changed_request_changes_no_job() -> None:
    job = TuningJob("xgb")
    job.request["HyperParameterTuningJobConfig"]["Strategy"] = "Random"
    assert job.request["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"
    assert job.describe()["HyperParameterTuningJobConfig"]["Strategy"] == "Bayesian"


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (
            ValueError,
            lambda: TuningJob("xgb").configured(Strategy="Bayes"),
            "unknown strategy 'Bayes': did you mean 'Bayesian'? The choices are Bayesian, Random, Hyperband, Grid.",
        ),
        (
            ValueError,
            lambda: TuningJob("xgb").configured(
                HyperParameterTuningJobObjective={"Type": "Maximise", "MetricName": "auc"}
            ),
            "unknown metric type 'Maximise': did you mean 'Maximize'? The choices are Maximize, Minimize.",
        ),
        (
            ValueError,
            lambda: TuningJob("xgb").maximize(""),
            "the objective metric must be named, such as 'validation:auc', but is ''",
        ),
        (
            TypeError,
            lambda: TuningJob("xgb").tagged(team=4),
            "the value of tag 'team' must be a text, but is 4",
        ),
    ],
)
def test_what_the_service_would_refuse_is_refused_where_it_is_written(error, call, message) -> None:
    assert refusal(error, call) == message


def test_a_number_of_trials_that_is_none_is_refused_whoever_said_how_many_there_are() -> None:
    told = "the number of completed trials must be a whole number from 0, but is '3'"
    assert refusal(ValueError, lambda: TuningJob("xgb").in_progress(completed="3")) == told
    assert refusal(ValueError, lambda: TuningJob("xgb").trials(9).in_progress(completed="3")) == told


class TestComposingOnce:
    """A job is simulated once, whatever is asked of it: an objective function meets each trial a single time."""

    @pytest.mark.parametrize("status", ["Completed", "Failed", "Deleting", "DeleteFailed"])
    def test_each_trial_is_scored_once(self, status):
        met = []

        def objective(tried):
            met.append(dict(tried))
            return 0.5

        job = XGB.trials(5).scored_by(objective).in_status(status).tagged(team="search")
        for at in (None, "1m", "2m"):
            job.describe(at=at)
            job.list_trials(at=at)
        with VirtualClock() as clock, FakeTuningService(clock=clock) as service:
            service.add(job)
            assert len(service.job("xgb").trials) == 5
        assert len(met) == 5

    def test_words_that_change_no_life_keep_what_was_simulated(self):
        met = []
        job = XGB.trials(5).scored_by(lambda tried: met.append(tried) or 0.5).completed()
        assert job.overriding(FailureReason="odd").created("2026-03-01T08:00:00Z").tagged(a="b").is_over
        assert len(met) == 5


def test_trials_that_run_have_room_where_nobody_said_how_many_there_are() -> None:
    assert counters(TuningJob("xgb").in_progress(completed=12)) == (12, 0, 0, 1)
    assert counters(TuningJob("xgb").stopping(completed=10)) == (10, 0, 0, 1)
