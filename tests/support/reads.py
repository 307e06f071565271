"""Every operation that reads, asked about one tuning job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fake_tuning.service.tuning_service import TuningService
    from fake_tuning.service.validation.model import Constraints


def reads(
    service: TuningService, name: str, region: str = "us-east-1"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation that reads, asked of one job and of all that it has launched so far."""
    handle, job = service.job(name, region=region), {"HyperParameterTuningJobName": name}
    account = handle.arn.rpartition(":")[0]
    yield "DescribeHyperParameterTuningJob", job
    yield "ListHyperParameterTuningJobs", {}
    yield "ListTrainingJobsForHyperParameterTuningJob", job
    yield "ListTrainingJobsForHyperParameterTuningJob", {**job, "MaxResults": 1}
    yield "ListTrainingJobsForHyperParameterTuningJob", {**job, "SortBy": "FinalObjectiveMetricValue"}
    yield "ListTrainingJobs", {}
    yield "ListTrainingJobs", {"MaxResults": 2}
    yield "ListTags", {"ResourceArn": handle.arn}
    for trial in handle.trials:
        yield "DescribeTrainingJob", {"TrainingJobName": trial.name}
        yield "ListTags", {"ResourceArn": f"{account}:training-job/{trial.name}"}
    for resource in ("HyperParameterTuningJob", "TrainingJob"):
        yield "Search", {"Resource": resource}


def wrong(
    service: TuningService, name: str, constraints: Constraints, region: str = "us-east-1"
) -> list[str]:
    """What the service model does not allow in the answers to these questions."""
    return [
        f"{operation}: {sentence}"
        for operation, params in reads(service, name, region)
        for sentence in constraints.check_response(operation, service.call(operation, params, region=region))
    ]
