"""The reasons that AWS gives for failures, to the letter."""

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
FIRST_FAILED = (
    "No training job succeeded after 5 attempts. For additional details, please take a look at the training job "
    "failures by listing training jobs for the hyperparameter tuning job."
)
REJECTED = (
    "One or more training jobs failed with ValidationError. For additional details, please take a look at the training "
    "job failures by listing training jobs for the hyperparameter tuning job."
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
