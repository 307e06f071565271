"""Stop a tuning job that goes over its budget."""

import time

import boto3


def watch(name, *, dollars, dollars_per_hour, poll=300):
    """Wait for a tuning job to end, stop it when its trials cost too much, and return its final status."""
    client = boto3.client("sagemaker")
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        status = job["HyperParameterTuningJobStatus"]
        if status in ("Completed", "Failed", "Stopped"):
            return status
        if (
            status == "InProgress"
            and spent(client, name, job["LastModifiedTime"]) * dollars_per_hour > dollars
        ):
            client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        time.sleep(poll)


def spent(client, name, now):
    """Return how many hours the trials of a tuning job have used so far."""
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    seconds = 0.0
    for page in pages.paginate(HyperParameterTuningJobName=name):
        for trial in page["TrainingJobSummaries"]:
            if "TrainingStartTime" in trial:
                seconds += (trial.get("TrainingEndTime", now) - trial["TrainingStartTime"]).total_seconds()
    return max(seconds, 0) / 3600
