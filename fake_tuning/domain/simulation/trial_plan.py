"""Plans trials and runs them: what each one tries, scores and goes through, drawn from its own random generators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import NamedTuple

from fake_tuning.domain.request.job_spec import Definition, JobSpec
from fake_tuning.domain.simulation.pacing import Draws, Pacing
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.scoring import score
from fake_tuning.domain.simulation.trial import FOREVER, Phase, Trial
from fake_tuning.domain.simulation.trial_edits import ENDLESS, Outcome, TrialEdit
from fake_tuning.domain.vocabulary.failure_texts import FAILED_TRIAL, INTERNAL_ERROR
from fake_tuning.domain.vocabulary.numbers import LARGEST, float32
from fake_tuning.domain.vocabulary.ranges import CategoricalRange, Value, grid_at
from fake_tuning.domain.vocabulary.statuses import SecondaryStatus
from fake_tuning.domain.vocabulary.suggestions import choices

_EPOCHS = 10
"""Invented: how many values a trial emits when lagging trials are stopped early and nobody gave a curve."""

_PROGRESS_AT_FAILURE = 0.6
"""Invented: the share of its training that a trial gets through before it fails or is interrupted."""

_WORSE = (0.02, 0.4)
"""Invented: by which share of the recorded best the other trials of that job are worse. Less than a hundredth would let
a trial that the best one improved on count as one that it did not."""

_UNEDITED = TrialEdit()


class TunedValues(Mapping[str, str]):
    """The values that a trial tries, as the service writes them.

    They are drawn when they are first read, which for most trials never happens.
    """

    __slots__ = ("_drawn", "_number", "_planner", "_turn")

    def __init__(self, planner: TrialPlanner, number: int, turn: int) -> None:
        self._planner = planner
        self._number = number
        self._turn = turn
        self._drawn: Mapping[str, str] | None = None

    def _values(self) -> Mapping[str, str]:
        if self._drawn is None:
            self._drawn = self._planner.tuned(self._number, self._turn)
        return self._drawn

    def __getitem__(self, name: str) -> str:
        return self._values()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values())

    def __len__(self) -> int:
        return len(self._values())


class TrialPlan(NamedTuple):
    """What is settled about a trial before it is launched: what it tries, what it emits and how it ends."""

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
        self._plans: dict[tuple[int, int], TrialPlan] = {}

    def plan(self, number: int, turn: int) -> TrialPlan:
        """Return the plan of a trial.

        Args:
            number: its number, from 1 in the order of launch.
            turn: its turn, from 1. A trial that replaces another takes the turn of that one: it has the same
                definition, and tries the same combination of a grid (inferred).
        """
        found = self._plans.get((number, turn))
        if found is None:
            found = self._plans.setdefault((number, turn), self._drawn(number, turn))
        return found

    def _drawn(self, number: int, turn: int) -> TrialPlan:
        spec, scenario = self._spec, self._scenario
        rng_seed = f"{self._seed}:{spec.name}:{number}"
        rng = Random(rng_seed)
        edit = scenario.edits.get(number, _UNEDITED)
        definition = self._definition(number, turn)
        # Values that a test set are checked at once.
        tuned = TunedValues(self, number, turn) if edit.tuned is None else self.tuned(number, turn)
        suffix = rng.getrandbits(32)
        if scenario.predecessors:
            # Theirs stay when they are deleted, and have all that is drawn alike, so that their names differ.
            suffix = Random(f"{rng_seed}:{scenario.predecessors}").getrandbits(32)
        name = edit.name or f"{spec.name}-{number:03d}-{suffix:08x}"
        drawn: Outcome = "Failed" if rng.random() < scenario.failure_rate else "Completed"
        outcome = scenario.ending.outcome(turn, spec.max_trials, edit.outcome) or drawn
        reason = edit.reason or FAILED_TRIAL
        if edit.gives_up(definition.retries):
            outcome, reason = "Failed", INTERNAL_ERROR
        values = () if edit.without_metric else self._values(number, turn, edit, rng)
        if outcome == "Failed" and edit.score is None:
            # It has nothing to show if it is stopped before it fails, so that no job of such trials has a best one.
            values = ()
        return TrialPlan(
            number,
            name,
            definition,
            tuned,
            values,
            outcome,
            reason if outcome == "Failed" else None,
            edit,
            rng_seed,
        )

    def _definition(self, number: int, turn: int) -> Definition:
        recorded = self._scenario.edits.get(number, _UNEDITED).definition
        return self._spec.definition_of(turn) if recorded is None else self._spec.definition_named(recorded)

    def _tried(self, number: int, turn: int) -> dict[str, Value]:
        spec = self._spec
        definition = self._definition(number, turn)
        # Documented: what a job tries with a seed of its own depends on nothing but the request.
        source = f"{self._seed}:{spec.name}" if spec.random_seed is None else f"RandomSeed={spec.random_seed}"
        rng = Random(f"{source}:{number}:tuned")
        tried: dict[str, Value] = {each.name: each.at(rng.random()) for each in definition.ranges}
        categorical = [each for each in definition.ranges if isinstance(each, CategoricalRange)]
        if spec.strategy == "Grid" and len(categorical) == len(definition.ranges):
            _, own_turn = spec.turn_of(turn)
            tried.update(grid_at(categorical, own_turn))
        for name, value in (self._scenario.edits.get(number, _UNEDITED).tuned or {}).items():
            if name not in tried:
                raise ValueError(choices(f"hyperparameter of trial {number}", name, tried))
            tried[name] = value
        return tried

    def tuned(self, number: int, turn: int) -> Mapping[str, str]:
        """Return the values that a trial tries, in alphabetical order (see ``plan`` for the arguments)."""
        tried = self._tried(number, turn)
        ranges = sorted(self._definition(number, turn).ranges, key=lambda each: each.name)
        return {each.name: each.written(tried[each.name]) for each in ranges}

    def _values(self, number: int, turn: int, edit: TrialEdit, rng: Random) -> tuple[float, ...]:
        scenario, definition = self._scenario, self._definition(number, turn)
        objective = scenario.objective
        if edit.score is not None:
            values = tuple(map(float32, edit.score if isinstance(edit.score, tuple) else (edit.score,)))
        elif objective is not None and edit.times is None:
            given = {**definition.static, **self._tried(number, turn)}
            values = score(objective, given, self._spec.name, number)
        elif scenario.recorded_best is not None:
            worse = _worse(scenario.recorded_best, rng)
            values = (float32(worse if definition.maximize else -worse),)
        else:
            drawn = rng.uniform(0.5, 0.95)
            values = (float32(drawn if definition.maximize else 1 - drawn),)
        if len(values) == 1 and (self._spec.early_stopping or self._spec.hyperband):
            return tuple(map(float32, self._curve(values[0], definition.maximize)))
        return values

    def _curve(self, final: float, maximize: bool) -> list[float]:
        epochs = self._spec.hyperband.max_resource if self._spec.hyperband else _EPOCHS
        distance = (abs(final) / 2 or 0.5) * (-1 if maximize else 1)
        return [final + distance * (1 - epoch / epochs) ** 2 for epoch in range(1, epochs + 1)]


def _worse(best: float, rng: Random) -> float:
    """Draw how good another trial was, on the scale of the best one."""
    return max(best - (abs(best) or 1.0) * rng.uniform(*_WORSE), -LARGEST)


class _Lengths(NamedTuple):
    """How long the stages of one trial take, in milliseconds."""

    start: int
    download: int
    train: int
    upload: int
    restart: int
    drain: int

    @property
    def around(self) -> int:
        """How long the stages around the training take."""
        return self.start + self.download + self.upload


def run(plan: TrialPlan, scenario: Scenario, *, launch: int, slot: int, warm: bool, scale: float) -> Trial:
    """Return the trial that a plan becomes when it is launched, if nobody interferes.

    Args:
        plan: what was settled about it.
        scenario: how long things take.
        launch: when it is created, in milliseconds after the creation of the job; so are the times of the trial.
        slot: which of the parallel slots it fills.
        warm: whether its instances are still warm from an earlier trial.
        scale: the factor by which all its lengths are squeezed.
    """
    edit = plan.edit
    if edit.times is not None:
        return _pinned(plan, edit.times, slot)
    until = edit.held_until or 0
    if edit.ran is not None:
        launch, seen = edit.ran
        until = max(until, seen)
    lengths = _lengths(plan, scenario.pacing, warm, scale)
    trial = _trial(plan, slot, launch, lengths)
    if edit.length is not None:
        trial = trial.stretched(launch + max(int(edit.length * scale), 1))
    if trial.ended < until:
        longer = lengths._replace(train=lengths.train + until - trial.ended)
        trial = _trial(plan, slot, launch, longer)
        trial = trial.stretched(max(trial.ended, until))
    if plan.outcome == "Unlimited":
        return trial
    return limited(trial, lengths.drain, seen=until if edit.ran else 0)


def stretched(
    trial: Trial, scale: float, *, waited: int = 0, refill: int = 0, within_limits: bool = True
) -> Trial:
    """Return a trial that trains for longer, so that its job is stretched as a whole.

    Its other phases keep their lengths, and so do the times in which its slot is empty: it makes up for those, too.

    Args:
        trial: the trial, as it is in a job that is not stretched.
        scale: the factor by which the job is stretched.
        waited: how long its slot was empty before it was launched for the first time.
        refill: how long its slot is empty after it.
        within_limits: whether it trains for no longer than its stopping condition lets it. It is Starting for what is
            left then, as where no instances are to be had.
    """
    created, ended = trial.created, trial.ended
    if ended == FOREVER:
        return trial
    around = waited + refill
    end = created + int((ended - created + around) * scale) - around
    longest = FOREVER
    if within_limits:
        longest = max(ended, trial.started + trial.definition.max_runtime)
        end = max(ended, min(end, created + (trial.definition.max_wait or FOREVER)))
    if not any(phase.status == "Training" for phase in trial.phases):
        return trial.stretched(end)
    longer = trial.lengthened(starting=max(end - longest, 0), training=min(end, longest) - ended)
    _, began, trained = _last_training(trial)
    _, begins, trains = _last_training(longer)
    curve = [
        (begins + (at - began) * (trains - begins) // (trained - began), value) for at, value in trial.curve
    ]
    return replace(longer, curve=tuple(curve))


def _last_training(trial: Trial) -> Phase:
    return [phase for phase in trial.phases if phase.status == "Training"][-1]


def _lengths(plan: TrialPlan, pacing: Pacing, warm: bool, scale: float) -> _Lengths:
    pick = Draws(f"{plan.rng_seed}:lengths").pick
    start = pick(pacing.warm_start if warm else pacing.cold_start, scale)
    download, train = pick(pacing.download, scale), pick(pacing.train, scale)
    upload = pick(pacing.upload, scale)
    total = None if pacing.trial is None else pick(pacing.trial, scale)
    restart, drain = pick(pacing.restart, scale), pick(pacing.drain)
    lengths = _Lengths(start, download, train, upload, restart, drain)
    if plan.edit.length is not None:
        total = max(int(plan.edit.length * scale), 1)
    if total is None:
        return lengths
    around = lengths.around
    if total < 2 * around:
        start, download, upload = (part * total // (2 * around) for part in (start, download, upload))
        lengths = _Lengths(start, download, train, upload, restart, drain)
    return lengths._replace(train=total - lengths.around)


def _trial(plan: TrialPlan, slot: int, launch: int, lengths: _Lengths) -> Trial:
    edit, outcome = plan.edit, plan.outcome
    phases: list[Phase] = []
    at = launch
    setbacks: list[SecondaryStatus] = ["Restarting"] * min(edit.internal_errors, plan.definition.retries)
    setbacks += ["Interrupted"] * (edit.interruptions if plan.definition.spot else 0)
    for setback in setbacks:
        at = _attempt(phases, at, lengths, _PROGRESS_AT_FAILURE)
        at = _phase(phases, setback, at, at + lengths.restart)
    trained = at + lengths.start + lengths.download
    at = _last_attempt(phases, at, lengths, outcome, edit)
    phases.append(Phase("Failed" if outcome == "Failed" else "Completed", at, at))
    trial = Trial(
        plan.number,
        plan.name,
        plan.definition,
        plan.tuned,
        tuple(phases),
        _emitted(plan.values, trained, lengths.train),
        plan.reason,
        slot,
    )
    if outcome == "Stopped":
        end = trial.ended if edit.length is not None else trained + lengths.train // 2 + lengths.drain
        stopped = max(end - lengths.drain, trained)
        if edit.score is not None:
            trial = replace(trial, curve=_emitted(plan.values, trained, stopped - trained))
        trial = trial.cut(stopped, end)
    return trial


def _phase(phases: list[Phase], status: SecondaryStatus, start: int, end: int) -> int:
    """Add a phase, unless it takes no time, and return when it ends."""
    if end > start:
        phases.append(Phase(status, start, end))
    return end


def _attempt(phases: list[Phase], at: int, lengths: _Lengths, share: float, longer: int = 0) -> int:
    """Add the phases of an attempt that gets through a share of its training, and return when that ends."""
    at = _phase(phases, "Starting", at, at + lengths.start)
    at = _phase(phases, "Downloading", at, at + lengths.download)
    return _phase(phases, "Training", at, at + math.ceil(lengths.train * share) + longer)


def _last_attempt(phases: list[Phase], at: int, lengths: _Lengths, outcome: Outcome, edit: TrialEdit) -> int:
    """Add the phases of the attempt that decides the trial, and return when it ends."""
    if outcome == "Failed" and edit.before_start:
        return _phase(phases, "Starting", at, at + max(lengths.start, 1))
    if outcome == "Failed" and edit.length is not None:
        # It fails at the end of the stated length.
        return _attempt(phases, at, lengths, 1, lengths.upload)
    if outcome == "Failed":
        return _attempt(phases, at, lengths, _PROGRESS_AT_FAILURE)
    if outcome in ENDLESS:
        at = _attempt(phases, at, lengths, 0)
        return _phase(phases, "Training", at, FOREVER)
    at = _attempt(phases, at, lengths, 1)
    return _phase(phases, "Uploading", at, at + lengths.upload)


def _emitted(values: Sequence[float], begin: int, length: int) -> tuple[tuple[int, float], ...]:
    # Rounded up: a trial that is stopped early at its first value has begun to train by then, however short it is.
    count = len(values)
    return tuple([(begin + math.ceil(length * turn / count), value) for turn, value in enumerate(values, 1)])


def limited(trial: Trial, drain: int, *, seen: int = 0) -> Trial:
    """Return the trial as the stopping condition of its definition lets it run.

    Args:
        trial: the trial.
        drain: how long it takes to stop, in milliseconds.
        seen: until when it was seen to run, whatever its limits.
    """
    runtime, wait = trial.definition.max_runtime, trial.definition.max_wait or FOREVER
    if trial.ended <= trial.created + min(runtime, wait):
        return trial
    limits: list[tuple[int, SecondaryStatus]] = [
        (trial.started + runtime, "MaxRuntimeExceeded"),
        (trial.created + wait, "MaxWaitTimeExceeded"),
    ]
    at, status = min(limits)
    at = max(at, seen)
    if trial.ended <= at or trial.is_stopping(at):
        return trial
    return trial.cut(at, at + drain, status)


def _pinned(plan: TrialPlan, times: tuple[int, int, int], slot: int) -> Trial:
    """Return a trial whose times were recorded: when it was created, started and ended."""
    created, started, ended = times
    trained = started + (ended - started) // 5
    uploading = ended - min((ended - trained) // 2, 6_000)
    phases = [
        Phase("Starting", created, started),
        Phase("Downloading", started, trained),
        Phase("Training", trained, uploading),
        Phase("Uploading", uploading, ended),
    ]
    kept = [phase for phase in phases if phase.end > phase.start]
    # Recorded times need not rise: each phase lasts until the next one begins.
    ends = [*(phase.start for phase in kept[1:]), ended]
    last = Phase("Failed" if plan.outcome == "Failed" else "Completed", ended, ended)
    trial = Trial(
        plan.number,
        plan.name,
        plan.definition,
        plan.tuned,
        (*(phase._replace(end=end) for phase, end in zip(kept, ends, strict=False)), last),
        _emitted(plan.values, trained, uploading - trained),
        plan.reason,
        slot,
    )
    return trial.cut(uploading, ended) if plan.outcome == "Stopped" else trial
