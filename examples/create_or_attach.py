"""Start a tuning job, or attach to it if an earlier run started it and then crashed."""

import time

import boto3


def create_or_attach(client, request):
    """Create the tuning job, or attach to the one that already has its name; return its final status."""
    name = request["HyperParameterTuningJobName"]
    try:
        client.create_hyper_parameter_tuning_job(**request)
    except client.exceptions.ResourceInUse:
        print(f"{name} exists already: attaching to it")
    return wait(client, name)


def wait(client, name):
    """Wait for the tuning job to end."""
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
            return job["HyperParameterTuningJobStatus"]
        time.sleep(60)


def main(request):
    """Run the step."""
    return create_or_attach(boto3.client("sagemaker"), request)
