"""What can be said of a job that was captured: whatever had not happened yet. The rest is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from fake_tuning.domain.simulation.trial_edits import ENDLESS

if TYPE_CHECKING:
    from fake_tuning.domain.recordings.tuning_job_recording import TuningJobRecording
    from fake_tuning.domain.simulation.endings import Ending
    from fake_tuning.domain.simulation.pacing import Pacing
    from fake_tuning.domain.simulation.scenario import Scenario

_ANEW = "give the job a status first, such as .completed() or .in_progress(), for which its trials are made up anew"


def check_ending(recording: TuningJobRecording, ending: Ending) -> None:
    """Refuse an ending of a job that cannot end in any other way any more.

    Raises:
        ValueError: the job was not InProgress, or the ending needs a trial that had not ended.
    """
    if recording.status != "InProgress":
        raise ValueError(
            f"{recording.name!r} was {recording.status} when it was captured, and cannot also end later: {_ANEW}"
        )
    if ending.outcome(1, 1, None) in ENDLESS:
        _check_trials_left(recording)


def check_trial(recording: TuningJobRecording, number: int, most: int) -> None:
    """Refuse to say something of a trial that had ended, or that is never launched.

    Args:
        recording: the captured job.
        number: the number of the trial.
        most: how many trials it launches unless something ends it early.

    Raises:
        ValueError: there is nothing to say of it.
    """
    launched = number in recording.trials
    if number in recording.open_trials or (
        not launched and number <= most and (recording.open_trials or recording.to_launch)
    ):
        return
    what = f"was {_over(recording)} when the job was captured" if launched else "is never launched"
    left = list(recording.open_trials)
    if recording.to_launch:
        left += range(len(recording.trials) + 1, most + 1)
    instead = f"say it of one that was still to end ({_stretches(left)}), or " if left else ""
    raise ValueError(f"trial {number} of {recording.name!r} {what}: {instead}{_ANEW}")


def check_behaviour(recording: TuningJobRecording, before: Scenario, after: Scenario) -> None:
    """Refuse what is said of all trials, and of stages of the job, that were over.

    Args:
        recording: the captured job.
        before: its scenario.
        after: the scenario that it is to have.

    Raises:
        ValueError: nothing of it can come.
    """
    others = (before.objective, before.failure_rate) != (after.objective, after.failure_rate)
    if others or not _changed_stages(before.pacing, after.pacing) <= _stages_left(recording):
        _check_trials_left(recording)


def _check_trials_left(recording: TuningJobRecording) -> None:
    if not recording.open_trials and not recording.to_launch:
        raise ValueError(
            f"all trials of {recording.name!r} were {_over(recording)} when it was captured, "
            f"{recording.status}: {_ANEW}"
        )


def _over(recording: TuningJobRecording) -> str:
    return "being stopped" if recording.status == "Stopping" else "over"


def _changed_stages(before: Pacing, after: Pacing) -> set[str]:
    return {each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name)}


def _stages_left(recording: TuningJobRecording) -> set[str]:
    """Return the stages of the job itself that were still to come."""
    if recording.status == "Stopping":
        return {"drain", "stop", "delete"}
    if recording.status == "InProgress":
        return {"finish", "fail", "stop", "delete"}
    # The deletion that failed took as long as it did.
    return set() if recording.status == "DeleteFailed" else {"delete"}


def _stretches(numbers: Iterable[int]) -> str:
    """Write numbers that rise, those that follow each other as one stretch."""
    stretches: list[list[int]] = []
    for number in numbers:
        if stretches and number == stretches[-1][-1] + 1:
            stretches[-1][1:] = [number]
        else:
            stretches.append([number])
    return ", ".join(" to ".join(map(str, each)) for each in stretches)
