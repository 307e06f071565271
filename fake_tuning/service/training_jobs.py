"""The operations on training jobs, most of which are the trials of tuning jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_tuning.domain.record import TRAINING_JOB, TUNING_JOB
from fake_tuning.domain.simulation import Command
from fake_tuning.domain.status import TERMINAL
from fake_tuning.domain.trial import Trial
from fake_tuning.service.context import Context
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.pages import descending, ordered, page, within
from fake_tuning.service.rules import check_training_job
from fake_tuning.service.shelf import TrainingJob
from fake_tuning.service.texts import (
    TRAINING_JOB_EXISTS,
    TRAINING_JOB_OVER,
    TRAINING_JOB_RUNS,
    UNKNOWN_TRAINING_JOB,
)
from fake_tuning.service.tuning_jobs import find as find_tuning_job


def find(context: Context) -> TrainingJob:
    """Return the training job that a request names.

    Raises:
        ServiceError: ValidationException, and not the ResourceNotFound of the model (quoted).
    """
    job = context.shelf.training_job(context.params["TrainingJobName"], context.now)
    if job is None:
        raise validation(UNKNOWN_TRAINING_JOB)
    return job


def describe(context: Context) -> dict[str, Any]:
    """DescribeTrainingJob."""
    job = find(context)
    context.noticed(TRAINING_JOB, job.trial.name)
    return job.describe(context.now, context.stamp)


def stop(context: Context) -> dict[str, Any]:
    """StopTrainingJob."""
    job = find(context)
    status = job.status_at(context.now)
    if status != "InProgress":
        raise validation(TRAINING_JOB_OVER.format(status=status))
    context.shelf.replace(job.record.commanded(Command(context.now, "stop_trial", job.trial.number)))
    return {}


def create(context: Context) -> dict[str, Any]:
    """CreateTrainingJob."""
    standing = context.shelf.training_job(context.params["TrainingJobName"], context.now)
    if standing is not None:
        raise ServiceError("ResourceInUse", TRAINING_JOB_EXISTS.format(arn=standing.arn))
    check_training_job(context.params)
    context.quotas.check_training_job(context.params, context.shelf, context.now)
    record = context.trained(context.params)
    context.shelf.put_training_job(record)
    return {"TrainingJobArn": record.arn}


def delete(context: Context) -> dict[str, Any]:
    """DeleteTrainingJob: takes a while, and the name can be used again then (documented).

    A trial can be deleted too. All that tells of training jobs forgets it then; the tuning job goes on counting it,
    and telling of it as its best one (invented: nobody recorded it).
    """
    name = context.params["TrainingJobName"]
    job = context.shelf.training_job(name, context.now)
    if job is None:
        raise ServiceError("ResourceNotFound", UNKNOWN_TRAINING_JOB)
    status = job.status_at(context.now)
    if status not in TERMINAL:
        raise ServiceError("ResourceInUse", TRAINING_JOB_RUNS.format(name=name, status=status))
    context.shelf.replace(job.record.deleting(job.trial, context.now))
    return {}


def list_for_tuning_job(context: Context) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob.

    With neither ``SortBy`` nor ``SortOrder`` the newest trial comes first (observed); with one of them the documented
    defaults of the other hold.
    """
    params, now = context.params, context.now
    record = find_tuning_job(context)
    context.noticed(TUNING_JOB, record.name)
    trials: Sequence[Trial] = record.life.trials(now)
    if record.deletions.asked:
        trials = [trial for trial in trials if record.deletions.exists(trial, now)]

    def status(trial: Trial) -> str:
        return record.deletions.status_at(trial, now)

    wanted = params.get("StatusEquals")
    if wanted is not None:
        trials = [trial for trial in trials if status(trial) == wanted]
    shown, more = page(_sorted_trials(trials, status, context), params, _name)
    return {
        "TrainingJobSummaries": [
            record.deletions.shown(record.trial_summary(trial, now, context.stamp), trial, now, context.stamp)
            for trial in shown
        ],
        **more,
    }


def _name(trial: Trial) -> str:
    return trial.name


def _sorted_trials(
    trials: Sequence[Trial], status: Callable[[Trial], str], context: Context
) -> Sequence[Trial]:
    params, now = context.params, context.now
    if "SortBy" not in params and "SortOrder" not in params:
        return trials[::-1]
    by, down = params.get("SortBy", "Name"), descending(params, "Ascending")
    if by == "CreationTime":
        return trials[::-1] if down else trials
    if by == "FinalObjectiveMetricValue":
        # Documented: trials without a final metric are left out.
        ended = [trial for trial in trials if trial.ended <= now and trial.metric is not None]
        return ordered(ended, lambda trial: trial.metric, _name, down=down)
    if by == "Status":
        return ordered(trials, status, _name, down=down)
    return sorted(trials, key=_name, reverse=down)


_SORTED_BY: Mapping[str, Callable[..., Any]] = {
    "Name": lambda job, now: job.trial.name,
    "Status": lambda job, now: job.status_at(now),
    "CreationTime": lambda job, now: job.trial.created,
}


_BOUNDS = ("CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter", "LastModifiedTimeBefore")


def list_jobs(context: Context) -> dict[str, Any]:
    """ListTrainingJobs.

    The newest job comes first where nothing is said (observed). A page is cut first and filtered by name and status
    then, so that it can be short, or empty and yet carry a token (recorded); a quirk switches that off.
    """
    params, now = context.params, context.now
    jobs = list(context.shelf.training_jobs(now))
    if not params.keys().isdisjoint(_BOUNDS):
        jobs = [job for job in jobs if _timely(job, context)]
    if not context.quirks.pages_cut_before_filters:
        jobs = [job for job in jobs if _chosen(job, context)]
    plain = "SortBy" not in params and "SortOrder" not in params
    key = _SORTED_BY[params.get("SortBy", "CreationTime")]
    found = ordered(
        jobs,
        lambda job: key(job, now),
        _name_of,
        down=plain or descending(params, "Ascending"),
    )
    shown, more = page(found, params, _name_of)
    return {
        "TrainingJobSummaries": [job.summary(now, context.stamp) for job in shown if _chosen(job, context)],
        **more,
    }


def _name_of(job: TrainingJob) -> str:
    return job.trial.name


def _timely(job: TrainingJob, context: Context) -> bool:
    return within(context.params, "CreationTime", job.trial.created) and within(
        context.params, "LastModifiedTime", job.modified(context.now)
    )


def _chosen(job: TrainingJob, context: Context) -> bool:
    params = context.params
    status, plan = job.status_at(context.now), job.trial.definition.plan
    return (
        params.get("NameContains", "") in job.trial.name
        and params.get("StatusEquals", status) == status
        and "WarmPoolStatusEquals" not in params
        and params.get("TrainingPlanArnEquals", plan) == plan
    )
