"""Training jobs that were captured: what becomes of them after the capture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import FakeTuningService
from support.requests import training
from support.training_job_calls import describe

if TYPE_CHECKING:
    from support.hand_clock import HandClock

CAPTURED = {
    **training(),
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/final",
    "TrainingJobStatus": "InProgress",
    "SecondaryStatus": "Training",
    "CreationTime": 1_500_000_000,
    "LastModifiedTime": 1_500_000_060,
}


def phases(*statuses: str) -> list[dict[str, Any]]:
    """Transitions, of which each begins a minute after the one before."""
    begins = [1_500_000_000 + 60 * at for at in range(len(statuses))]
    return [{"Status": status, "StartTime": begun} for status, begun in zip(statuses, begins, strict=True)]


@pytest.mark.parametrize(
    ("begun", "emits"),
    [
        (["Starting", "Stopping"], False),
        (["Starting", "Downloading", "Stopping"], False),
        (["Starting", "Downloading", "Training", "Stopping"], True),
        (["Starting", "Downloading", "Training", "Uploading"], True),
        (["Starting"], True),
    ],
)
def test_only_a_training_job_that_has_trained_has_final_metrics(
    service: FakeTuningService, client: Any, clock: HandClock, begun: list[str], emits: bool
) -> None:
    status = "Stopping" if begun[-1] == "Stopping" else "InProgress"
    service.add_training_job(
        {
            **CAPTURED,
            "TrainingJobStatus": status,
            "SecondaryStatus": begun[-1],
            "SecondaryStatusTransitions": phases(*begun),
        }
    )
    clock.advance("1h")
    found = describe(client)
    assert found["TrainingJobStatus"] == ("Stopped" if status == "Stopping" else "Completed")
    assert ("FinalMetricDataList" in found) == emits
