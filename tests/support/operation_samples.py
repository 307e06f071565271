"""What the tests need for each operation that is served: one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_tuning.domain.vocabulary.statuses import TUNING_STATUSES
from support.arns import TUNING_JOB
from support.requests import request, training

STAGES = ("new", *TUNING_STATUSES)
"""The stages of a tuning job: one that was just created has a stage of its own."""

_INVALID, _USED = "ValidationException", "ResourceInUse"
_AFTER_IN_PROGRESS = frozenset({"Completed", "Failed", "Stopping", "Stopped", "Deleting", "DeleteFailed"})
_ENDED = frozenset({"Completed", "Failed", "Stopped", "DeleteFailed"})
_JOB = {"HyperParameterTuningJobName": "{job}"}
_TRIAL = {"TrainingJobName": "{trial}"}


@dataclass(frozen=True)
class Sample:
    """Two calls of an operation.

    Attributes:
        goes_well: a call that goes well where there are the tuning jobs ``ended``, which has ended, and ``running``,
            and the training jobs ``final``, which has ended, and ``late``.
        of_a_job: a call where there is one tuning job: ``{job}`` stands for its name, ``{arn}`` for its ARN and
            ``{trial}`` for the name of one of its training jobs.
        refused: the codes with which that is refused, by the stages of the job in which it is.
    """

    goes_well: Mapping[str, Any]
    of_a_job: Mapping[str, Any]
    refused: Mapping[str, str] = field(default_factory=dict)

    def about(self, **known: str) -> dict[str, Any]:
        """Return the call of a job, with the names that are known."""
        return {
            member: value.format(**known) if isinstance(value, str) else value
            for member, value in self.of_a_job.items()
        }


SAMPLES: Mapping[str, Sample] = {
    "CreateHyperParameterTuningJob": Sample(
        request("another"), request("{job}"), dict.fromkeys(STAGES, _USED)
    ),
    "DescribeHyperParameterTuningJob": Sample({"HyperParameterTuningJobName": "ended"}, _JOB),
    "ListHyperParameterTuningJobs": Sample({"MaxResults": 1}, {"NameContains": "{job}", "SortBy": "Status"}),
    "StopHyperParameterTuningJob": Sample(
        {"HyperParameterTuningJobName": "running"}, _JOB, dict.fromkeys(_AFTER_IN_PROGRESS, _INVALID)
    ),
    "DeleteHyperParameterTuningJob": Sample(
        {"HyperParameterTuningJobName": "ended"}, _JOB, dict.fromkeys({*STAGES} - _ENDED, _INVALID)
    ),
    "ListTrainingJobsForHyperParameterTuningJob": Sample(
        {"HyperParameterTuningJobName": "ended"}, {**_JOB, "MaxResults": 1}
    ),
    "DescribeTrainingJob": Sample({"TrainingJobName": "final"}, _TRIAL),
    "ListTrainingJobs": Sample({"NameContains": "final"}, {"MaxResults": 5}),
    "StopTrainingJob": Sample(
        {"TrainingJobName": "late"}, _TRIAL, dict.fromkeys(_AFTER_IN_PROGRESS, _INVALID)
    ),
    "CreateTrainingJob": Sample(training("another"), training("final")),
    "UpdateTrainingJob": Sample(
        {"TrainingJobName": "late", "ProfilerConfig": {"DisableProfiler": True}},
        {**_TRIAL, "ProfilerConfig": {"DisableProfiler": True}},
        dict.fromkeys(_AFTER_IN_PROGRESS, _INVALID),
    ),
    "DeleteTrainingJob": Sample(
        {"TrainingJobName": "final"}, _TRIAL, dict.fromkeys(("new", "InProgress", "Stopping"), _USED)
    ),
    "AddTags": Sample(
        {"ResourceArn": f"{TUNING_JOB}/ended", "Tags": [{"Key": "owner", "Value": "me"}]},
        {"ResourceArn": "{arn}", "Tags": [{"Key": "team", "Value": ""}]},
    ),
    "ListTags": Sample({"ResourceArn": f"{TUNING_JOB}/ended"}, {"ResourceArn": "{arn}"}),
    "DeleteTags": Sample(
        {"ResourceArn": f"{TUNING_JOB}/ended", "TagKeys": ["team"]},
        {"ResourceArn": "{arn}", "TagKeys": ["team"]},
    ),
    "Search": Sample({"Resource": "HyperParameterTuningJob"}, {"Resource": "TrainingJob", "MaxResults": 5}),
}
