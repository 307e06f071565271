"""Which operations the service has: a new one is entered here, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias

from fake_tuning.service.api_version import CURRENT, ApiVersion
from fake_tuning.service.operations import search, tags, training_jobs, tuning_jobs
from fake_tuning.service.operations.invocation import Invocation

Operation: TypeAlias = Callable[[Invocation], dict[str, Any]]

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "CreateHyperParameterTuningJob": tuning_jobs.create,
        "DescribeHyperParameterTuningJob": tuning_jobs.describe,
        "ListHyperParameterTuningJobs": tuning_jobs.list_jobs,
        "StopHyperParameterTuningJob": tuning_jobs.stop,
        "DeleteHyperParameterTuningJob": tuning_jobs.delete,
        "ListTrainingJobsForHyperParameterTuningJob": training_jobs.list_for_tuning_job,
        "DescribeTrainingJob": training_jobs.describe,
        "ListTrainingJobs": training_jobs.list_jobs,
        "StopTrainingJob": training_jobs.stop,
        "CreateTrainingJob": training_jobs.create,
        "DeleteTrainingJob": training_jobs.delete,
        "AddTags": tags.add,
        "ListTags": tags.list_tags,
        "DeleteTags": tags.delete,
        "Search": search.search,
    }
)


def operations_of(api: ApiVersion) -> Mapping[str, Operation]:
    """Return the operations that a version of the API has, by name."""
    if api is CURRENT:
        return OPERATIONS
    describe = partial(tuning_jobs.describe, write=api.describe)
    every: dict[str, Operation] = {**OPERATIONS, "DescribeHyperParameterTuningJob": describe}
    return {name: operation for name, operation in every.items() if name not in api.lacks}
