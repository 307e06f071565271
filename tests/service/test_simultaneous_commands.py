"""Commands at the very instant of an event, as after ``advance_to_next_event``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.tuning_job_calls import create

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from support.hand_clock import HandClock


def test_a_trial_is_stopped_at_the_instant_of_its_launch(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(10)
    client.stop_training_job(TrainingJobName=service.job("xgb").trials[0].name)
    assert [trial.status for trial in service.job("xgb").trials] == ["Stopping", "InProgress"]


def test_a_job_is_stopped_at_the_instant_of_a_launch(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(10)
    service.job("xgb").stop()
    assert [trial.status for trial in service.job("xgb").trials] == ["Stopping", "Stopping"]


def test_a_job_is_deleted_at_the_instant_of_its_end(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client)
    clock.at(640)
    service.job("xgb").delete()
    assert service.job("xgb").status == "Deleting"
