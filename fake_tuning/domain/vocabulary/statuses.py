"""The statuses of tuning jobs and training jobs, and which may follow which.

The names are the service model's (a test compares them); which follows which is documented, observed or inferred.
Whether a job runs or has ended, and whether it can be stopped, failed or deleted, follows from the two tables of
transitions, ``TUNING_LIFECYCLE`` and ``TRAINING_LIFECYCLE``. No other module lists statuses for such a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Literal, TypeAlias, TypeVar, get_args

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

_Status = TypeVar("_Status", bound=str)


@dataclass(frozen=True)
class Lifecycle(Generic[_Status]):
    """Which status may follow which, for one kind of job, and what that implies.

    The groups of statuses have the order of the table, so that messages can list them.

    Attributes:
        transitions: by status, those that may follow it.
        deletion: statuses of a job that is being deleted, or could not be: "Deleting" and all that follow it.
        live: statuses of a job that runs or is being stopped: those that something else than a deletion can follow.
        terminal: statuses of a job that has ended, and was not deleted: all others.
        stoppable: statuses in which a job can be stopped.
        failable: statuses in which a job can fail.
        deletable: statuses in which a job can be deleted.
    """

    transitions: Mapping[_Status, frozenset[_Status]]
    deletion: tuple[_Status, ...] = field(init=False)
    live: tuple[_Status, ...] = field(init=False)
    terminal: tuple[_Status, ...] = field(init=False)
    stoppable: tuple[_Status, ...] = field(init=False)
    failable: tuple[_Status, ...] = field(init=False)
    deletable: tuple[_Status, ...] = field(init=False)

    def __post_init__(self) -> None:
        deletion = self.onwards("Deleting")
        others = [status for status in self.transitions if status not in deletion]
        live = tuple(status for status in others if not self.transitions[status] <= deletion)
        groups = {
            "deletion": tuple(status for status in self.transitions if status in deletion),
            "live": live,
            "terminal": tuple(status for status in others if status not in live),
            "stoppable": self._before("Stopping"),
            "failable": self._before("Failed"),
            "deletable": self._before("Deleting"),
        }
        for name, group in groups.items():
            object.__setattr__(self, name, group)

    def _before(self, following: str) -> tuple[_Status, ...]:
        return tuple(status for status, after in self.transitions.items() if following in after)

    def onwards(self, status: str) -> frozenset[str]:
        """Return a status and all that may follow it, sooner or later."""
        following: Mapping[str, frozenset[str]] = dict(self.transitions.items())
        found, pending = frozenset[str](), frozenset({status})
        while pending:
            found |= pending
            pending = frozenset[str]().union(*(following[each] for each in pending)) - found
        return found

    def allows(self, status: _Status | None, following: _Status) -> bool:
        """Whether ``following`` may come right after ``status`` (None: the job is gone, and nothing follows)."""
        return status is not None and following in self.transitions[status]


TUNING_LIFECYCLE: Lifecycle[TuningStatus] = Lifecycle(
    MappingProxyType(
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
)
"""The statuses of a tuning job. A deletion that succeeds ends in no status at all: the job is gone."""

TRAINING_LIFECYCLE: Lifecycle[TrainingStatus] = Lifecycle(
    MappingProxyType(
        {
            # A trial that is cut short at once, as by a job that completes or fails, is never seen Stopping.
            "InProgress": frozenset({"Completed", "Failed", "Stopping", "Stopped"}),
            "Stopping": frozenset({"Stopped", "Failed"}),
            "Completed": frozenset({"Deleting"}),
            "Failed": frozenset({"Deleting"}),
            "Stopped": frozenset({"Deleting"}),
            "Deleting": frozenset(),
        }
    )
)
"""The statuses of a training job. Its deletion cannot fail."""

LIVE: frozenset[str] = frozenset(TUNING_LIFECYCLE.live) | frozenset(TRAINING_LIFECYCLE.live)
"""Statuses of a job, tuning or training, that runs or is being stopped."""

TERMINAL: frozenset[str] = frozenset(TUNING_LIFECYCLE.terminal) | frozenset(TRAINING_LIFECYCLE.terminal)
"""Statuses of a job, tuning or training, that has ended and was not deleted."""

PRIMARY: Mapping[SecondaryStatus, TrainingStatus] = MappingProxyType(
    {
        **dict.fromkeys(SECONDARY_STATUSES, "InProgress"),
        "Stopping": "Stopping",
        "Completed": "Completed",
        "Failed": "Failed",
        "Stopped": "Stopped",
        "MaxRuntimeExceeded": "Stopped",
        "MaxWaitTimeExceeded": "Stopped",
    }
)
"""The status of a training job in each of its phases (documented)."""

PHASES: Mapping[TrainingStatus, tuple[SecondaryStatus, ...]] = MappingProxyType(
    {
        status: tuple(phase for phase, primary in PRIMARY.items() if primary == status)
        for status in dict.fromkeys(PRIMARY.values())
    }
)
"""By status of a training job, the phases in which it has that status, the usual one first. A deletion has none."""
