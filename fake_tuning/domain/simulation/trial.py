"""Trials: what one of them tries, the phases it goes through, and what is known of it at an instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from fake_tuning.domain.request.job_spec import Definition
from fake_tuning.domain.vocabulary.builtin_algorithms import REPEATED_OBJECTIVE
from fake_tuning.domain.vocabulary.failure_texts import FIRST_MESSAGES, PHASE_MESSAGES, is_retryable
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.statuses import (
    PHASES,
    PRIMARY,
    TRAINING_LIFECYCLE,
    ObjectiveStatus,
    SecondaryStatus,
    TrainingStatus,
)

FOREVER = 1 << 62
"""Later than any instant, in milliseconds."""

_STARTED = frozenset({"Downloading", "Training", "Uploading"})
_RUNNING_ON_INSTANCES = _STARTED | {"Stopping"}

SPOT_PRICE = 0.35
"""Invented: the share of the training time of a spot trial that is billed (one recording: 21 s of 61 s)."""


class Phase(NamedTuple):
    """What a trial does for a while. The last phase takes no time: it begins and ends when the trial ends."""

    status: SecondaryStatus
    start: int
    end: int

    @property
    def changes_at(self) -> int:
        """When the service begins to say something else of it; its start if it says the same all the time."""
        changes = self.start + FIRST_MESSAGES.get(self.status, ("", 0))[1]
        return changes if changes < self.end else self.start

    def message_at(self, instant: int) -> str | None:
        """Return what the service says of it at an instant from its start on, or None when it says nothing."""
        if instant < min(self.end, self.start + FIRST_MESSAGES.get(self.status, ("", 0))[1]):
            return FIRST_MESSAGES[self.status][0]
        return PHASE_MESSAGES.get(self.status)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as it goes if nothing more is done to it: its phases and what it emits, from its creation to its end.

    Its times are in milliseconds: after the creation of its job inside a simulation, and since 1970 everywhere else.

    Attributes:
        number: from 1, in the order of launch.
        name: its training job's name.
        definition: what it runs.
        tuned: what it tries, as the service writes it.
        phases: what it does, without gaps.
        curve: the emitted objective values, each with its instant.
        reason: why it failed, or None.
        slot: which of the parallel slots it fills.
    """

    number: int
    name: str
    definition: Definition
    tuned: Mapping[str, str]
    phases: tuple[Phase, ...]
    curve: tuple[tuple[int, float], ...]
    reason: str | None = None
    slot: int = 0

    @property
    def created(self) -> int:
        """When it was created."""
        return self.phases[0].start

    @property
    def ended(self) -> int:
        """When it ends."""
        return self.phases[-1].end

    @property
    def started(self) -> int:
        """When its instances were ready; ``FOREVER`` if it ended before."""
        return next((phase.start for phase in self.phases if phase.status in _STARTED), FOREVER)

    @property
    def halfway(self) -> int:
        """The middle between its creation and its end; if it never ends, the last time at which anything happens."""
        # Nothing happens any more once a trial that never ends has begun to train.
        return (self.created + max(phase.start for phase in self.phases if phase.start < FOREVER)) // 2

    def secondary_at(self, instant: int) -> SecondaryStatus:
        """Return its secondary status."""
        return self.phases[self._position(instant)].status

    def status_at(self, instant: int) -> TrainingStatus:
        """Return its status."""
        return PRIMARY[self.secondary_at(instant)]

    def _position(self, instant: int) -> int:
        return bisect_right(self.phases, instant, key=lambda phase: phase.start) - 1

    def phases_at(self, instant: int) -> tuple[Phase, ...]:
        """Return the phases that have begun; the end of the last one may still be to come."""
        return self.phases[: self._position(instant) + 1]

    @property
    def moments(self) -> Iterator[int]:
        """When something can be seen of it, unordered: phases begin, and what is said of one changes."""
        for phase in self.phases:
            yield phase.start
            yield phase.changes_at

    def modified_at(self, instant: int) -> int:
        """Return when something was last seen to happen to it, at an instant from its creation on."""
        phase = self.phases[self._position(instant)]
        return phase.changes_at if phase.changes_at <= instant else phase.start

    @property
    def end_status(self) -> TrainingStatus:
        """The status in which it ends."""
        return PRIMARY[self.phases[-1].status]

    @property
    def reaches_limit(self) -> int:
        """When it reaches a limit of its definition, which stops it; ``FOREVER`` if it reaches none."""
        _, *limits = PHASES["Stopped"]
        exceeded = self.phases[-1].status in limits
        return self.phases[-2].start if exceeded else FOREVER

    @property
    def leaves_instances(self) -> bool:
        """Whether its instances can be kept for another training job when it has ended.

        Documented: it has been launched on them, and did not fail through the service's fault.
        """
        return self.started < self.ended and not self.retryable

    @property
    def leaves_a_model(self) -> bool:
        """Whether there is a model when it has ended.

        Recorded: Completed ones have it, those that run, are being stopped or Failed have not. Of a Stopped one it is
        documented that what it had trained is kept.
        """
        trained = any(phase.status in ("Training", "Uploading") for phase in self.phases)
        return trained and self.end_status in ("Completed", "Stopped")

    @property
    def retryable(self) -> bool:
        """Whether it failed through the service's fault."""
        return is_retryable(self.reason)

    @property
    def metric(self) -> float | None:
        """The final value of its objective, or None when it ends without one."""
        return self.curve[-1][1] if self.curve and self.phases[-1].status != "Failed" else None

    def final_value(self, metric: str) -> float | None:
        """Return the final value of one of its metrics, or None when it ends without a value of its objective.

        Metrics other than the objective have values that follow from their name and the trial's (invented).
        """
        if self.metric is None or metric in (self.definition.metric, REPEATED_OBJECTIVE):
            return self.metric
        return float32(Random(f"{self.name}:{metric}").uniform(0.5, 0.95))

    def objective_status_at(self, instant: int) -> ObjectiveStatus:
        """Return whether its objective is known, awaited or missing."""
        if instant < self.ended:
            return "Pending"
        return "Failed" if self.metric is None else "Succeeded"

    @property
    def better_when(self) -> float:
        """A number that is larger the better the trial did; only for trials with a metric."""
        metric = self.metric
        if metric is None:
            raise ValueError(f"trial {self.number} has no metric")
        return metric if self.definition.maximize else -metric

    def training_ms(self, instant: int) -> int | None:
        """Return for how long it has trained, in milliseconds, or None when it has not begun to (recorded)."""
        if self.started > instant or self.started >= self.ended:
            return None
        return min(instant, self.ended) - self.started

    def billable_ms(self, instant: int) -> int | None:
        """Return the milliseconds that are billed, or None before it has ended (recorded)."""
        length = self.training_ms(instant) if instant >= self.ended else None
        if length is None or not self.definition.spot:
            return length
        used = sum(phase.end - phase.start for phase in self.phases if phase.status in _RUNNING_ON_INSTANCES)
        return int(used * SPOT_PRICE)

    def cut(self, at: int, end: int, secondary: SecondaryStatus = "Stopped") -> Trial:
        """Return this trial stopped: from ``at`` it is Stopping, at ``end`` it has the given secondary status.

        One that is Stopping already goes on doing so.
        """
        at = min([at, *(phase.start for phase in self.phases if phase.status == "Stopping")])
        kept = [
            Phase(phase.status, phase.start, min(phase.end, at))
            for phase in self.phases[:-1]
            if phase.start < at
        ]
        stopping = (Phase("Stopping", at, end),) if end > at else ()
        return replace(
            self,
            phases=(*kept, *stopping, Phase(secondary, end, end)),
            # One that is stopped before it has begun has emitted nothing, also at the very instant.
            curve=tuple(point for point in self.curve if point[0] <= at) if self.started < at else (),
            reason=None,
        )

    def shifted(self, by: int) -> Trial:
        """Return this trial so many milliseconds later."""
        return replace(
            self,
            phases=tuple(
                [Phase(status, _later(start, by), _later(end, by)) for status, start, end in self.phases]
            ),
            curve=tuple([(instant + by, value) for instant, value in self.curve]),
        )

    def stretched(self, end: int) -> Trial:
        """Return this trial stretched or squeezed to end at an instant. One that never ends stays as it is."""
        if self.ended in (end, FOREVER):
            return self

        def moved(instant: int) -> int:
            return self.created + (instant - self.created) * (end - self.created) // (
                self.ended - self.created
            )

        phases = [Phase(phase.status, moved(phase.start), moved(phase.end)) for phase in self.phases]
        kept = [phase for phase in phases[:-1] if phase.end > phase.start]
        return replace(
            self,
            phases=(*kept, phases[-1]),
            curve=tuple((moved(instant), value) for instant, value in self.curve),
        )

    def lengthened(self, *, starting: int, training: int) -> Trial:
        """Return this trial, which trains, with longer phases: the first, and those in which it trains.

        Args:
            starting: how much longer it is Starting, which one that takes milliseconds was not at all.
            training: how much longer it trains in all; where it begins again, each time by its share.
        """
        whole = sum(phase.end - phase.start for phase in self.phases if phase.status == "Training")
        phases: list[Phase] = []
        trained = later = 0
        began = (
            () if self.phases[0].status == "Starting" else (Phase("Starting", self.created, self.created),)
        )
        for phase in (*(began if starting else ()), *self.phases):
            start = phase.start + later
            if phase.status == "Training":
                trained += phase.end - phase.start
            later = starting + training * trained // whole
            phases.append(Phase(phase.status, start, phase.end + later))
        return replace(self, phases=tuple(phases))

    def stopped(self, at: int, drain: int) -> Trial:
        """Return this trial stopped at an instant, or as it is if it cannot be stopped then.

        Documented: it is Stopping at once, and then Stopped. How long that takes does not depend on how it would have
        gone on: one in its last seconds ends later than it would have by itself (invented).

        Args:
            at: when somebody stops it.
            drain: how long it takes to stop, in milliseconds.
        """
        can_be = self.status_at(at) in TRAINING_LIFECYCLE.stoppable
        return self.cut(at, at + drain) if can_be else self

    def failed(self, at: int, reason: str) -> Trial:
        """Return this trial failed at an instant, or as it is if it cannot fail then."""
        can_fail = self.status_at(at) in TRAINING_LIFECYCLE.failable
        return replace(self.cut(at, at, "Failed"), reason=reason) if can_fail else self

    def is_stopping(self, instant: int) -> bool:
        """Whether somebody or something has begun to stop it."""
        return self.status_at(instant) == "Stopping"


def _later(instant: int, by: int) -> int:
    return instant if instant == FOREVER else instant + by
