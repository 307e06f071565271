"""What each trial tries, scores and suffers, drawn from a random generator of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from fake_tuning.domain.request.job_spec import Definition, JobSpec
from fake_tuning.domain.simulation.pacing import pick
from fake_tuning.domain.simulation.scenario import Scenario, emitted
from fake_tuning.domain.simulation.trial import FOREVER, Phase, Trial
from fake_tuning.domain.simulation.trial_edits import Outcome, TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import FAILED_TRIAL, INTERNAL_ERROR
from fake_tuning.domain.vocabulary.numbers import float32
from fake_tuning.domain.vocabulary.ranges import CategoricalRange, Value, grid_at
from fake_tuning.domain.vocabulary.statuses import SecondaryStatus
from fake_tuning.domain.vocabulary.suggestions import choices

_EPOCHS = 10
"""Invented: how many values a trial emits when lagging trials are stopped early and nobody gave a curve."""

_PROGRESS_AT_FAILURE = 0.6
"""Invented: the share of its training that a trial gets through before it fails or is interrupted."""


class TrialPlan(NamedTuple):
    """All of a trial that does not depend on when it is launched; lengths in milliseconds."""

    number: int
    name: str
    definition: Definition
    tuned: Mapping[str, str]
    values: tuple[float, ...]
    outcome: Outcome
    reason: str | None
    edit: TrialEdit
    rng_seed: str


class TrialPlanner:
    """Plans the trials of a job, each once, whatever the order in which they are asked for.

    Args:
        spec: what the job was asked to do.
        scenario: how it behaves.
        seed: the service's or the builder's seed.
    """

    def __init__(self, spec: JobSpec, scenario: Scenario, seed: int) -> None:
        self._spec = spec
        self._scenario = scenario
        self._seed = seed
        self._plans: dict[int, TrialPlan] = {}

    def plan(self, number: int) -> TrialPlan:
        """Return the plan of the trial with this number, from 1."""
        found = self._plans.get(number)
        if found is None:
            found = self._plans.setdefault(number, self._drawn(number))
        return found

    def _drawn(self, number: int) -> TrialPlan:
        spec, scenario = self._spec, self._scenario
        rng_seed = f"{self._seed}:{spec.name}:{number}"
        rng = Random(rng_seed)
        edit = scenario.edits.get(number, TrialEdit())
        definition, turn = spec.turn_of(number)
        name = edit.name or f"{spec.name}-{number:03d}-{rng.getrandbits(32):08x}"
        drawn: Outcome = "Failed" if rng.random() < scenario.failure_rate else "Completed"
        outcome = scenario.ending.outcome(number, spec.max_trials, edit.outcome) or drawn
        tried = self._tried(number, definition, turn, edit)
        return TrialPlan(
            number=number,
            name=name,
            definition=definition,
            tuned={each.name: each.written(tried[each.name]) for each in definition.ranges},
            values=() if edit.without_metric else self._values(number, definition, edit, tried, rng),
            outcome=outcome,
            reason=(edit.reason or FAILED_TRIAL) if outcome == "Failed" else None,
            edit=edit,
            rng_seed=rng_seed,
        )

    def _tried(self, number: int, definition: Definition, turn: int, edit: TrialEdit) -> dict[str, Value]:
        spec = self._spec
        # Documented: what a job tries with a seed of its own depends on nothing but the request.
        source = f"{self._seed}:{spec.name}" if spec.random_seed is None else f"RandomSeed={spec.random_seed}"
        rng = Random(f"{source}:{number}:tuned")
        tried: dict[str, Value] = {each.name: each.at(rng.random()) for each in definition.ranges}
        categorical = [each for each in definition.ranges if isinstance(each, CategoricalRange)]
        if spec.strategy == "Grid" and len(categorical) == len(definition.ranges):
            tried.update(grid_at(categorical, turn))
        for name, value in (edit.tuned or {}).items():
            if name not in tried:
                raise ValueError(choices(f"hyperparameter of trial {number}", name, tried))
            tried[name] = value
        return tried

    def _values(
        self, number: int, definition: Definition, edit: TrialEdit, tried: Mapping[str, Value], rng: Random
    ) -> tuple[float, ...]:
        objective = self._scenario.objective
        drawn = rng.uniform(0.5, 0.95)
        if edit.score is not None:
            values = tuple(map(float32, edit.score if isinstance(edit.score, tuple) else (edit.score,)))
        elif objective is not None:
            values = emitted(objective({**definition.static, **tried}), number)
        else:
            values = (float32(drawn if definition.maximize else 1 - drawn),)
        if len(values) == 1 and (self._spec.early_stopping or self._spec.hyperband):
            return tuple(map(float32, self._curve(values[0], definition.maximize)))
        return values

    def _curve(self, final: float, maximize: bool) -> list[float]:
        epochs = self._spec.hyperband.max_resource if self._spec.hyperband else _EPOCHS
        distance = (abs(final) / 2 or 0.5) * (-1 if maximize else 1)
        return [final + distance * (1 - epoch / epochs) ** 2 for epoch in range(1, epochs + 1)]


class _Lengths(NamedTuple):
    start: int
    download: int
    train: int
    upload: int


def run(
    plan: TrialPlan, scenario: Scenario, *, launch: int, slot: int, warm: bool, scale: float, origin: int
) -> Trial:
    """Return the trial that a plan becomes when it is launched, if nobody interferes.

    Args:
        plan: what it tries and suffers.
        scenario: how long things take.
        launch: when it is created, in milliseconds since 1970.
        slot: which of the parallel slots it fills.
        warm: whether its instances are still warm from an earlier trial.
        scale: the factor by which the life of the job is stretched.
        origin: when the job was created, in milliseconds since 1970.
    """
    if plan.edit.times is not None:
        return _pinned(plan, slot, origin)
    rng = Random(f"{plan.rng_seed}:lengths")
    lengths = _lengths(plan, scenario, rng, warm, scale)
    restart = pick(rng, scenario.pacing.restart, scale)
    drain = pick(rng, scenario.pacing.drain, scale)
    trial = _trial(plan, slot, launch, lengths, restart, drain)
    edit = plan.edit
    if edit.length is not None:
        trial = trial.stretched(launch + max(int(edit.length * scale), 1))
    if edit.held_until is not None and trial.ended < origin + edit.held_until:
        longer = lengths._replace(train=lengths.train + origin + edit.held_until - trial.ended)
        trial = _trial(plan, slot, launch, longer, restart, drain)
        trial = trial.stretched(max(trial.ended, origin + edit.held_until))
    return _limited(trial, drain)


def _lengths(plan: TrialPlan, scenario: Scenario, rng: Random, warm: bool, scale: float) -> _Lengths:
    pacing = scenario.pacing
    drawn = _Lengths(
        pick(rng, pacing.warm_start if warm else pacing.cold_start, scale),
        pick(rng, pacing.download, scale),
        pick(rng, pacing.train, scale),
        pick(rng, pacing.upload, scale),
    )
    total = None if pacing.trial is None else pick(rng, pacing.trial, scale)
    if plan.edit.length is not None:
        total = max(int(plan.edit.length * scale), 1)
    if total is None:
        return drawn
    around = drawn.start + drawn.download + drawn.upload
    if total < 2 * around:
        drawn = _Lengths(*(part * total // (2 * around) for part in drawn))
        around = drawn.start + drawn.download + drawn.upload
    return drawn._replace(train=total - around)


def _trial(plan: TrialPlan, slot: int, launch: int, lengths: _Lengths, restart: int, drain: int) -> Trial:
    edit, retries = plan.edit, plan.definition.retries
    gives_up = edit.internal_errors > retries
    outcome: Outcome = "Failed" if gives_up else plan.outcome
    phases: list[Phase] = []
    at = launch
    setbacks: list[SecondaryStatus] = ["Restarting"] * min(edit.internal_errors, retries)
    setbacks += ["Interrupted"] * (edit.interruptions if plan.definition.spot else 0)
    for setback in setbacks:
        at = _attempt(phases, at, lengths, _PROGRESS_AT_FAILURE)
        phases.append(Phase(setback, at, at + restart))
        at += restart
    trained = at + lengths.start + lengths.download
    at = _last_attempt(phases, at, lengths, outcome, edit)
    phases.append(Phase("Failed" if outcome == "Failed" else "Completed", at, at))
    trial = Trial(
        number=plan.number,
        name=plan.name,
        definition=plan.definition,
        tuned=plan.tuned,
        phases=_without_gaps(phases),
        curve=_emitted(plan.values, trained, lengths.train),
        reason=(INTERNAL_ERROR if gives_up else plan.reason) if outcome == "Failed" else None,
        slot=slot,
    )
    if outcome == "Stopped":
        end = trial.ended if edit.length is not None else trained + lengths.train // 2 + drain
        stopped = max(end - drain, trained)
        if edit.score is not None:
            trial = replace(trial, curve=_emitted(plan.values, trained, stopped - trained))
        trial = trial.cut(stopped, end)
    return trial


def _last_attempt(phases: list[Phase], at: int, lengths: _Lengths, outcome: Outcome, edit: TrialEdit) -> int:
    """Add the phases of the attempt that decides the trial, and return when it ends."""
    if outcome == "Failed" and edit.before_start:
        broken = at + max(lengths.start, 1)
        phases.append(Phase("Starting", at, broken))
        return broken
    if outcome == "Failed":
        stated = edit.length is not None
        return _attempt(phases, at, lengths, 1 if stated else _PROGRESS_AT_FAILURE) + stated * lengths.upload
    if outcome == "Never":
        begun = _attempt(phases, at, lengths, 0)
        phases.append(Phase("Training", begun, FOREVER))
        return FOREVER
    trained = _attempt(phases, at, lengths, 1)
    phases.append(Phase("Uploading", trained, trained + lengths.upload))
    return trained + lengths.upload


def _without_gaps(phases: list[Phase]) -> tuple[Phase, ...]:
    """Drop phases that took no time, and let each last until the next one begins."""
    kept = [phase for phase in phases if phase.end > phase.start]
    ends = [*(phase.start for phase in kept[1:]), phases[-1].start]
    return (*(phase._replace(end=end) for phase, end in zip(kept, ends, strict=False)), phases[-1])


def _attempt(phases: list[Phase], at: int, lengths: _Lengths, share: float) -> int:
    """Add the phases of an attempt that gets through a share of its training, and return when that ends."""
    ready = at + lengths.start
    loaded = ready + lengths.download
    broken = loaded + math.ceil(lengths.train * share)
    phases += (
        Phase("Starting", at, ready),
        Phase("Downloading", ready, loaded),
        Phase("Training", loaded, broken),
    )
    return broken


def _emitted(values: Sequence[float], begin: int, length: int) -> tuple[tuple[int, float], ...]:
    count = len(values)
    return tuple((begin + length * turn // count, value) for turn, value in enumerate(values, 1))


def _limited(trial: Trial, drain: int) -> Trial:
    """Return the trial as its definition's stopping condition lets it run; one that never ends knows no limits."""
    definition = trial.definition
    limits: list[tuple[int, SecondaryStatus]] = []
    if definition.max_runtime is not None:
        limits.append((trial.started + definition.max_runtime, "MaxRuntimeExceeded"))
    if definition.max_wait is not None:
        limits.append((trial.created + definition.max_wait, "MaxWaitTimeExceeded"))
    at, status = min(limits, default=(FOREVER, "Stopped"))
    if trial.ended == FOREVER or trial.ended <= at or trial.is_stopping(at):
        return trial
    return trial.cut(at, at + drain, status)


def _pinned(plan: TrialPlan, slot: int, origin: int) -> Trial:
    """Return a trial whose times were recorded: created, started and ended, in milliseconds after ``origin``."""
    assert plan.edit.times is not None
    created, started, ended = (origin + offset for offset in plan.edit.times)
    trained = started + (ended - started) // 5
    uploading = ended - min((ended - trained) // 2, 6_000)
    phases = [
        Phase("Starting", created, started),
        Phase("Downloading", started, trained),
        Phase("Training", trained, uploading),
        Phase("Uploading", uploading, ended),
        Phase("Failed" if plan.outcome == "Failed" else "Completed", ended, ended),
    ]
    trial = Trial(
        plan.number,
        plan.name,
        plan.definition,
        plan.tuned,
        _without_gaps(phases),
        _emitted(plan.values, trained, uploading - trained),
        plan.reason,
        slot,
    )
    return trial.cut(uploading, ended) if plan.outcome == "Stopped" else trial
