"""Watch several tuning jobs at once, with asyncio."""

import asyncio

import boto3


async def watch(*names, poll=60):
    """Wait for several tuning jobs, and return the final status of each."""
    client = boto3.client("sagemaker")

    async def one(name):
        while True:
            job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
            if job["HyperParameterTuningJobStatus"] in ("Completed", "Failed", "Stopped"):
                return job["HyperParameterTuningJobStatus"]
            await asyncio.sleep(poll)

    return await asyncio.gather(*map(one, names))
