"""Reads a captured DescribeTrainingJob response back into a training job that gives the same answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.responses import with_times
from fake_tuning.domain.jobs.training_job_record import CapturedAnswer, TrainingJobRecord
from fake_tuning.domain.recordings.tuning_job_recording import in_ms, sendable
from fake_tuning.domain.simulation.pacing import Draws, Pacing, Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.trial import Phase, Trial
from fake_tuning.domain.vocabulary.arns import TUNING_JOB, Place
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_metrics
from fake_tuning.domain.vocabulary.durations import utc
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.statuses import (
    PRIMARY,
    SECONDARY_STATUSES,
    TERMINAL,
    TRAINING_STATUSES,
    SecondaryStatus,
)
from fake_tuning.domain.vocabulary.suggestions import choices

NOT_REQUESTED = frozenset(
    {
        "AutoMLJobArn",
        "BillableTimeInSeconds",
        "BillableTokenCount",
        "CreationTime",
        "DebugRuleEvaluationStatuses",
        "FailureReason",
        "FinalMetricDataList",
        "LabelingJobArn",
        "LastModifiedTime",
        "MlflowDetails",
        "ModelArtifacts",
        "OutputModelPackageArn",
        "ProfilerRuleEvaluationStatuses",
        "ProfilingStatus",
        "ProgressInfo",
        "ResponseMetadata",
        "SecondaryStatus",
        "SecondaryStatusTransitions",
        "TrainingEndTime",
        "TrainingJobArn",
        "TrainingJobStatus",
        "TrainingStartTime",
        "TrainingTimeInSeconds",
        "TuningJobArn",
        "WarmPoolStatus",
    }
)
"""Members of the response that are no members of a CreateTrainingJob request (a test asks the model)."""

_ALWAYS = ("TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus", "CreationTime")
_STATUSES = tuple(status for status in TRAINING_STATUSES if status in PRIMARY.values())
_ENDS: Mapping[str, tuple[SecondaryStatus, ...]] = {
    status: tuple(phase for phase, primary in PRIMARY.items() if primary == status)
    for status in _STATUSES
    if status != "InProgress"
}
"""The phase that a training job of a status is in, the usual one first."""

_OVER = frozenset(end for status in TERMINAL for end in _ENDS[status])


@dataclass(frozen=True)
class TrainingJobRecording:
    """A captured DescribeTrainingJob response, which can be read back into a training job.

    Attributes:
        response: what DescribeTrainingJob answered; times are datetimes, texts, or seconds since 1970.

    Raises:
        TypeError: it is not a response.
        ValueError: it is the response of another operation, or lacks members that every response has.
    """

    response: Mapping[str, Any] = field(repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.response, Mapping):
            raise TypeError(
                f"a response is a mapping, such as client.describe_training_job() gives: {self.response!r}"
            )
        if "HyperParameterTuningJobName" in self.response:
            raise ValueError(
                f"this is the response of the tuning job {self.response['HyperParameterTuningJobName']!r}: "
                "give it to TuningJob.from_response, and the job to add"
            )
        missing = [member for member in _ALWAYS if member not in self.response]
        if missing:
            raise ValueError(
                f"a DescribeTrainingJob response has {', '.join(missing)}, but this one has not: "
                "give the whole response, without what a tool wrapped around it"
            )
        for what, member, known in (
            ("status of a recorded training job", "TrainingJobStatus", _STATUSES),
            ("secondary status", "SecondaryStatus", SECONDARY_STATUSES),
        ):
            if self.response[member] not in known:
                raise ValueError(choices(what, self.response[member], known))

    @property
    def name(self) -> str:
        """The training job's name."""
        return str(self.response["TrainingJobName"])

    @cached_property
    def request(self) -> dict[str, Any]:
        """A CreateTrainingJob request that leads to such a response."""
        request: dict[str, Any] = sendable(
            {name: each for name, each in self.response.items() if name not in NOT_REQUESTED}
        )
        if request.get("OutputDataConfig", {}).get("KmsKeyId") == "":
            del request["OutputDataConfig"]["KmsKeyId"]
        specification = request.get("AlgorithmSpecification", {})
        if builtin_metrics(specification) is not None:
            specification.pop("MetricDefinitions", None)
        return request

    def placed(self, now: int, place: Place, seed: int) -> TrainingJobRecord:
        """Return the training job as if it had been captured at an instant, in milliseconds since 1970.

        Raises:
            ValueError: the response contradicts itself.
        """
        recorded = in_ms(self.response)
        seen = [
            recorded[member]
            for member in ("CreationTime", "LastModifiedTime", "TrainingEndTime")
            if member in recorded
        ]
        seen += [each["StartTime"] for each in recorded.get("SecondaryStatusTransitions", ())]
        later = now - max(seen)
        recorded = with_times(recorded, lambda ms: ms + later)
        job = TrainingJobRecord(self.request, place, Scenario(), seed, recorded["CreationTime"])
        trial = _trial(recorded, now, job)
        status = trial.status_at(now)
        if status != recorded["TrainingJobStatus"]:
            raise ValueError(
                f"the response of {self.name!r} contradicts itself: its TrainingJobStatus is "
                f"{recorded['TrainingJobStatus']}, but by its SecondaryStatusTransitions it is {status}"
            )
        return replace(job, captured=_captured(recorded, now, trial, job))


def _captured(recorded: Mapping[str, Any], now: int, trial: Trial, job: TrainingJobRecord) -> CapturedAnswer:
    """Return what a response, its times in milliseconds, shows otherwise than the same job without it."""
    made_up = in_ms(job.describe_trial(trial, now, utc))
    echoed = {member: value for member, value in recorded.items() if member not in NOT_REQUESTED}
    if "TuningJobArn" in recorded:
        echoed["TuningJobArn"] = job.place.arn(TUNING_JOB, recorded["TuningJobArn"].rpartition("/")[2])
    return CapturedAnswer(
        at=now,
        trial=trial,
        echoed=echoed,
        differing={
            member: value
            for member, value in recorded.items()
            if member in NOT_REQUESTED - {"ResponseMetadata", "TrainingJobArn", "TuningJobArn"}
            and value != made_up.get(member)
        },
        absent=frozenset(made_up.keys() - recorded.keys()),
        messages=[each.get("StatusMessage") for each in recorded.get("SecondaryStatusTransitions", ())],
    )


def _trial(recorded: Mapping[str, Any], now: int, job: TrainingJobRecord) -> Trial:
    """Return what the training job did, and what we invent for the time after the capture."""
    phases = _phases(recorded, now, job.scenario.pacing, Draws(f"{job.seed}:{job.name}"))
    values = job.plan.values
    metric, status = job.plan.definition.metric, recorded["TrainingJobStatus"]
    if status in TERMINAL:
        final = {each["MetricName"]: each["Value"] for each in recorded.get("FinalMetricDataList", ())}
        values = (float32(final[metric]),) if metric in final else ()
    return Trial(
        number=1,
        name=job.name,
        definition=job.plan.definition,
        tuned={},
        phases=phases,
        curve=tuple((phases[-2:][0].start, value) for value in values),
        reason=recorded.get("FailureReason") if status == "Failed" else None,
    )


def _begun(recorded: Mapping[str, Any]) -> list[tuple[SecondaryStatus, int]]:
    """Return the phases that had begun when the response was captured, each with its start."""
    status, secondary = recorded["TrainingJobStatus"], recorded["SecondaryStatus"]
    running = status == "InProgress"
    begun: list[tuple[SecondaryStatus, int]]
    if recorded.get("SecondaryStatusTransitions"):
        begun = [(each["Status"], each["StartTime"]) for each in recorded["SecondaryStatusTransitions"]]
    elif "TrainingStartTime" in recorded:
        begun = [
            ("Starting", recorded["CreationTime"]),
            (secondary if running else "Training", recorded["TrainingStartTime"]),
        ]
    else:
        begun = [(secondary if running else "Starting", recorded["CreationTime"])]
    if not running and begun[-1][0] not in _ENDS[status]:
        ended = recorded.get("TrainingEndTime", recorded.get("LastModifiedTime", recorded["CreationTime"]))
        begun.append((secondary if secondary in _ENDS[status] else _ENDS[status][0], ended))
    return begun


def _phases(recorded: Mapping[str, Any], observed: int, pacing: Pacing, draws: Draws) -> tuple[Phase, ...]:
    """Return the phases that had begun when the response was captured, followed by made-up ones."""
    begun = _begun(recorded)
    following: Mapping[str, tuple[Span, SecondaryStatus]] = {
        "Starting": (pacing.cold_start, "Downloading"),
        "Downloading": (pacing.download, "Training"),
        "Training": (pacing.train, "Uploading"),
        "Uploading": (pacing.upload, "Completed"),
        "Stopping": (pacing.drain, "Stopped"),
    }
    while begun[-1][0] not in _OVER:
        status, start = begun[-1]
        length, then = following.get(status, (pacing.restart, "Training"))
        begun.append((then, max(start + draws.pick(length), observed + 1)))
    ends = [start for _, start in begun[1:]] + [begun[-1][1]]
    return tuple(Phase(status, start, end) for (status, start), end in zip(begun, ends, strict=True))
