"""Changes to a job: their order, and what they leave as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fake_tuning import TuningJob
from fake_tuning.domain.jobs.changes import Retag, Update
from fake_tuning.domain.simulation.steering import Delete, Fail, Finish, Stop, steering
from fake_tuning.domain.vocabulary.durations import utc

if TYPE_CHECKING:
    from fake_tuning.domain.jobs.tuning_job_record import TuningJobRecord
    from fake_tuning.domain.simulation.steering import Change

MINUTE = 60_000
HOUR = 60 * MINUTE
JOB = TuningJob("xgb").maximize("auc").searching(eta=(0.1, 0.5)).trials(4, parallel=2).each("8m")


def given(at: int, **tags: str) -> Retag:
    return Retag(at, given=tags)


def done(*changes: Change) -> TuningJobRecord:
    record = JOB.record_at(0)
    for change in changes:
        record = record.changed(change)
    return record


def test_changes_are_in_the_order_of_their_instants_and_then_of_their_making() -> None:
    changes = [Stop(50), given(20, a="1"), given(20, a="2"), Delete(90, 1), Update(20, 1), Fail(10)]
    record = done(*changes)
    assert record.changes == (Fail(10), *changes[1:3], Update(20, 1), Stop(50), Delete(90, 1))
    assert record.changes_to(1) == [Update(20, 1), Delete(90, 1)]
    assert record.changes_to(2) == ()
    assert record.tags(19) == {}
    assert record.tags(20) == {"a": "2"}


def test_a_record_does_not_change() -> None:
    record = done(Stop(5 * MINUTE))
    before = record.describe(HOUR, utc)
    record.changed(Fail(MINUTE))
    record.changed(given(MINUTE, a="1"))
    assert record.changes == (Stop(5 * MINUTE),)
    assert record.describe(HOUR, utc) == before
    assert record.tags(HOUR) == {}


@pytest.mark.parametrize(
    ("change", "is_simulated"),
    [
        (Stop(1), True),
        (Stop(1, 2), True),
        (Fail(1, 2, "no"), True),
        (Finish(1), True),
        (Delete(1), True),
        (Delete(1, 2), False),
        (given(1, a="1"), False),
        (Update(1, 2), False),
    ],
)
def test_some_changes_need_another_simulation(change: Change, is_simulated: bool) -> None:
    record = JOB.record_at(0)
    assert (steering([change]) == (change,)) is is_simulated
    assert (record.changed(change).timeline is not record.timeline) is is_simulated


def test_tags_updates_and_deletions_of_trials_ask_the_objective_function_nothing() -> None:
    asked: list[object] = []
    record = JOB.scored_by(lambda tried: asked.append(tried) or 0.5).record_at(0)
    record.describe(2 * HOUR, utc)
    for change in (given(MINUTE, a="1"), Update(MINUTE, 1), Delete(HOUR, 1), Stop(10 * MINUTE)):
        record = record.changed(change)
        record.describe(2 * HOUR, utc)
    assert len(asked) == 4


def test_a_change_may_be_moved_in_time_and_made_to_a_trial() -> None:
    change = Fail(10, reason="the role is gone")
    assert change.moved(5) == Fail(15, reason="the role is gone")
    assert change.made_to(3) == Fail(10, 3, "the role is gone")


def test_a_deletion_of_a_trial_that_was_never_launched_is_no_event() -> None:
    record = done(Stop(MINUTE), Delete(2 * MINUTE, 9))
    assert [*record.events_of_changes()] == [2 * MINUTE]
    assert not record.trials(2 * HOUR)[4:]
