"""The builder: tuning jobs in any status, composed in a line, immutable and consistent."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.jobs.situation import Situation
from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
from fake_tuning.domain.recordings.tuning_job_recording import TuningJobRecording, differing
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.scenario import Objective, Scenario
from fake_tuning.domain.simulation.simulation import Command
from fake_tuning.domain.simulation.timeline import Timeline
from fake_tuning.domain.simulation.trial_edits import TrialEdit, TrialEditor
from fake_tuning.domain.vocabulary.arns import Place
from fake_tuning.domain.vocabulary.clock import DEFAULT_START
from fake_tuning.domain.vocabulary.durations import Duration, Instant, epoch_ms, instant, milliseconds, utc
from fake_tuning.domain.vocabulary.failure_texts import failure_reason
from fake_tuning.domain.vocabulary.statuses import TERMINAL, TUNING_STATUSES, TuningStatus
from fake_tuning.domain.vocabulary.suggestions import checks_keywords, choices
from fake_tuning.doors.builder.composition import STATUSES, Stage, StageKind, compose
from fake_tuning.doors.builder.request_builder import RequestBuilder, checked_name
from fake_tuning.doors.pre_ga import Dialect, api_version

_STAGES: Mapping[TuningStatus, StageKind] = {status: kind for kind, status in STATUSES.items()}

_ONE_ENDING = "a job that is {status} now cannot also end later: say one or the other"

US_EAST = Place("us-east-1", "123456789012")


@checks_keywords
@dataclass(frozen=True)
class TuningJob:
    """A hyperparameter tuning job, composed for a test.

    It is immutable: every method returns a new job. What was not said is made up by the Faker provider, from the
    seed, so that the same seed gives the same job everywhere. A job that nothing was said about has just been
    created.

    Args:
        name: the tuning job's name; None makes one up.
        seed: decides all that is made up.
    """

    name: str | None = None
    _: KW_ONLY
    seed: int = 0
    asked: RequestBuilder = field(default_factory=RequestBuilder, repr=False)
    scenario: Scenario = field(default_factory=Scenario, repr=False)
    stage: Stage = field(default_factory=Stage, repr=False)
    place: Place = field(default=US_EAST, repr=False)
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)
    recording: TuningJobRecording | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # The name is settled, and the composition tried, at the line that wrote them.
        object.__setattr__(self, "name", checked_name(self.name, self.seed))
        _ = self.composed

    # What is tuned, and how.

    def maximize(self, metric: str) -> TuningJob:
        """Let more of this metric be better."""
        return self._asking(metric=metric, maximize=True)

    def minimize(self, metric: str) -> TuningJob:
        """Let less of this metric be better."""
        return self._asking(metric=metric, maximize=False)

    def searching(self, **ranges: object) -> TuningJob:
        """Set what is tuned, in place of what was.

        Args:
            ranges: by name ``(low, high)`` or ``(low, high, scaling)``, a ``range``, or a list of values.

        Raises:
            TypeError, ValueError: a range that cannot be read.
        """
        return self._asking(ranges=self.asked.read_ranges(ranges))

    def with_static(self, **hyperparameters: object) -> TuningJob:
        """Set the hyperparameters that every trial gets; they are written as texts."""
        return self._asking(static={name: str(value) for name, value in hyperparameters.items()})

    def trials(self, most: int, *, parallel: int | None = None, each: Duration | None = None) -> TuningJob:
        """Set how many trials it launches at most, how many run at a time, and how long each takes.

        Raises:
            ValueError: a number below 1.
        """
        numbers = {"max_trials": most} if parallel is None else {"max_trials": most, "parallel": parallel}
        job = self._asking(**numbers, numbered=True)
        return job if each is None else job.each(each)

    def strategy(self, name: str) -> TuningJob:
        """Set the strategy: Bayesian (the default), Random, Hyperband or Grid.

        Raises:
            ValueError: there is no such strategy.
        """
        return self._asking(strategy=name)

    def configured(self, **members: Any) -> TuningJob:
        """Set members of the request's HyperParameterTuningJobConfig, by their AWS names."""
        return self._asking(config={**self.asked.config, **members})

    def defined(self, **members: Any) -> TuningJob:
        """Set members of the request's TrainingJobDefinition, by their AWS names."""
        return self._asking(definition={**self.asked.definition, **members})

    def tagged(self, **tags: str) -> TuningJob:
        """Set the tags with which it is created."""
        return self._asking(tags=tags)

    def located(self, *, region: str | None = None, account: str | None = None) -> TuningJob:
        """Set the region and the account of its ARNs."""
        return self._with(place=Place(region or self.place.region, account or self.place.account))

    # How it behaves.

    def each(self, shortest: Duration, longest: Duration | None = None) -> TuningJob:
        """Let each trial take so long, from its creation to its end."""
        return self._behaving(self.scenario.each(shortest, longest))

    def paced(self, **lengths: Duration | tuple[Duration, Duration]) -> TuningJob:
        """Set how long the stages of the job and its trials take (see ``Pacing``)."""
        return self._behaving(self.scenario.paced(**lengths))

    def scored_by(self, objective: Objective) -> TuningJob:
        """Let this function of the tried values say what a trial scores; a list is a learning curve."""
        return self._behaving(self.scenario.scored_by(objective))

    def failing(self, rate: float) -> TuningJob:
        """Let this share of the trials fail."""
        return self._behaving(self.scenario.failing(rate))

    def trial(self, number: int) -> TrialEditor[TuningJob]:
        """Say how one trial fares, numbered from 1 in the order of launch.

        Raises:
            ValueError: the job launches no such trial.
        """
        most = self.asked.max_trials
        if isinstance(number, int) and number > most:
            raise ValueError(
                f"trial {number} is never launched: the job launches at most {most}. Say .trials({number})"
            )
        return TrialEditor(number, self._edited)

    def _edited(self, number: int, edit: TrialEdit) -> TuningJob:
        for name in edit.tuned or {}:
            if self.asked.ranges and name not in (known := [each.name for each in self.asked.ranges]):
                raise ValueError(choices(f"hyperparameter of trial {number}", name, known))
        return self._behaving(self.scenario.edited(number, edit))

    # Its status now.

    def in_progress(
        self,
        *,
        completed: int = 0,
        running: int | None = None,
        failed: int = 0,
        stopped: int = 0,
    ) -> TuningJob:
        """Let it be InProgress now, with so many trials of each kind (running: as many as there is room for).

        Raises:
            ValueError: the numbers contradict the job's, or each other.
        """
        return self._at(Stage("in_progress", completed, failed, stopped, running))

    def completed(self, *, completed: int | None = None, failed: int = 0, stopped: int = 0) -> TuningJob:
        """Let it be Completed now: all trials launched and, with no numbers, ended as they would by themselves.

        Raises:
            ValueError: the numbers contradict the job's.
        """
        return self._at(Stage("completed", completed, failed, stopped))

    def failed(
        self,
        reason: str | None = None,
        *,
        completed: int | None = None,
        failed: int | None = None,
        stopped: int | None = None,
    ) -> TuningJob:
        """Let it be Failed now.

        Args:
            reason: its FailureReason; None: the service's own text.
            completed: trials that had completed.
            failed: trials that had failed. With no numbers all of them failed, as the service gives up.
            stopped: trials that the failure cut short.
        """
        said = None if reason is None else failure_reason(reason)
        return self._at(Stage("failed", completed, failed, stopped, reason=said))

    def stopped(
        self, *, completed: int | None = None, failed: int = 0, stopped: int | None = None
    ) -> TuningJob:
        """Let it be Stopped now, with so many trials of each kind; ``stopped`` ones ran when it was stopped."""
        return self._at(Stage("stopped", completed, failed, stopped))

    def stopping(
        self, *, completed: int | None = None, failed: int = 0, running: int | None = None
    ) -> TuningJob:
        """Let it be Stopping now: asked to stop a second ago, with trials that still run."""
        return self._at(Stage("stopping", completed, failed, None, running))

    def deleting(self) -> TuningJob:
        """Let it be Deleting now: Completed before, and asked to be deleted a second ago."""
        return self._at(Stage("deleting"))

    def delete_failed(self) -> TuningJob:
        """Let it be DeleteFailed now: Completed before, and not to be deleted."""
        return self._at(Stage("delete_failed"))

    def in_status(self, status: TuningStatus) -> TuningJob:
        """Let it have this status now.

        Raises:
            ValueError: there is no such status.
        """
        if status not in _STAGES:
            raise ValueError(choices("status", status, TUNING_STATUSES))
        return self._at(Stage(_STAGES[status]))

    def _at(self, stage: Stage) -> TuningJob:
        if not self.asked.numbered and self.recording is None:
            # Nobody said how many trials it launches: as many as make room for those that were asked for.
            most, parallel = stage.room(self.asked.max_trials, self.asked.parallel)
            return self._with(stage=stage, asked=replace(self.asked, max_trials=most, parallel=parallel))
        if not self.scenario.ending.fits(STATUSES[stage.kind]):
            raise ValueError(_ONE_ENDING.format(status=STATUSES[stage.kind]))
        return self._with(stage=stage)

    # How it ends.

    def completes(self, *, after: Duration | None = None) -> TuningJob:
        """Let it complete: so long after now, or when its trials are through (see ``Scenario.completes``)."""
        return self._ending(self.scenario.completes(after=after))

    def fails(self, reason: str | None = None, *, after: Duration | None = None) -> TuningJob:
        """Let it fail: so long after now, or when all its trials have failed (see ``Scenario.fails``)."""
        return self._ending(self.scenario.fails(reason, after=after))

    def stops(self, *, after: Duration | None = None) -> TuningJob:
        """Let somebody else stop it: so long after now, or half-way (see ``Scenario.stops``)."""
        return self._ending(self.scenario.stops(after=after))

    def never_ends(self) -> TuningJob:
        """Let its last trial train for ever."""
        return self._ending(self.scenario.never_ends())

    def _ending(self, scenario: Scenario) -> TuningJob:
        if self.stage.kind not in ("new", "in_progress"):
            raise ValueError(_ONE_ENDING.format(status=self.status))
        return self._behaving(scenario)

    def _behaving(self, scenario: Scenario) -> TuningJob:
        return self._with(scenario=scenario)

    def overriding(self, **members: Any) -> TuningJob:
        """Set members of its describe response by hand, whatever that makes of it; ``None`` removes one.

        This is the one door to responses that the service would not give.
        """
        return self._with(overrides={**self.overrides, **members})

    # What it is.

    @property
    def request(self) -> dict[str, Any]:
        """The CreateHyperParameterTuningJob request that makes this job: a copy, to be changed at will."""
        return copy.deepcopy(dict(self._request))

    @cached_property
    def _request(self) -> Mapping[str, Any]:
        if self.recording is not None:
            return self.recording.request
        return self.asked.request(str(self.name), self.seed, self.place)

    @cached_property
    def composed(self) -> Situation:
        """The scenario, the commands and the age that put the job in its status."""
        if self.recording is not None and self.stage.kind == "new":
            return self.recording.composed
        return compose(self.stage, JobSpec.read(self._request), self.scenario, self.seed)

    @property
    def age(self) -> int:
        """How long ago the job was created, in milliseconds."""
        return self.composed.age

    def placed(self, now: int, place: Place | None = None) -> TuningJobRecord:
        """Return the job as it exists when it is composed for an instant, in milliseconds since 1970."""
        created = now - self.composed.age
        commands = tuple(
            Command(created + each.at, each.kind, each.trial, each.reason) for each in self.composed.commands
        )
        timeline = Timeline(JobSpec.read(self._request), self.composed.scenario, self.seed, created, commands)
        return TuningJobRecord(
            self._request,
            timeline,
            place or self.place,
            overrides=self.overrides,
            echoed=self.recording.echo if self.recording else None,
        )

    @cached_property
    def _record(self) -> TuningJobRecord:
        return self.placed(self._now)

    @property
    def _now(self) -> int:
        return epoch_ms(DEFAULT_START) if self.recording is None else self.recording.observed

    @property
    def status(self) -> TuningStatus:
        """Its status now."""
        return self._record.timeline.state(self._now).status

    def describe(
        self, *, at: Duration | Instant | None = None, stamp: Stamp = utc, dialect: Dialect = "current"
    ) -> dict[str, Any]:
        """Return what DescribeHyperParameterTuningJob answers, with no service and no client.

        Args:
            at: how long after the job's creation, or an instant; None: now. With no clock at hand, "now" is
                ``DEFAULT_START``.
            stamp: makes the datetimes, in UTC by default.
            dialect: the shape of the response, as in the option ``dialect`` of ``FakeTuningService``.

        Raises:
            ValueError: the job does not exist then, or the dialect cannot express it.
        """
        return api_version(dialect).describe(self._record, self.moment(at), stamp)

    def list_trials(
        self, *, at: Duration | Instant | None = None, stamp: Stamp = utc
    ) -> list[dict[str, Any]]:
        """Return the trials as ListTrainingJobsForHyperParameterTuningJob shows them, in the order of launch."""
        moment = self.moment(at)
        return [
            self._record.trial_summary(trial, moment, stamp) for trial in self._record.timeline.trials(moment)
        ]

    def moment(self, at: Duration | Instant | None = None) -> int:
        """Return an instant of its life in milliseconds since 1970 (see ``describe``)."""
        if at is None:
            return self._now
        if hasattr(at, "tzinfo") or (isinstance(at, str) and "-" in at.lstrip("-")):
            return epoch_ms(instant(at))  # type: ignore[arg-type]  # the line above told an instant from a duration
        return self._record.timeline.created + milliseconds(at, "the age at which a job is described")

    @classmethod
    def from_response(cls, response: Mapping[str, Any]) -> TuningJob:
        """Read a real DescribeHyperParameterTuningJob response back into a job.

        The job describes itself as recorded, member for member; what the response does not tell (the other trials,
        what comes next) is made up. Without a clock at hand, "now" is when it was recorded.

        Args:
            response: the whole response; its times are datetimes, ISO texts or seconds since 1970.

        Raises:
            ValueError: members are missing that every response has.
        """
        recording = TuningJobRecording(response)
        job = cls(recording.name, place=recording.place, recording=recording)
        return job.overriding(**differing(response, job.describe()))

    @classmethod
    def every_status(cls) -> tuple[TuningJob, ...]:
        """Return one valid job for each status, to parametrize a test with: ``ids=lambda job: job.status``."""
        return tuple(cls(f"job-{status.lower()}").in_status(status) for status in TUNING_STATUSES)

    @property
    def is_over(self) -> bool:
        """Whether its status now is Completed, Failed or Stopped."""
        return self.status in TERMINAL

    def _asking(self, **asked: Any) -> TuningJob:
        return self._with(asked=replace(self.asked, **asked))

    def _with(self, **parts: Any) -> TuningJob:
        return replace(self, **parts)
