"""Summarize in one line how a tuning job ended, whatever the ending."""

import time

import boto3

ENDED = ("Completed", "Failed", "Stopped")


def verdict(name, *, poll=120):
    """Wait for a tuning job to end, and return one line about it."""
    client = boto3.client("sagemaker")
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] in ENDED:
            return summary(job)
        time.sleep(poll)


def summary(job):
    """Return one line about a tuning job, given its describe response."""
    name, status = job["HyperParameterTuningJobName"], job["HyperParameterTuningJobStatus"]
    counts = job["TrainingJobStatusCounters"]
    launched = sum(counts.values())
    best = job.get("BestTrainingJob")
    if status == "Failed":
        return f"{name} failed: {job['FailureReason']}"
    if best is None:
        return f"{name} is {status}, {counts['Completed']} of {launched} trials completed, no model yet"
    metric = best["FinalHyperParameterTuningJobObjectiveMetric"]
    return (
        f"{name} is {status}, {counts['Completed']} of {launched} trials completed, "
        f"best {metric['MetricName']} {metric['Value']:.3f}"
    )
