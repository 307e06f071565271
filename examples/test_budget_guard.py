"""A job that goes over its budget is stopped; a cheap one is not."""

from budget_guard import watch
from fake_tuning import TuningJob

job = TuningJob("costly").trials(40, parallel=4, each="30m")


def test_stops_a_job_that_costs_too_much(tuning_service):
    costly = tuning_service.add(job)

    assert watch("costly", dollars=10, dollars_per_hour=2) == "Stopped"

    assert len(costly.trials) < 20
    assert [status for _, status in costly.history] == ["InProgress", "Stopping", "Stopped"]


def test_lets_a_cheap_job_finish(tuning_service):
    tuning_service.add(job)

    assert watch("costly", dollars=1_000, dollars_per_hour=2) == "Completed"
    assert "StopHyperParameterTuningJob" not in [call.operation for call in tuning_service.calls]
