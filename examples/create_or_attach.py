"""Start a tuning job, or attach to it when an earlier run, which crashed, has started it already."""

import time

import boto3


def create_or_attach(client, request):
    """Create the tuning job, or take the one of the same name that runs; return its status at the end."""
    name = request["HyperParameterTuningJobName"]
    try:
        client.create_hyper_parameter_tuning_job(**request)
    except client.exceptions.ResourceInUse:
        print(f"{name} exists already: attaching to it")
    return wait(client, name)


def wait(client, name):
    """Wait for the end of the tuning job."""
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        if job["HyperParameterTuningJobStatus"] not in ("InProgress", "Stopping"):
            return job["HyperParameterTuningJobStatus"]
        time.sleep(60)


def main(request):
    """Run the step."""
    return create_or_attach(boto3.client("sagemaker"), request)
