"""A tuning job as a discrete-event simulation, which is run only as far as somebody asks."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from fake_tuning.domain.request.instances import match
from fake_tuning.domain.request.job_spec import Definition, JobSpec
from fake_tuning.domain.simulation.early_stopping import EarlyStopping
from fake_tuning.domain.simulation.pacing import Draws, Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.scoring import check_scores_nothing_with
from fake_tuning.domain.simulation.totals import Totals
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_edits import ENDLESS, Outcome
from fake_tuning.domain.simulation.trial_plan import TrialPlanner, run, stretched
from fake_tuning.domain.vocabulary.failure_texts import ALL_FAILED, FIRST_FAILED, REJECTED
from fake_tuning.domain.vocabulary.numbers import LARGEST, float32
from fake_tuning.domain.vocabulary.statuses import (
    TERMINAL,
    TUNING_LIFECYCLE,
    TuningStatus,
)

ATTEMPTS = 5
"""Quoted: after so many failures and no success the service gives up."""

_CONVERGED_AFTER = 25
"""Invented: so many trials in a row without progress count as convergence."""

_PROGRESS = 0.01
"""Documented: a trial that betters the best by no more than this share counts as not improving."""


Action: TypeAlias = "Callable[[Simulation, int], None]"
"""What a change does, given a simulation and the time."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How the job will end once the trials that still run have ended.

    Attributes:
        status: the status that it ends in.
        reason: its FailureReason, should it fail.
        at_once: whether it ends then even if its scenario says later.
        settles: whether that takes a while after the end of its last trial.
        decided: whether it ends so however the trials do that still run.
    """

    status: TuningStatus
    reason: str | None = None
    at_once: bool = False
    settles: bool = True
    decided: bool = False


class Simulation:
    """The events of one job, from its creation on.

    All its times are in milliseconds after the creation of the job, so that one simulation serves the same job at any
    time of creation.

    Args:
        spec: what the job was asked to do.
        scenario: how it behaves.
        seed: determines all random values.
        changes: what is done to it, each with its time, in the order of their times.
        planner: plans its trials, shared by simulations of the same job.
        scale: the factor by which it is stretched, if it is more than 1, or squeezed. When it is squeezed, so are all
            lengths in it; when it is stretched, only its trials take longer.

    Attributes:
        trials: those launched so far, in the order of launch.
        launches: when they were launched.
        totals: what is counted of them, from one event to the next.
        accepted: when the service first looked at the job.
        reused_by: by the number of a trial, that of the trial which took over its instances.
        ended: when it ended; ``FOREVER`` while it has not.
        gone: when it was deleted; ``FOREVER`` when it is there.
    """

    def __init__(
        self,
        spec: JobSpec,
        scenario: Scenario,
        seed: int,
        changes: Iterable[tuple[int, Action]],
        planner: TrialPlanner,
        scale: float,
    ) -> None:
        self.spec = spec
        self.trials: list[Trial] = []
        self.launches: list[int] = []
        self.totals = [Totals(0, "InProgress", 0, 0, 0, 0, 0, -1, 0, None, None)]
        self.gone = FOREVER
        self.ended = FOREVER
        self.reused_by: dict[int, int] = {}
        gate = scenario.gate
        self._gate = gate[1] if gate else 0
        # Until then the job follows its recording.
        self._recorded = scenario.ending.decides_from(self._gate)
        self._scenario = scenario
        self._seed = seed
        self._planner = planner
        self._scale = scale
        self._squeeze = min(scale, 1.0)
        self._heap: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = itertools.count()
        self._running: dict[int, int] = {}
        # Whose turn it was, by trial; how many turns were new; and those of trials that are to be replaced.
        self._turns: list[int] = []
        self._taken = 0
        self._again: deque[int] = deque()
        # The outcomes of those that do not end by themselves.
        self._endless: dict[int, Outcome] = {}
        self._closing: Closing | None = None
        # When nothing ran any more, and when the job ends then unless its scenario says otherwise.
        self._settled: tuple[int, int] | None = None
        self._early_stopping = EarlyStopping(spec)
        self._lock = threading.Lock()
        self.accepted = self._length(scenario.pacing.accept, "accept", self._squeeze)
        self._begin(changes)

    # The heap. Ties are first in, first out, so that equal instants have one order everywhere.

    def _check_asker(self) -> None:
        """Refuse the function that scores the trials: it is called while the lock is held."""
        if self._scenario.objective is not None:
            check_scores_nothing_with(self._scenario.objective)

    def extend(self, until: int) -> None:
        """Let everything happen that happens up to and at a time."""
        self._check_asker()
        with self._lock:
            heap = self._heap
            while heap and heap[0][0] <= until:
                self._happen()

    def step(self) -> int | None:
        """Let happen what happens next, and return when that is, or None when nothing is left to happen."""
        self._check_asker()
        with self._lock:
            return self._happen() if self._heap else None

    @property
    def upcoming(self) -> int:
        """When the next event is, seen or unseen; ``FOREVER`` when there is none."""
        return self._heap[0][0] if self._heap else FOREVER

    def _happen(self) -> int:
        at, order, event = heapq.heappop(self._heap)
        try:
            event(at)
        except BaseException:
            # A user's objective raised. When the job is looked at again, it must raise again, and not skip the trial.
            heapq.heappush(self._heap, (at, order, event))
            raise
        return at

    def schedule(self, at: int, event: Callable[[int], None], rank: int = 0) -> None:
        """Let something happen at a time; events of a higher rank come later at the same time."""
        if at < FOREVER:
            heapq.heappush(self._heap, (at, rank + next(self._order), event))

    @property
    def ends_at(self) -> int:
        """When the job ends; ``FOREVER`` when it never does."""
        self._check_asker()
        with self._lock:
            while self.ended == FOREVER and self._heap:
                self._happen()
        return self.ended

    @property
    def hangs(self) -> bool:
        """Whether a trial of it does not end by itself, so that only a limit or somebody ends the job, if anything."""
        _ = self.ends_at  # all trials are launched by then
        return bool(self._endless)

    @property
    def length(self) -> int | None:
        """How long the job takes (at least 1), or None when it does not end by itself."""
        ends = self.ends_at
        return None if self.hangs else max(ends, 1)

    @property
    def halfway(self) -> int:
        """Half of the time that the job takes; if it never ends, of the time until nothing happens any more."""
        ends = self.ends_at
        if ends == FOREVER:
            # Nothing happens any more once the trials that never end have begun to train.
            ends = max(
                phase.start for trial in self.trials for phase in trial.phases if phase.start < FOREVER
            )
        return ends // 2

    def scale_to(self, length: int) -> float:
        """Return the factor by which it is stretched or squeezed to last so long; 1 if that cannot be done."""
        natural = self.length
        if natural is None or not self.trials:
            return 1.0
        if length <= natural:
            return length / natural
        # What is stretched is the time from the creation of a trial to that of the next one in its slot.
        ends = [(trial.ended, self._refill_time(trial.number)) for trial in self.trials]
        idle = length - (natural - max(ended for ended, _ in ends))
        return min((idle + refill) / (ended + refill) for ended, refill in ends)

    def _length(self, bounds: Span, what: str, scale: float = 1.0) -> int:
        return Draws(f"{self._seed}:{self.spec.name}:{what}").pick(bounds, scale)

    def _begin(self, changes: Iterable[tuple[int, Action]]) -> None:
        spec = self.spec
        for at, action in changes:
            self.schedule(at, partial(action, self), _LAST)
        self._scenario.ending.arrange(self)
        if spec.max_runtime is not None:
            self.schedule(max(spec.max_runtime, self._recorded), self._reach_limit)
        pinned = self._scenario.pinned
        for number, begun in pinned.items():
            self.schedule(begun, partial(self._launch, number, None))
        first = self._launch_time
        busy = sum(self._scenario.edits[number].ran is not None for number in pinned)
        for slot in range(min(spec.parallel, spec.max_trials) - busy):
            self.schedule(first, partial(self._launch, slot, None))

    # What endings and changes can do to the job and its trials. None of it has an effect in a status that does not
    # allow it.

    def stop(self, at: int) -> None:
        """Stop the job: no new trials, and those that run are given time to stop."""
        if self._enter(at, "Stopping"):
            self._closing = Closing("Stopped", at_once=True, decided=True)
            self._drain(at, self._running)
            self._close_when_idle(at)

    def fail(self, at: int, reason: str | None = None) -> None:
        """Fail the job at once; what runs is stopped with it. Without a reason it is the service's own text."""
        if self._may_enter("Failed"):
            last = self.totals[-1]
            hopeless = (
                last.over > 0 and last.over == last.non_retryable + last.retryable and not self._running
            )
            told = reason or (ALL_FAILED if hopeless else REJECTED)
            self._closing = Closing("Failed", told, at_once=True, settles=False, decided=True)
            self._cut_all(at)

    def complete(self, at: int) -> None:
        """End the job at once, even if trials still run: it completes, unless it is to fail or its trials have."""
        closing = self._closing or Closing("Completed")
        if not closing.decided and self._may_enter("Completed"):
            self._closing = replace(closing, at_once=True, settles=False)
            self._cut_all(at)

    def finish(self, at: int) -> None:
        """End the job early: no new trials, and those that run are given time to stop."""
        if self._closing is None:
            self._end_early(at, Closing("Completed"), self._running)

    def delete(self, at: int) -> None:
        """Delete the job, which takes a while."""
        if self._enter(at, "Deleting"):
            self.schedule(at + self._length(self._scenario.pacing.delete, "delete"), self._deleted)

    def stop_trial(self, at: int, number: int) -> None:
        """Stop one trial."""
        if number in self._running:
            self._replace(self.trials[number - 1].stopped(at, self._drain_time(number)))

    def fail_trial(self, at: int, number: int, reason: str) -> None:
        """Fail one trial at once."""
        if number in self._running:
            self._replace(self.trials[number - 1].failed(at, reason))

    def _may_enter(self, status: TuningStatus) -> bool:
        return TUNING_LIFECYCLE.allows(self.totals[-1].status, status)

    def _enter(self, at: int, status: TuningStatus, reason: str | None = None) -> bool:
        """Enter a status, if the table of transitions allows it, and return whether it does."""
        legal = self._may_enter(status)
        if legal:
            last = self.totals[-1]
            self.totals.append(
                last._replace(at=at, status=status, failure_reason=reason or last.failure_reason)
            )
            if status in TERMINAL:
                self.ended = at
        return legal

    # Trials.

    @property
    def _launch_time(self) -> int:
        return self._length(self._scenario.pacing.launch, "launch", self._squeeze)

    def _refill_time(self, number: int) -> int:
        return self._length(self._scenario.pacing.refill, f"{number}:refill", self._squeeze)

    @property
    def _used_up(self) -> bool:
        """Whether there are as many trials as there may be; those that ended in RetryableError are replaced."""
        return len(self.trials) - self.totals[-1].retryable >= self.spec.max_trials

    def _launch(self, slot: int, earlier: int | None, at: int) -> None:
        """Launch the next trial, if there is one: in a slot, after an earlier trial in it, or as the first one."""
        number = len(self.trials) + 1
        # What was recorded was launched.
        if self._closing or (self._used_up and number not in self._scenario.pinned):
            return
        gate = self._scenario.gate
        if gate is not None and number > gate[0] and at < gate[1]:
            self.schedule(gate[1], partial(self._launch, slot, earlier))
            return
        turn = self._again[0] if self._again else self._taken + 1
        plan = self._planner.plan(number, turn)
        warm = earlier is not None and self._lends(self.trials[earlier - 1], plan.definition)
        trial = run(plan, self._scenario, launch=at, slot=slot, warm=warm, scale=self._squeeze)
        if self._scale > 1:
            waited = 0 if earlier else self._launch_time
            refill = self._refill_time(number)
            trial = stretched(trial, self._scale, waited=waited, refill=refill)
        # The turn is taken only now: the objective may have raised.
        if self._again:
            self._again.popleft()
        else:
            self._taken += 1
        self._turns.append(turn)
        if earlier is not None and warm:
            self.reused_by[earlier] = number
        if plan.outcome in ENDLESS:
            self._endless[number] = plan.outcome
        self.trials.append(trial)
        self.launches.append(trial.created)
        self._running[number] = trial.ended
        self.schedule(trial.ended, partial(self._end, number))
        edited = plan.edit.outcome is not None or plan.edit.held_until is not None
        if self._early_stopping.applies and not edited and number not in self._endless:
            for epoch in self._early_stopping.epochs(trial):
                emitted, _ = trial.curve[epoch - 1]
                # A recording has decided already.
                if emitted >= self._recorded:
                    self.schedule(emitted, partial(self._check, number, epoch))

    @staticmethod
    def _lends(earlier: Trial, definition: Definition) -> bool:
        """Whether the next trial in the slot of an earlier one, of this definition, runs on its instances."""
        return earlier.leaves_instances and match(definition.request, earlier.definition.request)

    def _replace(self, trial: Trial) -> None:
        """Put another end to a trial that runs."""
        self.trials[trial.number - 1] = trial
        self._running[trial.number] = trial.ended
        self.schedule(trial.ended, partial(self._end, trial.number))

    def _drain_time(self, number: int) -> int:
        return self._length(self._scenario.pacing.drain, f"{number}:drain")

    def _end(self, number: int, at: int) -> None:
        if self._running.get(number) != at:
            return
        del self._running[number]
        trial, before = self.trials[number - 1], self.totals[-1]
        totals = self._counted(at, trial)
        self.totals.append(totals)
        self._early_stopping.remember(trial)
        if totals.retryable > before.retryable:
            self._again.append(self._turns[number - 1])
        # A recording has decided already.
        if self._closing is None and (at >= self._recorded or totals.used_up == self.spec.max_trials):
            self._decide(at, totals)
        if self._closing is not None:
            self._close_when_idle(at)
        elif not self._used_up and (at > self._gate or trial.number not in self._scenario.pinned):
            self.schedule(at + self._refill_time(number), partial(self._launch, trial.slot, number))

    def _counted(self, at: int, trial: Trial) -> Totals:
        """Return the totals from the end of a trial on."""
        last, status = self.totals[-1], trial.end_status
        failed, retryable = status == "Failed", trial.retryable
        succeeded, best, not_improving, converged = self._progress(at, trial)
        return Totals(
            at,
            last.status,
            last.completed + (status == "Completed"),
            last.retryable + (failed and retryable),
            last.non_retryable + (failed and not retryable),
            last.stopped + (status == "Stopped"),
            succeeded,
            best,
            not_improving,
            converged,
            last.failure_reason,
        )

    def _progress(self, at: int, trial: Trial) -> tuple[int, int, int, int | None]:
        """Return how many trials succeeded, which is the best, how many since did not improve, and the convergence."""
        last = self.totals[-1]
        if trial.metric is None:
            return last.succeeded, last.best, last.not_improving, last.converged
        if last.best < 0:
            return last.succeeded + 1, trial.number - 1, 0, last.converged
        standing = self.trials[last.best].better_when
        gain = trial.better_when - standing
        not_improving = last.not_improving + 1 if gain <= _PROGRESS * abs(standing) else 0
        converged = last.converged or (at if not_improving >= _CONVERGED_AFTER else None)
        return last.succeeded + 1, trial.number - 1 if gain > 0 else last.best, not_improving, converged

    def _check(self, number: int, epoch: int, at: int) -> None:
        """Stop a trial that lags behind the others after an epoch."""
        trial = self.trials[number - 1]
        cut_short = len(trial.curve) <= epoch
        if number in self._running and not cut_short and self._early_stopping.lags(trial, epoch):
            self._replace(trial.cut(at, at + self._length(self._scenario.pacing.stop, f"{number}:early")))

    # The job.

    def _end_early(self, at: int, closing: Closing, drained: Iterable[int]) -> None:
        self._closing = closing
        self._drain(at, drained)
        self._close_when_idle(at)

    def _reach_limit(self, at: int) -> None:
        """End the job because it may run no longer, but for trials that no limit ends."""
        if self._closing is None:
            limited = [number for number in self._running if self._endless.get(number) != "Unlimited"]
            self._end_early(at, Closing("Completed", at_once=True), limited)
        elif not self._closing.at_once:
            # It waits no longer for what its scenario says.
            self._closing = replace(self._closing, at_once=True)
            self._schedule_close(at)

    def _decide(self, at: int, totals: Totals) -> None:
        """Find out whether the end of a trial is the beginning of the job's end."""
        reason = self._scenario.ending.reason
        if totals.used_up == self.spec.max_trials:
            self._closing = self._outcome(totals, Closing("Completed"))
        elif totals.only_failed and totals.over >= ATTEMPTS and totals.stopped == 0:
            gives_up = Closing("Failed", reason or FIRST_FAILED.format(count=ATTEMPTS))
            self._end_early(at, gives_up, self._running)
        elif self._criterion_met(totals):
            self.finish(at)

    def _outcome(self, totals: Totals, closing: Closing) -> Closing:
        """Return how the job ends by itself once no trial runs any more, whatever made it launch no others.

        The documentation lists the maximum number of trials, which was recorded, with the maximum runtime and the other
        criteria, so they all end a job alike (inferred). What the service says of jobs that fail is about trials that
        failed, so a job of which none did completes (inferred). So does one that was given up, if a trial that still
        ran then was stopped with a value of its objective: a job that failed for want of success has no best trial
        (recorded).
        """
        ending = self._scenario.ending
        if totals.only_failed:
            return replace(closing, status="Failed", reason=closing.reason or ending.reason or ALL_FAILED)
        if ending.status == "Failed":
            return replace(closing, status="Failed", reason=ending.reason or REJECTED)
        return replace(closing, status="Completed", reason=None)

    def _criterion_met(self, totals: Totals) -> bool:
        spec = self.spec
        if spec.target is not None and totals.best >= 0:
            best = self.trials[totals.best].better_when
            # No objective value lies beyond the largest.
            target = float32(max(-LARGEST, min(spec.target, LARGEST)))
            if best >= (target if spec.maximize else -target):
                return True
        if spec.max_not_improving is not None and totals.not_improving >= spec.max_not_improving:
            return True
        return spec.ends_on_convergence and totals.converged is not None

    def _cut_all(self, at: int) -> None:
        for number in list(self._running):
            self._replace(self.trials[number - 1].cut(at, at))
        self._close_when_idle(at)

    def _drain(self, at: int, numbers: Iterable[int]) -> None:
        for number in tuple(numbers):
            self.stop_trial(at, number)

    def _close_when_idle(self, at: int) -> None:
        closing = self._closing
        if closing is None or self._running:
            return
        if not closing.decided and at >= self._recorded:
            # Only now it is known how the last trials did.
            closing = self._closing = self._outcome(self.totals[-1], closing)
        self._settled = (at, at + (self._settling_time(closing.status) if closing.settles else 0))
        self._schedule_close(at)

    def _settling_time(self, status: TuningStatus) -> int:
        pacing = self._scenario.pacing
        if status == "Stopped":
            # To stop takes as long as it takes.
            return self._length(pacing.stop, "settle")
        return self._length(pacing.finish if status == "Completed" else pacing.fail, "settle", self._squeeze)

    def _schedule_close(self, at: int) -> None:
        if self._closing is not None and self._settled is not None:
            end = self._scenario.ending.closes(self._closing, *self._settled)
            self.schedule(max(end, at), partial(self._close, self._closing))

    def _close(self, closing: Closing, at: int) -> None:
        if closing is self._closing:
            self._enter(at, closing.status, closing.reason)

    def _deleted(self, at: int) -> None:
        if self._scenario.deletion_fails:
            self._enter(at, "DeleteFailed")
        else:
            self.totals.append(self.totals[-1]._replace(at=at, status=None))
            self.gone = at


_LAST = 1 << 60
"""The rank of changes: they come last, after all other events of the same instant."""
