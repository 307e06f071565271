"""What is in an answer or an error of the service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.exceptions import ClientError


def counters(**counts: int) -> dict[str, int]:
    """The TrainingJobStatusCounters of a tuning job."""
    kinds = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
    return dict.fromkeys(kinds, 0) | counts


def said(error: ClientError) -> tuple[str, str]:
    """The code and the text of an error."""
    return error.response["Error"]["Code"], error.response["Error"]["Message"]


def names(answer: dict[str, Any]) -> list[str]:
    """The names of the jobs that a list answered with."""
    for member in ("HyperParameterTuningJob", "TrainingJob"):
        if f"{member}Summaries" in answer:
            return [each[f"{member}Name"] for each in answer[f"{member}Summaries"]]
    raise AssertionError(f"this is no list of jobs: {answer}")
