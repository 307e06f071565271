"""Calls through a client that are about training jobs."""

from __future__ import annotations

from typing import Any

from support.answers import names
from support.arns import TRAINING_JOB
from support.requests import training


def create(client: Any, *jobs: str, **members: Any) -> None:
    for name in jobs or ("final",):
        client.create_training_job(**training(name, **members))


def describe(client: Any, name: str = "final") -> dict[str, Any]:
    answer: dict[str, Any] = client.describe_training_job(TrainingJobName=name)
    del answer["ResponseMetadata"]
    return answer


def statuses(client: Any, name: str = "final") -> tuple[str, str]:
    """The status and the secondary status of a training job."""
    found = describe(client, name)
    return found["TrainingJobStatus"], found["SecondaryStatus"]


def stop(client: Any, name: str = "final") -> None:
    client.stop_training_job(TrainingJobName=name)


def delete(client: Any, name: str = "final") -> None:
    client.delete_training_job(TrainingJobName=name)


def listed(client: Any, **asked: Any) -> list[str]:
    return names(client.list_training_jobs(**asked))


def tags_of(client: Any, name: str = "final") -> dict[str, str]:
    tags = client.list_tags(ResourceArn=f"{TRAINING_JOB}/{name}")["Tags"]
    return {tag["Key"]: tag["Value"] for tag in tags}
