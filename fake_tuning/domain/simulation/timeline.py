"""What is known of a tuning job at any instant: a pure function of what it is and what was done to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple, overload

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.endings import Natural
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import Action, Simulation
from fake_tuning.domain.simulation.steering import Steering
from fake_tuning.domain.simulation.totals import Totals
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_plan import TrialPlanner
from fake_tuning.domain.vocabulary.statuses import LIVE, TERMINAL, TuningStatus

LOOK_INTERVAL = 10_000
"""Observed in 2024: the service looks at a running job every ten seconds, and then moves its LastModifiedTime."""


class JobState(NamedTuple):
    """What is known of a job at an instant. Instants are in milliseconds since 1970.

    Attributes:
        status: the tuning job's status.
        created: when it was created.
        modified: when the service last looked at it.
        ended: when it ended, or None while it has not.
        completed: trials that completed.
        running: trials that run, or are being stopped.
        retryable: trials that failed through the service's fault.
        non_retryable: trials that failed through their own fault.
        stopped: trials that were stopped.
        succeeded: trials with an objective value.
        pending: trials whose objective value is awaited.
        without_objective: trials that ended without an objective value.
        best: the trial with the best objective value so far, or None.
        not_improving: trials in a row that did not improve on the best.
        converged: when convergence was detected, or None.
        failure_reason: why the job failed, or None.
        runtime: whole seconds that it has consumed.
    """

    status: TuningStatus
    created: int
    modified: int
    ended: int | None
    completed: int
    running: int
    retryable: int
    non_retryable: int
    stopped: int
    succeeded: int
    pending: int
    without_objective: int
    best: Trial | None
    not_improving: int
    converged: int | None
    failure_reason: str | None
    runtime: int


class Trials(Sequence[Trial]):
    """Some of a job's trials, in the order of launch or against it. Each is looked up when it is asked for.

    Args:
        found: returns the trial at a position, from 0.
        positions: those of the trials.
    """

    __slots__ = ("_found", "_positions")

    def __init__(self, found: Callable[[int], Trial], positions: range) -> None:
        self._found = found
        self._positions = positions

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Trials: ...
    def __getitem__(self, index: int | slice) -> Trial | Trials:
        if isinstance(index, slice):
            return Trials(self._found, self._positions[index])
        return self._found(self._positions[index])

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[Trial]:
        return map(self._found, self._positions)


_AT = itemgetter(0)


@dataclass(frozen=True)
class Timeline:
    """A tuning job, from its creation on.

    The job is simulated once, as far as somebody looks, in milliseconds after its creation. To find out how a job goes
    before you know when it was created, make a timeline that is created at 0, ask it what you need, and put it where it
    belongs with ``moved``. The two share what has been simulated, and what will be.

    Attributes:
        spec: what it was asked to do.
        scenario: how it behaves.
        seed: determines all random values.
        created: when it was created, in milliseconds since 1970.
        changes: what was done to it, in the order of their instants.
    """

    spec: JobSpec
    scenario: Scenario
    seed: int
    created: int
    changes: tuple[Steering, ...] = ()

    @cached_property
    def _planner(self) -> TrialPlanner:
        return TrialPlanner(self.spec, self.scenario, self.seed)

    @cached_property
    def _natural(self) -> Simulation:
        """The job without its ending, and without anything that was done to it."""
        return self._simulated(replace(self.scenario, ending=Natural()), (), 1.0)

    @cached_property
    def _scale(self) -> float:
        """The factor by which the job is stretched or squeezed to fit the ending."""
        # A job with a gate was fitted when it was composed.
        return 1.0 if self.scenario.gate else self.scenario.ending.scale(lambda: self._natural)

    @cached_property
    def _simulation(self) -> Simulation:
        own = self.scenario.ending.changes(lambda: self._natural)
        changes: list[tuple[int, Action]] = [(each.at - self.created, each.apply) for each in self.changes]
        changes += [(each.at, each.apply) for each in own]
        return self._simulated(self.scenario, sorted(changes, key=_AT), self._scale)

    def _simulated(
        self, scenario: Scenario, changes: Sequence[tuple[int, Action]], scale: float
    ) -> Simulation:
        return Simulation(self.spec, scenario, self.seed, changes, self._planner, scale)

    def changed(self, change: Steering) -> Timeline:
        """Return this job with one more change; a change in the past rewrites what came after it."""
        changes = sorted((*self.changes, change), key=lambda each: each.at)
        timeline = replace(self, changes=tuple(changes))
        return self._sharing(timeline, "_planner", "_natural", "_scale")

    def moved(self, by: int) -> Timeline:
        """Return the same job, created so many milliseconds later, with all that was done to it."""
        changes = tuple(each.moved(by) for each in self.changes)
        timeline = replace(self, created=self.created + by, changes=changes)
        return self._sharing(timeline, "_simulation", "_planner", "_natural", "_scale")

    def following(self, predecessors: int) -> Timeline:
        """Return the same job with other names for its trials.

        Args:
            predecessors: how many tuning jobs had its name before, whose training jobs are still there.
        """
        timeline = replace(self, scenario=replace(self.scenario, predecessors=predecessors))
        return self._sharing(timeline, "_scale")

    def _sharing(self, timeline: Timeline, *parts: str) -> Timeline:
        """Share with another timeline what was worked out for this one, and return it."""
        _ = self._simulation
        for part in parts:
            if part in self.__dict__:
                timeline.__dict__[part] = self.__dict__[part]
        return timeline

    def exists(self, instant: int) -> bool:
        """Whether the job is there at an instant: created, and not yet deleted."""
        return self._look(instant) is not None

    def _extended(self, at: int) -> Simulation:
        """Return the simulation, extended to so many milliseconds after the creation."""
        simulation = self._simulation
        simulation.extend(at)
        return simulation

    def state(self, instant: int) -> JobState:
        """Return what is known of the job at an instant at which it exists.

        Raises:
            ValueError: it does not exist then.
        """
        state = self._look(instant)
        if state is None:
            raise ValueError(f"tuning job {self.spec.name!r} does not exist at that instant")
        return state

    @cached_property
    def _latest(self) -> list[tuple[int, JobState | None]]:
        """The instant that was asked for last, and the state then: code that finds a job asks for its state next."""
        return [(-1, None)]

    def _look(self, instant: int) -> JobState | None:
        """Return what is known of the job at an instant, or None when it does not exist then."""
        asked, state = self._latest[0]
        if asked != instant:
            state = self._looked_up(instant)
            self._latest[0] = (instant, state)
        return state

    def _looked_up(self, instant: int) -> JobState | None:
        at = instant - self.created
        if at < 0:
            return None
        simulation = self._extended(at)
        if at >= simulation.gone:
            return None
        position = bisect_right(simulation.totals, at, key=_AT) - 1
        launched = bisect_right(simulation.launches, at)
        accepted = at >= simulation.accepted
        ended = _ended(simulation, position)
        totals = simulation.totals[position]
        looked = self._looked(at if totals.status in LIVE else totals.at if ended is None else ended)
        known = self._states.get(position)
        seen = (launched, accepted, looked)
        if known is None or known[0] != seen:
            known = self._states[position] = (seen, self._stated(totals, launched, accepted, looked, ended))
        return known[1]

    @cached_property
    def _states(self) -> dict[int, tuple[tuple[int, bool, int], JobState]]:
        """The last state for each of the totals, and what else it depends on: code that polls asks for it again."""
        return {}

    def _stated(
        self, totals: Totals, launched: int, accepted: bool, looked: int, ended: int | None
    ) -> JobState:
        simulation, created = self._simulation, self.created
        last = max(totals.at, simulation.accepted if accepted else 0)
        if launched:
            last = max(last, simulation.launches[launched - 1])
        return JobState(
            status=totals.status or "Deleting",
            created=created,
            modified=created + (max(last, looked) if totals.status in LIVE else totals.at),
            ended=None if ended is None else created + ended,
            completed=totals.completed,
            running=launched - totals.over,
            retryable=totals.retryable,
            non_retryable=totals.non_retryable,
            stopped=totals.stopped,
            succeeded=totals.succeeded,
            pending=launched - totals.over,
            without_objective=totals.over - totals.succeeded,
            best=self._trial(totals.best) if totals.best >= 0 else None,
            not_improving=totals.not_improving,
            converged=None if totals.converged is None else created + totals.converged,
            failure_reason=totals.failure_reason,
            runtime=looked // 1000,
        )

    def _looked(self, at: int) -> int:
        """Return when the service last looked at the job by a time at which it still ran."""
        phase = self.scenario.tick_phase
        return max(0, (at - phase) // LOOK_INTERVAL * LOOK_INTERVAL + phase)

    def _trial(self, position: int) -> Trial:
        """Return a trial that was launched, with its times in milliseconds since 1970."""
        trial = self._simulation.trials[position]
        known = self._placed.get(position)
        if known is None or known[0] is not trial:
            known = self._placed[position] = (trial, trial.shifted(self.created))
        return known[1]

    @cached_property
    def _placed(self) -> dict[int, tuple[Trial, Trial]]:
        """The trials that somebody looked at, by position: as simulated, and with their times since 1970."""
        return {}

    def launched(self, instant: int) -> int:
        """Return how many trials were launched by an instant."""
        at = instant - self.created
        return bisect_right(self._extended(at).launches, at)

    def trials(self, instant: int) -> Sequence[Trial]:
        """Return the trials launched by an instant, in the order of launch."""
        return Trials(self._trial, range(self.launched(instant)))

    def trial(self, number: int, instant: int) -> Trial | None:
        """Return one trial by its number (from 1), or None when it is not launched by then."""
        return self._trial(number - 1) if 1 <= number <= self.launched(instant) else None

    def reused_by(self, trial: Trial, instant: int) -> Trial | None:
        """Return the trial that had taken over the instances of another one by an instant, or None."""
        number = self._extended(instant - self.created).reused_by.get(trial.number, 0)
        return self.trial(number, instant)

    def ended_by(self, instant: int) -> int | None:
        """Return when the job ended, in milliseconds since 1970, or None if it had not ended by an instant."""
        at = instant - self.created
        ended = self._extended(at).ended
        return self.created + ended if ended <= at else None

    def history(self, instant: int) -> list[tuple[int, TuningStatus]]:
        """Return the statuses up to an instant, each with the milliseconds since 1970 at which it began."""
        at = instant - self.created
        found: list[tuple[int, TuningStatus]] = []
        for totals in self._extended(at).totals:
            if totals.at <= at and totals.status and (not found or found[-1][1] != totals.status):
                found.append((self.created + totals.at, totals.status))
        return found

    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next, in milliseconds since 1970, or None."""
        at = after - self.created
        simulation = self._extended(at)
        soonest = _known_event(simulation, at)
        while simulation.upcoming < soonest:
            # An event that is still to come may bring something earlier, or change what is known.
            simulation.step()
            soonest = _known_event(simulation, at)
        return self.created + soonest if soonest < FOREVER else None

    @property
    def hangs(self) -> bool:
        """Whether a trial of it does not end by itself, so that only a limit or somebody ends the job, if anything."""
        return self._simulation.hangs

    @property
    def ends_at(self) -> int:
        """When the job ends, in milliseconds since 1970; ``FOREVER`` when it never does."""
        ends = self._simulation.ends_at
        return ends if ends == FOREVER else self.created + ends


def _ended(simulation: Simulation, position: int) -> int | None:
    """Return when the job had ended, seen from a position in its totals: when its last terminal status began."""
    while position >= 0 and simulation.totals[position].status not in TERMINAL:
        if simulation.totals[position].status in LIVE:
            return None
        position -= 1
    return simulation.totals[position].at


def _known_event(simulation: Simulation, after: int) -> int:
    launched = bisect_right(simulation.launches, after)
    known = simulation.launches[launched:][:1]
    known += [
        totals.at for totals in simulation.totals[bisect_right(simulation.totals, after, key=_AT) :][:1]
    ]
    known += [
        moment
        for trial in simulation.trials[:launched]
        if trial.ended > after
        for moment in trial.moments
        if after < moment < FOREVER
    ]
    return min(known, default=FOREVER)
