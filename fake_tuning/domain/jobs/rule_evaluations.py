"""What DescribeTrainingJob says of the rules of a debugger and a profiler, which are evaluated by jobs of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fake_tuning.domain.jobs.responses import Stamp
from fake_tuning.domain.simulation.pacing import Draws, Span
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.vocabulary.arns import Place


class _Kind(NamedTuple):
    """A kind of rules.

    Attributes:
        configurations: the member of the request that has them.
        statuses: the member of the answer that tells of them.
        lag: from the end of the training job to the end of their evaluation, in milliseconds (recorded).
    """

    configurations: str
    statuses: str
    lag: Span


KINDS = (
    _Kind("DebugRuleConfigurations", "DebugRuleEvaluationStatuses", (13_906, 13_906)),
    _Kind("ProfilerRuleConfigurations", "ProfilerRuleEvaluationStatuses", (27_788, 78_957)),
)


class RuleEvaluations(NamedTuple):
    """The evaluations of the rules of one training job.

    Attributes:
        trial: the training job.
        place: the region and the account.
        seed: determines their names and lengths.
    """

    trial: Trial
    place: Place
    seed: int

    def ends(self, request: Mapping[str, Any]) -> list[int]:
        """Return when the evaluations of the rules in a request end, in milliseconds since 1970."""
        return [self._end(kind) for kind in KINDS if request.get(kind.configurations)]

    def _end(self, kind: _Kind) -> int:
        if self.trial.ended >= FOREVER:
            return FOREVER
        return self.trial.ended + self._draws(kind.statuses).pick(kind.lag)

    def _draws(self, what: str) -> Draws:
        return Draws(f"{self.seed}:{self.trial.name}:{what}")

    def statuses(self, request: Mapping[str, Any], instant: int, stamp: Stamp) -> dict[str, Any]:
        """Return the members that tell of the rules in a request, at an instant in milliseconds since 1970."""
        return {
            kind.statuses: [self._status(kind, rule, instant, stamp) for rule in rules]
            for kind in KINDS
            if (rules := request.get(kind.configurations))
        }

    def _status(self, kind: _Kind, rule: Mapping[str, Any], instant: int, stamp: Stamp) -> dict[str, Any]:
        over = instant >= self._end(kind)
        # Recorded: no issue was ever found. That rules of a job that never trained are Stopped is invented.
        outcome = "NoIssuesFound" if self.trial.started < self.trial.ended else "Stopped"
        status: dict[str, Any] = {
            "RuleConfigurationName": rule["RuleConfigurationName"],
            "RuleEvaluationStatus": outcome if over else "InProgress",
            "LastModifiedTime": stamp(self._end(kind) if over else self.trial.created),
        }
        # Recorded: not there while the training job is Starting, and there when it has ended.
        if self.trial.started <= instant:
            status["RuleEvaluationJobArn"] = self.place.arn("processing-job", self._job(rule))
        return status

    def _job(self, rule: Mapping[str, Any]) -> str:
        """Return the name of the job that evaluates a rule (its form is recorded)."""
        name = re.sub("[^a-z0-9]+", "-", rule["RuleConfigurationName"].lower())[:26]
        suffix = self._draws(f"rule {rule['RuleConfigurationName']}").pick((1 << 28, (1 << 32) - 1))
        return f"{self.trial.name[:26]}-{name}-{suffix:08x}"


def evaluated_rules(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the members that tell of rules, of several answers together."""
    found: dict[str, Any] = {}
    for each in answers:
        for kind in KINDS:
            if kind.statuses in each:
                found.setdefault(kind.statuses, []).extend(each[kind.statuses])
    return found
