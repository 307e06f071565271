"""Composes jobs: finds a timeline on which a job reaches the status and the numbers of trials that a test asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from fake_tuning.domain.jobs.situation import Situation
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.endings import Natural
from fake_tuning.domain.simulation.pacing import Span
from fake_tuning.domain.simulation.scenario import Scenario
from fake_tuning.domain.simulation.simulation import ATTEMPTS
from fake_tuning.domain.simulation.steering import Delete, Fail, Steering, Stop, steering
from fake_tuning.domain.simulation.timeline import Timeline
from fake_tuning.domain.simulation.trial import FOREVER
from fake_tuning.domain.simulation.trial_edits import Outcome, TrialEdit
from fake_tuning.domain.vocabulary.durations import spell
from fake_tuning.domain.vocabulary.failure_texts import FIRST_FAILED
from fake_tuning.domain.vocabulary.statuses import LIVE, TERMINAL, TuningStatus
from fake_tuning.doors.builder.status_now import Counts, StatusNow

_LATER = 60_000
"""Invented: how long ago a composed job ended, in milliseconds."""

_SOON = 1_000
"""Invented: how long ago a composed job was asked to stop, or was deleted, in milliseconds."""

_AFTER_A_STOP: tuple[TuningStatus, ...] = ("Stopping", "Stopped")
"""The statuses of a job that was asked to stop."""


@dataclass(frozen=True, eq=False)
class Composition:
    """A timeline, and the age at which a job on it is as the test wants it.

    Attributes:
        timeline: that of a job which was created at 0. It is simulated once, and moved to where it is needed.
        age: how old the job is, in milliseconds.
    """

    timeline: Timeline
    age: int

    @property
    def situation(self) -> Situation:
        """How the job gets there."""
        return Situation(self.timeline.scenario, steering(self.timeline.changes), self.age)

    def timeline_at(self, now: int) -> Timeline:
        """Return the timeline of a job that has this age at an instant, in milliseconds since 1970."""
        return self.timeline.moved(now - self.age)


def resumed(situation: Situation, spec: JobSpec, seed: int) -> Composition:
    """Return the composition of a job that was recorded.

    Args:
        situation: what leads to what was recorded, and how the job goes on.
        spec: the request, parsed.
        seed: determines everything that is drawn.

    Raises:
        ValueError: it cannot end at the time that was stated.
    """
    return _with_ending(Timeline(spec, situation.scenario, seed, 0, situation.changes), situation.age)


def replaced(spec: JobSpec, scenario: Scenario, launched: int) -> int:
    """Return how many of the first trials end in RetryableError by what was said of them, and so are replaced."""
    return sum(
        edit.is_replaced(spec.definition_of(number).retries)
        for number, edit in scenario.edits.items()
        if number <= launched
    )


def launched_in_all(spec: JobSpec, scenario: Scenario) -> int:
    """Return how many trials a job launches that nothing ends early: its maximum, and one for each replaced one."""
    launched = spec.max_trials
    while (more := spec.max_trials + replaced(spec, scenario, launched)) > launched:
        launched = more
    return launched


def compose(
    wanted: StatusNow, spec: JobSpec, scenario: Scenario, seed: int, age: int | None = None
) -> Composition:
    """Find a timeline on which a job is as a test wants it.

    Args:
        wanted: the status and the numbers of trials.
        spec: the request, parsed.
        scenario: how it behaves.
        seed: determines everything that is drawn.
        age: how old the job is to be, in milliseconds; None: only a little older than it must be.

    Raises:
        ValueError: there is none; the message names the numbers that contradict each other.
    """
    if wanted.status is None:
        return Composition(Timeline(spec, scenario, seed, 0), age or 0)
    composer = _Composer(wanted, wanted.status, spec, scenario, seed, age)
    composition = composer.compose()
    composer.check(composition)
    return composition


@dataclass(frozen=True)
class _Composer:
    """Composes one job. Instants are in milliseconds after the job's creation."""

    wanted: StatusNow
    status: TuningStatus
    spec: JobSpec
    scenario: Scenario
    seed: int
    age: int | None

    @cached_property
    def _most(self) -> int:
        """How many trials the job launches unless something ends it early."""
        return launched_in_all(self.spec, self.scenario)

    def compose(self) -> Composition:
        """Return a composition that should do; ``check`` finds out whether it does."""
        if self.status == "Completed":
            timeline = self._completed()
            return Composition(timeline, self._age(self._end_of(timeline), _LATER))
        if self.status not in LIVE | TERMINAL:
            return self._deleted()
        wanted = self.wanted
        if self.status == "Failed" and wanted.completed is wanted.failed is wanted.stopped is None:
            timeline = self._timeline(self.scenario.fails(wanted.reason))
            return Composition(timeline, self._age(self._end_of(timeline), _LATER))
        return self._interrupted()

    def check(self, composition: Composition) -> None:
        """Make sure that the job is as wanted, whatever else the test says about it.

        Raises:
            ValueError: it is not.
        """
        state = composition.timeline.state(composition.age)
        found = {
            "completed": state.completed,
            "failed": state.retryable + state.non_retryable,
            "stopped": state.stopped,
            "running": state.running,
        }
        # Numbers that the test does not ask for may be anything.
        open_numbers = (None,) if self.wanted.completed is not None else (None, 0)
        as_wanted = all(getattr(self.wanted, what) in (*open_numbers, count) for what, count in found.items())
        if state.status == self.status and (as_wanted or not self.wanted.is_counted):
            return
        numbers = ", ".join(f"{count} {what}" for what, count in found.items())
        raise ValueError(
            f"the job was to be {self._title}, but what was said about its trials, limits and "
            f"criteria makes it {state.status} with {numbers}: change the one or the other"
        )

    @property
    def _title(self) -> str:
        """What the job is wanted to be, in words."""
        numbers = f" with {self.wanted.numbers} trials" if self.wanted.is_counted else ""
        age = "" if self.age is None else f" at an age of {spell(self.age)}"
        return f"{self.status}{numbers}{age}"

    def _timeline(self, scenario: Scenario, changes: tuple[Steering, ...] = ()) -> Timeline:
        return Timeline(self.spec, scenario, self.seed, 0, changes)

    def _end_of(self, timeline: Timeline) -> int:
        if timeline.ends_at == FOREVER:
            raise ValueError(
                f"a job with a trial that never ends, whatever its limits, cannot be {self.status}"
            )
        return timeline.ends_at

    def _age(self, youngest: int, more: int) -> int:
        """Return how old the job is.

        Args:
            youngest: the age from which on it is as wanted.
            more: how much older it is if its age does not matter.

        Raises:
            ValueError: it is wanted to be younger than that.
        """
        if self.age is None:
            return youngest + more
        if self.age < youngest:
            raise ValueError(
                f"a job cannot be {self._title}: that takes it {spell(youngest)} at least. "
                "Move the clock, or say an earlier .created(...)"
            )
        return self.age

    # Jobs whose trials have all ended.

    def _completed(self) -> Timeline:
        """Return the timeline of a job that completes when its trials have ended."""
        scenario = replace(self.scenario, ending=self.scenario.ending.once_completed)
        if self.status == "DeleteFailed":
            scenario = scenario.refusing_deletion()
        if self.wanted.is_counted:
            scenario = _with_outcomes(self.spec, scenario, self._all_outcomes())
        return self._timeline(scenario)

    def _all_outcomes(self) -> Counts:
        """Return how all trials of a job ended that completed."""
        most, ended = self._most, self.wanted.ended
        if self.wanted.completed is None:
            edited = _edited_outcomes(self.spec, self.scenario, most)
            ended = {outcome: max(count, edited[outcome]) for outcome, count in ended.items()}
            ended["Completed"] = max(most - ended["Failed"] - ended["Stopped"], 0)
        launched = sum(ended.values())
        if launched != most:
            enough = max(launched - replaced(self.spec, self.scenario, launched), 1)
            raise ValueError(
                f"a Completed job has launched all its trials, which are {most}, but {self.wanted.numbers} "
                f"were asked for: say .trials({enough}), or other numbers"
            )
        if not ended["Completed"] and not ended["Stopped"]:
            raise ValueError(
                f"{self.wanted.numbers} of {most} trials leave none that succeeded: such a job is Failed"
            )
        return ended

    def _deleted(self) -> Composition:
        """Compose a job that completed, and whose deletion goes on or failed."""
        completed = self._completed()
        end, pacing = self._end_of(completed), completed.scenario.pacing
        if self.status == "Deleting":
            soon = _soon(pacing.delete)
            age = self._age(end + soon, _LATER)
            asked = age - soon
        else:
            asked = end + _LATER
            age = self._age(asked + pacing.delete[1], _LATER)
        return Composition(completed.changed(Delete(asked)), age)

    # Jobs with trials that run, or ran until the job was stopped or failed.

    def _interrupted(self) -> Composition:
        ended, running = self._ended_and_running()
        gives_up = self.status == "Failed" and not running and self._gives_up_after(ended)
        if not gives_up:
            self._check_room(ended, running)
            _check_hope(ended)
        scenario, settled = self._settling(ended, running)
        pacing, held = scenario.pacing, range(sum(ended.values()) + 1, sum(ended.values()) + running + 1)
        if self.status == "InProgress":
            age = self._age(settled, 0)
            return _with_ending(self._timeline(_holding(scenario, held, age, _LATER)), age)
        scenario = replace(scenario, ending=Natural())
        hold = _LATER + 2 * pacing.drain[1]
        if self.status == "Stopping":
            soon = _soon(pacing.drain, pacing.stop)
            age = self._age(settled + soon, 0)
            asked = age - soon
            return Composition(self._timeline(_holding(scenario, held, asked, hold), (Stop(asked),)), age)
        scenario = _holding(scenario, held, settled, hold)
        if self.status == "Failed":
            unfinished = gives_up and ended["Failed"] < self._most
            reason = self.wanted.reason or (FIRST_FAILED.format(count=ATTEMPTS) if unfinished else "")
            failure = Fail(settled, reason=reason)
            return Composition(self._timeline(scenario, (failure,)), self._age(settled, _LATER))
        timeline = self._timeline(scenario, (Stop(settled),))
        return Composition(timeline, self._age(self._end_of(timeline), _LATER))

    def _ended_and_running(self) -> tuple[Counts, int]:
        """Return how many trials have ended, by outcome, and how many run just before the job is interrupted."""
        wanted, most, parallel = self.wanted, self._most, self.spec.parallel
        ended, running = wanted.ended, wanted.running or 0
        if self.status in _AFTER_A_STOP and wanted.completed is None:
            spare = most - ended["Failed"] - ended["Stopped"] - running
            ended = _by_default(self.spec, self.scenario, ended, max(min(most // 2, spare), 0))
        left = max(most - sum(ended.values()), 0)
        if self.status in LIVE:
            return ended, min(parallel, left) if wanted.running is None else running
        if self.status == "Stopped" and wanted.stopped is None:
            return ended, min(parallel, left)
        cut_short = min(ended["Stopped"], parallel)
        return {**ended, "Stopped": ended["Stopped"] - cut_short}, cut_short

    def _gives_up_after(self, ended: Counts) -> bool:
        """Whether just so many failures make the service give up."""
        enough = ended["Failed"] == min(self._most, ATTEMPTS)
        return enough and not ended["Completed"] and not ended["Stopped"]

    def _check_room(self, ended: Counts, running: int) -> None:
        launched, most, parallel = sum(ended.values()) + running, self._most, self.spec.parallel
        spared = replaced(self.spec, self.scenario, launched)
        if launched > most:
            raise ValueError(
                f"{self.wanted.numbers} make {launched} trials, but the job launches at most {most}: "
                f"say .trials({launched - spared}), or smaller numbers"
            )
        if running > parallel:
            raise ValueError(
                f"{running} running trials are more than the {parallel} that the job runs at a time: "
                f"say .trials({self.spec.max_trials}, parallel={running}), or a smaller number"
            )
        if not running and launched == most:
            raise ValueError(
                f"all {launched} trials of the job have ended, so it has too: "
                f"say .trials({launched - spared + 1}), or let some of them run"
            )

    def _settling(self, ended: Counts, running: int) -> tuple[Scenario, int]:
        """Find out when just so many trials have ended and the others that run are past their last setback.

        Returns:
            the scenario in which the first trials end as counted, and the age of the job then.
        """
        scenario, first = _with_outcomes(self.spec, self.scenario, ended), sum(ended.values()) + 1
        last = first + running - 1
        endless = {number: TrialEdit("Unlimited") for number in range(first, last + 1)}
        # Those that run know no end here: a limit of the job's runtime would only seem to be when they settle.
        probe = Timeline(
            replace(self.spec, max_runtime=None),
            replace(_merged(scenario, endless), ending=Natural(), gate=(last, FOREVER // 2)),
            self.seed,
            0,
        )
        trials = probe.trials(FOREVER // 4)
        settled = [trial.ended for trial in trials if trial.ended < FOREVER]
        settled += [phase.start for trial in trials[first - 1 :] for phase in trial.phases[:-1]]
        return scenario, max(settled, default=0) + _SOON


def _with_ending(timeline: Timeline, age: int) -> Composition:
    """Count the stated time of a job's ending from now.

    Args:
        timeline: that of the job, its time counted from its creation.
        age: how old the job is now.

    Raises:
        ValueError: trials would still run when it completes.
    """
    scenario = timeline.scenario
    ending = scenario.ending
    by_itself = replace(timeline, scenario=replace(scenario, ending=ending.unasked))

    def left() -> int:
        return by_itself.ends_at - age if by_itself.ends_at < FOREVER else 2 * _LATER

    counted = ending.counted_from(age, left)
    if counted is None:
        return Composition(timeline, age)
    natural, (due, dated) = by_itself.ends_at, counted
    if ending.waits_for_trials and due < natural and not by_itself.hangs:
        raise ValueError(
            f"the trials that are left take {spell(left())}, so the job cannot complete after "
            f"{spell(due - age)}: say .each(...) with a shorter length, or a later end"
        )
    if natural <= due:
        hold = due - scenario.pacing.finish[1] if ending.waits_for_trials else due + _LATER
        last = launched_in_all(timeline.spec, scenario)
        scenario = scenario.edited(last, TrialEdit(held_until=max(hold, 1)))
    return Composition(replace(timeline, scenario=replace(scenario, ending=dated)), age)


def _soon(*bounds: Span) -> int:
    """Return how long ago something began that takes this long, so that it is not over now."""
    return min(_SOON, *(shortest // 2 for shortest, _ in bounds))


def _check_hope(ended: Counts) -> None:
    if ended["Failed"] >= ATTEMPTS and not ended["Completed"] and not ended["Stopped"]:
        raise ValueError(
            f"{ended['Failed']} failed trials and none that succeeded make the job Failed: "
            f"the service gives up after {ATTEMPTS}"
        )


def _edited_outcome(spec: JobSpec, scenario: Scenario, number: int) -> Outcome | None:
    """Return how the test lets a trial end, or None where it does not say."""
    edit = scenario.edits.get(number, TrialEdit())
    return "Failed" if edit.gives_up(spec.definition_of(number).retries) else edit.outcome


def _edited_outcomes(spec: JobSpec, scenario: Scenario, count: int) -> Counts:
    """Count the outcomes that the test sets for single trials among the first ones."""
    edited: Counts = {"Completed": 0, "Failed": 0, "Stopped": 0}
    for number in scenario.edits:
        outcome = _edited_outcome(spec, scenario, number)
        if number <= count and outcome in edited:
            edited[outcome] += 1
    return edited


def _by_default(spec: JobSpec, scenario: Scenario, ended: Counts, completed: int) -> Counts:
    """Return how trials ended of which so many completed, but for those whose outcome the test sets."""
    edited = _edited_outcomes(spec, scenario, completed + ended["Failed"] + ended["Stopped"])
    failed, stopped = max(ended["Failed"], edited["Failed"]), max(ended["Stopped"], edited["Stopped"])
    others = failed + stopped - ended["Failed"] - ended["Stopped"]
    return {"Completed": max(completed - others, 0), "Failed": failed, "Stopped": stopped}


def _with_outcomes(spec: JobSpec, scenario: Scenario, ended: Counts) -> Scenario:
    """Make the first trials end as counted. A trial whose outcome the test sets keeps it."""
    count = sum(ended.values())
    edited = _edited_outcomes(spec, scenario, count)
    left = {outcome: ended[outcome] - count_edited for outcome, count_edited in edited.items()}
    for outcome, missing in left.items():
        if missing < 0:
            raise ValueError(
                f"{ended[outcome] - missing} of the first {count} trials were told to end as {outcome}, "
                f"but only {ended[outcome]} {outcome.lower()} trials were asked for"
            )
    # Failures come last: the service gives up on a job whose first trials all fail.
    order: tuple[Outcome, ...] = ("Completed", "Stopped", "Failed")
    outcomes = (outcome for outcome in order for _ in range(left[outcome]))
    free = [number for number in range(1, count + 1) if _edited_outcome(spec, scenario, number) is None]
    return _merged(
        scenario, {number: TrialEdit(outcome) for number, outcome in zip(free, outcomes, strict=False)}
    )


def _holding(scenario: Scenario, numbers: range, at: int, hold: int) -> Scenario:
    """Make these trials run on for a while after an age of the job, and launch no others meanwhile."""
    held = {number: TrialEdit(held_until=at + hold) for number in numbers}
    return replace(_merged(scenario, held), gate=(numbers.stop - 1, at + hold))


def _merged(scenario: Scenario, edits: Mapping[int, TrialEdit]) -> Scenario:
    """Return a scenario with further edits of several trials."""
    earlier = scenario.edits
    merged = {number: earlier.get(number, TrialEdit()).merged(edit) for number, edit in edits.items()}
    return replace(scenario, edits={**earlier, **merged})
