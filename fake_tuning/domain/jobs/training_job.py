"""A training job as a resource, whether a tuning job launched it or it was created by itself."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from fake_tuning.domain.jobs.changes import Tags, Update, tags_after
from fake_tuning.domain.jobs.responses import Stamp, profiling_status
from fake_tuning.domain.jobs.rule_evaluations import RuleEvaluations, evaluated_rules
from fake_tuning.domain.jobs.warm_pool import WarmPool, keep_alive
from fake_tuning.domain.simulation.pacing import Draws
from fake_tuning.domain.simulation.steering import Change, Delete
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.vocabulary.durations import utc
from fake_tuning.domain.vocabulary.statuses import TRAINING_LIFECYCLE

if TYPE_CHECKING:
    from fake_tuning.domain.jobs.record import Record
    from fake_tuning.domain.vocabulary.statuses import TrainingStatus


Updatable: TypeAlias = Literal["profiling", "remote debugging", "warm pool", "rule"]


class Obstacle(NamedTuple):
    """What keeps a training job from being updated.

    Attributes:
        to: what cannot be updated.
        because: the status that does not allow it, or the name of a rule that there is already.
    """

    to: Updatable
    because: str = ""


@dataclass(frozen=True, slots=True)
class TrainingJob:
    """A trial together with the changes that were made to it, which is what the operations on training jobs show.

    Attributes:
        record: the record of the tuning job that launched it, or its own.
        trial: what it does.
    """

    record: Record
    trial: Trial

    @property
    def name(self) -> str:
        """The training job's name."""
        return self.trial.name

    @property
    def arn(self) -> str:
        """The training job's ARN."""
        return self.record.trial_arn(self.trial)

    def changed(self, change: Change) -> Record:
        """Return its record with a change that is made to this training job."""
        return self.record.changed(change.made_to(self.trial.number))

    def _changes(self, now: int = FOREVER) -> Sequence[Change]:
        changes = self.record.changes_to(self.trial.number)
        # Nearly all training jobs have none, and lists ask each of many.
        return [each for each in changes if each.at <= now] if changes else ()

    def exists(self, now: int) -> bool:
        """Whether it is there at an instant: launched, and not yet gone."""
        return self.trial.created <= now < self.gone

    @property
    def gone(self) -> int:
        """When it is gone after its deletion, in milliseconds since 1970; ``FOREVER`` when nobody deleted it."""
        begun = self._deletion_begins
        if begun == FOREVER:
            return FOREVER
        draws = Draws(f"{self.record.seed}:{self.trial.name}:delete")
        return begun + draws.pick(self.record.scenario.pacing.delete)

    @property
    def _deletion_begins(self) -> int:
        """When somebody began to delete it, in milliseconds since 1970; ``FOREVER`` when nobody did."""
        deletions = (each for each in self._changes() if isinstance(each, Delete))
        return next((each.at for each in deletions if self._happened(each, self.is_deletable)), FOREVER)

    def _happened(self, change: Change, possible: Callable[[int], bool]) -> bool:
        """Whether a change happened: one that was made later, at an earlier instant, can have made it impossible."""
        # What was done after it at the same instant does not stand in its way.
        before = max(change.at - 1, self.trial.created)
        return change.at >= self.trial.created and (possible(change.at) or possible(before))

    def is_deletable(self, now: int) -> bool:
        """Whether it can be deleted at an instant: it is over, and retains no available warm pool (documented)."""
        pool = self.warm_pool(now)
        over = self.trial.status_at(now) in TRAINING_LIFECYCLE.deletable
        return over and (pool is None or not pool.is_available(now))

    def status_at(self, now: int) -> TrainingStatus:
        """Return its status at an instant at which it is there."""
        return "Deleting" if now >= self._deletion_begins else self.trial.status_at(now)

    def modified(self, now: int) -> int:
        """Return when it was last modified, in milliseconds since 1970 (invented: by an update or a deletion too)."""
        return self._modified(now, self._modifications(now))

    def _modified(self, now: int, modifications: Sequence[int]) -> int:
        return max([self.record.trial_modified(self.trial, now), *modifications])

    def _modifications(self, now: int) -> list[int]:
        updates = [update for update, _ in self._updates(now)]
        evaluated = [end for each in updates for end in self._rules.ends(each.members) if end <= now]
        deleted = [begun for begun in (self._deletion_begins,) if begun <= now]
        pool = self.warm_pool(now)
        released = [] if pool is None or pool.gone > now else [pool.gone]
        return [*(each.at for each in updates), *evaluated, *deleted, *released]

    def warm_pool(self, now: int) -> WarmPool | None:
        """Return its warm pool as it is known at an instant, or None when it keeps none."""
        until = None
        for update, _ in self._updates(now):
            if "ResourceConfig" in update.members:
                # Documented: a period of 0 terminates it.
                until = max(self.trial.ended + keep_alive(update.members) * 1000, update.at)
        return self.record.warm_pool(self.trial, until, now)

    @property
    def _rules(self) -> RuleEvaluations:
        return RuleEvaluations(self.trial, self.record.place, self.record.seed)

    def tags(self, now: int) -> Tags:
        """Return its tags at an instant. It begins with those that its job had when it was launched (documented)."""
        return tags_after(self.record.tags(self.trial.created), self._changes(now))

    def describe(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it."""
        answer = self.record.describe_trial(self.trial, now, stamp)
        for update, _ in self._updates(now):
            added = self._rules.statuses(update.members, now, stamp)
            answer = {**_updated(answer, update.members), **evaluated_rules([answer, added])}
        pool = self.warm_pool(now)
        if pool is not None:
            answer = pool.shown(answer, now)
        return self.shown(answer, now, stamp)

    def obstacle(self, update: Mapping[str, Any], now: int) -> Obstacle | None:
        """Return what keeps this training job from an update at an instant, or None.

        Profiling is updated while the training job runs (documented), and remote debugging while it downloads or
        trains (documented). The time that a warm pool is kept can be changed for as long as there is one
        (documented). A rule has a name that no other rule has (invented).

        Args:
            update: the members of an UpdateTrainingJob request, without the name.
            now: when it is to be updated, in milliseconds since 1970.
        """
        standing = self.record.describe_trial(self.trial, now, utc)
        for _, after in self._updates(now):
            standing = after
        obstacle = self._obstacle(update, standing, now)
        if obstacle is not None and obstacle.to == "profiling":
            return obstacle._replace(because=self.status_at(now))
        return obstacle

    def _obstacle(self, update: Mapping[str, Any], standing: Mapping[str, Any], now: int) -> Obstacle | None:
        # One that is deleted is over.
        status, phase = self.trial.status_at(now), self.trial.secondary_at(now)
        profiled = not update.keys().isdisjoint(("ProfilerConfig", "ProfilerRuleConfigurations"))
        if profiled and status != "InProgress":
            return Obstacle("profiling", status)
        if "RemoteDebugConfig" in update and phase not in ("Downloading", "Training"):
            return Obstacle("remote debugging", phase)
        if "ResourceConfig" in update:
            pool = self.record.warm_pool(self.trial, self.trial.ended + keep_alive(standing) * 1000, now)
            if pool is None or not pool.requested or now >= pool.gone:
                return Obstacle("warm pool")
        rules = "ProfilerRuleConfigurations"
        named = Counter(
            rule["RuleConfigurationName"] for each in (standing, update) for rule in each.get(rules, ())
        )
        return next((Obstacle("rule", name) for name, count in named.items() if count > 1), None)

    def _accepts(self, update: Mapping[str, Any], standing: Mapping[str, Any], now: int) -> bool:
        return self._obstacle(update, standing, now) is None

    def _updates(self, now: int) -> Iterator[tuple[Update, dict[str, Any]]]:
        """Yield the updates that happened by an instant, each with what a description shows after it."""
        updates = [each for each in self._changes(now) if isinstance(each, Update)]
        if not updates:
            return
        standing = self.record.describe_trial(self.trial, now, utc)
        for update in updates:
            if self._happened(update, partial(self._accepts, update.members, standing)):
                standing = _updated(standing, update.members)
                yield update, standing

    def summary(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it."""
        summary = self.record.training_job_summary(self.trial, now, stamp)
        pool = self.warm_pool(now)
        if pool is not None:
            summary["WarmPoolStatus"] = pool.status(now)
        return self.shown(summary, now, stamp)

    def shown(self, answer: dict[str, Any], now: int, stamp: Stamp) -> dict[str, Any]:
        """Return an answer on its trial with the status and the time of modification that changes gave it."""
        if self._changes(now):
            answer = {**answer, "TrainingJobStatus": self.status_at(now)}
        if "LastModifiedTime" in answer:
            modifications = self._modifications(now)
            if modifications:
                answer = {**answer, "LastModifiedTime": stamp(self._modified(now, modifications))}
        return answer


def _updated(answer: dict[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """Return a description after an update.

    Members of a structure that the update leaves out stay as they are (inferred), and rules are added to those that
    there are (inferred from a client that sends new ones only).
    """
    answer = {**answer}
    for name, given in members.items():
        standing = answer.get(name, type(given)())
        answer[name] = copy.deepcopy(
            {**standing, **given} if isinstance(given, Mapping) else [*standing, *given]
        )
    if "ProfilerConfig" in members:
        answer["ProfilingStatus"] = profiling_status(answer)
    return answer
