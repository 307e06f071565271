"""The rules of a debugger and a profiler are evaluated beside a training job, and for a while after its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from fake_tuning import Scenario
from support.hand_clock import START, after
from support.scenarios import ROUND
from support.training_job_calls import create, describe, listed

if TYPE_CHECKING:
    from fake_tuning.doors.botocore.fake_service import FakeTuningService
    from support.hand_clock import HandClock

DEBUG, PROFILER = "DebugRuleEvaluationStatuses", "ProfilerRuleEvaluationStatuses"


def rule(name: str) -> dict[str, Any]:
    return {"RuleConfigurationName": name, "RuleEvaluatorImage": "rules:1"}


RULES = {
    "DebugRuleConfigurations": [rule("LossNotDecreasing"), rule("Over training!")],
    "ProfilerRuleConfigurations": [rule("ProfilerReport-1")],
}
NAME = "tensorflow-training-2020-12-18-18-01-49-949"


def outcomes(client: Any, member: str = DEBUG, name: str = NAME) -> list[str]:
    return [each["RuleEvaluationStatus"] for each in describe(client, name)[member]]


def test_rules_are_evaluated_until_after_the_end(client: Any, clock: HandClock) -> None:
    create(client, NAME, **RULES)
    waiting = {"RuleEvaluationStatus": "InProgress", "LastModifiedTime": START}
    found = describe(client, NAME)
    assert found[DEBUG] == [
        {"RuleConfigurationName": name, **waiting} for name in ("LossNotDecreasing", "Over training!")
    ]
    assert found[PROFILER] == [{"RuleConfigurationName": "ProfilerReport-1", **waiting}]
    clock.at(100)
    shown = [each["RuleEvaluationJobArn"].rpartition("/")[2] for each in describe(client, NAME)[DEBUG]]
    assert re.fullmatch("tensorflow-training-2020-1-lossnotdecreasing-[0-9a-f]{8}", shown[0])
    assert re.fullmatch("tensorflow-training-2020-1-over-training--[0-9a-f]{8}", shown[1])
    clock.at(300)
    assert describe(client, NAME)["TrainingJobStatus"] == "Completed"
    assert outcomes(client) == ["InProgress"] * 2
    clock.at(314)
    assert outcomes(client) == ["NoIssuesFound"] * 2
    assert outcomes(client, PROFILER) == ["InProgress"]
    assert describe(client, NAME)["LastModifiedTime"] == describe(client, NAME)[DEBUG][0]["LastModifiedTime"]
    clock.at(400)
    found = describe(client, NAME)
    assert outcomes(client, PROFILER) == ["NoIssuesFound"]
    assert found["LastModifiedTime"] == found[PROFILER][0]["LastModifiedTime"] > after(327)
    (summary,) = client.list_training_jobs()["TrainingJobSummaries"]
    assert summary["LastModifiedTime"] == found["LastModifiedTime"]
    assert listed(client, LastModifiedTimeAfter=after(327)) == [NAME]
    assert describe(client, NAME)[DEBUG][0]["RuleEvaluationJobArn"].endswith(shown[0])


def test_the_end_of_an_evaluation_is_an_event(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, NAME, **RULES)
    clock.at(300)
    events = []
    while (event := service.next_event_after(clock.time)) is not None:
        clock.time = event
        events.append(outcomes(client) + outcomes(client, PROFILER))
    assert events == [["NoIssuesFound"] * 2 + ["InProgress"], ["NoIssuesFound"] * 3]


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        (ROUND.fails(), "NoIssuesFound"),
        (ROUND.trial(1).fails(before_start=True), "Stopped"),
        (Scenario.never_ends(ignoring_limits=True), "InProgress"),
    ],
)
def test_whatever_becomes_of_the_training_job(
    service: FakeTuningService, client: Any, clock: HandClock, scenario: Scenario, outcome: str
) -> None:
    service.on_create(scenario, training_jobs=True)
    create(client, NAME, **RULES)
    clock.at("20h")
    assert outcomes(client) == [outcome] * 2


def test_a_rule_that_is_added_later_is_evaluated_too(
    service: FakeTuningService, client: Any, clock: HandClock
) -> None:
    create(client, NAME, ProfilerRuleConfigurations=RULES["ProfilerRuleConfigurations"])
    clock.at(150)
    client.update_training_job(TrainingJobName=NAME, ProfilerRuleConfigurations=[rule("CPU")])
    assert outcomes(client, PROFILER) == ["InProgress"] * 2
    clock.at(400)
    found = describe(client, NAME)[PROFILER]
    assert [each["RuleConfigurationName"] for each in found] == ["ProfilerReport-1", "CPU"]
    assert outcomes(client, PROFILER) == ["NoIssuesFound"] * 2
    assert DEBUG not in describe(client, NAME)


def test_without_rules_there_are_no_evaluations(client: Any, clock: HandClock) -> None:
    create(client)
    clock.at(400)
    found = describe(client)
    assert {DEBUG, PROFILER}.isdisjoint(found)
    assert found["LastModifiedTime"] == after(300)
