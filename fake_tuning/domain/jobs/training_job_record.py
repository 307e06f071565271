"""A training job that belongs to no tuning job, such as the one that is made with the best hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.deletions import Deletions
from fake_tuning.domain.jobs.responses import Stamp, describe_training_job, training_job_summary
from fake_tuning.domain.request.echo import LONGEST, echo_training_job
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC, Definition, JobSpec
from fake_tuning.domain.simulation.pacing import Draws, Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import Command
from fake_tuning.domain.simulation.training_run import TrainingRun
from fake_tuning.domain.simulation.trial import Trial
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.simulation.trial_plan import TrialPlan, TrialPlanner, run
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB, Place
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
class TrainingJobRecord:
    """A standalone training job: it lives like the one trial of a job of its own.

    Attributes:
        request: the CreateTrainingJob request.
        place: the region and the account.
        scenario: how it behaves.
        seed: decides all that is drawn.
        created: when it was created, in milliseconds since 1970.
        commands: what was done to it, in the order in which it was done.
        deletions: whether it was deleted.
    """

    request: Mapping[str, Any]
    place: Place
    scenario: Scenario
    seed: int
    created: int
    commands: tuple[Command, ...] = ()
    deletions: Deletions = Deletions()

    @property
    def name(self) -> str:
        """The training job's name."""
        return str(self.request["TrainingJobName"])

    @property
    def arn(self) -> str:
        """The training job's ARN."""
        return self.place.arn(TRAINING_JOB, self.name)

    @cached_property
    def _own_scenario(self) -> Scenario:
        """Its scenario, with what that says of the job said of the job's only trial."""
        said = self.scenario.edits.get(1, TrialEdit())
        # A training job without metric definitions emits none.
        silent = None if self._spec.definitions[0].metric else True
        edit = TrialEdit(name=self.name, without_metric=silent)
        return self.scenario.edited(1, edit.merged(self.scenario.ending.training_edit(said)))

    @cached_property
    def _plan(self) -> TrialPlan:
        return TrialPlanner(self._spec, self._own_scenario, self.seed).plan(1)

    def _run(self, scale: float) -> Trial:
        trial = run(self._plan, self._own_scenario, launch=0, slot=0, warm=False, scale=scale)
        return trial.shifted(self.created)

    @cached_property
    def undisturbed(self) -> Trial:
        """Its life, if nobody interferes: long enough for what its scenario lets happen at a stated time."""
        trial = self._run(1.0)
        scale = self.scenario.ending.training_scale(trial.ended - self.created)
        return trial if scale == 1.0 else self._run(scale)

    @cached_property
    def trial(self) -> Trial:
        """Its life."""
        reason = self._own_scenario.edits[1].reason
        own = self.scenario.ending.training_changes(self.undisturbed, reason)
        run = TrainingRun(self.undisturbed, self._length(self.scenario.pacing.drain, "drain"))
        for change in sorted((*self.commands, *own), key=lambda each: each.at):
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

    def commanded(self, command: Command) -> TrainingJobRecord:
        """Return this job with something more done to it."""
        return replace(self, commands=(*self.commands, command))

    def deleting(self, trial: Trial, at: int) -> TrainingJobRecord:
        """Return this job being deleted."""
        gone = at + self._length(self.scenario.pacing.delete, "delete")
        return replace(self, deletions=self.deletions.of(trial, at, gone))

    def trial_arn(self, trial: Trial) -> str:
        """Return the ARN of its training job."""
        return self.place.arn(TRAINING_JOB, trial.name)

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it, at an instant in milliseconds since 1970."""
        echo = echo_training_job(self.request, self.place)
        return {
            **describe_training_job(trial, echo, self.hyperparameters, instant, stamp),
            "TrainingJobArn": self.arn,
        }

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it."""
        return training_job_summary(trial, self.arn, instant, stamp)
