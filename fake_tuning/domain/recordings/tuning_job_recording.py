"""Reads a captured DescribeHyperParameterTuningJob response back into a job that gives the same answer."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.kept_members import KeptMembers, additional
from fake_tuning.domain.jobs.responses import with_times
from fake_tuning.domain.jobs.situation import Situation
from fake_tuning.domain.jobs.tuning_job_record import ParentBest
from fake_tuning.domain.recordings.contradictions import check_tuning_job
from fake_tuning.domain.recordings.counted_trials import counted_trials, recorded_best
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC, JobSpec
from fake_tuning.domain.simulation.endings import Ending, Recorded, Resumed
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.steering import Delete, Fail, Finish, Steering, Stop
from fake_tuning.domain.simulation.timeline import LOOK_INTERVAL
from fake_tuning.domain.simulation.trial import Phase, Trial
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm
from fake_tuning.domain.vocabulary.durations import epoch_ms, utc
from fake_tuning.domain.vocabulary.statuses import LIVE, TUNING_LIFECYCLE, TuningStatus

_ECHOED = (
    "HyperParameterTuningJobConfig",
    "TrainingJobDefinition",
    "TrainingJobDefinitions",
    "WarmStartConfig",
    "Autotune",
)
_ALWAYS = (
    "HyperParameterTuningJobName",
    "HyperParameterTuningJobArn",
    "HyperParameterTuningJobStatus",
    "CreationTime",
    _ECHOED[0],
)
_SECOND = 1_000
_TRIAL_TIMES = ("CreationTime", "TrainingStartTime", "TrainingEndTime")


def in_ms(response: Any) -> Any:
    """Return a copy of an answer, or of a part of one, with its times in milliseconds since 1970."""
    return with_times(response, epoch_ms)


@dataclass(frozen=True)
class TuningJobRecording:
    """A captured DescribeHyperParameterTuningJob response, which can be read back into a job.

    Attributes:
        response: what DescribeHyperParameterTuningJob answered, as ``captured`` returns it.
        known: the response, without the members that the service model lacks: no client can send those.
        kept: what it has that the job would not answer by itself (see ``keeping``).
    """

    response: Mapping[str, Any] = field(repr=False)
    known: Mapping[str, Any] = field(repr=False, compare=False)
    kept: KeptMembers = field(default=KeptMembers(), repr=False, compare=False)

    def __post_init__(self) -> None:
        if "TrainingJobName" in self.response:
            raise ValueError(
                f"this is the DescribeTrainingJob response of {self.response['TrainingJobName']!r}, and not of a "
                "tuning job: give it to the service's add_training_job"
            )
        missing = [member for member in _ALWAYS if not self.response.get(member)]
        if not any(self.response.get(member) for member in _ECHOED[1:3]):
            missing.append("TrainingJobDefinition")
        if missing:
            raise ValueError(
                f"a DescribeHyperParameterTuningJob response has {', '.join(missing)}, but this one has not: "
                "give the whole response, without what a tool wrapped around it"
            )

    @cached_property
    def _recorded(self) -> dict[str, Any]:
        recorded: dict[str, Any] = in_ms(self.response)
        return recorded

    @property
    def name(self) -> str:
        """The tuning job's name."""
        return str(self.response["HyperParameterTuningJobName"])

    @cached_property
    def place(self) -> Place:
        """The region and the account of its ARN."""
        return self._arn[0]

    @property
    def named_in_arn(self) -> str | None:
        """The name in its ARN, if that is another one: in lower case, or edited."""
        name = self._arn[1]
        return None if name == self.name else name

    @cached_property
    def _arn(self) -> tuple[Place, str]:
        arn = self.response["HyperParameterTuningJobArn"]
        *_, region, account, resource = [*arn.split(":", 5), "", "", ""][:6]
        kind, _, name = resource.partition("/")
        if kind != TUNING_JOB or not region or not account or not name:
            raise ValueError(
                f"the ARN of {self.name!r} must be like "
                f"{Place('us-east-1', '123456789012').arn(TUNING_JOB, self.name)!r}, but is {arn!r}"
            )
        return Place(region, account), name

    @property
    def observed(self) -> int:
        """The instant at which the job was in the recorded state, in milliseconds since 1970."""
        created: int = self._recorded["CreationTime"]
        return created + self._age

    @cached_property
    def _age(self) -> int:
        created: int = self._recorded["CreationTime"]
        modified: int | None = self._recorded.get("LastModifiedTime")
        best: int = self._recorded.get("BestTrainingJob", {}).get("TrainingEndTime", created)
        # The best trial may have ended after the service looked at the job last.
        seen = self._latest_time if modified is None or modified < best else modified
        return seen - created

    @property
    def _latest_time(self) -> int:
        """The last of the times that are known of a job, where it is not its LastModifiedTime."""
        recorded, created = self._recorded, self._recorded["CreationTime"]
        best = recorded.get("BestTrainingJob", {})
        # Times of trials are whole seconds, rounded down, and other trials may have ended just after the best one.
        known = [best[member] + _SECOND for member in _TRIAL_TIMES if member in best]
        consumed = recorded.get("ConsumedResources", {}).get("RuntimeInSeconds", 0) * _SECOND
        latest: int = max(recorded.get("HyperParameterTuningEndTime", created), created + consumed, *known)
        return latest

    @cached_property
    def echo(self) -> dict[str, Any]:
        """The members that repeat the request, as recorded."""
        return {member: copy.deepcopy(self.response[member]) for member in _ECHOED if member in self.response}

    @cached_property
    def request(self) -> dict[str, Any]:
        """A CreateHyperParameterTuningJob request that leads to such a response."""
        repeated = {member: self.known[member] for member in _ECHOED if member in self.known}
        request: dict[str, Any] = {"HyperParameterTuningJobName": self.name, **copy.deepcopy(repeated)}
        # A list of no definitions stands for none, and would hide the only one.
        if not request.get("TrainingJobDefinitions", True):
            del request["TrainingJobDefinitions"]
        for definition in (request.get("TrainingJobDefinition"), *request.get("TrainingJobDefinitions", ())):
            if definition is not None:
                definition.get("StaticHyperParameters", {}).pop(OBJECTIVE_STATIC, None)
                specification = definition["AlgorithmSpecification"]
                metrics = specification.get("MetricDefinitions", [])
                metrics[:] = [each for each in metrics if each["Name"] != "ObjectiveMetric"]
                algorithm = builtin_algorithm(definition)
                if algorithm is not None and algorithm.fills_in(metrics):
                    specification.pop("MetricDefinitions", None)
        return request

    @property
    def _length(self) -> int | None:
        """How long the job took to end, in milliseconds; None while it runs."""
        if self._recorded["HyperParameterTuningJobStatus"] in LIVE:
            return None
        ended: int = self._recorded.get("HyperParameterTuningEndTime", self.observed)
        return ended - (self.observed - self._age)

    @cached_property
    def _spec(self) -> JobSpec:
        with self._readable():
            return JobSpec.read(self.request)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Say whose request it is that cannot be read.

        Raises:
            ValueError: a text in it is no number, or a number too large.
        """
        try:
            yield
        except (ValueError, ArithmeticError) as wrong:
            raise ValueError(f"the response of {self.name!r} cannot be read: {wrong}") from None

    def check(self) -> None:
        """Refuse a response of which no job can be made.

        Raises:
            ValueError: it contradicts itself, or a value in it cannot be read.
        """
        check_tuning_job(self._recorded, self._spec)
        _ = self._arn, self.situation

    @property
    def status(self) -> TuningStatus:
        """The status of the job."""
        status: TuningStatus = self.response["HyperParameterTuningJobStatus"]
        return status

    @cached_property
    def trials(self) -> Mapping[int, TrialEdit]:
        """The trials that it counts, by number: those that had ended have ``times``."""
        length = self._length
        with self._readable():
            return counted_trials(
                self._recorded, self._spec, self._age if length is None else max(length - 1, 0)
            )

    @cached_property
    def situation(self) -> Situation:
        """The scenario, the changes and the age that lead to the response."""
        return self.resumed(Scenario())

    def resumed(self, scenario: Scenario) -> Situation:
        """Return the situation that leads to the response, and goes on as a scenario says.

        Args:
            scenario: how the job behaves from then on. Of trials that had ended by then it says nothing.
        """
        spec, recorded = self._spec, self._recorded
        age, length = self._age, self._length
        consumed = recorded.get("ConsumedResources", {}).get("RuntimeInSeconds", age // 1000)
        # When the age does not fit the consumed runtime, it was not one of the regular looks that modified the job.
        irregular = consumed != age // 1000 and length is None
        pacing = replace(scenario.pacing, accept=(age, age) if irregular else (0, 0))
        refuses = self.status == "DeleteFailed"
        if refuses:
            deleting = age - self._deleted
            pacing = replace(pacing, delete=(deleting, deleting))
        later = age + _SECOND
        ending: Ending = Resumed(later, scenario.ending)
        if length is not None:
            ending = Recorded(length, recorded.get("FailureReason"))
        with self._readable():
            best = recorded_best(recorded, spec)
        return Situation(
            replace(
                scenario,
                ending=ending,
                pacing=pacing,
                edits=self._with_edits(scenario),
                gate=(len(self.trials), later),
                tick_phase=(age if length is None and not irregular else consumed * 1000) % LOOK_INTERVAL,
                deletion_fails=refuses,
                recorded_best=best,
            ),
            self._changes(),
            age,
        )

    def _with_edits(self, scenario: Scenario) -> Mapping[int, TrialEdit]:
        """Return its trials, and what a scenario says of trials."""
        edits = dict(self.trials)
        for number, edit in scenario.edits.items():
            edits[number] = edits.get(number, TrialEdit()).merged(edit)
        if self.open_trials and not self.to_launch:
            # The last trial may have ended already, but an ending that needs one finds another.
            last, most = self.open_trials[-1], self._spec.max_trials
            outcome = scenario.ending.outcome(most, most, edits[last].outcome)
            edits[last] = edits[last].merged(TrialEdit(outcome))
        return edits

    @cached_property
    def open_trials(self) -> list[int]:
        """The numbers of the launched trials that had not ended, and were not being stopped."""
        if self.status != "InProgress":
            return []
        return [number for number, edit in self.trials.items() if edit.times is None]

    @property
    def to_launch(self) -> int:
        """How many trials the job may launch yet, unless one of them is to be replaced."""
        return self._left if self.status == "InProgress" else 0

    @property
    def _left(self) -> int:
        """How many trials its maximum left to launch; those that ended in RetryableError are replaced."""
        replaced: int = self._recorded.get("TrainingJobStatusCounters", {}).get("RetryableError", 0)
        return max(self._spec.max_trials - len(self.trials) + replaced, 0)

    @property
    def _deleted(self) -> int:
        """When somebody deleted it, in milliseconds after its creation; only for a job that was deleted."""
        if self._recorded["HyperParameterTuningJobStatus"] == "Deleting":
            return self._age
        return max(self._length or 0, self._age - Scenario().pacing.delete[0])

    def _changes(self) -> tuple[Steering, ...]:
        """Return what was done to the job, as far as its status shows."""
        length, reason = self._length, self._recorded.get("FailureReason", "")
        status = self._recorded["HyperParameterTuningJobStatus"]
        if length is None:
            return (Stop(self._age),) if status == "Stopping" else ()
        changes: list[Steering] = []
        if status == "Stopped":
            last = max((edit.times[2] for edit in self.trials.values() if edit.times), default=0)
            changes.append(Stop(min(last, length)))
        elif reason or status == "Failed":
            changes.append(Fail(length, reason=reason))
        elif self._left:
            changes.append(Finish(length))
        if status in TUNING_LIFECYCLE.deletion:
            changes.append(Delete(self._deleted))
        return tuple(changes)

    def keeping(self, derived: Mapping[str, Any], known: Collection[str]) -> TuningJobRecording:
        """Return this recording, with what it has beyond a description of the job.

        Args:
            derived: the description.
            known: the members that a description can have. Others are kept whatever becomes of the job.
        """
        apart = ("BestTrainingJob", "OverallBestTrainingJob")
        trials = {
            self.response[member]["TrainingJobName"]: additional(self.response[member], derived[member])
            for member in apart
            if member in self.response and member in derived
        }
        job = additional(self.response, derived)
        kept = {name: value for name, value in job.items() if name not in apart}
        kept = {name: value for name, value in kept.items() if name in derived or name not in known}
        named = {
            best["TrainingJobName"]: best.get("TrainingJobArn", "").rpartition("/")[2]
            for best in (self.response.get(member, {}) for member in apart)
            if "/" in best.get("TrainingJobArn", "")
        }
        named = {name: in_arn for name, in_arn in named.items() if in_arn not in ("", name)}
        return replace(self, kept=KeptMembers(kept, trials, named))

    def otherwise(self, derived: Mapping[str, Any]) -> TuningJobRecording:
        """Return this recording, with the members that have other values in it than in a description of the job."""
        captured, made_up = self._recorded, in_ms(derived)
        other = {
            name: self.response[name]
            for name, value in captured.items()
            if name in made_up and value != made_up[name]
        }
        return replace(self, kept=replace(self.kept, otherwise=other))

    def kept_at(self, created: int, *, as_captured: bool) -> KeptMembers:
        """Return what is kept.

        Args:
            created: when the job is created, in milliseconds since 1970.
            as_captured: whether it was not given another status.
        """
        return replace(
            self.kept,
            job=self.moved(self.kept.job, created),
            trials={name: self.moved(members, created) for name, members in self.kept.trials.items()},
            otherwise=self.moved(self.kept.otherwise, created) if as_captured else {},
            captured=created + self._age,
        )

    def moved(self, members: Mapping[str, Any], created: int) -> dict[str, Any]:
        """Return captured members, their times moved as if the job had been created at an instant."""
        later = created - self._recorded["CreationTime"]
        moved: dict[str, Any] = with_times(members, lambda moment: utc(epoch_ms(moment) + later))
        return moved

    def parent_best(self, created: int, place: Place) -> ParentBest | None:
        """Return the best trial of its parents, if that is the best of all that was captured.

        Args:
            created: when the job is created, in milliseconds since 1970.
            place: the region and the account.
        """
        best = self._recorded.get("OverallBestTrainingJob", {})
        if best.get("TuningJobName", self.name) == self.name:
            return None
        later = created - self._recorded["CreationTime"]
        ended = best.get("TrainingEndTime", best["CreationTime"])
        started = best.get("TrainingStartTime", ended)
        name, metric = best["TrainingJobName"], best["FinalHyperParameterTuningJobObjectiveMetric"]
        own = self._spec.definitions[0]
        definition = replace(
            own,
            # The parents' definitions may have other names.
            name=best.get("TrainingJobDefinitionName"),
            metric=metric.get("MetricName", own.metric),
        )
        trial = Trial(
            number=0,
            name=name,
            definition=definition,
            tuned=best["TunedHyperParameters"],
            phases=(
                Phase("Starting", best["CreationTime"] + later, started + later),
                Phase("Training", started + later, ended + later),
                Phase(
                    "Stopped" if best["TrainingJobStatus"] == "Stopped" else "Completed",
                    ended + later,
                    ended + later,
                ),
            ),
            curve=((ended + later, float(metric["Value"])),),
        )
        arn = place.arn(TRAINING_JOB, self.kept.named_in_arns.get(name, name))
        return ParentBest(best["TuningJobName"], arn, trial)


def differing(recorded: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members in which a description differs from a recording; None where the recording has none."""
    captured, made_up = in_ms(recorded), in_ms(described)
    return {
        member: copy.deepcopy(recorded.get(member))
        for member in {**captured, **made_up}
        if captured.get(member) != made_up.get(member)
    }
