"""A training job as a resource, whether a tuning job launched it or it was created by itself."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_tuning.domain.jobs.changes import Change, Delete, Tags, Update, tags_after
from fake_tuning.domain.jobs.responses import Stamp, profiling_status, trial_modified
from fake_tuning.domain.simulation.pacing import Draws
from fake_tuning.domain.simulation.trial import FOREVER, Trial

if TYPE_CHECKING:
    from fake_tuning.domain.jobs.record import Record
    from fake_tuning.domain.vocabulary.statuses import TrainingStatus


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
        return [each for each in self.record.changes_to(self.trial.number) if each.at <= now]

    def exists(self, now: int) -> bool:
        """Whether it is there at an instant: launched, and not yet gone."""
        return self.trial.created <= now < self.gone

    @property
    def gone(self) -> int:
        """When it is gone after its deletion, in milliseconds since 1970; ``FOREVER`` when nobody deleted it."""
        begun = next((each.at for each in self._changes() if isinstance(each, Delete)), None)
        if begun is None:
            return FOREVER
        draws = Draws(f"{self.record.seed}:{self.trial.name}:delete")
        return begun + draws.pick(self.record.scenario.pacing.delete)

    def status_at(self, now: int) -> TrainingStatus:
        """Return its status at an instant at which it is there."""
        deleting = any(isinstance(each, Delete) for each in self._changes(now))
        return "Deleting" if deleting else self.trial.status_at(now)

    def modified(self, now: int) -> int:
        """Return when it was last modified, in milliseconds since 1970 (invented: by an update or a deletion too)."""
        return max([trial_modified(self.trial, now), *self._modifications(now)])

    def _modifications(self, now: int) -> list[int]:
        return [each.at for each in self._changes(now) if isinstance(each, (Update, Delete))]

    def tags(self, now: int) -> Tags:
        """Return its tags at an instant. It begins with those that its job had when it was launched (documented)."""
        return tags_after(self.record.tags(self.trial.created), self._changes(now))

    def describe(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as DescribeTrainingJob shows it."""
        answer = self.record.describe_trial(self.trial, now, stamp)
        for change in self._changes(now):
            if isinstance(change, Update):
                answer = _updated(answer, change.members)
        return self.shown(answer, now, stamp)

    def summary(self, now: int, stamp: Stamp) -> dict[str, Any]:
        """Return it as ListTrainingJobs shows it."""
        return self.shown(self.record.training_job_summary(self.trial, now, stamp), now, stamp)

    def shown(self, answer: dict[str, Any], now: int, stamp: Stamp) -> dict[str, Any]:
        """Return an answer on its trial with the status and the time of modification that changes gave it."""
        if self._modifications(now):
            answer = {**answer, "TrainingJobStatus": self.status_at(now)}
            if "LastModifiedTime" in answer:
                answer["LastModifiedTime"] = stamp(self.modified(now))
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
