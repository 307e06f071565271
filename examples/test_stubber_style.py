"""For suites that use botocore's Stubber: one that is filled from a job and checked against the service model."""

import boto3

from create_or_attach import wait
from fake_tuning import TuningJob


def test_polls_through_a_stubber(tuning_stubber):
    client = boto3.client("sagemaker", region_name="us-east-1")
    job = TuningJob("retrain").trials(4, parallel=2, each="10m").completes(after="40m")
    stub = tuning_stubber(client)
    stub.polls(job, every="60s")

    assert wait(client, "retrain") == "Completed"
