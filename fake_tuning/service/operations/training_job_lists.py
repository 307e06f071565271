"""The lists of training jobs: of those that one tuning job launched, and of all that exist."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.operations.tuning_jobs import find
from fake_tuning.service.pages import descending, filtered_page, ordered, page, within


def list_for_tuning_job(invocation: Invocation) -> dict[str, Any]:
    """ListTrainingJobsForHyperParameterTuningJob.

    Without ``SortBy`` and ``SortOrder`` the newest trial comes first (observed). With one of them the other has its
    documented default.
    """
    params, now = invocation.params, invocation.now
    record = find(invocation)
    trials: Sequence[Trial] = record.timeline.trials(now)
    if record.has_deleted_trials:
        trials = [trial for trial in trials if TrainingJob(record, trial).exists(now)]

    def status(trial: Trial) -> str:
        return TrainingJob(record, trial).status_at(now)

    wanted = params.get("StatusEquals")
    if wanted is not None:
        trials = [trial for trial in trials if status(trial) == wanted]
    shown, more = page(_sorted_trials(trials, status, invocation), params, _trial_name)
    return {
        "TrainingJobSummaries": [
            TrainingJob(record, trial).shown(
                record.trial_summary(trial, now, invocation.stamp), now, invocation.stamp
            )
            for trial in shown
        ],
        **more,
    }


def _trial_name(trial: Trial) -> str:
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
        return ordered(ended, lambda trial: trial.metric, _trial_name, down=down)
    if by == "Status":
        return ordered(trials, status, _trial_name, down=down)
    return sorted(trials, key=_trial_name, reverse=down)


_SORTED_BY: Mapping[str, Callable[..., Any]] = {
    "Name": lambda job, now: job.name,
    "Status": lambda job, now: job.status_at(now),
    "CreationTime": lambda job, now: job.trial.created,
}


def list_jobs(invocation: Invocation) -> dict[str, Any]:
    """ListTrainingJobs.

    Without ``SortBy`` and ``SortOrder`` the newest job comes first (observed). A page is cut before it is filtered
    (recorded); a quirk switches that off.
    """
    params, now = invocation.params, invocation.now
    plain = "SortBy" not in params and "SortOrder" not in params
    key = _SORTED_BY[params.get("SortBy", "CreationTime")]
    found = ordered(
        list(invocation.store.training_jobs(now)),
        lambda job: key(job, now),
        _job_name,
        down=plain or descending(params, "Ascending"),
    )
    shown, more = filtered_page(
        found,
        lambda job: _chosen(job, invocation),
        params,
        _job_name,
        cut_first=invocation.settings.quirks.pages_cut_before_filters,
    )
    return {"TrainingJobSummaries": [job.summary(now, invocation.stamp) for job in shown], **more}


def _job_name(job: TrainingJob) -> str:
    return job.name


def _chosen(job: TrainingJob, invocation: Invocation) -> bool:
    params = invocation.params
    status, training_plan = job.status_at(invocation.now), job.trial.definition.training_plan
    pool = job.warm_pool(invocation.now) if "WarmPoolStatusEquals" in params else None
    pooled = None if pool is None else pool.status(invocation.now)["Status"]
    return (
        params.get("NameContains", "") in job.name
        and params.get("StatusEquals", status) == status
        and params.get("WarmPoolStatusEquals", pooled) == pooled
        and params.get("TrainingPlanArnEquals", training_plan) == training_plan
        and within(params, "CreationTime", lambda: job.trial.created)
        and within(params, "LastModifiedTime", lambda: job.modified(invocation.now))
    )
