"""The statuses, scalings, strategies and names are those of the installed service model."""

from __future__ import annotations

import pytest

from fake_tuning import TuningJob
from fake_tuning.domain.request.job_spec import STRATEGIES
from fake_tuning.domain.vocabulary.ranges import SCALINGS
from fake_tuning.domain.vocabulary.statuses import (
    LIVE,
    OBJECTIVE_STATUSES,
    PHASES,
    PRIMARY,
    SECONDARY_STATUSES,
    TERMINAL,
    TRAINING_LIFECYCLE,
    TRAINING_STATUSES,
    TUNING_LIFECYCLE,
    TUNING_STATUSES,
    Lifecycle,
)
from fake_tuning.doors.builder.argument_checks import NAME
from fake_tuning.service.validation.model import load_model


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.mark.parametrize(
    ("ours", "shape"),
    [
        (TUNING_STATUSES, "HyperParameterTuningJobStatus"),
        (TRAINING_STATUSES, "TrainingJobStatus"),
        (SECONDARY_STATUSES, "SecondaryStatus"),
        (OBJECTIVE_STATUSES, "ObjectiveStatus"),
        (SCALINGS, "HyperParameterScalingType"),
        (STRATEGIES, "HyperParameterTuningJobStrategyType"),
    ],
)
def test_our_names_are_the_models(model, ours, shape):
    assert sorted(ours) == sorted(model.shape_for(shape).enum)


def test_the_name_of_a_job_is_what_the_model_allows(model):
    shape = model.shape_for("HyperParameterTuningJobName")
    assert NAME.pattern == shape.metadata["pattern"]
    longest = shape.metadata["max"]
    assert TuningJob("a" * longest).name == "a" * longest
    with pytest.raises(ValueError, match=f"at most {longest} characters"):
        TuningJob("a" * (longest + 1))


@pytest.mark.parametrize(
    ("lifecycle", "known"), [(TUNING_LIFECYCLE, TUNING_STATUSES), (TRAINING_LIFECYCLE, TRAINING_STATUSES)]
)
def test_every_status_can_be_reached(lifecycle, known):
    reached = {"InProgress"}.union(*lifecycle.transitions.values())
    assert reached == set(known) == set(lifecycle.transitions)


@pytest.mark.parametrize(
    ("lifecycle", "deletable"),
    [
        (TUNING_LIFECYCLE, ("Completed", "Failed", "Stopped", "DeleteFailed")),
        (TRAINING_LIFECYCLE, ("Completed", "Failed", "Stopped")),
    ],
)
def test_what_can_be_done_in_which_status_follows_from_the_transitions(lifecycle, deletable):
    assert lifecycle.live == lifecycle.failable == ("InProgress", "Stopping")
    assert lifecycle.terminal == ("Completed", "Failed", "Stopped")
    assert lifecycle.stoppable == ("InProgress",)
    assert lifecycle.deletable == deletable
    assert set(lifecycle.live) == LIVE
    assert set(lifecycle.terminal) == TERMINAL


def test_a_status_that_is_added_to_the_table_is_live_and_can_be_stopped_and_failed():
    lifecycle = Lifecycle(
        {
            **TUNING_LIFECYCLE.transitions,
            "InProgress": TUNING_LIFECYCLE.transitions["InProgress"] | {"Paused"},
            "Paused": frozenset({"Completed", "Failed", "Stopping"}),
        }
    )
    assert lifecycle.live == lifecycle.failable == ("InProgress", "Stopping", "Paused")
    assert lifecycle.stoppable == ("InProgress", "Paused")
    assert lifecycle.terminal == TUNING_LIFECYCLE.terminal
    assert lifecycle.deletable == TUNING_LIFECYCLE.deletable


def test_a_status_of_a_job_that_runs_is_live_even_if_it_can_neither_fail_nor_be_stopped():
    lifecycle = Lifecycle(
        {
            **TUNING_LIFECYCLE.transitions,
            "InProgress": TUNING_LIFECYCLE.transitions["InProgress"] | {"Paused"},
            "Paused": frozenset({"Completed"}),
        }
    )
    assert lifecycle.live == ("InProgress", "Stopping", "Paused")
    assert lifecycle.failable == ("InProgress", "Stopping")
    assert lifecycle.stoppable == ("InProgress",)
    assert lifecycle.terminal == TUNING_LIFECYCLE.terminal


def test_a_status_that_only_a_deletion_can_follow_is_terminal():
    lifecycle = Lifecycle(
        {
            **TUNING_LIFECYCLE.transitions,
            "InProgress": TUNING_LIFECYCLE.transitions["InProgress"] | {"Expired"},
            "Expired": frozenset({"Deleting"}),
        }
    )
    assert lifecycle.live == TUNING_LIFECYCLE.live
    assert lifecycle.terminal == (*TUNING_LIFECYCLE.terminal, "Expired")


@pytest.mark.parametrize(
    ("lifecycle", "deletion"),
    [(TUNING_LIFECYCLE, ("Deleting", "DeleteFailed")), (TRAINING_LIFECYCLE, ("Deleting",))],
)
def test_every_status_is_live_terminal_or_of_a_deletion(lifecycle, deletion):
    assert lifecycle.deletion == deletion
    assert sorted((*lifecycle.live, *lifecycle.terminal, *deletion)) == sorted(lifecycle.transitions)
    assert lifecycle.onwards("Completed") == {"Completed", *deletion}
    assert lifecycle.onwards("InProgress") == set(lifecycle.transitions)


def test_every_phase_is_one_of_its_status():
    assert {phase: status for status, phases in PHASES.items() for phase in phases} == PRIMARY
    assert PHASES["Stopped"] == ("Stopped", "MaxRuntimeExceeded", "MaxWaitTimeExceeded")


def test_nothing_follows_when_the_job_is_gone():
    assert TUNING_LIFECYCLE.allows("InProgress", "Stopping")
    assert not TUNING_LIFECYCLE.allows("Completed", "Stopping")
    assert not any(TUNING_LIFECYCLE.allows(None, status) for status in TUNING_STATUSES)


def test_every_secondary_status_has_a_primary_one():
    assert list(PRIMARY) == list(SECONDARY_STATUSES)
    # A deletion has no phase of its own.
    assert set(PRIMARY.values()) == set(TRAINING_STATUSES) - {"Deleting"}
