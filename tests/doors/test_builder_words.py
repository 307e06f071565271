"""The builder's words for warm starts, several definitions, creation, single trials and lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest

from fake_tuning import DEFAULT_START, FakeTuningService, TuningJob, TuningStubber, VirtualClock

PARENT = (
    TuningJob("parent")
    .maximize("validation:auc")
    .searching(eta=(0.01, 0.3), max_depth=range(3, 11))
    .trials(3)
    .trial(2)
    .scores(0.75)
    .trial(3)
    .scores(0.5)
    .trial(1)
    .scores(0.25)
    .completed()
)
EIGHT = "2026-03-01T08:00:00Z"


def refusal(error: type[Exception], call, *args, **keywords) -> str:
    with pytest.raises(error) as refused:
        call(*args, **keywords)
    return str(refused.value)


def overall(answer: dict[str, Any]) -> tuple[str, float] | None:
    """The tuning job and the value of the overall best trial."""
    best = answer.get("OverallBestTrainingJob")
    return best and (best["TuningJobName"], best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def described(name: str) -> dict[str, Any]:
    answer = boto3.client("sagemaker", "us-east-1").describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name
    )
    return {member: value for member, value in answer.items() if member != "ResponseMetadata"}


class TestWarmStarts:
    def test_the_request_names_the_parents_and_the_kind(self):
        job = TuningJob("child").warm_started_from(PARENT, "other", kind="TransferLearning")
        assert job.request["WarmStartConfig"] == {
            "ParentHyperParameterTuningJobs": [
                {"HyperParameterTuningJobName": "parent"},
                {"HyperParameterTuningJobName": "other"},
            ],
            "WarmStartType": "TransferLearning",
        }
        assert job.describe()["WarmStartConfig"] == job.request["WarmStartConfig"]
        again = TuningJob("child").warm_started_from("other")
        assert again.request["WarmStartConfig"]["WarmStartType"] == "IdenticalDataAndAlgorithm"

    @pytest.mark.parametrize(("own", "expected"), [(0.5, ("parent", 0.75)), (0.875, ("child", 0.875))])
    def test_the_overall_best_trial_is_the_parents_or_its_own(self, own, expected):
        child = TuningJob("child").warm_started_from(PARENT).trials(1).trial(1).scores(own).completed()
        assert overall(child.describe()) == expected
        with FakeTuningService() as service:
            service.add(PARENT)
            service.add(child)
            assert overall(described("child")) == expected

    def test_before_it_has_a_trial_of_its_own_the_overall_best_is_inherited(self):
        answer = TuningJob("child").warm_started_from(PARENT).describe()
        assert "BestTrainingJob" not in answer
        best = answer["OverallBestTrainingJob"]
        assert best["TrainingJobName"] == PARENT.list_trials()[1]["TrainingJobName"]
        assert best["TrainingJobArn"] == PARENT.list_trials()[1]["TrainingJobArn"]

    def test_less_is_better_among_parents_too_when_it_is_minimized(self):
        worse, better = (
            TuningJob(name)
            .minimize("loss")
            .searching(eta=(0.1, 0.3))
            .trials(1)
            .trial(1)
            .scores(loss)
            .completed()
            for name, loss in (("worse", 0.75), ("better", 0.25))
        )
        child = TuningJob("child").warm_started_from(worse, better)
        assert overall(child.describe()) == ("better", 0.25)

    def test_of_several_parents_the_best_trial_counts(self):
        second = TuningJob("second").warm_started_from(PARENT).trials(1).trial(1).scores(0.875).completed()
        assert overall(TuningJob("child").warm_started_from(PARENT, second).describe()) == ("second", 0.875)

    def test_other_kinds_and_parents_without_a_metric_hand_nothing_down(self):
        child = TuningJob("child").warm_started_from(PARENT, kind="TransferLearning").trials(1).completed()
        assert overall(child.describe()) is None
        failed = TuningJob("failed").trials(2).failed()
        assert overall(TuningJob("child").warm_started_from(failed).describe()) is None

    def test_of_a_parent_that_is_only_named_nothing_is_known_without_a_service(self):
        child = TuningJob("child").maximize("validation:auc").searching(eta=(0.01, 0.3), max_depth=(3, 10))
        child = child.warm_started_from("parent").trials(1).trial(1).scores(0.5).completed()
        assert overall(child.describe()) == ("child", 0.5)
        transferring = child.warm_started_from("parent", kind="TransferLearning")
        with FakeTuningService() as service:
            service.add(PARENT)
            assert service.add(transferring).status == "Completed"
            assert overall(described("child")) is None

    def test_what_is_not_said_is_as_in_the_parent_so_that_the_service_has_them_both(self):
        child = TuningJob("child", seed=5).warm_started_from(PARENT)
        theirs, ours = PARENT.request, child.request
        assert ours["TrainingJobDefinition"] == theirs["TrainingJobDefinition"]
        for member in ("HyperParameterTuningJobObjective", "ParameterRanges"):
            config = ours["HyperParameterTuningJobConfig"]
            assert config[member] == theirs["HyperParameterTuningJobConfig"][member]
        limits = ours["HyperParameterTuningJobConfig"]["ResourceLimits"]
        assert limits["MaxNumberOfTrainingJobs"] == 10
        with FakeTuningService() as service:
            service.add(PARENT)
            assert service.add(child).status == "InProgress"

    def test_what_is_said_takes_the_place_of_what_is_inherited(self):
        child = (
            TuningJob("child")
            .warm_started_from(PARENT)
            .maximize("f1")
            .searching(eta=(0.1, 0.2))
            .with_static(max_depth=5)
            .defined(EnableNetworkIsolation=True)
        )
        definition = child.request["TrainingJobDefinition"]
        assert [each["Name"] for each in definition["AlgorithmSpecification"]["MetricDefinitions"]] == ["f1"]
        assert definition["StaticHyperParameters"] == {"max_depth": "5"}
        assert definition["EnableNetworkIsolation"] is True
        assert definition["RoleArn"] == PARENT.request["TrainingJobDefinition"]["RoleArn"]
        assert "max_depth" not in str(child.request["HyperParameterTuningJobConfig"])

    def test_several_definitions_are_inherited_too(self):
        parent = TuningJob("parent").defining("a").defining("b", minimize="loss").completed()
        child = TuningJob("child").warm_started_from(parent)
        assert child.request["TrainingJobDefinitions"] == parent.request["TrainingJobDefinitions"]
        with FakeTuningService() as service:
            service.add(parent)
            assert service.add(child.completed()).status == "Completed"

    def test_a_stubber_answers_for_a_child_whose_parents_are_jobs(self):
        grandchild = TuningJob("grandchild").warm_started_from(
            PARENT, TuningJob("second").warm_started_from(PARENT).trials(1).trial(1).scores(0.875).completed()
        )
        client = boto3.client("sagemaker", "us-east-1")
        with TuningStubber(client) as stub:
            stub.describe(grandchild)
            answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="grandchild")
        assert overall(answer) == ("second", 0.875)

    def test_of_several_definitions_the_one_of_the_same_name_is_inherited(self):
        parent = TuningJob("parent").defining("a").defining("b", EnableNetworkIsolation=True).completed()
        (only,) = TuningJob("child").warm_started_from(parent).defining("b").request["TrainingJobDefinitions"]
        assert only == parent.request["TrainingJobDefinitions"][1]

    def test_an_algorithm_whose_metrics_are_its_own_is_given_none(self):
        image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
        builtin = {"TrainingImage": image, "TrainingInputMode": "File"}
        parent = TuningJob("parent").defined(AlgorithmSpecification=builtin).completed()
        child = TuningJob("child").warm_started_from(parent).maximize("validation:auc")
        assert child.request["TrainingJobDefinition"]["AlgorithmSpecification"] == builtin

    def test_a_parent_with_a_creation_of_its_own_keeps_it(self):
        child = TuningJob("child").warm_started_from(PARENT.created(EIGHT)).created("2026-03-05T08:00:00Z")
        best = child.describe()["OverallBestTrainingJob"]
        assert best["CreationTime"].isoformat().startswith("2026-03-01T08:")
        moved = TuningJob("child").warm_started_from(PARENT).created("2026-03-05T08:00:00Z").describe()
        assert moved["OverallBestTrainingJob"]["CreationTime"].isoformat().startswith("2026-03-05T07:")

    def test_a_recorded_job_is_a_parent_too(self):
        recorded = TuningJob.from_response(PARENT.describe())
        child = TuningJob("child").warm_started_from(recorded)
        assert overall(child.describe()) == ("parent", 0.75)
        with FakeTuningService() as service:
            service.add(recorded)
            service.add(child)
            assert overall(described("child")) == ("parent", 0.75)

    def test_a_recording_is_described_as_it_was_recorded_whatever_its_parents_are(self):
        child = TuningJob("child").warm_started_from(PARENT).trials(1).trial(1).scores(0.5).completed()
        answer = child.describe()
        answer["OverallBestTrainingJob"] = {**answer["BestTrainingJob"], "TuningJobName": "child"}
        with VirtualClock(start=DEFAULT_START) as clock, FakeTuningService(clock=clock) as service:
            service.add(PARENT)
            service.add(TuningJob.from_response(answer))
            assert overall(described("child")) == ("child", 0.5)

    @pytest.mark.parametrize(
        ("error", "call", "message"),
        [
            (
                TypeError,
                lambda: TuningJob("child").warm_started_from(5),
                "a parent must be a TuningJob, such as TuningJob('xgb').completed(), or a name, but is 5",
            ),
            (
                ValueError,
                lambda: TuningJob("child").warm_started_from("my_parent"),
                "a tuning job's name has letters, digits and single hyphens inside, but is 'my_parent': "
                "it must match [a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}",
            ),
            (
                ValueError,
                lambda: TuningJob("child").warm_started_from("child"),
                "'child' cannot be its own parent: give one of the two jobs another name",
            ),
            (
                ValueError,
                lambda: TuningJob("child").warm_started_from(TuningJob("parent").stopping()),
                "the parent 'parent' is Stopping, but a warm start needs parents that are over: "
                "say .completed(), or name a job that will be over by then: .warm_started_from('parent')",
            ),
            (
                ValueError,
                lambda: TuningJob("child").warm_started_from(PARENT, kind="TransferLerning"),
                "unknown kind of warm start 'TransferLerning': did you mean 'TransferLearning'? "
                "The choices are IdenticalDataAndAlgorithm, TransferLearning.",
            ),
            (
                ValueError,
                lambda: TuningJob("child").warm_started_from(*"abcdef"),
                "a warm start has at most 5 parents, but 6 were named",
            ),
            (
                TypeError,
                lambda: TuningJob("child").warm_started_from(PARENT, knd="TransferLearning"),
                "unknown keyword of TuningJob.warm_started_from 'knd': did you mean 'kind'? "
                "The choices are kind.",
            ),
        ],
    )
    def test_what_cannot_be_is_refused(self, error, call, message):
        assert refusal(error, call) == message

    def test_what_the_service_alone_can_know_is_refused_when_it_is_added(self):
        with FakeTuningService() as service:
            assert (
                "can't find a tuning job called parent"
                in refusal(ValueError, service.add, TuningJob("child").warm_started_from(PARENT))
                or service.jobs() == []
            )
            service.add(PARENT)
            other = TuningJob("child").warm_started_from(PARENT).minimize("loss")
            assert "objective" in refusal(ValueError, service.add, other)
            assert [job.name for job in service.jobs()] == ["parent"]


TWO = (
    TuningJob("two")
    .maximize("validation:auc")
    .searching(eta=(0.01, 0.3))
    .with_static(rounds=9)
    .defining("a")
    .defining(
        "b",
        minimize="loss",
        searching={"lr": (0.001, 0.1, "Logarithmic"), "layers": range(1, 5)},
        static={"epochs": 3},
        EnableNetworkIsolation=True,
    )
)


class TestSeveralDefinitions:
    def test_each_has_what_was_said_of_it_and_else_what_was_said_of_the_job(self):
        request = TWO.request
        assert "TrainingJobDefinition" not in request
        config = request["HyperParameterTuningJobConfig"]
        assert not {"HyperParameterTuningJobObjective", "ParameterRanges"} & set(config)
        first, second = request["TrainingJobDefinitions"]
        assert (first["DefinitionName"], second["DefinitionName"]) == ("a", "b")
        assert first["TuningObjective"] == {"Type": "Maximize", "MetricName": "validation:auc"}
        assert second["TuningObjective"] == {"Type": "Minimize", "MetricName": "loss"}
        assert first["HyperParameterRanges"] == {
            "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3"}]
        }
        assert second["HyperParameterRanges"] == {
            "ContinuousParameterRanges": [
                {"Name": "lr", "MinValue": "0.001", "MaxValue": "0.1", "ScalingType": "Logarithmic"}
            ],
            "IntegerParameterRanges": [{"Name": "layers", "MinValue": "1", "MaxValue": "4"}],
        }
        assert first["StaticHyperParameters"] == {"rounds": "9"}
        assert second["StaticHyperParameters"] == {"rounds": "9", "epochs": "3"}
        assert ("EnableNetworkIsolation" in first, second["EnableNetworkIsolation"]) == (False, True)
        metrics = second["AlgorithmSpecification"]["MetricDefinitions"]
        assert [each["Name"] for each in metrics] == ["loss"]

    def test_the_trials_take_turns_and_a_service_has_them(self):
        job = TWO.trials(4).completed()
        with FakeTuningService() as service:
            service.add(job)
            assert described("two")["TrainingJobDefinitions"] == job.describe()["TrainingJobDefinitions"]
            trials = service.job("two").trials
        assert [trial["TrainingJobDefinitionName"] for trial in job.list_trials()] == ["a", "b", "a", "b"]
        assert [set(trial["TunedHyperParameters"]) for trial in job.list_trials()][:2] == [
            {"eta"},
            {"lr", "layers"},
        ]
        assert [trial.name for trial in trials] == [each["TrainingJobName"] for each in job.list_trials()]

    def test_the_last_word_about_a_definition_counts_and_keeps_its_place(self):
        first, second = TWO.defining("a", minimize="loss").request["TrainingJobDefinitions"]
        assert (first["DefinitionName"], first["TuningObjective"]["MetricName"]) == ("a", "loss")
        assert second["DefinitionName"] == "b"

    def test_what_is_said_of_all_definitions_may_be_said_later(self):
        job = TuningJob("two").defining("a").defining("b", StoppingCondition={"MaxRuntimeInSeconds": 60})
        job = job.defined(StoppingCondition={"MaxRuntimeInSeconds": 3600}).maximize("auc")
        conditions = [each["StoppingCondition"] for each in job.request["TrainingJobDefinitions"]]
        assert [each["MaxRuntimeInSeconds"] for each in conditions] == [3600, 60]
        assert {each["TuningObjective"]["MetricName"] for each in job.request["TrainingJobDefinitions"]} == {
            "auc"
        }

    def test_a_single_one_can_have_a_name_too(self):
        job = TuningJob("one").defining("only").completed()
        assert [each["DefinitionName"] for each in job.describe()["TrainingJobDefinitions"]] == ["only"]
        with FakeTuningService() as service:
            assert service.add(job).status == "Completed"

    def test_hyperparameters_of_a_trial_are_those_of_some_definition(self):
        tried = TWO.trials(2).trial(2).tries(layers=2).completed().list_trials()[1]
        assert tried["TunedHyperParameters"]["layers"] == "2"
        assert refusal(ValueError, TWO.trial(2).tries, layer=2) == (
            "unknown hyperparameter of trial 2 'layer': did you mean 'layers'? The choices are eta, lr, layers."
        )

    def test_one_definition_has_one_metric(self):
        assert refusal(ValueError, TWO.defining, "c", maximize="auc", minimize="loss") == (
            "definition 'c' has one metric: say maximize or minimize, not both"
        )

    def test_a_range_that_cannot_be_read_is_refused(self):
        assert refusal(ValueError, TWO.defining, "c", searching={"eta": (2, 1)}) == (
            "the range of 'eta' must rise, but is 2 to 1"
        )


class TestCreated:
    def test_without_a_clock_its_times_are_told_from_there(self):
        job = TuningJob("xgb").created(EIGHT).trials(2, parallel=2, each="8m")
        assert job.describe()["CreationTime"].isoformat() == "2026-03-01T08:00:00+00:00"
        done = job.completed().describe()
        assert done["CreationTime"] == job.describe()["CreationTime"]
        assert done["HyperParameterTuningEndTime"] - done["CreationTime"] < timedelta(minutes=10)
        assert job.describe(at="5m")["TrainingJobStatusCounters"]["InProgress"] == 2
        assert job.describe(at="2026-03-01T08:05:00Z") == job.describe(at="5m")

    def test_the_last_word_counts_and_other_words_keep_it(self):
        job = TuningJob("xgb").created("2020-01-01T00:00Z").created(EIGHT).completed().tagged(team="search")
        assert job.describe()["CreationTime"].isoformat() == "2026-03-01T08:00:00+00:00"

    @pytest.mark.parametrize("job", TuningJob.every_status(), ids=lambda job: job.status)
    def test_in_a_service_it_was_created_then_and_has_its_status_now(self, job):
        with VirtualClock(start="2026-03-01T18:00:00Z") as clock, FakeTuningService(clock=clock) as service:
            service.add(job.created(EIGHT))
            answer = described(job.name)
            assert answer["CreationTime"].timestamp() == 1_772_352_000
            assert answer["HyperParameterTuningJobStatus"] == job.status
            assert answer["TrainingJobStatusCounters"] == job.describe()["TrainingJobStatusCounters"]
            if job.is_over:
                mine = job.created(EIGHT).describe()
                assert answer["HyperParameterTuningEndTime"] == mine["HyperParameterTuningEndTime"]
            if job.status == "InProgress":
                clock.advance("1h")
                assert described(job.name)["TrainingJobStatusCounters"]["Completed"] > 0

    def test_a_job_without_a_status_lives_on_from_its_creation(self):
        with VirtualClock(start="2026-03-01T18:00:00Z") as clock, FakeTuningService(clock=clock) as service:
            assert service.add(TuningJob("xgb").created(EIGHT)).status == "Completed"
            assert service.add(TuningJob("slow").never_ends().created(EIGHT)).status == "InProgress"
            later = TuningJob("later").completes(after="12h").created(EIGHT)
            assert service.add(later).status == "InProgress"
            clock.advance("2h")
            assert service.job("later").status == "Completed"

    def test_a_job_in_progress_ends_so_long_after_the_services_now(self):
        with VirtualClock(start="2026-03-01T18:00:00Z") as clock, FakeTuningService(clock=clock) as service:
            job = TuningJob("xgb").in_progress(completed=3).stops(after="30m").created(EIGHT)
            assert service.add(job).status == "InProgress"
            clock.advance("29m59s")
            assert service.job("xgb").status == "InProgress"
            clock.advance("1s")
            assert service.job("xgb").status == "Stopping"

    def test_a_recorded_job_can_have_been_created_at_another_instant(self):
        recorded = TuningJob("xgb").completed().describe()
        job = TuningJob.from_response(recorded).created(EIGHT)
        length = recorded["HyperParameterTuningEndTime"] - recorded["CreationTime"]
        answer = job.describe()
        assert answer["CreationTime"].isoformat() == "2026-03-01T08:00:00+00:00"
        assert answer["HyperParameterTuningEndTime"] - answer["CreationTime"] == length
        with VirtualClock(start="2026-03-01T18:00:00Z") as clock, FakeTuningService(clock=clock) as service:
            service.add(job)
            assert described("xgb")["HyperParameterTuningEndTime"] == answer["HyperParameterTuningEndTime"]

    @pytest.mark.parametrize(
        ("now", "job", "message"),
        [
            (
                "2026-03-01T07:00:00Z",
                TuningJob("xgb").created(EIGHT).completed(),
                "'xgb' was created at 2026-03-01T08:00:00+00:00, which is 1h after now "
                "(2026-03-01T07:00:00+00:00): move the clock, or say an earlier .created(...)",
            ),
            (
                "2026-03-01T08:05:00Z",
                TuningJob("xgb").created(EIGHT).completed(),
                "a job cannot be Completed at an age of 5m: that takes it 7m33s251ms at least. "
                "Move the clock, or say an earlier .created(...)",
            ),
            (
                "2026-03-01T08:05:00Z",
                TuningJob("xgb").created(EIGHT).in_progress(completed=7),
                "a job cannot be InProgress with 7 completed trials at an age of 5m: that takes it 6m25s384ms "
                "at least. Move the clock, or say an earlier .created(...)",
            ),
            (
                "2026-03-04T08:00:00Z",
                TuningJob("xgb").created(EIGHT).in_progress(completed=7),
                "the job was to be InProgress with 7 completed trials at an age of 3d, but what was said about its "
                "trials, limits and criteria makes it InProgress with 7 completed, 0 failed, 2 stopped, 0 running: "
                "change the one or the other",
            ),
        ],
    )
    def test_a_service_whose_now_contradicts_it_refuses_it(self, now, job, message):
        with VirtualClock(start=now) as clock, FakeTuningService(clock=clock) as service:
            assert refusal(ValueError, service.add, job) == message
            assert service.jobs() == []

    def test_it_must_be_an_instant(self):
        assert refusal(TypeError, TuningJob("xgb").created, 5) == (
            "the creation of a job must be an aware datetime or a text such as '2026-01-31T12:00:00Z', but is 5"
        )
        assert "must say its time zone" in refusal(TypeError, TuningJob("xgb").created, "2026-03-01T08:00:00")


class TestAnswersWithoutAService:
    JOB = PARENT.trial(2).fails("AlgorithmError: exit code 1").completed()

    def test_a_trial_is_described_as_the_service_describes_it(self):
        with VirtualClock(start=DEFAULT_START) as clock, FakeTuningService(clock=clock) as service:
            service.add(self.JOB)
            for number, summary in enumerate(self.JOB.list_trials(), 1):
                name = summary["TrainingJobName"]
                answer = service.call("DescribeTrainingJob", {"TrainingJobName": name})
                assert self.JOB.describe_trial(number) == answer
        assert self.JOB.describe_trial(2)["FailureReason"] == "AlgorithmError: exit code 1"

    def test_a_trial_is_described_at_any_time(self):
        assert self.JOB.describe_trial(1, at="30s")["TrainingJobStatus"] == "InProgress"
        assert self.JOB.describe_trial(1, at=DEFAULT_START)["TrainingJobStatus"] == "Completed"

    def test_a_trial_that_is_not_there_is_refused(self):
        assert refusal(ValueError, self.JOB.describe_trial, 3, at="1m") == (
            "there is no trial 3 of 'parent' 1m after its creation: it has launched 2 by then. "
            "Say another at, or another number"
        )
        for number in (0, -1, 4, "1", 1.0, True):
            assert f"there is no trial {number!r} of 'parent'" in refusal(
                ValueError, self.JOB.describe_trial, number
            )

    def test_lists_are_those_of_the_service(self):
        other = TuningJob("Other").in_progress()
        with VirtualClock(start=DEFAULT_START) as clock, FakeTuningService(clock=clock) as service:
            service.add(self.JOB)
            service.add(other)
            trials = service.call(
                "ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": "parent"}
            )
            jobs = service.call("ListHyperParameterTuningJobs", {})
        assert self.JOB.list_trials_response() == trials
        assert TuningJob.list_jobs_response(self.JOB, other) == jobs
        assert TuningJob.list_jobs_response(other, self.JOB) == jobs
        assert [
            each["HyperParameterTuningJobArn"].rpartition("/")[2]
            for each in jobs["HyperParameterTuningJobSummaries"]
        ] == ["other", "parent"]
        assert TuningJob.list_jobs_response() == {"HyperParameterTuningJobSummaries": []}

    def test_lists_at_another_time(self):
        assert [
            each["TrainingJobStatus"]
            for each in self.JOB.list_trials_response(at="1m")["TrainingJobSummaries"]
        ] == ["InProgress", "InProgress"]
        (summary,) = TuningJob.list_jobs_response(self.JOB, at="1m")["HyperParameterTuningJobSummaries"]
        assert summary["HyperParameterTuningJobStatus"] == "InProgress"

    def test_a_mock_can_be_fed_with_them(self):
        """Newest first, however many there are, and no token that a mock would have to answer for."""
        many = TuningJob("many").trials(120, parallel=10).completed()
        response = many.list_trials_response()
        names = [each["TrainingJobName"] for each in response["TrainingJobSummaries"]]
        assert (len(names), names[0][:8], set(response)) == (120, "many-120", {"TrainingJobSummaries"})

    def test_what_is_no_job_is_refused(self):
        assert refusal(TypeError, TuningJob.list_jobs_response, "xgb") == (
            "list_jobs_response takes TuningJobs, such as TuningJob('xgb').completed(), but got 'xgb'"
        )
        assert refusal(TypeError, TuningJob.list_jobs_response, att="1m") == (
            "unknown keyword of TuningJob.list_jobs_response 'att': did you mean 'at'? "
            "The choices are at, stamp."
        )
