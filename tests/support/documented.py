"""What the API's documentation says of its answers. What is quoted stands in the service model of botocore."""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from botocore.model import Shape

Answer = dict[str, Any]

TUNING_STEPS: Mapping[str, frozenset[str]] = {
    "InProgress": frozenset({"Stopping", "Stopped", "Completed", "Failed"}),
    "Stopping": frozenset({"Stopped"}),
    "Completed": frozenset({"Deleting"}),
    "Failed": frozenset({"Deleting"}),
    "Stopped": frozenset({"Deleting"}),
    "Deleting": frozenset({"DeleteFailed"}),
    "DeleteFailed": frozenset({"Deleting"}),
}
"""Which status of a tuning job may follow which; only one that has ended can be deleted."""

TRAINING_STEPS: Mapping[str, frozenset[str]] = {
    "InProgress": frozenset({"Completed", "Failed", "Stopping", "Stopped"}),
    "Stopping": frozenset({"Stopped"}),
    "Completed": frozenset({"Deleting"}),
    "Failed": frozenset({"Deleting"}),
    "Stopped": frozenset({"Deleting"}),
    "Deleting": frozenset(),
}
"""The same of a training job. When it is stopped, it "changes the status of the job to Stopping. After SageMaker stops
the job, it sets the status to Stopped"."""

SECONDARY: Mapping[str, frozenset[str]] = {
    "InProgress": frozenset(
        {"Starting", "Pending", "Downloading", "Training", "Interrupted", "Uploading", "Restarting"}
    ),
    "Completed": frozenset({"Completed"}),
    "Failed": frozenset({"Failed"}),
    "Stopped": frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded", "Stopped", "Interrupted"}),
    "Stopping": frozenset({"Stopping"}),
}
""""SageMaker provides primary statuses and secondary statuses that apply to each of them"; an enum adds Restarting."""

STAGES = ("Starting", "Pending", "Downloading", "Training", "Uploading")
"""The secondary statuses of one attempt, in the order in which it goes through some of them."""

OVER = frozenset({"Completed", "Failed", "Stopped"})
"""DeleteTrainingJob: "a terminal state (Stopped, Failed, or Completed)"."""

GRACE = 3600
"""Seconds that a training job may take longer than its limit: a stop "delays job termination for 120 seconds" at AWS,
and here for as long as a scenario says."""


def follows(steps: Mapping[str, frozenset[str]], earlier: str, later: str) -> bool:
    """Whether a status can be seen after another one, with others unseen in between."""
    reached, ahead = {earlier}, [earlier]
    while ahead:
        new = steps[ahead.pop()] - reached
        reached |= new
        ahead += new
    return later in reached


def _rising(what: str, *times: datetime | None) -> None:
    known = [each for each in times if each is not None]
    assert known == sorted(known), f"{what}: times run backwards: {[each.isoformat() for each in known]}"


# One answer.


@cache
def _model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("sagemaker", "service-2"), "sagemaker")


def conforms(operation: str, answer: Answer) -> None:
    """The answer has what the model requires, of the types, lengths and enums that it says."""
    shape = _model().operation_model(operation).output_shape
    report = ParamValidator().validate(answer, shape).generate_report() if shape else ""
    # Recorded: there is none before there is a model, whatever the service model says.
    wrong = [each for each in report.splitlines() if '"ModelArtifacts"' not in each]
    wrong += _not_in_enums(shape, answer) if shape else []
    assert not wrong, f"{operation}: {wrong}"


def _not_in_enums(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    if shape.type_name == "structure":
        for name in value.keys() & shape.members.keys():
            yield from _not_in_enums(shape.members[name], value[name], f"{path}.{name}")
        for name in value.keys() - shape.members.keys():
            yield f"{path}.{name} is no member"
    elif shape.type_name == "list":
        for each in value:
            yield from _not_in_enums(shape.member, each, f"{path}[]")
    elif shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"{path} is {value!r}"


def check_tuning_job(job: Answer) -> None:
    """What holds for every description of a tuning job."""
    name, status = job["HyperParameterTuningJobName"], job["HyperParameterTuningJobStatus"]
    ended = job.get("HyperParameterTuningEndTime")
    _rising(name, job["CreationTime"], ended, job["LastModifiedTime"])
    over = status not in ("InProgress", "Stopping")
    assert (ended is not None) == over, f"{name} is {status}, and ended {ended}"
    trials, objectives = job["TrainingJobStatusCounters"], job["ObjectiveStatusCounters"]
    assert min(*trials.values(), *objectives.values()) >= 0, f"{name}: {trials}, {objectives}"
    assert sum(trials.values()) == sum(objectives.values()), f"{name}: {trials}, {objectives}"
    # "The number of training jobs that are in progress and pending evaluation of their final objective metric."
    assert objectives["Pending"] == trials["InProgress"], f"{name}: {trials}, {objectives}"
    assert not (over and trials["InProgress"]), f"{name} is {status}, and trials run: {trials}"
    if status == "Failed":
        assert job.get("FailureReason"), f"{name} failed for no reason"
    if status in ("InProgress", "Stopping", "Completed", "Stopped"):
        assert "FailureReason" not in job, f"{name} is {status}: {job['FailureReason']}"
    if status == "Completed":
        failed = trials["RetryableError"] + trials["NonRetryableError"]
        assert not failed or failed < sum(trials.values()), f"{name} is Completed, and all failed: {trials}"
    _check_limits(name, job)
    assert ("BestTrainingJob" in job) == bool(objectives["Succeeded"]), f"{name}: {objectives}"


def _check_limits(name: str, job: Answer) -> None:
    limits, trials = job["HyperParameterTuningJobConfig"]["ResourceLimits"], job["TrainingJobStatusCounters"]
    assert trials["InProgress"] <= limits["MaxParallelTrainingJobs"], f"{name}: {trials} of {limits}"
    # Recorded: 21 trials of at most 20, one of which had ended in RetryableError.
    most = limits.get("MaxNumberOfTrainingJobs")
    if most is not None:
        assert sum(trials.values()) - trials["RetryableError"] <= most, f"{name}: {trials} of {limits}"


def check_trials(job: Answer, trials: Sequence[Answer], *, some_deleted: bool) -> None:
    """What holds for a description of a tuning job and the whole list of its trials at the same instant."""
    name, counted = job["HyperParameterTuningJobName"], job["TrainingJobStatusCounters"]
    names = [each["TrainingJobName"] for each in trials]
    assert len(set(names)) == len(names), f"{name} has a trial twice: {names}"
    for each in trials:
        assert each["TrainingJobName"].startswith(f"{name}-"), each["TrainingJobName"]
        _check_trial(job, each)
    if some_deleted:
        assert len(names) <= sum(counted.values()), f"{name}: {counted}, {names}"
        return
    ended = {
        "Completed": counted["Completed"],
        "Failed": counted["RetryableError"] + counted["NonRetryableError"],
        "Stopped": counted["Stopped"],
    }
    shown = _counts(each["TrainingJobStatus"] for each in trials)
    running = shown.pop("InProgress", 0) + shown.pop("Stopping", 0)
    assert running == counted["InProgress"], f"{name}: {counted}, {shown}"
    assert shown == {status: count for status, count in ended.items() if count}, f"{name}: {counted}, {shown}"
    objectives = _counts(each["ObjectiveStatus"] for each in trials)
    counted = job["ObjectiveStatusCounters"]
    assert objectives == {status: count for status, count in counted.items() if count}, (
        f"{name}: {counted}, {objectives}"
    )
    _check_best(job, trials)


def _counts(found: Iterable[str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for each in found:
        counted[each] = counted.get(each, 0) + 1
    return counted


def _check_trial(job: Answer, trial: Answer) -> None:
    name, status = trial["TrainingJobName"], trial["TrainingJobStatus"]
    # Recorded: the times of trials are whole seconds.
    _rising(name, job["CreationTime"].replace(microsecond=0), trial["CreationTime"])
    _rising(name, trial["CreationTime"], trial.get("TrainingStartTime"), trial.get("TrainingEndTime"))
    if status != "Deleting":
        assert ("TrainingEndTime" in trial) == (status in OVER), f"{name} is {status}: {trial}"
        assert ("FailureReason" in trial) == (status == "Failed"), f"{name} is {status}: {trial}"
        assert (trial["ObjectiveStatus"] == "Pending") == (status not in OVER), f"{name} is {status}: {trial}"
    # "typically occurs when the training job failed or did not emit an objective metric"
    has_metric = "FinalHyperParameterTuningJobObjectiveMetric" in trial
    assert has_metric == (trial["ObjectiveStatus"] == "Succeeded"), f"{name}: {trial}"
    for definition in _definitions(job):
        if trial.get("TrainingJobDefinitionName") == definition.get("DefinitionName"):
            _check_tuned(name, trial["TunedHyperParameters"], definition["HyperParameterRanges"])


def _definitions(job: Answer) -> list[Answer]:
    ranges = job["HyperParameterTuningJobConfig"].get("ParameterRanges")
    if ranges is None:
        return list(job["TrainingJobDefinitions"])
    return [{**job["TrainingJobDefinition"], "HyperParameterRanges": ranges}]


def _check_tuned(name: str, tuned: Mapping[str, str], ranges: Mapping[str, Any]) -> None:
    """The values lie in their ranges, of which there is one for each."""
    asked: set[str] = set()
    for kind in ("IntegerParameterRanges", "ContinuousParameterRanges"):
        for each in ranges.get(kind, ()):
            asked.add(each["Name"])
            value = float(tuned[each["Name"]])
            assert float(each["MinValue"]) <= value <= float(each["MaxValue"]), f"{name}: {tuned}, {each}"
    for each in ranges.get("CategoricalParameterRanges", ()):
        asked.add(each["Name"])
        assert tuned[each["Name"]] in each["Values"], f"{name}: {tuned}, {each}"
    assert asked == tuned.keys(), f"{name}: {tuned}, {ranges}"


def _check_best(job: Answer, trials: Sequence[Answer]) -> None:
    """ "The training job that completed with the best current HyperParameterTuningJobObjective"."""
    name, best = job["HyperParameterTuningJobName"], job.get("BestTrainingJob")
    config = job["HyperParameterTuningJobConfig"]
    objective = config.get("HyperParameterTuningJobObjective")
    if objective is None:
        objective = job["TrainingJobDefinitions"][0]["TuningObjective"]
    metric = "FinalHyperParameterTuningJobObjectiveMetric"
    values = [each[metric]["Value"] for each in trials if metric in each]
    if best is None:
        assert not values, f"{name} has no best trial, but {values}"
        return
    assert best in trials, f"{name}: {best} is none of its trials"
    wanted = max(values) if objective["Type"] == "Maximize" else min(values)
    assert best[metric] == {"MetricName": objective["MetricName"], "Value": wanted}, (
        f"{name}: {best}, {values}"
    )


def check_training_job(job: Answer) -> None:
    """What holds for every description of a training job."""
    name, status, phase = job["TrainingJobName"], job["TrainingJobStatus"], job["SecondaryStatus"]
    started, ended = job.get("TrainingStartTime"), job.get("TrainingEndTime")
    _rising(name, job["CreationTime"], started, ended, job["LastModifiedTime"])
    phases = job["SecondaryStatusTransitions"]
    if status != "Deleting":
        assert phase in SECONDARY[status], f"{name} is {status}, {phase}"
        assert (ended is not None) == (status in OVER), f"{name} is {status}, and ended {ended}"
        assert ("FailureReason" in job) == (status == "Failed"), f"{name} is {status}: {job}"
    assert phases[-1]["Status"] == phase, f"{name} is {phase}: {phases}"
    _rising(
        name,
        job["CreationTime"],
        *(each[at] for each in phases for at in ("StartTime", "EndTime") if at in each),
    )
    for earlier, later in itertools.pairwise(phases):
        assert earlier["EndTime"] == later["StartTime"], f"{name}: {earlier}, {later}"
    stages = [each["Status"] for each in phases]
    for before, after in itertools.pairwise(stages):
        if before in STAGES and after in STAGES:
            assert STAGES.index(before) < STAGES.index(after), f"{name}: {stages}"
        assert before not in OVER, f"{name}: {stages}"
        if before == "Stopping":
            assert after in SECONDARY["Stopped"], f"{name}: {stages}"
    condition = job.get("StoppingCondition", {})
    if started is not None and ended is not None and "MaxRuntimeInSeconds" in condition:
        taken = (ended - started).total_seconds()
        assert taken <= condition["MaxRuntimeInSeconds"] + GRACE, f"{name} took {taken} s of {condition}"


# Several answers.


def check_pages(pages: Sequence[Sequence[str]], most: int, whole: Sequence[str]) -> None:
    """Pages hold no more than was asked for, and join to the whole list."""
    assert all(len(page) <= most for page in pages), f"pages of at most {most}: {pages}"
    joined = [each for page in pages for each in page]
    assert joined == list(whole), f"pages {pages} of {whole}"


def check_order(keys: Sequence[Any], order: str) -> None:
    """They are sorted, equal ones in whatever order."""
    assert list(keys) == sorted(keys, reverse=order == "Descending"), f"{order}: {keys}"
