"""``python -m fake_tuning conform`` sees what no answer of the real service can be, given what it tells itself."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import TuningJob
from fake_tuning.__main__ import main
from support.cassettes import cassette, interaction, plain
from support.requests import training

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TUNING, TRAINING = "DescribeHyperParameterTuningJob", "DescribeTrainingJob"
XGBOOST = "811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1"


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Writes a recorded answer, and returns what the command tells of it."""

    def told(answer: Any, name: str = "a") -> list[str]:
        plain(tmp_path / f"{name}.json", answer)
        return conformed(tmp_path, capsys)

    return told


def conformed(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the command tells of a folder, a line for each difference."""
    capsys.readouterr()
    status = main(["conform", str(folder)])
    lines = [each.strip() for each in capsys.readouterr().out.splitlines() if each.startswith("  ")]
    assert status == (1 if lines else 0)
    return lines


def xgboost() -> TuningJob:
    """A tuning job of a built-in algorithm."""
    return running(XGBOOST).maximize("validation:auc").searching(eta=(0.1, 0.3)).completed()


def running(image: str) -> TuningJob:
    """A tuning job that runs an image, without metric definitions."""
    return TuningJob("xgb").defined(
        AlgorithmSpecification={"TrainingImage": image, "TrainingInputMode": "File"}
    )


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    """A falsification: another value of a member, or none if the value is None."""

    def put(answer: dict[str, Any]) -> None:
        inner: Any = answer
        for step in path[:-1]:
            inner = inner[step]
        if value is None:
            del inner[path[-1]]
        else:
            inner[path[-1]] = value(inner[path[-1]]) if callable(value) else value

    return put


PHASES, FINAL, BEST = "SecondaryStatusTransitions", "FinalMetricDataList", "BestTrainingJob"
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
later = timedelta(seconds=7)
a_bit_later = timedelta(milliseconds=7)


def objective_first(answer: dict[str, Any]) -> None:
    answer[FINAL].reverse()


def objective_gone(answer: dict[str, Any]) -> None:
    del answer[FINAL][-1]


TRIALS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "message at the end": (
        put(PHASES, -1, "StatusMessage", value="Hurray"),
        f"own facts: ~{PHASES}[4].StatusMessage",
    ),
    "message at the start": (
        put(PHASES, 0, "StatusMessage", value="x"),
        f"own facts: ~{PHASES}[0].StatusMessage",
    ),
    "no message": (put(PHASES, 1, "StatusMessage", value=None), f"own facts: +{PHASES}[1].StatusMessage"),
    "no end": (put(PHASES, 1, "EndTime", value=None), f"own facts: +{PHASES}[1].EndTime"),
    "no phase": (put(PHASES, 1, value=None), f"own facts: ~{PHASES}[0].EndTime"),
    "no first phase": (put(PHASES, 0, value=None), "own facts: ~CreationTime"),
    "no last phase": (put(PHASES, -1, value=None), f"own facts: +{PHASES}[4]"),
    "gap": (
        put(PHASES, 2, "StartTime", value=lambda at: at + a_bit_later),
        f"own facts: ~{PHASES}[1].EndTime",
    ),
    "created": (put("CreationTime", value=lambda at: at - later), "own facts: ~CreationTime"),
    "started": (put("TrainingStartTime", value=lambda at: at + later), "own facts: ~TrainingStartTime"),
    "ended": (put("TrainingEndTime", value=lambda at: at - later), "own facts: ~TrainingEndTime"),
    "modified": (put("LastModifiedTime", value=lambda at: at - 99 * later), "own facts: ~LastModifiedTime"),
    "training time": (put("TrainingTimeInSeconds", value=99999), "own facts: ~TrainingTimeInSeconds"),
    "billed": (put("BillableTimeInSeconds", value=99999), "own facts: ~BillableTimeInSeconds"),
    "model": (
        put("ModelArtifacts", "S3ModelArtifacts", value="s3://elsewhere/x"),
        "own facts: ~ModelArtifacts.S3ModelArtifacts",
    ),
    "phase": (put("SecondaryStatus", value="Failed"), "own facts: ~SecondaryStatus"),
    "profiling": (put("ProfilingStatus", value="Enabled"), "own facts: ~ProfilingStatus"),
    "profiling of no kind": (put("ProfilingStatus", value="Maybe"), "model: ~ProfilingStatus"),
    "pool": (put("WarmPoolStatus", "Status", value="Lukewarm"), "model: ~WarmPoolStatus.Status"),
    "objective gone": (objective_gone, f"own facts: +{FINAL}[ObjectiveMetric]"),
    "objective first": (objective_first, f"own facts: ~{FINAL}["),
    "objective of another value": (
        put(FINAL, -1, "Value", value=0.125),
        f"own facts: ~{FINAL}[ObjectiveMetric].Value",
    ),
    "wide value": (put(FINAL, 0, "Value", value=0.1), f"own facts: ~{FINAL}[0].Value"),
    "fraction": (
        put(FINAL, 0, "Timestamp", value=lambda at: at + a_bit_later),
        f"own facts: ~{FINAL}[0].Timestamp",
    ),
    "metric gone": (put(FINAL, 0, value=None), f"own facts: +{FINAL}["),
    "metric unknown": (
        put(FINAL, 0, "MetricName", value="validation:zzz"),
        f"own facts: -{FINAL}[validation:zzz]",
    ),
    "definition gone": (
        put("AlgorithmSpecification", "MetricDefinitions", 0, value=None),
        "created anew: +AlgorithmSpecification.MetricDefinitions[",
    ),
    "default of one channel": (
        put("InputDataConfig", 0, "CompressionType", value=None),
        "created anew: +InputDataConfig[].CompressionType",
    ),
    "launched by another": (
        put("TuningJobArn", value=lambda arn: f"{arn}x"),
        "own facts: ~TrainingJobName: AWS 'xgb-001-",
    ),
    "ARN": (put("TrainingJobArn", value=lambda arn: f"{arn}x"), "names: ~TrainingJobArn"),
}


@pytest.mark.parametrize(("falsify", "seen"), TRIALS.values(), ids=TRIALS)
def test_a_falsified_training_job_is_seen(
    told: Callable[..., list[str]], falsify: Callable[[dict[str, Any]], None], seen: str
) -> None:
    answer = xgboost().describe_trial(1)
    answer["InputDataConfig"] += [
        {**copy.deepcopy(answer["InputDataConfig"][0]), "ChannelName": "validation"}
    ]
    assert told(answer) == []
    falsify(answer)
    assert [each for each in told(answer) if each.startswith(seen)] != []


JOBS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "modified": (put("LastModifiedTime", value=lambda at: at + later), "own facts: ~LastModifiedTime"),
    "consumed": (
        put("ConsumedResources", "RuntimeInSeconds", value=99999),
        "own facts: ~ConsumedResources.RuntimeInSeconds",
    ),
    "not improving": (
        put("TuningJobCompletionDetails", "NumberOfTrainingJobsObjectiveNotImproving", value=5000),
        "own facts: ~TuningJobCompletionDetails.NumberOfTrainingJobsObjectiveNotImproving",
    ),
    "strategy": (
        put("HyperParameterTuningJobConfig", "Strategy", value="Zzz"),
        "model: ~HyperParameterTuningJobConfig",
    ),
    "ARN": (
        put("HyperParameterTuningJobArn", value=lambda arn: f"{arn}x"),
        "names: ~HyperParameterTuningJobArn",
    ),
    "best status": (put(BEST, "TrainingJobStatus", value="Done"), f"model: ~{BEST}.TrainingJobStatus"),
    "best runs": (
        put(BEST, "TrainingJobStatus", value="InProgress"),
        f"own facts: ~{BEST}.TrainingJobStatus",
    ),
    "best objective": (put(BEST, "ObjectiveStatus", value="Failed"), f"own facts: ~{BEST}.ObjectiveStatus"),
    "best metric": (put(BEST, METRIC, "MetricName", value="zzz"), f"own facts: ~{BEST}.{METRIC}.MetricName"),
    "best value": (put(BEST, METRIC, "Value", value=0.1), f"own facts: ~{BEST}.{METRIC}.Value"),
    "best time": (
        put(BEST, "TrainingEndTime", value=lambda at: at - a_bit_later),
        f"own facts: ~{BEST}.TrainingEndTime",
    ),
    "best start": (put(BEST, "TrainingStartTime", value=None), f"own facts: +{BEST}.TrainingStartTime"),
    "best tuned": (
        put(BEST, "TunedHyperParameters", "eta", value="99"),
        f"own facts: ~{BEST}.TunedHyperParameters.eta",
    ),
    "best not tuned": (
        put(BEST, "TunedHyperParameters", "eta", value=None),
        f"own facts: +{BEST}.TunedHyperParameters.eta",
    ),
    "best tuned what is not": (
        put(BEST, "TunedHyperParameters", value=lambda tuned: {**tuned, "zzz": "1"}),
        f"own facts: -{BEST}.TunedHyperParameters.zzz",
    ),
    "best name": (put(BEST, "TrainingJobName", value="zzz"), f"own facts: ~{BEST}.TrainingJobName"),
    "best number": (
        put(BEST, "TrainingJobName", value="xgb-999-01234567"),
        f"own facts: ~{BEST}.TrainingJobName",
    ),
    "overall best value": (
        put("Overall" + BEST, METRIC, "Value", value=0.1),
        f"own facts: ~Overall{BEST}.{METRIC}.Value",
    ),
    "overall best time": (
        put("Overall" + BEST, "CreationTime", value=lambda at: at - a_bit_later),
        f"own facts: ~Overall{BEST}.CreationTime",
    ),
    "best ARN": (put(BEST, "TrainingJobArn", value=lambda arn: f"{arn}x"), f"names: ~{BEST}.TrainingJobArn"),
}


@pytest.mark.parametrize(("falsify", "seen"), JOBS.values(), ids=JOBS)
def test_a_falsified_tuning_job_is_seen(
    told: Callable[..., list[str]], falsify: Callable[[dict[str, Any]], None], seen: str
) -> None:
    answer = xgboost().describe()
    answer["OverallBestTrainingJob"] = {**copy.deepcopy(answer[BEST]), "TuningJobName": "xgb"}
    assert [each for each in told(answer) if "OverallBest" not in each] == []
    falsify(answer)
    assert [each for each in told(answer) if each.startswith(seen)] != []


@pytest.mark.parametrize(
    ("searched", "held", "other"),
    [((1, 9), "3", "10"), ((1, 9), "3", "3.5"), ((0.5, 0.9), "0.5", "0.95"), (["a", "b"], "a", "c")],
    ids=["whole", "fraction", "continuous", "categorical"],
)
def test_a_tuned_value_lies_in_its_range(
    told: Callable[..., list[str]], searched: Any, held: str, other: str
) -> None:
    answer = TuningJob("xgb").trials(1, parallel=1).searching(x=searched).completed().describe()
    answer[BEST]["TunedHyperParameters"]["x"] = held
    assert told(answer) == []
    answer[BEST]["TunedHyperParameters"]["x"] = other
    assert (
        f"own facts: ~{BEST}.TunedHyperParameters.x: AWS {other!r}, fake_tuning 'a value of its range'"
        in told(answer)
    )


def test_the_reason_of_a_failed_tuning_job_is_a_known_text(told: Callable[..., list[str]]) -> None:
    answer = TuningJob("xgb").failed().describe()
    assert told(answer) == []
    answer["FailureReason"] = "Nothing of the kind."
    assert told(answer) == [
        "own facts: ~FailureReason: AWS 'Nothing of the kind.', fake_tuning 'a text that is known'"
    ]


def test_a_spot_job_is_billed_some_part_of_its_time(told: Callable[..., list[str]]) -> None:
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 3600},
    }
    answer = TuningJob("xgb").defined(**spot).completed().describe_trial(1)
    answer["BillableTimeInSeconds"] -= 1
    assert told(answer) == []


# Other answers.


def test_a_falsified_list_is_seen(told: Callable[..., list[str]]) -> None:
    listed = TuningJob.list_jobs_response(TuningJob("xgb").completed())
    name = "ListHyperParameterTuningJobs_1"
    assert told(listed, name) == []
    entries = listed["HyperParameterTuningJobSummaries"]
    assert told({**listed, "HyperParameterTuningJobSummaries": entries * 3}, name) == [
        "names: ~HyperParameterTuningJobSummaries[]: AWS '3 times arn:aws:sagemaker:us-east-1:111122223333:"
        "hyper-parameter-tuning-job/xgb', fake_tuning 'each job once'"
    ]
    assert told({}, name)[0] == (
        "model: +HyperParameterTuningJobSummaries: fake_tuning 'a value, for the model requires one'"
    )
    assert told({**listed, "NextToken": 5}, name)[0].startswith("not readable: the response cannot be read: ")
    entries[0]["Strategy"] = "Zzz"
    assert told(listed, name)[0].startswith(
        "model: ~HyperParameterTuningJobSummaries[0].Strategy: AWS 'Zzz', "
    )
    entries[0] |= {"Strategy": "Random", "HyperParameterTuningJobName": "other"}
    assert told(listed, name)[0].startswith(
        "names: ~HyperParameterTuningJobSummaries[0].HyperParameterTuningJobArn: "
    )


def test_names_in_a_cassette_are_those_that_were_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:training-job/wrong"
    described = TuningJob("xgb").completed().describe()
    cassette(
        tmp_path / "a.json",
        interaction("CreateTrainingJob", training(), {"TrainingJobArn": arn}),
        interaction(TUNING, {"HyperParameterTuningJobName": "other"}, described),
    )
    assert conformed(tmp_path, capsys) == [
        f"names: ~TrainingJobArn: AWS {arn!r}, fake_tuning {arn.replace('wrong', 'final')!r}",
        "names: ~HyperParameterTuningJobName: AWS 'xgb', fake_tuning 'other'",
    ]


# One number for all accounts.


def test_a_builtin_algorithm_is_known_by_its_metrics_when_all_accounts_are_one(
    told: Callable[..., list[str]],
) -> None:
    whole = json.dumps(xgboost().describe(), default=str).replace("811284229777", "123456789012")
    answer = json.loads(whole.replace("111122223333", "123456789012"))
    assert told(answer) == []
    for each in answer["TrainingJobDefinition"]["AlgorithmSpecification"]["MetricDefinitions"]:
        each["Regex"] = "bogus"
    assert told(answer)[0].startswith(
        "created anew: ~TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions["
    )


def test_an_image_of_ones_own_may_have_the_name_of_a_builtin_one(told: Callable[..., list[str]]) -> None:
    own = running("123456789012.dkr.ecr.us-east-1.amazonaws.com/xgboost:1")
    assert told(own.completed().describe()) == []
    several = own.defining("deep", searching={"eta": (0.1, 0.3)})
    assert told(several.completed().describe()) == []


# What excuses nothing else.


def test_a_name_that_no_job_can_have_excuses_nothing_but_itself(told: Callable[..., list[str]]) -> None:
    answer = TuningJob("xgb").completed().describe()
    answer["TrainingJobDefinition"]["StoppingCondition"]["MaxWaitTimeInSeconds"] = 400000
    before = told(answer)
    assert before[0].startswith("created anew: ~accepted: ")
    answer |= {"HyperParameterTuningJobName": "MY_JOB"}
    assert before[0] in told(answer)


def test_a_completed_job_whose_phase_is_failed_is_not_excused(told: Callable[..., list[str]]) -> None:
    answer = TuningJob("xgb").completed().describe_trial(1)
    answer["SecondaryStatus"] = "Failed"
    for member in ("ModelArtifacts", "TrainingEndTime", "BillableTimeInSeconds"):
        del answer[member]
    assert {each.split(":")[1].strip() for each in told(answer)} >= {
        "~SecondaryStatus", "+ModelArtifacts", "+TrainingEndTime", "+BillableTimeInSeconds",
    }  # fmt: skip


@pytest.mark.parametrize("phase", ["Stopping", "Failed", "Starting"])
def test_only_gos_answers_are_excused_for_the_phase_of_a_job_that_runs(
    told: Callable[..., list[str]], phase: str
) -> None:
    answer = TuningJob("xgb").trials(1, parallel=1).trial(1).never_ends().describe_trial(1, at="20m")
    assert (answer["TrainingJobStatus"], answer["SecondaryStatus"]) == ("InProgress", "Training")
    answer["SecondaryStatus"] = phase
    assert [each for each in told(answer) if "~SecondaryStatus" in each] != []
    told_of_go = [each for each in told({**answer, "CheckpointConfig": None}) if "~SecondaryStatus" in each]
    assert (told_of_go == []) is (phase == "Starting")


def test_a_training_job_that_was_never_created_is_told_once(told: Callable[..., list[str]]) -> None:
    answer = TuningJob("xgb").completed().describe_trial(1)
    del answer["CreationTime"]
    assert [each for each in told(answer) if each.startswith("not readable")] == [
        "not readable: a DescribeTrainingJob response has CreationTime, but this one has not"
    ]


def test_a_parent_without_a_name_is_told(told: Callable[..., list[str]]) -> None:
    answer = TuningJob("child").warm_started_from(TuningJob("parent").completed()).completed().describe()
    answer["WarmStartConfig"]["ParentHyperParameterTuningJobs"] = [{}]
    assert "not readable: a parent in its WarmStartConfig has no HyperParameterTuningJobName" in told(answer)
