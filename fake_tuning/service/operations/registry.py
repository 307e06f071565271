"""Which operations are served. A new one is a row here, and a function in a module of this folder.

An operation is known by its service and its name, both as botocore writes them, so that the operations of another
service can stand beside those of SageMaker. Users write the name alone: it means the first row that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.operations import search, tags, training_job_lists, training_jobs, tuning_jobs
from fake_tuning.service.operations.invocation import Invocation

SAGEMAKER = "sagemaker"
"""SageMaker, as botocore names it."""

OperationKey: TypeAlias = tuple[str, str]
"""A service and one of its operations, such as ``("sagemaker", "DescribeTrainingJob")``."""

Operation: TypeAlias = Callable[[Invocation], dict[str, Any]]

OPERATIONS: Mapping[OperationKey, Operation] = MappingProxyType(
    {
        (SAGEMAKER, "CreateHyperParameterTuningJob"): tuning_jobs.create,
        (SAGEMAKER, "DescribeHyperParameterTuningJob"): tuning_jobs.describe,
        (SAGEMAKER, "ListHyperParameterTuningJobs"): tuning_jobs.list_jobs,
        (SAGEMAKER, "StopHyperParameterTuningJob"): tuning_jobs.stop,
        (SAGEMAKER, "DeleteHyperParameterTuningJob"): tuning_jobs.delete,
        (SAGEMAKER, "ListTrainingJobsForHyperParameterTuningJob"): training_job_lists.list_for_tuning_job,
        (SAGEMAKER, "DescribeTrainingJob"): training_jobs.describe,
        (SAGEMAKER, "ListTrainingJobs"): training_job_lists.list_jobs,
        (SAGEMAKER, "StopTrainingJob"): training_jobs.stop,
        (SAGEMAKER, "CreateTrainingJob"): training_jobs.create,
        (SAGEMAKER, "UpdateTrainingJob"): training_jobs.update,
        (SAGEMAKER, "DeleteTrainingJob"): training_jobs.delete,
        (SAGEMAKER, "AddTags"): tags.add,
        (SAGEMAKER, "ListTags"): tags.list_tags,
        (SAGEMAKER, "DeleteTags"): tags.delete,
        (SAGEMAKER, "Search"): search.search,
    }
)


def operations_of(api: ApiVersion) -> Mapping[OperationKey, Operation]:
    """Return the operations that are served in a version of SageMaker's API."""
    if api is CURRENT:
        return OPERATIONS
    describe = partial(tuning_jobs.describe, write=api.describe)
    every: dict[OperationKey, Operation] = {
        **OPERATIONS,
        (SAGEMAKER, "DescribeHyperParameterTuningJob"): describe,
    }
    lacked = {(SAGEMAKER, name) for name in api.lacks}
    return {key: operation for key, operation in every.items() if key not in lacked}


def key_named(name: str, among: Iterable[OperationKey]) -> OperationKey | None:
    """Return the first operation of this name, with its service, or None when there is none."""
    return next((key for key in among if key[1] == name), None)
