"""The ARNs of what a service of the default account has in its default region."""

PREFIX = "arn:aws:sagemaker:us-east-1:123456789012"
TUNING_JOB = f"{PREFIX}:hyper-parameter-tuning-job"
TRAINING_JOB = f"{PREFIX}:training-job"
