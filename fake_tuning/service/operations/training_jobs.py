"""The operations on training jobs, most of which are the trials of tuning jobs."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_tuning.domain.jobs.changes import Delete, Stop, Update
from fake_tuning.domain.jobs.training_job import TrainingJob, Updatable
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB
from fake_tuning.domain.vocabulary.statuses import TRAINING_LIFECYCLE
from fake_tuning.service.error_texts import (
    PROFILER_UPDATE,
    REMOTE_DEBUG_UPDATE,
    SAME_RULE,
    TRAINING_JOB_EXISTS,
    TRAINING_JOB_OVER,
    TRAINING_JOB_RUNS,
    UNKNOWN_TRAINING_JOB,
    WARM_POOL_UPDATE,
)
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.operations.tuning_jobs import find as find_tuning_job
from fake_tuning.service.pages import descending, ordered, page, within
from fake_tuning.service.validation.create_rules import check_training_job


def find(invocation: Invocation) -> TrainingJob:
    """Return the training job that a request names.

    Raises:
        ServiceError: ValidationException, and not the ResourceNotFound of the model (quoted).
    """
    job = invocation.store.training_job(invocation.params["TrainingJobName"], invocation.now)
    if job is None:
        raise validation(UNKNOWN_TRAINING_JOB)
    return job


def describe(invocation: Invocation) -> dict[str, Any]:
    """DescribeTrainingJob."""
    job = find(invocation)
    invocation.last_read.note(invocation.store, TRAINING_JOB, job.name)
    return job.describe(invocation.now, invocation.stamp)


def stop(invocation: Invocation) -> dict[str, Any]:
    """StopTrainingJob."""
    job = find(invocation)
    status = job.status_at(invocation.now)
    if status not in TRAINING_LIFECYCLE.stoppable:
        raise validation(TRAINING_JOB_OVER.format(status=status))
    invocation.store.replace(job.changed(Stop(invocation.now)))
    return {}


def create(invocation: Invocation) -> dict[str, Any]:
    """CreateTrainingJob."""
    standing = invocation.store.training_job(invocation.params["TrainingJobName"], invocation.now)
    if standing is not None:
        raise ServiceError("ResourceInUse", TRAINING_JOB_EXISTS.format(arn=standing.arn))
    check_training_job(invocation.params)
    invocation.settings.quotas.check_training_job(invocation.params, invocation.store, invocation.now)
    record = invocation.creation.training_job(invocation.params, invocation.store, invocation.now)
    invocation.store.put_training_job(record)
    return {"TrainingJobArn": record.arn}


def delete(invocation: Invocation) -> dict[str, Any]:
    """DeleteTrainingJob. The deletion takes a while, after which the name can be used again (documented).

    A trial can be deleted too. Then no operation on training jobs shows it any more; its tuning job still counts it,
    and still shows it as its best one (invented).
    """
    name = invocation.params["TrainingJobName"]
    job = invocation.store.training_job(name, invocation.now)
    if job is None:
        raise ServiceError("ResourceNotFound", UNKNOWN_TRAINING_JOB)
    status = job.status_at(invocation.now)
    if status not in TRAINING_LIFECYCLE.deletable:
        raise ServiceError("ResourceInUse", TRAINING_JOB_RUNS.format(name=name, status=status))
    invocation.store.replace(job.changed(Delete(invocation.now)))
    return {}


_UPDATABLE = ("ProfilerConfig", "ProfilerRuleConfigurations", "ResourceConfig", "RemoteDebugConfig")


def update(invocation: Invocation) -> dict[str, Any]:
    """UpdateTrainingJob: changes how a training job is profiled and debugged, and how long its warm pool is kept."""
    name, now = invocation.params["TrainingJobName"], invocation.now
    job = invocation.store.training_job(name, now)
    if job is None:
        raise ServiceError("ResourceNotFound", UNKNOWN_TRAINING_JOB)
    members = {member: invocation.params[member] for member in _UPDATABLE if member in invocation.params}
    obstacle = job.obstacle(members, now)
    if obstacle is not None:
        raise validation(_OBSTACLES[obstacle.to].format(name=name, because=obstacle.because))
    invocation.store.replace(job.changed(Update(now, members=copy.deepcopy(members))))
    return {"TrainingJobArn": job.arn}


_OBSTACLES: Mapping[Updatable, str] = {
    "profiling": PROFILER_UPDATE,
    "remote debugging": REMOTE_DEBUG_UPDATE,
    "warm pool": WARM_POOL_UPDATE,
    "rule": SAME_RULE,
}


def list_for_tuning_job(invocation: Invocation) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob.

    Without ``SortBy`` and ``SortOrder`` the newest trial comes first (observed). With one of them the other has its
    documented default.
    """
    params, now = invocation.params, invocation.now
    record = find_tuning_job(invocation)
    invocation.last_read.note(invocation.store, TUNING_JOB, record.name)
    trials: Sequence[Trial] = record.timeline.trials(now)
    if record.has_deleted_trials:
        trials = [trial for trial in trials if TrainingJob(record, trial).exists(now)]

    def status(trial: Trial) -> str:
        return TrainingJob(record, trial).status_at(now)

    wanted = params.get("StatusEquals")
    if wanted is not None:
        trials = [trial for trial in trials if status(trial) == wanted]
    shown, more = page(_sorted_trials(trials, status, invocation), params, _name)
    return {
        "TrainingJobSummaries": [
            TrainingJob(record, trial).shown(
                record.trial_summary(trial, now, invocation.stamp), now, invocation.stamp
            )
            for trial in shown
        ],
        **more,
    }


def _name(trial: Trial) -> str:
    return trial.name


def _sorted_trials(
    trials: Sequence[Trial], status: Callable[[Trial], str], invocation: Invocation
) -> Sequence[Trial]:
    params, now = invocation.params, invocation.now
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
    "Name": lambda job, now: job.name,
    "Status": lambda job, now: job.status_at(now),
    "CreationTime": lambda job, now: job.trial.created,
}


_BOUNDS = ("CreationTimeAfter", "CreationTimeBefore", "LastModifiedTimeAfter", "LastModifiedTimeBefore")


def list_jobs(invocation: Invocation) -> dict[str, Any]:
    """ListTrainingJobs.

    Without ``SortBy`` and ``SortOrder`` the newest job comes first (observed). A page is cut before it is filtered by
    name and status, so that it can be short, or empty and yet have a token (recorded); a quirk switches that off.
    """
    params, now = invocation.params, invocation.now
    jobs = list(invocation.store.training_jobs(now))
    if not params.keys().isdisjoint(_BOUNDS):
        jobs = [job for job in jobs if _timely(job, invocation)]
    if not invocation.settings.quirks.pages_cut_before_filters:
        jobs = [job for job in jobs if _chosen(job, invocation)]
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
        "TrainingJobSummaries": [
            job.summary(now, invocation.stamp) for job in shown if _chosen(job, invocation)
        ],
        **more,
    }


def _name_of(job: TrainingJob) -> str:
    return job.name


def _timely(job: TrainingJob, invocation: Invocation) -> bool:
    return within(invocation.params, "CreationTime", job.trial.created) and within(
        invocation.params, "LastModifiedTime", job.modified(invocation.now)
    )


def _chosen(job: TrainingJob, invocation: Invocation) -> bool:
    params = invocation.params
    status, training_plan = job.status_at(invocation.now), job.trial.definition.training_plan
    return (
        params.get("NameContains", "") in job.name
        and params.get("StatusEquals", status) == status
        and "WarmPoolStatusEquals" not in params
        and params.get("TrainingPlanArnEquals", training_plan) == training_plan
    )
