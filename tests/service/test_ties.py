"""Commands that come at the very instant of an event, as they do after ``advance_to_next_event``."""

from __future__ import annotations

import pytest

from fake_tuning.service.tuning_service import TuningService
from support.requests import ROUND, HandClock, request


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def service(clock: HandClock) -> TuningService:
    service = TuningService(clock=clock)
    service.on_create(ROUND)
    service.call("CreateHyperParameterTuningJob", request("xgb"))
    return service


def test_a_trial_is_stopped_at_the_instant_of_its_launch(service: TuningService, clock: HandClock) -> None:
    clock.at(10)
    service.call("StopTrainingJob", {"TrainingJobName": service.job("xgb").trials[0].name})
    assert [trial.status for trial in service.job("xgb").trials] == ["Stopping", "InProgress"]


def test_a_job_is_stopped_at_the_instant_of_a_launch(service: TuningService, clock: HandClock) -> None:
    clock.at(10)
    service.job("xgb").stop()
    assert [trial.status for trial in service.job("xgb").trials] == ["Stopping", "Stopping"]


def test_a_job_is_deleted_at_the_instant_of_its_end(service: TuningService, clock: HandClock) -> None:
    clock.at(640)
    service.job("xgb").delete()
    assert service.job("xgb").status == "Deleting"
