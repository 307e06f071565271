"""A training job that no tuning job launched, such as the one that is made with the best hyperparameters."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.changes import steering
from fake_tuning.domain.jobs.record import Record
from fake_tuning.domain.jobs.responses import Stamp, describe_training_job, with_times
from fake_tuning.domain.request.echo import LONGEST, echo_training_job
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC, Definition, JobSpec
from fake_tuning.domain.simulation.pacing import Draws, Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.training_run import TrainingRun
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.simulation.trial_plan import TrialPlan, TrialPlanner, run
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_metrics


def check_scenario(scenario: Scenario) -> None:
    """Refuse a scenario that says something of a training job that a training job cannot do.

    Raises:
        ValueError: it edits another trial than the first, lets it try something, or lets a deletion fail.
    """
    for number, edit in scenario.edits.items():
        if number != 1:
            raise ValueError(
                f"a training job is its own and only trial: write .trial(1), and not .trial({number})"
            )
        if edit.tuned is not None:
            raise ValueError("a training job tries nothing: its hyperparameters are those of its request")
    if scenario.deletion_fails:
        raise ValueError("the deletion of a training job cannot fail: it has no status for that")


@dataclass(frozen=True)
class CapturedAnswer:
    """What a captured DescribeTrainingJob response says, for as long as nothing happens to the training job.

    Attributes:
        at: when it was captured, in milliseconds since 1970.
        trial: what the training job does if nobody interferes, which is what the response says up to then.
        echoed: the members that repeat the request.
        differing: the other members that differ from what would be made up; times are in milliseconds since 1970.
        absent: the members that would be made up, and that the response has not.
        messages: the messages of its SecondaryStatusTransitions, in their order; None where there is none.
    """

    at: int
    trial: Trial
    echoed: Mapping[str, Any]
    differing: Mapping[str, Any]
    absent: frozenset[str]
    messages: Sequence[str | None]


@dataclass(frozen=True)
class TrainingJobRecord(Record):
    """A standalone training job, which behaves like the only trial of a tuning job.

    Attributes:
        captured: the response that it was read from, if it was.
    """

    captured: CapturedAnswer | None = None

    @property
    def name(self) -> str:
        """The training job's name."""
        return str(self.request["TrainingJobName"])

    @property
    def arn(self) -> str:
        """The training job's ARN."""
        return self.place.arn(TRAINING_JOB, self.name)

    def trials(self, instant: int) -> Sequence[Trial]:
        """Return its only trial, if it was created by an instant."""
        return [self.trial] if instant >= self.created else []

    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next, in milliseconds since 1970, or None."""
        events = [*(phase.start for phase in self.trial.phases), *self.other_events()]
        return min((each for each in events if after < each < FOREVER), default=None)

    @cached_property
    def _own_scenario(self) -> Scenario:
        """Its scenario, with what that says of the job said of the job's only trial."""
        said = self.scenario.edits.get(1, TrialEdit())
        # A training job without metric definitions emits none.
        silent = None if self._spec.definitions[0].metric else True
        edit = TrialEdit(name=self.name, without_metric=silent)
        return self.scenario.edited(1, edit.merged(self.scenario.ending.training_edit(said)))

    @cached_property
    def plan(self) -> TrialPlan:
        """What the trial tries and suffers."""
        return TrialPlanner(self._spec, self._own_scenario, self.seed).plan(1)

    def _run(self, scale: float) -> Trial:
        trial = run(self.plan, self._own_scenario, launch=0, slot=0, warm=False, scale=scale)
        return trial.shifted(self.created)

    @cached_property
    def undisturbed(self) -> Trial:
        """Its life, if nobody interferes: long enough for what its scenario lets happen at a stated time."""
        if self.captured is not None:
            return self.captured.trial
        trial = self._run(1.0)
        scale = self.scenario.ending.training_scale(trial.ended - self.created)
        return trial if scale == 1.0 else self._run(scale)

    @cached_property
    def trial(self) -> Trial:
        """Its life."""
        reason = self._own_scenario.edits[1].reason
        own = self.scenario.ending.training_changes(self.undisturbed, reason)
        run = TrainingRun(self.undisturbed, self._length(self.scenario.pacing.drain, "drain"))
        for change in sorted((*steering(self.changes), *own), key=lambda each: each.at):
            change.apply(run, change.at)
        return run.trial

    def _length(self, bounds: Span, what: str) -> int:
        return Draws(f"{self.seed}:{self.name}:{what}").pick(bounds)

    @cached_property
    def _spec(self) -> JobSpec:
        request = {
            **self.request,
            "StaticHyperParameters": self.hyperparameters,
            "StoppingCondition": {**LONGEST, **self.request.get("StoppingCondition", {})},
        }
        return JobSpec(
            name=self.name,
            strategy="Random",
            definitions=(Definition.read(request, {"MetricName": self._metric}, {}),),
            max_trials=1,
            parallel=1,
            early_stopping=False,
            max_runtime=None,
            target=None,
            max_not_improving=None,
            ends_on_convergence=False,
            random_seed=None,
            hyperband=None,
        )

    @property
    def _metric(self) -> str:
        """The metric that it emits, or an empty text.

        One that repeats a trial has the hyperparameter that names its objective. Which metrics an algorithm has that
        is not one's own is not known well enough to doubt that.
        """
        specification = self.request.get("AlgorithmSpecification", {})
        defined = [each["Name"] for each in specification.get("MetricDefinitions", ())]
        objective = self.hyperparameters.get(OBJECTIVE_STATIC, "")
        has_its_own = "AlgorithmName" in specification or builtin_metrics(specification) is not None
        if objective in defined or (not defined and has_its_own):
            return objective
        return defined[0] if defined else ""

    @property
    def hyperparameters(self) -> Mapping[str, str]:
        """The hyperparameters that it was given."""
        given: Mapping[str, str] = self.request.get("HyperParameters", {})
        return given

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it, apart from updates and a deletion."""
        echo = echo_training_job(self.request, self.place)
        answer = {
            **describe_training_job(trial, echo, self.hyperparameters, instant, stamp),
            "TrainingJobArn": self.arn,
        }
        captured = self.captured
        if captured is None:
            return answer
        answer = {member: value for member, value in answer.items() if member not in captured.absent}
        answer |= copy.deepcopy(dict(captured.echoed))
        if self._is_as_captured(captured, instant):
            return {**answer, **with_times(captured.differing, stamp)}
        # What was captured of the phases that are over stays true.
        for transition, message in zip(
            answer.get("SecondaryStatusTransitions", ()), captured.messages, strict=False
        ):
            if message is not None:
                transition["StatusMessage"] = message
        return answer

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it, apart from updates and a deletion."""
        summary = super().training_job_summary(trial, instant, stamp)
        captured = self.captured
        if captured is None or not self._is_as_captured(captured, instant):
            return summary
        differing = {member: value for member, value in captured.differing.items() if member in summary}
        return {**summary, **with_times(differing, stamp)}

    def _is_as_captured(self, captured: CapturedAnswer, instant: int) -> bool:
        """Whether nothing has happened since the answer was captured."""
        return instant >= captured.at and _begun(self.trial, instant) == _begun(captured.trial, captured.at)


def _begun(trial: Trial, instant: int) -> list[tuple[str, int]]:
    return [(phase.status, phase.start) for phase in trial.phases_at(instant)]
