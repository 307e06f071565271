"""Start a tuning job and wait for it, as most pipelines do."""

import time

import boto3


class TuningFailed(Exception):
    """The tuning job ended without a model."""


def start(name, train_uri, role_arn, image, *, jobs=20, parallel=4):
    """Create the tuning job."""
    boto3.client("sagemaker").create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=name,
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": jobs, "MaxParallelTrainingJobs": parallel},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0.01", "MaxValue": "0.3"}],
                "IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "3", "MaxValue": "10"}],
            },
        },
        TrainingJobDefinition={
            "AlgorithmSpecification": {
                "TrainingImage": image,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "validation:auc", "Regex": r"auc=(\S+)"}],
            },
            "RoleArn": role_arn,
            "InputDataConfig": [
                {
                    "ChannelName": "train",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": train_uri}},
                }
            ],
            "OutputDataConfig": {"S3OutputPath": "s3://models/output"},
            "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
    )


def wait(name, *, poll=60):
    """Wait until the tuning job has ended, and return its description."""
    client = boto3.client("sagemaker")
    while True:
        job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
        status = job["HyperParameterTuningJobStatus"]
        if status == "Completed":
            return job
        if status in ("Failed", "Stopped"):
            raise TuningFailed(f"{name} is {status}: {job.get('FailureReason', 'no reason given')}")
        time.sleep(poll)
