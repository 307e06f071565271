"""A tuning job's life as a discrete-event simulation, extended only as far as somebody asks."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple, TypeAlias

from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.early_stopping import EarlyStopping
from fake_tuning.domain.simulation.pacing import Span, pick
from fake_tuning.domain.simulation.scenario import LARGEST, Scenario, float32
from fake_tuning.domain.simulation.totals import Totals
from fake_tuning.domain.simulation.trial import FOREVER, Trial
from fake_tuning.domain.simulation.trial_plan import TrialPlanner, run
from fake_tuning.domain.vocabulary.statuses import TuningStatus

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
"""Recorded: the budget is spent and no trial succeeded."""

FIRST_FAILED = (
    "No training job succeeded after {count} attempts. "
    "Please take a look at the training job failures to get more details."
)
"""Quoted: the first trials all failed, and there would have been more."""

REJECTED = (
    "One or more training jobs failed with ValidationError. For additional details, please take a look at the "
    "training job failures by listing training jobs for the hyperparameter tuning job."
)
"""Quoted: a training job could not be created."""

ATTEMPTS = 5
_CONVERGED_AFTER = 25
"""Invented: so many trials in a row without progress count as convergence."""

_PROGRESS = 0.01
"""Documented: a trial that betters the best by no more than this share counts as not improving."""

CommandKind: TypeAlias = Literal["stop", "fail", "finish", "delete", "stop_trial", "fail_trial"]


class Command(NamedTuple):
    """Something done to a job at an instant (milliseconds since 1970)."""

    at: int
    kind: CommandKind
    trial: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closing:
    """How the job will end once the trials that still run have ended: at once, or when its scenario says."""

    status: TuningStatus
    settle: Span
    reason: str | None = None
    at_once: bool = False


class Simulation:
    """The events of one job, from its creation on.

    Args:
        spec: what the job was asked to do.
        scenario: how it behaves.
        seed: decides all that is drawn.
        created: when it was created, in milliseconds since 1970.
        commands: what was done to it.
        planner: drafts of its trials, shared by simulations of the same job.
        scale: the factor by which its life is stretched.
    """

    def __init__(
        self,
        spec: JobSpec,
        scenario: Scenario,
        seed: int,
        created: int,
        commands: Sequence[Command],
        planner: TrialPlanner,
        scale: float,
    ) -> None:
        self.spec = spec
        self.trials: list[Trial] = []
        self.launches: list[int] = []
        self.totals = [Totals(created, "InProgress", 0, 0, 0, 0, 0, -1, 0, None, None)]
        self.gone = FOREVER
        self.accepted = created + pick(Random(f"{seed}:{spec.name}:accept"), scenario.pacing.accept, scale)
        self._scenario = scenario
        self._seed = seed
        self._created = created
        self._planner = planner
        self._scale = scale
        self._heap: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = itertools.count()
        self._running: dict[int, int] = {}
        self._closing: Closing | None = None
        self._early_stopping = EarlyStopping(spec)
        self._lock = threading.Lock()
        self._begin(commands)

    # The heap. Ties are first in, first out, so that equal instants have one order everywhere.

    def extend(self, until: int) -> None:
        """Let happen all that happens up to and at an instant, in milliseconds since 1970."""
        with self._lock:
            while self.upcoming <= until:
                self._happen()

    def step(self) -> int | None:
        """Let happen what happens next, and return when that is, or None when nothing is left to happen."""
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
            # A user's objective raised: asked again, the job must not look as if the trial had never been.
            heapq.heappush(self._heap, (at, order, event))
            raise
        return at

    def _at(self, at: int, event: Callable[[int], None], rank: int = 0) -> None:
        if at < FOREVER:
            heapq.heappush(self._heap, (at, rank + next(self._order), event))

    def _length(self, bounds: Span, what: str, scale: float = 1.0) -> int:
        return pick(Random(f"{self._seed}:{self.spec.name}:{what}"), bounds, scale)

    def _begin(self, commands: Sequence[Command]) -> None:
        spec, ending = self.spec, self._scenario.ending
        for command in commands:
            self._at(command.at, lambda at, command=command: self._obey(at, command), _LAST)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        if ending.after is not None and ending.kind == "stops":
            self._at(self._created + ending.after, self._stop)
        if ending.after is not None and ending.kind == "completes":
            self._at(self._created + ending.after, self._complete)
        if ending.after is not None and ending.kind == "fails":
            self._at(self._created + ending.after, lambda at: self._break(at, ending.reason))
        if spec.max_runtime is not None:
            self._at(max(self._created + spec.max_runtime, self._recorded), self._end_early)
        pinned = self._scenario.pinned
        for number, (begun, _, _) in pinned.items():
            self._at(self._created + begun, lambda at, slot=number: self._launch(at, slot, warm=False))  # type: ignore[misc]  # as above
        first = self._created + self._length(self._scenario.pacing.launch, "launch", self._scale)
        busy = sum(ended > self._gate for _, _, ended in pinned.values())
        for slot in range(min(spec.parallel, spec.max_trials) - busy):
            self._at(first, lambda at, slot=slot: self._launch(at, slot, warm=False))  # type: ignore[misc]  # as above

    @property
    def _gate(self) -> int:
        gate = self._scenario.gate
        return gate[1] if gate else 0

    @property
    def _recorded(self) -> int:
        """Until when the life of the job was recorded, in milliseconds since 1970."""
        return self._created + self._gate if self._scenario.ending.kind == "recorded" else self._created

    def _obey(self, at: int, command: Command) -> None:
        if command.kind == "stop":
            self._stop(at)
        elif command.kind == "fail":
            self._break(at, command.reason)
        elif command.kind == "finish":
            self._end_early(at)
        elif command.kind == "delete":
            self._delete(at)
        elif command.trial in self._running:
            trial = self.trials[command.trial - 1]
            if command.kind == "fail_trial":
                self._replace(trial.failed(at, command.reason))
            else:
                self._replace(trial.cut(at, at + self._drain(command.trial)))

    # Trials.

    def _launch(self, at: int, slot: int, *, warm: bool) -> None:
        number = len(self.trials) + 1
        if self._closing or number > self.spec.max_trials:
            return
        gate = self._scenario.gate
        if gate is not None and number > gate[0] and at < self._created + self._gate:
            self._at(self._created + self._gate, lambda later: self._launch(later, slot, warm=warm))
            return
        plan = self._planner.plan(number)
        trial = run(
            plan,
            self._scenario,
            launch=at,
            slot=slot,
            warm=warm,
            scale=self._scale,
            origin=self._created,
        )
        self.trials.append(trial)
        self.launches.append(trial.created)
        self._running[number] = trial.ended
        self._at(trial.ended, lambda ended: self._end(ended, number))
        fated = plan.outcome == "Never" or plan.edit.outcome is not None or plan.edit.held_until is not None
        if self._early_stopping.applies and not fated:
            for epoch, (emitted, _) in enumerate(trial.curve[:-1], 1):
                self._at(emitted, lambda now, epoch=epoch: self._check(now, number, epoch))  # type: ignore[misc]  # as above

    def _replace(self, trial: Trial) -> None:
        """Put another end to a trial that runs."""
        if trial.ended >= self._running[trial.number]:
            return
        self.trials[trial.number - 1] = trial
        self._running[trial.number] = trial.ended
        self._at(trial.ended, lambda ended: self._end(ended, trial.number))

    def _drain(self, number: int) -> int:
        return self._length(self._scenario.pacing.drain, f"{number}:drain")

    def _end(self, at: int, number: int) -> None:
        if self._running.get(number) != at:
            return
        del self._running[number]
        trial = self.trials[number - 1]
        totals = self._counted(at, trial)
        self.totals.append(totals)
        self._early_stopping.remember(trial)
        # What was recorded came to pass, whatever this job would have decided.
        if self._closing is None and (at >= self._recorded or totals.over == self.spec.max_trials):
            self._decide(at, totals)
        if self._closing is not None:
            self._close_when_idle(at)
        elif trial.number not in self._scenario.pinned or at > self._created + self._gate:
            refill = self._length(self._scenario.pacing.refill, f"{number}:refill", self._scale)
            self._at(at + refill, lambda later: self._launch(later, trial.slot, warm=True))

    def _counted(self, at: int, trial: Trial) -> Totals:
        last = self.totals[-1]
        totals = last._replace(
            at=at,
            completed=last.completed + (trial.end_status == "Completed"),
            retryable=last.retryable + (trial.end_status == "Failed" and trial.retryable),
            non_retryable=last.non_retryable + (trial.end_status == "Failed" and not trial.retryable),
            stopped=last.stopped + (trial.end_status == "Stopped"),
        )
        if trial.metric is None:
            return totals
        best = self.trials[last.best] if last.best >= 0 else None
        gain = 0.0 if best is None else trial.better_when - best.better_when
        stale = best is not None and gain <= _PROGRESS * abs(best.better_when)
        not_improving = last.not_improving + 1 if stale else 0
        converged = last.converged or (at if not_improving >= _CONVERGED_AFTER else None)
        return totals._replace(
            succeeded=last.succeeded + 1,
            best=trial.number - 1 if best is None or gain > 0 else last.best,
            not_improving=not_improving,
            converged=converged,
        )

    def _check(self, at: int, number: int, epoch: int) -> None:
        """Stop a trial that lags behind the others after an epoch."""
        trial = self.trials[number - 1]
        cut_short = len(trial.curve) <= epoch
        if number in self._running and not cut_short and self._early_stopping.lags(trial, epoch):
            self._replace(trial.cut(at, at + self._length(self._scenario.pacing.stop, f"{number}:early")))

    # The job.

    def _decide(self, at: int, totals: Totals) -> None:
        """Find out whether the end of a trial is the beginning of the job's end."""
        spec, pacing = self.spec, self._scenario.pacing
        never_succeeded = totals.completed + totals.succeeded == 0
        ending = self._scenario.ending
        reason = ending.reason
        if never_succeeded and totals.over == spec.max_trials:
            self._closing = Closing("Failed", pacing.fail, reason or ALL_FAILED)
        elif never_succeeded and totals.over >= ATTEMPTS and totals.stopped == 0:
            self._closing = Closing("Failed", pacing.fail, reason or FIRST_FAILED.format(count=ATTEMPTS))
            self._drain_all(at)
        elif totals.over == spec.max_trials and ending.kind == "fails" and ending.after is None:
            self._closing = Closing("Failed", pacing.fail, reason or REJECTED)
        elif totals.over == spec.max_trials:
            self._closing = Closing("Completed", pacing.finish)
        elif self._criterion_met(totals):
            self._end_early(at)

    def _criterion_met(self, totals: Totals) -> bool:
        spec = self.spec
        if spec.target is not None and totals.best >= 0:
            best = self.trials[totals.best].better_when
            # What is beyond all objective values is as good as the last of them.
            target = float32(max(-LARGEST, min(spec.target, LARGEST)))
            if best >= (target if spec.maximize else -target):
                return True
        if spec.max_not_improving is not None and totals.not_improving >= spec.max_not_improving:
            return True
        return spec.ends_on_convergence and totals.converged is not None

    def _end_early(self, at: int) -> None:
        """End the job as a limit or a criterion asks: no new trials, and an end to those that run."""
        if self._closing is None:
            self._closing = Closing("Completed", self._scenario.pacing.finish)
            self._drain_all(at)
            self._close_when_idle(at)

    def _stop(self, at: int) -> None:
        if self.totals[-1].status == "InProgress":
            self.totals.append(self.totals[-1]._replace(at=at, status="Stopping"))
            self._closing = Closing("Stopped", self._scenario.pacing.stop, at_once=True)
            self._drain_all(at)
            self._close_when_idle(at)

    def _break(self, at: int, reason: str | None) -> None:
        """Fail the job at once; what runs is stopped with it."""
        if self.totals[-1].status in ("InProgress", "Stopping"):
            last = self.totals[-1]
            hopeless = (
                last.over > 0 and last.over == last.non_retryable + last.retryable and not self._running
            )
            self._closing = Closing(
                "Failed", (0, 0), reason or (ALL_FAILED if hopeless else REJECTED), at_once=True
            )
            self._cut_all(at)

    def _complete(self, at: int) -> None:
        """Complete the job at the instant that its scenario names, also when a trial would have run on."""
        natural = self._closing is None or self._closing.status == "Completed"
        if self.totals[-1].status == "InProgress" and natural:
            self._closing = Closing("Completed", (0, 0), at_once=True)
            self._cut_all(at)

    def _cut_all(self, at: int) -> None:
        for number in list(self._running):
            self._replace(self.trials[number - 1].cut(at, at))
        self._close_when_idle(at)

    def _drain_all(self, at: int) -> None:
        for number in list(self._running):
            self._replace(self.trials[number - 1].cut(at, at + self._drain(number)))

    def _close_when_idle(self, at: int) -> None:
        closing = self._closing
        if closing is None or self._running:
            return
        end = at + self._length(closing.settle, "settle", self._scale)
        ending = self._scenario.ending
        if ending.after is not None and (ending.kind, closing.status) in _PUNCTUAL:
            end = max(at, self._created + ending.after)
        elif ending.after is not None and ending.kind in ("stops", "fails") and not closing.at_once:
            end = max(end, self._created + ending.after)
        self._at(end, lambda now: self._close(now, closing))

    def _close(self, at: int, closing: Closing) -> None:
        if closing is self._closing and self.totals[-1].status in ("InProgress", "Stopping"):
            self.totals.append(
                self.totals[-1]._replace(at=at, status=closing.status, failure_reason=closing.reason)
            )

    def _delete(self, at: int) -> None:
        status = self.totals[-1].status
        if status is None or status in ("InProgress", "Stopping", "Deleting"):
            return
        self.totals.append(self.totals[-1]._replace(at=at, status="Deleting"))
        self._at(at + self._length(self._scenario.pacing.delete, "delete"), self._deleted)

    def _deleted(self, at: int) -> None:
        fails = self._scenario.deletion_fails
        self.totals.append(self.totals[-1]._replace(at=at, status="DeleteFailed" if fails else None))
        if not fails:
            self.gone = at


_LAST = 1 << 60
"""The rank of commands: who gives one has seen all that happens at its instant, so it comes after all that."""

_PUNCTUAL = frozenset(
    {("completes", "Completed"), ("recorded", "Completed"), ("recorded", "Failed"), ("recorded", "Stopped")}
)
"""Endings, with the status they are for, that say when the job ends and not only how."""
