"""The statuses of tuning jobs and training jobs, and which may follow which.

The names are the service model's (a test compares them); which follows which is documented, observed or inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

TuningStatus: TypeAlias = Literal[
    "Completed", "InProgress", "Failed", "Stopped", "Stopping", "Deleting", "DeleteFailed"
]
TrainingStatus: TypeAlias = Literal["InProgress", "Completed", "Failed", "Stopping", "Stopped", "Deleting"]
SecondaryStatus: TypeAlias = Literal[
    "Starting",
    "LaunchingMLInstances",
    "PreparingTrainingStack",
    "Downloading",
    "DownloadingTrainingImage",
    "Training",
    "Uploading",
    "Stopping",
    "Stopped",
    "MaxRuntimeExceeded",
    "Completed",
    "Failed",
    "Interrupted",
    "MaxWaitTimeExceeded",
    "Updating",
    "Restarting",
    "Pending",
]
ObjectiveStatus: TypeAlias = Literal["Succeeded", "Pending", "Failed"]

TUNING_STATUSES: tuple[TuningStatus, ...] = get_args(TuningStatus)
TRAINING_STATUSES: tuple[TrainingStatus, ...] = get_args(TrainingStatus)
SECONDARY_STATUSES: tuple[SecondaryStatus, ...] = get_args(SecondaryStatus)
OBJECTIVE_STATUSES: tuple[ObjectiveStatus, ...] = get_args(ObjectiveStatus)

TERMINAL: frozenset[str] = frozenset({"Completed", "Failed", "Stopped"})
"""Statuses of a job, tuning or training, that runs no more and was not deleted."""

TRANSITIONS: Mapping[TuningStatus, frozenset[TuningStatus]] = MappingProxyType(
    {
        "InProgress": frozenset({"Completed", "Failed", "Stopping"}),
        "Stopping": frozenset({"Stopped", "Failed"}),
        "Completed": frozenset({"Deleting"}),
        "Failed": frozenset({"Deleting"}),
        "Stopped": frozenset({"Deleting"}),
        "Deleting": frozenset({"DeleteFailed"}),
        "DeleteFailed": frozenset({"Deleting"}),
    }
)
"""Which status may follow which. A deletion that succeeds ends in no status at all: the job is gone."""

SECONDARY_MESSAGES: Mapping[SecondaryStatus, str] = MappingProxyType(
    {
        # Recorded.
        "Starting": "Preparing the instances for training",
        "Downloading": "Downloading input data",
        "Training": "Training image download completed. Training in progress.",
        "Uploading": "Uploading generated training model",
        "Completed": "Training job completed",
        "Failed": "Training job failed",
        # Invented: the statuses are in the model, but no text of theirs was recorded.
        "Stopping": "Stopping the training job",
        "Stopped": "Training job stopped",
        "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
        "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
        "Interrupted": "Training job interrupted: the managed spot capacity was reclaimed",
        "Restarting": "Restarting the training job",
    }
)
"""What ``SecondaryStatusTransitions`` says of a phase."""
