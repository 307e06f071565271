"""The statuses, scalings, strategies and names are those of the installed service model."""

from __future__ import annotations

import re

import pytest

from fake_tuning import TuningJob
from fake_tuning.domain.request.job_spec import STRATEGIES
from fake_tuning.domain.vocabulary.ranges import SCALINGS
from fake_tuning.domain.vocabulary.statuses import (
    OBJECTIVE_STATUSES,
    SECONDARY_MESSAGES,
    SECONDARY_STATUSES,
    TERMINAL,
    TRAINING_STATUSES,
    TRANSITIONS,
    TUNING_STATUSES,
)
from fake_tuning.doors.builder.request_builder import NAME
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


def test_every_status_can_be_reached_and_only_terminal_ones_can_be_deleted():
    reached = {"InProgress"}.union(*TRANSITIONS.values())
    assert reached == set(TUNING_STATUSES) == set(TRANSITIONS)
    assert {status for status, following in TRANSITIONS.items() if "Deleting" in following} == TERMINAL | {
        "DeleteFailed"
    }


def test_messages_are_for_secondary_statuses_that_exist():
    assert set(SECONDARY_MESSAGES) <= set(SECONDARY_STATUSES)
    assert all(re.match(r"[A-Z].*", message) for message in SECONDARY_MESSAGES.values())
