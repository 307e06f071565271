"""The operations on tuning jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fake_tuning.domain.life import JobState
from fake_tuning.domain.record import TUNING_JOB, TuningRecord
from fake_tuning.domain.simulation import Command
from fake_tuning.domain.status import TERMINAL
from fake_tuning.service.context import Context
from fake_tuning.service.errors import ServiceError, validation
from fake_tuning.service.pages import descending, ordered, page, within
from fake_tuning.service.rules import check_create
from fake_tuning.service.texts import TUNING_JOB_EXISTS, TUNING_JOB_OVER, TUNING_JOB_RUNS, UNKNOWN_TUNING_JOB


def create(context: Context) -> dict[str, Any]:
    """CreateHyperParameterTuningJob."""
    name = context.params["HyperParameterTuningJobName"]
    standing = context.shelf.named(name, context.now)
    if standing is not None and standing.life.exists(context.now):
        raise ServiceError("ResourceInUse", TUNING_JOB_EXISTS.format(name=name))
    check_create(context)
    context.quotas.check_tuning_job(context.params, context.shelf, context.now)
    record = context.born(context.params)
    context.shelf.put(record)
    return {"HyperParameterTuningJobArn": record.arn}


def find(context: Context) -> TuningRecord:
    """Return the tuning job that a request names.

    Raises:
        ServiceError: ResourceNotFound.
    """
    name = context.params["HyperParameterTuningJobName"]
    record = context.shelf.tuning_job(name, context.now)
    if record is None:
        raise ServiceError("ResourceNotFound", UNKNOWN_TUNING_JOB.format(name=name))
    return record


def describe(context: Context) -> dict[str, Any]:
    """DescribeHyperParameterTuningJob."""
    record = find(context)
    context.noticed(TUNING_JOB, record.name)
    return record.describe(context.now, context.stamp, context.dialect)


def stop(context: Context) -> dict[str, Any]:
    """StopHyperParameterTuningJob."""
    record = find(context)
    status = record.life.state(context.now).status
    if status != "InProgress":
        raise validation(TUNING_JOB_OVER.format(status=status))
    context.shelf.replace(record.commanded(Command(context.now, "stop")))
    return {}


def delete(context: Context) -> dict[str, Any]:
    """DeleteHyperParameterTuningJob."""
    record = find(context)
    status = record.life.state(context.now).status
    if status not in TERMINAL and status != "DeleteFailed":
        raise validation(TUNING_JOB_RUNS.format(name=record.name, status=status))
    context.shelf.replace(record.commanded(Command(context.now, "delete")))
    return {}


_Found: TypeAlias = tuple[TuningRecord, JobState]

_SORTED_BY: Mapping[str, Callable[[_Found], Any]] = {
    "Name": lambda found: found[0].name,
    "Status": lambda found: found[1].status,
    "CreationTime": lambda found: found[1].created,
}


def list_jobs(context: Context) -> dict[str, Any]:
    """ListHyperParameterTuningJobs: filtered, then cut into pages (inferred)."""
    params, now = context.params, context.now
    states = ((record, record.life.state(now)) for record in context.shelf.tuning_jobs(now))
    found = ordered(
        [each for each in states if _chosen(each, params)],
        _SORTED_BY[params.get("SortBy", "Name")],
        _SORTED_BY["Name"],
        down=descending(params, "Ascending"),
    )
    shown, more = page(found, params, _SORTED_BY["Name"])
    return {"HyperParameterTuningJobSummaries": [_summary(record, context) for record, _ in shown], **more}


def _chosen(found: _Found, params: Mapping[str, Any]) -> bool:
    record, state = found
    return (
        params.get("NameContains", "") in record.name
        and params.get("StatusEquals", state.status) == state.status
        and within(params, "CreationTime", state.created)
        and within(params, "LastModifiedTime", state.modified)
    )


def _summary(record: TuningRecord, context: Context) -> dict[str, Any]:
    context.noticed(TUNING_JOB, record.name)
    summary = record.summary(context.now, context.stamp)
    if context.quirks.lower_case_list_arns:
        summary["HyperParameterTuningJobArn"] = summary["HyperParameterTuningJobArn"].lower()
    return summary
