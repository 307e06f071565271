"""A tuning job that was created, and the answers of the service about it."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import Any

from fake_tuning.domain.jobs.fresh_copies import FreshCopies
from fake_tuning.domain.jobs.kept_members import KeptMembers, add
from fake_tuning.domain.jobs.record import Record
from fake_tuning.domain.jobs.responses import (
    Stamp,
    describe_training_job,
    job_counters,
    job_progress,
    job_times,
    trial_summary,
)
from fake_tuning.domain.jobs.warm_pool import Reuse, WarmPool
from fake_tuning.domain.request.echo import echo_training_job, echo_tuning_job
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.steering import Change, Steering, steering
from fake_tuning.domain.simulation.timeline import JobState, Timeline
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place


@dataclass(frozen=True, slots=True)
class ParentBest:
    """The best trial of the parents of a warm start, and the tuning job that it belongs to."""

    job: str
    arn: str
    trial: Trial


_COUNTED = attrgetter("status", "completed", "running", "retryable", "non_retryable", "stopped", "succeeded")
"""What an event of a job changes."""


@dataclass(frozen=True)
class TuningJobRecord(Record):
    """A tuning job, and what describing and listing it and its trials shows.

    Attributes:
        parent_best: the best trial of its warm start's parents, where it inherits one.
        overrides: members of its describe response that were set by hand; None removes one.
        echoed: the members of a captured response that repeat the request, if there is one to repeat verbatim.
        kept: what else a captured response has that we would not answer.
        named_in_arn: the name in its ARN, where that is another one: names were in lower case there until 2022, and
            people edit captured responses.
    """

    parent_best: ParentBest | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    echoed: Mapping[str, Any] | None = None
    kept: KeptMembers = KeptMembers()
    named_in_arn: str | None = None

    @classmethod
    def of(
        cls, timeline: Timeline, request: Mapping[str, Any], place: Place, **members: Any
    ) -> TuningJobRecord:
        """Return a job whose timeline is known already, so that it need not be simulated again.

        Args:
            timeline: the job's timeline, with the changes that were made to the job.
            request: the request that created it.
            place: the region and the account.
            members: the other attributes, by name.
        """
        changes = steering(timeline.changes)
        record = cls(request, place, timeline.scenario, timeline.seed, timeline.created, changes, **members)
        record.__dict__["timeline"] = timeline
        return record

    @property
    def name(self) -> str:
        """The tuning job's name."""
        return str(self.request["HyperParameterTuningJobName"])

    @cached_property
    def arn(self) -> str:
        """The tuning job's ARN."""
        return self.place.arn(TUNING_JOB, self.named_in_arn or self.name)

    def trial_arn(self, trial: Trial) -> str:
        """Return the ARN of a trial's training job."""
        return self.place.arn(TRAINING_JOB, self.kept.named_in_arns.get(trial.name, trial.name))

    @cached_property
    def timeline(self) -> Timeline:
        """Its states at all instants."""
        return Timeline(
            JobSpec.read(self.request), self.scenario, self.seed, self.created, steering(self.changes)
        )

    def changed(self, change: Change) -> TuningJobRecord:
        """Return this job with one more change. One in the past rewrites what came after it."""
        record = super().changed(change)
        # Only a change that steers needs another simulation, and even that keeps what does not depend on it.
        record.__dict__["timeline"] = (
            self.timeline.changed(change) if isinstance(change, Steering) and change.steers else self.timeline
        )
        return record

    def trials(self, instant: int) -> Sequence[Trial]:
        """Return the trials launched by an instant, in the order of launch, deleted ones included."""
        return self.timeline.trials(instant)

    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next, in milliseconds since 1970, or None."""
        events = [each for each in self.events_of_changes() if each > after]
        simulated = self.timeline.next_event(after)
        return min(events if simulated is None else [*events, simulated], default=None)

    @cached_property
    def _ended_summaries(self) -> dict[tuple[int, Stamp], FreshCopies]:
        return {}

    @cached_property
    def _echo(self) -> Mapping[str, Any]:
        return self.echoed or echo_tuning_job(self.request, self.place)

    @cached_property
    def _unchanging(self) -> FreshCopies:
        """The members of the describe response that are the same at every instant."""
        return FreshCopies(
            {
                "HyperParameterTuningJobName": self.name,
                "HyperParameterTuningJobArn": self.arn,
                **self._echo,
            }
        )

    def describe(self, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return what DescribeHyperParameterTuningJob answers at an instant, in milliseconds since 1970.

        Raises:
            ValueError: the job does not exist then.
        """
        answer = self.derived(instant, stamp)
        return self.overridden(answer) if self.overrides else answer

    def derived(self, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return the describe response that follows from the job's timeline, before anything is overridden."""
        state = self.timeline.state(instant)
        answer = self._unchanging.copy()
        answer["HyperParameterTuningJobStatus"] = state.status
        answer.update(job_times(state, stamp))
        answer.update(job_counters(state))
        answer.update(job_progress(state, stamp))
        answer.update(self._best(state, instant, stamp))
        if self.kept.otherwise and self._is_as_captured(state):
            answer.update(copy.deepcopy(dict(self.kept.otherwise)))
        return add(answer, self.kept.job)

    def _is_as_captured(self, state: JobState) -> bool:
        """Whether nothing has happened to the job since it was captured."""
        captured = self.kept.captured
        return self.timeline.exists(captured) and _COUNTED(state) == _COUNTED(self.timeline.state(captured))

    def overridden(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Set the overridden members in a describe response, and return it."""
        for member, value in self.overrides.items():
            if value is None:
                answer.pop(member, None)
            else:
                answer[member] = copy.deepcopy(value)
        return answer

    def _best(self, state: JobState, instant: int, stamp: Stamp) -> dict[str, Any]:
        found: dict[str, Any] = {}
        best = state.best
        if best is not None:
            found["BestTrainingJob"] = self.trial_summary(best, instant, stamp)
        warm = self.request.get("WarmStartConfig", {}).get("WarmStartType")
        if warm == "IdenticalDataAndAlgorithm":
            parent_best = self.parent_best
            if parent_best and (best is None or parent_best.trial.better_when >= best.better_when):
                trial = parent_best.trial
                summary = trial_summary(trial, parent_best.arn, instant, stamp)
                found["OverallBestTrainingJob"] = {
                    **add(summary, self.kept.trials.get(trial.name, {})),
                    "TuningJobName": parent_best.job,
                }
            elif best is not None:
                found["OverallBestTrainingJob"] = {
                    **self.trial_summary(best, instant, stamp),
                    "TuningJobName": self.name,
                }
        return found

    def summary(self, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return the job as ListHyperParameterTuningJobs shows it, with its ARN in lower case (observed)."""
        state = self.timeline.state(instant)
        config = self.request["HyperParameterTuningJobConfig"]
        summary = {
            "HyperParameterTuningJobName": self.name,
            "HyperParameterTuningJobArn": self.arn.lower(),
            "HyperParameterTuningJobStatus": state.status,
            "Strategy": config["Strategy"],
            **job_times(state, stamp),
            **job_counters(state),
            "ResourceLimits": copy.deepcopy(self._echo["HyperParameterTuningJobConfig"]["ResourceLimits"]),
        }
        return add(summary, self.kept.job, inside=True)

    def trial_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as ListTrainingJobsForHyperParameterTuningJob shows it."""
        if trial.ended > instant:
            return self._trial_summary(trial, instant, stamp)
        # What has ended changes no more, and is asked for over and over: as the best one, and in every page.
        kept = self._ended_summaries.get((trial.number, stamp))
        if kept is None:
            kept = self._ended_summaries[trial.number, stamp] = FreshCopies(
                self._trial_summary(trial, instant, stamp)
            )
        return kept.copy()

    def _trial_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        summary = trial_summary(trial, self.trial_arn(trial), instant, stamp)
        return add(summary, self.kept.trials.get(trial.name, {}))

    def warm_pool(self, trial: Trial, until: int | None, now: int) -> WarmPool | None:  # noqa: ARG002
        """Return the warm pool of a trial, which is for the next one in its slot.

        Documented: tuning jobs use warm pools by default, and a stopped one releases all resources. So does one that
        has ended otherwise (inferred).
        """
        ended, following = self.timeline.ended_by(now), self.timeline.reused_by(trial, now)
        reuse = None if following is None else Reuse(following.created, by=following.name)
        return WarmPool(trial, FOREVER if ended is None else ended, reuse, requested=False)

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as DescribeTrainingJob shows it, apart from updates and a deletion."""
        position = next(
            at for at, each in enumerate(self.timeline.spec.definitions) if each is trial.definition
        )
        echo = self._training_echoes[position].copy()
        hyperparameters = {**trial.definition.static, **trial.tuned}
        return {
            **describe_training_job(trial, echo, hyperparameters, instant, stamp),
            "TrainingJobArn": self.trial_arn(trial),
            # Recorded in 2023: in lower case here, whatever the case of the name.
            "TuningJobArn": self.arn.lower(),
        }

    @cached_property
    def _training_echoes(self) -> list[FreshCopies]:
        single = self._echo.get("TrainingJobDefinition")
        definitions = self._echo["TrainingJobDefinitions"] if single is None else [single]
        return [FreshCopies(echo_training_job(each, self.place)) for each in definitions]
