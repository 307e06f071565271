"""The differences that are known, each with its reason: the one list of them.

A recording shows what AWS answered when it was made. Most of what is known to differ was added to the answers since, or
was changed by whoever kept the recording. Each row was met by a recording from a public repository (a test asks them).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

from fake_tuning.domain.recordings.captured import ms_of_number
from fake_tuning.domain.vocabulary.durations import instant, utc
from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.validation.model import installed_constraints

Check: TypeAlias = Literal[
    "read back", "created anew", "listed", "members", "tags", "request accepted", "request refused"
]
"""What an answer was held against."""

Condition: TypeAlias = Callable[[Mapping[str, Any], Difference], bool]
"""Looks at the recorded answer and at the difference."""

TUNING, TRAINING = "DescribeHyperParameterTuningJob", "DescribeTrainingJob"


@dataclass(frozen=True)
class Known:
    """A known difference.

    Attributes:
        operation: the operation.
        checks: what the answer was held against.
        places: the signs and members, such as ``"-InputDataConfig[].EnableFFM"``. ``*`` stands for anything.
        reason: why it is so.
        when: of which recordings.
    """

    operation: str
    checks: tuple[Check, ...]
    places: tuple[str, ...]
    reason: str
    when: Condition

    def explains(
        self, operation: str, check: Check, difference: Difference, answer: Mapping[str, Any]
    ) -> bool:
        """Whether it explains a difference of an answer."""
        # fnmatch takes brackets for choices of letters.
        place = difference.place.replace("[]", "()")
        return (
            operation == self.operation
            and check in self.checks
            and any(fnmatchcase(place, each.replace("[]", "()")) for each in self.places)
            and self.when(answer, difference)
        )


def reason_of(operation: str, check: Check, difference: Difference, answer: Mapping[str, Any]) -> str | None:
    """Return why an answer differs, or None if that is not known."""
    found = (each for each in KNOWN if each.explains(operation, check, difference, answer))
    return next((each.reason for each in found), None)


# Of which recordings.


def _before(year: int, month: int = 1) -> Condition:
    limit = datetime(year, month, 1, tzinfo=timezone.utc)

    def is_older(answer: Mapping[str, Any], _difference: Difference) -> bool:
        created = _created(answer)
        return created is not None and created < limit

    return is_older


def _created(answer: Mapping[str, Any]) -> datetime | None:
    """Return when the job of a description, or the first of a list, was created."""
    lists: list[list[Any]] = [each for each in answer.values() if isinstance(each, list) and each]
    jobs = [each for each in (answer, *(each[0] for each in lists)) if isinstance(each, Mapping)]
    told = next((each["CreationTime"] for each in jobs if "CreationTime" in each), None)
    if isinstance(told, (int, float)):
        ms = ms_of_number(told)
        return None if ms is None else utc(ms)
    return instant(told) if isinstance(told, (str, datetime)) else None


def _always(_answer: Mapping[str, Any], _difference: Difference) -> bool:
    return True


def _is_empty(answer: Mapping[str, Any], difference: Difference) -> bool:
    """Whether we answer with nothing in a list or a structure, and the recording has nulls."""
    return not difference.ours and None in answer.values()


def _is_edited(answer: Mapping[str, Any], _difference: Difference) -> bool:
    """Whether the answer has a name that no job can have."""
    name = answer.get("HyperParameterTuningJobName")
    try:
        installed_constraints().check_request(TUNING, {"HyperParameterTuningJobName": name})
    except ServiceError:
        return True
    return False


def _contradicts_its_phases(answer: Mapping[str, Any], _difference: Difference) -> bool:
    phases: list[Mapping[str, Any]] = answer.get("SecondaryStatusTransitions") or []
    return bool(phases) and phases[-1].get("Status") != answer.get("SecondaryStatus")


def _is_stopped_while_starting(answer: Mapping[str, Any], _difference: Difference) -> bool:
    return (answer.get("TrainingJobStatus"), answer.get("SecondaryStatus")) == ("Stopping", "Starting")


# The list.

_NOTEBOOKS = ("CreatedBy", "DisableEFA", "EnableFFM", "RemoveJobNameFromS3OutputPath", "TrainingJobOutput")
"""Observed: members that only the clients on notebook images know, and that no other client can send."""

_INTERNAL = tuple(f"-{inside}{member}" for member in _NOTEBOOKS for inside in ("", "*."))

KNOWN: tuple[Known, ...] = (
    Known(
        TUNING,
        ("read back", "created anew"),
        ("+TuningJobCompletionDetails", "+ConsumedResources"),
        "in the answers since 2023 or 2024, and this recording is older",
        _before(2024, 4),
    ),
    Known(
        TUNING,
        ("created anew",),
        ("+TrainingJobDefinition.EnableManagedSpotTraining",),
        "in the answers since 2020, and this recording is older",
        _before(2020),
    ),
    Known(
        TUNING,
        ("created anew",),
        _INTERNAL,
        "known to the clients of notebook images only, and not to the public model: it cannot be sent",
        _always,
    ),
    Known(
        TUNING,
        ("created anew",),
        ("+HyperParameterTuningJobConfig.ParameterRanges.*",),
        "Go's SDK writes null for an empty list",
        _is_empty,
    ),
    Known(
        TUNING,
        ("read back",),
        ("+HyperParameterTuningEndTime", "+BestTrainingJob"),
        "the recording was edited: no job can have its name, and it lacks what such a job has",
        _is_edited,
    ),
    Known(
        TUNING,
        ("created anew",),
        ("~accepted",),
        "the recording was edited: no job can have its name, and its algorithm has no such hyperparameter",
        _is_edited,
    ),
    Known(
        TRAINING,
        ("created anew",),
        (
            "+AlgorithmSpecification.EnableSageMakerMetricsTimeSeries",
            "+BillableTimeInSeconds",
            "+EnableManagedSpotTraining",
            "+ProfilingStatus",
            "+TrainingTimeInSeconds",
            "~AlgorithmSpecification.MetricDefinitions[].Regex",
        ),
        "in the answers since 2020, or otherwise, and this recording is older",
        _before(2020),
    ),
    Known(
        TRAINING,
        ("created anew",),
        (
            "+AlgorithmSpecification.MetricDefinitions",
            "+EnableInterContainerTrafficEncryption",
            "+EnableNetworkIsolation",
            "+SecondaryStatusTransitions",
        ),
        "in the answers since 2019, and this recording is older",
        _before(2019),
    ),
    Known(
        TRAINING,
        ("created anew",),
        ("~SecondaryStatus",),
        "AWS leaves the secondary status of a job that is stopped while it starts (recorded, last in 2021), and this "
        "fake has a phase for stopping",
        _is_stopped_while_starting,
    ),
    Known(
        TRAINING,
        ("created anew",),
        ("+ProfilingStatus",),
        "in the answers since the profiler came, at the end of 2020, and this recording is older",
        _before(2020, 12),
    ),
    Known(
        TRAINING,
        ("created anew",),
        ("+WarmPoolStatus",),
        "told of trials since there are warm pools, from September 2022 on, and this recording is older",
        _before(2022, 9),
    ),
    Known(
        TRAINING,
        ("created anew",),
        (
            "~SecondaryStatus",
            "+BillableTimeInSeconds",
            "+FinalMetricDataList",
            "+ModelArtifacts",
            "+ResourceConfig.KeepAlivePeriodInSeconds",
            "+TrainingEndTime",
        ),
        "the recording was edited: its SecondaryStatus is not the last of its SecondaryStatusTransitions",
        _contradicts_its_phases,
    ),
    Known(
        TRAINING,
        ("created anew",),
        _INTERNAL,
        "known to the clients of notebook images only, and not to the public model: it cannot be sent",
        _always,
    ),
    Known(
        TRAINING,
        ("created anew",),
        ("-AutoMLJobArn",),
        "this is a trial of Autopilot, which is not served",
        lambda answer, _: "AutoMLJobArn" in answer,
    ),
    Known(
        "ListTrainingJobs",
        ("listed",),
        ("+TrainingJobSummaries[].SecondaryStatus",),
        "in today's model, and this recording is older",
        _before(2019),
    ),
)
"""All known differences."""
