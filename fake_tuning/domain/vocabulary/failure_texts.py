"""What the service says of jobs and training jobs that fail, and of the phases that a training job goes through.

Each text is in one of three tables: ``RECORDED`` from answers of the real service, ``QUOTED`` by people who were
given it, or ``INVENTED`` by us, because nobody has published AWS's.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def _texts_so_far() -> dict[str, str]:
    return {name: text for name, text in globals().items() if name.isupper() and isinstance(text, str)}


# Recorded.
ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
"""Why a tuning job fails when all its trials failed."""

POOL_REUSED = "Resource reused by training job: {name}"
"""What is said at the end of a training job whose warm pool another one took over."""

POOL_RELEASED = "Resource released due to keep alive period expiry"
"""What is said at the end of a training job whose warm pool nobody took over."""

ACCEPTED = "Starting the training job"
"""What is said at the beginning of the phase Starting."""

LAUNCHING = "Launching requested ML instances"
"""What is said of the phase Starting while there are no instances yet; this fake does not say it."""

_RECORDED_PHASES: Mapping[str, str] = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
}

RECORDED: Mapping[str, str] = MappingProxyType({**_texts_so_far(), **_RECORDED_PHASES})
"""AWS's own texts, as the real service answered with them: by name, those of phases by their secondary status."""

# Quoted.
FIRST_FAILED = (
    "No training job succeeded after {count} attempts. For additional details, please take a look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)
"""Why a tuning job fails when its first trials all failed and there would have been more (quoted in 2025)."""

REJECTED = (
    "One or more training jobs failed with ValidationError. For additional details, please take a look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)
"""Why a tuning job fails that could not create a training job."""

INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."
"""Why a training job fails through the service's fault."""

CAPACITY_ERROR = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)
"""Why a training job fails when there are no instances for it."""

POOL_RETAINED = "Resource retained for reuse"
"""What is said at the end of a training job while its warm pool waits for another one."""

FETCHING_IMAGE = "Downloading the training image"
"""What is said at the beginning of the phase Training."""

_QUOTED_PHASES: Mapping[str, str] = {
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
}

QUOTED: Mapping[str, str] = MappingProxyType(
    {**{name: text for name, text in _texts_so_far().items() if name not in RECORDED}, **_QUOTED_PHASES}
)
"""AWS's own texts, as people quoted them: by name, those of phases by their secondary status."""

# Invented.
FAILED_TRIAL = "AlgorithmError: , exit code: 1"
"""Why a training job fails for no stated reason: the form is recorded, the text is not."""

_INVENTED_PHASES: Mapping[str, str] = {
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Interrupted": "Training job interrupted: the managed spot capacity was reclaimed",
    "Restarting": "Restarting the training job",
}

INVENTED: Mapping[str, str] = MappingProxyType({"FAILED_TRIAL": FAILED_TRIAL, **_INVENTED_PHASES})
"""Our own texts: by name, those of phases by their secondary status."""

PHASE_MESSAGES: Mapping[str, str] = MappingProxyType(
    {**_RECORDED_PHASES, **_QUOTED_PHASES, **_INVENTED_PHASES}
)
"""What ``SecondaryStatusTransitions`` says of a phase in the end."""

FIRST_MESSAGES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"Starting": (ACCEPTED, 15_000), "Training": (FETCHING_IMAGE, 15_000)}
)
"""What it says of a phase at first, quoted from logs of 2021 to 2024, and for how long, in milliseconds.

The lengths are invented: 15 to 30 s in those logs, whose phases were longer than those of late 2022.
"""


def messages_of(phase: str, *, is_over: bool) -> frozenset[str]:
    """Return what the service may say of a phase: one text when it is over, others before."""
    final = {PHASE_MESSAGES[phase]} if phase in PHASE_MESSAGES else set()
    if is_over:
        return frozenset(final)
    first = {FIRST_MESSAGES[phase][0]} if phase in FIRST_MESSAGES else set()
    return frozenset(final | first | ({LAUNCHING} if phase == "Starting" else set()))


def fails_a_tuning_job(reason: str) -> bool:
    """Whether this is a known text of why a tuning job fails."""
    attempts = re.escape(FIRST_FAILED).replace(re.escape("{count}"), r"\d+")
    return reason in (ALL_FAILED, REJECTED) or re.fullmatch(attempts, reason) is not None


LONGEST_REASON = 1024
"""Characters of a failure reason: the service cuts the rest off, in the middle of a word (recorded)."""


def is_retryable(reason: str | None) -> bool:
    """Whether a training job that failed for this reason counts as RetryableError: the service's own fault."""
    kind, _, _ = INTERNAL_ERROR.partition(":")
    return reason is not None and reason.startswith(kind)


def failure_reason(reason: str) -> str:
    """Return a FailureReason as the service keeps it: cut off where it is too long (recorded).

    Raises:
        TypeError: it is not a text.
    """
    if not isinstance(reason, str):
        raise TypeError(f"a failure reason must be a text, but is {reason!r}")
    return reason[:LONGEST_REASON]
