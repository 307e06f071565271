"""The operations on one training job, which is usually the trial of a tuning job."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from fake_tuning.domain.jobs.changes import Update
from fake_tuning.domain.jobs.training_job import TrainingJob, Updatable
from fake_tuning.domain.jobs.warm_pool import Reuse, keep_alive
from fake_tuning.domain.request.instances import match
from fake_tuning.domain.simulation.steering import Delete, Stop
from fake_tuning.domain.vocabulary.statuses import TRAINING_LIFECYCLE
from fake_tuning.service.error_texts import (
    PROFILER_UPDATE,
    REMOTE_DEBUG_UPDATE,
    SAME_RULE,
    TRAINING_JOB_EXISTS,
    TRAINING_JOB_OVER,
    TRAINING_JOB_POOLED,
    TRAINING_JOB_RUNS,
    TRIAL_POOLED,
    UNKNOWN_TRAINING_JOB,
    WARM_POOL_UPDATE,
)
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.operations.invocation import Invocation
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
    return job.describe(invocation.now, invocation.stamp)


def stop(invocation: Invocation) -> dict[str, Any]:
    """StopTrainingJob."""
    job = find(invocation)
    status = job.status_at(invocation.now)
    if status not in TRAINING_LIFECYCLE.stoppable:
        raise validation(TRAINING_JOB_OVER.format(status=status))
    invocation.store.change(job, Stop(invocation.now))
    return {}


def create(invocation: Invocation) -> dict[str, Any]:
    """CreateTrainingJob."""
    standing = invocation.store.training_job(invocation.params["TrainingJobName"], invocation.now)
    if standing is not None:
        raise ServiceError("ResourceInUse", TRAINING_JOB_EXISTS.format(arn=standing.arn))
    check_training_job(invocation.params)
    invocation.settings.quotas.check_training_job(invocation.params, invocation.store, invocation.now)
    lender = _lender(invocation)
    record = invocation.creation.training_job(
        invocation.params, invocation.store, invocation.now, warm=lender is not None
    )
    invocation.store.put_training_job(record, invocation.now)
    if lender is not None:
        invocation.store.change(lender, Reuse(invocation.now, by=record.name))
    return {"TrainingJobArn": record.arn}


def _lender(invocation: Invocation) -> TrainingJob | None:
    """Return the training job whose warm pool a new one takes over, or None.

    Documented: the new one must be like it, and keep a warm pool itself. Those of trials are for other trials.
    """
    now = invocation.now
    if not keep_alive(invocation.params):
        return None
    for job in invocation.store.standalone_training_jobs(now):
        pool = job.warm_pool(now)
        if pool is None or not pool.requested or not pool.is_available(now):
            continue
        if match(invocation.params, job.record.request):
            return job
    return None


def delete(invocation: Invocation) -> dict[str, Any]:
    """DeleteTrainingJob. The deletion takes a while, after which the name can be used again (documented).

    One that retains an available warm pool cannot be deleted (documented).

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
    pool = job.warm_pool(invocation.now)
    if pool is not None and pool.is_available(invocation.now):
        text = TRAINING_JOB_POOLED if pool.requested else TRIAL_POOLED
        raise ServiceError("ResourceInUse", text.format(name=name))
    invocation.store.change(job, Delete(invocation.now))
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
    invocation.store.change(job, Update(now, members=copy.deepcopy(members)))
    return {"TrainingJobArn": job.arn}


_OBSTACLES: Mapping[Updatable, str] = {
    "profiling": PROFILER_UPDATE,
    "remote debugging": REMOTE_DEBUG_UPDATE,
    "warm pool": WARM_POOL_UPDATE,
    "rule": SAME_RULE,
}
