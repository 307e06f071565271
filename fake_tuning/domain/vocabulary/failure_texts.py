"""The reasons with which jobs and trials fail."""

from __future__ import annotations

LONGEST_REASON = 1024
"""Characters of a failure reason: the service cuts the rest off, in the middle of a word (recorded)."""

FAILED_TRIAL = "AlgorithmError: , exit code: 1"
"""The FailureReason of a trial that fails for no stated reason (the form is recorded, the text invented)."""

INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."
CAPACITY_ERROR = (
    "CapacityError: Unable to provision requested ML compute capacity. "
    "Please retry using a different ML instance type."
)

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
"""Recorded: the budget is spent and no trial succeeded."""

FIRST_FAILED = (
    "No training job succeeded after {count} attempts. "
    "Please take a look at the training job failures to get more details."
)
"""Quoted: the first trials all failed, and there would have been more."""

REJECTED = (
    "One or more training jobs failed with ValidationError. For additional details, please take a look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)
"""Quoted: a training job could not be created."""


def failure_reason(reason: str) -> str:
    """Return a FailureReason as the service keeps it: cut hard where it is too long (recorded).

    Raises:
        TypeError: it is no text.
    """
    if not isinstance(reason, str):
        raise TypeError(f"a failure reason must be a text, but is {reason!r}")
    return reason[:LONGEST_REASON]
