"""moto runs the state machine in this process, and its Wait states wait in virtual time."""

import json
import time
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from fake_tuning import Scenario, TuningJob
from state_machine import DEFINITION

ROLE = "arn:aws:iam::123456789012:role/machine"


@pytest.fixture
def run_machine(tuning_service):
    """Return a function that runs the state machine on a tuning job, and returns what became of the execution."""
    with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
        steps = boto3.client("stepfunctions", region_name="us-east-1")
        machine = steps.create_state_machine(name="tune", definition=json.dumps(DEFINITION), roleArn=ROLE)

        def run(job):
            started = steps.start_execution(
                stateMachineArn=machine["stateMachineArn"], input=json.dumps(job.request)
            )
            while True:
                execution = steps.describe_execution(executionArn=started["executionArn"])
                if execution["status"] != "RUNNING":
                    return execution
                time.sleep(60)

        yield run


def test_a_completed_job_gives_the_name_of_its_best_training_job(tuning_service, tuning_clock, run_machine):
    tuning_service.on_create(Scenario.completes(after="3h"))

    execution = run_machine(TuningJob("nightly"))

    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"Best": tuning_service.job("nightly").best.name}
    assert execution["stopDate"] - execution["startDate"] == timedelta(hours=3)


def test_a_failed_job_fails_the_execution(tuning_service, run_machine):
    tuning_service.on_create(Scenario.fails("no space left on device", after="3h"))

    execution = run_machine(TuningJob("nightly"))

    assert (execution["status"], execution["error"]) == ("FAILED", "TuningFailed")
    assert execution["cause"] == "no space left on device"
    assert execution["stopDate"] - execution["startDate"] == timedelta(hours=3)


def test_a_job_that_somebody_stops_fails_the_execution(tuning_service, run_machine):
    tuning_service.on_create(Scenario.stops(after="3h"))

    execution = run_machine(TuningJob("nightly"))

    assert (execution["status"], execution["error"]) == ("FAILED", "TuningStopped")
