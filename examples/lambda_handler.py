"""A Lambda function that a state machine calls until a tuning job has ended; it makes its client at import time."""

import os

import boto3

client = boto3.client("sagemaker", region_name=os.environ.get("AWS_REGION", "us-east-1"))


def handler(event, context):
    """Return the state of the tuning job that the event names."""
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=event["name"])
    status = job["HyperParameterTuningJobStatus"]
    return {
        "name": event["name"],
        "done": status in ("Completed", "Failed", "Stopped"),
        "ok": status == "Completed",
        "trials": sum(job["TrainingJobStatusCounters"].values()),
    }
