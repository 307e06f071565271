"""What the API's documentation says of its answers. What is quoted stands in the service model of botocore."""

from __future__ import annotations

import itertools
from datetime import timedelta
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

DRAIN = timedelta(minutes=3)
"""How long a training job takes to be stopped: a stop "delays job termination for 120 seconds", and one to three
minutes were observed."""

IDLE = timedelta(minutes=1)
"""How long a tuning job that runs may have no trial: its first ones were seen after 10 s, the next one in a slot after
16 s, and the job's end 45 s after the last."""

WARM = timedelta(seconds=15)
"""How long a training job on the instances of another one is Starting: 3 to 5 s were observed, and 75 s on new ones."""


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


def check_tuning_job(job: Answer, now: datetime) -> None:
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
    # "The wall clock runtime in seconds used by your hyperparameter tuning job."
    longest = ((ended or now) - job["CreationTime"]).total_seconds()
    assert consumed(job) <= timedelta(seconds=longest), f"{name}: {consumed(job)} of {longest} s"


def consumed(job: Answer) -> timedelta:
    """Return the time that a tuning job has run."""
    return timedelta(seconds=job["ConsumedResources"]["RuntimeInSeconds"])


def _longest(job: Answer) -> timedelta | None:
    """Return "the maximum time in seconds that a hyperparameter tuning job can run", if it has any."""
    seconds = job["HyperParameterTuningJobConfig"]["ResourceLimits"].get("MaxRuntimeInSeconds")
    return None if seconds is None else timedelta(seconds=seconds)


def _criterion_met(job: Answer, trials: Sequence[Answer]) -> datetime | None:
    """Return when a completion criterion of a tuning job was met, as far as its trials show it, or None."""
    criteria = job["HyperParameterTuningJobConfig"].get("TuningJobCompletionCriteria", {})
    sign = 1 if _objective(job)["Type"] == "Maximize" else -1
    target = criteria.get("TargetObjectiveMetricValue")
    most = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
    metric = "FinalHyperParameterTuningJobObjectiveMetric"
    scored: list[tuple[datetime, float]] = sorted(
        (each["TrainingEndTime"], sign * each[metric]["Value"]) for each in trials if metric in each
    )
    best, not_improving = float("-inf"), 0
    # Those that ended in one second did so in an order that is not known.
    for ended, group in itertools.groupby(scored, key=lambda each: each[0]):
        values = [value for _, value in group]
        not_improving = 0 if max(values) > best else not_improving + len(values)
        best = max(best, *values)
        if (target is not None and best >= sign * target) or (most is not None and not_improving >= most):
            met: datetime = ended
            return met
    if criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled":
        converged: datetime | None = job.get("TuningJobCompletionDetails", {}).get("ConvergenceDetectedTime")
        return converged
    return None


def _check_last_launch(job: Answer, trials: Sequence[Answer]) -> None:
    """No trial is launched once a completion criterion was met, or runs when the maximum runtime is over."""
    met, longest = _criterion_met(job, trials), _longest(job)
    for each in trials:
        name, created = each["TrainingJobName"], each["CreationTime"]
        assert met is None or created <= met, f"{name} was created at {created}, a criterion was met at {met}"
        if longest is not None:
            limit = job["CreationTime"] + longest
            assert created <= limit, f"{name} was created at {created}, after {limit}"
            ended = each.get("TrainingEndTime", created)
            assert ended <= limit + DRAIN, f"{name} ended at {ended}, after {limit}"


def check_left_alone(job: Answer, trials: Sequence[Answer], now: datetime) -> None:
    """What holds for a tuning job, and all its trials, whose scenario does not say when it ends."""
    name, status = job["HyperParameterTuningJobName"], job["HyperParameterTuningJobStatus"]
    counted, longest = job["TrainingJobStatusCounters"], _longest(job)
    if longest is not None:
        assert consumed(job) <= longest + DRAIN, f"{name}: {consumed(job)} of {longest}"
    if status == "InProgress" and not counted["InProgress"]:
        since = max([job["CreationTime"], *(each["TrainingEndTime"] for each in trials)])
        assert now - since <= IDLE, f"{name} is InProgress at {now}, and nothing has run since {since}"
    config = job["HyperParameterTuningJobConfig"]
    most = config["ResourceLimits"].get("MaxNumberOfTrainingJobs")
    if status == "Completed" and most and longest is None and not config.get("TuningJobCompletionCriteria"):
        # Recorded: those that ended in RetryableError were replaced.
        assert sum(counted.values()) - counted["RetryableError"] == most, f"{name} is Completed: {counted}"


def check_pools(job: Answer, trials: Sequence[Answer], pools: Mapping[str, Answer], *, paced: bool) -> None:
    """What becomes of the instances of a tuning job's trials.

    Args:
        job: its description.
        trials: its trials, as listed.
        pools: the ``WarmPoolStatus`` of each of them, by name.
        paced: whether they take as long as those that were observed.
    """
    name, known = job["HyperParameterTuningJobName"], {each["TrainingJobName"]: each for each in trials}
    assert len(pools) == len(known), f"{name}: {known.keys() ^ pools.keys()}"
    followed: dict[str, str] = {}
    for each, pool in pools.items():
        if job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
            # "releases all resources", and a pool is for the next trial.
            assert pool["Status"] != "Available", f"{name} has ended, and {each} has a pool"
        following = pool.get("ReusedByJob")
        if following is None:
            continue
        assert following not in followed, f"{following} has the instances of {each} and {followed[following]}"
        followed[following] = each
        if following not in known:  # it was deleted
            continue
        next_one = known[following]
        _rising(f"{each}, {following}", known[each]["TrainingEndTime"], next_one["CreationTime"])
        started = next_one.get("TrainingStartTime")
        if paced and started is not None:
            starting = started - next_one["CreationTime"]
            assert starting <= WARM, f"{following} was Starting for {starting} on the instances of {each}"


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
    _check_last_launch(job, trials)


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


def _objective(job: Answer) -> Answer:
    stated = job["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective")
    objective: Answer = stated or job["TrainingJobDefinitions"][0]["TuningObjective"]
    return objective


def _check_best(job: Answer, trials: Sequence[Answer]) -> None:
    """ "The training job that completed with the best current HyperParameterTuningJobObjective"."""
    name, best = job["HyperParameterTuningJobName"], job.get("BestTrainingJob")
    objective = _objective(job)
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


def check_training_job(job: Answer, *, fails_as_stated: bool) -> None:
    """What holds for every description of a training job; one may fail at a stated time though it is stopped."""
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
        if before == "Stopping" and not fails_as_stated:
            assert after in SECONDARY["Stopped"], f"{name}: {stages}"
    # "The number of times to retry the job if it fails due to an InternalServerError."
    retries = job.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
    assert stages.count("Restarting") <= retries, f"{name} may be retried {retries} times: {stages}"
    # "Interrupted - The job stopped because the managed spot training instances were interrupted."
    assert job.get("EnableManagedSpotTraining") or "Interrupted" not in stages, f"{name}: {stages}"


def check_stopping_condition(job: Answer) -> None:
    """A training job ends soon after its limits, unless its own end was stated."""
    name, condition, ended = (
        job["TrainingJobName"],
        job.get("StoppingCondition", {}),
        job.get("TrainingEndTime"),
    )
    for begun, limit in (
        ("TrainingStartTime", "MaxRuntimeInSeconds"),
        ("CreationTime", "MaxWaitTimeInSeconds"),
    ):
        if ended is not None and begun in job and limit in condition:
            taken, longest = ended - job[begun], timedelta(seconds=condition[limit])
            assert taken <= longest + DRAIN, f"{name} took {taken}: {condition}, {job}"


# Several answers.


def check_pages(pages: Sequence[Sequence[str]], most: int, whole: Sequence[str]) -> None:
    """Pages hold no more than was asked for, and join to the whole list."""
    assert all(len(page) <= most for page in pages), f"pages of at most {most}: {pages}"
    joined = [each for page in pages for each in page]
    assert joined == list(whole), f"pages {pages} of {whole}"


def check_order(keys: Sequence[Any], order: str) -> None:
    """They are sorted, equal ones in whatever order."""
    assert list(keys) == sorted(keys, reverse=order == "Descending"), f"{order}: {keys}"
