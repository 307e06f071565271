"""Calls through a client that are about tuning jobs."""

from __future__ import annotations

from typing import Any

from support.answers import names
from support.requests import request

XGB = {"HyperParameterTuningJobName": "xgb"}


def describe(client: Any, name: str = "xgb") -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    del answer["ResponseMetadata"]
    return answer


def status(client: Any, name: str = "xgb") -> str:
    return str(describe(client, name)["HyperParameterTuningJobStatus"])


def create(client: Any, *jobs: str, **members: Any) -> None:
    for name in jobs or ("xgb",):
        client.create_hyper_parameter_tuning_job(**request(name, **members))


def stop(client: Any, name: str = "xgb") -> None:
    client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def delete(client: Any, name: str = "xgb") -> None:
    client.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def listed(client: Any, **asked: Any) -> list[str]:
    return names(client.list_hyper_parameter_tuning_jobs(**asked))


def trials_of(client: Any, **asked: Any) -> list[dict[str, Any]]:
    """The summaries of the trials of the tuning job xgb."""
    answer = client.list_training_jobs_for_hyper_parameter_tuning_job(**XGB, MaxResults=100, **asked)
    return list(answer["TrainingJobSummaries"])
