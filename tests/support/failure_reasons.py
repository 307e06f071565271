"""The reasons that AWS gives for failures, to the letter."""

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
FIRST_FAILED = (
    "No training job succeeded after 5 attempts. "
    "Please take a look at the training job failures to get more details."
)
INTERNAL = "InternalServerError: We encountered an internal error. Please try again."
