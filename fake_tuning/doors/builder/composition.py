"""Composes a life that has, at a given moment, the status and the trials that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from fake_tuning.domain.jobs.situation import Situation
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.endings import Natural
from fake_tuning.domain.simulation.pacing import Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import ATTEMPTS, Command
from fake_tuning.domain.simulation.timeline import Timeline
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.simulation.trial_edits import Outcome, TrialEdit
from fake_tuning.domain.vocabulary.durations import spell
from fake_tuning.domain.vocabulary.failure_texts import FIRST_FAILED
from fake_tuning.domain.vocabulary.numbers import is_whole
from fake_tuning.domain.vocabulary.statuses import TuningStatus

StageKind: TypeAlias = Literal[
    "new", "in_progress", "completed", "failed", "stopping", "stopped", "deleting", "delete_failed"
]

STATUSES: Mapping[StageKind, TuningStatus] = MappingProxyType(
    {
        "in_progress": "InProgress",
        "completed": "Completed",
        "failed": "Failed",
        "stopping": "Stopping",
        "stopped": "Stopped",
        "deleting": "Deleting",
        "delete_failed": "DeleteFailed",
    }
)
"""The status that a job has in each stage of its life but the first."""

_LATER = 60_000
"""Invented: how long after its end, in milliseconds, a composed job is looked at."""

_SOON = 1_000
"""Invented: how long after a request to stop or delete, in milliseconds, a composed job is looked at."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where in its life a job is to be; None where nothing was said.

    Attributes:
        kind: the status.
        completed: trials that completed.
        failed: trials that failed.
        stopped: trials that were stopped.
        running: trials that run.
        reason: why the job failed.
    """

    kind: StageKind = "new"
    completed: int | None = None
    failed: int | None = None
    stopped: int | None = None
    running: int | None = None
    reason: str | None = None

    def room(self, most: int, parallel: int) -> tuple[int, int]:
        """Return how many trials there must be, in all and at a time, so that its numbers have room.

        Args:
            most: how many trials there are in all where the numbers do not ask for more.
            parallel: the same of those at a time.
        """
        counts = [self.completed, self.failed, self.stopped, self.running]
        if not all(isinstance(count, int) for count in counts if count is not None):
            return most, parallel
        asked = sum(count or 0 for count in counts)
        if self.kind == "completed" and self.completed is not None:
            return max(asked, 1), parallel
        at_once = max(self.running or 0, (self.stopped or 0) if self.kind == "stopped" else 0)
        return max(most, asked + (self.running == 0)), max(parallel, at_once)


def compose(stage: Stage, spec: JobSpec, scenario: Scenario, seed: int) -> Situation:
    """Find a life that reaches a stage.

    Raises:
        ValueError: there is none; the message names the numbers that contradict each other.
    """
    _check_counts(stage)
    if stage.kind == "new":
        return Situation(scenario)
    if stage.kind in ("completed", "deleting", "delete_failed"):
        composed = _through(stage, spec, scenario, seed)
    elif stage.kind == "failed" and stage.completed is stage.failed is stage.stopped is None:
        failing = scenario.fails(stage.reason)
        composed = Situation(failing, age=_end(stage, spec, failing, seed) + _LATER)
    else:
        composed = _under_way(stage, spec, scenario, seed)
    _check_reached(stage, composed, spec, seed)
    return composed


def _check_reached(stage: Stage, composed: Situation, spec: JobSpec, seed: int) -> None:
    """Make sure that nothing else that was said about the job keeps it from what was asked for."""
    state = Timeline(spec, composed.scenario, seed, 0, composed.commands).state(composed.age)
    found = {
        "completed": state.completed,
        "failed": state.retryable + state.non_retryable,
        "stopped": state.stopped,
        "running": state.running,
    }
    counted = _is_counted(stage)
    # Where only some numbers were given, the others are whatever they come to.
    unsaid = (None,) if stage.completed is not None else (None, 0)
    as_asked = all(getattr(stage, what) in (*unsaid, count) for what, count in found.items())
    if state.status == STATUSES[stage.kind] and (as_asked or not counted):
        return
    asked_counts = f" with {_asked_counts(stage)} trials" if counted else ""
    numbers = ", ".join(f"{count} {what}" for what, count in found.items())
    raise ValueError(
        f"the job was to be {STATUSES[stage.kind]}{asked_counts}, but what was said about its trials, limits and "
        f"criteria makes it {state.status} with {numbers}: change the one or the other"
    )


def _is_counted(stage: Stage) -> bool:
    """Whether numbers of trials were asked for."""
    return stage.completed is not None or any((stage.failed, stage.stopped, stage.running))


def _end(
    stage: Stage, spec: JobSpec, scenario: Scenario, seed: int, commands: tuple[Command, ...] = ()
) -> int:
    end = Timeline(spec, scenario, seed, 0, commands).ends_at
    if end == FOREVER:
        raise ValueError(f"a job with a trial that never ends cannot be {STATUSES[stage.kind]}")
    return end


def _check_counts(stage: Stage) -> None:
    for what in ("completed", "failed", "stopped", "running"):
        count = getattr(stage, what)
        if count is not None and (not is_whole(count) or count < 0):
            raise ValueError(f"the number of {what} trials must be a whole number from 0, but is {count!r}")


def _through(stage: Stage, spec: JobSpec, scenario: Scenario, seed: int) -> Situation:
    """Compose a job that went on to its natural end and completed."""
    scenario = replace(scenario, ending=scenario.ending.once_completed)
    if _is_counted(stage):
        scenario = _with_outcomes(scenario, _all_counts(stage, spec, scenario))
    end = _end(stage, spec, scenario, seed)
    if stage.kind == "completed":
        return Situation(scenario, age=end + _LATER)
    asked = end + _LATER
    if stage.kind == "delete_failed":
        refused = asked + scenario.pacing.delete[1] + _LATER
        return Situation(scenario.refusing_deletion(), (Command(asked, "delete"),), refused)
    return Situation(scenario, (Command(asked, "delete"),), asked + _soon(scenario.pacing.delete))


def _all_counts(stage: Stage, spec: JobSpec, scenario: Scenario) -> dict[Outcome, int]:
    """Return how all the trials of a Completed job ended."""
    ended = _counts(stage)
    if stage.completed is None:
        taken = _edited(scenario, spec.max_trials)
        ended = {outcome: max(count, taken[outcome]) for outcome, count in ended.items()}
        ended["Completed"] = max(spec.max_trials - ended["Failed"] - ended["Stopped"], 0)
    if (launched := sum(ended.values())) != spec.max_trials:
        raise ValueError(
            f"a Completed job has launched all its trials, which are {spec.max_trials}, but {_asked_counts(stage)} "
            f"were asked for: say .trials({max(launched, 1)}), or other numbers"
        )
    if not ended["Completed"] and not ended["Stopped"]:
        raise ValueError(
            f"{_asked_counts(stage)} of {spec.max_trials} trials leave none that succeeded: such a job is Failed"
        )
    return ended


def _soon(*bounds: Span) -> int:
    """Return how long after a request to look at the job, so that what takes so long is not over by then."""
    return min(_SOON, *(shortest // 2 for shortest, _ in bounds))


def _under_way(stage: Stage, spec: JobSpec, scenario: Scenario, seed: int) -> Situation:
    """Compose a job with trials that run, or ran until the job was stopped or failed."""
    ended, running = _parts(stage, spec, scenario)
    doomed = stage.kind == "failed" and not running and _is_doomed(ended, spec)
    if not doomed:
        _check_room(stage, spec, ended, running)
        _check_hope(ended)
    hold = _LATER if stage.kind == "in_progress" else _LATER + 2 * scenario.pacing.drain[1]
    arranged, age = _arranged(spec, scenario, seed, ended, running, hold)
    if stage.kind == "in_progress":
        return _with_ending(Situation(arranged, age=age), spec, seed)
    arranged = replace(arranged, ending=Natural())
    if stage.kind == "failed":
        given_up = FIRST_FAILED.format(count=ATTEMPTS) if doomed and ended["Failed"] < spec.max_trials else ""
        return Situation(arranged, (Command(age, "fail", reason=stage.reason or given_up),), age + _LATER)
    commands = (Command(age, "stop"),)
    if stage.kind == "stopping":
        return Situation(arranged, commands, age + _soon(scenario.pacing.drain, scenario.pacing.stop))
    return Situation(arranged, commands, _end(stage, spec, arranged, seed, commands) + _LATER)


def _parts(stage: Stage, spec: JobSpec, scenario: Scenario) -> tuple[dict[Outcome, int], int]:
    """Return how many trials have ended, by outcome, and how many run at the moment that matters."""
    ended, running = _counts(stage), stage.running or 0
    if stage.kind in ("stopping", "stopped") and stage.completed is None:
        spare = spec.max_trials - ended["Failed"] - ended["Stopped"] - running
        ended = _defaults(scenario, ended, max(min(spec.max_trials // 2, spare), 0))
    rest = max(spec.max_trials - sum(ended.values()), 0)
    if stage.kind in ("in_progress", "stopping") and stage.running is None:
        running = min(spec.parallel, rest)
    if stage.kind == "stopped" and stage.stopped is None:
        running = min(spec.parallel, rest)
    elif stage.kind in ("stopped", "failed"):
        running = min(ended["Stopped"], spec.parallel)
        ended["Stopped"] -= running
    return ended, running


def _defaults(scenario: Scenario, ended: dict[Outcome, int], completed: int) -> dict[Outcome, int]:
    """Let so many trials have completed, but for those that were told to end otherwise."""
    taken = _edited(scenario, completed + ended["Failed"] + ended["Stopped"])
    failed, stopped = max(ended["Failed"], taken["Failed"]), max(ended["Stopped"], taken["Stopped"])
    spent = failed + stopped - ended["Failed"] - ended["Stopped"]
    return {"Completed": max(completed - spent, 0), "Failed": failed, "Stopped": stopped}


def _is_doomed(ended: dict[Outcome, int], spec: JobSpec) -> bool:
    """Whether just so many failures make the service give up."""
    return (
        ended["Failed"] == min(spec.max_trials, ATTEMPTS) and not ended["Completed"] and not ended["Stopped"]
    )


def _counts(stage: Stage) -> dict[Outcome, int]:
    return {"Completed": stage.completed or 0, "Failed": stage.failed or 0, "Stopped": stage.stopped or 0}


def _asked_counts(stage: Stage) -> str:
    asked_counts = [
        f"{count} {what}"
        for what in ("completed", "failed", "stopped", "running")
        if (count := getattr(stage, what))
    ]
    return " and ".join(asked_counts) or "no numbers"


def _check_room(stage: Stage, spec: JobSpec, ended: dict[Outcome, int], running: int) -> None:
    launched = sum(ended.values()) + running
    if launched > spec.max_trials:
        raise ValueError(
            f"{_asked_counts(stage)} make {launched} trials, but the job launches at most {spec.max_trials}: "
            f"say .trials({launched}), or smaller numbers"
        )
    if running > spec.parallel:
        raise ValueError(
            f"{running} running trials are more than the {spec.parallel} that the job runs at a time: "
            f"say .trials({spec.max_trials}, parallel={running}), or a smaller number"
        )
    if not running and launched == spec.max_trials:
        raise ValueError(
            f"all {launched} trials of the job have ended, so it has too: "
            f"say .trials({launched + 1}), or let some of them run"
        )


def _check_hope(ended: dict[Outcome, int]) -> None:
    if ended["Failed"] >= ATTEMPTS and not ended["Completed"] and not ended["Stopped"]:
        raise ValueError(
            f"{ended['Failed']} failed trials and none that succeeded make the job Failed: "
            f"the service gives up after {ATTEMPTS}"
        )


def _edited(scenario: Scenario, count: int) -> dict[Outcome, int]:
    """Count the outcomes that were given to single trials among the first ones."""
    taken: dict[Outcome, int] = {"Completed": 0, "Failed": 0, "Stopped": 0}
    for number, edit in scenario.edits.items():
        if number <= count and edit.outcome in taken:
            taken[edit.outcome] += 1
    return taken


def _with_outcomes(scenario: Scenario, ended: dict[Outcome, int]) -> Scenario:
    """Let the first trials end as counted; a trial whose fate was given keeps it."""
    count = sum(ended.values())
    left = {outcome: ended[outcome] - taken for outcome, taken in _edited(scenario, count).items()}
    for outcome, missing in left.items():
        if missing < 0:
            raise ValueError(
                f"{ended[outcome] - missing} of the first {count} trials were told to end as {outcome}, "
                f"but only {ended[outcome]} {outcome.lower()} trials were asked for"
            )
    # Failures come last: the service gives up on a job whose first trials all fail.
    order: tuple[Outcome, ...] = ("Completed", "Stopped", "Failed")
    fates = [outcome for outcome in order for _ in range(left[outcome])]
    edits = dict(scenario.edits)
    for number in range(1, count + 1):
        edit = edits.get(number, TrialEdit())
        if edit.outcome is None:
            edits[number] = edit.merged(TrialEdit(fates.pop(0)))
    return replace(scenario, edits=edits)


def _arranged(
    spec: JobSpec, scenario: Scenario, seed: int, ended: dict[Outcome, int], running: int, hold: int
) -> tuple[Scenario, int]:
    """Return a scenario and an age at which just these trials have ended and just so many run.

    Those that run go on for ``hold`` milliseconds at least, and no others are launched meanwhile.
    """
    scenario = _with_outcomes(scenario, ended)
    first, last = sum(ended.values()) + 1, sum(ended.values()) + running
    held = dict(scenario.edits)
    for number in range(first, last + 1):
        held[number] = held.get(number, TrialEdit()).merged(TrialEdit("Never"))
    # Those that are held know no end here: a limit of the job's runtime would only seem to be when they settle.
    endless = replace(spec, max_runtime=None)
    probe = Timeline(
        endless, replace(scenario, ending=Natural(), edits=held, gate=(last, FOREVER // 2)), seed, 0
    )
    settled = [trial.ended for trial in probe.trials(FOREVER // 4) if trial.ended < FOREVER]
    settled += [
        phase.start for trial in probe.trials(FOREVER // 4)[first - 1 :] for phase in trial.phases[:-1]
    ]
    age = max(settled, default=0) + _SOON
    edits = dict(scenario.edits)
    for number in range(first, last + 1):
        edits[number] = edits.get(number, TrialEdit()).merged(TrialEdit(held_until=age + hold))
    return replace(scenario, edits=edits, gate=(last, age + hold)), age


def _with_ending(composed: Situation, spec: JobSpec, seed: int) -> Situation:
    """Let a job that is under way end when it was asked to, counted from the moment it is composed for."""
    scenario, ending = composed.scenario, composed.scenario.ending
    by_itself = Timeline(spec, replace(scenario, ending=Natural()), seed, 0)

    def left() -> int:
        return by_itself.ends_at - composed.age if by_itself.ends_at < FOREVER else 2 * _LATER

    after = ending.due(left)
    if after is None:
        return composed
    natural, target = by_itself.ends_at, composed.age + after
    if ending.waits_for_trials and target < natural < FOREVER:
        raise ValueError(
            f"the trials that are left take {spell(left())}, so the job cannot complete after "
            f"{spell(after)}: say .each(...) with a shorter length, or a later end"
        )
    if natural <= target:
        hold = target - scenario.pacing.finish[1] if ending.waits_for_trials else target + _LATER
        scenario = scenario.edited(spec.max_trials, TrialEdit(held_until=max(hold, 1)))
    return replace(composed, scenario=replace(scenario, ending=ending.dated(target)))
