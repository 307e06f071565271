"""Turn the end of a tuning job into something to tell people: every ending, and Stopped too."""

import time

import boto3

ENDED = ("Completed", "Failed", "Stopped")


def verdict(name, *, poll=120):
    """Wait for the end of a tuning job, and return one line about it."""
    client = boto3.client("sagemaker")
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] in ENDED:
            return summary(job)
        time.sleep(poll)


def summary(job):
    """Return one line about a described tuning job."""
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
