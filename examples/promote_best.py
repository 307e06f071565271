"""Promote the best model of a tuning job, if it is good enough."""

import boto3


class NothingToPromote(Exception):
    """No model is good enough."""


def best_model(name, *, at_least):
    """Return where the model of the best trial is, and the hyperparameters that it was trained with."""
    client = boto3.client("sagemaker")
    job = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    best = job.get("BestTrainingJob")
    if best is None:
        raise NothingToPromote(f"{name} has no trial with a result")
    value = best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    if value < at_least:
        raise NothingToPromote(f"the best of {name} reaches {value:.2f}, and not {at_least:.2f}")
    trained = client.describe_training_job(TrainingJobName=best["TrainingJobName"])
    return trained["ModelArtifacts"]["S3ModelArtifacts"], best["TunedHyperParameters"]
