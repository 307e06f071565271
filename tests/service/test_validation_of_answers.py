"""What the service model does not allow in an answer of ours is told, so that our tests can hold us to it."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from support.model_values import OPERATIONS, right

NOW = datetime(2024, 5, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_smallest_right_answer_is_right(operation, constraints, model):
    shape = model.operation_model(operation).output_shape
    assert constraints.check_response(operation, right(shape) if shape else {}) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"HyperParameterTuningJobStatus": "Compeleted"},
            "Value 'Compeleted' at 'hyperParameterTuningJobStatus' failed to satisfy constraint: "
            "Member must satisfy enum value set: "
            "[DeleteFailed, Deleting, Completed, Stopped, InProgress, Stopping, Failed]",
        ),
        (
            {"CreationTime": None},
            "Value null at 'creationTime' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"FailureReason": None},
            "Value null at 'failureReason' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"CreationTime": NOW.replace(tzinfo=None)},
            "Cannot read the value at 'creationTime': expected an aware datetime, "
            "found datetime.datetime(2024, 5, 1, 0, 0) (datetime)",
        ),
        (
            {"CreationTime": 1714521600},
            "Cannot read the value at 'creationTime': expected an aware datetime, found 1714521600 (int)",
        ),
        (
            {"ObjectiveStatusCounters": {"Succeeded": -1}},
            "Value '-1' at 'objectiveStatusCounters.succeeded' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0",
        ),
        (
            {"ObjectiveStatusCounters": {"Suceeded": 1}},
            "The model has no member at 'objectiveStatusCounters.suceeded': unknown member 'Suceeded': "
            "did you mean 'Succeeded'? The choices are Succeeded, Pending, Failed.",
        ),
    ],
)
def test_what_is_wrong_is_told(changes, sentence, constraints, model):
    answer = right(model.operation_model("DescribeHyperParameterTuningJob").output_shape)
    assert constraints.check_response("DescribeHyperParameterTuningJob", {**answer, **changes}) == [sentence]


def test_all_that_is_wrong_is_told(constraints):
    answer = {"HyperParameterTuningJobArn": "arn", "Created": True}
    arn = "arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:hyper-parameter-tuning-job/.*"
    assert constraints.check_response("CreateHyperParameterTuningJob", answer) == [
        "Value 'arn' at 'hyperParameterTuningJobArn' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {arn}",
        "The model has no member at 'created': unknown member 'Created'. "
        "The choices are HyperParameterTuningJobArn.",
    ]


def test_an_operation_without_an_answer_answers_nothing(constraints):
    assert constraints.check_response("StopHyperParameterTuningJob", {}) == []
    assert constraints.check_response("StopHyperParameterTuningJob", {"Stopped": True}) == [
        "The model has no member at 'stopped': this operation answers nothing"
    ]


def test_a_sensitive_value_is_left_out(constraints):
    answer = {"Results": [{"ModelCard": {"Content": "secret\n"}}]}
    assert constraints.check_response("Search", answer) == [
        "Value at 'results.1.member.modelCard.content' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: .*"
    ]


@pytest.mark.parametrize(
    ("collection", "is_right"), [({"VectorConfig": {"Dimension": 2}}, True), ({}, False)]
)
def test_a_union_holds_one_of_its_members(collection, is_right, constraints):
    feature = {"FeatureName": "x", "FeatureType": "String", "CollectionConfig": collection}
    answer = {"Results": [{"FeatureGroup": {"FeatureDefinitions": [feature]}}]}
    path = "results.1.member.featureGroup.featureDefinitions.1.member.collectionConfig"
    text = (
        f"Value 'CollectionConfig()' at '{path}' failed to satisfy constraint: "
        "Member must have exactly one of [VectorConfig] set"
    )
    assert constraints.check_response("Search", answer) == ([] if is_right else [text])


def test_a_map_of_structures_is_looked_into(constraints):
    parameters = {"eta": {"NumberValue": "0.1"}, "kind": {"StringValue": "a\n"}, "name": None}
    answer = {"Results": [{"TrialComponent": {"Parameters": parameters}}]}
    texts = constraints.check_response("Search", answer)
    assert [text.partition(" failed")[0] for text in texts] == [
        "Value '{eta=TrialComponentParameterValue(numberValue=0.1), "
        "kind=TrialComponentParameterValue(stringValue=a\n), name=null}' at "
        "'results.1.member.trialComponent.parameters'",
        "Cannot read the value at 'results.1.member.trialComponent.parameters.eta.member.numberValue': "
        "expected a number, found '0.1' (str)",
        "Value 'a\n' at 'results.1.member.trialComponent.parameters.kind.member.stringValue'",
    ]
