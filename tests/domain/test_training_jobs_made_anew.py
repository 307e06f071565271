"""Recorded training jobs that are created anew, and brought to the same status, have the members that were recorded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from fake_tuning.domain.simulation.scenario import Scenario
from support.conformity import unexplained_members
from support.shared_files import shared
from support.training_job_calls import describe

if TYPE_CHECKING:
    from botocore.model import ServiceModel

    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from support.hand_clock import HandClock

LIKE = Scenario().paced(trial="5m")


class Made(NamedTuple):
    """How a recorded training job is made anew.

    Attributes:
        after: how long after its creation it is looked at.
        reused_after: when another training job takes over its instances, if one does.
    """

    after: str
    reused_after: str = ""


MADE = {
    "ack2021_DescribeTrainingJob_Completed": Made("1h"),
    "ack2021_DescribeTrainingJob_InProgress_debugger": Made("0s"),
    "ack2022_DescribeTrainingJob_warm_pool_Available": Made("310s"),
    "ack2022_DescribeTrainingJob_warm_pool_InUse": Made("270s"),
    "ack2022_DescribeTrainingJob_warm_pool_Reused": Made("369s", reused_after="369s"),
    "ack2022_DescribeTrainingJob_warm_pool_Terminated": Made("1h"),
    "boston2021_DescribeTrainingJob_Completed_builtin": Made("1h"),
    "dsoaws2020_DescribeTrainingJob_Completed_debugger_profiler": Made("1h"),
    "examples2020_DescribeTrainingJob_Completed_no_channels": Made("1h"),
    "examples2021_DescribeTrainingJob_Completed_builtin": Made("1h"),
    "examples2021_DescribeTrainingJob_InProgress_no_hyperparameters": Made("1s"),
}


def without_nulls(value: Any) -> Any:
    """A recording as Python's SDK gives it: Go's and Java's have null for what is not there."""
    if isinstance(value, dict):
        return {name: without_nulls(each) for name, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = without_nulls(
        json.loads((shared("recorded") / f"{name}.json").read_text(encoding="utf-8"))
    )
    return found


def request_of(response: dict[str, Any], model: ServiceModel) -> dict[str, Any]:
    """A CreateTrainingJob request that leads to a response."""
    sent = model.operation_model("CreateTrainingJob").input_shape.members
    asked = {member: value for member, value in response.items() if member in sent}
    if "xgboost" in asked["AlgorithmSpecification"]["TrainingImage"]:
        asked["AlgorithmSpecification"] = {
            name: each
            for name, each in asked["AlgorithmSpecification"].items()
            if name != "MetricDefinitions"
        }
    if not asked["InputDataConfig"]:
        del asked["InputDataConfig"]
    asked["OutputDataConfig"] = {
        name: each for name, each in asked["OutputDataConfig"].items() if (name, each) != ("KmsKeyId", "")
    }
    return asked


def make(
    service: FakeTuningService, client: Any, clock: HandClock, model: ServiceModel, name: str
) -> dict[str, Any]:
    """Make a recorded training job anew, and return its description."""
    made, asked = MADE[name], request_of(recorded(name), model)
    if made.reused_after:
        # The recording was edited, and has lost it.
        asked["ResourceConfig"]["KeepAlivePeriodInSeconds"] = 70
    service.on_create(LIKE, training_jobs=True)
    client.create_training_job(**asked)
    if made.reused_after:
        clock.at(made.reused_after)
        client.create_training_job(**{**asked, "TrainingJobName": "next"})
    clock.at(made.after)
    return describe(client, asked["TrainingJobName"])


@pytest.mark.parametrize("name", MADE)
def test_a_training_job_made_anew_has_the_members_that_were_recorded(
    service: FakeTuningService, client: Any, clock: HandClock, model: ServiceModel, name: str
) -> None:
    theirs, ours = recorded(name), make(service, client, clock, model, name)
    assert ours["TrainingJobStatus"] == theirs["TrainingJobStatus"]
    assert unexplained_members("DescribeTrainingJob", theirs, ours) == []


@pytest.mark.parametrize("name", MADE)
def test_what_is_told_beside_the_request_has_the_recorded_form(
    service: FakeTuningService, client: Any, clock: HandClock, model: ServiceModel, name: str
) -> None:
    theirs, ours = recorded(name), make(service, client, clock, model, name)
    for member in ("DebugRuleEvaluationStatuses", "ProfilerRuleEvaluationStatuses"):
        told = [(set(each), each["RuleEvaluationStatus"]) for each in ours.get(member, ())]
        assert told == [(set(each), each["RuleEvaluationStatus"]) for each in theirs.get(member, ())]
    assert set(ours.get("WarmPoolStatus", ())) == set(theirs.get("WarmPoolStatus", ()))
    if "WarmPoolStatus" in theirs:
        assert ours["WarmPoolStatus"]["Status"] == theirs["WarmPoolStatus"]["Status"]
        retained = "ResourceRetainedBillableTimeInSeconds"
        assert ours["WarmPoolStatus"].get(retained) == theirs["WarmPoolStatus"].get(retained)
    if "FinalMetricDataList" in theirs:
        emitted = {each["MetricName"] for each in theirs["FinalMetricDataList"]}
        assert {each["MetricName"] for each in ours["FinalMetricDataList"]} == emitted
    assert ours["InputDataConfig"] == theirs["InputDataConfig"]
