"""Reads a captured DescribeTrainingJob response back into a training job that gives the same answer."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.responses import Stamp, with_times
from fake_tuning.domain.jobs.training_job_record import TrainingJobRecord, check_scenario
from fake_tuning.domain.jobs.warm_pool import Reuse, WarmPool, keep_alive
from fake_tuning.domain.recordings.contradictions import check_training_job, contradiction
from fake_tuning.domain.recordings.recorded_pool import RecordedPool
from fake_tuning.domain.recordings.tuning_job_recording import in_ms
from fake_tuning.domain.simulation.pacing import Draws, Pacing, Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.steering import Delete
from fake_tuning.domain.simulation.trial import FOREVER, Phase, Trial
from fake_tuning.domain.simulation.trial_edits import ENDLESS, Outcome
from fake_tuning.domain.simulation.trial_plan import limited
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm
from fake_tuning.domain.vocabulary.durations import spell, utc
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.statuses import (
    PHASES,
    PRIMARY,
    SECONDARY_STATUSES,
    TRAINING_LIFECYCLE,
    TRAINING_STATUSES,
    SecondaryStatus,
    TrainingStatus,
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
_OVER = frozenset(phase for status in TRAINING_LIFECYCLE.terminal for phase in PHASES[status])


def _check(response: Mapping[str, Any]) -> None:
    """Refuse what is not a DescribeTrainingJob response.

    Raises:
        ValueError: it is the response of another operation, or lacks members that every response has.
    """
    if "HyperParameterTuningJobName" in response:
        raise ValueError(
            f"this is the response of the tuning job {response['HyperParameterTuningJobName']!r}: "
            "give it to TuningJob.from_response, and the job to add"
        )
    missing = [member for member in _ALWAYS if not response.get(member)]
    if missing:
        raise ValueError(
            f"a DescribeTrainingJob response has {', '.join(missing)}, but this one has not: "
            "give the whole response, without what a tool wrapped around it"
        )
    phases = [each["Status"] for each in _transitions(response)]
    for what, shown, known in (
        ("status of a recorded training job", [response["TrainingJobStatus"]], TRAINING_STATUSES),
        ("secondary status", [response["SecondaryStatus"], *phases], SECONDARY_STATUSES),
    ):
        for each in shown:
            if each not in known:
                raise ValueError(choices(what, each, known))


def last_change(response: Mapping[str, Any]) -> int:
    """Return when a captured training job had changed last, in milliseconds since 1970.

    Args:
        response: what DescribeTrainingJob answered, as ``captured`` returns it.
    """
    recorded = in_ms(response)
    seen = [
        recorded[member]
        for member in ("CreationTime", "LastModifiedTime", "TrainingEndTime")
        if member in recorded
    ]
    return int(max([*seen, *(each["StartTime"] for each in recorded.get("SecondaryStatusTransitions", ()))]))


@dataclass(frozen=True)
class TrainingJobRecording(TrainingJobRecord):
    """A standalone training job that repeats a captured DescribeTrainingJob response until something happens to it.

    Attributes:
        response: what DescribeTrainingJob answered, its times in milliseconds since 1970, moved as if it had been
            captured at ``captured``.
        captured: that instant, in milliseconds since 1970.
    """

    response: Mapping[str, Any] = field(kw_only=True, repr=False)
    captured: int = field(kw_only=True)

    @classmethod
    def read(
        cls, response: Mapping[str, Any], now: int, place: Place, seed: int, scenario: Scenario
    ) -> TrainingJobRecording:
        """Return the training job as if it had been captured at an instant.

        Args:
            response: what DescribeTrainingJob answered, as ``captured`` returns it.
            now: the instant, in milliseconds since 1970.
            place: the region and the account.
            seed: determines all random values.
            scenario: how it goes on.

        Raises:
            ValueError: it is the response of another operation, or lacks members that every response has; or the
                scenario has something that no training job can do.
        """
        _check(response)
        check_scenario(scenario)
        later = now - last_change(response)
        recorded = with_times(in_ms(response), lambda ms: ms + later)
        for metric in recorded.get("FinalMetricDataList", ()):
            # Whole seconds (recorded) stay so.
            if "Timestamp" in metric and (metric["Timestamp"] - later) % 1000 == 0:
                metric["Timestamp"] -= metric["Timestamp"] % 1000
        changes = (Delete(now, 1),) if recorded["TrainingJobStatus"] == "Deleting" else ()
        return cls(
            _request(response),
            place,
            scenario,
            seed,
            recorded["CreationTime"],
            changes,
            response=recorded,
            captured=now,
        )

    @cached_property
    def arn(self) -> str:
        """Its ARN in this account. The name there may be another one: in lower case, as until 2022, or edited."""
        named = self.response["TrainingJobArn"].partition("/")[2]
        return self.place.arn(TRAINING_JOB, named or self.name)

    def trial_arn(self, trial: Trial) -> str:  # noqa: ARG002  # it is its only trial
        """Return its ARN."""
        return self.arn

    def check(self) -> None:
        """Refuse a response that contradicts itself.

        Raises:
            ValueError: its transitions are in disorder, or lead to another status than the one that it shows.
        """
        check_training_job(self.response)
        if self.scenario != Scenario() and _status(self.response) != "InProgress":
            raise ValueError(
                f"{self.name!r} was {self.response['TrainingJobStatus']} when it was captured, and no scenario can "
                "make it go on otherwise: leave the scenario out"
            )
        shown, status = _status(self.response), self.undisturbed.status_at(self.captured)
        if status != shown:
            raise contradiction(
                self.name,
                f"its TrainingJobStatus is {shown}, but by its SecondaryStatusTransitions it is {status}",
            )
        self._check_scenario()
        # What cannot be described is refused here, and not where somebody reads it.
        self.describe_trial(self.trial, self.captured, utc)

    def _check_scenario(self) -> None:
        """Refuse a scenario by which it would have been over when it was captured."""
        edit = self.plan.edit
        ends = [] if edit.length is None else [self.created + edit.length]
        ends += [each.at for each in self.scenario.ending.training_changes(self.undisturbed, FOREVER, None)]
        for end in ends:
            if end <= self.captured:
                raise ValueError(
                    f"{self.name!r} still ran {spell(self.captured - self.created)} after its creation, when it was "
                    f"captured, so it cannot have ended after {spell(end - self.created)}: say a later time"
                )
        if edit.internal_errors or edit.interruptions or edit.before_start:
            raise ValueError(
                f"{self.name!r} was captured, and its scenario can only say how it ends, how long it takes and what it "
                "scores: leave out internal errors, interruptions and what happens before it starts"
            )

    @cached_property
    def undisturbed(self) -> Trial:
        """What the training job did, and what we invent for the time after the capture."""
        recorded, definition = self.response, self.plan.definition
        status, outcome = _status(recorded), self.plan.outcome
        phases = _phases(
            recorded, self.captured, self.scenario.pacing, Draws(f"{self.seed}:{self.name}"), outcome
        )
        values = self.plan.values
        if status in TRAINING_LIFECYCLE.terminal:
            final = {each["MetricName"]: each["Value"] for each in recorded.get("FinalMetricDataList", ())}
            values = (float32(final[definition.metric]),) if definition.metric in final else ()
        elif not any(phase.status in ("Training", "Uploading") for phase in phases):
            values = ()
        trial = Trial(
            number=1,
            name=self.name,
            definition=definition,
            tuned={},
            phases=phases,
            curve=tuple((phases[-2:][0].start, value) for value in values),
            reason=recorded.get("FailureReason") if status == "Failed" else None,
        )
        return self._continued(trial) if status == "InProgress" else trial

    def _continued(self, trial: Trial) -> Trial:
        """Return the training job, which ran, as its scenario lets it go on."""
        pacing, length = self.scenario.pacing, self.plan.edit.length
        if length is None and pacing.trial is not None:
            length = Draws(f"{self.seed}:{self.name}:length").pick(pacing.trial)
        if length is not None:
            trial = _resumed(trial, self.captured, max(trial.created + length, self.captured + 1))
        if trial.ended < FOREVER:
            scale = self.scenario.ending.training_scale(trial.ended - trial.created)
            if scale > 1:
                end = trial.created + int((trial.ended - trial.created) * scale)
                trial = _resumed(trial, self.captured, end)
        trial = replace(trial, reason=self.plan.reason)
        if self.plan.outcome == "Unlimited":
            return trial
        return limited(trial, self._drain_time, seen=self.captured + 1)

    def warm_pool(self, trial: Trial, until: int | None, now: int) -> WarmPool | None:  # noqa: ARG002
        """Return the warm pool that it keeps, if the response told of one."""
        if "WarmPoolStatus" not in self.response:
            return None
        before = self._pool(self.undisturbed, None).by_itself(self.captured)["Status"]
        pool = replace(self._pool(trial, until), before=before)
        return pool if pool.reuse else pool.after(self.changes_to(1))

    def _pool(self, trial: Trial, until: int | None) -> RecordedPool:
        """Return its warm pool, by what was captured and what was done since."""
        recorded, kept = self.response["WarmPoolStatus"], trial.ended + keep_alive(self.request) * 1000
        released = max(self.response.get("LastModifiedTime", self.captured), self.undisturbed.ended)
        reuse = None
        if recorded["Status"] == "Reused":
            reuse = Reuse(released, by=recorded.get("ReusedByJob", ""))
        if recorded["Status"] == "Terminated":
            until = released
        elif self.response["TrainingJobStatus"] == "Deleting":
            # What can be deleted retains no available pool (documented).
            until = self.captured
        elif until is None or until < self.captured:
            # It was there when it was captured.
            until = max(kept, self.captured + 1)
        requested = "TuningJobArn" not in self.response
        return RecordedPool(trial, until, reuse, requested, recorded=recorded, captured=self.captured)

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it, apart from updates and a deletion."""
        derived = super().describe_trial(trial, instant, stamp)
        answer = {member: value for member, value in derived.items() if member not in self._absent}
        answer |= copy.deepcopy(dict(self._echoed))
        if self._is_as_captured(instant):
            return {**answer, **with_times(self._differing, stamp)}
        # The messages of the phases that are over do not change any more.
        captured = _transitions(self.response)
        for transition, recorded in zip(answer.get("SecondaryStatusTransitions", ()), captured, strict=False):
            if recorded.get("StatusMessage") is not None:
                transition["StatusMessage"] = recorded["StatusMessage"]
        # What we do not make up stays as it was captured.
        return answer if instant < self.captured else {**with_times(self._differing, stamp), **answer}

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it, apart from updates and a deletion."""
        derived = super().training_job_summary(trial, instant, stamp)
        summary = {member: value for member, value in derived.items() if member not in self._absent}
        if "WarmPoolStatus" in self.response and instant >= self.captured:
            # What we do not make up stays as it was captured.
            summary["WarmPoolStatus"] = copy.deepcopy(self.response["WarmPoolStatus"])
        if not self._is_as_captured(instant):
            return summary
        differing = {member: value for member, value in self._differing.items() if member in summary}
        return {**summary, **with_times(differing, stamp)}

    @cached_property
    def derived(self) -> Mapping[str, Any]:
        """What the fake would answer by itself at the instant of the capture; times in milliseconds since 1970."""
        derived: Mapping[str, Any] = in_ms(super().describe_trial(self.undisturbed, self.captured, utc))
        return derived

    @cached_property
    def _absent(self) -> frozenset[str]:
        """The members that the fake derives and the response does not have."""
        return frozenset(self.derived.keys() - self.response.keys())

    @cached_property
    def _echoed(self) -> Mapping[str, Any]:
        """The members that repeat the request, and the ARN of the tuning job in this account."""
        echoed = {member: value for member, value in self.response.items() if member not in NOT_REQUESTED}
        if "TuningJobArn" in self.response:
            echoed["TuningJobArn"] = self.place.arn(
                TUNING_JOB, self.response["TuningJobArn"].rpartition("/")[2]
            )
        return echoed

    @cached_property
    def _differing(self) -> Mapping[str, Any]:
        """The other members whose values differ from those that the fake derives."""
        return {
            member: value
            for member, value in self.response.items()
            if member in NOT_REQUESTED - {"ResponseMetadata", "TrainingJobArn", "TuningJobArn"}
            and value != self.derived.get(member)
        }

    def _is_as_captured(self, instant: int) -> bool:
        """Whether nothing has happened since the capture."""
        return instant >= self.captured and _seen(self.trial, instant) == _seen(
            self.undisturbed, self.captured
        )


def _seen(trial: Trial, instant: int) -> list[tuple[str, int]]:
    return [(phase.status, phase.start) for phase in trial.phases_at(instant)]


def _request(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return a CreateTrainingJob request that leads to such a response."""
    request = copy.deepcopy({name: each for name, each in response.items() if name not in NOT_REQUESTED})
    output = request.setdefault("OutputDataConfig", {"S3OutputPath": ""})
    if output.get("KmsKeyId") == "":
        del output["KmsKeyId"]
    specification = request.get("AlgorithmSpecification", {})
    algorithm = builtin_algorithm(request)
    if algorithm is not None and algorithm.fills_in(specification.get("MetricDefinitions", ())):
        specification.pop("MetricDefinitions", None)
    return request


def _status(recorded: Mapping[str, Any]) -> TrainingStatus:
    """Return the status of a captured training job, or that before its deletion if it is being deleted."""
    status: TrainingStatus = recorded["TrainingJobStatus"]
    if status != "Deleting":
        return status
    phases = (recorded["SecondaryStatus"], *(each["Status"] for each in _transitions(recorded)[-1:]))
    return next((PRIMARY[each] for each in phases if each in _OVER), "Completed")


def _transitions(recorded: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = recorded.get("SecondaryStatusTransitions", ())
    return found


def _begun(recorded: Mapping[str, Any]) -> list[tuple[SecondaryStatus, int]]:
    """Return the phases that had begun when the response was captured, each with its start."""
    status, secondary = _status(recorded), recorded["SecondaryStatus"]
    running = status == "InProgress"
    begun: list[tuple[SecondaryStatus, int]]
    if _transitions(recorded):
        begun = [(each["Status"], each["StartTime"]) for each in _transitions(recorded)]
    elif "TrainingStartTime" in recorded:
        begun = [
            ("Starting", recorded["CreationTime"]),
            (secondary if running else "Training", recorded["TrainingStartTime"]),
        ]
    else:
        begun = [(secondary if running else "Starting", recorded["CreationTime"])]
    if not running and begun[-1][0] not in PHASES[status]:
        ended = recorded.get("TrainingEndTime", recorded.get("LastModifiedTime", recorded["CreationTime"]))
        begun.append((secondary if secondary in PHASES[status] else PHASES[status][0], ended))
    return begun


def _resumed(trial: Trial, captured: int, end: int) -> Trial:
    """Return a trial that takes longer or shorter after the capture, to end at an instant."""
    if trial.ended == FOREVER:
        return trial

    def moved(at: int) -> int:
        return (
            at
            if at <= captured
            else captured + (at - captured) * (end - captured) // (trial.ended - captured)
        )

    return replace(
        trial,
        phases=tuple(Phase(status, moved(start), moved(ended)) for status, start, ended in trial.phases),
        curve=tuple((moved(at), value) for at, value in trial.curve),
    )


def _ends_otherwise(pacing: Pacing, outcome: Outcome) -> dict[str, tuple[Span, SecondaryStatus]]:
    """Return what follows the phases in which a training job works, and when, if it is not to complete."""
    if outcome == "Failed":
        return {"Training": (pacing.train, "Failed"), "Uploading": (pacing.upload, "Failed")}
    if outcome == "Stopped":
        return {"Training": (pacing.train, "Stopping"), "Uploading": (pacing.upload, "Stopping")}
    if outcome in ENDLESS:
        endless: tuple[Span, SecondaryStatus] = ((FOREVER, FOREVER), "Completed")
        return {"Training": endless, "Uploading": endless}
    return {}


def _phases(
    recorded: Mapping[str, Any], observed: int, pacing: Pacing, draws: Draws, outcome: Outcome
) -> tuple[Phase, ...]:
    """Return the phases that had begun when the response was captured, followed by made-up ones."""
    begun = _begun(recorded)
    following: Mapping[str, tuple[Span, SecondaryStatus]] = {
        "Starting": (pacing.cold_start, "Downloading"),
        "Downloading": (pacing.download, "Training"),
        "Training": (pacing.train, "Uploading"),
        "Uploading": (pacing.upload, "Completed"),
        "Stopping": (pacing.drain, "Stopped"),
        **_ends_otherwise(pacing, outcome),
    }
    while begun[-1][0] not in _OVER:
        status, start = begun[-1]
        length, then = following.get(status, (pacing.restart, "Training"))
        begun.append((then, min(max(start + draws.pick(length), observed + 1), FOREVER)))
    ends = [start for _, start in begun[1:]] + [begun[-1][1]]
    return tuple(Phase(status, start, end) for (status, start), end in zip(begun, ends, strict=True))
