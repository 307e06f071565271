"""The life of one tuning job: its state at any instant, as a pure function of what it is and what was done to it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.endings import Natural
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import Change, Simulation
from fake_tuning.domain.simulation.totals import Totals
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_plan import TrialPlanner
from fake_tuning.domain.vocabulary.statuses import LIVE, TERMINAL, TuningStatus

LOOK = 10_000
"""Observed in 2024: the service looks at a running job every ten seconds, and then moves its LastModifiedTime."""


@dataclass(frozen=True, slots=True)
class JobState:
    """What is known of a job at an instant. Instants are in milliseconds since 1970.

    Attributes:
        status: the tuning job's status.
        created: when it was created.
        modified: when the service last looked at it.
        ended: when it ended, or None while it has not.
        completed: trials that completed.
        running: trials that run, or are being stopped.
        retryable: trials that failed by the service's fault.
        non_retryable: trials that failed by their own fault.
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


@dataclass(frozen=True)
class Timeline:
    """A tuning job, from its creation on.

    Attributes:
        spec: what it was asked to do.
        scenario: how it behaves.
        seed: decides all that is drawn.
        created: when it was created, in milliseconds since 1970.
        commands: what was done to it, in the order of their instants.
    """

    spec: JobSpec
    scenario: Scenario
    seed: int
    created: int
    commands: tuple[Change, ...] = ()

    @cached_property
    def _planner(self) -> TrialPlanner:
        return TrialPlanner(self.spec, self.scenario, self.seed)

    @cached_property
    def _natural(self) -> Simulation:
        """The job as it would be if nothing were done to it and its scenario named no ending."""
        return self._simulated(replace(self.scenario, ending=Natural()), (), 1.0)

    @cached_property
    def _scale(self) -> float:
        """The factor that lets the natural life of the job fit the ending that was asked for."""
        # The life of a job with a gate was fitted when it was composed.
        return 1.0 if self.scenario.gate else self.scenario.ending.scale(lambda: self._natural)

    @cached_property
    def _simulation(self) -> Simulation:
        own = self.scenario.ending.changes(lambda: self._natural)
        changes: list[Change] = sorted((*self.commands, *own), key=lambda change: change.at)
        return self._simulated(self.scenario, changes, self._scale)

    def _simulated(self, scenario: Scenario, changes: Sequence[Change], scale: float) -> Simulation:
        return Simulation(self.spec, scenario, self.seed, self.created, changes, self._planner, scale)

    def commanded(self, command: Change) -> Timeline:
        """Return this life with one more command; a command in the past rewrites what came after it."""
        kept = (*self.commands, command)
        timeline = replace(self, commands=tuple(sorted(kept, key=lambda each: each.at)))
        for shared in ("_planner", "_scale"):
            timeline.__dict__[shared] = getattr(self, shared)
        return timeline

    def exists(self, instant: int) -> bool:
        """Whether the job is there at an instant: created, and not yet deleted."""
        return self._look(instant) is not None

    def _extended(self, instant: int) -> Simulation:
        self._simulation.extend(instant)
        return self._simulation

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
        """The instant that was asked for last, and the state then: who finds a job asks for its state next."""
        return [(-1, None)]

    def _look(self, instant: int) -> JobState | None:
        """Return what is known of the job at an instant, or None when it does not exist then."""
        asked, state = self._latest[0]
        if asked != instant:
            state = self._looked_up(instant)
            self._latest[0] = (instant, state)
        return state

    def _looked_up(self, instant: int) -> JobState | None:
        if instant < self.created:
            return None
        simulation = self._extended(instant)
        if instant >= simulation.gone:
            return None
        position = self._position(simulation, instant)
        launched = bisect_right(simulation.launches, instant)
        accepted = instant >= simulation.accepted
        ended = self._ended(simulation, position)
        totals = simulation.totals[position]
        live = totals.status in LIVE
        looked = self._looked(instant if live else totals.at if ended is None else ended)
        known = self._states.get(position)
        seen = (launched, accepted, looked)
        if known is None or known[0] != seen:
            known = self._states[position] = (seen, self._stated(totals, launched, accepted, looked, ended))
        return known[1]

    @cached_property
    def _states(self) -> dict[int, tuple[tuple[int, bool, int], JobState]]:
        """The state last told for each mark, and on what else it hangs: code that polls asks for it again."""
        return {}

    def _stated(
        self, totals: Totals, launched: int, accepted: bool, looked: int, ended: int | None
    ) -> JobState:
        simulation = self._simulation
        last = max(totals.at, simulation.accepted if accepted else 0)
        if launched:
            last = max(last, simulation.launches[launched - 1])
        return JobState(
            status=totals.status or "Deleting",
            created=self.created,
            modified=max(last, looked) if totals.status in LIVE else totals.at,
            ended=ended,
            completed=totals.completed,
            running=launched - totals.over,
            retryable=totals.retryable,
            non_retryable=totals.non_retryable,
            stopped=totals.stopped,
            succeeded=totals.succeeded,
            pending=launched - totals.over,
            without_objective=totals.over - totals.succeeded,
            best=simulation.trials[totals.best] if totals.best >= 0 else None,
            not_improving=totals.not_improving,
            converged=totals.converged,
            failure_reason=totals.failure_reason,
            runtime=(looked - self.created) // 1000,
        )

    def _looked(self, instant: int) -> int:
        """Return when the service last looked at the job by an instant at which it still ran."""
        phase = self.scenario.tick_phase
        return max(self.created, self.created + (instant - self.created - phase) // LOOK * LOOK + phase)

    @staticmethod
    def _position(simulation: Simulation, instant: int) -> int:
        return bisect_right(simulation.totals, instant, key=lambda totals: totals.at) - 1

    @staticmethod
    def _ended(simulation: Simulation, position: int) -> int | None:
        """Return when the job ended, seen from a mark: the first mark of its last stretch of terminal statuses."""
        while position >= 0 and simulation.totals[position].status not in TERMINAL:
            if simulation.totals[position].status in LIVE:
                return None
            position -= 1
        return simulation.totals[position].at

    def launched(self, instant: int) -> int:
        """Return how many trials were launched by an instant."""
        return bisect_right(self._extended(instant).launches, instant)

    def trials(self, instant: int) -> Sequence[Trial]:
        """Return the trials launched by an instant, in the order of launch."""
        count = self.launched(instant)
        trials = self._simulation.trials
        return trials if count == len(trials) else trials[:count]

    def trial(self, number: int, instant: int) -> Trial | None:
        """Return one trial by its number (from 1), or None when it is not launched by then."""
        return self._simulation.trials[number - 1] if 1 <= number <= self.launched(instant) else None

    def history(self, instant: int) -> list[tuple[int, TuningStatus]]:
        """Return the statuses up to an instant, each with the milliseconds since 1970 at which it began."""
        found: list[tuple[int, TuningStatus]] = []
        for totals in self._extended(instant).totals:
            if totals.at <= instant and totals.status and (not found or found[-1][1] != totals.status):
                found.append((totals.at, totals.status))
        return found

    def next_event(self, after: int) -> int | None:
        """Return when something that can be seen happens next, in milliseconds since 1970, or None."""
        simulation = self._extended(after)
        soonest = self._known_event(after)
        while simulation.upcoming < soonest:
            # What is yet to happen may be seen earlier, and may change what was known.
            simulation.step()
            soonest = self._known_event(after)
        return soonest if soonest < FOREVER else None

    def _known_event(self, after: int) -> int:
        simulation = self._simulation
        known = simulation.launches[bisect_right(simulation.launches, after) :][:1]
        known += [totals.at for totals in simulation.totals[self._position(simulation, after) + 1 :][:1]]
        known += [
            phase.start
            for trial in self.trials(after)
            if trial.ended > after
            for phase in trial.phases
            if after < phase.start < FOREVER
        ]
        return min(known, default=FOREVER)

    @property
    def ends_at(self) -> int:
        """When the job ends, in milliseconds since 1970; ``FOREVER`` when it never does."""
        return self._simulation.ends_at
