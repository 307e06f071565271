"""A job is simulated once, in its own time, wherever it is put and however often it is looked at."""

from __future__ import annotations

from random import Random

import pytest

from fake_tuning import TuningJob
from fake_tuning.domain.request.job_spec import JobSpec
from fake_tuning.domain.simulation.pacing import Draws
from fake_tuning.domain.simulation.steering import Delete, Stop
from fake_tuning.domain.simulation.timeline import Timeline

MINUTE = 60_000
HOUR = 60 * MINUTE
CREATED = 1_767_225_600_123
AGES = (0, 5_000, 10 * MINUTE, HOUR, 3 * HOUR)

JOB = TuningJob("xgb").searching(eta=(0.01, 0.3), depth=range(3, 11)).trials(6, parallel=2)


def timeline(job: TuningJob, created: int, *changes: Stop) -> Timeline:
    return Timeline(JobSpec.read(job.request), job.scenario, 0, created, changes)


def seen(found: Timeline) -> list[object]:
    return [
        (
            found.state(found.created + age),
            list(found.trials(found.created + age)),
            found.history(found.created + age),
        )
        for age in AGES
    ] + [found.next_event(found.created + age) for age in AGES]


@pytest.mark.parametrize("by", [CREATED, -CREATED, 0])
@pytest.mark.parametrize(
    "job", [JOB, JOB.stops(), JOB.completes(after="1h"), JOB.never_ends(), JOB.stops(after="2h")]
)
def test_a_job_that_is_moved_is_the_same_job_created_at_another_time(job, by):
    stop = Stop(50 * MINUTE)
    moved = timeline(job, CREATED, stop.moved(CREATED)).moved(by)
    assert moved.created == CREATED + by
    assert seen(moved) == seen(timeline(job, CREATED + by, stop.moved(CREATED + by)))


def test_a_job_that_is_moved_asks_its_objective_once_per_trial():
    scored = []
    job = JOB.scored_by(lambda hp: scored.append(hp) or hp["eta"])
    first = timeline(job, 0)
    moved = first.moved(CREATED)
    assert moved.state(moved.ends_at).completed == 6
    assert len(scored) == 6
    assert first.state(3 * HOUR).completed == 6
    assert len(scored) == 6
    # What is done to it later changes its life, but not what its trials try and score.
    later = moved.changed(Delete(CREATED + HOUR))
    assert not later.exists(CREATED + 2 * HOUR)
    assert len(scored) == 6


def test_trials_are_a_sequence_in_either_order():
    found = timeline(JOB, CREATED).trials(CREATED + 3 * HOUR)
    trials = list(found)
    assert (
        [trial.number for trial in trials]
        == [1, 2, 3, 4, 5, 6]
        == [found[at].number for at in range(len(found))]
    )
    assert [trial.number for trial in found[::-1][1:3]] == [5, 4]
    assert list(reversed(found)) == trials[::-1]
    assert found[-1] == trials[-1] in found
    with pytest.raises(IndexError):
        found[6]


def test_the_values_that_a_trial_tries_are_a_mapping():
    first, second = timeline(JOB, CREATED).trials(CREATED + HOUR)[:2]
    assert len(first.tuned) == 2
    assert dict(first.tuned) == {name: first.tuned[name] for name in ("eta", "depth")} == first.tuned
    assert first.tuned != second.tuned


def test_a_span_of_one_length_takes_its_turn_among_those_that_are_drawn():
    rng, draws = Random("key"), Draws("key")
    expected = [rng.random() for _ in range(4)]
    assert [draws.pick(bounds) for bounds in ((7, 7), (0, 1_000_000), (3, 3), (0, 1_000_000))] == [
        7,
        int(expected[1] * 1_000_000),
        3,
        int(expected[3] * 1_000_000),
    ]
