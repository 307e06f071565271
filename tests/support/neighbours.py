"""What tests beside other people's code share: a pipeline as users write it, and the reason of a skip."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

PIPELINE = """
import asyncio
import time

import boto3

client = boto3.client("sagemaker", region_name="us-east-1")


def status(name):
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return job["HyperParameterTuningJobStatus"]


def wait(name):
    while (seen := status(name)) in ("InProgress", "Stopping"):
        time.sleep(300)
    return seen


async def wait_async(name, sleep=asyncio.sleep):
    while (seen := status(name)) in ("InProgress", "Stopping"):
        await sleep(300)
    return seen
"""


def needs(*modules: str) -> pytest.MarkDecorator:
    """Skip a test where one of these modules is not installed."""
    missing = [module for module in modules if find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
