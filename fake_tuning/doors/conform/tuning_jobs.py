"""Holds a recorded description of a tuning job against ours: read back, and of a job that is created anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fake_tuning.domain.recordings.tuning_job_recording import TuningJobRecording
from fake_tuning.domain.simulation.endings import Completes
from fake_tuning.domain.simulation.steering import Fail, Finish, Steering, Stop
from fake_tuning.domain.vocabulary.statuses import TERMINAL
from fake_tuning.doors.builder.tuning_job import TuningJob
from fake_tuning.doors.conform.comparison import (
    Difference,
    different_members,
    different_repetitions,
    different_values,
)
from fake_tuning.doors.conform.stage import Clients, Stage, sendable
from fake_tuning.service.validation.captured_answers import read_answer, read_tuning_job

DESCRIBE, CREATE = "DescribeHyperParameterTuningJob", "CreateHyperParameterTuningJob"
_NAMED = "HyperParameterTuningJobName"

_COUNTERS = ("TrainingJobStatusCounters", "ObjectiveStatusCounters")
_REPEATED = (
    *_COUNTERS,
    "HyperParameterTuningJobStatus",
    "HyperParameterTuningJobConfig",
    "TrainingJobDefinition",
    "TrainingJobDefinitions",
    "WarmStartConfig",
    "Autotune",
)
"""The members whose values are the same in a job that is created anew: those of the request, and how far it is."""


def read_back(clients: Clients, answer: Mapping[str, Any]) -> Iterator[Difference]:
    """Put the recorded job into a service, and compare what a client is told at the instant of the recording.

    Members that the job would say otherwise, had the recording not told it to, differ too.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read, or contradicts itself.
    """
    theirs = read_answer(DESCRIBE, answer)
    job = TuningJob.from_response(answer)
    recording = _recording(job)
    with Stage(clients, job.place, recording.observed) as stage:
        stage.service.add(job)
        yield from different_values(theirs, stage.ask(DESCRIBE, {_NAMED: job.name}))
    by_itself = job.without_overrides().describe()
    yield from (
        each
        for each in different_values(theirs, by_itself)
        if each.path.partition(".")[0].partition("[")[0] in job.overrides
    )


def _recording(job: TuningJob) -> TuningJobRecording:
    assert job.recording is not None  # it was read from a response
    return job.recording


def created_anew(
    clients: Clients, answer: Mapping[str, Any], request: Mapping[str, Any] | None = None
) -> Iterator[Difference]:
    """Create the recorded job by a client, bring it to where it was, and compare its members and what it repeats.

    Args:
        clients: makes the client.
        answer: the recorded description.
        request: the request that made the job; None: the one that the description tells.

    Raises:
        TypeError: the answer cannot be read.
        ValueError: the answer cannot be read, or contradicts itself.
        RefusedError: the request is refused.
    """
    theirs = read_answer(DESCRIBE, answer)
    recording = read_tuning_job(answer)
    asked = sendable(CREATE, {**(request or recording.request), _NAMED: "recorded"})
    created = recording.observed - recording.situation.age
    with Stage(clients, recording.place, created) as stage:
        stage.create_parents(asked)
        _create(stage, asked, recording)
        ours = stage.ask(DESCRIBE, {_NAMED: "recorded"})
    yield from different_members(theirs, ours)
    # A limit or a criterion ended it: how many trials had ended by then, the recording does not say.
    uncounted = _COUNTERS if _finish(recording) is not None else ()
    repeated = [name for name in _REPEATED if name not in uncounted]
    yield from different_repetitions(
        {name: theirs[name] for name in repeated if name in theirs},
        {name: ours[name] for name in repeated if name in ours},
    )


def _finish(recording: TuningJobRecording) -> int | None:
    """Return after how many milliseconds a job completed before all its trials were launched; None if it did not."""
    changes = recording.situation.changes
    return next((change.at for change in changes if isinstance(change, Finish)), None)


def _create(stage: Stage, asked: Mapping[str, Any], recording: TuningJobRecording) -> None:
    """Create the job, do to it what was done to the recorded one, and let as much time go by."""
    situation, finish = recording.situation, _finish(recording)
    scenario, created = situation.scenario, stage.clock.ms
    if finish is not None:
        scenario = replace(scenario, ending=Completes(finish))
    stage.service.on_create(scenario, name="recorded")
    stage.ask(CREATE, asked)
    for change in situation.changes:
        stage.clock.ms = created + change.at
        _do(stage, change)
    stage.clock.ms = recording.observed


def _do(stage: Stage, change: Steering) -> None:
    named = {_NAMED: "recorded"}
    if isinstance(change, Stop):
        stage.ask("StopHyperParameterTuningJob", named)
    elif isinstance(change, Fail) and stage.service.job("recorded").status not in TERMINAL:
        stage.service.job("recorded").fail(change.reason)
    elif not isinstance(change, (Fail, Finish)):
        stage.ask("DeleteHyperParameterTuningJob", named)
