"""Answers in AWS's shape, written from the states of jobs and trials.

Instants become datetimes through a ``Stamp``, so that the caller decides their time zone. Times of tuning jobs and
of DescribeTrainingJob have milliseconds, those in summaries of a tuning job's trials are whole seconds (recorded).
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from fake_tuning.domain.simulation.timeline import JobState
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.builtin_algorithms import emitted_metrics

Stamp: TypeAlias = Callable[[int], datetime]
"""Makes an aware datetime from milliseconds since 1970."""

FREE = frozenset({"Environment", "HyperParameters", "StaticHyperParameters", "TunedHyperParameters"})
"""Members whose keys are the user's own: a key that ends in ``Time`` does not make its value a time."""

TIMES = frozenset(
    {
        "ConvergenceDetectedTime",
        "CreationTime",
        "EndTime",
        "HyperParameterTuningEndTime",
        "LastModifiedTime",
        "StartTime",
        "Timestamp",
        "TrainingEndTime",
        "TrainingStartTime",
    }
)
"""Members of the answers that describe jobs whose values are times (a test asks the model)."""


def with_times(value: Any, read: Callable[[Any], Any], name: str = "") -> Any:
    """Return a copy of an answer, or of a part of one, with its times converted.

    Args:
        value: the answer. Its times are the members that ``TIMES`` names.
        read: converts one time.
        name: the name of the member whose value this is.
    """
    if isinstance(value, Mapping):
        return {
            key: copy.copy(each) if key in FREE else with_times(each, read, key)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [with_times(each, read) for each in value]
    return read(value) if name in TIMES else value


def job_counters(state: JobState) -> dict[str, Any]:
    """Return both counters of a tuning job, all keys, zeros included (recorded)."""
    return {
        "TrainingJobStatusCounters": {
            "Completed": state.completed,
            "InProgress": state.running,
            "RetryableError": state.retryable,
            "NonRetryableError": state.non_retryable,
            "Stopped": state.stopped,
        },
        "ObjectiveStatusCounters": {
            "Succeeded": state.succeeded,
            "Pending": state.pending,
            "Failed": state.without_objective,
        },
    }


def job_times(state: JobState, stamp: Stamp) -> dict[str, Any]:
    """Return the times of a tuning job; the end only when it has ended (recorded)."""
    times = {"CreationTime": stamp(state.created), "LastModifiedTime": stamp(state.modified)}
    if state.ended is not None:
        times["HyperParameterTuningEndTime"] = stamp(state.ended)
    return times


def job_progress(state: JobState, stamp: Stamp) -> dict[str, Any]:
    """Return the members that show the progress of a tuning job (recorded in 2024)."""
    details: dict[str, Any] = {"NumberOfTrainingJobsObjectiveNotImproving": state.not_improving}
    if state.converged is not None:
        details["ConvergenceDetectedTime"] = stamp(state.converged)
    progress: dict[str, Any] = {
        "TuningJobCompletionDetails": details,
        "ConsumedResources": {"RuntimeInSeconds": state.runtime},
    }
    if state.failure_reason is not None:
        progress["FailureReason"] = state.failure_reason
    return progress


def trial_summary(trial: Trial, arn: str, instant: int, stamp: Stamp) -> dict[str, Any]:
    """Return a trial as ListTrainingJobsForHyperParameterTuningJob and BestTrainingJob show it."""
    summary: dict[str, Any] = {
        "TrainingJobName": trial.name,
        "TrainingJobArn": arn,
        "CreationTime": stamp(_second(trial.created)),
        "TrainingJobStatus": trial.status_at(instant),
        "TunedHyperParameters": dict(trial.tuned),
        "ObjectiveStatus": trial.objective_status_at(instant),
    }
    if trial.definition.name is not None:
        summary["TrainingJobDefinitionName"] = trial.definition.name
    if trial.started <= instant:
        summary["TrainingStartTime"] = stamp(_second(trial.started))
    if trial.ended <= instant:
        summary["TrainingEndTime"] = stamp(_second(trial.ended))
        if trial.reason is not None:
            summary["FailureReason"] = trial.reason
        if trial.metric is not None:
            summary["FinalHyperParameterTuningJobObjectiveMetric"] = {
                "MetricName": trial.definition.metric,
                "Value": trial.metric,
            }
    return summary


def _second(ms: int) -> int:
    return ms // 1000 * 1000


def training_job_summary(trial: Trial, arn: str, instant: int, stamp: Stamp) -> dict[str, Any]:
    """Return a training job as ListTrainingJobs shows it."""
    summary: dict[str, Any] = {
        "TrainingJobName": trial.name,
        "TrainingJobArn": arn,
        "CreationTime": stamp(trial.created),
        "LastModifiedTime": stamp(trial_modified(trial, instant)),
        "TrainingJobStatus": trial.status_at(instant),
        "SecondaryStatus": trial.secondary_at(instant),
    }
    if trial.ended <= instant:
        summary["TrainingEndTime"] = stamp(trial.ended)
    if trial.definition.training_plan is not None:
        summary["TrainingPlanArn"] = trial.definition.training_plan
    return summary


def trial_modified(trial: Trial, instant: int) -> int:
    """Return when a trial last changed, in milliseconds since 1970; what is said of its phase counts (quoted)."""
    return trial.modified_at(instant)


def describe_training_job(
    trial: Trial, echo: Mapping[str, Any], hyperparameters: Mapping[str, str], instant: int, stamp: Stamp
) -> dict[str, Any]:
    """Return a training job as DescribeTrainingJob shows it, but for its ARNs.

    Args:
        trial: the training job.
        echo: what it was asked to do, as the service gives it back.
        hyperparameters: all that it was given.
        instant: when it is looked at, in milliseconds since 1970.
        stamp: makes the datetimes.
    """
    answer: dict[str, Any] = {
        "TrainingJobName": trial.name,
        **echo,
        "TrainingJobStatus": trial.status_at(instant),
        "SecondaryStatus": trial.secondary_at(instant),
        "SecondaryStatusTransitions": _transitions(trial, instant, stamp),
        "CreationTime": stamp(trial.created),
        "LastModifiedTime": stamp(trial_modified(trial, instant)),
        "ProfilingStatus": profiling_status(echo),
    }
    if hyperparameters:
        answer["HyperParameters"] = dict(sorted(hyperparameters.items()))
    if trial.started <= instant:
        answer["TrainingStartTime"] = stamp(trial.started)
    for member, length in (
        ("TrainingTimeInSeconds", trial.training_ms(instant)),
        ("BillableTimeInSeconds", trial.billable_ms(instant)),
    ):
        if length is not None:
            answer[member] = max(length // 1000, 1)
    if trial.ended <= instant:
        if trial.leaves_a_model:
            where = artifacts_of(echo["OutputDataConfig"]["S3OutputPath"], trial.name)
            answer["ModelArtifacts"] = {"S3ModelArtifacts": where}
        channels = {each["ChannelName"] for each in echo.get("InputDataConfig", ())}
        metrics = emitted_metrics(echo, hyperparameters, channels, trial.definition.metric)
        answer |= _ended_training_job(trial, metrics, stamp)
    return answer


def _ended_training_job(trial: Trial, metrics: tuple[str, ...], stamp: Stamp) -> dict[str, Any]:
    answer: dict[str, Any] = {"TrainingEndTime": stamp(trial.ended)}
    if trial.reason is not None:
        answer["FailureReason"] = trial.reason
    if trial.metric is not None:
        emitted = stamp(_second(trial.curve[-1][0]))
        answer["FinalMetricDataList"] = [
            {"MetricName": name, "Value": trial.final_value(name), "Timestamp": emitted} for name in metrics
        ]
    return answer


def profiling_status(members: Mapping[str, Any]) -> str:
    """Return whether a training job is profiled (recorded: when it has a configuration, unless that disables it)."""
    config = members.get("ProfilerConfig")
    return "Disabled" if config is None or config.get("DisableProfiler", False) else "Enabled"


def artifacts_of(output_path: str, name: str) -> str:
    """Return where a training job's model is kept (recorded)."""
    return f"{output_path.rstrip('/')}/{name}/output/model.tar.gz"


def _transitions(trial: Trial, instant: int, stamp: Stamp) -> list[dict[str, Any]]:
    found = []
    for phase in trial.phases_at(instant):
        transition: dict[str, Any] = {"Status": phase.status, "StartTime": stamp(phase.start)}
        if phase.end <= instant:
            transition["EndTime"] = stamp(phase.end)
        message = phase.message_at(instant)
        if message is not None:
            transition["StatusMessage"] = message
        found.append(transition)
    return found
