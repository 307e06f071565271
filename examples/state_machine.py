"""A Step Functions state machine: it starts a tuning job, looks every five minutes, and ends as the job ends."""

SAGEMAKER = "arn:aws:states:::aws-sdk:sagemaker"
REQUEST = ("HyperParameterTuningJobName", "HyperParameterTuningJobConfig", "TrainingJobDefinition")

DEFINITION = {
    "StartAt": "Tune",
    "States": {
        "Tune": {
            "Type": "Task",
            "Resource": f"{SAGEMAKER}:createHyperParameterTuningJob",
            "Parameters": {f"{member}.$": f"$.{member}" for member in REQUEST},
            "ResultPath": None,  # go on with what came in
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 300, "Next": "Look"},
        "Look": {
            "Type": "Task",
            "Resource": f"{SAGEMAKER}:describeHyperParameterTuningJob",
            "Parameters": {"HyperParameterTuningJobName.$": "$.HyperParameterTuningJobName"},
            "ResultPath": "$.Seen",
            "Next": "Choose",
        },
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.Seen.HyperParameterTuningJobStatus", "StringEquals": status, "Next": then}
                for status, then in {"Completed": "Best", "Failed": "Failed", "Stopped": "Stopped"}.items()
            ],
            "Default": "Wait",
        },
        "Best": {
            "Type": "Pass",
            "Parameters": {"Best.$": "$.Seen.BestTrainingJob.TrainingJobName"},
            "End": True,
        },
        "Failed": {"Type": "Fail", "Error": "TuningFailed", "CausePath": "$.Seen.FailureReason"},
        "Stopped": {"Type": "Fail", "Error": "TuningStopped", "Cause": "Somebody stopped the tuning job"},
    },
}
