"""The differences that are known, each with its reason: the one list of them.

A recording shows what AWS answered when it was made. Most of what is known to differ was added to the answers since, or
was changed by whoever kept the recording. Each row was met by a recording from a public repository (a test asks them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from fnmatch import fnmatchcase
from typing import Any, Literal, TypeAlias

from fake_tuning.domain.jobs.responses import artifacts_of
from fake_tuning.domain.recordings.captured import ms_of_number
from fake_tuning.domain.vocabulary.durations import instant, utc
from fake_tuning.domain.vocabulary.statuses import PHASES
from fake_tuning.domain.vocabulary.xgboost_metrics import ADDED_IN_2022
from fake_tuning.doors.conform.comparison import Difference
from fake_tuning.service.error_texts import NOT_TUNABLE
from fake_tuning.service.errors import ServiceError
from fake_tuning.service.validation.model import installed_constraints

Check: TypeAlias = Literal[
    "model",
    "names",
    "own facts",
    "read back",
    "created anew",
    "listed",
    "members",
    "tags",
    "request accepted",
    "request refused",
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


def _has_another_name(answer: Mapping[str, Any], _difference: Difference) -> bool:
    """Whether the answer has a name that no tuning job can have: somebody put it there."""
    name = answer.get("HyperParameterTuningJobName")
    try:
        installed_constraints().check_request(TUNING, {"HyperParameterTuningJobName": name})
    except ServiceError:
        return True
    return False


def _is_put_together(answer: Mapping[str, Any], difference: Difference) -> bool:
    """Whether the answer has another name, and the nulls that Go's SDK writes."""
    return _has_another_name(answer, difference) and None in answer.values()


def _cannot_be_tuned(answer: Mapping[str, Any], difference: Difference) -> bool:
    """Whether the answer is put together, and its algorithm cannot tune what its ranges say."""
    return _is_put_together(answer, difference) and NOT_TUNABLE.partition("{")[0] in str(difference.ours)


def _was_downloading(status: str, phase: str) -> Condition:
    """Return whether somebody gave the answer this status and phase, and left it its last phase, Downloading."""

    def is_so(answer: Mapping[str, Any], _difference: Difference) -> bool:
        phases = answer.get("SecondaryStatusTransitions")
        last = phases[-1] if isinstance(phases, list) and phases else None
        return (
            (answer.get("TrainingJobStatus"), answer.get("SecondaryStatus")) == (status, phase)
            and isinstance(last, Mapping)
            and last.get("Status") == "Downloading"
            and last.get("EndTime") is None
            and answer.get("TrainingEndTime") is None
        )

    return is_so


def _runs_in_another_phase(answer: Mapping[str, Any], difference: Difference) -> bool:
    """Whether somebody gave a job that runs another phase: in answers that Go's SDK wrote, or one that downloads."""
    running = PHASES["InProgress"]
    is_shown_so = answer.get("TrainingJobStatus") == "InProgress" and answer.get("SecondaryStatus") in running
    written_by_go = is_shown_so and None in answer.values() and difference.ours in running
    return written_by_go or _was_downloading("InProgress", "Starting")(answer, difference)


def _has_no_name_in_its_path(answer: Mapping[str, Any], difference: Difference) -> bool:
    output, name = answer.get("OutputDataConfig"), answer.get("TrainingJobName")
    where = output.get("S3OutputPath") if isinstance(output, Mapping) else None
    whole = artifacts_of(str(where), str(name))
    return bool(difference.theirs == whole.replace(f"/{name}/output/", "/"))


def _is_rounded(answer: Mapping[str, Any], difference: Difference) -> bool:
    return _before(2021)(answer, difference) and difference.theirs == difference.ours + 1


def _is_of_1970(_answer: Mapping[str, Any], difference: Difference) -> bool:
    return isinstance(difference.theirs, datetime) and difference.theirs.year == 1970


def _was_added_later(answer: Mapping[str, Any], difference: Difference) -> bool:
    """Whether a metric was not yet defined. Which there were in 2019 is known of single recordings only."""
    name = difference.path.rpartition("[")[2].rstrip("]")
    return _before(2020)(answer, difference) or (
        name in ADDED_IN_2022 and _before(2022, 11)(answer, difference)
    )


_OLD_EXPRESSION = re.compile(
    r"\.\*\\\[\[0-9\]\+\\\](?:\.\*)?#011(?:train|validation)-\w+:(?:\(\\S\+\)|\(\[-\+\]\?\S+\)\.\*)"
)


def _is_old_expression(answer: Mapping[str, Any], difference: Difference) -> bool:
    return _before(2020)(answer, difference) and _OLD_EXPRESSION.fullmatch(str(difference.theirs)) is not None


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
        "the recording was put together: no job can have its name, and it lacks what such a job has",
        _is_put_together,
    ),
    Known(
        TUNING,
        ("created anew",),
        ("~accepted",),
        "the recording was put together: no job can have its name, and its algorithm cannot tune what its ranges say",
        _cannot_be_tuned,
    ),
    Known(
        TUNING,
        ("model", "names"),
        ("~HyperParameterTuningJobName", "~HyperParameterTuningJobArn"),
        "the recording was edited: no job can have its name",
        _has_another_name,
    ),
    Known(
        TUNING,
        ("created anew",),
        ("~TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions[].Regex",),
        "the expressions of XGBoost were written otherwise until 2020",
        _is_old_expression,
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
        ("~AlgorithmSpecification.MetricDefinitions[].Regex",),
        "the expressions of XGBoost were written otherwise until 2020",
        _is_old_expression,
    ),
    Known(
        TRAINING,
        ("created anew",),
        ("+AlgorithmSpecification.MetricDefinitions[]",),
        "defined since this recording was made, in 2022 at the latest",
        _was_added_later,
    ),
    Known(
        TUNING,
        ("created anew",),
        ("+TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions[]",),
        "defined since this recording was made, in 2022 at the latest",
        _was_added_later,
    ),
    Known(
        TRAINING,
        ("own facts",),
        ("+FinalMetricDataList[]",),
        "emitted since 2020, and this recording is older",
        _before(2020),
    ),
    Known(
        TRAINING,
        ("own facts",),
        ("~TrainingTimeInSeconds", "~BillableTimeInSeconds"),
        "the seconds were rounded until 2020, and are cut off since",
        _is_rounded,
    ),
    Known(
        TRAINING,
        ("own facts",),
        ("~FinalMetricDataList[].Timestamp",),
        "the recording has seconds where milliseconds belong: its metrics are of 1970",
        _is_of_1970,
    ),
    Known(
        TRAINING,
        ("own facts",),
        ("~ModelArtifacts.S3ModelArtifacts",),
        "the recording was edited: the folder of the job was taken out of the path of its model",
        _has_no_name_in_its_path,
    ),
    Known(
        TRAINING,
        ("created anew", "own facts"),
        ("~SecondaryStatus", "+SecondaryStatusTransitions[]", "+SecondaryStatusTransitions[].EndTime"),
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
        ("created anew", "own facts"),
        (
            "+BillableTimeInSeconds",
            "+FinalMetricDataList",
            "+ModelArtifacts",
            "+ResourceConfig.KeepAlivePeriodInSeconds",
            "+SecondaryStatusTransitions[]",
            "+SecondaryStatusTransitions[].EndTime",
            "+TrainingEndTime",
        ),
        "the recording was edited: it is Completed, but still downloads by its SecondaryStatusTransitions",
        _was_downloading("Completed", "Completed"),
    ),
    Known(
        TRAINING,
        ("created anew", "own facts"),
        ("~SecondaryStatus",),
        "the recording was edited: it runs in another phase than the last of its SecondaryStatusTransitions",
        _runs_in_another_phase,
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
