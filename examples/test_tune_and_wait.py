"""Wait for a tuning job to end: hours of polling, in milliseconds."""

import time

import pytest

from fake_tuning import Scenario, TuningJob
from tune_and_wait import TuningFailed, start, wait

ROLE = "arn:aws:iam::123456789012:role/SageMakerRole"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.0"


def test_waits_three_hours_for_a_job_that_completes(tuning_service):
    tuning_service.on_create(Scenario.completes(after="3h"))
    began = time.time()
    start("churn", "s3://data/train", ROLE, IMAGE)

    job = wait("churn")

    assert time.time() - began == 3 * 60 * 60
    assert job["TrainingJobStatusCounters"]["Completed"] == 20
    assert job["BestTrainingJob"]["ObjectiveStatus"] == "Succeeded"


def test_says_why_a_job_failed(tuning_service):
    tuning_service.on_create(Scenario.fails("InternalServerError: try again", after="20m"))
    start("churn", "s3://data/train", ROLE, IMAGE)

    with pytest.raises(TuningFailed, match="churn is Failed: InternalServerError: try again"):
        wait("churn")


def test_picks_up_a_job_that_is_already_running(tuning_service):
    running = TuningJob("churn").trials(20, parallel=4, each="8m").in_progress(completed=7, running=4)
    tuning_service.add(running)

    assert wait("churn")["TrainingJobStatusCounters"]["Completed"] == 20
