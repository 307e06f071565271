"""A tuning job in its place: request, life and answers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.deletions import Deletions
from fake_tuning.domain.jobs.fresh_copies import FreshCopies
from fake_tuning.domain.jobs.responses import (
    Stamp,
    describe_training_job,
    job_counters,
    job_progress,
    job_times,
    training_job_summary,
    trial_summary,
)
from fake_tuning.domain.request.echo import echo_training_job, echo_tuning_job
from fake_tuning.domain.simulation.pacing import Draws
from fake_tuning.domain.simulation.simulation import Command
from fake_tuning.domain.simulation.timeline import JobState, Timeline
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, TUNING_JOB, Place


@dataclass(frozen=True, slots=True)
class ParentBest:
    """The best trial of the parents of a warm start, and the tuning job that it belongs to."""

    job: str
    arn: str
    trial: Trial


@dataclass(frozen=True)
class TuningJobRecord:
    """A tuning job that exists somewhere, and all that can be asked of it.

    Attributes:
        request: the CreateHyperParameterTuningJob request.
        life: what becomes of it.
        place: the region and the account.
        heirloom: the best trial of its warm start's parents, where it inherits one.
        overrides: members of its describe response that were set by hand; None removes one.
        echoed: its recorded echo, where there is one to repeat to the letter.
        deletions: which of its trials were deleted.
    """

    request: Mapping[str, Any]
    timeline: Timeline
    place: Place
    parent_best: ParentBest | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    echoed: Mapping[str, Any] | None = None
    deletions: Deletions = Deletions()

    @property
    def name(self) -> str:
        """The tuning job's name."""
        return self.timeline.spec.name

    @property
    def created(self) -> int:
        """When it was created, in milliseconds since 1970."""
        return self.timeline.created

    @cached_property
    def arn(self) -> str:
        """The tuning job's ARN."""
        return self.place.arn(TUNING_JOB, self.name)

    def trial_arn(self, trial: Trial) -> str:
        """Return the ARN of a trial's training job."""
        return self.place.arn(TRAINING_JOB, trial.name)

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

    def commanded(self, command: Command) -> TuningJobRecord:
        """Return this job with something more done to it."""
        return replace(self, timeline=self.timeline.commanded(command))

    def deleting(self, trial: Trial, at: int) -> TuningJobRecord:
        """Return this job with the deletion of a trial's training job, of which its own life knows nothing."""
        draws = Draws(f"{self.timeline.seed}:{trial.name}:delete")
        gone = at + draws.pick(self.timeline.scenario.pacing.delete)
        return replace(self, deletions=self.deletions.of(trial, at, gone))

    def describe(self, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return what DescribeHyperParameterTuningJob answers at an instant, in milliseconds since 1970.

        Raises:
            ValueError: the job does not exist then.
        """
        answer = self.derived(instant, stamp)
        return self.overridden(answer) if self.overrides else answer

    def derived(self, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return the describe response that follows from the job's life, before anything is overridden."""
        state = self.timeline.state(instant)
        answer = self._unchanging.copy()
        answer["HyperParameterTuningJobStatus"] = state.status
        answer.update(job_times(state, stamp))
        answer.update(job_counters(state))
        answer.update(job_progress(state, stamp))
        answer.update(self._best(state, instant, stamp))
        return answer

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
                found["OverallBestTrainingJob"] = {
                    **trial_summary(parent_best.trial, parent_best.arn, instant, stamp),
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
        return {
            "HyperParameterTuningJobName": self.name,
            "HyperParameterTuningJobArn": self.arn.lower(),
            "HyperParameterTuningJobStatus": state.status,
            "Strategy": config["Strategy"],
            **job_times(state, stamp),
            **job_counters(state),
            "ResourceLimits": dict(self._echo["HyperParameterTuningJobConfig"]["ResourceLimits"]),
        }

    def trial_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as ListTrainingJobsForHyperParameterTuningJob shows it."""
        if trial.ended > instant:
            return trial_summary(trial, self.trial_arn(trial), instant, stamp)
        # What has ended changes no more, and is asked for over and over: as the best one, and in every page.
        kept = self._ended_summaries.get((trial.number, stamp))
        if kept is None:
            kept = self._ended_summaries[trial.number, stamp] = FreshCopies(
                trial_summary(trial, self.trial_arn(trial), instant, stamp)
            )
        return kept.copy()

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as ListTrainingJobs shows it."""
        return training_job_summary(trial, self.trial_arn(trial), instant, stamp)

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return a trial as DescribeTrainingJob shows it."""
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
