"""The operations on tuning jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.simulation.steering import Delete, Stop
from fake_tuning.domain.simulation.timeline import JobState
from fake_tuning.domain.vocabulary.statuses import TUNING_LIFECYCLE
from fake_tuning.service.api_version import CURRENT, Describe
from fake_tuning.service.error_texts import (
    TUNING_JOB_EXISTS,
    TUNING_JOB_OVER,
    TUNING_JOB_RUNS,
    UNKNOWN_TUNING_JOB,
)
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.operations.invocation import Invocation
from fake_tuning.service.pages import descending, filtered_page, ordered, within
from fake_tuning.service.validation.create_rules import check_create


def create(invocation: Invocation) -> dict[str, Any]:
    """CreateHyperParameterTuningJob."""
    name = invocation.params["HyperParameterTuningJobName"]
    standing = invocation.store.named(name, invocation.now)
    if standing is not None and standing.timeline.exists(invocation.now):
        raise ServiceError("ResourceInUse", TUNING_JOB_EXISTS.format(name=name))
    check_create(invocation.params, invocation.store, invocation.now)
    invocation.settings.quotas.check_tuning_job(invocation.params, invocation.store, invocation.now)
    record = invocation.creation.tuning_job(invocation.params, invocation.store, invocation.now)
    invocation.store.put(record, invocation.now)
    return {"HyperParameterTuningJobArn": record.arn}


def find(invocation: Invocation) -> TuningJobRecord:
    """Return the tuning job that a request names.

    Raises:
        ServiceError: ResourceNotFound.
    """
    name = invocation.params["HyperParameterTuningJobName"]
    record = invocation.store.tuning_job(name, invocation.now)
    if record is None:
        raise ServiceError("ResourceNotFound", UNKNOWN_TUNING_JOB.format(name=name))
    return record


def describe(invocation: Invocation, write: Describe = CURRENT.describe) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob.

    Args:
        invocation: the request.
        write: writes the answer; another version of the API brings its own.
    """
    record = find(invocation)
    return write(record, invocation.now, invocation.stamp)


def stop(invocation: Invocation) -> dict[str, Any]:
    """StopHyperParameterTuningJob."""
    record = find(invocation)
    status = record.timeline.state(invocation.now).status
    if status not in TUNING_LIFECYCLE.stoppable:
        raise validation(TUNING_JOB_OVER.format(status=status))
    invocation.store.change(record, Stop(invocation.now))
    return {}


def delete(invocation: Invocation) -> dict[str, Any]:
    """DeleteHyperParameterTuningJob."""
    record = find(invocation)
    status = record.timeline.state(invocation.now).status
    if status not in TUNING_LIFECYCLE.deletable:
        raise validation(TUNING_JOB_RUNS.format(name=record.name, status=status))
    invocation.store.change(record, Delete(invocation.now))
    return {}


_Found: TypeAlias = tuple[TuningJobRecord, JobState]

_SORTED_BY: Mapping[str, Callable[[_Found], Any]] = {
    "Name": lambda found: found[0].name,
    "Status": lambda found: found[1].status,
    "CreationTime": lambda found: found[1].created,
}


def list_jobs(invocation: Invocation) -> dict[str, Any]:
    """ListHyperParameterTuningJobs. A page is cut before it is filtered (recorded); a quirk switches that off."""
    params, now = invocation.params, invocation.now
    found = ordered(
        [(record, record.timeline.state(now)) for record in invocation.store.tuning_jobs(now)],
        _SORTED_BY[params.get("SortBy", "Name")],
        _SORTED_BY["Name"],
        down=descending(params, "Ascending"),
    )
    shown, more = filtered_page(
        found,
        lambda each: _chosen(each, params),
        params,
        _SORTED_BY["Name"],
        cut_first=invocation.settings.quirks.pages_cut_before_filters,
    )
    return {"HyperParameterTuningJobSummaries": [_summary(record, invocation) for record, _ in shown], **more}


def _chosen(found: _Found, params: Mapping[str, Any]) -> bool:
    record, state = found
    return (
        params.get("NameContains", "") in record.name
        and params.get("StatusEquals", state.status) == state.status
        and within(params, "CreationTime", lambda: state.created)
        and within(params, "LastModifiedTime", lambda: state.modified)
    )


def _summary(record: TuningJobRecord, invocation: Invocation) -> dict[str, Any]:
    summary = record.summary(invocation.now, invocation.stamp)
    if not invocation.settings.quirks.lower_case_list_arns:
        summary["HyperParameterTuningJobArn"] = record.arn
    return summary
