"""A training job that no tuning job launched, such as the one that is made with the best hyperparameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fake_tuning.domain.jobs.record import Record
from fake_tuning.domain.jobs.responses import Stamp, describe_training_job
from fake_tuning.domain.jobs.rule_evaluations import RuleEvaluations
from fake_tuning.domain.jobs.training_job import TrainingJob
from fake_tuning.domain.jobs.warm_pool import WarmPool, keep_alive
from fake_tuning.domain.request.echo import echo_training_job
from fake_tuning.domain.request.job_spec import OBJECTIVE_STATIC, Definition, JobSpec
from fake_tuning.domain.simulation.pacing import Draws
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.steering import Change, Interruption
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_edits import TrialEdit
from fake_tuning.domain.simulation.trial_plan import TrialPlan, TrialPlanner, limited, run, stretched
from fake_tuning.domain.vocabulary.arns import TRAINING_JOB
from fake_tuning.domain.vocabulary.builtin_algorithms import builtin_algorithm, emitted_metrics


def check_scenario(scenario: Scenario) -> None:
    """Refuse a scenario that asks of a training job what no training job can do.

    Raises:
        ValueError: it edits another trial than the first, has it try hyperparameters, or makes its deletion fail.
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
class TrainingJobRecord(Record):
    """What is stored of a standalone training job, which behaves like the only trial of a tuning job.

    Attributes:
        warm: whether it took over the instances of another training job.
    """

    warm: bool = field(default=False, kw_only=True)

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
        events = [
            *self.trial.moments,
            *self._rules_of(self.trial).ends(self.request),
            *self.events_of_changes(),
        ]
        # As all that is ever done to it leaves it; what is to be described has an instant on the calendar.
        pool = TrainingJob(self, self.trial).warm_pool(self.changes[-1].at if self.changes else self.created)
        if pool is not None:
            events.append(pool.gone)
        return min((each for each in events if after < each < FOREVER), default=None)

    @cached_property
    def _own_scenario(self) -> Scenario:
        """Its scenario, with the settings for the job applied to its only trial."""
        edit = self.scenario.edits.get(1, TrialEdit())
        # A training job without metric definitions emits no metric.
        without_metric = None if self._spec.definitions[0].metric else True
        own = TrialEdit(name=self.name, without_metric=without_metric)
        return self.scenario.edited(1, own.merged(self.scenario.ending.training_edit(edit)))

    @cached_property
    def plan(self) -> TrialPlan:
        """The plan of its only trial."""
        return TrialPlanner(self._spec, self._own_scenario, self.seed).plan(1, turn=1)

    @cached_property
    def undisturbed(self) -> Trial:
        """The trial if nobody interferes, long enough for everything that the scenario schedules."""
        trial = run(self.plan, self._own_scenario, launch=0, slot=0, warm=self.warm, scale=1.0)
        scale = self.scenario.ending.training_scale(trial.ended)
        if scale > 1 and trial.reaches_limit == FOREVER:
            trial = limited(stretched(trial, scale, within_limits=False), self._drain_time)
        return trial.shifted(self.created)

    @cached_property
    def trial(self) -> Trial:
        """What it does, with the changes that cut it short."""
        reason, limit = self._own_scenario.edits[1].reason, self._cut_short(self.changes).reaches_limit
        own = self.scenario.ending.training_changes(self.undisturbed, limit, reason)
        return self._cut_short(sorted((*self.changes, *own), key=lambda each: each.at))

    def _cut_short(self, changes: Iterable[Change]) -> Trial:
        trial, drain = self.undisturbed, self._drain_time
        for each in changes:
            if isinstance(each, Interruption):
                trial = each.cut_short(trial, drain)
        return trial

    @property
    def _drain_time(self) -> int:
        return Draws(f"{self.seed}:{self.name}:drain").pick(self.scenario.pacing.drain)

    @cached_property
    def _spec(self) -> JobSpec:
        request = {**self.request, "StaticHyperParameters": self.hyperparameters}
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
        """The metric that counts as its objective, or an empty text when it emits none.

        A training job that repeats a trial has the hyperparameter that names the trial's objective. The metrics of
        other people's algorithms are not known well enough to refuse one. Of those that a built-in algorithm emits it
        is the first that is not of the channel ``train``, if there is one.
        """
        specification = self.request.get("AlgorithmSpecification", {})
        defined = [each["Name"] for each in specification.get("MetricDefinitions", ())]
        objective = self.hyperparameters.get(OBJECTIVE_STATIC, "")
        algorithm = builtin_algorithm(self.request)
        has_its_own = "AlgorithmName" in specification or algorithm is not None
        if objective in defined or (objective and not defined and has_its_own):
            return objective
        if defined or algorithm is None:
            return defined[0] if defined else ""
        channels = {each["ChannelName"] for each in self.request.get("InputDataConfig", ())}
        filled = {**specification, "MetricDefinitions": algorithm.definitions}
        emitted = emitted_metrics(
            {**self.request, "AlgorithmSpecification": filled}, self.hyperparameters, channels, ""
        )
        return next((each for each in emitted if not each.startswith("train:")), (*emitted, "")[0])

    @property
    def hyperparameters(self) -> Mapping[str, str]:
        """The hyperparameters that it was given."""
        given: Mapping[str, str] = self.request.get("HyperParameters", {})
        return given

    def describe_trial(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it, apart from updates and a deletion."""
        echo = echo_training_job(self.request, self.place)
        return {
            **describe_training_job(trial, echo, self.hyperparameters, instant, stamp),
            **self._rules_of(trial).statuses(self.request, instant, stamp),
            "LastModifiedTime": stamp(self.trial_modified(trial, instant)),
            "TrainingJobArn": self.arn,
        }

    def training_job_summary(self, trial: Trial, instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it, apart from updates and a deletion."""
        summary = super().training_job_summary(trial, instant, stamp)
        return {**summary, "LastModifiedTime": stamp(self.trial_modified(trial, instant))}

    def trial_modified(self, trial: Trial, instant: int) -> int:
        """Return when it last changed; the end of its rules' evaluation modifies it (recorded)."""
        evaluated = [each for each in self._rules_of(trial).ends(self.request) if each <= instant]
        return max([super().trial_modified(trial, instant), *evaluated])

    def warm_pool(self, trial: Trial, until: int | None, now: int) -> WarmPool | None:  # noqa: ARG002
        """Return the warm pool that it keeps, or None."""
        seconds = keep_alive(self.request)
        if not seconds:
            return None
        pool = WarmPool(trial, trial.ended + seconds * 1000 if until is None else until, None)
        return pool.after(self.changes_to(1))

    def _rules_of(self, trial: Trial) -> RuleEvaluations:
        return RuleEvaluations(trial, self.place, self.seed)
